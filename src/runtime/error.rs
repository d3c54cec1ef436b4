use thiserror::Error;

use crate::engine::evidence::CheckpointFault;
use crate::engine::{Domain, Rejection, Undecided};
use crate::ports::{DirectoryError, NoRandomness, OptionsError, SignerError, StorageError};
use crate::values::CodecError;

/// Why a call did not do what it should. Nothing was done, unless the storage says that it is not known.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error<D: Domain> {
    /// The caller may not do this, or not now.
    #[error(transparent)]
    Rejected(#[from] Rejection<D>),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The options.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// Something stored does not read.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The system gives no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The checkpoint to go on from is none.
    #[error("the checkpoint to go on from cannot be continued; give the last one that was kept")]
    Checkpoint(#[from] CheckpointFault),
    /// The signer.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The runtime was closed.
    #[error("the runtime has been closed; build a new one")]
    Closed,
}

impl<D: Domain> From<Undecided<D>> for Error<D> {
    fn from(undecided: Undecided<D>) -> Self {
        match undecided {
            Undecided::Rejected(it) => Error::Rejected(it),
            Undecided::Codec(it) => Error::Codec(it),
            // Whoever decides asks the directory and decides again; a preview needs nobody.
            Undecided::Asks(_) => DirectoryError::Corrupt { what: "persons were not asked about".to_owned() }.into(),
        }
    }
}

impl<D: Domain> Error<D> {
    /// Whether the same call, with the same command id, may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Storage(it) => it.is_retryable(),
            Error::Directory(it) => it.is_retryable(),
            Error::Rejected(it) => matches!(it, Rejection::Contended { .. }),
            Error::Options(it) => it.is_retryable(),
            Error::Codec(_) | Error::NoRandomness(_) | Error::Checkpoint(_) | Error::Signer(_) | Error::Closed => false,
        }
    }

    /// The rejection, if it is one.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection<D>> {
        match self {
            Error::Rejected(it) => Some(it),
            _ => None,
        }
    }
}
