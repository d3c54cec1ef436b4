//! Whether a store is whole: what it holds is what its history says, nothing half, nothing twice.

use std::collections::{BTreeMap, BTreeSet};

use cardflow::cards::{Cards, SCHEMA, object_of};
use cardflow::domain::{Breach, CARD_KIND, CertificateState, Change, Dossier, Head, Object, Serial};
use cardflow::engine::{Domain, Entry, Event, INSTANCE_KIND, Instance, Keys, Stamp, Status, TASK_KIND, evolve};
use cardflow::ports::{HistoryLog, Home, InstanceRecords, Storage, WorkSort};
use cardflow::values::{CommandId, HomeId, InstanceId, Millis, ObjectRef, PersonId, Revision};
use der::Decode;
use rusqlite::{Connection, OpenFlags};
use x509_cert::crl::CertificateList;

use crate::common::TENANT;
use crate::site::{Host, caller};
use crate::told::{Told, in_words};

/// What stood in a store at a moment: from there on, its history says what stands in it.
pub struct Books {
    homes: Vec<HomeId>,
    objects: Vec<Object>,
    /// Up to where the history is older than the objects.
    position: u64,
}

/// One entry of the history, in the order of commits.
struct Record {
    chain: HomeId,
    entry: Entry<Cards>,
}

impl Books {
    pub async fn open(host: &Host, mut homes: Vec<HomeId>) -> Books {
        homes.sort();
        homes.dedup();
        let objects = objects_of(&homes_of(host, &homes).await);
        let position = log(host, 0).await.0;
        Books { homes, objects, position }
    }

    /// Checks everything there is to check. What was told must be there; what was asked may be, wholly.
    pub async fn audit(&self, host: &Host, told: &Told) {
        self.chains(host).await;
        let (_, log) = log(host, self.position).await;
        let per_command = self.commands(&log);
        self.asked(host, told, &per_command).await;
        self.objects(host, &log).await;
        self.instances(host, &log).await;
        self.breaches(host).await;
        raw(host, "pragma integrity_check", "ok");
    }

    /// Every chain verifies against its head, and the chains are all there is.
    async fn chains(&self, host: &Host) {
        let mut records = 0;
        for home in homes_of(host, &self.homes).await {
            let Some(object) = home.records.first() else { panic!("home {} is empty", home.id) };
            let history = host.cards.history(&caller("aude"), object.at).await.unwrap();
            assert_eq!(history.verified.as_ref(), Ok(&home.head), "home {}", home.id);
            records += history.records.len();
        }
        raw(host, "select count(*) from history", &records.to_string());
    }

    /// Every command stands in the history once, with the same changes in the record of every home it changed.
    fn commands<'a>(&self, log: &'a [Record]) -> BTreeMap<CommandId, Vec<&'a Record>> {
        let mut commands: BTreeMap<CommandId, Vec<&Record>> = BTreeMap::new();
        for record in log {
            commands.entry(record.entry.command).or_default().push(record);
        }
        for (id, records) in &commands {
            let (main, sides): (Vec<&Record>, Vec<&Record>) =
                records.iter().partition(|it| !it.entry.events.is_empty());
            let [main] = main.as_slice() else { panic!("command {id} was carried out {} times", main.len()) };
            let mut elsewhere: BTreeMap<HomeId, Vec<&Change>> = BTreeMap::new();
            for change in changes(&main.entry).filter(|it| it.object().home() != main.chain) {
                elsewhere.entry(change.object().home()).or_default().push(change);
            }
            assert_eq!(sides.len(), elsewhere.len(), "command {id}");
            for side in sides {
                let told = side.entry.changes.iter().collect::<Vec<_>>();
                assert_eq!(elsewhere.get(&side.chain), Some(&told), "command {id} in home {}", side.chain);
            }
        }
        commands
    }

    /// What was acknowledged is there; what is remembered is in the history, and the other way round.
    async fn asked(&self, host: &Host, told: &Told, log: &BTreeMap<CommandId, Vec<&Record>>) {
        for ask in &told.asked {
            let person = person(host, &ask.account).await;
            let remembered = host.storage.remembered(TENANT, Some(person), ask.id).await.unwrap().is_some();
            assert_eq!(remembered, log.contains_key(&ask.id), "half of {ask}");
            assert!(remembered || !told.answered.contains_key(&ask.id), "lost: {ask}");
        }
    }

    /// Every object is what the history makes of it.
    async fn objects(&self, host: &Host, log: &[Record]) {
        let first = self.objects.first().map(Object::at).unwrap();
        let mut expected = Dossier::new(first, self.objects.iter().cloned());
        let mut revisions: BTreeMap<ObjectRef, u64> = BTreeMap::new();
        for record in log {
            let mut changed = BTreeSet::new();
            for change in changes(&record.entry) {
                expected.apply(change).unwrap_or_else(|it| panic!("{it}: {change:?}"));
                changed.insert(change.object());
            }
            changed.into_iter().for_each(|it| *revisions.entry(it).or_default() += 1);
        }
        let stored = objects_of(&homes_of(host, &self.homes).await);
        assert_eq!(stored.len(), expected.objects().count());
        for (stored, old) in stored.iter().zip(&self.objects) {
            let revision = old.revision().number() + revisions.get(&old.at()).copied().unwrap_or_default();
            let head = Head::new(TENANT, old.home(), Revision::new(revision));
            assert_eq!(*stored, expected.get(old.at()).unwrap().clone().with_head(head));
        }
        let keys = homes_of(host, &self.homes).await.into_iter().flat_map(|it| it.records);
        let indexed: usize = keys.map(|it| it.keys.indexed(SCHEMA.kind(it.at.kind()).unwrap()).count()).sum();
        let runs = (INSTANCE_KIND.code(), TASK_KIND.code());
        let statement = format!("select count(*) from key where kind not in ({}, {})", runs.0, runs.1);
        raw(host, &statement, &indexed.to_string());
    }

    /// Every instance is what its events say, and its task, its timer and its requests are those it waits for.
    async fn instances(&self, host: &Host, log: &[Record]) {
        let mut expected: BTreeMap<InstanceId, Instance<Cards>> = BTreeMap::new();
        for Entry { at, actor, run, events, .. } in log.iter().map(|it| &it.entry) {
            let Some(run) = run.as_ref().filter(|_| !events.is_empty()) else { continue };
            let (instance, process, version) = (run.instance, run.process.clone(), run.version);
            let stamp = Stamp {
                instance,
                process,
                version,
                at: *at,
                person: actor.person,
                on_behalf: actor.on_behalf,
                component: actor.component,
            };
            let folded = events.iter().fold(expected.remove(&instance), |it, event| evolve(it, &stamp, event));
            expected.insert(instance, folded.unwrap());
        }
        let (mut runs, mut works, mut open, mut tasked) = (0, 0, 0, 0);
        for (id, expected) in expected {
            let found = host.storage.instance(TENANT, id).await.unwrap().expect("an instance is lost");
            let InstanceRecords { instance, tasks, work } = found;
            let is_open = Keys::indexed(&instance.keys, SCHEMA.kind(INSTANCE_KIND).unwrap()).count();
            let instance = Instance::<Cards>::from_bytes(id, instance.revision, &instance.body).unwrap();
            assert_eq!(instance.status(), expected.status(), "instance {id}");
            assert_eq!(instance.asked(), expected.asked(), "instance {id}");
            assert_eq!(is_open == 0, matches!(instance.status(), Status::Ended(_)), "instance {id}");
            let task = instance.waits().map(|(_, task, _)| task.uuid());
            assert_eq!(tasks.iter().map(|it| it.at.id()).collect::<Vec<_>>(), Vec::from_iter(task), "instance {id}");
            let of = |sort| work.iter().filter(move |it| it.sort == sort).map(|it| it.id.uuid());
            assert_eq!(of(WorkSort::Timer).collect::<Vec<_>>(), Vec::from_iter(task), "instance {id}");
            let unanswered = instance.asked().iter().filter(|it| it.is_open()).map(|it| it.effect.uuid());
            assert_eq!(of(WorkSort::Effect).collect::<BTreeSet<_>>(), unanswered.collect(), "instance {id}");
            (runs, works, open) = (runs + 1 + tasks.len(), works + work.len(), open + is_open);
            tasked += tasks.iter().map(|it| it.keys.indexed(SCHEMA.kind(TASK_KIND).unwrap()).count()).sum::<usize>();
        }
        raw(host, "select count(*) from run", &runs.to_string());
        // No card comes to its end here.
        works += self.objects.iter().map(|it| Cards::deadlines(it).len()).sum::<usize>();
        raw(host, "select count(*) from work", &works.to_string());
        for (kind, indexed) in [(INSTANCE_KIND, open), (TASK_KIND, tasked)] {
            let statement = format!("select count(*) from key where kind = {}", kind.code());
            raw(host, &statement, &indexed.to_string());
        }
    }

    /// No card breaks a rule.
    async fn breaches(&self, host: &Host) {
        for card in self.objects.iter().map(Object::at).filter(|it| it.kind() == CARD_KIND) {
            let dossier = host.cards.open(&caller("olga"), card).await.unwrap().dossier;
            assert_eq!(Breach::all(&dossier, host.now()), [], "card {card}");
        }
    }

    /// Brings the requests to the outside to their end, and compares with the authority.
    pub async fn finish(&self, host: &Host, told: &Told) {
        let mut rounds = 0;
        while value(host, "select count(*) from work where sort = 1") != "0" {
            // Whoever had taken work up is dead, its leases end.
            host.clock.advance(Millis::hours(1));
            assert_eq!(host.cards.deliver(1000).await.unwrap().failed, 0);
            rounds += 1;
            assert!(rounds < 1000, "the outbox does not end");
        }
        let mut withdrawn = BTreeSet::new();
        for object in objects_of(&homes_of(host, &self.homes).await) {
            let Object::Certificate(it) = object else { continue };
            assert!(!it.is_unconfirmed(), "certificate {}: {:?}, {:?}", it.serial(), it.wanted(), it.confirmed());
            if matches!(it.wanted(), CertificateState::OnHold | CertificateState::Revoked) {
                withdrawn.insert(it.serial().clone());
            }
        }
        let crl = host.authority.crl(host.now()).await.unwrap();
        assert!(crl.number > told.crl, "CRL {} comes after {}", crl.number, told.crl);
        let list: CertificateList = CertificateList::from_der(&crl.der).unwrap();
        let lines = list.tbs_cert_list.revoked_certificates.unwrap_or_default();
        let listed = lines.iter().map(|it| Serial::from_bytes(it.serial_number.as_bytes()).unwrap());
        assert_eq!(listed.collect::<BTreeSet<_>>(), withdrawn);
    }

    /// The same command again gives the same answer; one that was not answered is carried out now, unless it was.
    pub async fn ask_again(&self, host: &Host, told: &mut Told, since: usize) {
        let before = value(host, "select count(*) from history");
        let (answered, open): (Vec<_>, Vec<_>) =
            told.asked[since..].iter().cloned().partition(|it| told.answered.contains_key(&it.id));
        for ask in answered {
            let answer = ask.perform(&host.cards).await.unwrap_or_else(|it| panic!("{it}: {ask}"));
            assert_eq!(in_words(&answer), told.answered[&ask.id], "{ask}");
        }
        assert_eq!(value(host, "select count(*) from history"), before, "something was done twice");
        for ask in open.iter().filter(|it| !told.rejected.contains(&it.id)) {
            let person = person(host, &ask.account).await;
            let done = host.storage.remembered(TENANT, Some(person), ask.id).await.unwrap().is_some();
            match ask.perform(&host.cards).await {
                Ok(answer) => drop(told.answered.insert(ask.id, in_words(&answer))),
                Err(error) => assert!(error.rejection().is_some() && !done, "{error}: {ask}"),
            }
        }
    }
}

/// The changes that an entry made: those of its events. What came of it in other homes is told there once more.
fn changes(entry: &Entry<Cards>) -> impl Iterator<Item = &Change> {
    entry.events.iter().flat_map(|it| match it {
        Event::Changed { changes, .. } | Event::Confirmed { changes, .. } => changes.as_slice(),
        _ => &[],
    })
}

/// The history after a position, and where it ends.
async fn log(host: &Host, after: u64) -> (u64, Vec<Record>) {
    let (mut position, mut records) = (after, Vec::new());
    loop {
        let page = host.storage.records_after(TENANT, position, 1000).await.unwrap();
        let Some(last) = page.last() else { return (position, records) };
        position = last.position;
        let read =
            |it: &cardflow::ports::Logged| Record { chain: it.record.chain, entry: Entry::read(&it.record).unwrap() };
        records.extend(page.iter().map(read));
    }
}

async fn homes_of(host: &Host, homes: &[HomeId]) -> Vec<Home> {
    host.storage.homes(TENANT, homes).await.unwrap()
}

fn objects_of(homes: &[Home]) -> Vec<Object> {
    homes.iter().flat_map(|it| &it.records).map(|it| object_of(it).unwrap()).collect()
}

async fn person(host: &Host, account: &str) -> PersonId {
    host.cards.sign_in(&caller(account)).await.unwrap().person
}

/// What a statement gives, read beside the library.
fn value(host: &Host, statement: &str) -> String {
    let connection = Connection::open_with_flags(host.storage.path(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let value: rusqlite::types::Value = connection.query_row(statement, [], |row| row.get(0)).unwrap();
    match value {
        rusqlite::types::Value::Integer(it) => it.to_string(),
        rusqlite::types::Value::Text(it) => it,
        other => panic!("{statement}: {other:?}"),
    }
}

#[track_caller]
fn raw(host: &Host, statement: &str, expected: &str) {
    assert_eq!(value(host, statement), expected, "{statement}");
}
