//! One chain on its way through a verifier.

use super::anchors::Anchor;
use super::finding::Finding;
use crate::engine::chain::{ChainHead, Linked};
use crate::values::{Digest, HomeId};

/// What is known of a chain so far. Small, so that there may be a million of them.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// The end of what is missing at its beginning: the first record there is says so.
    pub(super) missing: Option<ChainHead>,
    /// Ends of beginnings that were trimmed, each signed.
    pub(super) lawful: Vec<ChainHead>,
    /// A trim on record does not hold, and has been named.
    pub(super) unlawful: bool,
    last: Last,
    /// Records from the first one on that does not come in its turn. What they are is told at the end, when all are there.
    astray: Vec<Step>,
    anchors: Vec<Anchor>,
    good: u64,
    faulty: bool,
    /// The last record within the reach of the last checkpoint.
    within: u64,
}

/// The record that the next one must continue.
#[derive(Clone, Copy, Debug)]
struct Last {
    sequence: u64,
    /// The hash it has, and the one its fields should have.
    hashes: [Digest; 2],
}

impl Default for Last {
    fn default() -> Self {
        Last { sequence: 0, hashes: [Digest::ZERO; 2] }
    }
}

/// What matters of a record for its place in the chain.
#[derive(Clone, Copy, Debug)]
struct Step {
    sequence: u64,
    previous: Digest,
    hashes: [Digest; 2],
}

impl Step {
    fn is_sound(&self) -> bool {
        let [hash, expected] = self.hashes;
        hash == expected
    }
}

impl Walk {
    pub(super) fn new(anchors: Vec<Anchor>) -> Self {
        Walk { anchors, ..Walk::default() }
    }

    /// Takes the next record in the order of commits; `within` says whether the last checkpoint has seen it.
    pub(super) fn take(&mut self, record: &Linked, expected: Digest, within: bool, found: &mut Vec<Finding>) {
        let Linked { chain, sequence, previous, hash, .. } = record;
        let step = Step { sequence: *sequence, previous: *previous, hashes: [*hash, expected] };
        if !step.is_sound() {
            self.faulty = true;
            found.push(Finding::Edited { chain: *chain, sequence: *sequence });
        }
        if within {
            self.within = self.within.max(*sequence);
        }
        if self.last.sequence == 0
            && self.missing.is_none()
            && self.astray.is_empty()
            && *sequence > 1
            && step.is_sound()
        {
            // Trimmed, perhaps: a later record will say so, or none will.
            let missing = ChainHead { length: sequence - 1, hash: *previous };
            self.missing = Some(missing);
            self.last = Last { sequence: missing.length, hashes: [missing.hash; 2] };
            self.compare(*chain, missing.length, missing.hash, found);
        }
        if self.astray.is_empty() && *sequence == self.last.sequence.saturating_add(1) {
            self.go_on(*chain, &step, found);
        } else {
            self.astray.push(step);
        }
    }

    fn go_on(&mut self, chain: HomeId, step: &Step, found: &mut Vec<Finding>) {
        if step.is_sound() && !self.last.hashes.contains(&step.previous) {
            self.faulty = true;
            found.push(Finding::Replaced { chain, sequence: step.sequence });
        }
        self.last = Last { sequence: step.sequence, hashes: step.hashes };
        let [hash, _] = step.hashes;
        self.compare(chain, step.sequence, hash, found);
    }

    /// Compares a record with what checkpoints know of it. Of a chain that has other faults nothing more is said: they are
    /// the reason.
    fn compare(&mut self, chain: HomeId, sequence: u64, hash: Digest, found: &mut Vec<Finding>) {
        let known = self.anchors.binary_search_by_key(&sequence, |it| it.length);
        let Some(anchor) = known.ok().and_then(|it| self.anchors.get(it)) else { return };
        if anchor.head == hash {
            self.good = sequence;
        } else if !self.faulty {
            self.faulty = true;
            let (good, checkpoint) = (self.good, anchor.checkpoint);
            found.push(Finding::Rewritten { chain, good, sequence, checkpoint });
        }
    }

    /// Says what became of the chain; gives its end.
    pub(super) fn finish(mut self, chain: HomeId, complete: bool, found: &mut Vec<Finding>) -> End {
        if let Some(missing) = self.missing.filter(|it| !self.lawful.contains(it)) {
            self.faulty = true;
            if !self.unlawful {
                found.push(Finding::Gap { chain, from: 1, to: missing.length });
            }
        }
        self.sort_out(chain, found);
        let known = self.anchors.last().copied();
        if let Some(Anchor { length: had, checkpoint, .. }) = known
            && had > self.last.sequence
        {
            found.push(Finding::CutTail { chain, has: self.last.sequence, had, checkpoint });
        }
        let anchored = known.map_or(0, |it| it.length);
        // The checkpoint has seen everything up to its position: what it does not know was not there.
        if self.within > anchored && (known.is_some() || complete) {
            found.push(Finding::Inserted { chain, sequence: anchored.saturating_add(1) });
        }
        let unknown = known.is_none() && self.within > 0 && !complete;
        let [hash, _] = self.last.hashes;
        let begins = self.missing.map_or(1, |it| it.length.saturating_add(1));
        End { begins, head: ChainHead { length: self.last.sequence, hash }, unknown }
    }

    /// Tells what the records are that did not come in their turn.
    fn sort_out(&mut self, chain: HomeId, found: &mut Vec<Finding>) {
        let mut steps = std::mem::take(&mut self.astray);
        let mut highest = 0;
        for step in &steps {
            if step.sequence < highest && step.sequence > self.last.sequence {
                self.faulty = true;
                found.push(Finding::Reordered { chain, sequence: step.sequence });
            }
            highest = highest.max(step.sequence);
        }
        steps.sort_by_key(|it| it.sequence);
        for step in steps {
            let next = self.last.sequence.saturating_add(1);
            if step.sequence < next {
                self.faulty = true;
                found.push(Finding::Inserted { chain, sequence: step.sequence });
                continue;
            }
            if step.sequence > next {
                let gap = ChainHead { length: step.sequence - 1, hash: step.previous };
                // A trim while the records were being read leaves a gap between what was read before it and after it.
                if !self.lawful.contains(&gap) {
                    self.faulty = true;
                    found.push(Finding::Gap { chain, from: next, to: gap.length });
                }
                // What comes after a gap can only be held against itself.
                self.last = Last { sequence: gap.length, hashes: [gap.hash; 2] };
            }
            self.go_on(chain, &step, found);
        }
    }
}

/// What a chain came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) begins: u64,
    pub(super) head: ChainHead,
    /// It is older than the checkpoints given, and none of them has a leaf of it.
    pub(super) unknown: bool,
}
