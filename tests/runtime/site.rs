//! Processes of a site: on persons, with objects they make, holds of another cause, and answers they wait for.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::cards::{
    CardStateRequest, Cards, CardsOptions, Request, approvers, card_and_holder, leaves, leaves_person, on_card,
    on_person,
};
use cardflow::domain::{
    Answer, AuthorityAction, Card, CardId, CardKind, CardPlan, CardState, CauseKind, Certificate, CertificateContent,
    CertificateId, CertificateState, KeyUse, Object, PersonPlan, PersonState, Refusal, Relation, RelationId,
    RelationKind, RevocationReason, Validity, What,
};
use cardflow::engine::{Asks, Component, Covers, Event, Field, Form, Ground, Outcome, Process, Status, Version};
use cardflow::ports::{EffectCall, EffectError, EffectHandler, EffectState, Search, Seen, Setback};
use cardflow::runtime::Delivered;
use cardflow::testing::fakes::MemoryOptions;
use cardflow::values::{Answers, Digest, Millis, Value};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, issuer, now, person_at, rejection, validity};

every_store![
    a_process_on_a_person_makes_a_card,
    a_card_it_makes_may_have_a_home_of_its_own,
    what_comes_next_is_shown_beside_what_was_just_made,
    a_number_that_is_taken_makes_none,
    a_user_who_is_deactivated_takes_the_cards_along,
    a_user_who_is_locked_loses_what_is_still_good_and_nothing_else,
    a_card_held_for_two_causes_stays_held_until_both_are_gone,
    holds_close_in_either_order,
    a_step_waits_for_the_outside_and_the_next_reads_its_answer,
    a_state_gone_while_the_outside_is_asked_ends_superseded,
    an_answer_is_on_record_although_what_follows_is_refused,
    what_an_answer_leads_to_is_not_asked_of_people_twice,
    an_answer_is_on_record_although_a_number_is_taken,
    options_stay_while_the_outside_is_asked,
];

/// Makes a card with the number that was asked for, and these digits after it.
fn make_card(plan: &mut PersonPlan<'_, '_>, digits: &str) -> Result<(), Refusal> {
    let plan = plan.plan();
    let at = plan.dossier().subject();
    let person = plan.dossier().person(at).cloned();
    let person = person.ok_or_else(|| Refusal::Site("there is nobody to give a card to".to_owned()))?;
    let number = format!("{}{digits}", plan.answers().text("number").unwrap_or_default()).parse()?;
    let id = CardId::from_uuid(plan.fresh_id());
    let card = Card::new(TENANT, id, CardKind::Visitor, number, validity());
    let lent = plan.answers().get("lent").is_some();
    let card = if lent { card } else { card.registered_for(person.id()) };
    let card = card.in_state(CardState::Requested)?;
    let held = RelationId::from_uuid(plan.fresh_id());
    let held = Relation::to_object(held, RelationKind::Holder, &card, at);
    plan.register(Object::Card(card))?;
    plan.register(Object::Relation(held))
}

fn number() -> Field<Cards> {
    Field { name: "number", label: "Number", asks: Asks::Text(30), required: true }
}

/// One card after a form, and another after a second form.
fn request_two() -> Arc<dyn Process<Cards>> {
    let built = on_person("SiteProcRequestTwo", "Request two cards", Version(1))
        .component(Component::Operator)
        .requires(PersonState::Active)
        .form("number", Form::shows(&["person"]).required([number()]))
        .change("one", leaves_person(PersonState::Active), |plan| make_card(plan, ""))
        .form("more", Form::shows(&["person"]))
        .change("another", leaves_person(PersonState::Active), |plan| make_card(plan, "1"))
        .end("requested");
    Arc::new(built.build().unwrap())
}

fn request_card() -> Arc<dyn Process<Cards>> {
    let lent = Field { name: "lent", label: "From stock", asks: Asks::Flag, required: false };
    let built = on_person("SiteProcRequestCard", "Request card", Version(1))
        .component(Component::Operator)
        .requires(PersonState::Active)
        .form("number", Form::shows(&["person"]).required([number()]).optional([lent]))
        .change("request", leaves_person(PersonState::Active), |plan| make_card(plan, ""))
        .end("requested");
    Arc::new(built.build().unwrap())
}

fn deactivate_user() -> Arc<dyn Process<Cards>> {
    fn deactivate(plan: &mut PersonPlan<'_, '_>) -> Result<(), Refusal> {
        plan.becomes(PersonState::Inactive)?;
        for card in plan.cards() {
            let mut card = plan.card(card);
            card.card().hold()?;
            card.relations().possible().hold()?;
            card.certificates().usable().hold()?;
        }
        Ok(())
    }
    let built = on_person("SiteProcDeactivateUser", "Deactivate user", Version(1))
        .component(Component::Operator)
        .requires(PersonState::Active)
        .form("confirm", Form::shows(&["person"]))
        .change("deactivate", leaves_person(PersonState::Inactive), deactivate)
        .end("deactivated");
    Arc::new(built.build().unwrap())
}

/// Locks the person with every card.
fn lock_user() -> Arc<dyn Process<Cards>> {
    fn lock(plan: &mut PersonPlan<'_, '_>) -> Result<(), Refusal> {
        plan.becomes(PersonState::Locked)?;
        for card in plan.cards() {
            let mut card = plan.card(card);
            card.card().lock()?;
            card.relations().possible().hold()?;
            card.certificates().usable().revoke()?;
        }
        Ok(())
    }
    let built = on_person("SiteProcLockUser", "Lock user", Version(1))
        .component(Component::Operator)
        .requires(PersonState::Active)
        .form("confirm", Form::shows(&["person"]))
        .change("lock", leaves_person(PersonState::Locked).because(CauseKind::UserDeactivation), lock)
        .end("locked");
    Arc::new(built.build().unwrap())
}

/// Brings the person back, and the cards with it.
fn reactivate_user() -> Arc<dyn Process<Cards>> {
    fn reactivate(plan: &mut PersonPlan<'_, '_>) -> Result<(), Refusal> {
        if matches!(plan.plan().answers().get("person"), Some(Value::Flag(true))) {
            plan.becomes(PersonState::Active)?;
        }
        if matches!(plan.plan().answers().get("cards"), Some(Value::Flag(true))) {
            for card in plan.cards() {
                let mut card = plan.card(card);
                card.card().release()?;
                card.relations().possible().release()?;
                card.certificates().release()?;
            }
        }
        Ok(())
    }
    let flag = |name| Field { name, label: "Bring back", asks: Asks::Flag, required: true };
    let built = on_person("SiteProcReactivateUser", "Reactivate user", Version(1))
        .component(Component::Operator)
        .requires(PersonState::Inactive)
        .requires(PersonState::Active)
        .form("what", Form::shows(&["person"]).required([flag("person"), flag("cards")]))
        .change("reactivate", leaves_person(PersonState::Active), reactivate)
        .end("reactivated");
    Arc::new(built.build().unwrap())
}

/// Asks an outside office what is to become of the card, and does that.
fn asked_about(card: &Card) -> Request {
    Request::CardState(CardStateRequest {
        listener: "lost-property".to_owned(),
        card: card.at(),
        number: card.number().plain(),
        state: card.state(),
    })
}

fn ask(ground: &mut Ground<'_, Cards>) -> Result<Request, Refusal> {
    Ok(asked_about(ground.dossier.subject_card().unwrap()))
}

fn hold_all(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().hold()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().hold()
}

fn inquire_and_ask() -> Arc<dyn Process<Cards>> {
    let built = on_card("SiteProcInquireAndAsk", "Inquire, and ask for approval", Version(1))
        .component(Component::Operator)
        .requires(CardState::Active)
        .form("confirm", card_and_holder())
        .effect("ask", ask)
        .approval("approval", approvers(Covers::Intent))
        .change("hold", leaves(CardState::Inactive), hold_all)
        .end("held");
    Arc::new(built.build().unwrap())
}

fn make_and_ask() -> Arc<dyn Process<Cards>> {
    let built = on_person("SiteProcMakeAndAsk", "Make a card, and ask for approval", Version(1))
        .component(Component::Operator)
        .requires(PersonState::Active)
        .form("number", Form::shows(&["person"]).required([number()]))
        .change("make", leaves_person(PersonState::Active), |plan| make_card(plan, ""))
        .approval("approval", approvers(Covers::Intent))
        .change("another", leaves_person(PersonState::Active), |plan| make_card(plan, "1"))
        .end("made");
    Arc::new(built.build().unwrap())
}

fn inquire_and_make() -> Arc<dyn Process<Cards>> {
    let built = on_person("SiteProcInquireAndMake", "Inquire, and make a card", Version(1))
        .component(Component::Operator)
        .requires(PersonState::Active)
        .form("number", Form::shows(&["person"]).required([number()]))
        .effect("ask", |ground| {
            let card = ground.dossier.cards().next().unwrap();
            Ok(asked_about(card))
        })
        .change("make", leaves_person(PersonState::Active), |plan| make_card(plan, ""))
        .end("made");
    Arc::new(built.build().unwrap())
}

fn inquire() -> Arc<dyn Process<Cards>> {
    fn follow(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
        match plan.plan().outside("ask").and_then(Answer::certificate_state) {
            Some(CertificateState::OnHold) => hold_all(plan),
            Some(CertificateState::Revoked) => {
                plan.card().lock()?;
                plan.relations().possible().hold()?;
                plan.certificates().usable().revoke()
            }
            Some(CertificateState::Expired) => {
                plan.card().hold()?;
                Err(Refusal::Site("the office has closed for good".to_owned()))
            }
            _ => Ok(()),
        }
    }
    let built = on_card("SiteProcInquire", "Inquire", Version(1))
        .component(Component::Operator)
        .requires(CardState::Active)
        .form("confirm", card_and_holder())
        .effect("ask", ask)
        .change("follow", leaves(CardState::Inactive), follow)
        .end("followed");
    Arc::new(built.build().unwrap())
}

/// An outside office that was told what to answer.
#[derive(Debug)]
struct LostProperty(Mutex<Option<CertificateState>>);

#[async_trait]
impl EffectHandler for LostProperty {
    fn kind(&self) -> String {
        "lost-property".to_owned()
    }

    async fn perform(&self, _: &EffectCall) -> Result<Vec<u8>, EffectError> {
        let state = *self.0.lock().unwrap();
        let closed =
            || EffectError { what: "closed on Sundays".to_owned(), setback: Setback::Unavailable, source: None };
        let answer =
            Answer::Authority { state: state.ok_or_else(closed)?, reason: None, since: None, held_before: false };
        Ok(answer.to_bytes().unwrap())
    }

    async fn status(&self, _: &EffectCall) -> Result<EffectState, EffectError> {
        Ok(EffectState::NotDone(Seen::default()))
    }
}

async fn office(store: &Store) -> Office {
    let processes = [request_card(), request_two(), deactivate_user(), reactivate_user()];
    Office::over(store.builder().processes(processes)).await
}

impl Office {
    async fn deactivate_user(&self) {
        self.run_on_holder("SiteProcDeactivateUser", Answers::none()).await;
    }

    async fn reactivate_user(&self, person: bool, cards: bool) {
        let what = Answers::none().with("person", person).with("cards", cards);
        self.run_on_holder("SiteProcReactivateUser", what).await;
    }

    async fn run_on_holder(&self, process: &str, answers: Answers) {
        self.cards.run(&self.operator, process, person_at(self.holder), answers).await.unwrap();
        self.settle().await;
    }

    /// The causes of the holds on the card, on every relation and on every certificate: the same everywhere.
    async fn causes(&self) -> Vec<CauseKind> {
        let dossier = self.dossier().await;
        let of = |it: &Object| it.holds().iter().map(|hold| hold.cause().kind).collect::<Vec<_>>();
        let mut all: Vec<_> = dossier.objects().filter(|it| !matches!(it, Object::Person(_))).map(of).collect();
        all.dedup();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }
}

async fn a_process_on_a_person_makes_a_card(store: Store) {
    let office = office(&store).await;
    let Office { cards, operator, .. } = &office;
    let person = person_at(office.holder);
    let open = cards.open(operator, person).await.unwrap();
    assert!(open.offers.iter().any(|it| it.process == "SiteProcRequestCard" && it.obstacle.is_none()));
    let task = cards.start(operator, "SiteProcRequestCard", person).await.unwrap();
    let seen = task.preview.as_ref().unwrap().refusal.as_ref();
    assert!(matches!(seen, Some(Refusal::Invalid(it)) if it.field() == "card number"), "{seen:?}");
    let bare = cards.next(operator, task.id(), Answers::none()).await;
    assert!(matches!(rejection(bare), Rejection::InvalidAnswer(_)), "the number is needed");
    let done = cards.next(operator, task.id(), Answers::none().with("number", "5000 0001")).await.unwrap();
    assert_eq!(done.outcome(), Some(&Outcome::Done { end: "requested".to_owned(), remark: None }));
    assert!(matches!(done.items[0].what, What::Registered { .. }), "{:#?}", done.items);

    let found = cards.search(operator, Search::cards().number("50000001").holder(office.holder)).await.unwrap();
    let Object::Card(card) = &found.items[0].object else { panic!("no card") };
    assert_eq!((card.state(), card.home()), (CardState::Requested, person.home()));
    let dossier = cards.open(operator, card.at()).await.unwrap().dossier;
    assert_eq!(dossier.holder_of(card.at()).unwrap().name(), "Ada Example");
    let own = cards.search(&office.self_service, Search::cards().counted()).await.unwrap();
    assert_eq!(own.total, Some(2), "the holder sees it too");
    let history = cards.history(operator, card.at()).await.unwrap();
    assert!(matches!(history.records.last().unwrap().entry.events.as_slice(), [.., Event::Changed { .. }, _, _]));
    store.verifies().await;
}

async fn a_card_it_makes_may_have_a_home_of_its_own(store: Store) {
    let office = office(&store).await;
    let Office { cards, operator, .. } = &office;
    let person = person_at(office.holder);
    let lent = Answers::none().with("number", "6000").with("lent", true);
    cards.run(operator, "SiteProcRequestCard", person, lent).await.unwrap();
    let found = cards.search(&office.self_service, Search::cards().number("6000")).await.unwrap();
    let card = found.items[0].id;
    assert_ne!(card.home(), person.home());
    let dossier = cards.open(operator, person).await.unwrap().dossier;
    assert!(dossier.cards_of(person).any(|it| it.at() == card), "the person knows of it");
    for home in [person, card] {
        let last = cards.history(operator, home).await.unwrap().records.pop().unwrap();
        assert_eq!(last.entry.run.unwrap().process, "SiteProcRequestCard", "on record in both homes");
    }
    store.verifies().await;
}

async fn what_comes_next_is_shown_beside_what_was_just_made(store: Store) {
    let office = office(&store).await;
    let Office { cards, operator, .. } = &office;
    let person = person_at(office.holder);
    let begun = cards.start(operator, "SiteProcRequestTwo", person).await.unwrap();
    let waits = cards.next(operator, begun.id(), Answers::none().with("number", "7000")).await.unwrap();
    let shown = waits.preview.unwrap();
    assert_eq!(shown.refusal, None);
    assert!(shown.items.iter().any(|it| matches!(it.what, What::Registered { .. })), "{:#?}", shown.items);
    cards.next(operator, begun.id(), Answers::none().seen(shown.digest)).await.unwrap();
    for number in ["7000", "70001"] {
        assert_eq!(cards.search(operator, Search::cards().number(number)).await.unwrap().items.len(), 1);
    }
    store.verifies().await;
}

async fn a_number_that_is_taken_makes_none(store: Store) {
    let office = Office::over(store.builder().processes([request_card(), make_and_ask()])).await;
    let (person, taken) = (person_at(office.holder), Answers::none().with("number", "47110815"));
    let run = office.cards.run(&office.operator, "SiteProcRequestCard", person, taken).await.unwrap_err();
    assert_eq!(run.to_string(), "another card has the same number: `47110815`");
    // Nor where the same commit asks for approval.
    let taken = Answers::none().with("number", "47110815");
    let run = office.cards.run(&office.operator, "SiteProcMakeAndAsk", person, taken).await.unwrap_err();
    assert_eq!(run.to_string(), "another card has the same number: `47110815`");
    let history = office.cards.history(&office.operator, person).await.unwrap();
    assert_eq!(history.records.len(), 1, "nothing was stored");
}

async fn a_user_who_is_deactivated_takes_the_cards_along(store: Store) {
    let office = office(&store).await;
    let second = office.give_card(office.holder, "4712", CardState::Active).await;
    office.deactivate_user().await;
    let dossier = office.dossier().await;
    for card in [office.card, second] {
        assert_eq!(dossier.card(card).unwrap().state(), CardState::Inactive);
    }
    assert_eq!(office.causes().await, [CauseKind::UserDeactivation]);
    assert!(dossier.certificates().all(|it| it.confirmed() == Some(CertificateState::OnHold)));
    // Ada, who is inactive, is refused on every call.
    let seen = office.cards.search(&office.self_service, Search::cards()).await;
    assert_eq!(rejection(seen), Rejection::ActorInactive { state: "inactive".to_owned() });
    // And the card does not come back while she is.
    let reactivate = office.cards.run(&office.operator, "CardsProcReactivate", office.card, Answers::none()).await;
    assert_eq!(rejection(reactivate), Rejection::Refused(Refusal::HolderNotActive(PersonState::Inactive)));
}

async fn a_card_held_for_two_causes_stays_held_until_both_are_gone(store: Store) {
    let office = office(&store).await;
    office.run("CardsProcDeactivate").await;
    office.settle().await;
    office.deactivate_user().await;
    assert_eq!(office.causes().await, [CauseKind::CardDeactivation, CauseKind::UserDeactivation]);
    assert_eq!(office.authority.actions().len(), 2, "the second cause asks nobody for anything");
    office.reactivate_user(true, false).await;

    let still = office.run("CardsProcReactivate").await;
    assert_eq!((still.asked, office.card_state().await), (0, CardState::Inactive));
    let held = What::StillHeld { causes: vec![CauseKind::UserDeactivation] };
    assert!(still.items.iter().all(|it| it.what == held), "{:#?}", still.items);
    assert_eq!(still.items.len(), 7);
    let remark = Some("stays held: user deactivation".to_owned());
    assert_eq!(still.outcome(), Some(&Outcome::Done { end: "reactivated".to_owned(), remark }));
    assert_eq!(office.causes().await, [CauseKind::UserDeactivation]);

    office.reactivate_user(false, true).await;
    assert_eq!((office.card_state().await, office.causes().await), (CardState::Active, vec![]));
    assert_eq!(office.authority.actions().len(), 4);
}

async fn holds_close_in_either_order(store: Store) {
    let office = office(&store).await;
    office.deactivate_user().await;
    office.reactivate_user(true, false).await;
    // Nothing of it was this card's own deactivation.
    let nothing = office.cards.run(&office.operator, "CardsProcReactivate", office.card, Answers::none()).await;
    let ours = Refusal::NotOurs { causes: vec![CauseKind::UserDeactivation] };
    assert_eq!(rejection(nothing), Rejection::Refused(ours));
    office.reactivate_user(false, true).await;
    assert_eq!((office.card_state().await, office.causes().await), (CardState::Active, vec![]));

    office.run("CardsProcDeactivate").await;
    office.settle().await;
    office.deactivate_user().await;
    office.reactivate_user(true, true).await;
    assert_eq!(office.causes().await, [CauseKind::CardDeactivation]);
    assert_eq!(office.card_state().await, CardState::Inactive);
    office.run("CardsProcReactivate").await;
    assert_eq!((office.card_state().await, office.causes().await), (CardState::Active, vec![]));
}

async fn a_step_waits_for_the_outside_and_the_next_reads_its_answer(store: Store) {
    let outside = Arc::new(LostProperty(Mutex::new(None)));
    let office = Office::over(store.builder().processes([inquire()]).handler(outside.clone())).await;
    for (answer, state) in
        [(CertificateState::Valid, CardState::Active), (CertificateState::OnHold, CardState::Inactive)]
    {
        *outside.0.lock().unwrap() = None;
        let asked = office.run("SiteProcInquire").await;
        assert!(matches!(&asked.status, Status::Outside { step, .. } if step == "ask"));
        office.settle().await;
        assert_eq!(office.card_state().await, CardState::Active, "nobody has answered");
        let cancel = office.cards.cancel(&office.operator, asked.id()).await;
        assert!(matches!(rejection(cancel), Rejection::NotWaiting { .. }));

        *outside.0.lock().unwrap() = Some(answer);
        office.wait(Millis::seconds(5));
        office.settle().await;
        assert_eq!(office.card_state().await, state);
        assert!(matches!(office.standing(asked.id()).await.outcome(), Some(Outcome::Done { .. })));
    }
    assert_eq!(office.authority.actions(), [AuthorityAction::Hold; 2], "what the answer led to is asked for too");
}

async fn a_state_gone_while_the_outside_is_asked_ends_superseded(store: Store) {
    let outside = Arc::new(LostProperty(Mutex::new(Some(CertificateState::OnHold))));
    let office = Office::over(store.builder().processes([inquire()]).handler(outside)).await;
    let asked = office.run("SiteProcInquire").await;
    office.run("CardsProcLock").await;
    office.settle().await;
    let superseded = Outcome::Superseded { needed: "active".to_owned(), found: "locked".to_owned() };
    let standing = office.standing(asked.id()).await;
    assert_eq!(
        (standing.outcome(), standing.confirmed),
        (Some(&superseded), 1),
        "the answer is on record all the same"
    );
}

async fn an_answer_is_on_record_although_what_follows_is_refused(store: Store) {
    let outside = Arc::new(LostProperty(Mutex::new(Some(CertificateState::Expired))));
    let office = Office::over(store.builder().processes([inquire()]).handler(outside)).await;
    let before = office.dossier().await;
    let asked = office.run("SiteProcInquire").await;
    assert_eq!(office.cards.deliver(10).await.unwrap().confirmed, 1);
    let standing = office.standing(asked.id()).await;
    let refused = Outcome::Refused { why: "the office has closed for good".to_owned() };
    assert_eq!((standing.outcome(), standing.confirmed), (Some(&refused), 1));
    assert_eq!(office.dossier().await, before, "nothing of the step is done");
    let history = office.cards.history(&office.operator, office.card).await.unwrap();
    let events = &history.records.last().unwrap().entry.events;
    assert!(
        matches!(events.as_slice(), [Event::Confirmed { .. }, Event::Incident { .. }, Event::Ended(_)]),
        "{events:#?}"
    );
}

/// The same card found twice, say: the answer to the second is on record, and nobody is asked to agree to the same again.
async fn what_an_answer_leads_to_is_not_asked_of_people_twice(store: Store) {
    let outside = Arc::new(LostProperty(Mutex::new(Some(CertificateState::OnHold))));
    let office = Office::over(store.builder().processes([inquire_and_ask()]).handler(outside)).await;
    let one = office.run("SiteProcInquireAndAsk").await;
    let other = office.run("SiteProcInquireAndAsk").await;
    office.settle().await;
    let (one, other) = (office.standing(one.id()).await, office.standing(other.id()).await);
    assert!(one.approval.is_some(), "{one:?}");
    let Some(Outcome::Refused { why }) = other.outcome() else { panic!("{other:?}") };
    assert!(why.starts_with("the same was asked for at") && why.ends_with("waits for approval"), "{why}");
    assert_eq!((other.confirmed, other.incidents.len()), (1, 1));
    assert_eq!(office.cards.deliver(10).await.unwrap(), Delivered::default(), "nothing is tried again");
    store.verifies().await;
}

async fn an_answer_is_on_record_although_a_number_is_taken(store: Store) {
    let outside = Arc::new(LostProperty(Mutex::new(Some(CertificateState::OnHold))));
    let office = Office::over(store.builder().processes([inquire_and_make()]).handler(outside)).await;
    let taken = office.card_at(office.card).await.number().plain();
    let answers = Answers::none().with("number", taken.as_str());
    let process = "SiteProcInquireAndMake";
    let asked = office.cards.run(&office.operator, process, person_at(office.holder), answers).await.unwrap();
    assert_eq!(office.cards.deliver(10).await.unwrap().confirmed, 1);
    let standing = office.standing(asked.id()).await;
    let refused = Outcome::Refused { why: format!("another card has the same number: `{taken}`") };
    assert_eq!((standing.outcome(), standing.confirmed, standing.incidents.len()), (Some(&refused), 1, 1));
    assert_eq!(office.cards.deliver(10).await.unwrap(), Delivered::default(), "nothing is tried again");
    store.verifies().await;
}

async fn options_stay_while_the_outside_is_asked(store: Store) {
    let outside = Arc::new(LostProperty(Mutex::new(Some(CertificateState::Revoked))));
    let lock_reason = RevocationReason::PrivilegeWithdrawn;
    let options = Arc::new(MemoryOptions::new(CardsOptions { lock_reason, ..CardsOptions::default() }));
    let builder = store.builder().processes([inquire()]).handler(outside).option_source(options.clone());
    let office = Office::over(builder).await;
    office.run("SiteProcInquire").await;
    options.change(CardsOptions::default());
    office.settle().await;
    assert_eq!(office.authority.actions(), [AuthorityAction::Revoke(lock_reason); 2]);
}

/// E24 of the rules of EJBCA: what has ended there, archived or expired or revoked, is left as it is.
async fn a_user_who_is_locked_loses_what_is_still_good_and_nothing_else(store: Store) {
    let office = Office::over(store.builder().processes([lock_user()])).await;
    let card = office.card_at(office.card).await;
    let (start, end) = ("2025-01-01".parse().unwrap(), "2026-01-01".parse().unwrap());
    let over = Validity::new(start, end).unwrap();
    let soon = Validity::new(start, now().plus(Millis::days(3))).unwrap();
    let of = |serial: &str, validity| {
        let (id, content) = (CertificateId::from_uuid(office.fresh()), CertificateContent::Sha256(Digest::ZERO));
        let made =
            Certificate::new(TENANT, id, (issuer(), serial.parse().unwrap()), validity, [KeyUse::Encryption], content);
        made.unwrap().first_issued_to(&card)
    };
    let (kept, superseded) = (CertificateState::Revoked, RevocationReason::Superseded);
    let more = [
        of("0C01", soon),
        of("0C02", validity()).in_state(kept, Some(superseded)).confirmed_as(kept),
        of("0C03", over).in_state(CertificateState::Expired, None),
        of("0C04", over),
    ];
    let mut objects = Vec::new();
    for certificate in more {
        let carries = office.relation(RelationKind::Carries, &card, certificate.at());
        objects.extend([Object::Certificate(certificate), carries]);
    }
    office.register(&objects).await;
    let holder = person_at(office.holder);
    office.cards.run(&office.operator, "SiteProcLockUser", holder, Answers::none()).await.unwrap();
    office.settle().await;
    let mut ordered: Vec<_> = office.authority.orders().iter().map(|it| it.serial.to_string()).collect();
    ordered.sort();
    assert_eq!(ordered, ["0A01", "0A02", "0C01"], "the two of the card, and the one that is about to end");
    let dossier = office.dossier().await;
    let states = dossier.certificates().map(|it| (it.serial().to_string(), (it.wanted(), it.reason())));
    let states: std::collections::BTreeMap<_, _> = states.collect();
    let unspecified = Some(RevocationReason::Unspecified);
    for (serial, expected) in [
        ("0A01", (CertificateState::Revoked, unspecified)),
        ("0A02", (CertificateState::Revoked, unspecified)),
        ("0C01", (CertificateState::Revoked, unspecified)),
        ("0C02", (CertificateState::Revoked, Some(superseded))),
        ("0C03", (CertificateState::Expired, None)),
        ("0C04", (CertificateState::Expired, None)),
    ] {
        assert_eq!(states[serial], expected, "{serial}");
    }
    assert_eq!(office.card_state().await, CardState::Locked);
    store.verifies().await;
}
