use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::engine::chain::link;
use crate::ports::{Commit, TrimTo};
use crate::values::Digest;

pub(super) const CLAUSE: Clause = Clause {
    name: "Trimmed",
    says: "A chain loses its records up to one of a hash that is named, never its last; what is left keeps its places",
};

/// Chains 1 and 2, each of four records.
async fn told(it: &Trial) {
    for says in ["a", "b", "c", "d"] {
        it.stored(writes([draft(1, says), draft(2, says)])).await;
    }
}

/// A commit that trims the chain of a home up to a place.
async fn trims(it: &Trial, n: u128, upto: u64) -> Commit {
    let records = it.history(n).await;
    let head = records.iter().find(|it| it.sequence == upto).map_or(Digest::ZERO, |it| it.hash);
    Commit { trims: vec![TrimTo { chain: home(n), upto, head }], ..nothing() }
}

pub(super) async fn a_chain_loses_its_beginning(it: Trial) {
    told(&it).await;
    let (before, head) = (it.history(1).await, it.home(1).await.head);
    it.stored(trims(&it, 1, 2).await).await;
    assert_eq!(it.history(1).await, before[2..], "with the places they had");
    assert_eq!(it.home(1).await.head, head);
    assert_eq!(it.told(2).await, ["a", "b", "c", "d"], "of the chain that is named");
    it.stored(trims(&it, 1, 3).await).await;
    assert_eq!(it.told(1).await, ["d"]);
}

pub(super) async fn a_chain_goes_on_after_its_beginning_is_gone(it: Trial) {
    told(&it).await;
    let head = it.home(1).await.head;
    it.stored(trims(&it, 1, 3).await).await;
    it.stored(writes([draft(1, "e")])).await;
    assert_eq!(it.history(1).await[1], link(TENANT, head, draft(1, "e")));
    assert_eq!(it.home(1).await.head.length, 5);
}

pub(super) async fn trimming_comes_before_the_history_of_its_commit(it: Trial) {
    told(&it).await;
    let last = trims(&it, 1, 4).await;
    it.unsupported(Commit { history: vec![draft(1, "never")], ..last }).await;
    let trims = trims(&it, 1, 3).await;
    it.stored(Commit { history: vec![draft(1, "e")], ..trims }).await;
    assert_eq!(it.told(1).await, ["d", "e"]);
}

pub(super) async fn the_last_record_of_a_chain_never_goes(it: Trial) {
    told(&it).await;
    it.unsupported(trims(&it, 1, 4).await).await;
    assert_eq!(it.told(1).await.len(), 4);
}

pub(super) async fn a_chain_is_trimmed_at_the_record_that_is_meant(it: Trial) {
    told(&it).await;
    let meant = trims(&it, 1, 2).await.trims[0];
    let other = trims(&it, 2, 2).await.trims[0].head;
    let wrong = [
        TrimTo { upto: 1, ..meant },
        TrimTo { upto: 5, ..meant },
        TrimTo { upto: 0, head: Digest::ZERO, ..meant },
        TrimTo { head: other, ..meant },
        TrimTo { chain: home(3), ..meant },
    ];
    for wrong in wrong {
        it.conflicts(Commit { trims: vec![wrong], ..writes([draft(1, "never")]) }).await;
    }
    it.conflicts(Commit { tenant: STRANGER, trims: vec![meant], ..nothing() }).await;
    assert_eq!(it.told(1).await, ["a", "b", "c", "d"]);
    it.stored(Commit { trims: vec![meant], ..nothing() }).await;
    it.conflicts(Commit { trims: vec![meant], ..nothing() }).await;
    assert_eq!(it.told(1).await, ["c", "d"], "and what is gone is not there to be trimmed");
}

pub(super) async fn what_was_trimmed_stays_so_after_reopening(it: Trial) {
    told(&it).await;
    it.stored(trims(&it, 1, 3).await).await;
    let before = (it.history(1).await, it.home(1).await.head);
    let Some(it) = it.reopened().await else { return };
    assert_eq!((it.history(1).await, it.home(1).await.head), before);
    it.stored(writes([draft(1, "e")])).await;
    assert_eq!(it.told(1).await, ["d", "e"]);
}
