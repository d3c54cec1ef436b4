/// So many characters of what was given are shown.
const SHOWN: usize = 60;

/// Text that somebody gave, as an error shows it: cut to 60 characters, and with `�` for characters that would move or
/// reorder what stands around them on a screen or in a log.
pub(crate) fn shown(given: &str) -> String {
    let mut shown = String::with_capacity(given.len().min(SHOWN));
    shown.extend(given.chars().take(SHOWN).map(|c| if is_unprintable(c) { '\u{fffd}' } else { c }));
    shown
}

/// What a parser of somebody else says, which may repeat what was given, as an error shows it: on one line, cut to 1000 characters,
/// with `�` where [`shown`] has it.
pub(crate) fn on_one_line(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(1000).map(|c| if is_unprintable(c) { '\u{fffd}' } else { c }).collect()
}

/// Control characters, line and paragraph separators, and everything with the Unicode property `Bidi_Control`.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
