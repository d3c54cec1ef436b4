//! What goes from the history: personal parts, and beginnings of chains.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{self, Tail, failed};
use super::write::conflict;
use crate::ports::{StorageError, TrimTo};
use crate::values::{Digest, HomeId, TenantId};

/// Does what leaves nothing of the rows it changes: SQLite writes zeros over what they held.
///
/// Outside of it, it does so only where that costs no page more (`secure_delete = fast`).
pub(super) fn securely<T>(
    connection: &Connection,
    job: impl FnOnce() -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    let secure = |how| connection.pragma_update(None, "secure_delete", how).map_err(failed);
    secure("on")?;
    let done = job();
    secure("fast")?;
    done
}

/// Brings what was overwritten from the log into the file, as far as no reader holds it back.
pub(super) fn flush_log(connection: &Connection) {
    // What cannot be brought over now is with the next flush of the log.
    drop(connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())));
}

/// A record on the way from the end of its chain.
struct Step {
    row: i64,
    sequence: u64,
    hash: Digest,
    before: Option<i64>,
}

/// The records of a chain from its end to a place, or as far as they are found.
fn walk(
    connection: &Connection,
    (tenant, chain): (TenantId, HomeId),
    tail: Tail,
    down_to: u64,
) -> Result<Vec<Step>, StorageError> {
    let mut select = connection
        .prepare_cached("select sequence, hash, before from history where n = ?1 and tenant = ?2 and chain = ?3")
        .map_err(failed)?;
    let mut steps: Vec<Step> = Vec::new();
    let mut next = Some(tail.row);
    while let Some(row) = next.filter(|_| steps.last().is_none_or(|it| it.sequence > down_to)) {
        let found = select
            .query_row(params![row, tenant.number(), chain.uuid()], |it| {
                let hash = Digest::from_bytes(it.get(1)?);
                Ok(Step { row, sequence: rows::count(it, 0)?, hash, before: it.get(2)? })
            })
            .optional()
            .map_err(failed)?;
        let Some(step) = found else { break };
        next = step.before.filter(|it| *it < row);
        steps.push(step);
    }
    Ok(steps)
}

fn missing(chain: HomeId, sequence: u64) -> StorageError {
    conflict(format!("record {sequence} of {chain}"))
}

/// The places to erase, by chain: each chain is walked once.
pub(super) fn by_chain(erases: &[(HomeId, u64)]) -> BTreeMap<HomeId, Vec<u64>> {
    let mut chains: BTreeMap<HomeId, Vec<u64>> = BTreeMap::new();
    for (chain, sequence) in erases {
        chains.entry(*chain).or_default().push(*sequence);
    }
    chains
}

pub(super) fn erase(
    connection: &Connection,
    (tenant, chain): (TenantId, HomeId),
    tail: Tail,
    places: &[u64],
) -> Result<(), StorageError> {
    let first = places.iter().min().copied().unwrap_or(u64::MAX);
    let steps = walk(connection, (tenant, chain), tail, first)?;
    let rows: BTreeMap<u64, i64> = steps.iter().map(|it| (it.sequence, it.row)).collect();
    for sequence in places {
        let row = rows.get(sequence).ok_or_else(|| missing(chain, *sequence))?;
        connection
            .prepare_cached("update history set salt = null, personal = null where n = ?1")
            .and_then(|mut it| it.execute([row]))
            .map_err(failed)?;
    }
    Ok(())
}

pub(super) fn trim(connection: &Connection, tenant: TenantId, tail: Tail, to: &TrimTo) -> Result<(), StorageError> {
    let TrimTo { chain, upto, head } = *to;
    let steps = walk(connection, (tenant, chain), tail, 1)?;
    let (gone, left): (Vec<&Step>, Vec<&Step>) = steps.iter().partition(|it| it.sequence <= upto);
    if gone.first().is_none_or(|it| it.sequence != upto || it.hash != head) {
        return Err(missing(chain, upto));
    }
    let Some(first) = left.last() else {
        return Err(StorageError::Unsupported { what: "trim the last record of a chain".to_owned() });
    };
    for step in gone {
        connection
            .prepare_cached("delete from history where n = ?1")
            .and_then(|mut it| it.execute([step.row]))
            .map_err(failed)?;
    }
    connection
        .prepare_cached("update history set before = null where n = ?1")
        .and_then(|mut it| it.execute([first.row]))
        .map(drop)
        .map_err(failed)
}
