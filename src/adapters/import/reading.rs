use uuid::Uuid;

use super::{Fact, Finding, Import, Place};
use crate::domain::{Card, CardState, Cause, CauseKind, Hold, HoldId, Invalid, Relation, RelationState};
use crate::values::{Ids, ObjectRef, Timestamp};

/// A file that is being read: what it needs, and what it gives so far.
pub(super) struct Reading<'a> {
    pub(super) now: Timestamp,
    pub(super) import: Import,
    ids: &'a mut Ids,
}

impl<'a> Reading<'a> {
    pub(super) fn new(now: Timestamp, ids: &'a mut Ids) -> Self {
        Reading { now, import: Import::default(), ids }
    }

    pub(super) fn fresh(&mut self) -> Uuid {
        self.ids.fresh()
    }

    /// The hold of what comes in held, on account of `card`: a reactivation of the card closes it.
    pub(super) fn hold(&mut self, card: &Card) -> Hold {
        let cause = Cause { kind: CauseKind::Imported, origin: card.at(), instance: None };
        Hold::open(HoldId::from_uuid(self.fresh()), cause, None, self.now)
    }

    /// A relation of `card` as it comes in: inactive if the card is out of use.
    pub(super) fn follow(&mut self, card: &Card, relation: Relation) -> Result<Relation, Invalid> {
        if matches!(card.state(), CardState::Inactive | CardState::Locked) {
            return Ok(relation.in_state(RelationState::Inactive)?.with_hold(self.hold(card)));
        }
        Ok(relation)
    }

    pub(super) fn find(&mut self, place: Place, object: ObjectRef, fact: Fact) {
        self.import.find(Finding { place, object, fact });
    }
}
