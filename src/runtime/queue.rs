use std::collections::BTreeMap;

use crate::engine::Lane;
use crate::ports::Work;

/// Requests that this host has recorded under its own lease, in lanes, and in each in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BTreeMap<(Lane, u64), Work>,
    next: u64,
}

impl Queue {
    pub(super) fn extend(&mut self, work: impl IntoIterator<Item = Work>) {
        for work in work {
            self.waiting.insert((work.lane, self.next), work);
            self.next += 1;
        }
    }

    pub(super) fn pop(&mut self) -> Option<Work> {
        self.waiting.pop_first().map(|(_, work)| work)
    }
}
