//! What authorities elsewhere answer: by CMP, and EJBCA.

use std::error::Error;
use std::sync::{Arc, LazyLock};

use cardflow::adapters::cmp::{CmpAuthority, CmpProtection, CmpSettings};
use cardflow::adapters::ejbca::{EjbcaAuthority, EjbcaSettings};
use cardflow::adapters::memory::ManualClock;
use cardflow::domain::{AuthorityAction, CertificateState, KeyUse, RevocationReason};
use cardflow::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, SignatureAlgorithm,
    SignatureVerifier, Signer,
};
use cardflow::testing::fakes::ScriptedStatus;
use cardflow::values::{EffectId, Millis};
use der::{Decode, Encode};
use uuid::Uuid;

use super::law::{self, choice, one_line};
use super::office::now;
use super::pki::{AUTHORITY, content, key, serial, tlv, validity, whole};
use super::site::Site;

/// What stands in an answer for what the request has.
const TRANSACTION: &[u8; 16] = b"<a transaction!>";
const NONCE: &[u8; 16] = b"<a fresh nonce!>";

/// Takes every signature, or none: whether one holds is not the matter here.
#[derive(Debug)]
struct Takes(bool);

impl SignatureVerifier for Takes {
    fn verifies(&self, _: SignatureAlgorithm, _: &[u8], _: &[u8], _: &[u8]) -> bool {
        self.0
    }
}

struct Elsewhere {
    cmp: Site,
    believing: CmpAuthority,
    doubting: CmpAuthority,
    /// The name of who answers by CMP, in DER.
    peer: Vec<u8>,
    ejbca: Site,
    rest: EjbcaAuthority,
}

static ELSEWHERE: LazyLock<Elsewhere> = LazyLock::new(|| {
    let issue = |name: &str, public_key: Vec<u8>| {
        let request = IssueRequest {
            common_name: name.to_owned(),
            public_key,
            validity: cardflow::domain::Validity::new(now(), now().plus(Millis::days(300))).expect("in order"),
            uses: vec![KeyUse::Authentication],
        };
        assert!(validity().contains(request.validity.until()));
        law::now(AUTHORITY.issue(&request)).expect("a certificate").der
    };
    let (own, other) = (key(9), key(10));
    let certificate = issue("Registration", own.public_key());
    let answers = issue("CMP server", other.public_key());
    let parsed = x509_cert::Certificate::from_der(&answers).expect("a real one");
    let peer = parsed.tbs_certificate().subject().to_der().expect("a name");
    let cmp = Site::open();
    let authority = |takes| {
        let settings = CmpSettings::new(&cmp.address).expect("an address");
        let protection = CmpProtection::signed(own.clone(), &certificate, &answers, Arc::new(Takes(takes)));
        let published = Arc::new(ScriptedStatus::named(AUTHORITY.issuer()));
        published.publish([], now().minus(Millis::hours(1)));
        let (verifier, clock) = (Arc::new(Takes(true)), Arc::new(ManualClock::at(now())));
        let ca = AUTHORITY.certificate_der();
        CmpAuthority::new(ca, &settings, protection.expect("it fits"), published, verifier, clock)
            .expect("an authority")
    };
    let (believing, doubting) = (authority(true), authority(false));
    let ejbca = Site::open();
    let settings = EjbcaSettings::unencrypted(&ejbca.address, AUTHORITY.certificate_pem()).expect("this machine");
    let rest = EjbcaAuthority::new(settings).expect("an authority");
    Elsewhere { cmp, believing, doubting, peer, ejbca, rest }
});

/// By the first byte an answer by CMP to an order to hold, whose protection holds or does not; or an answer of EJBCA, after a
/// byte for its status.
pub fn authority_answer(data: &[u8]) {
    let (which, rest) = choice(data);
    match which % 4 {
        0 => {
            let came = by_cmp(&ELSEWHERE.believing, rest);
            let quotes = |it: &[u8]| rest.windows(16).any(|part| part == it);
            if let Ok(status) = came {
                assert!(quotes(TRANSACTION) && quotes(NONCE), "an answer to another request counts");
                assert_eq!(status.state, CertificateState::OnHold);
            }
        }
        1 => {
            let came = by_cmp(&ELSEWHERE.doubting, rest);
            assert!(
                matches!(came, Err(AuthorityError::OutcomeUnknown(_))),
                "an answer that is forged counts: {came:?}"
            );
        }
        of => {
            let (status, body) = choice(rest);
            let status = [200, 201, 202, 400, 401, 403, 404, 409, 422, 500, 503][usize::from(status) % 11];
            let body = body.to_vec();
            ELSEWHERE.ejbca.answers(move |_| (status, body.clone()));
            let order = order();
            let came = match of {
                2 => law::now(ELSEWHERE.rest.status(&order.serial)),
                _ => law::now(ELSEWHERE.rest.change(&order)),
            };
            fits(&came);
        }
    }
}

fn order() -> AuthorityOrder {
    AuthorityOrder {
        effect: EffectId::from_uuid(Uuid::from_u128(1)),
        serial: serial(2),
        not_after: now().plus(Millis::days(1)),
        action: AuthorityAction::Hold,
        at: now(),
        since: None,
        invalid_since: None,
        expects: None,
    }
}

fn by_cmp(authority: &CmpAuthority, answer: &[u8]) -> Result<AuthorityStatus, AuthorityError> {
    let answer = answer.to_vec();
    ELSEWHERE.cmp.answers(move |request| {
        let [transaction, nonce] = of_request(request);
        (200, replaced(&replaced(&answer, TRANSACTION, &transaction), NONCE, &nonce))
    });
    let came = law::now(authority.change(&order()));
    fits(&came);
    came
}

/// The transaction and the nonce of a request (RFC 9810, section 5.1.1): `[4]` and `[5]` after version, sender and recipient.
fn of_request(request: &[u8]) -> [Vec<u8>; 2] {
    let mut rest = content(content(request));
    let mut found = [Vec::new(), Vec::new()];
    for place in 0.. {
        if rest.is_empty() {
            break;
        }
        let (value, after) = rest.split_at(whole(rest));
        match value[0] {
            0xa4 if place > 2 => found[0] = content(content(value)).to_vec(),
            0xa5 => found[1] = content(content(value)).to_vec(),
            _ => {}
        }
        rest = after;
    }
    found
}

fn replaced(bytes: &[u8], from: &[u8; 16], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut begin = 0;
    while let Some(at) = bytes[begin..].windows(16).position(|it| it == from).map(|it| it + begin) {
        bytes.splice(at..at + 16, to.iter().copied());
        begin = at + to.len();
    }
    bytes
}

/// State and reason go together, and an error and its causes are lines.
fn fits(came: &Result<AuthorityStatus, AuthorityError>) {
    match came {
        Ok(told) => {
            let fits = match told.state {
                CertificateState::Valid => told.reason.is_none(),
                CertificateState::OnHold => told.reason == Some(RevocationReason::CertificateHold),
                CertificateState::Revoked => told.reason.is_some(),
                _ => false,
            };
            assert!(fits, "{told:?}");
        }
        Err(why) => {
            let mut cause: Option<&dyn Error> = Some(why);
            while let Some(it) = cause {
                one_line(&it.to_string());
                cause = it.source();
            }
        }
    }
}

/// A message by CMP: with this body, and what an answer has in its header.
fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let name = tlv(0xa4, &[&ELSEWHERE.peer]);
    let algorithm = tlv(0xa1, &[&tlv(0x30, &[&[0x06, 0x03, 0x2b, 0x65, 0x70]])]);
    let transaction = tlv(0xa4, &[&tlv(0x04, &[TRANSACTION])]);
    let quoted = tlv(0xa6, &[&tlv(0x04, &[NONCE])]);
    let header = tlv(0x30, &[&[0x02, 0x01, 0x02], &name, &name, &algorithm, &transaction, &quoted]);
    let protection = tlv(0xa0, &[&tlv(0x03, &[&[0], &[1; 64]])]);
    tlv(0x30, &[&header, &tlv(tag, &[body]), &protection])
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let status = |number: u8, more: &[u8]| tlv(0x30, &[&[0x02, 0x01, number], more]);
    let response = |status: &[u8]| message(0xac, &tlv(0x30, &[&tlv(0x30, &[status])]));
    let words = tlv(0x30, &[&tlv(0x0c, &[b"not today"])]);
    let failure = [0x03, 0x03, 0x05, 0x00, 0x20];
    let rejected = response(&status(2, &[&words[..], &failure].concat()));
    // More failures than there are.
    let many = response(&status(2, &tlv(0x03, &[&[0], &[0xff; 600]])));
    let mut seeds: Vec<Vec<u8>> = vec![[b"\0", many.as_slice()].concat()];
    let messages =
        (0..6).map(|it| response(&status(it, &[]))).chain([rejected, message(0xb7, &tlv(0x30, &[&status(2, &words)]))]);
    for message in messages {
        seeds.push([b"\0", message.as_slice()].concat());
        seeds.push([b"\x01", message.as_slice()].concat());
    }
    let bodies = [
        r#"{"issuer_dn":"CN=Fuzz CA","serial_number":"02","revoked":false}"#,
        r#"{"issuer_dn":"CN=Fuzz CA","serial_number":"0x02","revoked":true,"revocation_reason":"CERTIFICATE_HOLD","revocation_date":"2026-11-22T10:00:00Z"}"#,
        r#"{"serial_number":"02","revoked":true,"revocation_reason":"KEY_COMPROMISE","revocation_date":"2026-11-22T10:00:00Z"}"#,
        r#"{"error_code":400,"error_message":"Approval request already exists"}"#,
        r#"{"error_code":404,"error_message":"CA with DN CN=x does not exist"}"#,
    ];
    for (number, body) in bodies.iter().enumerate() {
        for status in [0, number as u8 + 2, 9] {
            seeds.push([&[2, status], body.as_bytes()].concat());
            seeds.push([&[3, status], body.as_bytes()].concat());
        }
    }
    seeds
}
