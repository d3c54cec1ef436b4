use thiserror::Error;

use super::message::VERSION;

/// Why an answer is not accepted. Nothing was decided. It says no secret, and repeats nothing of the body.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum WebhookRefusal {
    /// The body is larger than any answer.
    #[error("the body is larger than {most} bytes")]
    TooLarge {
        /// So many at most.
        most: usize,
    },
    /// A header is missing.
    #[error("the header `{name}` is missing")]
    NoHeader {
        /// The header.
        name: &'static str,
    },
    /// A header is not as it is written.
    #[error("the header `{name}` must be {is}")]
    Header {
        /// The header.
        name: &'static str,
        /// What it must be.
        is: &'static str,
    },
    /// Its time is over.
    #[error("it was signed too long ago; sign it anew, and compare the clocks")]
    TooOld,
    /// Its time has not come.
    #[error("it was signed at a time to come; compare the clocks")]
    TooEarly,
    /// No key has this id.
    #[error("there is no key of that id here")]
    UnknownKey,
    /// It was not signed like this with that key.
    #[error("the signature does not fit")]
    Forged,
    /// It does not read.
    #[error("the body is no answer: it does not read at line {line}, column {column}")]
    Unreadable {
        /// Where, counted from 1.
        line: usize,
        /// Where, counted from 1.
        column: usize,
    },
    /// It is of a version that is not known here.
    #[error("the body must be of version {VERSION}")]
    Version,
    /// It reads, and does not fit together.
    #[error("{what}")]
    Invalid {
        /// What, and what to do.
        what: &'static str,
    },
    /// The tenant is none of those that this system decides for.
    #[error("this system does not decide for that tenant")]
    OtherTenant,
    /// It came before.
    #[error("this came before; sign with a fresh nonce")]
    Replayed,
    /// More answers came than can be told from those that come again.
    #[error("too many answers came within a few minutes; send it again later")]
    Busy,
}

impl WebhookRefusal {
    /// The HTTP status that says it best.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            WebhookRefusal::TooLarge { .. } => 413,
            WebhookRefusal::NoHeader { .. }
            | WebhookRefusal::Header { .. }
            | WebhookRefusal::Unreadable { .. }
            | WebhookRefusal::Version
            | WebhookRefusal::Invalid { .. } => 400,
            WebhookRefusal::TooOld | WebhookRefusal::TooEarly | WebhookRefusal::UnknownKey | WebhookRefusal::Forged => {
                401
            }
            WebhookRefusal::OtherTenant => 403,
            WebhookRefusal::Replayed => 409,
            WebhookRefusal::Busy => 503,
        }
    }
}
