use crate::domain::CertificateState;
use crate::engine::{Resolution, Verdict};
use crate::values::ObjectRef;

use super::How;

/// One thing that can happen in a [`World`](super::World). Persons and processes are named by their places in it, instances
/// by their places in the [`State`](super::State).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// A person starts a process.
    Start {
        /// Who.
        who: usize,
        /// Which.
        process: usize,
        /// On what.
        subject: ObjectRef,
    },
    /// What is due begins by itself.
    Begin {
        /// On what.
        subject: ObjectRef,
    },
    /// A person answers a form with Next, and quotes what they were shown.
    Next {
        /// Who.
        who: usize,
        /// Of which instance.
        run: usize,
        /// Which of the ways of filling it in that the world has.
        filling: usize,
    },
    /// A person looks at the form again, since what it would do has changed.
    Look {
        /// Of which instance.
        run: usize,
    },
    /// A person closes a form, or withdraws a request for approval.
    Cancel {
        /// Who.
        who: usize,
        /// Of which instance.
        run: usize,
    },
    /// A person decides a request for approval.
    Judge {
        /// Who.
        who: usize,
        /// Of which instance.
        run: usize,
        /// On whose behalf, if they stand in for somebody.
        on_behalf: Option<usize>,
        /// How.
        verdict: Verdict,
        /// They saw something else than what is asked for now.
        blindly: bool,
    },
    /// A person answers to what was sent back.
    Resubmit {
        /// Who.
        who: usize,
        /// Of which instance.
        run: usize,
    },
    /// The timer of a form or approval fires.
    Fire {
        /// Of which instance.
        run: usize,
    },
    /// The outside does something about a request.
    Outside {
        /// Of which instance.
        run: usize,
        /// Which of its open requests.
        request: usize,
        /// What it does.
        how: How,
    },
    /// A person deals with an incident.
    Resolve {
        /// Of which instance.
        run: usize,
        /// Which, by its place among those of the instance.
        incident: usize,
        /// How.
        how: Resolution,
    },
    /// The authority changes a certificate by itself.
    Meddle {
        /// The certificate.
        certificate: ObjectRef,
        /// What it is at the authority from then on.
        state: CertificateState,
    },
    /// Time passes until something is due.
    Wait,
}

impl Action {
    /// The instance it is about, by its place in the state before it.
    #[must_use]
    pub fn run(&self) -> Option<usize> {
        match self {
            Action::Next { run, .. }
            | Action::Look { run }
            | Action::Cancel { run, .. }
            | Action::Judge { run, .. }
            | Action::Resubmit { run, .. }
            | Action::Fire { run }
            | Action::Outside { run, .. }
            | Action::Resolve { run, .. } => Some(*run),
            Action::Start { .. } | Action::Begin { .. } | Action::Meddle { .. } | Action::Wait => None,
        }
    }

    /// Who does it, by the place among the actors; none if nobody of the world does.
    #[must_use]
    pub fn who(&self) -> Option<usize> {
        match self {
            Action::Start { who, .. }
            | Action::Next { who, .. }
            | Action::Cancel { who, .. }
            | Action::Judge { who, .. }
            | Action::Resubmit { who, .. } => Some(*who),
            Action::Begin { .. }
            | Action::Look { .. }
            | Action::Fire { .. }
            | Action::Outside { .. }
            | Action::Resolve { .. }
            | Action::Meddle { .. }
            | Action::Wait => None,
        }
    }

    /// Whether the outside does what it is asked here: what every request comes to at last.
    pub(super) fn is_fair_answer(&self) -> bool {
        matches!(self, Action::Outside { how: How::Done | How::Arrives(_) | How::Overtaken, .. })
    }

    /// Whether it happens without anybody: the outside answers, a timer fires, time passes.
    pub(super) fn is_by_itself(&self) -> bool {
        self.is_fair_answer() || matches!(self, Action::Begin { .. } | Action::Fire { .. } | Action::Wait)
    }
}
