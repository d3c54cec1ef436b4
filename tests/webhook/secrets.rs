//! No secret is shown: not by `Debug`, not by an error, not in what is stored.

use cardflow::adapters::webhook::{WebhookAnswers, WebhookKeys, WebhookSettings};
use cardflow::values::TenantId;

use crate::answers::{NONCE, accept, answers, bytes, now, plain};
use crate::desk::{Desk, Mood};
use crate::outgoing::{gateway, request};
use crate::signing::{Headers, KEY, answer, key, keys, secret};
use crate::suite::settings;
use cardflow::ports::ApprovalGateway;

/// How the secret of a key could be written.
fn is_told(text: &str) -> bool {
    let secret = secret(KEY);
    let hex: String = secret.iter().map(|it| format!("{it:02x}")).collect();
    let numbers = format!("{:?}", &secret[..8]);
    let plain = String::from_utf8(secret).unwrap();
    [hex.as_str(), numbers.trim_matches(['[', ']']), &plain[..20]].iter().any(|it| text.contains(it))
}

#[test]
fn nothing_shows_a_secret_when_it_is_printed() {
    assert!(is_told(&format!("{:?}", secret(KEY))), "it would be seen");
    let desk = Desk::plain();
    let shown = [
        format!("{:?}", key(KEY)),
        format!("{:?}", WebhookKeys::new(key(KEY))),
        format!("{:#?}", keys()),
        format!("{:#?}", gateway(settings(&desk))),
        format!("{:#?}", settings(&desk)),
        format!("{:#?}", WebhookAnswers::new(keys(), [TenantId::new(7)])),
    ];
    for text in shown {
        assert!(!is_told(&text), "{text}");
        assert!(!text.contains("secret-path"), "{text}");
    }
    let refused = WebhookSettings::new("https://user:hunter2@example.org/").unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("hunter2"));
}

#[test]
fn no_error_shows_a_secret_a_signature_or_the_address() {
    let moods = [
        Mood::Answers(401),
        Mood::Answers(500),
        Mood::Redirects(302, "https://elsewhere.example.org/secret-path".to_owned()),
        Mood::Nonsense,
        Mood::HangsUp,
        Mood::LargeHead,
    ];
    for mood in moods {
        let desk = Desk::plain();
        desk.is(mood.clone());
        let error = futures_executor::block_on(gateway(settings(&desk)).submit(&request(1))).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!is_told(&shown) && !shown.contains("secret-path"), "{shown}");
        for came in &desk.state().came {
            assert!(!shown.contains(&came.headers.signature), "{shown}");
        }
    }
}

#[test]
fn no_refusal_shows_a_secret_or_the_signature_that_would_fit() {
    let body = bytes(&plain());
    let good = answer(KEY, now(), NONCE, &body);
    let forged = Headers { signature: "0".repeat(64), ..good.clone() };
    let refusal = accept(&answers(), &body, &forged, now()).unwrap_err();
    let shown = format!("{refusal} {refusal:?}");
    assert!(!is_told(&shown) && !shown.contains(&good.signature), "{shown}");
}
