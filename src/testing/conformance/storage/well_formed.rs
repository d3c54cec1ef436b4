use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::engine::{KeyValue, Record, SharedRecord};
use crate::ports::{Commit, WorkDone};

pub(super) const CLAUSE: Clause = Clause {
    name: "Well formed",
    says: "A commit that is not well formed is `Unsupported`: one that names a record or a piece of work twice, writes into \
           a home it does not expect, a kind that is not in the schema, a task without its instance, or overtakes work of no \
           target",
};

pub(super) async fn a_record_is_written_once_in_a_commit(it: Trial) {
    it.unsupported(puts([(1, 0)], [item(1), item(1)])).await;
    it.unsupported(puts([(1, 0)], [item(1), item_in(1, 2), item(1).at_revision(2)])).await;
    it.unsupported(puts([], [instance(1), instance(1).at_revision(2)])).await;
    it.unsupported(puts([], [instance(1), task(1, 1), task(1, 1)])).await;
    it.has_nothing(1).await;
    it.stored(puts([(1, 0)], [item(1), item(1).of_kind(OTHER), item_in(1, 2)])).await;
}

pub(super) async fn a_task_is_written_or_done_with_once_in_a_commit(it: Trial) {
    it.unsupported(Commit { tasks_done: vec![task_done(1, 1, 1)], ..puts([], [task(1, 1)]) }).await;
    it.stored(puts([], [instance(1), task(1, 1)])).await;
    it.unsupported(Commit { tasks_done: vec![task_done(1, 1, 1)], ..puts([], [task(1, 1).at_revision(2)]) }).await;
    it.unsupported(Commit { tasks_done: vec![task_done(1, 1, 1); 2], ..nothing() }).await;
    assert_eq!(it.instance(1).await.unwrap().tasks, [task(1, 1)]);
}

pub(super) async fn work_is_added_or_finished_once_in_a_commit(it: Trial) {
    it.stored(Commit { puts: vec![instance(1)], ..adds([work(1)]) }).await;
    let again = WorkDone { again: Some((at(9), Some("in vain".to_owned()))), ..done(1, None) };
    it.unsupported(finishes([done(1, None), done(1, None)])).await;
    it.unsupported(finishes([again, done(1, None)])).await;
    it.unsupported(adds([work(2), about("door", 2)])).await;
    it.unsupported(Commit { done: vec![done(1, None)], ..adds([work(1)]) }).await;
    assert_eq!(it.work().await, [work(1)]);
}

pub(super) async fn a_task_names_its_instance(it: Trial) {
    let unnamed = SharedRecord::from(Record { keys: Default::default(), ..task(1, 1).into_record() });
    it.unsupported(puts([], [instance(1), unnamed.clone()])).await;
    it.unsupported(puts([], [instance(1), unnamed.with(&crate::engine::TASK_INSTANCE_KEY, text("one"))])).await;
    it.stored(puts([], [instance(1), task(1, 1).with(&crate::engine::OWNER_KEY, KeyValue::Id(id(5)))])).await;
    assert_eq!(it.instance(1).await.unwrap().tasks.len(), 1);
}

pub(super) async fn an_object_is_written_into_a_home_that_was_read(it: Trial) {
    it.unsupported(puts([], [item(1)])).await;
    it.unsupported(puts([(2, 0)], [item(2), item(1)])).await;
    it.has_nothing(1).await;
    it.has_nothing(2).await;
}

pub(super) async fn a_kind_is_in_the_schema(it: Trial) {
    it.unsupported(puts([(1, 0)], [item(1), item(1).of_kind(UNHEARD)])).await;
    it.has_nothing(1).await;
}

pub(super) async fn what_is_overtaken_has_a_target(it: Trial) {
    it.stored(Commit { puts: vec![instance(1)], ..adds([work(1), about("door", 2)]) }).await;
    it.unsupported(overtakes("", 5)).await;
    it.unsupported(Commit { overtakes: vec![overtaken("door", 5), overtaken("", 5)], ..nothing() }).await;
    assert_eq!(it.work().await, [work(1), about("door", 2)]);
}
