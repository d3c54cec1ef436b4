//! To whom it is shown, and in what order.

use super::super::Clause;
use super::Trial;
use super::sample::{at, batch, home, in_unit, newest_first, object, of_person, person, row, rows, units, varied};
use crate::engine::{AuditRow, Keys, Scope};
use crate::ports::{AuditBatch, AuditPlace, AuditQuery};
use crate::values::Timestamp;

/// The row at a position, in a home.
fn row_of(position: u64, of: u64) -> AuditRow {
    AuditRow { chain: home(of), ..row(position) }
}

/// The row at a position, decided at a time.
fn row_at(position: u64, millis: i64) -> AuditRow {
    AuditRow { at: at(millis), ..row(position) }
}

const NOTHING: [u64; 0] = [];

pub(crate) mod in_scope {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "In scope",
        says: "A query gives only rows of homes whose keys, as applied last, the scope reaches, and does so before paging",
    };

    /// Rows of homes in Berlin, in Bonn, of nobody's unit, and without keys.
    async fn four_homes(it: &Trial) {
        it.add_with_keys(row_of(1, 1), in_unit("Berlin")).await;
        it.add_with_keys(row_of(2, 2), in_unit("Bonn")).await;
        it.add_with_keys(row_of(3, 3), of_person(3)).await;
        it.add(&[row_of(4, 4), row_of(5, 1), row_of(6, 2)]).await;
    }

    pub(crate) async fn a_unit_sees_the_rows_of_its_homes(it: Trial) {
        four_homes(&it).await;
        assert_eq!(it.positions(&units(["Berlin"])).await, [5, 1]);
        assert_eq!(it.positions(&units(["Bonn"])).await, [6, 2]);
        assert_eq!(it.positions(&units(["Berlin", "Bonn", "Kiel"])).await, [6, 5, 2, 1]);
        assert_eq!(it.positions(&units(["berlin", "Berlin "])).await, NOTHING);
        assert_eq!(it.positions(&units([])).await, NOTHING);
    }

    pub(crate) async fn who_sees_their_own_sees_the_rows_of_their_home(it: Trial) {
        four_homes(&it).await;
        assert_eq!(it.positions(&Scope::Own(person(3))).await, [3]);
        assert_eq!(it.positions(&Scope::Own(person(1))).await, NOTHING, "whatever they did elsewhere");
    }

    pub(crate) async fn no_scope_shows_nothing(it: Trial) {
        four_homes(&it).await;
        assert_eq!(it.positions(&Scope::None).await, NOTHING);
        assert_eq!(it.positions(&Scope::All).await, [6, 5, 4, 3, 2, 1]);
    }

    pub(crate) async fn a_home_without_keys_is_reached_by_all_alone(it: Trial) {
        it.add(&[row_of(1, 1)]).await;
        it.add_with_keys(row_of(2, 2), Keys::default()).await;
        for scope in [units(["Berlin", ""]), Scope::Own(person(1)), Scope::Own(person(2)), Scope::None] {
            assert_eq!(it.positions(&scope).await, NOTHING, "{scope:?}");
        }
        assert_eq!(it.positions(&Scope::All).await, [2, 1]);
    }

    pub(crate) async fn the_keys_applied_last_count(it: Trial) {
        it.add_with_keys(row_of(1, 1), in_unit("Berlin")).await;
        it.add_with_keys(row_of(2, 1), in_unit("Bonn")).await;
        assert_eq!(it.positions(&units(["Berlin"])).await, NOTHING);
        assert_eq!(it.positions(&units(["Bonn"])).await, [2, 1]);
        // Of a batch that is known in part, the keys count as well.
        let again = AuditBatch { homes: vec![(home(1), in_unit("Kiel"))], ..batch(1, &rows([2, 3])) };
        it.apply(&again).await;
        assert_eq!(it.positions(&units(["Kiel"])).await, [3, 2, 1]);
    }

    pub(crate) async fn keys_that_are_gone_reach_nothing(it: Trial) {
        it.add_with_keys(row_of(1, 1), in_unit("Berlin")).await;
        it.add_with_keys(row_of(2, 1), Keys::default()).await;
        assert_eq!(it.positions(&units(["Berlin"])).await, NOTHING);
        assert_eq!(it.positions(&Scope::All).await, [2, 1]);
    }

    pub(crate) async fn conditions_do_not_widen_a_scope(it: Trial) {
        four_homes(&it).await;
        let one = row(1);
        let queries = [
            AuditQuery::by(one.actor.unwrap()),
            AuditQuery::all().object(one.objects[0]),
            AuditQuery::all().process("Lend"),
            AuditQuery::all().outcome(one.outcome),
            AuditQuery::without_approval("Lend"),
            AuditQuery::all().between(at(0), at(100)),
        ];
        for query in queries {
            let found = it.found_in(&units(["Bonn"]), &query).await;
            assert_eq!(found.iter().map(|it| it.position).collect::<Vec<_>>(), [6, 2], "{query:?}");
        }
    }

    pub(crate) async fn pages_are_cut_after_the_scope(it: Trial) {
        // Far more is out of scope, also what is oldest.
        it.add_with_keys(row_of(1, 2), in_unit("Bonn")).await;
        it.add_with_keys(row_of(2, 1), in_unit("Berlin")).await;
        let mixed: Vec<AuditRow> = (3..=60).map(|n| row_of(n, if n % 10 == 0 { 1 } else { 2 })).collect();
        it.add(&mixed).await;
        let pages = [(4, vec![60, 50, 40, 30]), (4, vec![20, 10, 2]), (7, vec![60, 50, 40, 30, 20, 10, 2])];
        let mut after = None;
        for (limit, expected) in pages {
            let page = it.page(&units(["Berlin"]), &AuditQuery { after, ..AuditQuery::all().limit(limit) }).await;
            assert_eq!(page.rows.iter().map(|it| it.position).collect::<Vec<_>>(), expected);
            let is_last = expected.last() == Some(&2);
            assert_eq!(page.next.is_none(), is_last, "whatever follows out of scope");
            after = page.next;
        }
    }
}

pub(crate) mod in_order {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "In order",
        says: "Newest first by time and position; a page is full unless it is the last, says where the next begins, and none \
               moves when a row comes in",
    };

    pub(crate) async fn the_newest_are_shown_first(it: Trial) {
        for n in [1, 2, 3] {
            it.add(&[row(n)]).await;
            assert_eq!(it.positions(&Scope::All).await, (1..=n).rev().collect::<Vec<_>>());
        }
    }

    pub(crate) async fn rows_of_one_time_are_in_the_order_of_commits(it: Trial) {
        it.add(&[9, 10, 11, 300].map(|it| row_at(it, 0))).await;
        assert_eq!(it.positions(&Scope::All).await, [300, 11, 10, 9]);
        let found = it.found(&AuditQuery::all().limit(1)).await;
        let found: Vec<_> = found.iter().map(|it| it.position).collect();
        assert_eq!(found, [300, 11, 10, 9]);
    }

    pub(crate) async fn a_row_decided_earlier_stands_at_its_time(it: Trial) {
        it.add(&[row_at(1, 50), row_at(2, 10), row_at(3, 30)]).await;
        it.add(&[row_at(4, 20), AuditRow { at: Timestamp::from_millis(-1), ..row(5) }, row_at(6, 50)]).await;
        assert_eq!(it.positions(&Scope::All).await, [6, 1, 3, 4, 2, 5]);
        assert_eq!(it.applied().await.position, 6);
    }

    pub(crate) async fn pages_together_are_the_whole(it: Trial) {
        it.add(&varied()).await;
        for limit in [1, 2, 7, 89, 90, 91] {
            assert_eq!(it.found(&AuditQuery::all().limit(limit)).await, newest_first(varied()), "{limit} a page");
        }
    }

    pub(crate) async fn the_last_page_says_so(it: Trial) {
        it.add(&rows(1..=6)).await;
        let query = AuditQuery::all().limit(3);
        let first = it.page(&Scope::All, &query).await;
        assert_eq!(first.next, Some(AuditPlace::of(&row(4))));
        let last = it.page(&Scope::All, &query.after(first.next.unwrap())).await;
        assert_eq!((last.rows.len(), last.next), (3, None), "it is full, and nothing follows");
    }

    pub(crate) async fn pages_of_a_condition_together_are_the_whole(it: Trial) {
        it.add(&varied()).await;
        let queries = [
            AuditQuery::all().process("Lend"),
            AuditQuery::by(person(1)),
            AuditQuery::all().object(object(1, 17, 0)),
            AuditQuery::all().between(at(2), at(13)),
            AuditQuery::all().process("Lock").between(at(2), at(13)),
        ];
        for query in queries {
            let wanted = newest_first(varied().into_iter().filter(|it| query.wants(it)).collect());
            for limit in 1..4 {
                assert_eq!(it.found(&query.clone().limit(limit)).await, wanted, "{query:?}, {limit} a page");
            }
        }
    }

    pub(crate) async fn a_page_begins_after_its_place_whatever_stands_there(it: Trial) {
        it.add(&[row_at(10, 10), row_at(20, 20), row_at(30, 20), row_at(40, 40)]).await;
        let places = [
            (20, 25, vec![20, 10]),
            (20, 30, vec![20, 10]),
            (15, 9, vec![10]),
            (10, 10, vec![]),
            (99, 1, vec![40, 30, 20, 10]),
        ];
        for (millis, position, rest) in places {
            let query = AuditQuery::all().after(AuditPlace { at: at(millis), position });
            let found = it.found(&query).await;
            assert_eq!(found.iter().map(|it| it.position).collect::<Vec<_>>(), rest, "{query:?}");
        }
        // Nor does a time widen it.
        let query = AuditQuery::all().between(at(0), at(100)).after(AuditPlace { at: at(20), position: 30 });
        assert_eq!(it.found(&query).await.len(), 2);
        let query = AuditQuery::all().between(at(0), at(20)).after(AuditPlace { at: at(90), position: 1 });
        assert_eq!(it.found(&query).await.len(), 1);
    }

    pub(crate) async fn rows_that_come_in_move_no_other(it: Trial) {
        it.add(&(1..=9).map(|it| row_at(it, 100 + it as i64)).collect::<Vec<_>>()).await;
        let query = AuditQuery::all().limit(3);
        let mut next = it.page(&Scope::All, &query).await.next;
        let mut seen = vec![9, 8, 7];
        let mut coming = [row_at(10, 500), row_at(11, 501)].into_iter();
        while let Some(place) = next {
            if let Some(one) = coming.next() {
                it.add(&[one]).await;
            }
            let page = it.page(&Scope::All, &query.clone().after(place)).await;
            assert!(page.next.is_none_or(|it| it < place), "the next page is not further on");
            seen.extend(page.rows.iter().map(|it| it.position));
            next = page.next;
        }
        assert_eq!(seen, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(it.positions(&Scope::All).await[..2], [11, 10]);
    }

    pub(crate) async fn no_page_is_empty_or_longer_than_a_thousand(it: Trial) {
        it.add(&rows(1..=1005)).await;
        for (limit, count) in [(0, 1), (1, 1), (1000, 1000), (1001, 1000), (usize::MAX, 1000)] {
            let page = it.page(&Scope::All, &AuditQuery::all().limit(limit)).await;
            assert_eq!(page.rows.len(), count, "{limit} asked for");
            assert_eq!(page.next, page.rows.last().map(AuditPlace::of));
        }
    }
}
