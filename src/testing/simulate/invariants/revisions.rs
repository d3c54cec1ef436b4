use std::collections::{BTreeMap, BTreeSet};

use super::{Held, Invariant};
use crate::engine::TASK_KIND;
use crate::testing::simulate::book::Stored;
use crate::values::{HomeId, ObjectRef, Revision};

/// Law 15, and what a storage owes.
#[derive(Default)]
pub(super) struct Revisions {
    homes: BTreeMap<HomeId, Revision>,
    records: BTreeMap<ObjectRef, Revision>,
}

impl Invariant for Revisions {
    fn name(&self) -> &'static str {
        "revisions"
    }

    fn rule(&self) -> &'static str {
        "Nothing is stored that was decided on what has changed since: each home and each record has the revision that was read."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        let commit = stored.commit;
        for (home, read) in &commit.expects {
            let is = self.homes.get(home).copied().unwrap_or(Revision::NONE);
            if is != *read {
                return Err(format!("home {home} was read at {read:?}, and is at {is:?}"));
            }
        }
        let mut touched = BTreeSet::new();
        for record in &commit.puts {
            let is = self.records.get(&record.at).copied().unwrap_or(Revision::NONE);
            if record.revision != is.next() {
                return Err(format!("{} was written as {:?}, and is at {is:?}", record.at, record.revision));
            }
            if record.at.kind().is_object() && !commit.expects.iter().any(|(home, _)| *home == record.home()) {
                return Err(format!("{} was written, and its home was not read", record.at));
            }
            self.records.insert(record.at, record.revision);
            if record.at.kind().is_object() {
                touched.insert(record.home());
            }
        }
        for home in touched {
            let revision = self.homes.entry(home).or_insert(Revision::NONE);
            *revision = revision.next();
        }
        for done in &commit.tasks_done {
            let is = self.records.get(&done.task).copied().unwrap_or(Revision::NONE);
            if is != done.revision || done.task.kind() != TASK_KIND {
                return Err(format!("task {} was done with at {:?}, and is at {is:?}", done.task, done.revision));
            }
        }
        Ok(())
    }
}
