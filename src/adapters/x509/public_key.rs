use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use der::Decode;
use der::asn1::{Any, ObjectIdentifier};
use x509_cert::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::X509Error;
use crate::ports::SignatureAlgorithm;

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// What kind of key it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PublicKeyKind {
    P256,
    P384,
    Ed25519,
    Rsa,
}

/// A public key that has been checked: a point on its curve, or an RSA modulus of at least 2048 bits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct PublicKey {
    pub(super) kind: PublicKeyKind,
    /// The content of `subjectPublicKey`.
    pub(super) bits: Vec<u8>,
}

impl PublicKey {
    /// From the DER of a `SubjectPublicKeyInfo`.
    pub(super) fn from_spki(der: &[u8]) -> Result<Self, X509Error> {
        Self::from_info(&SubjectPublicKeyInfo::from_der(der).map_err(|_| UNKNOWN)?)
    }

    pub(super) fn from_info(info: &SubjectPublicKeyInfo) -> Result<Self, X509Error> {
        let curve = || info.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok();
        let kind = match info.algorithm.oid {
            RSA => PublicKeyKind::Rsa,
            // RFC 8410, section 3: the parameters are absent.
            ED if info.algorithm.parameters.is_none() => PublicKeyKind::Ed25519,
            EC if curve() == Some(P256) => PublicKeyKind::P256,
            EC if curve() == Some(P384) => PublicKeyKind::P384,
            _ => return Err(UNKNOWN),
        };
        let bits = info.subject_public_key.as_bytes().ok_or(UNKNOWN)?.to_vec();
        let key = PublicKey { kind, bits };
        UnparsedPublicKey::new(key.verification(), &key.bits).parse().map_err(|_| UNKNOWN)?;
        Ok(key)
    }

    /// Whether a key of this kind signs by `algorithm`.
    pub(super) fn fits(&self, algorithm: SignatureAlgorithm) -> bool {
        match algorithm {
            SignatureAlgorithm::EcdsaP256Sha256 => self.kind == PublicKeyKind::P256,
            SignatureAlgorithm::RsaPkcs1Sha256 => self.kind == PublicKeyKind::Rsa,
            SignatureAlgorithm::EcdsaP384Sha384 => self.kind == PublicKeyKind::P384,
            SignatureAlgorithm::Ed25519 => self.kind == PublicKeyKind::Ed25519,
        }
    }

    /// Whether the key behind this one made `signature` on `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.verification(), &self.bits).verify(message, signature).is_ok()
    }

    /// Whether the key behind this one made `signature` on `message` by an algorithm that others use too.
    pub(super) fn verifies_by(&self, algorithm: &AlgorithmIdentifier, message: &[u8], signature: &[u8]) -> bool {
        let by =
            |it: &'static dyn VerificationAlgorithm| UnparsedPublicKey::new(it, &self.bits).verify(message, signature);
        // RFC 4055, section 5, demands the NULL of RSA; RFC 5758 and RFC 8410 forbid it for the others.
        let parameters = algorithm.parameters.as_ref().is_none_or(Any::is_null);
        let none = algorithm.parameters.is_none();
        match (self.kind, algorithm.oid.to_string().as_str()) {
            (PublicKeyKind::P256, "1.2.840.10045.4.3.2") if none => by(&ECDSA_P256_SHA256_ASN1),
            (PublicKeyKind::P256, "1.2.840.10045.4.3.3") if none => by(&ECDSA_P256_SHA384_ASN1),
            (PublicKeyKind::P256, "1.2.840.10045.4.3.4") if none => by(&ECDSA_P256_SHA512_ASN1),
            (PublicKeyKind::P384, "1.2.840.10045.4.3.2") if none => by(&ECDSA_P384_SHA256_ASN1),
            (PublicKeyKind::P384, "1.2.840.10045.4.3.3") if none => by(&ECDSA_P384_SHA384_ASN1),
            (PublicKeyKind::P384, "1.2.840.10045.4.3.4") if none => by(&ECDSA_P384_SHA512_ASN1),
            (PublicKeyKind::Ed25519, "1.3.101.112") if none => by(&ED25519),
            (PublicKeyKind::Rsa, "1.2.840.113549.1.1.11") if parameters => by(&RSA_PKCS1_2048_8192_SHA256),
            (PublicKeyKind::Rsa, "1.2.840.113549.1.1.12") if parameters => by(&RSA_PKCS1_2048_8192_SHA384),
            (PublicKeyKind::Rsa, "1.2.840.113549.1.1.13") if parameters => by(&RSA_PKCS1_2048_8192_SHA512),
            _ => return false,
        }
        .is_ok()
    }

    fn verification(&self) -> &'static dyn VerificationAlgorithm {
        match self.kind {
            PublicKeyKind::P256 => &ECDSA_P256_SHA256_ASN1,
            PublicKeyKind::P384 => &ECDSA_P384_SHA384_ASN1,
            PublicKeyKind::Ed25519 => &ED25519,
            PublicKeyKind::Rsa => &RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

const UNKNOWN: X509Error = X509Error::Unacceptable {
    what: "the public key",
    why: "give the DER of a SubjectPublicKeyInfo, EC on P-256 or P-384, Ed25519, or RSA of 2048 to 8192 bits",
};
