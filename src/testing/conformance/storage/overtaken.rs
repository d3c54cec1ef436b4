use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::ports::{Commit, Lease, Work, WorkDone};
use crate::values::Timestamp;

pub(super) const CLAUSE: Clause = Clause {
    name: "Overtaken",
    says: "All work of a target that a commit overtakes, stored before, loses its target and is due at the time that is \
           named; its lease and its attempts stay. This comes after `done` of the same commit and before its work is added, \
           which so may be the first",
};

/// Work that has stepped out of its line, due from a time on.
fn out(seconds: i64, work: Work) -> Work {
    Work { target: String::new(), due: at(seconds), ..work }
}

/// Stores an instance with its work.
async fn begin(it: &Trial, work: impl IntoIterator<Item = Work>) {
    it.stored(Commit { puts: vec![instance(1)], ..adds(work) }).await;
}

/// Nobody comes back to it by itself.
fn parked(done: WorkDone) -> WorkDone {
    WorkDone { again: Some((Timestamp::NEVER, Some("in vain".to_owned()))), ..done }
}

pub(super) async fn all_work_of_the_target_steps_out_of_its_line(it: Trial) {
    begin(&it, (1..=3).map(|n| about("door", n))).await;
    assert_eq!(it.stored(overtakes("door", 5)).await.1, []);
    assert_eq!(it.work().await, [1, 2, 3].map(|n| out(5, about("door", n))));
    assert_eq!(it.claimed(1, 5).await, [1, 2, 3], "none waits for another any more");
}

pub(super) async fn it_is_due_at_the_time_that_is_named(it: Trial) {
    begin(&it, [about("door", 1), Work { due: at(900), ..about("door", 2) }]).await;
    it.stored(overtakes("door", 50)).await;
    assert_eq!(it.claimed(1, 49).await, [], "no sooner, whatever it was before");
    assert_eq!(it.claimed(1, 50).await, [1, 2]);
}

pub(super) async fn what_was_parked_comes_up(it: Trial) {
    begin(&it, [about("door", 1), about("door", 2)]).await;
    it.claim(1, 0).await;
    it.stored(finishes([parked(done(1, Some(1)))])).await;
    assert_eq!(it.claimed(1, 1_000_000_000).await, [], "it keeps its turn, and so the other waits");
    it.stored(overtakes("door", 5)).await;
    let given = it.claim(2, 5).await;
    let told: Vec<_> = given.iter().map(|it| (it.id, it.attempts, it.trouble.as_deref())).collect();
    assert_eq!(told, [(effect(1), 2, Some("in vain")), (effect(2), 1, None)]);
}

pub(super) async fn what_is_parked_in_the_same_commit_comes_up(it: Trial) {
    begin(&it, [about("door", 1), about("door", 2)]).await;
    it.claim(1, 0).await;
    it.stored(Commit { done: vec![parked(done(1, Some(1)))], ..overtakes("door", 5) }).await;
    assert_eq!(it.claimed(2, 5).await, [1, 2]);
}

pub(super) async fn its_lease_and_its_attempts_stay(it: Trial) {
    begin(&it, [about("door", 1), Work { attempts: 3, ..about("door", 2) }]).await;
    it.claim(1, 0).await;
    it.stored(overtakes("door", 5)).await;
    let lease = Some(Lease { host: host(1), until: at(60) });
    let held = Work { lease, attempts: 1, ..out(5, about("door", 1)) };
    assert_eq!(it.work().await, [held, Work { attempts: 3, ..out(5, about("door", 2)) }]);
    assert_eq!(it.claimed(2, 59).await, [2], "the other is on its way still");
    let given = it.claim(2, 60).await;
    assert_eq!((given[0].id, given[0].attempts), (effect(1), 2));
}

pub(super) async fn its_holder_finishes_it_still(it: Trial) {
    begin(&it, [about("door", 1), about("door", 2)]).await;
    it.claim(1, 0).await;
    it.stored(Commit { work: vec![about("door", 3)], ..overtakes("door", 5) }).await;
    it.conflicts(finishes([done(1, Some(2))])).await;
    it.stored(finishes([done(1, Some(1))])).await;
    assert_eq!(it.claimed(2, 5).await, [2, 3]);
    it.stored(finishes([done(2, Some(2)), done(3, Some(2))])).await;
    assert_eq!(it.work().await, []);
}

pub(super) async fn what_overtakes_is_the_first_and_keeps_its_lease(it: Trial) {
    begin(&it, [held(1, 60, about("door", 1)), about("door", 2)]).await;
    let overtaking = held(2, 60, about("door", 3));
    let (_, behind) = it.stored(Commit { work: vec![overtaking.clone()], ..overtakes("door", 5) }).await;
    assert_eq!(behind, [], "there is nothing before it");
    assert_eq!(it.work().await, [out(5, held(1, 60, about("door", 1))), out(5, about("door", 2)), overtaking]);
    assert_eq!(it.claimed(3, 5).await, [2]);
    assert_eq!(it.claimed(3, 60).await, [1, 3]);
}

pub(super) async fn what_is_stored_later_lines_up_behind_what_overtakes(it: Trial) {
    begin(&it, [about("door", 1)]).await;
    it.stored(Commit { work: vec![held(1, 60, about("door", 2))], ..overtakes("door", 5) }).await;
    assert_eq!(it.stored(adds([held(1, 60, about("door", 3))])).await.1, [effect(3)]);
    assert_eq!(it.claimed(2, 60).await, [1, 2]);
    it.stored(finishes([done(1, None)])).await;
    assert_eq!(it.claimed(2, 61).await, [], "what was overtaken is out of the line, the other is not");
    it.stored(finishes([done(2, None)])).await;
    assert_eq!(it.claimed(2, 62).await, [3]);
}

pub(super) async fn of_what_overtakes_all_but_the_first_are_behind(it: Trial) {
    begin(&it, [about("door", 1)]).await;
    let leased = [9, 8].map(|n| held(1, 60, about("door", n)));
    let (_, behind) = it.stored(Commit { work: leased.to_vec(), ..overtakes("door", 5) }).await;
    assert_eq!(behind, [effect(8)]);
    assert_eq!(it.claimed(2, 60).await, [1, 9]);
}

pub(super) async fn other_targets_keep_their_turns(it: Trial) {
    let others = [about("door ", 1), about("Door", 2), about("doo", 3), about("door\0", 4)];
    let line = [about("lift", 5), about("lift", 6)];
    begin(&it, others.iter().chain(&line).cloned().chain([about("door", 7)])).await;
    it.stored(overtakes("door", 5)).await;
    let stay: Vec<_> = others.into_iter().chain(line).chain([out(5, about("door", 7))]).collect();
    assert_eq!(it.work().await, stay);
    assert_eq!(it.claimed(1, 5).await, [1, 2, 3, 4, 5, 7]);
}

pub(super) async fn work_without_a_target_stays_as_it_is(it: Trial) {
    let without = Work { due: at(900), ..work(1) };
    begin(&it, [without.clone(), about("door", 2)]).await;
    it.stored(overtakes("door", 5)).await;
    it.stored(Commit { work: vec![about("door", 3)], ..overtakes("door", 7) }).await;
    assert_eq!(it.work().await, [without, out(5, about("door", 2)), about("door", 3)], "what is out is out");
}

pub(super) async fn instances_that_share_the_target_are_overtaken_alike(it: Trial) {
    let of = |instance, n| Work { target: "door".to_owned(), ..work_of(instance, n) };
    // The same number in two instances is two requests.
    it.stored(Commit { puts: vec![instance(1), instance(2)], ..adds([of(2, 1), of(1, 1), of(2, 2)]) }).await;
    it.stored(Commit { work: vec![of(1, 3)], ..overtakes("door", 5) }).await;
    assert_eq!(it.work().await, [out(5, of(1, 1)), of(1, 3)]);
    assert_eq!(it.instance(2).await.unwrap().work, [out(5, of(2, 1)), out(5, of(2, 2))]);
    assert_eq!(it.claim(1, 5).await.len(), 4);
}

pub(super) async fn of_another_tenant_nothing_is_overtaken(it: Trial) {
    let theirs = |n| Work { tenant: STRANGER, due: at(900), ..about("door", n) };
    it.stored(Commit { tenant: STRANGER, ..adds([theirs(1), theirs(2)]) }).await;
    begin(&it, [about("door", 1)]).await;
    it.stored(overtakes("door", 5)).await;
    assert_eq!(it.work().await, [out(5, about("door", 1))]);
    let given = it.claim(1, 5).await;
    assert_eq!(given.iter().map(|it| (it.tenant, it.id)).collect::<Vec<_>>(), [(TENANT, effect(1))]);
    let given = it.claim(1, 900).await;
    assert!(given.contains(&Work { attempts: 1, lease: given[0].lease, ..theirs(1) }), "{given:?}");
    assert!(given.iter().all(|it| (it.tenant, it.id) != (STRANGER, effect(2))), "it waits for its turn: {given:?}");
}

pub(super) async fn several_targets_are_overtaken_in_one_commit(it: Trial) {
    begin(&it, [about("door", 1), about("lift", 2), about("gate", 3), about("door", 4)]).await;
    let work = vec![held(1, 60, about("door", 5)), held(1, 60, about("lift", 6)), held(1, 60, about("gate", 7))];
    let overtakes = vec![overtaken("door", 5), overtaken("lift", 6)];
    let (_, behind) = it.stored(Commit { overtakes, work, ..nothing() }).await;
    assert_eq!(behind, [effect(7)]);
    let before = it.work().await.into_iter().take(4).collect::<Vec<_>>();
    let of = [out(5, about("door", 1)), out(6, about("lift", 2)), about("gate", 3), out(5, about("door", 4))];
    assert_eq!(before, of);
}

pub(super) async fn a_target_without_work_may_be_overtaken(it: Trial) {
    let first = held(1, 60, about("door", 1));
    let commit = Commit { puts: vec![instance(1)], work: vec![first.clone()], ..overtakes("door", 5) };
    assert_eq!(it.stored(commit).await.1, []);
    assert_eq!(it.work().await, [first]);
    it.stored(overtakes("lift", 5)).await;
    assert_eq!(it.stored(adds([held(1, 60, about("lift", 2))])).await.1, [], "and nothing is left of it");
}

pub(super) async fn a_refused_commit_overtakes_nothing(it: Trial) {
    begin(&it, [about("door", 1), about("door", 2)]).await;
    it.conflicts(Commit { done: vec![done(9, None)], ..overtakes("door", 5) }).await;
    it.conflicts(Commit { expects: vec![(home(1), crate::values::Revision::new(4))], ..overtakes("door", 5) }).await;
    it.unsupported(Commit { work: vec![about("door", 1)], ..overtakes("door", 5) }).await;
    assert_eq!(it.work().await, [about("door", 1), about("door", 2)]);
    assert_eq!(it.claimed(1, 5).await, [1]);
}

pub(super) async fn a_repeated_commit_overtakes_nothing(it: Trial) {
    it.stored(commands(1)).await;
    begin(&it, [about("door", 1), about("door", 2)]).await;
    it.repeated(Commit { overtakes: vec![overtaken("door", 5)], ..commands(1) }).await;
    assert_eq!(it.work().await, [about("door", 1), about("door", 2)]);
}

pub(super) async fn what_was_overtaken_stays_so_after_reopening(it: Trial) {
    begin(&it, [about("door", 1), Work { due: at(900), ..about("door", 2) }]).await;
    it.stored(Commit { work: vec![about("door", 3)], ..overtakes("door", 5) }).await;
    let Some(it) = it.reopened().await else { return };
    assert_eq!(it.work().await, [out(5, about("door", 1)), out(5, about("door", 2)), about("door", 3)]);
    it.stored(adds([about("door", 4)])).await;
    assert_eq!(it.claimed(1, 5).await, [1, 2, 3]);
}
