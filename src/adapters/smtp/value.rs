//! What templates get to see of a message, and how it is written.

use std::collections::BTreeMap;

use jiff::Timestamp as Moment;
use minijinja::{Error, ErrorKind, Value};

use crate::ports::{FACTS, Fact, Message, MessageFacts};
use crate::values::{Timestamp, is_unprintable};

/// Every variable: none where it does not apply, empty where it was erased.
pub(super) fn values(message: &Message) -> Value {
    of(&message.facts, |_| true)
}

fn of(facts: &MessageFacts, is_there: impl Fn(&crate::ports::FactSpec) -> bool) -> Value {
    let all = FACTS.iter().filter(|it| is_there(it)).map(|it| (it.name, facts.get(it.name).map(value)));
    Value::from(all.map(|(name, value)| (name, value.unwrap_or(Value::from(())))).collect::<BTreeMap<_, _>>())
}

fn value(fact: &Fact) -> Value {
    match fact {
        Fact::Text(text) => Value::from(plain(text)),
        Fact::Time(time) => Value::from(time.to_string()),
        Fact::Gone => Value::from(""),
        Fact::Rows(rows) => rows.iter().map(|it| of(it, |spec| spec.in_rows)).collect(),
    }
}

/// One line of text that disturbs nothing around it: what would end a line is a space, what would reorder it is left out.
fn plain(text: &str) -> String {
    let ends_a_line = |it: char| it.is_control() || matches!(it, '\u{2028}' | '\u{2029}');
    let kept = text.chars().filter(|it| ends_a_line(*it) || !is_unprintable(*it));
    one_line(&kept.map(|it| if ends_a_line(it) { ' ' } else { it }).collect::<String>())
}

/// Without line ends, and with one space where there are several.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The filter `time`: `{{ until | time('%d.%m.%Y %H:%M UTC') }}`, in UTC; nothing where there is no time.
pub(super) fn time(time: &Value, format: &str) -> Result<String, Error> {
    let Some(text) = time.as_str().filter(|it| !it.is_empty()) else { return Ok(String::new()) };
    let wrong = |what: &str| Error::new(ErrorKind::InvalidOperation, what.to_owned());
    let time: Timestamp = text.parse().map_err(|_| wrong("this is no time"))?;
    let moment = Moment::from_millisecond(time.millis()).map_err(|_| wrong("this is no time"))?;
    jiff::fmt::strtime::format(format, moment)
        .map_err(|_| wrong("this is no form for a time; write %Y-%m-%d %H:%M, say"))
}
