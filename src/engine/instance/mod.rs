mod facts;
mod parts;
mod told;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::engine::actor::Component;
use crate::engine::approval::{Approval, Decided, Verdict, Vote};
use crate::engine::definition::Version;
use crate::engine::domain::Domain;
use crate::engine::event::Event;
use crate::engine::incident::{Closed, Incident, Resolution};
use crate::engine::shared_record::SharedRecord;
use crate::values::{
    Answers, CodecError, Digest, EffectId, InstanceId, ObjectRef, PersonId, Revision, TaskId, Timestamp, decode, encode,
};

pub use self::parts::{Asked, AskedState, Bound, Stamp, Status};

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
            | Event::OptionsProposed { .. }
            | Event::OptionsActivated { .. }
            | Event::Handled { .. }
            | Event::Appointed { .. }
            | Event::Erased(_)
            | Event::Trimmed(_) => {}
            Event::Waits { step, task, until } => {
                self.status = Status::Waiting { step: step.clone(), task: *task, until: *until };
                self.told(stamp);
            }
            Event::Bound { version, options, fell_back, .. } => {
                let (options, fell_back) = (options.clone().unwrap_or_default(), fell_back.clone());
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
            Event::Reminded { .. } => self.told(stamp),
            Event::Approved { .. } => {
                self.decided(stamp, Verdict::Approve);
                self.approval = None;
            }
            Event::Notified { effect, .. } => {
                self.asked.push(Asked::of(*effect, "", true));
            }
            Event::Changed { leaves, .. } => self.relies_on = Some(leaves.clone()),
            Event::Requested { step, effect, awaited, .. } => {
                self.asked.push(Asked::of(*effect, step, false));
                if *awaited {
                    self.status = Status::Outside { step: step.clone(), effect: *effect };
                }
            }
            Event::Confirmed { effect, answer, .. } => {
                self.becomes(*effect, AskedState::Answered(answer.clone()));
                self.closes(*effect, stamp);
            }
            // The outside is believed, the later answer more than the earlier one.
            Event::Late { effect, answer, .. } => self.becomes(*effect, AskedState::Answered(answer.clone())),
            Event::Overtaken { effect } => {
                self.becomes(*effect, AskedState::Overtaken);
                self.closes(*effect, stamp);
            }
            Event::Incident { object, what, effect } => {
                let (object, what, since, effect) = (*object, what.clone(), stamp.at, *effect);
                self.incidents.push(Incident { object, what, since, effect, closed: None });
            }
            Event::Resolved { incident, effect, how, .. } => {
                let place = usize::try_from(*incident).unwrap_or(usize::MAX);
                if let Some(incident) = self.incidents.get_mut(place) {
                    incident.closed = Some(Closed { at: stamp.at, by: stamp.person, how: Some(*how) });
                }
                match (effect, how) {
                    (Some(effect), Resolution::Skip) => self.becomes(*effect, AskedState::Skipped),
                    (Some(effect), Resolution::ByHand) => self.becomes(*effect, AskedState::ByHand),
                    (Some(_), Resolution::Retry) | (None, _) => {}
                }
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

    fn becomes(&mut self, effect: EffectId, state: AskedState<D>) {
        if let Some(asked) = self.asked.iter_mut().find(|it| it.effect == effect) {
            asked.state = state;
        }
    }

    /// What a person should have looked at about a request is over by itself.
    fn closes(&mut self, effect: EffectId, stamp: &Stamp) {
        let about = |it: &&mut Incident| it.effect == Some(effect) && it.is_open();
        for incident in self.incidents.iter_mut().filter(about) {
            incident.closed = Some(Closed { at: stamp.at, by: None, how: None });
        }
    }

    /// The task it waits at was decided.
    fn decided(&mut self, stamp: &Stamp, verdict: Verdict) {
        if let Status::Waiting { task, .. } = self.status {
            self.decided = Some(Decided { task, verdict, by: stamp.person, at: stamp.at });
        }
    }

    /// Those on whom its approval waits were told of it.
    fn told(&mut self, stamp: &Stamp) {
        if let Some(approval) = &mut self.approval {
            approval.told = stamp.at;
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

    /// It as it is found once it is stored.
    pub(crate) fn stored(self) -> Self {
        Instance { revision: self.revision.next(), ..self }
    }

    /// The instance that a record holds.
    ///
    /// # Errors
    ///
    /// [`CodecError`], as [`from_bytes`](Self::from_bytes).
    pub fn of(record: &SharedRecord) -> Result<Arc<Self>, CodecError> {
        record.decoded(|it| Self::from_bytes(InstanceId::from_uuid(it.at.id()), it.revision, &it.body))
    }

    /// The instance with this id that was stored at this revision.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for bytes of another version and damaged ones.
    pub fn from_bytes(id: InstanceId, revision: Revision, bytes: &[u8]) -> Result<Self, CodecError> {
        decode("an instance", FORMAT, bytes).map(|it| Instance { id, revision, ..it })
    }
}
