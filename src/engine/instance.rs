use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::actor::Component;
use super::approval::{Approval, Decided, Verdict, Vote};
use super::definition::Version;
use super::domain::Domain;
use super::event::{Event, Outcome};
use crate::values::{
    Answers, CodecError, Digest, EffectId, InstanceId, ObjectRef, PersonId, Revision, TaskId, Timestamp, decode, encode,
};

/// The version of the stored form of an instance.
const FORMAT: u8 = 1;

/// One run of a process on one subject: a position in a declared graph plus data, folded from events (law 4).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "")]
pub struct Instance<D: Domain> {
    #[serde(skip, default = "InstanceId::nil")]
    id: InstanceId,
    #[serde(skip)]
    revision: Revision,
    process: String,
    version: Version,
    fingerprint: Digest,
    subject: ObjectRef,
    requester: Option<PersonId>,
    started: Timestamp,
    status: Status,
    answers: Answers,
    bound: Option<Bound<D>>,
    relies_on: Option<String>,
    asked: Vec<Asked<D>>,
    incidents: Vec<Incident>,
    component: Component,
    on_behalf: Option<PersonId>,
    editors: BTreeSet<PersonId>,
    approval: Option<Approval<D>>,
    decided: Option<Decided>,
}

/// Where an instance stands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Status {
    /// At its beginning.
    Beginning,
    /// Waits for a person.
    Waiting {
        /// At this form or approval.
        step: String,
        /// The task.
        task: TaskId,
        /// Until then.
        until: Timestamp,
    },
    /// Waits for the outside before it can go on.
    Outside {
        /// At this effect step.
        step: String,
        /// For the answer to this.
        effect: EffectId,
    },
    /// Done here; the outside has not confirmed everything yet.
    Confirming {
        /// The end it reached.
        end: String,
        /// What there is to add.
        remark: Option<String>,
    },
    /// Over.
    Ended(Outcome),
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Status::Beginning => f.write_str("beginning"),
            Status::Waiting { step, .. } => write!(f, "waiting at {step}"),
            Status::Outside { step, .. } => write!(f, "waiting for the outside at {step}"),
            Status::Confirming { end, .. } => write!(f, "{end}, waiting for confirmation"),
            Status::Ended(outcome) => outcome.fmt(f),
        }
    }
}

/// The options an instance was given: they stay the same until it ends.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "")]
pub struct Bound<D: Domain> {
    /// Their version.
    pub version: u64,
    /// Their values.
    pub options: Arc<D::Options>,
    /// The names of those whose value could not be computed, and which took their safe value instead.
    pub fell_back: Vec<String>,
}

/// Version 0 with the default of every option.
impl<D: Domain> Default for Bound<D> {
    fn default() -> Self {
        Bound { version: 0, options: Arc::default(), fell_back: Vec::new() }
    }
}

impl<D: Domain> Bound<D> {
    /// Options of a version, all of which have the values they were given.
    #[must_use]
    pub fn new(version: u64, options: impl Into<Arc<D::Options>>) -> Self {
        Bound { version, options: options.into(), fell_back: Vec::new() }
    }

    /// A digest of the values.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if one has no stored form.
    pub fn digest(&self) -> Result<Digest, CodecError> {
        Ok(Digest::of(&encode("options", FORMAT, &*self.options)?))
    }
}

/// One request of an instance to the outside.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "")]
pub struct Asked<D: Domain> {
    /// The effect.
    pub effect: EffectId,
    /// The step that asked.
    pub step: String,
    /// The answer, once it is there.
    pub answer: Option<D::Answer>,
    /// It writes to somebody: nothing waits for it.
    pub mail: bool,
}

/// Something that stands open for a person to look at.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Incident {
    /// The object.
    pub object: ObjectRef,
    /// What it is.
    pub what: String,
    /// Since when.
    pub since: Timestamp,
}

/// What every event of a command shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    /// The instance.
    pub instance: InstanceId,
    /// Its process.
    pub process: String,
    /// The version of the process.
    pub version: Version,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub person: Option<PersonId>,
    /// On whose behalf.
    pub on_behalf: Option<PersonId>,
    /// From where.
    pub component: Component,
}

/// Folds one event into an instance. Total: every event has an effect on every instance, if only none.
///
/// Only [`Event::Started`] makes an instance of nothing; without one, other events come to nothing.
#[must_use]
pub fn evolve<D: Domain>(instance: Option<Instance<D>>, stamp: &Stamp, event: &Event<D>) -> Option<Instance<D>> {
    if let Event::Started { subject, fingerprint } = event {
        return Some(Instance {
            id: stamp.instance,
            revision: instance.map_or(Revision::NONE, |it| it.revision),
            process: stamp.process.clone(),
            version: stamp.version,
            fingerprint: *fingerprint,
            subject: *subject,
            requester: stamp.person,
            started: stamp.at,
            status: Status::Beginning,
            answers: Answers::none(),
            bound: None,
            relies_on: None,
            asked: Vec::new(),
            incidents: Vec::new(),
            component: stamp.component,
            on_behalf: stamp.on_behalf,
            editors: BTreeSet::new(),
            approval: None,
            decided: None,
        });
    }
    let mut it = instance?;
    it.apply(stamp, event);
    Some(it)
}

impl InstanceId {
    /// Stands where a decoded body has no id of its own yet.
    fn nil() -> Self {
        InstanceId::from_uuid(uuid::Uuid::nil())
    }
}

impl<D: Domain> Instance<D> {
    /// What [`evolve`] does to an instance that is there.
    pub(super) fn apply(&mut self, stamp: &Stamp, event: &Event<D>) {
        match event {
            Event::Started { .. }
            | Event::NoMail
            | Event::Differed { .. }
            | Event::Read { .. }
            | Event::Erased(_)
            | Event::Trimmed(_) => {}
            Event::Waits { step, task, until } => {
                self.status = Status::Waiting { step: step.clone(), task: *task, until: *until };
            }
            Event::Bound { version, options, fell_back, .. } => {
                let (options, fell_back) = (options.clone(), fell_back.clone());
                self.bound = Some(Bound { version: *version, options, fell_back });
            }
            Event::Answered { answers, .. } => {
                self.answers.extend(answers.clone());
                self.editors.extend(stamp.person.filter(|it| Some(*it) != self.requester));
            }
            Event::Resubmitted { .. } => {
                self.editors.extend(stamp.person.filter(|it| Some(*it) != self.requester));
            }
            Event::ApprovalAsked { policy, covers, plan, .. } => {
                self.approval = Some(Approval::asked(policy, *covers, plan, stamp.at));
            }
            Event::Judged { task, verdict, on_behalf, ballots, .. } => {
                self.judged(stamp, *task, *verdict, *on_behalf, ballots);
            }
            Event::NextStage { stage, .. } => {
                self.decided(stamp, Verdict::Approve);
                if let Some(approval) = &mut self.approval {
                    (approval.stage, approval.escalated, approval.postponed) = (*stage, None, None);
                }
            }
            Event::Escalated { to, .. } => {
                if let Some(approval) = &mut self.approval {
                    (approval.escalated, approval.postponed) = (Some(to.clone()), None);
                }
            }
            Event::Approved { .. } => {
                self.decided(stamp, Verdict::Approve);
                self.approval = None;
            }
            Event::Notified { effect, .. } => {
                let step = String::new();
                self.asked.push(Asked { effect: *effect, step, answer: None, mail: true });
            }
            Event::Changed { leaves, .. } => self.relies_on = Some(leaves.clone()),
            Event::Requested { step, effect, awaited, .. } => {
                self.asked.push(Asked { effect: *effect, step: step.clone(), answer: None, mail: false });
                if *awaited {
                    self.status = Status::Outside { step: step.clone(), effect: *effect };
                }
            }
            Event::Confirmed { effect, answer, .. } => {
                if let Some(asked) = self.asked.iter_mut().find(|it| it.effect == *effect) {
                    asked.answer = Some(answer.clone());
                }
            }
            Event::Incident { object, what } => {
                self.incidents.push(Incident { object: *object, what: what.clone(), since: stamp.at });
            }
            Event::Confirming { end, remark } => {
                self.status = Status::Confirming { end: end.clone(), remark: remark.clone() };
                self.forget_working_data();
            }
            Event::Ended(outcome) => {
                self.status = Status::Ended(outcome.clone());
                self.forget_working_data();
            }
        }
    }

    fn judged(&mut self, stamp: &Stamp, task: TaskId, verdict: Verdict, on_behalf: Option<PersonId>, ballots: &[u32]) {
        let (Some(approval), Some(person)) = (&mut self.approval, stamp.person) else { return };
        match verdict {
            Verdict::Approve => {
                let (stage, ballots, at) = (approval.stage, ballots.to_vec(), stamp.at);
                approval.votes.push(Vote { person, on_behalf, stage, ballots, at });
            }
            Verdict::TakeBack => {
                let stage = approval.stage;
                approval.votes.retain(|it| it.stage != stage || !it.is_of(person));
            }
            Verdict::Postpone(until) => approval.postponed = Some(until),
            Verdict::Ask => approval.sent_back = true,
            Verdict::Reject => {
                self.decided = Some(Decided { task, verdict, by: Some(person), at: stamp.at });
                self.approval = None;
            }
        }
    }

    /// The task it waits at was decided.
    fn decided(&mut self, stamp: &Stamp, verdict: Verdict) {
        if let Status::Waiting { task, .. } = self.status {
            self.decided = Some(Decided { task, verdict, by: stamp.person, at: stamp.at });
        }
    }

    /// What no later step reads goes: the options, and the answers, which the history keeps.
    fn forget_working_data(&mut self) {
        self.bound = None;
        self.approval = None;
        self.relies_on = None;
        self.answers = Answers::none();
    }

    /// The stored form.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if a value has none.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        encode("an instance", FORMAT, self)
    }

    /// The instance with this id that was stored at this revision.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for bytes of another version and damaged ones.
    pub fn from_bytes(id: InstanceId, revision: Revision, bytes: &[u8]) -> Result<Self, CodecError> {
        decode("an instance", FORMAT, bytes).map(|it| Instance { id, revision, ..it })
    }

    /// What is different between this one, as it is stored, and one that the history tells: the names of the fields.
    /// Personal answers are compared unless they were erased.
    #[must_use]
    pub fn differs_from(&self, told: &Self, erased: bool) -> Vec<&'static str> {
        let open = |it: &Answers| if erased { it.clone().part().0 } else { it.clone() };
        let version = |it: &Self| it.bound.as_ref().map(|it| (it.version, it.fell_back.clone()));
        let fields = [
            ("its process", (&self.process, self.version) == (&told.process, told.version)),
            ("the fingerprint of its definition", self.fingerprint == told.fingerprint),
            ("its subject", self.subject == told.subject),
            ("who started it", self.requester == told.requester),
            ("when it was started", self.started == told.started),
            ("where it stands", self.status == told.status),
            ("its answers", open(&self.answers) == open(&told.answers)),
            ("the version of its options", version(self) == version(told)),
            ("the state it relies on", self.relies_on == told.relies_on),
            ("what it asked of the outside", self.asked == told.asked),
            ("its incidents", self.incidents == told.incidents),
            ("where it was started", self.component == told.component),
            ("on whose behalf it was started", self.on_behalf == told.on_behalf),
            ("who answered its forms", self.editors == told.editors),
            ("the approval it waits for", self.approval == told.approval),
            ("how its last approval was decided", self.decided == told.decided),
        ];
        fields.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> InstanceId {
        self.id
    }

    /// The revision it was loaded with.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The symbolic name of its process.
    #[must_use]
    pub fn process(&self) -> &str {
        &self.process
    }

    /// The version of its process.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The fingerprint of its definition.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// What it acts on.
    #[must_use]
    pub fn subject(&self) -> ObjectRef {
        self.subject
    }

    /// Who started it.
    #[must_use]
    pub fn requester(&self) -> Option<PersonId> {
        self.requester
    }

    /// The component it was started from.
    #[must_use]
    pub fn component(&self) -> Component {
        self.component
    }

    /// On whose behalf it was started.
    #[must_use]
    pub fn on_behalf(&self) -> Option<PersonId> {
        self.on_behalf
    }

    /// Who answered its forms, besides whoever started it.
    #[must_use]
    pub fn editors(&self) -> &BTreeSet<PersonId> {
        &self.editors
    }

    /// The request for approval it waits for.
    #[must_use]
    pub fn approval(&self) -> Option<&Approval<D>> {
        self.approval.as_ref()
    }

    /// How its last approval, or the last stage of one, was decided.
    #[must_use]
    pub fn last_decided(&self) -> Option<&Decided> {
        self.decided.as_ref()
    }

    /// When it was started.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// What was answered so far, while it is under way.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The options it was given, once it was given any.
    #[must_use]
    pub fn bound(&self) -> Option<&Bound<D>> {
        self.bound.as_ref()
    }

    /// The state that later steps rely on; none while it is the one the process requires.
    #[must_use]
    pub fn relies_on(&self) -> Option<&str> {
        self.relies_on.as_deref()
    }

    /// What it asked of the outside.
    #[must_use]
    pub fn asked(&self) -> &[Asked<D>] {
        &self.asked
    }

    /// How many of its requests the outside has not answered; mails do not count, since nothing waits for them.
    #[must_use]
    pub fn open_effects(&self) -> usize {
        self.asked.iter().filter(|it| it.answer.is_none() && !it.mail).count()
    }

    /// What stands open for a person to look at.
    #[must_use]
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// The task it waits at, and until when.
    #[must_use]
    pub fn waits(&self) -> Option<(&str, TaskId, Timestamp)> {
        match &self.status {
            Status::Waiting { step, task, until } => Some((step, *task, *until)),
            Status::Beginning | Status::Outside { .. } | Status::Confirming { .. } | Status::Ended(_) => None,
        }
    }
}
