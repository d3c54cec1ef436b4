use std::{fmt, sync::Arc};

use async_lock::Mutex;
use async_trait::async_trait;

use super::ca_certificate::{CaCertificate, parse};
use super::public_key::PublicKey;
use super::time::{since_1970, whole_seconds};
use super::{Distribution, X509Error, issue, signed};
use crate::domain::{Capabilities, IssuerName, Serial, Validity};
use crate::ports::{
    AuthorityError, AuthorityLedger, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest,
    IssuedCertificate, LedgerEntry, LedgerError, LedgerStatus, Signer,
};
use crate::values::{Millis, Revision, Timestamp};

/// What a new authority is to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewAuthority {
    /// Its common name, the first part of its issuer name.
    pub common_name: String,
    /// Its organisation.
    pub organisation: String,
    /// From when until when it is good; no certificate may outlive it.
    pub validity: Validity,
}

/// A certificate authority of one's own, over a key and a ledger.
///
/// INVARIANT: one `X509Authority` an issuer and ledger. Reading an entry and writing it back is one step inside it, and
/// only inside it.
pub struct X509Authority {
    pub(super) issuing: Issuing,
    pub(super) ledger: Arc<dyn AuthorityLedger>,
    reason_change: bool,
    back_dating: bool,
    /// Held while an entry is read and written, and while a list is made: one that ran beside a revocation could take a number
    /// that the ledger counts the revocation before, and be without it.
    pub(super) turn: Mutex<()>,
}

type Make = fn(&Issuing, &IssueRequest, &Serial) -> Result<Vec<u8>, X509Error>;

/// With what certificates and lists are made.
pub(super) struct Issuing {
    pub(super) certificate: CaCertificate,
    pub(super) signer: Arc<dyn Signer>,
    pub(super) distribution: Option<Distribution>,
    pub(super) crl_period: Millis,
    pub(super) delta_period: Millis,
}

impl X509Authority {
    /// Makes a root authority: a self-signed certificate for the key of `signer`.
    ///
    /// Keep its [certificate](Self::certificate_pem), to [open](Self::open) it with the next time.
    ///
    /// # Errors
    ///
    /// [`X509Error`] if the name or validity cannot stand in a certificate, or the key does not sign.
    pub fn create(
        new: &NewAuthority,
        signer: Arc<dyn Signer>,
        ledger: Arc<dyn AuthorityLedger>,
    ) -> Result<Self, X509Error> {
        let der = issue::root(new, signer.as_ref())?;
        Self::with(CaCertificate::from_der(&der)?, signer, ledger)
    }

    /// Opens an authority that exists: a root or one below another, by its certificate and key.
    ///
    /// # Errors
    ///
    /// [`X509Error::UnreadableCertificate`], [`X509Error::NotAnAuthority`], [`X509Error::KeyMismatch`],
    /// [`X509Error::NotYetValid`] or [`X509Error::Expired`] at `now`, [`X509Error::Name`].
    pub fn open(
        certificate_pem: &str,
        signer: Arc<dyn Signer>,
        ledger: Arc<dyn AuthorityLedger>,
        now: Timestamp,
    ) -> Result<Self, X509Error> {
        let certificate = CaCertificate::from_pem(certificate_pem)?;
        certificate.check_time(now)?;
        Self::with(certificate, signer, ledger)
    }

    fn with(
        certificate: CaCertificate,
        signer: Arc<dyn Signer>,
        ledger: Arc<dyn AuthorityLedger>,
    ) -> Result<Self, X509Error> {
        let key = PublicKey::from_spki(&signer.public_key())?;
        if key != certificate.key || !key.fits(signer.algorithm()) {
            return Err(X509Error::KeyMismatch);
        }
        let (crl_period, delta_period) = (Millis::hours(24), Millis::hours(1));
        let issuing = Issuing { certificate, signer, distribution: None, crl_period, delta_period };
        Ok(X509Authority { issuing, ledger, reason_change: false, back_dating: false, turn: Mutex::new(()) })
    }

    /// With another length of time from one complete CRL to the next than 24 hours.
    ///
    /// # Errors
    ///
    /// [`X509Error::Unacceptable`] for less than a second.
    pub fn with_crl_period(mut self, period: Millis) -> Result<Self, X509Error> {
        self.issuing.crl_period = checked(period)?;
        Ok(self)
    }

    /// With another length of time from one delta CRL to the next than an hour.
    ///
    /// # Errors
    ///
    /// [`X509Error::Unacceptable`] for less than a second.
    pub fn with_delta_period(mut self, period: Millis) -> Result<Self, X509Error> {
        self.issuing.delta_period = checked(period)?;
        Ok(self)
    }

    /// With the addresses where relying parties fetch its lists: certificates and lists name them from now on.
    #[must_use]
    pub fn with_distribution(mut self, distribution: Distribution) -> Self {
        self.issuing.distribution = Some(distribution);
        self
    }

    /// Whether the reason of a revocation may become `keyCompromise`, where it was
    /// [one that may](crate::domain::RevocationReason::may_become_key_compromise); without this, it stays as it is.
    #[must_use]
    pub fn with_reason_change(self, reason_change: bool) -> Self {
        X509Authority { reason_change, ..self }
    }

    /// Whether an order may name a date before its own; without this, it may not.
    #[must_use]
    pub fn with_back_dating(self, back_dating: bool) -> Self {
        X509Authority { back_dating, ..self }
    }

    /// Its certificate as PEM, which relying parties trust.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.issuing.certificate.pem
    }

    /// Its certificate as DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.issuing.certificate.der
    }

    /// Whether relying parties are told of delta CRLs.
    pub(super) fn has_deltas(&self) -> bool {
        self.issuing.distribution.as_ref().is_some_and(Distribution::has_deltas)
    }

    /// Issues what `make` makes.
    async fn issued(&self, request: &IssueRequest, make: Make) -> Result<IssuedCertificate, X509Error> {
        let serial = issue::random_serial()?;
        let der = make(&self.issuing, request, &serial)?;
        let not_after = whole_seconds(request.validity.until());
        let (status, revision) = (LedgerStatus::Good, Revision::NONE);
        let entry = LedgerEntry { serial: serial.clone(), not_after, status, invalid_since: None, revision };
        // INVARIANT: no certificate leaves that the ledger does not know.
        self.ledger.issued(&self.issuing.certificate.issuer, &entry).await?;
        Ok(IssuedCertificate { serial, der })
    }

    /// Issues the certificate of an [OCSP responder](super::OcspResponder), for a key of its own.
    ///
    /// Relying parties take its word without asking after it in its turn: let it end soon, and renew it.
    ///
    /// # Errors
    ///
    /// [`X509Error::PastOwnEnd`], [`X509Error::Unacceptable`], [`X509Error::Time`], [`X509Error::Signer`],
    /// [`X509Error::Ledger`].
    #[cfg(feature = "ocsp")]
    pub async fn issue_responder(
        &self,
        common_name: &str,
        public_key: &[u8],
        validity: Validity,
    ) -> Result<IssuedCertificate, X509Error> {
        let (common_name, public_key) = (common_name.to_owned(), public_key.to_vec());
        let request = IssueRequest { common_name, public_key, validity, uses: Vec::new() };
        self.issued(&request, issue::responder).await
    }

    pub(super) fn verified(&self, der: &[u8]) -> Result<(), X509Error> {
        let certificate = parse(der, "the certificate")?;
        let tbs = certificate.tbs_certificate();
        let algorithm = self.issuing.signer.algorithm();
        if tbs.issuer() != &self.issuing.certificate.subject {
            return Err(X509Error::NotOurs { why: "it names another issuer" });
        }
        // RFC 5280, section 4.1.1.2: what is signed names the algorithm of the signature.
        if tbs.signature() != &signed::identifier(algorithm)
            || !signed::is_signed_by(der, &self.issuing.certificate.key, algorithm)
        {
            return Err(X509Error::NotOurs { why: "it names this issuer, but another key signed it" });
        }
        Ok(())
    }
}

#[async_trait]
impl CertificateAuthority for X509Authority {
    fn issuer(&self) -> IssuerName {
        self.issuing.certificate.issuer.clone()
    }

    fn capabilities(&self) -> Capabilities {
        let ocsp = self.issuing.distribution.as_ref().is_some_and(Distribution::has_ocsp);
        Capabilities {
            reason_change: self.reason_change,
            back_dating: self.back_dating,
            delta: self.has_deltas(),
            ocsp,
            ..Capabilities::ALL
        }
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        Ok(self.verified(der)?)
    }

    async fn issue(&self, request: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        Ok(self.issued(request, issue::end_entity).await?)
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        // INVARIANT: what stands in the ledger can stand on a list, or no list could be made any more.
        for date in [order.since, order.invalid_since].into_iter().flatten() {
            since_1970(date).map_err(|error| AuthorityError::Invalid { what: "the date", why: error.to_string() })?;
        }
        let _turn = self.turn.lock().await;
        let known = self.entry(&order.serial).await?;
        let wanted = order.applied_to(known.as_ref(), self.capabilities())?;
        if let Some(entry) = &wanted {
            self.ledger.record(&self.issuing.certificate.issuer, entry).await.map_err(X509Error::from)?;
        }
        let entry = wanted.or(known).ok_or_else(|| AuthorityError::NotFound(order.serial.clone()))?;
        Ok(entry.told())
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        let entry = self.entry(serial).await?;
        let entry = entry.ok_or_else(|| AuthorityError::NotFound(serial.clone()))?;
        Ok(entry.told())
    }
}

impl fmt::Debug for X509Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("X509Authority")
            .field("issuer", &self.issuing.certificate.issuer)
            .field("signer", &self.issuing.signer)
            .field("ledger", &self.ledger)
            .field("distribution", &self.issuing.distribution)
            .field("crl_period", &self.issuing.crl_period)
            .field("delta_period", &self.issuing.delta_period)
            .field("reason_change", &self.reason_change)
            .field("back_dating", &self.back_dating)
            .finish_non_exhaustive()
    }
}

impl X509Authority {
    async fn entry(&self, serial: &Serial) -> Result<Option<LedgerEntry>, AuthorityError> {
        let found: Result<_, LedgerError> = self.ledger.entry(&self.issuing.certificate.issuer, serial).await;
        Ok(found.map_err(X509Error::from)?)
    }
}

fn checked(period: Millis) -> Result<Millis, X509Error> {
    if period < Millis::seconds(1) {
        return Err(X509Error::Unacceptable { what: "the CRL period", why: "give at least one second" });
    }
    Ok(period)
}
