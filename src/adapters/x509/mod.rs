//! A small certificate authority of one's own: it issues, holds, releases and revokes, and makes complete and delta CRLs. And what
//! relying parties are told, by that one or another, read back: [`CrlReader`], and `OcspReader`.
//!
//! [`X509Authority`] needs a key behind the [`Signer`](crate::ports::Signer) port, for instance a [`SoftwareSigner`]
//! from a [`KeyFile`], and an [`AuthorityLedger`](crate::ports::AuthorityLedger). Times come in as values; nothing here
//! reads a clock.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! use std::sync::Arc;
//!
//! use cardflow::adapters::memory::MemoryLedger;
//! use cardflow::adapters::x509::{KeyAlgorithm, NewAuthority, SoftwareSigner, X509Authority};
//! use cardflow::domain::Validity;
//! use cardflow::values::{Millis, Timestamp};
//!
//! let now: Timestamp = "2026-11-24T12:00:00Z".parse()?;
//! let authority = X509Authority::create(
//!     &NewAuthority {
//!         common_name: "Example Card CA".to_owned(),
//!         organisation: "Example".to_owned(),
//!         validity: Validity::new(now, now.plus(Millis::days(3650)))?,
//!     },
//!     Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256)?),
//!     Arc::new(MemoryLedger::new()),
//! )?;
//! let crl = authority.crl(now).await?;
//! assert_eq!(crl.number, 1);
//! // It lies where relying parties find it by now.
//! authority.published(&crl).await?;
//! assert_eq!(authority.delta_crl(now).await?.base, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod authority;
mod ca_certificate;
mod crl;
mod crl_folder;
mod crl_lines;
mod crl_publisher;
mod distribution;
mod error;
mod files;
mod issue;
mod key_file;
mod lists;
#[cfg(feature = "ocsp")]
mod ocsp;
mod passphrase;
mod public_key;
mod published;
mod published_list;
mod reading;
mod signatures;
mod signed;
mod software_signer;
mod time;

pub use self::authority::{NewAuthority, X509Authority};
pub use self::ca_certificate::{certificate_pem, issuer_name};
pub use self::crl::{CompleteCrl, DeltaCrl};
pub use self::crl_folder::CrlFolder;
pub use self::crl_publisher::{CrlPublisher, Renewal};
pub use self::distribution::Distribution;
pub use self::error::X509Error;
pub use self::key_file::KeyFile;
#[cfg(feature = "ocsp-router")]
pub use self::ocsp::ocsp_router;
#[cfg(feature = "ocsp")]
pub use self::ocsp::{OcspAnswer, OcspHttp, OcspResponder, OcspStatus, PreSigned};
pub use self::passphrase::{Passphrase, UnencryptedPem};
pub use self::published::PublishedCrl;
pub use self::reading::{CrlReader, CrlReading, CrlSource};
#[cfg(all(feature = "fetch", feature = "ocsp"))]
pub use self::reading::{OcspReader, OcspReading};
pub use self::signatures::Signatures;
pub use self::software_signer::{HolderKey, KeyAlgorithm, SoftwareSigner};
