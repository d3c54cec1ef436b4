use crate::ports::{SignatureAlgorithm, SignatureVerifier, Signer, SignerError};
use crate::values::Digest;

/// A signer for tests that need evidence and no cryptography: everybody who knows the public key can sign.
///
/// ```
/// use cardflow::ports::{SignatureVerifier, Signer};
/// use cardflow::testing::fakes::{PaperSignatures, PaperSigner};
///
/// let signer = PaperSigner::named("office");
/// let signature = signer.sign(b"a checkpoint")?;
/// let verifies = |message| PaperSignatures.verifies(signer.algorithm(), &signer.public_key(), message, &signature);
/// assert!(verifies(b"a checkpoint") && !verifies(b"another"));
/// # Ok::<(), cardflow::ports::SignerError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PaperSigner(String);

impl PaperSigner {
    /// With a key of this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        PaperSigner(name.to_owned())
    }
}

fn signature(key: &[u8], message: &[u8]) -> Vec<u8> {
    Digest::of_parts(&[b"a signature for tests", key, message]).as_bytes().to_vec()
}

impl Signer for PaperSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::EcdsaP256Sha256
    }

    fn public_key(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(signature(&self.public_key(), message))
    }
}

/// Tells the signatures of [`PaperSigner`]s from others.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PaperSignatures;

impl SignatureVerifier for PaperSignatures {
    fn verifies(&self, algorithm: SignatureAlgorithm, public_key: &[u8], message: &[u8], made: &[u8]) -> bool {
        algorithm == SignatureAlgorithm::EcdsaP256Sha256 && signature(public_key, message) == made
    }
}
