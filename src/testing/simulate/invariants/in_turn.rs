use std::collections::BTreeMap;

use super::{Held, Invariant};
use crate::ports::{Claim, Work};
use crate::testing::simulate::book::Stored;
use crate::values::EffectId;

/// What a storage owes: a later request does not overtake an earlier one.
#[derive(Default)]
pub(super) struct InTurn {
    /// Of each target, what waits, in the order in which it was stored.
    waiting: BTreeMap<String, Vec<EffectId>>,
}

impl Invariant for InTurn {
    fn name(&self) -> &'static str {
        "in turn"
    }

    fn rule(&self) -> &'static str {
        "Of the requests about one target, only the one that was stored first is given out."
    }

    fn claimed(&mut self, _: usize, _: &Claim, given: &[Work]) -> Held {
        for work in given.iter().filter(|it| !it.target.is_empty()) {
            let first = self.waiting.get(&work.target).and_then(|it| it.first());
            if first != Some(&work.id) {
                return Err(format!("request {} about {} was given out before {first:?}", work.id, work.target));
            }
        }
        Ok(())
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        for done in stored.commit.done.iter().filter(|it| it.again.is_none()) {
            self.waiting.values_mut().for_each(|it| it.retain(|id| *id != done.id));
        }
        for overtake in &stored.commit.overtakes {
            self.waiting.remove(&overtake.target);
        }
        for work in stored.commit.work.iter().filter(|it| !it.target.is_empty()) {
            let waiting = self.waiting.entry(work.target.clone()).or_default();
            let first = waiting.is_empty();
            waiting.push(work.id);
            if !first && work.lease.is_some() && !stored.behind.contains(&work.id) {
                return Err(format!("request {} about {} was taken up before those that wait", work.id, work.target));
            }
        }
        self.waiting.retain(|_, it| !it.is_empty());
        Ok(())
    }
}
