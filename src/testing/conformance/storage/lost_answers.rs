//! A commit that was stored, and whose caller never heard of it.

use futures_util::FutureExt;

use super::super::Clause;
use super::remembered;
use super::sample::*;
use super::trial::Trial;
use crate::ports::{Commit, Committed};

pub(super) const CLAUSE: Clause = Clause {
    name: remembered::CLAUSE.name,
    says: "After an error that leaves it open whether a commit was stored, the same command id tells, and carries it out \
           at most once",
};

pub(super) async fn a_commit_whose_answer_was_lost_is_answered_when_asked_again(it: Trial) {
    it.stored(everything(1)).await;
    // Meanwhile the world has gone on.
    it.stored(Commit { history: vec![draft(1, "later")], ..puts([(1, 1)], [item(1).at_revision(2)]) }).await;
    it.stored(Commit { tasks_done: vec![task_done(1, 1, 1)], ..finishes([done(1, None)]) }).await;
    assert_eq!(it.repeated(everything(1)).await, remembered(1));
    assert_eq!(it.told(1).await, ["commanded", "later"]);
    let instance = it.instance(1).await.unwrap();
    assert_eq!((instance.tasks, instance.work), (vec![], vec![]), "what is done with stays so");
}

pub(super) async fn a_commit_that_never_arrived_is_stored_when_asked_again(it: Trial) {
    drop(it.storage.commit(everything(1)));
    it.has_nothing(1).await;
    it.stored(everything(1)).await;
    it.has_everything(1).await;
}

pub(super) async fn a_commit_that_was_given_up_has_happened_wholly_or_not_at_all(it: Trial) {
    for n in 1..=10 {
        drop(it.storage.commit(everything(n)).now_or_never());
        // It may be on its way still; asked again, it is stored now or was before, and once.
        match it.commit(everything(n)).await.unwrap() {
            Committed::Stored { .. } => {}
            Committed::Repeated(answer) => assert_eq!(answer, remembered(n)),
        }
        it.has_everything(n).await;
    }
}

pub(super) async fn a_commit_that_was_given_up_can_be_asked_about(it: Trial) {
    drop(it.storage.commit(everything(1)).now_or_never());
    // Whatever is stored later comes behind it.
    it.stored(everything(2)).await;
    match it.remembered(1).await {
        Some(answer) => {
            assert_eq!(answer, remembered(1));
            it.has_everything(1).await;
        }
        None => it.has_nothing(1).await,
    }
}

pub(super) async fn a_claim_that_was_given_up_is_free_when_its_lease_ends(it: Trial) {
    it.stored(adds([work(1), work(2)])).await;
    drop(it.storage.claim(&super::trial::claim(1, 0)).now_or_never());
    assert_eq!(it.claimed(2, 60).await, [1, 2]);
}
