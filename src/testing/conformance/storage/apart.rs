use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::engine::chain::{ChainHead, verify};
use crate::engine::{Scope, SharedRecord};
use crate::ports::{Commit, Filter, Query, Remembered, Search, Work};
use crate::values::Revision;

pub(super) const CLAUSE: Clause = Clause {
    name: "Apart",
    says: "Nothing of one tenant is seen, compared, counted or finished for another; what is of another tenant than its \
           commit is `Unsupported`",
};

/// The same commit, for the other tenant.
fn strangers(commit: Commit) -> Commit {
    Commit {
        tenant: STRANGER,
        puts: commit.puts.into_iter().map(|it| it.of(STRANGER)).collect(),
        work: commit.work.into_iter().map(|it| Work { tenant: STRANGER, ..it }).collect(),
        ..commit
    }
}

pub(super) async fn the_same_ids_are_there_once_for_each_tenant(it: Trial) {
    it.stored(everything(1)).await;
    let body = |record: SharedRecord| record.saying(b"of the stranger");
    let commit = everything(1);
    let commit = Commit { puts: commit.puts.into_iter().map(body).collect(), ..commit };
    it.stored(strangers(commit)).await;
    it.has_everything(1).await;
    let theirs = it.storage.homes(STRANGER, &[home(1)]).await.unwrap().remove(0);
    let object = item(1).with(&CODE, text("code 1")).of(STRANGER).saying(b"of the stranger");
    assert_eq!((theirs.revision.number(), theirs.records), (1, vec![object]));
    assert_eq!(it.object(1).await.tenant, TENANT);
}

pub(super) async fn revisions_are_counted_for_each_tenant(it: Trial) {
    it.stored(puts([(1, 0)], [item(1)])).await;
    it.stored(puts([(1, 1)], [item(1).at_revision(2)])).await;
    it.stored(strangers(puts([(1, 0)], [item(1)]))).await;
    it.conflicts(strangers(puts([(1, 2)], [item_in(1, 2)]))).await;
    assert_eq!(it.revision(1).await, 2);
    assert_eq!(it.storage.homes(STRANGER, &[home(1)]).await.unwrap()[0].revision, Revision::new(1));
}

pub(super) async fn what_is_only_there_for_another_tenant_is_not_there(it: Trial) {
    it.stored(strangers(everything(1))).await;
    let home = it.home(1).await;
    assert_eq!((home.revision, home.head, home.records), (Revision::NONE, ChainHead::EMPTY, vec![]));
    assert_eq!((it.instance(1).await, it.history(1).await, it.remembered(1).await), (None, vec![], None));
    assert_eq!(it.page(Search::of(ITEM).counted()).await.total, Some(0));
}

pub(super) async fn searches_and_totals_are_of_one_tenant(it: Trial) {
    it.put([labelled(1, "a"), labelled(3, "c")]).await;
    it.stored(strangers(puts([(2, 0), (3, 0)], [labelled(2, "b"), labelled(3, "c")]))).await;
    let page = it.page(Search::of(ITEM).counted()).await;
    assert_eq!((super::trial::numbers(&page), page.total), (vec![1, 3], Some(2)));
    let by_label = Search::of(ITEM).filter(Filter::Is(LABEL.code, text("c"))).counted();
    let theirs = it.storage.find(&Query::of(STRANGER, Scope::All, by_label)).await.unwrap();
    assert_eq!((theirs.records, theirs.total), (vec![labelled(3, "c").of(STRANGER)], Some(1)));
}

pub(super) async fn chains_are_of_one_tenant(it: Trial) {
    for says in ["a", "b"] {
        it.stored(writes([draft(1, says)])).await;
        it.stored(strangers(writes([draft(1, "theirs")]))).await;
    }
    let theirs = it.storage.history(STRANGER, home(1), None, 10).await.unwrap();
    assert_eq!((it.told(1).await, theirs.len()), (vec!["a".to_owned(), "b".to_owned()], 2));
    verify(&it.history(1).await).unwrap();
    verify(theirs.iter().rev()).unwrap();
    assert!(theirs.iter().all(|it| it.tenant == STRANGER && it.open == b"theirs"));
}

pub(super) async fn commands_are_remembered_for_each_tenant(it: Trial) {
    it.stored(commands(1)).await;
    let theirs = Remembered { answer: b"theirs".to_vec(), ..remembered(1) };
    it.stored(strangers(Commit { remember: Some(theirs.clone()), ..nothing() })).await;
    assert_eq!(it.remembered(1).await, Some(remembered(1)));
    assert_eq!(it.storage.remembered(STRANGER, Some(person(1)), command(1)).await.unwrap(), Some(theirs));
}

pub(super) async fn unique_values_are_taken_for_one_tenant(it: Trial) {
    it.put([item(1).with(&CODE, text("one"))]).await;
    it.stored(strangers(puts([(2, 0)], [item(2).with(&CODE, text("one"))]))).await;
    it.is_taken(puts([(3, 0)], [item(3).with(&CODE, text("one"))])).await;
}

pub(super) async fn targets_are_of_one_tenant(it: Trial) {
    it.stored(adds([about("door", 1)])).await;
    assert_eq!(it.stored(strangers(adds([held(1, 60, about("door", 2))]))).await.1, []);
    it.stored(strangers(adds([about("lift", 3)]))).await;
    assert_eq!(it.claimed(1, 0).await, [1, 3]);
}

pub(super) async fn work_of_all_tenants_is_claimed_and_says_whose_it_is(it: Trial) {
    it.stored(adds([work(1)])).await;
    it.stored(strangers(adds([work(1), work(2)]))).await;
    let mut given: Vec<_> = it.claim(1, 0).await.iter().map(|it| (it.tenant, it.id)).collect();
    given.sort_unstable();
    assert_eq!(given, [(TENANT, effect(1)), (STRANGER, effect(1)), (STRANGER, effect(2))]);
}

pub(super) async fn nothing_is_finished_for_another_tenant(it: Trial) {
    it.stored(everything(1)).await;
    it.conflicts(strangers(finishes([done(1, None)]))).await;
    it.conflicts(strangers(Commit { tasks_done: vec![task_done(1, 1, 1)], ..nothing() })).await;
    it.has_everything(1).await;
    it.stored(strangers(everything(1))).await;
    it.stored(finishes([done(1, None)])).await;
    let theirs = it.storage.instance(STRANGER, run(1)).await.unwrap().unwrap();
    assert_eq!((it.work().await.len(), theirs.work.len()), (0, 1));
}

pub(super) async fn a_record_of_another_tenant_is_refused(it: Trial) {
    it.unsupported(puts([(1, 0)], [item(1).of(STRANGER)])).await;
    it.unsupported(puts([], [instance(1).of(STRANGER)])).await;
    it.unsupported(puts([], [instance(2), task(1, 2).of(STRANGER)])).await;
    assert_eq!((it.revision(1).await, it.instance(2).await), (0, None));
    assert_eq!(it.storage.instance(STRANGER, run(1)).await.unwrap(), None);
}

pub(super) async fn work_of_another_tenant_is_refused(it: Trial) {
    it.unsupported(adds([work(1), Work { tenant: STRANGER, ..work(2) }])).await;
    assert_eq!(it.claimed(1, 0).await, []);
}
