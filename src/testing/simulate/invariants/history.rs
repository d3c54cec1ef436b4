use std::collections::BTreeMap;

use super::{Held, Invariant, Settled};
use crate::testing::simulate::book::{Facts, Stored};
use crate::values::HomeId;

/// Law 12.
#[derive(Default)]
pub(super) struct History {
    lengths: BTreeMap<HomeId, u64>,
}

impl Invariant for History {
    fn name(&self) -> &'static str {
        "history"
    }

    fn rule(&self) -> &'static str {
        "Each chain grows by what is put on it and by nothing else, every chain verifies, and every object and instance is what \
         the history tells."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        for draft in &stored.commit.history {
            *self.lengths.entry(draft.chain).or_default() += 1;
        }
        for (chain, head) in stored.heads {
            let length = self.lengths.get(chain).copied().unwrap_or(0);
            // Of several records in one commit, each has a head of its own.
            let several = stored.commit.history.iter().filter(|it| it.chain == *chain).count() > 1;
            if head.length != length && !several {
                return Err(format!("chain {chain} has {} records, and {length} were put on it", head.length));
            }
        }
        Ok(())
    }

    fn settled(&mut self, settled: &Settled, _: &Facts) -> Held {
        if settled.findings.is_empty() {
            return Ok(());
        }
        Err(settled.findings.join("; "))
    }
}
