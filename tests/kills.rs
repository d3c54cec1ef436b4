//! What a crash cannot break: hosts killed under load, disks and files that fail, clocks that jump.
//!
//! `CARDFLOW_KILLS=500` kills more often than the usual sixty times, `CARDFLOW_SEED` repeats a run: the same load, killed
//! after the same lines.
#![cfg(all(unix, feature = "sqlite", feature = "x509"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::unwrap_used,
    missing_docs
)]

mod common;

#[path = "kills/audit.rs"]
mod audit;
#[path = "kills/calls.rs"]
mod calls;
#[path = "kills/child.rs"]
mod child;
#[path = "kills/clocks.rs"]
mod clocks;
#[path = "kills/dice.rs"]
mod dice;
#[path = "kills/disks.rs"]
mod disks;
#[path = "kills/faults.rs"]
mod faults;
#[path = "kills/load.rs"]
mod load;
#[path = "kills/logs.rs"]
mod logs;
#[path = "kills/random.rs"]
mod random;
#[path = "kills/site.rs"]
mod site;
#[path = "kills/told.rs"]
mod told;
#[path = "kills/tools.rs"]
mod tools;
