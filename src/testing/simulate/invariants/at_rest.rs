use super::{Held, Invariant, Settled};
use crate::testing::simulate::book::Facts;

/// Nothing is done again and again.
pub(super) struct AtRest;

impl Invariant for AtRest {
    fn name(&self) -> &'static str {
        "at rest"
    }

    fn rule(&self) -> &'static str {
        "Once everything is well and settled, hosts that look again find nothing to do, as long as no time passes."
    }

    fn settled(&mut self, settled: &Settled, facts: &Facts) -> Held {
        if settled.at_rest {
            return Ok(());
        }
        Err(format!("something is stored each time they look, {} instances by now", facts.instances.len()))
    }
}
