use crate::cards::{CardSubject, Cards, approvers, as_the_options_say, card_and_holder, leaves, note, on_card, reason};
use crate::domain::{CardPlan, CardState, CertificateState, Refusal};
use crate::engine::{Component, Covers, Definition, DefinitionError, NoticeKind, Version, Whom};

/// *Reactivate card*: closes the holds that the deactivation of this card opened, and no others.
///
/// Where other holds stay, the object stays as it is and the answer says what holds it. What expired or was revoked
/// meanwhile is listed as not restored.
///
/// # Errors
///
/// [`DefinitionError`] if it is not well formed.
pub fn reactivate() -> Result<Definition<Cards, CardSubject>, DefinitionError> {
    on_card("CardsProcReactivate", "Reactivate card", Version(1))
        .about(
            "As an operator I want to bring a card back into use",
            "The card is active, the relations and certificates its deactivation held are active and valid",
        )
        .component(Component::Operator)
        .component(Component::Worker)
        .options([
            "CardsApprovalEscalationRole",
            "CardsApprovalHours",
            "CardsApprovalMail",
            "CardsApprovalReminderHours",
            "CardsApprovalsNeeded",
            "CardsMultipleActive",
            "CardsReactivationApproval",
            "CardsReactivationMail",
            "CardsReasons",
        ])
        .notifies_if(NoticeKind::Done, [Whom::Holder], |options| options.reactivation_mail)
        .requires(CardState::Inactive)
        .form("confirm", card_and_holder().optional([reason(), note()]))
        .approval("approval", approvers(Covers::Exact))
        .adjusted(as_the_options_say)
        .when(|options, _| options.reactivation_approval)
        .change("reactivate", leaves(CardState::Active).certificates(CertificateState::Valid), make_active)
        .end("reactivated")
        .build()
}

pub(super) fn make_active(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().release()?;
    plan.relations().possible().release()?;
    plan.certificates().release()
}
