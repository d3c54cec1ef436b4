//! How it is filled and emptied.

use super::super::Clause;
use super::Trial;
use super::sample::{OTHER, TENANT, at, batch, home, in_unit, row, rows, units};
use crate::engine::Scope;
use crate::ports::{Applied, AuditBatch, AuditFound, AuditQuery};

pub(crate) mod once {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Once",
        says: "A batch is stored as a whole or not at all, and rows that are in it already are not added again",
    };

    pub(crate) async fn the_position_is_that_of_the_last_row(it: Trial) {
        assert_eq!(it.applied().await, Applied::default());
        for (batch, last) in [(rows([2, 3, 9]), 9), (rows([11]), 11), (rows([12, 40]), 40)] {
            it.add(&batch).await;
            assert_eq!(it.applied().await, Applied { position: last, at: Some(row(last).at) });
        }
    }

    pub(crate) async fn the_same_batch_again_adds_nothing(it: Trial) {
        let first = batch(0, &rows([1, 2, 3]));
        let second = batch(3, &rows([4, 5]));
        for batch in [&first, &first, &second, &second, &first] {
            it.apply(batch).await;
        }
        assert_eq!(it.positions(&Scope::All).await, [5, 4, 3, 2, 1]);
        assert_eq!(it.applied().await.position, 5);
    }

    pub(crate) async fn a_batch_that_overlaps_adds_what_is_new(it: Trial) {
        it.add(&rows([1, 2, 3])).await;
        it.apply(&batch(1, &rows([2, 3, 4, 5]))).await;
        assert_eq!(it.positions(&Scope::All).await, [5, 4, 3, 2, 1]);
        it.apply(&batch(0, &rows([1, 2, 3, 4, 5, 6]))).await;
        assert_eq!(it.positions(&Scope::All).await, [6, 5, 4, 3, 2, 1]);
        assert_eq!(it.applied().await, Applied { position: 6, at: Some(row(6).at) });
    }

    pub(crate) async fn a_batch_that_ends_before_stores_nothing(it: Trial) {
        it.add_with_keys(row(5), in_unit("Berlin")).await;
        // One row here has another place than the log knows, and the keys are old.
        let late = crate::engine::AuditRow { at: at(900), ..row(3) };
        it.apply(&AuditBatch { homes: vec![(home(1), in_unit("Bonn"))], ..batch(0, &[late]) }).await;
        assert_eq!(it.positions(&Scope::All).await, [5]);
        assert_eq!(it.positions(&units(["Berlin"])).await, [5]);
        assert_eq!(it.applied().await, Applied { position: 5, at: Some(row(5).at) });
    }

    pub(crate) async fn a_batch_without_rows_stores_nothing(it: Trial) {
        it.add_with_keys(row(5), in_unit("Berlin")).await;
        it.apply(&AuditBatch { homes: vec![(home(1), in_unit("Bonn"))], ..batch(5, &[]) }).await;
        it.apply(&batch(0, &[])).await;
        assert_eq!(it.positions(&units(["Berlin"])).await, [5]);
        assert_eq!(it.applied().await, Applied { position: 5, at: Some(row(5).at) });
    }

    pub(crate) async fn hosts_that_project_at_once_double_nothing(it: Trial) {
        for from in (0..40).step_by(4) {
            let batches = [(from, from + 4), (from, from + 2), (from, from + 4)];
            let batches = batches.map(|(after, last)| batch(after, &rows(after + 1..=last)));
            let applied = futures_util::future::join_all(batches.iter().map(|batch| it.log.apply(batch))).await;
            assert!(applied.iter().all(Result::is_ok), "{applied:?}");
        }
        assert_eq!(it.positions(&Scope::All).await, (1..=40).rev().collect::<Vec<_>>());
    }

    pub(crate) async fn what_was_applied_is_there_after_reopening(it: Trial) {
        it.add_with_keys(row(1), in_unit("Berlin")).await;
        it.add(&rows(2..=30)).await;
        let applied = it.applied().await;
        let Some(it) = it.reopened().await else { return };
        assert_eq!(it.applied().await, applied);
        assert_eq!(it.positions(&units(["Berlin"])).await, (1..=30).rev().collect::<Vec<_>>());
    }

    pub(crate) async fn a_reopened_log_goes_on_where_it_was(it: Trial) {
        it.add(&rows([1, 2])).await;
        let Some(it) = it.reopened().await else { return };
        it.is_refused_for_a_gap(&batch(3, &rows([4]))).await;
        it.apply(&batch(0, &rows([1, 2, 3]))).await;
        assert_eq!(it.positions(&Scope::All).await, [3, 2, 1]);
    }
}

pub(crate) mod no_gap {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "No gap", says: "A batch that begins after the applied position is a conflict" };

    pub(crate) async fn a_batch_that_begins_later_is_a_conflict(it: Trial) {
        it.is_refused_for_a_gap(&batch(1, &rows([2]))).await;
        it.add(&rows([1, 2])).await;
        it.is_refused_for_a_gap(&batch(3, &rows([4]))).await;
        it.is_refused_for_a_gap(&batch(u64::MAX / 4, &rows([5]))).await;
        it.is_refused_for_a_gap(&batch(3, &[])).await;
        it.apply(&batch(2, &rows([4]))).await;
        it.is_refused_for_a_gap(&batch(5, &rows([6]))).await;
    }

    pub(crate) async fn a_batch_refused_for_a_gap_stores_nothing(it: Trial) {
        it.add_with_keys(row(1), in_unit("Berlin")).await;
        let refused = AuditBatch { homes: vec![(home(1), in_unit("Bonn"))], ..batch(2, &rows([3, 4])) };
        it.is_refused_for_a_gap(&refused).await;
        assert_eq!(it.applied().await.position, 1);
        assert_eq!(it.positions(&Scope::All).await, [1]);
        assert_eq!(it.positions(&units(["Berlin"])).await, [1]);
    }

    pub(crate) async fn positions_may_have_gaps_within_a_batch(it: Trial) {
        it.apply(&batch(0, &rows([3, 8, 1000]))).await;
        it.apply(&batch(1000, &rows([5000]))).await;
        it.apply(&batch(999, &rows([1000, 5000, 5001]))).await;
        assert_eq!(it.positions(&Scope::All).await, [5001, 5000, 1000, 8, 3]);
    }

    pub(crate) async fn what_is_missing_can_be_brought_and_the_rest_again(it: Trial) {
        let rest = batch(2, &rows([3, 4]));
        it.is_refused_for_a_gap(&rest).await;
        it.add(&rows([1, 2])).await;
        it.apply(&rest).await;
        assert_eq!(it.positions(&Scope::All).await, [4, 3, 2, 1]);
    }
}

pub(crate) mod cleared {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Cleared",
        says: "Clearing forgets rows, keys and position of a tenant, so that it is filled anew from the beginning",
    };

    pub(crate) async fn clearing_forgets_everything(it: Trial) {
        it.add(&rows(1..=20)).await;
        it.log.clear(TENANT).await.unwrap();
        assert_eq!(it.applied().await, Applied::default());
        let one = row(1);
        let queries = [
            AuditQuery::all(),
            AuditQuery::by(one.actor.unwrap()),
            AuditQuery::all().object(one.objects[0]),
            AuditQuery::all().process("Lend"),
            AuditQuery::all().outcome(one.outcome),
        ];
        for query in queries {
            assert_eq!(it.page(&Scope::All, &query).await, AuditFound::default(), "{query:?}");
        }
    }

    pub(crate) async fn a_cleared_log_is_filled_anew(it: Trial) {
        it.add(&rows([1, 2, 3])).await;
        it.log.clear(TENANT).await.unwrap();
        it.is_refused_for_a_gap(&batch(3, &rows([4]))).await;
        it.apply(&batch(0, &rows([2, 3, 4]))).await;
        assert_eq!(it.positions(&Scope::All).await, [4, 3, 2]);
        let lent = AuditQuery::all().process("Lend");
        assert_eq!(it.found(&lent).await.iter().map(|it| it.position).collect::<Vec<_>>(), [4, 3, 2]);
    }

    pub(crate) async fn keys_are_forgotten_too(it: Trial) {
        it.add_with_keys(row(1), in_unit("Berlin")).await;
        it.log.clear(TENANT).await.unwrap();
        it.add(&rows([1])).await;
        assert_eq!(it.positions(&units(["Berlin"])).await, [] as [u64; 0]);
    }

    pub(crate) async fn clearing_an_empty_log_is_no_error(it: Trial) {
        for _ in 0..2 {
            it.log.clear(TENANT).await.unwrap();
        }
        it.add(&rows([1])).await;
        assert_eq!(it.positions(&Scope::All).await, [1]);
    }

    pub(crate) async fn it_stays_cleared_after_reopening(it: Trial) {
        it.add(&rows([1, 2])).await;
        it.log.clear(TENANT).await.unwrap();
        let Some(it) = it.reopened().await else { return };
        assert_eq!(it.applied().await, Applied::default());
        assert_eq!(it.positions(&Scope::All).await, [] as [u64; 0]);
    }
}

pub(crate) mod apart {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Apart", says: "Nothing of one tenant is shown, counted or cleared for another" };

    fn theirs(after: u64, positions: impl IntoIterator<Item = u64>) -> AuditBatch {
        AuditBatch { tenant: OTHER, ..batch(after, &rows(positions)) }
    }

    async fn of_them(it: &Trial, scope: &Scope) -> Vec<u64> {
        let found = it.log.query(OTHER, scope, &AuditQuery::all()).await.unwrap();
        found.rows.iter().map(|it| it.position).collect()
    }

    pub(crate) async fn tenants_have_logs_of_their_own(it: Trial) {
        it.add(&rows([1, 2, 3])).await;
        assert_eq!(it.log.applied(OTHER).await.unwrap(), Applied::default());
        assert_eq!(of_them(&it, &Scope::All).await, [] as [u64; 0]);
        // Rows of the same places, and one of another.
        it.apply(&theirs(0, [2, 3, 9])).await;
        assert_eq!(it.positions(&Scope::All).await, [3, 2, 1]);
        assert_eq!(of_them(&it, &Scope::All).await, [9, 3, 2]);
        let lent = AuditQuery::all().process("Lend");
        assert_eq!(it.found(&lent).await.len(), 3);
        assert_eq!(it.applied().await.position, 3);
        assert_eq!(it.log.applied(OTHER).await.unwrap().position, 9);
    }

    pub(crate) async fn a_gap_is_one_of_the_tenant(it: Trial) {
        it.add(&rows([1, 2, 3])).await;
        it.is_refused_for_a_gap(&theirs(3, [4])).await;
        it.apply(&theirs(0, [1])).await;
        it.apply(&batch(3, &rows([4]))).await;
        assert_eq!(it.positions(&Scope::All).await, [4, 3, 2, 1]);
        assert_eq!(of_them(&it, &Scope::All).await, [1]);
    }

    pub(crate) async fn clearing_one_tenant_leaves_the_others(it: Trial) {
        it.add_with_keys(row(1), in_unit("Berlin")).await;
        it.apply(&theirs(0, [1, 2])).await;
        it.log.clear(OTHER).await.unwrap();
        assert_eq!(of_them(&it, &Scope::All).await, [] as [u64; 0]);
        assert_eq!(it.positions(&units(["Berlin"])).await, [1]);
        assert_eq!(it.applied().await.position, 1);
    }

    pub(crate) async fn keys_are_those_of_the_tenant(it: Trial) {
        it.add_with_keys(row(1), in_unit("Berlin")).await;
        it.apply(&AuditBatch { homes: vec![(home(1), in_unit("Bonn"))], ..theirs(0, [1]) }).await;
        assert_eq!(it.positions(&units(["Berlin"])).await, [1]);
        assert_eq!(it.positions(&units(["Bonn"])).await, [] as [u64; 0]);
        assert_eq!(of_them(&it, &units(["Bonn"])).await, [1]);
    }
}
