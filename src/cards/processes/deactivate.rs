use super::reactivate::make_active;
use crate::cards::{
    CardSubject, Cards, approvers, as_the_options_say, card_and_holder, deactivation_limit, is_urgent, leaves,
    lost_since, note, notified_at, on_card, reason, reviewed_as_the_options_say, reviewers,
};
use crate::domain::{CardKind, CardPlan, CardState, CertificateState, Refusal};
use crate::engine::{Component, Covers, Definition, DefinitionError, NoticeKind, Version, Whom};

/// *Deactivate card*: the card becomes inactive, every possible relation that is active with it, and the certificates go
/// on hold. No mail goes to the holder, unless `CardsDeactivationMail` or `CardsPolicyProfile` says so.
///
/// With `CardsDeactivationApproval`, approvers must agree first. For the reasons in `CardsDeactivationApprovalExcept` it is
/// done at once, and approvers review it after: they confirm it, or have the card brought back.
///
/// With `CardsDeactivationSelfService`, self-service users are offered it for their own cards, with the same options and
/// the same approval.
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
        .component_if(Component::SelfService, |options| options.deactivation_self_service)
        .options([
            "CardsApprovalEscalationRole",
            "CardsApprovalHours",
            "CardsApprovalMail",
            "CardsApprovalReminderHours",
            "CardsApprovalsNeeded",
            "CardsDeactivationApproval",
            "CardsDeactivationApprovalExcept",
            "CardsDeactivationLimit",
            "CardsDeactivationLimitRole",
            "CardsDeactivationMail",
            "CardsDeactivationSelfService",
            "CardsHoldDays",
            "CardsOverdueRole",
            "CardsPolicyProfile",
            "CardsReasons",
            "CardsSharedCertificates",
            "CardsUnholdable",
        ])
        .notifies_if(NoticeKind::Done, [Whom::Holder], |options| {
            options.deactivation_mail || options.policy_profile.tells_holder()
        })
        .limit(deactivation_limit())
        .kinds([CardKind::Employee, CardKind::Contractor, CardKind::Visitor, CardKind::Virtual, CardKind::Mobile])
        .requires(CardState::Active)
        .form("confirm", card_and_holder().optional([reason(), note(), notified_at(), lost_since()]))
        .approval("approval", approvers(Covers::Intent))
        .adjusted(as_the_options_say)
        .when(|options, answers| options.deactivation_approval && !is_urgent(options, answers))
        .change("deactivate", leaves(CardState::Inactive).certificates(CertificateState::OnHold), make_inactive)
        .approval("review", reviewers())
        .adjusted(reviewed_as_the_options_say)
        .rejected_to("reactivate")
        .when(|options, answers| options.deactivation_approval && is_urgent(options, answers))
        .end("deactivated")
        .change("reactivate", leaves(CardState::Active).certificates(CertificateState::Valid), make_active)
        .end("reactivated")
        .build()
}

/// Sets the card inactive with all that hangs on it; other processes run it for each card of a person.
fn make_inactive(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().hold()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().hold()
}
