//! Reading back lists: those of OpenSSL, those that are wrong in one way each, and how often they are fetched.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use cardflow::adapters::memory::SystemClock;
use cardflow::adapters::x509::{
    CompleteCrl, CrlReader, CrlSource, KeyAlgorithm, NewAuthority, X509Authority, X509Error,
};
use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::CertificateState::{OnHold, Revoked, Valid};
use cardflow::domain::RevocationReason::{CertificateHold, KeyCompromise, Superseded, Unspecified};
use cardflow::domain::Serial;
use cardflow::ports::{Clock, PublishedError, PublishedStatus};
use cardflow::values::{Millis, Timestamp};
use der::asn1::{BitString, OctetString};
use der::{Decode, Encode};
use tempfile::TempDir;
use x509_cert::crl::CertificateList;
use x509_cert::ext::Extension;

use crate::openssl::{self, openssl, text};
use crate::site::{Liar, Site};
use crate::support::{KEYS, authority, change, distribution, hour, key, leaf, memory, new_authority};

/// A folder with lists, and a reader of them.
struct Shown(TempDir);

impl Shown {
    fn new() -> Self {
        Shown(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, der: &[u8]) {
        fs::write(self.0.path().join(name), der).unwrap();
    }

    fn source(&self, name: &str) -> CrlSource {
        CrlSource::file(self.0.path().join(name))
    }

    fn reader(&self, pem: &str) -> CrlReader {
        CrlReader::new(pem, self.source("ca.crl")).unwrap()
    }

    fn reader_of_deltas(&self, pem: &str) -> CrlReader {
        CrlReader::reading(pem, self.source("ca.crl")).unwrap().with_deltas(self.source("delta.crl")).open().unwrap()
    }
}

/// The same list with something else in it, signed again.
fn mended(der: &[u8], algorithm: KeyAlgorithm, mend: impl FnOnce(&mut CertificateList)) -> Vec<u8> {
    let mut list = CertificateList::from_der(der).unwrap();
    mend(&mut list);
    let content = list.tbs_cert_list.to_der().unwrap();
    list.signature = BitString::from_bytes(&key(algorithm).sign(&content).unwrap()).unwrap();
    list.to_der().unwrap()
}

/// DER in hexadecimal.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter(|it| *it != ' ').map(|it| it.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|it| it[0] << 4 | it[1]).collect()
}

fn extension(oid: &str, critical: bool, value: &str) -> Extension {
    Extension { extn_id: oid.parse().unwrap(), critical, extn_value: OctetString::new(hex(value)).unwrap() }
}

fn add(list: &mut CertificateList, it: Extension) {
    list.tbs_cert_list.crl_extensions.get_or_insert_default().push(it);
}

fn add_to_line(list: &mut CertificateList, it: Extension) {
    let line = &mut list.tbs_cert_list.revoked_certificates.as_mut().unwrap()[0];
    line.crl_entry_extensions.get_or_insert_default().push(it);
}

const IDP: &str = "2.5.29.28";
const EC: KeyAlgorithm = KeyAlgorithm::EcP256;

/// An authority with one certificate on hold, and its first list.
async fn held() -> (X509Authority, Serial, CompleteCrl) {
    let authority = authority(EC, memory()).with_distribution(distribution());
    let serial = leaf(&authority).await.serial;
    change(&authority, &serial, Hold, hour(0)).await.unwrap();
    let crl = authority.crl(hour(0)).await.unwrap();
    authority.published(&crl).await.unwrap();
    (authority, serial, crl)
}

fn is_not_trusted(error: &PublishedError) -> bool {
    matches!(error, PublishedError::NotTrusted { .. })
}

fn does_not_read(error: &PublishedError) -> bool {
    matches!(error, PublishedError::Unreadable { .. })
}

type Mending = fn(&mut CertificateList);
type Expected = fn(&PublishedError) -> bool;

#[tokio::test]
async fn a_list_that_is_wrong_in_one_way_is_an_error_of_its_kind() {
    let cases: [(&str, Mending, Expected); 14] = [
        ("an unknown critical extension", |it| add(it, extension("1.2.3.4", true, "0500")), does_not_read),
        (
            "an unknown critical extension of a line",
            |it| add_to_line(it, extension("1.2.3.4", true, "0500")),
            does_not_read,
        ),
        ("a line of another issuer", |it| add_to_line(it, extension("2.5.29.29", true, "3000")), does_not_read),
        ("an extension twice", |it| add(it, extension("2.5.29.20", false, "020107")), does_not_read),
        ("certificates of authorities alone", |it| add(it, extension(IDP, true, "3003 8201FF")), is_not_trusted),
        ("attribute certificates alone", |it| add(it, extension(IDP, true, "3003 8501FF")), is_not_trusted),
        ("some reasons alone", |it| add(it, extension(IDP, true, "3004 83020640")), is_not_trusted),
        ("several issuers", |it| add(it, extension(IDP, true, "3003 8401FF")), is_not_trusted),
        ("another address", |it| add(it, extension(IDP, true, "300A A008 A006 8604 687474 70")), is_not_trusted),
        ("a scope that does not read", |it| add(it, extension(IDP, true, "0500")), does_not_read),
        ("a delta CRL in the place", |it| add(it, extension("2.5.29.27", true, "020101")), is_not_trusted),
        (
            "a removal on a complete list",
            |it| {
                let line = &mut it.tbs_cert_list.revoked_certificates.as_mut().unwrap()[0];
                line.crl_entry_extensions = Some(vec![extension("2.5.29.21", false, "0A0108")]);
            },
            does_not_read,
        ),
        (
            "no number",
            |it| {
                it.tbs_cert_list.crl_extensions.as_mut().unwrap().retain(|it| it.extn_id.to_string() != "2.5.29.20");
            },
            does_not_read,
        ),
        ("no end", |it| it.tbs_cert_list.next_update = None, does_not_read),
    ];
    let (authority, serial, crl) = held().await;
    for (what, mend, expected) in cases {
        let shown = Shown::new();
        shown.put("ca.crl", &mended(&crl.der, EC, mend));
        let answer = shown.reader(authority.certificate_pem()).published(&serial, hour(0)).await;
        assert!(answer.as_ref().is_err_and(expected), "{what}: {answer:?}");
    }
    // The way of mending harms nothing, and what is not critical is passed over.
    let shown = Shown::new();
    shown.put(
        "ca.crl",
        &mended(&crl.der, EC, |it| {
            add(it, extension("1.2.3.4", false, "0500"));
            add(it, extension(IDP, true, "3003 8101FF"));
            add_to_line(it, extension("1.2.3.4", false, "0500"));
        }),
    );
    assert_eq!(shown.reader(authority.certificate_pem()).published(&serial, hour(0)).await.unwrap().state, OnHold);
}

#[tokio::test]
async fn what_others_sign_is_not_trusted() {
    let (authority, serial, crl) = held().await;
    let shown = Shown::new();
    // Of another name; of the same name with another key; and in the name and with the key identifier of this one.
    let named = NewAuthority { common_name: "Other CA".to_owned(), ..new_authority() };
    let other = X509Authority::create(&named, key(EC), memory()).unwrap();
    let same_name = X509Authority::create(&new_authority(), key(KeyAlgorithm::EcP384), memory()).unwrap();
    let other_key: Arc<dyn cardflow::ports::Signer> =
        Arc::new(cardflow::adapters::x509::SoftwareSigner::generate(EC).unwrap());
    let signer = Arc::new(Liar { shows: key(EC), signs: other_key });
    let liar = X509Authority::open(authority.certificate_pem(), signer, memory(), hour(0)).unwrap();
    for (what, by) in [("name", other), ("key", same_name), ("signature", liar)] {
        shown.put("ca.crl", &by.crl(hour(0)).await.unwrap().der);
        let answer = shown.reader(authority.certificate_pem()).published(&serial, hour(0)).await;
        assert!(answer.as_ref().is_err_and(is_not_trusted), "{what}: {answer:?}");
    }
    // Every bit counts: whichever is turned, nothing else is told.
    let mut cases = 0;
    for at in (0..crl.der.len()).step_by(3) {
        let mut der = crl.der.clone();
        der[at] ^= 1 << (at % 8);
        shown.put("ca.crl", &der);
        let answer = shown.reader(authority.certificate_pem()).published(&serial, hour(0)).await;
        assert!(answer.as_ref().is_err_and(|it| is_not_trusted(it) || does_not_read(it)), "bit of {at}: {answer:?}");
        shown.put("ca.crl", &crl.der[..at]);
        let answer = shown.reader(authority.certificate_pem()).published(&serial, hour(0)).await;
        assert!(answer.as_ref().is_err_and(does_not_read), "cut at {at}: {answer:?}");
        cases += 2;
    }
    assert!(cases > 150, "{cases}");
}

#[tokio::test]
async fn a_delta_crl_adds_to_any_complete_one_from_its_base_on() {
    let (authority, serial, first) = held().await;
    let (shown, other) = (Shown::new(), leaf(&authority).await.serial);
    let reader = shown.reader_of_deltas(authority.certificate_pem());
    let told = async |serial: &Serial, hours| reader.published(serial, hour(hours)).await;
    shown.put("ca.crl", &first.der);
    assert_eq!(told(&serial, 0).await.unwrap().state, OnHold, "without a delta CRL the complete one counts");
    change(&authority, &serial, Release, hour(1)).await.unwrap();
    change(&authority, &other, Revoke(KeyCompromise), hour(1)).await.unwrap();
    let delta = authority.delta_crl(hour(1)).await.unwrap();
    shown.put("delta.crl", &delta.der);
    let released = told(&serial, 1).await.unwrap();
    assert_eq!((released.state, released.as_of, released.until), (Valid, hour(1), Some(delta.next_update)));
    assert_eq!(released.earlier_until, Some(first.next_update), "whoever takes complete lists alone holds it");
    assert_eq!(told(&other, 1).await.unwrap().state, Revoked);
    fs::remove_file(shown.0.path().join("delta.crl")).unwrap();
    assert_eq!(told(&other, 1).await.unwrap().state, Revoked, "what was seen is not forgotten");
    let answer = told(&other, 3).await;
    assert!(matches!(answer, Err(PublishedError::Expired { until, .. }) if until == delta.next_update), "{answer:?}");
    let complete = authority.crl(hour(4)).await.unwrap();
    authority.published(&complete).await.unwrap();
    shown.put("ca.crl", &complete.der);
    let told_anew = told(&other, 4).await.unwrap();
    assert_eq!((told_anew.state, told_anew.as_of), (Revoked, hour(4)), "a newer complete one needs no delta CRL");
    assert_eq!(
        told(&serial, 4).await.unwrap().earlier_until,
        Some(first.next_update),
        "the first complete one is good still"
    );
    // One whose base is later than what lies there, one over a complete list bound elsewhere, a complete one in its place.
    let later = authority.delta_crl(hour(5)).await.unwrap();
    assert_eq!(later.base, complete.number);
    let early = Shown::new();
    early.put("ca.crl", &first.der);
    let scoped = mended(&delta.der, EC, |it| add(it, extension(IDP, true, "3003 8101FF")));
    let cases: [(&[u8], i64, Expected); 3] = [
        (&later.der, 5, |it| matches!(it, PublishedError::Unavailable(_))),
        (&scoped, 1, is_not_trusted),
        (&complete.der, 4, is_not_trusted),
    ];
    for (der, hours, expected) in cases {
        early.put("delta.crl", der);
        let answer = early.reader_of_deltas(authority.certificate_pem()).published(&serial, hour(hours)).await;
        assert!(answer.as_ref().is_err_and(expected), "{answer:?}");
    }
}

#[tokio::test]
async fn a_list_that_is_bound_to_an_address_is_read_under_it_alone() {
    let bound = distribution().with_lists_bound_to_it();
    let authority = authority(EC, memory()).with_distribution(bound);
    let (shown, serial) = (Shown::new(), leaf(&authority).await.serial);
    shown.put("ca.crl", &authority.crl(hour(0)).await.unwrap().der);
    for (address, good) in [("http://crl.example/cards.crl", true), ("http://crl.example/others.crl", false)] {
        let reading = CrlReader::reading(authority.certificate_pem(), shown.source("ca.crl")).unwrap();
        let answer = reading.with_address(address).open().unwrap().published(&serial, hour(0)).await;
        assert_eq!(answer.is_ok(), good, "{answer:?}");
        assert!(good || answer.as_ref().is_err_and(is_not_trusted), "{answer:?}");
    }
    assert!(shown.reader(authority.certificate_pem()).published(&serial, hour(0)).await.is_err(), "none was said");
}

#[tokio::test]
async fn many_questions_in_a_row_fetch_once() {
    let (authority, serial, crl) = held().await;
    let der = crl.der.clone();
    let site = Site::giving(move |path, _| {
        let der = der.clone();
        async move { if path == "/ca.crl" { (200, der) } else { (503, Vec::new()) } }
    })
    .await;
    let source = CrlSource::http(&format!("{}/ca.crl", site.address)).unwrap();
    let reader = CrlReader::new(authority.certificate_pem(), source).unwrap();
    for second in 0..60 {
        for _ in 0..10 {
            let told = reader.published(&serial, hour(0).plus(Millis::seconds(second))).await.unwrap();
            assert_eq!(told.state, OnHold);
        }
    }
    assert_eq!(site.asked(), 1, "a minute is not over");
    reader.published(&serial, hour(0).plus(Millis::seconds(60))).await.unwrap();
    assert_eq!(site.asked(), 2);
    // Trouble is not fetched for each question either.
    let away = CrlSource::http(&format!("{}/away.crl", site.address)).unwrap();
    let reader = CrlReader::new(authority.certificate_pem(), away).unwrap();
    for _ in 0..10 {
        let answer = reader.published(&serial, hour(0)).await;
        assert!(matches!(answer, Err(PublishedError::Unavailable(_))), "{answer:?}");
    }
    assert_eq!(site.asked(), 3);
    // A list that has ended is looked for at once.
    let reader = {
        let source = CrlSource::http(&format!("{}/ca.crl", site.address)).unwrap();
        let reading = CrlReader::reading(authority.certificate_pem(), source).unwrap();
        reading.with_keeping(Millis::days(30)).open().unwrap()
    };
    reader.published(&serial, hour(1)).await.unwrap();
    assert!(matches!(reader.published(&serial, hour(24)).await, Err(PublishedError::Expired { .. })));
    assert_eq!(site.asked(), 5);
}

#[tokio::test]
async fn nobody_is_followed_and_only_http_is_spoken() {
    let (authority, serial, _) = held().await;
    let statuses = [301, 403, 404, 500];
    for status in statuses {
        let site = Site::giving(move |_, _| async move { (status, Vec::new()) }).await;
        let reader = CrlReader::new(authority.certificate_pem(), CrlSource::http(&site.address).unwrap()).unwrap();
        let answer = reader.published(&serial, hour(0)).await;
        assert!(matches!(answer, Err(PublishedError::Unavailable(_))), "{status}: {answer:?}");
        assert_eq!(site.asked(), 1, "{status}");
    }
    for address in
        ["https://crl.example/ca.crl", "ldap://crl.example/", "http://ann:secret@crl.example/", "ca.crl", "http://"]
    {
        let error = CrlSource::http(address).unwrap_err();
        assert!(matches!(error, X509Error::Unacceptable { .. }), "{address}");
        assert!(!error.to_string().contains("secret"));
    }
}

/// An authority of OpenSSL with three certificates in its index: on hold, revoked, good.
pub(crate) fn openssl_authority(folder: &Path, new_key: &[&str], digest: &str) -> String {
    let config = format!(
        "[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md={digest}\ndefault_crl_days=1\n\
         crl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n[req]\ndistinguished_name=d\nx509_extensions=x\nprompt=no\n\
         [d]\nCN=OpenSSL Test CA\n[x]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n\
         subjectKeyIdentifier=hash\n"
    );
    let index = "R\t351231235959Z\t261120100000Z,holdInstruction,1.2.840.10040.2.1\t0A01\tunknown\t/CN=One\n\
                 R\t351231235959Z\t261121100000Z,keyCompromise\t0A02\tunknown\t/CN=Two\n\
                 R\t351231235959Z\t261122100000Z\t0A03\tunknown\t/CN=Three\n\
                 R\t351231235959Z\t261123100000Z,superseded\t0A04\tunknown\t/CN=Four\n\
                 V\t351231235959Z\t\t0A05\tunknown\t/CN=Five\n";
    let index = index.replace(",holdInstruction,1.2.840.10040.2.1", ",certificateHold");
    fs::write(folder.join("ca.cnf"), config).unwrap();
    fs::write(folder.join("index.txt"), index).unwrap();
    fs::write(folder.join("index.txt.attr"), "unique_subject=no\n").unwrap();
    fs::write(folder.join("crlnumber"), "1000\n").unwrap();
    let request = [
        &["req", "-config", "ca.cnf", "-x509", "-nodes", "-days", "3650", "-keyout", "ca.key", "-out", "ca.pem"],
        new_key,
    ];
    let made = openssl(folder, &request.concat());
    assert!(made.status.success(), "{}", text(&made));
    fs::read_to_string(folder.join("ca.pem")).unwrap()
}

/// What OpenSSL was told of each certificate, and what is to be read.
pub(crate) fn openssl_truth() -> [(
    &'static str,
    cardflow::domain::CertificateState,
    Option<cardflow::domain::RevocationReason>,
    Option<&'static str>,
); 5] {
    [
        ("0A01", OnHold, Some(CertificateHold), Some("2026-11-20T10:00:00Z")),
        ("0A02", Revoked, Some(KeyCompromise), Some("2026-11-21T10:00:00Z")),
        ("0A03", Revoked, Some(Unspecified), Some("2026-11-22T10:00:00Z")),
        ("0A04", Revoked, Some(Superseded), Some("2026-11-23T10:00:00Z")),
        ("0A05", Valid, None, None),
    ]
}

#[tokio::test]
async fn lists_of_openssl_are_read() {
    if !openssl::is_there() {
        return;
    }
    let keys: [(&[&str], &[&str]); 4] = [
        (&["-newkey", "rsa:2048"], &["sha256", "sha384", "sha512"]),
        (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], &["sha256", "sha384", "sha512"]),
        (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"], &["sha256", "sha384", "sha512"]),
        (&["-newkey", "ed25519"], &["default"]),
    ];
    let mut cases = 0;
    for (new_key, digests) in keys {
        for digest in digests {
            let shown = Shown::new();
            let folder = shown.0.path();
            let pem = openssl_authority(folder, new_key, digest);
            let list =
                ["ca", "-config", "ca.cnf", "-gencrl", "-keyfile", "ca.key", "-cert", "ca.pem", "-out", "crl.pem"];
            let made = openssl(folder, &list);
            assert!(made.status.success(), "{new_key:?} {digest}: {}", text(&made));
            openssl(folder, &["crl", "-in", "crl.pem", "-outform", "DER", "-out", "ca.crl"]);
            let (reader, now) = (shown.reader(&pem), SystemClock.now());
            for (serial, state, reason, since) in openssl_truth() {
                let told = reader.published(&serial.parse().unwrap(), now).await.unwrap();
                let since = since.map(|it| it.parse::<Timestamp>().unwrap());
                assert_eq!(
                    (told.state, told.reason, told.since),
                    (state, reason, since),
                    "{new_key:?} {digest} {serial}"
                );
                assert!(told.as_of <= now && told.until.unwrap() > now);
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 50);
}

#[tokio::test]
async fn lists_of_every_key_of_ours_are_read() {
    for algorithm in KEYS {
        let authority = authority(algorithm, memory());
        let (shown, serial) = (Shown::new(), leaf(&authority).await.serial);
        change(&authority, &serial, Revoke(Superseded), hour(0)).await.unwrap();
        shown.put("ca.crl", &authority.crl(hour(1)).await.unwrap().der);
        let told = shown.reader(authority.certificate_pem()).published(&serial, hour(1)).await.unwrap();
        assert_eq!((told.state, told.reason, told.since), (Revoked, Some(Superseded), Some(hour(0))), "{algorithm}");
    }
}
