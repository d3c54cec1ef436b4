use super::super::Clause;
use super::sample::*;
use super::trial::{Trial, claim};
use crate::ports::{Claim, Commit, Work, WorkDone, WorkSort};

pub(super) const CLAUSE: Clause = Clause {
    name: "Timed",
    says: "Timers and requests are claimed apart. A timer is given out from its time on, and again and again until it is \
           done with",
};

fn timer(seconds: i64, n: u128) -> Work {
    Work { sort: WorkSort::Timer, due: at(seconds), body: vec![], ..work(n) }
}

async fn fired(it: &Trial, by: u128, seconds: i64) -> Vec<u128> {
    let given = it.claim_as(Claim { sort: WorkSort::Timer, ..claim(by, seconds) }).await;
    given.iter().map(|it| it.id.uuid().as_u128()).collect()
}

pub(super) async fn timers_and_requests_are_claimed_apart(it: Trial) {
    it.stored(adds([timer(0, 1), work(2), timer(0, 3)])).await;
    assert_eq!(it.claimed(1, 0).await, [2]);
    assert_eq!(fired(&it, 1, 0).await, [1, 3]);
}

pub(super) async fn a_timer_fires_at_its_time_and_not_before(it: Trial) {
    it.stored(adds([timer(100, 1), timer(200, 2)])).await;
    assert_eq!(fired(&it, 1, 99).await, []);
    assert_eq!(fired(&it, 1, 100).await, [1]);
    assert_eq!(fired(&it, 2, 200).await, [1, 2]);
}

pub(super) async fn a_timer_fires_again_until_it_is_done_with(it: Trial) {
    it.stored(adds([timer(0, 1)])).await;
    for round in 0..3 {
        assert_eq!(fired(&it, 1, round * 60).await, [1]);
        assert_eq!(fired(&it, 1, round * 60 + 59).await, []);
    }
    it.stored(finishes([at_attempt(3, done(1, Some(1)))])).await;
    assert_eq!(fired(&it, 1, 1000).await, []);
}

pub(super) async fn a_timer_that_is_no_longer_needed_never_fires(it: Trial) {
    it.stored(Commit { puts: vec![instance(1), task(1, 1)], ..adds([timer(100, 1)]) }).await;
    it.stored(Commit { tasks_done: vec![task_done(1, 1, 1)], ..finishes([done(1, None)]) }).await;
    assert_eq!(fired(&it, 1, 1000).await, []);
    assert_eq!(it.work().await, []);
}

pub(super) async fn a_timer_can_be_put_off(it: Trial) {
    it.stored(Commit { puts: vec![instance(1)], ..adds([timer(0, 1)]) }).await;
    assert_eq!(fired(&it, 1, 0).await, [1]);
    let again = Some((at(500), Some("no definition".to_owned())));
    it.stored(finishes([WorkDone { again, ..done(1, Some(1)) }])).await;
    let put_off = Work { attempts: 1, trouble: Some("no definition".to_owned()), ..timer(500, 1) };
    assert_eq!(it.work().await, [put_off], "and stays a timer");
    assert_eq!(fired(&it, 1, 499).await, []);
    assert_eq!(fired(&it, 1, 500).await, [1]);
}

pub(super) async fn late_timers_fire_all_of_them(it: Trial) {
    it.stored(adds((1..=30).map(|n| timer(i64::try_from(n).unwrap(), n)))).await;
    assert_eq!(fired(&it, 1, 1_000_000).await, (1..=30).collect::<Vec<_>>());
}
