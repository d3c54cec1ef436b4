//! The other side's signatures, by another implementation of HMAC, from what the chapter says alone.

use std::sync::Arc;

use aws_lc_rs::hmac;
use cardflow::adapters::webhook::{WebhookKey, WebhookKeys};
use cardflow::values::Timestamp;

pub(crate) const KEY: &str = "2026-11";
pub(crate) const OLD_KEY: &str = "2026-10";

pub(crate) fn secret(id: &str) -> Vec<u8> {
    id.bytes().cycle().take(40).collect()
}

pub(crate) fn key(id: &str) -> WebhookKey {
    WebhookKey::new(id, secret(id)).unwrap()
}

/// Signs with one key and takes the one before, too.
pub(crate) fn keys() -> Arc<WebhookKeys> {
    Arc::new(WebhookKeys::new(key(KEY)).also(key(OLD_KEY)).unwrap())
}

/// The four headers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Headers {
    pub(crate) key: String,
    pub(crate) time: String,
    pub(crate) nonce: String,
    pub(crate) signature: String,
}

impl Headers {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        match name {
            "cardflow-key" => Some(&self.key),
            "cardflow-time" => Some(&self.time),
            "cardflow-nonce" => Some(&self.nonce),
            "cardflow-signature" => Some(&self.signature),
            _ => None,
        }
    }

    pub(crate) fn all(&self) -> [(&'static str, &str); 4] {
        ["cardflow-key", "cardflow-time", "cardflow-nonce", "cardflow-signature"].map(|it| (it, self.get(it).unwrap()))
    }
}

fn signature(label: &str, (id, secret): (&str, &[u8]), time: &str, nonce: &str, body: &[u8]) -> String {
    let text = [format!("{label}\n{id}\n{time}\n{nonce}\n").as_bytes(), body].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), &text);
    tag.as_ref().iter().map(|it| format!("{it:02x}")).collect()
}

/// An answer as the other side signs it.
pub(crate) fn answer(id: &str, at: Timestamp, nonce: &str, body: &[u8]) -> Headers {
    labelled("cardflow-answer-1", (id, &secret(id)), &at.to_string(), nonce, body)
}

pub(crate) fn labelled(label: &str, key: (&str, &[u8]), time: &str, nonce: &str, body: &[u8]) -> Headers {
    let signature = signature(label, key, time, nonce, body);
    Headers { key: key.0.to_owned(), time: time.to_owned(), nonce: nonce.to_owned(), signature }
}

/// Whether a request is signed as it should be.
pub(crate) fn request_is_signed(headers: &Headers, body: &[u8]) -> bool {
    let Headers { key, time, nonce, signature: given } = headers;
    *given == signature("cardflow-request-1", (key, &secret(key)), time, nonce, body)
}

/// One that anybody can compute again: `printf 'cardflow-answer-1\nk\n2026-11-26T10:00:00Z\n0123456789abcdef\n{}' |
/// openssl dgst -sha256 -mac HMAC -macopt hexkey:6b6b…6b` (40 bytes).
#[test]
fn a_known_signature_is_the_same_by_all_implementations() {
    let headers = labelled("cardflow-answer-1", ("k", &[b'k'; 40]), "2026-11-26T10:00:00Z", "0123456789abcdef", b"{}");
    assert_eq!(headers.signature, KNOWN);
}

const KNOWN: &str = "5eedd99e1bc6703241db7028b60b3dfb38f506b05f6553b27825ac24d8f23c0f";
