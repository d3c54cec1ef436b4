//! Holders and cards from CSV.
//!
//! Reading a file is pure: no file is opened, no clock read, nothing stored. It gives an [`Import`], which is the dry
//! run: the objects that would come in, and the [findings](Finding) that somebody should look at. The host then
//! [registers](crate::runtime::Runtime::register) the objects, all in one commit or none; what the store has already is
//! refused there.
//!
//! A fault of a file refuses the whole of it, with an [`ImportError`] that says where it is and what was expected. A
//! fact that only looks wrong, or breaks an invariant, comes in as it is and is listed as a finding.
//!
//! A file with a private key is refused before anything else of it is looked at.

mod column;
mod error;
mod finding;
mod holder_csv;
mod holders;
mod limits;
mod outcome;
mod place;
mod reading;
mod records;
mod rows;
mod text;

pub use self::column::Column;
pub use self::error::ImportError;
pub use self::finding::{Fact, Finding};
pub use self::holder_csv::HolderCsv;
pub use self::limits::Limits;
pub use self::outcome::Import;
pub use self::place::Place;
