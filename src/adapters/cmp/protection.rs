use std::fmt;
use std::sync::Arc;

use aws_lc_rs::{digest, hmac};
use cmpv2::parameter::PbmParameter;
use der_0_7::asn1::{Any, Null, ObjectIdentifier, OctetString};
use der_0_7::{Decode, Encode};
use x509_cert_0_2::spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::issuer::{Named, algorithm_of};
use super::{CmpError, CmpMistrust};
use crate::ports::{SignatureAlgorithm, SignatureVerifier, Signer};

/// The least bytes of a secret; authorities that give out shorter ones are not asked.
const LEAST: usize = 16;
/// How often a secret is hashed.
const ITERATIONS: u64 = 10_000;
/// The most and the least often that an answer may want it hashed.
const BOUNDS: std::ops::RangeInclusive<u64> = 100..=100_000;

/// `id-PasswordBasedMac` (RFC 9481, section 6.1.1).
const PBM: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113533.7.66.13");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const HMAC_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
const HMAC_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.10");
const HMAC_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.11");
/// `hMAC-SHA1`, which many authorities answer with still: as a MAC it holds.
const HMAC_SHA1: [ObjectIdentifier; 2] =
    [ObjectIdentifier::new_unwrap("1.3.6.1.5.5.8.1.2"), ObjectIdentifier::new_unwrap("1.2.840.113549.2.7")];

const OTHER_WAY: CmpMistrust = CmpMistrust::Unprotected { why: "it is protected in another way than the request" };

/// How requests are protected, and answers checked: in the same way. Secrets are never shown, and wiped from memory when
/// dropped.
///
/// ```
/// use cardflow::adapters::cmp::CmpProtection;
///
/// # let random = || vec![7; 24];
/// let protection = CmpProtection::secret("ra-7", random())?;
/// assert_eq!(format!("{protection:?}"), "CmpProtection::secret(\"ra-7\", ..)");
/// assert!(CmpProtection::secret("ra-7", b"secret".to_vec()).is_err());
/// # Ok::<(), cardflow::adapters::cmp::CmpError>(())
/// ```
pub struct CmpProtection(Way);

enum Way {
    Secret { reference: String, secret: Zeroizing<Vec<u8>> },
    Signed { signer: Arc<dyn Signer>, own: Named, peer: Named, verifier: Arc<dyn SignatureVerifier> },
}

impl CmpProtection {
    /// By a secret of 16 or more bytes, which is taken over and wiped, and the reference under which the authority knows it.
    ///
    /// # Errors
    ///
    /// [`CmpError::Reference`], [`CmpError::ShortSecret`].
    pub fn secret(reference: &str, secret: Vec<u8>) -> Result<Self, CmpError> {
        let secret = Zeroizing::new(secret);
        let fits = |it: u8| it.is_ascii_alphanumeric() || b"._-".contains(&it);
        if !(1..=64).contains(&reference.len()) || !reference.bytes().all(fits) {
            return Err(CmpError::Reference);
        }
        if secret.len() < LEAST {
            return Err(CmpError::ShortSecret { least: LEAST });
        }
        Ok(CmpProtection(Way::Secret { reference: reference.to_owned(), secret }))
    }

    /// By a signature of `signer`, whose `certificate` (DER) goes with each request. Answers are to be signed with the key of
    /// `peer` (DER): the certificate of the authority, or of who answers for it. The host takes care that it is still good.
    ///
    /// # Errors
    ///
    /// [`CmpError::Certificate`], [`CmpError::OtherKey`].
    pub fn signed(
        signer: Arc<dyn Signer>,
        certificate: &[u8],
        peer: &[u8],
        verifier: Arc<dyn SignatureVerifier>,
    ) -> Result<Self, CmpError> {
        let own = Named::from_der(certificate, "the certificate that goes with the requests")?;
        let peer = Named::from_der(peer, "the certificate of who answers")?;
        if own.key != signer.public_key() {
            return Err(CmpError::OtherKey);
        }
        Ok(CmpProtection(Way::Signed { signer, own, peer, verifier }))
    }

    /// The name that requests are sent under, as DER.
    pub(super) fn sender(&self) -> Result<Vec<u8>, CmpError> {
        match &self.0 {
            // RFC 9483, section 3.1: the reference as common name.
            Way::Secret { reference, .. } => {
                let name: x509_cert_0_2::name::Name = format!("CN={reference}").parse().map_err(encoding)?;
                name.to_der().map_err(encoding)
            }
            Way::Signed { own, .. } => Ok(own.name.clone()),
        }
    }

    /// What `senderKID` says.
    pub(super) fn reference(&self) -> Option<&str> {
        match &self.0 {
            Way::Secret { reference, .. } => Some(reference),
            Way::Signed { .. } => None,
        }
    }

    /// The certificate that goes with a request.
    pub(super) fn certificate(&self) -> Option<&[u8]> {
        match &self.0 {
            Way::Secret { .. } => None,
            Way::Signed { own, .. } => Some(&own.der),
        }
    }

    /// The algorithm that a request names, with fresh parameters.
    pub(super) fn algorithm(&self) -> Result<AlgorithmIdentifierOwned, CmpError> {
        match &self.0 {
            Way::Secret { .. } => {
                let mut salt = [0; 16];
                getrandom::fill(&mut salt).map_err(|_| CmpError::NoRandomness)?;
                let null = |oid| AlgorithmIdentifierOwned { oid, parameters: Some(Any::from(Null)) };
                let parameter = PbmParameter {
                    salt: OctetString::new(salt).map_err(encoding)?,
                    owf: null(SHA256),
                    iteration_count: ITERATIONS,
                    mac: null(HMAC_SHA256),
                };
                Ok(AlgorithmIdentifierOwned {
                    oid: PBM,
                    parameters: Some(Any::encode_from(&parameter).map_err(encoding)?),
                })
            }
            Way::Signed { signer, .. } => {
                let algorithm = signer.algorithm();
                // RFC 4055, section 5: with RSA the parameters are NULL, and present.
                let parameters = (algorithm == SignatureAlgorithm::RsaPkcs1Sha256).then(|| Any::from(Null));
                Ok(AlgorithmIdentifierOwned { oid: signed_by(algorithm), parameters })
            }
        }
    }

    /// The protection of these bytes, by the algorithm that they name.
    pub(super) fn protect(&self, bytes: &[u8], algorithm: &AlgorithmIdentifierOwned) -> Result<Vec<u8>, CmpError> {
        match &self.0 {
            Way::Secret { secret, .. } => {
                let key = pbm_key(secret, algorithm).map_err(encoding)?;
                Ok(hmac::sign(&key, bytes).as_ref().to_vec())
            }
            Way::Signed { signer, .. } => signer.sign(bytes).map_err(CmpError::Signer),
        }
    }

    /// Refuses an answer that is not protected as agreed, by whom it is to be.
    pub(super) fn check(&self, answer: &Protected<'_>) -> Result<(), CmpMistrust> {
        match &self.0 {
            Way::Secret { reference, secret } => {
                let key = pbm_key(secret, answer.algorithm)?;
                if answer.reference.is_some_and(|it| it != reference.as_bytes()) {
                    return Err(CmpMistrust::OtherSender);
                }
                hmac::verify(&key, answer.bytes, answer.protection).map_err(|_| CmpMistrust::Forged)
            }
            Way::Signed { peer, verifier, .. } => {
                let algorithm = algorithm_of(answer.algorithm.oid.as_bytes()).ok_or(OTHER_WAY)?;
                if answer.sender != Some(peer.name.as_slice()) {
                    return Err(CmpMistrust::OtherSender);
                }
                let holds = verifier.verifies(algorithm, &peer.key, answer.bytes, answer.protection);
                if holds { Ok(()) } else { Err(CmpMistrust::Forged) }
            }
        }
    }
}

/// A message with its protection.
pub(super) struct Protected<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) algorithm: &'a AlgorithmIdentifierOwned,
    pub(super) protection: &'a [u8],
    /// Who sends it, as the DER of a name.
    pub(super) sender: Option<&'a [u8]>,
    /// What `senderKID` says.
    pub(super) reference: Option<&'a [u8]>,
}

/// The key that a secret becomes (RFC 9810, section 5.1.3.1): hashed with the salt, and then again and again.
fn pbm_key(secret: &[u8], algorithm: &AlgorithmIdentifierOwned) -> Result<hmac::Key, CmpMistrust> {
    let odd = || CmpMistrust::Unprotected { why: "the parameters of its MAC are not among those that are known" };
    if algorithm.oid != PBM {
        return Err(OTHER_WAY);
    }
    let parameters = algorithm.parameters.as_ref().ok_or_else(odd)?.to_der().map_err(|_| odd())?;
    let parameter = PbmParameter::from_der(&parameters).map_err(|_| odd())?;
    let hash = match parameter.owf.oid {
        SHA256 => &digest::SHA256,
        SHA384 => &digest::SHA384,
        SHA512 => &digest::SHA512,
        _ => return Err(odd()),
    };
    let mac = match parameter.mac.oid {
        HMAC_SHA256 => hmac::HMAC_SHA256,
        HMAC_SHA384 => hmac::HMAC_SHA384,
        HMAC_SHA512 => hmac::HMAC_SHA512,
        it if HMAC_SHA1.contains(&it) => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        _ => return Err(odd()),
    };
    if !BOUNDS.contains(&parameter.iteration_count) {
        return Err(odd());
    }
    let mut key = Zeroizing::new([secret, parameter.salt.as_bytes()].concat());
    for _ in 0..parameter.iteration_count {
        *key = digest::digest(hash, &key).as_ref().to_vec();
    }
    Ok(hmac::Key::new(mac, &key))
}

/// The object identifier of an algorithm.
pub(super) fn signed_by(algorithm: SignatureAlgorithm) -> ObjectIdentifier {
    match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        SignatureAlgorithm::EcdsaP384Sha384 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"),
        SignatureAlgorithm::Ed25519 => ObjectIdentifier::new_unwrap("1.3.101.112"),
        SignatureAlgorithm::RsaPkcs1Sha256 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"),
    }
}

pub(super) fn encoding(source: impl std::error::Error + Send + Sync + 'static) -> CmpError {
    CmpError::Encoding(Box::new(source))
}

impl fmt::Debug for CmpProtection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Way::Secret { reference, .. } => write!(f, "CmpProtection::secret({reference:?}, ..)"),
            Way::Signed { signer, .. } => write!(f, "CmpProtection::signed({signer:?}, ..)"),
        }
    }
}
