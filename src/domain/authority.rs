use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CertificateState, IssuerName, RevocationReason, Serial};
use crate::values::{ObjectRef, Timestamp};

/// What a certificate authority can do; what it cannot do to certificates shows in the preview (law 13).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Capabilities {
    /// It knows `certificateHold`.
    pub hold: bool,
    /// It can take a hold back.
    pub release: bool,
    /// It counts the changes of each certificate, and does nothing that was decided before the last one. Without it, an order
    /// that was long on its way may undo a later one.
    pub revisions: bool,
}

impl Capabilities {
    /// Everything.
    pub const ALL: Capabilities = Capabilities { hold: true, release: true, revisions: true };
}

/// The authorities registered with this host, by issuer. Any other issuer is *external*.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Authorities(BTreeMap<IssuerName, Capabilities>);

impl Authorities {
    /// With one more.
    #[must_use]
    pub fn with(mut self, issuer: IssuerName, capabilities: Capabilities) -> Self {
        self.0.insert(issuer, capabilities);
        self
    }

    /// What the authority of `issuer` can do; none if it is external.
    #[must_use]
    pub fn of(&self, issuer: &IssuerName) -> Option<Capabilities> {
        self.0.get(issuer).copied()
    }
}

/// What an authority is asked to do to a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum AuthorityAction {
    /// Put it on hold: reason 6.
    Hold,
    /// Take the hold back.
    Release,
    /// Revoke it for good.
    Revoke(RevocationReason),
}

impl AuthorityAction {
    /// The state the certificate is to have at its authority.
    #[must_use]
    pub fn asks_for(self) -> CertificateState {
        match self {
            AuthorityAction::Hold => CertificateState::OnHold,
            AuthorityAction::Release => CertificateState::Valid,
            AuthorityAction::Revoke(_) => CertificateState::Revoked,
        }
    }
}

/// One request to a certificate authority.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct AuthorityRequest {
    /// Our certificate.
    pub certificate: ObjectRef,
    /// Its issuer.
    pub issuer: IssuerName,
    /// Its number there.
    pub serial: Serial,
    /// Its end, after which no list need carry it.
    pub not_after: Timestamp,
    /// What is asked for.
    pub action: AuthorityAction,
}
