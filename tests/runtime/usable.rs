//! Whether a card may be used at a time.

use cardflow::domain::{CardState, Object, Person, PersonState, Unusable};
use cardflow::values::{HomeId, Millis, ObjectRef, PersonId, TenantId};

use crate::common::store::every_store;
use crate::common::{Office, Store, TENANT, now, person_at, validity};

every_store![yes_or_no_and_why, a_deactivation_is_seen_at_once];

async fn yes_or_no_and_why(store: Store) {
    let office = Office::on(&store).await;
    let (from, until) = (validity().from(), validity().until());
    let gone = PersonId::from_uuid(office.fresh());
    let left = Person::new(TENANT, gone, "Gone Example").unwrap().in_state(PersonState::Locked);
    office.register(&[Object::Person(left)]).await;
    let of_gone = office.give_card(gone, "4720", CardState::Active).await;
    let in_state = |number, state| office.give_card(office.holder, number, state);
    let holder = person_at(office.holder);
    let nowhere = ObjectRef::new(HomeId::from_uuid(office.fresh()), office.card.kind(), office.fresh());
    let issued = in_state("4721", CardState::Issued).await;
    let requested = in_state("4722", CardState::Requested).await;
    let step = Millis::new(1);
    for (card, at, expected) in [
        (office.card, now(), Ok(())),
        (office.card, from, Ok(())),
        (office.card, from.minus(step), Err(Unusable::NotYetValid(from))),
        (office.card, until, Ok(())),
        (office.card, until.plus(step), Err(Unusable::ValidityOver(until))),
        (issued, now(), Err(Unusable::State(CardState::Issued))),
        (requested, until.plus(step), Err(Unusable::State(CardState::Requested))),
        (of_gone, now(), Err(Unusable::Holder(PersonState::Locked))),
        (nowhere, now(), Err(Unusable::Unknown)),
        (holder, now(), Err(Unusable::Unknown)),
    ] {
        assert_eq!(office.cards.usable(TENANT, card, at).await.unwrap(), expected, "{card} at {at}");
    }
    let elsewhere = office.cards.usable(TenantId::new(8), office.card, now()).await.unwrap();
    assert_eq!(elsewhere, Err(Unusable::Unknown), "no tenant knows the cards of another");
}

async fn a_deactivation_is_seen_at_once(store: Store) {
    let office = Office::on(&store).await;
    let usable = || async { office.cards.usable(TENANT, office.card, now()).await.unwrap() };
    office.run("CardsProcDeactivate").await;
    assert_eq!(usable().await, Err(Unusable::State(CardState::Inactive)), "before the authority has heard of it");
    office.run("CardsProcReactivate").await;
    assert_eq!(usable().await, Ok(()));
    office.run("CardsProcLock").await;
    assert_eq!(usable().await, Err(Unusable::State(CardState::Locked)));
}
