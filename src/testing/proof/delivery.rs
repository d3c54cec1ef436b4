use std::collections::BTreeSet;

use super::office::{TENANT, principal};
use super::play::{Play, in_full};
use super::story::Fault;
use crate::engine::{Component, Resolution};
use crate::ports::{HistoryLog, Storage, WorkSort};
use crate::runtime::{Delivered, OutstandingPage};
use crate::values::{EffectId, InstanceId, Millis, Timestamp};

/// How often deliveries are tried before the outside is made well.
const PATIENCE: usize = 4;

/// A request that is not answered.
pub(super) struct OpenEffect {
    effect: EffectId,
    /// It is not tried any more until somebody has looked.
    parked: bool,
    /// What went wrong with it last.
    trouble: Option<String>,
    words: String,
}

impl Play<'_> {
    /// Delivers until nothing is open; where the outside stays ill, looks that this shows, makes it well, and has what is
    /// stuck tried again.
    pub(super) async fn settle(&mut self) -> Result<(), Fault> {
        for round in 0..40 {
            let came = self.office.host.deliver(100).await;
            let delivered = match came {
                Ok(delivered) => delivered,
                died if self.host_is_dead(&died) => continue,
                Err(error) => return Err(Fault::of("requests are delivered", in_full(&error))),
            };
            let open = self.open_effects().await;
            if delivered != Delivered::default() {
                let Delivered { confirmed, failed, waiting, overtaken, stuck, next: _ } = delivered;
                let mut counts = format!("{confirmed} confirmed, {failed} failed");
                for (count, what) in [(waiting, "waiting"), (overtaken, "overtaken"), (stuck, "stuck")] {
                    if count > 0 {
                        counts.push_str(&format!(", {count} {what}"));
                    }
                }
                self.tell(format!("deliver: {counts}, {} open", open.len()));
            }
            if open.is_empty() {
                return Ok(());
            }
            self.what_is_parked_is_an_incident(&open).await?;
            if round == PATIENCE {
                let silent: Vec<_> = open.into_iter().filter(|it| it.trouble.is_none()).map(|it| it.words).collect();
                if !silent.is_empty() {
                    return Err(Fault::list("no request is open without a trouble that shows", silent));
                }
                self.tell("the outside is well again");
                self.office.outside.heals();
            }
            if round >= PATIENCE {
                self.retry_what_is_stuck().await?;
            }
            self.office.wait(Millis::hours(1));
        }
        let open: Vec<_> = self.open_effects().await.into_iter().map(|it| it.words).collect();
        Err(Fault::list("every request is answered once the outside is well", open))
    }

    /// A request that nobody tries any more is listed to who deals with incidents.
    async fn what_is_parked_is_an_incident(&self, open: &[OpenEffect]) -> Result<(), Fault> {
        if open.iter().all(|it| !it.parked) {
            return Ok(());
        }
        let listed: BTreeSet<_> = self.incidents_about_requests().await?.into_iter().map(|it| it.2).collect();
        let silent: Vec<_> = open.iter().filter(|it| it.parked && !listed.contains(&it.effect)).collect();
        if silent.is_empty() {
            return Ok(());
        }
        let silent = silent.into_iter().map(|it| it.words.clone()).collect();
        Err(Fault::list("a request that is not tried any more is listed as an incident", silent))
    }

    /// Every incident that is open and about a request: its instance, its place there, and the request.
    async fn incidents_about_requests(&self) -> Result<Vec<(InstanceId, u32, EffectId)>, Fault> {
        let who = principal("adam", Component::Administrator);
        let mut found = Vec::new();
        let mut page = OutstandingPage::first();
        loop {
            let listed = self.office.host.incidents(&who, page).await;
            let listed = listed.map_err(|it| Fault::of("incidents are listed to administrators", in_full(&it)))?;
            for item in &listed.items {
                for (place, incident) in (0..).zip(&item.standing.incidents) {
                    let effect = incident.effect.filter(|_| incident.is_open());
                    found.extend(effect.map(|it| (item.standing.instance, place, it)));
                }
            }
            match listed.next {
                Some(next) => page = OutstandingPage::first().after(next),
                None => return Ok(found),
            }
        }
    }

    /// An administrator has every request that is stuck tried again.
    async fn retry_what_is_stuck(&mut self) -> Result<(), Fault> {
        let who = principal("adam", Component::Administrator);
        for (instance, incident, _) in self.incidents_about_requests().await? {
            let call = who.command(self.fresh());
            let came = self.office.host.resolve_incident(call, instance, incident, Resolution::Retry, "").await;
            match came {
                Ok(_) => self.tell(format!("{} has the request of an incident tried again", who.account())),
                // What became of it shows in the next round.
                died if self.host_is_dead(&died) => return Ok(()),
                Err(error) => return Err(Fault::of("a request that is stuck can be tried again", in_full(&error))),
            }
        }
        Ok(())
    }

    /// The requests that are open, those that are parked among them.
    pub(super) async fn open_effects(&self) -> Vec<OpenEffect> {
        let mut open = Vec::new();
        for id in self.instances().await {
            let Ok(Some(records)) = self.office.store.instance(TENANT, id).await else { continue };
            for work in records.work.iter().filter(|it| it.sort == WorkSort::Effect) {
                let (parked, trouble) = (work.due >= Timestamp::NEVER, work.trouble.clone());
                let why = trouble.as_deref().unwrap_or("and nothing says why");
                let stuck = if parked { ", which nobody tries any more" } else { "" };
                let words = format!("a request of instance {id} about {}{stuck}: {why}", work.target);
                open.push(OpenEffect { effect: work.id, parked, trouble, words });
            }
        }
        open
    }

    /// Every instance that stands in the store; and what stands there as work of one, unless it is an alarm.
    pub(super) async fn instances(&self) -> Vec<InstanceId> {
        let store = &self.office.store;
        let mut found = Vec::new();
        for id in store.instances_after(TENANT, None, usize::MAX).await.unwrap_or_default() {
            let work = store.work_of(TENANT, id).await.unwrap_or_default();
            if work.is_empty() || work.iter().any(|it| it.alarm().is_none()) {
                found.push(id);
            }
        }
        found
    }
}
