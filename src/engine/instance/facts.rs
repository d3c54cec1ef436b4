use std::collections::BTreeSet;

use super::{Asked, Bound, Instance, Status};
use crate::engine::actor::Component;
use crate::engine::approval::{Approval, Decided};
use crate::engine::definition::Version;
use crate::engine::domain::Domain;
use crate::engine::incident::Incident;
use crate::values::{Answers, Digest, InstanceId, ObjectRef, PersonId, Revision, TaskId, Timestamp};

impl<D: Domain> Instance<D> {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> InstanceId {
        self.id
    }

    /// The revision it was loaded with.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The symbolic name of its process.
    #[must_use]
    pub fn process(&self) -> &str {
        &self.process
    }

    /// The version of its process.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The fingerprint of its definition.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// What it acts on.
    #[must_use]
    pub fn subject(&self) -> ObjectRef {
        self.subject
    }

    /// Who started it.
    #[must_use]
    pub fn requester(&self) -> Option<PersonId> {
        self.requester
    }

    /// The component it was started from.
    #[must_use]
    pub fn component(&self) -> Component {
        self.component
    }

    /// On whose behalf it was started.
    #[must_use]
    pub fn on_behalf(&self) -> Option<PersonId> {
        self.on_behalf
    }

    /// Who answered its forms, besides whoever started it.
    #[must_use]
    pub fn editors(&self) -> &BTreeSet<PersonId> {
        &self.editors
    }

    /// The request for approval it waits for.
    #[must_use]
    pub fn approval(&self) -> Option<&Approval<D>> {
        self.approval.as_ref()
    }

    /// When the timer of what it waits for fires: the time is over, or somebody is to be reminded before.
    #[must_use]
    pub fn fires(&self) -> Option<Timestamp> {
        let (.., until) = self.waits()?;
        Some(self.approval().and_then(|it| it.reminds(until)).unwrap_or(until))
    }

    /// How its last approval, or the last stage of one, was decided.
    #[must_use]
    pub fn last_decided(&self) -> Option<&Decided> {
        self.decided.as_ref()
    }

    /// When it was started.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// What was answered so far, while it is under way.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The options it was given, once it was given any.
    #[must_use]
    pub fn bound(&self) -> Option<&Bound<D>> {
        self.bound.as_ref()
    }

    /// The state that later steps rely on; none while it is the one the process requires.
    #[must_use]
    pub fn relies_on(&self) -> Option<&str> {
        self.relies_on.as_deref()
    }

    /// What it asked of the outside.
    #[must_use]
    pub fn asked(&self) -> &[Asked<D>] {
        &self.asked
    }

    /// How many of its requests the outside has not answered; mails do not count, since nothing waits for them.
    #[must_use]
    pub fn open_effects(&self) -> usize {
        self.asked.iter().filter(|it| it.is_open() && !it.mail).count()
    }

    /// Since when it waits for the outside, if it does: the time of the first request that is open.
    #[must_use]
    pub fn unmet(&self) -> Option<Timestamp> {
        let open = self.asked.iter().filter(|it| it.is_open() && !it.mail);
        open.map(|it| it.effect.recorded()).min()
    }

    /// What people should look at or should have looked at, in the order in which it came; those that are closed, too.
    #[must_use]
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// Since when something stands open for a person to look at, if it does.
    #[must_use]
    pub fn troubled(&self) -> Option<Timestamp> {
        self.incidents.iter().filter(|it| it.is_open()).map(|it| it.since).min()
    }

    /// The task it waits at, and until when.
    #[must_use]
    pub fn waits(&self) -> Option<(&str, TaskId, Timestamp)> {
        match &self.status {
            Status::Waiting { step, task, until } => Some((step, *task, *until)),
            Status::Beginning | Status::Outside { .. } | Status::Confirming { .. } | Status::Ended(_) => None,
        }
    }
}
