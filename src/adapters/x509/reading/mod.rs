//! Reading back what relying parties are told: [`PublishedStatus`](crate::ports::PublishedStatus) over CRLs and over OCSP.

mod crl_reader;
mod earlier;
#[cfg(feature = "fetch")]
mod fetch;
mod looking;
#[cfg(all(feature = "fetch", feature = "ocsp"))]
mod ocsp_answer;
#[cfg(all(feature = "fetch", feature = "ocsp"))]
mod ocsp_reader;
mod scope;
mod source;
mod trouble;
mod view;

pub use self::crl_reader::{CrlReader, CrlReading};
#[cfg(all(feature = "fetch", feature = "ocsp"))]
pub use self::ocsp_reader::{OcspReader, OcspReading};
pub use self::source::CrlSource;

use crate::domain::Serial;
use crate::ports::{Published, PublishedError};
use crate::values::Timestamp;

/// What is asked of a reader, on its desk.
type Question = (Serial, Timestamp);
type Answer = Result<Published, PublishedError>;
