//! Forms that were left waiting.

use cardflow::domain::CardState;
use cardflow::engine::Outcome;
use cardflow::ports::MockClock;
use cardflow::runtime::Ticked;
use cardflow::values::{Answers, Millis};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, now, rejection};

every_store![
    a_form_ends_after_eight_hours_and_not_a_millisecond_before,
    two_hosts_tick_once,
    a_form_that_was_answered_does_not_expire,
    a_clock_set_back_ends_nothing_early,
];

const EIGHT_HOURS: Millis = Millis::hours(8);

fn fired(fired: usize) -> Ticked {
    Ticked { fired, ..Ticked::default() }
}

async fn a_form_ends_after_eight_hours_and_not_a_millisecond_before(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let before = office.dossier().await;
    office.wait(Millis::new(EIGHT_HOURS.millis() - 1));
    assert_eq!(office.cards.tick().await.unwrap(), fired(0));
    assert_eq!(office.standing(task.id()).await.status, task.status);
    office.wait(Millis::new(1));
    assert_eq!(office.cards.tick().await.unwrap(), fired(1));
    assert_eq!(office.standing(task.id()).await.outcome(), Some(&Outcome::Expired));
    assert_eq!(office.dossier().await, before);
    let records = store.storage.instance(TENANT, task.id()).await.unwrap().unwrap();
    assert!(records.tasks.is_empty() && records.work.is_empty());
    let next = office.cards.next(&office.operator, task.id(), Answers::none()).await;
    assert!(matches!(rejection(next), Rejection::NotWaiting { outcome: Some(Outcome::Expired), .. }));
    assert_eq!(office.cards.tick().await.unwrap(), fired(0));
}

async fn two_hosts_tick_once(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let other = office.host(&store);
    office.start("CardsProcDeactivate").await;
    office.wait(EIGHT_HOURS);
    // The other host ticks while this one is about to commit.
    spy.before_commit(async move { assert_eq!(other.tick().await.unwrap(), fired(0)) });
    assert_eq!(office.cards.tick().await.unwrap(), fired(1));
    let history = office.cards.history(&office.operator, office.card).await.unwrap();
    assert_eq!(history.records.len(), 3, "registered, started, expired");
}

async fn a_form_that_was_answered_does_not_expire(store: Store) {
    let office = Office::on(&store).await;
    let (task, cancelled) = (office.start("CardsProcDeactivate").await, office.start("CardsProcLock").await);
    office.cards.cancel(&office.operator, cancelled.id()).await.unwrap();
    office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    office.wait(EIGHT_HOURS);
    assert_eq!(office.cards.tick().await.unwrap(), fired(0));
    assert_eq!(office.card_state().await, CardState::Inactive);
}

async fn a_clock_set_back_ends_nothing_early(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    // When the host is built and the timer is claimed it is time, and a moment later not yet.
    let due = now().plus(EIGHT_HOURS);
    let mut clock = MockClock::new();
    clock.expect_now().times(2).return_const(due);
    clock.expect_now().return_const(due.minus(Millis::new(1)));
    let host = office.equip(store.builder()).clock(std::sync::Arc::new(clock)).build().unwrap();
    assert_eq!(host.tick().await.unwrap(), fired(0));
    assert_eq!(office.standing(task.id()).await.status, task.status);
    office.wait(EIGHT_HOURS);
    office.wait(Millis::seconds(60));
    assert_eq!(office.cards.tick().await.unwrap(), fired(1));
}
