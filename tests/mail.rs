//! Mail: what is told, in which words, and how it is sent.
#![cfg(all(feature = "smtp", feature = "x509"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

mod common;
#[path = "mail/effects.rs"]
mod effects;
#[path = "mail/hostile.rs"]
mod hostile;
#[path = "mail/sending.rs"]
mod sending;
#[path = "mail/server.rs"]
mod server;
#[path = "mail/templates.rs"]
mod templates;
#[path = "mail/words.rs"]
mod words;

use cardflow::engine::NoticeKind;
use cardflow::ports::{Fact, Message, MessageFacts};
use cardflow::values::{EffectId, PersonId};
use uuid::Uuid;

pub(crate) fn text(text: &str) -> Fact {
    Fact::Text(text.to_owned())
}

/// A message of a kind in a language, with everything to tell.
pub(crate) fn message(n: u128, kind: NoticeKind, locale: Option<&str>) -> Message {
    let row = MessageFacts::from([
        ("process", text("Deactivate card")),
        ("card", text("4711 0815")),
        ("card_kind", text("employee")),
        ("holder", text("Ada Example")),
        ("requester", text("Olga Operator")),
        ("until", Fact::Time("2026-11-24T12:30:00Z".parse().unwrap())),
        ("instance", text("0190c0de-0000-7000-8000-000000000001")),
        ("task", text("0190c0de-0000-7000-8000-000000000002")),
    ]);
    let recipient = ("recipient", text("Ben Beispiel"));
    let facts = match kind {
        NoticeKind::Digest => {
            let other = [("process", text("Lock card")), ("card", Fact::Gone), ("person", text("Zoë Ünal"))];
            MessageFacts::from([recipient, ("waiting", Fact::Rows(vec![row, MessageFacts::from(other)]))])
        }
        _ => {
            let decided = [("by", text("Paul Prüfer")), ("outcome", text("rejected")), ("note", text("not lost"))];
            row.into_iter().chain(decided).chain([recipient]).collect()
        }
    };
    Message {
        effect: EffectId::from_uuid(Uuid::from_u128(n)),
        to: PersonId::from_uuid(Uuid::from_u128(99)),
        address: format!("ben{n}@example.org"),
        locale: locale.map(str::to_owned),
        kind,
        facts,
    }
}
