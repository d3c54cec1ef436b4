//! Judge: the openssl command.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use cardflow::adapters::x509::{Passphrase, SoftwareSigner, X509Authority};
use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::RevocationReason::KeyCompromise;
use cardflow::values::Timestamp;
use der::pem::LineEnding;

use crate::support::{KEYS, authority, change, hour, leaf, memory};

pub(crate) fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).current_dir(folder).output().unwrap()
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Whether the judge is there; a host that wants all of them gets a failure instead of a line.
pub(crate) fn is_there() -> bool {
    let there = Command::new("openssl").arg("version").output().is_ok_and(|it| it.status.success());
    let required = std::env::var("CARDFLOW_REQUIRE").is_ok_and(|it| it == "all");
    assert!(there || !required, "openssl is required and not there");
    if !there {
        eprintln!("skipped: openssl is not there");
    }
    there
}

async fn verify(folder: &Path, authority: &X509Authority, now: Timestamp) -> String {
    let crl = authority.crl(now).await.unwrap();
    fs::write(folder.join("ca.crl"), crl.pem().unwrap()).unwrap();
    verify_leaf(folder, now)
}

/// What it says of `leaf.pem` with `ca.pem` and `ca.crl`.
pub(crate) fn verify_leaf(folder: &Path, now: Timestamp) -> String {
    verify_with(folder, now, &["-CRLfile", "ca.crl", "-crl_check"])
}

/// What it says of `leaf.pem` with `ca.pem` and these options.
pub(crate) fn verify_with(folder: &Path, now: Timestamp, options: &[&str]) -> String {
    let at = (now.millis() / 1000 + 1).to_string();
    let arguments = [&["verify", "-x509_strict", "-attime", &at, "-CAfile", "ca.pem"], options, &["leaf.pem"]];
    text(&openssl(folder, &arguments.concat()))
}

#[tokio::test]
async fn a_certificate_is_ok_except_while_held_or_revoked() {
    if !is_there() {
        return;
    }
    for algorithm in KEYS {
        let folder = tempfile::tempdir().unwrap();
        let authority = authority(algorithm, memory());
        let issued = leaf(&authority).await;
        let pem = der::pem::encode_string("CERTIFICATE", LineEnding::LF, &issued.der).unwrap();
        fs::write(folder.path().join("ca.pem"), authority.certificate_pem()).unwrap();
        fs::write(folder.path().join("leaf.pem"), pem).unwrap();
        let steps = [
            (None, "leaf.pem: OK", "No Revoked Certificates"),
            (Some(Hold), "error 23", "Certificate Hold"),
            (Some(Release), "leaf.pem: OK", "No Revoked Certificates"),
            (Some(Revoke(KeyCompromise)), "error 23", "Key Compromise"),
        ];
        for (step, (action, verdict, shown)) in (1..).zip(steps) {
            if let Some(action) = action {
                change(&authority, &issued.serial, action, hour(step)).await.unwrap();
            }
            let said = verify(folder.path(), &authority, hour(step)).await;
            assert!(said.contains(verdict), "{algorithm} {action:?}: {said}");
            let list = text(&openssl(folder.path(), &["crl", "-in", "ca.crl", "-text", "-noout"]));
            assert!(list.contains(shown) && list.contains("Version 2"), "{algorithm} {action:?}: {list}");
            let signed = text(&openssl(folder.path(), &["crl", "-in", "ca.crl", "-CAfile", "ca.pem", "-noout"]));
            assert!(signed.contains("verify OK"), "{algorithm}: {signed}");
        }
    }
}

#[test]
fn it_reads_our_keys_and_we_read_its() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let passphrase = Passphrase::new("correct horse".to_owned()).unwrap();
    for algorithm in KEYS {
        let ours = SoftwareSigner::generate(algorithm).unwrap().to_encrypted_pem(&passphrase).unwrap();
        fs::write(folder.path().join("ours.pem"), ours).unwrap();
        let read = openssl(folder.path(), &["pkey", "-in", "ours.pem", "-passin", "pass:correct horse", "-noout"]);
        assert!(read.status.success(), "{algorithm}: {}", text(&read));
    }
    let kinds = [
        &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"][..],
        &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        &["ED25519"],
        &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    ];
    for kind in kinds {
        let options = ["-aes-256-cbc", "-pass", "pass:correct horse", "-out", "its.pem"];
        let made = openssl(folder.path(), &[&["genpkey", "-algorithm"], kind, &options].concat());
        assert!(made.status.success(), "{}", text(&made));
        let pem = fs::read_to_string(folder.path().join("its.pem")).unwrap();
        SoftwareSigner::from_encrypted_pem(&pem, &passphrase).unwrap();
    }
}
