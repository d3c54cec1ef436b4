/// Text from outside as a message shows it: at most `max` characters, unprintable ones as `�`.
pub(crate) fn shown(text: &str, max: usize) -> String {
    text.chars().take(max).map(|c| if is_unprintable(c) { '\u{fffd}' } else { c }).collect()
}

/// Control characters, and those that reorder the text around them on a screen.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}
