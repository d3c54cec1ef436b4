//! Every adapter of the crate keeps the contract of its port.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

#[path = "conformance/clauses.rs"]
mod clauses;
#[path = "conformance/ledger.rs"]
mod ledger;
#[path = "conformance/storage.rs"]
mod storage;
