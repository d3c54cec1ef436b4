use std::fmt;

use super::{CardState, Dossier, PersonState};
use crate::values::{ObjectRef, Timestamp};

/// Why a card may not be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Unusable {
    /// There is no such card.
    Unknown,
    /// Its state is not one of use.
    State(CardState),
    /// Its validity has not begun.
    NotYetValid(Timestamp),
    /// Its validity is over.
    ValidityOver(Timestamp),
    /// Its holder is not active.
    Holder(PersonState),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::Unknown => f.write_str("there is no such card"),
            Unusable::State(state) => write!(f, "the card is {state}"),
            Unusable::NotYetValid(from) => write!(f, "the card is valid only from {from}"),
            Unusable::ValidityOver(until) => write!(f, "the card was valid until {until}"),
            Unusable::Holder(state) => write!(f, "its holder is {state}"),
        }
    }
}

/// Whether `card` may be used at a time, for online checks at doors and logins.
///
/// # Errors
///
/// The first [`Unusable`] found: state, then validity, then holder.
pub fn usable(dossier: &Dossier, card: ObjectRef, at: Timestamp) -> Result<(), Unusable> {
    let found = dossier.card(card).ok_or(Unusable::Unknown)?;
    if !matches!(found.state(), CardState::Active | CardState::Assigned) {
        return Err(Unusable::State(found.state()));
    }
    if at < found.validity().from() {
        return Err(Unusable::NotYetValid(found.validity().from()));
    }
    if found.validity().is_over(at) {
        return Err(Unusable::ValidityOver(found.validity().until()));
    }
    match dossier.holder_of(card) {
        Some(holder) if holder.state() != PersonState::Active => Err(Unusable::Holder(holder.state())),
        _ => Ok(()),
    }
}
