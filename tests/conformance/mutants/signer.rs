//! A signer and a verifier that do one thing wrong, each made of an honest one.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use cardflow::adapters::x509::{KeyAlgorithm, Signatures, SoftwareSigner};
use cardflow::ports::{SignatureAlgorithm, SignatureVerifier, Signer, SignerError};
use cardflow::testing::conformance::signer::{SignerFactory, VerifierFactory};

faults! {
    /// nothing is wrong
    None,
    /// a digest is signed in place of the message
    SignsDigest,
    /// case is folded
    FoldsCase,
    /// space at the end is cut
    TrimsSpace,
    /// zeros at the end are cut
    TrimsZeros,
    /// only the first 256 bytes are signed
    SignsBeginning,
    /// nothing is signed where there is nothing to sign
    SkipsEmpty,
    /// another algorithm is named
    NamesOtherAlgorithm,
    /// a key signs once, then another
    TurnsKey,
    /// another key is shown than signs
    ShowsOtherKey,
    /// only the thread that made it gets what it asked for
    KnowsOneThread,
    /// the debug form shows the key
    ShowsKey,
    /// the debug form shows the key in digits
    ShowsDigits,
}

static KEY: LazyLock<SoftwareSigner> = LazyLock::new(|| SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
static OTHER: LazyLock<SoftwareSigner> = LazyLock::new(|| SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
/// What stands for the private key.
const SECRET: [u8; 16] = *b"\x17private key\xff\x01\x02\x03";

struct WrongSigner {
    fault: Fault,
    signed: AtomicU64,
    thread: std::thread::ThreadId,
}

impl fmt::Debug for WrongSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            Fault::ShowsKey => write!(f, "WrongSigner {SECRET:?}"),
            Fault::ShowsDigits => write!(f, "WrongSigner {:032X}", u128::from_be_bytes(SECRET)),
            _ => f.write_str("WrongSigner"),
        }
    }
}

impl WrongSigner {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }
}

impl Signer for WrongSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        if self.is(Fault::NamesOtherAlgorithm) { SignatureAlgorithm::RsaPkcs1Sha256 } else { KEY.algorithm() }
    }

    fn public_key(&self) -> Vec<u8> {
        let turned = self.is(Fault::TurnsKey) && self.signed.load(Ordering::SeqCst) > 0;
        if turned || self.is(Fault::ShowsOtherKey) { OTHER.public_key() } else { KEY.public_key() }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let turned = self.is(Fault::TurnsKey) && self.signed.fetch_add(1, Ordering::SeqCst) > 0;
        let key = if turned { &OTHER } else { &KEY };
        match self.fault {
            Fault::SignsDigest => key.sign(cardflow::values::Digest::of(message).as_bytes()),
            Fault::FoldsCase => key.sign(&message.to_ascii_lowercase()),
            Fault::TrimsSpace => key.sign(message.trim_ascii_end()),
            Fault::TrimsZeros => {
                let end = message.iter().rposition(|it| *it != 0).map_or(0, |it| it + 1);
                key.sign(&message[..end])
            }
            Fault::SignsBeginning => key.sign(&message[..message.len().min(256)]),
            Fault::SkipsEmpty if message.is_empty() => Ok(Vec::new()),
            Fault::KnowsOneThread if std::thread::current().id() != self.thread => key.sign(b"another"),
            _ => key.sign(message),
        }
    }
}

/// Makes signers with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl SignerFactory for Wrong {
    fn signer(&self) -> Arc<dyn Signer> {
        Arc::new(WrongSigner { fault: self.0, signed: AtomicU64::new(0), thread: std::thread::current().id() })
    }

    fn verifier(&self) -> Arc<dyn SignatureVerifier> {
        Arc::new(Signatures)
    }

    fn secrets(&self) -> Vec<Vec<u8>> {
        vec![SECRET.to_vec()]
    }
}

pub(crate) mod verifier {
    use super::*;

    faults! {
        /// nothing is wrong
        None,
        /// everything verifies
        Believes,
        /// nothing verifies
        Doubts,
        /// RSA is not known
        KnowsOneAlgorithm,
        /// the algorithm is taken from the key
        TrustsKey,
        /// zeros at the end of a message are cut
        TrimsMessage,
        /// case is folded
        FoldsCase,
        /// any good signature of the key will do
        IgnoresMessage,
        /// what follows a signature is cut
        TrimsSignature,
        /// what follows a key is cut
        TrimsKey,
        /// only the beginning of a signature is looked at
        LooksAtBeginning,
        /// one wrong bit of a key is forgiven
        ForgivesKey,
        /// a key that does not read is a panic
        FearsKeys,
        /// a signature that does not read is a panic
        FearsSignatures,
        /// no signature at all is a good one
        BelievesNothing,
    }

    #[derive(Debug)]
    struct WrongVerifier(Fault);

    /// A longer form of something that verifies, once the end is cut.
    fn shortened(bytes: &[u8]) -> Vec<u8> {
        // A sequence whose length stands in its second byte, or in its third and fourth.
        let end = match bytes {
            [0x30, 0x82, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])) + 4,
            [0x30, length, ..] => usize::from(*length) + 2,
            _ => bytes.len().min(256),
        };
        bytes[..end.min(bytes.len())].to_vec()
    }

    /// The same bytes with one bit turned back.
    fn mended(bytes: &[u8], at: usize) -> Vec<u8> {
        let mut mended = bytes.to_vec();
        mended[at] ^= 1;
        mended
    }

    impl SignatureVerifier for WrongVerifier {
        fn verifies(&self, algorithm: SignatureAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
            let honest =
                |key: &[u8], message: &[u8], signature: &[u8]| Signatures.verifies(algorithm, key, message, signature);
            let good = honest(key, message, signature);
            match self.0 {
                Fault::None => good,
                Fault::Believes => true,
                Fault::Doubts => false,
                Fault::KnowsOneAlgorithm => good && algorithm == SignatureAlgorithm::EcdsaP256Sha256,
                Fault::TrustsKey => {
                    SignatureAlgorithm::ALL.iter().any(|it| Signatures.verifies(*it, key, message, signature))
                }
                Fault::TrimsMessage => {
                    let end = message.iter().rposition(|it| *it != 0).map_or(0, |it| it + 1);
                    honest(key, &message[..end], signature)
                }
                Fault::FoldsCase => honest(key, &message.to_ascii_lowercase(), signature),
                Fault::IgnoresMessage => [b"sample".as_slice(), b"test"].iter().any(|it| honest(key, it, signature)),
                Fault::TrimsSignature => honest(key, message, &shortened(signature)),
                Fault::TrimsKey => honest(&shortened(key), message, signature),
                Fault::LooksAtBeginning => {
                    good || (32..signature.len().min(72)).any(|at| honest(key, message, &mended(signature, at)))
                }
                Fault::ForgivesKey => {
                    good || (key.len().saturating_sub(64)..key.len())
                        .any(|at| honest(&mended(key, at), message, signature))
                }
                Fault::FearsKeys => {
                    assert!(key.len() > 80, "no key");
                    good
                }
                Fault::FearsSignatures => {
                    assert!(signature.len() > 60, "no signature");
                    good
                }
                Fault::BelievesNothing => good || signature.is_empty(),
            }
        }
    }

    /// Makes verifiers with one fault each.
    pub(crate) struct Wrong(pub(crate) Fault);

    impl VerifierFactory for Wrong {
        fn verifier(&self) -> Arc<dyn SignatureVerifier> {
            Arc::new(WrongVerifier(self.0))
        }
    }
}
