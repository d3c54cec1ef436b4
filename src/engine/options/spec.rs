use std::fmt;

use serde::{Deserialize, Serialize};

/// The most characters of a text that an option holds.
const TEXT: usize = 200;
/// The most texts that an option holds.
const TEXTS: usize = 100;

/// One option as it is declared: everything there is to know of it stands here once.
///
/// Made by [`declare_options!`](crate::declare_options), together with the field that keeps it.
#[derive(Debug)]
pub struct OptionSpec<O: 'static> {
    /// Its name, in scripts and everywhere else.
    pub name: &'static str,
    /// What it does: one or more sentences.
    pub help: &'static str,
    /// What it may hold.
    pub holds: fn() -> OptionType,
    /// Its value.
    pub get: fn(&O) -> OptionValue,
    /// Sets it; says whether the value is of its type and can be kept. What is allowed besides, [`holds`](Self::holds)
    /// says.
    pub set: fn(&mut O, &OptionValue) -> bool,
    /// Sets it to what it is when a script gives it no value: the safe one, which need not be the default.
    pub fail: fn(&mut O),
    /// Sets it to each of the values that the proofs of a process try, the default first.
    pub tried: &'static [fn(&mut O)],
}

impl<O: Default> OptionSpec<O> {
    /// The value that is shipped.
    #[must_use]
    pub fn default_value(&self) -> OptionValue {
        (self.get)(&O::default())
    }

    /// The value it takes when a script gives it none.
    #[must_use]
    pub fn fail_value(&self) -> OptionValue {
        let mut options = O::default();
        (self.fail)(&mut options);
        (self.get)(&options)
    }
}

/// A value of an option, as a script writes it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged)]
pub enum OptionValue {
    /// On or off.
    Switch(bool),
    /// A whole number.
    Number(i64),
    /// One text; empty for none.
    Text(String),
    /// Several texts, in an order.
    Texts(Vec<String>),
}

impl OptionValue {
    /// What it is, in words.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            OptionValue::Switch(_) => "true or false",
            OptionValue::Number(_) => "a number",
            OptionValue::Text(_) => "a text",
            OptionValue::Texts(_) => "a list of texts",
        }
    }
}

/// As it is written in a script, in Rhai as in TOML.
impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionValue::Switch(it) => it.fmt(f),
            OptionValue::Number(it) => it.fmt(f),
            OptionValue::Text(it) => quote(it, f),
            OptionValue::Texts(texts) => {
                f.write_str("[")?;
                for (nth, text) in texts.iter().enumerate() {
                    if nth > 0 {
                        f.write_str(", ")?;
                    }
                    quote(text, f)?;
                }
                f.write_str("]")
            }
        }
    }
}

/// Both languages read these escapes.
fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            it if it.is_control() => write!(f, "\\u{:04x}", u32::from(it))?,
            it => write!(f, "{it}")?,
        }
    }
    f.write_str("\"")
}

/// What an option may hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OptionType {
    /// On or off.
    Switch,
    /// A whole number between two, both included.
    Number {
        /// Not less.
        least: i64,
        /// Not more.
        most: i64,
    },
    /// One of these words.
    Choice(Vec<&'static str>),
    /// A line of text, or an empty one for none.
    Text,
    /// Lines of text, none of them empty and none twice.
    Texts,
}

impl OptionType {
    /// What it is, in words.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            OptionType::Switch => "true or false",
            OptionType::Number { .. } => "a number",
            OptionType::Choice(_) | OptionType::Text => "a text",
            OptionType::Texts => "a list of texts",
        }
    }

    /// The words it may be, if these can be told.
    #[must_use]
    pub fn words(&self) -> &[&'static str] {
        match self {
            OptionType::Choice(words) => words,
            OptionType::Switch | OptionType::Number { .. } | OptionType::Text | OptionType::Texts => &[],
        }
    }

    /// Whether the value is of this type, allowed or not.
    #[must_use]
    pub fn is_of_type(&self, value: &OptionValue) -> bool {
        self.name() == value.type_name()
    }

    /// Whether the value is of this type and allowed.
    #[must_use]
    pub fn admits(&self, value: &OptionValue) -> bool {
        match (self, value) {
            (OptionType::Switch, OptionValue::Switch(_)) => true,
            (OptionType::Number { least, most }, OptionValue::Number(it)) => (least..=most).contains(&it),
            (OptionType::Choice(words), OptionValue::Text(it)) => words.contains(&it.as_str()),
            (OptionType::Text, OptionValue::Text(it)) => it.is_empty() || is_line(it),
            (OptionType::Texts, OptionValue::Texts(texts)) => {
                let twice = |(nth, text)| texts.iter().take(nth).any(|it| it == text);
                texts.len() <= TEXTS && texts.iter().all(|it| is_line(it)) && !texts.iter().enumerate().any(twice)
            }
            (_, _) => false,
        }
    }
}

/// What is allowed, in words.
impl fmt::Display for OptionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionType::Switch => f.write_str("true, false"),
            OptionType::Number { least, most } => write!(f, "a whole number from {least} to {most}"),
            OptionType::Choice(words) => {
                for (nth, word) in words.iter().enumerate() {
                    write!(f, "{}\"{word}\"", if nth > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
            OptionType::Text => write!(f, "one line of at most {TEXT} characters, \"\" for none"),
            OptionType::Texts => {
                write!(f, "a list of at most {TEXTS} different lines of at most {TEXT} characters")
            }
        }
    }
}

fn is_line(text: &str) -> bool {
    let bare = text.trim() == text && !text.is_empty();
    bare && text.chars().count() <= TEXT && !text.chars().any(char::is_control)
}
