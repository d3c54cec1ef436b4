//! One folder per technology behind a port.

#[cfg(feature = "cedar")]
pub mod cedar;
#[cfg(feature = "cmp")]
pub mod cmp;
#[cfg(feature = "import")]
pub mod import;
pub mod memory;
#[cfg(feature = "script")]
pub mod rhai;
#[cfg(feature = "smtp")]
pub mod smtp;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "toml")]
pub mod toml;
#[cfg(feature = "webhook")]
pub mod webhook;
#[cfg(feature = "x509")]
pub mod x509;
