use std::sync::{Arc, LazyLock};

use cardflow::adapters::x509::{KeyAlgorithm, Signatures, SoftwareSigner};
use cardflow::ports::{SignatureVerifier, Signer};
use cardflow::testing::conformance::signer::{SignerFactory, VerifierFactory};

struct Verifier;

impl VerifierFactory for Verifier {
    fn verifier(&self) -> Arc<dyn SignatureVerifier> {
        Arc::new(Signatures)
    }
}

mod signatures {
    cardflow::verifier_conformance!(super::Verifier);
}

/// The key of RFC 6979, A.2.5, as PKCS#8: it is known to everybody.
const KNOWN_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX
Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth
+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ
-----END PRIVATE KEY-----
";
const KNOWN_NUMBER: [u8; 32] = [
    0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21, 0x57, 0x67, 0xb1, 0xd6, 0x93, 0x4e, 0x50, 0xc3,
    0xdb, 0x36, 0xe8, 0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21,
];

struct Known;

impl SignerFactory for Known {
    fn signer(&self) -> Arc<dyn Signer> {
        Arc::new(SoftwareSigner::from_unencrypted_pem(KNOWN_KEY).unwrap())
    }

    fn verifier(&self) -> Arc<dyn SignatureVerifier> {
        Arc::new(Signatures)
    }

    fn secrets(&self) -> Vec<Vec<u8>> {
        let base64 = KNOWN_KEY.lines().filter(|it| !it.starts_with('-')).map(|it| it.as_bytes().to_vec());
        base64.chain([KNOWN_NUMBER.to_vec()]).collect()
    }
}

mod known_key {
    cardflow::signer_conformance!(super::Known);
}

static P384: LazyLock<Arc<SoftwareSigner>> = LazyLock::new(|| generated(KeyAlgorithm::EcP384));
static ED25519: LazyLock<Arc<SoftwareSigner>> = LazyLock::new(|| generated(KeyAlgorithm::Ed25519));
static SHORT: LazyLock<Arc<SoftwareSigner>> = LazyLock::new(|| generated(KeyAlgorithm::Rsa2048));
static LONG: LazyLock<Arc<SoftwareSigner>> = LazyLock::new(|| generated(KeyAlgorithm::Rsa3072));

fn generated(algorithm: KeyAlgorithm) -> Arc<SoftwareSigner> {
    Arc::new(SoftwareSigner::generate(algorithm).unwrap())
}

/// One key for all checks: RSA keys are slow to make.
struct Generated(&'static LazyLock<Arc<SoftwareSigner>>);

impl SignerFactory for Generated {
    fn signer(&self) -> Arc<dyn Signer> {
        LazyLock::force(self.0).clone()
    }

    fn verifier(&self) -> Arc<dyn SignatureVerifier> {
        Arc::new(Signatures)
    }
}

mod ec_p384 {
    cardflow::signer_conformance!(super::Generated(&super::P384));
}

mod ed25519 {
    cardflow::signer_conformance!(super::Generated(&super::ED25519));
}

mod rsa_2048 {
    cardflow::signer_conformance!(super::Generated(&super::SHORT));
}

mod rsa_3072 {
    cardflow::signer_conformance!(super::Generated(&super::LONG));
}
