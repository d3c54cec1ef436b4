use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::super::X509Error;
use crate::ports::PublishedError;
use crate::values::Timestamp;

/// Why nothing new is known, in a form that can be told to everybody who asks in a row.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    Unavailable(Arc<dyn Error + Send + Sync>),
    NotYetValid { from: Timestamp },
    NotTrusted(&'static str),
    Unreadable(&'static str),
}

impl Trouble {
    pub(super) fn unavailable(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Trouble::Unavailable(Arc::from(why.into()))
    }

    pub(super) fn told(self, now: Timestamp) -> PublishedError {
        match self {
            Trouble::Unavailable(why) => PublishedError::Unavailable(Box::new(Shared(why))),
            Trouble::NotYetValid { from } => PublishedError::NotYetValid { from, now },
            Trouble::NotTrusted(why) => PublishedError::NotTrusted { why },
            Trouble::Unreadable(why) => PublishedError::Unreadable { why },
        }
    }
}

impl From<X509Error> for Trouble {
    fn from(error: X509Error) -> Self {
        match error {
            X509Error::PublishedCrl { why } => Trouble::Unreadable(why),
            other => Trouble::unavailable(other),
        }
    }
}

/// An error that several hold.
#[derive(Debug)]
struct Shared(Arc<dyn Error + Send + Sync>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Shared {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
