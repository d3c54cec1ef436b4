use crate::cards::{CardSubject, Cards, Leaves, leaves, on_card};
use crate::domain::{CardPlan, CardState, CauseKind, CertificateState, ExpiryCertificates, Refusal, RevocationReason};
use crate::engine::{Component, Definition, DefinitionError, Version};

/// *Expire card*: begins by itself when the validity of a card is over.
///
/// Its certificates that are not over themselves are revoked with the reason *cessationOfOperation* (RFC 5280, 5.3.1), or
/// with `CardsExpiryCertificates` on hold until they expire. A temporary card is handed in, and is never in one of these states.
///
/// # Errors
///
/// [`DefinitionError`] if it is not well formed.
pub fn expire() -> Result<Definition<Cards, CardSubject>, DefinitionError> {
    on_card("CardsProcExpire", "Expire card", Version(1))
        .about(
            "When the validity of a card is over, it and its certificates go out of use by themselves",
            "The card is expired, its relations are inactive, its certificates are revoked or on hold",
        )
        .component(Component::Worker)
        .options(["CardsExpiryCertificates", "CardsPolicyProfile", "CardsSharedCertificates", "CardsUnholdable"])
        .requires(CardState::Active)
        .requires(CardState::Inactive)
        .requires(CardState::Issued)
        .change("expire", ended().certificates(CertificateState::Revoked), expire_and_revoke)
        .when(|options, _| options.expiry_certificates == ExpiryCertificates::Revoke)
        .change("hold", ended().certificates(CertificateState::OnHold), expire_and_hold)
        .when(|options, _| options.expiry_certificates == ExpiryCertificates::Hold)
        .end("expired")
        .build()
}

fn ended() -> Leaves {
    leaves(CardState::Expired).because(CauseKind::CardExpiry)
}

fn expire_and_revoke(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().expire()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().revoke_because(RevocationReason::CessationOfOperation)
}

fn expire_and_hold(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().expire()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().hold()
}
