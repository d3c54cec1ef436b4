use super::super::Clause;
use super::sample::*;
use super::trial::{Trial, claim};
use crate::ports::{Claim, Commit, Work, WorkDone};
use crate::values::Timestamp;

pub(super) const CLAUSE: Clause = Clause {
    name: "In turn",
    says: "Of one target, only the work that was stored first is given out, and keeps its turn when it is to be tried \
           again; work in one commit is stored in its order. Work that comes with a lease and is not the first is stored \
           without the lease and without its attempt, and the answer names it. `under_way` names the targets about which some \
           work is not done with, be it due, leased or parked",
};

pub(super) async fn of_one_target_only_the_first_is_given(it: Trial) {
    for n in 1..=3 {
        it.stored(adds([about("door", n)])).await;
    }
    for n in 1..=3 {
        assert_eq!(it.claimed(1, 0).await, [n]);
        assert_eq!(it.claimed(1, 0).await, []);
        it.stored(finishes([done(n, Some(1))])).await;
    }
    assert_eq!(it.claimed(1, 0).await, []);
}

pub(super) async fn the_order_is_that_of_storing_not_of_ids(it: Trial) {
    for n in [5, 9, 1] {
        it.stored(adds([about("door", n)])).await;
    }
    for n in [5, 9, 1] {
        assert_eq!(it.claimed(1, 0).await, [n]);
        it.stored(finishes([done(n, Some(1))])).await;
    }
}

pub(super) async fn work_of_one_commit_is_in_its_order(it: Trial) {
    it.stored(adds([about("door", 5), work(7), about("door", 9), about("door", 1)])).await;
    assert_eq!(it.claimed(1, 0).await, [5, 7]);
    for (n, next) in [(5, 9), (9, 1)] {
        it.stored(finishes([done(n, Some(1))])).await;
        assert_eq!(it.claimed(1, 0).await, [next]);
    }
}

pub(super) async fn the_order_is_not_that_of_times(it: Trial) {
    it.stored(adds([Work { due: at(100), ..about("door", 1) }])).await;
    it.stored(adds([Work { due: at(0), ..about("door", 2) }])).await;
    assert_eq!(it.claimed(1, 50).await, [], "the first is not due, and the second waits for it");
    assert_eq!(it.claimed(1, 100).await, [1]);
}

pub(super) async fn what_is_to_be_tried_again_keeps_its_turn(it: Trial) {
    it.stored(adds([about("door", 1), about("door", 2)])).await;
    it.claim(1, 0).await;
    let again = Some((at(300), Some("in vain".to_owned())));
    it.stored(finishes([WorkDone { again, ..done(1, Some(1)) }])).await;
    assert_eq!(it.claimed(1, 299).await, []);
    assert_eq!(it.claimed(1, 300).await, [1]);
}

pub(super) async fn a_lease_that_ended_keeps_the_turn(it: Trial) {
    it.stored(adds([about("door", 1), about("door", 2)])).await;
    assert_eq!(it.claimed(1, 0).await, [1]);
    assert_eq!(it.claimed(2, 60).await, [1]);
    it.stored(finishes([at_attempt(2, done(1, Some(2)))])).await;
    assert_eq!(it.claimed(2, 61).await, [2]);
}

pub(super) async fn one_that_is_finished_out_of_turn_leaves_the_others_theirs(it: Trial) {
    it.stored(adds([about("door", 1), about("door", 2), about("door", 3)])).await;
    it.stored(finishes([done(2, None)])).await;
    assert_eq!(it.claimed(1, 0).await, [1]);
    it.stored(finishes([done(1, None)])).await;
    assert_eq!(it.claimed(1, 0).await, [3]);
}

pub(super) async fn the_first_with_a_lease_keeps_it(it: Trial) {
    let (_, behind) = it.stored(Commit { puts: vec![instance(1)], ..adds([held(1, 60, about("door", 1))]) }).await;
    assert_eq!((behind, it.work().await), (vec![], vec![held(1, 60, about("door", 1))]));
    assert_eq!(it.claimed(2, 59).await, []);
}

pub(super) async fn one_with_a_lease_behind_another_loses_it_and_is_named(it: Trial) {
    it.stored(Commit { puts: vec![instance(1)], ..adds([about("door", 1)]) }).await;
    let (_, behind) = it.stored(adds([held(1, 60, about("door", 2)), held(1, 60, about("lift", 3))])).await;
    assert_eq!(behind, [effect(2)]);
    assert_eq!(it.work().await, [about("door", 1), about("door", 2), held(1, 60, about("lift", 3))]);
    it.stored(finishes([done(1, None)])).await;
    let given = it.claim(2, 0).await;
    assert_eq!((given[0].id, given[0].attempts), (effect(2), 1), "nobody has tried it before");
}

pub(super) async fn of_one_commit_all_but_the_first_of_a_target_are_behind(it: Trial) {
    let leased = [3, 2, 1].map(|n| held(1, 60, about("door", n)));
    let (_, behind) = it.stored(Commit { puts: vec![instance(1)], ..adds(leased) }).await;
    assert_eq!(behind, [effect(2), effect(1)]);
    assert_eq!(it.work().await, [about("door", 1), about("door", 2), held(1, 60, about("door", 3))]);
}

pub(super) async fn one_without_a_lease_has_none_to_lose(it: Trial) {
    it.stored(Commit { puts: vec![instance(1)], ..adds([about("door", 1)]) }).await;
    let (_, behind) = it.stored(adds([Work { attempts: 3, ..about("door", 2) }])).await;
    assert_eq!((behind, it.work().await[1].attempts), (vec![], 3));
}

pub(super) async fn a_turn_ends_in_the_commit_that_finishes_it(it: Trial) {
    it.stored(adds([held(1, 60, about("door", 1))])).await;
    let next = Commit { done: vec![done(1, Some(1))], ..adds([held(1, 60, about("door", 2))]) };
    assert_eq!(it.stored(next).await.1, [], "it is the first by then");
    assert_eq!(it.claimed(2, 60).await, [2]);
}

pub(super) async fn instances_share_the_turns_of_a_target(it: Trial) {
    let of = |instance, n| Work { target: "door".to_owned(), ..work_of(instance, n) };
    it.stored(adds([of(2, 1)])).await;
    assert_eq!(it.stored(adds([held(1, 60, of(1, 2))])).await.1, [effect(2)]);
    assert_eq!(it.claimed(1, 0).await, [1]);
    it.stored(finishes([WorkDone { instance: run(2), ..done(1, None) }])).await;
    assert_eq!(it.claimed(1, 0).await, [2]);
}

pub(super) async fn targets_do_not_wait_for_each_other(it: Trial) {
    it.stored(adds([about("door", 1), about("door ", 2), about("Door", 3), about("doo", 4), about("door", 5)])).await;
    assert_eq!(it.claimed(1, 0).await, [1, 2, 3, 4]);
}

pub(super) async fn work_without_a_target_waits_for_nothing(it: Trial) {
    let (_, behind) = it.stored(adds([work(1), held(1, 60, work(2)), work(3)])).await;
    assert_eq!((behind, it.claimed(2, 0).await), (vec![], vec![1, 3]));
}

pub(super) async fn those_that_wait_take_no_place_of_those_that_need_not(it: Trial) {
    it.stored(adds((1..=20).map(|n| about("door", n)))).await;
    it.stored(adds([about("lift", 30), about("gate", 40)])).await;
    let given = it.claim_as(Claim { limit: 3, ..claim(1, 0) }).await;
    assert_eq!(given.iter().map(|it| it.id).collect::<Vec<_>>(), [effect(1), effect(30), effect(40)]);
}

pub(super) async fn commits_that_race_for_a_target_stand_in_one_line(it: Trial) {
    let racing = (1..=10).map(|n| adds([held(1, 60, about("door", n))]));
    let answers = it.race(racing).await;
    let behind = answers.iter().map(|it| match it {
        Ok(crate::ports::Committed::Stored { behind, .. }) => behind.len(),
        other => panic!("{other:?}"),
    });
    assert_eq!(behind.sum::<usize>(), 9, "one is the first");
    let mut seen = Vec::new();
    while let [one] = it.claimed(1, 60 * (1 + i64::try_from(seen.len()).unwrap())).await[..] {
        seen.push(one);
        it.stored(finishes([done(one, None)])).await;
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=10).collect::<Vec<_>>());
}

pub(super) async fn until_all_of_it_is_done_with_a_target_is_under_way(it: Trial) {
    assert_eq!(it.under_way(["door", "lift"]).await, [""; 0], "nothing was asked");
    it.stored(adds([about("door", 1), about("door", 2), held(1, 60, about("lift", 3)), work(4)])).await;
    assert_eq!(it.under_way(["lift", "gate", "door", ""]).await, ["lift", "door"], "in the order of the question");
    it.claim(1, 0).await;
    assert_eq!(it.under_way(["door"]).await, ["door"], "a host is at it");
    let parked = Some((Timestamp::NEVER, Some("in vain".to_owned())));
    it.stored(finishes([done(2, None), WorkDone { again: parked, ..done(1, Some(1)) }])).await;
    assert_eq!(it.under_way(["door"]).await, ["door"], "it waits for a person");
    it.stored(finishes([done(1, None)])).await;
    assert_eq!(it.under_way(["lift", "door"]).await, ["lift"]);
}

pub(super) async fn what_was_overtaken_is_under_way_no_more(it: Trial) {
    it.stored(adds([about("door", 1), about("lift", 2)])).await;
    it.stored(overtakes("door", 5)).await;
    assert_eq!(it.under_way(["door", "lift"]).await, ["lift"]);
}

pub(super) async fn targets_under_way_are_compared_as_they_are(it: Trial) {
    let of = |instance, n| Work { target: "door".to_owned(), ..work_of(instance, n) };
    it.stored(adds([of(2, 1), about("Lift", 2)])).await;
    it.stored(Commit { tenant: STRANGER, ..adds([Work { tenant: STRANGER, ..about("gate", 3) }]) }).await;
    assert_eq!(it.under_way(["doo", "door ", "Door", "lift", "gate", "door"]).await, ["door"]);
}
