use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::domain::Domain;
use super::inbox::Handling;
use super::instance::Instance;
use crate::values::{CodecError, Digest, InstanceId, ObjectRef, PersonId, TaskId, Timestamp, codes, decode, encode};

/// The version of the stored form of a task.
const FORMAT: u8 = 1;

codes! {
    /// What a task asks of a person.
    pub enum TaskSort ("sort of task") {
        /// To answer a form.
        Form = "form",
        /// To decide a request for approval.
        Approval = "approval",
        /// To say more about a request that was sent back.
        Information = "information",
    }
}

/// Work that waits for a person: a form to answer, or an approval to decide.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Task {
    /// The instance that waits.
    pub instance: InstanceId,
    /// The symbolic name of its process.
    pub process: String,
    /// The form or approval it waits at.
    pub step: String,
    /// What it asks.
    pub sort: TaskSort,
    /// What the instance acts on.
    pub subject: ObjectRef,
    /// Who asked for it.
    pub requester: Option<PersonId>,
    /// Whoever has one of these roles may do it.
    pub roles: BTreeSet<String>,
    /// These persons may do it.
    pub persons: BTreeSet<PersonId>,
    /// Since when it waits.
    pub since: Timestamp,
    /// Until when; then the instance goes on without.
    pub until: Timestamp,
    /// It was postponed: to a date, or just for later.
    pub postponed: Option<Option<Timestamp>>,
    /// What an approval agrees to: no two tasks that wait have the same.
    pub request: Option<Digest>,
    /// What people have done with it so far.
    pub handling: Handling,
}

impl Task {
    /// The task that an instance waits at, with its id; `since` is now unless it waited at the same before.
    #[must_use]
    pub fn of<D: Domain>(instance: &Instance<D>, since: Timestamp) -> Option<(TaskId, Task)> {
        let (step, id, until) = instance.waits()?;
        let requester = instance.requester();
        let mut task = Task {
            instance: instance.id(),
            process: instance.process().to_owned(),
            step: step.to_owned(),
            sort: TaskSort::Form,
            subject: instance.subject(),
            requester,
            roles: BTreeSet::new(),
            persons: requester.into_iter().collect(),
            since,
            until,
            postponed: None,
            request: None,
            handling: Handling::default(),
        };
        if let Some(approval) = instance.approval() {
            task.sort = if approval.sent_back { TaskSort::Information } else { TaskSort::Approval };
            (task.postponed, task.request) = (approval.postponed, Some(approval.covers));
            if !approval.sent_back {
                let open = approval.open();
                task.roles = open.iter().flat_map(|it| it.roles.clone()).collect();
                task.persons = open.iter().flat_map(|it| it.persons.clone()).collect();
            }
        }
        Some((id, task))
    }

    /// When it should be done: as somebody said, else by the time until which it waits.
    #[must_use]
    pub fn due(&self) -> Timestamp {
        self.handling.due.unwrap_or(self.until)
    }

    /// To when it was put off: a date, or just for later.
    #[must_use]
    pub fn postponed_to(&self) -> Option<Option<Timestamp>> {
        self.handling.follow_up.map(Some).or(self.postponed)
    }

    /// Whether it should have been done by now.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due() < now
    }

    /// Whether it is put off to a time that is still to come.
    #[must_use]
    pub fn is_postponed(&self, now: Timestamp) -> bool {
        self.postponed_to().is_some_and(|it| it.is_none_or(|at| at > now))
    }

    /// The stored form.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if a value has none.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        encode("a task", FORMAT, self)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for bytes of another version and damaged ones.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        decode("a task", FORMAT, bytes)
    }
}
