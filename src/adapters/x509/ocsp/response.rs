use std::time::Duration;

use der_0_7::asn1::{BitString, GeneralizedTime, ObjectIdentifier, OctetString};
use der_0_7::{Decode, Encode};
use x509_cert_0_2::Certificate;
use x509_cert_0_2::ext::Extension;
use x509_cert_0_2::ext::pkix::CrlReason;
use x509_cert_0_2::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspResponse, ResponderId, ResponseData, RevokedInfo,
    SingleResponse, Version,
};

use super::super::time::since_1970;
use super::super::{X509Error, signed};
use super::issuer::key_hash;
use crate::domain::RevocationReason;
use crate::ports::{LedgerEntry, LedgerStatus, Signer};
use crate::values::Timestamp;

/// `id-ce-invalidityDate`.
const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");

const WHAT: &str = "the OCSP response";

pub(super) fn encoding(source: der_0_7::Error) -> X509Error {
    X509Error::Encoding { what: WHAT, source: source.into() }
}

/// Who signs.
pub(super) struct Responding<'a> {
    pub(super) signer: &'a dyn Signer,
    pub(super) key: &'a [u8],
    /// The certificate of a responder that is not the authority itself.
    pub(super) certificate: Option<&'a [u8]>,
}

/// What holds of the certificate that was asked after; nothing is known of one that is not in the ledger.
pub(super) fn single(
    cert_id: CertId,
    known: Option<&LedgerEntry>,
    (this_update, next_update): (Timestamp, Timestamp),
) -> Result<SingleResponse, X509Error> {
    Ok(SingleResponse {
        cert_id,
        cert_status: known.map_or(Ok(CertStatus::unknown()), |it| status(it.status))?,
        this_update: time(this_update)?,
        next_update: Some(time(next_update)?),
        single_extensions: known.and_then(|it| it.invalid_since).map(invalidity_date).transpose()?.map(|it| vec![it]),
    })
}

/// Signs what is answered (RFC 6960, section 4.2.1).
pub(super) fn basic(
    by: &Responding<'_>,
    responses: Vec<SingleResponse>,
    nonce: Option<Extension>,
    produced_at: Timestamp,
) -> Result<Vec<u8>, X509Error> {
    let tbs_response_data = ResponseData {
        version: Version::V1,
        responder_id: ResponderId::ByKey(key_hash(by.key)?),
        produced_at: time(produced_at)?,
        responses,
        response_extensions: nonce.map(|it| vec![it]),
    };
    let content = tbs_response_data.to_der().map_err(encoding)?;
    let signature = by.signer.sign(&content).map_err(X509Error::Signer)?;
    let algorithm = der::Encode::to_der(&signed::identifier(by.signer.algorithm()))
        .map_err(|source| X509Error::Encoding { what: WHAT, source: source.into() })?;
    let certificate = by.certificate.map(Certificate::from_der).transpose().map_err(encoding)?;
    let response = BasicOcspResponse {
        tbs_response_data,
        signature_algorithm: AlgorithmIdentifierOwned::from_der(&algorithm).map_err(encoding)?,
        signature: BitString::from_bytes(&signature).map_err(encoding)?,
        certs: certificate.map(|it| vec![it]),
    };
    OcspResponse::successful(response).and_then(|it| it.to_der()).map_err(encoding)
}

fn time(at: Timestamp) -> Result<OcspGeneralizedTime, X509Error> {
    let since: Duration = since_1970(at)?;
    GeneralizedTime::from_unix_duration(since).map(OcspGeneralizedTime).map_err(|_| X509Error::Time(at))
}

/// Section 4.4.5: as on a CRL.
fn invalidity_date(since: Timestamp) -> Result<Extension, X509Error> {
    let extn_value = time(since)?.0.to_der().and_then(OctetString::new).map_err(encoding)?;
    Ok(Extension { extn_id: INVALIDITY_DATE, critical: false, extn_value })
}

fn status(status: LedgerStatus) -> Result<CertStatus, X509Error> {
    let (reason, since) = match status {
        LedgerStatus::Good | LedgerStatus::Released { .. } => return Ok(CertStatus::good()),
        LedgerStatus::OnHold { since } => (RevocationReason::CertificateHold, since),
        LedgerStatus::Revoked { reason, since } => (reason, since),
    };
    Ok(CertStatus::revoked(RevokedInfo { revocation_time: time(since)?, revocation_reason: in_response(reason) }))
}

/// As in a CRL: left out rather than said to be unspecified.
fn in_response(reason: RevocationReason) -> Option<CrlReason> {
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
