//! Making and opening an authority, what it issues, and what it recognises as its own.

use std::sync::Arc;

use cardflow::adapters::x509::{KeyAlgorithm, NewAuthority, SoftwareSigner, X509Authority, X509Error, issuer_name};
use cardflow::domain::AuthorityAction;
use cardflow::domain::KeyUse::{self, Authentication, Encryption, Signature};
use cardflow::ports::{
    AuthorityError, CertificateAuthority, IssueRequest, LedgerError, LedgerStatus, MockAuthorityLedger, Signer,
};
use cardflow::testing::fakes::Watched;
use cardflow::values::Timestamp;
use der::{Decode, Encode};
use rcgen::{CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};

use crate::support::{
    CA_DAYS, KEYS, authority, change, day, days, hour, key, leaf, ledgers, memory, new_authority, request, serials,
};

fn open(pem: &str, signer: Arc<dyn Signer>, now: Timestamp) -> Result<X509Authority, X509Error> {
    X509Authority::open(pem, signer, memory(), now)
}

#[test]
fn a_root_is_what_rfc_5280_asks_for_and_opens_again() {
    for algorithm in KEYS {
        let made = authority(algorithm, memory());
        let certificate = Certificate::from_der(made.certificate_der()).unwrap();
        let tbs = certificate.tbs_certificate();
        let (critical, constraints) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
        assert!(critical && constraints.ca);
        let (critical, usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
        assert!(critical && usage.key_cert_sign() && usage.crl_sign() && !usage.digital_signature());
        assert!(tbs.get_extension::<SubjectKeyIdentifier>().unwrap().is_some());
        assert_eq!(tbs.issuer(), tbs.subject());
        assert_eq!(made.issuer().as_str(), "CN=Test Card CA,O=Example");
        made.verify(made.certificate_der()).unwrap();
        let opened = open(made.certificate_pem(), key(algorithm), hour(1)).unwrap();
        assert_eq!(opened.issuer(), made.issuer());
    }
}

#[test]
fn another_key_is_refused() {
    let made = authority(KeyAlgorithm::EcP256, memory());
    let other: Arc<dyn Signer> = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
    for signer in [other, key(KeyAlgorithm::Rsa2048)] {
        let refused = open(made.certificate_pem(), signer, hour(1)).unwrap_err();
        assert!(matches!(refused, X509Error::KeyMismatch), "{refused:?}");
    }
}

#[test]
fn an_authority_is_opened_within_its_time_only() {
    let made = authority(KeyAlgorithm::EcP256, memory());
    let at = |now| open(made.certificate_pem(), key(KeyAlgorithm::EcP256), now);
    assert!(matches!(at(hour(-1)), Err(X509Error::NotYetValid { .. })));
    assert!(at(day(CA_DAYS)).is_ok(), "the last moment");
    let ended = at(day(CA_DAYS + 1)).unwrap_err();
    assert!(matches!(ended, X509Error::Expired { .. }) && ended.to_string().contains("renew"), "{ended}");
}

/// A certificate of another make, for a key that it also gives.
fn foreign(change: impl FnOnce(&mut CertificateParams)) -> (String, Arc<dyn Signer>) {
    let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Foreign");
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    change(&mut params);
    let signer = SoftwareSigner::from_unencrypted_pem(&pair.serialize_pem()).unwrap();
    (params.self_signed(&pair).unwrap().pem(), Arc::new(signer))
}

#[test]
fn a_certificate_that_is_not_of_an_authority_is_refused_and_says_why() {
    let (good, signer) = foreign(|_| {});
    assert_eq!(open(&good, signer, hour(1)).unwrap().issuer().as_str(), "CN=Foreign");
    type Change = fn(&mut CertificateParams);
    let cases: [(Change, &str); 5] = [
        (|it| it.is_ca = IsCa::ExplicitNoCa, "basicConstraints says it is none"),
        (|it| it.is_ca = IsCa::NoCa, "no basicConstraints"),
        (|it| it.key_usages = vec![KeyUsagePurpose::KeyCertSign], "lacks cRLSign"),
        (|it| it.key_usages = vec![KeyUsagePurpose::CrlSign], "lacks keyCertSign"),
        (|it| it.key_usages = Vec::new(), "no keyUsage"),
    ];
    for (change, why) in cases {
        let (pem, signer) = foreign(change);
        let refused = open(&pem, signer, hour(1)).unwrap_err();
        assert!(matches!(refused, X509Error::NotAnAuthority { .. }), "{refused:?}");
        assert!(refused.to_string().contains(why), "{refused}");
    }
    let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", junk, &"x".repeat(200_000)] {
        let refused = open(pem, key(KeyAlgorithm::EcP256), hour(1)).unwrap_err();
        assert!(matches!(refused, X509Error::UnreadableCertificate { .. }), "{refused:?}");
    }
}

#[test]
fn names_and_times_that_no_certificate_carries_are_refused() {
    let make = |new: NewAuthority| X509Authority::create(&new, key(KeyAlgorithm::EcP256), memory());
    for name in ["", "  ", "two\nlines", &"x".repeat(65)] {
        let refused = make(NewAuthority { common_name: name.to_owned(), ..new_authority() }).unwrap_err();
        assert!(matches!(refused, X509Error::Unacceptable { .. }), "{refused:?}");
    }
    let refused = make(NewAuthority { validity: days(-40_000, 1), ..new_authority() }).unwrap_err();
    assert!(matches!(refused, X509Error::Time(_)), "{refused:?}");
    let long = make(NewAuthority { validity: days(0, 20_000), ..new_authority() }).unwrap();
    open(long.certificate_pem(), key(KeyAlgorithm::EcP256), day(19_000)).unwrap();
}

const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";

/// The names of the key usage, and the numbers of the extended one.
fn purposes(der: &[u8]) -> (Vec<&'static str>, Vec<String>) {
    let certificate = Certificate::from_der(der).unwrap();
    let (_, usage) = certificate.tbs_certificate().get_extension::<KeyUsage>().unwrap().unwrap();
    let extended = certificate.tbs_certificate().get_extension::<ExtendedKeyUsage>().unwrap();
    let names = [
        (usage.digital_signature(), "digitalSignature"),
        (usage.non_repudiation(), "nonRepudiation"),
        (usage.key_encipherment(), "keyEncipherment"),
        (usage.key_agreement(), "keyAgreement"),
        (usage.key_cert_sign() || usage.crl_sign(), "of an authority"),
    ];
    let names = names.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
    (names, extended.map_or(Vec::new(), |(_, it)| it.0.iter().map(ToString::to_string).collect()))
}

#[tokio::test]
async fn the_purposes_follow_the_key_uses() {
    let authority = authority(KeyAlgorithm::EcP256, memory());
    let cases: [(&[KeyUse], &[&str], &[&str]); 4] = [
        (&[Authentication], &["digitalSignature"], &[CLIENT_AUTH]),
        (&[Signature], &["digitalSignature", "nonRepudiation"], &[EMAIL_PROTECTION]),
        (&[Encryption], &["keyAgreement"], &[]),
        (&[Authentication, Encryption], &["digitalSignature", "keyAgreement"], &[CLIENT_AUTH, EMAIL_PROTECTION]),
    ];
    for (uses, usage, extended) in cases {
        let (is_usage, is_extended) = purposes(&authority.issue(&request(uses, days(0, 1))).await.unwrap().der);
        assert_eq!((is_usage, is_extended.iter().map(String::as_str).collect()), (usage.to_vec(), extended.to_vec()));
    }
    let public_key = key(KeyAlgorithm::Rsa2048).public_key();
    let rsa = IssueRequest { public_key, ..request(&[Encryption], days(0, 1)) };
    assert_eq!(purposes(&authority.issue(&rsa).await.unwrap().der), (vec!["keyEncipherment"], Vec::new()));
    let public_key = key(KeyAlgorithm::Ed25519).public_key();
    let signing = IssueRequest { public_key, ..request(&[Authentication], days(0, 1)) };
    assert_eq!(purposes(&authority.issue(&signing).await.unwrap().der).0, ["digitalSignature"]);
    let encrypting = IssueRequest { uses: vec![Authentication, Encryption], ..signing };
    let refused = authority.issue(&encrypting).await.unwrap_err();
    assert!(matches!(&refused, AuthorityError::Invalid { why, .. } if why.contains("only signs")), "{refused:?}");
}

#[tokio::test]
async fn what_is_issued_names_its_issuer_and_is_in_the_ledger() {
    for ledger in ledgers() {
        for algorithm in KEYS {
            let authority = authority(algorithm, ledger.ledger.clone());
            let issued = leaf(&authority).await;
            let certificate = Certificate::from_der(&issued.der).unwrap();
            let (root, leaf) =
                (Certificate::from_der(authority.certificate_der()).unwrap(), certificate.tbs_certificate());
            assert_eq!(leaf.issuer().to_der().unwrap(), root.tbs_certificate().subject().to_der().unwrap());
            assert_eq!(issuer_name(&issued.der).unwrap(), authority.issuer());
            assert_eq!(leaf.serial_number().as_bytes(), issued.serial.as_bytes());
            assert_eq!(issued.serial.as_bytes().len(), 16);
            let (_, theirs) = leaf.get_extension::<AuthorityKeyIdentifier>().unwrap().unwrap();
            let (_, ours) = root.tbs_certificate().get_extension::<SubjectKeyIdentifier>().unwrap().unwrap();
            assert_eq!(theirs.key_identifier, Some(ours.0));
            let (critical, constraints) = leaf.get_extension::<BasicConstraints>().unwrap().unwrap();
            assert!(critical && !constraints.ca);
            assert!(leaf.get_extension::<SubjectKeyIdentifier>().unwrap().is_some());
            let entry = ledger.ledger.entry(&authority.issuer(), &issued.serial).await.unwrap().unwrap();
            assert_eq!((entry.status, entry.not_after), (LedgerStatus::Good, day(365)));
            authority.verify(&issued.der).unwrap();
        }
    }
}

#[tokio::test]
async fn a_certificate_may_not_outlive_its_authority_nor_be_for_nothing_nor_for_any_key() {
    let authority = authority(KeyAlgorithm::EcP256, memory());
    authority.issue(&request(&[Signature], days(0, CA_DAYS))).await.unwrap();
    let good = request(&[Signature], days(0, 1));
    let bad = [
        (request(&[Signature], days(0, CA_DAYS + 1)), "the validity", "outlive"),
        (request(&[], days(0, 1)), "the list of key uses", "at least one"),
        (IssueRequest { public_key: vec![1, 2, 3], ..good.clone() }, "the public key", "SubjectPublicKeyInfo"),
        (IssueRequest { common_name: String::new(), ..good }, "the common name", "1 to 64"),
    ];
    for (request, named, reason) in bad {
        match authority.issue(&request).await.unwrap_err() {
            AuthorityError::Invalid { what, why } => assert!(what == named && why.contains(reason), "{what}: {why}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn without_its_ledger_nothing_is_handed_out() {
    let mut ledger = MockAuthorityLedger::new();
    ledger.expect_issued().returning(|_, _| Err(LedgerError::Unavailable("disk full".into())));
    let authority = authority(KeyAlgorithm::EcP256, Arc::new(ledger));
    let failed = authority.issue(&request(&[Signature], days(0, 1))).await.unwrap_err();
    assert!(matches!(failed, AuthorityError::Unavailable(_)) && failed.is_retryable(), "{failed:?}");
}

#[tokio::test]
async fn without_its_key_an_authority_still_records_and_says_why_it_cannot_sign() {
    let pem = authority(KeyAlgorithm::EcP256, memory()).certificate_pem().to_owned();
    let key = Arc::new(Watched::over(key(KeyAlgorithm::EcP256)));
    let unplugged = open(&pem, key.clone(), hour(1)).unwrap();
    key.is_down(true);
    let failed = unplugged.issue(&request(&[Signature], days(0, 1))).await.unwrap_err();
    assert!(failed.is_retryable() && chain(&failed).contains("the line is dead"), "{failed:?}");
    let failed = unplugged.crl(hour(1)).await.unwrap_err();
    assert!(chain(&failed).contains("the line is dead"), "{failed:?}");
    change(&unplugged, &"05".parse().unwrap(), AuthorityAction::Hold, hour(1)).await.unwrap();
}

/// An error and its sources, each once.
fn chain(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(Some(error), |it| it.source());
    let texts: Vec<String> = sources.map(ToString::to_string).collect();
    let mut unique = texts.clone();
    unique.dedup();
    assert_eq!(texts, unique, "a message repeats its source");
    texts.join(": ")
}

#[tokio::test]
async fn a_certificate_in_our_name_by_another_key_is_not_ours() {
    for algorithm in KEYS {
        let ours = authority(algorithm, memory());
        let signer: Arc<dyn Signer> = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
        let impostor = X509Authority::create(&new_authority(), signer, memory()).unwrap();
        assert_eq!(impostor.issuer(), ours.issuer());
        let forged = leaf(&impostor).await.der;
        let stranger = NewAuthority { common_name: "Stranger".to_owned(), ..new_authority() };
        let stranger = X509Authority::create(&stranger, key(algorithm), memory()).unwrap();
        let same_key = leaf(&stranger).await.der;
        let mut bent = leaf(&ours).await.der;
        *bent.last_mut().unwrap() ^= 1;
        let cases = [
            (forged, "another key signed it"),
            (bent, "another key signed it"),
            (same_key, "another issuer"),
            (vec![0; 70_000], "does not read"),
            (Vec::new(), "does not read"),
        ];
        for (der, reason) in cases {
            let refused = ours.verify(&der).unwrap_err();
            match refused {
                AuthorityError::Invalid { why, .. } => assert!(why.contains(reason), "{why}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn an_authority_whose_name_cannot_be_written_again_does_not_issue_but_holds_and_lists() {
    let organisation = DnType::CustomDnType(vec![2, 5, 4, 10]);
    let (pem, signer) = foreign(|it| {
        it.distinguished_name.push(DnType::OrganizationName, "Example");
        it.distinguished_name.push(organisation, "Cards of Example");
    });
    let authority = open(&pem, signer, hour(1)).unwrap();
    let refused = authority.issue(&request(&[Signature], days(0, 1))).await.unwrap_err();
    assert!(std::error::Error::source(&refused).unwrap().to_string().contains("repeated parts"), "{refused:?}");
    let serial = "05".parse().unwrap();
    change(&authority, &serial, AuthorityAction::Hold, hour(1)).await.unwrap();
    assert_eq!(serials(&authority.crl(hour(2)).await.unwrap()), [serial]);
}
