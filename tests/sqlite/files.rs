//! Files that are not as they should be: each has an error that says what to do, and is left as it is.

use std::fs;
use std::path::{Path, PathBuf};

use cardflow::adapters::sqlite::{SqliteError, SqliteLedger, SqliteStorage};
use cardflow::cards::{Cards, SCHEMA};
use cardflow::domain::CARD_KIND;
use cardflow::engine::{Domain, Index, KeySpec, KindSpec, Schema};
use cardflow::ports::{Commit, Query, Search, Storage, StorageError};
use cardflow::{Cardflow, engine::Scope};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::common::{Office, TENANT};

fn open(path: &Path) -> Result<SqliteStorage, SqliteError> {
    SqliteStorage::open(path, &SCHEMA)
}

/// A store with the cards of the office in it, all in the one file.
async fn filled() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.db");
    drop(Office::over(Cardflow::builder(open(&path).unwrap())).await);
    (folder, path)
}

fn left_alone(path: &Path, what: impl FnOnce() -> SqliteError) -> SqliteError {
    let before = fs::read(path).unwrap();
    let error = what();
    assert_eq!(fs::read(path).unwrap(), before, "{error}");
    error
}

#[test]
fn a_file_of_something_else_is_foreign() {
    let folder = tempfile::tempdir().unwrap();
    let (text, database, ledger) =
        (folder.path().join("notes.txt"), folder.path().join("other.db"), folder.path().join("ledger.db"));
    fs::write(&text, "notes").unwrap();
    Connection::open(&database).unwrap().execute_batch("create table notes (text)").unwrap();
    drop(SqliteLedger::open(&ledger).unwrap());
    for path in [&text, &database, &ledger] {
        let error = left_alone(path, || open(path).unwrap_err());
        assert!(matches!(error, SqliteError::Foreign { .. }), "{error:?}");
        assert!(error.to_string().contains("is not a store of this library; name another file"), "{error}");
    }
}

#[tokio::test]
async fn a_file_cut_off_anywhere_does_not_open_as_if_nothing_were_missing() {
    let (_folder, path) = filled().await;
    let whole = fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(1024) {
        fs::write(&path, &whole[..length]).unwrap();
        let error = left_alone(&path, || open(&path).unwrap_err());
        let expected = match length {
            0 => matches!(error, SqliteError::Empty { .. }),
            _ => matches!(error, SqliteError::Damaged { .. } | SqliteError::Foreign { .. }),
        };
        assert!(expected, "{length}: {error:?}");
    }
    fs::write(&path, &whole).unwrap();
    open(&path).unwrap();
}

#[tokio::test]
async fn a_page_that_was_being_brought_in_from_the_log_may_be_there_in_part() {
    let (folder, path) = filled().await;
    fs::remove_file(&path).unwrap();
    let office = Office::over(Cardflow::builder(open(&path).unwrap())).await;
    let log = fs::read(folder.path().join("cards.db-wal")).unwrap();
    drop(office);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1024]).unwrap();
    fs::write(folder.path().join("cards.db-wal"), log).unwrap();
    drop(open(&path).unwrap());
    assert_eq!(fs::read(&path).unwrap().len(), whole.len());
}

/// Objects were once kept by key, and without room to grow.
#[tokio::test]
async fn an_older_file_is_brought_to_the_version_of_today() {
    let (_folder, path) = filled().await;
    let cards = Query::of(TENANT, Scope::All, Search::of(CARD_KIND).limit(100));
    let found = open(&path).unwrap().find(&cards).await.unwrap();
    assert!(!found.records.is_empty());
    let file = Connection::open(&path).unwrap();
    file.execute_batch(
        "create table older (
             tenant integer not null, home blob not null, kind integer not null, id blob not null,
             revision integer not null, keys blob not null, body blob not null,
             primary key (tenant, home, kind, id)
         ) strict, without rowid;
         insert into older select tenant, home, kind, id, revision, keys, body from object;
         drop table object;
         alter table older rename to object;
         pragma user_version = 1",
    )
    .unwrap();
    let mut select = file.prepare("select home, kind, id, body from object where kind <> 0").unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    for row in rows.collect::<Vec<_>>() {
        let (home, kind, id, stored): (Vec<u8>, u8, Vec<u8>, Vec<u8>) = row.unwrap();
        let (_, room) = stored.split_last_chunk().unwrap();
        let body = &stored[..stored.len() - usize::from(u16::from_be_bytes(*room))];
        let update = "update object set body = ?4 where home = ?1 and kind = ?2 and id = ?3";
        file.execute(update, (home, kind, id, body)).unwrap();
    }
    drop(select);
    drop(file);
    assert_eq!(open(&path).unwrap().find(&cards).await.unwrap().records, found.records);
}

#[tokio::test]
async fn a_damaged_page_is_an_error_and_no_guess() {
    let (_folder, path) = filled().await;
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0x55);
    fs::write(&path, bytes).unwrap();
    let error = open(&path).map(drop).unwrap_err();
    assert!(matches!(error, SqliteError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn a_row_that_does_not_read_is_named() {
    let (_folder, path) = filled().await;
    Connection::open(&path).unwrap().execute("update object set keys = x'01ff' where kind = 17", []).unwrap();
    let storage = open(&path).unwrap();
    let query = Query::of(TENANT, Scope::All, Search::cards());
    assert!(matches!(storage.find(&query).await, Err(StorageError::Corrupt { .. })));
}

#[test]
fn a_newer_schema_is_named_with_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.db");
    drop(open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    let error = left_alone(&path, || open(&path).unwrap_err());
    assert!(matches!(error, SqliteError::Newer { found: 9, known: 2, .. }), "{error:?}");
}

#[test]
fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(&folder.path().join("no/such/cards.db")).unwrap_err();
    assert!(matches!(error, SqliteError::Unavailable { .. }), "{error:?}");
}

#[test]
fn one_opener_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.db");
    let first = open(&path).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, SqliteError::InUse { .. }), "{error:?}");
    drop(first);
    open(&path).unwrap();
}

/// A child has all open files of its parent until it runs its own program.
#[cfg(unix)]
fn while_children_are_started<T>(what: impl FnOnce() -> T) -> T {
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                std::process::Command::new("true").status().unwrap();
            }
        });
        let came = what();
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        came
    })
}

#[test]
#[cfg(unix)]
fn a_file_that_was_closed_opens_again_while_children_are_started() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.db");
    let opened = while_children_are_started(|| (0..60).map(|_| open(&path).map(drop)).collect::<Vec<_>>());
    assert!(opened.iter().all(Result::is_ok), "{opened:?}");
}

#[tokio::test]
#[cfg(unix)]
async fn a_file_that_does_not_open_is_not_said_to_be_open_while_children_are_started() {
    let (_folder, path) = filled().await;
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let errors = while_children_are_started(|| (0..2000).map(|_| open(&path).unwrap_err()).collect::<Vec<_>>());
    let other = errors.iter().find(|it| !matches!(it, SqliteError::Damaged { .. }));
    assert!(other.is_none(), "{other:?}");
}

#[tokio::test]
async fn a_removed_file_is_an_error_and_not_an_empty_store() {
    let (_folder, path) = filled().await;
    let storage = open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    // The first reader is opened only now.
    let query = Query::of(TENANT, Scope::All, Search::cards());
    assert!(matches!(storage.find(&query).await, Err(StorageError::Unavailable(_))));
    assert!(matches!(storage.commit(Commit::of(TENANT)).await, Err(StorageError::Unavailable(_))));
    assert!(!path.exists());
}

#[cfg(unix)]
#[tokio::test]
async fn another_file_in_the_place_of_the_store_is_an_error_and_not_read() {
    let (folder, path) = filled().await;
    let storage = open(&path).unwrap();
    let other = folder.path().join("other.db");
    drop(open(&other).unwrap());
    fs::rename(&other, &path).unwrap();
    let query = Query::of(TENANT, Scope::All, Search::cards());
    assert!(matches!(storage.find(&query).await, Err(StorageError::Unavailable(_))));
    assert!(matches!(storage.commit(Commit::of(TENANT)).await, Err(StorageError::Unavailable(_))));
}

#[test]
fn what_a_crash_left_of_a_new_file_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.db");
    fs::write(folder.path().join("cards.db-new"), "half").unwrap();
    open(&path).unwrap();
    assert!(!folder.path().join("cards.db-new").exists());
}

#[tokio::test]
async fn another_set_of_indexed_keys_builds_the_index_anew() {
    static KINDS: std::sync::LazyLock<Vec<KindSpec>> = std::sync::LazyLock::new(|| {
        let by_validity =
            |key: &KeySpec| KeySpec { index: if key.name == "valid-until" { Index::All } else { key.index }, ..*key };
        let kind = |kind: &KindSpec| KindSpec {
            keys: if kind.kind == CARD_KIND {
                kind.keys.iter().map(by_validity).collect::<Vec<_>>().leak()
            } else {
                kind.keys
            },
            ..*kind
        };
        SCHEMA.kinds.iter().map(kind).collect()
    });
    static OTHER: std::sync::LazyLock<Schema> = std::sync::LazyLock::new(|| Schema { kinds: &KINDS });
    let (_folder, path) = filled().await;
    let entries = || -> i64 {
        Connection::open(&path).unwrap().query_row("select count(*) from key", [], |row| row.get(0)).unwrap()
    };
    let before = entries();
    let other = SqliteStorage::open(&path, &OTHER).unwrap();
    let query = Query::of(TENANT, Scope::All, Search::cards().ends_between(i64_time(0), i64_time(i64::MAX)));
    assert_eq!(other.find(&query).await.unwrap().records.len(), 1);
    drop(other);
    assert_eq!(entries(), before + 1);
    drop(open(&path).unwrap());
    assert_eq!(entries(), before);
    assert_eq!(Cards::schema().kinds.len(), OTHER.kinds.len());
}

fn i64_time(millis: i64) -> cardflow::values::Timestamp {
    cardflow::values::Timestamp::from_millis(millis)
}
