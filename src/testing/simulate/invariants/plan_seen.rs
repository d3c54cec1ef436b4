use std::collections::BTreeMap;

use super::{Held, Invariant, is_of};
use crate::domain::PlanItem;
use crate::testing::simulate::book::Facts;
use crate::testing::simulate::given::{Given, Order};
use crate::values::Digest;

/// What was shown is what is done.
#[derive(Default)]
pub(super) struct PlanSeen {
    shown: BTreeMap<Digest, Vec<PlanItem>>,
}

impl Invariant for PlanSeen {
    fn name(&self) -> &'static str {
        "plan seen"
    }

    fn rule(&self) -> &'static str {
        "Whoever quotes what was shown gets that done, or nothing."
    }

    fn answered(&mut self, given: &Given, _: Option<&Given>, _: &Facts) -> Held {
        let Some(standing) = given.came.as_ref().and_then(|it| it.standing()) else { return Ok(()) };
        if let Some(preview) = &standing.preview {
            self.shown.entry(preview.digest).or_insert_with(|| preview.items.clone());
        }
        let Order::Next(_, answers) = &*given.order else { return Ok(()) };
        let Some(shown) = answers.quoted().and_then(|it| self.shown.get(&it)) else { return Ok(()) };
        if is_of(standing, shown) {
            return Ok(());
        }
        Err(format!("[{}] was shown {shown:?}, and {:?} was done", given.call, standing.items))
    }
}
