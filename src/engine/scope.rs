use std::collections::BTreeSet;

use super::keys::{KeyRef, Keys};
use super::record::{OWNER_KEY, UNIT_KEY};
use crate::values::PersonId;

/// How far a right reaches. Storage applies it inside searches and counts, so that pages and totals leak nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Scope {
    /// Every object of the tenant.
    All,
    /// Objects of these organisational units.
    Units(BTreeSet<String>),
    /// Objects that belong to this person.
    Own(PersonId),
    /// Nothing.
    None,
}

impl Scope {
    /// The wider of two; units add up.
    #[must_use]
    pub fn wider(self, other: Scope) -> Scope {
        match (self, other) {
            (Scope::All, _) | (_, Scope::All) => Scope::All,
            (Scope::Units(a), Scope::Units(b)) => Scope::Units(a.union(&b).cloned().collect()),
            (Scope::Units(it), _) | (_, Scope::Units(it)) => Scope::Units(it),
            (Scope::Own(it), _) | (_, Scope::Own(it)) => Scope::Own(it),
            (Scope::None, Scope::None) => Scope::None,
        }
    }

    /// Whether it reaches all that another reaches, whatever objects there are. What belongs to a person may lie within units;
    /// that is not known here, so units do not cover it.
    #[must_use]
    pub fn covers(&self, other: &Scope) -> bool {
        match (self, other) {
            (Scope::All, _) | (_, Scope::None) => true,
            (Scope::Units(one), Scope::Units(other)) => one.is_superset(other),
            (Scope::Own(one), Scope::Own(other)) => one == other,
            (Scope::Units(_) | Scope::Own(_) | Scope::None, _) => false,
        }
    }

    /// Whether an object with these keys lies within.
    #[must_use]
    pub fn reaches(&self, keys: &Keys) -> bool {
        match self {
            Scope::All => true,
            Scope::None => false,
            Scope::Own(person) => keys.of(OWNER_KEY.code).any(|it| it == KeyRef::Id(person.uuid())),
            Scope::Units(units) => {
                keys.of(UNIT_KEY.code).any(|it| matches!(it, KeyRef::Text(unit) if units.contains(unit)))
            }
        }
    }
}
