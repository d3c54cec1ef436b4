use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::cards::{Cards, Request};
use crate::domain::{Card, CertificateState, Dossier};
use crate::engine::{Domain, Instance, Preview, Status};
use crate::testing::scene::state_of;
use crate::values::{EffectId, ObjectRef, Timestamp};

/// How everything is at one moment in a [`World`](super::World): the objects, the instances under way, the outside, the time.
#[derive(Clone)]
pub struct State {
    pub(super) dossier: Dossier,
    /// Which of the world's options are in force.
    pub(super) setting: usize,
    pub(super) running: Vec<Arc<Running>>,
    /// What holds at the authorities.
    pub(super) truth: BTreeMap<ObjectRef, CertificateState>,
    /// The certificates that an authority has changed by itself and not spoken of since.
    pub(super) astray: BTreeSet<ObjectRef>,
    /// The objects about which a person was told, by an instance that is over.
    pub(super) noted: BTreeSet<ObjectRef>,
    pub(super) now: Timestamp,
    /// So many commands led here: ids come from it.
    pub(super) commands: u64,
}

/// An instance that is not over, or that the outside still owes an answer.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// Which of the world's processes.
    pub(super) process: usize,
    pub(super) instance: Instance<Cards>,
    /// What whoever answers its form was shown, for each way of filling it in.
    pub(super) shown: Vec<Option<Arc<Preview<Cards>>>>,
    /// What it asked of the outside and has no answer to, in order.
    pub(super) asked: Vec<Pending>,
}

/// A request to the outside that is not answered.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) effect: EffectId,
    pub(super) request: Arc<Request>,
    /// When it was asked, among all others.
    pub(super) order: u64,
    /// A later request has overtaken it: it waits for no other.
    pub(super) aside: bool,
    pub(super) phase: Phase,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    Open,
    /// It is done, and the answer is on its way: what held then.
    Sent(CertificateState),
    /// It has failed for good: a person must look.
    Parked,
}

impl State {
    /// Every object there is.
    #[must_use]
    pub fn dossier(&self) -> &Dossier {
        &self.dossier
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The instances that are not over, and those that the outside still owes an answer.
    pub fn instances(&self) -> impl Iterator<Item = &Instance<Cards>> {
        self.running.iter().map(|it| &it.instance)
    }

    /// What a certificate is at its authority.
    #[must_use]
    pub fn at_authority(&self, certificate: ObjectRef) -> Option<CertificateState> {
        self.truth.get(&certificate).copied()
    }

    /// The requests to the outside that are not answered.
    pub fn open_requests(&self) -> impl Iterator<Item = &Request> {
        self.pending().map(|it| it.request.as_ref())
    }

    /// Whether an incident about an object stands, or a person was told of it and nothing has mended it since.
    #[must_use]
    pub fn is_noted(&self, object: ObjectRef) -> bool {
        let stands = |it: &Instance<Cards>| it.incidents().iter().any(|it| it.object == object && it.is_open());
        self.noted.contains(&object) || self.instances().any(stands)
    }

    /// Whether nothing happens any more unless a person does something: every instance is over, or waits for a person.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.pending().all(|it| self.waits_for_a_person(it))
            && self.running.iter().all(|it| match it.instance.status() {
                Status::Ended(_) | Status::Waiting { .. } => true,
                Status::Outside { .. } | Status::Confirming { .. } => !it.asked.is_empty(),
                Status::Beginning => false,
            })
    }

    pub(super) fn pending(&self) -> impl Iterator<Item = &Pending> {
        self.running.iter().flat_map(|it| &it.asked)
    }

    /// The earliest request that one must wait for, since it is about the same.
    pub(super) fn ahead_of(&self, waits: &Pending) -> Option<&Pending> {
        let target = Cards::target(&waits.request);
        if waits.aside || target.is_empty() {
            return None;
        }
        let ahead = |it: &&Pending| it.order < waits.order && !it.aside && Cards::target(&it.request) == target;
        self.pending().filter(ahead).min_by_key(|it| it.order)
    }

    fn waits_for_a_person(&self, it: &Pending) -> bool {
        self.ahead_of(it).unwrap_or(it).phase == Phase::Parked
    }

    /// The times, still to come, at which something is due.
    pub(super) fn times(&self) -> BTreeSet<Timestamp> {
        let mut times = BTreeSet::new();
        for instance in self.instances() {
            let until = instance.waits().map(|(.., until)| until);
            times.extend(until.into_iter().chain(instance.fires()));
        }
        times.extend(self.dossier.objects().flat_map(Cards::deadlines));
        times.extend(self.dossier.certificates().filter_map(super::canonical::ends));
        times.retain(|it| *it > self.now && *it < Timestamp::NEVER);
        times
    }

    /// The cards, in the order in which they stand.
    pub(super) fn cards(&self) -> impl Iterator<Item = &Card> {
        self.dossier.cards()
    }
}

impl PartialEq for State {
    /// As the search compares states: in their canonical form.
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for State {}

impl std::hash::Hash for State {
    fn hash<H: std::hash::Hasher>(&self, hasher: &mut H) {
        self.canonical().hash(hasher);
    }
}

impl fmt::Debug for State {
    /// In words: each object, each instance, the time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.now)?;
        for object in self.dossier.objects() {
            let Some(line) = state_of(&self.dossier, object.at()) else { continue };
            write!(f, "{line}")?;
            match self.truth.get(&object.at()) {
                Some(truth) => writeln!(f, "; {truth} at its authority")?,
                None => writeln!(f)?,
            }
        }
        for it in &self.running {
            writeln!(f, "{}: {}, {} requests open", it.instance.process(), it.instance.status(), it.asked.len())?;
        }
        Ok(())
    }
}
