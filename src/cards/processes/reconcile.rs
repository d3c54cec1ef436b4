use crate::cards::reconcile::questions;
use crate::cards::{CardSubject, Cards, on_card};
use crate::domain::CardState;
use crate::engine::{Component, Definition, DefinitionError, Version};

/// *Reconcile card*: asks the authorities of the card's certificates which state each has there, and stores it.
///
/// What was changed there behind our back is an incident. With `CardsDrift`, what was released there under a hold of ours is
/// held again, and what is in force again after a revocation is revoked again. What was revoked there is revoked here: there is
/// no way back. What is on hold there and not here gets a hold of the cause *authority*; one that is released there loses it.
///
/// It begins by itself where [`reconcile`](crate::runtime::Runtime::reconcile) finds a difference, and an operator may start it.
///
/// # Errors
///
/// [`DefinitionError`] if it is not well formed.
pub fn reconcile() -> Result<Definition<Cards, CardSubject>, DefinitionError> {
    on_card("CardsProcReconcile", "Reconcile card", Version(1))
        .about(
            "As an operator I want to know whether the authorities agree with what stands here",
            "What the authorities say of the certificates is stored, and what is not as wanted is an incident",
        )
        .component(Component::Operator)
        .component(Component::Worker)
        .options(["CardsDrift"])
        .requires(CardState::Issued)
        .requires(CardState::Active)
        .requires(CardState::Inactive)
        .requires(CardState::Locked)
        .requires(CardState::Expired)
        .requires(CardState::Unassigned)
        .requires(CardState::Assigned)
        .questions("ask", questions)
        .end("reconciled")
        .build()
}
