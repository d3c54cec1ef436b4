use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::appoint::Appointment;
use super::approval::{ApprovalPolicy, Verdict};
use super::domain::Domain;
use super::evidence::{Erasure, Trim};
use super::inbox::TaskCommand;
use super::incident::Resolution;
use crate::values::{Answers, Digest, EffectId, ObjectRef, PersonId, TaskId, Timestamp, codes};

/// A recorded fact about an instance, or about the history itself. Events are folded by [`evolve`](super::evolve) and kept
/// in the history.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "")]
pub enum Event<D: Domain> {
    /// The instance began.
    Started {
        /// What it acts on.
        subject: ObjectRef,
        /// The fingerprint of its definition.
        fingerprint: Digest,
    },
    /// It waits for a person.
    Waits {
        /// At this form or approval.
        step: String,
        /// The task.
        task: TaskId,
        /// Until then; after it, the instance ends by itself.
        until: Timestamp,
    },
    /// The options in force were evaluated for this run; they stay for this instance.
    Bound {
        /// Their version.
        version: u64,
        /// Their values; none where it is read from the history, which has their digest.
        #[serde(skip)]
        options: Option<Arc<D::Options>>,
        /// The names of those whose value could not be computed for this run, and which took their safe value instead.
        fell_back: Vec<String>,
        /// A digest of the values: of one version, other runs may have other ones.
        digest: Digest,
    },
    /// A form was answered with Next.
    Answered {
        /// The form.
        step: String,
        /// The answers; in the history without the personal ones.
        answers: Answers,
    },
    /// Objects were changed.
    Changed {
        /// The change step.
        step: String,
        /// The changes.
        changes: Vec<D::Change>,
        /// The state of the subject afterwards, on which later steps rely.
        leaves: String,
    },
    /// The outside was asked.
    Requested {
        /// The step.
        step: String,
        /// The effect.
        effect: EffectId,
        /// What was asked.
        request: D::Request,
        /// The instance waits for the answer before it goes on.
        awaited: bool,
    },
    /// The outside answered.
    Confirmed {
        /// The effect.
        effect: EffectId,
        /// What was answered.
        answer: D::Answer,
        /// What that changed here.
        changes: Vec<D::Change>,
    },
    /// Something stands open that a person should look at.
    Incident {
        /// The object.
        object: ObjectRef,
        /// What it is.
        what: String,
        /// The request that is not tried any more until somebody has looked, if it is about one.
        effect: Option<EffectId>,
    },
    /// Somebody has done something about an incident.
    Resolved {
        /// Which, by its place among those of the instance.
        incident: u32,
        /// The request it was about.
        effect: Option<EffectId>,
        /// What was done.
        how: Resolution,
        /// Why; in the history among the personal parts.
        note: String,
    },
    /// A later request made this one pointless, and it was not made any more.
    Overtaken {
        /// The effect.
        effect: EffectId,
    },
    /// The outside answered what was answered, overtaken or given up before.
    Late {
        /// The effect.
        effect: EffectId,
        /// What was answered.
        answer: D::Answer,
        /// What that changed here.
        changes: Vec<D::Change>,
    },
    /// Nobody is written to, and that is deliberate.
    NoMail,
    /// The end was reached; requests to the outside are still open.
    Confirming {
        /// The end.
        end: String,
        /// What the outcome adds to "done".
        remark: Option<String>,
    },
    /// The instance is over.
    Ended(Outcome),
    /// Personal parts of records were erased. Of no instance.
    Erased(Erasure),
    /// The beginning of this chain was removed. Of no instance.
    Trimmed(Box<Trim<D>>),
    /// Other persons are asked to agree before it goes on; also when it is asked again with other answers.
    ApprovalAsked {
        /// The approval.
        step: String,
        /// Who may agree, how many must, until when.
        policy: ApprovalPolicy,
        /// A digest of what is agreed to.
        covers: Digest,
        /// What would be done, as it was shown.
        plan: Vec<D::Item>,
        /// The limit because of which they are asked; none if the options ask.
        limit: Option<String>,
    },
    /// Somebody has decided about a request for approval: whoever gave the command.
    Judged {
        /// The approval.
        step: String,
        /// The task.
        task: TaskId,
        /// What was decided.
        verdict: Verdict,
        /// On whose behalf.
        on_behalf: Option<PersonId>,
        /// The ballots of the stage that it can count for, by their places.
        ballots: Vec<u32>,
        /// Why; in the history among the personal parts.
        note: String,
    },
    /// A stage of an approval is met, and the next one is open.
    NextStage {
        /// The approval.
        step: String,
        /// The stage that is open now, counted from 0.
        stage: u32,
    },
    /// An approval was not decided in time, and another role may decide as well.
    Escalated {
        /// The approval.
        step: String,
        /// The role.
        to: String,
    },
    /// Those on whom an approval waits were told again that it does.
    Reminded {
        /// The approval.
        step: String,
    },
    /// An approval is met.
    Approved {
        /// The approval.
        step: String,
        /// Nobody decided in time, and its policy lets that count as agreement.
        automatic: bool,
    },
    /// What was approved comes to something else by now, within what was agreed to.
    Differed {
        /// The approval.
        step: String,
        /// What was shown and is not done.
        gone: Vec<D::Item>,
        /// What is done and was not shown.
        come: Vec<D::Item>,
    },
    /// The requester has answered to what was sent back; it is asked again.
    Resubmitted {
        /// The approval.
        step: String,
        /// What the requester says; in the history among the personal parts.
        note: String,
    },
    /// Somebody outside is told: a person by mail, or the system where requests for approval are decided. Nothing waits for it.
    Notified {
        /// The effect.
        effect: EffectId,
        /// What was asked of the outside.
        request: D::Request,
    },
    /// Personal data of others was shown to the actor; this belongs to no instance.
    Read {
        /// In what way.
        how: Reading,
        /// What was shown.
        objects: Vec<ObjectRef>,
    },
    /// A text of options was proposed; this belongs to no instance.
    OptionsProposed {
        /// The version it became.
        version: u64,
        /// The language of the text.
        language: String,
        /// A digest of the text.
        text: Digest,
        /// The earlier version that it goes back to; 0 for the text that ships.
        of: Option<u64>,
    },
    /// A version of the options was put in force; this belongs to no instance.
    OptionsActivated {
        /// The version.
        version: u64,
    },
    /// Somebody did something with a task without completing it.
    Handled {
        /// The form or approval.
        step: String,
        /// The task.
        task: TaskId,
        /// What was done; in the history without the words, which are among the personal parts.
        command: TaskCommand,
    },
    /// A role or a deputyship was given or taken; this belongs to no instance.
    Appointed {
        /// To whom, or from whom.
        person: ObjectRef,
        /// What.
        what: Appointment,
        /// It counts; else it is proposed, and waits for another person to do the same.
        in_force: bool,
    },
}

codes! {
    /// How somebody read personal data.
    pub enum Reading ("way of reading") {
        /// It stood on a page of a search.
        Found = "found",
        /// The object was opened.
        Opened = "opened",
        /// The history was opened, with its personal parts.
        History = "history",
    }
}

/// How an instance ended.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Outcome {
    /// It reached an end.
    Done {
        /// The end.
        end: String,
        /// What there is to add: that the subject stays as it is, say.
        remark: Option<String>,
    },
    /// It was cancelled at a form: nothing has happened since the form was shown.
    Cancelled,
    /// Its form or approval was left waiting too long: nothing has happened since it was shown or asked.
    Expired,
    /// An approver refused: nothing has happened.
    Rejected,
    /// Whoever asked for it took it back before it was decided: nothing has happened.
    Withdrawn,
    /// The state it relied on is gone: nothing has happened since.
    Superseded {
        /// The state it relied on, in words.
        needed: String,
        /// The state there is.
        found: String,
    },
    /// The outside has answered, and what was to follow is refused: nothing has happened since.
    Refused {
        /// Why.
        why: String,
    },
}

impl<D: Domain> Event<D> {
    /// What it changes in objects.
    #[must_use]
    pub fn changes(&self) -> &[D::Change] {
        match self {
            Event::Changed { changes, .. } | Event::Confirmed { changes, .. } | Event::Late { changes, .. } => changes,
            _ => &[],
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Outcome::Done { end, remark: None } => f.write_str(end),
            Outcome::Done { end, remark: Some(remark) } => write!(f, "{end} ({remark})"),
            Outcome::Cancelled => f.write_str("cancelled"),
            Outcome::Expired => f.write_str("expired"),
            Outcome::Rejected => f.write_str("rejected"),
            Outcome::Withdrawn => f.write_str("withdrawn"),
            Outcome::Superseded { needed, found } => write!(f, "superseded: needed {needed}, found {found}"),
            Outcome::Refused { why } => write!(f, "refused: {why}"),
        }
    }
}
