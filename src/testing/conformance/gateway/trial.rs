use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::office::{Office, TENANT};
use super::{DecidedOutside, GatewayFactory};
use crate::adapters::memory::{ManualClock, SequentialIds};
use crate::cards::Cards;
use crate::engine::{ApprovalRequest, Judgement, Rejection};
use crate::ports::ApprovalGateway;
use crate::runtime::{Error, Standing};
use crate::testing::fakes::{Fate, Watched};
use crate::values::{Digest, Millis, TaskId};

/// A gateway under test with the system behind it, and an office that asks for approval.
pub struct Trial {
    pub(super) office: Office,
    pub(super) gateway: Option<Arc<Watched<dyn ApprovalGateway>>>,
    place: Box<dyn Place>,
}

trait Place {
    fn lies<'a>(&'a self, office: &'a Office) -> LocalBoxFuture<'a, Vec<ApprovalRequest>>;
    fn decide<'a>(
        &'a self,
        office: &'a Office,
        decided: &'a DecidedOutside,
    ) -> LocalBoxFuture<'a, Result<Standing<Cards>, Error<Cards>>>;
    fn fail(&self) -> LocalBoxFuture<'_, ()>;
}

struct Opened<F: GatewayFactory> {
    factory: Rc<F>,
    guard: F::Guard,
}

impl<F: GatewayFactory> Place for Opened<F> {
    fn lies<'a>(&'a self, office: &'a Office) -> LocalBoxFuture<'a, Vec<ApprovalRequest>> {
        Box::pin(self.factory.lies(&self.guard, office))
    }

    fn decide<'a>(
        &'a self,
        office: &'a Office,
        decided: &'a DecidedOutside,
    ) -> LocalBoxFuture<'a, Result<Standing<Cards>, Error<Cards>>> {
        Box::pin(self.factory.decide(&self.guard, office, decided))
    }

    fn fail(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.factory.fail(&self.guard))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("gateway", &self.gateway).finish_non_exhaustive()
    }
}

/// What a request waits for, as a person outside has it before them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    pub(super) task: TaskId,
    pub(super) covers: Digest,
}

/// What waits in an instance now.
pub(super) fn shown(standing: &Standing<Cards>) -> Shown {
    let approval = standing.approval.as_ref().expect("it waits for approval");
    Shown { task: standing.task().expect("it waits"), covers: approval.covers }
}

/// Why it was rejected.
#[track_caller]
pub(super) fn rejection(answer: Result<Standing<Cards>, Error<Cards>>) -> Rejection<Cards> {
    match answer {
        Err(Error::Rejected(it)) => it,
        other => panic!("not rejected: {other:?}"),
    }
}

impl Trial {
    pub(super) async fn open<F: GatewayFactory>(factory: Rc<F>) -> Trial {
        let clock = Arc::new(ManualClock::at(super::office::NOW));
        // The gateway has a sequence of its own, so that what it draws changes no id of the runtime.
        let (guard, gateway) = factory.gateway(clock.clone(), Arc::new(SequentialIds::from(9_000_000))).await;
        let gateway = gateway.map(|it| Arc::new(Watched::over(it)));
        let plugged = gateway.clone().map(|it| -> Arc<dyn ApprovalGateway> { it });
        let office = Office::open(plugged, clock, Arc::new(SequentialIds::from(1000))).await;
        Trial { office, gateway, place: Box::new(Opened { factory, guard }) }
    }

    /// What becomes of the next call of the gateway, if there is one.
    pub(super) fn next(&self, method: &'static str, fate: Fate) {
        if let Some(gateway) = &self.gateway {
            gateway.next(method, fate);
        }
    }

    /// What lies outside, in order.
    pub(super) async fn lies(&self) -> Vec<ApprovalRequest> {
        let mut lies = self.place.lies(&self.office).await;
        lies.sort_by_key(|it| (it.tenant, it.task));
        lies
    }

    /// What lies outside once everything is delivered: what waits here, neither more nor less.
    pub(super) async fn in_step(&self) -> Vec<TaskId> {
        self.office.settle().await;
        let mut waits = self.office.waiting().await;
        waits.sort_by_key(|it| (it.tenant, it.task));
        let lies = self.lies().await;
        assert_eq!(lies, waits, "what lies outside is what waits here");
        lies.iter().map(|it| it.task).collect()
    }

    /// Long enough for everything that failed to be tried again.
    pub(super) async fn later(&self) {
        self.office.wait(Millis::hours(1));
        self.office.settle().await;
    }

    /// Somebody decides outside by what was shown.
    pub(super) async fn decides(
        &self,
        account: &str,
        standing: &Standing<Cards>,
        judgement: Judgement,
    ) -> Result<Standing<Cards>, Error<Cards>> {
        let seen = judgement.seen.unwrap_or_else(|| shown(standing).covers);
        let judgement = judgement.seen(seen);
        let account = account.to_owned();
        let decided = DecidedOutside { tenant: TENANT, account, instance: standing.id(), judgement };
        self.place.decide(&self.office, &decided).await
    }

    /// Somebody agrees outside to what was shown.
    pub(super) async fn approves(
        &self,
        account: &str,
        asked: &Standing<Cards>,
    ) -> Result<Standing<Cards>, Error<Cards>> {
        let Shown { task, covers } = shown(asked);
        self.decides(account, asked, Judgement::approve(task, covers)).await
    }

    /// Somebody refuses outside.
    pub(super) async fn rejects(
        &self,
        account: &str,
        asked: &Standing<Cards>,
    ) -> Result<Standing<Cards>, Error<Cards>> {
        self.decides(account, asked, Judgement::reject(shown(asked).task, "The card was found again")).await
    }

    /// Somebody decides here, in the engine's own inbox.
    pub(super) async fn here(&self, name: &str, asked: &Standing<Cards>, judgement: Judgement) -> Standing<Cards> {
        let principal = self.office.by(TENANT, name);
        self.office.cards().judge(&principal, asked.id(), judgement).await.unwrap()
    }

    pub(super) async fn fail(&self) {
        self.place.fail().await;
    }
}
