use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Builder;

use super::answer::Body;
use super::key::{Signed, Way, is_word};
use super::nonces::Nonces;
use super::{KEY_HEADER, NONCE_HEADER, SIGNATURE_HEADER, TIME_HEADER, WebhookAnswer, WebhookKeys, WebhookRefusal};
use crate::values::{CommandId, Digest, Millis, TenantId, Timestamp};

/// How long before and after its time an answer is valid.
const VALID: Millis = Millis::seconds(300);
/// The most bytes of a body: a reason of 1000 characters fits however it is written.
const MOST: usize = 16 << 10;
/// How many answers can come within ten minutes.
const REMEMBERED: usize = 10_000;

/// Takes what was decided outside, as the host's HTTP server gets it.
///
/// An answer counts once, for five minutes before and after it was signed, under one of two keys. It does no I/O and knows no
/// clock: the host says the time.
///
/// ```
/// use std::sync::Arc;
///
/// use cardflow::adapters::webhook::{WebhookAnswers, WebhookKey, WebhookKeys, WebhookRefusal};
/// use cardflow::values::{TenantId, Timestamp};
///
/// # let random = || vec![7; 32];
/// let keys = Arc::new(WebhookKeys::new(WebhookKey::new("2026-11", random())?));
/// let answers = WebhookAnswers::new(keys, [TenantId::new(7)]);
///
/// // In the handler of POST /approvals; `headers` finds a header by its name in lower case.
/// let headers = |_: &str| None;
/// let now: Timestamp = "2026-11-26T10:00:00Z".parse()?;
/// match answers.accept(b"{}", headers, now) {
///     Ok(answer) => { /* cards.judge(answer.call(), answer.instance, answer.judgement.clone()).await */ }
///     Err(refusal) => assert_eq!((refusal.status(), refusal.to_string()), (400, "the header `cardflow-key` is missing".into())),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct WebhookAnswers {
    keys: Arc<WebhookKeys>,
    tenants: BTreeSet<TenantId>,
    nonces: Mutex<Nonces>,
}

impl WebhookAnswers {
    /// Of a system that has these keys and decides for these tenants.
    #[must_use]
    pub fn new(keys: Arc<WebhookKeys>, tenants: impl IntoIterator<Item = TenantId>) -> Self {
        let nonces = Mutex::new(Nonces::new(REMEMBERED));
        WebhookAnswers { keys, tenants: tenants.into_iter().collect(), nonces }
    }

    /// Checks an answer and reads it. One that is accepted is used up, whatever becomes of it.
    ///
    /// # Errors
    ///
    /// [`WebhookRefusal`]; nothing of an answer that is not signed is looked at.
    pub fn accept<'h>(
        &self,
        body: &[u8],
        headers: impl Fn(&str) -> Option<&'h str>,
        now: Timestamp,
    ) -> Result<WebhookAnswer, WebhookRefusal> {
        if body.len() > MOST {
            return Err(WebhookRefusal::TooLarge { most: MOST });
        }
        let header = |name, is, fits: fn(&str) -> bool| {
            let text = headers(name).ok_or(WebhookRefusal::NoHeader { name })?;
            if fits(text) { Ok(text) } else { Err(WebhookRefusal::Header { name, is }) }
        };
        let key = header(KEY_HEADER, "the id of a key", |it| is_word(it, 1, b"._-"))?;
        let is = "a time such as 2026-11-26T10:00:00Z";
        let time = header(TIME_HEADER, is, |it| is_word(it, 1, b":.+-"))?;
        let nonce = header(NONCE_HEADER, "16 to 64 letters, digits, `_` and `-`", |it| is_word(it, 16, b"_-"))?;
        let signature = header(SIGNATURE_HEADER, "64 lower-case hexadecimal digits", is_signature)?;
        let signed_at: Timestamp = time.parse().map_err(|_| WebhookRefusal::Header { name: TIME_HEADER, is })?;
        let until = signed_at.plus(VALID);
        if now > until {
            return Err(WebhookRefusal::TooOld);
        }
        if now < signed_at.minus(VALID) {
            return Err(WebhookRefusal::TooEarly);
        }
        let signed = Signed { key, time, nonce, body };
        match self.keys.check(Way::Answer, &signed, signature) {
            None => return Err(WebhookRefusal::UnknownKey),
            Some(false) => return Err(WebhookRefusal::Forged),
            Some(true) => {}
        }
        let body = Body::read(body)?;
        if !self.tenants.contains(&body.tenant()) {
            return Err(WebhookRefusal::OtherTenant);
        }
        let nonce = Digest::of_parts(&[b"cardflow webhook nonce", nonce.as_bytes()]);
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner).spend(nonce, until, now)?;
        Ok(body.into_answer(signed_at, command_of(nonce)))
    }
}

fn is_signature(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

/// The command that a nonce stands for.
fn command_of(nonce: Digest) -> CommandId {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(nonce.as_bytes()).for_each(|(to, from)| *to = *from);
    CommandId::from_uuid(Builder::from_custom_bytes(bytes).into_uuid())
}
