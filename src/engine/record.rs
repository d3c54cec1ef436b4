use super::keys::Keys;
use crate::values::{HomeId, Kind, ObjectRef, Revision, TenantId};

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

/// The key of an instance that is not over: the name of its process.
pub const OPEN_KEY: KeySpec = KeySpec { code: 3, name: "open", holds: KeyType::Text, index: Index::All };
/// The key of an instance that waits for the outside: since when.
pub const UNMET_KEY: KeySpec = KeySpec { code: 4, name: "unmet", holds: KeyType::Time, index: Index::All };
/// The key of an instance with something that a person should look at: since when.
pub const INCIDENT_KEY: KeySpec = KeySpec { code: 5, name: "incident", holds: KeyType::Time, index: Index::All };
/// The key of a task that names its instance.
pub const TASK_INSTANCE_KEY: KeySpec = KeySpec { code: 3, name: "instance", holds: KeyType::Id, index: Index::None };
/// The key of a task that asks for approval: what is asked for, so that the same is not asked for twice at a time.
pub const REQUEST_KEY: KeySpec = KeySpec { code: 4, name: "request", holds: KeyType::Bytes, index: Index::Unique };
/// The key of a task that tells where it stands in the lists of an inbox: one entry for each list.
pub const INBOX_KEY: KeySpec = KeySpec { code: 5, name: "inbox", holds: KeyType::Bytes, index: Index::All };

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
