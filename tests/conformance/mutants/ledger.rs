//! A ledger that does one thing wrong.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use cardflow::domain::{IssuerName, RevocationReason, Serial};
use cardflow::ports::{AuthorityLedger, LedgerEntry, LedgerError, LedgerStatus};
use cardflow::testing::conformance::ledger::LedgerFactory;
use cardflow::values::Timestamp;

use super::let_others_go_on;

faults! {
    /// nothing is wrong
    None,
    /// times are cut to seconds
    CutsTimes,
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
}

#[derive(Clone, Debug)]
struct Row {
    issuer: String,
    entry: LedgerEntry,
    issued: bool,
    retired: bool,
}

#[derive(Debug)]
pub(crate) struct WrongLedger {
    fault: Fault,
    rows: Mutex<Vec<Row>>,
    numbers: Mutex<Vec<(String, u64)>>,
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
        self.rows().push(Row { issuer: book, entry, issued, retired });
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

    async fn listed(&self, issuer: &IssuerName) -> Result<Vec<LedgerEntry>, LedgerError> {
        if self.is(Fault::CountsReads) {
            self.next_crl(issuer).await?;
        }
        let book = self.book(issuer);
        let shown = |it: &&Row| match it.entry.status {
            LedgerStatus::Good => self.is(Fault::ListsGood),
            LedgerStatus::Released { .. } => self.is(Fault::ListsReleased),
            LedgerStatus::OnHold { .. } => !self.is(Fault::HidesHeld),
            LedgerStatus::Revoked { .. } => true,
        };
        let rows = self.rows();
        let listed = rows.iter().filter(|it| it.issuer == book && !it.retired).filter(shown);
        let mut entries: Vec<LedgerEntry> = listed.map(|it| it.entry.clone()).collect();
        match self.fault {
            Fault::SortsAsText => entries.sort_by_key(|it| it.serial.to_string()),
            _ => entries.sort_by_key(|it| (it.serial.as_bytes().len(), it.serial.clone())),
        }
        if entries.is_empty() && self.is(Fault::FearsNothing) {
            return Err(LedgerError::Corrupt { what: "nothing".to_owned() });
        }
        Ok(entries)
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

    async fn published(&self, issuer: &IssuerName, this_update: Timestamp) -> Result<(), LedgerError> {
        let book = self.book(issuer);
        let mut rows = self.rows();
        let of = rows.iter_mut().filter(|it| it.issuer == book || self.is(Fault::RetiresForAll));
        of.filter(|it| match self.fault {
            Fault::NeverRetires => false,
            Fault::RetiresAtEnd => it.entry.not_after <= this_update,
            Fault::RetiresAll => true,
            _ => it.entry.not_after < this_update,
        })
        .for_each(|it| it.retired = true);
        if self.is(Fault::ForgetsRetired) {
            rows.retain(|it| !it.retired);
        }
        Ok(())
    }
}

/// Makes ledgers with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl LedgerFactory for Wrong {
    type Guard = Arc<WrongLedger>;

    async fn ledger(&self) -> (Arc<WrongLedger>, Arc<dyn AuthorityLedger>) {
        let ledger = Arc::new(WrongLedger { fault: self.0, rows: Mutex::default(), numbers: Mutex::default() });
        (Arc::clone(&ledger), ledger)
    }

    async fn reopen(&self, ledger: &Arc<WrongLedger>) -> Arc<dyn AuthorityLedger> {
        match self.0 {
            Fault::LosesEntries => ledger.rows().clear(),
            Fault::LosesNumbers => ledger.numbers.lock().unwrap().clear(),
            Fault::LosesRetired => ledger.rows().iter_mut().for_each(|it| it.retired = false),
            _ => {}
        }
        Arc::clone(ledger) as Arc<dyn AuthorityLedger>
    }
}
