use std::collections::{BTreeMap, BTreeSet};

use super::{Held, Invariant};
use crate::domain::Serial;
use crate::ports::{AuthorityOrder, Claim, Work};
use crate::testing::simulate::book::Stored;
use crate::values::EffectId;

/// So many deliveries are under way at a host at once.
const AT_ONCE: u32 = 2;

/// Law 5: never blindly again.
#[derive(Default)]
pub(super) struct AskedFirst {
    begun: BTreeSet<EffectId>,
    /// How often each host has asked about a certificate and ordered nothing since. An order that it has taken up twice, since
    /// its clock had passed the lease, is asked about twice before either is given.
    asked: BTreeMap<(usize, Serial), u32>,
    /// What each host was the first to take up, and has not given yet. Another may have by now: to that one, whose clock is
    /// ahead, the lease has ended.
    own: BTreeSet<(usize, EffectId)>,
}

impl Invariant for AskedFirst {
    fn name(&self) -> &'static str {
        "asked first"
    }

    fn rule(&self) -> &'static str {
        "An order that may have been done is not given again before its host has asked how things stand. Whoever \
         was the first to take it up gives it once without."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        for work in &stored.commit.work {
            if work.lease.is_some() && !stored.behind.contains(&work.id) {
                self.own.insert((stored.host, work.id));
            }
        }
        Ok(())
    }

    fn claimed(&mut self, host: usize, _: &Claim, given: &[Work]) -> Held {
        for work in given {
            match work.attempts {
                1 => self.own.insert((host, work.id)),
                _ => self.own.remove(&(host, work.id)),
            };
        }
        Ok(())
    }

    fn asked_about(&mut self, host: usize, serial: &Serial) -> Held {
        let asked = self.asked.entry((host, serial.clone())).or_default();
        *asked = (*asked + 1).min(AT_ONCE);
        Ok(())
    }

    fn ordered(&mut self, host: usize, order: &AuthorityOrder) -> Held {
        let asked = self.asked.get_mut(&(host, order.serial.clone())).filter(|it| **it > 0);
        let asked = asked.map(|it| *it -= 1).is_some();
        let own = self.own.remove(&(host, order.effect));
        let first = self.begun.insert(order.effect);
        if first || asked || own {
            return Ok(());
        }
        Err(format!("host {host} gives order {} for {} again, and has not asked", order.effect, order.serial))
    }

    fn died(&mut self, host: usize) -> Held {
        self.asked.retain(|(it, _), _| *it != host);
        self.own.retain(|(it, _)| *it != host);
        Ok(())
    }
}
