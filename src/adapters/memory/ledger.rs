use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::domain::{IssuerName, Serial};
use crate::ports::{AuthorityLedger, LedgerEntry, LedgerError, LedgerStatus};
use crate::values::Timestamp;

/// What authorities remember, in memory: for tests and trials only, since a restart forgets every revocation.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<HashMap<IssuerName, Book>>);

/// What one issuer remembers.
#[derive(Debug, Default)]
struct Book {
    /// By length and octets, which is the order of the numbers.
    entries: BTreeMap<(usize, Serial), Page>,
    last_crl: u64,
}

#[derive(Debug)]
struct Page {
    entry: LedgerEntry,
    retired: bool,
}

impl MemoryLedger {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn books(&self) -> MutexGuard<'_, HashMap<IssuerName, Book>> {
        // No call leaves a book half written, so one that panicked leaves nothing to fear.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(serial: &Serial) -> (usize, Serial) {
    (serial.as_bytes().len(), serial.clone())
}

fn is_good(status: LedgerStatus) -> bool {
    matches!(status, LedgerStatus::Good | LedgerStatus::Released { .. })
}

#[async_trait]
impl AuthorityLedger for MemoryLedger {
    async fn issued(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let mut books = self.books();
        let book = books.entry(issuer.clone()).or_default();
        if book.entries.contains_key(&key(&entry.serial)) {
            return Err(LedgerError::AlreadyExists(entry.serial.clone()));
        }
        book.entries.insert(key(&entry.serial), Page { entry: entry.clone(), retired: false });
        Ok(())
    }

    async fn entry(&self, issuer: &IssuerName, serial: &Serial) -> Result<Option<LedgerEntry>, LedgerError> {
        let books = self.books();
        let page = books.get(issuer).and_then(|book| book.entries.get(&key(serial)));
        Ok(page.map(|page| page.entry.clone()))
    }

    async fn record(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let mut books = self.books();
        let book = books.entry(issuer.clone()).or_default();
        book.entries.insert(key(&entry.serial), Page { entry: entry.clone(), retired: false });
        Ok(())
    }

    async fn listed(&self, issuer: &IssuerName) -> Result<Vec<LedgerEntry>, LedgerError> {
        let books = self.books();
        let pages = books.get(issuer).into_iter().flat_map(|book| book.entries.values());
        let listed = pages.filter(|page| !page.retired && !is_good(page.entry.status));
        Ok(listed.map(|page| page.entry.clone()).collect())
    }

    async fn next_crl(&self, issuer: &IssuerName) -> Result<u64, LedgerError> {
        let mut books = self.books();
        let book = books.entry(issuer.clone()).or_default();
        book.last_crl = book.last_crl.saturating_add(1);
        Ok(book.last_crl)
    }

    async fn published(&self, issuer: &IssuerName, this_update: Timestamp) -> Result<(), LedgerError> {
        let mut books = self.books();
        let pages = books.get_mut(issuer).into_iter().flat_map(|book| book.entries.values_mut());
        pages.filter(|page| page.entry.not_after < this_update).for_each(|page| page.retired = true);
        Ok(())
    }
}
