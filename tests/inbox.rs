//! Work that waits for people: who may do what with it, who completes it, how it is listed and counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

#[path = "inbox/complete.rs"]
mod complete;
#[path = "inbox/desk.rs"]
mod desk;
#[path = "inbox/handling.rs"]
mod handling;
#[path = "inbox/lists.rs"]
mod lists;
#[path = "inbox/random.rs"]
mod random;
#[path = "inbox/scopes.rs"]
mod scopes;
#[path = "inbox/table.rs"]
mod table;
