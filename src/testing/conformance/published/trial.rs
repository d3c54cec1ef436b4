use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::{PublishedCapabilities, PublishedFactory, Replaced};
use crate::domain::{AuthorityAction, CertificateState, RevocationReason, Serial};
use crate::ports::{Published, PublishedError, PublishedStatus};
use crate::values::{Millis, Timestamp};

/// A source under test with its issuer, and what the checks ask of them.
pub struct Trial {
    pub(super) source: Arc<dyn PublishedStatus>,
    pub(super) can: PublishedCapabilities,
    now: Timestamp,
    place: Box<dyn Place>,
}

trait Place {
    fn certificate(&self) -> LocalBoxFuture<'_, Serial>;
    fn change<'a>(&'a self, serial: &'a Serial, action: AuthorityAction, at: Timestamp) -> LocalBoxFuture<'a, ()>;
    fn publish(&self, at: Timestamp) -> LocalBoxFuture<'_, ()>;
    fn replace(&self, by: Replaced) -> LocalBoxFuture<'_, ()>;
}

struct Opened<F: PublishedFactory> {
    factory: Rc<F>,
    guard: F::Guard,
}

impl<F: PublishedFactory> Place for Opened<F> {
    fn certificate(&self) -> LocalBoxFuture<'_, Serial> {
        Box::pin(self.factory.certificate(&self.guard))
    }

    fn change<'a>(&'a self, serial: &'a Serial, action: AuthorityAction, at: Timestamp) -> LocalBoxFuture<'a, ()> {
        Box::pin(self.factory.change(&self.guard, serial, action, at))
    }

    fn publish(&self, at: Timestamp) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.factory.publish(&self.guard, at))
    }

    fn replace(&self, by: Replaced) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.factory.replace(&self.guard, by))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("source", &self.source).finish_non_exhaustive()
    }
}

pub(super) type Answer = Result<Published, PublishedError>;

/// State, reason and date.
pub(super) type Shown = (CertificateState, Option<RevocationReason>, Option<Timestamp>);

pub(super) const VALID: Shown = (CertificateState::Valid, None, None);

impl Trial {
    pub(super) async fn open<F: PublishedFactory>(factory: Rc<F>) -> Trial {
        let (guard, source) = factory.source().await;
        let (can, now) = (factory.capabilities(), factory.now());
        Trial { source, can, now, place: Box::new(Opened { factory, guard }) }
    }

    pub(super) fn hour(&self, hours: i64) -> Timestamp {
        self.now.plus(Millis::hours(hours))
    }

    pub(super) async fn certificate(&self) -> Serial {
        self.place.certificate().await
    }

    pub(super) async fn change(&self, serial: &Serial, action: AuthorityAction, at: Timestamp) {
        self.place.change(serial, action, at).await;
    }

    pub(super) async fn publish(&self, at: Timestamp) {
        self.place.publish(at).await;
    }

    pub(super) async fn replace(&self, by: Replaced) {
        self.place.replace(by).await;
    }

    pub(super) async fn ask(&self, serial: &Serial, at: Timestamp) -> Answer {
        self.source.published(serial, at).await
    }

    /// Something is changed, published in the same hour, and asked after.
    pub(super) async fn changed(&self, serial: &Serial, action: AuthorityAction, hours: i64) -> Published {
        self.change(serial, action, self.hour(hours)).await;
        self.published(serial, hours).await
    }

    /// What holds is published, and asked after.
    pub(super) async fn published(&self, serial: &Serial, hours: i64) -> Published {
        let at = self.hour(hours);
        self.publish(at).await;
        self.ask(serial, at).await.unwrap()
    }
}

/// State, reason and date of an answer.
pub(super) fn shown(it: &Published) -> Shown {
    (it.state, it.reason, it.since)
}
