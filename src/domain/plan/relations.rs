use super::{Plan, Refusal};
use crate::domain::{Object, ObjectState, RelationState, What};
use crate::values::ObjectRef;

/// The relations of a card in a [`Plan`].
#[derive(Debug)]
pub struct Relations<'p, 'a> {
    plan: &'p mut Plan<'a>,
    card: ObjectRef,
    chosen: Vec<ObjectRef>,
}

impl<'p, 'a> Relations<'p, 'a> {
    pub(super) fn of(plan: &'p mut Plan<'a>, card: ObjectRef) -> Self {
        let chosen = plan.dossier.relations_of(card).map(crate::domain::Relation::at).collect();
        Relations { plan, card, chosen }
    }

    /// Those that can be deactivated at all: their kind's graph has active → inactive, and they have not ended.
    #[must_use]
    pub fn possible(mut self) -> Self {
        let dossier = &self.plan.dossier;
        self.chosen.retain(|at| match dossier.get(*at) {
            Some(Object::Relation(it)) => it.state().is_some_and(|state| state != RelationState::Ended),
            _ => false,
        });
        self
    }

    /// Opens a hold on each; active ones become inactive.
    ///
    /// # Errors
    ///
    /// [`Refusal::Change`] for a relation that has no states.
    pub fn hold(self) -> Result<(), Refusal> {
        let Relations { plan, chosen, .. } = self;
        for relation in chosen {
            if plan.dossier.get(relation).and_then(Object::state)
                == Some(ObjectState::Relation(RelationState::Inactive))
            {
                plan.open_hold(relation)?;
                plan.note(relation, What::HeldToo);
            } else {
                plan.become_(relation, ObjectState::Relation(RelationState::Inactive), None, Vec::new())?;
                plan.open_hold(relation)?;
            }
        }
        Ok(())
    }

    /// Closes this process's own holds on each; those that no other hold keeps become active again.
    ///
    /// While the card itself stays inactive, a relation that only this process holds stays held with it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Change`] if a graph has no such way.
    pub fn release(self) -> Result<(), Refusal> {
        let Relations { plan, card, chosen } = self;
        let card_in_use = plan.card_state(card)? == crate::domain::CardState::Active;
        for relation in chosen {
            if !plan.holds(relation).iter().any(|it| plan.goes_with(it, card)) {
                continue;
            }
            let causes = plan.causes_left(relation, |it| plan.goes_with(it, card));
            if causes.is_empty() && !card_in_use {
                continue;
            }
            plan.close_holds(relation, |plan, hold| plan.goes_with(hold, card))?;
            if causes.is_empty() {
                plan.become_(relation, ObjectState::Relation(RelationState::Active), None, Vec::new())?;
            } else {
                plan.note(relation, What::StillHeld { causes });
            }
        }
        Ok(())
    }
}
