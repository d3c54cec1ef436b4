//! One folder per technology behind a port.

pub mod memory;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "x509")]
pub mod x509;
