//! Every stored form, and rows that somebody has put under a running host.

use std::sync::LazyLock;

use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::{Cards, Request, SCHEMA, object_of, record_of};
use cardflow::domain::{Answer, Breach, Dossier, Object};
use cardflow::engine::chain::{ChainHead, Draft, Linked, Personal, link};
use cardflow::engine::evidence::{Checkpoint, Retold};
use cardflow::engine::options::OptionsVersion;
use cardflow::engine::{
    Alarm, AuditRow, Component, Domain, Entry, InboxOrder, InboxPlace, InboxView, Instance, Keys, PersonalEntry,
    Record, SharedRecord, Stamp, Task, evolve, inbox_values,
};
use cardflow::ports::{Commit, Storage, WorkSort};
use cardflow::runtime::InboxQuery;
use cardflow::testing::fakes::PaperSignatures;
use cardflow::values::{Answers, CodecError, EffectId, HomeId, InstanceId, Kind, ObjectRef, Revision, TaskId, encode};
use uuid::Uuid;

use super::law::{again, choice, error};
use super::office::{Office, Store, TENANT, now, principal};

const FORMAT: u8 = 1;

/// The forms by their places in the corpus: what a first byte stands for.
pub(crate) const FORMS: [&str; 21] = [
    "person",
    "card",
    "certificate",
    "relation",
    "options",
    "keys",
    "instance",
    "task",
    "request",
    "answer",
    "alarm",
    "entry",
    "personal",
    "checkpoint",
    "a row of a person",
    "a row of a card",
    "a row of a certificate",
    "a row of a relation",
    "a row of an instance",
    "a row of a task",
    "the body of a request that is out",
];

/// By the first byte a form, or a row.
pub fn stored(data: &[u8]) {
    let (which, bytes) = choice(data);
    let which = usize::from(which) % FORMS.len();
    let id = InstanceId::from_uuid(Uuid::from_u128(1));
    match which {
        0..=3 => object(Kind::new(16 + which as u8), bytes),
        4 => {
            let read = |bytes: &[u8]| {
                let (keys, body, revision) = (Keys::default(), bytes.to_vec(), Revision::new(1));
                OptionsVersion::read(&Record { tenant: TENANT, at: OptionsVersion::at(0), revision, keys, body })
            };
            again(bytes, read, |it| Ok(it.record(TENANT, Revision::new(1))?.body));
        }
        5 => keys(bytes),
        6 => {
            let read = |bytes: &[u8]| Instance::<Cards>::from_bytes(id, Revision::new(1), bytes);
            if let Some(it) = again(bytes, read, Instance::to_bytes) {
                instance(&it);
            }
        }
        7 => {
            if let Some(it) = again(bytes, Task::from_bytes, Task::to_bytes) {
                task(&it);
            }
        }
        8 => {
            if let Some(it) = again(bytes, Request::from_bytes, Request::to_bytes) {
                let _ = (it.lane(), format!("{it:?}"));
            }
        }
        9 => {
            again(bytes, Answer::from_bytes, Answer::to_bytes);
        }
        10 if !bytes.is_empty() => {
            let read = |bytes: &[u8]| {
                let alarm = Alarm::from_bytes(EffectId::from_uuid(Uuid::nil()), now(), bytes)?;
                Ok(alarm.expect("only an empty one is none"))
            };
            again(bytes, read, Alarm::to_bytes);
        }
        11 => {
            let read = |bytes: &[u8]| Entry::<Cards>::read(&linked(bytes, None));
            if let Some(it) = again(bytes, read, |it| encode("a history record", FORMAT, it)) {
                entry(&linked(bytes, None), &it);
            }
        }
        12 => {
            let read = |bytes: &[u8]| Ok(PersonalEntry::read(&linked(&[], Some(bytes)))?.expect("there is one"));
            again(bytes, read, |it| encode("a personal part", FORMAT, it));
        }
        13 => {
            if let Some(it) = again(bytes, Checkpoint::from_bytes, Checkpoint::to_bytes) {
                let _ = (it.size(), it.is_whole(), it.continues(None), it.message().expect("a form"));
                assert_eq!(Checkpoint::from_json(&it.to_json()).expect("what is written is read"), it);
            }
        }
        14.. => row(which - 14, bytes),
        _ => {}
    }
}

fn linked(open: &[u8], personal: Option<&[u8]>) -> Linked {
    let personal = personal.map(|it| Personal { salt: [0; 16], bytes: it.to_vec() });
    let chain = HomeId::from_uuid(Uuid::nil());
    link(TENANT, ChainHead::EMPTY, Draft { chain, at: now(), open: open.to_vec(), personal })
}

fn object(kind: Kind, bytes: &[u8]) {
    let home = HomeId::from_uuid(Uuid::nil());
    let at = ObjectRef::new(home, kind, Uuid::nil());
    let record = |bytes: &[u8]| {
        let (revision, keys, body) = (Revision::new(1), Keys::default(), bytes.to_vec());
        Record { tenant: TENANT, at, revision, keys, body }
    };
    let write =
        |it: &Object| -> Result<Vec<u8>, CodecError> { Ok(record_of(it, &Dossier::new(it.at(), [it.clone()]))?.body) };
    let Some(object) = again(bytes, |bytes| object_of(&record(bytes)), write) else { return };
    let dossier = Dossier::new(object.at(), [object.clone()]);
    let _ = (Breach::all(&dossier, now()), Cards::deadlines(&object), Cards::missed(&dossier, now()));
    let _ = (Cards::due(&dossier, &Default::default(), now()), format!("{object:?}"));
    let keys = record_of(&object, &dossier).expect("a form").keys;
    assert_eq!(Keys::from_bytes(keys.as_bytes()).expect("what is written is read"), keys);
}

fn keys(bytes: &[u8]) {
    // What is kept are the bytes themselves.
    match Keys::from_bytes(bytes) {
        Err(why) => error(&why),
        Ok(keys) => {
            assert_eq!(keys.as_bytes(), bytes);
            let all = keys.iter().count();
            assert!(all <= bytes.len());
            let none = Keys::default();
            for spec in SCHEMA.kinds {
                assert!(keys.indexed(spec).count() <= all);
                let (gone, come) = keys.reindexed(&none, spec);
                assert!(come.is_empty() && gone.len() == keys.indexed(spec).count());
            }
        }
    }
}

fn instance(it: &Instance<Cards>) {
    let _ = (it.unmet(), it.troubled(), it.waits(), it.fires(), it.open_effects(), format!("{it:?}"));
    if let Some((_, made)) = Task::of(it, now()) {
        task(&made);
    }
}

fn task(it: &Task) {
    let id = TaskId::from_uuid(Uuid::from_u128(2));
    let _ = (it.due(), it.postponed_to(), it.is_overdue(now()), it.is_postponed(now()));
    let mut values = Vec::new();
    inbox_values(it, ["Berlin"].into_iter(), std::iter::empty(), |value| values.push(value));
    assert!(!values.is_empty(), "a task that no list has");
    for order in InboxOrder::ALL.iter().copied() {
        let place = InboxPlace::of(order, id, it);
        InboxView::All.ranges(order).iter().for_each(|range| drop(range.after(&place)));
    }
}

fn entry(record: &Linked, entry: &Entry<Cards>) {
    let row = AuditRow::of(1, record, entry, None);
    assert!(!row.json_line().contains('\n') && serde_json::from_str::<serde_json::Value>(&row.json_line()).is_ok());
    let _ = Retold::<Cards>::new(record.chain).tell(record, entry);
    // Every event does something to every instance, if only nothing.
    let stamp = Stamp {
        instance: InstanceId::from_uuid(Uuid::from_u128(1)),
        process: "CardsProcDeactivate".to_owned(),
        version: cardflow::engine::Version(1),
        at: now(),
        person: None,
        on_behalf: None,
        component: Component::Operator,
    };
    let folded = entry.events.iter().fold(None, |instance, event| evolve(instance, &stamp, event));
    if let Some(it) = folded {
        instance(&it);
        it.to_bytes().expect("a form");
    }
}

struct Base {
    storage: MemoryStorage,
    office: Office,
    card: ObjectRef,
    instance: InstanceId,
}

/// Filled once, and only copied from then on.
static BASE: LazyLock<Base> = LazyLock::new(|| {
    let store = Store::memory(MemoryStorage::new(&SCHEMA));
    let office = Office::open(&store);
    let (card, instance) = (office.cards_at[1], office.instances[1]);
    let storage = store.memory.as_ref().expect("it is in memory").copy();
    Base { storage, office, card, instance }
});

/// A host meets a row that it has not written: it says so or goes on, and does not fall.
fn row(which: usize, body: &[u8]) {
    let base = &*BASE;
    let storage = base.storage.copy();
    let there = super::law::now(async {
        let home = storage.homes(TENANT, &[base.card.home()]).await.expect("a store").remove(0);
        let records = storage.instance(TENANT, base.instance).await.expect("a store").expect("it is there");
        (home, records)
    });
    let (home, records) = there;
    let mut commit = Commit::of(TENANT);
    commit.expects.push((home.id, home.revision));
    let find = |kind: u8| home.records.iter().find(|it| it.at.kind() == Kind::new(kind)).cloned();
    let found = match which {
        0..=3 => find(16 + which as u8),
        4 => Some(records.instance.clone()),
        5 => records.tasks.first().cloned(),
        _ => None,
    };
    match found {
        Some(record) => {
            let revision = record.revision.next();
            commit.puts.push(SharedRecord::from(Record { revision, body: body.to_vec(), ..record.into_record() }));
        }
        None => {
            let Some(work) = records.work.iter().find(|it| it.sort != WorkSort::Timer).or(records.work.first()) else {
                return;
            };
            let id = EffectId::from_uuid(Uuid::from_u128(77));
            commit.work.push(cardflow::ports::Work { id, body: body.to_vec(), due: now(), ..work.clone() });
        }
    }
    let store = Store::memory(storage);
    let cards = base.office.again(&store);
    super::law::now(async {
        store.storage.commit(commit).await.expect("a store takes any body");
        let operator = principal("olga", Component::Operator);
        let (administrator, auditor) =
            (principal("adam", Component::Administrator), principal("aude", Component::Administrator));
        let said = [
            cards.open(&operator, base.card).await.err().map(|it| it.to_string()),
            cards.search(&operator, cardflow::ports::Search::of(Kind::new(17))).await.err().map(|it| it.to_string()),
            cards.inbox(&operator, InboxQuery::all()).await.err().map(|it| it.to_string()),
            cards.inbox(&operator, InboxQuery::mine()).await.err().map(|it| it.to_string()),
            cards
                .unmet(&administrator, cardflow::runtime::OutstandingPage::first())
                .await
                .err()
                .map(|it| it.to_string()),
            cards.standing(&operator, base.instance, &Answers::none()).await.err().map(|it| it.to_string()),
            cards
                .run(&operator, "CardsProcReactivate", base.card, Answers::none())
                .await
                .err()
                .map(|it| it.to_string()),
            cards.deliver(100).await.err().map(|it| it.to_string()),
            cards.tick().await.err().map(|it| it.to_string()),
            cards.verify(&auditor, &[], &[], &PaperSignatures).await.err().map(|it| it.to_string()),
        ];
        said.iter().flatten().for_each(|it| super::law::one_line(it));
    });
}
