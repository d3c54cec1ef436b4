use serde::{Deserialize, Serialize};

use super::checkpoint::UnreadableLine;
use crate::engine::chain::{Linked, Personal};
use crate::engine::{Domain, Entry, PersonalEntry};
use crate::values::{Digest, HomeId, TenantId, Timestamp, hex, shown};

/// The version of the lines of an export.
const FORMAT: u8 = 1;
const WHAT: &str = "a record of the history";

/// One record as a line of an export: what it says for people and programs to read, and the bytes its hash was made over.
///
/// Only the bytes are evidence: whoever verifies an export reads `entry` and `personal` from them.
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub struct RecordLine<'a, D: Domain> {
    format: u8,
    position: u64,
    tenant: TenantId,
    chain: HomeId,
    sequence: u64,
    at: Timestamp,
    hash: Digest,
    previous: Digest,
    commitment: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<Timestamp>,
    entry: Option<Entry<D>>,
    personal: Option<PersonalEntry>,
    #[serde(serialize_with = "hex::serialize")]
    open_bytes: &'a [u8],
    personal_bytes: Option<Bytes>,
    salt: Option<Bytes>,
}

/// A line as it is read: what a verifier needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReadLine {
    /// The place in the order of commits.
    pub position: u64,
    /// The record.
    pub record: Linked,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(transparent)]
struct Bytes(#[serde(with = "hex")] Vec<u8>);

/// The fields of a line that are evidence.
#[derive(Deserialize)]
struct Fields {
    format: u8,
    position: u64,
    tenant: TenantId,
    chain: HomeId,
    sequence: u64,
    at: Timestamp,
    hash: Digest,
    previous: Digest,
    commitment: Option<Digest>,
    open_bytes: Bytes,
    personal_bytes: Option<Bytes>,
    salt: Option<Bytes>,
}

impl<'a, D: Domain> RecordLine<'a, D> {
    /// Of a record at a place in the order of commits; `erased` says when its personal part was erased, if it was.
    #[must_use]
    pub fn new(position: u64, record: &'a Linked, erased: Option<Timestamp>) -> Self {
        let bytes = |it: &[u8]| Bytes(it.to_vec());
        RecordLine {
            format: FORMAT,
            position,
            tenant: record.tenant,
            chain: record.chain,
            sequence: record.sequence,
            at: record.at,
            hash: record.hash,
            previous: record.previous,
            commitment: record.commitment,
            erased,
            entry: Entry::read(record).ok(),
            personal: PersonalEntry::read(record).ok().flatten(),
            open_bytes: &record.open,
            personal_bytes: record.personal.as_ref().map(|it| bytes(&it.bytes)),
            salt: record.personal.as_ref().map(|it| bytes(&it.salt)),
        }
    }

    /// One line of JSON, without its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl ReadLine {
    /// Reads a line of JSON.
    ///
    /// # Errors
    ///
    /// [`UnreadableLine`].
    pub fn from_json(line: &str) -> Result<Self, UnreadableLine> {
        let unreadable = |why: String| UnreadableLine { what: WHAT, why };
        let it: Fields = serde_json::from_str(line).map_err(|error| unreadable(shown(&error.to_string())))?;
        if it.format != FORMAT {
            return Err(unreadable(format!("it has format {}, this release reads {FORMAT}", it.format)));
        }
        let salt = it.salt.map(|it| it.0.try_into()).transpose();
        let salt = salt.map_err(|_| unreadable("its salt is not of 16 bytes".to_owned()))?;
        let personal = salt.zip(it.personal_bytes).map(|(salt, bytes)| Personal { salt, bytes: bytes.0 });
        let record = Linked {
            tenant: it.tenant,
            chain: it.chain,
            sequence: it.sequence,
            previous: it.previous,
            at: it.at,
            open: it.open_bytes.0,
            commitment: it.commitment,
            personal,
            hash: it.hash,
        };
        Ok(ReadLine { position: it.position, record })
    }
}
