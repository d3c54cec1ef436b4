use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::engine::{KeyValue, REQUEST_KEY, SharedRecord};
use crate::ports::{Commit, Filter, Search, StorageError};

pub(super) const CLAUSE: Clause = Clause {
    name: "Unique",
    says: "No two records of a tenant share a value of a unique key: `AlreadyExists`. What a commit leaves behind counts, \
           in whatever order its records stand",
};

fn coded(n: u128, code: &str) -> SharedRecord {
    item(n).with(&CODE, text(code))
}

async fn with_code(it: &Trial, code: &str) -> Vec<u128> {
    it.found(Search::of(ITEM).filter(Filter::Is(CODE.code, text(code)))).await
}

pub(super) async fn a_value_that_is_taken_is_named(it: Trial) {
    it.put([coded(1, "one")]).await;
    match it.commit(puts([(2, 0)], [coded(2, "one")])).await {
        Err(StorageError::AlreadyExists { kind, key, value }) => {
            assert_eq!((kind, key, value.as_str()), ("item", "code", "one"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(with_code(&it, "one").await, [1]);
}

pub(super) async fn a_value_is_taken_within_a_commit_too(it: Trial) {
    it.is_taken(puts([(1, 0), (2, 0)], [coded(1, "one"), coded(2, "one")])).await;
    it.is_taken(puts([(1, 0)], [item_in(1, 1).with(&CODE, text("one")), item_in(1, 2).with(&CODE, text("one"))])).await;
    it.has_nothing(1).await;
}

pub(super) async fn a_value_is_taken_in_the_same_home_too(it: Trial) {
    it.put([coded(1, "one")]).await;
    it.is_taken(puts([(1, 1)], [item_in(1, 2).with(&CODE, text("one"))])).await;
}

pub(super) async fn a_record_keeps_its_own_value(it: Trial) {
    it.put([coded(1, "one")]).await;
    for _ in 0..3 {
        it.put([coded(1, "one").saying(b"changed")]).await;
    }
    it.is_taken(puts([(2, 0)], [coded(2, "one")])).await;
}

pub(super) async fn a_value_that_is_given_up_is_free(it: Trial) {
    it.put([coded(1, "one")]).await;
    it.put([coded(1, "two")]).await;
    it.put([coded(2, "one")]).await;
    it.is_taken(puts([(3, 0)], [coded(3, "two")])).await;
    it.put([item(1)]).await;
    it.put([coded(3, "two")]).await;
    assert_eq!((with_code(&it, "one").await, with_code(&it, "two").await), (vec![2], vec![3]));
}

pub(super) async fn a_value_changed_to_one_that_is_taken_is_refused(it: Trial) {
    it.put([coded(1, "one"), coded(2, "two")]).await;
    it.is_taken(puts([(2, 1)], [coded(2, "one").at_revision(2)])).await;
    assert_eq!(it.object(2).await, coded(2, "two"));
}

pub(super) async fn a_value_may_pass_to_another_record_in_one_commit(it: Trial) {
    it.put([coded(1, "one"), coded(2, "two")]).await;
    it.put([coded(1, "three"), coded(2, "one")]).await;
    it.put([coded(1, "one"), coded(2, "four")]).await;
    // Back and forth at once.
    it.put([coded(1, "four"), coded(2, "one")]).await;
    for (code, n) in [("one", vec![2]), ("two", vec![]), ("three", vec![]), ("four", vec![1])] {
        assert_eq!(with_code(&it, code).await, n, "{code}");
    }
    it.put([coded(3, "two"), coded(4, "three")]).await;
}

pub(super) async fn a_value_passes_from_a_task_that_is_done_with_in_one_commit(it: Trial) {
    let asking = |n, of| task(n, of).with(&REQUEST_KEY, KeyValue::Bytes(b"the same".to_vec()));
    it.stored(puts([], [instance(1), instance(2), asking(1, 1)])).await;
    it.is_taken(puts([], [asking(2, 2)])).await;
    it.stored(Commit { tasks_done: vec![task_done(1, 1, 1)], ..puts([], [asking(3, 1)]) }).await;
    it.is_taken(puts([], [asking(2, 2)])).await;
    it.stored(Commit { tasks_done: vec![task_done(3, 1, 1)], ..puts([], [asking(2, 2)]) }).await;
    it.is_taken(puts([], [asking(4, 1)])).await;
}

pub(super) async fn several_values_of_a_record_are_each_unique(it: Trial) {
    it.put([coded(1, "one").with(&CODE, text("eins"))]).await;
    it.is_taken(puts([(2, 0)], [coded(2, "two").with(&CODE, text("eins"))])).await;
    it.put([coded(1, "one")]).await;
    it.put([coded(2, "two").with(&CODE, text("eins"))]).await;
}

pub(super) async fn other_kinds_have_values_of_their_own(it: Trial) {
    it.put([coded(1, "one"), coded(1, "one").of_kind(OTHER)]).await;
    it.is_taken(puts([(2, 0)], [coded(2, "one").of_kind(OTHER)])).await;
}

pub(super) async fn other_keys_may_be_shared(it: Trial) {
    let alike = |n| labelled(n, "same").with(&STATE, text("rare")).with(&TIME, crate::engine::KeyValue::Time(at(0)));
    it.put([alike(1), alike(2)]).await;
    it.put([alike(3)]).await;
    assert_eq!(it.found(Search::of(ITEM)).await, [1, 2, 3]);
}

pub(super) async fn values_are_compared_byte_by_byte(it: Trial) {
    // Case, blanks, composed and decomposed letters, a NUL, a joiner that cannot be seen.
    let alike = ["a", "A", "a ", " a", "ä", "a\u{308}", "a\0", "a\u{200d}", "", "\0"];
    for (n, value) in (1..).zip(alike) {
        it.put([coded(n, value)]).await;
    }
    for (n, value) in (1..).zip(alike) {
        assert_eq!(with_code(&it, value).await, [n], "{value:?}");
        it.is_taken(puts([(99, 0)], [coded(99, value)])).await;
    }
}

pub(super) async fn of_records_that_race_for_a_value_one_gets_it(it: Trial) {
    let answers = it.race((1..=8).map(|n| puts([(n, 0)], [coded(n, "one")]))).await;
    let taken = answers.iter().filter(|it| matches!(it, Err(StorageError::AlreadyExists { .. }))).count();
    assert_eq!((taken, with_code(&it, "one").await.len()), (7, 1), "{answers:?}");
}
