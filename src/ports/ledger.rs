use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::{IssuerName, RevocationReason, Serial};
use crate::values::{Revision, Timestamp};

/// What an authority remembers of one certificate.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Its number.
    pub serial: Serial,
    /// Its end.
    pub not_after: Timestamp,
    /// Whether it is good, on hold or revoked.
    pub status: LedgerStatus,
    /// Since when its key is known or thought to be in other hands, if that was said (RFC 5280, section 5.3.2).
    pub invalid_since: Option<Timestamp>,
    /// How often that has changed.
    pub revision: Revision,
}

/// Whether a certificate is good, on hold or revoked.
///
/// [`Good`](Self::Good) and [`Released`](Self::Released) are told apart so that a release asked for twice is answered
/// twice, while one that follows no hold is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum LedgerStatus {
    /// Good, and never was anything else: on no list.
    Good,
    /// Good again: on no list.
    Released {
        /// Since when.
        since: Timestamp,
    },
    /// On hold.
    OnHold {
        /// Since when.
        since: Timestamp,
    },
    /// Revoked for good.
    Revoked {
        /// Why.
        reason: RevocationReason,
        /// Since when.
        since: Timestamp,
    },
}

/// A piece of what stands on the next complete CRL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListPage {
    /// The number behind which it begins; none for the first piece.
    pub after: Option<Serial>,
    /// How many entries at most.
    pub at_most: usize,
}

/// What has changed since the complete CRL that was published last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// The number of that CRL; none before the first.
    pub since: Option<u64>,
    /// The entries on hold, released or revoked that were written since its number was taken, in the order of the numbers;
    /// none where there is no such CRL.
    pub entries: Vec<LedgerEntry>,
}

/// Why a ledger did not do what was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// An entry with this number is there already.
    #[error("certificate {0} is in the ledger already")]
    AlreadyExists(Serial),
    /// It cannot be reached; nothing was done.
    #[error("the ledger of the authority is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it holds does not read.
    #[error("the ledger of the authority is damaged: {what}; restore it from a backup")]
    Corrupt {
        /// What does not read.
        what: String,
    },
}

/// What a certificate authority of one's own must remember: numbers, revocations, the numbers of its CRLs, and what has
/// changed since the last complete one.
///
/// Kept apart from [`Storage`](super::Storage) and its transactions: it belongs to the authority, not to the cards.
///
/// # Contract
///
/// - **Durable.** What a method has answered is durable. A revocation that is lost after its answer is a card that works
///   again.
/// - **Numbered.** CRL numbers of an issuer rise by one for each call of `next_crl`, for ever, across restarts. A number
///   given twice makes relying parties ignore the newer list. Complete and delta CRLs share them (RFC 5280, section 5.2.3).
/// - **Listed.** `listed` gives every entry that is on hold or revoked and has not been retired, by the size of its number,
///   so that `0100` stands behind `02`; page by page, each as long as asked for unless it is the last.
/// - **Retired.** `published` retires what had ended before the list and was written before the number of the list was taken,
///   and nothing else: what is not listed is good to relying parties. It stays known, and writing an entry anew puts it back.
/// - **Changed.** `changes` names the complete list with the highest number that was published, and gives every entry on hold,
///   released or revoked that was written since that number was taken. One that is missing from a delta CRL is
///   to relying parties what it was on the complete one.
/// - **Single.** A number is issued once for each issuer: [`LedgerError::AlreadyExists`]. Two certificates of one number
///   cannot be revoked one by one.
/// - **Faithful.** An entry is given back as it was written last, to the millisecond.
/// - **Apart.** Each issuer has entries, lists and numbers of its own.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait AuthorityLedger: Debug + Send + Sync + 'static {
    /// Adds a certificate just issued.
    ///
    /// # Errors
    ///
    /// [`LedgerError::AlreadyExists`] if the number is taken.
    async fn issued(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError>;

    /// The entry with this number.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    async fn entry(&self, issuer: &IssuerName, serial: &Serial) -> Result<Option<LedgerEntry>, LedgerError>;

    /// Writes an entry, whether or not there was one.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    async fn record(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError>;

    /// The entries of one page of the next complete CRL, in the order of the numbers.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    async fn listed(&self, issuer: &IssuerName, page: &ListPage) -> Result<Vec<LedgerEntry>, LedgerError>;

    /// What has changed since the complete CRL that was published last.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    async fn changes(&self, issuer: &IssuerName) -> Result<Changes, LedgerError>;

    /// Takes the next CRL number; the first is 1.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    async fn next_crl(&self, issuer: &IssuerName) -> Result<u64, LedgerError>;

    /// Notes that the complete CRL of this number and time has been published: changes are counted from it, and entries that
    /// had expired before it have been shown once after their end and need not be listed again (RFC 5280, section 3.3). To say
    /// it twice changes nothing.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    async fn published(&self, issuer: &IssuerName, number: u64, this_update: Timestamp) -> Result<(), LedgerError>;
}
