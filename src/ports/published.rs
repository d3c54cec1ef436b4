use std::error::Error;
use std::fmt::Debug;

use async_trait::async_trait;
use thiserror::Error;

use crate::domain::{CertificateState, IssuerName, RevocationReason, Serial};
use crate::values::Timestamp;

/// What relying parties are told of one certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Published {
    /// Valid, on hold or revoked.
    ///
    /// Valid is what is not stopped: lists name neither a certificate that was never issued nor, once it was shown after its
    /// end, one that has expired.
    pub state: CertificateState,
    /// The reason told, if it is on hold or revoked: where none is, `unspecified` (RFC 5280, section 5.3.1).
    pub reason: Option<RevocationReason>,
    /// The revocation date told, if it is on hold or revoked.
    pub since: Option<Timestamp>,
    /// When this was told: `thisUpdate` of the newest list used, or of the answer.
    pub as_of: Timestamp,
    /// Until when it may be relied on: `nextUpdate`, of the list that ends first. None if the answer does not say.
    pub until: Option<Timestamp>,
    /// Until when relying parties may still go by something earlier that told another state or reason: the last end of such a
    /// list or answer that the source has seen, also of a complete CRL that a delta CRL adds to. None if it has seen none that
    /// is still good.
    pub earlier_until: Option<Timestamp>,
}

/// Why nothing is known of what relying parties are told.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PublishedError {
    /// The responder knows no such certificate.
    #[error("the responder knows no certificate {0}; check the serial number and the issuer")]
    NotFound(Serial),
    /// The list or the answer cannot be fetched.
    #[error("what is published cannot be fetched")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The newest list, or the answer, is past its end: relying parties refuse every certificate.
    #[error("what is published ended at {until}, and it is {now}; publish anew, and check the clock")]
    Expired {
        /// Its `nextUpdate`; of an answer without one, the latest time at which it is still taken.
        until: Timestamp,
        /// The time of the question.
        now: Timestamp,
    },
    /// The list or answer is from the future.
    #[error("what is published holds from {from} only, and it is {now}; check the clocks")]
    NotYetValid {
        /// Its `thisUpdate`.
        from: Timestamp,
        /// The time of the question.
        now: Timestamp,
    },
    /// It is not signed by the issuer, nor by one whom the issuer has delegated to, or is about something else.
    #[error("what is published is not to be trusted: {why}")]
    NotTrusted {
        /// What is wrong with it, and what to do.
        why: &'static str,
    },
    /// It does not read.
    #[error("what is published does not read: {why}")]
    Unreadable {
        /// What is wrong with it, and what to do.
        why: &'static str,
    },
    /// Anything else.
    #[error("what is published could not be found out")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}

impl PublishedError {
    /// Whether the same question may be answered later without anybody changing settings: what lies there may be replaced.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            PublishedError::Unavailable(_) | PublishedError::Expired { .. } | PublishedError::NotYetValid { .. } => {
                true
            }
            PublishedError::NotFound(_)
            | PublishedError::NotTrusted { .. }
            | PublishedError::Unreadable { .. }
            | PublishedError::Other(_) => false,
        }
    }
}

/// What relying parties are told of the certificates of one issuer: by a complete CRL, a complete and a delta CRL, or OCSP.
///
/// It is asked for many certificates in a row, and fetches and reads a list once for all of them.
///
/// # Contract
///
/// - **Honest.** What cannot be fetched, does not read, or is signed by another than the issuer or its delegate is an error of
///   its kind, never a state. Else whoever stands on the way tells what they like.
/// - **Current.** What is past its end at `now` is [`PublishedError::Expired`], and what begins later
///   [`PublishedError::NotYetValid`], but for a stated allowance for clocks of less than an hour. Relying parties go by no such
///   list either.
/// - **Forward.** Of no certificate is told what is older than was told before. Where an older list or answer lies there again,
///   the newer one is told until its end. Else a hold that was seen would seem to be taken back.
/// - **Told.** The state is what the newest lists together say, or the answer: valid without reason and date, on hold for
///   `certificateHold`, or revoked, both with reason and date. It is what is published, not what the authority knows beside.
/// - **Overlapping.** `earlier_until` is the last end of what was seen earlier and told another state or reason, as long as
///   it has not come. Else what some relying parties do not know yet is reported as known to all.
/// - **Own.** It tells of the certificates of its issuer, whose name stays. A responder that knows which were issued answers
///   [`PublishedError::NotFound`] for others.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PublishedStatus: Debug + Send + Sync + 'static {
    /// The issuer whose certificates it tells of.
    fn issuer(&self) -> IssuerName;

    /// What is told of a certificate now.
    ///
    /// # Errors
    ///
    /// [`PublishedError`].
    async fn published(&self, serial: &Serial, now: Timestamp) -> Result<Published, PublishedError>;
}
