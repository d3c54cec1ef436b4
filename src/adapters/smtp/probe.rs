//! What templates are tried with before they are used.

use uuid::Uuid;

use crate::engine::NoticeKind;
use crate::ports::{FACTS, Fact, Message, MessageFacts};
use crate::values::{EffectId, PersonId, Timestamp};

/// What must not be found in HTML as it stands here.
pub(super) const MARKUP: &str = "<probe a=\"'&\">";

/// Messages of a kind, each with what it has, in words.
pub(super) fn samples(kind: NoticeKind) -> [(&'static str, Message); 3] {
    let full = |_: &'static str| Fact::Text(MARKUP.to_owned());
    let gone = |_: &'static str| Fact::Gone;
    [
        ("every value", message(kind, &full, true)),
        ("values that were erased", message(kind, &gone, true)),
        ("no value but the process", message(kind, &full, false)),
    ]
}

fn message(kind: NoticeKind, text: &dyn Fn(&'static str) -> Fact, all: bool) -> Message {
    let fact = |name: &'static str| match name {
        "until" => Fact::Time(Timestamp::from_millis(0)),
        "process" | "instance" => Fact::Text(MARKUP.to_owned()),
        // A code of the library's own.
        "outcome" => Fact::Text("approved".to_owned()),
        name => text(name),
    };
    let always = |name: &str| matches!(name, "process" | "instance");
    let specs = FACTS.iter().filter(|it| all || always(it.name));
    let row = || specs.clone().filter(|it| it.in_rows).map(|it| (it.name, fact(it.name))).collect::<MessageFacts>();
    let facts = match kind {
        NoticeKind::Digest => {
            let rows = if all { vec![row(), row()] } else { vec![row()] };
            MessageFacts::from([("recipient", text("recipient")), ("waiting", Fact::Rows(rows))])
        }
        _ => specs.clone().filter(|it| it.name != "waiting").map(|it| (it.name, fact(it.name))).collect(),
    };
    let id = Uuid::nil();
    let (effect, to) = (EffectId::from_uuid(id), PersonId::from_uuid(id));
    Message { effect, to, address: String::new(), locale: None, kind, facts }
}
