use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::state::spec_of;
use crate::engine::{Index, KeyRef, KeySpec, Record, Schema};
use crate::ports::{Commit, StorageError};
use crate::values::Kind;

/// What a commit writes, looked at once: it may bring in a thousand records.
pub(super) struct Written<'a> {
    records: BTreeSet<(Kind, Uuid)>,
    /// How often each unique value is written.
    unique: BTreeMap<(Kind, u8, KeyRef<'a>), usize>,
}

impl<'a> Written<'a> {
    pub(super) fn by(schema: &Schema, commit: &'a Commit) -> Result<Self, StorageError> {
        let mut written = Written { records: BTreeSet::new(), unique: BTreeMap::new() };
        for record in &commit.puts {
            let kind = record.at.kind();
            written.records.insert((kind, record.at.id()));
            for (key, value) in record.keys.indexed(spec_of(schema, kind)?) {
                if key.index == Index::Unique {
                    *written.unique.entry((kind, key.code, value)).or_default() += 1;
                }
            }
        }
        Ok(written)
    }

    pub(super) fn has(&self, kind: Kind, id: Uuid) -> bool {
        self.records.contains(&(kind, id))
    }

    /// Whether another record that is written has the value, too.
    pub(super) fn has_twice(&self, record: &Record, key: &KeySpec, value: KeyRef<'_>) -> bool {
        self.unique.get(&(record.at.kind(), key.code, value)).is_some_and(|it| *it > 1)
    }
}
