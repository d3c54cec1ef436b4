//! What readers and claims get from a wrong store.

use cardflow::adapters::memory::SystemClock;
use cardflow::engine::chain::{ChainHead, Linked};
use cardflow::engine::{INSTANCE_KIND, Index, KindSpec, Record, Schema, SharedRecord, TASK_KIND};
use cardflow::ports::{
    Claim, Clock, Found, Home, InstanceRecords, Lead, Lease, Place, Query, StorageError, Work, WorkSort,
};
use cardflow::values::{HomeId, InstanceId, Revision, TenantId, Timestamp};
use uuid::Uuid;

use super::data::{Data, is_of};
use super::faults::Fault;

/// A record that a search may find, with its place and the order of its coming.
struct Candidate<'a> {
    place: Place,
    came: usize,
    record: &'a SharedRecord,
    /// It lies in the scope and meets the conditions.
    scoped: bool,
    meant: bool,
}

impl Data {
    pub(crate) fn home(&self, tenant: TenantId, id: HomeId) -> Home {
        let owner = self.owner(tenant, Fault::SharesHomes);
        let all = self.records.iter().filter(|((of, at), _)| *of == owner && at.home() == id && at.kind().is_object());
        let mut records: Vec<_> = all.map(|(_, (_, it))| it.clone()).collect();
        if self.is(Fault::SortsObjectsById) {
            records.sort_by_key(|it| it.at.id());
        }
        let head = if self.is(Fault::HidesHeads) { ChainHead::EMPTY } else { self.head(tenant, id) };
        let revision = self.revisions.get(&(owner, id)).copied().unwrap_or_default();
        Home { id, revision: Revision::new(revision), head, records }
    }

    pub(crate) fn instance(&self, tenant: TenantId, id: InstanceId) -> Option<InstanceRecords> {
        let owner = self.owner(tenant, Fault::SharesHomes);
        let mine = self.records.iter().filter(|((of, _), _)| *of == owner).map(|(_, (_, it))| it);
        let instance = mine.clone().find(|it| it.at.kind() == INSTANCE_KIND && it.at.id() == id.uuid())?.clone();
        let mut tasks: Vec<_> = mine.filter(|it| it.at.kind() == TASK_KIND && is_of(it, id)).cloned().collect();
        tasks.sort_by_key(|it| it.at.id());
        let work = self.work.iter().filter(|it| (it.tenant, it.instance) == (tenant, id));
        let mut work: Vec<Work> = work.cloned().collect();
        work.sort_by_key(|it| it.id);
        Some(InstanceRecords { instance, tasks, work })
    }

    pub(crate) fn chain(&self, tenant: TenantId, chain: HomeId, before: Option<u64>, limit: usize) -> Vec<Linked> {
        let before = before.map_or(u64::MAX, |it| it.saturating_add(u64::from(self.is(Fault::ReadsPlaceToo))));
        let of = self.history.iter().filter(|it| self.is_of_chain(tenant, chain, it));
        let mut records: Vec<Linked> = of.cloned().collect();
        if self.is(Fault::SortsChainsByTime) {
            records.sort_by_key(|it| it.at);
        }
        if !self.is(Fault::ReadsOldestFirst) {
            records.reverse();
        }
        records.retain(|it| it.sequence < before);
        records.truncate(if self.is(Fault::IgnoresHistoryLimit) { usize::MAX } else { limit });
        records
    }

    pub(crate) fn find(&self, schema: &Schema, query: &Query) -> Result<Found, StorageError> {
        let unsupported = || StorageError::Unsupported { what: "list this kind".to_owned() };
        let spec = schema.kind(query.kind).ok_or_else(unsupported)?;
        let Some(lead) = query.lead(spec) else {
            return if self.is(Fault::ListsBare) { Ok(Found::default()) } else { Err(unsupported()) };
        };
        let mut all = self.candidates(spec, query, &lead);
        let total = match self.fault {
            Fault::TotalsAllScopes => all.iter().filter(|it| it.meant).count(),
            _ => all.iter().filter(|it| it.meant && it.scoped).count(),
        };
        match self.fault {
            Fault::CutsBeforeConditions => all.retain(|it| it.scoped),
            Fault::CutsBeforeScope => all.retain(|it| it.meant),
            Fault::ShowsPlaceBeyond => {}
            _ => all.retain(|it| it.meant && it.scoped),
        }
        self.begin(query, &lead, &mut all);
        let rest = all.len();
        let mut found = self.cut(query, all);
        found.total = match self.fault {
            Fault::TotalsPage => Some(found.records.len()),
            Fault::TotalsRest => Some(rest),
            Fault::HidesZero => Some(total).filter(|it| *it > 0),
            _ => Some(total),
        }
        .filter(|_| query.count || self.is(Fault::TotalsUnasked))
        .map(|it| it as u64);
        Ok(found)
    }

    /// Everything under the lead of a search, in order.
    fn candidates<'a>(&'a self, spec: &'static KindSpec, query: &Query, lead: &Lead) -> Vec<Candidate<'a>> {
        let mut all: Vec<Candidate<'a>> = Vec::new();
        let current = self.records.values().map(|(came, it)| (*came, it));
        let past = self.past.iter().filter(|_| self.is(Fault::FindsOldKeys)).map(|it| (0, it));
        for (came, record) in current.chain(past) {
            let tenant = record.tenant == query.tenant || self.is(Fault::SharesSearches);
            let kind = record.at.kind() == query.kind || self.is(Fault::FindsAllKinds);
            if !tenant || !kind {
                continue;
            }
            let met = |it: &&cardflow::ports::Filter| {
                let dropped = spec.key_of(it.code()).is_none_or(|key| key.index == Index::None);
                it.meets(record) || dropped && self.is(Fault::DropsConditions)
            };
            let filters = &query.filters;
            let meant = match self.fault {
                Fault::TakesAnyCondition => filters.is_empty() || filters.iter().any(|it| met(&it)),
                _ => filters.iter().all(|it| met(&it)),
            };
            let no_unit = record.keys.of(cardflow::engine::UNIT_KEY.code).next().is_none();
            let scoped = match self.fault {
                Fault::IgnoresScope => true,
                Fault::TakesNoUnitForAny if no_unit => query.scope != cardflow::engine::Scope::None,
                _ => query.scope.reaches(&record.keys),
            };
            let mut values: Vec<Vec<u8>> = record.keys.of(lead.code).map(|it| it.sort_bytes()).collect();
            values.retain(|it| lead.takes(it));
            if self.is(Fault::CutsRanges) && lead.high.as_ref() != Some(&lead.low) {
                values.retain(|it| Some(it) != lead.high.as_ref());
            }
            values.sort();
            values.truncate(if self.is(Fault::FindsTwice) { usize::MAX } else { 1 });
            let id = record.at.id();
            all.extend(values.into_iter().map(|value| Candidate {
                place: Place { value, id },
                came,
                record,
                scoped,
                meant,
            }));
        }
        let folded = |it: &Candidate<'_>| String::from_utf8_lossy(&it.place.value).to_lowercase();
        match self.fault {
            Fault::SortsByComing => all.sort_by_key(|it| it.came),
            Fault::SortsTiesByComing => all.sort_by(|a, b| (&a.place.value, a.came).cmp(&(&b.place.value, b.came))),
            Fault::SortsWithoutCase => all.sort_by_key(|it| (folded(it), it.place.id)),
            _ => all.sort_by(|a, b| a.place.cmp(&b.place)),
        }
        all
    }

    /// Drops what comes before the place of a search.
    fn begin(&self, query: &Query, lead: &Lead, all: &mut Vec<Candidate<'_>>) {
        let Some(after) = &query.after else { return };
        match self.fault {
            Fault::PagesByOffset => drop(all.drain(..all.len().min(after.id.as_u128() as usize))),
            Fault::RepeatsPlace => all.retain(|it| it.place >= *after),
            Fault::SkipsTies => all.retain(|it| it.place.value > after.value),
            Fault::EndsBeforeRange if after.value < lead.low => all.clear(),
            _ => all.retain(|it| it.place > *after),
        }
    }

    fn cut(&self, query: &Query, all: Vec<Candidate<'_>>) -> Found {
        let limit = if self.is(Fault::IgnoresPageLimit) { query.limit } else { query.limit.clamp(1, 1000) };
        let beyond = self.is(Fault::ShowsPlaceBeyond);
        let shown = |it: &Candidate<'_>| it.meant && it.scoped;
        let mut found = Found::default();
        let mut last: Option<Place> = None;
        for it in all {
            let full = found.records.len() >= limit;
            let counts = !beyond || shown(&it);
            if full && counts {
                found.next = last.clone();
                break;
            }
            if !full && counts {
                found.records.push(it.record.clone());
                last = Some(it.place);
            } else if full {
                last = Some(it.place);
            }
        }
        if found.records.len() == limit && self.is(Fault::PromisesMore) {
            found.next = last;
        }
        if self.is(Fault::PagesByOffset) && found.next.is_some() {
            let before = query.after.as_ref().map_or(0, |it| it.id.as_u128());
            let id = Uuid::from_u128(before + found.records.len() as u128);
            found.next = Some(Place { value: Vec::new(), id });
        }
        let hidden = |it: &Record| {
            let conditions =
                self.is(Fault::CutsBeforeConditions) && !query.filters.iter().all(|filter| filter.meets(it));
            conditions || self.is(Fault::CutsBeforeScope) && !query.scope.reaches(&it.keys)
        };
        found.records.retain(|it| !hidden(it));
        if self.is(Fault::FindsHeadsOnly) {
            found
                .records
                .iter_mut()
                .for_each(|it| *it = Record { body: Vec::new(), ..it.clone().into_record() }.into());
        }
        found
    }

    pub(crate) fn under_way(&self, tenant: TenantId, targets: &[String]) -> Vec<String> {
        let hidden = |it: &Work| match self.fault {
            Fault::HidesParked => it.due == Timestamp::NEVER,
            Fault::HidesLeased => it.lease.is_some(),
            _ => false,
        };
        let about = |target: &String| {
            let mut all = self.work.iter().filter(|it| !hidden(it));
            all.any(|it| self.is_same_target(it, &Work { tenant, target: target.clone(), ..it.clone() }))
        };
        targets.iter().filter(|it| about(it) || self.is(Fault::TakesAllForUnderWay)).cloned().collect()
    }

    /// The places of the work that a claim gets.
    pub(crate) fn due(&self, claim: &Claim) -> Vec<usize> {
        let now = if self.is(Fault::ReadsClock) { SystemClock.now() } else { claim.now };
        let free = |it: &Work| match (self.fault, it.lease) {
            (Fault::GivesLeased, _) | (_, None) => true,
            (Fault::KeepsLeases, Some(_)) => false,
            (Fault::EndsLate, Some(lease)) => lease.until < now,
            (_, Some(lease)) => lease.until <= now,
        };
        let due = |it: &Work| it.due <= now || self.is(Fault::IgnoresDue);
        let sort = |it: &Work| it.sort == claim.sort || self.is(Fault::MixesSorts);
        let ready = |it: &Work| it.lease.map_or(it.due, |lease| it.due.max(lease.until));
        let mut places: Vec<usize> = (0..self.work.len()).collect();
        places.retain(|it| sort(&self.work[*it]) && due(&self.work[*it]) && free(&self.work[*it]));
        let lane = |it: &Work| match self.fault {
            Fault::IgnoresLanes => 0,
            Fault::TurnsLanesAround => 15 - it.lane.code(),
            Fault::IgnoresBulk => it.lane.code() / 2,
            _ => it.lane.code(),
        };
        places.sort_by_key(|it| (lane(&self.work[*it]), ready(&self.work[*it]), self.work[*it].id));
        let limit = if self.is(Fault::IgnoresLimit) { usize::MAX } else { claim.limit };
        match self.fault {
            Fault::GivesYoungest => places.reverse(),
            Fault::LimitsBeforeTurns => places.truncate(limit),
            Fault::GivesOneLane => {
                let first = places.first().map(|it| self.work[*it].lane);
                places.retain(|it| Some(self.work[*it].lane) == first);
            }
            Fault::WaitsForLane => {
                let first = self.work.iter().filter(|it| sort(it) && it.lease.is_none()).map(|it| it.lane).min();
                places.retain(|it| Some(self.work[*it].lane) == first);
            }
            Fault::ClaimsOneTenant => {
                let first = places.first().map(|it| self.work[*it].tenant);
                places.retain(|it| Some(self.work[*it].tenant) == first);
            }
            _ => {}
        }
        places.retain(|it| self.is_first(*it, now));
        places.truncate(limit);
        places
    }

    fn is_first(&self, place: usize, now: Timestamp) -> bool {
        let work = &self.work[place];
        let mut others =
            self.work.iter().enumerate().filter(|(it, other)| *it != place && self.is_same_target(other, work));
        !others.any(|(it, other)| match self.fault {
            Fault::TurnsByIds => other.id < work.id,
            Fault::TurnsByLane => (other.lane, it) < (work.lane, place),
            Fault::TurnsByDue => (other.due, it) < (work.due, place),
            Fault::SkipsUndue => it < place && other.due <= now,
            _ => it < place,
        })
    }

    pub(crate) fn give(&mut self, claim: &Claim, due: &[usize]) -> Vec<Work> {
        let mut given = Vec::new();
        for place in due {
            let counts = u32::from(!self.is(Fault::NeverCountsAttempts));
            let work = &mut self.work[*place];
            let before = work.lease;
            work.lease = Some(Lease { host: claim.host, until: claim.until });
            work.attempts += counts;
            let lease = if self.fault == Fault::HidesLease { before } else { work.lease };
            given.push(Work { lease, ..work.clone() });
        }
        if self.is(Fault::FiresOnce) {
            self.work.retain(|it| it.sort == WorkSort::Effect || !given.iter().any(|other| other.id == it.id));
        }
        given.sort_by_key(|it| it.id);
        given
    }
}
