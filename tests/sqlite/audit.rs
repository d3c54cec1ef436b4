//! The file of the audit log: kept, its own, and not missed if it is gone.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::adapters::sqlite::{SqliteAudit, SqliteError, SqliteStorage};
use cardflow::cards::SCHEMA;
use cardflow::ports::{AuditQuery, StorageError};
use cardflow::runtime::{AuditPage, Error, Projected};
use cardflow::values::Answers;
use rusqlite::Connection;

use crate::common::{Office, TENANT};

fn builder(folder: &Path) -> cardflow::CardflowBuilder {
    let storage = SqliteStorage::open(folder.join("cards.db"), &SCHEMA).unwrap();
    Cardflow::builder(storage).audit_log(Arc::new(SqliteAudit::open(folder.join("audit.db")).unwrap()))
}

async fn audit(office: &Office) -> Result<AuditPage, Error<cardflow::cards::Cards>> {
    office.cards.audit(&office.auditor, AuditQuery::all()).await
}

#[tokio::test]
async fn it_is_kept_and_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::over(builder(folder.path())).await;
    office.cards.project(TENANT, 100).await.unwrap();
    let before = audit(&office).await.unwrap();
    let office = office.again(|| builder(folder.path()));
    assert_eq!(audit(&office).await.unwrap(), before);
    office.run("CardsProcDeactivate").await;
    assert_eq!(office.cards.project(TENANT, 100).await.unwrap(), Projected { records: 1, up_to_date: true });
    assert_eq!(audit(&office).await.unwrap().rows[1..], before.rows);
}

#[tokio::test]
async fn one_that_is_lost_is_filled_anew() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::over(builder(folder.path())).await;
    office.run("CardsProcDeactivate").await;
    office.settle().await;
    office.cards.project(TENANT, 100).await.unwrap();
    let before = audit(&office).await.unwrap();
    let office = office.again(|| {
        for file in ["audit.db", "audit.db-wal", "audit.db-shm", "audit.db-lock"] {
            let gone = fs::remove_file(folder.path().join(file));
            assert!(gone.is_ok() || file.ends_with("-wal") || file.ends_with("-shm"));
        }
        builder(folder.path())
    });
    assert_eq!(audit(&office).await.unwrap().rows, []);
    // Nothing else misses it.
    office.cards.run(&office.operator, "CardsProcReactivate", office.card, Answers::none()).await.unwrap();
    office.cards.project(TENANT, 100).await.unwrap();
    assert_eq!(audit(&office).await.unwrap().rows[1..], before.rows);
}

#[tokio::test]
async fn rows_that_do_not_read_are_an_error_until_it_is_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::over(builder(folder.path())).await;
    office.cards.project(TENANT, 100).await.unwrap();
    let before = audit(&office).await.unwrap();
    let edited = Connection::open(folder.path().join("audit.db")).unwrap();
    edited.execute("update entry set body = x'00'", []).unwrap();
    drop(edited);
    let damaged = audit(&office).await.unwrap_err();
    assert!(matches!(damaged, Error::Storage(StorageError::Corrupt { .. })), "{damaged:?}");
    assert!(damaged.to_string().contains("rebuild the audit log"), "{damaged}");
    office.cards.rebuild_audit(TENANT).await.unwrap();
    office.cards.project(TENANT, 100).await.unwrap();
    assert_eq!(audit(&office).await.unwrap(), before);
}

#[test]
fn it_is_a_file_of_its_own_for_one_opener_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let (cards, audit) = (folder.path().join("cards.db"), folder.path().join("audit.db"));
    let storage = SqliteStorage::open(&cards, &SCHEMA).unwrap();
    let error = SqliteAudit::open(&cards).unwrap_err();
    assert!(matches!(error, SqliteError::Foreign { what: "audit log", .. }), "{error}");
    let first = SqliteAudit::open(&audit).unwrap();
    assert!(matches!(SqliteAudit::open(&audit).unwrap_err(), SqliteError::InUse { .. }));
    assert!(matches!(SqliteStorage::open(&audit, &SCHEMA).unwrap_err(), SqliteError::Foreign { .. }));
    drop((first, storage));
    SqliteAudit::open(&audit).unwrap();
}
