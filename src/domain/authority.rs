use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CertificateState, IssuerName, RevocationReason, Serial};
use crate::values::{ObjectRef, Timestamp};

/// What a certificate authority can do; what it cannot do to certificates shows in the preview (law 13).
///
/// [`RFC_5280`](Self::RFC_5280) is what every order is decided by that names nothing special; the rest is switched on at some
/// authorities and not at others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Capabilities {
    /// It knows `certificateHold`.
    pub hold: bool,
    /// It can take a hold back.
    pub release: bool,
    /// It counts the changes of each certificate, and does nothing that was decided before the last one. Without it, an order
    /// that was long on its way may undo a later one.
    pub revisions: bool,
    /// The reason of a revocation may become `keyCompromise`, where it was
    /// [one that may](super::RevocationReason::may_become_key_compromise).
    pub reason_change: bool,
    /// A hold or a revocation may be dated before it was asked for.
    pub back_dating: bool,
    /// It publishes delta CRLs.
    pub delta: bool,
    /// It is asked by OCSP too.
    pub ocsp: bool,
}

impl Capabilities {
    /// Everything.
    pub const ALL: Capabilities = Capabilities {
        hold: true,
        release: true,
        revisions: true,
        reason_change: true,
        back_dating: true,
        delta: true,
        ocsp: true,
    };

    /// What one does that changes certificates by the rules of RFC 5280 and no others: a revocation keeps its reason, and has
    /// the date of its order.
    pub const RFC_5280: Capabilities = Capabilities { reason_change: false, back_dating: false, ..Capabilities::ALL };
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
    /// Since when the key is known or thought to be in other hands, if the form said so: the invalidity date of RFC 5280,
    /// section 5.3.2. None for a release.
    pub invalid_since: Option<Timestamp>,
}

/// A question to a certificate authority: which state a certificate has there. It changes nothing.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct StatusRequest {
    /// Our certificate.
    pub certificate: ObjectRef,
    /// Its issuer.
    pub issuer: IssuerName,
    /// Its number there.
    pub serial: Serial,
    /// Whether the authority is asked again for what is wanted here, if it tells otherwise; else it is only put on record.
    pub correct: bool,
}
