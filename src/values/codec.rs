use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

/// Bytes that are not what they should be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CodecError {
    /// Written by a later release than this one.
    #[error(
        "{what} has format version {found}, this release reads up to {known}; run the release that wrote it, or a later one"
    )]
    Newer {
        /// What was read.
        what: &'static str,
        /// Its version.
        found: u8,
        /// The highest version this release reads.
        known: u8,
    },
    /// Damaged, or not of this kind.
    #[error("{what} is damaged: its stored form does not decode")]
    Damaged {
        /// What was read.
        what: &'static str,
        /// What the decoder said.
        #[source]
        source: Option<postcard::Error>,
    },
}

/// Most stored forms are about as long, in bytes.
const USUAL: usize = 256;

/// The stored form of `value`: one version byte, then [postcard's wire format](https://postcard.jamesmunns.com).
///
/// # Errors
///
/// [`CodecError::Damaged`] if the value has no stored form (an unsized sequence, say).
pub fn encode<T: Serialize>(what: &'static str, version: u8, value: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(USUAL);
    bytes.push(version);
    postcard::to_extend(value, bytes).map_err(|source| CodecError::Damaged { what, source: Some(source) })
}

/// The value behind bytes written by [`encode`] at `version`; every byte must be used.
///
/// # Errors
///
/// [`CodecError`] for another version, and for bytes that do not decode.
pub fn decode<T: DeserializeOwned>(what: &'static str, version: u8, bytes: &[u8]) -> Result<T, CodecError> {
    match bytes.split_first() {
        Some((&found, rest)) if found == version => match postcard::take_from_bytes(rest) {
            Ok((value, [])) => Ok(value),
            Ok(_) => Err(CodecError::Damaged { what, source: None }),
            Err(source) => Err(CodecError::Damaged { what, source: Some(source) }),
        },
        Some((&found, _)) if found > version => Err(CodecError::Newer { what, found, known: version }),
        _ => Err(CodecError::Damaged { what, source: None }),
    }
}
