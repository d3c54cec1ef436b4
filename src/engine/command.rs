use super::domain::Domain;
use crate::values::{Answers, EffectId, ObjectRef};

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
    /// The process is closed: nothing has happened.
    Cancel,
    /// The form was left waiting.
    Expire,
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
