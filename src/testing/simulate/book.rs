use std::collections::BTreeMap;
use std::sync::Arc;

use super::coverage::Coverage;
use super::given::Given;
use super::invariants::{self, Invariant, Settled};
use crate::cards::{Cards, object_of};
use crate::domain::{CertificateState, Dossier, IssuerName, Object, Serial};
use crate::engine::chain::{ChainHead, Draft, Linked};
use crate::engine::{Approval, Entry, Event, INSTANCE_KIND, Instance, Outcome};
use crate::ports::{AuthorityOrder, Claim, Commit, Work};
use crate::values::{CommandId, Digest, EffectId, HomeId, InstanceId, ObjectRef, Timestamp};

/// What has been seen of a run: everything that the stores has accepted, told to each invariant.
pub(super) struct Book {
    pub(super) facts: Facts,
    invariants: Vec<Box<dyn Invariant>>,
    broken: Option<Broken>,
}

/// What does not hold.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    pub(super) name: &'static str,
    pub(super) rule: &'static str,
    pub(super) what: String,
}

/// What is stored, as the commits tell it.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) objects: BTreeMap<ObjectRef, Arc<Object>>,
    pub(super) instances: BTreeMap<InstanceId, Arc<Instance<Cards>>>,
    /// How often each instance was written.
    pub(super) written: BTreeMap<InstanceId, u32>,
    pub(super) commands: BTreeMap<CommandId, Recorded>,
    /// How many commits there were.
    pub(super) commits: u64,
}

/// A command of a person that is on record.
pub(super) struct Recorded {
    /// The number of its commit.
    pub(super) at: u64,
    /// The instance, and how often it had been written with it.
    pub(super) written: Option<(InstanceId, u32)>,
    /// The request for approval that its instance waited for before.
    pub(super) approval: Option<Approval<Cards>>,
    /// What was done is not what was shown to whoever agreed, and that is on record.
    pub(super) differed: bool,
}

/// A commit that was stored, and what it came to.
pub(super) struct Stored<'a> {
    pub(super) host: usize,
    pub(super) commit: &'a Commit,
    pub(super) heads: &'a [(HomeId, ChainHead)],
    pub(super) behind: &'a [EffectId],
    pub(super) entries: &'a [Entry<Cards>],
    /// The instance before and after, if it wrote one.
    pub(super) before: Option<&'a Instance<Cards>>,
    pub(super) after: Option<&'a Instance<Cards>>,
    /// The objects that it wrote, as they were and as they are.
    pub(super) were: &'a [Arc<Object>],
    pub(super) are: &'a [Arc<Object>],
    pub(super) facts: &'a Facts,
    pub(super) now: Timestamp,
}

impl Book {
    pub(super) fn empty(invariants: Vec<Box<dyn Invariant>>) -> Book {
        Book { facts: Facts::default(), invariants, broken: None }
    }

    /// The first that does not hold, if one does not.
    pub(super) fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    pub(super) fn breaks(&mut self, name: &'static str, rule: &'static str, what: String) {
        self.broken.get_or_insert(Broken { name, rule, what });
    }

    fn ask(
        broken: &mut Option<Broken>,
        invariants: &mut [Box<dyn Invariant>],
        mut look: impl FnMut(&mut dyn Invariant) -> invariants::Held,
    ) {
        for it in invariants {
            if broken.is_none()
                && let Err(what) = look(it.as_mut())
            {
                *broken = Some(Broken { name: it.name(), rule: it.rule(), what });
            }
        }
    }

    /// A commit was stored.
    pub(super) fn committed(
        &mut self,
        host: usize,
        commit: &Commit,
        heads: &[(HomeId, ChainHead)],
        behind: &[EffectId],
        now: Timestamp,
        coverage: &mut Coverage,
    ) {
        let entries: Result<Vec<_>, _> = commit.history.iter().map(|it| read(commit, it)).collect();
        let entries = match entries {
            Ok(entries) => entries,
            Err(what) => return self.breaks("history", "every record of history reads", what),
        };
        count(coverage, &entries);
        self.facts.commits += 1;
        let (mut were, mut are, mut before, mut after) = (Vec::new(), Vec::new(), None, None);
        for record in &commit.puts {
            if record.at.kind().is_object() {
                match record.decoded(object_of) {
                    Ok(object) => {
                        were.extend(self.facts.objects.insert(record.at, Arc::clone(&object)));
                        are.push(object);
                    }
                    Err(error) => return self.breaks("history", "every object reads", error.to_string()),
                }
            } else if record.at.kind() == INSTANCE_KIND {
                let id = InstanceId::from_uuid(record.at.id());
                match Instance::<Cards>::of(record) {
                    Ok(instance) => {
                        before = self.facts.instances.insert(id, Arc::clone(&instance));
                        after = Some(instance);
                        *self.facts.written.entry(id).or_default() += 1;
                    }
                    Err(error) => return self.breaks("history", "every instance reads", error.to_string()),
                }
            }
        }
        self.note_command(&entries, before.as_deref(), after.as_deref());
        let stored = Stored {
            host,
            commit,
            heads,
            behind,
            entries: &entries,
            before: before.as_deref(),
            after: after.as_deref(),
            were: &were,
            are: &are,
            facts: &self.facts,
            now,
        };
        Self::ask(&mut self.broken, &mut self.invariants, |it| it.committed(&stored));
    }

    fn note_command(
        &mut self,
        entries: &[Entry<Cards>],
        before: Option<&Instance<Cards>>,
        after: Option<&Instance<Cards>>,
    ) {
        let Some(entry) = entries.iter().find(|it| it.actor.person.is_some()) else { return };
        let written = after.map(|it| (it.id(), self.facts.written.get(&it.id()).copied().unwrap_or(0)));
        let differed = entries.iter().flat_map(|it| &it.events).any(|it| matches!(it, Event::Differed { .. }));
        let approval = before.and_then(Instance::approval).cloned();
        let recorded = Recorded { at: self.facts.commits, written, approval, differed };
        self.facts.commands.entry(entry.command).or_insert(recorded);
    }

    /// Work was given out.
    pub(super) fn claimed(&mut self, host: usize, claim: &Claim, work: &[Work]) {
        Self::ask(&mut self.broken, &mut self.invariants, |it| it.claimed(host, claim, work));
    }

    /// A host orders something from an authority.
    pub(super) fn ordered(&mut self, host: usize, order: &AuthorityOrder) {
        Self::ask(&mut self.broken, &mut self.invariants, |it| it.ordered(host, order));
    }

    /// A host asks an authority about a certificate.
    pub(super) fn asked_about(&mut self, host: usize, serial: &Serial) {
        Self::ask(&mut self.broken, &mut self.invariants, |it| it.asked_about(host, serial));
    }

    /// This holds at an authority from now on.
    pub(super) fn holds_outside(&mut self, issuer: &IssuerName, serial: &Serial, state: CertificateState) {
        let commits = self.facts.commits;
        Self::ask(&mut self.broken, &mut self.invariants, |it| it.holds_outside(issuer, serial, state, commits));
    }

    /// A host died; the one that takes its place knows nothing of what it did.
    pub(super) fn died(&mut self, host: usize) {
        Self::ask(&mut self.broken, &mut self.invariants, |it| it.died(host));
    }

    /// An order of a user was answered.
    pub(super) fn answered(&mut self, given: &Given, before: Option<&Given>) {
        let facts = &self.facts;
        Self::ask(&mut self.broken, &mut self.invariants, |it| it.answered(given, before, facts));
    }

    /// Everything was well for long enough.
    pub(super) fn settled(&mut self, settled: &Settled) {
        let facts = &self.facts;
        Self::ask(&mut self.broken, &mut self.invariants, |it| it.settled(settled, facts));
    }
}

impl Facts {
    /// Every object, about one of them.
    pub(super) fn dossier(&self, subject: ObjectRef) -> Dossier {
        Dossier::new(subject, self.objects.values().cloned())
    }
}

/// A draft as the record that it becomes.
fn read(commit: &Commit, draft: &Draft) -> Result<Entry<Cards>, String> {
    let record = Linked {
        tenant: commit.tenant,
        chain: draft.chain,
        sequence: 0,
        previous: Digest::ZERO,
        at: draft.at,
        open: draft.open.clone(),
        commitment: None,
        personal: None,
        hash: Digest::ZERO,
    };
    Entry::read(&record).map_err(|it| it.to_string())
}

/// Counts what has happened.
fn count(coverage: &mut Coverage, entries: &[Entry<Cards>]) {
    for event in entries.iter().flat_map(|it| &it.events) {
        let (group, what) = match event {
            Event::Ended(Outcome::Done { .. }) => ("end", "done"),
            Event::Ended(Outcome::Cancelled) => ("end", "cancelled"),
            Event::Ended(Outcome::Expired) => ("end", "expired"),
            Event::Ended(Outcome::Rejected) => ("end", "rejected"),
            Event::Ended(Outcome::Withdrawn) => ("end", "withdrawn"),
            Event::Ended(Outcome::Superseded { .. }) => ("end", "superseded"),
            Event::Ended(Outcome::Refused { .. }) => ("end", "refused"),
            Event::Changed { .. } => ("event", "changed"),
            Event::Requested { .. } => ("event", "requested"),
            Event::Confirmed { .. } => ("event", "confirmed"),
            Event::Overtaken { .. } => ("event", "overtaken"),
            Event::Incident { .. } => ("event", "incident"),
            Event::Resolved { .. } => ("event", "resolved"),
            Event::Late { .. } => ("event", "late"),
            Event::Approved { .. } => ("event", "approved"),
            Event::Notified { .. } => ("event", "notified"),
            Event::Handled { .. } => ("event", "handled"),
            _ => continue,
        };
        coverage.count(group, what);
    }
}
