//! What is sent to EJBCA, and what it says.

use serde::Deserialize;

use crate::domain::{CertificateState, RevocationReason, Serial};
use crate::ports::AuthorityStatus;
use crate::values::{Timestamp, is_unprintable};

/// The most characters that are shown of what EJBCA says.
const MOST: usize = 300;

/// What an answer of `revocationstatus` has; the rest of it is not read.
#[derive(Debug, Deserialize)]
struct Told {
    serial_number: String,
    revoked: bool,
    revocation_reason: Option<String>,
    revocation_date: Option<Timestamp>,
}

/// What an answer has that says no.
#[derive(Debug, Deserialize)]
struct Refusal {
    error_message: Option<String>,
}

/// The status of a certificate, from the answer about it; none if that does not read, or is about another.
pub(super) fn status(body: &[u8], serial: &Serial) -> Option<AuthorityStatus> {
    let told: Told = serde_json::from_slice(body).ok()?;
    if told.serial_number.trim_start_matches("0x").parse::<Serial>().ok()? != *serial {
        return None;
    }
    let (state, reason, since) = match told.revocation_reason.as_deref().map(reason_named) {
        _ if !told.revoked => (CertificateState::Valid, None, None),
        Some(Some(RevocationReason::CertificateHold)) => {
            (CertificateState::OnHold, Some(RevocationReason::CertificateHold), told.revocation_date)
        }
        // Revoked for a reason that is not known here is revoked all the same.
        reason => {
            let reason = reason.flatten().unwrap_or(RevocationReason::Unspecified);
            (CertificateState::Revoked, Some(reason), told.revocation_date)
        }
    };
    Some(AuthorityStatus { state, reason, since, revision: None })
}

/// What EJBCA says of a request that it does not do, on one line; none if it is not EJBCA that says it.
pub(super) fn refusal(body: &[u8]) -> Option<String> {
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    let printable = |it: char| if is_unprintable(it) { '\u{fffd}' } else { it };
    Some(refusal.error_message?.chars().take(MOST).map(printable).collect())
}

/// The word of EJBCA for a reason.
pub(super) const fn word(reason: RevocationReason) -> &'static str {
    match reason {
        RevocationReason::Unspecified => "UNSPECIFIED",
        RevocationReason::KeyCompromise => "KEY_COMPROMISE",
        RevocationReason::CaCompromise => "CA_COMPROMISE",
        RevocationReason::AffiliationChanged => "AFFILIATION_CHANGED",
        RevocationReason::Superseded => "SUPERSEDED",
        RevocationReason::CessationOfOperation => "CESSATION_OF_OPERATION",
        RevocationReason::CertificateHold => "CERTIFICATE_HOLD",
        RevocationReason::RemoveFromCrl => "REMOVE_FROM_CRL",
        RevocationReason::PrivilegeWithdrawn => "PRIVILEGES_WITHDRAWN",
        RevocationReason::AaCompromise => "AA_COMPROMISE",
    }
}

fn reason_named(text: &str) -> Option<RevocationReason> {
    RevocationReason::ALL.iter().copied().find(|it| word(*it) == text)
}

/// A time in whole seconds, as EJBCA reads and keeps it.
pub(super) fn time(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.millis().div_euclid(1000).saturating_mul(1000))
}

/// A text as one piece of a path or a query (RFC 3986, section 2).
pub(super) fn encoded(text: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-._~".contains(&it);
    text.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}
