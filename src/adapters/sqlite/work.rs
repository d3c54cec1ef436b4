//! Giving out work, and forgetting commands.

use rusqlite::{Connection, params};

use super::rows::{self, failed};
use crate::ports::{Claim, Lease, StorageError, Work};
use crate::values::Timestamp;

/// The next lane in which there is anything.
const LANE: &str = "select min(lane) from work where sort = ?1 and lane > ?2";

/// Of one target only the first is given out, also when it is not due yet.
const DUE: &str = "from work where sort = ?1 and lane = ?4 and ready <= ?2
    and (target is null or not exists (
        select 1 from work as earlier
        where earlier.tenant = work.tenant and earlier.target = work.target and earlier.target is not null
        and earlier.turn < work.turn))
    order by ready, id limit ?3";

pub(super) fn claim(connection: &Connection, claim: &Claim) -> Result<Vec<Work>, StorageError> {
    let mut due = due(connection, claim).map_err(failed)?;
    due.sort_by_key(|it| it.id);
    let mut take = connection
        .prepare_cached(
            "update work set host = ?4, until = ?5, ready = ?6, attempts = ?7
             where tenant = ?1 and instance = ?2 and id = ?3",
        )
        .map_err(failed)?;
    for work in &mut due {
        work.lease = Some(Lease { host: claim.host, until: claim.until });
        work.attempts = work.attempts.saturating_add(1);
        take.execute(params![
            work.tenant.number(),
            work.instance.uuid(),
            work.id.uuid(),
            claim.host.uuid(),
            claim.until.millis(),
            rows::ready(work.due, work.lease).millis(),
            work.attempts,
        ])
        .map_err(failed)?;
    }
    Ok(due)
}

fn due(connection: &Connection, claim: &Claim) -> rusqlite::Result<Vec<Work>> {
    let mut next = connection.prepare_cached(LANE)?;
    let mut select = connection.prepare_cached(&format!("select {} {DUE}", rows::WORK))?;
    let sort = rows::sort_code(claim.sort);
    let (mut found, mut lane) = (Vec::new(), -1);
    while found.len() < claim.limit {
        let Some(at) = next.query_row(params![sort, lane], |row| row.get::<_, Option<i64>>(0))? else { break };
        lane = at;
        let limit = i64::try_from(claim.limit - found.len()).unwrap_or(i64::MAX);
        for work in select.query_map(params![sort, claim.now.millis(), limit, lane], rows::work)? {
            found.push(work?);
        }
    }
    Ok(found)
}

/// Forgets commands from the oldest on, up to one that is to be kept. They are numbered in the order of commits, which is
/// that of their times but for jumps of a clock; those make one stay longer, never shorter.
pub(super) fn forget(connection: &Connection, before: Timestamp) -> Result<u64, StorageError> {
    let kept: Option<i64> = connection
        .query_row(
            "select min(n) from (select n from command where at >= ?1 order by n limit 1)",
            [before.millis()],
            |row| row.get(0),
        )
        .map_err(failed)?;
    let gone = connection.execute("delete from command where n < ?1", [kept.unwrap_or(i64::MAX)]).map_err(failed)?;
    Ok(u64::try_from(gone).unwrap_or(u64::MAX))
}
