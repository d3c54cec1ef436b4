use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::engine::chain::verify_to;
use crate::ports::{Commit, Filter, Search, WorkDone};

pub(super) const CLAUSE: Clause = Clause { name: "Durable", says: "`commit` answers only what survives a power cut" };

pub(super) async fn what_was_answered_is_there_after_reopening(it: Trial) {
    it.stored(everything(1)).await;
    let before = (it.home(1).await, it.instance(1).await, it.history(1).await, it.remembered(1).await);
    let Some(it) = it.reopened().await else { return };
    assert_eq!((it.home(1).await, it.instance(1).await, it.history(1).await, it.remembered(1).await), before);
}

pub(super) async fn no_answer_is_lost_however_many_there_were(it: Trial) {
    let answers = it.race((1..=60).map(everything)).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let Some(it) = it.reopened().await else { return };
    for n in 1..=60 {
        it.has_everything(n).await;
    }
    it.stored(everything(61)).await;
    let Some(it) = it.reopened().await else { return };
    it.has_everything(61).await;
}

pub(super) async fn revisions_and_chains_go_on_after_reopening(it: Trial) {
    it.stored(everything(1)).await;
    let Some(it) = it.reopened().await else { return };
    it.conflicts(puts([(1, 0)], [item(1)])).await;
    let (heads, _) =
        it.stored(Commit { history: vec![draft(1, "more")], ..puts([(1, 1)], [item(1).at_revision(2)]) }).await;
    let Some(it) = it.reopened().await else { return };
    assert_eq!(it.revision(1).await, 2);
    assert_eq!(it.told(1).await, ["commanded", "more"]);
    verify_to(home(1), heads[0].1, &it.history(1).await).unwrap();
}

pub(super) async fn keys_are_found_and_taken_after_reopening(it: Trial) {
    it.put([labelled(1, "old").with(&CODE, text("one")), labelled(2, "two")]).await;
    it.put([labelled(1, "new").with(&CODE, text("one"))]).await;
    let Some(it) = it.reopened().await else { return };
    let by = |label: &str| Search::of(ITEM).filter(Filter::Is(LABEL.code, text(label)));
    assert_eq!(it.found(by("old")).await, []);
    assert_eq!(it.found(by("new")).await, [1]);
    assert_eq!(it.found(Search::of(ITEM)).await, [1, 2]);
    it.is_taken(puts([(3, 0)], [item(3).with(&CODE, text("one"))])).await;
}

pub(super) async fn leases_attempts_and_turns_are_there_after_reopening(it: Trial) {
    // The one stored last has the lowest number.
    it.stored(everything(1)).await;
    it.stored(adds([about("door", 3), about("door", 2)])).await;
    assert_eq!(it.claimed(1, 0).await, [1, 3]);
    let Some(it) = it.reopened().await else { return };
    assert_eq!(it.claimed(2, 59).await, [], "the leases run on");
    let again = it.claim(2, 60).await;
    assert_eq!(again.iter().map(|it| (it.id, it.attempts)).collect::<Vec<_>>(), [(effect(1), 2), (effect(3), 2)]);
    let Some(it) = it.reopened().await else { return };
    it.conflicts(finishes([done(3, Some(1))])).await;
    it.stored(finishes([at_attempt(2, done(3, Some(2)))])).await;
    let Some(it) = it.reopened().await else { return };
    assert_eq!(it.claimed(3, 61).await, [2]);
}

pub(super) async fn what_is_done_with_stays_so_after_reopening(it: Trial) {
    it.stored(everything(1)).await;
    it.stored(Commit { tasks_done: vec![task_done(1, 1, 1)], ..finishes([done(1, None)]) }).await;
    assert_eq!(it.storage.forget(at(1)).await.unwrap(), 1);
    let Some(it) = it.reopened().await else { return };
    let instance = it.instance(1).await.unwrap();
    assert_eq!((instance.tasks, instance.work), (vec![], vec![]));
    assert_eq!(it.remembered(1).await, None);
    assert_eq!(it.claimed(1, 1000).await, []);
}

pub(super) async fn what_was_put_off_stays_so_after_reopening(it: Trial) {
    it.stored(everything(1)).await;
    let again = Some((at(500), Some("in vain".to_owned())));
    it.stored(finishes([WorkDone { again, ..done(1, None) }])).await;
    let before = it.work().await;
    let Some(it) = it.reopened().await else { return };
    assert_eq!(it.work().await, before);
    assert_eq!(it.claimed(1, 499).await, []);
    assert_eq!(it.claimed(1, 500).await, [1]);
}

pub(super) async fn a_command_is_known_after_reopening(it: Trial) {
    it.stored(everything(1)).await;
    let Some(it) = it.reopened().await else { return };
    assert_eq!(it.repeated(everything(1)).await, remembered(1));
    it.has_everything(1).await;
}

pub(super) async fn a_refused_commit_is_not_there_after_reopening(it: Trial) {
    it.stored(everything(1)).await;
    let mut refused = everything(2);
    refused.puts.push(instance(1));
    it.conflicts(refused).await;
    let Some(it) = it.reopened().await else { return };
    it.has_everything(1).await;
    it.has_nothing(2).await;
}
