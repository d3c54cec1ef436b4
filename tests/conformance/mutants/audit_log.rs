//! An audit log that does one thing wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::engine::{AuditRow, Keys, Scope};
use cardflow::ports::{Applied, AuditBatch, AuditFound, AuditLog, AuditPlace, AuditQuery, StorageError};
use cardflow::testing::conformance::audit_log::AuditLogFactory;
use cardflow::values::{HomeId, TenantId};

use super::let_others_go_on;

faults! {
    /// nothing is wrong
    None,
    /// an empty log is an error
    FearsNothing,
    /// the position is that of the first row
    ShowsFirstPosition,
    /// the time of the last row is forgotten
    ForgetsTime,
    /// rows that are in it are added again
    AddsAgain,
    /// a batch that overlaps is left out
    SkipsOverlap,
    /// keys of a batch that is known are taken
    TakesOldKeys,
    /// keys of a batch without rows are taken
    TakesKeysOfNothing,
    /// the position falls with an old batch
    FallsBack,
    /// rows are looked at before others have added them
    LooksTooEarly,
    /// what is applied is gone after a restart
    ForgetsAtClose,
    /// the position is gone after a restart
    ForgetsPositionAtClose,
    /// a gap is taken
    TakesGaps,
    /// a gap is refused once something was refused
    RefusesForGood,
    /// a batch refused for a gap leaves its keys
    LeavesKeys,
    /// a batch without rows is never refused
    IgnoresEmptyGaps,
    /// positions must follow each other
    WantsEveryPosition,
    /// texts are cut
    CutsTexts,
    /// the tenth object and what follows are dropped
    DropsObjects,
    /// rows of the outcome `read` are dropped
    DropsReadings,
    /// of a large batch, the end is dropped
    DropsEnd,
    /// actors are not compared
    IgnoresActor,
    /// those on whose behalf are not compared
    IgnoresOnBehalf,
    /// only the first object is compared
    LooksAtFirstObject,
    /// the home of an object is not compared
    IgnoresHomeOfObject,
    /// runs are not compared
    IgnoresRun,
    /// the case of texts is folded
    FoldsCase,
    /// texts are trimmed
    TrimsTexts,
    /// outcomes are not compared
    IgnoresOutcome,
    /// reasons are not compared
    IgnoresReason,
    /// approval is not looked at
    IgnoresApproval,
    /// the end of a time is included
    IncludesEnd,
    /// the beginning of a time is excluded
    ExcludesBeginning,
    /// only one condition is looked at
    LooksAtOneCondition,
    /// units are not compared
    IgnoresUnits,
    /// owners are not compared
    IgnoresOwner,
    /// no scope is all
    ShowsAllToNone,
    /// a home without keys is everybody's
    ShowsHomesWithoutKeys,
    /// the first keys of a home stay
    KeepsFirstKeys,
    /// keys that are gone stay
    KeepsGoneKeys,
    /// with a condition, the scope is not looked at
    ForgetsScope,
    /// pages are cut before the scope
    CutsBeforeScope,
    /// the oldest is shown first
    ShowsOldest,
    /// rows are in the order of commits, whenever they were decided
    IgnoresTime,
    /// rows of one time are in any order
    IgnoresPosition,
    /// rows of the time of a place are left out of the next page
    SkipsTies,
    /// the row at a place is shown again
    ShowsPlaceAgain,
    /// a full page always says that more follows
    AlwaysSaysMore,
    /// pages are counted from the newest
    CountsPages,
    /// a page may be empty
    ShowsNone,
    /// a page may be of any length
    ShowsAll,
    /// clearing leaves the rows
    LeavesRows,
    /// clearing leaves the position
    LeavesPosition,
    /// clearing leaves the keys
    LeavesOldKeys,
    /// clearing what is empty is an error
    FearsClearing,
    /// clearing is undone at a restart
    ForgetsClearing,
    /// tenants share their rows
    SharesRows,
    /// tenants share a position
    SharesPosition,
    /// tenants are cleared together
    ClearsAll,
    /// tenants share their keys
    SharesKeys,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    applied: BTreeMap<TenantId, Applied>,
    rows: Vec<(TenantId, AuditRow)>,
    homes: BTreeMap<(TenantId, HomeId), Keys>,
    refused: bool,
    /// How it was before it was cleared.
    cleared: Option<Box<State>>,
    /// How many pages a place stands behind.
    places: BTreeMap<AuditPlace, usize>,
}

#[derive(Debug)]
pub(crate) struct WrongAudit {
    fault: Fault,
    state: Arc<Mutex<State>>,
}

const SHARED: TenantId = TenantId::new(0);

impl WrongAudit {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn tenant_of(&self, tenant: TenantId, sharing: Fault) -> TenantId {
        if self.is(sharing) { SHARED } else { tenant }
    }

    fn text(&self, text: &str) -> String {
        match self.fault {
            Fault::FoldsCase => text.to_lowercase(),
            Fault::TrimsTexts => text.trim().to_owned(),
            _ => text.to_owned(),
        }
    }

    fn kept(&self, row: &AuditRow) -> AuditRow {
        let mut row = row.clone();
        match self.fault {
            Fault::CutsTexts => row.role = row.role.chars().take(100).collect(),
            Fault::DropsObjects => row.objects.truncate(9),
            _ => {}
        }
        row
    }

    fn wants(&self, query: &AuditQuery, row: &AuditRow) -> bool {
        let mut query = query.clone();
        let mut row = row.clone();
        match self.fault {
            Fault::IgnoresActor => query.actor = None,
            Fault::IgnoresOnBehalf => query.on_behalf = None,
            Fault::LooksAtFirstObject => row.objects.truncate(1),
            Fault::IgnoresHomeOfObject => {
                let plain = |it: cardflow::values::ObjectRef| (it.kind(), it.id());
                let wanted = query.object.take().map(plain);
                if wanted.is_some_and(|wanted| !row.objects.iter().any(|it| plain(*it) == wanted)) {
                    return false;
                }
            }
            Fault::IgnoresRun => query.instance = None,
            Fault::IgnoresOutcome => query.outcome = None,
            Fault::IgnoresReason => query.reason = None,
            Fault::IgnoresApproval => query.unapproved = false,
            Fault::IncludesEnd => query.until = query.until.map(|it| it.plus(cardflow::values::Millis::new(1))),
            Fault::ExcludesBeginning => query.from = query.from.map(|it| it.plus(cardflow::values::Millis::new(1))),
            Fault::LooksAtOneCondition if query.actor.is_some() => {
                query = AuditQuery { actor: query.actor, after: query.after, ..AuditQuery::all() };
            }
            _ => {}
        }
        query.process = query.process.map(|it| self.text(&it));
        query.reason = query.reason.map(|it| self.text(&it));
        if let Some(run) = &mut row.run {
            run.process = self.text(&run.process);
            run.reason = run.reason.as_ref().map(|it| self.text(it));
        }
        let after = query.after.take();
        let follows = after.is_none_or(|after| match self.fault {
            Fault::SkipsTies => row.at < after.at,
            Fault::ShowsPlaceAgain => AuditPlace::of(&row) <= after,
            Fault::ShowsOldest => AuditPlace::of(&row) > after,
            Fault::IgnoresTime => row.position < after.position,
            Fault::CountsPages => true,
            _ => AuditPlace::of(&row) < after,
        });
        follows && query.wants(&row)
    }

    fn reaches(&self, scope: &Scope, query: &AuditQuery, keys: Option<&Keys>) -> bool {
        let is_asked = *query != AuditQuery { limit: query.limit, after: query.after, ..AuditQuery::all() };
        match (scope, keys) {
            (Scope::All, _) => true,
            (Scope::None, _) if self.is(Fault::ShowsAllToNone) => true,
            (Scope::Units(_), Some(_)) if self.is(Fault::IgnoresUnits) => true,
            (Scope::Own(_), Some(_)) if self.is(Fault::IgnoresOwner) => true,
            (_, None) => self.is(Fault::ShowsHomesWithoutKeys),
            _ if self.is(Fault::ForgetsScope) && is_asked => true,
            (_, Some(keys)) => scope.reaches(keys),
        }
    }
}

#[async_trait]
impl AuditLog for WrongAudit {
    async fn applied(&self, tenant: TenantId) -> Result<Applied, StorageError> {
        let applied = self.state.lock().unwrap().applied.get(&self.tenant_of(tenant, Fault::SharesPosition)).copied();
        if applied.is_none() && self.is(Fault::FearsNothing) {
            return Err(StorageError::Corrupt { what: "nothing".to_owned() });
        }
        let mut applied = applied.unwrap_or_default();
        if self.is(Fault::ForgetsTime) {
            applied.at = None;
        }
        Ok(applied)
    }

    async fn apply(&self, batch: &AuditBatch) -> Result<(), StorageError> {
        let (counted, owner) =
            (self.tenant_of(batch.tenant, Fault::SharesPosition), self.tenant_of(batch.tenant, Fault::SharesRows));
        let keyed = self.tenant_of(batch.tenant, Fault::SharesKeys);
        let position = |state: &State| state.applied.get(&counted).map_or(0, |it| it.position);
        let mut known = position(&self.state.lock().unwrap());
        if self.is(Fault::LooksTooEarly) {
            let_others_go_on().await;
        }
        let mut state = self.state.lock().unwrap();
        if !self.is(Fault::LooksTooEarly) {
            known = position(&state);
        }
        let keys = batch.homes.iter().map(|(home, keys)| ((keyed, *home), keys.clone()));
        let is_later = match self.fault {
            Fault::TakesGaps => false,
            Fault::IgnoresEmptyGaps => batch.after > known && !batch.rows.is_empty(),
            Fault::RefusesForGood => batch.after > known || state.refused,
            Fault::WantsEveryPosition => batch.after != known && batch.rows.iter().all(|it| it.position != known + 1),
            _ => batch.after > known,
        };
        if is_later {
            state.refused = true;
            if self.is(Fault::LeavesKeys) {
                state.homes.extend(keys);
            }
            return Err(StorageError::Conflict { what: "the audit log".to_owned() });
        }
        if self.is(Fault::SkipsOverlap) && batch.after < known {
            return Ok(());
        }
        let Some(last) = batch.rows.last() else {
            if self.is(Fault::TakesKeysOfNothing) {
                state.homes.extend(keys);
            }
            return Ok(());
        };
        let is_known = last.position <= known;
        let adds = |it: &&AuditRow| it.position > known || self.is(Fault::AddsAgain);
        let mut new: Vec<_> = batch.rows.iter().filter(adds).map(|it| (owner, self.kept(it))).collect();
        match self.fault {
            Fault::DropsReadings => new.retain(|(_, it)| it.outcome.name() != "read"),
            Fault::DropsEnd => new.truncate(1000),
            _ => {}
        }
        state.rows.extend(new);
        if is_known && !self.is(Fault::FallsBack) {
            if self.is(Fault::TakesOldKeys) {
                state.homes.extend(keys);
            }
            return Ok(());
        }
        let shown = if self.is(Fault::ShowsFirstPosition) { &batch.rows[0] } else { last };
        state.applied.insert(counted, Applied { position: shown.position, at: Some(shown.at) });
        for (home, keys) in keys {
            let stays = match self.fault {
                Fault::KeepsFirstKeys => state.homes.contains_key(&home),
                Fault::KeepsGoneKeys => keys == Keys::default(),
                _ => false,
            };
            if !stays && !is_known {
                state.homes.insert(home, keys);
            }
        }
        Ok(())
    }

    async fn query(&self, tenant: TenantId, scope: &Scope, query: &AuditQuery) -> Result<AuditFound, StorageError> {
        let mut state = self.state.lock().unwrap();
        if state.rows.is_empty() && self.is(Fault::FearsNothing) {
            return Err(StorageError::Corrupt { what: "nothing".to_owned() });
        }
        let (owner, keyed) = (self.tenant_of(tenant, Fault::SharesRows), self.tenant_of(tenant, Fault::SharesKeys));
        let reaches = |it: &AuditRow| self.reaches(scope, query, state.homes.get(&(keyed, it.chain)));
        let mine = state.rows.iter().filter(|(of, _)| *of == owner).map(|(_, it)| it);
        let mut rows: Vec<AuditRow> = mine.filter(|it| self.wants(query, it)).cloned().collect();
        match self.fault {
            Fault::ShowsOldest => rows.sort_by_key(AuditPlace::of),
            Fault::IgnoresTime => rows.sort_by_key(|it| std::cmp::Reverse(it.position)),
            Fault::IgnoresPosition => rows.sort_by_key(|it| std::cmp::Reverse(it.at)),
            _ => rows.sort_by_key(|it| std::cmp::Reverse(AuditPlace::of(it))),
        }
        let limit = match self.fault {
            Fault::ShowsNone => query.limit.min(1000),
            Fault::ShowsAll => query.limit.max(1),
            _ => query.limit.clamp(1, 1000),
        };
        if !self.is(Fault::CutsBeforeScope) {
            rows.retain(reaches);
        }
        let skipped = query.after.and_then(|it| state.places.get(&it).copied()).unwrap_or_default();
        if self.is(Fault::CountsPages) {
            rows.drain(..skipped.min(rows.len()));
        }
        let is_more = if self.is(Fault::AlwaysSaysMore) { rows.len() >= limit } else { rows.len() > limit };
        rows.truncate(limit);
        let next = rows.last().filter(|_| is_more).map(AuditPlace::of);
        if self.is(Fault::CutsBeforeScope) {
            rows.retain(reaches);
        }
        if let Some(place) = next {
            state.places.insert(place, skipped + limit);
        }
        Ok(AuditFound { rows, next })
    }

    async fn clear(&self, tenant: TenantId) -> Result<(), StorageError> {
        let mut state = self.state.lock().unwrap();
        if self.is(Fault::FearsClearing) && state.rows.is_empty() {
            return Err(StorageError::Corrupt { what: "nothing".to_owned() });
        }
        state.cleared = Some(Box::new(state.clone()));
        let is_of = |it: TenantId| it == tenant || self.is(Fault::ClearsAll) || it == SHARED;
        if !self.is(Fault::LeavesRows) {
            state.rows.retain(|(of, _)| !is_of(*of));
        }
        if !self.is(Fault::LeavesPosition) {
            state.applied.retain(|of, _| !is_of(*of));
        }
        if !self.is(Fault::LeavesOldKeys) {
            state.homes.retain(|(of, _), _| !is_of(*of));
        }
        Ok(())
    }
}

/// Makes audit logs with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl AuditLogFactory for Wrong {
    type Guard = Arc<Mutex<State>>;

    async fn audit_log(&self) -> (Arc<Mutex<State>>, Arc<dyn AuditLog>) {
        let state = Arc::<Mutex<State>>::default();
        (state.clone(), Arc::new(WrongAudit { fault: self.0, state }))
    }

    async fn reopen(&self, state: &Arc<Mutex<State>>) -> Arc<dyn AuditLog> {
        {
            let mut state = state.lock().unwrap();
            match self.0 {
                Fault::ForgetsAtClose => *state = State::default(),
                Fault::ForgetsPositionAtClose => state.applied.clear(),
                Fault::ForgetsClearing => {
                    if let Some(before) = state.cleared.take() {
                        *state = *before;
                    }
                }
                _ => {}
            }
        }
        Arc::new(WrongAudit { fault: self.0, state: state.clone() })
    }
}
