//! Relations.
//!
//! ```
//! use cardflow::testing::strategies::{cards, relations};
//! use proptest::prelude::*;
//!
//! proptest! {
//!     fn a_relation_lives_with_its_card(card in cards::card(), draft in relations::relation()) {
//!         let relation = draft.build(&card).unwrap();
//!         prop_assert_eq!((relation.from(), relation.home()), (card.at(), card.home()));
//!     }
//! }
//! # a_relation_lives_with_its_card();
//! ```

use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::{id, texts};
use crate::domain::{Card, CauseKind, Invalid, Relation, RelationId, RelationKind, RelationState};
use crate::testing::scene::hold;

/// What a relation to something outside is made from; the card is given when it is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RelationDraft {
    /// The id.
    pub id: Uuid,
    /// The kind.
    pub kind: RelationKind,
    /// The name at the far end.
    pub to: String,
    /// The state, if the kind has one.
    pub state: RelationState,
}

impl RelationDraft {
    /// The relation of this card. An inactive one has its hold.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if the name cannot be.
    pub fn build(&self, card: &Card) -> Result<Relation, Invalid> {
        let relation = Relation::to_outside(RelationId::from_uuid(self.id), self.kind, card, &self.to)?;
        let relation = match self.kind.graph() {
            Some(_) => relation.in_state(self.state)?,
            None => relation,
        };
        let held = relation.state() == Some(RelationState::Inactive);
        Ok(if held { relation.with_hold(hold(1, CauseKind::Manual, card.at())) } else { relation })
    }
}

fn draft(to: impl Strategy<Value = String>) -> impl Strategy<Value = RelationDraft> {
    use RelationKind::{Account, DerivedFrom, Door, Entitles, Replaces, RequestedBy};
    let kind = select(vec![Door, Account, Entitles, Replaces, DerivedFrom, RequestedBy]);
    (id(), kind, to, select(RelationState::ALL)).prop_map(|(id, kind, to, state)| RelationDraft { id, kind, to, state })
}

/// A relation to something outside; shrinks to a door in Berlin.
pub fn relation() -> impl Strategy<Value = RelationDraft> {
    draft(texts::unit())
}

/// One whose name disturbs.
pub fn hostile() -> impl Strategy<Value = RelationDraft> {
    draft(texts::hostile())
}
