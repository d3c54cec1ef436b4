//! What comes back: what is taken, and every way in which it is not.

use std::sync::Arc;

use cardflow::adapters::webhook::{WebhookAnswer, WebhookAnswers, WebhookKeys, WebhookRefusal};
use cardflow::engine::{Component, Judgement, Verdict};
use cardflow::values::{Digest, InstanceId, Millis, PersonId, TaskId, TenantId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::signing::{Headers, KEY, OLD_KEY, answer, key, keys, labelled, secret};

pub(crate) const NONCE: &str = "0123456789abcdef";

pub(crate) fn now() -> Timestamp {
    "2026-11-26T10:00:00Z".parse().unwrap()
}

fn task() -> TaskId {
    TaskId::from_uuid(Uuid::from_u128(3))
}

pub(crate) fn plain() -> Value {
    json!({
        "version": 1, "tenant": 7, "instance": Uuid::from_u128(2), "task": Uuid::from_u128(3),
        "seen": Digest::of(b"a plan"), "decision": "reject", "reason": "Not this one", "approver": "ann",
    })
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

pub(crate) fn answers() -> WebhookAnswers {
    WebhookAnswers::new(keys(), [TenantId::new(7)])
}

pub(crate) fn accept(
    answers: &WebhookAnswers,
    body: &[u8],
    headers: &Headers,
    at: Timestamp,
) -> Result<WebhookAnswer, WebhookRefusal> {
    answers.accept(body, |name| headers.get(name), at)
}

/// A body as it comes, signed now with the first key.
fn signed(body: &[u8]) -> Result<WebhookAnswer, WebhookRefusal> {
    accept(&answers(), body, &answer(KEY, now(), NONCE, body), now())
}

fn with(field: &str, value: Value) -> Vec<u8> {
    let mut body = plain();
    body[field] = value;
    bytes(&body)
}

fn without(field: &str) -> Vec<u8> {
    let mut body = plain();
    body.as_object_mut().unwrap().remove(field);
    bytes(&body)
}

#[test]
fn an_answer_is_read_as_it_was_decided() {
    let seen = Digest::of(b"a plan");
    let until: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
    let dora = PersonId::from_uuid(Uuid::from_u128(9));
    let table = [
        (
            json!({"decision": "reject", "reason": " Not this one "}),
            Judgement::reject(task(), "Not this one").seen(seen),
        ),
        (json!({"decision": "approve", "reason": ""}), Judgement::approve(task(), seen)),
        (json!({"decision": "approve", "reason": "Fine"}), Judgement::approve(task(), seen).note("Fine")),
        (json!({"decision": "postpone", "reason": ""}), Judgement::postpone(task(), None).seen(seen)),
        (
            json!({"decision": "postpone", "reason": "", "until": until}),
            Judgement::postpone(task(), Some(until)).seen(seen),
        ),
        (json!({"decision": "ask", "reason": "Which?"}), Judgement::ask(task(), "Which?").seen(seen)),
        (json!({"decision": "take-back", "reason": ""}), Judgement::take_back(task()).seen(seen)),
        (
            json!({"decision": "approve", "reason": "", "on_behalf": dora}),
            Judgement::approve(task(), seen).on_behalf_of(dora),
        ),
    ];
    for (fields, expected) in table {
        let mut body = plain();
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let answer = signed(&bytes(&body)).unwrap();
        assert_eq!((answer.judgement.clone(), answer.instance), (expected, InstanceId::from_uuid(Uuid::from_u128(2))));
        let who = &answer.principal;
        assert_eq!((who.account(), who.method(), who.tenant()), ("ann", "approval webhook", TenantId::new(7)));
        assert_eq!((who.component(), who.authenticated()), (Component::Operator, now()));
        assert_eq!(answer.call().command, Some(answer.command));
    }
    assert_eq!(signed(&without("reason")).unwrap().judgement.verdict, Verdict::Reject);
}

#[test]
fn a_body_that_is_no_answer_is_refused() {
    let unreadable: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        b"\xff\xfe".to_vec(),
        b"decision=approve".to_vec(),
        [bytes(&plain()), b"{}".to_vec()].concat(),
        bytes(&plain())[..40].to_vec(),
        String::from_utf8(bytes(&plain())).unwrap().replacen('{', "{\"decision\":\"approve\",", 1).into_bytes(),
        without("tenant"),
        without("instance"),
        without("task"),
        without("seen"),
        without("decision"),
        without("approver"),
        without("version"),
        with("more", json!(1)),
        with("role", json!("Approver")),
        with("tenant", json!(-1)),
        with("tenant", json!("7")),
        with("task", json!("3")),
        with("seen", json!("00")),
        with("seen", Value::Null),
        with("decision", json!("Approve")),
        with("decision", json!("execute")),
        with("decision", json!({"approve": null, "reject": null})),
        with("until", json!("soon")),
        with("on_behalf", json!("Dora")),
        with("approver", json!(["ann", "arno"])),
        with("reason", Value::Null),
        [b"[".repeat(5000), b"]".repeat(5000)].concat(),
    ];
    for body in unreadable {
        let shown = String::from_utf8_lossy(&body).into_owned();
        let refusal = signed(&body).unwrap_err();
        assert!(matches!(refusal, WebhookRefusal::Unreadable { .. }), "{shown}: {refusal:?}");
        assert_eq!(refusal.status(), 400);
    }
    for version in [0, 2, 99] {
        assert_eq!(signed(&with("version", json!(version))), Err(WebhookRefusal::Version));
    }
    let invalid = [
        with("approver", json!("")),
        with("approver", json!("a\nb")),
        with("approver", json!("a".repeat(257))),
        with("until", json!("2026-12-01T00:00:00Z")),
    ];
    for body in invalid {
        let refusal = signed(&body).unwrap_err();
        assert!(matches!(refusal, WebhookRefusal::Invalid { .. }), "{refusal:?}");
    }
    assert_eq!(signed(&with("tenant", json!(8))), Err(WebhookRefusal::OtherTenant));
}

#[test]
fn a_body_is_no_larger_than_any_answer() {
    let longest = with("reason", json!("\u{1F0CF}".repeat(1000)));
    assert!(signed(&longest).is_ok());
    let most = 16 << 10;
    let fill = |size: usize| {
        let mut body = bytes(&plain());
        body.resize(size, b' ');
        body
    };
    assert!(signed(&fill(most)).is_ok());
    // Whoever signs it.
    assert_eq!(signed(&fill(most + 1)), Err(WebhookRefusal::TooLarge { most }));
    assert_eq!(WebhookRefusal::TooLarge { most }.status(), 413);
}

#[test]
fn headers_must_be_there_and_as_they_are_written() {
    let body = bytes(&plain());
    let good = answer(KEY, now(), NONCE, &body);
    for missing in ["cardflow-key", "cardflow-time", "cardflow-nonce", "cardflow-signature"] {
        let refusal = answers().accept(&body, |name| good.get(name).filter(|_| name != missing), now());
        assert_eq!(refusal, Err(WebhookRefusal::NoHeader { name: missing }));
    }
    let upper = good.signature.to_uppercase();
    let short = &good.signature[..62];
    let long = "n".repeat(65);
    let table = [
        ("cardflow-key", vec!["", "two words", "k\n", "k,k", "ключ"]),
        (
            "cardflow-time",
            vec!["", "now", "1795428000", " 2026-11-26T10:00:00Z", "2026-11-26T10:00:00Z\n", "2026-13-01"],
        ),
        ("cardflow-nonce", vec!["", "short", "0123456789abcde", "0123456789abcde\n", "0123 456789abcdef", &long]),
        ("cardflow-signature", vec!["", "sha256=00", short, upper.as_str(), "zz"]),
    ];
    for (name, texts) in table {
        for text in texts {
            let headers = |it: &str| if it == name { Some(text) } else { good.get(it) };
            let refusal = answers().accept(&body, headers, now()).unwrap_err();
            assert!(
                matches!(refusal, WebhookRefusal::Header { name: it, .. } if it == name),
                "{name}: {text:?}: {refusal:?}"
            );
            assert_eq!(refusal.status(), 400);
        }
    }
}

#[test]
fn an_answer_is_valid_five_minutes_both_ways() {
    let body = bytes(&plain());
    let headers = answer(KEY, now(), NONCE, &body);
    let minutes = |it: i64| Millis::seconds(it * 60);
    let one = Millis::new(1);
    let taken =
        [now(), now().plus(minutes(5)), now().minus(minutes(5)), now().plus(minutes(4)), now().minus(minutes(4))];
    for at in taken {
        assert!(accept(&answers(), &body, &headers, at).is_ok(), "{at}");
    }
    for at in [now().plus(minutes(5)).plus(one), now().plus(minutes(60)), now().plus(Millis::days(365))] {
        assert_eq!(accept(&answers(), &body, &headers, at), Err(WebhookRefusal::TooOld), "{at}");
    }
    for at in [now().minus(minutes(5)).minus(one), now().minus(minutes(60)), Timestamp::from_millis(i64::MIN)] {
        assert_eq!(accept(&answers(), &body, &headers, at), Err(WebhookRefusal::TooEarly), "{at}");
    }
    let for_ever = labelled("cardflow-answer-1", (KEY, &secret(KEY)), "9999-12-30T22:00:00Z", NONCE, &body);
    assert_eq!(accept(&answers(), &body, &for_ever, now()), Err(WebhookRefusal::TooEarly));
}

#[test]
fn what_was_not_signed_with_a_key_is_refused() {
    let body = bytes(&plain());
    let time = now().to_string();
    let forged = |headers: &Headers| accept(&answers(), &body, headers, now()).unwrap_err();
    let (first, second) = (secret(KEY), secret(OLD_KEY));
    let table = [
        ("a request sent back", "cardflow-request-1", (KEY, first.as_slice())),
        ("another version", "cardflow-answer-2", (KEY, &first)),
        ("no label", "", (KEY, &first)),
        ("the other key's secret", "cardflow-answer-1", (KEY, &second)),
        ("this key's secret, the other's id", "cardflow-answer-1", (OLD_KEY, &first)),
        ("no secret", "cardflow-answer-1", (KEY, &[])),
        ("the id for a secret", "cardflow-answer-1", (KEY, KEY.as_bytes())),
    ];
    for (what, label, key) in table {
        assert_eq!(forged(&labelled(label, key, &time, NONCE, &body)), WebhookRefusal::Forged, "{what}");
    }
    assert_eq!(forged(&answer("2026-09", now(), NONCE, &body)), WebhookRefusal::UnknownKey);
    // Signed for other parts than those that came.
    let good = answer(KEY, now(), NONCE, &body);
    let other_time = Headers { time: now().plus(Millis::seconds(1)).to_string(), ..good.clone() };
    let other_nonce = Headers { nonce: "fedcba9876543210".to_owned(), ..good.clone() };
    let other_key = Headers { key: OLD_KEY.to_owned(), ..good.clone() };
    for headers in [other_time, other_nonce, other_key] {
        assert_eq!(forged(&headers), WebhookRefusal::Forged);
    }
    let other = with("approver", json!("arno"));
    assert_eq!(accept(&answers(), &other, &good, now()), Err(WebhookRefusal::Forged));
    // The same time, written otherwise.
    let rewritten = Headers { time: "2026-11-26T11:00:00+01:00".to_owned(), ..good };
    assert_eq!(forged(&rewritten), WebhookRefusal::Forged);
    assert_eq!((WebhookRefusal::Forged.status(), WebhookRefusal::UnknownKey.status()), (401, 401));
}

#[test]
fn a_key_is_changed_on_one_side_before_the_other() {
    let body = bytes(&plain());
    let (old, new) = (answer(OLD_KEY, now(), NONCE, &body), answer(KEY, now(), NONCE, &body));
    let takes = |keys: WebhookKeys, headers: &Headers| {
        accept(&WebhookAnswers::new(Arc::new(keys), [TenantId::new(7)]), &body, headers, now()).is_ok()
    };
    let stages = [
        (WebhookKeys::new(key(OLD_KEY)), (true, false)),
        (WebhookKeys::new(key(OLD_KEY)).also(key(KEY)).unwrap(), (true, true)),
        (WebhookKeys::new(key(KEY)).also(key(OLD_KEY)).unwrap(), (true, true)),
        (WebhookKeys::new(key(KEY)), (false, true)),
    ];
    for (keys, (takes_old, takes_new)) in stages {
        let keys = Arc::new(keys);
        let answers = |keys: &Arc<WebhookKeys>| WebhookAnswers::new(Arc::clone(keys), [TenantId::new(7)]);
        assert_eq!(accept(&answers(&keys), &body, &old, now()).is_ok(), takes_old);
        assert_eq!(accept(&answers(&keys), &body, &new, now()).is_ok(), takes_new);
    }
    assert!(takes(WebhookKeys::new(key(KEY)), &new));
}

#[test]
fn an_answer_counts_once() {
    let answers = answers();
    let body = bytes(&plain());
    let first = answer(KEY, now(), NONCE, &body);
    accept(&answers, &body, &first, now()).unwrap();
    let five = Millis::seconds(300);
    for at in [now(), now().plus(five), now().minus(five)] {
        assert_eq!(accept(&answers, &body, &first, at), Err(WebhookRefusal::Replayed));
    }
    // The nonce is used up for whatever else is signed with it: later, otherwise, with the other key.
    let other = with("approver", json!("arno"));
    for headers in [answer(KEY, now().plus(Millis::seconds(9)), NONCE, &other), answer(OLD_KEY, now(), NONCE, &other)] {
        assert_eq!(accept(&answers, &other, &headers, now()), Err(WebhookRefusal::Replayed));
    }
    assert!(accept(&answers, &body, &answer(KEY, now(), "fedcba9876543210", &body), now()).is_ok());
    assert_eq!(WebhookRefusal::Replayed.status(), 409);
}

#[test]
fn what_is_refused_uses_up_no_nonce() {
    let answers = answers();
    let body = bytes(&plain());
    let good = answer(KEY, now(), NONCE, &body);
    let forged = Headers { signature: "0".repeat(64), ..good.clone() };
    for _ in 0..3 {
        assert_eq!(accept(&answers, &body, &forged, now()), Err(WebhookRefusal::Forged));
    }
    let unreadable = b"{}";
    assert!(accept(&answers, unreadable, &answer(KEY, now(), NONCE, unreadable), now()).is_err());
    assert!(accept(&answers, &body, &good, now()).is_ok());
}

#[test]
fn of_answers_that_race_one_is_taken() {
    let answers = answers();
    let body = bytes(&plain());
    let headers = answer(KEY, now(), NONCE, &body);
    let taken: usize = std::thread::scope(|scope| {
        let all: Vec<_> =
            (0..8).map(|_| scope.spawn(|| usize::from(accept(&answers, &body, &headers, now()).is_ok()))).collect();
        all.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(taken, 1);
}

#[test]
fn memory_is_bounded_and_frees_itself() {
    let answers = answers();
    let body = bytes(&plain());
    let send = |number: u32, at: Timestamp| {
        accept(&answers, &body, &answer(KEY, at, &format!("nonce-number-{number:08}"), &body), at)
    };
    for number in 0..10_000 {
        send(number, now()).unwrap();
    }
    assert_eq!(send(10_000, now()), Err(WebhookRefusal::Busy));
    assert_eq!(send(0, now()), Err(WebhookRefusal::Replayed), "nothing was forgotten for it");
    assert_eq!(WebhookRefusal::Busy.status(), 503);
    assert!(send(10_000, now().plus(Millis::seconds(301))).is_ok());
}

#[test]
fn a_nonce_stands_for_one_command() {
    let body = bytes(&plain());
    let command = |nonce: &str| accept(&answers(), &body, &answer(KEY, now(), nonce, &body), now()).unwrap().command;
    assert_eq!(command(NONCE), command(NONCE), "also after a restart");
    assert_ne!(command(NONCE), command("fedcba9876543210"));
}
