//! The checks on entries and on what lasts, clause by clause.

use futures_util::future::join_all;

use super::super::Clause;
use super::trial::{Trial, day, entry, held, issuer, ours, revoked, serial};
use crate::domain::RevocationReason;
use crate::ports::{LedgerEntry, LedgerError, LedgerStatus};
use crate::values::{Millis, Revision, Timestamp};

pub(crate) mod faithful {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Faithful", says: "An entry is given back as it was written last, to the millisecond" };

    pub(crate) async fn every_status_is_given_back_as_it_was_written(it: Trial) {
        let mut statuses =
            vec![LedgerStatus::Good, LedgerStatus::Released { since: day(1) }, LedgerStatus::OnHold { since: day(2) }];
        statuses.extend(RevocationReason::ALL.iter().map(|it| LedgerStatus::Revoked { reason: *it, since: day(3) }));
        for (n, status) in (1..).zip(statuses) {
            let number = format!("{n:02X}");
            it.record(&entry(&number, status)).await;
            assert_eq!(it.entry(&number).await, Some(entry(&number, status)));
        }
    }

    pub(crate) async fn numbers_of_every_length_are_kept(it: Trial) {
        for number in ["01", "7F", "80", "FF", "0100", &"7F".repeat(20), &"11".repeat(19)] {
            it.record(&held(number)).await;
            assert_eq!(it.entry(number).await, Some(held(number)));
        }
    }

    pub(crate) async fn times_are_kept_to_the_millisecond(it: Trial) {
        let times = [0, 1, 999, 1_795_521_600_123, -1];
        for (n, time) in (1..).zip(times.map(Timestamp::from_millis)) {
            let status = LedgerStatus::OnHold { since: time };
            let entry = LedgerEntry { not_after: time.plus(Millis::new(7)), ..entry(&format!("{n:02X}"), status) };
            it.record(&entry).await;
            assert_eq!(it.ledger.entry(&ours(), &entry.serial).await.unwrap(), Some(entry));
        }
    }

    pub(crate) async fn invalidity_dates_are_kept(it: Trial) {
        let revoked = revoked("01", RevocationReason::KeyCompromise);
        for invalid_since in [Some(day(-3)), Some(day(5)), None] {
            let entry = LedgerEntry { invalid_since, ..revoked.clone() };
            it.record(&entry).await;
            assert_eq!(it.entry("01").await.as_ref(), Some(&entry));
            assert_eq!(it.list(&ours()).await, [entry]);
        }
    }

    pub(crate) async fn revisions_are_kept_whatever_was_there(it: Trial) {
        for revision in [0, 1, 2, 1 << 40, 1].map(Revision::new) {
            let entry = LedgerEntry { revision, ..held("01") };
            it.record(&entry).await;
            assert_eq!(it.entry("01").await.as_ref(), Some(&entry));
            assert_eq!(it.list(&ours()).await, [entry]);
        }
        let issued = LedgerEntry { revision: Revision::new(7), ..entry("02", LedgerStatus::Good) };
        it.ledger.issued(&ours(), &issued).await.unwrap();
        assert_eq!(it.entry("02").await, Some(issued));
    }

    pub(crate) async fn a_number_that_was_never_written_is_not_there(it: Trial) {
        it.record(&held("0102")).await;
        for number in ["01", "02", "0201", "010203", "0101"] {
            assert_eq!(it.entry(number).await, None, "{number}");
        }
    }

    pub(crate) async fn an_entry_written_anew_replaces_the_old_one(it: Trial) {
        it.ledger.issued(&ours(), &entry("05", LedgerStatus::Good)).await.unwrap();
        let other = LedgerEntry { not_after: day(99), ..revoked("05", RevocationReason::KeyCompromise) };
        for written in [held("05"), other, entry("05", LedgerStatus::Good)] {
            it.record(&written).await;
            assert_eq!(it.entry("05").await, Some(written));
        }
    }
}

pub(crate) mod apart {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Apart", says: "Each issuer has entries, lists and numbers of its own" };

    pub(crate) async fn issuers_have_entries_of_their_own(it: Trial) {
        let (ours, other) = (ours(), issuer("CN=Other"));
        it.ledger.issued(&ours, &held("07")).await.unwrap();
        assert_eq!(it.ledger.entry(&other, &serial("07")).await.unwrap(), None);
        it.ledger.issued(&other, &entry("07", LedgerStatus::Good)).await.unwrap();
        it.ledger.record(&other, &revoked("07", RevocationReason::Superseded)).await.unwrap();
        assert_eq!(it.entry("07").await, Some(held("07")));
    }

    pub(crate) async fn issuers_have_lists_of_their_own(it: Trial) {
        let other = issuer("CN=Other");
        it.record(&held("07")).await;
        it.ledger.record(&other, &held("08")).await.unwrap();
        assert_eq!(it.listed().await, ["07"]);
        assert_eq!(it.list(&other).await, [held("08")]);
        assert_eq!(it.list(&issuer("CN=Nobody")).await, []);
    }

    pub(crate) async fn names_of_issuers_are_compared_as_they_are(it: Trial) {
        let names = ["CN=A", "CN=a", "CN=A,O=B", "CN=A'; drop table entry; --", "CN=%", "CN=_", "CN=Ä", "CN=A\u{308}"];
        for (n, name) in (1..).zip(names) {
            it.ledger.record(&issuer(name), &held(&format!("{n:02X}"))).await.unwrap();
        }
        for (n, name) in (1..).zip(names) {
            assert_eq!(it.list(&issuer(name)).await, [held(&format!("{n:02X}"))], "{name}");
        }
    }
}

pub(crate) mod single {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Single",
        says: "A number is issued once for each issuer: `AlreadyExists`, and what is there stays as it is",
    };

    pub(crate) async fn a_number_is_issued_once(it: Trial) {
        let first = entry("07", LedgerStatus::Good);
        it.ledger.issued(&ours(), &first).await.unwrap();
        for second in [first.clone(), held("07")] {
            let answer = it.ledger.issued(&ours(), &second).await;
            assert!(matches!(&answer, Err(LedgerError::AlreadyExists(it)) if *it == serial("07")), "{answer:?}");
        }
        assert_eq!(it.entry("07").await, Some(first));
        it.ledger.issued(&ours(), &entry("0700", LedgerStatus::Good)).await.unwrap();
    }

    pub(crate) async fn a_number_that_was_recorded_is_issued_no_more(it: Trial) {
        it.record(&held("07")).await;
        let answer = it.ledger.issued(&ours(), &entry("07", LedgerStatus::Good)).await;
        assert!(matches!(answer, Err(LedgerError::AlreadyExists(_))), "{answer:?}");
        assert_eq!(it.entry("07").await, Some(held("07")));
    }

    pub(crate) async fn a_number_may_be_recorded_that_was_not_issued(it: Trial) {
        it.record(&held("07")).await;
        assert_eq!(it.listed().await, ["07"]);
    }

    pub(crate) async fn of_issues_that_race_for_a_number_one_wins(it: Trial) {
        let entries: Vec<LedgerEntry> =
            (0..8).map(|n| LedgerEntry { not_after: day(n), ..entry("07", LedgerStatus::Good) }).collect();
        let ours = ours();
        let answers = join_all(entries.iter().map(|entry| it.ledger.issued(&ours, entry))).await;
        let winners: Vec<_> = entries.iter().zip(&answers).filter(|(_, it)| it.is_ok()).map(|(it, _)| it).collect();
        assert_eq!(winners.len(), 1, "{answers:?}");
        assert_eq!(it.entry("07").await.as_ref(), Some(winners[0]));
    }
}

pub(crate) mod durable {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Durable", says: "What a method has answered survives a restart and a power cut" };

    pub(crate) async fn entries_and_lists_are_there_after_reopening(it: Trial) {
        it.ledger.issued(&ours(), &entry("01", LedgerStatus::Good)).await.unwrap();
        let second = LedgerEntry { revision: Revision::new(5), ..held("02") };
        it.record(&second).await;
        it.record(&revoked("03", RevocationReason::KeyCompromise)).await;
        let Some(it) = it.reopened().await else { return };
        assert_eq!(it.entry("01").await, Some(entry("01", LedgerStatus::Good)));
        assert_eq!(it.entry("02").await, Some(second));
        assert_eq!(it.listed().await, ["02", "03"]);
        it.record(&entry("02", LedgerStatus::Released { since: day(1) })).await;
        let Some(it) = it.reopened().await else { return };
        assert_eq!(it.list(&ours()).await, [revoked("03", RevocationReason::KeyCompromise)]);
        let again = it.ledger.issued(&ours(), &held("01")).await;
        assert!(matches!(again, Err(LedgerError::AlreadyExists(_))), "{again:?}");
    }

    pub(crate) async fn numbers_go_on_after_reopening(mut it: Trial) {
        for number in 1..=3 {
            assert_eq!(it.next(&ours()).await, number);
            let Some(again) = it.reopened().await else { return };
            it = again;
        }
        assert_eq!((it.next(&ours()).await, it.next(&issuer("CN=Other")).await), (4, 1));
    }

    pub(crate) async fn what_was_retired_stays_so_after_reopening(it: Trial) {
        it.record(&held("05")).await;
        it.record(&LedgerEntry { not_after: day(20), ..held("06") }).await;
        it.publish(day(11)).await;
        let Some(it) = it.reopened().await else { return };
        assert_eq!(it.listed().await, ["06"]);
        assert_eq!(it.entry("05").await, Some(held("05")));
    }

    pub(crate) async fn changes_are_counted_on_after_reopening(it: Trial) {
        it.record(&held("05")).await;
        it.publish(day(1)).await;
        it.record(&held("06")).await;
        let Some(it) = it.reopened().await else { return };
        assert_eq!(it.changed().await, (Some(1), vec!["06".to_owned()]));
        it.record(&entry("05", LedgerStatus::Released { since: day(2) })).await;
        assert_eq!(it.changed().await.1, ["05", "06"]);
    }
}
