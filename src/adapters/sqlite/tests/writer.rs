//! Who writes: the caller, the thread, and beside them the thread that brings the log into the file.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::super::SqliteStorage;
use super::super::writer::Writer;
use super::{HomeId, SCHEMA, Store, TENANT, book, commit, given, home, shelved, shelves, store};
use crate::ports::{Commit, Storage};
use crate::values::Revision;

#[test]
fn a_job_that_is_alone_is_done_by_who_brings_it_and_several_are_left_to_the_thread() {
    let Store { core, reader, _folder } = store();
    let writer = Writer::over(core);
    let (alone, mut answered) = commit(shelved(1, 1, "a", "n1"));
    writer.put(alone);
    assert!(given(&mut answered).is_none());
    writer.settle();
    assert!(given(&mut answered).unwrap().is_ok());

    let (jobs, mut waits): (Vec<_>, Vec<_>) =
        [2, 3].map(|n| commit(shelved(n, 1, "b", &format!("n{n}")))).into_iter().unzip();
    jobs.into_iter().for_each(|it| writer.put(it));
    writer.settle();
    assert!(waits.iter_mut().all(|it| given(it).is_none()), "there is no thread here");
    writer.close();
    writer.write();
    assert!(waits.iter_mut().all(|it| given(it).unwrap().is_ok()));
    assert_eq!(shelves(&reader).len(), 3);
}

#[test]
fn a_job_is_left_to_the_thread_while_something_is_being_written() {
    let Store { core, _folder, .. } = store();
    let writer = Writer::over(core);
    let (alone, mut answered) = commit(shelved(1, 1, "a", "n1"));
    writer.put(alone);
    let writing = writer.core();
    writer.settle();
    assert!(given(&mut answered).is_none());
    drop(writing);
    writer.close();
    writer.write();
    assert!(given(&mut answered).unwrap().is_ok());
}

/// A host may drop a call at any of its awaits (law 16).
#[tokio::test]
async fn a_commit_whose_future_is_dropped_while_it_waits_happens_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(folder.path().join("store.db"), &SCHEMA).unwrap();
    let mut dropped = storage.commit(shelved(1, 1, "a", "n1"));
    assert!(matches!(dropped.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
    drop(dropped);
    // What comes after it is written after it.
    drop(storage.commit(shelved(2, 1, "b", "n2")).await.unwrap());
    assert_eq!(storage.homes(TENANT, &[home(1)]).await.unwrap()[0].records.len(), 1);
}

/// The number of the log: it begins anew with the next one (<https://www.sqlite.org/fileformat.html>, section 4.1).
fn log_number(path: &Path) -> u32 {
    let log = fs::read(path.with_extension("db-wal")).unwrap();
    u32::from_be_bytes(log[12..16].try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_log_begins_anew_while_commits_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let storage = Arc::new(SqliteStorage::open(&path, &SCHEMA).unwrap());
    drop(storage.commit(shelved(1, 1, "a", "n1")).await.unwrap());
    let first = log_number(&path);
    let mut last = 1;
    // Each writes some thousand rows.
    let mut many = |from: u128| {
        let puts: Vec<_> = (from..from + 2_000).map(|n| book(n, 1, "b", &format!("n{n}"))).collect();
        let expects: Vec<(HomeId, Revision)> = puts.iter().map(|it| (it.home(), Revision::NONE)).collect();
        last = from + 2_000;
        Commit { expects, puts, ..Commit::of(TENANT) }
    };
    for n in 0..3 {
        drop(storage.commit(many(1_000 + n * 2_000)).await.unwrap());
    }
    for n in 0..2_000 {
        if log_number(&path) != first {
            return;
        }
        drop(storage.commit(shelved(last + n, 1, "c", &format!("n{}", last + n))).await.unwrap());
    }
    panic!("the log goes on and on");
}
