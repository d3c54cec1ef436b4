//! What somebody waits for goes before what is one of a long list.

use cardflow::cards::{CardStateRequest, Cards, Request};
use cardflow::domain::{AuthorityAction, CardState, CertificateState};
use cardflow::engine::Lane;
use cardflow::ports::{Commit, Work, WorkSort};
use cardflow::values::{Answers, CommandId, EffectId, Millis, PersonId};

use crate::common::store::every_store;
use crate::common::{Office, Store, TENANT};

every_store![
    a_revocation_is_the_next_call_of_a_free_worker,
    what_is_one_of_a_list_waits_for_what_is_not,
    a_host_goes_by_lanes_in_what_it_recorded_itself,
];

/// How many requests wait already: a hundred thousand; fewer in a file, which takes longer to write them.
fn waiting(store: &Store) -> u128 {
    if store.folder.is_some() { 5_000 } else { 100_000 }
}

/// The requests that an instance made.
async fn asked(store: &Store, standing: &cardflow::runtime::Standing<Cards>) -> Vec<Work> {
    let records = store.storage.instance(TENANT, standing.id()).await.unwrap().unwrap();
    records.work.into_iter().filter(|it| it.sort == WorkSort::Effect).collect()
}

async fn a_revocation_is_the_next_call_of_a_free_worker(store: Store) {
    let office = Office::on(&store).await;
    let held = office.run("CardsProcDeactivate").await;
    let like = asked(&store, &held).await[0].clone();
    // A mountain of holds, recorded by hosts that are gone.
    for from in (0..waiting(&store)).step_by(1000) {
        let work = (from..from + 1000).map(|n| {
            let id = EffectId::from_uuid(uuid::Uuid::from_u128(n + 1));
            Work { id, lease: None, target: format!("certificate {n}"), ..like.clone() }
        });
        store.storage.commit(Commit { work: work.collect(), ..Commit::of(TENANT) }).await.unwrap();
    }
    let (_, card) = office.employ("Ben Beispiel", "Berlin", "4800", 40).await;
    office.cards.run(&office.operator, "CardsProcLock", card, Answers::none()).await.unwrap();
    office.wait(Millis::seconds(120));
    // The one that recorded it is gone as well, and another is free.
    let free = office.host(&store);
    free.deliver(1).await.unwrap();
    let actions = office.authority.actions();
    assert!(matches!(actions[..], [AuthorityAction::Revoke(_)]), "{actions:?}");
    // What was put there past the history goes, so that the store is in order.
    let done = (0..waiting(&store)).map(|n| cardflow::ports::WorkDone {
        id: EffectId::from_uuid(uuid::Uuid::from_u128(n + 1)),
        instance: like.instance,
        holder: None,
        again: None,
    });
    store.storage.commit(Commit { done: done.collect(), ..Commit::of(TENANT) }).await.unwrap();
}

#[test]
fn what_takes_out_of_use_goes_before_what_gives_back() {
    let card = crate::common::person_at(PersonId::from_uuid(uuid::Uuid::from_u128(1)));
    let lane = |state| {
        let (listener, number) = ("door".to_owned(), "4711".to_owned());
        Request::CardState(CardStateRequest { listener, card, number, state }).lane()
    };
    assert_eq!([CardState::Inactive, CardState::Locked].map(lane), [Lane::new(1); 2]);
    assert_eq!(lane(CardState::Active), Lane::new(2));
}

async fn what_is_one_of_a_list_waits_for_what_is_not(store: Store) {
    let office = Office::on(&store).await;
    let (_, card) = office.employ("Ben Beispiel", "Berlin", "4800", 40).await;
    let call = office.operator.command(CommandId::from_uuid(office.fresh())).in_bulk();
    let of_a_list = office.cards.run(call, "CardsProcDeactivate", card, Answers::none()).await.unwrap();
    let waited_for = office.run("CardsProcDeactivate").await;
    assert!(asked(&store, &of_a_list).await.iter().all(|it| it.lane == Lane::new(1).in_bulk()));
    assert!(asked(&store, &waited_for).await.iter().all(|it| it.lane == Lane::new(1)));
    office.wait(Millis::seconds(120));
    office.host(&store).deliver(2).await.unwrap();
    let held = (CertificateState::OnHold, Some(CertificateState::OnHold));
    assert_eq!(office.certificate_states().await, [held, held]);
}

async fn a_host_goes_by_lanes_in_what_it_recorded_itself(store: Store) {
    let office = Office::on(&store).await;
    let cards = office.more_cards(5).await;
    for card in &cards {
        office.cards.run(&office.operator, "CardsProcDeactivate", *card, Answers::none()).await.unwrap();
    }
    let locked = office.run("CardsProcLock").await;
    office.cards.deliver(2).await.unwrap();
    assert!(asked(&store, &locked).await.is_empty(), "the revocations went first");
    assert_eq!(office.cards.deliver(100).await.unwrap().confirmed, 10);
}
