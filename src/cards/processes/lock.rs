use crate::cards::{
    CardSubject, Cards, approvers, as_the_options_say, card_and_holder, deactivation_limit, leaves, lost_since, note,
    notified_at, on_card, reason,
};
use crate::domain::{CardPlan, CardState, CauseKind, CertificateState, Refusal};
use crate::engine::{Component, Covers, Definition, DefinitionError, NoticeKind, Version, Whom};

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
        .component(Component::Worker)
        .options([
            "CardsApprovalEscalationRole",
            "CardsApprovalHours",
            "CardsApprovalMail",
            "CardsApprovalReminderHours",
            "CardsApprovalsNeeded",
            "CardsDeactivationLimit",
            "CardsDeactivationLimitRole",
            "CardsLockApproval",
            "CardsLockMail",
            "CardsLockReason",
            "CardsOverdueRole",
            "CardsPolicyProfile",
            "CardsReasons",
        ])
        .notifies_if(NoticeKind::Done, [Whom::Holder], |options| {
            options.lock_mail || options.policy_profile.tells_holder()
        })
        .limit(deactivation_limit())
        .requires(CardState::Active)
        .requires(CardState::Inactive)
        .requires(CardState::Issued)
        .form("confirm", card_and_holder().optional([reason(), note(), notified_at(), lost_since()]))
        .approval("approval", approvers(Covers::Intent))
        .adjusted(as_the_options_say)
        .when(|options, _| options.lock_approval)
        .change(
            "lock",
            leaves(CardState::Locked).certificates(CertificateState::Revoked).because(CauseKind::CardLock),
            make_locked,
        )
        .end("locked")
        .build()
}

pub(super) fn make_locked(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().lock()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().revoke()
}
