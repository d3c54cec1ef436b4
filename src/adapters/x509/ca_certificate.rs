use der::{Decode, Document};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, SubjectKeyIdentifier};
use x509_cert::name::Name;

use super::X509Error;
use super::public_key::PublicKey;
use super::time::from_asn1;
use crate::domain::{IssuerName, Validity};
use crate::values::Timestamp;

/// Longer certificates are refused before they are read.
const LONGEST: usize = 64 * 1024;

/// The name in the issuer field of a certificate, in the form under which an authority is registered.
///
/// The form is that of RFC 4514, as import reads it from the certificates of cards.
///
/// # Errors
///
/// [`X509Error::UnreadableCertificate`] if `der` is none, [`X509Error::Name`] if the name is empty or cannot be shown.
pub fn issuer_name(der: &[u8]) -> Result<IssuerName, X509Error> {
    name(parse(der, "the certificate")?.tbs_certificate().issuer())
}

/// The PEM block of a certificate.
///
/// # Errors
///
/// [`X509Error`] if it has no text form, which no certificate lacks.
pub fn certificate_pem(certificate_der: &[u8]) -> Result<String, X509Error> {
    super::signed::to_pem("CERTIFICATE", certificate_der)
        .map_err(|source| X509Error::Encoding { what: "the certificate", source: source.into() })
}

/// A certificate of at most 64 KiB.
pub(super) fn parse(der: &[u8], what: &'static str) -> Result<Certificate, X509Error> {
    let readable = der.len() <= LONGEST;
    let parsed = readable.then(|| Certificate::from_der(der).ok()).flatten();
    parsed.ok_or(X509Error::UnreadableCertificate { what })
}

/// A name as text. INVARIANT: whoever reads the issuer of a certificate with `x509_cert` gets the same text.
pub(super) fn name(name: &Name) -> Result<IssuerName, X509Error> {
    let unusable = |why: String| X509Error::Name { why };
    name.to_string().parse().map_err(|error: crate::domain::Invalid| unusable(error.to_string()))
}

/// The certificate of the authority, checked for what it must be able to do.
#[derive(Clone)]
pub(super) struct CaCertificate {
    pub(super) der: Vec<u8>,
    pub(super) pem: String,
    pub(super) subject: Name,
    pub(super) issuer: IssuerName,
    pub(super) key: PublicKey,
    /// What the authority key identifier of certificates and CRLs says.
    pub(super) key_id: SubjectKeyIdentifier,
    pub(super) validity: Validity,
}

const WHAT: &str = "the certificate of the authority";

impl CaCertificate {
    pub(super) fn from_pem(pem: &str) -> Result<Self, X509Error> {
        let unreadable = || X509Error::UnreadableCertificate { what: WHAT };
        if pem.len() > 2 * LONGEST {
            return Err(unreadable());
        }
        match Document::from_pem(pem).map_err(|_| unreadable())? {
            ("CERTIFICATE", document) => Self::from_der(document.as_bytes()),
            _ => Err(unreadable()),
        }
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, X509Error> {
        let certificate = parse(der, WHAT)?;
        let tbs = certificate.tbs_certificate();
        check_usage(&certificate)?;
        let Ok(Some((_, key_id))) = tbs.get_extension::<SubjectKeyIdentifier>() else {
            return Err(X509Error::NotAnAuthority { missing: "it has no subject key identifier" });
        };
        if tbs.subject().iter_rdn().any(|part| part.is_empty()) {
            return Err(X509Error::Name { why: "a part of it is empty".to_owned() });
        }
        let validity = Validity::new(from_asn1(tbs.validity().not_before), from_asn1(tbs.validity().not_after))
            .map_err(|_| X509Error::NotAnAuthority { missing: "it ends before it begins" })?;
        let encoding = |source: der::Error| X509Error::Encoding { what: WHAT, source: source.into() };
        Ok(CaCertificate {
            der: der.to_vec(),
            pem: super::signed::to_pem("CERTIFICATE", der).map_err(encoding)?,
            subject: tbs.subject().clone(),
            issuer: name(tbs.subject())?,
            key: PublicKey::from_info(tbs.subject_public_key_info())?,
            key_id,
            validity,
        })
    }

    /// Refuses an authority that is not good at `now`.
    pub(super) fn check_time(&self, now: Timestamp) -> Result<(), X509Error> {
        let (from, until) = (self.validity.from(), self.validity.until());
        if now < from {
            return Err(X509Error::NotYetValid { from, now });
        }
        if self.validity.is_over(now) { Err(X509Error::Expired { until, now }) } else { Ok(()) }
    }
}

/// What RFC 5280 asks of a certificate that signs certificates (section 4.2.1.9) and CRLs (section 4.2.1.3).
fn check_usage(certificate: &Certificate) -> Result<(), X509Error> {
    let tbs = certificate.tbs_certificate();
    let missing = match (tbs.get_extension::<BasicConstraints>(), tbs.get_extension::<KeyUsage>()) {
        (Ok(Some((_, constraints))), _) if !constraints.ca => "basicConstraints says it is none",
        (Ok(None) | Err(_), _) => "it has no basicConstraints",
        (_, Ok(None) | Err(_)) => "it has no keyUsage",
        (_, Ok(Some((_, usage)))) if !usage.key_cert_sign() => "its keyUsage lacks keyCertSign",
        (_, Ok(Some((_, usage)))) if !usage.crl_sign() => "its keyUsage lacks cRLSign",
        _ => return Ok(()),
    };
    Err(X509Error::NotAnAuthority { missing })
}
