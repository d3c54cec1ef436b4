//! The writer without its thread: what is in a batch, in what order, with what around it, is up to the test.

mod costs;
mod flush;
mod places;
mod trace;
mod writer;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot::Receiver;
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use uuid::Uuid;

use super::core::{Answer, Core, Job};
use super::schema::STORE;
use super::{index, journal, read};
use crate::engine::chain::Draft;
use crate::engine::{
    INBOX_KEY, INCIDENT_KEY, INSTANCE_KIND, Index, KeyRef, KeySpec, KeyType, KeyValue, Keys, KindSpec, Lane, OPEN_KEY,
    OWNER_KEY, Record, Schema, Scope, SharedRecord, TASK_INSTANCE_KEY, TASK_KIND, UNIT_KEY, UNMET_KEY,
};
use crate::ports::{
    Claim, Commit, Committed, Filter, Holder, Lease, Query, Refused, Remembered, Search, StorageError, TaskDone,
    TrimTo, Work, WorkDone, WorkSort,
};
use crate::values::{
    CommandId, Digest, EffectId, HomeId, HostId, InstanceId, Kind, ObjectRef, Revision, TenantId, Timestamp,
};

const BOOK: Kind = Kind::new(16);
const SHELF: KeySpec = KeySpec { code: 3, name: "shelf", holds: KeyType::Text, index: Index::All };
const NUMBER: KeySpec = KeySpec { code: 4, name: "number", holds: KeyType::Text, index: Index::Unique };
static SCHEMA: Schema = Schema {
    kinds: &[
        KindSpec {
            kind: INSTANCE_KIND,
            name: "instance",
            searchable: false,
            keys: &[OPEN_KEY, UNMET_KEY, INCIDENT_KEY, UNIT_KEY, OWNER_KEY],
        },
        KindSpec {
            kind: TASK_KIND,
            name: "task",
            searchable: false,
            keys: &[UNIT_KEY, OWNER_KEY, TASK_INSTANCE_KEY, INBOX_KEY],
        },
        KindSpec { kind: BOOK, name: "book", searchable: true, keys: &[UNIT_KEY, OWNER_KEY, SHELF, NUMBER] },
    ],
};
const TENANT: TenantId = TenantId::new(1);
const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const HOST: HostId = HostId::from_uuid(Uuid::from_u128(99));

struct Store {
    core: Core,
    reader: Connection,
    _folder: tempfile::TempDir,
}

fn store() -> Store {
    let folder = tempfile::tempdir().unwrap();
    let (file, mut connection) = STORE.open(&folder.path().join("store.db")).unwrap();
    index::refresh(&mut connection, &SCHEMA).unwrap();
    let mut reader = file.reader().unwrap();
    for connection in [&mut connection, &mut reader] {
        connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note_statement)).unwrap();
    }
    Store { core: Core::new(Arc::new(file), connection, &SCHEMA), reader, _folder: folder }
}

/// Every statement that was run by a test of this module.
static STATEMENTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

thread_local! {
    /// How many statements this thread has run.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn note_statement(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(statement, _) = event {
        COUNT.set(COUNT.get() + 1);
        STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).insert(statement.sql().into_owned());
    }
}

fn home(n: u128) -> HomeId {
    HomeId::from_uuid(Uuid::from_u128(n))
}

fn book(n: u128, revision: u64, shelf: &str, number: &str) -> SharedRecord {
    let keys = Keys::default().with(&SHELF, KeyRef::Text(shelf)).with(&NUMBER, KeyRef::Text(number));
    let at = ObjectRef::new(home(n), BOOK, Uuid::from_u128(n));
    SharedRecord::from(Record { tenant: TENANT, at, revision: Revision::new(revision), keys, body: vec![1, 2, 3] })
}

/// A commit that writes a book into its home at a revision.
fn shelved(n: u128, revision: u64, shelf: &str, number: &str) -> Commit {
    Commit {
        expects: vec![(home(n), Revision::new(revision - 1))],
        puts: vec![book(n, revision, shelf, number)],
        history: vec![Draft { chain: home(n), at: NOW, open: shelf.as_bytes().to_vec(), personal: None }],
        ..Commit::of(TENANT)
    }
}

fn commit(commit: Commit) -> (Job, Receiver<Result<Committed, StorageError>>) {
    let (answer, wait) = Answer::new();
    (Job::Commit(Box::new(commit), answer), wait)
}

/// The answer, if it has been given.
fn given<T>(wait: &mut Receiver<T>) -> Option<T> {
    wait.try_recv().unwrap_or_default()
}

fn run(core: &mut Core, one: Commit) -> Result<Committed, StorageError> {
    let (job, mut wait) = commit(one);
    core.run([job]);
    given(&mut wait).unwrap()
}

fn shelves(reader: &Connection) -> Vec<(u128, String)> {
    let query = Query::of(TENANT, Scope::All, Search::of(BOOK));
    let found = read::find(reader, &SCHEMA, &query).unwrap();
    let shelf = |it: &Record| it.keys.of(SHELF.code).next().unwrap().in_words();
    found.records.iter().map(|it| (it.at.id().as_u128(), shelf(it))).collect()
}

#[test]
fn what_fails_in_a_batch_leaves_nothing_behind_and_harms_no_neighbour() {
    let Store { mut core, reader, _folder } = store();
    run(&mut core, shelved(1, 1, "a", "n1")).unwrap();
    // The second writes its book and then finds its number taken; the third has read a home that changed.
    let taken = Commit {
        expects: vec![(home(2), Revision::NONE), (home(3), Revision::NONE)],
        puts: vec![book(2, 1, "b", "n2"), book(3, 1, "b", "n1")],
        ..Commit::of(TENANT)
    };
    let commits = [shelved(4, 1, "b", "n4"), taken, shelved(1, 1, "b", "n1"), shelved(1, 2, "c", "n1")];
    let (jobs, mut waits): (Vec<_>, Vec<_>) = commits.map(commit).into_iter().unzip();
    core.run(jobs);
    let answers: Vec<_> = waits.iter_mut().map(|it| given(it).unwrap()).collect();
    assert!(matches!(answers[0], Ok(Committed::Stored { .. })));
    assert!(
        matches!(&answers[1], Err(StorageError::AlreadyExists { kind: "book", key: "number", value }) if value == "n1")
    );
    assert!(matches!(answers[2], Err(StorageError::Conflict { .. })));
    assert!(matches!(answers[3], Ok(Committed::Stored { .. })));
    assert_eq!(shelves(&reader), [(4, "b".to_owned()), (1, "c".to_owned())]);
    assert_eq!(read::history(&reader, TENANT, home(1), None, 10).unwrap().len(), 2);
    assert!(read::homes(&reader, TENANT, &[home(2), home(3)]).unwrap().iter().all(|it| it.records.is_empty()));
}

#[test]
fn no_answer_is_given_before_the_transaction_has_ended_and_readers_do_not_wait() {
    let Store { mut core, reader, _folder } = store();
    let (first, mut answered) = commit(shelved(1, 1, "a", "n1"));
    let mut jobs = vec![commit(shelved(2, 1, "b", "n2")).0, first].into_iter();
    // The batch is drawn job by job: while the last one is drawn, the first is done and not yet acknowledged.
    let batch = std::iter::from_fn(|| {
        assert!(given(&mut answered).is_none());
        assert_eq!(shelves(&reader), []);
        jobs.next_back()
    });
    core.run(batch);
    assert!(given(&mut answered).unwrap().is_ok());
    assert_eq!(shelves(&reader).len(), 2);
}

/// Whatever reads more would keep commits waiting.
#[test]
fn only_the_search_for_a_unique_value_reads_on_the_writers_connection() {
    let is = |key: &KeySpec| Filter::Is(key.code, KeyValue::Text("n1".to_owned()));
    let finds_one = |search| read::finds_one(&SCHEMA, &Query::of(TENANT, Scope::All, search));
    assert!(finds_one(Search::of(BOOK).filter(is(&NUMBER))));
    assert!(!finds_one(Search::of(BOOK).filter(is(&SHELF))));
    assert!(!finds_one(Search::of(BOOK)));
}

#[test]
fn an_answer_nobody_waits_for_is_stored_all_the_same() {
    let Store { mut core, reader, _folder } = store();
    let (job, wait) = commit(shelved(1, 1, "a", "n1"));
    drop(wait);
    core.run([job]);
    assert_eq!(shelves(&reader).len(), 1);
}

#[test]
fn a_store_that_cannot_write_says_that_it_is_not_known() {
    let Store { mut core, reader, _folder } = store();
    run(&mut core, shelved(1, 1, "a", "n1")).unwrap();
    core.limit_pages(1);
    let (jobs, mut waits): (Vec<_>, Vec<_>) =
        (2..400).map(|n| commit(shelved(n, 1, "b", &format!("n{n}")))).collect::<Vec<_>>().into_iter().unzip();
    core.run(jobs);
    let answers: Vec<_> = waits.iter_mut().map(|it| given(it).unwrap()).collect();
    assert!(answers.iter().all(|it| matches!(it, Err(StorageError::Unavailable(_)))), "a full disk");
    assert_eq!(shelves(&reader), [(1, "a".to_owned())]);
    core.limit_pages(1_000_000);
    run(&mut core, shelved(2, 1, "b", "n2")).unwrap();
    assert_eq!(shelves(&reader).len(), 2);
}

fn effect(n: u128, target: &str, lease: Option<Lease>) -> Work {
    Work {
        tenant: TENANT,
        id: EffectId::from_uuid(Uuid::from_u128(n)),
        instance: InstanceId::from_uuid(Uuid::from_u128(7)),
        home: home(1),
        sort: WorkSort::Effect,
        lane: Lane::new(1),
        target: target.to_owned(),
        due: NOW,
        lease,
        attempts: u32::from(lease.is_some()),
        trouble: None,
        body: vec![9],
    }
}

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let Store { mut core, reader, _folder } = store();
    let instance = InstanceId::from_uuid(Uuid::from_u128(7));
    let task = ObjectRef::new(home(1), TASK_KIND, Uuid::from_u128(8));
    let run_record = |at: ObjectRef, revision, keys| {
        SharedRecord::from(Record { tenant: TENANT, at, revision: Revision::new(revision), keys, body: vec![0] })
    };
    let instance_at = ObjectRef::new(home(1), INSTANCE_KIND, instance.uuid());
    let remember = Some(Remembered {
        actor: None,
        command: CommandId::from_uuid(Uuid::from_u128(5)),
        at: NOW,
        content: Digest::ZERO,
        answer: vec![],
    });
    run(
        &mut core,
        Commit {
            puts: vec![
                book(1, 1, "a", "n1"),
                run_record(instance_at, 1, Keys::default().with(&OPEN_KEY, KeyRef::Text("p"))),
                run_record(task, 1, Keys::default().with(&TASK_INSTANCE_KEY, KeyRef::Id(instance.uuid()))),
            ],
            work: vec![
                effect(1, "t", None),
                effect(2, "t", None),
                effect(3, "", Some(Lease { host: HOST, until: NOW })),
            ],
            remember,
            ..shelved(1, 1, "a", "n1")
        },
    )
    .unwrap();
    let (answer, mut claimed) = Answer::new();
    let until = Timestamp::from_millis(2_000_000);
    core.run([Job::Claim(Claim { sort: WorkSort::Effect, host: HOST, now: NOW, until, limit: 10 }, answer)]);
    let claimed = given(&mut claimed).unwrap().unwrap();
    assert_eq!(claimed.iter().map(|it| it.id.uuid().as_u128()).collect::<Vec<_>>(), [1, 3]);
    let done = |n: usize, again| {
        let holder = Some(Holder { host: HOST, attempt: claimed[n].attempts });
        WorkDone { id: claimed[n].id, instance, holder, again }
    };
    run(
        &mut core,
        Commit {
            puts: vec![run_record(instance_at, 2, Keys::default())],
            tasks_done: vec![TaskDone { task, instance, revision: Revision::new(1) }],
            done: vec![done(0, None), done(1, Some((until, Some("in vain".to_owned()))))],
            expects: vec![(home(1), Revision::new(1))],
            ..Commit::of(TENANT)
        },
    )
    .unwrap();
    run(&mut core, shelved(1, 2, "b", "n1")).unwrap();
    let first = read::history(&reader, TENANT, home(1), None, 5).unwrap().pop().unwrap();
    let trim = TrimTo { chain: home(1), upto: 1, head: first.hash };
    run(&mut core, Commit { erases: vec![(home(1), 2)], trims: vec![trim], ..Commit::of(TENANT) }).unwrap();
    let refused = Refused {
        tenant: TENANT,
        actor: None,
        attempt: "start".to_owned(),
        subject: None,
        code: "NotFound".to_owned(),
        first: NOW,
        last: NOW,
        times: 1,
    };
    core.run([Job::Note(Box::new(refused.clone())), Job::Note(Box::new(refused))]);
    let (answer, mut forgotten) = Answer::new();
    core.run([Job::Forget(until, answer)]);
    assert_eq!(given(&mut forgotten).unwrap().unwrap(), 1);

    assert_eq!(journal::refusals(&reader, TENANT, 5).unwrap()[0].times, 2);
    assert_eq!(read::instance(&reader, TENANT, instance).unwrap().unwrap().work.len(), 2);
    assert!(read::remembered(&reader, TENANT, None, CommandId::from_uuid(Uuid::from_u128(5))).unwrap().is_none());
    assert_eq!(read::homes(&reader, TENANT, &[home(1), home(2)]).unwrap()[0].revision, Revision::new(2));
    assert_eq!(read::history(&reader, TENANT, home(1), Some(3), 5).unwrap().len(), 1);
    assert_eq!(read::under_way(&reader, TENANT, &["t", "u"].map(str::to_owned)).unwrap(), ["t"]);
    assert_eq!(read::homes_after(&reader, TENANT, None, 5).unwrap(), [home(1)]);
    assert_eq!(read::instances_after(&reader, TENANT, None, 5).unwrap(), [instance]);
    assert_eq!(read::records_after(&reader, TENANT, 1, 5).unwrap().len(), 1);
    let searches = [
        Search::of(BOOK),
        Search::of(BOOK).filter(Filter::Is(SHELF.code, KeyValue::Text("b".to_owned()))),
        Search::of(INSTANCE_KIND),
        inbox_page(),
        inbox_page().after(crate::ports::Place { value: vec![2], id: Uuid::nil() }),
    ];
    for search in searches {
        read::find(&reader, &SCHEMA, &Query::of(TENANT, Scope::All, search)).unwrap();
    }

    let statements = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut explained = 0;
    for sql in statements.iter().filter(|it| !it.starts_with("--") && is_about_rows(it)) {
        assert_finds_by_an_index(&reader, sql);
        explained += 1;
    }
    assert!(explained >= 25, "{explained} statements: {statements:#?}");
}

/// A page of one part of an inbox.
fn inbox_page() -> Search {
    let (low, high) = (KeyValue::Bytes(vec![1]), KeyValue::Bytes(vec![1, 255]));
    Search::of(TASK_KIND).filter(Filter::Between(INBOX_KEY.code, low, high))
}

/// A statement that looks through a whole table, or sorts what it found, costs more the larger the file is.
pub(super) fn assert_finds_by_an_index(connection: &Connection, sql: &str) {
    let mut explain = connection.prepare(&format!("explain query plan {sql}")).unwrap();
    let empty = vec![rusqlite::types::Null; explain.parameter_count()];
    let steps = explain.query_map(rusqlite::params_from_iter(empty), |row| row.get::<_, String>(3)).unwrap();
    let steps: Vec<String> = steps.map(Result::unwrap).collect();
    let scans: Vec<_> = steps.iter().filter(|it| it.starts_with("SCAN") && !is_bounded(it, sql)).collect();
    assert!(scans.is_empty(), "{sql}\n{steps:#?}");
    assert!(!steps.iter().any(|it| it.contains("TEMP B-TREE")), "sorted by hand: {sql}\n{steps:#?}");
}

pub(super) fn is_about_rows(sql: &str) -> bool {
    ["select", "insert", "update", "delete"].iter().any(|it| sql.starts_with(it))
}

/// Scans that end after one row or are over a table of one row.
fn is_bounded(step: &str, sql: &str) -> bool {
    step == "SCAN CONSTANT ROW"
        || step.contains("indexed")
        || step.contains("subquery")
        || sql.contains("order by n limit 1")
}
