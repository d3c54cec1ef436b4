//! Signed answers of a system outside.

use std::sync::{Arc, LazyLock};

use cardflow::adapters::webhook::{
    KEY_HEADER, NONCE_HEADER, SIGNATURE_HEADER, TIME_HEADER, WebhookAnswer, WebhookAnswers, WebhookKey, WebhookKeys,
    WebhookRefusal,
};
use cardflow::engine::Verdict;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::law::{choice, error};
use super::office::{TENANT, now};

const SECRET: [u8; 32] = [7; 32];

static KEYS: LazyLock<Arc<WebhookKeys>> =
    LazyLock::new(|| Arc::new(WebhookKeys::new(WebhookKey::new("2026-11", SECRET.to_vec()).expect("a key"))));

#[derive(Clone)]
struct Headers {
    key: String,
    time: String,
    nonce: String,
    signature: String,
}

impl Headers {
    fn signed(key: &str, time: &str, nonce: &str, body: &[u8]) -> Headers {
        let mut mac = Hmac::<Sha256>::new_from_slice(&SECRET).expect("a key");
        for line in ["cardflow-answer-1", key, time, nonce] {
            mac.update(line.as_bytes());
            mac.update(b"\n");
        }
        mac.update(body);
        let signature = mac.finalize().into_bytes().iter().map(|it| format!("{it:02x}")).collect();
        Headers { key: key.to_owned(), time: time.to_owned(), nonce: nonce.to_owned(), signature }
    }

    fn usual(body: &[u8]) -> Headers {
        Headers::signed("2026-11", &now().to_string(), "0123456789abcdef", body)
    }
}

fn answers() -> WebhookAnswers {
    WebhookAnswers::new(KEYS.clone(), [TENANT])
}

fn accept(by: &WebhookAnswers, body: &[u8], headers: &Headers) -> Result<WebhookAnswer, WebhookRefusal> {
    let header = |name: &str| match name {
        KEY_HEADER => Some(headers.key.as_str()),
        TIME_HEADER => Some(headers.time.as_str()),
        NONCE_HEADER => Some(headers.nonce.as_str()),
        SIGNATURE_HEADER => Some(headers.signature.as_str()),
        _ => None,
    };
    let came = by.accept(body, header, now());
    if let Err(why) = &came {
        error(why);
        assert!((400..=503).contains(&why.status()));
    }
    came
}

/// By the first byte a body that is signed, one that is not, or texts of headers with a body behind them.
pub fn webhook(data: &[u8]) {
    let (which, rest) = choice(data);
    match which % 4 {
        0 => right(rest),
        1 => {
            let mut headers = Headers::usual(rest);
            headers.signature = Headers::usual(&[rest, b" "].concat()).signature;
            assert_eq!(accept(&answers(), rest, &headers), Err(WebhookRefusal::Forged));
        }
        of => {
            let mut lines = rest.splitn(5, |it| *it == b'\n');
            let mut text = || lines.next().and_then(|it| std::str::from_utf8(it).ok()).map(str::to_owned);
            let (Some(key), Some(time), Some(nonce), Some(signature)) = (text(), text(), text(), text()) else {
                return;
            };
            let body = lines.next().unwrap_or_default();
            let headers = match of {
                2 => Headers::signed(&key, &time, &nonce, body),
                _ => Headers { key, time, nonce, signature },
            };
            if accept(&answers(), body, &headers).is_ok() {
                assert_eq!(headers.key, "2026-11", "another key");
                assert!((16..=64).contains(&headers.nonce.len()) && headers.signature.len() == 64);
                let right = Headers::signed(&headers.key, &headers.time, &headers.nonce, body);
                assert_eq!(headers.signature, right.signature, "nobody signs without the key");
            }
        }
    }
}

fn right(body: &[u8]) {
    let (by, headers) = (answers(), Headers::usual(body));
    let answer = match accept(&by, body, &headers) {
        Ok(answer) => answer,
        Err(why) => {
            let of_the_body = matches!(
                why,
                WebhookRefusal::TooLarge { .. }
                    | WebhookRefusal::Unreadable { .. }
                    | WebhookRefusal::Version
                    | WebhookRefusal::Invalid { .. }
                    | WebhookRefusal::OtherTenant
            );
            assert!(of_the_body, "{why:?} of what is signed now");
            return;
        }
    };
    assert_eq!(accept(&by, body, &headers), Err(WebhookRefusal::Replayed), "once");
    // Every byte counts: one of them is changed, another each time.
    let mut changed = body.to_vec();
    let place = usize::from(body.iter().fold(0_u16, |sum, it| sum.wrapping_mul(31).wrapping_add(u16::from(*it))));
    let place = place % changed.len();
    changed[place] ^= 1;
    assert_eq!(accept(&answers(), &changed, &headers), Err(WebhookRefusal::Forged));
    // As it would be written from what was read, it is read as the same.
    let judgement = &answer.judgement;
    let (decision, until) = match judgement.verdict {
        Verdict::Approve => ("approve", None),
        Verdict::Reject => ("reject", None),
        Verdict::Postpone(until) => ("postpone", until),
        Verdict::Ask => ("ask", None),
        Verdict::TakeBack => ("take-back", None),
    };
    let again = json!({
        "version": 1, "tenant": TENANT, "instance": answer.instance, "task": judgement.task, "seen": judgement.seen,
        "decision": decision, "until": until, "reason": judgement.note, "approver": answer.principal.account(),
        "on_behalf": judgement.on_behalf,
    });
    let again = serde_json::to_vec(&again).expect("JSON");
    // A long reason with characters that JSON writes longer may not fit again.
    match accept(&answers(), &again, &Headers::usual(&again)) {
        Err(WebhookRefusal::TooLarge { .. }) => assert!(again.len() > body.len()),
        read => assert_eq!(read, Ok(answer)),
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let body = |decision: &str, more: &str| {
        format!(
            r#"{{"version":1,"tenant":7,"instance":"00000000-0000-0000-0000-000000000002","task":"00000000-0000-0000-0000-000000000003","seen":"{}","decision":"{decision}","approver":"ann"{more}}}"#,
            cardflow::values::Digest::of(b"a plan")
        )
    };
    let bodies = [
        body("approve", ""),
        body("reject", r#","reason":" Not this one ""#),
        body("postpone", r#","until":"2026-12-01T00:00:00Z""#),
        body("ask", r#","reason":"Whose is it?","on_behalf":"00000000-0000-0000-0000-000000000009""#),
        body("take-back", r#","reason":"\u00e4\n""#),
    ];
    let mut seeds = Vec::new();
    for body in bodies {
        let headers = format!("2026-11\n{}\n0123456789abcdef\n{}\n", now(), "0".repeat(64));
        seeds.push([b"\0", body.as_bytes()].concat());
        seeds.push([b"\x01", body.as_bytes()].concat());
        seeds.push([b"\x02", headers.as_bytes(), body.as_bytes()].concat());
        let signed = Headers::usual(body.as_bytes());
        let headers = format!("{}\n{}\n{}\n{}\n", signed.key, signed.time, signed.nonce, signed.signature);
        seeds.push([b"\x03", headers.as_bytes(), body.as_bytes()].concat());
    }
    seeds
}
