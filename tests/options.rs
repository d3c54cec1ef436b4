//! Options: as they are declared, as scripts set them, as they are kept.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

#[path = "options/declared.rs"]
mod declared;
#[cfg(feature = "script")]
#[path = "options/facts.rs"]
mod facts;
#[cfg(all(feature = "script", feature = "toml"))]
#[path = "options/faults.rs"]
mod faults;
#[cfg(all(feature = "script", feature = "toml"))]
#[path = "options/kept.rs"]
mod kept;
#[cfg(all(feature = "script", feature = "toml"))]
#[path = "options/properties.rs"]
mod properties;
#[cfg(feature = "script")]
#[path = "options/sandbox.rs"]
mod sandbox;
#[cfg(all(feature = "script", feature = "toml"))]
#[path = "options/seen.rs"]
mod seen;
#[cfg(feature = "script")]
#[path = "options/tampered.rs"]
mod tampered;
