use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256,
};
use der::SecretDocument;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use pkcs8::pkcs5::scrypt::Params;
use pkcs8::pkcs5::{self, EncryptionScheme};
use pkcs8::{EncryptedPrivateKeyInfoOwned, LineEnding, PrivateKeyInfoRef};

use super::{Passphrase, UnencryptedPem, X509Error};
use crate::ports::{SignatureAlgorithm, Signer, SignerError};
use crate::values::codes;

const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
const UNENCRYPTED: &str = "PRIVATE KEY";
/// Far more than any key takes.
const LONGEST_PEM: usize = 64 * 1024;

codes! {
    /// What kind of key to make.
    pub enum KeyAlgorithm ("key algorithm") {
        /// ECDSA on the curve P-256: short and fast.
        EcP256 = "ec-p256",
        /// ECDSA on the curve P-384, where a policy asks for more than P-256.
        EcP384 = "ec-p384",
        /// Ed25519: short and fast, where all relying parties know it.
        Ed25519 = "ed25519",
        /// RSA with 2048 bits.
        Rsa2048 = "rsa-2048",
        /// RSA with 3072 bits: as strong as P-256.
        Rsa3072 = "rsa-3072",
    }
}

/// A private key in memory that signs.
///
/// Its memory is wiped when it is dropped. Where more is asked for, put a hardware security module behind [`Signer`].
pub struct SoftwareSigner {
    key: Key,
    public_key: Vec<u8>,
}

enum Key {
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(rsa::KeyPair),
}

/// A fresh key for the holder of a card: what the authority certifies, and what only the holder may have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HolderKey {
    /// The public key, as the DER of a `SubjectPublicKeyInfo`.
    pub public_key: Vec<u8>,
    /// The private key, as PKCS#8 PEM encrypted with the passphrase given.
    pub encrypted_pem: String,
}

impl HolderKey {
    /// A new key on P-256, for a card without a key generator of its own.
    ///
    /// # Errors
    ///
    /// [`X509Error::KeyGeneration`].
    pub fn generate(passphrase: &Passphrase) -> Result<Self, X509Error> {
        let signer = SoftwareSigner::generate(KeyAlgorithm::EcP256)?;
        Ok(HolderKey { encrypted_pem: signer.to_encrypted_pem(passphrase)?, public_key: signer.public_key })
    }
}

impl SoftwareSigner {
    /// A new key.
    ///
    /// # Errors
    ///
    /// [`X509Error::KeyGeneration`].
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, X509Error> {
        let rsa = |size| rsa::KeyPair::generate(size).map(Key::Rsa);
        let key = match algorithm {
            KeyAlgorithm::EcP256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map(Key::P256),
            KeyAlgorithm::EcP384 => EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).map(Key::P384),
            KeyAlgorithm::Ed25519 => Ed25519KeyPair::generate().map(Key::Ed25519),
            KeyAlgorithm::Rsa2048 => rsa(KeySize::Rsa2048),
            KeyAlgorithm::Rsa3072 => rsa(KeySize::Rsa3072),
        };
        Self::new(key.map_err(|_| X509Error::KeyGeneration)?)
    }

    /// The key as PKCS#8 PEM (RFC 5958), encrypted with AES-256 under a key that scrypt makes of the passphrase.
    ///
    /// The cost is one OpenSSL reads without options: 16 MiB, five passes.
    ///
    /// # Errors
    ///
    /// [`X509Error::KeyGeneration`] without a source of randomness.
    pub fn to_encrypted_pem(&self, passphrase: &Passphrase) -> Result<String, X509Error> {
        let (mut salt, mut iv) = ([0; 16], [0; 16]);
        getrandom::fill(&mut salt).map_err(|_| X509Error::KeyGeneration)?;
        getrandom::fill(&mut iv).map_err(|_| X509Error::KeyGeneration)?;
        // N = 2^14, r = 8, p = 5: one of the equal choices of OWASP's password storage cheat sheet.
        let cost = Params::new(14, 8, 5).map_err(|_| X509Error::KeyGeneration)?;
        let scheme = Parameters::generate_scrypt_aes256cbc(cost, &salt, iv).map_err(|_| X509Error::KeyGeneration)?;
        let document = self.document()?;
        let info = PrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| X509Error::KeyGeneration)?;
        let encrypted =
            info.encrypt_with_params(scheme, passphrase.as_bytes()).map_err(|_| X509Error::KeyGeneration)?;
        let pem = encrypted.to_pem(ENCRYPTED, LineEnding::LF).map_err(|_| X509Error::KeyGeneration)?;
        Ok(pem.as_str().to_owned())
    }

    /// The key behind an encrypted PKCS#8 PEM: EC on P-256 or P-384, Ed25519, or RSA of at
    /// least 2048 bits.
    ///
    /// # Errors
    ///
    /// [`X509Error::WrongPassphrase`], [`X509Error::NotEncrypted`], [`X509Error::UnreadableKey`].
    pub fn from_encrypted_pem(pem: &str, passphrase: &Passphrase) -> Result<Self, X509Error> {
        let document = match read_pem(pem)? {
            (ENCRYPTED, document) => document,
            (UNENCRYPTED, _) => return Err(X509Error::NotEncrypted),
            _ => return Err(UNKNOWN_LABEL),
        };
        let info = EncryptedPrivateKeyInfoOwned::try_from(document.as_bytes()).map_err(|_| DAMAGED)?;
        check_cost(&info.encryption_algorithm)?;
        // A wrong passphrase shows as bad padding, or as bytes that are not a key.
        let key = info.decrypt(passphrase.as_bytes()).map_err(|error| match error {
            pkcs8::Error::EncryptedPrivateKey(pkcs5::Error::UnsupportedAlgorithm { .. }) => DAMAGED,
            _ => X509Error::WrongPassphrase,
        })?;
        PrivateKeyInfoRef::try_from(key.as_bytes()).map_err(|_| X509Error::WrongPassphrase)?;
        Self::from_pkcs8(key.as_bytes())
    }

    /// The key as PKCS#8 PEM *without encryption*: whoever reads it can issue certificates.
    ///
    /// # Errors
    ///
    /// [`X509Error::KeyGeneration`] if the key does not encode.
    pub fn to_unencrypted_pem(&self) -> Result<UnencryptedPem, X509Error> {
        let pem = self.document()?.to_pem(UNENCRYPTED, LineEnding::LF);
        pem.map(UnencryptedPem).map_err(|_| X509Error::KeyGeneration)
    }

    /// The key behind a PKCS#8 PEM *without encryption*.
    ///
    /// # Errors
    ///
    /// [`X509Error::Encrypted`], [`X509Error::UnreadableKey`].
    pub fn from_unencrypted_pem(pem: &str) -> Result<Self, X509Error> {
        match read_pem(pem)? {
            (UNENCRYPTED, document) => Self::from_pkcs8(document.as_bytes()),
            (ENCRYPTED, _) => Err(X509Error::Encrypted),
            _ => Err(UNKNOWN_LABEL),
        }
    }

    fn from_pkcs8(bytes: &[u8]) -> Result<Self, X509Error> {
        let p256 = || EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, bytes).map(Key::P256);
        let p384 = || EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, bytes).map(Key::P384);
        // Most tools leave the public key out, which is made from the private one then.
        let ed25519 = || Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes).map(Key::Ed25519);
        let rsa = rsa::KeyPair::from_pkcs8(bytes).map(Key::Rsa);
        let key = rsa.or_else(|_| p256()).or_else(|_| p384()).or_else(|_| ed25519());
        Self::new(key.map_err(|_| X509Error::UnreadableKey {
            why: "give an EC key on P-256 or P-384, Ed25519, or RSA of 2048 bits or more",
        })?)
    }

    fn new(key: Key) -> Result<Self, X509Error> {
        let public_key: Result<PublicKeyX509Der<'_>, _> = match &key {
            Key::P256(key) | Key::P384(key) => key.public_key().as_der(),
            Key::Ed25519(key) => key.public_key().as_der(),
            Key::Rsa(key) => key.public_key().as_der(),
        };
        let public_key = public_key.map_err(|_| X509Error::KeyGeneration)?.as_ref().to_vec();
        Ok(SoftwareSigner { key, public_key })
    }

    /// The PKCS#8 form, in memory that is wiped.
    fn document(&self) -> Result<SecretDocument, X509Error> {
        let document = match &self.key {
            Key::P256(key) | Key::P384(key) => key.to_pkcs8v1().map(|it| SecretDocument::try_from(it.as_ref())),
            Key::Ed25519(key) => key.to_pkcs8v1().map(|it| SecretDocument::try_from(it.as_ref())),
            Key::Rsa(key) => key.as_der().map(|it| SecretDocument::try_from(it.as_ref())),
        };
        document.map_err(|_| X509Error::KeyGeneration)?.map_err(|_| X509Error::KeyGeneration)
    }
}

const DAMAGED: X509Error = X509Error::UnreadableKey { why: "it is damaged or uses an encryption other than PBES2" };
const UNKNOWN_LABEL: X509Error =
    X509Error::UnreadableKey { why: "give PKCS#8 PEM, with ENCRYPTED PRIVATE KEY or PRIVATE KEY in its first line" };

fn read_pem(pem: &str) -> Result<(&str, SecretDocument), X509Error> {
    if pem.len() > LONGEST_PEM {
        return Err(X509Error::UnreadableKey { why: "it is longer than 64 KiB" });
    }
    SecretDocument::from_pem(pem).map_err(|_| X509Error::UnreadableKey { why: "it is not PEM" })
}

/// Refuses a file that asks for more memory or time than any honest one does.
fn check_cost(scheme: &EncryptionScheme) -> Result<(), X509Error> {
    let bearable = match scheme.pbes2().map(|it| &it.kdf) {
        Some(Kdf::Scrypt(cost)) => {
            let memory = cost.cost_parameter.saturating_mul(u64::from(cost.block_size)).saturating_mul(128);
            memory <= 1 << 28 && cost.parallelization <= 16
        }
        Some(Kdf::Pbkdf2(cost)) => cost.iteration_count <= 10_000_000,
        _ => false,
    };
    if bearable { Ok(()) } else { Err(DAMAGED) }
}

impl Signer for SoftwareSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        match self.key {
            Key::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
            Key::P384(_) => SignatureAlgorithm::EcdsaP384Sha384,
            Key::Ed25519(_) => SignatureAlgorithm::Ed25519,
            Key::Rsa(_) => SignatureAlgorithm::RsaPkcs1Sha256,
        }
    }

    fn public_key(&self) -> Vec<u8> {
        self.public_key.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let random = SystemRandom::new();
        let signed = match &self.key {
            Key::P256(key) | Key::P384(key) => key.sign(&random, message).map(|signature| signature.as_ref().to_vec()),
            Key::Ed25519(key) => key.try_sign(message).map(|signature| signature.as_ref().to_vec()),
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map(|()| signature)
            }
        };
        signed.map_err(|error| SignerError(error.into()))
    }
}

impl fmt::Debug for SoftwareSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareSigner").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}
