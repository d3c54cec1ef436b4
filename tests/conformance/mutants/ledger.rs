//! A ledger that does one thing wrong.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use cardflow::domain::{IssuerName, RevocationReason, Serial};
use cardflow::ports::{AuthorityLedger, Changes, LedgerEntry, LedgerError, LedgerStatus, ListPage};
use cardflow::testing::conformance::ledger::LedgerFactory;
use cardflow::values::Timestamp;

use super::let_others_go_on;

faults! {
    /// nothing is wrong
    None,
    /// times are cut to seconds
    CutsTimes,
    /// invalidity dates are dropped
    DropsInvalidity,
    /// revisions are dropped where an entry is written anew
    DropsRevisions,
    /// long numbers are cut
    CutsNumbers,
    /// the reason of a revocation is dropped
    DropsReasons,
    /// numbers are found by their beginning
    FindsByBeginning,
    /// the first that was written stays
    NeverReplaces,
    /// issuers share their entries
    SharesEntries,
    /// names of issuers are folded
    FoldsIssuers,
    /// a number is issued twice
    IssuesTwice,
    /// a number that was recorded is issued
    IssuesRecorded,
    /// a refused issue is written
    WritesRefused,
    /// a number must be issued before it is recorded
    RecordsIssuedOnly,
    /// numbers are looked up, and then issued
    ChecksThenActs,
    /// the good are listed
    ListsGood,
    /// the released are listed
    ListsReleased,
    /// those on hold are not listed
    HidesHeld,
    /// the list is in the order of texts
    SortsAsText,
    /// an entry is listed as often as it was written
    ListsTwice,
    /// a list of nothing is an error
    FearsNothing,
    /// nothing is retired
    NeverRetires,
    /// what ends with the list is retired
    RetiresAtEnd,
    /// everything is retired
    RetiresAll,
    /// what is retired is forgotten
    ForgetsRetired,
    /// what is written anew stays retired
    KeepsRetired,
    /// what was written while the list was made is retired
    RetiresWhatIsNew,
    /// a list retires for all issuers
    RetiresForAll,
    /// the first list is number 0
    CountsFromZero,
    /// issuers share their numbers
    SharesNumbers,
    /// a list that is read uses up a number
    CountsReads,
    /// calls that race get the same number
    RepeatsNumbers,
    /// entries are gone after reopening
    LosesEntries,
    /// numbers begin anew after reopening
    LosesNumbers,
    /// what was retired is back after reopening
    LosesRetired,
    /// the published list is gone after reopening
    LosesPublished,
    /// a page begins with the last of the one before
    RepeatsOnPages,
    /// every page is the first
    IgnoresPages,
    /// a page is one too short
    ShortPages,
    /// pages are in the order of texts
    PagesAsText,
    /// the released are no changes
    HidesReleases,
    /// those revoked are no changes
    HidesRevocations,
    /// the good are changes
    CountsGood,
    /// changes are counted from the number that was taken last
    CountsFromLast,
    /// changes are counted from after the list
    CountsFromLater,
    /// changes are counted from the time the list was said to be published
    CountsFromSaying,
    /// a number that was taken is taken for published
    TakesForPublished,
    /// what is published last counts, whatever its number
    GoesBack,
    /// issuers share what they have published
    SharesPublished,
}

#[derive(Clone, Debug)]
struct Row {
    issuer: String,
    entry: LedgerEntry,
    issued: bool,
    retired: bool,
    written_after: u64,
}

#[derive(Debug)]
pub(crate) struct WrongLedger {
    fault: Fault,
    rows: Mutex<Vec<Row>>,
    numbers: Mutex<Vec<(String, u64)>>,
    published: Mutex<Vec<(String, u64)>>,
}

impl WrongLedger {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn rows(&self) -> MutexGuard<'_, Vec<Row>> {
        self.rows.lock().unwrap()
    }

    fn book(&self, issuer: &IssuerName) -> String {
        match self.fault {
            Fault::SharesEntries => String::new(),
            Fault::FoldsIssuers => issuer.as_str().to_lowercase(),
            _ => issuer.as_str().to_owned(),
        }
    }

    fn last_number(&self, book: &str) -> u64 {
        let numbers = self.numbers.lock().unwrap();
        numbers.iter().filter(|(it, _)| it == book).map(|(_, n)| *n).max().unwrap_or_default()
    }

    /// The list that changes are counted from.
    fn base(&self, issuer: &IssuerName) -> Option<u64> {
        let published = self.published.lock().unwrap();
        let mut of = published.iter().filter(|(it, _)| it == issuer.as_str() || self.is(Fault::SharesPublished));
        match self.fault {
            Fault::GoesBack => of.next_back().map(|(_, n)| *n),
            Fault::TakesForPublished => Some(self.last_number(issuer.as_str())).filter(|it| *it > 0),
            _ => of.map(|(_, n)| *n).max(),
        }
    }

    fn is_shown(&self, status: LedgerStatus) -> bool {
        match status {
            LedgerStatus::Good => self.is(Fault::ListsGood),
            LedgerStatus::Released { .. } => self.is(Fault::ListsReleased),
            LedgerStatus::OnHold { .. } => !self.is(Fault::HidesHeld),
            LedgerStatus::Revoked { .. } => true,
        }
    }

    fn is_change(&self, status: LedgerStatus) -> bool {
        match status {
            LedgerStatus::Good => self.is(Fault::CountsGood),
            LedgerStatus::Released { .. } => !self.is(Fault::HidesReleases),
            LedgerStatus::OnHold { .. } => true,
            LedgerStatus::Revoked { .. } => !self.is(Fault::HidesRevocations),
        }
    }

    fn is_same(&self, one: &Serial, other: &Serial) -> bool {
        let (one, other) = (one.as_bytes(), other.as_bytes());
        match self.fault {
            Fault::CutsNumbers => one.iter().take(16).eq(other.iter().take(16)),
            Fault::FindsByBeginning => one.starts_with(other),
            _ => one == other,
        }
    }

    fn find(&self, issuer: &IssuerName, serial: &Serial) -> Option<Row> {
        let book = self.book(issuer);
        self.rows().iter().rfind(|it| it.issuer == book && self.is_same(&it.entry.serial, serial)).cloned()
    }

    fn write(&self, issuer: &IssuerName, entry: &LedgerEntry, issued: bool) {
        let mut entry = entry.clone();
        if self.is(Fault::CutsNumbers) {
            let bytes = entry.serial.as_bytes();
            entry.serial = Serial::from_bytes(&bytes[..bytes.len().min(16)]).unwrap();
        }
        match (self.fault, entry.status) {
            (Fault::CutsTimes, LedgerStatus::OnHold { since }) => {
                let since = Timestamp::from_millis(since.millis() / 1000 * 1000);
                entry.status = LedgerStatus::OnHold { since };
            }
            (Fault::DropsReasons, LedgerStatus::Revoked { since, .. }) => {
                entry.status = LedgerStatus::Revoked { reason: RevocationReason::Unspecified, since };
            }
            (Fault::DropsInvalidity, _) => entry.invalid_since = None,
            _ => {}
        }
        let book = self.book(issuer);
        let there = self.find(issuer, &entry.serial);
        if let Some(there) = there.as_ref().filter(|_| self.is(Fault::DropsRevisions)) {
            entry.revision = there.entry.revision;
        }
        if there.is_some() && self.is(Fault::NeverReplaces) {
            return;
        }
        if !self.is(Fault::ListsTwice) {
            self.rows().retain(|it| it.issuer != book || it.entry.serial != entry.serial);
        }
        let retired = there.is_some_and(|it| it.retired) && self.is(Fault::KeepsRetired);
        let written_after = self.last_number(issuer.as_str());
        self.rows().push(Row { issuer: book, entry, issued, retired, written_after });
    }
}

#[async_trait]
impl AuthorityLedger for WrongLedger {
    async fn issued(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let there = self.find(issuer, &entry.serial);
        if self.is(Fault::ChecksThenActs) {
            let_others_go_on().await;
        }
        let taken = there.is_some_and(|it| it.issued || !self.is(Fault::IssuesRecorded));
        if taken && !self.is(Fault::IssuesTwice) {
            if self.is(Fault::WritesRefused) {
                self.write(issuer, entry, true);
            }
            return Err(LedgerError::AlreadyExists(entry.serial.clone()));
        }
        self.write(issuer, entry, true);
        Ok(())
    }

    async fn entry(&self, issuer: &IssuerName, serial: &Serial) -> Result<Option<LedgerEntry>, LedgerError> {
        Ok(self.find(issuer, serial).map(|it| it.entry))
    }

    async fn record(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let there = self.find(issuer, &entry.serial);
        if there.is_some() || !self.is(Fault::RecordsIssuedOnly) {
            self.write(issuer, entry, there.is_some_and(|it| it.issued));
        }
        Ok(())
    }

    async fn listed(&self, issuer: &IssuerName, page: &ListPage) -> Result<Vec<LedgerEntry>, LedgerError> {
        if self.is(Fault::CountsReads) {
            self.next_crl(issuer).await?;
        }
        let book = self.book(issuer);
        let rows = self.rows();
        let listed =
            rows.iter().filter(|it| it.issuer == book && !it.retired).filter(|it| self.is_shown(it.entry.status));
        let mut entries: Vec<LedgerEntry> = listed.map(|it| it.entry.clone()).collect();
        match self.fault {
            Fault::SortsAsText => entries.sort_by_key(|it| it.serial.to_string()),
            _ => entries.sort_by_key(in_order),
        }
        if entries.is_empty() && self.is(Fault::FearsNothing) {
            return Err(LedgerError::Corrupt { what: "nothing".to_owned() });
        }
        if let Some(after) = &page.after {
            let behind = (after.as_bytes().len(), after.clone());
            entries.retain(|it| match self.fault {
                Fault::IgnoresPages => true,
                Fault::RepeatsOnPages => in_order(it) >= behind,
                Fault::PagesAsText => it.serial.to_string() > after.to_string(),
                _ => in_order(it) > behind,
            });
        }
        entries.truncate(page.at_most - usize::from(self.is(Fault::ShortPages) && page.after.is_some()));
        Ok(entries)
    }

    async fn changes(&self, issuer: &IssuerName) -> Result<Changes, LedgerError> {
        let Some(since) = self.base(issuer) else { return Ok(Changes::default()) };
        let from = match self.fault {
            Fault::CountsFromLast => self.last_number(issuer.as_str()),
            Fault::CountsFromLater => since + 1,
            _ => since,
        };
        let book = self.book(issuer);
        let rows = self.rows();
        let changed = rows.iter().filter(|it| it.issuer == book && it.written_after >= from);
        let changed = changed.filter(|it| self.is_change(it.entry.status));
        let mut entries: Vec<LedgerEntry> = changed.map(|it| it.entry.clone()).collect();
        entries.sort_by_key(in_order);
        Ok(Changes { since: Some(since), entries })
    }

    async fn next_crl(&self, issuer: &IssuerName) -> Result<u64, LedgerError> {
        let book = if self.is(Fault::SharesNumbers) { String::new() } else { issuer.as_str().to_owned() };
        let last = |numbers: &[(String, u64)]| numbers.iter().filter(|(it, _)| *it == book).map(|(_, n)| *n).max();
        let next = last(&self.numbers.lock().unwrap()).unwrap_or_default() + 1;
        if self.is(Fault::RepeatsNumbers) {
            let_others_go_on().await;
        }
        self.numbers.lock().unwrap().push((book, next));
        Ok(next - u64::from(self.is(Fault::CountsFromZero)))
    }

    async fn published(&self, issuer: &IssuerName, number: u64, this_update: Timestamp) -> Result<(), LedgerError> {
        self.published.lock().unwrap().push((issuer.as_str().to_owned(), number));
        let book = self.book(issuer);
        let mut rows = self.rows();
        let of = rows.iter_mut().filter(|it| it.issuer == book || self.is(Fault::RetiresForAll));
        let of = of.filter(|it| it.written_after < number || self.is(Fault::RetiresWhatIsNew));
        of.filter(|it| match self.fault {
            Fault::NeverRetires => false,
            Fault::RetiresAtEnd => it.entry.not_after <= this_update,
            Fault::RetiresAll => true,
            _ => it.entry.not_after < this_update,
        })
        .for_each(|it| it.retired = true);
        if self.is(Fault::CountsFromSaying) {
            rows.iter_mut()
                .filter(|it| it.issuer == book && it.written_after == number)
                .for_each(|it| it.written_after = 0);
        }
        if self.is(Fault::ForgetsRetired) {
            rows.retain(|it| !it.retired);
        }
        Ok(())
    }
}

fn in_order(entry: &LedgerEntry) -> (usize, Serial) {
    (entry.serial.as_bytes().len(), entry.serial.clone())
}

/// Makes ledgers with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl LedgerFactory for Wrong {
    type Guard = Arc<WrongLedger>;

    async fn ledger(&self) -> (Arc<WrongLedger>, Arc<dyn AuthorityLedger>) {
        let ledger = Arc::new(WrongLedger {
            fault: self.0,
            rows: Mutex::default(),
            numbers: Mutex::default(),
            published: Mutex::default(),
        });
        (Arc::clone(&ledger), ledger)
    }

    async fn reopen(&self, ledger: &Arc<WrongLedger>) -> Arc<dyn AuthorityLedger> {
        match self.0 {
            Fault::LosesEntries => ledger.rows().clear(),
            Fault::LosesNumbers => ledger.numbers.lock().unwrap().clear(),
            Fault::LosesPublished => ledger.published.lock().unwrap().clear(),
            Fault::LosesRetired => ledger.rows().iter_mut().for_each(|it| it.retired = false),
            _ => {}
        }
        Arc::clone(ledger) as Arc<dyn AuthorityLedger>
    }
}
