//! The engine, proven generic by a domain that has nothing to do with cards: a library of books.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

#[path = "engine/approvals.rs"]
mod approvals;
#[path = "engine/approvals_random.rs"]
mod approvals_random;
#[path = "engine/audit.rs"]
mod audit;
#[path = "engine/bench.rs"]
mod bench;
#[path = "engine/decisions.rs"]
mod decisions;
#[path = "engine/definitions.rs"]
mod definitions;
#[path = "engine/history.rs"]
mod history;
#[path = "engine/library.rs"]
mod library;
#[path = "engine/limits.rs"]
mod limits;
#[path = "engine/parley.rs"]
mod parley;
#[path = "engine/plans.rs"]
mod plans;
#[path = "engine/processes.rs"]
mod processes;
#[path = "engine/random.rs"]
mod random;
#[path = "engine/records.rs"]
mod records;
#[path = "engine/runtime.rs"]
mod runtime;
