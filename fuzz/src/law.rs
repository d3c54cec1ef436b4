//! Laws that several targets hold.

use std::error::Error;
use std::fmt::Debug;

use cardflow::values::CodecError;

/// The most characters of an error: it is for a line of a log.
const LONGEST: usize = 4000;

/// What is said stands on one line, and moves or reorders nothing around it on a screen or in a log.
pub(crate) fn one_line(said: &str) {
    let disturbs = |it: char| {
        it.is_control()
            || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!said.is_empty(), "an error says nothing");
    assert!(said.chars().count() <= LONGEST, "an error says {} characters", said.chars().count());
    assert!(!said.chars().any(disturbs), "an error that is not one plain line: {said:?}");
}

/// The same of an error, and of what caused it as far as the library says that.
pub(crate) fn error(error: &dyn Error) {
    one_line(&error.to_string());
}

/// What is read is written and read again as the same, in bytes that are no longer.
pub(crate) fn again<T: Debug + PartialEq>(
    bytes: &[u8],
    read: impl Fn(&[u8]) -> Result<T, CodecError>,
    write: impl Fn(&T) -> Result<Vec<u8>, CodecError>,
) -> Option<T> {
    let value = match read(bytes) {
        Ok(value) => value,
        Err(why) => {
            error(&why);
            return None;
        }
    };
    let written = write(&value).expect("what was read has a stored form");
    assert!(written.len() <= bytes.len(), "{} bytes became {}", bytes.len(), written.len());
    let read_again = read(&written).expect("what is written is read");
    assert_eq!(read_again, value);
    assert_eq!(write(&read_again).expect("the same"), written);
    Some(value)
}

/// The first byte chooses, the others are for what is chosen.
pub(crate) fn choice(data: &[u8]) -> (u8, &[u8]) {
    data.split_first().map_or((0, data), |(first, rest)| (*first, rest))
}

/// Runs what needs no other thread to wake it, or has one that does.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().build().expect("a runtime of this thread");
    }
    RUNTIME.with(|it| it.block_on(future))
}
