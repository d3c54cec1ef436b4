//! The revisions of instances and tasks.

use super::super::Clause;
use super::checked;
use super::sample::*;
use super::trial::{Trial, winners};
use crate::ports::{Commit, TaskDone};

pub(super) const CLAUSE: Clause = checked::CLAUSE;

pub(super) async fn instances_and_tasks_ask_for_no_home(it: Trial) {
    it.stored(puts([], [instance(1), task(1, 1)])).await;
    let found = it.instance(1).await.unwrap();
    assert_eq!((found.instance, found.tasks, found.work), (instance(1), vec![task(1, 1)], vec![]));
    assert_eq!(it.instance(2).await, None);
}

pub(super) async fn an_instance_is_written_at_the_revision_after_its_own(it: Trial) {
    it.conflicts(puts([], [instance(1).at_revision(2)])).await;
    it.stored(puts([], [instance(1)])).await;
    for other in [0, 1, 3] {
        it.conflicts(puts([], [instance(1).at_revision(other)])).await;
    }
    it.stored(puts([], [instance(1).at_revision(2).saying(b"new")])).await;
    assert_eq!(it.instance(1).await.unwrap().instance, instance(1).at_revision(2).saying(b"new"));
}

pub(super) async fn a_task_is_written_at_the_revision_after_its_own(it: Trial) {
    it.stored(puts([], [instance(1), task(1, 1)])).await;
    for other in [0, 1, 3] {
        it.conflicts(puts([], [task(1, 1).at_revision(other)])).await;
    }
    it.stored(puts([], [task(1, 1).at_revision(2)])).await;
    assert_eq!(it.instance(1).await.unwrap().tasks, [task(1, 1).at_revision(2)]);
}

pub(super) async fn a_task_is_done_with_at_the_revision_it_was_read_at(it: Trial) {
    it.stored(puts([], [instance(1), task(1, 1)])).await;
    it.stored(puts([], [task(1, 1).at_revision(2)])).await;
    for other in [0, 1, 3] {
        it.conflicts(Commit { tasks_done: vec![task_done(1, 1, other)], ..nothing() }).await;
    }
    it.stored(Commit { tasks_done: vec![task_done(1, 1, 2)], ..nothing() }).await;
    assert_eq!(it.instance(1).await.unwrap().tasks, []);
}

pub(super) async fn a_task_is_done_with_once(it: Trial) {
    it.stored(puts([], [instance(1), task(1, 1)])).await;
    let done = Commit { tasks_done: vec![task_done(1, 1, 1)], ..nothing() };
    it.stored(done.clone()).await;
    it.conflicts(done).await;
}

pub(super) async fn a_task_of_another_instance_is_a_conflict(it: Trial) {
    it.stored(puts([], [instance(1), task(1, 1), instance(2)])).await;
    let others = TaskDone { instance: run(2), ..task_done(1, 1, 1) };
    it.conflicts(Commit { tasks_done: vec![others], ..nothing() }).await;
    assert_eq!(it.instance(1).await.unwrap().tasks, [task(1, 1)]);
}

pub(super) async fn a_task_that_is_done_with_may_begin_anew(it: Trial) {
    it.stored(puts([], [instance(1), task(1, 1)])).await;
    it.stored(Commit { tasks_done: vec![task_done(1, 1, 1)], ..puts([], [task(2, 1)]) }).await;
    it.stored(puts([], [task(1, 1)])).await;
    let found = it.instance(1).await.unwrap();
    assert_eq!(found.tasks, [task(1, 1), task(2, 1)]);
}

pub(super) async fn an_instance_shows_its_own_tasks_and_work_only(it: Trial) {
    it.stored(puts([], [instance(1), task(1, 1), task(2, 1), instance(2), task(3, 2)])).await;
    it.stored(adds([work_of(2, 5), work_of(1, 7), work_of(1, 6)])).await;
    let (one, two) = (it.instance(1).await.unwrap(), it.instance(2).await.unwrap());
    assert_eq!((one.tasks, two.tasks), (vec![task(1, 1), task(2, 1)], vec![task(3, 2)]));
    assert_eq!((one.work, two.work), (vec![work_of(1, 6), work_of(1, 7)], vec![work_of(2, 5)]), "by their ids");
}

pub(super) async fn of_writers_that_race_for_an_instance_one_wins(it: Trial) {
    it.stored(puts([], [instance(1)])).await;
    let racing = (0..8).map(|n| puts([], [instance(1).at_revision(2).saying(&[n])]));
    assert_eq!(winners(&it.race(racing).await), 1);
    assert_eq!(it.instance(1).await.unwrap().instance.revision.number(), 2);
}

pub(super) async fn of_hands_that_race_for_a_task_one_wins(it: Trial) {
    it.stored(puts([], [instance(1), task(1, 1)])).await;
    let racing = (1..=8).map(|n| Commit { tasks_done: vec![task_done(1, 1, 1)], ..writes([draft(n, "mine")]) });
    assert_eq!(winners(&it.race(racing).await), 1);
}
