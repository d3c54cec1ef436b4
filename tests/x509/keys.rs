//! Keys on disk: encrypted unless one says otherwise, never overwritten, never shown.

use std::error::Error;

use cardflow::adapters::x509::{HolderKey, KeyAlgorithm, KeyFile, Passphrase, SoftwareSigner, X509Error};
use cardflow::ports::Signer;

use crate::support::KEYS;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

#[test]
fn a_key_survives_its_file() {
    let folder = tempfile::tempdir().unwrap();
    for algorithm in KEYS {
        let encrypted = KeyFile::encrypted(folder.path().join(algorithm.name()), passphrase("correct horse"));
        let plain = KeyFile::without_any_encryption(folder.path().join(format!("{algorithm}-plain")));
        for file in [encrypted, plain] {
            let made = file.create(algorithm).unwrap();
            let read = file.open().unwrap();
            assert_eq!((read.public_key(), read.algorithm()), (made.public_key(), made.algorithm()));
        }
    }
}

#[test]
fn files_are_encrypted_and_private_by_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.key");
    KeyFile::encrypted(&path, passphrase("correct horse")).create(KeyAlgorithm::EcP256).unwrap();
    let pem = std::fs::read_to_string(&path).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_wrong_passphrase_says_what_to_do_and_shows_nothing() {
    let signer = SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap();
    let pem = signer.to_encrypted_pem(&passphrase("correct horse")).unwrap();
    let wrong = SoftwareSigner::from_encrypted_pem(&pem, &passphrase("battery staple")).unwrap_err();
    assert!(matches!(wrong, X509Error::WrongPassphrase), "{wrong:?}");
    assert!(wrong.to_string().contains("check the passphrase"));
    for shown in [wrong.to_string(), format!("{wrong:?}"), format!("{:?}", passphrase("battery staple"))] {
        assert!(!shown.contains("battery"), "{shown}");
    }
    assert!(matches!(Passphrase::new(String::new()), Err(X509Error::EmptyPassphrase)));
}

#[test]
fn encrypted_and_unencrypted_are_not_taken_for_each_other() {
    let signer = SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap();
    let (encrypted, plain) = (signer.to_encrypted_pem(&passphrase("a")).unwrap(), signer.to_unencrypted_pem().unwrap());
    let refused = SoftwareSigner::from_encrypted_pem(plain.expose(), &passphrase("a")).unwrap_err();
    assert!(matches!(refused, X509Error::NotEncrypted), "{refused:?}");
    let refused = SoftwareSigner::from_unencrypted_pem(&encrypted).unwrap_err();
    assert!(matches!(refused, X509Error::Encrypted), "{refused:?}");
    for junk in ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        let refused = SoftwareSigner::from_unencrypted_pem(junk).unwrap_err();
        assert!(matches!(refused, X509Error::UnreadableKey { .. }), "{refused:?}");
    }
}

#[test]
fn a_key_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.key");
    let file = KeyFile::encrypted(&path, passphrase("correct horse"));
    file.create(KeyAlgorithm::EcP256).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = file.create(KeyAlgorithm::EcP256).unwrap_err();
    assert!(matches!(refused, X509Error::KeyFileExists { .. }), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let missing = KeyFile::encrypted(folder.path().join("none"), passphrase("a")).open().unwrap_err();
    assert!(matches!(missing, X509Error::KeyFile { .. }) && missing.source().is_some(), "{missing:?}");
}

#[test]
fn debug_shows_no_key() {
    let signer = SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap();
    assert_eq!(format!("{signer:?}"), "SoftwareSigner { algorithm: EcdsaP256Sha256, .. }");
    assert_eq!(format!("{:?}", signer.to_unencrypted_pem().unwrap()), "UnencryptedPem(..)");
    let file = KeyFile::encrypted("ca.key", passphrase("correct horse"));
    assert_eq!(format!("{file:?}"), r#"KeyFile { path: "ca.key", encrypted: true }"#);
}

#[test]
fn a_holder_gets_a_key_of_its_own() {
    let key = HolderKey::generate(&passphrase("1234")).unwrap();
    let read = SoftwareSigner::from_encrypted_pem(&key.encrypted_pem, &passphrase("1234")).unwrap();
    assert_eq!(read.public_key(), key.public_key);
}
