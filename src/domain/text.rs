use std::borrow::Cow;

use thiserror::Error;

use crate::values::{is_unprintable, shown};

/// A value that cannot be what it should be: which field, what was given, what is expected.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{field}: `{given}` is not accepted; expected {expected}")]
pub struct Invalid {
    field: &'static str,
    given: String,
    expected: String,
}

impl Invalid {
    /// `given` is cut to 60 characters; those that would disturb the text around them are shown as `�`.
    #[must_use]
    pub fn new(field: &'static str, given: &str, expected: impl Into<String>) -> Self {
        Invalid { field, given: shown(given), expected: expected.into() }
    }

    /// The field.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }
}

/// One line of text: trimmed, not empty, at most `max` characters, none that disturbs the text around it.
pub(crate) fn line(field: &'static str, given: &str, max: usize) -> Result<String, Invalid> {
    let text = given.trim();
    let bad = text.is_empty() || text.chars().any(is_unprintable) || text.chars().count() > max;
    if bad {
        return Err(Invalid::new(field, given, format!("one line of 1 to {max} characters")));
    }
    Ok(text.to_owned())
}

/// The lower-case words of a text, as search finds them.
pub(crate) fn words(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let is_lower = |it: &str| it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(move |it| if is_lower(it) { Cow::Borrowed(it) } else { Cow::Owned(it.to_lowercase()) })
}
