//! What the checks store: items with keys of every type, and the engine's own kinds. Nothing here knows a card.

use uuid::Uuid;

use crate::engine::chain::{Draft, Personal};
use crate::engine::{
    INCIDENT_KEY, INSTANCE_KIND, Index, KeySpec, KeyType, KeyValue, KindSpec, Lane, OPEN_KEY, OWNER_KEY, REQUEST_KEY,
    Record, Schema, SharedRecord, TASK_INSTANCE_KEY, TASK_KIND, UNIT_KEY, UNMET_KEY,
};
use crate::ports::{Commit, Holder, Lease, Overtake, Remembered, TaskDone, Work, WorkDone, WorkSort};
use crate::values::{
    CommandId, Digest, EffectId, HomeId, HostId, InstanceId, Kind, Millis, ObjectRef, PersonId, Revision, TenantId,
    Timestamp,
};

/// Items: what most checks are about.
pub(crate) const ITEM: Kind = Kind::new(16);
/// Another kind with the same keys.
pub(crate) const OTHER: Kind = Kind::new(17);
/// A kind that cannot be listed, since it has no index.
pub(crate) const BARE: Kind = Kind::new(18);
/// A kind that is not in the schema.
pub(crate) const UNHEARD: Kind = Kind::new(99);

const fn key(code: u8, name: &'static str, holds: KeyType, index: Index) -> KeySpec {
    KeySpec { code, name, holds, index }
}

/// Gives the order of a search without filters.
pub(crate) const LABEL: KeySpec = key(3, "label", KeyType::Text, Index::All);
pub(crate) const WORD: KeySpec = key(4, "word", KeyType::Word, Index::All);
pub(crate) const CODE: KeySpec = key(5, "code", KeyType::Text, Index::Unique);
pub(crate) const STATE: KeySpec = key(6, "state", KeyType::Text, Index::Except("usual"));
pub(crate) const TIME: KeySpec = key(7, "time", KeyType::Time, Index::All);
pub(crate) const BYTES: KeySpec = key(8, "bytes", KeyType::Bytes, Index::All);
pub(crate) const ID: KeySpec = key(9, "id", KeyType::Id, Index::All);
/// Filtered by, and not indexed.
pub(crate) const NOTE: KeySpec = key(10, "note", KeyType::Text, Index::None);

const KEYS: &[KeySpec] = &[UNIT_KEY, OWNER_KEY, LABEL, WORD, CODE, STATE, TIME, BYTES, ID, NOTE];

/// The records that the checks store. A store under test must be opened for them.
pub static SCHEMA: Schema = Schema {
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
            keys: &[UNIT_KEY, OWNER_KEY, TASK_INSTANCE_KEY, REQUEST_KEY],
        },
        KindSpec { kind: ITEM, name: "item", searchable: true, keys: KEYS },
        KindSpec { kind: OTHER, name: "other", searchable: true, keys: KEYS },
        KindSpec { kind: BARE, name: "bare", searchable: false, keys: &[UNIT_KEY, OWNER_KEY] },
    ],
};

pub(crate) const TENANT: TenantId = TenantId::new(7);
pub(crate) const STRANGER: TenantId = TenantId::new(8);

/// The time of the checks, so many seconds on. In 2001, so that a store with a clock of its own is found out.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000_000_000).plus(Millis::seconds(seconds))
}

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(crate) fn home(n: u128) -> HomeId {
    HomeId::from_uuid(id(n))
}

pub(crate) fn host(n: u128) -> HostId {
    HostId::from_uuid(id(n))
}

pub(crate) fn person(n: u128) -> PersonId {
    PersonId::from_uuid(id(n))
}

pub(crate) fn command(n: u128) -> CommandId {
    CommandId::from_uuid(id(n))
}

pub(crate) fn effect(n: u128) -> EffectId {
    EffectId::from_uuid(id(n))
}

pub(crate) fn run(n: u128) -> InstanceId {
    InstanceId::from_uuid(id(n))
}

pub(crate) fn text(value: impl Into<String>) -> KeyValue {
    KeyValue::Text(value.into())
}

pub(crate) fn nothing() -> Commit {
    Commit::of(TENANT)
}

fn record(at: ObjectRef) -> SharedRecord {
    let body = at.id().as_u128().to_be_bytes().to_vec();
    SharedRecord::from(Record { tenant: TENANT, at, revision: Revision::NONE.next(), keys: Default::default(), body })
}

/// A new item in a home of the same number, without keys.
pub(crate) fn item(n: u128) -> SharedRecord {
    item_in(n, n)
}

/// A new item in a home.
pub(crate) fn item_in(of: u128, n: u128) -> SharedRecord {
    record(ObjectRef::new(home(of), ITEM, id(n)))
}

/// A new item with a label.
pub(crate) fn labelled(n: u128, label: &str) -> SharedRecord {
    item(n).with(&LABEL, text(label))
}

/// A new instance on the home of the same number.
pub(crate) fn instance(n: u128) -> SharedRecord {
    record(ObjectRef::new(home(n), INSTANCE_KIND, id(n))).with(&OPEN_KEY, text("process@1"))
}

/// A new task of an instance.
pub(crate) fn task(n: u128, of: u128) -> SharedRecord {
    let at = ObjectRef::new(home(of), TASK_KIND, id(n));
    record(at).with(&TASK_INSTANCE_KEY, KeyValue::Id(run(of).uuid()))
}

pub(crate) fn task_done(n: u128, of: u128, revision: u64) -> TaskDone {
    TaskDone { task: task(n, of).at, instance: run(of), revision: Revision::new(revision) }
}

/// Ways to make another record of one.
pub(crate) trait Altered {
    fn with(self, key: &KeySpec, value: KeyValue) -> Self;
    fn at_revision(self, revision: u64) -> Self;
    fn of(self, tenant: TenantId) -> Self;
    fn of_kind(self, kind: Kind) -> Self;
    fn saying(self, body: &[u8]) -> Self;
}

impl Altered for SharedRecord {
    fn with(self, key: &KeySpec, value: KeyValue) -> Self {
        SharedRecord::from(Record { keys: self.keys.clone().with(key, value.borrowed()), ..self.into_record() })
    }

    fn at_revision(self, revision: u64) -> Self {
        SharedRecord::from(Record { revision: Revision::new(revision), ..self.into_record() })
    }

    fn of(self, tenant: TenantId) -> Self {
        SharedRecord::from(Record { tenant, ..self.into_record() })
    }

    fn of_kind(self, kind: Kind) -> Self {
        SharedRecord::from(Record { at: ObjectRef::new(self.home(), kind, self.at.id()), ..self.into_record() })
    }

    fn saying(self, body: &[u8]) -> Self {
        SharedRecord::from(Record { body: body.to_vec(), ..self.into_record() })
    }
}

/// A commit that writes records, each the next revision of what is at a revision in a home that is at a revision.
pub(crate) fn puts(
    expects: impl IntoIterator<Item = (u128, u64)>,
    puts: impl IntoIterator<Item = SharedRecord>,
) -> Commit {
    let expects = expects.into_iter().map(|(n, revision)| (home(n), Revision::new(revision))).collect();
    Commit { expects, puts: puts.into_iter().collect(), ..nothing() }
}

/// A request that is due, of the instance of a number.
pub(crate) fn work_of(of: u128, n: u128) -> Work {
    Work {
        tenant: TENANT,
        id: effect(n),
        instance: run(of),
        home: home(of),
        sort: WorkSort::Effect,
        lane: Lane::new(1),
        target: String::new(),
        due: at(0),
        lease: None,
        attempts: 0,
        trouble: None,
        body: n.to_be_bytes().to_vec(),
    }
}

/// A request that is due, of instance 1.
pub(crate) fn work(n: u128) -> Work {
    work_of(1, n)
}

/// A request about a target.
pub(crate) fn about(target: &str, n: u128) -> Work {
    Work { target: target.to_owned(), ..work(n) }
}

/// A request that a host has taken up until a time.
pub(crate) fn held(by: u128, until: i64, it: Work) -> Work {
    Work { lease: Some(Lease { host: host(by), until: at(until) }), attempts: 1, ..it }
}

pub(crate) fn adds(work: impl IntoIterator<Item = Work>) -> Commit {
    Commit { work: work.into_iter().collect(), ..nothing() }
}

/// The work of a target is overtaken, and due from a time on.
pub(crate) fn overtaken(target: &str, seconds: i64) -> Overtake {
    Overtake { target: target.to_owned(), at: at(seconds) }
}

pub(crate) fn overtakes(target: &str, seconds: i64) -> Commit {
    Commit { overtakes: vec![overtaken(target, seconds)], ..nothing() }
}

/// Work of instance 1 that is done with, held by a host that was the first to take it up, or by whomever.
pub(crate) fn done(n: u128, by: Option<u128>) -> WorkDone {
    let holder = by.map(|it| Holder { host: host(it), attempt: 1 });
    WorkDone { id: effect(n), instance: run(1), holder, again: None }
}

/// The same work, held at a later attempt.
pub(crate) fn at_attempt(attempt: u32, done: WorkDone) -> WorkDone {
    WorkDone { holder: done.holder.map(|it| Holder { attempt, ..it }), ..done }
}

pub(crate) fn finishes(done: impl IntoIterator<Item = WorkDone>) -> Commit {
    Commit { done: done.into_iter().collect(), ..nothing() }
}

/// What is put at the end of the chain of a home.
pub(crate) fn draft(chain: u128, says: &str) -> Draft {
    Draft { chain: home(chain), at: at(0), open: says.as_bytes().to_vec(), personal: None }
}

pub(crate) fn personal(says: &str) -> Option<Personal> {
    Some(Personal { salt: [9; 16], bytes: says.as_bytes().to_vec() })
}

pub(crate) fn writes(history: impl IntoIterator<Item = Draft>) -> Commit {
    Commit { history: history.into_iter().collect(), ..nothing() }
}

/// The answer to a command of person 1.
pub(crate) fn remembered(n: u128) -> Remembered {
    Remembered {
        actor: Some(person(1)),
        command: command(n),
        at: at(0),
        content: Digest::of(&n.to_be_bytes()),
        answer: format!("answer {n}").into_bytes(),
    }
}

/// A command of person 1, with a record in the history.
pub(crate) fn commands(n: u128) -> Commit {
    Commit { remember: Some(remembered(n)), ..writes([draft(n, "commanded")]) }
}

/// A commit with one part of every sort, all of this number.
pub(crate) fn everything(n: u128) -> Commit {
    Commit {
        expects: vec![(home(n), Revision::NONE)],
        puts: vec![item(n).with(&CODE, text(format!("code {n}"))), instance(n), task(n, n)],
        work: vec![Work { target: format!("target {n}"), ..work_of(n, n) }],
        ..commands(n)
    }
}
