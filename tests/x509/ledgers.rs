//! Both ledgers keep the same contract; the durable one keeps it across a restart.

use std::sync::Arc;

use cardflow::adapters::sqlite::{SqliteError, SqliteLedger};
use cardflow::domain::{IssuerName, RevocationReason, Serial};
use cardflow::ports::{AuthorityLedger, LedgerEntry, LedgerError, LedgerStatus};
use cardflow::values::Timestamp;
use rusqlite::Connection;

use crate::support::{day, ledgers};

fn issuer(name: &str) -> IssuerName {
    name.parse().unwrap()
}

fn entry(serial: &str, status: LedgerStatus) -> LedgerEntry {
    LedgerEntry { serial: serial.parse().unwrap(), not_after: day(10), status }
}

/// Not a whole second: the ledger keeps what it is given.
const SINCE: Timestamp = Timestamp::from_millis(1_795_521_600_123);
const STATUSES: [LedgerStatus; 4] = [
    LedgerStatus::Good,
    LedgerStatus::Released { since: SINCE },
    LedgerStatus::OnHold { since: SINCE },
    LedgerStatus::Revoked { reason: RevocationReason::AaCompromise, since: SINCE },
];

#[tokio::test]
async fn what_is_written_is_read_again() {
    for it in ledgers() {
        let (ours, other) = (issuer("CN=A"), issuer("CN=B"));
        for status in STATUSES {
            let entry = entry("0102", status);
            it.ledger.record(&ours, &entry).await.unwrap();
            assert_eq!(it.ledger.entry(&ours, &entry.serial).await.unwrap(), Some(entry.clone()), "{}", it.name);
            assert_eq!(it.ledger.entry(&other, &entry.serial).await.unwrap(), None, "{}", it.name);
        }
    }
}

#[tokio::test]
async fn a_number_is_issued_once_for_each_issuer() {
    for it in ledgers() {
        let good = entry("07", LedgerStatus::Good);
        it.ledger.issued(&issuer("CN=A"), &good).await.unwrap();
        it.ledger.issued(&issuer("CN=B"), &good).await.unwrap();
        let taken = it.ledger.issued(&issuer("CN=A"), &entry("07", STATUSES[2])).await.unwrap_err();
        assert!(matches!(taken, LedgerError::AlreadyExists(_)), "{}: {taken:?}", it.name);
        assert_eq!(it.ledger.entry(&issuer("CN=A"), &good.serial).await.unwrap(), Some(good), "{}", it.name);
    }
}

#[tokio::test]
async fn the_list_is_in_the_order_of_numbers_and_leaves_good_ones_out() {
    for it in ledgers() {
        let issuer = issuer("CN=A");
        for (serial, status) in [("0100", STATUSES[2]), ("02", STATUSES[3]), ("03", STATUSES[0]), ("FF", STATUSES[2])] {
            it.ledger.record(&issuer, &entry(serial, status)).await.unwrap();
        }
        it.ledger.record(&issuer, &entry("04", STATUSES[1])).await.unwrap();
        let listed: Vec<String> =
            it.ledger.listed(&issuer).await.unwrap().iter().map(|entry| entry.serial.to_string()).collect();
        assert_eq!(listed, ["02", "FF", "0100"], "{}", it.name);
    }
}

#[tokio::test]
async fn an_entry_is_retired_by_the_first_list_after_its_end() {
    for it in ledgers() {
        let issuer = issuer("CN=A");
        let held = entry("05", STATUSES[2]);
        it.ledger.record(&issuer, &held).await.unwrap();
        for (this_update, left) in [(day(9), 1), (day(10), 1), (day(11), 0)] {
            it.ledger.published(&issuer, this_update).await.unwrap();
            assert_eq!(it.ledger.listed(&issuer).await.unwrap().len(), left, "{}: {this_update}", it.name);
        }
        assert_eq!(it.ledger.entry(&issuer, &held.serial).await.unwrap(), Some(held.clone()), "still known");
        it.ledger.record(&issuer, &held).await.unwrap();
        assert_eq!(it.ledger.listed(&issuer).await.unwrap(), [held], "{}: written anew", it.name);
    }
}

#[tokio::test]
async fn crl_numbers_of_each_issuer_rise_by_one() {
    for it in ledgers() {
        for (name, number) in [("CN=A", 1), ("CN=A", 2), ("CN=B", 1), ("CN=A", 3)] {
            assert_eq!(it.ledger.next_crl(&issuer(name)).await.unwrap(), number, "{}", it.name);
        }
    }
}

#[tokio::test]
async fn the_sqlite_ledger_remembers_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let (issuer, held) = (issuer("CN=A"), entry("05", STATUSES[2]));
    for number in 1..=3 {
        let ledger: Arc<dyn AuthorityLedger> = Arc::new(SqliteLedger::open(&path).unwrap());
        assert_eq!(ledger.next_crl(&issuer).await.unwrap(), number);
        ledger.record(&issuer, &held).await.unwrap();
    }
    let ledger = SqliteLedger::open(&path).unwrap();
    assert_eq!(ledger.listed(&issuer).await.unwrap(), [held]);
    let file = Connection::open(&path).unwrap();
    let mode: String = file.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn a_file_of_something_else_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (text, database) = (folder.path().join("notes.txt"), folder.path().join("other.db"));
    std::fs::write(&text, "these are notes, not a database, and long enough to be looked at".repeat(10)).unwrap();
    Connection::open(&database).unwrap().execute_batch("create table notes (text)").unwrap();
    for path in [&text, &database] {
        let before = std::fs::read(path).unwrap();
        let refused = SqliteLedger::open(path).unwrap_err();
        assert!(matches!(refused, SqliteError::Foreign { .. }), "{refused:?}");
        assert_eq!(std::fs::read(path).unwrap(), before);
    }
}

#[test]
fn a_newer_file_and_a_missing_folder_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    drop(SqliteLedger::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    let newer = SqliteLedger::open(&path).unwrap_err();
    assert!(matches!(newer, SqliteError::Newer { found: 9, known: 1, .. }), "{newer:?}");
    let missing = SqliteLedger::open(folder.path().join("no/such/ledger.db")).unwrap_err();
    assert!(matches!(missing, SqliteError::Unavailable { .. }), "{missing:?}");
}

#[tokio::test]
async fn a_damaged_entry_is_named_and_not_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = SqliteLedger::open(&path).unwrap();
    ledger.record(&issuer("CN=A"), &entry("05", STATUSES[3])).await.unwrap();
    Connection::open(&path).unwrap().execute("update entry set reason = 7", []).unwrap();
    let serial: Serial = "05".parse().unwrap();
    let damaged = ledger.entry(&issuer("CN=A"), &serial).await.unwrap_err();
    assert!(matches!(damaged, LedgerError::Corrupt { .. }), "{damaged:?}");
}
