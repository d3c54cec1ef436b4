use crate::cards::{
    CardSubject, Cards, card_and_holder, deactivation_limit, leaves, note, notified_at, on_card, reason,
};
use crate::domain::{CardKind, CardPlan, CardState, CertificateState, Refusal};
use crate::engine::{ApprovalPolicy, Component, Covers, Definition, DefinitionError, Version};

/// *Deactivate card*: the card becomes inactive, every possible relation that is active with it, and the certificates go
/// on hold. No mail goes to the holder.
///
/// # Errors
///
/// [`DefinitionError`] if it is not well formed.
pub fn deactivate() -> Result<Definition<Cards, CardSubject>, DefinitionError> {
    on_card("CardsProcDeactivate", "Deactivate card", Version(1))
        .about(
            "As an operator I want to deactivate a card",
            "The card is inactive, its active relations are inactive, its certificates are on hold",
        )
        .component(Component::Operator)
        .options([
            "CardsDeactivationApproval",
            "CardsDeactivationLimit",
            "CardsDeactivationLimitRole",
            "CardsReasons",
            "CardsSharedCertificates",
            "CardsUnholdable",
        ])
        .limit(deactivation_limit())
        .kinds([CardKind::Employee, CardKind::Contractor, CardKind::Visitor, CardKind::Virtual, CardKind::Mobile])
        .requires(CardState::Active)
        .form("confirm", card_and_holder().optional([reason(), note(), notified_at()]))
        .approval("approval", ApprovalPolicy::role("Approver").covers(Covers::Intent))
        .when(|options, _| options.deactivation_approval)
        .change("deactivate", leaves(CardState::Inactive).certificates(CertificateState::OnHold), make_inactive)
        .end("deactivated")
        .build()
}

/// Sets the card inactive with all that hangs on it; other processes run it for each card of a person.
fn make_inactive(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().hold()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().hold()
}
