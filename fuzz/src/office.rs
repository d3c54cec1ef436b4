//! A small office: cards of two units, people who work there, requests that are out, forms that wait. The same every time.

use std::sync::Arc;

use cardflow::adapters::memory::{ManualClock, MemoryAudit, MemoryStorage, SequentialIds};
use cardflow::adapters::sqlite::{SqliteAudit, SqliteStorage};
use cardflow::cards::{ADMINISTRATOR, AUDITOR, OPERATOR, SCHEMA};
use cardflow::domain::{
    Card, CardId, CardKind, Certificate, CertificateContent, CertificateId, IssuerName, KeyUse, Object, Person,
    Relation, RelationId, RelationKind, RoleGrant, Serial, Validity,
};
use cardflow::engine::{Component, Priority, RetryPolicy};
use cardflow::ports::{AccessJournal, AuditLog, HistoryLog, Principal, Storage};
use cardflow::testing::fakes::{Mood, ScriptedAuthority};
use cardflow::values::{Answers, Digest, Ids, Millis, ObjectRef, PersonId, Seed, TenantId, Timestamp};
use cardflow::{Cardflow, CardflowBuilder};
use tempfile::TempDir;

use super::law;

pub(crate) const TENANT: TenantId = TenantId::new(7);

pub(crate) fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().expect("a time")
}

pub(crate) fn principal(account: &str, component: Component) -> Principal {
    Principal::new(account, component, "password", now()).of_tenant(TENANT)
}

/// Where an office keeps what it knows.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) storage: Arc<dyn Storage>,
    /// The same, where it lies in memory.
    pub(crate) memory: Option<Arc<MemoryStorage>>,
    journal: Arc<dyn AccessJournal>,
    log: Arc<dyn HistoryLog>,
    audit: Arc<dyn AuditLog>,
    _folder: Option<Arc<TempDir>>,
}

impl Store {
    pub(crate) fn memory(storage: MemoryStorage) -> Store {
        let storage = Arc::new(storage);
        let audit = Arc::new(MemoryAudit::new());
        let memory = Some(storage.clone());
        Store { storage: storage.clone(), memory, journal: storage.clone(), log: storage, audit, _folder: None }
    }

    pub(crate) fn sqlite() -> Store {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = SqliteStorage::open(folder.path().join("cards.db"), &SCHEMA).expect("a new file");
        let audit = Arc::new(SqliteAudit::open(folder.path().join("audit.db")).expect("a new file"));
        let storage = Arc::new(storage);
        let _folder = Some(Arc::new(folder));
        Store { storage: storage.clone(), memory: None, journal: storage.clone(), log: storage, audit, _folder }
    }
}

/// The office, with a host.
pub(crate) struct Office {
    pub(crate) cards: Cardflow,
    pub(crate) cards_at: Vec<ObjectRef>,
    pub(crate) instances: Vec<cardflow::values::InstanceId>,
    clock: Arc<ManualClock>,
    authority: Arc<ScriptedAuthority>,
}

/// A host over a store, at this time.
pub(crate) fn host(store: &Store, clock: &Arc<ManualClock>, authority: &Arc<ScriptedAuthority>) -> Cardflow {
    CardflowBuilder::over(store.storage.clone(), store.journal.clone(), store.log.clone())
        .audit_log(store.audit.clone())
        .retry(RetryPolicy { jitter: 0, ..RetryPolicy::USUAL })
        .processes(cardflow::cards::package().expect("the package is sound"))
        .certificate_authority(authority.clone())
        .clock(clock.clone())
        .ids(Arc::new(SequentialIds::from(1000)))
        .build()
        .expect("a host")
}

impl Office {
    /// Over an empty store.
    pub(crate) fn open(store: &Store) -> Office {
        let clock = Arc::new(ManualClock::at(now()));
        let authority = Arc::new(ScriptedAuthority::default());
        let cards = host(store, &clock, &authority);
        let mut office = Office { cards, cards_at: Vec::new(), instances: Vec::new(), clock, authority };
        law::now(office.fill());
        office
    }

    /// Another host of the same office over a copy of its store.
    pub(crate) fn again(&self, store: &Store) -> Cardflow {
        host(store, &self.clock, &self.authority)
    }

    async fn fill(&mut self) {
        let mut ids = Ids::new(now(), Seed::from_number(1));
        let mut objects = vec![
            staff(&mut ids, "olga", OPERATOR, Some("Berlin")),
            staff(&mut ids, "adam", ADMINISTRATOR, None),
            staff(&mut ids, "aude", AUDITOR, None),
        ];
        for number in 0..10_u8 {
            let unit = if number % 3 == 2 { "Bonn" } else { "Berlin" };
            let (mut more, card) = holder(&mut ids, unit, number);
            objects.append(&mut more);
            self.cards_at.push(card);
        }
        self.cards.install(TENANT, &objects).await.expect("an installation");
        let operator = principal("olga", Component::Operator);
        let answers = || Answers::none().with("reason", "lost").with("note", "left on a train");
        // Some done, some that nobody answers, some whose forms wait.
        for (place, at) in self.cards_at.clone().into_iter().enumerate() {
            self.clock.advance(Millis::seconds(7 * 60));
            if place % 3 == 2 {
                continue;
            }
            self.authority.is(if place < 4 { Mood::Well } else { Mood::Down });
            let came = match place % 2 {
                0 => self.cards.run(&operator, "CardsProcDeactivate", at, answers()).await,
                _ => self.cards.start(&operator, "CardsProcLock", at).await,
            };
            let came = came.expect("it is allowed");
            self.instances.push(came.id());
            // What was handled is in every list, and what was not in that of its author alone.
            if let Some(task) = came.task().filter(|_| place > 1) {
                let priority = if place < 5 { Priority::Urgent } else { Priority::Low };
                self.cards.prioritise(&operator, came.id(), task, priority).await.expect("it is theirs");
            }
            self.cards.deliver(100).await.expect("a delivery");
        }
        while !self.cards.project(TENANT, 100).await.expect("a projection").up_to_date {}
    }
}

fn staff(ids: &mut Ids, account: &str, role: &str, unit: Option<&str>) -> Object {
    let grant = RoleGrant::new(role, None, now()).expect("a role");
    let grant = match unit {
        Some(unit) => grant.in_unit(unit).expect("a unit"),
        None => grant,
    };
    let person = Person::new(TENANT, PersonId::from_uuid(ids.fresh()), &format!("Staff {account}")).expect("a name");
    Object::Person(person.with_account(account).expect("an account").with_role(grant))
}

fn holder(ids: &mut Ids, unit: &str, number: u8) -> (Vec<Object>, ObjectRef) {
    let validity = Validity::new("2026-01-01".parse().expect("a day"), "2028-01-01".parse().expect("a day"));
    let validity = validity.expect("in order");
    let person = Person::new(TENANT, PersonId::from_uuid(ids.fresh()), &format!("Holder {}", number % 4));
    let person = person.expect("a name").in_unit(unit).expect("a unit");
    let printed = format!("4711 {number:04}").parse().expect("a number");
    let card = Card::new(TENANT, CardId::from_uuid(ids.fresh()), CardKind::Employee, printed, validity);
    let card = card.registered_for(person.id());
    let serial = Serial::from_bytes(&[10, number + 1]).expect("a serial number");
    let content = CertificateContent::Sha256(Digest::of(serial.as_bytes()));
    let id = CertificateId::from_uuid(ids.fresh());
    let issuer: IssuerName = "CN=Example CA".parse().expect("a name");
    let certificate = Certificate::new(TENANT, id, (issuer, serial), validity, [KeyUse::Authentication], content);
    let certificate = certificate.expect("a certificate").first_issued_to(&card);
    let mut related =
        |kind, to| Object::Relation(Relation::to_object(RelationId::from_uuid(ids.fresh()), kind, &card, to));
    let carries = related(RelationKind::Carries, certificate.at());
    let held = related(RelationKind::Holder, person.at());
    let at = card.at();
    (vec![Object::Person(person), Object::Card(card), Object::Certificate(certificate), carries, held], at)
}
