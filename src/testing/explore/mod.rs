//! Every state that a small world can reach: some cards, a few persons, an outside that goes wrong, and whatever processes you
//! like, all at once.
//!
//! ```
//! use cardflow::cards::processes::{deactivate, reactivate};
//! use cardflow::testing::explore::{Outside, World, explore};
//! use cardflow::testing::stage::{ann, olga};
//!
//! let world = World::of([]).with(deactivate()?).with(reactivate()?);
//! let explored = explore(world.among([olga(), ann()]).outside(Outside::WELL).at_once(1));
//! explored.holds();
//! println!("{}", explored.report());
//! # Ok::<(), cardflow::engine::DefinitionError>(())
//! ```
//!
//! A process of yours is explored beside the package: `explore(World::small().with(our_process()?)).holds()`. The proofs of a
//! [process](mod@crate::testing::proof) run it through the runtime and a store, along ways that somebody thought of;
//! the explorer has no store and thinks of all ways. What it finds it tells as a [`Story`], the shortest there is.
//!
//! # What is searched
//!
//! From each [beginning](World::beginnings), everything that [can happen](World::actions) is tried, and what comes of it in
//! turn, breadth first; states are compared in a [canonical form](State::canonical). Where nothing new is found any more, every
//! state has been seen, and [`Explored::is_exhausted`] says so; else a [bound](Bounds) was hit.
//!
//! # What must hold
//!
//! The [laws] in every world: the [invariants](crate::domain::INVARIANTS) of the domain, and those laws of the design that can
//! be said of states and steps. Further ones are [values](Property): *always*, *each step*, *sometimes*, *eventually*. And
//! nothing is unreachable: every step and end of every process is reached, and every process begins in every state that it
//! requires and a subject can come into.
//!
//! # What the abstraction forgets
//!
//! Ids, who opened a hold, when things happened; of times still to come it keeps the order, and of holds of the same cause
//! whether it is one or more. Time passes only until the next thing is due. There is no store, so nothing is lost or conflicts, and no
//! directory or table of rights: who may see what, limits, claimed tasks, mails and deputies are left to the proofs.

mod action;
mod answers;
mod canonical;
mod decide;
mod explored;
mod goals;
mod laws;
mod moves;
mod outside;
mod property;
mod search;
mod state;
mod step;
mod words;
mod world;

pub use self::action::Action;
pub use self::explored::Explored;
pub use self::laws::laws;
pub use self::outside::{How, Outside};
pub use self::property::Property;
pub use self::search::{Bounds, explore};
pub use self::state::State;
pub use self::step::Step;
pub use self::world::World;
pub use crate::testing::proof::Story;
