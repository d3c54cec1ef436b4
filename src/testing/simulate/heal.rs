//! The second half of a run: everything is well, and it must come to its end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::book::Broken;
use super::course::Course;
use super::given::in_full;
use super::invariants::Settled;
use super::trace::Told;
use crate::cards::Cards;
use crate::domain::CARD_KIND;
use crate::engine::Component;
use crate::engine::evidence::Finding;
use crate::ports::{AuditQuery, Place, Principal, Search, SignatureVerifier, Work, WorkSort};
use crate::runtime::{Delivered, Error, InboxQuery, OutstandingPage};
use crate::testing::scene::{TENANT, day};
use crate::values::{InstanceId, Millis, SignatureAlgorithm, TaskId, Timestamp};

/// So often everything is tried again at most, an hour apart each time: leases under a clock that was far ahead have ended by
/// then, and every pause is over.
const ROUNDS: usize = 24;

/// And so often a day apart, for what waits until others have let their time pass.
const DAYS: usize = 5;

/// Once all is well and quiet, it comes to rest in so many rounds.
const LAST: usize = 4;

/// Nothing is signed in a run: there are no checkpoints.
#[derive(Debug)]
struct NothingIsSigned;

impl SignatureVerifier for NothingIsSigned {
    fn verifies(&self, _: SignatureAlgorithm, _: &[u8], _: &[u8], _: &[u8]) -> bool {
        false
    }
}

impl Course {
    /// Nothing goes wrong any more, and every host starts anew: what is under way is dropped where it stands.
    pub(super) fn heal(&mut self) -> Result<(), Broken> {
        self.world.with(|it| {
            it.calm = true;
            it.clocks.iter_mut().for_each(|it| *it = Millis::new(0));
            it.tell(Told::Else("everything is well from now on".to_owned()));
        });
        for host in 0..self.hosts.len() {
            self.kill_host(host);
        }
        for round in 0..ROUNDS + DAYS {
            self.round(if round < ROUNDS { Millis::hours(1) } else { Millis::days(1) });
            if self.broken().is_some() || self.is_quiet()? {
                break;
            }
        }
        if self.broken().is_none() {
            let at_rest = self.is_at_rest();
            let settled = Settled { at_rest, ..self.look()? };
            self.world.with(|it| it.book.settled(&settled));
        }
        Ok(())
    }

    /// Some time passes, the town does its part, and every host does what there is to do.
    pub(super) fn round(&mut self, pause: Millis) {
        self.world.with(|it| it.now = it.now.plus(pause));
        self.town_goes_on();
        for (number, host) in self.hosts.clone().into_iter().enumerate() {
            self.tasks.begin(number, None, async move {
                let _ = host.tick().await;
                // As a host does once a night.
                if number == 0 {
                    let _ = host.reconcile(TENANT, None, 1000).await;
                }
                for _ in 0..50 {
                    match host.deliver(20).await {
                        Ok(Delivered { confirmed: 0, overtaken: 0, stuck: 0, .. }) | Err(_) => break,
                        Ok(_) => {}
                    }
                }
            });
        }
        while !self.tasks.is_empty() && self.broken().is_none() {
            if !self.tasks.go_on(&self.world, &mut self.dice) {
                let next = self.tasks.next_time();
                self.world.with(|it| it.now = next.map_or(it.now, |next| it.now.max(next)));
            }
        }
    }

    /// Whether nothing is done any more while no time passes: the last answers may lead to something still.
    fn is_at_rest(&mut self) -> bool {
        (0..LAST).any(|_| {
            let before = self.world.with(|it| it.book.facts.commits);
            self.round(Millis::new(0));
            self.world.with(|it| it.book.facts.commits) == before
        })
    }

    /// Whether nothing is left to be performed, but what waits for a person, and no host holds anything.
    fn is_quiet(&self) -> Result<bool, Broken> {
        let now = self.world.now();
        for id in self.instances() {
            let work = self.read(self.plan.store.log.work_of(TENANT, id))?;
            let open = |it: &Work| it.sort == WorkSort::Effect && it.due != Timestamp::NEVER;
            let held = |it: &Work| it.lease.is_some_and(|it| it.until > now);
            if work.iter().any(|it| open(it) || held(it)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Carries out a call of the first host to its end, with nothing beside it.
    fn alone<T: Send + 'static>(
        &mut self,
        call: impl Future<Output = Result<T, Error<Cards>>> + Send + 'static,
    ) -> Result<T, Broken> {
        let came = Arc::new(Mutex::new(None));
        let place = Arc::clone(&came);
        self.tasks.begin(0, None, async move {
            let answer = call.await;
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        });
        while self.tasks.go_on(&self.world, &mut self.dice) {}
        let answer = came.lock().unwrap_or_else(PoisonError::into_inner).take();
        let what = match answer {
            Some(Ok(it)) => return Ok(it),
            Some(Err(error)) => in_full(&error),
            None => "it does not come to an end".to_owned(),
        };
        Err(Broken { name: "settled", rule: "Once everything is well, every call is answered.", what })
    }

    /// Everything that invariants look at in the end.
    fn look(&mut self) -> Result<Settled, Broken> {
        let mut settled = Settled::at(self.world.now());
        let truth = self.town.authority.truth().into_iter();
        settled.truth = truth.map(|(serial, it)| (serial, it.state)).collect();
        let auditor = self.principal("aude", Component::Operator);
        let host = Arc::clone(&self.hosts[0]);
        let (at, who) = (Arc::clone(&host), auditor.clone());
        let report = self.alone(async move { at.verify(&who, &[], &[], &NothingIsSigned).await })?;
        settled.findings = report.faults().map(Finding::to_string).collect();
        for id in self.instances() {
            let kept = self.read(self.plan.store.storage.instance(TENANT, id))?;
            let tasks = |it: &crate::ports::InstanceRecords| -> Vec<_> {
                it.tasks.iter().map(|it| TaskId::from_uuid(it.at.id())).collect()
            };
            let (tasks, work) = kept.map_or((Vec::new(), Vec::new()), |it| (tasks(&it), it.work));
            settled.kept.insert(id, (tasks, work));
        }
        self.look_at_lists(&mut settled)?;
        let records = self.read(self.plan.store.log.records_after(TENANT, 0, usize::MAX))?;
        settled.records = records.len();
        let (at, who) = (Arc::clone(&host), auditor);
        settled.audited = self.alone(async move {
            while !at.project(TENANT, 1000).await?.up_to_date {}
            let mut place = None;
            let mut count = 0;
            loop {
                let query = AuditQuery::all().limit(1000);
                let query = match place {
                    Some(place) => query.after(place),
                    None => query,
                };
                let page = at.audit(&who, query).await?;
                count += page.rows.len();
                place = page.next;
                if place.is_none() {
                    return Ok(count);
                }
            }
        })?;
        Ok(settled)
    }

    fn principal(&self, account: &str, component: Component) -> Principal {
        Principal::new(account, component, "smart card", day(0)).of_tenant(TENANT)
    }

    fn look_at_lists(&mut self, settled: &mut Settled) -> Result<(), Broken> {
        let (host, who) = (Arc::clone(&self.hosts[0]), self.principal("olga", Component::Operator));
        // A page at a time, so that pages are tried too.
        settled.found = self.alone(async move {
            let mut found = Vec::new();
            let mut after: Option<Place> = None;
            loop {
                let search = Search::of(CARD_KIND).limit(2);
                let search = match after {
                    Some(place) => search.after(place),
                    None => search,
                };
                let page = host.search(&who, search).await?;
                found.extend(page.items.iter().map(|it| it.id));
                after = page.next;
                if after.is_none() {
                    return Ok(found);
                }
            }
        })?;
        for user in self.town.users.clone() {
            let host = Arc::clone(&self.hosts[0]);
            let shown = self.alone(async move {
                let mut shown = BTreeMap::new();
                for query in [InboxQuery::mine(), InboxQuery::groups()] {
                    let mut after = None;
                    loop {
                        let query = query.clone().limit(3);
                        let query = match after {
                            Some(place) => query.after(place),
                            None => query,
                        };
                        match host.inbox(&user.principal, query).await {
                            Ok(page) => {
                                shown.extend(page.items.into_iter().map(|it| (it.id, it.task)));
                                after = page.next;
                            }
                            Err(Error::Rejected(_)) => after = None,
                            Err(error) => return Err(error),
                        }
                        if after.is_none() {
                            break;
                        }
                    }
                }
                Ok(shown)
            })?;
            settled.inbox.extend(shown);
        }
        let (host, who) = (Arc::clone(&self.hosts[0]), self.principal("adam", Component::Administrator));
        let (incidents, unmet) = self.alone(async move {
            let page = || OutstandingPage::first().limit(1000);
            let ids = |it: crate::runtime::Outstanding<Cards>| -> Vec<InstanceId> {
                it.items.iter().map(|it| it.standing.instance).collect()
            };
            Ok((ids(host.incidents(&who, page()).await?), ids(host.unmet(&who, page()).await?)))
        })?;
        (settled.incidents, settled.unmet) = (incidents, unmet);
        Ok(())
    }
}
