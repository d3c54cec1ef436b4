use std::fmt;

use async_trait::async_trait;

use super::fault::{Fault, Unanswered};
use super::message::{self, encoded};
use super::sender::{Answer, Sender};
use super::{EjbcaError, EjbcaSettings};
use crate::domain::{Capabilities, CertificateState, IssuerName, RevocationReason, Serial};
use crate::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate,
};
use crate::values::Timestamp;

/// A certificate authority in EJBCA, over its REST API.
///
/// It asks the address of its settings and nobody else: it follows no redirect and takes no proxy from the environment. It needs no
/// async runtime: it has one thread, which ends with it, and asks one thing at a time.
pub struct EjbcaAuthority {
    settings: EjbcaSettings,
    sender: Sender,
}

impl EjbcaAuthority {
    /// By these settings. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`EjbcaError::NoCredential`], [`EjbcaError::NoRoots`], [`EjbcaError::Thread`].
    pub fn new(settings: EjbcaSettings) -> Result<Self, EjbcaError> {
        let is_known = settings.client.is_some() && settings.encrypted || settings.tokens.is_some();
        // Beside the host, a proxy may say who asks.
        if !is_known && settings.encrypted {
            return Err(EjbcaError::NoCredential);
        }
        Ok(EjbcaAuthority { sender: Sender::new(&settings)?, settings })
    }

    fn path(&self, serial: &Serial, what: &str) -> String {
        format!("/v1/certificate/{}/{serial}/{what}", encoded(&self.settings.issuer_dn))
    }

    /// Whether EJBCA is said to do such a thing.
    fn check_able(&self, reason: RevocationReason) -> Result<(), AuthorityError> {
        let Capabilities { hold, release, .. } = self.settings.able;
        let (able, what) = match reason {
            RevocationReason::CertificateHold => (hold, "hold"),
            RevocationReason::RemoveFromCrl => (hold && release, "release"),
            _ => (true, "revoke"),
        };
        if able { Ok(()) } else { Err(AuthorityError::Unsupported { what }) }
    }

    /// The date to send: the one that is named; and the start of a hold that becomes a revocation, which it keeps.
    async fn date(&self, order: &AuthorityOrder) -> Result<Option<Timestamp>, AuthorityError> {
        let named = order.since.map(message::time);
        if !(self.settings.able.back_dating && order.reason().is_permanent()) {
            return Ok(named);
        }
        let status = self.status(&order.serial).await?;
        let start = status.since.filter(|_| status.state == CertificateState::OnHold);
        Ok(named.into_iter().chain(start).min())
    }

    /// What holds there, if that is what was asked for; or why it is not done.
    async fn conflict(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        let status = self.status(&order.serial).await?;
        let asked = order.reason();
        let is_so = match status.state {
            CertificateState::OnHold => asked == RevocationReason::CertificateHold,
            CertificateState::Revoked => status.reason == Some(asked),
            _ => asked == RevocationReason::RemoveFromCrl,
        };
        let moves_back = order.since.zip(status.since).is_some_and(|(named, since)| message::time(named) < since);
        if is_so && moves_back && status.state == CertificateState::OnHold {
            let why = "EJBCA keeps the date of a hold; leave the date out, or name it when the certificate is revoked";
            return Err(AuthorityError::Invalid { what: "the revocation date", why: why.to_owned() });
        }
        if is_so && !moves_back {
            return Ok(status);
        }
        asked.applied_to(status.state, status.reason)?;
        Err(unavailable(Fault::new("the certificate has changed in EJBCA meanwhile; ask again")))
    }

    /// What an answer that is no status comes to, whatever was asked.
    fn refused(&self, answer: &Answer, serial: &Serial) -> AuthorityError {
        let said = message::refusal(&answer.body);
        let says = said.clone().unwrap_or_else(|| format!("status {} and no reason", answer.status));
        let invalid = |what, why: String| AuthorityError::Invalid { what, why };
        match answer.status {
            400 if is_waiting(&says) => AuthorityError::Pending(serial.clone()),
            400 => invalid("the order", format!("EJBCA says: {says}; correct the order")),
            401 | 403 => other(format!(
                "EJBCA does not let this client do it ({says}); enable its protocol REST certificate management, and give the role \
                 of the client access to the authority `{}` and to view and revoke end entities",
                self.settings.issuer_dn
            )),
            404 if said.as_deref().is_some_and(is_without_authority) => other(format!(
                "EJBCA knows no authority `{}`; give its name as the pages of EJBCA show it",
                self.settings.issuer_dn
            )),
            404 if said.is_some() => AuthorityError::NotFound(serial.clone()),
            404 => other("there is no REST API of EJBCA at this address; correct it, or enable the API".to_owned()),
            422 => invalid(
                "the revocation date",
                format!(
                    "EJBCA says: {says}; allow back-dated revocation in the certificate profile, or leave the date out"
                ),
            ),
            300..=399 => other("EJBCA sends elsewhere, and nobody is followed; correct the address".to_owned()),
            408 | 425 | 429 | 503 => unavailable(Fault::new(format!("EJBCA cannot do it now: {says}"))),
            500.. => AuthorityError::OutcomeUnknown(Fault::new(format!("EJBCA failed: {says}")).into()),
            status => other(format!("EJBCA answers what is not expected (status {status}): {says}")),
        }
    }
}

fn unavailable(fault: Fault) -> AuthorityError {
    AuthorityError::Unavailable(fault.into())
}

fn other(what: String) -> AuthorityError {
    AuthorityError::Other(Fault::new(what).into())
}

/// Whether EJBCA says that the same request lies there already, for somebody to agree to. It has no code for it.
fn is_waiting(says: &str) -> bool {
    let says = says.to_lowercase();
    says.contains("approval") && says.contains("already exist")
}

/// Whether EJBCA misses the authority, and not the certificate. It has one code for both.
fn is_without_authority(says: &str) -> bool {
    let says = says.to_lowercase();
    says.starts_with("ca ") && says.contains("not exist")
}

#[async_trait]
impl CertificateAuthority for EjbcaAuthority {
    fn issuer(&self) -> IssuerName {
        self.settings.certificate.issuer.clone()
    }

    fn capabilities(&self) -> Capabilities {
        self.settings.able
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        let invalid = |why: &str| AuthorityError::Invalid { what: "the certificate", why: why.to_owned() };
        self.settings.certificate.check(der).map_err(invalid)
    }

    async fn issue(&self, _: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        Err(AuthorityError::Unsupported { what: "issue" })
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        order.check_dates(self.settings.able)?;
        let reason = order.reason();
        self.check_able(reason)?;
        let mut path = self.path(&order.serial, "revoke");
        path.push_str(&format!("?reason={}", message::word(reason)));
        if let Some(date) = self.date(order).await? {
            path.push_str(&format!("&date={}", encoded(&date.to_string())));
        }
        if let Some(date) = order.invalid_since.filter(|_| self.settings.invalidity_dates) {
            path.push_str(&format!("&invalidity_date={}", encoded(&message::time(date).to_string())));
        }
        let answer = match self.sender.call("PUT", path).await {
            Ok(answer) => answer,
            Err(Unanswered::Before(fault)) => return Err(unavailable(fault)),
            Err(Unanswered::After(fault)) => return Err(AuthorityError::OutcomeUnknown(fault.into())),
        };
        match answer.status {
            202 => Err(AuthorityError::Pending(order.serial.clone())),
            200..=299 => {
                // It is done: that its status cannot be read takes nothing back.
                let unread = |error: AuthorityError| AuthorityError::OutcomeUnknown(error.into());
                self.status(&order.serial).await.map_err(unread)
            }
            409 => self.conflict(order).await,
            _ => Err(self.refused(&answer, &order.serial)),
        }
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        let answer = self.sender.call("GET", self.path(serial, "revocationstatus")).await;
        let answer = answer.map_err(|it| unavailable(it.fault()))?;
        if answer.status != 200 {
            return Err(match self.refused(&answer, serial) {
                // Reading changes nothing.
                AuthorityError::OutcomeUnknown(source) => AuthorityError::Unavailable(source),
                error => error,
            });
        }
        let unread = || other("the status that EJBCA answers does not read, or is of another certificate".to_owned());
        message::status(&answer.body, serial).ok_or_else(unread)
    }
}

impl fmt::Debug for EjbcaAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EjbcaAuthority").field("settings", &self.settings).finish_non_exhaustive()
    }
}
