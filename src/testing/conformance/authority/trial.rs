use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::{AuthorityCapabilities, AuthorityFactory, Certified, Switches};
use crate::domain::{AuthorityAction, CertificateState, RevocationReason};
use crate::ports::{AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority};
use crate::values::{EffectId, Millis, Revision, Timestamp};

/// An authority under test, and what the checks ask of it.
pub struct Trial {
    pub(super) authority: Arc<dyn CertificateAuthority>,
    pub(super) can: AuthorityCapabilities,
    now: Timestamp,
    orders: Cell<u128>,
    place: Box<dyn Place>,
}

trait Place {
    fn certificate<'a>(&'a self, authority: &'a dyn CertificateAuthority) -> LocalBoxFuture<'a, Certified>;
    fn reopen(&self) -> LocalBoxFuture<'_, Arc<dyn CertificateAuthority>>;
    fn agree(&self) -> LocalBoxFuture<'_, ()>;
    fn another(&self, switches: Switches) -> LocalBoxFuture<'_, Trial>;
}

struct Opened<F: AuthorityFactory> {
    factory: Rc<F>,
    guard: F::Guard,
}

impl<F: AuthorityFactory> Place for Opened<F> {
    fn certificate<'a>(&'a self, authority: &'a dyn CertificateAuthority) -> LocalBoxFuture<'a, Certified> {
        Box::pin(self.factory.certificate(&self.guard, authority))
    }

    fn reopen(&self) -> LocalBoxFuture<'_, Arc<dyn CertificateAuthority>> {
        Box::pin(self.factory.reopen(&self.guard))
    }

    fn agree(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.factory.agree(&self.guard))
    }

    fn another(&self, switches: Switches) -> LocalBoxFuture<'_, Trial> {
        Box::pin(Trial::switched(Rc::clone(&self.factory), switches))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("authority", &self.authority).finish_non_exhaustive()
    }
}

/// State, reason and date.
pub(super) type Shown = (CertificateState, Option<RevocationReason>, Option<Timestamp>);

pub(super) const VALID: Shown = (CertificateState::Valid, None, None);

pub(super) type Answer = Result<AuthorityStatus, AuthorityError>;

impl Trial {
    pub(super) async fn open<F: AuthorityFactory>(factory: Rc<F>) -> Trial {
        Trial::switched(factory, Switches::OFF).await
    }

    async fn switched<F: AuthorityFactory>(factory: Rc<F>, switches: Switches) -> Trial {
        let (guard, authority) = factory.authority(switches).await;
        let (can, now) = (factory.capabilities(), factory.now());
        Trial { authority, can, now, orders: Cell::new(1), place: Box::new(Opened { factory, guard }) }
    }

    /// The same authority after a restart; none if it is not durable.
    pub(super) async fn reopened(self) -> Option<Trial> {
        let Trial { authority, can, now, orders, place } = self;
        drop(authority);
        if !can.durable {
            return None;
        }
        let authority = place.reopen().await;
        Some(Trial { authority, can, now, orders, place })
    }

    /// One with these switches on; none if it has no such.
    pub(super) async fn with(&self, switches: Switches) -> Option<Trial> {
        if switches.approval && !self.can.approves {
            return None;
        }
        let it = self.place.another(switches).await;
        let has = (it.revises() || !switches.reason_change) && (it.dates_back() || !switches.back_dating);
        has.then_some(it)
    }

    /// Somebody at the authority agrees to what waits.
    pub(super) async fn agree(&self) {
        self.place.agree().await;
    }

    /// Whether the reason of a revocation may be changed.
    pub(super) fn revises(&self) -> bool {
        self.authority.capabilities().reason_change
    }

    /// Whether an order may name an earlier date.
    pub(super) fn dates_back(&self) -> bool {
        self.authority.capabilities().back_dating
    }

    /// Whether it can put on hold, and release.
    pub(super) fn holds(&self) -> bool {
        self.authority.capabilities().hold
    }

    pub(super) fn releases(&self) -> bool {
        self.holds() && self.authority.capabilities().release
    }

    /// A certificate that is good.
    pub(super) async fn certificate(&self) -> Certified {
        self.place.certificate(self.authority.as_ref()).await
    }

    /// A certificate on which these orders have been given, one an hour.
    pub(super) async fn after(&self, actions: &[AuthorityAction]) -> Certified {
        let certificate = self.certificate().await;
        for (hour, action) in (1..).zip(actions) {
            self.change(&certificate, *action, hour).await.unwrap();
        }
        certificate
    }

    pub(super) fn hour(&self, hours: i64) -> Timestamp {
        self.now.plus(Millis::hours(hours))
    }

    /// An order with an id of its own, whatever the revision.
    pub(super) fn order(&self, of: &Certified, action: AuthorityAction, hours: i64) -> AuthorityOrder {
        let number = self.orders.replace(self.orders.get() + 1);
        let effect = EffectId::from_uuid(uuid::Uuid::from_u128(number));
        AuthorityOrder {
            effect,
            serial: of.serial.clone(),
            not_after: of.not_after,
            action,
            at: self.hour(hours),
            since: None,
            invalid_since: None,
            expects: None,
        }
    }

    pub(super) async fn change(&self, of: &Certified, action: AuthorityAction, hours: i64) -> Answer {
        self.authority.change(&self.order(of, action, hours)).await
    }

    /// An order that was decided on a revision.
    pub(super) async fn change_if(
        &self,
        of: &Certified,
        expects: Option<Revision>,
        action: AuthorityAction,
        hours: i64,
    ) -> Answer {
        self.authority.change(&AuthorityOrder { expects, ..self.order(of, action, hours) }).await
    }

    /// Whether it counts the changes of a certificate.
    pub(super) fn counts(&self) -> bool {
        self.authority.capabilities().revisions
    }

    pub(super) async fn shown(&self, of: &Certified) -> Shown {
        shown(Ok(self.status(of).await))
    }

    pub(super) async fn status(&self, of: &Certified) -> AuthorityStatus {
        self.authority.status(&of.serial).await.unwrap()
    }
}

pub(super) fn permanent() -> impl Iterator<Item = RevocationReason> {
    RevocationReason::ALL.iter().copied().filter(|it| it.is_permanent())
}

/// State, reason and date of an answer.
#[track_caller]
pub(super) fn shown(answer: Answer) -> Shown {
    let status = answer.unwrap();
    (status.state, status.reason, status.since)
}

/// State and reason of an answer.
#[track_caller]
pub(super) fn state(answer: Answer) -> (CertificateState, Option<RevocationReason>) {
    let status = answer.unwrap();
    (status.state, status.reason)
}
