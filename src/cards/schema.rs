use crate::domain::{CARD_KIND, CERTIFICATE_KIND, PERSON_KIND, RELATION_KIND};
use crate::engine::options::OPTIONS_KIND;
use crate::engine::{
    INCIDENT_KEY, INSTANCE_KIND, Index, KeySpec, KeyType, KindSpec, OPEN_KEY, OWNER_KEY, Schema, TASK_KIND, UNIT_KEY,
    UNMET_KEY,
};

const fn key(code: u8, name: &'static str, holds: KeyType, index: Index) -> KeySpec {
    KeySpec { code, name, holds, index }
}

/// An account that signs a person in.
pub const ACCOUNT_KEY: KeySpec = key(5, "account", KeyType::Text, Index::Unique);

pub(super) const NAME_KEY: KeySpec = key(3, "name", KeyType::Text, Index::All);
pub(super) const WORD_KEY: KeySpec = key(4, "text", KeyType::Word, Index::All);
/// A role that a person has, wherever it is limited to.
pub(super) const ROLE_KEY: KeySpec = key(7, "role", KeyType::Text, Index::All);
pub(super) const PERSON_STATE_KEY: KeySpec = key(6, "state", KeyType::Text, Index::Except("active"));

pub(super) const NUMBER_KEY: KeySpec = key(3, "number", KeyType::Text, Index::Unique);
pub(super) const HOLDER_KEY: KeySpec = key(5, "holder", KeyType::Id, Index::All);
pub(super) const CARD_STATE_KEY: KeySpec = key(6, "state", KeyType::Text, Index::Except("active"));
pub(super) const CARD_KIND_KEY: KeySpec = key(7, "kind", KeyType::Text, Index::None);
pub(super) const UNTIL_KEY: KeySpec = key(8, "valid-until", KeyType::Time, Index::None);

pub(super) const IDENTITY_KEY: KeySpec = key(3, "issuer and serial", KeyType::Text, Index::Unique);
pub(super) const SERIAL_KEY: KeySpec = key(5, "serial", KeyType::Text, Index::All);
pub(super) const CERTIFICATE_STATE_KEY: KeySpec = key(6, "state", KeyType::Text, Index::Except("valid"));
pub(super) const UNCONFIRMED_KEY: KeySpec = key(7, "confirmed", KeyType::Text, Index::Except("yes"));

/// The kinds of records of the card domain and the keys they are found by.
pub static SCHEMA: Schema = Schema {
    kinds: &[
        KindSpec {
            kind: INSTANCE_KIND,
            name: "instance",
            searchable: false,
            keys: &[OPEN_KEY, UNMET_KEY, INCIDENT_KEY, UNIT_KEY, OWNER_KEY],
        },
        KindSpec {
            kind: TASK_KIND,
            name: "task",
            searchable: false,
            keys: &[
                UNIT_KEY,
                OWNER_KEY,
                crate::engine::TASK_INSTANCE_KEY,
                crate::engine::REQUEST_KEY,
                crate::engine::INBOX_KEY,
            ],
        },
        KindSpec {
            kind: PERSON_KIND,
            name: "person",
            searchable: true,
            keys: &[UNIT_KEY, OWNER_KEY, NAME_KEY, WORD_KEY, ACCOUNT_KEY, PERSON_STATE_KEY, ROLE_KEY],
        },
        KindSpec {
            kind: CARD_KIND,
            name: "card",
            searchable: true,
            keys: &[UNIT_KEY, OWNER_KEY, NUMBER_KEY, WORD_KEY, HOLDER_KEY, CARD_STATE_KEY, CARD_KIND_KEY, UNTIL_KEY],
        },
        KindSpec {
            kind: CERTIFICATE_KIND,
            name: "certificate",
            searchable: true,
            keys: &[
                UNIT_KEY,
                OWNER_KEY,
                IDENTITY_KEY,
                WORD_KEY,
                SERIAL_KEY,
                CERTIFICATE_STATE_KEY,
                UNCONFIRMED_KEY,
                UNTIL_KEY,
            ],
        },
        KindSpec { kind: OPTIONS_KIND, name: "options", searchable: false, keys: &[UNIT_KEY, OWNER_KEY] },
        KindSpec { kind: RELATION_KIND, name: "relation", searchable: false, keys: &[UNIT_KEY, OWNER_KEY] },
    ],
};
