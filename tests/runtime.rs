//! parts, and random sequences of all of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

#[path = "runtime/commands.rs"]
mod commands;
#[path = "runtime/history.rs"]
mod history;
#[path = "runtime/use_cases.rs"]
mod use_cases;
