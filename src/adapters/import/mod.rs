//! Holders and cards from CSV, certificates from PEM.
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
//!
//! ```no_run
//! # async fn run(
//! #     cards: &cardflow::Cardflow,
//! #     administrator: &cardflow::ports::Principal,
//! #     authorities: &[std::sync::Arc<dyn cardflow::ports::CertificateAuthority>],
//! #     now: cardflow::values::Timestamp,
//! #     mut ids: cardflow::values::Ids,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use cardflow::adapters::import::{CertificatePem, HolderCsv};
//!
//! let mut import = HolderCsv::new(administrator.tenant()).read(std::fs::read("holders.csv")?, now, &mut ids)?;
//! for card in import.cards().cloned().collect::<Vec<_>>() {
//!     let pem = std::fs::read(format!("{}.pem", card.number().plain()))?;
//!     let certificates = CertificatePem::on(&card, authorities).among(import.objects()).read(pem, now, &mut ids)?;
//!     import.add(certificates);
//! }
//! for finding in import.findings() {
//!     println!("{finding}");
//! }
//! cards.register(administrator, import.objects()).await?;
//! # Ok(())
//! # }
//! ```

mod blocks;
mod certificate_pem;
mod column;
mod content;
mod depth;
mod error;
mod finding;
mod holder_csv;
mod holders;
mod key_uses;
mod limits;
mod outcome;
mod place;
mod reading;
mod records;
mod rows;
mod text;

pub use self::certificate_pem::CertificatePem;
pub use self::column::Column;
pub use self::error::ImportError;
pub use self::finding::{Fact, Finding};
pub use self::holder_csv::HolderCsv;
pub use self::limits::Limits;
pub use self::outcome::Import;
pub use self::place::Place;
