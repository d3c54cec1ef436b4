//! New objects, among those that are there.

use cardflow::domain::{Card, CardKind, CardState, Object, Person, Refusal, RelationKind, What};
use cardflow::ports::{Search, StorageError};
use cardflow::runtime::Error;
use cardflow::values::{Answers, PersonId};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, person_at, rejection, validity};

every_store![
    a_card_of_another_home_counts_for_its_holder,
    a_person_and_a_card_may_come_together,
    a_certificate_knows_the_cards_that_carry_it,
    all_come_in_or_none,
    what_is_there_already_is_not_written_over,
];

async fn a_card_of_another_home_counts_for_its_holder(store: Store) {
    let office = Office::on(&store).await;
    let ada = person_at(office.holder);
    let card = office.stock_card("7001");
    office.register(&[Object::Card(card.clone())]).await;
    office.run("CardsProcDeactivate").await;
    office.register(&[office.relation(RelationKind::Holder, &card, ada)]).await;
    let another = Refusal::AnotherActive { number: "7001".to_owned() };
    let refused = office.cards.run(&office.operator, "CardsProcReactivate", office.card, Answers::none()).await;
    assert_eq!(rejection(refused), Rejection::Refused(another));
    let dossier = office.cards.open(&office.operator, ada).await.unwrap().dossier;
    assert_eq!(dossier.cards_of(ada).count(), 2);
    let own = office.cards.search(&office.self_service, Search::cards().holder(office.holder)).await.unwrap();
    assert_eq!(own.items.len(), 2, "it is found by its holder, and is the holder's own");
    let history = office.cards.history(&office.operator, ada).await.unwrap();
    let told = history.records.last().unwrap().entry.changes.iter().map(|it| it.object()).collect::<Vec<_>>();
    assert_eq!(told, [ada], "and it is on record in both homes");
}

async fn a_person_and_a_card_may_come_together(store: Store) {
    let office = Office::on(&store).await;
    let person = Person::new(TENANT, PersonId::from_uuid(office.fresh()), "Gast Beispiel").unwrap();
    let (at, card) = (person.at(), office.stock_card("7002"));
    let held = office.relation(RelationKind::Holder, &card, at);
    office.register(&[held, Object::Card(card.clone()), Object::Person(person)]).await;
    let dossier = office.cards.open(&office.operator, at).await.unwrap().dossier;
    assert_eq!(dossier.cards_of(at).map(Card::at).collect::<Vec<_>>(), [card.at()]);
    let found = office.cards.search(&office.operator, Search::cards().text("gast")).await.unwrap();
    assert_eq!(found.items[0].id, card.at());
}

async fn a_certificate_knows_the_cards_that_carry_it(store: Store) {
    let office = Office::on(&store).await;
    let (_, other) = office.employ("Ben Beispiel", "Berlin", "4800", 20).await;
    let shared = office.dossier().await.certificates().next().unwrap().at();
    let card = office.card_at(other).await;
    office.register(&[office.relation(RelationKind::Carries, &card, shared)]).await;
    let preview = office.start("CardsProcDeactivate").await.preview.unwrap();
    let named = preview.items.iter().find_map(|it| match &it.what {
        What::Becomes { also_on, .. } if it.object == shared => Some(also_on.clone()),
        _ => None,
    });
    assert_eq!(named, Some(vec![other]));
}

async fn all_come_in_or_none(store: Store) {
    let office = Office::on(&store).await;
    let (new, double) = (office.stock_card("7003"), office.stock_card("4711 0815"));
    let refused = office.cards.register(&office.administrator, &[Object::Card(new), Object::Card(double)]).await;
    let taken = StorageError::AlreadyExists { kind: "card", key: "number", value: "47110815".to_owned() };
    assert_eq!(refused.unwrap_err().to_string(), taken.to_string());
    let found = office.cards.search(&office.operator, Search::cards().counted()).await.unwrap();
    assert_eq!(found.total, Some(1));
}

async fn what_is_there_already_is_not_written_over(store: Store) {
    let office = Office::on(&store).await;
    let stored = office.cards.search(&office.operator, Search::cards()).await.unwrap().items.remove(0).object;
    let Object::Card(card) = &stored else { panic!("no card") };
    let fresh = Card::new(TENANT, card.id(), CardKind::Visitor, "9999".parse().unwrap(), validity());
    let fresh = fresh.registered_for(office.holder).in_state(CardState::Registered).unwrap();
    assert_eq!(fresh.at(), office.card);
    for again in [stored, Object::Card(fresh)] {
        let refused = office.cards.register(&office.administrator, &[again]).await;
        assert!(matches!(refused, Err(Error::Storage(StorageError::Conflict { .. }))), "{refused:?}");
    }
    assert_eq!(office.card_state().await, CardState::Active);
}
