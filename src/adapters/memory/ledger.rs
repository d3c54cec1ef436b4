use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::domain::{IssuerName, Serial};
use crate::ports::{AuthorityLedger, Changes, LedgerEntry, LedgerError, LedgerStatus, ListPage};
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
    last_complete: Option<u64>,
}

#[derive(Debug)]
struct Page {
    entry: LedgerEntry,
    retired: bool,
    /// The number taken last when the entry was written.
    written_after: u64,
}

impl Book {
    fn write(&mut self, entry: &LedgerEntry) {
        let page = Page { entry: entry.clone(), retired: false, written_after: self.last_crl };
        self.entries.insert(key(&entry.serial), page);
    }
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
        book.write(entry);
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
        book.write(entry);
        Ok(())
    }

    async fn listed(&self, issuer: &IssuerName, page: &ListPage) -> Result<Vec<LedgerEntry>, LedgerError> {
        let books = self.books();
        let after = page.after.as_ref().map_or(Bound::Unbounded, |it| Bound::Excluded(key(it)));
        let rest = books.get(issuer).into_iter().flat_map(|book| book.entries.range((after.clone(), Bound::Unbounded)));
        let listed = rest.map(|(_, it)| it).filter(|it| !it.retired && !is_good(it.entry.status));
        Ok(listed.take(page.at_most).map(|it| it.entry.clone()).collect())
    }

    async fn changes(&self, issuer: &IssuerName) -> Result<Changes, LedgerError> {
        let books = self.books();
        let Some(book) = books.get(issuer) else { return Ok(Changes::default()) };
        let Some(since) = book.last_complete else { return Ok(Changes::default()) };
        let changed = |page: &&Page| page.written_after >= since && page.entry.status != LedgerStatus::Good;
        let entries = book.entries.values().filter(changed).map(|page| page.entry.clone()).collect();
        Ok(Changes { since: Some(since), entries })
    }

    async fn next_crl(&self, issuer: &IssuerName) -> Result<u64, LedgerError> {
        let mut books = self.books();
        let book = books.entry(issuer.clone()).or_default();
        book.last_crl = book.last_crl.saturating_add(1);
        Ok(book.last_crl)
    }

    async fn published(&self, issuer: &IssuerName, number: u64, this_update: Timestamp) -> Result<(), LedgerError> {
        let mut books = self.books();
        let book = books.entry(issuer.clone()).or_default();
        book.last_complete = book.last_complete.max(Some(number));
        let ended = |page: &&mut Page| page.entry.not_after < this_update && page.written_after < number;
        book.entries.values_mut().filter(ended).for_each(|page| page.retired = true);
        Ok(())
    }
}
