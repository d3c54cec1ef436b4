//! Deactivate card in self-service: offered where the option says so, for own cards, with the same approval.

use cardflow::cards::{APPROVER, Cards, CardsOptions, SELF_SERVICE};
use cardflow::domain::{CardState, Object, Person, RoleGrant};
use cardflow::engine::{Bar, Component, Ineligible, Judgement};
use cardflow::ports::{AuditQuery, Search};
use cardflow::runtime::Error;
use cardflow::values::{Answers, InstanceId, Millis, ObjectRef, PersonId};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, now, person_at, principal, rejection};

every_store![
    the_switch_offers_it_and_nothing_else,
    own_objects_only_in_every_call,
    the_same_approval_and_never_by_the_holder,
    what_has_begun_goes_on_when_it_is_switched_off,
];

const DEACTIVATE: &str = "CardsProcDeactivate";

fn switched_on() -> CardsOptions {
    CardsOptions { deactivation_self_service: true, ..CardsOptions::default() }
}

fn with_approval() -> CardsOptions {
    CardsOptions { deactivation_approval: true, ..switched_on() }
}

async fn office(store: &Store, options: CardsOptions) -> Office {
    Office::over(store.builder().options(2, options)).await
}

async fn the_switch_offers_it_and_nothing_else(store: Store) {
    let office = office(&store, switched_on()).await;
    let (cards, ada) = (&office.cards, &office.self_service);
    let offered = |open: cardflow::runtime::Open<Cards>| open.offers.iter().map(|it| it.process).collect::<Vec<_>>();
    assert_eq!(offered(cards.open(ada, office.card).await.unwrap()), [DEACTIVATE]);
    assert_eq!(offered(cards.open(&office.operator, office.card).await.unwrap()).len(), 5, "operators as before");
    let off = office.equip(store.builder()).build().unwrap();
    assert!(offered(off.open(ada, office.card).await.unwrap()).is_empty());
    let refused = rejection(off.start(ada, DEACTIVATE, office.card).await);
    let elsewhere =
        |process: &str| Rejection::WrongComponent { process: process.to_owned(), component: Component::SelfService };
    assert_eq!(refused, elsewhere(DEACTIVATE));
    assert_eq!(rejection(cards.start(ada, "CardsProcLock", office.card).await), elsewhere("CardsProcLock"));
    let administrator = cards.start(&office.administrator, DEACTIVATE, office.card).await;
    assert!(matches!(rejection(administrator), Rejection::NotEntitled { .. }));
    cards.run(ada, DEACTIVATE, office.card, Answers::none().with("reason", "lost")).await.unwrap();
    assert_eq!(office.card_state().await, CardState::Inactive);
    assert_eq!(rejection(cards.start(ada, "CardsProcReactivate", office.card).await), elsewhere("CardsProcReactivate"));
}

/// A call of a self-service user about a card, its holder, and an instance that waits on it.
async fn call(office: &Office, name: &str, (card, person, instance): (ObjectRef, ObjectRef, InstanceId)) -> String {
    let (cards, ada) = (&office.cards, &office.self_service);
    let task = office.fresh();
    let judgement = || Judgement::reject(cardflow::values::TaskId::from_uuid(task), "I say no");
    let came: Result<String, Error<Cards>> = match name {
        "search cards" => {
            let found = cards.search(ada, Search::cards().counted()).await;
            found.map(|it| format!("{} of {:?}", it.items.iter().filter(|it| it.id == card).count(), it.total))
        }
        "search persons" => {
            let found = cards.search(ada, Search::persons().counted()).await;
            found.map(|it| format!("{} of {:?}", it.items.iter().filter(|it| it.id == person).count(), it.total))
        }
        "open the card" => cards.open(ada, card).await.map(|_| "ok".to_owned()),
        "open the person" => cards.open(ada, person).await.map(|_| "ok".to_owned()),
        "history of the card" => cards.history(ada, card).await.map(|_| "ok".to_owned()),
        "history of the person" => cards.history(ada, person).await.map(|_| "ok".to_owned()),
        "start" => cards.start(ada, DEACTIVATE, card).await.map(|_| "ok".to_owned()),
        "run" => cards.run(ada, DEACTIVATE, card, Answers::none()).await.map(|_| "ok".to_owned()),
        "next" => cards.next(ada, instance, Answers::none()).await.map(|_| "ok".to_owned()),
        "cancel" => cards.cancel(ada, instance).await.map(|_| "ok".to_owned()),
        "standing" => cards.standing(ada, instance, &Answers::none()).await.map(|_| "ok".to_owned()),
        "resubmit" => cards.resubmit(ada, instance, Answers::none(), "Here").await.map(|_| "ok".to_owned()),
        "judge" => cards.judge(ada, instance, judgement()).await.map(|_| "ok".to_owned()),
        "judge all" => {
            let all = cards.judge_all(ada, [(instance, judgement())]).await;
            all.into_iter().next().unwrap().map(|_| "ok".to_owned())
        }
        "see the request" => cards.request(ada, instance).await.map(|_| "ok".to_owned()),
        "grant a role" => cards.grant_role(ada, person, APPROVER, []).await.map(|_| "ok".to_owned()),
        "withdraw a role" => cards.withdraw_role(ada, person, SELF_SERVICE).await.map(|_| "ok".to_owned()),
        "name a deputy" => {
            let later = now().plus(Millis::days(1));
            cards.name_deputy(ada, person, office.holder, now(), later).await.map(|_| "ok".to_owned())
        }
        "end a deputyship" => cards.end_deputy(ada, person, office.holder).await.map(|_| "ok".to_owned()),
        "erase" => cards.erase(ada, person).await.map(|_| "ok".to_owned()),
        "register" => cards.register(ada, &[]).await.map(|_| "ok".to_owned()),
        "audit" => cards.audit(ada, AuditQuery::all()).await.map(|_| "ok".to_owned()),
        "refusals" => cards.refusals(ada, 10).await.map(|_| "ok".to_owned()),
        "export" => cards.export(ada).await.map(|_| "ok".to_owned()),
        other => panic!("no such call: {other}"),
    };
    match came {
        Ok(came) => came,
        Err(Error::Rejected(it)) => it.code().to_owned(),
        Err(error) => panic!("{name}: {error:?}"),
    }
}

async fn own_objects_only_in_every_call(store: Store) {
    // Every call, what it comes to on one's own card, and on another's.
    let table = [
        ("search cards", "1 of Some(1)", "0 of Some(1)"),
        ("search persons", "1 of Some(1)", "0 of Some(1)"),
        ("open the card", "ok", "NotFound"),
        ("open the person", "ok", "NotFound"),
        ("history of the card", "ok", "NotFound"),
        ("history of the person", "ok", "NotFound"),
        ("standing", "ok", "NotFound"),
        ("resubmit", "NotWaiting", "NotFound"),
        ("judge", "NotFound", "NotFound"),
        ("judge all", "NotFound", "NotFound"),
        ("see the request", "NotFound", "NotFound"),
        ("grant a role", "NotEntitled", "NotEntitled"),
        ("withdraw a role", "NotEntitled", "NotEntitled"),
        ("name a deputy", "NotEntitled", "NotEntitled"),
        ("end a deputyship", "NotEntitled", "NotEntitled"),
        ("erase", "NotEntitled", "NotEntitled"),
        ("register", "NotEntitled", "NotEntitled"),
        ("audit", "NotEntitled", "NotEntitled"),
        ("refusals", "NotEntitled", "NotEntitled"),
        ("export", "NotEntitled", "NotEntitled"),
        ("start", "ok", "NotFound"),
        ("cancel", "ok", "NotFound"),
        ("run", "ok", "NotFound"),
        ("next", "ok", "NotFound"),
    ];
    let office = office(&store, switched_on()).await;
    let (ben, bens_card) = office.employ("Ben Sample", "Berlin", "5000 0001", 20).await;
    for (name, own, others) in table {
        let card = match name {
            // The card of the office is out of use after the first that runs.
            "next" => office.give_card(office.holder, "4711 0816", CardState::Active).await,
            _ => office.card,
        };
        let mine = office.cards.start(&office.self_service, DEACTIVATE, card).await.unwrap();
        let bens = office.cards.start(&office.operator, DEACTIVATE, bens_card).await.unwrap();
        let at_ben = (bens_card, person_at(ben), bens.id());
        assert_eq!(call(&office, name, at_ben).await, others, "{name}, on the card of another");
        assert_eq!(office.card_at(bens_card).await.state(), CardState::Active, "{name}");
        let at_home = (card, person_at(office.holder), mine.id());
        assert_eq!(call(&office, name, at_home).await, own, "{name}, on one's own card");
        let _closed = office.cards.cancel(&office.operator, bens.id()).await.unwrap();
    }
}

async fn the_same_approval_and_never_by_the_holder(store: Store) {
    let office = office(&store, with_approval()).await;
    let cards = &office.cards;
    // The holder may approve too, with the same account or another one.
    let both = RoleGrant::new(APPROVER, None, now()).unwrap();
    let uli = PersonId::from_uuid(office.fresh());
    let person = Person::new(TENANT, uli, "Uli Example").unwrap().in_unit("Berlin").unwrap();
    let person = person.with_account("uli").unwrap().with_account("uli-approves").unwrap();
    let person = person.with_role(both).with_role(RoleGrant::new(SELF_SERVICE, None, now()).unwrap());
    office.register(&[Object::Person(person)]).await;
    let card = office.give_card(uli, "4711 0900", CardState::Active).await;
    let uli = principal("uli", Component::SelfService);
    let asked = cards.run(&uli, DEACTIVATE, card, Answers::none().with("reason", "lost")).await.unwrap();
    let agree = Judgement::approve(asked.task().unwrap(), asked.approval.as_ref().unwrap().covers);
    for account in ["uli", "uli-approves"] {
        let alone = cards.judge(&principal(account, Component::Operator), asked.id(), agree.clone()).await;
        let Rejection::NotEligible { why } = rejection(alone) else { panic!("it is decided by the holder") };
        assert!(matches!(why, Ineligible::Barred(Bar::Requester | Bar::Holder)), "{why:?}");
        let there = cards.judge(&principal(account, Component::SelfService), asked.id(), agree.clone()).await;
        assert_eq!(
            rejection(there),
            Rejection::NotFound { what: "instance" },
            "requests are not decided in self-service"
        );
    }
    // Asked for by an operator it is still the holder's card.
    let ours = cards.run(&office.operator, DEACTIVATE, office.card, Answers::none()).await.unwrap();
    let agree_ours = Judgement::approve(ours.task().unwrap(), ours.approval.as_ref().unwrap().covers);
    assert!(
        cards.judge(&principal("uli", Component::Operator), ours.id(), agree_ours).await.is_ok(),
        "she may elsewhere"
    );
    assert_eq!(office.card_at(card).await.state(), CardState::Active);
    cards.judge(&office.approver, asked.id(), agree).await.unwrap();
    assert_eq!(office.card_at(card).await.state(), CardState::Inactive);
}

async fn what_has_begun_goes_on_when_it_is_switched_off(store: Store) {
    let office = office(&store, switched_on()).await;
    let task = office.cards.start(&office.self_service, DEACTIVATE, office.card).await.unwrap();
    let off = office.equip(store.builder()).build().unwrap();
    off.next(&office.self_service, task.id(), Answers::none()).await.unwrap();
    assert_eq!(office.card_state().await, CardState::Inactive);
}
