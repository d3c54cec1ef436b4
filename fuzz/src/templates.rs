//! Templates of mails.

use std::sync::LazyLock;

use cardflow::adapters::smtp::Templates;
use cardflow::engine::NoticeKind;
use cardflow::ports::{FACTS, Fact, Message, MessageFacts};
use cardflow::values::{EffectId, PersonId};
use uuid::Uuid;

use super::law::{choice, error};
use super::office::now;

/// The templates that are replaced, by their places in the corpus.
const NAMES: [&str; 8] = [
    "en/reminder.subject",
    "en/reminder.txt",
    "en/reminder.html",
    "en/digest.txt",
    "en/digest.html",
    "en/_about.txt",
    "en/_about.html",
    "de/reminder.html",
];

/// What nobody writes into a template, and everybody may have in a name.
const MARKUP: &str = "<q7&'\">";

static SHIPPED: LazyLock<Templates> = LazyLock::new(|| Templates::shipped().expect("what ships is sound"));

/// By the first byte which template, then what stands in it.
pub fn templates(data: &[u8]) {
    let (which, rest) = choice(data);
    let Ok(source) = std::str::from_utf8(rest) else { return };
    let name = NAMES[usize::from(which) % NAMES.len()];
    let templates = match SHIPPED.clone().with(name, source) {
        Ok(templates) => templates,
        Err(why) => return error(&why),
    };
    let sound = templates.check();
    if let Err(why) = &sound {
        error(why);
    }
    for kind in [NoticeKind::Reminder, NoticeKind::Digest] {
        for locale in ["en", "de-AT"] {
            match templates.word(&message(kind, locale)) {
                Err(why) => error(&why),
                Ok(worded) => {
                    assert!(worded.subject.chars().count() <= 200);
                    assert!(!worded.subject.contains(['\r', '\n']), "{:?}", worded.subject);
                    let own = source.contains('<') && source.contains("q7");
                    let taken = worded.html.contains(MARKUP) && !own;
                    assert!(!taken || sound.is_err(), "a name is taken for markup: {}", worded.html);
                    assert!(worded.text.len() + worded.html.len() <= 4 << 20, "a mail of {} bytes", worded.text.len());
                }
            }
        }
    }
}

fn message(kind: NoticeKind, locale: &str) -> Message {
    let facts = |in_rows: bool| {
        let all = FACTS.iter().filter(|it| it.name != "waiting" && (!in_rows || it.in_rows));
        let fact = |name: &str| if name == "until" { Fact::Time(now()) } else { Fact::Text(format!("a\r\n{MARKUP}")) };
        all.map(|it| (it.name, fact(it.name))).collect::<MessageFacts>()
    };
    let facts = match kind {
        NoticeKind::Digest => MessageFacts::from([("waiting", Fact::Rows(vec![facts(true), facts(true)]))]),
        _ => facts(false),
    };
    Message {
        effect: EffectId::from_uuid(Uuid::from_u128(1)),
        to: PersonId::from_uuid(Uuid::from_u128(2)),
        address: "ada@example.org".to_owned(),
        locale: Some(locale.to_owned()),
        kind,
        facts,
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let all: String = FACTS.iter().map(|it| format!("{{% if {0} %}}{{{{ {0} }}}}{{% endif %}}\n", it.name)).collect();
    let texts = [
        "{{ process }}: {{ card }}",
        "{% include 'en/_about.txt' %}\n{{ until | time('%d.%m.%Y') }}",
        "{% for it in waiting %}{{ it.holder | upper }} {{ loop.index }}\n{% else %}none{% endfor %}",
        "{% set n = card | length %}{{ n * 2 if n else '' }}{{ recipient | default('-') }}",
        "{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ m(holder) }}",
        all.as_str(),
    ];
    let mut seeds = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        for which in [number, number + 3] {
            seeds.push([&[which as u8 % 8], text.as_bytes()].concat());
        }
    }
    seeds
}
