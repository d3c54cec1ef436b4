use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::ports::Commit;

pub(super) const CLAUSE: Clause = Clause {
    name: "Counted",
    says: "The revision of a home rises by one with each commit that puts an object into it, and by nothing else; \
           instances and tasks are kept apart and do not count",
};

pub(super) async fn a_home_rises_by_one_however_many_objects_are_put(it: Trial) {
    it.stored(puts([(1, 0)], (1..=5).map(|n| item_in(1, n)))).await;
    assert_eq!(it.revision(1).await, 1);
    it.stored(puts([(1, 1)], [item_in(1, 1).at_revision(2), item_in(1, 9), item_in(1, 1).of_kind(OTHER)])).await;
    assert_eq!(it.revision(1).await, 2);
}

pub(super) async fn every_home_of_a_commit_rises_by_one(it: Trial) {
    it.stored(puts([(1, 0)], [item(1)])).await;
    it.stored(puts([(2, 0), (1, 1)], [item(2), item(1).at_revision(2), item_in(2, 3)])).await;
    assert_eq!((it.revision(1).await, it.revision(2).await), (2, 1));
}

pub(super) async fn a_home_that_was_only_read_does_not_rise(it: Trial) {
    it.stored(puts([(1, 0), (2, 0)], [item(2)])).await;
    assert_eq!((it.revision(1).await, it.revision(2).await), (0, 1));
    it.stored(puts([(1, 0), (2, 1)], [item(1)])).await;
    assert_eq!((it.revision(1).await, it.revision(2).await), (1, 1));
}

pub(super) async fn instances_and_tasks_do_not_count(it: Trial) {
    it.stored(puts([(1, 0)], [item(1)])).await;
    it.stored(puts([(1, 1)], [instance(1), task(1, 1)])).await;
    it.stored(Commit { tasks_done: vec![task_done(1, 1, 1)], ..puts([], [instance(1).at_revision(2)]) }).await;
    assert_eq!(it.revision(1).await, 1);
    assert_eq!(it.home(1).await.records, [item(1)], "and are none of its objects");
}

pub(super) async fn history_alone_does_not_count(it: Trial) {
    it.stored(writes([draft(1, "before there is anything")])).await;
    assert_eq!(it.revision(1).await, 0);
    it.stored(puts([(1, 0)], [item(1)])).await;
    it.stored(Commit { history: vec![draft(1, "looked at")], ..puts([(1, 1)], []) }).await;
    assert_eq!((it.revision(1).await, it.home(1).await.head.length), (1, 2));
}

pub(super) async fn work_and_commands_do_not_count(it: Trial) {
    it.stored(puts([(1, 0)], [item(1)])).await;
    it.stored(Commit { work: vec![work(1)], remember: Some(remembered(1)), ..nothing() }).await;
    it.claim(1, 0).await;
    it.stored(finishes([done(1, Some(1))])).await;
    assert_eq!(it.revision(1).await, 1);
}

pub(super) async fn a_refused_commit_does_not_count(it: Trial) {
    it.stored(puts([(1, 0)], [item(1)])).await;
    it.conflicts(puts([(1, 1)], [item_in(1, 2), item(1)])).await;
    assert_eq!(it.revision(1).await, 1);
}

pub(super) async fn a_repeated_commit_does_not_count(it: Trial) {
    it.stored(everything(1)).await;
    it.repeated(everything(1)).await;
    let again = Commit { remember: Some(remembered(1)), ..puts([(1, 1)], [item(1).at_revision(2)]) };
    it.repeated(again).await;
    assert_eq!((it.revision(1).await, it.home(1).await.head.length), (1, 1));
}
