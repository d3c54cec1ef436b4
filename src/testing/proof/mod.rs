//! Proves a process: one line, and the library tries states, actors, orders, failures and crashes against the rules of the
//! domain.
//!
//! ```
//! // tests/proofs.rs of whoever adds a process
//! use cardflow::cards::processes::deactivate;
//!
//! cardflow::prove!(deactivate());
//! # fn main() {}
//! ```
//!
//! ```text
//! $ cargo test
//! test deactivate::happy_path ... ok
//! test deactivate::every_option ... ok
//! test deactivate::crash_at_every_commit ... ok
//! …
//! ```
//!
//! Each proof is a test of its own, so that a failure is named; it tells a [`Story`]: on what the process ran, who did what,
//! what went wrong, what was expected and what is so instead. The names of all proofs, with what each says, are
//! [`Proven::proofs`]. The chapter [proving a process](crate::manual::proving_a_process) leads from nothing to a caught bug.
//!
//! # The office
//!
//! Each run has one of its own: a small office over a store in memory, with the real runtime, an outside that goes wrong
//! on demand, a clock that stands and ids in sequence. The same run comes out the same each time. Nothing is spawned, nothing
//! waits, no file is touched but the plans that are kept.
//!
//! The subject comes into a state that the process [requires](crate::engine::Builder::requires) by being registered in it, and
//! through each other process that leaves it: an inactive card has the holds of a real deactivation.
//!
//! # Without the macro
//!
//! ```
//! use cardflow::cards::processes::reactivate;
//! use cardflow::testing::proof::Proof;
//!
//! let proven = Proof::of(reactivate()?)?.prove();
//! assert_eq!(proven.failures("cancelled_at_every_step"), []);
//! # Ok::<(), cardflow::engine::DefinitionError>(())
//! ```

mod case;
mod course;
mod coverage;
mod delivery;
mod ending;
pub(in crate::testing) mod filling;
mod known;
#[expect(clippy::expect_used, reason = "an office is made of literals")]
mod office;
mod options;
mod outside;
mod play;
mod prepared;
mod proofs;
mod prove;
mod proven;
mod runs;
pub(in crate::testing) mod story;
#[expect(clippy::expect_used, reason = "an office is made of literals")]
mod surroundings;
mod view;

pub use self::known::{Declared, Provable};
pub use self::options::names as varied_options;
pub use self::prove::{__proven, Proof};
pub use self::proven::Proven;
pub use self::story::Story;

use self::case::Case;
