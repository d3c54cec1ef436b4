use std::fmt::Debug;

use thiserror::Error;

use crate::values::codes;

codes! {
    /// How a [`Signer`] signs.
    pub enum SignatureAlgorithm ("signature algorithm") {
        /// ECDSA on the curve P-256 with SHA-256; the signature is the DER of RFC 3279.
        EcdsaP256Sha256 = "ecdsa-p256-sha256",
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        RsaPkcs1Sha256 = "rsa-pkcs1-sha256",
    }
}

/// A signature that could not be made.
#[derive(Debug, Error)]
#[error("the key cannot sign now")]
pub struct SignerError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A private key that signs and is never shown: in memory, or in a hardware security module.
///
/// # Contract
///
/// - `sign` signs exactly `message` with the key behind `public_key`, by `algorithm`. Otherwise relying parties refuse
///   every list and certificate made with it.
/// - `Debug` shows nothing of the key.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Signer: Debug + Send + Sync + 'static {
    /// How it signs.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// The public key, as the DER of a `SubjectPublicKeyInfo`.
    fn public_key(&self) -> Vec<u8>;

    /// Signs.
    ///
    /// # Errors
    ///
    /// [`SignerError`] if the key is not at hand.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;
}
