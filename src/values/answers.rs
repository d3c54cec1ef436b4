use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{Digest, Timestamp};

/// One answer in a form.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Free text: personal, kept behind a commitment in the history.
    Text(String),
    /// One of a list.
    Choice(String),
    /// A point in time.
    Time(Timestamp),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

impl Value {
    /// Whether it belongs to the personal part of a record.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        matches!(self, Value::Text(_))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(it) | Value::Choice(it) => f.pad(it),
            Value::Time(it) => it.fmt(f),
            Value::Number(it) => it.fmt(f),
            Value::Flag(it) => f.pad(if *it { "yes" } else { "no" }),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Value::Time(time)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Flag(flag)
    }
}

/// What a person answers in a form, and the preview they saw.
///
/// ```
/// use cardflow::values::Answers;
///
/// let answers = Answers::none().with("reason", "lost").with("note", "left on a train");
/// assert_eq!(answers.text("reason"), Some("lost"));
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    values: BTreeMap<String, Value>,
    #[serde(skip)]
    seen: Option<Digest>,
}

impl Answers {
    /// A bare Next.
    #[must_use]
    pub fn none() -> Self {
        Answers::default()
    }

    /// With an answer to `field`. Text is read as what the field asks for: a choice, a time, free text.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.values.insert(field.to_owned(), value.into());
        self
    }

    /// Quotes the preview that was shown: if the plan is another by now, nothing is done.
    #[must_use]
    pub fn seen(mut self, preview: Digest) -> Self {
        self.seen = Some(preview);
        self
    }

    /// The preview that was quoted.
    #[must_use]
    pub fn quoted(&self) -> Option<Digest> {
        self.seen
    }

    /// The answer to `field`.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.values.get(field)
    }

    /// The answer to `field`, if it is text or a choice.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.get(field) {
            Some(Value::Text(it) | Value::Choice(it)) => Some(it),
            _ => None,
        }
    }

    /// Every answer with its field, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Adds those of a later form.
    pub fn extend(&mut self, later: Answers) {
        self.values.extend(later.values);
    }

    /// Parts the personal answers from the others.
    #[must_use]
    pub fn part(self) -> (Answers, Vec<(String, String)>) {
        let (personal, open): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.values.into_iter().partition(|(_, value)| value.is_personal());
        let personal = personal.into_iter().map(|(name, value)| (name, value.to_string())).collect();
        (Answers { values: open, seen: self.seen }, personal)
    }
}
