use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::engine::chain::{Draft, verify};
use crate::ports::Commit;

pub(super) const CLAUSE: Clause = Clause {
    name: "Erased",
    says: "Erased records lose their personal part and its salt with the commit; all else of them stays, and so does their chain",
};

fn erases(places: impl IntoIterator<Item = (u128, u64)>) -> Commit {
    Commit { erases: places.into_iter().map(|(n, sequence)| (home(n), sequence)).collect(), ..nothing() }
}

/// Chains 1 and 2, each with three records of which the second has no personal part.
async fn told(it: &Trial) {
    for n in [1, 2] {
        let named = |says: &str, name: &str| Draft { personal: personal(name), ..draft(n, says) };
        it.stored(writes([named("a", "name"), draft(n, "b"), named("c", "")])).await;
    }
}

/// The places of a chain with a personal part, oldest first.
async fn named(it: &Trial, n: u128) -> Vec<u64> {
    let records = it.history(n).await;
    records.iter().filter(|it| it.personal.is_some()).map(|it| it.sequence).collect()
}

pub(super) async fn what_is_erased_is_gone_and_all_else_stays(it: Trial) {
    told(&it).await;
    let mut expected = it.history(1).await;
    it.stored(erases([(1, 1)])).await;
    expected[0].personal = None;
    assert_eq!(it.history(1).await, expected);
    assert_eq!(verify(&expected).unwrap(), it.home(1).await.head, "its digest still stands for it");
    assert_eq!(named(&it, 2).await, [1, 3], "of the chains that are named");
}

pub(super) async fn many_are_erased_in_one_commit(it: Trial) {
    told(&it).await;
    it.stored(erases([(1, 1), (2, 3), (1, 3)])).await;
    assert_eq!((named(&it, 1).await, named(&it, 2).await), (vec![], vec![1]));
}

pub(super) async fn what_has_no_personal_part_is_left_as_it_is(it: Trial) {
    told(&it).await;
    let before = it.history(1).await;
    it.stored(erases([(1, 2)])).await;
    assert_eq!(it.history(1).await, before);
    it.stored(erases([(1, 1)])).await;
    it.stored(erases([(1, 1)])).await;
    assert_eq!(named(&it, 1).await, [3], "nor does it matter to erase twice");
}

pub(super) async fn a_record_that_is_not_there_cannot_be_erased(it: Trial) {
    told(&it).await;
    for (n, sequence) in [(1, 0), (1, 4), (1, u64::MAX), (3, 1)] {
        let with = Commit { history: vec![draft(1, "never")], ..erases([(1, 1), (n, sequence)]) };
        it.conflicts(with).await;
    }
    assert_eq!((named(&it, 1).await, it.history(1).await.len()), (vec![1, 3], 3), "and nothing else of it is done");
}

pub(super) async fn erasing_comes_before_the_history_of_its_commit(it: Trial) {
    told(&it).await;
    let new = Draft { personal: personal("new"), ..draft(1, "erased") };
    it.conflicts(Commit { history: vec![new.clone()], ..erases([(1, 4)]) }).await;
    it.stored(Commit { history: vec![new], ..erases([(1, 1)]) }).await;
    assert_eq!((named(&it, 1).await, it.told(1).await.len()), (vec![3, 4], 4));
    assert_eq!(verify(&it.history(1).await).unwrap(), it.home(1).await.head);
}

pub(super) async fn of_another_tenant_nothing_is_erased(it: Trial) {
    told(&it).await;
    it.conflicts(Commit { tenant: STRANGER, ..erases([(1, 1)]) }).await;
    assert_eq!(named(&it, 1).await, [1, 3]);
}

pub(super) async fn what_was_erased_stays_so_after_reopening(it: Trial) {
    told(&it).await;
    it.stored(erases([(1, 1)])).await;
    let before = it.history(1).await;
    let Some(it) = it.reopened().await else { return };
    assert_eq!((named(&it, 1).await, it.history(1).await), (vec![3], before));
}
