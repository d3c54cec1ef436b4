//! What of a limit holds across hosts, restarts, lost answers, commands at once and moved clocks.

use std::sync::{Arc, Mutex};

use cardflow::Cardflow;
use cardflow::domain::CardState;
use cardflow::values::{Answers, Millis};

use crate::common::store::every_store;
use crate::common::{Fate, Office, Rejection, Store, TENANT, WatchedStorage, now, rejection};
use crate::histories::{Happening, with_history};
use crate::limits::{limited, minutes, office, reached};

const DEACTIVATE: &str = "CardsProcDeactivate";
const REACTIVATE: &str = "CardsProcReactivate";
const LOCK: &str = "CardsProcLock";

every_store![
    another_host_and_a_restarted_one_know_what_was_done,
    a_long_history_is_not_read_for_it,
    what_was_not_stored_does_not_count,
    what_nobody_waits_for_any_more_may_still_be_stored,
    a_record_that_two_read_at_once_counts_once,
    a_clock_that_went_back_hides_nothing_from_a_restarted_host,
    a_clock_that_was_ahead_makes_nothing_forgotten,
    however_many_at_once_no_more_than_the_limit_go_through,
];

async fn another_host_and_a_restarted_one_know_what_was_done(store: Store) {
    let (office, cards) = office(&store, 4).await;
    let other = office.limited_host(&store, 4);
    let run = |host: Cardflow, card| {
        let (operator, cards) = (office.operator.clone(), cards.clone());
        async move {
            host.run(&operator, DEACTIVATE, cards[card], Answers::none()).await.unwrap();
            host
        }
    };
    // In turns: each reads what the other has stored.
    office.runs(DEACTIVATE, cards[0]).await;
    let other = run(other, 1).await;
    office.runs(DEACTIVATE, cards[2]).await;
    let other = run(other, 3).await;
    let restarted = office.limited_host(&store, 4);
    for host in [&office.cards, &other, &restarted] {
        assert_eq!(office.limit(host, DEACTIVATE, cards[4]).await, minutes(60));
    }
    office.wait(Millis::hours(1));
    let fresh = office.limited_host(&store, 4);
    for (host, card) in [&office.cards, &other, &restarted, &fresh].into_iter().zip(4..) {
        host.run(&office.operator, DEACTIVATE, cards[card], Answers::none()).await.unwrap();
    }
    assert_eq!(office.limit(&fresh, DEACTIVATE, cards[8]).await, minutes(120));
}

async fn a_long_history_is_not_read_for_it(store: Store) {
    let (office, cards) = office(&store, 3).await;
    // Days of history, then an hour of it.
    for day in 0..20 {
        let card = cards[day % 4];
        office.runs(if day / 4 % 2 == 0 { DEACTIVATE } else { REACTIVATE }, card).await;
        office.settle().await;
        office.wait(Millis::days(1));
    }
    for card in &cards[5..8] {
        office.runs(DEACTIVATE, *card).await;
    }
    let read = Arc::new(Mutex::new(0));
    let mut log = cardflow::ports::MockHistoryLog::new();
    let (inner, counted) = (store.log.clone(), read.clone());
    log.expect_records_after().returning(move |tenant, position, limit| {
        let records = at_once(inner.records_after(tenant, position, limit));
        *counted.lock().unwrap() += records.as_ref().map_or(0, Vec::len);
        records
    });
    let watched = Store { log: Arc::new(log), ..store.clone() };
    let host = office.limited_host(&watched, 3);
    let until = now().plus(Millis::days(20)).plus(Millis::hours(1));
    assert_eq!(office.limit(&host, DEACTIVATE, cards[8]).await, until);
    let whole = store.log.records_after(TENANT, 0, 10_000).await.unwrap().len();
    let first = *read.lock().unwrap();
    assert!(first < whole / 2, "{first} of {whole} records");
    assert_eq!(office.limit(&host, DEACTIVATE, cards[8]).await, until);
    assert_eq!(*read.lock().unwrap(), first, "after that, only what is new");
}

/// The stores under test answer reads at once.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(it) => it,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[tokio::test]
async fn a_clock_that_is_moved_by_less_than_an_hour_changes_nothing() {
    // By how many minutes it is moved before the first command, between the two, and after; and until when, counted from the
    // first, there is no third.
    let table = [
        (0, 0, 59, Some(60)),
        (0, 0, 60, None),
        (0, 0, -59, Some(60)),
        (0, 30, -59, Some(60)),
        (0, -30, 0, Some(30)),
        (0, -30, 59, Some(30)),
        (0, 59, -59, Some(60)),
        (50, 0, -59, Some(60)),
        (-50, 0, 59, Some(60)),
        (-50, 59, 0, Some(60)),
        // By more, it counts from a time that is too far away. At worst the limit begins anew; nobody is locked out.
        (0, 0, -60, None),
        (0, 0, -600, None),
        (600, 0, -600, None),
    ];
    for make in [Store::memory, Store::sqlite] {
        for (before, between, after, until) in table {
            let store = make();
            let (office, cards) = office(&store, 2).await;
            let moved = |minutes: i64| office.wait(Millis::seconds(60 * minutes));
            moved(before);
            let first = minutes(before);
            office.runs(DEACTIVATE, cards[0]).await;
            moved(between);
            office.runs(DEACTIVATE, cards[1]).await;
            moved(after);
            let restarted = office.limited_host(&store, 2);
            for (name, host, card) in [("the same host", &office.cards, 2), ("a restarted one", &restarted, 3)] {
                let third = host.run(&office.operator, LOCK, cards[card], Answers::none()).await;
                let expected = until.map(|it| reached(first.plus(Millis::seconds(60 * it))));
                let found = third.err().map(|it| it.rejection().cloned().unwrap());
                assert_eq!(found, expected, "{name}: {before}, {between}, {after}");
                if expected.is_none() {
                    break;
                }
            }
        }
    }
}

async fn what_was_not_stored_does_not_count(store: Store) {
    let (office, cards) = office(&store, 2).await;
    let spy = Arc::new(WatchedStorage::over(store.storage.clone()));
    let host = office.limited_host(&store.through(spy.clone()), 2);
    let run = |card: usize| host.run(&office.operator, DEACTIVATE, cards[card], Answers::none());
    // The answer of this one is lost: it is stored, and counts.
    spy.next_commit(Fate::AnswerLost);
    assert!(run(0).await.unwrap_err().is_retryable());
    // This one never was, which nobody can tell: it is counted for an hour, on this host.
    spy.next_commit(Fate::Lost);
    assert!(run(1).await.unwrap_err().is_retryable());
    let held = rejection(run(2).await);
    assert!(matches!(held, Rejection::Contended { .. }), "it may yet be stored: {held}");
    let other = office.limited_host(&store, 2);
    other.run(&office.operator, DEACTIVATE, cards[2], Answers::none()).await.unwrap();
    assert_eq!(office.limit(&other, DEACTIVATE, cards[3]).await, minutes(60));
    office.wait(Millis::hours(1));
    run(4).await.unwrap();
    // One that somebody else forestalls gives its place back.
    let colleague = (office.host(&store), office.colleague.clone(), cards[5]);
    spy.before_commit(async move {
        let (host, colleague, card) = colleague;
        host.run(&colleague, DEACTIVATE, card, Answers::none()).await.unwrap();
    });
    assert!(matches!(rejection(run(5).await), Rejection::WrongState { .. }));
    run(6).await.unwrap();
    assert_eq!(rejection(run(7).await), reached(minutes(120)));
}

async fn what_nobody_waits_for_any_more_may_still_be_stored(store: Store) {
    let (office, cards) = office(&store, 1).await;
    let spy = Arc::new(WatchedStorage::over(store.storage.clone()));
    let host = office.limited_host(&store.through(spy.clone()), 1);
    spy.next_commit(Fate::Stuck);
    tokio::select! {
        done = host.run(&office.operator, DEACTIVATE, cards[0], Answers::none()) => panic!("{done:?}"),
        () = spy.stuck() => {}
    }
    let held = rejection(host.run(&office.operator, DEACTIVATE, cards[1], Answers::none()).await);
    assert!(matches!(held, Rejection::Contended { .. }), "{held}");
    office.wait(Millis::hours(1));
    host.run(&office.operator, DEACTIVATE, cards[1], Answers::none()).await.unwrap();
}

async fn a_record_that_two_read_at_once_counts_once(store: Store) {
    let (office, cards) = office(&store, 4).await;
    let once: Arc<Mutex<Option<Happening>>> = Arc::default();
    let next = once.clone();
    let watched = with_history(&store, move |_| next.lock().unwrap().take().unwrap_or_else(|| Box::pin(async {})));
    let host = Arc::new(office.limited_host(&watched, 4));
    host.run(&office.operator, DEACTIVATE, cards[0], Answers::none()).await.unwrap();
    // The first is read for the second and for the third, which is quicker.
    let (other, operator, card) = (host.clone(), office.operator.clone(), cards[2]);
    *once.lock().unwrap() = Some(Box::pin(async move {
        other.run(&operator, DEACTIVATE, card, Answers::none()).await.unwrap();
    }));
    host.run(&office.operator, DEACTIVATE, cards[1], Answers::none()).await.unwrap();
    host.run(&office.operator, DEACTIVATE, cards[3], Answers::none()).await.unwrap();
    assert_eq!(office.limit(&host, DEACTIVATE, cards[4]).await, minutes(60));
}

async fn a_clock_that_went_back_hides_nothing_from_a_restarted_host(store: Store) {
    let (office, cards) = office(&store, 2).await;
    office.wait(Millis::days(1));
    office.runs(DEACTIVATE, cards[0]).await;
    office.runs(DEACTIVATE, cards[1]).await;
    // Half an hour of others, which lies before it though it was stored after it.
    office.wait(Millis::seconds(-30 * 60));
    for _ in 0..40 {
        office.start(LOCK).await;
    }
    office.wait(Millis::hours(1));
    let restarted = office.limited_host(&store, 2);
    let until = minutes(60).plus(Millis::days(1));
    assert_eq!(office.limit(&restarted, DEACTIVATE, cards[2]).await, until);
}

async fn a_clock_that_was_ahead_makes_nothing_forgotten(store: Store) {
    let (office, cards) = office(&store, 2).await;
    office.runs(DEACTIVATE, cards[0]).await;
    office.runs(DEACTIVATE, cards[1]).await;
    office.wait(Millis::seconds(65 * 60));
    office.runs(DEACTIVATE, cards[2]).await;
    office.wait(Millis::seconds(-50 * 60));
    assert_eq!(office.limit(&office.cards, DEACTIVATE, cards[3]).await, minutes(60));
}

async fn however_many_at_once_no_more_than_the_limit_go_through(store: Store) {
    let office = Office::over(store.builder().options(2, limited(5))).await;
    let cards = office.more_cards(24).await;
    let host = Arc::new(office.limited_host(&store, 5));
    let calls: Vec<_> = cards
        .iter()
        .map(|card| {
            let (host, operator, card) = (host.clone(), office.operator.clone(), *card);
            tokio::spawn(async move { host.run(&operator, DEACTIVATE, card, Answers::none()).await })
        })
        .collect();
    let mut done = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => done += 1,
            Err(error) => {
                let rejection = error.rejection().unwrap();
                assert!(matches!(rejection, Rejection::LimitReached { .. } | Rejection::Contended { .. }), "{error}");
            }
        }
    }
    assert_eq!(done, 5, "all that are free are given out");
    let mut inactive = 0;
    for card in cards {
        inactive += usize::from(office.card_at(card).await.state() == CardState::Inactive);
    }
    assert_eq!(inactive, done);
}
