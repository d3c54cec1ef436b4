use std::{
    error::Error,
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, TransactionBehavior, params};
use thiserror::Error;

use crate::domain::{IssuerName, RevocationReason, Serial};
use crate::ports::{AuthorityLedger, LedgerEntry, LedgerError, LedgerStatus};
use crate::values::Timestamp;

/// `CFlg`: tells our files from those of other programs.
const APPLICATION_ID: i64 = 0x4346_6c67;
const SCHEMA_VERSION: i64 = 1;

// `listed` is what `AuthorityLedger::listed` asks for: on hold or revoked, and not retired.
const SCHEMA: &str = "
    create table entry (
        issuer text not null,
        serial blob not null,
        not_after integer not null,
        status text not null,
        reason integer,
        since integer,
        listed integer not null,
        primary key (issuer, serial)
    ) strict, without rowid;
    create index entry_listed on entry (issuer, not_after) where listed = 1;
    create table crl (issuer text primary key, number integer not null) strict, without rowid;
";

/// What authorities remember, in a SQLite file of its own.
///
/// Every answer is on disk before it is given (`synchronous = full`). Calls block for the time of one small write.
pub struct SqliteLedger {
    connection: Mutex<Connection>,
    path: PathBuf,
}

/// Why a ledger file does not open.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SqliteLedgerError {
    /// It is a database of something else, or not a database.
    #[error("`{}` is not a ledger of this library; name another file, which is created if it is missing", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A later release wrote it.
    #[error(
        "the ledger `{}` has schema version {found}, this release reads up to {known}; run the release that wrote it, or a later one",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The highest version this release reads.
        known: i64,
    },
    /// The file cannot be read or written.
    #[error("the ledger `{}` does not open; check that its folder exists and may be written to", path.display())]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// What the database said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl SqliteLedger {
    /// Opens the file at `path`, and creates it if it is missing.
    ///
    /// # Errors
    ///
    /// [`SqliteLedgerError`]; a file of something else is left as it is.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SqliteLedgerError> {
        let path = path.as_ref().to_path_buf();
        let failed = |source: rusqlite::Error| match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => SqliteLedgerError::Foreign { path: path.clone() },
            _ => SqliteLedgerError::Unavailable { path: path.clone(), source: source.into() },
        };
        let mut connection = Connection::open(&path).map_err(failed)?;
        connection.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
        // INVARIANT: nothing is written, the journal mode included, before the file is known to be ours or empty.
        if is_empty(&connection).map_err(failed)? {
            create(&mut connection).map_err(failed)?;
        }
        if pragma(&connection, "application_id").map_err(failed)? != APPLICATION_ID {
            return Err(SqliteLedgerError::Foreign { path });
        }
        let found = pragma(&connection, "user_version").map_err(failed)?;
        if found > SCHEMA_VERSION {
            return Err(SqliteLedgerError::Newer { path, found, known: SCHEMA_VERSION });
        }
        connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
        connection.pragma_update(None, "synchronous", "full").map_err(failed)?;
        Ok(SqliteLedger { connection: Mutex::new(connection), path })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // Every call is one statement or one transaction, which SQLite does wholly or not at all.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SqliteLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLedger").field("path", &self.path).finish_non_exhaustive()
    }
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let objects: i64 = connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
    Ok(objects == 0 && pragma(connection, "application_id")? == 0 && pragma(connection, "user_version")? == 0)
}

fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have created it while we waited for the lock.
    if is_empty(&transaction)? {
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    }
    transaction.commit()
}

/// The columns status, reason, since and listed.
type StatusColumns = (&'static str, Option<u8>, Option<i64>, bool);

fn columns(status: LedgerStatus) -> StatusColumns {
    match status {
        LedgerStatus::Good => ("good", None, None, false),
        LedgerStatus::Released { since } => ("released", None, Some(since.millis()), false),
        LedgerStatus::OnHold { since } => ("on hold", None, Some(since.millis()), true),
        LedgerStatus::Revoked { reason, since } => ("revoked", Some(reason.code()), Some(since.millis()), true),
    }
}

/// A row as read, before anything is known of its sense.
struct Raw {
    serial: Vec<u8>,
    not_after: i64,
    status: String,
    reason: Option<u8>,
    since: Option<i64>,
}

impl Raw {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Raw {
            serial: row.get(0)?,
            not_after: row.get(1)?,
            status: row.get(2)?,
            reason: row.get(3)?,
            since: row.get(4)?,
        })
    }

    fn entry(self) -> Result<LedgerEntry, LedgerError> {
        let serial = Serial::from_bytes(&self.serial)
            .map_err(|error| LedgerError::Corrupt { what: format!("a number, {error}") })?;
        let reason = self.reason.and_then(RevocationReason::from_code);
        let status = match (self.status.as_str(), reason, self.since.map(Timestamp::from_millis)) {
            ("good", None, None) => LedgerStatus::Good,
            ("released", None, Some(since)) => LedgerStatus::Released { since },
            ("on hold", None, Some(since)) => LedgerStatus::OnHold { since },
            ("revoked", Some(reason), Some(since)) => LedgerStatus::Revoked { reason, since },
            _ => return Err(LedgerError::Corrupt { what: format!("the status of certificate {serial}") }),
        };
        Ok(LedgerEntry { serial, not_after: Timestamp::from_millis(self.not_after), status })
    }
}

fn take_number(connection: &mut Connection, issuer: &IssuerName) -> rusqlite::Result<i64> {
    // Not one statement with `returning`: an error of its implicit commit would come after the row, and be lost.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "insert into crl (issuer, number) values (?1, 1) on conflict do update set number = number + 1",
        [issuer.as_str()],
    )?;
    let select = "select number from crl where issuer = ?1";
    let number = transaction.query_row(select, [issuer.as_str()], |row| row.get(0))?;
    transaction.commit()?;
    Ok(number)
}

fn failed(error: rusqlite::Error) -> LedgerError {
    match (&error, error.sqlite_error_code()) {
        (_, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) => {
            LedgerError::Corrupt { what: "its file".to_owned() }
        }
        (rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::IntegralValueOutOfRange(..), _)
        | (rusqlite::Error::InvalidColumnType(..), _) => LedgerError::Corrupt { what: "a column".to_owned() },
        _ => LedgerError::Unavailable(error.into()),
    }
}

#[async_trait]
impl AuthorityLedger for SqliteLedger {
    async fn issued(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let (status, reason, since, listed) = columns(entry.status);
        let added = self.connection().execute(
            "insert into entry (issuer, serial, not_after, status, reason, since, listed)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict do nothing",
            params![issuer.as_str(), entry.serial.as_bytes(), entry.not_after.millis(), status, reason, since, listed],
        );
        match added.map_err(failed)? {
            0 => Err(LedgerError::AlreadyExists(entry.serial.clone())),
            _ => Ok(()),
        }
    }

    async fn entry(&self, issuer: &IssuerName, serial: &Serial) -> Result<Option<LedgerEntry>, LedgerError> {
        let found = self
            .connection()
            .query_row(
                "select serial, not_after, status, reason, since from entry where issuer = ?1 and serial = ?2",
                params![issuer.as_str(), serial.as_bytes()],
                Raw::read,
            )
            .optional();
        found.map_err(failed)?.map(Raw::entry).transpose()
    }

    async fn record(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let (status, reason, since, listed) = columns(entry.status);
        let written = self.connection().execute(
            "insert or replace into entry (issuer, serial, not_after, status, reason, since, listed)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![issuer.as_str(), entry.serial.as_bytes(), entry.not_after.millis(), status, reason, since, listed],
        );
        written.map(|_| ()).map_err(failed)
    }

    async fn listed(&self, issuer: &IssuerName) -> Result<Vec<LedgerEntry>, LedgerError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "select serial, not_after, status, reason, since from entry
                 where issuer = ?1 and listed = 1 order by length(serial), serial",
            )
            .map_err(failed)?;
        let rows = statement.query_map([issuer.as_str()], Raw::read).map_err(failed)?;
        rows.map(|row| row.map_err(failed)?.entry()).collect()
    }

    async fn next_crl(&self, issuer: &IssuerName) -> Result<u64, LedgerError> {
        let mut connection = self.connection();
        let number = take_number(&mut connection, issuer).map_err(failed)?;
        u64::try_from(number).map_err(|_| LedgerError::Corrupt { what: format!("CRL number {number}") })
    }

    async fn published(&self, issuer: &IssuerName, this_update: Timestamp) -> Result<(), LedgerError> {
        let retired = self.connection().execute(
            "update entry set listed = 0 where issuer = ?1 and listed = 1 and not_after < ?2",
            params![issuer.as_str(), this_update.millis()],
        );
        retired.map(|_| ()).map_err(failed)
    }
}
