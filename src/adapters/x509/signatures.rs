use super::public_key::PublicKey;
use crate::ports::{SignatureAlgorithm, SignatureVerifier};

/// Checks the signatures of checkpoints and trims.
///
/// ```
/// use cardflow::adapters::x509::{KeyAlgorithm, Signatures, SoftwareSigner};
/// use cardflow::ports::{SignatureVerifier, Signer};
///
/// let signer = SoftwareSigner::generate(KeyAlgorithm::EcP256)?;
/// let signature = signer.sign(b"as it was")?;
/// let good = |message: &[u8]| Signatures.verifies(signer.algorithm(), &signer.public_key(), message, &signature);
/// assert!(good(b"as it was"));
/// assert!(!good(b"as it is now"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Signatures;

impl SignatureVerifier for Signatures {
    fn verifies(&self, algorithm: SignatureAlgorithm, public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        PublicKey::from_spki(public_key).is_ok_and(|it| it.fits(algorithm) && it.verifies(message, signature))
    }
}
