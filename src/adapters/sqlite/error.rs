use std::error::Error;
use std::path::PathBuf;

use thiserror::Error;

/// Why a SQLite file does not open. Nothing in it has been changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// It is a database of something else, or not a database.
    #[error("`{}` is not a {what} of this library; name another file, which is created if it is missing", path.display())]
    Foreign {
        /// What it should be.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// It is there and has nothing in it: cut off, most likely.
    #[error("the {what} `{}` is empty; restore it from a backup, or remove the file to begin anew", path.display())]
    Empty {
        /// What it should be.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// It is not there, but what was to be written into it is.
    #[error(
        "the {what} `{}` is missing, but its log is there; put the {what} back beside it, or move `{}` away to begin anew",
        path.display(), log.display()
    )]
    Missing {
        /// What it should be.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Its log.
        log: PathBuf,
    },
    /// A later release wrote it.
    #[error(
        "the {what} `{}` has schema version {found}, this release reads up to {known}; run the release that wrote it, or a later one",
        path.display()
    )]
    Newer {
        /// What it is.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Its version.
        found: usize,
        /// The highest version this release reads.
        known: usize,
    },
    /// Another process has it open, or this one already.
    #[error("the {what} `{}` is open already; one process at a time may have it, so close the other or wait", path.display())]
    InUse {
        /// What it is.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// It does not read.
    #[error("the {what} `{}` is damaged or cut off; restore it from a backup", path.display())]
    Damaged {
        /// What it is.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the database said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The file cannot be read or written.
    #[error("the {what} `{}` does not open; check that its folder exists and may be written to", path.display())]
    Unavailable {
        /// What it is.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}
