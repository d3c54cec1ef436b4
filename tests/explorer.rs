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

use cardflow::testing::explore::{Explored, World, explore};

/// Explores a world and says how large it is.
pub(crate) fn explored(what: &str, world: World) -> Explored {
    let explored = explore(world);
    println!("{what}: {}", explored.report());
    explored
}
