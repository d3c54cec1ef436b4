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
use crate::ports::{AuthorityLedger, Changes, LedgerEntry, LedgerError, LedgerStatus, ListPage};
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
    invalid_since: Option<i64>,
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
            invalid_since: row.get(6)?,
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
        let invalid_since = self.invalid_since.map(Timestamp::from_millis);
        Ok(LedgerEntry { serial, not_after, status, invalid_since, revision })
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

fn note_published(
    connection: &mut Connection,
    issuer: &IssuerName,
    number: i64,
    this_update: Timestamp,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "insert into crl (issuer, number, complete) values (?1, 0, ?2)
         on conflict do update set complete = max(coalesce(complete, 0), excluded.complete)",
        params![issuer.as_str(), number],
    )?;
    transaction.execute(
        "update entry set listed = 0
         where issuer = ?1 and listed = 1 and not_after < ?2 and coalesce(written_after, 0) < ?3",
        params![issuer.as_str(), this_update.millis(), number],
    )?;
    transaction.commit()
}

fn crl_number(number: i64) -> Result<u64, LedgerError> {
    u64::try_from(number).map_err(|_| LedgerError::Corrupt { what: format!("CRL number {number}") })
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

/// A change is stamped with the number taken last, in the statement that writes it.
const VALUES: &str = "into entry (issuer, serial, not_after, status, reason, since, listed, revision, written_after,
        invalid_since)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
        case when ?9 then coalesce((select number from crl where issuer = ?1), 0) end, ?10)";

const COLUMNS: &str = "select serial, not_after, status, reason, since, revision, invalid_since from entry";

impl SqliteLedger {
    /// Writes an entry by a statement that takes its columns; says how many rows it wrote.
    fn write(&self, statement: &str, issuer: &IssuerName, entry: &LedgerEntry) -> Result<usize, LedgerError> {
        let (status, reason, since, listed) = columns(entry.status);
        let (serial, not_after) = (entry.serial.as_bytes(), entry.not_after.millis());
        let revision = rows::number(entry.revision.number());
        let is_change = entry.status != LedgerStatus::Good;
        let (issuer, invalid_since) = (issuer.as_str(), entry.invalid_since.map(Timestamp::millis));
        let row = params![issuer, serial, not_after, status, reason, since, listed, revision, is_change, invalid_since];
        self.writer()?.execute(&format!("{statement} {VALUES}"), row).map_err(failed)
    }
}

#[async_trait]
impl AuthorityLedger for SqliteLedger {
    async fn issued(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let written = self.write("insert or ignore", issuer, entry);
        match written? {
            0 => Err(LedgerError::AlreadyExists(entry.serial.clone())),
            _ => Ok(()),
        }
    }

    async fn entry(&self, issuer: &IssuerName, serial: &Serial) -> Result<Option<LedgerEntry>, LedgerError> {
        let found = self
            .connection()
            .query_row(
                &format!("{COLUMNS} where issuer = ?1 and serial = ?2"),
                params![issuer.as_str(), serial.as_bytes()],
                Raw::read,
            )
            .optional();
        found.map_err(failed)?.map(Raw::entry).transpose()
    }

    async fn record(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let written = self.write("insert or replace", issuer, entry);
        written.map(|_| ())
    }

    async fn listed(&self, issuer: &IssuerName, page: &ListPage) -> Result<Vec<LedgerEntry>, LedgerError> {
        let after = page.after.as_ref().map_or(&[][..], Serial::as_bytes);
        let at_most = i64::try_from(page.at_most).unwrap_or(i64::MAX);
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(&format!(
                "{COLUMNS} where issuer = ?1 and listed = 1 and (octets, serial) > (length(?2), ?2)
                 order by octets, serial limit ?3"
            ))
            .map_err(failed)?;
        let rows = statement.query_map(params![issuer.as_str(), after, at_most], Raw::read).map_err(failed)?;
        rows.map(|row| row.map_err(failed)?.entry()).collect()
    }

    async fn changes(&self, issuer: &IssuerName) -> Result<Changes, LedgerError> {
        let connection = self.connection();
        let complete = "select complete from crl where issuer = ?1";
        let found: Option<Option<i64>> =
            connection.query_row(complete, [issuer.as_str()], |row| row.get(0)).optional().map_err(failed)?;
        let Some(since) = found.flatten() else { return Ok(Changes::default()) };
        let mut statement = connection
            .prepare_cached(&format!("{COLUMNS} where issuer = ?1 and written_after >= ?2 order by octets, serial"))
            .map_err(failed)?;
        let rows = statement.query_map(params![issuer.as_str(), since], Raw::read).map_err(failed)?;
        let entries = rows.map(|row| row.map_err(failed)?.entry()).collect::<Result<_, _>>()?;
        Ok(Changes { since: Some(crl_number(since)?), entries })
    }

    async fn next_crl(&self, issuer: &IssuerName) -> Result<u64, LedgerError> {
        let mut connection = self.writer()?;
        crl_number(take_number(&mut connection, issuer).map_err(failed)?)
    }

    async fn published(&self, issuer: &IssuerName, number: u64, this_update: Timestamp) -> Result<(), LedgerError> {
        let mut connection = self.writer()?;
        note_published(&mut connection, issuer, rows::number(number), this_update).map_err(failed)
    }
}
