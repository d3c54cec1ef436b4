//! One commit, inside a transaction that the caller holds and takes back if this fails half done.

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};
use uuid::Uuid;

use super::homes::{Homes, Stored};
use super::room::with_room;
use super::rows::{self, damaged, failed, number};
use super::{index, read, retain};
use crate::engine::{KeyRef, Keys, KindSpec, Record, Schema, TASK_INSTANCE_KEY, TASK_KIND};
use crate::ports::{Commit, Committed, Overtake, Remembered, StorageError, TaskDone, Work, WorkDone};
use crate::values::{ObjectRef, Revision, TenantId};

pub(super) fn commit(connection: &Connection, schema: &Schema, commit: &Commit) -> Result<Committed, StorageError> {
    if commit.erases.is_empty() {
        store(connection, schema, commit)
    } else {
        retain::securely(connection, || store(connection, schema, commit))
    }
}

fn store(connection: &Connection, schema: &Schema, commit: &Commit) -> Result<Committed, StorageError> {
    let tenant = commit.tenant;
    let mut homes = match expected(connection, schema, commit) {
        Ok(homes) => homes,
        // A repeated command gets its answer, whatever has become of the homes.
        Err(error) => return repeated(connection, commit)?.map(Committed::Repeated).ok_or(error),
    };
    if let Some(new) = &commit.remember
        && !remember(connection, tenant, new)?
    {
        let known = repeated(connection, commit)?;
        return known.map(Committed::Repeated).ok_or_else(|| conflict(format!("command {}", new.command)));
    }
    let mut moved = Vec::new();
    for record in &commit.puts {
        let spec = schema.kind(record.at.kind()).ok_or_else(|| read::unknown(record.at.kind()))?;
        let (row, stored) = match record.at.kind().is_object() {
            true => homes.take_object(record.at).map(|(row, stored)| (Some(row), stored))?,
            // A new one is inserted, which fails where it is there already.
            false if record.revision == Revision::NONE.next() => (None, None),
            false => (None, stored_run(connection, record)?),
        };
        let come = put(connection, spec, record, (row, stored))?;
        if !come.is_empty() {
            moved.push((spec, record, come));
        }
    }
    commit.tasks_done.iter().try_for_each(|it| remove_task(connection, schema, tenant, it))?;
    // Last of the records, so that a unique value may pass from one to another.
    for (spec, record, come) in &moved {
        index::add(connection, spec, tenant, (record.at, cluster(record)?), come)?;
    }
    commit.done.iter().try_for_each(|it| finish_work(connection, tenant, it))?;
    commit.overtakes.iter().try_for_each(|it| overtake(connection, tenant, it))?;
    let mut behind = Vec::new();
    for work in &commit.work {
        if add_work(connection, work)? {
            behind.push(work.id);
        }
    }
    for (chain, places) in retain::by_chain(&commit.erases) {
        retain::erase(connection, (tenant, chain), homes.row(chain)?.tail, &places)?;
    }
    for trim in &commit.trims {
        retain::trim(connection, tenant, homes.row(trim.chain)?.tail, trim)?;
    }
    let mut heads = Vec::with_capacity(commit.history.len());
    for draft in &commit.history {
        heads.push((draft.chain, homes.append(draft)?));
    }
    homes.store()?;
    Ok(Committed::Stored { heads, behind })
}

/// The homes of a commit, if they are at the revisions it expects. Nothing has been written by then.
fn expected<'a>(connection: &'a Connection, schema: &Schema, commit: &Commit) -> Result<Homes<'a>, StorageError> {
    commit.well_formed(schema)?;
    let mut homes = Homes::of(connection, commit.tenant);
    for (home, expected) in &commit.expects {
        let writes_objects = commit.puts.iter().any(|it| it.at.kind().is_object() && it.home() == *home);
        let row = if writes_objects { homes.row_and_objects(*home)? } else { homes.row(*home)? };
        if row.revision != *expected {
            return Err(conflict(format!("home {home}")));
        }
    }
    Ok(homes)
}

fn repeated(connection: &Connection, commit: &Commit) -> Result<Option<Remembered>, StorageError> {
    match &commit.remember {
        Some(new) => read::remembered(connection, commit.tenant, new.actor, new.command),
        None => Ok(None),
    }
}

pub(super) fn conflict(what: impl ToString) -> StorageError {
    StorageError::Conflict { what: what.to_string() }
}

fn stored_run(connection: &Connection, record: &Record) -> Result<Option<Stored>, StorageError> {
    let at = record.at;
    let key = params![record.tenant.number(), cluster(record)?, at.kind().code(), at.id()];
    connection
        .prepare_cached("select revision, keys from run where tenant = ?1 and instance = ?2 and kind = ?3 and id = ?4")
        .and_then(|mut it| {
            let stored = |row: &Row<'_>| {
                Ok(Stored { revision: Revision::new(rows::count(row, 0)?), keys: row.get(1)?, length: 0 })
            };
            it.query_row(key, stored).optional()
        })
        .map_err(failed)
}

/// The columns by which a record is clustered: the home of an object, the instance of a run.
fn cluster(record: &Record) -> Result<Uuid, StorageError> {
    let kind = record.at.kind();
    if kind.is_object() {
        return Ok(record.home().uuid());
    }
    if kind != TASK_KIND {
        return Ok(record.at.id());
    }
    match record.keys.of(TASK_INSTANCE_KEY.code).next() {
        Some(KeyRef::Id(instance)) => Ok(instance),
        _ => Err(StorageError::Unsupported { what: "keep a task that names no instance".to_owned() }),
    }
}

/// Writes a record, an object into the row with this number, and takes the keys it has no longer out of the index; gives those
/// that are to be put into it.
fn put<'a>(
    connection: &Connection,
    spec: &'static KindSpec,
    record: &'a Record,
    (row, stored): (Option<i64>, Option<Stored>),
) -> Result<Vec<index::Entry<'a>>, StorageError> {
    let Record { tenant, at, revision, keys, body } = record;
    let cluster = cluster(record)?;
    let there = stored.as_ref().map_or(Revision::NONE, |it| it.revision);
    if *revision != there.next() {
        return Err(conflict(format!("{} {at}", spec.name)));
    }
    let bytes = keys.as_bytes();
    let come = match &stored {
        Some(Stored { keys: old, .. }) if old == bytes => Vec::new(),
        Some(Stored { keys: old, .. }) => {
            let old = Keys::from_bytes(old).map_err(damaged)?;
            let (gone, come) = old.reindexed(keys, spec);
            index::remove(connection, *tenant, *at, &gone)?;
            come
        }
        None => keys.indexed(spec).collect(),
    };
    let before = stored.as_ref().map_or(0, |it| it.keys.len() + it.length);
    let body = if row.is_some() { &with_room(body, bytes.len(), before) } else { body };
    let revision = number(revision.number());
    let (tenant, kind, id, home) = (tenant.number(), at.kind().code(), at.id(), at.home().uuid());
    let written = match (row, stored.is_some()) {
        (Some(row), false) => connection
            .prepare_cached("insert into object (n, tenant, home, kind, id, revision, keys, body) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
            .and_then(|mut it| it.execute(params![row, tenant, cluster, kind, id, revision, bytes, body])),
        (Some(row), true) => connection
            .prepare_cached("update object set revision = ?2, keys = ?3, body = ?4 where n = ?1")
            .and_then(|mut it| it.execute(params![row, revision, bytes, body])),
        (None, false) => connection
            .prepare_cached("insert into run (tenant, instance, kind, id, revision, keys, body, home) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
            .and_then(|mut it| it.execute(params![tenant, cluster, kind, id, revision, bytes, body, home])),
        (None, true) => connection
            .prepare_cached("update run set revision = ?5, keys = ?6, body = ?7 where tenant = ?1 and instance = ?2 and kind = ?3 and id = ?4")
            .and_then(|mut it| it.execute(params![tenant, cluster, kind, id, revision, bytes, body])),
    };
    match written {
        Ok(_) => Ok(come),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Err(conflict(format!("{} {at}", spec.name)))
        }
        Err(error) => Err(failed(error)),
    }
}

fn remove_task(
    connection: &Connection,
    schema: &Schema,
    tenant: TenantId,
    done: &TaskDone,
) -> Result<(), StorageError> {
    let TaskDone { task, instance, revision } = done;
    let instance = instance.uuid();
    let key = params![tenant.number(), instance, TASK_KIND.code(), task.id(), number(revision.number())];
    let keys: Option<Vec<u8>> = connection
        .prepare_cached(
            "delete from run where tenant = ?1 and instance = ?2 and kind = ?3 and id = ?4 and revision = ?5
             returning keys",
        )
        .and_then(|mut it| it.query_row(key, |row| row.get(0)).optional())
        .map_err(failed)?;
    let keys = keys.ok_or_else(|| conflict(format!("task {}", task.id())))?;
    let keys = Keys::from_bytes(&keys).map_err(damaged)?;
    let spec = schema.kind(TASK_KIND).ok_or_else(|| read::unknown(TASK_KIND))?;
    let at = ObjectRef::new(task.home(), TASK_KIND, task.id());
    let entries: Vec<index::Entry<'_>> = keys.indexed(spec).collect();
    index::remove(connection, tenant, at, &entries)
}

/// Adds new work; says whether it lost its lease, because it is not the first of its target.
fn add_work(connection: &Connection, work: &Work) -> Result<bool, StorageError> {
    let target = Some(&work.target).filter(|it| !it.is_empty());
    let last: Option<i64> = match target {
        Some(target) => connection
            .prepare_cached("select max(turn) from work where tenant = ?1 and target = ?2 and target is not null")
            .and_then(|mut it| it.query_row(params![work.tenant.number(), target], |row| row.get(0)))
            .map_err(failed)?,
        None => None,
    };
    let behind = last.is_some() && work.lease.is_some();
    let lease = work.lease.filter(|_| !behind);
    let mut insert = connection
        .prepare_cached(
            "insert into work
             (tenant, instance, id, home, sort, target, turn, due, ready, host, until, attempts, trouble, body,
              lane)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )
        .map_err(failed)?;
    insert
        .execute(params![
            work.tenant.number(),
            work.instance.uuid(),
            work.id.uuid(),
            work.home.uuid(),
            rows::sort_code(work.sort),
            target,
            target.map(|_| last.unwrap_or_default() + 1),
            work.due.millis(),
            rows::ready(work.due, lease).millis(),
            lease.map(|it| it.host.uuid()),
            lease.map(|it| it.until.millis()),
            work.attempts.saturating_sub(u32::from(behind)),
            work.trouble,
            work.body,
            work.lane.code(),
        ])
        .map(|_| behind)
        .map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => {
                StorageError::Unsupported { what: format!("add work {} twice", work.id) }
            }
            _ => failed(error),
        })
}

/// The work of a target steps out of its line.
fn overtake(connection: &Connection, tenant: TenantId, Overtake { target, at }: &Overtake) -> Result<(), StorageError> {
    connection
        .prepare_cached(
            "update work set target = null, turn = null, due = ?3, ready = max(?3, ifnull(until, ?3))
             where tenant = ?1 and target = ?2 and target is not null",
        )
        .and_then(|mut it| it.execute(params![tenant.number(), target, at.millis()]))
        .map(|_| ())
        .map_err(failed)
}

/// Removes work that is done with, or puts it off; it must still be held by whom the commit says.
fn finish_work(connection: &Connection, tenant: TenantId, done: &WorkDone) -> Result<(), StorageError> {
    let (instance, id) = (done.instance.uuid(), done.id.uuid());
    let (host, attempt) = done.holder.map(|it| (it.host.uuid(), it.attempt)).unzip();
    let changed = match &done.again {
        None => connection
            .prepare_cached(
                "delete from work where tenant = ?1 and instance = ?2 and id = ?3
                 and (?4 is null or host = ?4 and attempts = ?5)",
            )
            .and_then(|mut it| it.execute(params![tenant.number(), instance, id, host, attempt])),
        Some((due, trouble)) => connection
            .prepare_cached(
                "update work set due = ?6, ready = ?6, host = null, until = null, trouble = ?7
                 where tenant = ?1 and instance = ?2 and id = ?3 and (?4 is null or host = ?4 and attempts = ?5)",
            )
            .and_then(|mut it| {
                let key = (tenant.number(), instance, id);
                it.execute(params![key.0, key.1, key.2, host, attempt, due.millis(), trouble])
            }),
    };
    match changed.map_err(failed)? {
        0 => Err(conflict(format!("the lease of {}", done.id))),
        _ => Ok(()),
    }
}

/// Remembers a command; says whether it was not known.
fn remember(connection: &Connection, tenant: TenantId, new: &Remembered) -> Result<bool, StorageError> {
    let mut insert = connection
        .prepare_cached(
            "insert into command (tenant, actor, id, at, content, answer) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict (tenant, id, actor) do nothing",
        )
        .map_err(failed)?;
    insert
        .execute(params![
            tenant.number(),
            rows::actor(new.actor),
            new.command.uuid(),
            new.at.millis(),
            new.content.as_bytes(),
            new.answer,
        ])
        .map(|it| it == 1)
        .map_err(failed)
}
