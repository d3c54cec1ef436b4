use super::{ImportError, Limits};

/// The text of a file: within its limit, in UTF-8, without a private key, its byte order mark taken off.
///
/// INVARIANT: this comes before all else, so that no later error can repeat a part of a key.
pub(super) fn text<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, ImportError> {
    if bytes.len() > limits.bytes {
        return Err(ImportError::TooManyBytes { given: bytes.len(), limit: limits.bytes });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
        let last = good.rsplit('\n').next().unwrap_or_default();
        ImportError::NotUtf8 { line: good.matches('\n').count() + 1, character: last.chars().count() + 1 }
    })?;
    match text.split('\n').position(|line| line.contains("PRIVATE KEY")) {
        Some(before) => Err(ImportError::PrivateKey { line: before + 1 }),
        None => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
    }
}
