use thiserror::Error;

/// A value that cannot be what it should be: which field, what was given, what is expected.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{field}: `{given}` is not accepted; expected {expected}")]
pub struct Invalid {
    field: &'static str,
    given: String,
    expected: String,
}

impl Invalid {
    /// `given` is cut to 60 characters and its control characters are shown as `�`.
    #[must_use]
    pub fn new(field: &'static str, given: &str, expected: impl Into<String>) -> Self {
        let given = given.chars().take(60).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        Invalid { field, given, expected: expected.into() }
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

/// Control characters, and those that reorder the text around them on a screen.
fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// The lower-case words of a text, as search finds them.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}
