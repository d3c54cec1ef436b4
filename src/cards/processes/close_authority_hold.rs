use crate::cards::{CardSubject, Cards, approvers, as_the_options_say, card_and_holder, leaves, note, on_card};
use crate::domain::{CardPlan, CardState, CauseKind, Refusal};
use crate::engine::{Component, Covers, Definition, DefinitionError, Version};

/// *Close hold of the authority*: a named person says that what the authority put on hold by itself may be used again.
///
/// The holds of the cause *authority* on the card's certificates close, and no others. Where no other hold keeps a certificate,
/// its authority is asked to release it.
///
/// # Errors
///
/// [`DefinitionError`] if it is not well formed.
pub fn close_authority_hold() -> Result<Definition<Cards, CardSubject>, DefinitionError> {
    on_card("CardsProcCloseAuthorityHold", "Close hold of the authority", Version(1))
        .about(
            "As an operator I want to release certificates that their authority had put on hold by itself",
            "The certificates that nothing else holds are valid again",
        )
        .component(Component::Operator)
        .options([
            "CardsApprovalEscalationRole",
            "CardsApprovalHours",
            "CardsApprovalMail",
            "CardsApprovalReminderHours",
            "CardsApprovalsNeeded",
            "CardsReactivationApproval",
        ])
        .requires(CardState::Active)
        .form("confirm", card_and_holder().required([note()]))
        .approval("approval", approvers(Covers::Exact))
        .adjusted(as_the_options_say)
        .when(|options, _| options.reactivation_approval)
        .change("close", leaves(CardState::Active).because(CauseKind::Authority), close)
        .end("closed")
        .build()
}

fn close(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.certificates().release()
}
