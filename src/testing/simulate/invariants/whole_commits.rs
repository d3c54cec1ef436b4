use std::collections::BTreeSet;

use super::{Held, Invariant};
use crate::engine::Event;
use crate::ports::WorkSort;
use crate::testing::simulate::book::Stored;

/// Law 1.
pub(super) struct WholeCommits;

impl Invariant for WholeCommits {
    fn name(&self) -> &'static str {
        "whole commits"
    }

    fn rule(&self) -> &'static str {
        "What a command does is one commit: no record without its history, no request without its event, no command of a \
         person without its answer."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        let commit = stored.commit;
        if stored.after.is_some() && !stored.entries.iter().any(|it| it.run.is_some()) {
            return Err("an instance was stored without a record of history".to_owned());
        }
        if !stored.are.is_empty() && stored.entries.is_empty() {
            return Err("objects were stored without a record of history".to_owned());
        }
        let mut told = BTreeSet::new();
        for event in stored.entries.iter().flat_map(|it| &it.events) {
            if let Event::Requested { effect, .. } | Event::Notified { effect, .. } = event {
                told.insert(*effect);
            }
        }
        let effects = commit.work.iter().filter(|it| it.sort == WorkSort::Effect);
        let asked: BTreeSet<_> = effects.map(|it| it.id).collect();
        if told != asked {
            return Err(format!("on record are requests {told:?}, and stored for the outside {asked:?}"));
        }
        for entry in stored.entries.iter().filter(|it| it.run.is_some() && it.actor.person.is_some()) {
            if commit.remember.as_ref().map(|it| it.command) != Some(entry.command) {
                return Err(format!("command {} is on record, and its answer is not remembered", entry.command));
            }
            if stored.after.is_none() && !entry.events.iter().any(|it| matches!(it, Event::Handled { .. })) {
                return Err(format!("command {} is on record, and its instance is not stored with it", entry.command));
            }
        }
        Ok(())
    }
}
