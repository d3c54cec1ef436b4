//! The first page of an inbox, of few open tasks and of many.

use std::sync::Arc;
use std::time::Instant;

use cardflow::adapters::memory::MemoryStorage;
use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::cards::{APPROVER, CardsOptions, SCHEMA, package};
use cardflow::domain::{Object, Person, RoleGrant};
use cardflow::engine::{
    Component, INBOX_KEY, InboxOrder, KeyRef, Keys, OWNER_KEY, Priority, REQUEST_KEY, Record, TASK_INSTANCE_KEY,
    TASK_KIND, Task, UNIT_KEY, inbox_values,
};
use cardflow::ports::{AccessJournal, Commit, HistoryLog, Principal, Storage};
use cardflow::runtime::InboxQuery;
use cardflow::values::{Answers, Digest, HomeId, InstanceId, Millis, ObjectRef, PersonId, Revision, Timestamp};
use cardflow::{Cardflow, CardflowBuilder};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::table::{Table, median};
use crate::{number, world};

/// The open tasks of the small store, which is the floor.
const SMALL: u64 = 1_000;
const PAGE: usize = 50;
const SAMPLES: usize = 300;
/// Organisational units, of which one approver reaches one.
const UNITS: u64 = 10;

pub fn rows(runtime: &Runtime, table: &mut Table) {
    let large = number("CARDFLOW_BENCH_GROWTH", 50_000);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let sqlite = |name: &str| Arc::new(SqliteStorage::open(folder.path().join(name), &SCHEMA).unwrap());
    let memory = || Arc::new(MemoryStorage::new(&SCHEMA));
    let floor = runtime.block_on(Desk::over(memory(), SMALL)).sample(runtime);
    let ours = runtime.block_on(Desk::over(memory(), large)).sample(runtime);
    compare(table, "memory", large, &ours, &floor);
    let floor = runtime.block_on(Desk::over(sqlite("small.db"), SMALL)).sample(runtime);
    let ours = runtime.block_on(Desk::over(sqlite("large.db"), large)).sample(runtime);
    compare(table, "SQLite", large, &ours, &floor);
}

fn compare(table: &mut Table, store: &str, large: u64, ours: &[(&'static str, f64)], floor: &[(&'static str, f64)]) {
    for ((what, ours), (_, floor)) in ours.iter().zip(floor) {
        let (a, b) = (format!("{ours:.0} µs"), format!("{floor:.0} µs"));
        let what = format!("inbox, {what}, first page, {large} open tasks (floor: {SMALL}), {store}, median");
        table.row(what, a, b, format!("{:.2} ×", ours / floor), "≤ 2 ×");
    }
}

/// A store with many requests for approval, and whoever looks at them.
struct Desk {
    cards: Cardflow,
    everywhere: Principal,
    in_one_unit: Principal,
}

impl Desk {
    async fn over<S: Storage + AccessJournal + HistoryLog>(storage: Arc<S>, count: u64) -> Desk {
        let builder = CardflowBuilder::over(storage.clone(), storage.clone(), storage.clone());
        let options = CardsOptions { deactivation_approval: true, ..CardsOptions::default() };
        let cards = builder.processes(package().unwrap()).options(1, options).build().unwrap();
        let at_desk = |account: &str, component| {
            Principal::new(account, component, "smart card", world::now()).of_tenant(world::TENANT)
        };
        let card = world::fill(&cards, 1).await[0];
        let ann = person(1);
        let grant = || RoleGrant::new(APPROVER, None, world::now()).unwrap();
        let hire = |id, account: &str, grant| {
            let person = Person::new(world::TENANT, id, account).unwrap().with_account(account).unwrap();
            Object::Person(person.with_role(grant))
        };
        let approvers = [hire(ann, "ann", grant()), hire(person(2), "una", grant().in_unit("Unit 3").unwrap())];
        cards.register(&at_desk("adam", Component::Administrator), &approvers).await.unwrap();
        let lost = Answers::none().with("reason", "lost");
        let asked = cards.run(&world::operator(), "CardsProcDeactivate", card, lost).await.unwrap();
        let records = storage.instance(world::TENANT, asked.id()).await.unwrap().unwrap();
        let task = Task::from_bytes(&records.tasks[0].body).unwrap();
        for from in (0..count).step_by(1000) {
            let puts = (from..(from + 1000).min(count)).map(|n| like(&task, n, ann).into()).collect();
            storage.commit(Commit { puts, ..Commit::of(world::TENANT) }).await.unwrap();
        }
        let (everywhere, in_one_unit) = (at_desk("ann", Component::Operator), at_desk("una", Component::Operator));
        Desk { cards, everywhere, in_one_unit }
    }

    fn sample(self, runtime: &Runtime) -> Vec<(&'static str, f64)> {
        let queries = [
            ("my groups'", &self.everywhere, InboxQuery::groups()),
            ("my groups' by priority", &self.everywhere, InboxQuery::groups().order(InboxOrder::Priority)),
            ("my groups' by age", &self.everywhere, InboxQuery::groups().order(InboxOrder::Created)),
            ("mine", &self.everywhere, InboxQuery::mine()),
            ("my groups' of one unit of ten", &self.in_one_unit, InboxQuery::groups()),
        ];
        let measure = |(what, who, query): (&'static str, &Principal, InboxQuery)| {
            let mut took = Vec::new();
            for _ in 0..SAMPLES {
                let begin = Instant::now();
                let page = runtime.block_on(self.cards.inbox(who, query.clone())).unwrap();
                took.push(begin.elapsed().as_secs_f64() * 1e6);
                assert_eq!(page.items.len(), PAGE, "{what}");
            }
            (what, median(took))
        };
        queries.into_iter().map(measure).collect()
    }
}

fn person(n: u128) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(n << 64))
}

/// A request like this one, about another card; one of ten is claimed, one of seven more urgent.
fn like(task: &Task, n: u64, ann: PersonId) -> Record {
    // Spread over the keys, as cards are.
    let id = |part: u64| Uuid::from_u64_pair(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ part, n);
    let (home, owner, instance) = (HomeId::from_uuid(id(1)), PersonId::from_uuid(id(1)), InstanceId::from_uuid(id(2)));
    let since: Timestamp = task.since.plus(Millis::seconds(i64::try_from(n).unwrap()));
    let mut task = Task {
        instance,
        subject: ObjectRef::new(home, task.subject.kind(), id(3)),
        since,
        until: since.plus(Millis::hours(72)),
        request: Some(Digest::of(&n.to_be_bytes())),
        ..task.clone()
    };
    task.handling.owner = (n % 10 == 9).then_some(ann);
    task.handling.priority = if n.is_multiple_of(7) { Priority::High } else { Priority::Normal };
    let unit = format!("Unit {}", n % UNITS);
    let mut keys = Keys::default().with(&TASK_INSTANCE_KEY, KeyRef::Id(instance.uuid()));
    keys.push(&REQUEST_KEY, KeyRef::Bytes(task.request.unwrap().as_bytes()));
    inbox_values(&task, [unit.as_str()].into_iter(), [owner].into_iter(), |it| {
        keys.push(&INBOX_KEY, KeyRef::Bytes(&it));
    });
    keys.push(&UNIT_KEY, KeyRef::Text(&unit));
    keys.push(&OWNER_KEY, KeyRef::Id(owner.uuid()));
    let at = ObjectRef::new(home, TASK_KIND, id(4));
    Record { tenant: world::TENANT, at, revision: Revision::NONE.next(), keys, body: task.to_bytes().unwrap() }
}
