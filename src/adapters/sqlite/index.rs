//! The one index of keys.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::rows::{damaged, failed};
use super::write::conflict;
use crate::engine::{Index, KeyRef, KeySpec, Keys, KindSpec, Schema};
use crate::ports::StorageError;
use crate::values::{Digest, ObjectRef, TenantId};

/// A key, and a value of it.
pub(super) type Entry<'a> = (&'static KeySpec, KeyRef<'a>);

/// Removes index entries of a record.
pub(super) fn remove(
    connection: &Connection,
    tenant: TenantId,
    at: ObjectRef,
    entries: &[Entry<'_>],
) -> Result<(), StorageError> {
    for (key, value) in entries {
        let entry = params![tenant.number(), at.kind().code(), key.code, value.sort_bytes(), at.id()];
        connection
            .prepare_cached("delete from key where tenant = ?1 and kind = ?2 and code = ?3 and value = ?4 and id = ?5")
            .and_then(|mut it| it.execute(entry))
            .map_err(failed)?;
    }
    Ok(())
}

/// Adds index entries of a record.
pub(super) fn add(
    connection: &Connection,
    spec: &'static KindSpec,
    tenant: TenantId,
    (at, cluster): (ObjectRef, Uuid),
    entries: &[Entry<'_>],
) -> Result<(), StorageError> {
    let (tenant, kind, id) = (tenant.number(), at.kind().code(), at.id());
    for (key, value) in entries {
        let bytes = value.sort_bytes();
        if key.index == Index::Unique && is_taken(connection, tenant, kind, key, &bytes)? {
            return Err(StorageError::AlreadyExists { kind: spec.name, key: key.name, value: value.in_words() });
        }
        connection
            .prepare_cached("insert into key (tenant, kind, code, value, id, cluster) values (?1, ?2, ?3, ?4, ?5, ?6)")
            .and_then(|mut it| it.execute(params![tenant, kind, key.code, bytes, id, cluster]))
            .map_err(failed)?;
    }
    Ok(())
}

fn is_taken(connection: &Connection, tenant: u32, kind: u8, key: &KeySpec, value: &[u8]) -> Result<bool, StorageError> {
    let taken = connection
        .prepare_cached("select 1 from key where tenant = ?1 and kind = ?2 and code = ?3 and value = ?4 limit 1")
        .and_then(|mut it| it.exists(params![tenant, kind, key.code, value]));
    taken.map_err(failed)
}

/// Builds the index anew if other keys are indexed now than when the file was written last.
pub(super) fn refresh(connection: &mut Connection, schema: &'static Schema) -> Result<(), StorageError> {
    let mark = mark_of(schema);
    let transaction = connection.transaction().map_err(failed)?;
    let known: Option<Vec<u8>> =
        transaction.query_row("select mark from indexed", [], |row| row.get(0)).optional().map_err(failed)?;
    if known.as_deref() == Some(mark.as_bytes()) {
        return Ok(());
    }
    transaction.execute_batch("delete from key; delete from indexed").map_err(failed)?;
    for columns in ["home, kind, id, keys from object where kind <> 0", "instance, kind, id, keys from run"] {
        let mut select = transaction.prepare(&format!("select tenant, home, {columns}")).map_err(failed)?;
        let mut rows = select.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let read = || -> rusqlite::Result<_> {
                let at = ObjectRef::new(
                    crate::values::HomeId::from_uuid(row.get(1)?),
                    crate::values::Kind::new(row.get(3)?),
                    row.get(4)?,
                );
                Ok((TenantId::new(row.get(0)?), at, row.get(2)?, row.get::<_, Vec<u8>>(5)?))
            };
            let (tenant, at, cluster, keys) = read().map_err(failed)?;
            let keys = Keys::from_bytes(&keys).map_err(damaged)?;
            let spec = schema.kind(at.kind()).ok_or_else(|| conflict(at))?;
            let entries: Vec<Entry<'_>> = keys.indexed(spec).collect();
            add(&transaction, spec, tenant, (at, cluster), &entries)?;
        }
    }
    transaction.execute("insert into indexed (mark) values (?1)", [mark.as_bytes()]).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// A digest of which keys are indexed.
fn mark_of(schema: &Schema) -> Digest {
    let keys = schema
        .kinds
        .iter()
        .flat_map(|kind| kind.keys.iter().map(move |key| format!("{} {} {:?}", kind.kind.code(), key.code, key.index)));
    let keys: Vec<String> = keys.collect();
    Digest::of_parts(&keys.iter().map(String::as_bytes).collect::<Vec<_>>())
}
