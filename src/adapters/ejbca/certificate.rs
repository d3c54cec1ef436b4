use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Document, Encode, Sequence};
use rustls::crypto::aws_lc_rs;
use x509_cert::Certificate;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::name::Name;

use super::EjbcaError;
use crate::domain::IssuerName;

/// Longer certificates are refused before they are read.
const LONGEST: usize = 64 * 1024;

/// What of the authority's certificate is needed to tell its own from others.
#[derive(Debug)]
pub(super) struct AuthorityCertificate {
    pub(super) issuer: IssuerName,
    subject: Name,
    /// The algorithm of its key, as the content of an `AlgorithmIdentifier`.
    algorithm: Vec<u8>,
    key: Vec<u8>,
}

/// RFC 5280, section 4.1.1.
#[derive(Sequence)]
struct Signed<'a> {
    content: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

impl AuthorityCertificate {
    pub(super) fn from_pem(pem: &str) -> Result<Self, EjbcaError> {
        let wrong = |what| EjbcaError::AuthorityCertificate { what };
        let unreadable = || wrong("does not read; give one certificate in PEM of at most 64 KiB");
        let document = match Document::from_pem(pem) {
            Ok(("CERTIFICATE", document)) if document.as_bytes().len() <= LONGEST => document,
            _ => return Err(unreadable()),
        };
        let certificate = Certificate::from_der(document.as_bytes()).map_err(|_| unreadable())?;
        let tbs = certificate.tbs_certificate();
        if !tbs.get_extension::<BasicConstraints>().ok().flatten().is_some_and(|(_, it)| it.ca) {
            return Err(wrong("is not one of an authority; give one with basicConstraints CA"));
        }
        let unnamed = |_| wrong("has a name that cannot be shown; issue it with a subject of at most 1000 characters");
        let info = tbs.subject_public_key_info();
        let algorithm = info.algorithm.to_der().map_err(|_| unreadable())?;
        let algorithm = AnyRef::from_der(&algorithm).map_err(|_| unreadable())?.value().to_vec();
        let key = info.subject_public_key.as_bytes().ok_or_else(unreadable)?.to_vec();
        let issuer = tbs.subject().to_string().parse().map_err(unnamed)?;
        Ok(AuthorityCertificate { issuer, subject: tbs.subject().clone(), algorithm, key })
    }

    /// Why a certificate is not of this authority.
    pub(super) fn check(&self, der: &[u8]) -> Result<(), &'static str> {
        let unreadable = "it does not read; give the DER of one certificate of at most 64 KiB";
        let read = || {
            let parsed = (der.len() <= LONGEST).then(|| Certificate::from_der(der).ok())??;
            let signed = Signed::from_der(der).ok()?;
            let named = parsed.tbs_certificate().signature().to_der().ok()?;
            Some((parsed.tbs_certificate().issuer() == &self.subject, signed, named))
        };
        let Some((names_it, signed, named)) = read() else { return Err(unreadable) };
        if !names_it {
            return Err("it names another issuer; register it without content");
        }
        let other = "it names this issuer, but another key signed it";
        // RFC 5280, section 4.1.1.2: what is signed names the algorithm of the signature.
        if signed.algorithm.to_der().ok().as_ref() != Some(&named) {
            return Err(other);
        }
        let verified = || {
            // DER has one form for each value, so this is the content as it was signed.
            let content = signed.content.to_der().ok()?;
            let signature = signed.signature.as_bytes()?;
            let known = aws_lc_rs::default_provider().signature_verification_algorithms.all;
            let mut fitting = known.iter().filter(|it| {
                it.public_key_alg_id().as_ref() == self.algorithm
                    && it.signature_alg_id().as_ref() == signed.algorithm.value()
            });
            Some(fitting.any(|it| it.verify_signature(&self.key, &content, signature).is_ok()))
        };
        if verified() == Some(true) { Ok(()) } else { Err(other) }
    }
}
