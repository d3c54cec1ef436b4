//! What readers ask. Each function reads at one moment.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::rows::{self, Tail, failed, number};
use crate::engine::chain::Linked;
use crate::engine::{INSTANCE_KIND, Index, Schema};
use crate::ports::{Filter, Found, Home, InstanceRecords, Lead, Logged, Place, Query, Remembered, StorageError, Work};
use crate::values::{CommandId, HomeId, InstanceId, Kind, PersonId, Revision, TenantId};

pub(super) fn homes(connection: &Connection, tenant: TenantId, homes: &[HomeId]) -> Result<Vec<Home>, StorageError> {
    match homes {
        [one] => Ok(vec![home(connection, tenant, *one)?]),
        several => at_one_moment(connection, || several.iter().map(|it| home(connection, tenant, *it)).collect()),
    }
}

/// Several statements that see the same commits. The statements are kept prepared, unlike those of a `Transaction`.
fn at_one_moment<T>(
    connection: &Connection,
    read: impl FnOnce() -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    let execute = |sql| connection.prepare_cached(sql).and_then(|mut it| it.execute([])).map_err(failed);
    execute("begin")?;
    let found = read();
    execute("rollback")?;
    found
}

fn home(connection: &Connection, tenant: TenantId, id: HomeId) -> Result<Home, StorageError> {
    let mut select = connection
        .prepare_cached(
            "select kind, id, home, revision, keys, body from object where tenant = ?1 and home = ?2 order by kind, id",
        )
        .map_err(failed)?;
    let mut rows = select.query(params![tenant.number(), id.uuid()]).map_err(failed)?;
    let mut home = Home { id, revision: Revision::NONE, head: Tail::EMPTY.head, records: Vec::new() };
    while let Some(row) = rows.next().map_err(failed)? {
        if row.get::<_, u8>(0).map_err(failed)? == 0 {
            home.revision = Revision::new(rows::count(row, 3).map_err(failed)?);
            let blob = |column| Ok(row.get_ref(column).map_err(failed)?.as_blob().unwrap_or_default());
            // The row of the home itself has no id and no keys, so that there is one.
            if !blob(1)?.is_empty() || !blob(4)?.is_empty() {
                return Err(odd_home(id));
            }
            home.head = tail(blob(5)?, id)?.head;
        } else {
            home.records.push(rows::record(tenant, row, 0).map_err(failed)?);
        }
    }
    Ok(home)
}

/// What the row of a home says of its chain.
pub(super) fn tail(body: &[u8], home: HomeId) -> Result<Tail, StorageError> {
    Tail::from_bytes(body).ok_or_else(|| odd_home(home))
}

pub(super) fn odd_home(home: HomeId) -> StorageError {
    StorageError::Corrupt { what: format!("the head of home {home}") }
}

pub(super) fn instance(
    connection: &Connection,
    tenant: TenantId,
    id: InstanceId,
) -> Result<Option<InstanceRecords>, StorageError> {
    at_one_moment(connection, || instance_now(connection, tenant, id))
}

fn instance_now(
    connection: &Connection,
    tenant: TenantId,
    id: InstanceId,
) -> Result<Option<InstanceRecords>, StorageError> {
    let mut select = connection
        .prepare_cached(
            "select kind, id, home, revision, keys, body from run where tenant = ?1 and instance = ?2 order by kind, id",
        )
        .map_err(failed)?;
    let key = params![tenant.number(), id.uuid()];
    let records = select.query_map(key, |row| rows::record(tenant, row, 0)).map_err(failed)?;
    let (mut instance, mut tasks) = (None, Vec::new());
    for record in records {
        let record = record.map_err(failed)?;
        match record.at.kind() {
            INSTANCE_KIND if record.at.id() == id.uuid() => instance = Some(record),
            INSTANCE_KIND => return Err(StorageError::Corrupt { what: format!("instance {id}") }),
            _ => tasks.push(record),
        }
    }
    let Some(instance) = instance else { return Ok(None) };
    Ok(Some(InstanceRecords { instance, tasks, work: work_of(connection, tenant, id)? }))
}

pub(super) fn work_of(connection: &Connection, tenant: TenantId, id: InstanceId) -> Result<Vec<Work>, StorageError> {
    let mut select = connection
        .prepare_cached(&format!("select {} from work where tenant = ?1 and instance = ?2 order by id", rows::WORK))
        .map_err(failed)?;
    let work = select.query_map(params![tenant.number(), id.uuid()], rows::work).map_err(failed)?;
    work.collect::<Result<Vec<Work>, _>>().map_err(failed)
}

pub(super) fn history(
    connection: &Connection,
    tenant: TenantId,
    chain: HomeId,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Linked>, StorageError> {
    at_one_moment(connection, || history_now(connection, tenant, chain, before, limit))
}

fn history_now(
    connection: &Connection,
    tenant: TenantId,
    chain: HomeId,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Linked>, StorageError> {
    let body: Option<Vec<u8>> = connection
        .prepare_cached("select body from object where tenant = ?1 and home = ?2 and kind = 0")
        .and_then(|mut it| it.query_row(params![tenant.number(), chain.uuid()], |row| row.get(0)).optional())
        .map_err(failed)?;
    let Some(body) = body else { return Ok(Vec::new()) };
    let mut place = Some(tail(&body, chain)?.row);
    let mut select = connection
        .prepare_cached(&format!(
            "select {}, before from history where n = ?1 and tenant = ?2 and chain = ?3",
            rows::HISTORY
        ))
        .map_err(failed)?;
    let mut records = Vec::new();
    while let Some(row) = place.filter(|_| records.len() < limit) {
        let found = select
            .query_row(params![row, tenant.number(), chain.uuid()], |row| {
                Ok((rows::linked(tenant, chain, row)?, row.get::<_, Option<i64>>(8)?))
            })
            .optional()
            .map_err(failed)?;
        // A record that is not where it should be ends the walk: whoever verifies the chain sees what is missing.
        let Some((record, earlier)) = found else { break };
        // INVARIANT: a chain is walked towards older rows only, so that no edited pointer makes a circle.
        place = earlier.filter(|it| *it < row);
        if before.is_none_or(|before| record.sequence < before) {
            records.push(record);
        }
    }
    Ok(records)
}

pub(super) fn records_after(
    connection: &Connection,
    tenant: TenantId,
    position: u64,
    limit: usize,
) -> Result<Vec<Logged>, StorageError> {
    let mut select = connection
        .prepare_cached(&format!(
            "select {}, n, chain from history where n > ?1 and tenant = ?2 order by n limit ?3",
            rows::HISTORY
        ))
        .map_err(failed)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = select.query_map(params![number(position), tenant.number(), limit], |row| {
        let chain = HomeId::from_uuid(row.get(9)?);
        Ok(Logged { position: rows::count(row, 8)?, record: rows::linked(tenant, chain, row)? })
    });
    found.and_then(Iterator::collect).map_err(failed)
}

pub(super) fn homes_after(
    connection: &Connection,
    tenant: TenantId,
    home: Option<HomeId>,
    limit: usize,
) -> Result<Vec<HomeId>, StorageError> {
    let select = "select distinct home from object where tenant = ?1 and home > ?2 order by home limit ?3";
    ids_after(connection, select, tenant, home.map(HomeId::uuid), limit).map(|it| it.map(HomeId::from_uuid).collect())
}

pub(super) fn instances_after(
    connection: &Connection,
    tenant: TenantId,
    instance: Option<InstanceId>,
    limit: usize,
) -> Result<Vec<InstanceId>, StorageError> {
    // Work that stands there without an instance is found too: somebody has put it there.
    let select = "select instance from run where tenant = ?1 and instance > ?2
        union select instance from work where tenant = ?1 and instance > ?2 order by instance limit ?3";
    let found = ids_after(connection, select, tenant, instance.map(InstanceId::uuid), limit);
    found.map(|it| it.map(InstanceId::from_uuid).collect())
}

fn ids_after(
    connection: &Connection,
    select: &str,
    tenant: TenantId,
    after: Option<Uuid>,
    limit: usize,
) -> Result<impl Iterator<Item = Uuid>, StorageError> {
    let mut select = connection.prepare_cached(select).map_err(failed)?;
    let after = after.map(|it| it.as_bytes().to_vec()).unwrap_or_default();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = select.query_map(params![tenant.number(), after, limit], |row| row.get(0));
    let found: Vec<Uuid> = found.and_then(Iterator::collect).map_err(failed)?;
    Ok(found.into_iter())
}

pub(super) fn under_way(
    connection: &Connection,
    tenant: TenantId,
    targets: &[String],
) -> Result<Vec<String>, StorageError> {
    let select = "select exists (select 1 from work where tenant = ?1 and target = ?2)";
    let mut select = connection.prepare_cached(select).map_err(failed)?;
    let mut found = Vec::new();
    for target in targets {
        if select.query_row(params![tenant.number(), target], |row| row.get(0)).map_err(failed)? {
            found.push(target.clone());
        }
    }
    Ok(found)
}

pub(super) fn remembered(
    connection: &Connection,
    tenant: TenantId,
    actor: Option<PersonId>,
    command: CommandId,
) -> Result<Option<Remembered>, StorageError> {
    let mut select = connection
        .prepare_cached("select at, content, answer from command where tenant = ?1 and id = ?2 and actor = ?3")
        .map_err(failed)?;
    let key = params![tenant.number(), command.uuid(), rows::actor(actor)];
    select.query_row(key, |row| rows::remembered(actor, command, row)).optional().map_err(failed)
}

pub(super) fn find(connection: &Connection, schema: &Schema, query: &Query) -> Result<Found, StorageError> {
    let spec = schema.kind(query.kind).ok_or_else(|| unknown(query.kind))?;
    let lead = query
        .lead(spec)
        .ok_or_else(|| StorageError::Unsupported { what: format!("list {}: the kind has no index", spec.name) })?;
    let mut select = connection.prepare_cached(&statement(query, &lead)).map_err(failed)?;
    let first = (lead.low.clone(), Vec::new());
    let (value, id) = match query.after.as_ref().filter(|_| !query.count) {
        Some(after) => first.max((after.value.clone(), after.id.as_bytes().to_vec())),
        None => first,
    };
    let tenant = query.tenant;
    let key = params![tenant.number(), query.kind.code(), lead.code, value, id, lead.high];
    let mut rows = select.query(key).map_err(failed)?;
    let limit = query.limit.clamp(1, 1000);
    let mut found = Found { total: query.count.then_some(0), ..Found::default() };
    while let Some(row) = rows.next().map_err(failed)? {
        let value: Vec<u8> = row.get(0).map_err(failed)?;
        if !lead.takes(&value) {
            break;
        }
        let record = rows::record(tenant, row, 1).map_err(failed)?;
        let place = Place { value, id: record.at.id() };
        if !query.wants(&record) || lead.place_of(&record).as_ref() != Some(&place) {
            continue;
        }
        if let Some(total) = &mut found.total {
            *total += 1;
        }
        if query.after.as_ref().is_some_and(|after| place <= *after) {
            continue;
        }
        if found.records.len() < limit {
            found.records.push(record);
            continue;
        }
        if found.next.is_none() {
            found.next = found.records.last().and_then(|it| lead.place_of(it));
        }
        if !query.count {
            break;
        }
    }
    Ok(found)
}

/// Whether it asks for the one record with a unique value, and so reads no more than that.
pub(super) fn finds_one(schema: &Schema, query: &Query) -> bool {
    let Some(spec) = schema.kind(query.kind) else { return false };
    let lead = query.lead(spec).map(|it| it.code);
    query.filters.iter().any(|it| match it {
        Filter::Is(code, _) => Some(*code) == lead && spec.key_of(*code).is_some_and(|it| it.index == Index::Unique),
        _ => false,
    })
}

/// Reads an index from a place on, and each record where it is clustered.
pub(super) fn statement(query: &Query, lead: &Lead) -> String {
    let (table, cluster) = if query.kind.is_object() { ("object", "home") } else { ("run", "instance") };
    let high = if lead.high.is_some() { "and key.value <= ?6" } else { "and ?6 is null" };
    format!(
        "select key.value, it.kind, it.id, it.home, it.revision, it.keys, it.body
         from key cross join {table} as it
         where key.tenant = ?1 and key.kind = ?2 and key.code = ?3 and (key.value, key.id) > (?4, ?5) {high}
         and it.tenant = key.tenant and it.{cluster} = key.cluster and it.kind = key.kind and it.id = key.id
         order by key.value, key.id"
    )
}

pub(super) fn unknown(kind: Kind) -> StorageError {
    StorageError::Unsupported { what: format!("kind {} is not in the schema", kind.code()) }
}
