use std::collections::BTreeSet;

use super::{Commit, StorageError};
use crate::engine::{KeyRef, Record, Schema, TASK_INSTANCE_KEY, TASK_KIND};

impl Commit {
    /// Whether a storage that keeps the records of a schema can take it, whatever is stored. Every adapter asks this before
    /// it compares anything with what is there.
    ///
    /// - Each record and each piece of work stands in it once: two orders about one thing have no meaning together.
    /// - All of it is of its tenant, and every record of a kind in the schema.
    /// - An object's home is expected: else nobody would have noticed that it changed.
    /// - A task names its instance, where it is kept.
    /// - What it overtakes has a target: without one, work waits for nothing, and has no line to step out of.
    ///
    /// # Errors
    ///
    /// [`StorageError::Unsupported`] says what is not so.
    pub fn well_formed(&self, schema: &Schema) -> Result<(), StorageError> {
        let unsupported = |what: String| Err(StorageError::Unsupported { what });
        let mut records = BTreeSet::new();
        for record in &self.puts {
            let kind = record.at.kind();
            if schema.kind(kind).is_none() {
                return unsupported(format!("kind {} is not in the schema", kind.code()));
            }
            if record.tenant != self.tenant {
                return unsupported("write a record of another tenant".to_owned());
            }
            if kind.is_object() && !self.expects.iter().any(|(home, _)| *home == record.home()) {
                return unsupported("write into a home it did not read".to_owned());
            }
            if kind == TASK_KIND && !names_its_instance(record) {
                return unsupported("keep a task that names no instance".to_owned());
            }
            if !records.insert(record.at) {
                return unsupported(format!("write {} twice in one commit", record.at));
            }
        }
        if let Some(twice) = self.tasks_done.iter().find(|it| !records.insert(it.task)) {
            return unsupported(format!("write or finish {} twice in one commit", twice.task));
        }
        if self.work.iter().any(|it| it.tenant != self.tenant) {
            return unsupported("add work of another tenant".to_owned());
        }
        if self.overtakes.iter().any(|it| it.target.is_empty()) {
            return unsupported("overtake work of no target".to_owned());
        }
        let mut work = BTreeSet::new();
        let all = self.work.iter().map(|it| (it.instance, it.id));
        let mut all = all.chain(self.done.iter().map(|it| (it.instance, it.id)));
        match all.find(|it| !work.insert(*it)) {
            Some((_, id)) => unsupported(format!("add or finish work {id} twice in one commit")),
            None => Ok(()),
        }
    }
}

fn names_its_instance(task: &Record) -> bool {
    matches!(task.keys.of(TASK_INSTANCE_KEY.code).next(), Some(KeyRef::Id(_)))
}
