use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::values::{HomeId, Kind, ObjectRef, Revision, TenantId, Timestamp};

/// The kinds of records a domain keeps, and the keys by which each is found (law 3).
#[derive(Debug)]
pub struct Schema {
    /// Every kind, the engine's own included.
    pub kinds: &'static [KindSpec],
}

impl Schema {
    /// The kind with this code.
    #[must_use]
    pub fn kind(&self, kind: Kind) -> Option<&'static KindSpec> {
        self.kinds.iter().find(|it| it.kind == kind)
    }
}

/// One kind of records.
#[derive(Debug)]
pub struct KindSpec {
    /// Its code.
    pub kind: Kind,
    /// Its name in words: what the drop-down of a search shows.
    pub name: &'static str,
    /// Whether people search for it.
    pub searchable: bool,
    /// The keys of its records. The first indexed one gives the order of an unfiltered search.
    pub keys: &'static [KeySpec],
}

impl KindSpec {
    /// The key with this name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static KeySpec> {
        self.keys.iter().find(|it| it.name == name)
    }

    /// The key with this code.
    #[must_use]
    pub fn key_of(&self, code: u8) -> Option<&'static KeySpec> {
        self.keys.iter().find(|it| it.code == code)
    }
}

/// One key of a kind of records.
#[derive(Debug)]
pub struct KeySpec {
    /// Its code, one for each kind.
    pub code: u8,
    /// Its name: what a filter of a search says.
    pub name: &'static str,
    /// What it holds.
    pub holds: KeyType,
    /// Which values adapters index.
    pub index: Index,
}

/// The key every kind uses for its organisational unit.
pub const UNIT_KEY: KeySpec = KeySpec { code: 1, name: "unit", holds: KeyType::Text, index: Index::None };
/// The key every kind uses for the person it belongs to.
pub const OWNER_KEY: KeySpec = KeySpec { code: 2, name: "owner", holds: KeyType::Id, index: Index::None };

/// The key of an instance that is not over: its process, version and fingerprint, so that a start finds mismatches.
pub const OPEN_KEY: KeySpec = KeySpec { code: 3, name: "open", holds: KeyType::Text, index: Index::All };
/// The key of a task that names its instance.
pub const TASK_INSTANCE_KEY: KeySpec = KeySpec { code: 3, name: "instance", holds: KeyType::Id, index: Index::None };

/// What a key holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyType {
    /// Text that is compared as a whole, or by its beginning.
    Text,
    /// One lower-case word of a text; a record has one entry for each word.
    Word,
    /// The id of an object.
    Id,
    /// A point in time.
    Time,
    /// Bytes.
    Bytes,
}

/// Which values of a key adapters index.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Index {
    /// None: filtered only.
    None,
    /// Every value.
    All,
    /// Every value, and no two records of a tenant may share one.
    Unique,
    /// Every value except the common one, so that ordinary records pay nothing.
    Except(&'static str),
}

/// The value of a key.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum KeyValue {
    /// Of [`KeyType::Text`] and [`KeyType::Word`].
    Text(String),
    /// Of [`KeyType::Id`].
    Id(Uuid),
    /// Of [`KeyType::Time`].
    Time(Timestamp),
    /// Of [`KeyType::Bytes`].
    Bytes(Vec<u8>),
}

impl KeyValue {
    /// For people.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            KeyValue::Text(it) => it.clone(),
            KeyValue::Id(it) => it.to_string(),
            KeyValue::Time(it) => it.to_string(),
            KeyValue::Bytes(it) => it.iter().map(|byte| format!("{byte:02X}")).collect(),
        }
    }

    /// Bytes that sort as the values do.
    #[must_use]
    pub fn sort_bytes(&self) -> Vec<u8> {
        match self {
            KeyValue::Text(it) => it.as_bytes().to_vec(),
            KeyValue::Id(it) => it.as_bytes().to_vec(),
            KeyValue::Time(it) => (it.millis() ^ i64::MIN).to_be_bytes().to_vec(),
            KeyValue::Bytes(it) => it.clone(),
        }
    }
}

/// The keys of one record, by code; a code may stand several times.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Keys(Vec<(u8, KeyValue)>);

impl Keys {
    /// With one more.
    #[must_use]
    pub fn with(mut self, key: &KeySpec, value: KeyValue) -> Self {
        self.push(key, value);
        self
    }

    /// Adds one, unless it is there.
    pub fn push(&mut self, key: &KeySpec, value: KeyValue) {
        let entry = (key.code, value);
        if !self.0.contains(&entry) {
            self.0.push(entry);
        }
    }

    /// The values of the key with this code.
    pub fn of(&self, code: u8) -> impl Iterator<Item = &KeyValue> {
        self.0.iter().filter(move |(it, _)| *it == code).map(|(_, value)| value)
    }

    /// Every entry.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &KeyValue)> {
        self.0.iter().map(|(code, value)| (*code, value))
    }

    /// The entries that adapters put into an index, in its sort order.
    pub fn indexed<'a>(
        &'a self,
        spec: &'static KindSpec,
    ) -> impl Iterator<Item = (&'static KeySpec, &'a KeyValue)> + 'a {
        self.0.iter().filter_map(|(code, value)| {
            let key = spec.key_of(*code)?;
            let wanted = match key.index {
                Index::None => false,
                Index::All | Index::Unique => true,
                Index::Except(common) => *value != KeyValue::Text(common.to_owned()),
            };
            wanted.then_some((key, value))
        })
    }
}

/// A stored object, instance or task: what [`Storage`](crate::ports::Storage) keeps without knowing what it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// Whose it is.
    pub tenant: TenantId,
    /// Where it is.
    pub at: ObjectRef,
    /// How often it has changed.
    pub revision: Revision,
    /// By what it is found.
    pub keys: Keys,
    /// What it says; encoded by the domain, with a version.
    pub body: Vec<u8>,
}

impl Record {
    /// Where it lives.
    #[must_use]
    pub fn home(&self) -> HomeId {
        self.at.home()
    }
}
