mod card;
mod certificates;
mod deadlines;
mod person;
mod relations;

pub use self::card::{CardPart, CardPlan};
pub use self::certificates::Certificates;
pub use self::deadlines::{LOST_SINCE, NOTIFIED_AT, REASON};
pub use self::person::PersonPlan;
pub use self::relations::Relations;

use std::collections::BTreeSet;

use thiserror::Error;
use uuid::Uuid;

use super::{
    Answer, Authorities, AuthorityRequest, CardState, Cause, CauseKind, Certificate, Change, ChangeRefused, Dossier,
    Hold, HoldId, Invalid, Object, ObjectState, PersonState, PlanItem, Policy, RevocationReason, Salt, What,
};
use crate::values::{Answers, Ids, InstanceId, Millis, ObjectRef, PersonId, Timestamp, Value};

/// What a plan is made with: the time, who and why, and what the administrator decided.
#[derive(Clone, Debug)]
pub struct PlanContext<'a> {
    /// The time of the command.
    pub now: Timestamp,
    /// The instance that asks.
    pub instance: InstanceId,
    /// The person who asks; none for a timer.
    pub actor: Option<PersonId>,
    /// The kind of cause its holds have, and which it closes.
    pub cause: CauseKind,
    /// The administrator's decisions.
    pub policy: Policy,
    /// The registered authorities.
    pub authorities: &'a Authorities,
    /// What was answered in the forms so far.
    pub answers: &'a Answers,
    /// What the outside answered in the effect steps so far, by step.
    pub outside: &'a [(String, Answer)],
    /// Fresh ids.
    pub ids: Ids,
}

/// What a change step would do, before it is done: shown to the operator, then committed.
///
/// Every change is checked against its graph and made to a copy of the dossier at once, so that later lines of a change
/// function see what earlier ones did.
#[derive(Debug)]
pub struct Plan<'a> {
    context: PlanContext<'a>,
    dossier: Dossier,
    outcome: PlanOutcome,
}

/// What a finished plan consists of.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PlanOutcome {
    /// What it does, in words for people; its digest is over these.
    pub items: Vec<PlanItem>,
    /// The changes to commit.
    pub changes: Vec<Change>,
    /// The requests to the authorities.
    pub requests: Vec<AuthorityRequest>,
}

/// Why a plan cannot be: nothing of it is done.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// A change is not possible.
    #[error(transparent)]
    Change(#[from] ChangeRefused),
    /// The administrator wants no deactivation that leaves a certificate valid (`CardsUnholdable = "refuse"`).
    #[error("certificate {serial} of `{issuer}` cannot be put on hold ({why}), and CardsUnholdable is `refuse`")]
    CannotBeHeld {
        /// Its number.
        serial: String,
        /// Its issuer.
        issuer: String,
        /// The policy it would be exempt by.
        why: super::ExemptionPolicy,
    },
    /// A hold cannot be taken back, so the card cannot be given back (law 13).
    #[error("certificate {serial} of `{issuer}` is on hold and its authority cannot release it; issue a new one")]
    CannotBeReleased {
        /// Its number.
        serial: String,
        /// Its issuer.
        issuer: String,
    },
    /// Nothing this process may restore is held by it.
    #[error("nothing can be restored: the card is {}", held_by(causes))]
    NotOurs {
        /// What holds it.
        causes: Vec<CauseKind>,
    },
    /// All certificates of the card have ended for good.
    #[error("nothing can be restored: every certificate of the card has expired or is revoked; issue new ones")]
    NothingToRestore,
    /// There is no authority to ask.
    #[error("the card has no certificate whose authority could be asked; register the authority, or check the card")]
    NothingToAsk,
    /// The card's own validity is not over.
    #[error("the card is valid until {0}; lock it if it must not be used before")]
    StillValid(Timestamp),
    /// The card's own validity is over or has not begun.
    #[error("the card is not valid now: {0}")]
    OutsideValidity(super::Unusable),
    /// The holder must be active.
    #[error("the holder is {0}; reactivate the person first")]
    HolderNotActive(super::PersonState),
    /// The personal data of somebody who may still come back is needed.
    #[error("the person is {0}; lock the person first, since nobody comes back from an erasure")]
    NotFinal(PersonState),
    /// Only one card of a person may be active (`CardsMultipleActive = false`).
    #[error("card {number} of the same holder is active; deactivate it first, or allow several (CardsMultipleActive)")]
    AnotherActive {
        /// The number of the other card.
        number: String,
    },
    /// What a process makes of the answers is not acceptable.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A role or a deputyship is given that is there.
    #[error("the person has {0} already")]
    HasAlready(&'static str),
    /// A role or a deputyship is taken that is not there.
    #[error("the person does not have {0}")]
    HasNot(&'static str),
    /// What one proposed for oneself, one cannot agree to.
    #[error(
        "this is proposed and waits for another administrator; whoever it is about or proposed it cannot agree to it"
    )]
    AwaitsAnother,
    /// A role reaches further than the right of whoever gives or takes it.
    #[error(
        "this reaches further than your right to grant roles, which is limited to {}; keep within it, or ask an \
         administrator whose right reaches further",
        listed(units)
    )]
    BeyondReach {
        /// The units that the right is limited to.
        units: BTreeSet<String>,
    },
    /// A deputyship cannot be.
    #[error("this deputyship cannot be: {0}")]
    Deputyship(&'static str),
    /// A process of the site refuses for a reason of its own, in its words.
    #[error("{0}")]
    Site(String),
}

fn listed(units: &BTreeSet<String>) -> String {
    units.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn held_by(causes: &[CauseKind]) -> String {
    let names: Vec<_> = causes.iter().map(|it| it.name()).collect();
    if names.is_empty() { "not held".to_owned() } else { format!("held by {}", names.join(", ")) }
}

impl<'a> Plan<'a> {
    /// An empty plan over `dossier`.
    #[must_use]
    pub fn new(dossier: &Dossier, context: PlanContext<'a>) -> Self {
        Plan { context, dossier: dossier.clone(), outcome: PlanOutcome::default() }
    }

    /// What is planned for `card`.
    pub fn card<'p>(&'p mut self, card: ObjectRef) -> CardPlan<'p, 'a> {
        CardPlan::new(self, card)
    }

    /// What is planned for `person`.
    pub fn person<'p>(&'p mut self, person: ObjectRef) -> PersonPlan<'p, 'a> {
        PersonPlan::new(self, person)
    }

    /// A fresh id, for an object that the plan makes.
    pub fn fresh_id(&mut self) -> Uuid {
        self.context.ids.fresh()
    }

    /// Brings in a new object; relations after what they relate.
    ///
    /// # Errors
    ///
    /// [`Refusal::Change`] if it is there already, if its state is none that an object may begin in, or if a relation leads
    /// to a holder or certificate that is not in the dossier.
    pub fn register(&mut self, object: Object) -> Result<(), Refusal> {
        let object = match object {
            Object::Person(it) => Object::Person({
                let salt = Salt::new(self.context.ids.facts_salt(it.home()));
                it.salted(salt)
            }),
            other => other,
        };
        let (at, state) = (object.at(), object.state());
        let told = if let Object::Relation(relation) = &object { relation.to_be_told() } else { None };
        self.dossier.add(object.clone())?;
        self.outcome.changes.extend(Change::registration(&object, self.dossier.salt_of(at.home())));
        self.note(at, What::Registered { state });
        told.map_or(Ok(()), |(object, card)| self.change(Change::Related { object, card }))
    }

    /// The dossier as it would be after what is planned so far.
    #[must_use]
    pub fn dossier(&self) -> &Dossier {
        &self.dossier
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.context.now
    }

    /// What was answered in the forms so far.
    #[must_use]
    pub fn answers(&self) -> &'a Answers {
        self.context.answers
    }

    /// What the outside answered in an earlier effect step.
    #[must_use]
    pub fn outside(&self, step: &str) -> Option<&'a Answer> {
        self.context.outside.iter().find(|(it, _)| it == step).map(|(_, answer)| answer)
    }

    /// What the administrator decided.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.context.policy
    }

    /// The changes and requests, and the dossier after them.
    #[must_use]
    pub fn finish(self) -> (PlanOutcome, Dossier) {
        (self.outcome, self.dossier)
    }

    fn change(&mut self, change: Change) -> Result<(), Refusal> {
        self.dossier.apply(&change)?;
        self.outcome.changes.push(change);
        Ok(())
    }

    fn note(&mut self, object: ObjectRef, what: What) {
        self.outcome.items.push(PlanItem { object, what });
    }

    fn request(&mut self, certificate: &Certificate, action: super::AuthorityAction) {
        let invalid_since = match self.context.answers.get(LOST_SINCE) {
            Some(Value::Time(at)) if action != super::AuthorityAction::Release => Some(*at),
            _ => None,
        };
        self.outcome.requests.push(AuthorityRequest {
            certificate: certificate.at(),
            issuer: certificate.issuer().clone(),
            serial: certificate.serial().clone(),
            not_after: certificate.validity().until(),
            action,
            invalid_since,
        });
    }

    /// Moves `object` and notes it.
    fn become_(
        &mut self,
        object: ObjectRef,
        to: ObjectState,
        why: Option<RevocationReason>,
        also_on: Vec<ObjectRef>,
    ) -> Result<(), Refusal> {
        let from = self.dossier.get(object).and_then(Object::state).ok_or(ChangeRefused::Missing(object))?;
        self.change(Change::Moved { object, from, to, reason: why })?;
        self.note(object, What::Becomes { from, to, reason: why, also_on });
        Ok(())
    }

    /// Opens a hold of this run's cause, on account of its subject.
    fn open_hold(&mut self, object: ObjectRef) -> Result<(), Refusal> {
        self.open_hold_until(object, None)
    }

    /// The limit of a hold that opens now because a card is deactivated; its preview says so.
    fn hold_limit(&mut self, card: ObjectRef) -> Option<Timestamp> {
        let days = self.context.policy.hold_days;
        if days == 0 || self.context.cause != CauseKind::CardDeactivation {
            return None;
        }
        self.note(card, What::HeldFor { days });
        Some(self.context.now.plus(Millis::days(i64::from(days))))
    }

    fn open_hold_until(&mut self, object: ObjectRef, until: Option<Timestamp>) -> Result<(), Refusal> {
        let origin = self.dossier.subject();
        let cause = Cause { kind: self.context.cause, origin, instance: Some(self.context.instance) };
        let id = HoldId::from_uuid(self.context.ids.fresh());
        let hold = Hold::open(id, cause, self.context.actor, self.context.now).limited(until);
        self.change(Change::HoldOpened { object, hold })
    }

    fn holds(&self, object: ObjectRef) -> &[Hold] {
        self.dossier.get(object).map(Object::holds).unwrap_or_default()
    }

    /// Whether a hold is one that this run closes: of its cause and on account of its subject, or of its authority. A card
    /// that came inactive from another system was deactivated there, so a reactivation closes imported holds too.
    fn is_own(&self, hold: &Hold) -> bool {
        let cause = hold.cause();
        match (self.context.cause, cause.kind) {
            (CauseKind::Authority, CauseKind::Authority) => true,
            (CauseKind::CardDeactivation, CauseKind::Imported) => cause.origin == self.dossier.subject(),
            (own, kind) => cause.origin == self.dossier.subject() && kind == own,
        }
    }

    /// Whether a hold on something that hangs on `card` goes with this run: its own, and once the card is in use, those
    /// that were opened for the card's sake. A process that closed its hold on a card that others still held had to leave
    /// them.
    fn goes_with(&self, hold: &Hold, card: ObjectRef) -> bool {
        let cause = hold.cause();
        let for_the_card = match cause.kind {
            CauseKind::CardDeactivation | CauseKind::TemporaryReplacement | CauseKind::NotYetActivated => true,
            CauseKind::UserDeactivation
            | CauseKind::Imported
            | CauseKind::Manual
            | CauseKind::Authority
            | CauseKind::CardLock
            | CauseKind::CardExpiry => false,
        };
        let in_use = self.dossier.card(card).is_some_and(|it| it.state() == CardState::Active);
        self.is_own(hold) || in_use && for_the_card && cause.origin == card
    }

    fn close_own_holds(&mut self, object: ObjectRef) -> Result<bool, Refusal> {
        self.close_holds(object, |plan, hold| plan.is_own(hold))
    }

    fn close_all_holds(&mut self, object: ObjectRef) -> Result<bool, Refusal> {
        self.close_holds(object, |_, _| true)
    }

    /// The causes that keep `object` held once the holds that `goes` selects are closed.
    fn causes_left(&self, object: ObjectRef, goes: impl Fn(&Hold) -> bool) -> Vec<CauseKind> {
        self.holds(object).iter().filter(|it| !goes(it)).map(|it| it.cause().kind).collect()
    }

    /// Closes the holds of `object` that `which` selects; says whether there were any.
    fn close_holds(&mut self, object: ObjectRef, which: impl Fn(&Self, &Hold) -> bool) -> Result<bool, Refusal> {
        let closing: Vec<_> =
            self.holds(object).iter().filter(|it| which(self, it)).map(|it| (it.id(), it.cause())).collect();
        let any = !closing.is_empty();
        for (hold, cause) in closing {
            self.change(Change::HoldClosed { object, hold, cause })?;
        }
        Ok(any)
    }

    fn card_state(&self, card: ObjectRef) -> Result<CardState, Refusal> {
        Ok(self.dossier.card(card).ok_or(ChangeRefused::Missing(card))?.state())
    }
}
