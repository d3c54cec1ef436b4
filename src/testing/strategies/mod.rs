//! Strategies for property tests ([proptest](https://docs.rs/proptest)): valid things, and hostile ones.
//!
//! | family | valid | hostile |
//! | --- | --- | --- |
//! | [`texts`] | names, units, addresses | what disturbs a log, a query, a screen |
//! | [`persons`] | persons | drafts that a constructor takes or refuses |
//! | [`cards`] | cards, numbers, kinds, validities | drafts |
//! | [`certificates`] | certificates, numbers | drafts |
//! | [`relations`] | relations of a card | drafts |
//! | [`dossiers`] | dossiers in order, with the card of a scenario | old data in disorder |
//! | [`options`] | every option there is | JSON that no options can be read from, and JSON they can |
//! | [`actors`] | people who act, principals | whoever may not |
//! | [`commands`] | moves, answers | answers that no form takes |
//! | [`definitions`] | processes that build | processes that the builder must refuse |
//!
//! What is hostile is never a panic: it is taken and kept as it is, or refused by a typed error. Everything shrinks to
//! something that a person can read: names to plain ones, numbers to small ones, lists to short ones, states to `active`.
//!
//! # What a host needs
//!
//! `proptest` among its own dev-dependencies: strategies are of its traits.
//!
//! # Versions
//!
//! What the strategies may make is part of the library's interface, what they make from a seed is not: a minor version may
//! make more kinds of things.

// A strategy that makes what cannot be is a fault of the kit, and fails the test that uses it.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]

pub mod actors;
pub mod cards;
pub mod certificates;
pub mod commands;
pub mod definitions;
pub mod dossiers;
pub mod options;
pub mod persons;
pub mod relations;
pub mod texts;

use proptest::prelude::*;
use uuid::Uuid;

/// An id, as a small number.
pub fn id() -> impl Strategy<Value = Uuid> {
    (1..10_000_u128).prop_map(Uuid::from_u128)
}
