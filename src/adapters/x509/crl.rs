use der::Encode;
use der::asn1::OctetString;
use der::oid::AssociatedOid;
use x509_cert::Version;
use x509_cert::crl::{RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlNumber, CrlReason};
use x509_cert::serial_number::SerialNumber;

use super::ca_certificate::CaCertificate;
use super::time::{to_asn1, whole_seconds};
use super::{X509Error, signed};
use crate::domain::RevocationReason;
use crate::ports::{LedgerEntry, LedgerStatus, Signer};
use crate::values::{Millis, Timestamp};

/// A complete CRL of version 2 (RFC 5280, section 5): every certificate that is on hold or revoked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CompleteCrl {
    /// Its number, one more than that of the list before.
    pub number: u64,
    /// Its DER bytes.
    pub der: Vec<u8>,
    /// When it was made, in whole seconds.
    pub this_update: Timestamp,
    /// Until when the next one will be there, in whole seconds.
    pub next_update: Timestamp,
    pem: String,
}

impl CompleteCrl {
    /// The list as PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

/// Builds and signs a list of `entries`.
pub(super) fn build(
    ca: &CaCertificate,
    signer: &dyn Signer,
    mut entries: Vec<LedgerEntry>,
    number: u64,
    (now, period): (Timestamp, Millis),
) -> Result<CompleteCrl, X509Error> {
    // The octets of a serial have no leading zeros, so the longer number is the greater one.
    entries.sort_by(|a, b| {
        let key = |it: &LedgerEntry| it.serial.as_bytes().len();
        key(a).cmp(&key(b)).then_with(|| a.serial.cmp(&b.serial))
    });
    let revoked: Vec<RevokedCert> =
        entries.iter().filter_map(|entry| line(entry).transpose()).collect::<Result<_, _>>()?;
    let key_id = AuthorityKeyIdentifier {
        key_identifier: Some(ca.key_id.0.clone()),
        authority_cert_issuer: None,
        authority_cert_serial_number: None,
    };
    let (this_update, next_update) = (whole_seconds(now), whole_seconds(now.plus(period)));
    let list = TbsCertList {
        version: Version::V2,
        signature: signed::identifier(signer.algorithm()),
        issuer: ca.subject.clone(),
        this_update: to_asn1(this_update)?,
        next_update: Some(to_asn1(next_update)?),
        // Section 5.1.2.6: an empty list is left out.
        revoked_certificates: Some(revoked).filter(|it| !it.is_empty()),
        crl_extensions: Some(vec![extension(&key_id)?, extension(&CrlNumber::try_from(number).map_err(encoding)?)?]),
    };
    let der = signed::sign(&list.to_der().map_err(encoding)?, WHAT, signer)?;
    let pem = signed::to_pem("X509 CRL", &der).map_err(encoding)?;
    Ok(CompleteCrl { number, der, this_update, next_update, pem })
}

const WHAT: &str = "the CRL";

fn encoding(source: der::Error) -> X509Error {
    X509Error::Encoding { what: WHAT, source: source.into() }
}

fn extension<T: AssociatedOid + Encode>(value: &T) -> Result<Extension, X509Error> {
    let extn_value = value.to_der().and_then(OctetString::new).map_err(encoding)?;
    Ok(Extension { extn_id: T::OID, critical: false, extn_value })
}

/// The line of an entry; none for a good one.
fn line(entry: &LedgerEntry) -> Result<Option<RevokedCert>, X509Error> {
    let (reason, since) = match entry.status {
        LedgerStatus::Good | LedgerStatus::Released { .. } => return Ok(None),
        LedgerStatus::OnHold { since } => (RevocationReason::CertificateHold, since),
        LedgerStatus::Revoked { reason, since } => (reason, since),
    };
    let extensions = reason_in_crl(reason).map(|it| extension(&it)).transpose()?;
    Ok(Some(RevokedCert {
        serial_number: SerialNumber::new(entry.serial.as_bytes()).map_err(encoding)?,
        revocation_date: to_asn1(since)?,
        crl_entry_extensions: extensions.map(|it| vec![it]),
    }))
}

/// Section 5.3.1: the reason is left out rather than said to be unspecified, and `removeFromCRL` stands in delta CRLs
/// only.
fn reason_in_crl(reason: RevocationReason) -> Option<CrlReason> {
    Some(match reason {
        RevocationReason::Unspecified | RevocationReason::RemoveFromCrl => return None,
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
