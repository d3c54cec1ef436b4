use der::Encode;
use der::asn1::{GeneralizedTime, OctetString};
use der::oid::ObjectIdentifier;
use x509_cert::crl::RevokedCert;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::serial_number::SerialNumber;

use super::X509Error;
use super::crl::{encoding, extension};
use super::time::{since_1970, to_asn1};
use crate::domain::RevocationReason;
use crate::ports::{LedgerEntry, LedgerStatus};
use crate::values::Timestamp;

/// `id-ce-invalidityDate`.
const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");

/// Writes the line of an entry behind those that are there; on a complete list, none for a good one.
///
/// Lines are encoded as they come from the ledger, and held in no other form: a list may have a million.
pub(super) fn push_complete(lines: &mut Vec<u8>, entry: &LedgerEntry) -> Result<(), X509Error> {
    match entry.status {
        LedgerStatus::Good | LedgerStatus::Released { .. } => Ok(()),
        LedgerStatus::OnHold { .. } | LedgerStatus::Revoked { .. } => push_change(lines, entry),
    }
}

/// Writes the line of an entry that has changed: one that was released is taken from the list (RFC 5280, section 5.2.4), also
/// where no list has shown it as on hold.
pub(super) fn push_change(lines: &mut Vec<u8>, entry: &LedgerEntry) -> Result<(), X509Error> {
    let (reason, since) = match entry.status {
        LedgerStatus::Good => return Ok(()),
        LedgerStatus::Released { since } => (RevocationReason::RemoveFromCrl, since),
        LedgerStatus::OnHold { since } => (RevocationReason::CertificateHold, since),
        // An order for that reason releases, so no ledger has it; it must not take a certificate off.
        LedgerStatus::Revoked { reason: RevocationReason::RemoveFromCrl, since } => {
            (RevocationReason::Unspecified, since)
        }
        LedgerStatus::Revoked { reason, since } => (reason, since),
    };
    let mut extensions = Vec::from_iter(in_crl(reason).map(|it| extension(&it)).transpose()?);
    extensions.extend(entry.invalid_since.map(invalidity_date).transpose()?);
    let line = RevokedCert {
        serial_number: SerialNumber::<x509_cert::certificate::Rfc5280>::new(entry.serial.as_bytes())
            .map_err(encoding)?,
        revocation_date: to_asn1(since)?,
        crl_entry_extensions: (!extensions.is_empty()).then_some(extensions),
    };
    line.encode_to_vec(lines).map(|_| ()).map_err(encoding)
}

/// Section 5.3.2.
fn invalidity_date(since: Timestamp) -> Result<Extension, X509Error> {
    let date = GeneralizedTime::from_unix_duration(since_1970(since)?).map_err(|_| X509Error::Time(since))?;
    let extn_value = date.to_der().and_then(OctetString::new).map_err(encoding)?;
    Ok(Extension { extn_id: INVALIDITY_DATE, critical: false, extn_value })
}

/// Section 5.3.1: the reason is left out rather than said to be unspecified.
fn in_crl(reason: RevocationReason) -> Option<CrlReason> {
    Some(match reason {
        RevocationReason::Unspecified => return None,
        RevocationReason::RemoveFromCrl => CrlReason::RemoveFromCRL,
        RevocationReason::KeyCompromise => CrlReason::KeyCompromise,
        RevocationReason::CaCompromise => CrlReason::CaCompromise,
        RevocationReason::AffiliationChanged => CrlReason::AffiliationChanged,
        RevocationReason::Superseded => CrlReason::Superseded,
        RevocationReason::CessationOfOperation => CrlReason::CessationOfOperation,
        RevocationReason::CertificateHold => CrlReason::CertificateHold,
        RevocationReason::PrivilegeWithdrawn => CrlReason::PrivilegeWithdrawn,
        RevocationReason::AaCompromise => CrlReason::AaCompromise,
    })
}
