//! The kit for tests is tested: its fakes, its strategies, its scenarios.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

#[path = "kit/fakes.rs"]
mod fakes;
#[path = "kit/properties.rs"]
mod properties;
#[path = "kit/scenarios.rs"]
mod scenarios;
