//! Requests by OCSP to the responder; lists and answers by OCSP that the readers read.

use std::sync::LazyLock;

use cardflow::adapters::x509::{CrlReader, CrlSource, OcspReader, OcspResponder, OcspStatus, PublishedCrl, Signatures};
use cardflow::domain::{CertificateState, RevocationReason};
use cardflow::ports::{Published, PublishedError, PublishedStatus, SignatureVerifier, Signer};
use cardflow::values::Millis;
use der_0_7::{Decode, Encode};
use tempfile::TempDir;
use x509_cert_0_2::ext::{Extension, Extensions};
use x509_ocsp::{BasicOcspResponse, OcspRequest, OcspResponse, OcspResponseStatus};

use super::law::{self, choice, error};
use super::office::now;
use super::pki::{AUTHORITY, first_inside, key, serial, signed, tlv};
use super::site::Site;

static RESPONDER: LazyLock<OcspResponder> =
    LazyLock::new(|| OcspResponder::of_the_authority(AUTHORITY.clone()).expect("a responder"));

/// By the first byte the body of a POST, or the path of a GET.
pub fn ocsp_request(data: &[u8]) {
    let (which, rest) = choice(data);
    let (method, path, body) = match which % 3 {
        0 => ("POST", "", rest),
        1 => ("GET", std::str::from_utf8(rest).unwrap_or_default(), &[][..]),
        _ => {
            let method = std::str::from_utf8(rest).unwrap_or_default();
            let came = law::now(RESPONDER.answer_http(method, "", b"", now()));
            assert!(came.status == 200 || came.status == 405 && came.body.is_empty(), "{}", came.status);
            return;
        }
    };
    let came = law::now(RESPONDER.answer_http(method, path, body, now()));
    assert_eq!(came.status, 200);
    assert!(came.failure.is_none(), "{:?}", came.failure);
    let response = OcspResponse::from_der(&came.body).expect("an answer is one");
    if method == "GET" {
        return;
    }
    let answer = law::now(RESPONDER.answer(body, now()));
    let asked = RESPONDER.asked_for(body);
    let status = match answer.status {
        OcspStatus::Successful => OcspResponseStatus::Successful,
        OcspStatus::Malformed => OcspResponseStatus::MalformedRequest,
        OcspStatus::Unauthorized => OcspResponseStatus::Unauthorized,
        OcspStatus::TryLater => OcspResponseStatus::TryLater,
    };
    assert_eq!(response.response_status, status, "both ways say the same");
    if answer.status != OcspStatus::Successful {
        assert!(answer.next_update.is_none() && asked.is_none() && response.response_bytes.is_none());
        return;
    }
    let request = OcspRequest::from_der(body).expect("what is answered reads").tbs_request;
    let bytes = response.response_bytes.expect("it says something");
    let basic = BasicOcspResponse::from_der(bytes.response.as_bytes()).expect("it reads");
    let told = basic.tbs_response_data.to_der().expect("it has a form");
    let signature = basic.signature.as_bytes().expect("whole bytes");
    let key = key(7);
    assert!(Signatures.verifies(key.algorithm(), &key.public_key(), &told, signature), "it is signed");
    let ids = |of: &[x509_ocsp::SingleResponse]| of.iter().map(|it| it.cert_id.clone()).collect::<Vec<_>>();
    let asked_ids: Vec<_> = request.request_list.iter().map(|it| it.req_cert.clone()).collect();
    assert_eq!(ids(&basic.tbs_response_data.responses), asked_ids, "one answer to each question, in their order");
    assert!((1..=64).contains(&asked_ids.len()));
    let nonce = |of: &Option<Extensions>| {
        let of_nonce = |it: &&Extension| it.extn_id.to_string() == "1.3.6.1.5.5.7.48.1.2";
        of.iter().flatten().find(of_nonce).map(|it| it.extn_value.clone())
    };
    assert_eq!(nonce(&basic.tbs_response_data.response_extensions), nonce(&request.request_extensions));
    assert_eq!(answer.has_nonce, nonce(&request.request_extensions).is_some());
    if asked.is_some() {
        assert!(asked_ids.len() == 1 && !answer.has_nonce, "it may be given to others");
    }
}

struct Reading {
    folder: TempDir,
    site: Site,
    complete: Vec<u8>,
    delta: Vec<u8>,
}

/// Real lists of the authority, and where lists and answers are fetched from.
static READING: LazyLock<Reading> = LazyLock::new(|| {
    let authority = &*AUTHORITY;
    let (complete, delta) = law::now(async {
        let complete = authority.crl(now().minus(Millis::seconds(9 * 60))).await.expect("a list");
        authority.published(&complete).await.expect("it lies there");
        let delta = authority.delta_crl(now().minus(Millis::seconds(8 * 60))).await.expect("a delta");
        (complete.der, delta.der)
    });
    Reading { folder: tempfile::tempdir().expect("a folder"), site: Site::open(), complete, delta }
});

/// By the first byte a list as it is, the content of a list that is signed here, an answer by OCSP as it is, or the content of one.
pub fn published(data: &[u8]) {
    let (which, rest) = choice(data);
    let reading = &*READING;
    let (ours, other) = (key(7), key(8));
    match which % 8 {
        0 => last(PublishedCrl::from_der(rest).map_err(|it| error(&it)).ok()),
        1 => {
            let complete = PublishedCrl::from_der(&reading.complete).expect("a real one");
            last(complete.with_delta(rest).map_err(|it| error(&it)).ok());
        }
        2 => drop(list(rest, None)),
        3 => drop(list(&signed(rest, &*ours), None)),
        4 => drop(list(&reading.complete, Some(&signed(rest, &*ours)))),
        5 => {
            let came = list(&signed(rest, &*other), None);
            assert!(came.is_err(), "a list that another key signed tells {came:?}");
        }
        6 => drop(answer(rest.to_vec())),
        _ => {
            drop(answer(around(&signed(rest, &*ours))));
            let came = answer(around(&signed(rest, &*other)));
            assert!(came.is_err(), "an answer that another key signed tells {came:?}");
        }
    }
}

/// What an authority holds its next list against.
fn last(list: Option<PublishedCrl>) {
    let Some(list) = list else { return };
    let serials: Vec<_> = list.serials().cloned().collect();
    for serial in &serials {
        assert_eq!(serial.to_string().parse().as_ref(), Ok(serial));
    }
    if let Some(serial) = serials.first() {
        list.clone().confirm(serial).expect("it stands on it");
    }
    let _ = list.number();
}

/// What a reader of these lists tells of certificate 2.
fn list(complete: &[u8], delta: Option<&[u8]>) -> Result<Published, PublishedError> {
    let place = |name: &str| READING.folder.path().join(name);
    std::fs::write(place("complete"), complete).expect("a file");
    let mut reading =
        CrlReader::reading(AUTHORITY.certificate_pem(), CrlSource::file(place("complete"))).expect("ours");
    if let Some(delta) = delta {
        std::fs::write(place("delta"), delta).expect("a file");
        reading = reading.with_deltas(CrlSource::file(place("delta")));
    }
    let reader = reading.open().expect("a thread");
    fits(law::now(reader.published(&serial(2), now())))
}

/// What a reader of this answer tells of certificate 2.
fn answer(der: Vec<u8>) -> Result<Published, PublishedError> {
    READING.site.answers(move |_| (200, der.clone()));
    let reader = OcspReader::new(AUTHORITY.certificate_pem(), &READING.site.address).expect("ours");
    fits(law::now(reader.published(&serial(2), now())))
}

/// An answer by OCSP around what says it.
fn around(basic: &[u8]) -> Vec<u8> {
    let kind = [0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
    let bytes = tlv(0xa0, &[&tlv(0x30, &[&kind, &tlv(0x04, &[basic])])]);
    tlv(0x30, &[&[0x0a, 0x01, 0x00], &bytes])
}

/// State, reason and times go together, and an error is a line.
fn fits(came: Result<Published, PublishedError>) -> Result<Published, PublishedError> {
    match &came {
        Err(why) => error(why),
        Ok(told) => {
            let fits = match told.state {
                CertificateState::Valid => told.reason.is_none(),
                CertificateState::OnHold => {
                    told.reason == Some(RevocationReason::CertificateHold) && told.since.is_some()
                }
                CertificateState::Revoked => {
                    told.reason.is_some_and(RevocationReason::is_permanent) && told.since.is_some()
                }
                _ => false,
            };
            assert!(fits, "{told:?}");
            assert!(told.until.is_none_or(|it| it > now()), "what has ended is told: {told:?}");
            assert!(told.as_of <= now().plus(Millis::hours(1)), "what is to come is told: {told:?}");
            assert!(told.earlier_until.is_none_or(|it| it > now()));
        }
    }
    came
}

/// Requests for one, two and strangers, with and without a nonce, by POST and by GET.
pub(crate) fn request_seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![b"\x02PUT".to_vec()];
    for (numbers, nonce) in [(&[1_u8][..], false), (&[2], true), (&[3, 9], false), (&[1, 2, 3], true)] {
        let each = numbers.iter().map(|it| tlv(0x30, &[first_inside(&single(*it))])).collect::<Vec<_>>().concat();
        let value = tlv(0x04, &[&tlv(0x04, &[&[5; 32]])]);
        let oid = [0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];
        let extensions = tlv(0xa2, &[&tlv(0x30, &[&tlv(0x30, &[&oid, &value])])]);
        let more = if nonce { &extensions[..] } else { &[] };
        let der = tlv(0x30, &[&tlv(0x30, &[&tlv(0x30, &[&each]), more])]);
        seeds.push([b"\0", der.as_slice()].concat());
        let pem = der::pem::encode_string("X", der::pem::LineEnding::LF, &der).expect("PEM");
        let base64: String = pem.lines().filter(|it| !it.starts_with('-')).collect();
        seeds.push(format!("\x01/{}", base64.replace('+', "%2B").replace('/', "%2f")).into_bytes());
    }
    seeds
}

/// What the responder says of one certificate: a `SingleResponse`.
fn single(number: u8) -> Vec<u8> {
    let data = response(number);
    let basic = BasicOcspResponse::from_der(&data).expect("a real one");
    basic.tbs_response_data.responses.first().expect("one").to_der().expect("a form")
}

/// A real answer about one certificate, as far as it says something.
fn response(number: u8) -> Vec<u8> {
    let before =
        law::now(RESPONDER.sign_for(&[serial(number)], now().minus(Millis::seconds(5 * 60)))).expect("an answer");
    let response = OcspResponse::from_der(&before[0].der).expect("a real one");
    response.response_bytes.expect("it says something").response.as_bytes().to_vec()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let Reading { complete, delta, .. } = &*READING;
    let with = |which: u8, bytes: &[u8]| [&[which], bytes].concat();
    let mut seeds = vec![with(0, complete), with(1, delta), with(2, complete), with(2, delta)];
    seeds.extend([3, 5].map(|it| with(it, first_inside(complete))));
    seeds.push(with(4, first_inside(delta)));
    for number in [1, 2, 3, 9] {
        let basic = response(number);
        seeds.push(with(6, &around(&basic)));
        seeds.push(with(7, first_inside(&basic)));
    }
    seeds.push(with(6, &[0x30, 0x03, 0x0a, 0x01, 0x03]));
    seeds
}
