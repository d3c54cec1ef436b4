//! Revocation by CMP, with OpenSSL's server as the authority.
#![cfg(all(feature = "cmp", feature = "x509"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "cmp/answers.rs"]
mod answers;
#[path = "cmp/forged.rs"]
mod forged;
#[path = "cmp/orders.rs"]
mod orders;
#[path = "cmp/server.rs"]
mod server;
#[path = "cmp/settings.rs"]
mod settings;
