use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::{AuthorityCapabilities, AuthorityFactory, Certified};
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
        let (guard, authority) = factory.authority().await;
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
