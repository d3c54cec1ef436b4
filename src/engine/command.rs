use super::approval::Judgement;
use super::domain::Domain;
use super::incident::Resolution;
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
    /// What came for requests to the outside; everything that came together.
    Report(Vec<Report<D>>),
    /// Something that the instance set a deadline for has not come about in time.
    Missed {
        /// The object.
        object: ObjectRef,
        /// What, in words.
        what: String,
    },
    /// Somebody does something about an incident.
    Resolve {
        /// Which, by its place among those of the instance, from 0.
        incident: u32,
        /// What.
        how: Resolution,
        /// Why. Personal.
        note: String,
    },
}

/// What came for one request to the outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Report<D: Domain> {
    /// The effect.
    pub effect: EffectId,
    /// What was asked.
    pub request: D::Request,
    /// What came.
    pub came: Came<D>,
}

/// What can come for a request to the outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Came<D: Domain> {
    /// The outside answered.
    Answer(D::Answer),
    /// A later request makes it pointless: it is not made any more.
    Overtaken,
    /// It failed for good, or for too long: it is not tried any more until a person has looked. With everything the outside
    /// said.
    Stuck(String),
}
