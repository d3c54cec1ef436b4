use crate::cards::{
    CardSubject, Cards, card_and_holder, deactivation_limit, leaves, note, notified_at, on_card, reason,
};
use crate::domain::{CardPlan, CardState, CauseKind, CertificateState, Refusal};
use crate::engine::{Component, Definition, DefinitionError, Version};

/// *Lock card*: the card is out of use for good, its certificates are revoked.
///
/// # Errors
///
/// [`DefinitionError`] if it is not well formed.
pub fn lock() -> Result<Definition<Cards, CardSubject>, DefinitionError> {
    on_card("CardsProcLock", "Lock card", Version(1))
        .about(
            "As an operator I want to lock a card for good",
            "The card is locked, its relations are inactive, its certificates are revoked",
        )
        .component(Component::Operator)
        .options(["CardsDeactivationLimit", "CardsLockReason", "CardsReasons"])
        .limit(deactivation_limit())
        .requires(CardState::Active)
        .requires(CardState::Inactive)
        .requires(CardState::Issued)
        .form("confirm", card_and_holder().optional([reason(), note(), notified_at()]))
        .change(
            "lock",
            leaves(CardState::Locked).certificates(CertificateState::Revoked).because(CauseKind::CardLock),
            make_locked,
        )
        .end("locked")
        .build()
}

fn make_locked(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().lock()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().revoke()
}
