//! Between rows and values.

use rusqlite::types::{FromSqlError, Type};
use rusqlite::{ErrorCode, Row};

use super::room::without_room;
use crate::engine::chain::{ChainHead, Linked, Personal};
use crate::engine::{Keys, Lane, Record, SharedRecord};
use crate::ports::{Lease, Remembered, StorageError, Work, WorkSort};
use crate::values::{
    CodecError, CommandId, Digest, EffectId, HomeId, HostId, InstanceId, Kind, ObjectRef, PersonId, Revision, TenantId,
    Timestamp,
};

/// What an error of the database means for storage.
pub(super) fn failed(error: rusqlite::Error) -> StorageError {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    match (&error, error.sqlite_error_code()) {
        (_, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) => {
            StorageError::Corrupt { what: error.to_string() }
        }
        (FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..), _) => {
            StorageError::Corrupt { what: error.to_string() }
        }
        (_, Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::ApiMisuse)) | (_, None) => {
            StorageError::Other(error.into())
        }
        (_, Some(_)) => StorageError::Unavailable(error.into()),
    }
}

pub(super) fn damaged(error: CodecError) -> StorageError {
    StorageError::Corrupt { what: error.to_string() }
}

/// A number as SQLite keeps it.
pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    Ok(Digest::from_bytes(row.get(column)?))
}

pub(super) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

fn odd(column: usize, expected: Type, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, expected, Box::new(error))
}

/// A record from the columns kind, id, home, revision, keys, body, beginning with `first`.
pub(super) fn record(tenant: TenantId, row: &Row<'_>, first: usize) -> rusqlite::Result<SharedRecord> {
    let home = HomeId::from_uuid(row.get(first + 2)?);
    let at = ObjectRef::new(home, Kind::new(row.get(first)?), row.get(first + 1)?);
    let keys = row.get_ref(first + 4)?.as_blob().map_err(|it| odd(first + 4, Type::Blob, it))?;
    let keys = Keys::from_bytes(keys).map_err(|it| odd(first + 4, Type::Blob, it))?;
    let stored = row.get_ref(first + 5)?.as_blob().map_err(|it| odd(first + 5, Type::Blob, it))?;
    let body = if at.kind().is_object() { without_room(stored) } else { Some(stored) };
    let damaged = CodecError::Damaged { what: "an object", source: None };
    let body = body.ok_or(damaged).map_err(|it| odd(first + 5, Type::Blob, it))?.to_vec();
    let revision = Revision::new(count(row, first + 3)?);
    Ok(SharedRecord::from(Record { tenant, at, revision, keys, body }))
}

/// What the row of a home holds besides its revision: the head of its chain, and the row of the last record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    pub(super) head: ChainHead,
    pub(super) row: i64,
}

impl Tail {
    pub(super) const EMPTY: Tail = Tail { head: ChainHead::EMPTY, row: 0 };

    pub(super) fn to_bytes(self) -> Vec<u8> {
        [&self.head.length.to_be_bytes()[..], self.head.hash.as_bytes(), &self.row.to_be_bytes()].concat()
    }

    /// `None` for bytes that are none.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (hash, rest) = rest.split_first_chunk()?;
        let head = ChainHead { length: u64::from_be_bytes(*length), hash: Digest::from_bytes(*hash) };
        Some(Tail { head, row: i64::from_be_bytes(rest.try_into().ok()?) })
    }
}

/// The columns of work, in the order of [`work`].
pub(super) const WORK: &str =
    "tenant, instance, id, home, sort, target, due, host, until, attempts, trouble, body, lane";

pub(super) fn work(row: &Row<'_>) -> rusqlite::Result<Work> {
    let lease = match row.get::<_, Option<i64>>(8)? {
        Some(until) => Some(Lease { host: HostId::from_uuid(row.get(7)?), until: Timestamp::from_millis(until) }),
        None => None,
    };
    Ok(Work {
        tenant: TenantId::new(row.get(0)?),
        instance: InstanceId::from_uuid(row.get(1)?),
        id: EffectId::from_uuid(row.get(2)?),
        home: HomeId::from_uuid(row.get(3)?),
        sort: match row.get(4)? {
            0 => WorkSort::Timer,
            1 => WorkSort::Effect,
            other => return Err(odd(4, Type::Integer, FromSqlError::OutOfRange(other))),
        },
        target: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        due: Timestamp::from_millis(row.get(6)?),
        lease,
        attempts: row.get(9)?,
        trouble: row.get(10)?,
        body: row.get(11)?,
        lane: {
            let code = row.get(12)?;
            Lane::of_code(code).ok_or_else(|| odd(12, Type::Integer, FromSqlError::OutOfRange(code.into())))?
        },
    })
}

pub(super) fn sort_code(sort: WorkSort) -> i64 {
    match sort {
        WorkSort::Timer => 0,
        WorkSort::Effect => 1,
    }
}

/// When a host may take work up: it is due and no lease runs.
pub(super) fn ready(due: Timestamp, lease: Option<Lease>) -> Timestamp {
    lease.map_or(due, |lease| due.max(lease.until))
}

/// The columns of a history record, in the order of [`linked`].
pub(super) const HISTORY: &str = "sequence, previous, at, open, commitment, salt, personal, hash";

/// A record of the history.
pub(super) fn linked(tenant: TenantId, chain: HomeId, row: &Row<'_>) -> rusqlite::Result<Linked> {
    let personal = match (row.get(5)?, row.get(6)?) {
        (Some(salt), Some(bytes)) => Some(Personal { salt, bytes }),
        (None, None::<Vec<u8>>) => None,
        _ => return Err(odd(5, Type::Null, FromSqlError::InvalidType)),
    };
    Ok(Linked {
        tenant,
        chain,
        sequence: count(row, 0)?,
        previous: digest(row, 1)?,
        at: Timestamp::from_millis(row.get(2)?),
        open: row.get(3)?,
        commitment: row.get::<_, Option<[u8; 32]>>(4)?.map(Digest::from_bytes),
        personal,
        hash: digest(row, 7)?,
    })
}

/// No actor is kept as an empty one, since null differs from null in an index.
pub(super) fn actor(person: Option<PersonId>) -> Vec<u8> {
    person.map(|it| it.uuid().as_bytes().to_vec()).unwrap_or_default()
}

pub(super) fn remembered(actor: Option<PersonId>, command: CommandId, row: &Row<'_>) -> rusqlite::Result<Remembered> {
    let at = Timestamp::from_millis(row.get(0)?);
    Ok(Remembered { actor, command, at, content: digest(row, 1)?, answer: row.get(2)? })
}
