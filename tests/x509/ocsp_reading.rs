//! Reading back answers by OCSP: those of OpenSSL, and those that are wrong in one way each.

use std::fs;
use std::sync::{Arc, Mutex};

use cardflow::adapters::memory::SystemClock;
use cardflow::adapters::x509::{KeyAlgorithm, NewAuthority, OcspReader, OcspResponder, X509Authority, X509Error};
use cardflow::domain::AuthorityAction::Hold;
use cardflow::domain::CertificateState::{OnHold, Valid};
use cardflow::domain::Serial;
use cardflow::ports::{CertificateAuthority, Clock, IssueRequest, PublishedError, PublishedStatus};
use cardflow::values::{Millis, Timestamp};
use der_0_7::{Decode, Encode};
use x509_ocsp::{BasicOcspResponse, OcspResponse};

use crate::openssl::{self, openssl, text};
use crate::reading::{openssl_authority, openssl_truth};
use crate::site::{Page, Site};
use crate::support::{authority, change, days, hour, key, leaf, memory, new_authority, request};

const EC: KeyAlgorithm = KeyAlgorithm::EcP256;
const OTHER: KeyAlgorithm = KeyAlgorithm::EcP384;

#[tokio::test]
async fn answers_of_openssl_are_read() {
    if !openssl::is_there() {
        return;
    }
    let keys: [(&[&str], &str); 3] = [
        (&["-newkey", "rsa:2048"], "sha384"),
        (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "sha256"),
        (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "sha384"),
    ];
    let mut cases = 0;
    for (new_key, digest) in keys {
        for delegated in [false, true] {
            let folder = Arc::new(tempfile::tempdir().unwrap());
            let pem = openssl_authority(folder.path(), new_key, digest);
            if delegated {
                let usage = "extendedKeyUsage=OCSPSigning\nkeyUsage=critical,digitalSignature\n";
                fs::write(folder.path().join("usage.cnf"), usage).unwrap();
                let asked =
                    "req -new -nodes -newkey rsa:2048 -subj /CN=Responder -keyout responder.key -out responder.csr";
                let made = "x509 -req -in responder.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile usage.cnf \
                            -out responder.pem";
                for command in [asked, made] {
                    let did = openssl(folder.path(), &command.split_whitespace().collect::<Vec<_>>());
                    assert!(did.status.success(), "{}", text(&did));
                }
            }
            let signer = if delegated { "responder" } else { "ca" };
            let place = folder.clone();
            let site = Site::giving(move |_, body| {
                fs::write(place.path().join("request.der"), body).unwrap();
                let command = format!(
                    "ocsp -index index.txt -CA ca.pem -rsigner {signer}.pem -rkey {signer}.key -rmd {digest} -ndays 1 \
                     -reqin request.der -respout response.der"
                );
                let did = openssl(place.path(), &command.split_whitespace().collect::<Vec<_>>());
                let answer = fs::read(place.path().join("response.der")).unwrap_or_else(|_| panic!("{}", text(&did)));
                async move { (200, answer) }
            })
            .await;
            for with_nonce in [false, true] {
                let reading = OcspReader::reading(&pem, &site.address).unwrap();
                let reading = if with_nonce { reading.with_nonce() } else { reading };
                let reader = reading.open().unwrap();
                for (serial, state, reason, since) in openssl_truth() {
                    let told = reader.published(&serial.parse().unwrap(), SystemClock.now()).await.unwrap();
                    let since = since.map(|it| it.parse::<Timestamp>().unwrap());
                    assert_eq!((told.state, told.reason, told.since), (state, reason, since), "{new_key:?} {serial}");
                    cases += 1;
                }
                let unknown = reader.published(&"7777".parse().unwrap(), SystemClock.now()).await;
                assert!(matches!(unknown, Err(PublishedError::NotFound(_))), "{unknown:?}");
            }
        }
    }
    assert_eq!(cases, 60);
}

/// A responder, two certificates of which the first is on hold, and a site that answers what a test puts there.
struct Office {
    authority: Arc<X509Authority>,
    responder: OcspResponder,
    held: Serial,
    good: Serial,
    site: Site,
    page: Arc<Mutex<Page>>,
}

impl Office {
    async fn open() -> Office {
        let authority = Arc::new(authority(EC, memory()));
        let (held, good) = (leaf(&authority).await.serial, leaf(&authority).await.serial);
        change(&authority, &held, Hold, hour(0)).await.unwrap();
        let responder = delegated(&authority).await;
        let page = Arc::new(Mutex::new((200, Vec::new())));
        let shown = page.clone();
        let site = Site::giving(move |_, _| {
            let page = shown.lock().unwrap().clone();
            async { page }
        });
        Office { authority, responder, held, good, site: site.await, page }
    }

    fn reader(&self) -> OcspReader {
        OcspReader::new(self.authority.certificate_pem(), &self.site.address).unwrap()
    }

    async fn signed(&self, serial: &Serial) -> Vec<u8> {
        self.responder.sign_for(std::slice::from_ref(serial), hour(1)).await.unwrap().remove(0).der
    }

    /// What a new reader makes of this answer to a question after the certificate on hold.
    async fn told(&self, answer: &[u8], at: Timestamp) -> Result<cardflow::ports::Published, PublishedError> {
        *self.page.lock().unwrap() = (200, answer.to_vec());
        self.reader().published(&self.held, at).await
    }
}

async fn delegated(authority: &Arc<X509Authority>) -> OcspResponder {
    let issued = authority.issue_responder("Test OCSP", &key(OTHER).public_key(), days(0, 30)).await.unwrap();
    OcspResponder::delegated(authority.clone(), &issued.der, key(OTHER)).unwrap()
}

fn is_not_trusted(answer: &Result<cardflow::ports::Published, PublishedError>) -> bool {
    matches!(answer, Err(PublishedError::NotTrusted { .. }))
}

/// The same answer with other certificates beside it, which are not signed.
fn with_certificates(answer: &[u8], certificates: &[&[u8]]) -> Vec<u8> {
    let mut response = OcspResponse::from_der(answer).unwrap();
    let bytes = response.response_bytes.as_mut().unwrap();
    let mut basic = BasicOcspResponse::from_der(bytes.response.as_bytes()).unwrap();
    let read = |it: &&[u8]| x509_cert_0_2::Certificate::from_der(it).unwrap();
    basic.certs = (!certificates.is_empty()).then(|| certificates.iter().map(read).collect());
    bytes.response = der_0_7::asn1::OctetString::new(basic.to_der().unwrap()).unwrap();
    response.to_der().unwrap()
}

#[tokio::test]
async fn an_answer_counts_only_if_its_signer_may_give_it() {
    let it = Office::open().await;
    let answer = it.signed(&it.held).await;
    assert_eq!(it.told(&answer, hour(1)).await.unwrap().state, OnHold);
    // Of the same key, but for signing in; of another issuer; none at all.
    let uses = IssueRequest {
        public_key: key(OTHER).public_key(),
        ..request(&[cardflow::domain::KeyUse::Authentication], days(0, 30))
    };
    let for_sign_in = it.authority.issue(&uses).await.unwrap().der;
    let named = NewAuthority { common_name: "Other CA".to_owned(), ..new_authority() };
    let other = Arc::new(X509Authority::create(&named, key(EC), memory()).unwrap());
    let of_other = other.issue_responder("Test OCSP", &key(OTHER).public_key(), days(0, 30)).await.unwrap().der;
    let twin = Arc::new(X509Authority::create(&new_authority(), key(KeyAlgorithm::Ed25519), memory()).unwrap());
    let of_twin = twin.issue_responder("Test OCSP", &key(OTHER).public_key(), days(0, 30)).await.unwrap().der;
    let early = it.authority.issue_responder("Test OCSP", &key(OTHER).public_key(), days(1, 30)).await.unwrap().der;
    let good = it.authority.issue_responder("Test OCSP", &key(OTHER).public_key(), days(0, 30)).await.unwrap().der;
    let cases: [(&str, &[&[u8]], bool); 7] = [
        ("none", &[], false),
        ("for signing in", &[&for_sign_in], false),
        ("of another issuer", &[&of_other], false),
        ("of the same name and another key", &[&of_twin], false),
        ("whose time has not come", &[&early], false),
        ("of the authority", &[&good], true),
        ("a good one behind others", &[&for_sign_in, &of_other, &good], true),
    ];
    for (what, certificates, counts) in cases {
        let told = it.told(&with_certificates(&answer, certificates), hour(1)).await;
        assert_eq!(told.is_ok(), counts, "{what}: {told:?}");
        assert!(counts || is_not_trusted(&told), "{what}: {told:?}");
    }
    let late = it.told(&answer, hour(31 * 24)).await;
    assert!(is_not_trusted(&late), "the certificate of the responder has ended: {late:?}");
}

#[tokio::test]
async fn an_answer_counts_only_for_the_question() {
    let it = Office::open().await;
    let other = it.signed(&it.good).await;
    let told = it.told(&other, hour(1)).await;
    assert!(is_not_trusted(&told), "about another certificate: {told:?}");
    *it.page.lock().unwrap() = (200, other);
    assert_eq!(it.reader().published(&it.good, hour(1)).await.unwrap().state, Valid);
    let reading = || OcspReader::reading(it.authority.certificate_pem(), &it.site.address).unwrap().with_nonce();
    let told = reading().open().unwrap().published(&it.good, hour(1)).await;
    assert!(is_not_trusted(&told), "made before it was asked: {told:?}");
    let responder = Arc::new(delegated(&it.authority).await);
    let first: Arc<Mutex<Option<Vec<u8>>>> = Arc::default();
    let site = Site::giving(move |_, body| {
        let (responder, first) = (responder.clone(), first.clone());
        async move {
            let answer = responder.answer(&body, hour(1)).await.der;
            (200, first.lock().unwrap().get_or_insert(answer).clone())
        }
    })
    .await;
    let reader =
        OcspReader::reading(it.authority.certificate_pem(), &site.address).unwrap().with_nonce().open().unwrap();
    assert_eq!(reader.published(&it.held, hour(1)).await.unwrap().state, OnHold, "made for it");
    let told = reader.published(&it.held, hour(1)).await;
    assert!(is_not_trusted(&told), "given again: {told:?}");
}

#[tokio::test]
async fn what_is_no_answer_is_an_error_of_its_kind() {
    let it = Office::open().await;
    let answer = it.signed(&it.held).await;
    let refusals = [
        OcspResponse::try_later(),
        OcspResponse::internal_error(),
        OcspResponse::unauthorized(),
        OcspResponse::malformed_request(),
        OcspResponse::sig_required(),
    ];
    for refusal in refusals {
        let told = it.told(&refusal.to_der().unwrap(), hour(1)).await;
        assert!(matches!(told, Err(PublishedError::Unavailable(_))), "{refusal:?}: {told:?}");
    }
    let long = vec![0; 300 << 10];
    for body in [&b""[..], b"<html>please sign in</html>", &long] {
        let told = it.told(body, hour(1)).await;
        assert!(matches!(told, Err(PublishedError::Unreadable { .. })), "{told:?}");
    }
    *it.page.lock().unwrap() = (301, answer.clone());
    let told = it.reader().published(&it.held, hour(1)).await;
    assert!(matches!(told, Err(PublishedError::Unavailable(_))), "{told:?}");
    // Whichever bit is turned, wherever it is cut: nothing else is told.
    let mut cases = 0;
    for at in (0..answer.len()).step_by(5) {
        let mut turned = answer.clone();
        turned[at] ^= 1 << (at % 8);
        let told = it.told(&turned, hour(1)).await;
        assert!(told.as_ref().is_err_and(|it| !matches!(it, PublishedError::NotFound(_))), "bit of {at}: {told:?}");
        assert!(it.told(&answer[..at], hour(1)).await.is_err(), "cut at {at}");
        cases += 2;
    }
    assert!(cases > 150, "{cases}");
    let expired = it.told(&answer, hour(2)).await;
    assert!(matches!(expired, Err(PublishedError::Expired { until, .. }) if until == hour(2)), "{expired:?}");
    let soon = it.told(&answer, hour(1).minus(Millis::seconds(299))).await;
    assert_eq!(soon.unwrap().state, OnHold, "clocks differ");
    for address in ["https://ocsp.example/", "ocsp.example"] {
        let made = OcspReader::new(it.authority.certificate_pem(), address);
        assert!(matches!(made, Err(X509Error::Unacceptable { .. })), "{address}");
    }
}
