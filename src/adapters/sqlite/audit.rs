use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::SqliteError;
use super::file::OpenFile;
use super::rows::{self, damaged, failed, number};
use super::schema::AUDIT;
use crate::engine::{AuditRow, Keys, Scope};
use crate::ports::{Applied, AuditBatch, AuditFound, AuditLog, AuditPlace, AuditQuery, StorageError};
use crate::values::{CodecError, ObjectRef, TenantId, Timestamp, decode, encode};

/// The version of the stored form of a row. Another one comes with a migration that empties the file.
const FORMAT: u8 = 1;

/// Audit rows in a SQLite file of their own.
///
/// The file holds nothing that is not in the history: if it is lost or damaged, remove it, and let
/// [`project`](crate::runtime::Runtime::project) fill a new one. It belongs to one process at a time. Calls block for the
/// time of one transaction; nothing that changes a card ever makes one.
pub struct SqliteAudit {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    file: OpenFile,
}

impl SqliteAudit {
    /// Opens the file at `path`, and creates it if it is missing.
    ///
    /// # Errors
    ///
    /// [`SqliteError`]; a file that does not open is left as it is.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SqliteError> {
        let path = path.as_ref();
        let (file, writer) = AUDIT.open(path)?;
        let reader = file.reader().map_err(|it| AUDIT.failed(path, it))?;
        Ok(SqliteAudit { writer: Mutex::new(writer), reader: Mutex::new(reader), file })
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(&self, write: impl FnOnce(&Transaction<'_>) -> Result<T, StorageError>) -> Result<T, StorageError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let written = write(&transaction)?;
        transaction.commit().map_err(failed)?;
        Ok(written)
    }
}

impl fmt::Debug for SqliteAudit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteAudit").field("file", &self.file).finish_non_exhaustive()
    }
}

#[async_trait]
impl AuditLog for SqliteAudit {
    async fn applied(&self, tenant: TenantId) -> Result<Applied, StorageError> {
        applied(&self.reader(), tenant)
    }

    async fn apply(&self, batch: &AuditBatch) -> Result<(), StorageError> {
        self.write(|it| apply(it, batch))
    }

    async fn query(&self, tenant: TenantId, scope: &Scope, query: &AuditQuery) -> Result<AuditFound, StorageError> {
        find(&self.reader(), tenant, scope, query)
    }

    async fn clear(&self, tenant: TenantId) -> Result<(), StorageError> {
        self.write(|it| clear(it, tenant))
    }
}

pub(super) fn applied(connection: &Connection, tenant: TenantId) -> Result<Applied, StorageError> {
    let found = connection
        .prepare_cached("select position, at from applied where tenant = ?1")
        .and_then(|mut it| {
            let read = |row: &rusqlite::Row<'_>| {
                Ok(Applied { position: rows::count(row, 0)?, at: Some(Timestamp::from_millis(row.get(1)?)) })
            };
            it.query_row([tenant.number()], read).optional()
        })
        .map_err(failed)?;
    Ok(found.unwrap_or_default())
}

pub(super) fn apply(connection: &Connection, batch: &AuditBatch) -> Result<(), StorageError> {
    let tenant = batch.tenant;
    let known = applied(connection, tenant)?.position;
    if batch.after > known {
        return Err(StorageError::Conflict { what: format!("the audit log, which has come to {known} only,") });
    }
    let Some(last) = batch.rows.last().filter(|it| it.position > known) else { return Ok(()) };
    for row in batch.rows.iter().filter(|it| it.position > known) {
        add(connection, tenant, row)?;
    }
    let mut home = connection
        .prepare_cached("insert or replace into home (tenant, home, keys) values (?1, ?2, ?3)")
        .map_err(failed)?;
    for (id, keys) in &batch.homes {
        home.execute(params![tenant.number(), id.uuid(), keys.as_bytes()]).map_err(failed)?;
    }
    connection
        .prepare_cached("insert or replace into applied (tenant, position, at) values (?1, ?2, ?3)")
        .and_then(|mut it| it.execute(params![tenant.number(), number(last.position), last.at.millis()]))
        .map(drop)
        .map_err(failed)
}

fn add(connection: &Connection, tenant: TenantId, row: &AuditRow) -> Result<(), StorageError> {
    let (tenant, at, position) = (tenant.number(), row.at.millis(), number(row.position));
    let body = encode("an audit row", FORMAT, row).map_err(damaged)?;
    connection
        .prepare_cached("insert into entry (tenant, at, position, chain, body) values (?1, ?2, ?3, ?4, ?5)")
        .and_then(|mut it| it.execute(params![tenant, at, position, row.chain.uuid(), body]))
        .map_err(failed)?;
    let mut term = connection
        .prepare_cached("insert into term (tenant, what, value, at, position) values (?1, ?2, ?3, ?4, ?5)")
        .map_err(failed)?;
    for Term(what, value) in Term::of_row(row) {
        term.execute(params![tenant, what, value, at, position]).map_err(failed)?;
    }
    Ok(())
}

/// By what a row is found: a code and a value.
struct Term(u8, Vec<u8>);

const OBJECT: u8 = 1;
const INSTANCE: u8 = 2;
const ACTOR: u8 = 3;
const ON_BEHALF: u8 = 4;
const UNAPPROVED: u8 = 5;
const REASON: u8 = 6;
const OUTCOME: u8 = 7;
const PROCESS: u8 = 8;

impl Term {
    fn of_row(row: &AuditRow) -> Vec<Term> {
        let mut terms: Vec<_> = row.objects.iter().map(Term::object).collect();
        terms.extend(row.actor.map(|it| Term(ACTOR, it.uuid().as_bytes().to_vec())));
        terms.extend(row.on_behalf.map(|it| Term(ON_BEHALF, it.uuid().as_bytes().to_vec())));
        terms.push(Term::text(OUTCOME, row.outcome.name()));
        if let Some(run) = &row.run {
            terms.push(Term(INSTANCE, run.instance.uuid().as_bytes().to_vec()));
            terms.push(Term::text(PROCESS, &run.process));
            terms.extend(run.reason.iter().map(|it| Term::text(REASON, it)));
            terms.extend(row.is_unapproved().then(|| Term::text(UNAPPROVED, &run.process)));
        }
        terms
    }

    /// The term to find the rows of a query by: of those it asks for, the one that fewest rows are likely to have.
    fn of_query(query: &AuditQuery) -> Option<Term> {
        let process = query.process.as_deref();
        let object = query.object.as_ref().map(Term::object);
        object
            .or_else(|| query.instance.map(|it| Term(INSTANCE, it.uuid().as_bytes().to_vec())))
            .or_else(|| query.actor.map(|it| Term(ACTOR, it.uuid().as_bytes().to_vec())))
            .or_else(|| query.on_behalf.map(|it| Term(ON_BEHALF, it.uuid().as_bytes().to_vec())))
            .or_else(|| process.filter(|_| query.unapproved).map(|it| Term::text(UNAPPROVED, it)))
            .or_else(|| query.reason.as_deref().map(|it| Term::text(REASON, it)))
            .or_else(|| query.outcome.map(|it| Term::text(OUTCOME, it.name())))
            .or_else(|| process.map(|it| Term::text(PROCESS, it)))
    }

    fn text(what: u8, text: &str) -> Term {
        Term(what, text.as_bytes().to_vec())
    }

    fn object(object: &ObjectRef) -> Term {
        let (kind, home, id) = (object.kind().code(), object.home().uuid(), object.id());
        Term(OBJECT, [&[kind], home.as_bytes().as_slice(), id.as_bytes()].concat())
    }
}

/// Reads an index from a place on, newest first, and each row where it lies.
const BY_TERM: &str = "select entry.body, home.keys
    from term cross join entry left join home on home.tenant = entry.tenant and home.home = entry.chain
    where term.tenant = ?1 and term.what = ?5 and term.value = ?6
    and (term.at, term.position) < (?2, ?3) and term.at >= ?4
    and entry.tenant = term.tenant and entry.at = term.at and entry.position = term.position
    order by term.at desc, term.position desc";
const BY_TIME: &str = "select entry.body, home.keys
    from entry left join home on home.tenant = entry.tenant and home.home = entry.chain
    where entry.tenant = ?1 and (entry.at, entry.position) < (?2, ?3) and entry.at >= ?4
    order by entry.at desc, entry.position desc";

pub(super) fn find(
    connection: &Connection,
    tenant: TenantId,
    scope: &Scope,
    query: &AuditQuery,
) -> Result<AuditFound, StorageError> {
    let end = AuditPlace { at: query.until.unwrap_or(Timestamp::from_millis(i64::MAX)), position: 0 };
    let before = query.after.map_or(end, |it| it.min(end));
    let from = query.from.map_or(i64::MIN, Timestamp::millis);
    let (tenant, at, position) = (tenant.number(), before.at.millis(), number(before.position));
    let term = Term::of_query(query);
    let sql = if term.is_some() { BY_TERM } else { BY_TIME };
    let mut select = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = match term {
        Some(Term(what, value)) => select.query(params![tenant, at, position, from, what, value]),
        None => select.query(params![tenant, at, position, from]),
    }
    .map_err(failed)?;
    let limit = query.limit.clamp(1, 1000);
    let mut found = AuditFound::default();
    while let Some(row) = rows.next().map_err(failed)? {
        let body: Vec<u8> = row.get(0).map_err(failed)?;
        let keys: Option<Vec<u8>> = row.get(1).map_err(failed)?;
        let row: AuditRow = decode("an audit row", FORMAT, &body).map_err(unreadable)?;
        if !query.wants(&row) || !is_reached(scope, keys.as_deref())? {
            continue;
        }
        if found.rows.len() == limit {
            found.next = found.rows.last().map(AuditPlace::of);
            break;
        }
        found.rows.push(row);
    }
    Ok(found)
}

/// What does not read costs nothing but the time to fill it anew.
fn unreadable(error: CodecError) -> StorageError {
    StorageError::Corrupt { what: format!("{error}: rebuild the audit log, for which the history is enough") }
}

fn is_reached(scope: &Scope, keys: Option<&[u8]>) -> Result<bool, StorageError> {
    let keys = keys.map_or(Ok(Keys::default()), Keys::from_bytes).map_err(unreadable)?;
    Ok(scope.reaches(&keys))
}

pub(super) fn clear(connection: &Connection, tenant: TenantId) -> Result<(), StorageError> {
    for table in ["entry", "term", "home", "applied"] {
        connection.execute(&format!("delete from {table} where tenant = ?1"), [tenant.number()]).map_err(failed)?;
    }
    Ok(())
}
