//! Whatever is changed in a signed answer, and whatever comes instead of one, nothing of it is taken.

use cardflow::adapters::webhook::WebhookRefusal;
use proptest::prelude::*;
use serde_json::Value;

use crate::answers::{NONCE, accept, answers, bytes, now, plain};
use crate::signing::{Headers, KEY, answer};

/// Every byte of the body and of each header, each bit of it, and all of them: not by chance, since there are few.
#[test]
fn no_changed_byte_is_taken() {
    let body = bytes(&plain());
    let good = answer(KEY, now(), NONCE, &body);
    let answers = answers();
    let mut tried = 0;
    for place in 0..body.len() {
        for change in (0..8).map(|it| 1_u8 << it).chain([0xff]) {
            let mut body = body.clone();
            body[place] ^= change;
            assert!(accept(&answers, &body, &good, now()).is_err(), "byte {place} ^ {change}");
            tried += 1;
        }
    }
    let parts: [fn(&mut Headers) -> &mut String; 4] =
        [|it| &mut it.key, |it| &mut it.time, |it| &mut it.nonce, |it| &mut it.signature];
    for part in parts {
        let text = part(&mut good.clone()).clone();
        for place in 0..text.len() {
            // A header is text, and stays it.
            for change in (0..7).map(|it| 1_u8 << it) {
                let mut changed = text.clone().into_bytes();
                changed[place] ^= change;
                let mut headers = good.clone();
                *part(&mut headers) = String::from_utf8(changed).unwrap();
                assert!(accept(&answers, &body, &headers, now()).is_err(), "{headers:?}");
                tried += 1;
            }
        }
    }
    assert!(tried > 2_500, "{tried}");
    assert!(accept(&answers, &body, &good, now()).is_ok(), "and as it was, it is taken");
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..4).prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Parts cut off, put in, and put elsewhere.
    #[test]
    fn no_cut_or_grown_answer_is_taken(cut in 0..200_usize, more in prop::collection::vec(any::<u8>(), 0..20)) {
        let body = bytes(&plain());
        let good = answer(KEY, now(), NONCE, &body);
        let mut changed = body.clone();
        let at = cut.min(body.len());
        changed.splice(at..at, more.iter().copied());
        if more.is_empty() {
            changed.truncate(at);
        }
        if changed != body {
            prop_assert_eq!(accept(&answers(), &changed, &good, now()), Err(WebhookRefusal::Forged));
        }
    }

    /// Even what is signed is read with care.
    #[test]
    fn any_signed_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let signed = answer(KEY, now(), NONCE, &body);
        let refusal = accept(&answers(), &body, &signed, now());
        let unreadable = matches!(refusal, Err(WebhookRefusal::Unreadable { .. }));
        prop_assert!(unreadable, "{:?}", refusal);
    }

    /// An answer with a field that is something else is an answer or a refusal, and repeats nothing of the body.
    #[test]
    fn any_value_in_any_field_is_answered(
        field in prop::sample::select(vec![
            "version", "tenant", "instance", "task", "seen", "decision", "until", "reason", "approver", "on_behalf", "more",
        ]),
        value in json(),
    ) {
        let mut body = plain();
        body[field] = value;
        let body = bytes(&body);
        match accept(&answers(), &body, &answer(KEY, now(), NONCE, &body), now()) {
            Ok(answer) => prop_assert!(!answer.principal.account().is_empty()),
            Err(refusal) => {
                let shown = format!("{refusal} {refusal:?}");
                prop_assert!(!shown.contains("Not this one") && (400..=503).contains(&refusal.status()), "{}", shown);
            }
        }
    }

    /// Nobody without a key is let in, whatever the headers say.
    #[test]
    fn any_headers_are_answered(
        key in ".{0,70}", time in ".{0,40}", nonce in ".{0,70}", signature in ".{0,70}",
        body in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let headers = Headers { key, time, nonce, signature };
        prop_assert!(accept(&answers(), &body, &headers, now()).is_err());
    }

    /// Headers that are well written, and signed by nobody.
    #[test]
    fn any_signature_is_compared(signature in "[0-9a-f]{64}", nonce in "[A-Za-z0-9_-]{16,64}") {
        let body = bytes(&plain());
        let headers = Headers { signature, nonce, ..answer(KEY, now(), NONCE, &body) };
        prop_assert_eq!(accept(&answers(), &body, &headers, now()), Err(WebhookRefusal::Forged));
    }
}
