use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use super::anchors::Anchors;
use super::checkpoint::Checkpoint;
use super::finding::Finding;
use super::report::{Anchored, Report};
use super::seal::{Doubt, Trust};
use super::trim::Trim;
use super::walk::Walk;
use crate::engine::chain::{ChainHead, Linked};
use crate::engine::{Domain, Entry, Event};
use crate::values::{Digest, HomeId, TenantId};

/// From where to where the records of a chain go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reach {
    /// The place of the first one there is.
    pub begins: u64,
    /// The end.
    pub head: ChainHead,
}

/// Checks the history of a tenant, record by record in the order of commits, against itself and against checkpoints that
/// were kept elsewhere. Pure: the records may come from a store or from an export of it.
///
/// What it holds in memory grows with the number of chains and of faults, not with that of records.
#[derive(Debug)]
pub struct Verifier<'a, D> {
    tenant: TenantId,
    trust: Trust<'a>,
    key: Option<Digest>,
    anchors: Anchors,
    chains: BTreeMap<HomeId, Walk>,
    /// Records whose personal part is gone without an erasure so far.
    bare: BTreeSet<(HomeId, u64)>,
    records: u64,
    later: u64,
    position: u64,
    findings: Vec<Finding>,
    domain: PhantomData<fn() -> D>,
}

impl<'a, D: Domain> Verifier<'a, D> {
    /// With the checkpoints there are, in the order of their numbers; none is possible, and proves less.
    #[must_use]
    pub fn new(tenant: TenantId, checkpoints: &[Checkpoint], trust: Trust<'a>) -> Self {
        let mut key = None;
        let (anchors, findings) = Anchors::of(tenant, checkpoints, &trust, &mut key);
        Verifier {
            tenant,
            trust,
            key,
            anchors,
            chains: BTreeMap::new(),
            bare: BTreeSet::new(),
            records: 0,
            later: 0,
            position: 0,
            findings,
            domain: PhantomData,
        }
    }

    /// Takes the next record, with its place in the order of commits. Gives what it says, if it is as it was written.
    pub fn take(&mut self, position: u64, record: &Linked) -> Option<Entry<D>> {
        let (chain, sequence) = (record.chain, record.sequence);
        self.records += 1;
        self.position = self.position.max(position);
        let within = self.anchors.last.is_some_and(|(_, seen)| position <= seen);
        self.later += u64::from(!within);
        let expected = record.expected_hash();
        let sound = record.hash == expected;
        if sound && record.tenant != self.tenant {
            // Whole, and of somebody else's history.
            self.findings.push(Finding::Inserted { chain, sequence });
            return None;
        }
        let Verifier { chains, anchors, findings, .. } = self;
        let known = || Walk::new(anchors.chains.get(&chain).cloned().unwrap_or_default());
        chains.entry(chain).or_insert_with(known).take(record, expected, within, findings);
        if !sound {
            return None;
        }
        match (&record.personal, record.commitment) {
            (Some(personal), committed) if Some(personal.commitment()) != committed => {
                self.findings.push(Finding::PersonalEdited { chain, sequence });
            }
            (None, Some(_)) => {
                self.bare.insert((chain, sequence));
            }
            (Some(_) | None, _) => {}
        }
        let Ok(entry) = Entry::<D>::read(record) else {
            self.findings.push(Finding::Unreadable { chain, sequence });
            return None;
        };
        for event in &entry.events {
            match event {
                Event::Erased(erasure) => {
                    for each in erasure.each() {
                        self.bare.remove(&each);
                    }
                    self.findings.push(Finding::Erased {
                        person: erasure.person,
                        records: erasure.each().count(),
                        at: entry.at,
                        by: entry.actor.person,
                    });
                }
                Event::Trimmed(trim) => self.trimmed(chain, &entry, trim),
                _ => {}
            }
        }
        Some(entry)
    }

    /// A trim explains the missing beginning of its chain if it says where it ended, and is signed. One that does not hold is
    /// named whatever is missing: it also says what the chain has told, and nobody else may say that.
    fn trimmed(&mut self, chain: HomeId, entry: &Entry<D>, trim: &Trim<D>) {
        let Some(walk) = self.chains.get_mut(&chain) else { return };
        let says = ChainHead { length: trim.upto, hash: trim.head };
        let is_about = walk.missing.filter(|it| it.length == trim.upto);
        let message = trim.message((self.tenant, chain), (entry.at, entry.actor.person)).unwrap_or_default();
        let why = match self.trust.doubt(&trim.seal, &message, &mut self.key) {
            _ if is_about.is_some_and(|it| it != says) => "it names another end of what was removed",
            Some(Doubt::Key) => "it is signed by another key",
            Some(Doubt::Signature) => "its signature does not verify",
            None => {
                walk.lawful.push(says);
                if is_about.is_some() {
                    let (upto, at, by) = (trim.upto, entry.at, entry.actor.person);
                    self.findings.push(Finding::Trimmed { chain, upto, at, by });
                }
                return;
            }
        };
        walk.unlawful = true;
        self.findings.push(Finding::UnlawfulTrim { chain, upto: trim.upto, why });
    }

    /// What it has found, and how far each chain goes.
    #[must_use]
    pub fn finish(self) -> (Report, BTreeMap<HomeId, Reach>) {
        let Verifier { anchors, chains, mut findings, .. } = self;
        let count = u64::try_from(chains.len()).unwrap_or(u64::MAX);
        let mut lost: Vec<u64> = Vec::new();
        let mut unknown = 0;
        let mut reach = BTreeMap::new();
        let missing: Vec<_> = anchors.chains.iter().filter(|(chain, _)| !chains.contains_key(chain)).collect();
        for (chain, known) in missing {
            if let Some(last) = known.last() {
                let (had, checkpoint) = (last.length, last.checkpoint);
                findings.push(Finding::MissingChain { chain: *chain, had, checkpoint });
                lost.push(had);
            }
        }
        for (chain, walk) in chains {
            let end = walk.finish(chain, anchors.complete, &mut findings);
            unknown += u64::from(end.unknown);
            reach.insert(chain, Reach { begins: end.begins, head: end.head });
            if let Some(last) = anchors.chains.get(&chain).and_then(|it| it.last())
                && last.length > end.head.length
            {
                lost.push(last.length - end.head.length);
            }
        }
        for (chain, sequence) in self.bare {
            findings.push(Finding::PersonalMissing { chain, sequence });
        }
        if let Some((last, _)) = anchors.last.filter(|(_, seen)| self.position < *seen && !lost.is_empty()) {
            let (chains, records) = (u64::try_from(lost.len()).unwrap_or(u64::MAX), lost.iter().sum());
            findings.insert(0, Finding::OldCopy { checkpoint: last.checkpoint, at: last.at, chains, records });
        }
        let report = Report {
            tenant: self.tenant,
            records: self.records,
            chains: count,
            anchored: anchors.last.map(|(it, _)| Anchored { later: self.later, unknown, ..it }),
            compare: self.key.filter(|_| self.trust.keys.is_empty()),
            findings,
        };
        (report, reach)
    }
}
