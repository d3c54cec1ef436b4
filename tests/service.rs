//! The service of the examples, as a process of its own behind a real port.
#![cfg(all(unix, feature = "sqlite", feature = "x509", feature = "import", feature = "script"))]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, missing_docs)]

#[path = "service/calls.rs"]
mod calls;
#[path = "service/client.rs"]
mod client;
#[path = "service/process.rs"]
mod process;
