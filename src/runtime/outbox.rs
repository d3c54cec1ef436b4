use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use crate::engine::{Command, Domain, Report};
use crate::ports::{Claim, Commit, EffectError, Holder, InstanceRecords, StorageError, Work, WorkDone, WorkSort};
use crate::values::{InstanceId, Millis, TenantId};

use super::perform::{Performed, by_instance};
use super::queue::Queue;
use super::{Error, LEASE, Runtime};

/// What a delivery did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Delivered {
    /// Requests that the outside has confirmed, and that are recorded as such.
    pub confirmed: usize,
    /// Requests that failed, or whose answer could not be recorded; they are tried again later.
    pub failed: usize,
}

/// What is left when a runtime is closed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Left {
    /// Requests this host had taken up and could not bring to an end; others go on with them when its lease ends.
    pub undelivered: usize,
}

impl<D: Domain> Runtime<D> {
    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
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
        let mut work = self.take_queued(limit);
        if work.len() < limit {
            let now = self.clock.now();
            let (host, until, limit) = (self.host, now.plus(LEASE), limit - work.len());
            let claimed = self.storage.claim(&Claim { sort: WorkSort::Effect, host, now, until, limit }).await?;
            work.extend(claimed);
        }
        let mut delivered = Delivered::default();
        for work in by_instance(work) {
            let Performed { confirmed, failed, .. } = self.perform_of_instance(work).await?;
            delivered.confirmed += confirmed;
            delivered.failed += failed;
        }
        Ok(delivered)
    }

    /// Work this host recorded under its own lease, as far as it seems to run still.
    fn take_queued(&self, limit: usize) -> Vec<Work> {
        let now = self.clock.now();
        let mut queue = self.queue();
        let runs = |it: &Work| it.lease.is_some_and(|lease| now < lease.until);
        std::iter::from_fn(|| queue.pop()).filter(runs).take(limit).collect()
    }

    /// One commit for everything that came for one instance.
    pub(super) async fn record(
        &self,
        tenant: TenantId,
        id: InstanceId,
        came: Vec<(Work, Result<Report<D>, EffectError>)>,
        seen: Option<InstanceRecords>,
    ) -> Result<Delivered, Error<D>> {
        let now = self.clock.now();
        let mut done = Vec::new();
        let mut reports = Vec::new();
        for (work, came) in came {
            let again = match came {
                Ok(report) => {
                    reports.push(report);
                    None
                }
                Err(error) => Some((now.plus(pause_after(work.attempts.saturating_sub(1))), Some(error.what))),
            };
            done.push(WorkDone { id: work.id, instance: id, holder: self.holder(work.attempts), again });
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
                let later = |it: WorkDone| WorkDone { again: Some((now.plus(LEASE), Some(what.clone()))), ..it };
                self.store_done(tenant, done.into_iter().map(later).collect()).await?;
                Ok(Delivered { confirmed: 0, failed: count })
            }
            Err(error) => Err(error),
        }
    }

    /// This host, with work as it was given out to it.
    pub(super) fn holder(&self, attempt: u32) -> Option<Holder> {
        Some(Holder { host: self.host, attempt })
    }

    /// Stores what became of work and nothing else.
    pub(super) async fn store_done(&self, tenant: TenantId, done: Vec<WorkDone>) -> Result<(), Error<D>> {
        match self.storage.commit(Commit { done, ..Commit::of(tenant) }).await {
            // Somebody else holds it by now, and goes on with it.
            Ok(_) | Err(StorageError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
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
            let work = self.take_queued(usize::MAX);
            if work.is_empty() {
                return Ok(left);
            }
            for work in by_instance(work) {
                let performed = self.perform_of_instance(work).await?;
                left.undelivered += performed.held - performed.confirmed;
            }
        }
    }
}

/// An error with its sources, in one line.
pub(super) fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(it) = source {
        text.push_str(&format!(": {it}"));
        source = it.source();
    }
    text
}

/// How long to wait after a failure: 5 s, doubled each time, at most an hour.
pub(super) fn pause_after(attempts: u32) -> Millis {
    Millis::new(5_000_i64.saturating_mul(1 << attempts.min(10)).min(Millis::hours(1).millis()))
}
