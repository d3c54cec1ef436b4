use super::{CardPlan, Plan, Refusal};
use crate::domain::{Card, ObjectState, PersonState};
use crate::values::ObjectRef;

/// The part of a [`Plan`] that is about one person: what change functions of processes on persons are given.
///
/// What a process on a card does to its card, one on a person can do to each of the person's cards:
///
/// ```no_run
/// use cardflow::domain::{CardPlan, PersonPlan, PersonState, Refusal};
///
/// fn deactivate_user(plan: &mut PersonPlan<'_, '_>) -> Result<(), Refusal> {
///     plan.becomes(PersonState::Inactive)?;
///     plan.cards().into_iter().try_for_each(|card| make_inactive(&mut plan.card(card)))
/// }
///
/// fn make_inactive(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
///     plan.card().hold()
/// }
/// ```
#[derive(Debug)]
pub struct PersonPlan<'p, 'a> {
    plan: &'p mut Plan<'a>,
    person: ObjectRef,
}

impl<'p, 'a> PersonPlan<'p, 'a> {
    pub(super) fn new(plan: &'p mut Plan<'a>, person: ObjectRef) -> Self {
        PersonPlan { plan, person }
    }

    /// The person takes another state.
    ///
    /// # Errors
    ///
    /// [`Refusal::Change`] if the graph has no such way.
    pub fn becomes(&mut self, state: PersonState) -> Result<(), Refusal> {
        self.plan.become_(self.person, ObjectState::Person(state), None, Vec::new())
    }

    /// The cards the person holds, in the order of their references.
    #[must_use]
    pub fn cards(&self) -> Vec<ObjectRef> {
        let mut cards: Vec<_> = self.plan.dossier.cards_of(self.person).map(Card::at).collect();
        cards.sort();
        cards
    }

    /// What is planned for one of the cards.
    pub fn card(&mut self, card: ObjectRef) -> CardPlan<'_, 'a> {
        self.plan.card(card)
    }

    /// The whole plan: to register what the person is to get, say.
    pub fn plan(&mut self) -> &mut Plan<'a> {
        self.plan
    }
}
