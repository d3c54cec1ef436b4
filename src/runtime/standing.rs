use serde::{Deserialize, Serialize};

use crate::engine::{
    Approval, AskedState, Decision, Domain, Incident, Instance, Outcome, Preview, REQUEST_FORMAT, Status, Version,
};
use crate::ports::{Work, WorkSort};
use crate::values::{EffectId, InstanceId, ObjectRef, TaskId, decode};

/// How an instance stands: what is done, asked, confirmed, waited for.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing<D: Domain> {
    /// The instance.
    pub instance: InstanceId,
    /// The symbolic name of its process.
    pub process: String,
    /// The version of its process.
    pub version: Version,
    /// What it acts on.
    pub subject: ObjectRef,
    /// Where it stands.
    pub status: Status,
    /// What Next would do, if it waits for it; or what approval would, if it waits for that.
    pub preview: Option<Preview<D>>,
    /// The request for approval it waits for.
    pub approval: Option<Approval<D>>,
    /// What this command did, line by line.
    pub items: Vec<D::Item>,
    /// How many requests it made to the outside.
    pub asked: usize,
    /// How many of them the outside has confirmed.
    pub confirmed: usize,
    /// How many of them later ones made pointless.
    pub overtaken: usize,
    /// What people should look at or should have looked at, in the order in which it came.
    pub incidents: Vec<Incident>,
    /// Requests that were tried in vain so far.
    pub troubles: Vec<Trouble>,
}

/// A request that was tried in vain so far; it is tried again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trouble {
    /// The effect.
    pub effect: EffectId,
    /// The object that it is about: a certificate, say.
    pub about: Option<ObjectRef>,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong last.
    pub what: String,
}

/// What is remembered of a command's answer; the preview is made anew, and the rest stands in the instance.
#[derive(Debug, Deserialize, Serialize)]
#[serde(bound = "")]
pub(super) struct Receipt<D: Domain> {
    pub(super) instance: InstanceId,
    status: Status,
    items: Vec<D::Item>,
    asked: usize,
    confirmed: usize,
    overtaken: usize,
    incidents: Vec<Incident>,
}

impl<D: Domain> Receipt<D> {
    pub(super) fn of(decision: &Decision<D>) -> Self {
        let standing = Standing::of(&decision.instance);
        let Standing { instance, status, asked, confirmed, overtaken, incidents, .. } = standing;
        Receipt { instance, status, items: decision.items.clone(), asked, confirmed, overtaken, incidents }
    }

    /// The answer as it was given.
    pub(super) fn standing(self, instance: &Instance<D>) -> Standing<D> {
        let Receipt { status, items, asked, confirmed, overtaken, incidents, .. } = self;
        Standing { status, items, asked, confirmed, overtaken, incidents, ..Standing::of(instance) }
    }
}

impl<D: Domain> Standing<D> {
    pub(super) fn of(instance: &Instance<D>) -> Self {
        let asked = || instance.asked().iter().filter(|it| !it.mail);
        Standing {
            instance: instance.id(),
            process: instance.process().to_owned(),
            version: instance.version(),
            subject: instance.subject(),
            status: instance.status().clone(),
            preview: None,
            approval: instance.approval().cloned(),
            items: Vec::new(),
            asked: asked().count(),
            confirmed: asked().filter(|it| it.answer().is_some()).count(),
            overtaken: asked().filter(|it| matches!(it.state, AskedState::Overtaken)).count(),
            incidents: instance.incidents().to_vec(),
            troubles: Vec::new(),
        }
    }

    /// Takes from a decision what only its answer tells.
    pub(super) fn after(decision: &mut Decision<D>) -> Self {
        let (preview, items) = (decision.preview.take(), std::mem::take(&mut decision.items));
        Standing { preview, items, ..Standing::of(&decision.instance) }
    }

    pub(super) fn with_troubles(mut self, work: &[Work]) -> Self {
        let about = |it: &Work| D::about(&decode("a request", REQUEST_FORMAT, &it.body).ok()?);
        let in_vain = |it: &Work| {
            let (effect, attempts, what) = (it.id, it.attempts, it.trouble.clone()?);
            Some(Trouble { effect, about: about(it), attempts, what })
        };
        self.troubles.extend(work.iter().filter(|it| it.sort == WorkSort::Effect).filter_map(in_vain));
        self
    }

    /// The id to go on with: for [`next`](super::Runtime::next) and [`cancel`](super::Runtime::cancel).
    #[must_use]
    pub fn id(&self) -> InstanceId {
        self.instance
    }

    /// The task it waits at: a decision about a request for approval names it.
    #[must_use]
    pub fn task(&self) -> Option<TaskId> {
        match &self.status {
            Status::Waiting { task, .. } => Some(*task),
            Status::Beginning | Status::Outside { .. } | Status::Confirming { .. } | Status::Ended(_) => None,
        }
    }

    /// How it ended, if it did.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.status {
            Status::Ended(outcome) => Some(outcome),
            Status::Beginning | Status::Waiting { .. } | Status::Outside { .. } | Status::Confirming { .. } => None,
        }
    }
}
