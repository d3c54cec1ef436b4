use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::answer::{self, Said};
use super::failure::{BAD_CERT_ID, CERT_REVOKED, Failure, SYSTEM_UNAVAIL};
use super::issuer::Named;
use super::request::{self, Quoted};
use super::sender::Sender;
use super::{CmpError, CmpMistrust, CmpProtection, CmpSettings};
use crate::domain::{AuthorityAction, Capabilities, CertificateState, IssuerName, RevocationReason, Serial};
use crate::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, Clock, IssueRequest, IssuedCertificate,
    PublishedError, PublishedStatus, SignatureVerifier,
};
use crate::values::{Millis, Timestamp};

/// After so long an order that was accepted shows in every list.
const PUBLISHED_BY_THEN: Millis = Millis::days(30);

/// An authority elsewhere that is asked by CMP; what it has done is read where it publishes.
///
/// What is published comes later than what was done. Until then the status is what this host was told when it asked; what others
/// have asked for, or this host before it was started anew, shows with the next list. A repeated order is the authority's to
/// recognise: nothing is left out because a list says so, which may be from before a release.
pub struct CmpAuthority {
    certificate: Named,
    issuer: IssuerName,
    capabilities: Capabilities,
    protection: CmpProtection,
    published: Arc<dyn PublishedStatus>,
    verifier: Arc<dyn SignatureVerifier>,
    clock: Arc<dyn Clock>,
    sender: Sender,
    /// What was accepted, and when: it may not be published yet.
    accepted: Mutex<BTreeMap<Serial, (Timestamp, AuthorityStatus)>>,
}

impl CmpAuthority {
    /// The authority with this certificate (DER), that can hold and release.
    ///
    /// # Errors
    ///
    /// [`CmpError::Certificate`]; [`CmpError::OtherIssuer`] if `published` is of another; [`CmpError::NoRoots`],
    /// [`CmpError::Thread`].
    pub fn new(
        certificate: &[u8],
        settings: &CmpSettings,
        protection: CmpProtection,
        published: Arc<dyn PublishedStatus>,
        verifier: Arc<dyn SignatureVerifier>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CmpError> {
        let certificate = Named::from_der(certificate, "the certificate of the issuer")?;
        let issuer = certificate.issuer_name()?;
        if published.issuer() != issuer {
            return Err(CmpError::OtherIssuer);
        }
        let capabilities = Capabilities { revisions: false, delta: false, ocsp: false, ..Capabilities::RFC_5280 };
        let sender = Sender::new(settings)?;
        let accepted = Mutex::default();
        Ok(CmpAuthority { certificate, issuer, capabilities, protection, published, verifier, clock, sender, accepted })
    }

    /// That puts nothing on hold, and so releases nothing.
    #[must_use]
    pub fn without_hold(self) -> Self {
        CmpAuthority { capabilities: Capabilities { hold: false, release: false, ..self.capabilities }, ..self }
    }

    /// That takes no hold back.
    #[must_use]
    pub fn without_release(self) -> Self {
        CmpAuthority { capabilities: Capabilities { release: false, ..self.capabilities }, ..self }
    }

    fn keep(&self, serial: &Serial, status: AuthorityStatus) {
        let now = self.clock.now();
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.retain(|_, (at, _)| *at > now.minus(PUBLISHED_BY_THEN));
        accepted.insert(serial.clone(), (now, status));
    }

    /// What was accepted after `published`, a time, for this certificate.
    fn accepted_after(&self, serial: &Serial, published: Timestamp) -> Option<AuthorityStatus> {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.get(serial).filter(|(at, _)| *at > published).map(|(_, status)| *status)
    }

    async fn ask(&self, serial: &Serial, reason: RevocationReason) -> Result<Said, AuthorityError> {
        let quoted = Quoted::fresh().map_err(not_made)?;
        let now = self.clock.now();
        let message = request::revocation(&self.protection, &quoted, &self.certificate.name, serial, reason, now);
        let answered = self.sender.post(message.map_err(not_made)?).await?;
        answer::read(&answered, &self.protection, &quoted).map_err(unknown)
    }

    /// What follows from a rejection.
    async fn rejected(
        &self,
        serial: &Serial,
        wanted: CertificateState,
        failure: &Failure,
    ) -> Result<AuthorityStatus, AuthorityError> {
        if failure.has(CERT_REVOKED) {
            let status = self.status(serial).await;
            return match status.map_err(|it| AuthorityError::OutcomeUnknown(Box::new(it)))? {
                status if status.state == wanted => Ok(status),
                status if status.state == CertificateState::Revoked => Err(permanent(status).into()),
                _ => Err(unknown(CmpMistrust::AlreadyRevoked)),
            };
        }
        if failure.has(BAD_CERT_ID) {
            return Err(AuthorityError::NotFound(serial.clone()));
        }
        let why = failure.in_words();
        if failure.has(SYSTEM_UNAVAIL) {
            return Err(AuthorityError::Unavailable(why.into()));
        }
        Err(AuthorityError::Invalid { what: "the revocation request", why })
    }
}

#[async_trait]
impl CertificateAuthority for CmpAuthority {
    fn issuer(&self) -> IssuerName {
        self.issuer.clone()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        self.certificate.check_signed(der, &*self.verifier)
    }

    async fn issue(&self, _: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        Err(AuthorityError::Unsupported { what: "issue certificates by CMP here; ask it by its own way" })
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        let reason = match order.action {
            AuthorityAction::Hold => RevocationReason::CertificateHold,
            AuthorityAction::Release => RevocationReason::RemoveFromCrl,
            AuthorityAction::Revoke(reason) => reason,
        };
        let (wanted, able, cannot) = match reason {
            RevocationReason::CertificateHold => (CertificateState::OnHold, self.capabilities.hold, "hold"),
            RevocationReason::RemoveFromCrl => (CertificateState::Valid, self.capabilities.release, "release"),
            _ => (CertificateState::Revoked, true, "revoke"),
        };
        if !able {
            return Err(AuthorityError::Unsupported { what: cannot });
        }
        if order.since.is_some() {
            let why = "it is asked to change certificates from now on only; leave the date out".to_owned();
            return Err(AuthorityError::Invalid { what: "an earlier revocation date", why });
        }
        match self.ask(&order.serial, reason).await? {
            Said::Accepted => {
                let stopped = wanted != CertificateState::Valid;
                let reason = stopped.then_some(reason);
                let status = AuthorityStatus { state: wanted, reason, since: None, revision: None };
                self.keep(&order.serial, status);
                Ok(status)
            }
            Said::Rejected(failure) => self.rejected(&order.serial, wanted, &failure).await,
            Said::Waiting => Err(AuthorityError::Pending(order.serial.clone())),
            Said::NotFinal(status) => Err(unknown(CmpMistrust::NotFinal(status))),
        }
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        let told = self.published.published(serial, self.clock.now()).await.map_err(|error| match error {
            PublishedError::NotFound(serial) => AuthorityError::NotFound(serial),
            error if error.is_retryable() => AuthorityError::Unavailable(Box::new(error)),
            error => AuthorityError::Other(Box::new(error)),
        })?;
        let published = AuthorityStatus { state: told.state, reason: told.reason, since: told.since, revision: None };
        Ok(self.accepted_after(serial, told.as_of).unwrap_or(published))
    }
}

fn unknown(why: CmpMistrust) -> AuthorityError {
    AuthorityError::OutcomeUnknown(Box::new(why))
}

/// Nothing was sent.
fn not_made(error: CmpError) -> AuthorityError {
    match error {
        CmpError::Signer(_) | CmpError::NoRandomness | CmpError::Time => AuthorityError::Unavailable(Box::new(error)),
        error => AuthorityError::Other(Box::new(error)),
    }
}

fn permanent(status: AuthorityStatus) -> crate::domain::RevocationRefused {
    crate::domain::RevocationRefused::Permanent(status.reason.unwrap_or(RevocationReason::Unspecified))
}

impl fmt::Debug for CmpAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CmpAuthority")
            .field("issuer", &self.issuer)
            .field("capabilities", &self.capabilities)
            .field("protection", &self.protection)
            .field("published", &self.published)
            .finish_non_exhaustive()
    }
}
