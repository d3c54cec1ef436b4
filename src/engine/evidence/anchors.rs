//! What checkpoints kept elsewhere say of each chain, and proofs from them.

use std::collections::BTreeMap;

use super::checkpoint::{Checkpoint, CheckpointFault, Leaf};
use super::finding::Finding;
use super::merkle::{ConsistencyProof, InclusionProof};
use super::report::Anchored;
use super::seal::{Doubt, Trust};
use crate::values::{Digest, HomeId, TenantId};

/// How far a chain had come at a checkpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchor {
    pub(super) length: u64,
    pub(super) head: Digest,
    pub(super) checkpoint: u64,
}

/// Checkpoints that have been checked.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    /// By chain, shortest first.
    pub(super) chains: BTreeMap<HomeId, Vec<Anchor>>,
    /// The last one that is believed, and up to where it has seen the history.
    pub(super) last: Option<(Anchored, u64)>,
    /// Whether they begin with the first, so that every chain must be among them.
    pub(super) complete: bool,
}

impl Anchors {
    /// Checks each checkpoint as the one after the one before; those whose signature is not believed anchor nothing.
    pub(super) fn of(
        tenant: TenantId,
        checkpoints: &[Checkpoint],
        trust: &Trust<'_>,
        first_key: &mut Option<Digest>,
    ) -> (Self, Vec<Finding>) {
        let mut anchors =
            Anchors { complete: checkpoints.first().is_some_and(|it| it.number == 1), ..Anchors::default() };
        let mut findings = Vec::new();
        let mut before = None;
        for it in checkpoints {
            let mut fault = |fault| findings.push(Finding::Checkpoint { number: it.number, fault });
            let doubt = match it.message() {
                Ok(message) => trust.doubt(&it.seal, &message, first_key),
                Err(_) => Some(Doubt::Signature),
            };
            match doubt {
                Some(Doubt::Key) => fault(CheckpointFault::Key),
                Some(Doubt::Signature) => fault(CheckpointFault::Signature),
                None if it.tenant != tenant => fault(CheckpointFault::Tenant),
                None => {
                    if let Err(found) = it.continues(before) {
                        fault(found);
                    } else if !anchors.add(it) {
                        fault(CheckpointFault::Back);
                    }
                    before = Some(it);
                }
            }
        }
        (anchors, findings)
    }

    /// Says whether no chain goes back.
    fn add(&mut self, checkpoint: &Checkpoint) -> bool {
        let mut forward = true;
        for Leaf { chain, length, head } in &checkpoint.leaves {
            let known = self.chains.entry(*chain).or_default();
            forward &= known.last().is_none_or(|it| it.length < *length);
            known.push(Anchor { length: *length, head: *head, checkpoint: checkpoint.number });
        }
        let anchored = Anchored { checkpoint: checkpoint.number, at: checkpoint.at, later: 0, unknown: 0 };
        self.last = Some((anchored, checkpoint.position));
        forward
    }
}

/// That a chain had come so far at a checkpoint, for somebody who has that checkpoint alone.
///
/// None if the checkpoints do not begin with the first, or none of them has a leaf of the chain.
#[must_use]
pub fn prove_inclusion(checkpoints: &[Checkpoint], chain: HomeId) -> Option<(Leaf, InclusionProof)> {
    let leaves = leaves_from_first(checkpoints)?;
    let (index, leaf) = (0..).zip(&leaves).filter(|(_, it)| it.chain == chain).last()?;
    let hashes: Vec<Digest> = leaves.iter().map(Leaf::hash).collect();
    Some((*leaf, InclusionProof::of(&hashes, index)?))
}

/// That the last checkpoint contains everything that the one with this number contains, for somebody who has these two
/// alone.
///
/// None if the checkpoints do not begin with the first, or the one with this number is missing.
#[must_use]
pub fn prove_consistency(checkpoints: &[Checkpoint], first: u64) -> Option<ConsistencyProof> {
    let hashes: Vec<Digest> = leaves_from_first(checkpoints)?.iter().map(Leaf::hash).collect();
    let smaller = checkpoints.iter().find(|it| it.number == first)?;
    ConsistencyProof::of(&hashes, smaller.size())
}

fn leaves_from_first(checkpoints: &[Checkpoint]) -> Option<Vec<Leaf>> {
    let begins = checkpoints.first().is_some_and(|it| it.number == 1);
    begins.then(|| checkpoints.iter().flat_map(|it| it.leaves.iter().copied()).collect())
}
