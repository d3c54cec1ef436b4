use std::collections::BTreeMap;

use super::{Held, Invariant};
use crate::engine::Event;
use crate::testing::simulate::book::Stored;
use crate::values::EffectId;

/// Each request is made once and answered once.
#[derive(Default)]
pub(super) struct AnsweredOnce {
    closed: BTreeMap<EffectId, bool>,
}

impl Invariant for AnsweredOnce {
    fn name(&self) -> &'static str {
        "answered once"
    }

    fn rule(&self) -> &'static str {
        "A request stands once in the history, and once it says what became of it, however often it was asked."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        for event in stored.entries.iter().flat_map(|it| &it.events) {
            match event {
                Event::Requested { effect, .. } | Event::Notified { effect, .. }
                    if self.closed.insert(*effect, false).is_some() =>
                {
                    return Err(format!("request {effect} is on record twice"));
                }
                Event::Confirmed { effect, .. } | Event::Overtaken { effect } => {
                    match self.closed.insert(*effect, true) {
                        Some(false) => {}
                        Some(true) => return Err(format!("what became of request {effect} is on record twice")),
                        None => return Err(format!("request {effect} was answered, and never made")),
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
