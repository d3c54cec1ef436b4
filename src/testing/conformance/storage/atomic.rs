use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::engine::SharedRecord;
use crate::engine::chain::verify;
use crate::ports::{Commit, WorkDone};
use crate::values::Revision;

pub(super) const CLAUSE: Clause = Clause {
    name: "Atomic",
    says: "A commit is stored as a whole or not at all, whatever happens to the process or the machine",
};

pub(super) async fn everything_in_a_commit_is_stored_together(it: Trial) {
    it.stored(everything(1)).await;
    it.has_everything(1).await;
    assert_eq!(it.claimed(1, 0).await, [1]);
}

/// What is there is not touched, and nothing of what is refused is there.
async fn is_refused_whole(it: &Trial, refused: Commit) {
    let before = (it.home(1).await, it.instance(1).await, it.told(1).await);
    let answer = it.commit(refused).await;
    assert!(answer.is_err(), "it was not refused: {answer:?}");
    it.has_nothing(2).await;
    let work = |it: Option<crate::ports::InstanceRecords>| it.map(|it| (it.instance, it.tasks, it.work.len()));
    let after = (it.home(1).await, it.instance(1).await, it.told(1).await);
    assert_eq!((before.0, work(before.1), before.2), (after.0, work(after.1), after.2));
}

pub(super) async fn a_commit_refused_for_a_home_stores_nothing(it: Trial) {
    it.stored(everything(1)).await;
    let mut refused = everything(2);
    refused.expects.push((home(1), Revision::NONE));
    is_refused_whole(&it, refused).await;
}

pub(super) async fn a_commit_refused_for_its_last_object_stores_none_of_the_others(it: Trial) {
    it.stored(everything(1)).await;
    let mut refused = everything(2);
    refused.expects.push((home(1), Revision::new(1)));
    refused.puts.push(item(1).at_revision(3));
    is_refused_whole(&it, refused).await;
}

pub(super) async fn a_commit_refused_for_a_key_that_is_taken_stores_nothing(it: Trial) {
    it.stored(everything(1)).await;
    let mut refused = everything(2);
    refused.puts.push(item_in(2, 3).with(&CODE, text("code 1")));
    is_refused_whole(&it, refused).await;
}

pub(super) async fn a_commit_refused_for_an_instance_stores_nothing(it: Trial) {
    it.stored(everything(1)).await;
    let mut refused = everything(2);
    refused.puts.push(instance(1));
    is_refused_whole(&it, refused).await;
}

pub(super) async fn a_commit_refused_for_a_task_stores_nothing(it: Trial) {
    it.stored(everything(1)).await;
    let tasks_done = vec![task_done(1, 1, 1), task_done(4, 1, 1)];
    is_refused_whole(&it, Commit { tasks_done, ..everything(2) }).await;
}

pub(super) async fn a_commit_refused_for_a_lease_stores_nothing(it: Trial) {
    it.stored(everything(1)).await;
    let tasks_done = vec![task_done(1, 1, 1)];
    is_refused_whole(&it, Commit { tasks_done, done: vec![done(1, Some(5))], ..everything(2) }).await;
}

pub(super) async fn a_commit_refused_for_work_that_is_not_there_finishes_none(it: Trial) {
    it.stored(everything(1)).await;
    let later = WorkDone { again: Some((at(900), Some("later".to_owned()))), ..done(1, None) };
    for first in [done(1, None), later] {
        is_refused_whole(&it, Commit { done: vec![first, done(4, None)], ..everything(2) }).await;
        assert_eq!(it.work().await[0].trouble, None);
    }
}

pub(super) async fn a_commit_refused_for_an_unknown_kind_stores_nothing(it: Trial) {
    it.stored(everything(1)).await;
    let mut refused = everything(2);
    refused.puts.push(item_in(2, 3).of_kind(UNHEARD));
    is_refused_whole(&it, refused.clone()).await;
    it.unsupported(refused).await;
}

pub(super) async fn a_refused_commit_leaves_no_key_behind(it: Trial) {
    it.stored(puts([(1, 0)], [labelled(1, "old").with(&CODE, text("one"))])).await;
    let fresh = labelled(2, "new").with(&CODE, text("two"));
    let changed = labelled(1, "changed").with(&CODE, text("three")).at_revision(2);
    let refused: Vec<SharedRecord> = vec![fresh, changed, item(3).at_revision(7)];
    it.conflicts(puts([(1, 1), (2, 0), (3, 0)], refused)).await;
    let by = |label: &str| crate::ports::Search::of(ITEM).filter(crate::ports::Filter::Is(LABEL.code, text(label)));
    assert_eq!(it.found(by("old")).await, [1], "its old key is still there");
    assert_eq!(it.found(by("changed")).await, []);
    assert_eq!(it.found(by("new")).await, []);
    it.stored(puts([(4, 0)], [item(4).with(&CODE, text("two"))])).await;
    it.stored(puts([(5, 0)], [item(5).with(&CODE, text("three"))])).await;
    it.is_taken(puts([(6, 0)], [item(6).with(&CODE, text("one"))])).await;
}

pub(super) async fn a_refused_commit_leaves_no_turn_behind(it: Trial) {
    it.conflicts(Commit { expects: vec![(home(1), Revision::new(3))], ..adds([about("door", 1)]) }).await;
    it.stored(adds([about("door", 2)])).await;
    assert_eq!(it.claimed(1, 0).await, [2]);
}

pub(super) async fn a_commit_over_several_homes_is_stored_in_all_of_them(it: Trial) {
    let expects = [(1, 0), (2, 0), (3, 0)];
    let history = [draft(1, "one"), draft(2, "two"), draft(3, "three")];
    it.stored(Commit { history: history.into(), ..puts(expects, [item(1), item(2), item(3)]) }).await;
    for n in 1..=3 {
        assert_eq!((it.revision(n).await, it.object(n).await), (1, item(n)));
        assert_eq!(verify(&it.history(n).await).unwrap().length, 1);
    }
}

pub(super) async fn a_commit_of_nothing_is_stored_and_changes_nothing(it: Trial) {
    it.stored(everything(1)).await;
    assert_eq!(it.stored(nothing()).await, (vec![], vec![]));
    it.has_everything(1).await;
}
