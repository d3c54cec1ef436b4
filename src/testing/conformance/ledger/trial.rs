use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::{LedgerCapabilities, LedgerFactory};
use crate::domain::{IssuerName, RevocationReason, Serial};
use crate::ports::{AuthorityLedger, Changes, LedgerEntry, LedgerStatus, ListPage};
use crate::values::{Millis, Revision, Timestamp};

/// A ledger under test, and what the checks ask of it.
pub struct Trial {
    pub(super) ledger: Arc<dyn AuthorityLedger>,
    can: LedgerCapabilities,
    place: Box<dyn Place>,
}

trait Place {
    fn reopen(&self) -> LocalBoxFuture<'_, Arc<dyn AuthorityLedger>>;
}

struct Opened<F: LedgerFactory> {
    factory: Rc<F>,
    guard: F::Guard,
}

impl<F: LedgerFactory> Place for Opened<F> {
    fn reopen(&self) -> LocalBoxFuture<'_, Arc<dyn AuthorityLedger>> {
        Box::pin(self.factory.reopen(&self.guard))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

impl Trial {
    pub(super) async fn open<F: LedgerFactory>(factory: Rc<F>) -> Trial {
        let (guard, ledger) = factory.ledger().await;
        let can = factory.capabilities();
        Trial { ledger, can, place: Box::new(Opened { factory, guard }) }
    }

    /// The same ledger after a restart; none if it is not durable.
    pub(super) async fn reopened(self) -> Option<Trial> {
        let Trial { ledger, can, place } = self;
        drop(ledger);
        if !can.durable {
            return None;
        }
        let ledger = place.reopen().await;
        Some(Trial { ledger, can, place })
    }

    pub(super) async fn record(&self, entry: &LedgerEntry) {
        self.ledger.record(&ours(), entry).await.unwrap();
    }

    pub(super) async fn entry(&self, number: &str) -> Option<LedgerEntry> {
        self.ledger.entry(&ours(), &serial(number)).await.unwrap()
    }

    /// The numbers on the list, in its order.
    pub(super) async fn listed(&self) -> Vec<String> {
        self.list(&ours()).await.iter().map(|it| it.serial.to_string()).collect()
    }

    /// The whole list of an issuer.
    pub(super) async fn list(&self, issuer: &IssuerName) -> Vec<LedgerEntry> {
        self.ledger.listed(issuer, &ListPage { after: None, at_most: 1000 }).await.unwrap()
    }

    /// The number of the last complete list, and the numbers that have changed since, in their order.
    pub(super) async fn changed(&self) -> (Option<u64>, Vec<String>) {
        let Changes { since, entries } = self.ledger.changes(&ours()).await.unwrap();
        (since, entries.iter().map(|it| it.serial.to_string()).collect())
    }

    /// Takes a number, and publishes a list of this time under it.
    pub(super) async fn publish(&self, at: Timestamp) -> u64 {
        let number = self.next(&ours()).await;
        self.ledger.published(&ours(), number, at).await.unwrap();
        number
    }

    pub(super) async fn next(&self, issuer: &IssuerName) -> u64 {
        self.ledger.next_crl(issuer).await.unwrap()
    }
}

pub(super) fn issuer(name: &str) -> IssuerName {
    name.parse().unwrap()
}

pub(super) fn ours() -> IssuerName {
    issuer("CN=Ours,O=Example")
}

pub(super) fn serial(number: &str) -> Serial {
    number.parse().unwrap()
}

/// The time of the checks, so many days on, and not a whole second.
pub(super) fn day(days: i64) -> Timestamp {
    Timestamp::from_millis(1_795_521_600_123).plus(Millis::days(days))
}

/// An entry of a certificate that ends on day 10.
pub(super) fn entry(number: &str, status: LedgerStatus) -> LedgerEntry {
    LedgerEntry { serial: serial(number), not_after: day(10), status, invalid_since: None, revision: Revision::NONE }
}

pub(super) fn held(number: &str) -> LedgerEntry {
    entry(number, LedgerStatus::OnHold { since: day(0) })
}

pub(super) fn revoked(number: &str, reason: RevocationReason) -> LedgerEntry {
    entry(number, LedgerStatus::Revoked { reason, since: day(0) })
}
