use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, TransactionBehavior, params};

use super::SqliteError;
use super::file::OpenFile;
use super::rows;
use super::schema::LEDGER;
use crate::domain::{IssuerName, RevocationReason, Serial};
use crate::ports::{AuthorityLedger, LedgerEntry, LedgerError, LedgerStatus};
use crate::values::{Revision, Timestamp};

/// What authorities remember, in a SQLite file of its own.
///
/// Every answer is on disk before it is given (`synchronous = full`). Calls block for the time of one small write.
pub struct SqliteLedger {
    connection: Mutex<Connection>,
    file: OpenFile,
}

impl SqliteLedger {
    /// Opens the file at `path`, and creates it if it is missing. It belongs to one process at a time.
    ///
    /// # Errors
    ///
    /// [`SqliteError`]; a file that does not open is left as it is.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SqliteError> {
        let (file, connection) = LEDGER.open(path.as_ref())?;
        Ok(SqliteLedger { connection: Mutex::new(connection), file })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // Every call is one statement or one transaction, which SQLite does wholly or not at all.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, to write: into the file that will be found again.
    fn writer(&self) -> Result<MutexGuard<'_, Connection>, LedgerError> {
        self.file.check().map_err(|it| LedgerError::Unavailable(it.into()))?;
        Ok(self.connection())
    }
}

impl fmt::Debug for SqliteLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLedger").field("file", &self.file).finish_non_exhaustive()
    }
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
    revision: u64,
}

impl Raw {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Raw {
            serial: row.get(0)?,
            not_after: row.get(1)?,
            status: row.get(2)?,
            reason: row.get(3)?,
            since: row.get(4)?,
            revision: rows::count(row, 5)?,
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
        let (not_after, revision) = (Timestamp::from_millis(self.not_after), Revision::new(self.revision));
        Ok(LedgerEntry { serial, not_after, status, revision })
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

impl SqliteLedger {
    /// Writes an entry by a statement that takes its columns; says how many rows it wrote.
    fn write(&self, statement: &str, issuer: &IssuerName, entry: &LedgerEntry) -> Result<usize, LedgerError> {
        let (status, reason, since, listed) = columns(entry.status);
        let (serial, not_after) = (entry.serial.as_bytes(), entry.not_after.millis());
        let revision = rows::number(entry.revision.number());
        let row = params![issuer.as_str(), serial, not_after, status, reason, since, listed, revision];
        self.writer()?.execute(statement, row).map_err(failed)
    }
}

#[async_trait]
impl AuthorityLedger for SqliteLedger {
    async fn issued(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let written = self.write(
            "insert into entry (issuer, serial, not_after, status, reason, since, listed, revision)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict do nothing",
            issuer,
            entry,
        );
        match written? {
            0 => Err(LedgerError::AlreadyExists(entry.serial.clone())),
            _ => Ok(()),
        }
    }

    async fn entry(&self, issuer: &IssuerName, serial: &Serial) -> Result<Option<LedgerEntry>, LedgerError> {
        let found = self
            .connection()
            .query_row(
                "select serial, not_after, status, reason, since, revision from entry where issuer = ?1 and serial = ?2",
                params![issuer.as_str(), serial.as_bytes()],
                Raw::read,
            )
            .optional();
        found.map_err(failed)?.map(Raw::entry).transpose()
    }

    async fn record(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let written = self.write(
            "insert or replace into entry (issuer, serial, not_after, status, reason, since, listed, revision)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            issuer,
            entry,
        );
        written.map(|_| ())
    }

    async fn listed(&self, issuer: &IssuerName) -> Result<Vec<LedgerEntry>, LedgerError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "select serial, not_after, status, reason, since, revision from entry
                 where issuer = ?1 and listed = 1 order by length(serial), serial",
            )
            .map_err(failed)?;
        let rows = statement.query_map([issuer.as_str()], Raw::read).map_err(failed)?;
        rows.map(|row| row.map_err(failed)?.entry()).collect()
    }

    async fn next_crl(&self, issuer: &IssuerName) -> Result<u64, LedgerError> {
        let mut connection = self.writer()?;
        let number = take_number(&mut connection, issuer).map_err(failed)?;
        u64::try_from(number).map_err(|_| LedgerError::Corrupt { what: format!("CRL number {number}") })
    }

    async fn published(&self, issuer: &IssuerName, this_update: Timestamp) -> Result<(), LedgerError> {
        let retired = self.writer()?.execute(
            "update entry set listed = 0 where issuer = ?1 and listed = 1 and not_after < ?2",
            params![issuer.as_str(), this_update.millis()],
        );
        retired.map(|_| ()).map_err(failed)
    }
}
