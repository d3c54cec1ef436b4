//! A private key refuses its file, and no part of it is shown.

use std::error::Error;

use cardflow::adapters::import::ImportError;
use cardflow::adapters::x509::{KeyAlgorithm, Passphrase, SoftwareSigner};

use crate::support::{CA, HEADER, card, leaf, pem, read_csv, read_pem};

/// Everything an error shows, its sources too.
fn shown(error: &ImportError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    text
}

#[tokio::test]
async fn it_refuses_the_file_and_is_not_shown() {
    let signer = SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap();
    let plain = signer.to_unencrypted_pem().unwrap().expose().to_owned();
    let encrypted = signer.to_encrypted_pem(&Passphrase::new("only for a test".to_owned()).unwrap()).unwrap();
    let certificate = pem(&leaf(&CA).await.der);
    let after = certificate.lines().count() + 1;
    let card = card("active");

    for key in [&plain, &encrypted] {
        let mut files = vec![
            (1, key.clone() + certificate.as_str()),
            (after, certificate.clone() + key.as_str()),
            // What is wrong before it is not looked at first.
            (2, format!("-----BEGIN CERTIFICATE-----\n{key}")),
            (2, format!("-----END CERTIFICATE-----\r\n{}", key.replace('\n', "\r\n"))),
            (1, key.replace("-----", "---")),
            (1, key.replace('\n', "")),
            (3, format!("{HEADER}\n,,,,,,1,employee,2026-01-01,2026-01-01,,,,\n\"{key}\"")),
        ];
        for kind in ["EC PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PRIVATE KEY"] {
            files.push((1, key.replace("PRIVATE KEY", kind)));
        }
        for (line, file) in files {
            for error in [read_pem(&card, &file).unwrap_err(), read_csv(&file).unwrap_err()] {
                let expected = format!(
                    "line {line}: the file holds a private key and is not read; take the key out, and keep it secret"
                );
                assert_eq!(error.to_string(), expected, "{file}");
                assert_hidden(&shown(&error), key);
            }
        }
    }
    // One that calls itself a certificate is no certificate.
    let disguised = plain.replace("PRIVATE KEY", "CERTIFICATE");
    let error = read_pem(&card, &disguised).unwrap_err();
    assert!(matches!(error, ImportError::NotACertificate { .. }), "{error}");
    assert_hidden(&shown(&error), &plain);
    let broken = disguised.replace('=', "").replacen("\nM", "\n:M", 1);
    assert_hidden(&shown(&read_pem(&card, &broken).unwrap_err()), &plain);
}

/// No eight letters of the base64 of `key` stand in `text`.
fn assert_hidden(text: &str, key: &str) {
    let base64: Vec<_> = key.lines().filter(|it| !it.starts_with('-')).collect();
    for part in base64.concat().as_bytes().windows(8) {
        let part = std::str::from_utf8(part).unwrap();
        assert!(!text.contains(part), "{text}");
    }
}
