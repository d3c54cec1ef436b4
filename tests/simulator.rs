//! Many hosts over one store, simulated from seeds: `cardflow::testing::simulate`.
//!
//! `CARDFLOW_SEEDS=N` (or `A..B`) simulates so many seeds, `CARDFLOW_COMMANDS` sets the orders of each run, and
//! `CARDFLOW_DOUBLECHECK=1` runs each seed twice and compares every byte. `CARDFLOW_SEED=S` with `one_seed` shows one run.
//! `-- --nocapture` shows what has happened. Seeds that failed once are in `tests/simulator/seeds.txt`, and run first.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "simulator/caught.rs"]
mod caught;
#[path = "simulator/definitions.rs"]
mod definitions;
#[path = "simulator/seeds.rs"]
mod seeds;
