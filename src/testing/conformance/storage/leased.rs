use futures_util::future::join_all;

use super::super::Clause;
use super::sample::*;
use super::trial::{Trial, claim, winners};
use crate::ports::{Claim, Commit, Lease, Work, WorkDone};
use crate::values::Millis;

pub(super) const CLAUSE: Clause = Clause {
    name: "Leased",
    says: "Work under a lease is given to nobody else until the lease ends; each time it is given out, its attempts rise \
           by one. `done` with a holder is a conflict once it was given out again, be it to the same host",
};

pub(super) async fn work_is_given_as_it_was_stored_under_a_lease(it: Trial) {
    let stored = Work { trouble: Some("before".to_owned()), body: b"\0body".to_vec(), ..about("door", 1) };
    it.stored(adds([stored.clone()])).await;
    let given = it.claim(5, 7).await;
    let lease = Some(Lease { host: host(5), until: at(67) });
    assert_eq!(given, [Work { lease, attempts: 1, ..stored }]);
}

pub(super) async fn work_that_is_given_shows_its_lease_to_readers(it: Trial) {
    it.stored(Commit { puts: vec![instance(1)], ..adds([work(1)]) }).await;
    assert_eq!(it.work().await, [work(1)]);
    let given = it.claim(5, 0).await;
    assert_eq!(it.work().await, given);
}

pub(super) async fn work_is_given_to_one_host_until_its_lease_ends(it: Trial) {
    it.stored(adds([work(1)])).await;
    assert_eq!(it.claimed(1, 0).await, [1]);
    for host in [1, 2] {
        assert_eq!(it.claimed(host, 0).await, []);
        assert_eq!(it.claimed(host, 59).await, []);
    }
    let almost = Claim { now: at(60).minus(Millis::new(1)), ..claim(2, 0) };
    assert_eq!(it.claim_as(almost).await, []);
    assert_eq!(it.claimed(2, 60).await, [1], "it has ended at its end");
}

pub(super) async fn attempts_rise_by_one_each_time_work_is_given(it: Trial) {
    it.stored(adds([work(1)])).await;
    for (attempts, by) in [(1, 1), (2, 1), (3, 2), (4, 1)] {
        let given = it.claim(by, i64::from(attempts) * 60).await;
        assert_eq!(given.iter().map(|it| it.attempts).collect::<Vec<_>>(), [attempts]);
    }
}

pub(super) async fn attempts_stay_when_work_is_put_off(it: Trial) {
    it.stored(adds([work(1)])).await;
    it.claim(1, 0).await;
    let again = Some((at(5), Some("in vain".to_owned())));
    it.stored(finishes([WorkDone { again, ..done(1, Some(1)) }])).await;
    let given = it.claim(2, 5).await;
    assert_eq!((given[0].attempts, given[0].trouble.as_deref()), (2, Some("in vain")));
}

pub(super) async fn work_that_is_put_off_is_free_at_its_time(it: Trial) {
    it.stored(Commit { puts: vec![instance(1)], ..adds([work(1)]) }).await;
    it.claim(1, 0).await;
    let again = Some((at(30), Some("in vain".to_owned())));
    it.stored(finishes([WorkDone { again, ..done(1, Some(1)) }])).await;
    let put_off = Work { due: at(30), attempts: 1, trouble: Some("in vain".to_owned()), ..work(1) };
    assert_eq!(it.work().await, [put_off], "its lease is gone");
    it.conflicts(finishes([done(1, Some(1))])).await;
    assert_eq!(it.claimed(2, 29).await, []);
    assert_eq!(it.claimed(2, 30).await, [1], "before the old lease would have ended");
}

pub(super) async fn work_stored_under_a_lease_is_given_to_others_when_it_ends(it: Trial) {
    let own = held(1, 60, work(1));
    it.stored(Commit { puts: vec![instance(1)], ..adds([own.clone()]) }).await;
    assert_eq!(it.work().await, [own]);
    assert_eq!(it.claimed(1, 0).await, [], "also not to its own host");
    assert_eq!(it.claimed(2, 59).await, []);
    let given = it.claim(2, 60).await;
    assert_eq!((given.len(), given[0].attempts), (1, 2), "an earlier host may have done it");
}

pub(super) async fn its_holder_finishes_work(it: Trial) {
    it.stored(adds([work(1), held(2, 60, work(2))])).await;
    it.claim(1, 0).await;
    it.stored(finishes([done(1, Some(1))])).await;
    it.stored(finishes([done(2, Some(2))])).await;
    assert_eq!(it.claimed(3, 1000).await, []);
}

pub(super) async fn whoever_lost_its_lease_to_another_finishes_nothing(it: Trial) {
    it.stored(Commit { puts: vec![instance(1)], ..adds([work(1)]) }).await;
    it.claim(1, 0).await;
    it.claim(2, 60).await;
    let before = it.work().await;
    it.conflicts(finishes([done(1, Some(1))])).await;
    let again = Some((at(99), Some("in vain".to_owned())));
    it.conflicts(finishes([WorkDone { again, ..done(1, Some(1)) }])).await;
    assert_eq!(it.work().await, before);
    it.stored(finishes([at_attempt(2, done(1, Some(2)))])).await;
}

pub(super) async fn a_host_that_lost_work_to_itself_finishes_it_as_the_later_one_only(it: Trial) {
    it.stored(Commit { puts: vec![instance(1)], ..adds([work(1), held(1, 60, work(2))]) }).await;
    it.claim(1, 0).await;
    it.claim(1, 60).await;
    let before = it.work().await;
    for n in [1, 2] {
        it.conflicts(finishes([done(n, Some(1))])).await;
        let again = Some((at(99), Some("in vain".to_owned())));
        it.conflicts(finishes([WorkDone { again, ..done(n, Some(1)) }])).await;
        it.conflicts(finishes([at_attempt(3, done(n, Some(1)))])).await;
    }
    assert_eq!(it.work().await, before);
    it.stored(finishes([1, 2].map(|n| at_attempt(2, done(n, Some(1)))))).await;
    assert_eq!(it.claimed(1, 1000).await, []);
}

pub(super) async fn whoever_never_held_it_finishes_nothing(it: Trial) {
    it.stored(adds([work(1), held(1, 60, work(2))])).await;
    it.conflicts(finishes([done(1, Some(1))])).await;
    it.conflicts(finishes([done(2, Some(3))])).await;
    assert_eq!(it.claimed(1, 60).await, [1, 2]);
}

pub(super) async fn a_holder_whose_lease_has_ended_may_still_finish_what_nobody_took(it: Trial) {
    it.stored(adds([held(1, 10, work(1))])).await;
    assert_eq!(it.claimed(2, 9).await, []);
    it.stored(finishes([done(1, Some(1))])).await;
    assert_eq!(it.claimed(2, 1000).await, []);
}

pub(super) async fn without_a_holder_work_is_finished_whoever_holds_it(it: Trial) {
    it.stored(adds([work(1), held(1, 60, work(2))])).await;
    it.stored(finishes([done(1, None), done(2, None)])).await;
    assert_eq!(it.claimed(2, 1000).await, []);
}

pub(super) async fn work_is_finished_once(it: Trial) {
    it.stored(adds([work(1)])).await;
    it.claim(1, 0).await;
    it.stored(finishes([done(1, Some(1))])).await;
    it.conflicts(finishes([done(1, Some(1))])).await;
    it.conflicts(finishes([done(1, None)])).await;
    it.conflicts(finishes([done(9, None)])).await;
    let again = Some((at(5), Some("in vain".to_owned())));
    it.conflicts(finishes([WorkDone { again, ..done(1, None) }])).await;
    assert_eq!(it.claimed(1, 1000).await, [], "nor does it come back");
}

pub(super) async fn work_of_another_instance_is_not_finished(it: Trial) {
    it.stored(adds([work_of(1, 1)])).await;
    it.conflicts(finishes([WorkDone { instance: run(2), ..done(1, None) }])).await;
    assert_eq!(it.claimed(1, 0).await, [1]);
}

pub(super) async fn hosts_that_race_get_each_piece_once(it: Trial) {
    it.stored(adds((1..=40).map(work))).await;
    let hosts: Vec<Claim> = (1..=8).map(|host| Claim { limit: 7, ..claim(host, 0) }).collect();
    let given = join_all(hosts.iter().map(|it_| it.storage.claim(it_))).await;
    let mut all: Vec<u128> = given.into_iter().flat_map(Result::unwrap).map(|it| it.id.uuid().as_u128()).collect();
    // What they missed in the crush is there for the next.
    all.extend(it.claimed(9, 0).await);
    all.sort_unstable();
    assert_eq!(all, (1..=40).collect::<Vec<_>>());
}

pub(super) async fn of_holders_that_race_to_finish_one_wins(it: Trial) {
    it.stored(adds([work(1)])).await;
    it.claim(1, 0).await;
    let racing = (1..=8).map(|n| Commit { done: vec![done(1, Some(1))], ..writes([draft(n, "done")]) });
    assert_eq!(winners(&it.race(racing).await), 1);
}

pub(super) async fn no_more_is_given_than_was_asked_for(it: Trial) {
    it.stored(adds((1..=5).map(work))).await;
    let limited = |limit| Claim { limit, ..claim(1, 0) };
    assert_eq!(it.claim_as(limited(0)).await, []);
    assert_eq!(it.claim_as(limited(2)).await.len(), 2);
    assert_eq!(it.claim_as(limited(2)).await.len(), 2);
    assert_eq!(it.claim_as(limited(2)).await.len(), 1);
    assert_eq!(it.claim_as(limited(2)).await, []);
}

pub(super) async fn what_has_been_due_longest_is_given_first(it: Trial) {
    let due = |seconds, n| Work { due: at(seconds), ..work(n) };
    it.stored(adds([due(50, 1), due(10, 2), due(40, 3), due(20, 4), due(30, 5)])).await;
    let limited = Claim { limit: 2, ..claim(1, 100) };
    let mut first: Vec<u128> = it.claim_as(limited).await.iter().map(|it| it.id.uuid().as_u128()).collect();
    first.sort_unstable();
    assert_eq!(first, [2, 4]);
    // What is put off goes to the end.
    let again = Some((at(45), Some("in vain".to_owned())));
    it.stored(finishes([WorkDone { again, ..done(2, Some(1)) }])).await;
    let order: Vec<u128> = it.claim_as(limited).await.iter().map(|it| it.id.uuid().as_u128()).collect();
    assert_eq!(order, [3, 5]);
}

pub(super) async fn work_is_given_when_it_is_due_and_not_before(it: Trial) {
    it.stored(adds([Work { due: at(10), ..work(1) }, work(2)])).await;
    assert_eq!(it.claimed(1, 9).await, [2]);
    let almost = Claim { now: at(10).minus(Millis::new(1)), ..claim(1, 0) };
    assert_eq!(it.claim_as(almost).await, []);
    assert_eq!(it.claimed(1, 10).await, [1]);
}

pub(super) async fn work_that_is_there_already_is_not_stored_twice(it: Trial) {
    it.stored(Commit { puts: vec![instance(1)], ..adds([about("door", 1)]) }).await;
    let double = Work { body: b"another".to_vec(), due: at(5), ..about("lift", 1) };
    it.unsupported(Commit { history: vec![draft(1, "never")], ..adds([double]) }).await;
    assert_eq!((it.work().await, it.told(1).await), (vec![about("door", 1)], vec![]));
    assert_eq!(it.claimed(1, 5).await, [1]);
}
