use std::time::Duration;

use cmpv2::body::PkiBody;
use cmpv2::header::{PkiHeader, Pvno};
use cmpv2::message::{PkiMessage, ProtectedPart};
use cmpv2::rev::RevDetails;
use crmf::request::CertTemplate;
use der_0_7::asn1::{BitString, GeneralizedTime, ObjectIdentifier, OctetString};
use der_0_7::{Decode, Encode};
use x509_cert_0_2::Certificate;
use x509_cert_0_2::ext::Extension;
use x509_cert_0_2::ext::pkix::CrlReason;
use x509_cert_0_2::ext::pkix::name::GeneralName;
use x509_cert_0_2::name::Name;
use x509_cert_0_2::serial_number::SerialNumber;

use super::protection::encoding;
use super::{CmpError, CmpProtection};
use crate::domain::{RevocationReason, Serial};
use crate::values::Timestamp;

/// `id-ce-cRLReasons` (RFC 5280, section 5.3.1).
const REASON_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");

/// What an answer has to quote.
pub(super) struct Quoted {
    pub(super) transaction: [u8; 16],
    pub(super) nonce: [u8; 16],
}

impl Quoted {
    pub(super) fn fresh() -> Result<Self, CmpError> {
        let (mut transaction, mut nonce) = ([0; 16], [0; 16]);
        getrandom::fill(&mut transaction).map_err(|_| CmpError::NoRandomness)?;
        getrandom::fill(&mut nonce).map_err(|_| CmpError::NoRandomness)?;
        Ok(Quoted { transaction, nonce })
    }
}

/// The DER of a revocation request for one certificate of `issuer` (the DER of its name).
pub(super) fn revocation(
    protection: &CmpProtection,
    quoted: &Quoted,
    issuer: &[u8],
    serial: &Serial,
    reason: RevocationReason,
    now: Timestamp,
) -> Result<Vec<u8>, CmpError> {
    let issuer = Name::from_der(issuer).map_err(encoding)?;
    let octets = |bytes: &[u8]| OctetString::new(bytes).map_err(encoding);
    let algorithm = protection.algorithm()?;
    let header = PkiHeader {
        pvno: Pvno::Cmp2000,
        sender: GeneralName::DirectoryName(Name::from_der(&protection.sender()?).map_err(encoding)?),
        recipient: GeneralName::DirectoryName(issuer.clone()),
        message_time: Some(time(now)?),
        protection_alg: Some(algorithm.clone()),
        sender_kid: protection.reference().map(|it| octets(it.as_bytes())).transpose()?,
        recip_kid: None,
        trans_id: Some(octets(&quoted.transaction)?),
        sender_nonce: Some(octets(&quoted.nonce)?),
        recip_nonce: None,
        free_text: None,
        general_info: None,
    };
    let code = code_of(reason).to_der().map_err(encoding)?;
    let reason = Extension { extn_id: REASON_CODE, critical: false, extn_value: octets(&code)? };
    let details = RevDetails { cert_details: template(issuer, serial)?, crl_entry_details: Some(vec![reason]) };
    let part = ProtectedPart { header, body: PkiBody::Rr(vec![details]) };
    let protected = protection.protect(&part.to_der().map_err(encoding)?, &algorithm)?;
    let own = protection.certificate().map(Certificate::from_der).transpose().map_err(encoding)?;
    let message = PkiMessage {
        header: part.header,
        body: part.body,
        protection: Some(BitString::from_bytes(&protected).map_err(encoding)?),
        extra_certs: own.map(|it| vec![it]),
    };
    message.to_der().map_err(encoding)
}

fn time(now: Timestamp) -> Result<GeneralizedTime, CmpError> {
    let seconds = u64::try_from(now.millis().div_euclid(1000)).map_err(|_| CmpError::Time)?;
    GeneralizedTime::from_unix_duration(Duration::from_secs(seconds)).map_err(|_| CmpError::Time)
}

/// Issuer and number, and nothing else (RFC 9483, section 4.2).
fn template(issuer: Name, serial: &Serial) -> Result<CertTemplate, CmpError> {
    Ok(CertTemplate {
        version: None,
        serial_number: Some(SerialNumber::new(serial.as_bytes()).map_err(|_| CmpError::Serial)?),
        signature: None,
        issuer: Some(issuer),
        validity: None,
        subject: None,
        subject_public_key_info: None,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: None,
    })
}

fn code_of(reason: RevocationReason) -> CrlReason {
    match reason {
        RevocationReason::Unspecified => CrlReason::Unspecified,
        RevocationReason::KeyCompromise => CrlReason::KeyCompromise,
        RevocationReason::CaCompromise => CrlReason::CaCompromise,
        RevocationReason::AffiliationChanged => CrlReason::AffiliationChanged,
        RevocationReason::Superseded => CrlReason::Superseded,
        RevocationReason::CessationOfOperation => CrlReason::CessationOfOperation,
        RevocationReason::CertificateHold => CrlReason::CertificateHold,
        RevocationReason::RemoveFromCrl => CrlReason::RemoveFromCRL,
        RevocationReason::PrivilegeWithdrawn => CrlReason::PrivilegeWithdrawn,
        RevocationReason::AaCompromise => CrlReason::AaCompromise,
    }
}
