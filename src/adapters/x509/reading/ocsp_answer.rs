//! An answer of a responder, as RFC 6960, section 3.2, has it checked.

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Sequence};
use der_0_7::Decode as _;
use der_0_7::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::{AlgorithmIdentifier, Certificate};
use x509_cert_0_2::ext::{Extension, Extensions};
use x509_ocsp::{
    CertStatus, OcspGeneralizedTime, OcspResponse, OcspResponseStatus, ResponderId, ResponseData, SingleResponse,
};

use super::super::ca_certificate::CaCertificate;
use super::super::ocsp::{IssuerHashes, NONCE, OCSP_SIGNING, key_hash};
use super::super::public_key::PublicKey;
use super::super::signed;
use super::super::time::from_asn1;
use super::earlier::Said;
use super::trouble::Trouble;
use crate::domain::{CertificateState, RevocationReason, Serial};
use crate::values::{Millis, Timestamp};

/// `BasicOCSPResponse` of RFC 6960, section 4.2.1, with what is signed unread: its bytes are what the signature is on.
#[derive(Sequence)]
struct Basic<'a> {
    content: AnyRef<'a>,
    algorithm: AlgorithmIdentifier,
    signature: BitStringRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<Certificate>>,
}

/// `id-pkix-ocsp-basic`.
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");

/// What is said of one certificate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) said: Said,
    pub(super) since: Option<Timestamp>,
    pub(super) this_update: Timestamp,
    pub(super) next_update: Option<Timestamp>,
}

/// Whose answers are believed.
pub(super) struct Whom<'a> {
    pub(super) ca: &'a CaCertificate,
    pub(super) hashes: &'a IssuerHashes,
}

const UNREADABLE: Trouble = Trouble::Unreadable("it is no answer by OCSP; check the address of the responder");
const MALFORMED: Trouble = Trouble::Unreadable("the answer by OCSP does not read");
const CRITICAL: Trouble = Trouble::Unreadable("the answer has a critical extension that is not known here");

/// Reads and checks an answer to a request for one certificate, with this nonce if it had one; none if it is unknown there.
pub(super) fn read(
    der: &[u8],
    by: &Whom<'_>,
    serial: &Serial,
    nonce: Option<&Extension>,
    now: Timestamp,
) -> Result<Option<Told>, Trouble> {
    let response = OcspResponse::from_der(der).map_err(|_| UNREADABLE)?;
    match response.response_status {
        OcspResponseStatus::Successful => {}
        OcspResponseStatus::TryLater | OcspResponseStatus::InternalError => {
            return Err(Trouble::unavailable("the responder cannot answer now"));
        }
        OcspResponseStatus::MalformedRequest => {
            return Err(Trouble::unavailable("the responder does not read the request"));
        }
        OcspResponseStatus::SigRequired => {
            return Err(Trouble::unavailable("the responder asks for signed requests, which are not made here"));
        }
        OcspResponseStatus::Unauthorized => {
            return Err(Trouble::unavailable("the responder does not answer for this issuer"));
        }
    }
    let bytes = response.response_bytes.ok_or(MALFORMED)?;
    if bytes.response_type != BASIC {
        return Err(Trouble::Unreadable("the answer by OCSP is of another type than `id-pkix-ocsp-basic`"));
    }
    let basic = Basic::from_der(bytes.response.as_bytes()).map_err(|_| MALFORMED)?;
    let content = basic.content.to_der().map_err(|_| MALFORMED)?;
    let data = ResponseData::from_der(&content).map_err(|_| MALFORMED)?;
    check_signature(&basic, &content, &data.responder_id, by.ca, now)?;
    let is_strange = |it: &Extension| it.critical && it.extn_id != NONCE;
    let strange = |it: &Option<Extensions>| it.iter().flatten().any(is_strange);
    if strange(&data.response_extensions) {
        return Err(CRITICAL);
    }
    let mut nonces = data.response_extensions.iter().flatten().filter(|it| it.extn_id == NONCE);
    if let Some(nonce) = nonce {
        let same = nonces.next().is_some_and(|it| it.extn_value == nonce.extn_value) && nonces.next().is_none();
        if !same {
            return Err(Trouble::NotTrusted("the answer has not the nonce of the request: it was made for another"));
        }
    }
    let ours = |it: &&SingleResponse| by.hashes.serial_of(&it.cert_id).as_ref() == Some(serial);
    // The newest, should there be several.
    let single = data.responses.iter().filter(ours).max_by_key(|it| time(it.this_update));
    let single = single.ok_or(Trouble::NotTrusted("the answer is about another certificate"))?;
    if strange(&single.single_extensions) {
        return Err(CRITICAL);
    }
    told(single)
}

fn told(single: &SingleResponse) -> Result<Option<Told>, Trouble> {
    let (said, since) = match single.cert_status {
        CertStatus::Good(_) => ((CertificateState::Valid, None), None),
        CertStatus::Unknown(_) => return Ok(None),
        CertStatus::Revoked(info) => {
            let code = info.revocation_reason.map_or(Ok(0), |it| u8::try_from(it as u32)).map_err(|_| MALFORMED)?;
            let reason = RevocationReason::from_code(code).ok_or(MALFORMED)?;
            let state = match reason {
                RevocationReason::CertificateHold => CertificateState::OnHold,
                RevocationReason::RemoveFromCrl => return Err(MALFORMED),
                _ => CertificateState::Revoked,
            };
            ((state, Some(reason)), Some(time(info.revocation_time)))
        }
    };
    let (this_update, next_update) = (time(single.this_update), single.next_update.map(time));
    Ok(Some(Told { said, since, this_update, next_update }))
}

/// Section 4.2.2.2: the issuer itself signs, or one whom it has certified for this.
fn check_signature(
    basic: &Basic<'_>,
    content: &[u8],
    responder: &ResponderId,
    ca: &CaCertificate,
    now: Timestamp,
) -> Result<(), Trouble> {
    let signature = basic.signature.as_bytes().ok_or(MALFORMED)?;
    let signed_by = |key: &PublicKey| key.verifies_by(&basic.algorithm, content, signature);
    if names(responder, &ca.subject, &ca.key) && signed_by(&ca.key) {
        return Ok(());
    }
    let mut why = "the answer is signed neither by the issuer nor by one whom it has certified";
    for certificate in basic.certificates.iter().flatten() {
        let tbs = certificate.tbs_certificate();
        let Ok(key) = PublicKey::from_info(tbs.subject_public_key_info()) else { continue };
        if !names(responder, tbs.subject(), &key) || !signed_by(&key) {
            continue;
        }
        match check_delegate(certificate, ca, now) {
            Ok(()) => return Ok(()),
            Err(its) => why = its,
        }
    }
    Err(Trouble::NotTrusted(why))
}

/// Whether the name or the key of the responder is this one.
fn names(responder: &ResponderId, subject: &x509_cert::name::Name, key: &PublicKey) -> bool {
    match responder {
        ResponderId::ByName(name) => {
            let its = der_0_7::Encode::to_der(name);
            subject.to_der().is_ok_and(|it| its.is_ok_and(|its| its == it))
        }
        ResponderId::ByKey(hash) => key_hash(&key.bits).is_ok_and(|it| it == *hash),
    }
}

/// Extensions of a certificate that may be critical: `keyUsage`, `basicConstraints`, `extKeyUsage`, subject and issuer names, and
/// key identifiers.
const KNOWN: [&str; 7] = ["2.5.29.15", "2.5.29.19", "2.5.29.37", "2.5.29.17", "2.5.29.18", "2.5.29.14", "2.5.29.35"];

fn check_delegate(certificate: &Certificate, ca: &CaCertificate, now: Timestamp) -> Result<(), &'static str> {
    let tbs = certificate.tbs_certificate();
    let der = certificate.to_der().map_err(|_| "the certificate of the responder does not read")?;
    let parts = signed::parts(&der).ok_or("the certificate of the responder does not read")?;
    let by_issuer = tbs.issuer() == &ca.subject
        && tbs.signature() == &parts.algorithm
        && ca.key.verifies_by(&parts.algorithm, &parts.content, parts.signature);
    if !by_issuer {
        return Err("the certificate of the responder is not of this issuer");
    }
    let usage = tbs.get_extension::<ExtendedKeyUsage>().ok().flatten();
    if !usage.is_some_and(|(_, it)| it.0.iter().any(|it| it.to_string() == OCSP_SIGNING)) {
        return Err("the certificate of the responder is not for signing answers by OCSP");
    }
    let (from, until) = (from_asn1(tbs.validity().not_before), from_asn1(tbs.validity().not_after));
    if now < from || now > until {
        return Err("the certificate of the responder is not good now; issue another, and check the clock");
    }
    let critical = tbs.extensions().into_iter().flatten().filter(|it| it.critical);
    if critical.into_iter().any(|it| !KNOWN.contains(&it.extn_id.to_string().as_str())) {
        return Err("the certificate of the responder has a critical extension that is not known here");
    }
    Ok(())
}

fn time(at: OcspGeneralizedTime) -> Timestamp {
    let seconds = i64::try_from(at.0.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_millis(0).plus(Millis::seconds(seconds))
}
