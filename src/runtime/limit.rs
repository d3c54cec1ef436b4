use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::engine::{Command, Decision, Domain, Entry, Event, Limit, Reached, acts};
use crate::ports::{Alert, Commit, Committed, Logged, StorageError};
use crate::values::{CommandId, Millis, PersonId, TenantId, Timestamp};

use super::people::Knowing;
use super::{Error, Runtime};

/// Records of the history that are read at once.
const PAGE: usize = 1000;

/// A limit and a person, whose commands count together.
type Account = (&'static str, PersonId);

/// Who has done how much lately, by tenant. It is read from the history, so that nothing is ever written for it: a host
/// that starts reads the last hours once, and before each command that counts what was committed since, also by others.
#[derive(Debug, Default)]
pub(super) struct Tallies(Mutex<BTreeMap<TenantId, Tally>>);

#[derive(Debug, Default)]
struct Tally {
    /// The history was read up to there.
    position: u64,
    accounts: BTreeMap<Account, Counted>,
}

/// A command in the history that counts.
#[derive(Debug)]
struct Count {
    position: u64,
    account: Account,
    within: Millis,
    command: CommandId,
    at: Timestamp,
}

/// What counts for one person.
#[derive(Debug, Default)]
struct Counted {
    /// When the commands were decided that stand in the history, sorted.
    done: VecDeque<Timestamp>,
    /// Commands of this host that are under way, or stored and not read back yet.
    under_way: BTreeMap<CommandId, Timestamp>,
    alerted: Option<Timestamp>,
}

/// Why there is no place within a limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Full {
    /// As many as may be are done; there will be room then.
    Until(Timestamp),
    /// Commands under way hold the last places; whether they need them is not known yet.
    JustNow,
}

/// A place within a limit, held for a command under way.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    tallies: &'a Tallies,
    tenant: TenantId,
    account: Account,
    command: CommandId,
    /// The command may be stored: the place is held until it shows in the history, or for as long as it would count.
    sent: bool,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if !self.sent
            && let Some(tally) = self.tallies.lock().get_mut(&self.tenant)
            && let Some(counted) = tally.accounts.get_mut(&self.account)
        {
            counted.under_way.remove(&self.command);
        }
    }
}

impl Tallies {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<TenantId, Tally>> {
        // Each change under the lock is complete in itself; at worst a place is held too long.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn position(&self, tenant: TenantId) -> Option<u64> {
        self.lock().get(&tenant).map(|it| it.position)
    }

    /// Counts what was read. What was counted before is passed over: several may read at once.
    fn read(&self, tenant: TenantId, up_to: u64, found: Vec<Count>, now: Timestamp) {
        let mut tenants = self.lock();
        let tally = tenants.entry(tenant).or_default();
        for Count { account, within, command, at, .. } in found.into_iter().filter(|it| it.position > tally.position) {
            let counted = tally.accounts.entry(account).or_default();
            counted.under_way.remove(&command);
            counted.done.insert(counted.done.partition_point(|it| *it <= at), at);
            counted.forget(within, now);
        }
        tally.position = tally.position.max(up_to);
    }

    /// A place within a limit; or why there is none.
    fn take(
        &self,
        tenant: TenantId,
        account: Account,
        command: CommandId,
        (most, within, now): (usize, Millis, Timestamp),
    ) -> Result<Slot<'_>, Full> {
        let mut tenants = self.lock();
        let counted = tenants.entry(tenant).or_default().accounts.entry(account).or_default();
        counted.forget(within, now);
        counted.has_room(most, within, now)?;
        counted.under_way.insert(command, now);
        Ok(Slot { tallies: self, tenant, account, command, sent: false })
    }

    /// Whether an alert is due: once in a while, however often the limit is run against.
    fn alert_is_due(&self, tenant: TenantId, account: Account, within: Millis, now: Timestamp) -> bool {
        let mut tenants = self.lock();
        let counted = tenants.entry(tenant).or_default().accounts.entry(account).or_default();
        let due = counted.alerted.is_none_or(|it| !is_near(it, within, now));
        if due {
            counted.alerted = Some(now);
        }
        due
    }
}

/// Whether a time is less than this far from now, on either side: clocks go back, too.
fn is_near(at: Timestamp, within: Millis, now: Timestamp) -> bool {
    now.minus(within) < at && at < now.plus(within)
}

impl Counted {
    /// What is gone by twice the time goes: a clock that was moved by less, and back, finds everything again.
    fn forget(&mut self, within: Millis, now: Timestamp) {
        let old = now.minus(within).minus(within);
        while self.done.front().is_some_and(|it| *it <= old) {
            self.done.pop_front();
        }
        self.under_way.retain(|_, at| *at > old);
    }

    fn has_room(&self, most: usize, within: Millis, now: Timestamp) -> Result<(), Full> {
        let first = self.done.partition_point(|it| *it <= now.minus(within));
        let end = self.done.partition_point(|it| *it < now.plus(within));
        let done = end.saturating_sub(first);
        let under_way = self.under_way.values().filter(|it| is_near(**it, within, now)).count();
        match done.checked_sub(most) {
            // There is room when all but `most - 1` are too old, the oldest first.
            Some(more) => Err(Full::Until(self.done.get(first + more).map_or(now, |it| it.plus(within)))),
            None if done + under_way >= most => Err(Full::JustNow),
            None => Ok(()),
        }
    }
}

impl<D: Domain> Runtime<D> {
    /// The decision, if the actor is within the limit of its process; else what the limit makes of it: an approval by
    /// others, or a rejection. None if that is not known just now. Takes a place within the limit, into the slot.
    pub(super) async fn within_limit<'a>(
        &'a self,
        knowing: &Knowing<'_, D>,
        command: &Command<D>,
        id: CommandId,
        decision: Box<Decision<D>>,
        slot: &mut Option<Slot<'a>>,
    ) -> Result<Option<Box<Decision<D>>>, Error<D>> {
        let situation = &knowing.situation;
        let (Some(limit), Some(person)) = (&situation.process.outline().limit, situation.actor.person) else {
            return Ok(Some(decision));
        };
        let options = &situation.options.options;
        let most = (limit.most)(options);
        if matches!(command, Command::Judge(_)) || !acts(&decision.events) {
            // Whoever agrees does what another asked for; and decided anew, a command may come to nothing.
            *slot = None;
            return Ok(Some(decision));
        }
        if most == 0 || slot.is_some() {
            return Ok(Some(decision));
        }
        let (tenant, now, within) = (situation.tenant, situation.now, limit.within);
        self.read_up(tenant, now).await?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let until = match self.tallies.take(tenant, (limit.name, person), id, (most, within, now)) {
            Ok(place) => {
                *slot = Some(place);
                return Ok(Some(decision));
            }
            Err(Full::JustNow) => return Ok(None),
            Err(Full::Until(until)) => until,
        };
        let role = (limit.role)(options).map(str::to_owned);
        let reached = Reached { limit: limit.name, until, role };
        let decided = self.decide(knowing, command, Some(&reached)).await;
        if self.tallies.alert_is_due(tenant, (limit.name, person), within, now)
            && let Some(alerts) = &self.alerts
        {
            alerts.alert(&Alert::LimitReached {
                tenant,
                at: now,
                actor: person,
                limit: limit.name,
                until,
                role: reached.role.filter(|_| decided.is_ok()),
                process: decision.instance.process().to_owned(),
                subject: decision.instance.subject(),
            });
        }
        Ok(Some(decided?))
    }

    /// Commits; a place that was taken for the command is kept if it may be stored.
    pub(super) async fn commit_in(
        &self,
        slot: &mut Option<Slot<'_>>,
        commit: Commit,
    ) -> Result<Committed, StorageError> {
        // Before the answer, too: whoever drops this future does not know either.
        slot.iter_mut().for_each(|it| it.sent = true);
        let came = self.storage.commit(commit).await;
        let may_be = matches!(came, Ok(Committed::Stored { .. }) | Err(StorageError::Unavailable(_)));
        slot.iter_mut().for_each(|it| it.sent = may_be);
        came
    }

    /// Reads what was committed since it was read last.
    async fn read_up(&self, tenant: TenantId, now: Timestamp) -> Result<(), Error<D>> {
        let mut position = match self.tallies.position(tenant) {
            Some(position) => position,
            None => self.begin_of_window(tenant, now).await?,
        };
        loop {
            let records = self.log.records_after(tenant, position, PAGE).await?;
            position = records.last().map_or(position, |it| it.position);
            self.tallies.read(tenant, position, records.iter().filter_map(|it| self.counts(it)).collect(), now);
            if records.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// What a record counts for, if it does. One that does not read counts for nobody: that is the verifier's matter.
    fn counts(&self, logged: &Logged) -> Option<Count> {
        let entry = Entry::<D>::read(&logged.record).ok().filter(|it| acts(&it.events))?;
        if entry.events.iter().any(|it| matches!(it, Event::Judged { .. })) {
            return None;
        }
        let limit = self.limit_of(&entry.run?.process)?;
        Some(Count {
            position: logged.position,
            account: (limit.name, entry.actor.person?),
            within: limit.within,
            command: entry.command,
            at: entry.at,
        })
    }

    fn limit_of(&self, process: &str) -> Option<&Limit<D>> {
        self.registry.latest(process)?.outline().limit.as_ref()
    }

    /// A position before all that may count: found by halving, since the history lies in the order of commits, which is
    /// that of the times but for jumps of a clock. One back by less than the longest time of a limit hides nothing.
    async fn begin_of_window(&self, tenant: TenantId, now: Timestamp) -> Result<u64, Error<D>> {
        let limits = self.registry.all().filter_map(|it| it.outline().limit.as_ref());
        let within = limits.map(|it| it.within).max().unwrap_or(Millis::new(0));
        let begin = now.minus(within).minus(within);
        // INVARIANT: what lies at or before `low` is too old to count; `high` is not before the place that is looked for.
        let (mut low, mut high) = (0, None);
        loop {
            let middle = match high {
                None => low * 2 + 1,
                Some(high) if high - low > 1 => low + (high - low) / 2,
                Some(_) => return Ok(low),
            };
            let next = self.log.records_after(tenant, middle, 1).await?.pop();
            match next.filter(|it| it.record.at <= begin) {
                Some(old) if high.is_none_or(|it| old.position < it) => low = old.position,
                _ => high = Some(middle),
            }
        }
    }
}
