//! Approvals in a system outside, over real HTTP and TLS on this machine.
#![cfg(feature = "webhook")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "webhook/answers.rs"]
mod answers;
#[path = "webhook/answers_random.rs"]
mod answers_random;
mod common;
#[path = "webhook/desk.rs"]
mod desk;
#[path = "webhook/outgoing.rs"]
mod outgoing;
#[path = "webhook/round_trip.rs"]
mod round_trip;
#[path = "webhook/secrets.rs"]
mod secrets;
#[path = "webhook/signing.rs"]
mod signing;
#[path = "webhook/suite.rs"]
mod suite;
