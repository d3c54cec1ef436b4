//! The kit for tests of hosts, adapters and processes. Feature `testing`; it belongs into dev-dependencies.
//!
//! - [`conformance`]: suites of checks by which an adapter of a port is proven, in a few lines.
//! - [`fakes`]: something to plug into each port, and trouble on a script.
//! - [`proof`](mod@proof): proves a process of your own, in one line.
//! - [`simulate`]: many hosts over one store, from a seed, with everything going wrong.
//! - [`explore`](mod@explore): every state that a small world can reach, and the shortest way to one that must not be.
//! - [`scenario`]: what is given, what happens, what comes of it, in words; on a [`scene`] and the pure engine's [`stage`].
//! - [`strategies`]: valid and hostile things of every kind, for property tests.
//! - Every port has a mock, `ports::Mock…`; a clock that stands and ids in sequence are in
//!   [`adapters::memory`](crate::adapters::memory).

pub mod conformance;
pub mod explore;
pub mod fakes;
pub mod proof;
pub mod scenario;
pub mod scene;
pub mod simulate;
pub mod stage;
pub mod strategies;
