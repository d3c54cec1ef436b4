//! The access journal: refusals, coalesced and bounded.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::rows::{self, failed, number};
use crate::ports::{Refused, StorageError};
use crate::values::{Digest, Millis, PersonId, TenantId, Timestamp};

/// How many entries of a tenant are kept.
const KEPT: i64 = 10_000;
/// After so many new entries of a tenant the old ones go, so that some more than are to be kept may be there.
const SLACK: u32 = 256;

/// How many entries each tenant has added since its old ones went.
pub(super) type Added = BTreeMap<TenantId, u32>;

pub(super) fn note(connection: &Connection, added: &mut Added, refused: &Refused) -> Result<(), StorageError> {
    let mark = mark_of(refused);
    let since = refused.first.minus(Millis::hours(1));
    let known: Option<i64> = connection
        .prepare_cached("select n from refusal where mark = ?1 and first > ?2 order by n desc limit 1")
        .and_then(|mut it| it.query_row(params![mark, since.millis()], |row| row.get(0)).optional())
        .map_err(failed)?;
    if let Some(n) = known {
        let again = connection
            .prepare_cached("update refusal set times = times + ?2, last = max(last, ?3) where n = ?1")
            .and_then(|mut it| it.execute(params![n, number(refused.times), refused.last.millis()]));
        return again.map(drop).map_err(failed);
    }
    let mut insert = connection
        .prepare_cached(
            "insert into refusal (tenant, mark, actor, attempt, subject, code, first, last, times)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .map_err(failed)?;
    insert
        .execute(params![
            refused.tenant.number(),
            mark,
            refused.actor.map(|it| it.uuid()),
            refused.attempt,
            refused.subject.map(|it| it.to_string()),
            refused.code,
            refused.first.millis(),
            refused.last.millis(),
            number(refused.times),
        ])
        .map_err(failed)?;
    let added = added.entry(refused.tenant).or_insert(SLACK - 1);
    *added += 1;
    if *added < SLACK {
        return Ok(());
    }
    *added = 0;
    trim(connection, refused.tenant)
}

fn trim(connection: &Connection, tenant: TenantId) -> Result<(), StorageError> {
    let old = "delete from refusal where tenant = ?1 and n <=
        (select n from refusal where tenant = ?1 order by n desc limit 1 offset ?2)";
    connection.execute(old, params![tenant.number(), KEPT]).map(drop).map_err(failed)
}

pub(super) fn refusals(connection: &Connection, tenant: TenantId, limit: usize) -> Result<Vec<Refused>, StorageError> {
    let mut select = connection
        .prepare_cached(
            "select actor, attempt, subject, code, first, last, times from refusal
             where tenant = ?1 order by n desc limit ?2",
        )
        .map_err(failed)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = select.query_map(params![tenant.number(), limit], |row| {
        let actor: Option<[u8; 16]> = row.get(0)?;
        let subject: Option<String> = row.get(2)?;
        Ok(Refused {
            tenant,
            actor: actor.map(|it| PersonId::from_uuid(Uuid::from_bytes(it))),
            attempt: row.get(1)?,
            subject: subject.and_then(|it| it.parse().ok()),
            code: row.get(3)?,
            first: Timestamp::from_millis(row.get(4)?),
            last: Timestamp::from_millis(row.get(5)?),
            times: rows::count(row, 6)?,
        })
    });
    found.and_then(Iterator::collect).map_err(failed)
}

/// Two refusals with the same mark are the same.
fn mark_of(refused: &Refused) -> i64 {
    let actor = rows::actor(refused.actor);
    let subject = refused.subject.map(|it| it.to_string()).unwrap_or_default();
    let tenant = refused.tenant.number().to_be_bytes();
    let parts = [&tenant, actor.as_slice(), refused.attempt.as_bytes(), subject.as_bytes(), refused.code.as_bytes()];
    let digest = Digest::of_parts(&parts);
    digest.as_bytes().first_chunk().map_or(0, |it| i64::from_be_bytes(*it))
}
