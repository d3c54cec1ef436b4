use super::lock::make_locked;
use crate::cards::{CardSubject, Cards, approvers, as_the_options_say, leaves, on_card};
use crate::domain::{CardPlan, CardState, CauseKind, CertificateState, Refusal};
use crate::engine::{Component, Covers, Definition, DefinitionError, Version};

/// *Decide about inactive card*: begins by itself when a card has been inactive for as long as it may (`CardsHoldDays`).
///
/// Approvers agree to lock it; if they refuse, it stays inactive for as long again. If nobody decides, they are asked anew.
/// Whoever reactivates the card meanwhile has decided too.
///
/// # Errors
///
/// [`DefinitionError`] if it is not well formed.
pub fn hold_limit() -> Result<Definition<Cards, CardSubject>, DefinitionError> {
    on_card("CardsProcHoldLimit", "Decide about inactive card", Version(1))
        .about(
            "When a card has been inactive for long, approvers decide whether it is locked",
            "The card is locked and its certificates are revoked, or it stays inactive for as long again",
        )
        .component(Component::Worker)
        .options([
            "CardsApprovalEscalationRole",
            "CardsApprovalHours",
            "CardsApprovalMail",
            "CardsApprovalReminderHours",
            "CardsApprovalsNeeded",
            "CardsHoldDays",
            "CardsHoldEnd",
            "CardsLockReason",
        ])
        .requires(CardState::Inactive)
        .approval("decision", approvers(Covers::Intent))
        .adjusted(as_the_options_say)
        .rejected_to("hold-on")
        .change(
            "lock",
            leaves(CardState::Locked).certificates(CertificateState::Revoked).because(CauseKind::CardLock),
            make_locked,
        )
        .end("locked")
        .change("hold-on", leaves(CardState::Inactive), hold_on)
        .end("inactive")
        .build()
}

fn hold_on(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().hold_on()
}
