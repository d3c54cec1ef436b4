//! Process definitions: random graphs of steps, made as a team makes them, with the builder.
//!
//! ```
//! use cardflow::testing::strategies::definitions;
//! use proptest::prelude::*;
//!
//! proptest! {
//!     fn every_recipe_builds(recipe in definitions::recipe()) {
//!         let definition = recipe.build().unwrap();
//!         prop_assert_eq!(definition.outline().steps.len(), recipe.steps.len());
//!     }
//!
//!     fn every_fault_is_named(spoilt in definitions::hostile()) {
//!         let error = spoilt.build().unwrap_err();
//!         prop_assert!(spoilt.fault.is_named_by(&error), "{:?}: {}", spoilt.fault, error);
//!     }
//! }
//! # every_recipe_builds();
//! # every_fault_is_named();
//! ```

mod layout;
mod recipe;
mod spoilt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use self::layout::{Exit, Layout, Section};
pub use self::recipe::{Asked, ChangeRecipe, If, Recipe, StepRecipe, What};
pub use self::spoilt::{Fault, Spoilt};
use crate::domain::CardState;
use crate::engine::Component;

/// A definition that builds; shrinks to one form and an end.
///
/// Forms, approvals, effects and changes in any order that the states of the card allow, conditions on them, branches
/// forward, several ends.
pub fn recipe() -> impl Strategy<Value = Recipe> {
    let requires = prop_oneof![
        2 => Just(vec![CardState::Active]),
        1 => subsequence(vec![CardState::Active, CardState::Inactive, CardState::Issued], 1..=3),
    ];
    let components = prop_oneof![
        3 => Just(vec![Component::Operator]),
        1 => subsequence(vec![Component::Operator, Component::SelfService], 1..=2),
    ];
    (requires, components, vec(section(), 1..4))
        .prop_map(|(requires, components, sections)| Layout { requires, components, sections }.recipe())
}

/// A part of a definition: what is done in order, then an end or the next part.
fn section() -> impl Strategy<Value = Section> {
    let exit = prop_oneof![2 => Just(Exit::GoesOn), 1 => Just(Exit::Ends)];
    let skip = prop::option::of((condition(), 1..3_usize));
    (vec((what(), prop::option::weighted(0.25, condition())), 1..4), condition(), skip, exit)
        .prop_map(|(steps, around, skip, exit)| Section { steps, around, skip, exit })
}

fn what() -> impl Strategy<Value = What> {
    let asked = subsequence(Asked::ALL.to_vec(), 0..=Asked::ALL.len());
    prop_oneof![
        4 => asked.prop_map(What::Form),
        4 => select(ChangeRecipe::ALL.to_vec()).prop_map(What::Change),
        1 => prop_oneof![Just(What::Effect), Just(What::Questions)],
        1 => Just(What::Approval),
    ]
}

fn condition() -> impl Strategy<Value = If> {
    select(If::ALL.to_vec())
}

/// A definition with one fault, which the builder must refuse by its name.
pub fn hostile() -> impl Strategy<Value = Spoilt> {
    (recipe(), select(Fault::ALL.to_vec())).prop_map(|(recipe, fault)| Spoilt { recipe, fault })
}
