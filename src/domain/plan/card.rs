use super::{Certificates, Plan, Refusal, Relations};
use crate::domain::{CardState, Change, DeadlineEnd, Hold, Measure, ObjectState, PersonState, Unusable, What};
use crate::values::ObjectRef;

/// The part of a [`Plan`] that is about one card: what change functions are given.
///
/// ```no_run
/// use cardflow::domain::{CardPlan, Refusal};
///
/// fn make_inactive(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
///     plan.card().hold()?;
///     plan.relations().possible().hold()?;
///     plan.certificates().usable().hold()
/// }
/// ```
#[derive(Debug)]
pub struct CardPlan<'p, 'a> {
    plan: &'p mut Plan<'a>,
    card: ObjectRef,
}

impl<'p, 'a> CardPlan<'p, 'a> {
    pub(super) fn new(plan: &'p mut Plan<'a>, card: ObjectRef) -> Self {
        CardPlan { plan, card }
    }

    /// The state it would be in after what is planned so far.
    ///
    /// # Errors
    ///
    /// [`Refusal::Change`] if there is no such card.
    pub fn state(&self) -> Result<CardState, Refusal> {
        self.plan.card_state(self.card)
    }

    /// The card itself.
    pub fn card(&mut self) -> CardPart<'_, 'a> {
        CardPart { plan: self.plan, card: self.card }
    }

    /// Its relations.
    pub fn relations(&mut self) -> Relations<'_, 'a> {
        Relations::of(self.plan, self.card)
    }

    /// The certificates on it.
    pub fn certificates(&mut self) -> Certificates<'_, 'a> {
        Certificates::of(self.plan, self.card)
    }

    /// The whole plan: for what is not about this card alone.
    pub fn plan(&mut self) -> &mut Plan<'a> {
        self.plan
    }
}

/// The card of a [`CardPlan`].
#[derive(Debug)]
pub struct CardPart<'p, 'a> {
    plan: &'p mut Plan<'a>,
    card: ObjectRef,
}

impl CardPart<'_, '_> {
    /// Opens a hold; the card becomes inactive unless it is so already.
    ///
    /// # Errors
    ///
    /// [`Refusal::Change`] if the card is neither active nor inactive.
    pub fn hold(self) -> Result<(), Refusal> {
        let CardPart { plan, card } = self;
        if plan.card_state(card)? == CardState::Inactive {
            plan.note(card, What::HeldToo);
        } else {
            plan.become_(card, ObjectState::Card(CardState::Inactive), None, Vec::new())?;
        }
        let until = plan.hold_limit(card);
        plan.open_hold_until(card, until)?;
        plan.set_deadline(card, Measure::Hold)
    }

    /// Moves the limit of this process's own holds: from now, for as long as a hold may last.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotOurs`] if it has none.
    pub fn hold_on(self) -> Result<(), Refusal> {
        let CardPart { plan, card } = self;
        let own: Vec<_> = plan.holds(card).iter().filter(|it| plan.is_own(it)).map(Hold::id).collect();
        if own.is_empty() {
            return Err(Refusal::NotOurs { causes: plan.causes_left(card, |_| false) });
        }
        let until = plan.hold_limit(card);
        own.into_iter().try_for_each(|hold| plan.change(Change::HoldLimited { object: card, hold, until }))
    }

    /// Ends the use of a card whose validity is over; every hold on it closes.
    ///
    /// # Errors
    ///
    /// [`Refusal::StillValid`] if its validity is not over; [`Refusal::Change`] if its graph has no way to `expired` from
    /// where it is.
    pub fn expire(self) -> Result<(), Refusal> {
        let CardPart { plan, card } = self;
        let missing = crate::domain::ChangeRefused::Missing(card);
        let validity = plan.dossier.card(card).ok_or(missing)?.validity();
        if !validity.is_over(plan.context.now) {
            return Err(Refusal::StillValid(validity.until()));
        }
        plan.become_(card, ObjectState::Card(CardState::Expired), None, Vec::new())?;
        plan.close_all_holds(card)?;
        Ok(())
    }

    /// Closes this process's own holds; the card becomes active again unless others stay open.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotOurs`] if none of the holds is this process's, and what [`CardPart::may_be_active`] finds.
    pub fn release(mut self) -> Result<(), Refusal> {
        self.may_be_active()?;
        let CardPart { plan, card } = self;
        let causes = plan.causes_left(card, |it| plan.is_own(it));
        if !plan.close_own_holds(card)? {
            return Err(Refusal::NotOurs { causes });
        }
        if causes.is_empty() {
            plan.become_(card, ObjectState::Card(CardState::Active), None, Vec::new())?;
            return plan.end_deadlines(card, DeadlineEnd::Lifted);
        }
        plan.note(card, What::StillHeld { causes });
        Ok(())
    }

    /// Locks the card for good; every hold on it closes.
    ///
    /// # Errors
    ///
    /// [`Refusal::Change`] if its graph has no way to `locked` from where it is.
    pub fn lock(self) -> Result<(), Refusal> {
        let CardPart { plan, card } = self;
        plan.become_(card, ObjectState::Card(CardState::Locked), None, Vec::new())?;
        plan.close_all_holds(card)?;
        plan.set_deadline(card, Measure::Revocation)
    }

    /// Checks that the card may be in use: within its validity, its holder active, no other active card of the holder
    /// where only one is allowed.
    ///
    /// # Errors
    ///
    /// [`Refusal`] says what stands in the way.
    pub fn may_be_active(&mut self) -> Result<(), Refusal> {
        let dossier = &self.plan.dossier;
        let now = self.plan.context.now;
        let missing = crate::domain::ChangeRefused::Missing(self.card);
        let validity = dossier.card(self.card).ok_or(missing)?.validity();
        if validity.is_over(now) {
            return Err(Refusal::OutsideValidity(Unusable::ValidityOver(validity.until())));
        }
        if !validity.contains(now) {
            return Err(Refusal::OutsideValidity(Unusable::NotYetValid(validity.from())));
        }
        let Some(holder) = dossier.holder_of(self.card) else { return Ok(()) };
        if holder.state() != PersonState::Active {
            return Err(Refusal::HolderNotActive(holder.state()));
        }
        let other = dossier.cards_of(holder.at()).find(|it| it.at() != self.card && it.state() == CardState::Active);
        match other {
            Some(other) if !self.plan.context.policy.multiple_active => {
                Err(Refusal::AnotherActive { number: other.number().to_string() })
            }
            _ => Ok(()),
        }
    }
}
