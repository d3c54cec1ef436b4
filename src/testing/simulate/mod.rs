//! Simulates hosts at work: the real runtime and the real adapters' logic on virtual time, one seed a run.
//!
//! ```
//! use cardflow::testing::simulate::Simulation;
//!
//! let simulation = Simulation::of_the_package()?.commands(40);
//! for seed in 0..5 {
//!     // A failure tells the seed, the rule that does not hold, and what happened last.
//!     simulation.run(seed).unwrap_or_else(|failure| panic!("{failure}"));
//! }
//! # Ok::<(), cardflow::engine::DefinitionError>(())
//! ```
//!
//! # A run
//!
//! Two to four hosts, each a [`Cardflow`](crate::Cardflow) as a service builds it, work over one store: they deliver, tick, and
//! take the orders of operators, self-service users, approvers and administrators, who know what they were last shown and
//! may act on it long after. Every call of a port is a line on which others come in between, before and after; which task has
//! the next turn, the seed says. On the lines goes wrong what [`Faults`] name: commits in conflict, lost, stored and not answered,
//! late; an authority in every mood, with a truth of its own; mails lost and doubled; hosts that die at any await; clocks that
//! jump.
//!
//! After each commit, each order, each call of the outside, the [rules](Simulation::rules) are held against what is seen.
//! Then nothing goes wrong any more, and everything must come to its end.
//!
//! The same seed is the same run, to the last byte: [`Simulation::run_twice`] holds that. Nothing is spawned, nothing waits, no
//! clock is read. A store that needs threads of its own has each call carried out wholly at one moment of the run; one that
//! needs the runtime of `tokio` is run inside of it.
//!
//! [`Coverage`] says what has happened, and [`Coverage::missing`] what never did.

// A run that cannot be made is a fault of the kit, and fails the test that uses it.
#![allow(clippy::expect_used, clippy::indexing_slicing)]

mod alone;
mod book;
mod course;
mod coverage;
mod dice;
mod draws;
mod failure;
mod faults;
mod given;
mod happenings;
mod heal;
mod hosts;
mod invariants;
mod lines;
mod run;
mod simulation;
mod store;
mod stored;
mod tasks;
mod town;
mod trace;
mod turns;
mod world;

pub use self::coverage::Coverage;
pub use self::failure::Failure;
pub use self::faults::Faults;
pub use self::run::Run;
pub use self::simulation::Simulation;
pub use self::store::Store;
