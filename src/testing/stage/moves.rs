use std::fmt;
use std::sync::Arc;

use crate::cards::{Cards, CardsOptions};
use crate::domain::{Answer, CertificateState, RevocationReason};
use crate::engine::{Actor, Process, Verdict};
use crate::values::{Answers, Millis, Timestamp};

/// One thing that happens on a [`Stage`](super::Stage): a command, or something that happens beside it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Move {
    /// Somebody starts the process and is shown its first form.
    Start,
    /// A program runs it in one go, with these answers.
    Run(Answers),
    /// Somebody answers the form with Next.
    Next(Answers),
    /// Somebody closes the form with Cancel.
    Cancel,
    /// The timer of the form fires.
    Expire,
    /// Somebody decides the request for approval as it is asked now.
    Judge(Verdict, String),
    /// The requester answers to what was sent back.
    Resubmit(Answers, String),
    /// The outside has done everything it was asked for, and says so.
    Confirm,
    /// The outside answers the n-th open request, counted round and round.
    Answer(usize, Answer),
    /// Time passes.
    Wait(Millis),
    /// Whoever acts from now on.
    By(Actor),
    /// The administrator sets options.
    Options(Box<CardsOptions>),
    /// Another process runs on the same subject, without answers, and is confirmed.
    Meanwhile(Arc<dyn Process<Cards>>),
}

/// Somebody starts the process and is shown its first form.
#[must_use]
pub fn starts() -> Move {
    Move::Start
}

/// A program runs the process in one go, with these answers.
#[must_use]
pub fn runs(answers: Answers) -> Move {
    Move::Run(answers)
}

/// Somebody answers the form with Next.
#[must_use]
pub fn next(answers: Answers) -> Move {
    Move::Next(answers)
}

/// Somebody closes the form with Cancel.
#[must_use]
pub fn cancels() -> Move {
    Move::Cancel
}

/// The timer of the form fires. It does nothing before its time: let that [pass](waits) first.
#[must_use]
pub fn expires() -> Move {
    Move::Expire
}

/// Somebody agrees to what is asked for.
#[must_use]
pub fn approves() -> Move {
    Move::Judge(Verdict::Approve, String::new())
}

/// Somebody refuses what is asked for.
#[must_use]
pub fn rejects(reason: &str) -> Move {
    Move::Judge(Verdict::Reject, reason.to_owned())
}

/// Somebody decides later.
#[must_use]
pub fn postpones(until: Option<Timestamp>) -> Move {
    Move::Judge(Verdict::Postpone(until), String::new())
}

/// Somebody sends it back with a question.
#[must_use]
pub fn asks_for_more(question: &str) -> Move {
    Move::Judge(Verdict::Ask, question.to_owned())
}

/// Somebody takes an agreement back.
#[must_use]
pub fn takes_back() -> Move {
    Move::Judge(Verdict::TakeBack, String::new())
}

/// The requester answers to what was sent back.
#[must_use]
pub fn resubmits(answers: Answers, note: &str) -> Move {
    Move::Resubmit(answers, note.to_owned())
}

/// The outside has done everything it was asked for, and says so.
#[must_use]
pub fn authority_confirms() -> Move {
    Move::Confirm
}

/// The authority answers the first open request: the certificate is in this state there.
#[must_use]
pub fn authority_answers(state: CertificateState) -> Move {
    let reason = match state {
        CertificateState::OnHold => Some(RevocationReason::CertificateHold),
        CertificateState::Revoked => Some(RevocationReason::KeyCompromise),
        CertificateState::Issued | CertificateState::Valid | CertificateState::Expired => None,
    };
    answers_outside(Answer::Authority {
        state,
        reason,
        since: reason.map(|_| Timestamp::from_millis(0)),
        held_before: false,
    })
}

/// The outside answers the first open request.
#[must_use]
pub fn answers_outside(answer: Answer) -> Move {
    Move::Answer(0, answer)
}

/// Time passes.
#[must_use]
pub fn waits(length: Millis) -> Move {
    Move::Wait(length)
}

/// From now on this actor acts.
#[must_use]
pub fn by(actor: Actor) -> Move {
    Move::By(actor)
}

/// The administrator sets options.
#[must_use]
pub fn administrator_sets(options: CardsOptions) -> Move {
    Move::Options(Box::new(options))
}

/// Another process runs on the same subject, without answers, and is confirmed.
#[must_use]
pub fn meanwhile(process: impl Process<Cards>) -> Move {
    Move::Meanwhile(Arc::new(process))
}

impl From<Move> for Vec<Move> {
    fn from(only: Move) -> Self {
        vec![only]
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Move::Start => f.write_str("starts"),
            Move::Run(answers) => write!(f, "runs it{}", given(answers)),
            Move::Next(answers) => write!(f, "answers with Next{}", given(answers)),
            Move::Cancel => f.write_str("cancels"),
            Move::Expire => f.write_str("the timer fires"),
            Move::Judge(verdict, note) if note.is_empty() => write!(f, "decides: {verdict}"),
            Move::Judge(verdict, note) => write!(f, "decides: {verdict} ({note})"),
            Move::Resubmit(answers, _) => write!(f, "asks again{}", given(answers)),
            Move::Confirm => f.write_str("the outside confirms"),
            Move::Answer(nth, Answer::Authority { state, .. }) => {
                write!(f, "the authority answers request {}: {state}", nth.saturating_add(1))
            }
            Move::Answer(nth, Answer::Published { state, .. }) => {
                write!(f, "what is published answers request {}: {state}", nth.saturating_add(1))
            }
            Move::Answer(nth, Answer::NotKnown) => {
                write!(f, "the authority does not know what request {} is about", nth.saturating_add(1))
            }
            Move::Answer(nth, Answer::Told) => write!(f, "the outside answers request {}", nth.saturating_add(1)),
            Move::Wait(length) => write!(f, "{} s pass", length.millis() / 1000),
            Move::By(actor) => write!(f, "now acts: {}", actor.account),
            Move::Options(_) => f.write_str("the administrator sets options"),
            Move::Meanwhile(process) => write!(f, "meanwhile: {}", process.outline().name),
        }
    }
}

fn given(answers: &Answers) -> String {
    let given: Vec<_> = answers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    if given.is_empty() { String::new() } else { format!(" ({})", given.join(", ")) }
}
