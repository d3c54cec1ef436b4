use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::domain::Domain;
use super::instance::Instance;
use super::run::Run;
use super::task::Task;
use crate::values::{Digest, InstanceId, ObjectRef, PersonId, TaskId, TenantId, Timestamp};

/// A request for approval as it is handed to a system outside: ids, codes and the plan, and nobody's name.
///
/// It stands in the open part of the history, and what it says outside cannot be erased there from here. Whoever shows it to
/// a person looks up names and numbers when it is shown: the host has [`Runtime::request`](crate::runtime::Runtime::request).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ApprovalRequest {
    /// Whose it is.
    pub tenant: TenantId,
    /// The instance that waits.
    pub instance: InstanceId,
    /// The task that waits for the decision: the id of the request. The answer quotes it.
    pub task: TaskId,
    /// The symbolic name of the process.
    pub process: String,
    /// Its title, for people.
    pub title: String,
    /// What it runs on.
    pub subject: ObjectRef,
    /// Whoever has one of these roles may decide now, as far as nothing bars the person (law 11).
    pub roles: BTreeSet<String>,
    /// These persons may decide now.
    pub persons: BTreeSet<PersonId>,
    /// Who asked for it.
    pub requester: Option<PersonId>,
    /// The digest of what is agreed to; the answer quotes it.
    pub covers: Digest,
    /// What would be done, line by line, as it was shown when it was asked.
    pub plan: Vec<PlanLine>,
    /// It is done already, since it could not wait: whoever decides confirms it, or has it taken back.
    pub review: bool,
    /// Until when it waits.
    pub until: Timestamp,
}

/// One line of a plan, in words.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlanLine {
    /// The object.
    pub object: ObjectRef,
    /// What becomes of it.
    pub what: String,
}

/// The task of an instance that waits for a person who may decide; one that was sent back waits for its requester.
fn asked<D: Domain>(instance: &Instance<D>) -> Option<TaskId> {
    let waits = instance.approval().is_some_and(|it| !it.sent_back);
    instance.waits().filter(|_| waits).map(|(_, task, _)| task)
}

impl<D: Domain> Run<'_, '_, D> {
    /// Withdraws the request for approval that waited before this command and hands over the one that waits after it, where
    /// a system outside decides them. Whatever ends a request, every command comes by here.
    pub(super) fn hand_over(&mut self) {
        let situation = self.situation();
        let (before, after) = (situation.instance.and_then(asked), asked(&self.instance));
        if before == after {
            return;
        }
        if let Some(task) = before {
            self.request(D::withdraw(situation.world, task));
        }
        let waits = after.and_then(|_| Task::of(&self.instance, situation.now));
        let Some((task, Task { process, subject, roles, persons, requester, until, request, .. })) = waits else {
            return;
        };
        let (Some(covers), Some(approval)) = (request, self.instance.approval()) else { return };
        let request = ApprovalRequest {
            tenant: situation.tenant,
            instance: self.instance.id(),
            task,
            process,
            title: situation.process.outline().title.to_owned(),
            subject,
            roles,
            persons,
            requester,
            covers,
            plan: Vec::new(),
            review: self.instance.relies_on().is_some(),
            until,
        };
        let submitted = D::submit(situation.world, request, &approval.plan);
        self.request(submitted);
    }
}
