use thiserror::Error;

use super::Domain;
use crate::values::{Answers, Timestamp, Value, shown};

/// A form: what it shows and what it asks. Every form has Next and Cancel.
#[derive(Clone, Debug)]
pub struct Form<D: Domain> {
    pub(super) shows: Vec<String>,
    pub(super) fields: Vec<Field<D>>,
}

/// One field of a form.
#[derive(Clone, Debug)]
pub struct Field<D: Domain> {
    /// The name that answers use.
    pub name: &'static str,
    /// The label that people read.
    pub label: &'static str,
    /// What may be answered.
    pub asks: Asks<D>,
    /// Whether Next needs an answer.
    pub required: bool,
}

/// What a field asks for.
#[derive(Clone, Debug)]
pub enum Asks<D: Domain> {
    /// One of a list that the administrator sets.
    Choice(fn(&D::Options) -> Vec<&str>),
    /// Free text of at most so many characters. Personal.
    Text(usize),
    /// A point in time that is not in the future.
    PastTime,
    /// A point in time.
    Time,
    /// A whole number from one to another.
    Number(i64, i64),
    /// Yes or no.
    Flag,
}

/// An answer that the form does not accept.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum InvalidAnswer {
    /// The form has no such field.
    #[error("the form has no field `{field}`; it has: {known}")]
    UnknownField {
        /// The field.
        field: String,
        /// Those there are.
        known: String,
    },
    /// An answer is needed.
    #[error("field `{field}` needs an answer: {expected}")]
    Missing {
        /// The field.
        field: &'static str,
        /// What is expected.
        expected: String,
    },
    /// The answer is not what the field asks for.
    #[error("field `{field}` does not accept `{given}`; expected {expected}")]
    NotAccepted {
        /// The field.
        field: &'static str,
        /// What was given, cut to 60 characters.
        given: String,
        /// What is expected.
        expected: String,
    },
}

impl<D: Domain> Form<D> {
    /// A form that shows these parts of the dossier.
    #[must_use]
    pub fn shows(parts: &[&str]) -> Self {
        Form { shows: parts.iter().map(|it| (*it).to_owned()).collect(), fields: Vec::new() }
    }

    /// With fields that may be left empty.
    #[must_use]
    pub fn optional(mut self, fields: impl IntoIterator<Item = Field<D>>) -> Self {
        self.fields.extend(fields);
        self
    }

    /// With fields that must be answered.
    #[must_use]
    pub fn required(mut self, fields: impl IntoIterator<Item = Field<D>>) -> Self {
        self.fields.extend(fields.into_iter().map(|field| Field { required: true, ..field }));
        self
    }

    /// The parts of the dossier it shows.
    #[must_use]
    pub fn parts(&self) -> &[String] {
        &self.shows
    }

    /// Its fields.
    #[must_use]
    pub fn fields(&self) -> &[Field<D>] {
        &self.fields
    }

    /// Checks the answers and reads each as what its field asks for.
    ///
    /// # Errors
    ///
    /// The first [`InvalidAnswer`].
    pub fn read(&self, given: &Answers, options: &D::Options, now: Timestamp) -> Result<Answers, InvalidAnswer> {
        let mut read = Answers::none();
        for (name, value) in given.iter() {
            let field = self.fields.iter().find(|it| it.name == name).ok_or_else(|| InvalidAnswer::UnknownField {
                field: shown(name),
                known: self.fields.iter().map(|it| it.name).collect::<Vec<_>>().join(", "),
            })?;
            read = read.with(name, field.read(value, options, now)?);
        }
        match self.fields.iter().find(|it| it.required && read.get(it.name).is_none()) {
            Some(field) => Err(InvalidAnswer::Missing { field: field.name, expected: field.asks.in_words(options) }),
            None => Ok(read),
        }
    }
}

impl<D: Domain> Field<D> {
    fn read(&self, value: &Value, options: &D::Options, now: Timestamp) -> Result<Value, InvalidAnswer> {
        let refused = || InvalidAnswer::NotAccepted {
            field: self.name,
            given: shown(&value.to_string()),
            expected: self.asks.in_words(options),
        };
        let text = match value {
            Value::Text(it) | Value::Choice(it) => Some(it.trim()),
            Value::Time(_) | Value::Number(_) | Value::Flag(_) => None,
        };
        let read = match (&self.asks, value) {
            (Asks::Choice(list), _) => {
                text.filter(|it| list(options).contains(it)).map(|it| Value::Choice(it.to_owned()))
            }
            (Asks::Text(most), _) => text
                .filter(|it| !it.is_empty() && it.chars().count() <= *most)
                .filter(|it| it.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'))
                .map(|it| Value::Text(it.to_owned())),
            (Asks::Time | Asks::PastTime, value) => match value {
                Value::Time(it) => Some(*it),
                _ => text.and_then(|it| it.parse().ok()),
            }
            .filter(|it| *it <= now || matches!(self.asks, Asks::Time))
            .map(Value::Time),
            (Asks::Number(least, most), value) => match value {
                Value::Number(it) => Some(*it),
                _ => text.and_then(|it| it.parse().ok()),
            }
            .filter(|it| (least..=most).contains(&it))
            .map(Value::Number),
            (Asks::Flag, Value::Flag(it)) => Some(Value::Flag(*it)),
            (Asks::Flag, _) => match text {
                Some("yes") => Some(Value::Flag(true)),
                Some("no") => Some(Value::Flag(false)),
                _ => None,
            },
        };
        read.ok_or_else(refused)
    }
}

impl<D: Domain> Asks<D> {
    /// What may be answered, in words.
    #[must_use]
    pub fn in_words(&self, options: &D::Options) -> String {
        match self {
            Asks::Choice(list) => format!("one of {}", list(options).join(", ")),
            Asks::Text(most) => format!("text of 1 to {most} characters"),
            Asks::PastTime => "a time that is not in the future, such as 2026-11-23T10:00:00Z".to_owned(),
            Asks::Time => "a time, such as 2026-11-23T10:00:00Z".to_owned(),
            Asks::Number(least, most) => format!("a whole number from {least} to {most}"),
            Asks::Flag => "yes or no".to_owned(),
        }
    }

    pub(super) fn code(&self) -> String {
        match self {
            Asks::Choice(_) => "choice".to_owned(),
            Asks::Text(most) => format!("text:{most}"),
            Asks::PastTime => "past".to_owned(),
            Asks::Time => "time".to_owned(),
            Asks::Number(least, most) => format!("number:{least}:{most}"),
            Asks::Flag => "flag".to_owned(),
        }
    }
}
