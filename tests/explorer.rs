//! Small worlds of the package's processes, every state of them; and worlds that are wrong, each caught by the shortest story.
//!
//! `cargo test --test explorer -- --nocapture` shows how many states there are, how many steps between them, and how long it
//! took. With `CARDFLOW_CASES` set, larger worlds are explored as well.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

#[path = "explorer/right.rs"]
mod right;
#[path = "explorer/search.rs"]
mod search;
#[path = "explorer/wrong.rs"]
mod wrong;

use std::time::Instant;

use cardflow::testing::explore::{Explored, World, explore};

/// Explores a world and says how large it is, and how long that took.
pub(crate) fn explored(what: &str, world: World) -> Explored {
    let begin = Instant::now();
    let explored = explore(world);
    let took = begin.elapsed().as_secs_f64();
    let rate = explored.states() as f64 / took;
    let tried = (explored.transitions() + explored.refused()) as f64 / took;
    println!("{what}: {}{took:.1} s, {rate:.0} states a second, {tried:.0} commands a second\n", explored.report());
    explored
}
