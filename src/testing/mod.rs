//! The kit for tests of hosts, adapters and processes. Feature `testing`; it belongs into dev-dependencies.
//!
//! - [`conformance`]: suites of checks by which an adapter of a port is proven, in a few lines.
//! - [`fakes`]: something to plug into each port, and trouble on a script.
//! - Every port has a mock, `ports::Mock…`; a clock that stands and ids in sequence are in
//!   [`adapters::memory`](crate::adapters::memory).

pub mod conformance;
pub mod fakes;
