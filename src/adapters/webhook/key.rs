use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::WebhookError;
use crate::values::hex::{from_hex, to_hex};

/// The least bytes of a secret: as many as the signature has.
const LEAST: usize = 32;

/// What is signed: nobody can send a request back as an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Request,
    Answer,
}

/// The texts of the headers that are signed with the body. None has a line feed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) key: &'a str,
    pub(super) time: &'a str,
    pub(super) nonce: &'a str,
    pub(super) body: &'a [u8],
}

/// A secret that both sides know, and the id by which each says that it was used. Never shown, wiped from memory when dropped.
///
/// ```
/// use cardflow::adapters::webhook::WebhookKey;
///
/// # let random = || vec![7; 32];
/// let key = WebhookKey::new("2026-11", random())?;
/// assert_eq!(format!("{key:?}"), "WebhookKey(\"2026-11\", ..)");
/// assert!(WebhookKey::new("2026-11", b"secret".to_vec()).is_err());
/// # Ok::<(), cardflow::adapters::webhook::WebhookError>(())
/// ```
pub struct WebhookKey {
    id: String,
    secret: Zeroizing<Vec<u8>>,
}

impl WebhookKey {
    /// From an id and 32 or more random bytes, which are taken over and wiped.
    ///
    /// # Errors
    ///
    /// [`WebhookError::KeyId`], [`WebhookError::ShortSecret`].
    pub fn new(id: &str, secret: Vec<u8>) -> Result<Self, WebhookError> {
        let secret = Zeroizing::new(secret);
        if !is_word(id, 1, b"._-") {
            return Err(WebhookError::KeyId);
        }
        if secret.len() < LEAST {
            return Err(WebhookError::ShortSecret { least: LEAST });
        }
        Ok(WebhookKey { id: id.to_owned(), secret })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    fn mac(&self, way: Way, signed: &Signed<'_>) -> Option<Hmac<Sha256>> {
        let label: &[u8] = match way {
            Way::Request => b"cardflow-request-1",
            Way::Answer => b"cardflow-answer-1",
        };
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).ok()?;
        for line in [label, signed.key.as_bytes(), signed.time.as_bytes(), signed.nonce.as_bytes()] {
            mac.update(line);
            mac.update(b"\n");
        }
        mac.update(signed.body);
        Some(mac)
    }

    fn sign(&self, way: Way, signed: &Signed<'_>) -> Option<String> {
        Some(to_hex(&self.mac(way, signed)?.finalize().into_bytes()))
    }

    /// Whether it is signed with this key; compared in constant time.
    fn has_signed(&self, way: Way, signed: &Signed<'_>, signature: &str) -> bool {
        // One text for one signature: upper-case digits would be another.
        let given = from_hex(signature).filter(|_| !signature.bytes().any(|it| it.is_ascii_uppercase()));
        let mac = self.mac(way, signed);
        mac.zip(given).is_some_and(|(mac, given)| mac.verify_slice(&given).is_ok())
    }
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookKey({:?}, ..)", self.id)
    }
}

/// The keys in use: one signs what goes out; what comes in may be signed with it or with the other, so that a key can be
/// changed on one side before the other.
///
/// To change a key: give the new one as [`also`](WebhookKeys::also) on both sides, then sign with it, then leave the old one out.
#[derive(Debug)]
pub struct WebhookKeys {
    first: WebhookKey,
    second: Option<WebhookKey>,
}

impl WebhookKeys {
    /// Signs and accepts with this key.
    #[must_use]
    pub fn new(key: WebhookKey) -> Self {
        WebhookKeys { first: key, second: None }
    }

    /// Accepts this one too.
    ///
    /// # Errors
    ///
    /// [`WebhookError::SameKeyId`].
    pub fn also(self, key: WebhookKey) -> Result<Self, WebhookError> {
        if key.id == self.first.id {
            return Err(WebhookError::SameKeyId { id: key.id });
        }
        Ok(WebhookKeys { second: Some(key), ..self })
    }

    /// The id of the key that signs.
    pub(super) fn signs_with(&self) -> &str {
        self.first.id()
    }

    /// The signature under the key that signs.
    pub(super) fn sign(&self, way: Way, signed: &Signed<'_>) -> Option<String> {
        self.first.sign(way, signed)
    }

    /// Whether one of the keys has signed it; none if the key is not known.
    pub(super) fn check(&self, way: Way, signed: &Signed<'_>, signature: &str) -> Option<bool> {
        let key = std::iter::once(&self.first).chain(&self.second).find(|it| it.id == signed.key)?;
        Some(key.has_signed(way, signed, signature))
    }
}

/// Whether a text has `least` to 64 letters, digits and these.
pub(super) fn is_word(text: &str, least: usize, also: &[u8]) -> bool {
    (least..=64).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_alphanumeric() || also.contains(&it))
}
