use serde::{Deserialize, Serialize};

use crate::values::{Digest, PersonId, TaskId, Timestamp};

/// What somebody decides about a request for approval.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Verdict {
    /// Agrees.
    Approve,
    /// Refuses; the instance ends, or goes the way its process has for it.
    Reject,
    /// Decides later: on a date, or just later. It stays listed.
    Postpone(Option<Timestamp>),
    /// Sends it back: the requester is asked for more.
    Ask,
    /// Takes back an agreement, while others are still missing.
    TakeBack,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Verdict::Approve => f.write_str("approved"),
            Verdict::Reject => f.write_str("rejected"),
            Verdict::Postpone(None) => f.write_str("postponed"),
            Verdict::Postpone(Some(until)) => write!(f, "postponed until {until}"),
            Verdict::Ask => f.write_str("sent back for information"),
            Verdict::TakeBack => f.write_str("agreement taken back"),
        }
    }
}

/// A decision about a request for approval, as somebody hands it in.
///
/// ```
/// use cardflow::engine::{Judgement, Verdict};
/// # use cardflow::values::{Digest, TaskId};
/// # let (task, shown) = (TaskId::from_uuid(uuid::Uuid::nil()), Digest::ZERO);
///
/// let yes = Judgement::approve(task, shown);
/// let no = Judgement::reject(task, "The card was found again");
/// assert_eq!((yes.verdict, no.verdict), (Verdict::Approve, Verdict::Reject));
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Judgement {
    /// The task it is about: what was asked for may be asked anew, and then it is another.
    pub task: TaskId,
    /// What is decided.
    pub verdict: Verdict,
    /// Why, in words: needed to reject and to send back. Personal.
    pub note: String,
    /// The digest of what was shown; needed to approve.
    pub seen: Option<Digest>,
    /// The person on whose behalf it is decided.
    pub on_behalf: Option<PersonId>,
}

impl Judgement {
    fn of(task: TaskId, verdict: Verdict) -> Self {
        Judgement { task, verdict, note: String::new(), seen: None, on_behalf: None }
    }

    /// Agrees to what was shown: [`Approval::covers`](super::Approval::covers).
    #[must_use]
    pub fn approve(task: TaskId, seen: Digest) -> Self {
        Judgement { seen: Some(seen), ..Judgement::of(task, Verdict::Approve) }
    }

    /// Refuses, for a reason.
    #[must_use]
    pub fn reject(task: TaskId, reason: &str) -> Self {
        Judgement::of(task, Verdict::Reject).note(reason)
    }

    /// Decides later: on a date, or just later.
    #[must_use]
    pub fn postpone(task: TaskId, until: Option<Timestamp>) -> Self {
        Judgement::of(task, Verdict::Postpone(until))
    }

    /// Sends it back with a question to the requester.
    #[must_use]
    pub fn ask(task: TaskId, question: &str) -> Self {
        Judgement::of(task, Verdict::Ask).note(question)
    }

    /// Takes an agreement back, while others are still missing.
    #[must_use]
    pub fn take_back(task: TaskId) -> Self {
        Judgement::of(task, Verdict::TakeBack)
    }

    /// With words.
    #[must_use]
    pub fn note(self, note: &str) -> Self {
        Judgement { note: note.trim().to_owned(), ..self }
    }

    /// Only if it is still what was shown.
    #[must_use]
    pub fn seen(self, seen: Digest) -> Self {
        Judgement { seen: Some(seen), ..self }
    }

    /// On behalf of somebody whom the person stands in for.
    #[must_use]
    pub fn on_behalf_of(self, person: PersonId) -> Self {
        Judgement { on_behalf: Some(person), ..self }
    }
}
