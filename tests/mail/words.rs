//! What the shipped templates say, word by word.

use cardflow::adapters::smtp::{Templates, Worded};
use cardflow::engine::NoticeKind;
use cardflow::ports::{Fact, Message};

use super::message;

fn word(message: &Message) -> Worded {
    Templates::shipped().unwrap().word(message).unwrap()
}

#[test]
fn a_request_to_decide_in_english() {
    let mut asked = message(1, NoticeKind::ApprovalAsked, None);
    for decided in ["by", "outcome", "note"] {
        asked.facts.remove(decided);
    }
    let worded = word(&asked);
    assert_eq!(worded.subject, "Please decide: Deactivate card");
    assert_eq!(
        worded.text,
        "Hello Ben Beispiel,\n\nA request waits for your decision.\n\nProcess: Deactivate card\nCard: 4711 0815 (employee)\n\
         Holder: Ada Example\nAsked for by: Olga Operator\nUntil: 2026-11-24 12:30 UTC\n\n\
         You are asked because your role may decide it. Nothing happens before that.\n\n\
         This message was sent automatically."
    );
    assert!(worded.html.contains("<tr><td>Card</td><td>4711 0815 (employee)</td></tr>"), "{}", worded.html);
}

#[test]
fn a_decision_in_german() {
    let mut decided = message(1, NoticeKind::ApprovalDecided, Some("de"));
    decided.facts.remove("until");
    let worded = word(&decided);
    assert_eq!(worded.subject, "Deactivate card: abgelehnt");
    assert_eq!(
        worded.text,
        "Guten Tag Ben Beispiel,\n\nIhr Antrag: abgelehnt.\n\nProzess: Deactivate card\n\
         Karte: 4711 0815 (Mitarbeiterausweis)\nInhaber: Ada Example\nAngefordert von: Olga Operator\n\
         Von: Paul Prüfer\nAnmerkung: not lost\n\nDiese Nachricht wurde automatisch versandt."
    );
}

#[test]
fn a_digest_in_both() {
    let english = word(&message(1, NoticeKind::Digest, None));
    assert_eq!(english.subject, "2 requests wait for you");
    assert_eq!(
        english.text,
        "Hello Ben Beispiel,\n\nThis waits for you:\n\n\
         - Deactivate card, 4711 0815 (Ada Example), asked for by Olga Operator, until 2026-11-24 12:30 UTC\n\
         - Lock card, (erased), Zoë Ünal\n\nThis message was sent automatically."
    );
    let german = word(&message(1, NoticeKind::Digest, Some("de-CH")));
    assert_eq!(german.subject, "2 Vorgänge warten auf Sie");
    assert!(german.text.contains("- Lock card, (gelöscht), Zoë Ünal\n"), "{}", german.text);
    assert!(german.html.contains("<li>Lock card, (gelöscht), Zoë Ünal</li>"), "{}", german.html);
    let mut one = message(1, NoticeKind::Digest, None);
    let Some(Fact::Rows(rows)) = one.facts.get_mut("waiting") else { panic!("rows") };
    rows.truncate(1);
    assert_eq!(word(&one).subject, "1 request waits for you");
}

#[test]
fn what_was_done_in_both() {
    let ends = [
        ("deactivated", "deactivated", "deaktiviert"),
        ("reactivated", "active again", "wieder aktiv"),
        ("locked", "locked for good", "endgültig gesperrt"),
        ("parked", "parked", "parked"),
    ];
    for (end, english, german) in ends {
        for (locale, is, words) in [("en", "Your card is", english), ("de", "Ihre Karte ist", german)] {
            let mut done = message(1, NoticeKind::Done, Some(locale));
            done.facts.insert("outcome", super::text(end));
            let worded = word(&done);
            assert_eq!(worded.subject, format!("Deactivate card: {words}"));
            assert!(worded.text.contains(&format!("\n\n{is} {words}.\n\n")), "{}", worded.text);
            assert!(worded.html.contains(&format!("<p>{is} {words}.</p>")), "{}", worded.html);
        }
    }
}

#[test]
fn what_was_erased_is_said_to_be() {
    let mut asked = message(1, NoticeKind::Reminder, None);
    for gone in ["recipient", "holder", "requester", "card", "card_kind", "by"] {
        asked.facts.insert(gone, Fact::Gone);
    }
    let worded = word(&asked);
    assert!(worded.text.starts_with("Hello,\n"), "{}", worded.text);
    for line in ["Card: (erased)\n", "Holder: (erased)\n", "Asked for by: (erased)\n", "By: (erased)\n"] {
        assert!(worded.text.contains(line), "{line:?}: {}", worded.text);
    }
}

#[test]
fn every_outcome_has_words_in_both() {
    let table = [
        ("approved", "approved", "genehmigt"),
        ("rejected", "rejected", "abgelehnt"),
        ("postponed", "postponed", "zurückgestellt"),
        ("expired", "not decided in time", "nicht rechtzeitig entschieden"),
        ("withdrawn", "withdrawn", "zurückgezogen"),
        ("superseded", "superseded, since things had changed", "hinfällig, da sich etwas geändert hat"),
        ("refused", "approved, but no longer possible", "genehmigt, aber nicht mehr möglich"),
        ("of a host's own", "of a host's own", "of a host's own"),
    ];
    for (outcome, english, german) in table {
        for (locale, words) in [("en", english), ("de", german)] {
            let mut decided = message(1, NoticeKind::ApprovalDecided, Some(locale));
            decided.facts.insert("outcome", super::text(outcome));
            assert_eq!(word(&decided).subject, format!("Deactivate card: {words}"));
        }
    }
}
