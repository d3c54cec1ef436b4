//! A certificate authority in EJBCA: the adapter against a server that keeps EJBCA's documented rules, over real HTTP and TLS on this
//! machine.
#![cfg(feature = "ejbca")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "ejbca/answers.rs"]
mod answers;
#[path = "ejbca/authority.rs"]
mod authority;
#[path = "ejbca/credentials.rs"]
mod credentials;
#[path = "ejbca/rules.rs"]
mod rules;
#[path = "ejbca/server.rs"]
mod server;
#[path = "ejbca/suite.rs"]
mod suite;
