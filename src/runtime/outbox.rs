use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use crate::engine::Scope;
use crate::engine::{Actor, Command, Domain, People, REQUEST_FORMAT, Rejection, Report, Situation};
use crate::ports::{
    Claim, Commit, Committed, EffectCall, EffectError, EffectState, InstanceRecords, StorageError, Work, WorkDone,
    WorkSort,
};
use crate::values::{CommandId, InstanceId, Millis, TenantId, Timestamp, decode};

use super::command::{ATTEMPTS, effects_of};
use super::people::Knowing;
use super::persist::Grounds;
use super::{Error, LEASE, Runtime};

/// How long commands are remembered.
const REMEMBERED: Millis = Millis::days(30);

/// What a delivery did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Delivered {
    /// Requests that the outside has confirmed, and that are recorded as such.
    pub confirmed: usize,
    /// Requests that failed, or whose answer could not be recorded; they are tried again later.
    pub failed: usize,
}

/// What a tick did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ticked {
    /// Forms that were left waiting too long: their instances ended.
    pub expired: usize,
    /// Timers whose instances cannot go on, because their definition is missing, say; they fire again later.
    pub failed: usize,
    /// Commands that are remembered no longer.
    pub forgotten: u64,
}

/// What is left when a runtime is closed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Left {
    /// Requests this host had taken up and could not bring to an end; others go on with them when its lease ends.
    pub undelivered: usize,
}

/// Instances as they were found with their work, for whoever decides about them next.
type Seen = BTreeMap<(TenantId, InstanceId), InstanceRecords>;

/// What came of performing one request.
enum Came<D: Domain> {
    Answered(Report<D>),
    Failed(String),
}

impl<D: Domain> Runtime<D> {
    pub(super) fn queue(&self) -> MutexGuard<'_, VecDeque<Work>> {
        // INVARIANT: the queue is a cache of leased work; whatever is lost from it is claimed again when its lease ends.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Performs at most `limit` requests to the outside and records what was answered: first those this host has
    /// recorded itself, then those that are due and held by nobody.
    ///
    /// A request whose outcome is not known is asked about before it is repeated. All answers for one instance that
    /// arrive together are one commit.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`]; what was performed and not recorded is asked about again later.
    pub async fn deliver(&self, limit: usize) -> Result<Delivered, Error<D>> {
        self.not_closed()?;
        let (mut work, seen) = self.take_own(limit).await?;
        if work.len() < limit {
            let now = self.clock.now();
            let (host, until, limit) = (self.host, now.plus(LEASE), limit - work.len());
            let claimed = self.storage.claim(&Claim { sort: WorkSort::Effect, host, now, until, limit }).await?;
            work.extend(claimed);
        }
        self.perform_all(work, seen).await
    }

    async fn perform_all(&self, work: Vec<Work>, mut seen: Seen) -> Result<Delivered, Error<D>> {
        let mut instances: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for work in work {
            // INVARIANT: nothing is done whose lease has run out meanwhile: another host may have it by now.
            if work.lease.is_none_or(|lease| self.clock.now() >= lease.until) {
                continue;
            }
            let came = self.perform(&work).await;
            instances.entry((work.tenant, work.instance)).or_default().push((work, came));
        }
        let mut delivered = Delivered::default();
        for ((tenant, instance), came) in instances {
            let seen = seen.remove(&(tenant, instance));
            let Delivered { confirmed, failed } = self.record(tenant, instance, came, seen).await?;
            delivered.confirmed += confirmed;
            delivered.failed += failed;
        }
        Ok(delivered)
    }

    /// Work this host recorded under its own lease, as far as the lease still runs.
    ///
    /// INVARIANT: the store alone knows who holds a lease. One that a clock has seen the end of may run again when the clock
    /// is put back, and another host may have done the work in between.
    async fn take_own(&self, limit: usize) -> Result<(Vec<Work>, Seen), Error<D>> {
        let mut taken = self.take_queued(limit);
        let mut seen = Seen::new();
        for same in taken.chunk_by_mut(|a, b| a.instance == b.instance) {
            let Some(Work { tenant, instance, .. }) = same.first() else { continue };
            let key = (*tenant, *instance);
            let found = self.storage.instance(key.0, key.1).await?;
            let stored = found.as_ref().map(|it| it.work.as_slice()).unwrap_or_default();
            for work in same {
                let held = |it: &Work| (it.id, it.lease, it.attempts) == (work.id, work.lease, work.attempts);
                work.lease = work.lease.filter(|_| stored.iter().any(held));
            }
            seen.extend(found.map(|it| (key, it)));
        }
        taken.retain(|it| it.lease.is_some());
        Ok((taken, seen))
    }

    fn take_queued(&self, limit: usize) -> Vec<Work> {
        let now = self.clock.now();
        let mut queue = self.queue();
        let count = limit.min(queue.len());
        queue.drain(..count).filter(|it| it.lease.is_some_and(|lease| now < lease.until)).collect()
    }

    async fn perform(&self, work: &Work) -> Came<D> {
        match self.try_perform(work).await {
            Ok(report) => Came::Answered(report),
            Err(error) => Came::Failed(error.what),
        }
    }

    async fn try_perform(&self, work: &Work) -> Result<Report<D>, EffectError> {
        let odd = |what: &str| EffectError { what: what.to_owned(), retryable: false, source: None };
        let request: D::Request =
            decode("a request", REQUEST_FORMAT, &work.body).map_err(|_| odd("the stored request does not read"))?;
        let kind = D::effect_kind(&request).to_owned();
        let handler = self.handlers.get(&kind).ok_or_else(|| odd(&format!("no handler is registered for `{kind}`")))?;
        let call = EffectCall {
            tenant: work.tenant,
            id: work.id,
            kind,
            at: recorded_at(work),
            attempts: work.attempts.saturating_sub(1),
            body: work.body.clone(),
        };
        // Taken up before, by this host or another: it may have been done (law 5).
        let known = if work.attempts > 1 { handler.status(&call).await? } else { EffectState::NotDone };
        let answer = match known {
            EffectState::Done(answer) => answer,
            EffectState::NotDone => handler.perform(&call).await?,
            EffectState::Unknown => return Err(odd("the outside cannot say whether it was done")),
        };
        let answer = decode("an answer", REQUEST_FORMAT, &answer).map_err(|_| odd("the answer does not read"))?;
        Ok(Report { effect: work.id, request, answer })
    }

    /// One commit for everything that came for one instance.
    async fn record(
        &self,
        tenant: TenantId,
        id: InstanceId,
        came: Vec<(Work, Came<D>)>,
        seen: Option<InstanceRecords>,
    ) -> Result<Delivered, Error<D>> {
        let now = self.clock.now();
        let mut done = Vec::new();
        let mut reports = Vec::new();
        for (work, came) in came {
            let again = match came {
                Came::Answered(report) => {
                    reports.push(report);
                    None
                }
                Came::Failed(what) => Some((now.plus(pause_after(work.attempts.saturating_sub(1))), what)),
            };
            done.push(WorkDone { id: work.id, instance: id, holder: Some(self.host), again });
        }
        let count = done.len();
        let delivered = Delivered { confirmed: reports.len(), failed: count - reports.len() };
        if reports.is_empty() {
            self.store_done(tenant, done).await?;
            return Ok(delivered);
        }
        match self.by_worker(tenant, id, &Command::Report(reports), &done, seen).await {
            Ok(true) => Ok(delivered),
            Ok(false) => Ok(Delivered::default()),
            Err(error) if !error.is_retryable() => {
                // One instance that cannot go on must not keep others from it.
                let what = in_full(&error);
                let later = |it: WorkDone| WorkDone { again: Some((now.plus(LEASE), what.clone())), ..it };
                self.store_done(tenant, done.into_iter().map(later).collect()).await?;
                Ok(Delivered { confirmed: 0, failed: count })
            }
            Err(error) => Err(error),
        }
    }

    /// Stores what became of work and nothing else.
    async fn store_done(&self, tenant: TenantId, done: Vec<WorkDone>) -> Result<(), Error<D>> {
        match self.storage.commit(Commit { done, ..Commit::of(tenant) }).await {
            // Somebody else holds it by now, and goes on with it.
            Ok(_) | Err(StorageError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends instances whose forms were left waiting, and forgets commands of long ago. Call it every minute or so.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`]; timers not dealt with fire at the next tick.
    pub async fn tick(&self) -> Result<Ticked, Error<D>> {
        self.not_closed()?;
        let now = self.clock.now();
        let claim = Claim { sort: WorkSort::Timer, host: self.host, now, until: now.plus(LEASE), limit: 1000 };
        let mut ticked = Ticked::default();
        for Work { tenant, instance, id, .. } in self.storage.claim(&claim).await? {
            match self.by_worker(tenant, instance, &Command::Expire, &[], None).await {
                Ok(expired) => ticked.expired += usize::from(expired),
                Err(error) if error.is_retryable() => return Err(error),
                Err(error) => {
                    ticked.failed += 1;
                    let again = Some((now.plus(LEASE), in_full(&error)));
                    self.store_done(tenant, vec![WorkDone { id, instance, holder: Some(self.host), again }]).await?;
                }
            }
        }
        ticked.forgotten = self.storage.forget(now.minus(REMEMBERED)).await?;
        Ok(ticked)
    }

    /// Carries out a command of no person; says whether it was, since another may have been quicker.
    ///
    /// It is decided from the instance as it was seen, if it was: the commit says whether it still is so, and a rejection
    /// counts only if the instance was read for it.
    async fn by_worker(
        &self,
        tenant: TenantId,
        id: InstanceId,
        command: &Command<D>,
        done: &[WorkDone],
        mut seen: Option<InstanceRecords>,
    ) -> Result<bool, Error<D>> {
        for _ in 0..ATTEMPTS {
            let was_seen = seen.is_some();
            let (records, instance) = match seen.take() {
                Some(records) => self.as_found(id, records)?,
                None => self.instance(tenant, id).await?,
            };
            let process = self.definition_of(&instance)?.clone();
            let loaded = self.load(tenant, instance.subject(), &Scope::All).await?;
            let options = instance.bound().cloned().unwrap_or_default();
            let now = self.clock.now();
            let actor = Actor::worker(now);
            let seed = self.ids.seed()?;
            let situation = Situation {
                process: process.as_ref(),
                instance: Some(&instance),
                dossier: &loaded.dossier,
                options: &options,
                world: &self.world,
                tenant,
                actor: &actor,
                now,
                seed,
                limit: None,
                people: &People::default(),
                handling: None,
            };
            let knowing = Knowing { situation, subject: instance.subject(), homes: &loaded.homes };
            let decision = match self.decide(&knowing, command, None).await {
                Ok(decision) => decision,
                Err(Error::Rejected(_)) if was_seen => continue,
                Err(Error::Rejected(
                    Rejection::NotAsked { .. } | Rejection::NotWaiting { .. } | Rejection::NotDue { .. },
                )) => return Ok(false),
                Err(error) => return Err(error),
            };
            let mut ids = decision.ids.clone();
            let grounds = Grounds {
                tenant,
                actor: &actor,
                command: CommandId::from_uuid(ids.fresh()),
                now,
                rule: "by itself".to_owned(),
                homes: &loaded.homes,
                instance: Some(&instance),
                tasks: &records.tasks,
            };
            let mut commit = self.commit_of(&grounds, &decision)?;
            commit.done.extend(done.iter().cloned());
            let asked = effects_of(&commit);
            match self.storage.commit(commit).await {
                Ok(Committed::Stored { behind, .. }) => {
                    self.take_up(asked, &behind);
                    return Ok(true);
                }
                Ok(Committed::Repeated(_)) => return Ok(true),
                Err(StorageError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }

    /// Ends this host's part: no call is taken any more, requests it has taken up are performed, and what is left is said.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub async fn close(&self) -> Result<Left, Error<D>> {
        self.closed.store(true, Ordering::SeqCst);
        let mut left = Left::default();
        loop {
            let (work, seen) = self.take_own(usize::MAX).await?;
            if work.is_empty() {
                return Ok(left);
            }
            let taken = work.len();
            left.undelivered += taken - self.perform_all(work, seen).await?.confirmed;
        }
    }
}

/// An error with its sources, in one line.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(it) = source {
        text.push_str(&format!(": {it}"));
        source = it.source();
    }
    text
}

/// When a request was recorded: the time in its id.
fn recorded_at(work: &Work) -> Timestamp {
    let stamp = work.id.uuid().get_timestamp().map(|it| it.to_unix());
    let millis =
        stamp.map(|(seconds, nanos)| seconds.saturating_mul(1000).saturating_add(u64::from(nanos / 1_000_000)));
    Timestamp::from_millis(millis.and_then(|it| i64::try_from(it).ok()).unwrap_or_default())
}

/// How long to wait after a failure: 5 s, doubled each time, at most an hour.
fn pause_after(attempts: u32) -> Millis {
    Millis::new(5_000_i64.saturating_mul(1 << attempts.min(10)).min(Millis::hours(1).millis()))
}
