//! Every suite catches adapters that break the contract: each wrong one is caught by a check at least. The tables say which.
//!
//! `cargo test --all-features --test conformance_mutants -- --nocapture` prints them.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "conformance/mutants/mod.rs"]
mod mutants;
