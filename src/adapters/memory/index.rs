use std::collections::BTreeMap;

use uuid::Uuid;

use crate::engine::{KeyRef, KeySpec};
use crate::values::{HomeId, Kind, ObjectRef, TenantId};

/// The records that have a value, and their homes.
type Having = BTreeMap<Uuid, HomeId>;

/// Which records have which values of the keys that are searched by.
///
/// Many records have the same value, a state say, and few values are looked at to find it.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyIndex(BTreeMap<(TenantId, Kind, u8), BTreeMap<Vec<u8>, Having>>);

/// The entries of one record that leave the index, and those that come into it: the code of a key with a value.
#[derive(Debug, Default)]
pub(super) struct Reindexed {
    gone: Vec<(u8, Vec<u8>)>,
    come: Vec<(u8, Vec<u8>)>,
}

impl Reindexed {
    pub(super) fn of(gone: &[(&KeySpec, KeyRef<'_>)], come: &[(&KeySpec, KeyRef<'_>)]) -> Self {
        let entry = |(key, value): &(&KeySpec, KeyRef<'_>)| (key.code, value.sort_bytes());
        Reindexed { gone: gone.iter().map(entry).collect(), come: come.iter().map(entry).collect() }
    }
}

impl KeyIndex {
    /// Replaces entries of a record; those that stay are not touched.
    pub(super) fn replace(&mut self, tenant: TenantId, at: ObjectRef, Reindexed { gone, come }: Reindexed) {
        for (code, value) in gone {
            let values = self.0.entry((tenant, at.kind(), code)).or_default();
            if let Some(having) = values.get_mut(&value) {
                having.remove(&at.id());
                if having.is_empty() {
                    values.remove(&value);
                }
            }
        }
        for (code, value) in come {
            let values = self.0.entry((tenant, at.kind(), code)).or_default();
            values.entry(value).or_default().insert(at.id(), at.home());
        }
    }

    /// The records that have this value.
    pub(super) fn having(&self, key: (TenantId, Kind, u8), value: &[u8]) -> impl Iterator<Item = Uuid> {
        self.0.get(&key).and_then(|it| it.get(value)).into_iter().flat_map(|it| it.keys().copied())
    }

    /// The values of a key from `low` on, each with the records that have it, in order.
    pub(super) fn from(&self, key: (TenantId, Kind, u8), low: &[u8]) -> impl Iterator<Item = (&Vec<u8>, HomeId, Uuid)> {
        let values = self.0.get(&key).into_iter().flat_map(move |it| it.range(low.to_vec()..));
        values.flat_map(|(value, having)| having.iter().map(move |(id, home)| (value, *home, *id)))
    }
}
