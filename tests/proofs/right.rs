//! Processes of a site that are right, of every shape there is: on persons, with branches and two forms, with answers of the
//! outside. The kit must let them pass.

use cardflow::cards::{
    APPROVER, CardSubject, Cards, PersonSubject, card_and_holder, leaves, leaves_person, on_card, on_person,
};
use cardflow::domain::{
    Answer, Card, CardId, CardKind, CardPlan, CardState, CauseKind, CertificateState, Object, PersonPlan, PersonState,
    Refusal, Relation, RelationId, RelationKind, Validity,
};
use cardflow::engine::{ApprovalPolicy, Component, Definition, DefinitionError, Version};
use cardflow::values::{Millis, Value};

use crate::wrong::{ask_the_office, hand_back, impound, take_away, yes_or_no};

type OnCard = Result<Definition<Cards, CardSubject>, DefinitionError>;
type OnPerson = Result<Definition<Cards, PersonSubject>, DefinitionError>;

cardflow::prove!(hand_back(), |it| it.beside(impound().unwrap()));
cardflow::prove!(deactivate_user(), |it| it.beside(reactivate_user().unwrap()));
cardflow::prove!(reactivate_user(), |it| it.beside(deactivate_user().unwrap()));
cardflow::prove!(request_card());
cardflow::prove!(inquire(), |it| it.beside(hand_back().unwrap()));
cardflow::prove!(report_lost());
cardflow::prove!(look_twice(), |it| it.beside(hand_back().unwrap()));

/// *Deactivate user*: the person and every card.
fn deactivate_user() -> OnPerson {
    fn all_inactive(plan: &mut PersonPlan<'_, '_>) -> Result<(), Refusal> {
        plan.becomes(PersonState::Inactive)?;
        for card in plan.cards() {
            let mut card = plan.card(card);
            if matches!(card.state()?, CardState::Active | CardState::Inactive) {
                card.card().hold()?;
                card.relations().possible().hold()?;
                card.certificates().usable().hold()?;
            }
        }
        Ok(())
    }
    on_person("SiteProcDeactivateUser", "Deactivate user", Version(1))
        .component(Component::Operator)
        .requires(PersonState::Active)
        .form("confirm", card_and_holder())
        .change("deactivate", leaves_person(PersonState::Inactive), all_inactive)
        .end("deactivated")
        .build()
}

/// *Reactivate user*: the person and what *Deactivate user* holds of the cards.
fn reactivate_user() -> OnPerson {
    fn all_active(plan: &mut PersonPlan<'_, '_>) -> Result<(), Refusal> {
        plan.becomes(PersonState::Active)?;
        for card in plan.cards() {
            let mut card = plan.card(card);
            card.card().release()?;
            card.relations().possible().release()?;
            card.certificates().release()?;
        }
        Ok(())
    }
    on_person("SiteProcReactivateUser", "Reactivate user", Version(1))
        .component(Component::Operator)
        .options(["CardsMultipleActive"])
        .requires(PersonState::Inactive)
        .form("confirm", card_and_holder())
        .change("reactivate", leaves_person(PersonState::Active), all_active)
        .end("reactivated")
        .build()
}

/// *Request card*: makes a card and its relation to the person, after somebody has agreed.
fn request_card() -> OnPerson {
    fn make(plan: &mut PersonPlan<'_, '_>) -> Result<(), Refusal> {
        let plan = plan.plan();
        let at = plan.dossier().subject();
        let Some(person) = plan.dossier().person(at).cloned() else {
            return Err(Refusal::Site("there is nobody to give a card to".to_owned()));
        };
        let id = plan.fresh_id();
        let until = Validity::new(plan.now(), plan.now().plus(Millis::days(365)))?;
        let number = format!("9{:03}", plan.dossier().cards_of(at).count()).parse()?;
        let card = Card::new(person.tenant(), CardId::from_uuid(id), CardKind::Visitor, number, until);
        let card = card.registered_for(person.id()).in_state(CardState::Requested)?;
        let held = RelationId::from_uuid(plan.fresh_id());
        let held = Relation::to_object(held, RelationKind::Holder, &card, at);
        plan.register(Object::Card(card))?;
        plan.register(Object::Relation(held))
    }
    on_person("SiteProcRequestCard", "Request card", Version(1))
        .component(Component::Operator)
        .options(["CardsDeactivationApproval"])
        .requires(PersonState::Active)
        .form("confirm", card_and_holder())
        .approval("agree", ApprovalPolicy::role(APPROVER))
        .when(|options, _| options.deactivation_approval)
        .change("make", leaves_person(PersonState::Active), make)
        .end("requested")
        .build()
}

/// *Inquire*: an office outside is asked; unless it says that all is well, the card is impounded.
fn inquire() -> OnCard {
    fn follow(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
        match plan.plan().outside("office").and_then(Answer::certificate_state) {
            Some(CertificateState::Expired) => Err(Refusal::Site("the office has closed for good".to_owned())),
            _ => take_away(plan),
        }
    }
    on_card("SiteProcInquire", "Inquire", Version(1))
        .component(Component::Operator)
        .requires(CardState::Active)
        .form("confirm", card_and_holder())
        .effect("office", ask_the_office)
        .change(
            "follow",
            leaves(CardState::Inactive).certificates(CertificateState::OnHold).because(CauseKind::Manual),
            follow,
        )
        .end("followed")
        .build()
}

/// *Report lost card*: by the holder.
fn report_lost() -> OnCard {
    on_card("SiteProcReportLost", "Report lost card", Version(1))
        .component(Component::SelfService)
        .options(["CardsUnholdable"])
        .requires(CardState::Active)
        .form("confirm", card_and_holder())
        .change("lose", leaves(CardState::Inactive).certificates(CertificateState::OnHold), take_away)
        .end("reported")
        .build()
}

/// *Look twice*: impounds, and asks again where the operator was not sure.
fn look_twice() -> OnCard {
    on_card("SiteProcLookTwice", "Look twice", Version(1))
        .component(Component::Operator)
        .component(Component::SelfService)
        .requires(CardState::Active)
        .form("confirm", card_and_holder().required([yes_or_no("sure")]))
        .branch("sure", |_, answers| answers.get("sure") == Some(&Value::Flag(true)), "impound")
        .form("look-again", card_and_holder().optional([yes_or_no("harmless")]))
        .branch("harmless", |_, answers| answers.get("harmless") == Some(&Value::Flag(true)), "left")
        .change("impound", leaves(CardState::Inactive).because(CauseKind::Manual), take_away)
        .end("impounded")
        .end("left")
        .build()
}
