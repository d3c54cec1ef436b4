use super::super::Clause;
use super::sample::*;
use super::trial::{Trial, winners};
use crate::ports::Commit;

pub(super) const CLAUSE: Clause = Clause {
    name: "Checked",
    says: "`expects` is compared with the stored revisions in the same transaction, as are the revisions of records; \
           anything else is a conflict",
};

pub(super) async fn a_home_that_has_changed_is_a_conflict(it: Trial) {
    it.stored(puts([(1, 0)], [item(1)])).await;
    it.stored(puts([(1, 1)], [item(1).at_revision(2)])).await;
    for stale in [0, 1, 3] {
        it.conflicts(puts([(1, stale)], [item_in(1, 2)])).await;
    }
    it.stored(puts([(1, 2)], [item_in(1, 2)])).await;
}

pub(super) async fn a_home_that_is_not_there_has_no_revision(it: Trial) {
    it.conflicts(puts([(1, 1)], [item(1)])).await;
    it.stored(puts([(1, 0)], [item(1)])).await;
}

pub(super) async fn a_home_that_was_only_read_is_compared_too(it: Trial) {
    it.stored(puts([(1, 0)], [item(1)])).await;
    it.conflicts(puts([(1, 0), (2, 0)], [item(2)])).await;
    it.conflicts(Commit { history: vec![draft(1, "read")], ..puts([(1, 0)], []) }).await;
    it.stored(puts([(1, 1), (2, 0)], [item(2)])).await;
}

pub(super) async fn every_home_is_compared_not_only_one(it: Trial) {
    it.stored(puts([(1, 0), (2, 0), (3, 0)], [item(1), item(2), item(3)])).await;
    for stale in 1..=3 {
        let expects = (1..=3).map(|n| (n, u64::from(n != stale)));
        it.conflicts(puts(expects, [item(1).at_revision(2)])).await;
    }
}

pub(super) async fn an_object_is_written_at_the_revision_after_its_own(it: Trial) {
    for first in [0, 2] {
        it.conflicts(puts([(1, 0)], [item(1).at_revision(first)])).await;
    }
    it.stored(puts([(1, 0)], [item(1)])).await;
    for other in [0, 1, 3] {
        it.conflicts(puts([(1, 1)], [item(1).at_revision(other)])).await;
    }
    it.stored(puts([(1, 1)], [item(1).at_revision(2).saying(b"twice")])).await;
    assert_eq!(it.object(1).await, item(1).at_revision(2).saying(b"twice"));
}

pub(super) async fn each_object_of_a_home_has_its_own_revision(it: Trial) {
    it.stored(puts([(1, 0)], [item_in(1, 1)])).await;
    it.stored(puts([(1, 1)], [item_in(1, 2), item_in(1, 1).at_revision(2)])).await;
    it.conflicts(puts([(1, 2)], [item_in(1, 2).at_revision(3)])).await;
    it.stored(puts([(1, 2)], [item_in(1, 2).at_revision(2)])).await;
    let revisions: Vec<_> = it.home(1).await.records.iter().map(|it| it.revision.number()).collect();
    assert_eq!(revisions, [2, 2]);
}

pub(super) async fn a_record_that_is_not_written_stays_as_it_is(it: Trial) {
    it.stored(puts([(1, 0)], [item_in(1, 1).with(&LABEL, text("a")), item_in(1, 2), item_in(1, 1).of_kind(OTHER)]))
        .await;
    it.stored(puts([(1, 1)], [item_in(1, 2).at_revision(2).saying(b"new")])).await;
    let expected = [
        item_in(1, 1).with(&LABEL, text("a")),
        item_in(1, 2).at_revision(2).saying(b"new"),
        item_in(1, 1).of_kind(OTHER),
    ];
    assert_eq!(it.home(1).await.records, expected, "in the order of kind and id");
}

pub(super) async fn of_writers_that_race_for_a_home_one_wins(it: Trial) {
    for round in 0..5 {
        let racing = (1..=8).map(|n| puts([(1, round)], [item_in(1, n + 10 * u128::from(round))]));
        assert_eq!(winners(&it.race(racing).await), 1);
    }
    assert_eq!((it.revision(1).await, it.home(1).await.records.len()), (5, 5));
}

pub(super) async fn writers_of_one_home_and_readers_of_it_do_not_both_win(it: Trial) {
    // Each reads both homes and writes one: if both were stored, neither would have seen the other.
    let racing = [puts([(1, 0), (2, 0)], [item(1)]), puts([(1, 0), (2, 0)], [item(2)])];
    assert_eq!(winners(&it.race(racing).await), 1);
}

pub(super) async fn homes_are_given_in_the_order_they_are_asked_for(it: Trial) {
    it.stored(puts([(1, 0), (2, 0)], [item(1), item(2)])).await;
    let asked = [home(2), home(9), home(1), home(2)];
    let found = it.storage.homes(TENANT, &asked).await.unwrap();
    assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), asked);
    assert_eq!(found.iter().map(|it| it.records.len()).collect::<Vec<_>>(), [1, 0, 1, 1]);
    assert_eq!(it.storage.homes(TENANT, &[]).await.unwrap(), []);
}
