//! A door system, as a kind of effect that a host adds: it is told every new state of a card.

use std::sync::Arc;

use cardflow::cards::{CardStateRequest, Request};
use cardflow::domain::{Answer, CardState};
use cardflow::ports::{EffectCall, WorkSort};
use cardflow::testing::fakes::{ScriptedHandler, Watched};
use cardflow::values::Millis;

use crate::common::store::every_store;
use crate::common::{Fate, Office, Store, WatchedStorage};

every_store![
    doors_are_told_of_every_change,
    without_a_door_system_nothing_is_sent,
    two_systems_are_told_each,
    doors_that_do_not_answer_are_told_later_and_in_order,
    doors_that_may_have_been_told_are_asked_first,
];

/// A door system that remembers what it was told.
type Doors = Watched<ScriptedHandler>;

fn doors(name: &str) -> Arc<Doors> {
    let told = Answer::Told.to_bytes().unwrap();
    Arc::new(Doors::over(Arc::new(ScriptedHandler::answering(name, move |_| Ok(told.clone())))))
}

fn request(call: &EffectCall) -> CardStateRequest {
    let Ok(Request::CardState(request)) = Request::from_bytes(&call.body) else { panic!("not for a door") };
    request
}

/// The states it was told, in order.
fn states(doors: &Doors) -> Vec<CardState> {
    doors.inner().done().iter().map(|it| request(it).state).collect()
}

async fn doors_are_told_of_every_change(store: Store) {
    let doors = doors("door-system");
    let office = Office::over(store.builder().tell_card_states(doors.clone())).await;
    for process in ["CardsProcDeactivate", "CardsProcReactivate", "CardsProcLock"] {
        let done = office.run(process).await;
        assert_eq!(done.asked, 3, "two certificates and the doors");
        assert_eq!(office.cards.deliver(10).await.unwrap().confirmed, 3, "one delivery for all");
        assert_eq!(office.standing(done.id()).await.confirmed, 3);
    }
    assert_eq!(states(&doors), [CardState::Inactive, CardState::Active, CardState::Locked]);
    let call = doors.inner().done()[0].clone();
    let request = request(&call);
    assert_eq!((call.kind.as_str(), call.tenant, call.attempts), ("door-system", crate::common::TENANT, 0));
    assert_eq!(call.at, crate::common::now());
    assert_eq!((request.card, request.number.as_str()), (office.card, "47110815"));
}

async fn without_a_door_system_nothing_is_sent(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    assert_eq!(office.run("CardsProcDeactivate").await.asked, 2);
    let [commit] = spy.take_commits().try_into().unwrap();
    let requests = commit.work.iter().map(|it| Request::from_bytes(&it.body).unwrap());
    assert!(requests.into_iter().all(|it| matches!(it, Request::Authority(_))));
    assert!(commit.work.iter().all(|it| it.sort == WorkSort::Effect));
}

async fn two_systems_are_told_each(store: Store) {
    let (gate, lifts) = (doors("gate"), doors("lifts"));
    let builder = store.builder().tell_card_states(gate.clone()).tell_card_states(lifts.clone());
    let office = Office::over(builder).await;
    gate.is_down(true);
    office.run("CardsProcDeactivate").await;
    office.settle().await;
    assert_eq!((states(&gate), states(&lifts)), (vec![], vec![CardState::Inactive]), "one does not wait for the other");
}

async fn doors_that_do_not_answer_are_told_later_and_in_order(store: Store) {
    let doors = doors("door-system");
    let office = Office::over(store.builder().tell_card_states(doors.clone())).await;
    doors.is_down(true);
    let first = office.run("CardsProcDeactivate").await;
    office.settle().await;
    let standing = office.standing(first.id()).await;
    assert_eq!((standing.confirmed, standing.asked), (2, 3));
    assert_eq!(standing.troubles[0].what, "scripted: the line is dead");
    office.run("CardsProcReactivate").await;
    office.settle().await;
    doors.is_down(false);
    office.run("CardsProcDeactivate").await;
    office.settle().await;
    assert_eq!(states(&doors), [], "later states wait for the first");
    office.wait(Millis::seconds(5));
    office.settle().await;
    assert_eq!(states(&doors), [CardState::Inactive, CardState::Active, CardState::Inactive]);
    assert!(office.standing(first.id()).await.outcome().is_some());
}

async fn doors_that_may_have_been_told_are_asked_first(store: Store) {
    let doors = doors("door-system");
    let office = Office::over(store.builder().tell_card_states(doors.clone())).await;
    office.run("CardsProcDeactivate").await;
    // Told, and the host dies before it can note so.
    let spy = Arc::new(WatchedStorage::over(store.storage.clone()));
    let dying = office.equip(store.through(spy.clone()).builder()).tell_card_states(doors.clone()).build().unwrap();
    office.wait(Millis::seconds(60));
    spy.next_commit(Fate::Lost);
    dying.deliver(10).await.unwrap_err();
    office.wait(Millis::seconds(60));
    assert_eq!(office.cards.deliver(10).await.unwrap().confirmed, 3);
    assert_eq!(states(&doors), [CardState::Inactive]);
}
