use std::{fmt, sync::Arc};

use async_lock::Mutex;
use async_trait::async_trait;

use super::ca_certificate::{CaCertificate, parse};
use super::public_key::PublicKey;
use super::{CompleteCrl, PublishedCrl, X509Error, crl, issue, signed};
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
    certificate: CaCertificate,
    signer: Arc<dyn Signer>,
    ledger: Arc<dyn AuthorityLedger>,
    crl_period: Millis,
    /// Held while an entry is read and written, and while a CRL is made: one that ran beside a revocation could be
    /// published without it, and yet retire its entry.
    turn: Mutex<()>,
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
        Ok(X509Authority { certificate, signer, ledger, crl_period: Millis::hours(24), turn: Mutex::new(()) })
    }

    /// With another length of time from one CRL to the next than 24 hours.
    ///
    /// # Errors
    ///
    /// [`X509Error::Unacceptable`] for less than a second.
    pub fn with_crl_period(mut self, period: Millis) -> Result<Self, X509Error> {
        if period < Millis::seconds(1) {
            return Err(X509Error::Unacceptable { what: "the CRL period", why: "give at least one second" });
        }
        self.crl_period = period;
        Ok(self)
    }

    /// Its certificate as PEM, which relying parties trust.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate.pem
    }

    /// Its certificate as DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate.der
    }

    /// The complete CRL of `now`, with the next number.
    ///
    /// An entry whose certificate has ended stands on one more list and is then dropped (RFC 5280, section 3.3), so every
    /// list made must be published. A number is used up even if the list then fails; relying parties ask only that
    /// numbers rise (section 5.2.3).
    ///
    /// Where the list before it is at hand, make it with [`crl_after`](Self::crl_after): the ledger may be an old copy.
    ///
    /// # Errors
    ///
    /// [`X509Error::Ledger`], [`X509Error::Signer`], [`X509Error::Time`].
    pub async fn crl(&self, now: Timestamp) -> Result<CompleteCrl, X509Error> {
        let _turn = self.turn.lock().await;
        let entries = self.ledger.listed(&self.certificate.issuer).await?;
        self.list(entries, 0, now).await
    }

    /// The complete CRL of `now` as the one after that which was published last: with a higher number, and refused if it
    /// would let through what that one stops.
    ///
    /// A certificate on the published list may be missing from the next if the ledger knows that it was released after it
    /// was listed, if it had ended when it was listed, or if it was [confirmed](PublishedCrl::confirm).
    ///
    /// # Errors
    ///
    /// [`X509Error::WouldVanish`] with the numbers, [`X509Error::PublishedCrl`] if the list is not one of this authority;
    /// and those of [`crl`](Self::crl). Nothing is used up then.
    pub async fn crl_after(&self, published: &PublishedCrl, now: Timestamp) -> Result<CompleteCrl, X509Error> {
        published.check_signed_by(&self.certificate, self.signer.algorithm())?;
        let _turn = self.turn.lock().await;
        let issuer = &self.certificate.issuer;
        let entries = self.ledger.listed(issuer).await?;
        let mut serials = Vec::new();
        for serial in published.missing_from(&entries) {
            let known = self.ledger.entry(issuer, serial).await?;
            if !known.is_some_and(|it| published.is_settled(&it)) {
                serials.push(serial.clone());
            }
        }
        if !serials.is_empty() {
            return Err(X509Error::WouldVanish { serials });
        }
        self.list(entries, published.number(), now).await
    }

    /// A list of these entries, with a number above `last`. The caller holds the turn.
    async fn list(&self, entries: Vec<LedgerEntry>, last: u64, now: Timestamp) -> Result<CompleteCrl, X509Error> {
        let issuer = &self.certificate.issuer;
        let mut number = self.ledger.next_crl(issuer).await?;
        while number <= last {
            // The ledger is an older copy: relying parties have seen these numbers.
            number = self.ledger.next_crl(issuer).await?;
        }
        let when = (now, self.crl_period);
        let list = crl::build(&self.certificate, self.signer.as_ref(), entries, number, when)?;
        self.ledger.published(issuer, list.this_update).await?;
        Ok(list)
    }

    fn verified(&self, der: &[u8]) -> Result<(), X509Error> {
        let certificate = parse(der, "the certificate")?;
        let tbs = certificate.tbs_certificate();
        let algorithm = self.signer.algorithm();
        if tbs.issuer() != &self.certificate.subject {
            return Err(X509Error::NotOurs { why: "it names another issuer" });
        }
        // RFC 5280, section 4.1.1.2: what is signed names the algorithm of the signature.
        if tbs.signature() != &signed::identifier(algorithm)
            || !signed::is_signed_by(der, &self.certificate.key, algorithm)
        {
            return Err(X509Error::NotOurs { why: "it names this issuer, but another key signed it" });
        }
        Ok(())
    }
}

#[async_trait]
impl CertificateAuthority for X509Authority {
    fn issuer(&self) -> IssuerName {
        self.certificate.issuer.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        Ok(self.verified(der)?)
    }

    async fn issue(&self, request: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        let serial = issue::random_serial()?;
        let der = issue::end_entity(&self.certificate, self.signer.as_ref(), request, &serial)?;
        let not_after = super::time::whole_seconds(request.validity.until());
        let entry =
            LedgerEntry { serial: serial.clone(), not_after, status: LedgerStatus::Good, revision: Revision::NONE };
        // INVARIANT: no certificate leaves that the ledger does not know.
        self.ledger.issued(&self.certificate.issuer, &entry).await.map_err(X509Error::from)?;
        Ok(IssuedCertificate { serial, der })
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        let _turn = self.turn.lock().await;
        let known = self.entry(&order.serial).await?;
        let wanted = order.applied_to(known.as_ref())?;
        if let Some(entry) = &wanted {
            self.ledger.record(&self.certificate.issuer, entry).await.map_err(X509Error::from)?;
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
            .field("issuer", &self.certificate.issuer)
            .field("signer", &self.signer)
            .field("ledger", &self.ledger)
            .field("crl_period", &self.crl_period)
            .finish_non_exhaustive()
    }
}

impl X509Authority {
    async fn entry(&self, serial: &Serial) -> Result<Option<LedgerEntry>, AuthorityError> {
        let found: Result<_, LedgerError> = self.ledger.entry(&self.certificate.issuer, serial).await;
        Ok(found.map_err(X509Error::from)?)
    }
}
