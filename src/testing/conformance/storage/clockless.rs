use super::super::Clause;
use super::sample::*;
use super::trial::{Trial, claim};
use crate::ports::{Claim, Commit, Lease, Remembered, Work};
use crate::values::{Millis, Timestamp};

pub(super) const CLAUSE: Clause = Clause {
    name: "Clockless",
    says: "Every time comes in with a call; storage reads no clock, and nothing is due, ends or is forgotten by itself",
};

/// Long past, and so far ahead that no clock of a machine says so.
fn ages() -> [Timestamp; 3] {
    ["1970-01-01", "2001-09-09", "2999-12-31"].map(|it| it.parse().unwrap())
}

pub(super) async fn leases_run_in_the_time_of_the_calls(it: Trial) {
    for (n, now) in (1..).zip(ages()) {
        it.stored(adds([Work { due: now, ..work(n) }])).await;
        let one = |host, now: Timestamp| Claim { now, until: now.plus(Millis::seconds(60)), ..claim(host, 0) };
        assert_eq!(it.claim_as(one(1, now.minus(Millis::new(1)))).await, [], "{now}");
        assert_eq!(it.claim_as(one(1, now)).await.len(), 1, "{now}");
        assert_eq!(it.claim_as(one(2, now.plus(Millis::seconds(59)))).await, [], "{now}");
        assert_eq!(it.claim_as(one(2, now.plus(Millis::seconds(60)))).await.len(), 1, "{now}");
        it.stored(finishes([at_attempt(2, done(n, Some(2)))])).await;
    }
}

pub(super) async fn commands_grow_old_in_the_time_of_the_calls(it: Trial) {
    for (n, now) in (1..).zip(ages()) {
        let remember = Some(Remembered { at: now, ..remembered(n) });
        it.stored(Commit { remember, ..nothing() }).await;
        assert!(it.remembered(n).await.is_some(), "{now}");
    }
    assert_eq!(it.storage.forget(ages()[1]).await.unwrap(), 1);
    assert_eq!((it.remembered(2).await.is_some(), it.remembered(3).await.is_some()), (true, true));
}

pub(super) async fn a_host_whose_clock_is_behind_takes_nothing_from_one_ahead(it: Trial) {
    it.stored(adds([work(1), work(2)])).await;
    assert_eq!(it.claimed(1, 1000).await, [1, 2]);
    assert_eq!(it.claimed(2, 0).await, []);
    assert_eq!(it.claimed(2, 1059).await, []);
    assert_eq!(it.claimed(2, 1060).await, [1, 2]);
}

pub(super) async fn a_lease_may_end_in_the_past_of_its_work(it: Trial) {
    // A host whose clock is behind stores work that is due later than its own lease lasts.
    let lease = Some(Lease { host: host(1), until: at(10) });
    it.stored(adds([Work { due: at(50), lease, attempts: 1, ..work(1) }])).await;
    assert_eq!(it.claimed(2, 10).await, [], "it is not due");
    assert_eq!(it.claimed(2, 49).await, []);
    assert_eq!(it.claimed(2, 50).await, [1]);
}

pub(super) async fn turns_hold_although_clocks_differ(it: Trial) {
    // The second was recorded by a host an hour behind: an earlier id, an earlier time.
    it.stored(adds([Work { due: at(3600), ..about("door", 9) }])).await;
    it.stored(adds([Work { due: at(0), ..about("door", 1) }])).await;
    assert_eq!(it.claimed(1, 3599).await, []);
    assert_eq!(it.claimed(1, 3600).await, [9]);
    it.stored(finishes([done(9, Some(1))])).await;
    assert_eq!(it.claimed(1, 0).await, [1]);
}

pub(super) async fn the_ends_of_time_are_times(it: Trial) {
    let (first, last) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
    let remember = |n, at| Commit { remember: Some(Remembered { at, ..remembered(n) }), ..nothing() };
    it.stored(remember(1, first)).await;
    it.stored(remember(2, last)).await;
    it.stored(adds([Work { due: first, ..work(1) }, Work { due: last, ..work(2) }])).await;
    let given = it.claim_as(Claim { now: first, until: last, ..claim(1, 0) }).await;
    assert_eq!(given.iter().map(|it| it.id).collect::<Vec<_>>(), [effect(1)]);
    let later = it.claim_as(Claim { now: last, until: last, ..claim(2, 0) }).await;
    assert_eq!(later.iter().map(|it| it.id).collect::<Vec<_>>(), [effect(1), effect(2)]);
    assert_eq!(it.storage.forget(last).await.unwrap(), 1);
    assert_eq!(it.remembered(2).await.map(|it| it.at), Some(last));
}
