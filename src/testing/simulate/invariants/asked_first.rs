use std::collections::{BTreeMap, BTreeSet};

use super::{Held, Invariant};
use crate::domain::Serial;
use crate::ports::AuthorityOrder;
use crate::values::EffectId;

/// Law 5: never blindly again.
#[derive(Default)]
pub(super) struct AskedFirst {
    begun: BTreeSet<EffectId>,
    /// The certificates that each host has asked about since it last ordered something for them.
    asked: BTreeMap<usize, BTreeSet<Serial>>,
}

impl Invariant for AskedFirst {
    fn name(&self) -> &'static str {
        "asked first"
    }

    fn rule(&self) -> &'static str {
        "An order that may have been done is not given again before its host has asked how things stand."
    }

    fn asked_about(&mut self, host: usize, serial: &Serial) -> Held {
        self.asked.entry(host).or_default().insert(serial.clone());
        Ok(())
    }

    fn ordered(&mut self, host: usize, order: &AuthorityOrder) -> Held {
        let asked = self.asked.entry(host).or_default().remove(&order.serial);
        let first = self.begun.insert(order.effect);
        if first || asked {
            return Ok(());
        }
        Err(format!("host {host} gives order {} for {} again, and has not asked", order.effect, order.serial))
    }

    fn died(&mut self, host: usize) -> Held {
        self.asked.remove(&host);
        Ok(())
    }
}
