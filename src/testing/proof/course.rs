use super::known::Known;
use crate::cards::Cards;
use crate::engine::{Judgement, Outcome, Preview, Rejection, Status, StepKind};
use crate::ports::Principal;
use crate::runtime::Standing;
use crate::values::{Answers, InstanceId, ObjectRef};

/// One process on its way in a play.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) known: Known,
    pub(super) who: Principal,
    pub(super) subject: ObjectRef,
    pub(super) standing: Option<Standing<Cards>>,
    /// Why it was rejected, after which nobody goes on with it.
    pub(super) rejected: Option<Rejection<Cards>>,
    /// What was answered, by form.
    pub(super) answered: Vec<(String, Answers)>,
    /// Whether Next quotes the preview.
    pub(super) quotes: bool,
    /// A preview that was shown before, and is quoted now.
    pub(super) shown: Option<Preview<Cards>>,
}

/// A command as it is given, so that it can be given again.
#[derive(Clone, Debug)]
pub(super) enum Order {
    Start(&'static str, ObjectRef),
    /// A deadline starts it: nobody.
    Begin(&'static str, ObjectRef),
    Next(InstanceId, Answers),
    Cancel(InstanceId),
    Judge(InstanceId, Judgement),
}

impl Course {
    /// What starts it: the person who does, or a deadline if no person can.
    pub(super) fn begin(&self) -> Order {
        let (process, subject) = (self.known.name(), self.subject);
        if self.known.begins_by_itself() { Order::Begin(process, subject) } else { Order::Start(process, subject) }
    }

    pub(super) fn id(&self) -> Option<InstanceId> {
        self.standing.as_ref().map(Standing::id)
    }

    pub(super) fn outcome(&self) -> Option<&Outcome> {
        self.standing.as_ref().and_then(Standing::outcome)
    }

    pub(super) fn is_over(&self) -> bool {
        self.rejected.is_some() || self.outcome().is_some()
    }

    /// Whether it reached an end.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.outcome(), Some(Outcome::Done { .. }))
    }

    /// The step it waits at.
    pub(super) fn waits_at(&self) -> Option<&str> {
        match self.standing.as_ref().map(|it| &it.status) {
            Some(Status::Waiting { step, .. }) => Some(step),
            _ => None,
        }
    }

    pub(super) fn waits_at_form(&self) -> bool {
        let step = self.waits_at().and_then(|it| self.known.outline().step(it));
        step.is_some_and(|it| matches!(it.kind, StepKind::Form(_)))
    }

    /// How it came out, in words.
    pub(super) fn in_words(&self) -> String {
        match (&self.rejected, &self.standing) {
            (Some(rejection), _) => format!("rejected ({}): {rejection}", rejection.code()),
            (None, Some(standing)) => standing.status.to_string(),
            (None, None) => "not started".to_owned(),
        }
    }
}
