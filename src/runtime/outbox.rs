use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use crate::engine::{Came, Command, Domain, Instance, Report};
use crate::ports::{Alert, Claim, Commit, Holder, InstanceRecords, StorageError, Work, WorkDone, WorkSort};
use crate::values::{InstanceId, TenantId, Timestamp};

use super::perform::{Performed, Tried, by_instance};
use super::queue::Queue;
use super::{Error, LEASE, Runtime};

/// What a delivery did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Delivered {
    /// Requests that the outside has confirmed, and that are recorded as such.
    pub confirmed: usize,
    /// Requests that failed, or whose answer could not be recorded; they are tried again later.
    pub failed: usize,
    /// Requests that wait, without having failed: the outside takes its time, or its system does not answer and is left
    /// alone for a while.
    pub waiting: usize,
    /// Requests that later ones had made pointless.
    pub overtaken: usize,
    /// Requests that are not tried any more until a person has looked: incidents.
    pub stuck: usize,
    /// When the first of those that failed or wait is due again.
    pub next: Option<Timestamp>,
}

impl Delivered {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Delivered) -> Delivered {
        Delivered {
            confirmed: self.confirmed + other.confirmed,
            failed: self.failed + other.failed,
            waiting: self.waiting + other.waiting,
            overtaken: self.overtaken + other.overtaken,
            stuck: self.stuck + other.stuck,
            next: self.next.into_iter().chain(other.next).min(),
        }
    }

    /// One more comes again then: it has failed, or only waits.
    pub(super) fn comes_again(&mut self, at: Timestamp, failed: bool) {
        match failed {
            true => self.failed += 1,
            false => self.waiting += 1,
        }
        self.next = Some(self.next.map_or(at, |it| it.min(at)));
    }
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
    /// arrive together are one commit. What fails is tried again as the [policy](crate::engine::RetryPolicy) of its kind
    /// says, and in the end becomes an [incident](Runtime::incidents).
    ///
    /// # Errors
    ///
    /// [`Error::Storage`]; what was performed and not recorded is asked about again later.
    pub async fn deliver(&self, limit: usize) -> Result<Delivered, Error<D>> {
        let mut delivered = Delivered::default();
        for work in self.take(limit, &mut delivered).await? {
            delivered = delivered.and(self.perform_of_instance(work).await?.delivered);
        }
        Ok(delivered)
    }

    /// Takes requests up, instance by instance.
    pub(super) async fn take(
        &self,
        limit: usize,
        delivered: &mut Delivered,
    ) -> Result<impl Iterator<Item = Vec<Work>> + use<D>, Error<D>> {
        self.not_closed()?;
        let mut work = self.take_queued(limit);
        if work.len() < limit {
            let now = self.clock.now();
            let (host, until, limit) = (self.host, now.plus(LEASE), limit - work.len());
            let claimed = self.storage.claim(&Claim { sort: WorkSort::Effect, host, now, until, limit }).await?;
            work.extend(claimed);
        }
        Ok(by_instance(self.ask_of_those_that_answer(work, delivered).await?))
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
        tried: Vec<(Work, Tried<D>)>,
        seen: Option<InstanceRecords>,
    ) -> Result<Delivered, Error<D>> {
        let now = self.clock.now();
        let (mut done, mut reports, mut delivered) = (Vec::new(), Vec::new(), Delivered::default());
        for (work, tried) in tried {
            match tried {
                Tried::Later { at, why, failed } => {
                    delivered.comes_again(at, failed);
                    done.push(self.again(&work, at, why));
                }
                Tried::Came(request, came) => {
                    let holder = self.holder(work.attempts);
                    let again = match &came {
                        Came::Answer(_) => {
                            delivered.confirmed += 1;
                            None
                        }
                        Came::Overtaken => {
                            delivered.overtaken += 1;
                            None
                        }
                        Came::Stuck(what) => {
                            delivered.stuck += 1;
                            Some((Timestamp::NEVER, Some(what.clone())))
                        }
                    };
                    done.push(WorkDone { id: work.id, instance: id, holder, again });
                    reports.push(Report { effect: work.id, request, came });
                }
            }
        }
        if reports.is_empty() {
            self.store_done(tenant, done).await?;
            return Ok(delivered);
        }
        let count = done.len();
        match self.by_worker(tenant, id, &Command::Report(reports), &done, seen).await {
            Ok(Some(decision)) => {
                if delivered.stuck > 0 {
                    self.alert_of_incident(tenant, &decision.instance, now);
                }
                Ok(delivered)
            }
            Ok(None) => Ok(Delivered::default()),
            Err(error) if !error.is_retryable() => {
                // One instance that cannot go on must not keep others from it.
                let (what, at) = (in_full(&error), now.plus(LEASE));
                let later = |it: WorkDone| WorkDone { again: Some((at, Some(what.clone()))), ..it };
                self.store_done(tenant, done.into_iter().map(later).collect()).await?;
                Ok(Delivered { failed: count, next: Some(at), ..Delivered::default() })
            }
            Err(error) => Err(error),
        }
    }

    /// This host, with work as it was given out to it.
    pub(super) fn holder(&self, attempt: u32) -> Option<Holder> {
        Some(Holder { host: self.host, attempt })
    }

    /// That work is to be tried again.
    pub(super) fn again(&self, work: &Work, at: Timestamp, why: String) -> WorkDone {
        let holder = self.holder(work.attempts);
        WorkDone { id: work.id, instance: work.instance, holder, again: Some((at, Some(why))) }
    }

    /// Stores what became of work and nothing else.
    pub(super) async fn store_done(&self, tenant: TenantId, done: Vec<WorkDone>) -> Result<(), Error<D>> {
        match self.storage.commit(Commit { done: done.clone(), ..Commit::of(tenant) }).await {
            Ok(_) => Ok(()),
            // Somebody else holds it by now, and goes on with it.
            Err(StorageError::Conflict { .. }) if done.len() == 1 => Ok(()),
            Err(StorageError::Conflict { .. }) => {
                for one in done {
                    Box::pin(self.store_done(tenant, vec![one])).await?;
                }
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn alert_of_incident(&self, tenant: TenantId, instance: &Instance<D>, at: Timestamp) {
        if let Some(alerts) = &self.alerts {
            let (process, subject) = (instance.process().to_owned(), instance.subject());
            alerts.alert(&Alert::Incident { tenant, at, instance: instance.id(), process, subject });
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
                let Performed { held, delivered } = self.perform_of_instance(work).await?;
                left.undelivered += held - delivered.confirmed - delivered.overtaken;
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
