//! Answers by OCSP, as OpenSSL and pkilint take them. OpenSSL compares with the clock of the machine, so this is the time here.

use std::convert::Infallible;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use cardflow::adapters::memory::{MemoryLedger, SystemClock};
use cardflow::adapters::x509::{
    Distribution, KeyAlgorithm, NewAuthority, OcspAnswer, OcspResponder, OcspStatus, X509Authority, X509Error,
};
use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::RevocationReason::{KeyCompromise, Unspecified};
use cardflow::domain::{KeyUse, Serial, Validity};
use cardflow::ports::{AuthorityLedger, CertificateAuthority, Clock, IssueRequest, IssuedCertificate};

use cardflow::testing::fakes::Watched;
use cardflow::values::{Millis, Timestamp};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::openssl::{self, openssl, text};
use crate::pkilint;
use crate::support::{KEYS, change, key, new_authority, pem, request};

fn now() -> Timestamp {
    SystemClock.now()
}

fn since(days: i64) -> Validity {
    Validity::new(now().minus(Millis::days(1)), now().plus(Millis::days(days))).unwrap()
}

fn authority(algorithm: KeyAlgorithm, ledger: Arc<dyn AuthorityLedger>) -> Arc<X509Authority> {
    let new = NewAuthority { validity: since(3650), ..new_authority() };
    Arc::new(X509Authority::create(&new, key(algorithm), ledger).unwrap())
}

async fn leaf(authority: &X509Authority) -> IssuedCertificate {
    let request = IssueRequest { validity: since(365), ..request(&[KeyUse::Authentication], since(365)) };
    authority.issue(&request).await.unwrap()
}

/// With a key of its own, or with that of the authority.
async fn responder(authority: &Arc<X509Authority>, by: Option<KeyAlgorithm>) -> OcspResponder {
    let Some(by) = by else { return OcspResponder::of_the_authority(authority.clone()).unwrap() };
    let issued = authority.issue_responder("Test OCSP", &key(by).public_key(), since(30)).await.unwrap();
    OcspResponder::delegated(authority.clone(), &issued.der, key(by)).unwrap()
}

/// Files for OpenSSL.
fn written(authority: &X509Authority, leaf: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ca.pem"), authority.certificate_pem()).unwrap();
    fs::write(folder.path().join("leaf.pem"), pem("CERTIFICATE", leaf)).unwrap();
    folder
}

/// A request that OpenSSL makes.
fn asked(folder: &Path, options: &[&str]) -> Vec<u8> {
    let arguments = [&["ocsp", "-issuer", "ca.pem", "-reqout", "request.der"], options].concat();
    let made = openssl(folder, &arguments);
    assert!(made.status.success(), "{}", text(&made));
    fs::read(folder.join("request.der")).unwrap()
}

/// What OpenSSL says of an answer to a request without a nonce.
fn judged(folder: &Path, answer: &[u8]) -> String {
    fs::write(folder.join("answer.der"), answer).unwrap();
    let arguments = "ocsp -issuer ca.pem -cert leaf.pem -no_nonce -respin answer.der -CAfile ca.pem";
    text(&openssl(folder, &arguments.split(' ').collect::<Vec<_>>()))
}

/// The routes on a server, as a host would have them.
#[cfg(feature = "ocsp-router")]
async fn routed(responder: OcspResponder) -> (SocketAddr, Arc<Mutex<Vec<X509Error>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let log = Arc::new(Mutex::new(Vec::new()));
    let failed = {
        let log = log.clone();
        move |it| log.lock().unwrap().push(it)
    };
    let routes = cardflow::adapters::x509::ocsp_router(Arc::new(responder), Arc::new(SystemClock), failed);
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (address, log)
}

/// A web server of another make around a responder.
async fn served(responder: OcspResponder) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let responder = Arc::new(responder);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let responder = responder.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let responder = responder.clone();
                async move {
                    let (head, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    let answer = responder.answer_http(head.method.as_str(), head.uri.path(), &body, now()).await;
                    let mut response = Response::builder().status(answer.status);
                    for (name, value) in answer.headers {
                        response = response.header(name, value);
                    }
                    Ok::<_, Infallible>(response.body(Full::new(Bytes::from(answer.body))).unwrap())
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

const STEPS: [(Option<cardflow::domain::AuthorityAction>, &str, &str); 5] = [
    (None, "leaf.pem: good", ""),
    (Some(Hold), "leaf.pem: revoked", "Reason: certificateHold"),
    (Some(Release), "leaf.pem: good", ""),
    (Some(Hold), "leaf.pem: revoked", "Reason: certificateHold"),
    (Some(Revoke(KeyCompromise)), "leaf.pem: revoked", "Reason: keyCompromise"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_and_pkilint_take_every_answer_of_every_key() {
    if !openssl::is_there() {
        return;
    }
    let mut cases = 0;
    // The authority signs itself, a responder of the same kind does, and one of another kind.
    for (n, algorithm) in KEYS.into_iter().enumerate() {
        for by in [None, Some(algorithm), Some(KEYS[(n + 1) % KEYS.len()])] {
            let authority = authority(algorithm, Arc::new(MemoryLedger::new()));
            let leaf = leaf(&authority).await;
            let folder = written(&authority, &leaf.der);
            let before = responder(&authority, by).await;
            let address = served(responder(&authority, by).await).await;
            let url = format!("http://{address}/");
            let (mut names, told) = (Vec::new(), now());
            for (step, (action, verdict, reason)) in STEPS.iter().enumerate() {
                let case = format!("{algorithm} by {by:?}, step {step}");
                if let Some(action) = action {
                    change(&authority, &leaf.serial, *action, told).await.unwrap();
                }
                for hash in ["-sha1", "-sha256"] {
                    let live = ["ocsp", "-issuer", "ca.pem", hash, "-cert", "leaf.pem", "-url", &url];
                    let live = [&live[..], &["-CAfile", "ca.pem", "-respout", "live.der"]].concat();
                    let said = text(&openssl(folder.path(), &live));
                    for shown in ["Response verify OK", verdict, *reason] {
                        assert!(said.contains(shown), "{case}: {shown} is missing in {said}");
                    }
                    for odd in ["WARNING", "Nonce Verify error", "rror"] {
                        assert!(!said.contains(odd), "{case}: {said}");
                    }
                    cases += 1;
                }
                let signed = before.sign_for(std::slice::from_ref(&leaf.serial), now()).await.unwrap();
                let said = judged(folder.path(), &signed[0].der);
                assert!(said.contains("Response verify OK") && said.contains(verdict), "{case}: {said}");
                cases += 1;
                for name in ["live.der", "answer.der"] {
                    let kept = format!("{step}-{name}");
                    fs::copy(folder.path().join(name), folder.path().join(&kept)).unwrap();
                    names.push(kept);
                }
            }
            for found in pkilint::lint_ocsp(folder.path(), &names).into_iter().flatten() {
                assert_eq!(found.count, 0, "{algorithm} by {by:?}: {found:?}");
            }
        }
    }
    eprintln!("{cases} answers judged by openssl");
}

async fn status(responder: &OcspResponder, request: &[u8]) -> OcspStatus {
    let answer: OcspAnswer = responder.answer(request, now()).await;
    assert_eq!(answer.next_update.is_some(), answer.status == OcspStatus::Successful);
    answer.status
}

#[tokio::test]
async fn what_the_ledger_does_not_know_is_unknown_and_others_are_not_answered_for() {
    if !openssl::is_there() {
        return;
    }
    let ours = authority(KEYS[0], Arc::new(MemoryLedger::new()));
    let leaf = leaf(&ours).await;
    let folder = written(&ours, &leaf.der);
    let responder = responder(&ours, Some(KEYS[1])).await;
    let request = asked(folder.path(), &["-no_nonce", "-serial", "0x4711", "-cert", "leaf.pem"]);
    let answer = responder.answer(&request, now()).await;
    assert_eq!(answer.status, OcspStatus::Successful);
    fs::write(folder.path().join("answer.der"), &answer.der).unwrap();
    let arguments = "ocsp -issuer ca.pem -serial 0x4711 -cert leaf.pem -no_nonce -respin answer.der -CAfile ca.pem";
    let said = text(&openssl(folder.path(), &arguments.split(' ').collect::<Vec<_>>()));
    assert!(said.contains("0x4711: unknown") && said.contains("leaf.pem: good"), "{said}");

    let other = authority(KEYS[2], Arc::new(MemoryLedger::new()));
    fs::write(folder.path().join("other.pem"), other.certificate_pem()).unwrap();
    let foreign = ["-issuer", "other.pem", "-serial", "0x4711"];
    let theirs = asked(folder.path(), &foreign);
    assert_eq!(status(&responder, &theirs).await, OcspStatus::Unauthorized);
    let mixed = asked(folder.path(), &[&["-cert", "leaf.pem"], &foreign[..]].concat());
    assert_eq!(status(&responder, &mixed).await, OcspStatus::Successful);
    assert!(judged(folder.path(), &responder.answer(&theirs, now()).await.der).contains("unauthorized"));
}

#[tokio::test]
async fn requests_that_are_none_are_malformed() {
    if !openssl::is_there() {
        return;
    }
    let ours = authority(KEYS[0], Arc::new(MemoryLedger::new()));
    let leaf = leaf(&ours).await;
    let folder = written(&ours, &leaf.der);
    let responder = responder(&ours, None).await;
    let good = asked(folder.path(), &["-cert", "leaf.pem"]);
    assert_eq!(status(&responder, &good).await, OcspStatus::Successful);
    for end in 0..good.len() {
        assert_eq!(status(&responder, &good[..end]).await, OcspStatus::Malformed, "cut at {end}");
    }
    for at in 0..good.len() {
        let mut bent = good.clone();
        bent[at] ^= 0xff;
        let answer = responder.answer(&bent, now()).await;
        assert!(answer.failure.is_none(), "byte {at}: {answer:?}");
    }
    let longer = [good.as_slice(), &[0]].concat();
    for request in [&longer, &vec![0x30; 70_000], ours.certificate_der()] {
        assert_eq!(status(&responder, request).await, OcspStatus::Malformed);
    }
    let many = |count: usize| {
        let serials: Vec<String> = (1..=count).map(|it| format!("{it}")).collect();
        let options: Vec<&str> = serials.iter().flat_map(|it| ["-serial", it.as_str()]).collect();
        asked(folder.path(), &options)
    };
    assert_eq!(status(&responder, &many(64)).await, OcspStatus::Successful);
    assert_eq!(status(&responder, &many(65)).await, OcspStatus::Malformed);
    assert!(judged(folder.path(), &responder.answer(&longer, now()).await.der).contains("malformedrequest"));
}

#[tokio::test]
async fn a_ledger_or_key_that_is_away_is_tried_later_and_shown_to_the_host() {
    if !openssl::is_there() {
        return;
    }
    let ledger = Arc::new(Watched::over(Arc::new(MemoryLedger::new())));
    let ours = authority(KEYS[0], ledger.clone());
    let leaf = leaf(&ours).await;
    let folder = written(&ours, &leaf.der);
    let request = asked(folder.path(), &["-cert", "leaf.pem"]);
    let signer = Arc::new(Watched::over(key(KEYS[0])));
    let issued = ours.issue_responder("Test OCSP", &key(KEYS[0]).public_key(), since(30)).await.unwrap();
    let responder = OcspResponder::delegated(ours.clone(), &issued.der, signer.clone()).unwrap();
    for away in [true, false] {
        ledger.is_down(away);
        signer.is_down(!away);
        let answer = responder.answer(&request, now()).await;
        assert_eq!(answer.status, OcspStatus::TryLater);
        assert!(matches!(answer.failure, Some(X509Error::Ledger(_) | X509Error::Signer(_))), "{answer:?}");
        assert!(judged(folder.path(), &answer.der).contains("trylater"));
        let failed = responder.sign_for(std::slice::from_ref(&leaf.serial), now()).await.unwrap_err();
        assert!(matches!(failed, X509Error::Ledger(_) | X509Error::Signer(_)), "{failed:?}");
    }
    signer.is_down(false);
    assert_eq!(status(&responder, &request).await, OcspStatus::Successful);
    for at in [now().minus(Millis::days(2)), now().plus(Millis::days(31))] {
        let answer = responder.answer(&request, at).await;
        assert!(matches!(answer.failure, Some(X509Error::NotAResponder { .. })), "{answer:?}");
    }
    let last = now().plus(Millis::days(30)).minus(Millis::seconds(60));
    let next_update = responder.answer(&request, last).await.next_update.unwrap();
    assert!(next_update <= since(30).until(), "an answer does not outlive its certificate");
}

#[tokio::test]
async fn a_responder_is_made_with_a_certificate_for_it_alone() {
    let ours = authority(KEYS[0], Arc::new(MemoryLedger::new()));
    let other = authority(KEYS[1], Arc::new(MemoryLedger::new()));
    let public_key = key(KEYS[2]).public_key();
    let certified = IssueRequest { public_key: public_key.clone(), ..request(&[KeyUse::Signature], since(30)) };
    let holder = ours.issue(&certified).await.unwrap().der;
    let foreign = other.issue_responder("Test OCSP", &public_key, since(30)).await.unwrap().der;
    let good = ours.issue_responder("Test OCSP", &public_key, since(30)).await.unwrap();
    let make = |der: &[u8], by| OcspResponder::delegated(ours.clone(), der, key(by));
    assert!(matches!(make(&holder, KEYS[2]), Err(X509Error::NotAResponder { .. })));
    assert!(matches!(make(&foreign, KEYS[2]), Err(X509Error::NotOurs { .. })));
    assert!(matches!(make(&good.der, KEYS[3]), Err(X509Error::KeyMismatch)));
    assert!(matches!(make(&[], KEYS[2]), Err(X509Error::UnreadableCertificate { .. })));
    let made = make(&good.der, KEYS[2]).unwrap();
    assert!(made.with_period(Millis::new(999)).is_err());
    assert!(ours.status(&good.serial).await.is_ok(), "it is in the ledger as any other");
    let late = ours.issue_responder("Test OCSP", &public_key, since(4000)).await.unwrap_err();
    assert!(matches!(late, X509Error::PastOwnEnd { .. }), "{late:?}");
}

#[tokio::test]
async fn answers_without_a_nonce_may_be_kept_and_found_again() {
    if !openssl::is_there() {
        return;
    }
    let ours = authority(KEYS[0], Arc::new(MemoryLedger::new()));
    let leaf = leaf(&ours).await;
    let folder = written(&ours, &leaf.der);
    let responder = responder(&ours, Some(KEYS[2])).await.with_period(Millis::hours(2)).unwrap();
    let plain = asked(folder.path(), &["-no_nonce", "-cert", "leaf.pem"]);
    let with_nonce = asked(folder.path(), &["-cert", "leaf.pem"]);
    let two = asked(folder.path(), &["-no_nonce", "-cert", "leaf.pem", "-serial", "1"]);
    assert_eq!(responder.asked_for(&plain), Some(leaf.serial.clone()));
    assert!([&with_nonce, &two, &Vec::new()].iter().all(|it| responder.asked_for(it).is_none()));

    let at = now();
    let header = |answer: &cardflow::adapters::x509::OcspHttp, name: &str| {
        answer.headers.iter().find(|(it, _)| *it == name).map(|(_, value)| value.clone())
    };
    let posted = responder.answer_http("POST", "/", &plain, at).await;
    assert_eq!(
        (posted.status, header(&posted, "content-type").unwrap()),
        (200, "application/ocsp-response".to_owned())
    );
    let kept = header(&posted, "cache-control").unwrap();
    assert!(kept.starts_with("max-age=7") && kept.contains("public"), "{kept}");
    let alone = responder.answer_http("POST", "/", &with_nonce, at).await;
    assert_eq!(header(&alone, "cache-control").unwrap(), "no-store");
    // By GET, in base64 as it is and with percent signs: "+", "/" and "=" are the odd ones.
    let encoded = pem("X", &plain).lines().filter(|it| !it.starts_with('-')).collect::<String>();
    let escaped = encoded.replace('+', "%2B").replace('/', "%2f").replace('=', "%3D");
    for path in [format!("/{encoded}"), format!("/{escaped}")] {
        let got = responder.answer_http("GET", &path, &[], at).await;
        assert!(judged(folder.path(), &got.body).contains("leaf.pem: good"), "{path}");
    }
    for path in ["/", "/%", "/%zz", "/ä", "/AAAA"] {
        let got = responder.answer_http("GET", path, &[], at).await;
        assert_eq!((got.status, header(&got, "cache-control").unwrap().as_str()), (200, "no-store"));
        assert!(judged(folder.path(), &got.body).contains("malformedrequest"), "{path}");
    }
    let put = responder.answer_http("PUT", "/", &plain, at).await;
    assert_eq!((put.status, put.body.len()), (405, 0));

    let serials: Vec<Serial> = vec![leaf.serial.clone(), "4711".parse().unwrap()];
    change(&ours, &leaf.serial, Revoke(Unspecified), at).await.unwrap();
    let batch = responder.sign_for(&serials, at).await.unwrap();
    assert_eq!(batch.iter().map(|it| &it.serial).collect::<Vec<_>>(), serials.iter().collect::<Vec<_>>());
    let said = judged(folder.path(), &batch[0].der);
    assert!(said.contains("leaf.pem: revoked") && !said.contains("Reason"), "{said}");
}

#[cfg(feature = "ocsp-router")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_routes_answer_openssl_and_tell_the_host_what_fails() {
    if !openssl::is_there() {
        return;
    }
    let ledger = Arc::new(Watched::over(Arc::new(MemoryLedger::new())));
    let ours = authority(KEYS[0], ledger.clone());
    let leaf = leaf(&ours).await;
    change(&ours, &leaf.serial, Hold, now()).await.unwrap();
    let folder = written(&ours, &leaf.der);
    let (address, log) = routed(responder(&ours, Some(KEYS[0])).await).await;
    let url = format!("http://{address}/");
    let live = ["ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-url", &url, "-CAfile", "ca.pem"];
    let said = text(&openssl(folder.path(), &live));
    assert!(said.contains("Response verify OK") && said.contains("leaf.pem: revoked"), "{said}");
    assert!(log.lock().unwrap().is_empty());
    ledger.is_down(true);
    let said = text(&openssl(folder.path(), &live));
    assert!(said.contains("trylater"), "{said}");
    assert!(matches!(log.lock().unwrap().as_slice(), [X509Error::Ledger(_)]));
}

#[tokio::test]
async fn certificates_name_the_responder() {
    if !openssl::is_there() {
        return;
    }
    let addresses = Distribution::at("http://crl.example/a.crl").unwrap().with_ocsp_at("http://ocsp.example/").unwrap();
    let new = NewAuthority { validity: since(3650), ..new_authority() };
    let ours = X509Authority::create(&new, key(KEYS[0]), Arc::new(MemoryLedger::new())).unwrap();
    let ours = ours.with_distribution(addresses);
    let folder = written(&ours, &leaf(&ours).await.der);
    let said = text(&openssl(folder.path(), &["x509", "-in", "leaf.pem", "-noout", "-ocsp_uri"]));
    assert_eq!(said.trim(), "http://ocsp.example/");
    let issued = ours.issue_responder("Test OCSP", &key(KEYS[1]).public_key(), since(30)).await.unwrap();
    fs::write(folder.path().join("responder.pem"), pem("CERTIFICATE", &issued.der)).unwrap();
    let said = text(&openssl(folder.path(), &["x509", "-in", "responder.pem", "-noout", "-text"]));
    for shown in ["OCSP Signing", "OCSP No Check", "Digital Signature"] {
        assert!(said.contains(shown), "{shown} is missing in {said}");
    }
    assert!(Distribution::at("http://a").unwrap().with_ocsp_at("ftp://b").is_err());
}
