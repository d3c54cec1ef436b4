use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Sequence};
use x509_cert::Certificate;

use super::CmpError;
use super::protection::signed_by;
use crate::domain::IssuerName;
use crate::ports::{AuthorityError, SignatureAlgorithm, SignatureVerifier};

/// Longer certificates are refused before they are read.
const LONGEST: usize = 64 * 1024;

/// What every signed piece of DER begins with (RFC 5280, section 4.1.1).
#[derive(Sequence)]
struct Signed<'a> {
    content: AnyRef<'a>,
    algorithm: x509_cert::AlgorithmIdentifier,
    signature: BitStringRef<'a>,
}

/// A certificate that the host has named: of the issuer, or of who protects the messages.
#[derive(Clone)]
pub(super) struct Named {
    /// Its subject, as DER.
    pub(super) name: Vec<u8>,
    /// Its key, as the DER of a `SubjectPublicKeyInfo`.
    pub(super) key: Vec<u8>,
    pub(super) der: Vec<u8>,
    /// Its subject as text, in the form under which authorities are registered.
    text: String,
}

impl Named {
    pub(super) fn from_der(der: &[u8], what: &'static str) -> Result<Self, CmpError> {
        let certificate = parse(der).ok_or(CmpError::Certificate { what })?;
        let tbs = certificate.tbs_certificate();
        let encoding = |source: der::Error| CmpError::Encoding(source.into());
        Ok(Named {
            name: tbs.subject().to_der().map_err(encoding)?,
            key: tbs.subject_public_key_info().to_der().map_err(encoding)?,
            der: der.to_vec(),
            text: tbs.subject().to_string(),
        })
    }

    pub(super) fn issuer_name(&self) -> Result<IssuerName, CmpError> {
        self.text.parse().map_err(|_| CmpError::Certificate { what: "the name of the issuer's certificate" })
    }

    /// Refuses a certificate that this one has not signed.
    pub(super) fn check_signed(&self, der: &[u8], verifier: &dyn SignatureVerifier) -> Result<(), AuthorityError> {
        let refused = |why: &str| AuthorityError::Invalid { what: "the certificate", why: why.to_owned() };
        let certificate = parse(der).ok_or_else(|| refused("it does not read; give the DER of one certificate"))?;
        if certificate.tbs_certificate().issuer().to_der().ok().as_ref() != Some(&self.name) {
            return Err(refused("it names another issuer"));
        }
        let signed_by_us = || {
            let signed = Signed::from_der(der).ok()?;
            let algorithm = algorithm_of(signed.algorithm.oid.as_bytes())?;
            // DER has one form for each value, so this is the content as it was signed.
            let (content, signature) = (signed.content.to_der().ok()?, signed.signature.as_bytes()?);
            let same = certificate.tbs_certificate().signature() == &signed.algorithm;
            Some(same && verifier.verifies(algorithm, &self.key, &content, signature))
        };
        match signed_by_us() {
            Some(true) => Ok(()),
            _ => Err(refused("it names this issuer, but another key signed it, or by an algorithm that is not known")),
        }
    }
}

fn parse(der: &[u8]) -> Option<Certificate> {
    Some(der).filter(|it| it.len() <= LONGEST).and_then(|it| Certificate::from_der(it).ok())
}

/// The algorithm with this object identifier.
pub(super) fn algorithm_of(oid: &[u8]) -> Option<SignatureAlgorithm> {
    SignatureAlgorithm::ALL.iter().copied().find(|it| signed_by(*it).as_bytes() == oid)
}
