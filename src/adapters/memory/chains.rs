use std::collections::BTreeMap;

use super::state::conflict;
use crate::engine::chain::{ChainHead, Draft, Linked, link};
use crate::ports::{Commit, Logged, StorageError, TrimTo};
use crate::values::{HomeId, TenantId};

/// The history: by chain, and in the order of commits.
#[derive(Clone, Debug, Default)]
pub(super) struct Chains {
    /// What is left of each chain, without a gap.
    records: BTreeMap<(TenantId, HomeId), Vec<Linked>>,
    /// Every record in the order of commits, by chain and place there; also those that were trimmed.
    log: Vec<(TenantId, HomeId, u64)>,
}

impl Chains {
    pub(super) fn head(&self, tenant: TenantId, chain: HomeId) -> ChainHead {
        let last = self.records.get(&(tenant, chain)).and_then(|it| it.last());
        last.map_or(ChainHead::EMPTY, |it| ChainHead { length: it.sequence, hash: it.hash })
    }

    /// Everything about the history that can refuse a commit.
    pub(super) fn check(&self, commit: &Commit) -> Result<(), StorageError> {
        let tenant = commit.tenant;
        let missing = |sequence: &u64, chain: &HomeId| conflict(format!("record {sequence} of {chain}"));
        for (chain, sequence) in &commit.erases {
            self.record(tenant, *chain, *sequence).ok_or_else(|| missing(sequence, chain))?;
        }
        for TrimTo { chain, upto, head } in &commit.trims {
            if self.record(tenant, *chain, *upto).map(|it| it.hash) != Some(*head) {
                return Err(missing(upto, chain));
            }
            if self.head(tenant, *chain).length == *upto {
                return Err(StorageError::Unsupported { what: "trim the last record of a chain".to_owned() });
            }
        }
        Ok(())
    }

    pub(super) fn erase(&mut self, tenant: TenantId, chain: HomeId, sequence: u64) {
        let Some(records) = self.records.get_mut(&(tenant, chain)) else { return };
        if let Some(record) = place_of(records, sequence).and_then(|it| records.get_mut(it)) {
            record.personal = None;
        }
    }

    pub(super) fn trim(&mut self, tenant: TenantId, to: TrimTo) {
        self.records.entry((tenant, to.chain)).or_default().retain(|it| it.sequence > to.upto);
    }

    pub(super) fn append(&mut self, tenant: TenantId, draft: Draft) -> (HomeId, ChainHead) {
        let chain = draft.chain;
        let linked = link(tenant, self.head(tenant, chain), draft);
        let head = ChainHead { length: linked.sequence, hash: linked.hash };
        self.log.push((tenant, chain, linked.sequence));
        self.records.entry((tenant, chain)).or_default().push(linked);
        (chain, head)
    }

    pub(super) fn newest(&self, tenant: TenantId, chain: HomeId, before: Option<u64>, limit: usize) -> Vec<Linked> {
        let records = self.records.get(&(tenant, chain)).map(Vec::as_slice).unwrap_or_default();
        let wanted = |it: &&Linked| before.is_none_or(|before| it.sequence < before);
        records.iter().rev().filter(wanted).take(limit).cloned().collect()
    }

    pub(super) fn after(&self, tenant: TenantId, position: u64, limit: usize) -> Vec<Logged> {
        let skipped = usize::try_from(position).unwrap_or(usize::MAX);
        let places = (1..).zip(&self.log).skip(skipped).filter(|(_, (it, ..))| *it == tenant);
        let logged = places.filter_map(|(position, (_, chain, sequence))| {
            Some(Logged { position, record: self.record(tenant, *chain, *sequence)?.clone() })
        });
        logged.take(limit).collect()
    }

    /// Every chain of a tenant from one on.
    pub(super) fn from(&self, tenant: TenantId, chain: HomeId) -> impl Iterator<Item = HomeId> + '_ {
        let keys = self.records.range((tenant, chain)..).map(|(key, _)| *key);
        keys.take_while(move |(it, _)| *it == tenant).map(|(_, chain)| chain)
    }

    fn record(&self, tenant: TenantId, chain: HomeId, sequence: u64) -> Option<&Linked> {
        let records = self.records.get(&(tenant, chain))?;
        records.get(place_of(records, sequence)?)
    }
}

/// Where a record stands among those that are left of a chain.
fn place_of(records: &[Linked], sequence: u64) -> Option<usize> {
    let first = records.first()?.sequence;
    usize::try_from(sequence.checked_sub(first)?).ok()
}
