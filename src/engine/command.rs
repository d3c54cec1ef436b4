use super::approval::Judgement;
use super::domain::Domain;
use super::notice::Waiting;
use crate::values::{Answers, EffectId, ObjectRef, PersonId};

/// What a person, a timer or a worker asks of an instance.
#[derive(Clone, Debug, PartialEq)]
pub enum Command<D: Domain> {
    /// Begin. With answers, the first form is answered at once and never shown.
    Start {
        /// On this subject.
        subject: ObjectRef,
        /// The answers to the first form.
        answers: Option<Answers>,
    },
    /// The form is answered.
    Next(Answers),
    /// The process is closed: nothing has happened. While it waits for approval, the request is withdrawn.
    Cancel,
    /// The timer of the form or approval has fired: whoever may decide is reminded, or it was left waiting too long.
    Fire,
    /// Somebody decides a request for approval.
    Judge(Judgement),
    /// What was sent back for information is asked for again: with more or other answers, and words to whoever decides.
    Resubmit {
        /// Answers to the form before the approval; what is not answered stays as it was.
        answers: Answers,
        /// Words. Personal.
        note: String,
    },
    /// A person is told of all that waits for them, of which this is the first.
    Digest {
        /// Who.
        to: PersonId,
        /// All that waits, this instance first.
        waiting: Vec<Waiting>,
    },
    /// The outside has answered; all answers that arrived together.
    Report(Vec<Report<D>>),
}

/// One answer of the outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Report<D: Domain> {
    /// The effect it answers.
    pub effect: EffectId,
    /// What was asked.
    pub request: D::Request,
    /// What was answered.
    pub answer: D::Answer,
}
