use std::fmt::Debug;

use async_trait::async_trait;
use thiserror::Error;

use crate::domain::{
    AuthorityAction, Capabilities, CertificateState, IssuerName, KeyUse, RevocationReason, Serial, Validity,
};
use crate::values::{EffectId, Revision, Timestamp};

/// One order to change the revocation of a certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthorityOrder {
    /// The idempotency key: the same order may arrive twice.
    pub effect: EffectId,
    /// The number of the certificate.
    pub serial: Serial,
    /// The end of the certificate, after which no list need carry it.
    pub not_after: Timestamp,
    /// What is asked for.
    pub action: AuthorityAction,
    /// When it was asked for: the revocation date where the authority lets one say it.
    pub at: Timestamp,
    /// The revocation date that was asked for, if it is an earlier one than [`at`](Self::at): only where the authority allows
    /// [back-dating](Capabilities::back_dating).
    pub since: Option<Timestamp>,
    /// Since when the key is known or thought to be in other hands, if that was said: the invalidity date of RFC 5280, section
    /// 5.3.2. It may be before the certificate was issued. An authority that carries none on leaves it out.
    pub invalid_since: Option<Timestamp>,
    /// The revision of the certificate that the order was decided on; if it has another one by now, nothing is done. None
    /// where the authority has no [revisions](Capabilities::revisions).
    pub expects: Option<Revision>,
}

/// What an authority says about one certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuthorityStatus {
    /// The state there: valid, on hold or revoked.
    pub state: CertificateState,
    /// The reason, if it is on hold or revoked.
    pub reason: Option<RevocationReason>,
    /// Since when: for a hold that became a revocation, the start of the hold; for a revocation that was given another reason,
    /// the date it had.
    pub since: Option<Timestamp>,
    /// How often it has changed there, by whomever; none where the authority has no [revisions](Capabilities::revisions).
    pub revision: Option<Revision>,
}

/// A request for a new certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IssueRequest {
    /// The common name of the holder.
    pub common_name: String,
    /// The public key, as the DER of a `SubjectPublicKeyInfo`.
    pub public_key: Vec<u8>,
    /// From when until when; an authority may not issue past its own end.
    pub validity: Validity,
    /// What the key is for.
    pub uses: Vec<KeyUse>,
}

/// A certificate fresh from its authority.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IssuedCertificate {
    /// Its number.
    pub serial: Serial,
    /// Its DER bytes.
    pub der: Vec<u8>,
}

/// Why an authority did not do what was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// It knows no such certificate.
    #[error("the authority knows no certificate {0}; check the serial number and the issuer")]
    NotFound(Serial),
    /// The certificate is revoked for good, or there is no hold to release.
    #[error("the authority refuses: {0}")]
    Refused(#[from] crate::domain::RevocationRefused),
    /// The certificate has changed since the order was decided; nothing was done.
    #[error("certificate {serial} has changed at the authority since; ask for its status and decide again")]
    Overtaken {
        /// Its number.
        serial: Serial,
        /// How often it has changed by now.
        revision: Revision,
    },
    /// The order was taken, and somebody at the authority must agree before it is done.
    ///
    /// No failure of either side, and not to be counted as one: nothing has changed yet, and the same order is answered like
    /// this until it was done, then by the status. If it is turned down there, what holds stays as it is and the order may be
    /// asked for anew.
    #[error("the authority has the order for certificate {0}, and somebody there must agree first; ask again")]
    Pending(Serial),
    /// The authority cannot do such a thing at all.
    #[error("the authority cannot {what}")]
    Unsupported {
        /// What it cannot do.
        what: &'static str,
    },
    /// What it was given is not acceptable.
    #[error("the authority does not accept {what}: {why}")]
    Invalid {
        /// What it was given.
        what: &'static str,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// It cannot be reached, or its ledger cannot; nothing was done.
    #[error("the authority is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Whether it was done is not known; ask for the status before asking again.
    #[error("it is not known whether the authority did it")]
    OutcomeUnknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else.
    #[error("the authority failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AuthorityError {
    /// Whether the same order may succeed later; one that was overtaken, with what `status` says by then; one that is pending,
    /// when it was agreed to.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        use AuthorityError::{OutcomeUnknown, Overtaken, Pending, Unavailable};
        matches!(self, Unavailable(_) | OutcomeUnknown(_) | Overtaken { .. } | Pending(_))
    }
}

/// A certificate authority, registered for its issuer name.
///
/// # Contract
///
/// - **Idempotent.** An order whose state already holds answers with that state and changes nothing, in particular no date.
///   An implementer that cannot promise this reads the status first; else a repeated delivery would move a revocation date.
///   One that cannot tell a certificate that was released from one never on hold answers a release of either.
/// - **Durable.** `change` answers only what is durable at the authority. If it answers earlier, a card is reported done
///   that relying parties still accept.
/// - **Lawful.** The rules of RFC 5280 hold: hold → release, hold → permanent, permanent → nothing. To revoke for
///   `certificateHold` is to hold, to revoke for `removeFromCRL` is to release.
/// - **In order.** Where [`Capabilities::revisions`] says so, `status` and the answer of `change` give the revision of the
///   certificate: it rises with each change, whoever makes it, and with nothing else, and comes to no value twice. An order
///   that expects another one is [`AuthorityError::Overtaken`], and nothing is done; comparing and changing are one step. What
///   is so already is answered all the same, and a revocation for good is done whatever it expects. If an order is done that
///   was long on its way, a late release undoes the hold that came after it.
/// - **Revised.** Where [`Capabilities::reason_change`] says so, a revocation becomes one for `keyCompromise` if its reason
///   [may](RevocationReason::may_become_key_compromise), and keeps its date: relying parties have refused the certificate since
///   then. What is so listed is listed with the new reason from then on. Elsewhere it is refused.
/// - **Dated.** A hold that becomes a revocation keeps the start of the hold as its date. A date that an order names moves it
///   back where [`Capabilities::back_dating`] says so, never forward; that of a revocation for good only where
///   [`Capabilities::reason_change`] says so too. A date in the future, or back-dating elsewhere, is
///   [`AuthorityError::Invalid`].
/// - **Pending.** Where somebody must agree first, `change` answers [`AuthorityError::Pending`] and the state stays, until the
///   order was done; then the same order is answered by what holds.
/// - **Told.** `status` is what holds there, as the last `change` answered unless the authority changed it by itself. A
///   refusal changes nothing.
/// - **Own.** `verify` accepts what the authority has signed and nothing else. Its numbers are given once; its name and
///   what it can do stay as they are.
/// - **Able.** What `capabilities` deny is [`AuthorityError::Unsupported`], and nothing is done: plans rely on it.
/// - [`AuthorityError::Unavailable`] promises that nothing was done; whoever cannot promise answers
///   [`AuthorityError::OutcomeUnknown`].
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait CertificateAuthority: Debug + Send + Sync + 'static {
    /// The name in the issuer field of its certificates.
    fn issuer(&self) -> IssuerName;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Whether `der` is a certificate that this authority signed.
    ///
    /// # Errors
    ///
    /// [`AuthorityError::Invalid`] says why it is not.
    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError>;

    /// Issues a certificate.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`].
    async fn issue(&self, request: &IssueRequest) -> Result<IssuedCertificate, AuthorityError>;

    /// Puts on hold, releases, or revokes.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`].
    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError>;

    /// The state of a certificate there.
    ///
    /// # Errors
    ///
    /// [`AuthorityError::NotFound`] if it has none of that number.
    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError>;
}
