//! What certificates and CRLs have in common: content, algorithm, signature (RFC 5280, sections 4.1.1 and 5.1.1).

use der::asn1::{Any, AnyRef, BitStringRef, ObjectIdentifier};
use der::pem::LineEnding;
use der::{Decode, DecodeValue, Encode, FixedTag, Header, Length, Sequence, Tag};
use x509_cert::AlgorithmIdentifier;

use super::X509Error;
use super::public_key::PublicKey;
use crate::ports::{SignatureAlgorithm, Signer};

#[derive(Sequence)]
struct Signed<'a> {
    content: AnyRef<'a>,
    algorithm: AlgorithmIdentifier,
    signature: BitStringRef<'a>,
}

/// How the algorithm is written in a certificate or CRL.
pub(super) fn identifier(algorithm: SignatureAlgorithm) -> AlgorithmIdentifier {
    match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 => {
            AlgorithmIdentifier { oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"), parameters: None }
        }
        SignatureAlgorithm::RsaPkcs1Sha256 => AlgorithmIdentifier {
            oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"),
            // RFC 4055, section 5: the parameters are NULL, and present.
            parameters: Some(Any::null()),
        },
        SignatureAlgorithm::EcdsaP384Sha384 => {
            AlgorithmIdentifier { oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"), parameters: None }
        }
        // RFC 8410, section 3: the parameters are absent.
        SignatureAlgorithm::Ed25519 => {
            AlgorithmIdentifier { oid: ObjectIdentifier::new_unwrap("1.3.101.112"), parameters: None }
        }
    }
}

/// The DER of `content` with the signature of `signer` on it.
pub(super) fn sign(content: Vec<u8>, what: &'static str, signer: &dyn Signer) -> Result<Vec<u8>, X509Error> {
    let failed = |source: der::Error| X509Error::Encoding { what, source: source.into() };
    let signature = signer.sign(&content).map_err(X509Error::Signer)?;
    let mut after = Vec::new();
    identifier(signer.algorithm()).encode_to_vec(&mut after).map_err(failed)?;
    BitStringRef::from_bytes(&signature).and_then(|it| it.encode_to_vec(&mut after)).map_err(failed)?;
    sequence(&[], content, &after).map_err(failed)
}

/// A SEQUENCE of parts that are encoded already, made where the longest of them is: a list of a million lines is held once.
pub(super) fn sequence(before: &[u8], mut longest: Vec<u8>, after: &[u8]) -> der::Result<Vec<u8>> {
    let parts = [before.len(), longest.len(), after.len()];
    let length = parts.into_iter().try_fold(Length::ZERO, |sum, part| sum + Length::try_from(part)?)?;
    let mut front = Header::new(Tag::Sequence, length).to_der()?;
    front.extend_from_slice(before);
    longest.reserve_exact(front.len() + after.len());
    longest.splice(..0, front);
    longest.extend_from_slice(after);
    Ok(longest)
}

/// What was signed, read from a certificate or list.
pub(super) fn content<'a, T: Decode<'a> + DecodeValue<'a> + FixedTag>(der: &'a [u8]) -> der::Result<T>
where
    der::Error: From<<T as DecodeValue<'a>>::Error>,
{
    Ok(Signed::from_der(der)?.content.decode_as::<T>()?)
}

/// PEM with this word in its first line.
pub(super) fn to_pem(label: &'static str, der: &[u8]) -> Result<String, der::Error> {
    Ok(der::pem::encode_string(label, LineEnding::LF, der)?)
}

/// What was signed, how, and the signature.
pub(super) struct Parts<'a> {
    /// DER has one form for each value, so this is the content as it was signed.
    pub(super) content: Vec<u8>,
    pub(super) algorithm: AlgorithmIdentifier,
    pub(super) signature: &'a [u8],
}

/// The parts of a certificate or list.
pub(super) fn parts(der: &[u8]) -> Option<Parts<'_>> {
    let Signed { content, algorithm, signature } = Signed::from_der(der).ok()?;
    Some(Parts { content: content.to_der().ok()?, algorithm, signature: signature.as_bytes()? })
}

/// Whether `key` signed the certificate `der` by `algorithm`.
pub(super) fn is_signed_by(der: &[u8], key: &PublicKey, algorithm: SignatureAlgorithm) -> bool {
    parts(der).is_some_and(|it| it.algorithm == identifier(algorithm) && key.verifies(&it.content, it.signature))
}
