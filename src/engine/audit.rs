use serde::{Deserialize, Serialize};
use serde_json::json;

use super::actor::{ActorMark, Component};
use super::chain::Linked;
use super::definition::Version;
use super::domain::Domain;
use super::entry::{Entry, RunMark};
use super::event::{Event, Outcome};
use super::options::OptionsVersion;
use crate::values::{Answers, CommandId, Digest, HomeId, InstanceId, ObjectRef, PersonId, Timestamp, codes};

/// The field of a form whose answer is the reason that audit queries ask for.
const REASON: &str = "reason";

codes! {
    /// What a record of the history came to.
    pub enum AuditOutcome ("outcome") {
        /// Objects came in.
        Registered = "registered",
        /// Personal data of others was shown.
        Read = "read",
        /// The run waits: for a person, or for the outside before it can go on.
        Waiting = "waiting",
        /// The run reached its end; the outside may still have to confirm.
        Done = "done",
        /// The outside has answered.
        Confirmed = "confirmed",
        /// The run was cancelled: nothing has happened.
        Cancelled = "cancelled",
        /// The run was left waiting too long: nothing has happened.
        Expired = "expired",
        /// The state that the run relied on was gone: nothing has happened.
        Superseded = "superseded",
        /// The outside has answered, and what was to follow was refused.
        Refused = "refused",
        /// Somebody has decided about a request for approval, and it still waits.
        Judged = "judged",
        /// An approver refused: nothing has happened.
        Rejected = "rejected",
        /// Whoever asked took it back: nothing has happened.
        Withdrawn = "withdrawn",
        /// A run on an object of another home changed objects of this one.
        Touched = "touched",
        /// Personal data was erased from records of the history.
        Erased = "erased",
        /// The beginning of the chain was removed.
        Trimmed = "trimmed",
        /// Options were proposed or put in force.
        Options = "options",
        /// A role or a deputyship was given or taken.
        Rights = "rights",
        /// The record is damaged; the chain says so too.
        Unreadable = "unreadable",
        /// Somebody did something with a task without completing it: the run still waits.
        Handled = "handled",
        /// The outside answered what was answered or given up before.
        Late = "late",
        /// A later request made one pointless.
        Overtaken = "overtaken",
        /// A request failed for good or for too long, and waits for a person.
        Stuck = "stuck",
        /// Somebody has dealt with an incident.
        Resolved = "resolved",
    }
}

/// One record of the history as audit queries find it: ids and codes, no names, no free text.
///
/// Chain, sequence and hash are those of the record, so that every row can be checked against a verified chain.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuditRow {
    /// Its place in the order of commits.
    pub position: u64,
    /// Its chain: the home.
    pub chain: HomeId,
    /// Its place there.
    pub sequence: u64,
    /// Its hash.
    pub hash: Digest,
    /// When it was decided.
    pub at: Timestamp,
    /// What it came to.
    pub outcome: AuditOutcome,
    /// The command.
    pub command: Option<CommandId>,
    /// Who; none for a timer or an answer from outside.
    pub actor: Option<PersonId>,
    /// The role by whose right.
    pub role: String,
    /// On whose behalf.
    pub on_behalf: Option<PersonId>,
    /// Where the call came from.
    pub component: Option<Component>,
    /// The run it belongs to; none for an import or a reading.
    pub run: Option<AuditRun>,
    /// Whether a change step was carried out.
    pub changed: bool,
    /// The subject and every object it names, sorted.
    pub objects: Vec<ObjectRef>,
}

/// The run that a record belongs to, as far as it had come by then.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuditRun {
    /// The instance.
    pub instance: InstanceId,
    /// The symbolic name of the process.
    pub process: String,
    /// Its version.
    pub version: Version,
    /// What it acts on; none if the beginning of its history is gone.
    pub subject: Option<ObjectRef>,
    /// The reason that was chosen in its form.
    pub reason: Option<String>,
    /// Whether other persons had agreed.
    pub approved: bool,
    /// Whether it had come to its end; what follows are confirmations.
    pub ended: bool,
}

impl AuditRow {
    /// The row of a record that does not read: where it stands.
    #[must_use]
    pub fn unreadable(position: u64, record: &Linked) -> Self {
        AuditRow {
            position,
            chain: record.chain,
            sequence: record.sequence,
            hash: record.hash,
            at: record.at,
            outcome: AuditOutcome::Unreadable,
            command: None,
            actor: None,
            role: String::new(),
            on_behalf: None,
            component: None,
            run: None,
            changed: false,
            objects: Vec::new(),
        }
    }

    /// The row of a record with this entry. `before` is what the last row of the same run says of it: rows are a fold.
    #[must_use]
    pub fn of<D: Domain>(position: u64, record: &Linked, entry: &Entry<D>, before: Option<AuditRun>) -> Self {
        let mut run = entry.run.as_ref().map(|it| before.unwrap_or_else(|| AuditRun::begin(it)));
        let mut outcome = if run.is_some() { AuditOutcome::Touched } else { AuditOutcome::Registered };
        let mut objects = objects_of::<D>(&entry.changes);
        for event in &entry.events {
            outcome = outcome_after(event, run.as_ref()).unwrap_or(outcome);
            objects.extend(named_by(event));
            if let Some(run) = &mut run {
                run.goes_on(event);
            }
        }
        objects.extend(run.as_ref().and_then(|it| it.subject));
        objects.sort();
        objects.dedup();
        let ActorMark { person, role, on_behalf, component, .. } = &entry.actor;
        AuditRow {
            outcome,
            command: Some(entry.command),
            actor: *person,
            role: role.clone(),
            on_behalf: *on_behalf,
            component: Some(*component),
            run,
            changed: entry.events.iter().any(|it| matches!(it, Event::Changed { .. })),
            objects,
            ..AuditRow::unreadable(position, record)
        }
    }

    /// Whether objects were changed to which no other persons had agreed.
    #[must_use]
    pub fn is_unapproved(&self) -> bool {
        self.changed && self.run.as_ref().is_none_or(|it| !it.approved)
    }

    /// The row as one line of JSON. Chain, sequence and hash are its proof: the record with this hash stands there in the
    /// verified chain.
    #[must_use]
    pub fn json_line(&self) -> String {
        let run = self.run.as_ref();
        // In the order of the alphabet: another library in the build decides whether the order written here is kept.
        json!({
            "actor": self.actor,
            "approved": run.is_some_and(|it| it.approved),
            "at": self.at.to_string(),
            "chain": self.chain,
            "changed": self.changed,
            "command": self.command,
            "component": self.component.map(Component::name),
            "hash": self.hash.to_string(),
            "instance": run.map(|it| it.instance),
            "objects": self.objects.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "on_behalf": self.on_behalf,
            "outcome": self.outcome.name(),
            "process": run.map(|it| &it.process),
            "reason": run.and_then(|it| it.reason.as_ref()),
            "role": self.role,
            "sequence": self.sequence,
            "subject": run.and_then(|it| it.subject).map(|it| it.to_string()),
            "version": run.map(|it| it.version),
        })
        .to_string()
    }
}

impl AuditRun {
    fn begin(mark: &RunMark) -> Self {
        AuditRun {
            instance: mark.instance,
            process: mark.process.clone(),
            version: mark.version,
            subject: None,
            reason: None,
            approved: false,
            ended: false,
        }
    }

    fn goes_on<D: Domain>(&mut self, event: &Event<D>) {
        match event {
            Event::Started { subject, .. } => self.subject = Some(*subject),
            Event::Answered { answers, .. } => self.reason = reason_in(answers).or(self.reason.take()),
            Event::Approved { automatic, .. } => self.approved |= !automatic,
            Event::Confirming { .. } | Event::Ended(_) => self.ended = true,
            Event::Waits { .. }
            | Event::Bound { .. }
            | Event::Changed { .. }
            | Event::Requested { .. }
            | Event::Confirmed { .. }
            | Event::Late { .. }
            | Event::Overtaken { .. }
            | Event::Incident { .. }
            | Event::Resolved { .. }
            | Event::NoMail
            | Event::ApprovalAsked { .. }
            | Event::Judged { .. }
            | Event::NextStage { .. }
            | Event::Escalated { .. }
            | Event::Reminded { .. }
            | Event::Differed { .. }
            | Event::Resubmitted { .. }
            | Event::Notified { .. }
            | Event::Read { .. }
            | Event::OptionsProposed { .. }
            | Event::OptionsActivated { .. }
            | Event::Handled { .. }
            | Event::Appointed { .. }
            | Event::Erased(_)
            | Event::Trimmed(_) => {}
        }
    }
}

/// Only what was chosen from a list: free text is personal.
fn reason_in(answers: &Answers) -> Option<String> {
    answers.get(REASON).filter(|it| !it.is_personal()).map(ToString::to_string)
}

/// What a record has come to after this event; none if the event does not tell.
fn outcome_after<D: Domain>(event: &Event<D>, run: Option<&AuditRun>) -> Option<AuditOutcome> {
    match event {
        Event::Waits { .. } | Event::Requested { awaited: true, .. } => Some(AuditOutcome::Waiting),
        Event::Confirmed { .. } => Some(AuditOutcome::Confirmed),
        Event::Late { .. } => Some(AuditOutcome::Late),
        Event::Overtaken { .. } => Some(AuditOutcome::Overtaken),
        Event::Incident { effect: Some(_), .. } => Some(AuditOutcome::Stuck),
        Event::Resolved { .. } => Some(AuditOutcome::Resolved),
        Event::Confirming { .. } => Some(AuditOutcome::Done),
        // The end was reached before. What came last says whether it was confirmed, overtaken or given up.
        Event::Ended(Outcome::Done { .. }) if run.is_some_and(|it| it.ended) => None,
        Event::Ended(Outcome::Done { .. }) => Some(AuditOutcome::Done),
        Event::Ended(Outcome::Cancelled) => Some(AuditOutcome::Cancelled),
        Event::Ended(Outcome::Expired) => Some(AuditOutcome::Expired),
        Event::Ended(Outcome::Superseded { .. }) => Some(AuditOutcome::Superseded),
        Event::Ended(Outcome::Refused { .. }) => Some(AuditOutcome::Refused),
        Event::Ended(Outcome::Rejected) => Some(AuditOutcome::Rejected),
        Event::Ended(Outcome::Withdrawn) => Some(AuditOutcome::Withdrawn),
        Event::Judged { .. } => Some(AuditOutcome::Judged),
        Event::Reminded { .. } => Some(AuditOutcome::Waiting),
        Event::Handled { .. } => Some(AuditOutcome::Handled),
        Event::Read { .. } => Some(AuditOutcome::Read),
        Event::Erased(_) => Some(AuditOutcome::Erased),
        Event::Trimmed(_) => Some(AuditOutcome::Trimmed),
        Event::OptionsProposed { .. } | Event::OptionsActivated { .. } => Some(AuditOutcome::Options),
        Event::Appointed { .. } => Some(AuditOutcome::Rights),
        Event::Started { .. }
        | Event::Bound { .. }
        | Event::Answered { .. }
        | Event::ApprovalAsked { .. }
        | Event::Changed { .. }
        | Event::NextStage { .. }
        | Event::Escalated { .. }
        | Event::Approved { .. }
        | Event::Differed { .. }
        | Event::Resubmitted { .. }
        | Event::Notified { .. }
        | Event::Requested { awaited: false, .. }
        | Event::Incident { effect: None, .. }
        | Event::NoMail => None,
    }
}

fn named_by<D: Domain>(event: &Event<D>) -> Vec<ObjectRef> {
    match event {
        Event::Changed { changes, .. } | Event::Confirmed { changes, .. } | Event::Late { changes, .. } => {
            objects_of::<D>(changes)
        }
        Event::Started { subject: object, .. } | Event::Incident { object, .. } => vec![*object],
        Event::Read { objects, .. } => objects.clone(),
        Event::Appointed { person, .. } => vec![*person],
        Event::OptionsProposed { version, .. } | Event::OptionsActivated { version } => {
            vec![OptionsVersion::at(*version)]
        }
        Event::Waits { .. }
        | Event::Bound { .. }
        | Event::Answered { .. }
        | Event::ApprovalAsked { .. }
        | Event::Judged { .. }
        | Event::NextStage { .. }
        | Event::Escalated { .. }
        | Event::Reminded { .. }
        | Event::Approved { .. }
        | Event::Differed { .. }
        | Event::Resubmitted { .. }
        | Event::Notified { .. }
        | Event::Requested { .. }
        | Event::Overtaken { .. }
        | Event::Resolved { .. }
        | Event::NoMail
        | Event::Handled { .. }
        | Event::Confirming { .. }
        | Event::Ended(_)
        | Event::Erased(_)
        | Event::Trimmed(_) => Vec::new(),
    }
}

fn objects_of<D: Domain>(changes: &[D::Change]) -> Vec<ObjectRef> {
    changes.iter().map(|it| D::object_of(it)).collect()
}
