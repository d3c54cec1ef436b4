//! The checks on lists, clause by clause.

use futures_util::future::join_all;

use super::super::Clause;
use super::trial::{Trial, day, entry, held, issuer, ours, revoked, serial};
use crate::domain::RevocationReason;
use crate::ports::{Changes, LedgerEntry, LedgerError, LedgerStatus, ListPage};
use crate::values::Millis;

pub(crate) mod listed {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Listed",
        says: "`listed` gives every entry that is on hold or revoked and has not been retired, by the size of its number, \
               so that `0100` stands behind `02`; page by page, each as long as asked for unless it is the last",
    };

    pub(crate) async fn an_empty_ledger_lists_nothing(it: Trial) {
        assert_eq!(it.list(&ours()).await, []);
    }

    pub(crate) async fn what_is_on_hold_or_revoked_is_listed_whole(it: Trial) {
        let entries =
            [held("01"), revoked("02", RevocationReason::Unspecified), revoked("03", RevocationReason::AaCompromise)];
        for entry in &entries {
            it.record(entry).await;
        }
        it.ledger.issued(&ours(), &entry("04", LedgerStatus::Good)).await.unwrap();
        it.record(&entry("05", LedgerStatus::Released { since: day(1) })).await;
        assert_eq!(it.list(&ours()).await, entries);
    }

    pub(crate) async fn the_list_is_in_the_order_of_numbers(it: Trial) {
        let longest = "7F".repeat(20);
        for number in ["0100", "FF", "02", longest.as_str(), "80", "01", "FFFF", "010000", "10"] {
            it.record(&held(number)).await;
        }
        assert_eq!(it.listed().await, ["01", "02", "10", "80", "FF", "0100", "FFFF", "010000", longest.as_str()]);
    }

    pub(crate) async fn pages_join_without_gap_or_repetition(it: Trial) {
        let numbers = ["01", "02", "80", "FF", "0100", "0101", "FFFF", "010000"];
        for number in numbers {
            it.record(&held(number)).await;
        }
        it.record(&entry("03", LedgerStatus::Good)).await;
        it.record(&entry("0102", LedgerStatus::Released { since: day(1) })).await;
        for at_most in 1..=9 {
            let (mut joined, mut after) = (Vec::new(), None);
            loop {
                let page = it.ledger.listed(&ours(), &ListPage { after, at_most }).await.unwrap();
                assert_eq!(page.len(), at_most.min(numbers.len() - joined.len()), "pages of {at_most}");
                joined.extend(page.iter().map(|it| it.serial.to_string()));
                if page.len() < at_most {
                    break;
                }
                after = page.last().map(|it| it.serial.clone());
            }
            assert_eq!(joined, numbers, "pages of {at_most}");
        }
        let page = ListPage { after: Some(serial("81")), at_most: 2 };
        let behind = it.ledger.listed(&ours(), &page).await.unwrap();
        assert_eq!(behind, [held("FF"), held("0100")], "behind a number that is not there");
    }

    pub(crate) async fn what_is_released_leaves_the_list(it: Trial) {
        for number in ["01", "02", "03"] {
            it.record(&held(number)).await;
        }
        it.record(&entry("02", LedgerStatus::Released { since: day(1) })).await;
        it.record(&entry("03", LedgerStatus::Good)).await;
        assert_eq!(it.listed().await, ["01"]);
        it.record(&held("02")).await;
        assert_eq!(it.listed().await, ["01", "02"]);
    }

    pub(crate) async fn an_entry_is_listed_once_however_often_it_was_written(it: Trial) {
        for _ in 0..3 {
            it.record(&held("01")).await;
        }
        it.record(&revoked("01", RevocationReason::Superseded)).await;
        assert_eq!(it.list(&ours()).await, [revoked("01", RevocationReason::Superseded)]);
    }
}

pub(crate) mod retired {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Retired",
        says: "`published` retires what had ended before the list and was written before the number of the list was taken, and \
               nothing else. It stays known; writing an entry anew puts it back",
    };

    pub(crate) async fn an_entry_is_retired_by_the_first_list_after_its_end(it: Trial) {
        it.record(&held("05")).await;
        let moment = Millis::new(1);
        for (this_update, left) in
            [(day(9), 1), (day(10).minus(moment), 1), (day(10), 1), (day(10).plus(moment), 0), (day(11), 0)]
        {
            it.publish(this_update).await;
            assert_eq!(it.listed().await.len(), left, "{this_update}");
        }
    }

    pub(crate) async fn what_has_not_ended_is_not_retired(it: Trial) {
        it.record(&held("05")).await;
        it.record(&LedgerEntry { not_after: day(20), ..held("06") }).await;
        it.publish(day(15)).await;
        assert_eq!(it.listed().await, ["06"]);
    }

    pub(crate) async fn what_is_retired_is_still_known(it: Trial) {
        it.record(&held("05")).await;
        it.publish(day(11)).await;
        assert_eq!(it.entry("05").await, Some(held("05")));
        let again = it.ledger.issued(&ours(), &entry("05", LedgerStatus::Good)).await;
        assert!(matches!(again, Err(LedgerError::AlreadyExists(_))), "{again:?}");
    }

    pub(crate) async fn what_is_written_anew_is_listed_again(it: Trial) {
        it.record(&held("05")).await;
        it.publish(day(11)).await;
        it.record(&held("05")).await;
        assert_eq!(it.listed().await, ["05"]);
        it.publish(day(12)).await;
        assert_eq!(it.listed().await, [""; 0]);
    }

    pub(crate) async fn what_was_written_after_the_number_was_taken_is_not_retired(it: Trial) {
        it.record(&held("05")).await;
        let number = it.next(&ours()).await;
        it.record(&held("06")).await;
        it.ledger.published(&ours(), number, day(11)).await.unwrap();
        assert_eq!(it.listed().await, ["06"], "it has not stood on that list");
        it.publish(day(12)).await;
        assert_eq!(it.listed().await, [""; 0]);
    }

    pub(crate) async fn a_list_of_one_issuer_retires_nothing_of_another(it: Trial) {
        it.record(&held("05")).await;
        it.ledger.published(&issuer("CN=Other"), 99, day(99)).await.unwrap();
        assert_eq!(it.listed().await, ["05"]);
    }
}

pub(crate) mod changed {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Changed",
        says: "`changes` names the complete list with the highest number that was published, and gives every entry on hold, \
               released or revoked that was written since that number was taken",
    };

    pub(crate) async fn before_the_first_complete_list_there_is_nothing_to_count_from(it: Trial) {
        assert_eq!(it.changed().await, (None, vec![]));
        it.record(&held("01")).await;
        it.next(&ours()).await;
        it.record(&held("02")).await;
        assert_eq!(it.changed().await, (None, vec![]), "a number that was taken is no list that was published");
        it.publish(day(1)).await;
        assert_eq!(it.changed().await, (Some(2), vec![]));
    }

    pub(crate) async fn every_change_since_the_last_complete_list_is_given_whole(it: Trial) {
        for number in ["01", "02", "03", "0104"] {
            it.record(&held(number)).await;
        }
        it.publish(day(1)).await;
        let changed = [
            entry("02", LedgerStatus::Released { since: day(2) }),
            revoked("03", RevocationReason::Superseded),
            held("05"),
            entry("06", LedgerStatus::Released { since: day(2) }),
            held("0100"),
        ];
        for entry in [&changed[4], &changed[1], &changed[0], &held("06"), &changed[3], &changed[2]] {
            it.record(entry).await;
        }
        it.ledger.issued(&ours(), &entry("07", LedgerStatus::Good)).await.unwrap();
        let changes = it.ledger.changes(&ours()).await.unwrap();
        assert_eq!((changes.since, changes.entries.as_slice()), (Some(1), &changed[..]));
        it.publish(day(2)).await;
        assert_eq!(it.changed().await, (Some(2), vec![]));
    }

    pub(crate) async fn numbers_that_were_taken_for_other_lists_move_nothing(it: Trial) {
        it.publish(day(1)).await;
        it.record(&held("01")).await;
        it.next(&ours()).await;
        it.record(&held("02")).await;
        it.next(&ours()).await;
        assert_eq!(it.changed().await, (Some(1), vec!["01".to_owned(), "02".to_owned()]));
    }

    pub(crate) async fn what_was_written_after_the_number_was_taken_is_a_change(it: Trial) {
        it.record(&held("01")).await;
        let number = it.next(&ours()).await;
        it.record(&held("02")).await;
        it.ledger.published(&ours(), number, day(1)).await.unwrap();
        assert_eq!(it.changed().await, (Some(1), vec!["02".to_owned()]));
    }

    pub(crate) async fn the_highest_number_counts_whatever_is_said_after_it(it: Trial) {
        let first = it.publish(day(1)).await;
        it.record(&held("01")).await;
        let second = it.publish(day(2)).await;
        it.record(&held("02")).await;
        for number in [first, second, first] {
            it.ledger.published(&ours(), number, day(2)).await.unwrap();
            assert_eq!(it.changed().await, (Some(2), vec!["02".to_owned()]), "{number} is said again");
        }
    }

    pub(crate) async fn each_issuer_counts_its_own_changes(it: Trial) {
        let other = issuer("CN=Other");
        it.publish(day(1)).await;
        it.ledger.record(&other, &held("01")).await.unwrap();
        it.record(&held("02")).await;
        assert_eq!(it.changed().await, (Some(1), vec!["02".to_owned()]));
        assert_eq!(it.ledger.changes(&other).await.unwrap(), Changes::default());
    }
}

pub(crate) mod numbered {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Numbered",
        says: "CRL numbers of an issuer rise by one for each call of `next_crl`, for ever, across restarts; the first is 1",
    };

    pub(crate) async fn numbers_of_lists_rise_by_one_from_one(it: Trial) {
        for number in 1..=20 {
            assert_eq!(it.next(&ours()).await, number);
        }
    }

    pub(crate) async fn each_issuer_counts_its_own_lists(it: Trial) {
        let (ours, other) = (ours(), issuer("CN=Other"));
        for (issuer, number) in [(&ours, 1), (&ours, 2), (&other, 1), (&ours, 3), (&other, 2)] {
            assert_eq!(it.next(issuer).await, number, "{issuer}");
        }
    }

    pub(crate) async fn nothing_else_uses_up_a_number(it: Trial) {
        assert_eq!(it.next(&ours()).await, 1);
        it.record(&held("05")).await;
        it.listed().await;
        it.ledger.changes(&ours()).await.unwrap();
        it.ledger.published(&ours(), 1, day(1)).await.unwrap();
        assert_eq!(it.next(&ours()).await, 2);
    }

    pub(crate) async fn calls_that_race_get_a_number_each(it: Trial) {
        let ours = ours();
        let mut numbers = join_all((0..20).map(|_| it.next(&ours))).await;
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    }
}
