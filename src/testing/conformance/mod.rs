//! Suites of checks by which an adapter of a port is proven.
//!
//! Each port with a contract that can be tried has a suite here. An adapter's crate says how one is made, in a *factory*,
//! and adds one line; that makes one `#[test]` of every check.
//!
//! ```
//! use std::sync::Arc;
//!
//! use cardflow::adapters::memory::MemoryStorage; // or your own
//! use cardflow::engine::Schema;
//! use cardflow::ports::Storage;
//! use cardflow::testing::conformance::storage::{StorageCapabilities, StorageFactory};
//!
//! struct InMemory;
//!
//! impl StorageFactory for InMemory {
//!     /// What must live as long as the store: a temporary folder, a container, nothing here.
//!     type Guard = ();
//!
//!     async fn storage(&self, schema: &'static Schema) -> ((), Arc<dyn Storage>) {
//!         ((), Arc::new(MemoryStorage::new(schema)))
//!     }
//!
//!     fn capabilities(&self) -> StorageCapabilities {
//!         StorageCapabilities { durable: false, ..StorageCapabilities::ALL }
//!     }
//! }
//!
//! cardflow::storage_conformance!(InMemory);
//! # fn main() {
//! #     use cardflow::testing::conformance::storage;
//! #     assert!(storage::CHECKS.len() >= 80);
//! #     storage::check(storage::CHECKS[0].name, InMemory);
//! # }
//! ```
//!
//! ```text
//! $ cargo test
//! test everything_in_a_commit_is_stored_together ... ok
//! test a_commit_refused_for_a_home_stores_nothing ... ok
//! …
//! ```
//!
//! A check is named after the fact it tries and holds one [`Clause`] of the port's contract; a failure prints the clause.
//! Checks, names and clauses are data, too: `CHECKS` of each suite.
//!
//! # What a host needs
//!
//! ```toml
//! [dev-dependencies]
//! cardflow = { version = "…", features = ["testing"] }
//! ```
//!
//! Nothing else. No runtime is forced on anybody: a check is driven on the thread of its test by a small executor. An
//! adapter that needs a runtime gives its factory a `run` of its own:
//!
//! ```ignore
//! fn run(&self, check: impl Future<Output = ()>) {
//!     tokio::runtime::Runtime::new().unwrap().block_on(check);
//! }
//! ```
//!
//! The macros name everything by its full path, so nothing need be imported where they stand. Two suites in one module
//! could make two tests of one name: give each adapter a module.
//!
//! # What an adapter need not do
//!
//! What a contract leaves open is a *capability* of the factory: a store that forgets with its process says so, and the
//! checks about reopening are not tried. Write capabilities with struct update (`..ALL`), as above: there will be more.
//!
//! # Versions
//!
//! The suites are part of the library's public interface and follow its versions. A minor version may add checks, and
//! sharpen one that let a breach of the contract pass, so an adapter may fail with a newer minor version; it has then
//! broken the contract before. What a contract asks for changes with a major version only. Pin the minor version where
//! that is not wanted.

// A check fails by panicking, as a test does, whose body it is.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, clippy::string_slice)]

pub mod audit_log;
pub mod authority;
pub mod authorizer;
mod check;
pub mod directory;
pub mod gateway;
pub mod handler;
pub mod history_log;
pub mod journal;
pub mod ledger;
pub mod machine;
pub mod notifier;
pub mod option_language;
pub mod options;
pub mod published;
pub mod signer;
pub mod storage;

pub use self::check::{Check, Clause};

use std::future::{Future, poll_fn};
use std::task::Poll;

/// Lets the other futures of the same task go on.
async fn let_others_go_on() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Drives a check on this thread.
fn block_on(check: impl Future<Output = ()>) {
    futures_executor::block_on(check);
}
