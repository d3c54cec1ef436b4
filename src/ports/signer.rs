use std::fmt::Debug;

use thiserror::Error;

use crate::values::SignatureAlgorithm;

/// A signature that could not be made.
#[derive(Debug, Error)]
#[error("the key cannot sign now")]
pub struct SignerError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A private key that signs and is never shown: in memory, or in a hardware security module.
///
/// # Contract
///
/// - **Exact.** `sign` signs exactly `message` with the key behind `public_key`, by `algorithm`. Otherwise relying parties
///   refuse every list and certificate made with it.
/// - **One key.** `algorithm` and `public_key` stay what they are. What was signed before names the key that was shown then.
/// - **Discreet.** `Debug` shows nothing of the key.
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

/// Tells whether a signature is good: what is needed to check checkpoints and trims, by whoever has the public key.
///
/// # Contract
///
/// - **True.** `verifies` is true only if the key made exactly this signature on exactly this message, by this algorithm; then
///   it is. Otherwise forged evidence passes for good, or good evidence for forged.
/// - **Total.** A key or signature that does not read is no panic: it does not verify.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait SignatureVerifier: Debug + Send + Sync + 'static {
    /// Whether `public_key` (the DER of a `SubjectPublicKeyInfo`) made `signature` on `message` by `algorithm`.
    fn verifies(&self, algorithm: SignatureAlgorithm, public_key: &[u8], message: &[u8], signature: &[u8]) -> bool;
}
