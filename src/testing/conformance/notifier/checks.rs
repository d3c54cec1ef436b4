//! The checks, clause by clause.

use std::error::Error;

use super::super::Clause;
use super::{Condition, Trial, message, telling};
use crate::engine::NoticeKind;
use crate::ports::{EffectError, Fact, Message, MessageFacts};

const BAD: [Condition; 3] = [Condition::RefusesForNow, Condition::RefusesForGood, Condition::Away];

pub(crate) mod handed_over {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Handed over",
        says: "`notify` answers once the message is handed over for good, to its address and to nobody else",
    };

    pub(crate) async fn what_was_answered_is_received(it: Trial) {
        for n in 1..4 {
            it.notify(&message(n)).await;
            assert_eq!(it.received().await.len(), n as usize, "received by the time of the answer");
        }
    }

    pub(crate) async fn it_goes_to_its_address_and_to_nobody_else(it: Trial) {
        for n in 1..4 {
            it.notify(&message(n)).await;
        }
        for (n, received) in (1..).zip(it.received().await) {
            assert_eq!(received.addresses, [message(n).address]);
        }
    }

    pub(crate) async fn what_there_is_to_tell_is_told(it: Trial) {
        it.notify(&message(1)).await;
        let shown = it.received().await.remove(0).shown;
        for told in ["Ada Example 1", "Deactivate card", "4711 0001"] {
            assert!(shown.contains(told), "{told:?} in {shown}");
        }
    }

    pub(crate) async fn every_kind_is_sent(it: Trial) {
        for (n, kind) in (1..).zip(NoticeKind::ALL) {
            let facts = match kind {
                NoticeKind::Digest => {
                    let row = MessageFacts::from([("process", Fact::Text("Deactivate card".to_owned()))]);
                    MessageFacts::from([("waiting", Fact::Rows(vec![row.clone(), row]))])
                }
                _ => message(n).facts,
            };
            it.notify(&Message { kind: *kind, facts, ..message(n) }).await;
        }
        let received = it.received().await;
        assert_eq!(received.len(), NoticeKind::ALL.len());
        assert!(received.iter().all(|it| it.shown.contains("Deactivate card")), "{received:#?}");
    }

    pub(crate) async fn a_language_nobody_knows_is_no_failure(it: Trial) {
        for (n, locale) in (1..).zip(["de-AT", "x", "tlh-Latn", "../../etc", "", "EN"]) {
            it.notify(&Message { locale: Some(locale.to_owned()), ..message(n) }).await;
        }
        assert_eq!(it.received().await.len(), 6);
    }

    pub(crate) async fn what_is_not_known_is_no_failure(it: Trial) {
        let only = |name| message(1).facts.into_iter().filter(move |(it, _)| *it == name).collect::<MessageFacts>();
        it.notify(&Message { facts: only("process"), ..message(1) }).await;
        let mut gone: MessageFacts = message(2).facts.keys().map(|it| (*it, Fact::Gone)).collect();
        gone.remove("until");
        it.notify(&Message { facts: gone, ..message(2) }).await;
        assert_eq!(it.received().await.len(), 2);
    }

    pub(crate) async fn messages_at_the_same_time_are_each_received(it: Trial) {
        let messages: Vec<_> = (1..=20).map(message).collect();
        let all = futures_util::future::join_all(messages.iter().map(|message| it.notify(message)));
        all.await;
        assert_eq!(it.effects().await, messages.iter().map(|it| it.effect.to_string()).collect::<Vec<_>>());
        for received in it.received().await {
            let message = messages.iter().find(|it| it.effect.to_string() == received.effect).unwrap();
            assert_eq!(received.addresses, [message.address.as_str()]);
            let Some(Fact::Text(card)) = message.facts.get("card") else { panic!("a card") };
            assert!(received.shown.contains(card), "{card} in {}", received.shown);
        }
    }

    pub(crate) async fn what_failed_is_not_received(it: Trial) {
        for (n, condition) in (1..).zip(BAD) {
            it.bring(condition).await;
            it.fail(&message(n)).await;
        }
        it.bring(Condition::Well).await;
        assert_eq!(it.received().await, []);
    }
}

pub(crate) mod marked {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Marked",
        says: "Receivers see the id of the effect, the same when the same message comes again",
    };

    pub(crate) async fn receivers_see_the_effect(it: Trial) {
        it.notify(&message(1)).await;
        assert_eq!(it.effects().await, [message(1).effect.to_string()]);
    }

    pub(crate) async fn the_same_message_again_has_the_same_mark(it: Trial) {
        it.notify(&message(1)).await;
        it.notify(&message(1)).await;
        let effects = it.effects().await;
        assert!(effects.iter().all(|it| *it == message(1).effect.to_string()) && !effects.is_empty(), "{effects:?}");
    }

    pub(crate) async fn messages_of_two_effects_have_two_marks(it: Trial) {
        // To one address, with the same words.
        let twice = [1, 2].map(|n| Message { effect: message(n).effect, ..message(1) });
        it.notify(&twice[0]).await;
        it.notify(&twice[1]).await;
        assert_eq!(it.effects().await, twice.map(|it| it.effect.to_string()));
    }
}

pub(crate) mod sorted {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Sorted",
        says: "An error may be tried again where the outside is away or says not now, and not where it refuses for good; what \
               failed harms no later message",
    };

    async fn is_sorted(it: &Trial, condition: Condition, retryable: bool) {
        it.bring(condition).await;
        let error = it.fail(&message(1)).await;
        assert_eq!(error.is_retryable(), retryable, "{error:?}");
        assert!(!error.what.is_empty(), "in words, for operators");
    }

    pub(crate) async fn not_now_may_be_tried_again(it: Trial) {
        is_sorted(&it, Condition::RefusesForNow, true).await;
    }

    pub(crate) async fn away_may_be_tried_again(it: Trial) {
        is_sorted(&it, Condition::Away, true).await;
        // With a connection that stood before.
        it.bring(Condition::Well).await;
        it.notify(&message(2)).await;
        is_sorted(&it, Condition::Away, true).await;
    }

    pub(crate) async fn for_good_is_for_good(it: Trial) {
        is_sorted(&it, Condition::RefusesForGood, false).await;
    }

    pub(crate) async fn what_failed_goes_when_the_outside_is_well(it: Trial) {
        for (n, condition) in (1..).zip([Condition::RefusesForNow, Condition::Away]) {
            it.bring(condition).await;
            it.fail(&message(n)).await;
            it.bring(Condition::Well).await;
            it.notify(&message(n)).await;
        }
        assert_eq!(it.effects().await, [1, 2].map(|n| message(n).effect.to_string()));
    }

    pub(crate) async fn what_failed_harms_no_later_message(it: Trial) {
        for (n, condition) in (0..).zip(BAD) {
            it.bring(condition).await;
            it.fail(&message(10 + n)).await;
            it.bring(Condition::Well).await;
            it.notify(&message(1 + n)).await;
        }
        assert_eq!(it.effects().await, [1, 2, 3].map(|n| message(n).effect.to_string()));
    }
}

pub(crate) mod contained {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Contained",
        says: "What people have written is told and does nothing: it adds no message, no receiver, no header, no markup",
    };

    async fn is_contained(it: &Trial, texts: &[&str]) {
        it.notify(&telling(1, "Ada Example")).await;
        let plain = it.received().await.remove(0);
        for text in texts {
            let before = it.received().await.len();
            it.notify(&telling(1, text)).await;
            let received = it.received().await;
            assert_eq!(received.len(), before + 1, "{text:?}");
            let last = received.last().unwrap();
            assert_eq!((&last.addresses, &last.effect), (&plain.addresses, &plain.effect), "{text:?}");
            assert_eq!(last.structure, plain.structure, "{text:?}");
        }
    }

    pub(crate) async fn line_ends_add_nothing(it: Trial) {
        let texts = [
            "Ada\r\nBcc: eve@example.org",
            "Ada\nX-Cardflow-Effect: 1",
            "Ada\r\n\r\nSecond body",
            "Ada\r\n.\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<eve@example.org>\r\nDATA\r\n\r\nmore",
            "Ada\n.\n",
            ".",
            "Ada\u{85}\u{2028}\u{2029}\0Bcc: eve@example.org",
            "=?utf-8?q?=0D=0ABcc:_eve=40example.org?=",
        ];
        is_contained(&it, &texts).await;
    }

    pub(crate) async fn markup_does_nothing(it: Trial) {
        let texts = [
            "<b>Ada</b>",
            "</p><img src=x onerror=alert(1)>",
            "\"><script>alert(1)</script>",
            "{{ recipient }}{% include 'en/reminder.txt' %}",
            "&lt;b&gt;<!--",
            "<a href='https://example.org/approve'>",
        ];
        is_contained(&it, &texts).await;
    }
}

pub(crate) mod discreet {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Discreet", says: "No error holds the address, what the message tells, or a secret" };

    /// All that an error shows to whoever prints it.
    fn shown(error: &EffectError) -> String {
        let mut shown = format!("{error} {error:?}");
        let mut source = error.source();
        while let Some(it) = source {
            shown.push_str(&format!(" {it} {it:?}"));
            source = it.source();
        }
        shown
    }

    async fn errors(it: &Trial) -> Vec<String> {
        let mut errors = Vec::new();
        for condition in BAD {
            it.bring(condition).await;
            errors.push(shown(&it.fail(&message(1)).await));
        }
        it.bring(Condition::Well).await;
        let nowhere = Message { address: "ada.example.1 at example.org, or so".to_owned(), ..message(1) };
        errors.extend(it.notifier.notify(&nowhere).await.err().as_ref().map(shown));
        errors
    }

    pub(crate) async fn an_error_does_not_show_the_address(it: Trial) {
        for error in errors(&it).await {
            assert!(!error.contains("ada.example.1"), "{error}");
        }
    }

    pub(crate) async fn an_error_does_not_show_what_is_told(it: Trial) {
        for error in errors(&it).await {
            for told in ["Ada Example", "4711 0001"] {
                assert!(!error.contains(told), "{told:?} in {error}");
            }
        }
    }

    pub(crate) async fn an_error_and_debug_output_show_no_secret(it: Trial) {
        let mut all = errors(&it).await;
        all.push(format!("{:?}", it.notifier));
        for secret in &it.secrets {
            assert!(all.iter().all(|it| !it.contains(secret)), "{all:?}");
        }
    }
}
