//! The file of the durable ledger, where it is not as it should be. That both ledgers keep the contract is proven by the
//! suite.

use cardflow::adapters::sqlite::{SqliteError, SqliteLedger};
use cardflow::domain::{IssuerName, RevocationReason, Serial};
use cardflow::ports::{AuthorityLedger, Changes, LedgerEntry, LedgerError, LedgerStatus, ListPage};
use cardflow::values::Revision;
use rusqlite::Connection;

use crate::support::day;

fn issuer(name: &str) -> IssuerName {
    name.parse().unwrap()
}

fn revoked(serial: &str) -> LedgerEntry {
    let status = LedgerStatus::Revoked { reason: RevocationReason::AaCompromise, since: day(0) };
    LedgerEntry {
        serial: serial.parse().unwrap(),
        not_after: day(10),
        status,
        invalid_since: Some(day(-1)),
        revision: Revision::new(3),
    }
}

#[tokio::test]
async fn the_sqlite_ledger_writes_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    drop(SqliteLedger::open(&path).unwrap());
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
    assert!(matches!(newer, SqliteError::Newer { found: 9, known: 4, .. }), "{newer:?}");
    let missing = SqliteLedger::open(folder.path().join("no/such/ledger.db")).unwrap_err();
    assert!(matches!(missing, SqliteError::Unavailable { .. }), "{missing:?}");
}

#[tokio::test]
async fn a_damaged_entry_is_named_and_not_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = SqliteLedger::open(&path).unwrap();
    ledger.record(&issuer("CN=A"), &revoked("05")).await.unwrap();
    Connection::open(&path).unwrap().execute("update entry set reason = 7", []).unwrap();
    let serial: Serial = "05".parse().unwrap();
    let damaged = ledger.entry(&issuer("CN=A"), &serial).await.unwrap_err();
    assert!(matches!(damaged, LedgerError::Corrupt { .. }), "{damaged:?}");
}

#[tokio::test]
async fn a_file_of_the_first_version_goes_on_and_begins_to_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let issuer = issuer("CN=A");
    let ledger = SqliteLedger::open(&path).unwrap();
    ledger.record(&issuer, &revoked("05")).await.unwrap();
    ledger.next_crl(&issuer).await.unwrap();
    drop(ledger);
    // As it was written before: without what came since.
    let file = Connection::open(&path).unwrap();
    file.execute_batch(
        "drop index entry_in_order; drop index entry_changed; alter table entry drop column octets;
         alter table entry drop column written_after; alter table crl drop column complete;
         alter table entry drop column invalid_since;
         alter table entry drop column revision; pragma user_version = 1",
    )
    .unwrap();
    drop(file);
    let ledger = SqliteLedger::open(&path).unwrap();
    let found = LedgerEntry { invalid_since: None, revision: Revision::NONE, ..revoked("05") };
    let whole = ListPage { after: None, at_most: 10 };
    assert_eq!(ledger.listed(&issuer, &whole).await.unwrap(), std::slice::from_ref(&found));
    assert_eq!(ledger.changes(&issuer).await.unwrap(), Changes::default());
    let counted = LedgerEntry { revision: Revision::new(1), ..found };
    ledger.record(&issuer, &counted).await.unwrap();
    assert_eq!(ledger.entry(&issuer, &counted.serial).await.unwrap(), Some(counted));
    assert_eq!(ledger.next_crl(&issuer).await.unwrap(), 2);
}
