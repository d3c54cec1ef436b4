//! The SQLite store: its file, its transactions, and what it does with files that are not as they should be.
#![cfg(feature = "sqlite")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, missing_docs)]

#[path = "sqlite/audit.rs"]
mod audit;
mod common;
#[path = "sqlite/files.rs"]
mod files;
#[path = "sqlite/restart.rs"]
mod restart;
