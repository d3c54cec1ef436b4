use cardflow::cards::{CardSubject, Cards, card_and_holder, leaves, note, on_card};
use cardflow::domain::{CardPlan, CardState, CauseKind, CertificateState, Refusal};
use cardflow::engine::{Component, Definition, DefinitionError, Version};

/// *Impound card*: out of use until an investigation is over.
pub fn impound() -> Result<Definition<Cards, CardSubject>, DefinitionError> {
    on_card("SiteProcImpound", "Impound card", Version(1))
        .about("As an operator I want to impound a card", "The card is inactive until it is handed back")
        .component(Component::Operator)
        .requires(CardState::Active)
        .requires(CardState::Inactive)
        .form("confirm", card_and_holder().required([note()]))
        .change(
            "impound",
            leaves(CardState::Inactive).certificates(CertificateState::OnHold).because(CauseKind::Manual),
            take_away,
        )
        .end("impounded")
        .build()
}

fn take_away(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().hold()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().hold()
}

/// *Hand back card*: closes what *Impound card* holds, and nothing else.
pub fn hand_back() -> Result<Definition<Cards, CardSubject>, DefinitionError> {
    on_card("SiteProcHandBack", "Hand back card", Version(1))
        .about("As an operator I want to hand an impounded card back", "The card is as it was before")
        .component(Component::Operator)
        .requires(CardState::Inactive)
        .form("confirm", card_and_holder())
        .change("hand-back", leaves(CardState::Active).because(CauseKind::Manual), give_back)
        .end("handed-back")
        .build()
}

fn give_back(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().release()?;
    plan.relations().possible().release()?;
    plan.certificates().release()
}
