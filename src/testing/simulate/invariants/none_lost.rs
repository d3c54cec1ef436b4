use std::collections::{BTreeMap, BTreeSet};

use super::{Held, Invariant};
use crate::engine::AskedState;
use crate::ports::WorkSort;
use crate::testing::simulate::book::Stored;
use crate::values::{EffectId, InstanceId};

/// Law 5: every request that is open is work for somebody.
#[derive(Default)]
pub(super) struct NoneLost {
    work: BTreeMap<InstanceId, BTreeSet<EffectId>>,
}

impl Invariant for NoneLost {
    fn name(&self) -> &'static str {
        "none lost"
    }

    fn rule(&self) -> &'static str {
        "Every request that is open waits to be performed, and nothing else does."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        for done in stored.commit.done.iter().filter(|it| it.again.is_none()) {
            self.work.entry(done.instance).or_default().remove(&done.id);
        }
        for work in stored.commit.work.iter().filter(|it| it.sort == WorkSort::Effect) {
            self.work.entry(work.instance).or_default().insert(work.id);
        }
        let Some(instance) = stored.after else { return Ok(()) };
        let open = instance.asked().iter().filter(|it| matches!(it.state, AskedState::Open));
        let open: BTreeSet<_> = open.map(|it| it.effect).collect();
        let none = BTreeSet::new();
        let work = self.work.get(&instance.id()).unwrap_or(&none);
        if *work == open {
            return Ok(());
        }
        Err(format!("{} has {} requests open, and {} wait to be performed", instance.id(), open.len(), work.len()))
    }
}
