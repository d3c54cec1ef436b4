//! Cards.
//!
//! ```
//! use cardflow::testing::strategies::cards;
//! use proptest::prelude::*;
//!
//! proptest! {
//!     fn a_card_is_in_its_graph(card in cards::card()) {
//!         prop_assert!(card.graph().has(card.state()));
//!     }
//! }
//! # a_card_is_in_its_graph();
//! ```

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::{id, texts};
use crate::domain::{Card, CardId, CardKind, CardNumber, CardState, CauseKind, Invalid, Validity};
use crate::testing::scene::{TENANT, day, held_for};
use crate::values::{PersonId, Timestamp};

/// A number; shrinks to `1`.
pub fn number() -> impl Strategy<Value = CardNumber> {
    let printed =
        prop_oneof![3 => "[1-9][0-9]{0,3}", 1 => "[1-9][0-9]{3} [0-9]{4}( [A-Z]{2})?", 1 => "[A-Z]{2}-[1-9][0-9]{0,5}"];
    printed.prop_map(|it| it.parse().expect("a number"))
}

/// A kind; shrinks to an employee's.
pub fn kind() -> impl Strategy<Value = CardKind> {
    use CardKind::*;
    select(vec![Employee, Contractor, Visitor, Temporary, Virtual, Mobile, Site("robot".to_owned())])
}

/// From when until when: of a card or a certificate that is good now, is over, or is not yet good. Shrinks to a year.
pub fn validity() -> impl Strategy<Value = Validity> {
    let span =
        prop_oneof![4 => (-365..-1_i64, 1..365_i64), 1 => (-365..-30_i64, -29..0_i64), 1 => (1..30_i64, 31..365_i64)];
    span.prop_map(|(from, until)| Validity::new(day(from), day(until)).expect("a span"))
}

/// A card in any state of its graph, at home in itself or registered for a person. An inactive one has its hold.
pub fn card() -> impl Strategy<Value = Card> {
    let parts = (id(), kind(), number(), validity(), option::of(id()), any::<prop::sample::Index>());
    (parts, option::of(texts::unit())).prop_map(|((id, kind, number, validity, holder, state), unit)| {
        let mut card = Card::new(TENANT, CardId::from_uuid(id), kind, number, validity);
        if let Some(holder) = holder {
            card = card.registered_for(PersonId::from_uuid(holder));
        }
        if let Some(unit) = unit {
            card = card.in_unit(&unit).expect("a unit");
        }
        // `active`, which a card begins in, comes first: that is what it shrinks to.
        let mut states: Vec<CardState> = card.graph().states.iter().map(|it| it.state).collect();
        states.sort_by_key(|it| *it != card.state());
        let card = card.in_state(*state.get(&states)).expect("a state of its graph");
        if card.state() == CardState::Inactive { held_for(card, CauseKind::CardDeactivation) } else { card }
    })
}

/// What a card is made from, before anybody has looked at it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CardDraft {
    /// The id.
    pub id: Uuid,
    /// The kind, in words.
    pub kind: String,
    /// The number.
    pub number: String,
    /// From when until when.
    pub validity: (Timestamp, Timestamp),
    /// The state.
    pub state: CardState,
    /// The unit.
    pub unit: Option<String>,
    /// An attribute of the site.
    pub attribute: Option<(String, String)>,
}

impl CardDraft {
    /// The card, at home in itself.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the first field that cannot be.
    pub fn build(&self) -> Result<Card, Invalid> {
        let validity = Validity::new(self.validity.0, self.validity.1)?;
        let mut card =
            Card::new(TENANT, CardId::from_uuid(self.id), self.kind.parse()?, self.number.parse()?, validity);
        card = card.in_state(self.state)?;
        if let Some(unit) = &self.unit {
            card = card.in_unit(unit)?;
        }
        if let Some((name, value)) = &self.attribute {
            card = card.with_attribute(name, value)?;
        }
        Ok(card)
    }
}

/// A draft whose every text disturbs, whose times are those at the ends of time, and whose state may be of another graph.
pub fn hostile() -> impl Strategy<Value = CardDraft> {
    let time = || prop_oneof![Just(day(0)), any::<i64>().prop_map(Timestamp::from_millis)];
    let kind = prop_oneof![2 => kind().prop_map(|it| it.to_string()), 1 => texts::hostile()];
    let number = prop_oneof![1 => number().prop_map(|it| it.to_string()), 2 => texts::hostile()];
    let attribute = option::of((texts::hostile(), texts::hostile()));
    (id(), kind, number, (time(), time()), select(CardState::ALL), option::of(texts::hostile()), attribute).prop_map(
        |(id, kind, number, validity, state, unit, attribute)| CardDraft {
            id,
            kind,
            number,
            validity,
            state,
            unit,
            attribute,
        },
    )
}
