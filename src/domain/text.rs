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
    /// `given` is cut to 60 characters and its unprintable characters are shown as `�`.
    #[must_use]
    pub fn new(field: &'static str, given: &str, expected: impl Into<String>) -> Self {
        Invalid { field, given: shown(given, 60), expected: expected.into() }
    }

    /// The field.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }
}

/// One line of text: trimmed, not empty, no control characters, at most `max` characters.
pub(crate) fn line(field: &'static str, given: &str, max: usize) -> Result<String, Invalid> {
    let text = given.trim();
    let bad = text.is_empty() || text.chars().any(is_unprintable) || text.chars().count() > max;
    if bad {
        return Err(Invalid::new(field, given, format!("one line of 1 to {max} characters")));
    }
    Ok(text.to_owned())
}

/// The lower-case words of a text, as search finds them.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::Invalid;
    use crate::domain::CardState;
    use crate::values::{ObjectRef, TaskId, Timestamp};

    #[test]
    fn no_error_repeats_an_unprintable_character() {
        let text = "a\nb\u{202e}c";
        let errors = [
            text.parse::<CardState>().unwrap_err().to_string(),
            text.parse::<Timestamp>().unwrap_err().to_string(),
            text.parse::<TaskId>().unwrap_err().to_string(),
            text.parse::<ObjectRef>().unwrap_err().to_string(),
            Invalid::new("name", text, "another").to_string(),
        ];
        for error in errors {
            assert!(error.contains("`a\u{fffd}b\u{fffd}c`"), "{error:?}");
        }
    }
}
