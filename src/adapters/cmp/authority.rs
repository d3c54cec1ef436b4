use std::fmt;
use std::sync::Arc;

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

/// An authority elsewhere that is asked by CMP; what it has done is read where it publishes.
///
/// What is published comes later than what was done: a status may be that of the last list for as long as that is good.
pub struct CmpAuthority {
    certificate: Named,
    issuer: IssuerName,
    capabilities: Capabilities,
    protection: CmpProtection,
    published: Arc<dyn PublishedStatus>,
    verifier: Arc<dyn SignatureVerifier>,
    clock: Arc<dyn Clock>,
    sender: Sender,
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
        let capabilities = Capabilities { hold: true, release: true, revisions: false };
        let sender = Sender::new(settings)?;
        Ok(CmpAuthority { certificate, issuer, capabilities, protection, published, verifier, clock, sender })
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
        match self.ask(&order.serial, reason).await? {
            Said::Accepted => {
                let stopped = wanted != CertificateState::Valid;
                Ok(AuthorityStatus { state: wanted, reason: stopped.then_some(reason), since: None, revision: None })
            }
            Said::Rejected(failure) => self.rejected(&order.serial, wanted, &failure).await,
            Said::NotFinal(status) => Err(unknown(CmpMistrust::NotFinal(status))),
        }
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        let told = self.published.published(serial, self.clock.now()).await.map_err(|error| match error {
            PublishedError::NotFound(serial) => AuthorityError::NotFound(serial),
            error if error.is_retryable() => AuthorityError::Unavailable(Box::new(error)),
            error => AuthorityError::Other(Box::new(error)),
        })?;
        Ok(AuthorityStatus { state: told.state, reason: told.reason, since: told.since, revision: None })
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
