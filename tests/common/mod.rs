//! A small office: one operator, one administrator, a holder with a card, two certificates and some relations.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

pub mod store;

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use cardflow::adapters::memory::{ManualClock, SequentialIds};
use cardflow::cards::{ADMINISTRATOR, APPROVER, AUDITOR, Cards, OPERATOR, SELF_SERVICE};
use cardflow::domain::{
    Card, CardId, CardKind, CardState, Certificate, CertificateContent, CertificateId, CertificateState, Dossier,
    IssuerName, KeyUse, Object, PERSON_KIND, Person, Relation, RelationId, RelationKind, RoleGrant, Serial, Validity,
};
use cardflow::engine::Component;
use cardflow::ports::{Principal, Search};
use cardflow::runtime::{Error, Standing};
use cardflow::values::{
    Answers, Digest, HomeId, Ids, InstanceId, Millis, ObjectRef, PersonId, Seed, TenantId, Timestamp,
};
use cardflow::{Cardflow, CardflowBuilder};
use uuid::Uuid;

pub use self::store::Store;
pub use cardflow::testing::fakes::{Fate, Mood, ScriptedAuthority, WatchedStorage};

pub const TENANT: TenantId = TenantId::new(7);

pub fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

/// The name of the authority of the office.
pub fn issuer() -> IssuerName {
    "CN=Example CA".parse().unwrap()
}

pub fn principal(account: &str, component: Component) -> Principal {
    Principal::new(account, component, "password", now()).of_tenant(TENANT).from_origin("192.0.2.7")
}

pub fn person_at(person: PersonId) -> ObjectRef {
    ObjectRef::new(HomeId::from_uuid(person.uuid()), PERSON_KIND, person.uuid())
}

pub fn validity() -> Validity {
    Validity::new("2026-01-01".parse().unwrap(), "2028-01-01".parse().unwrap()).unwrap()
}

/// A holder with a card (number), two certificates, a door and an account. The last object is the card.
pub fn holder_with_card(ids: &mut Ids, name: &str, number: &str, serial: u8) -> (Person, Vec<Object>, ObjectRef) {
    let person = Person::new(TENANT, PersonId::from_uuid(ids.fresh()), name).unwrap().in_unit("Berlin").unwrap();
    let person = person.with_mail("holder@example.org").unwrap();
    let card =
        Card::new(TENANT, CardId::from_uuid(ids.fresh()), CardKind::Employee, number.parse().unwrap(), validity())
            .registered_for(person.id());
    let mut objects = Vec::new();
    for (n, key_use) in [KeyUse::Authentication, KeyUse::Signature].into_iter().enumerate() {
        let serial = Serial::from_bytes(&[serial, u8::try_from(n).unwrap() + 1]).unwrap();
        let content = CertificateContent::Sha256(Digest::of(serial.as_bytes()));
        let id = CertificateId::from_uuid(ids.fresh());
        let certificate = Certificate::new(TENANT, id, (issuer(), serial), validity(), [key_use], content)
            .unwrap()
            .first_issued_to(&card);
        let at = certificate.at();
        objects.push(Object::Certificate(certificate));
        let carries = Relation::to_object(RelationId::from_uuid(ids.fresh()), RelationKind::Carries, &card, at);
        objects.push(Object::Relation(carries));
    }
    let held = Relation::to_object(RelationId::from_uuid(ids.fresh()), RelationKind::Holder, &card, person.at());
    objects.push(Object::Relation(held));
    let door = Relation::to_outside(RelationId::from_uuid(ids.fresh()), RelationKind::Door, &card, "Main entrance");
    objects.push(Object::Relation(door.unwrap()));
    let at = card.at();
    objects.push(Object::Card(card));
    (person, objects, at)
}

pub fn staff(ids: &mut Ids, name: &str, account: &str, role: &str) -> Object {
    let grant = RoleGrant::new(role, None, now()).unwrap();
    let person = Person::new(TENANT, PersonId::from_uuid(ids.fresh()), name).unwrap();
    let person = person.with_account(account).unwrap().with_mail(&format!("{account}@example.org")).unwrap();
    Object::Person(person.with_role(grant))
}

/// A small office over a store, with one host that runs the library.
pub struct Office {
    pub cards: Cardflow,
    pub clock: Arc<ManualClock>,
    pub authority: Arc<ScriptedAuthority>,
    pub ids: Arc<SequentialIds>,
    pub operator: Principal,
    pub colleague: Principal,
    pub administrator: Principal,
    pub auditor: Principal,
    pub approver: Principal,
    pub self_service: Principal,
    pub holder: PersonId,
    pub card: ObjectRef,
    fresh: Mutex<Ids>,
}

impl Office {
    /// Over memory.
    pub async fn open() -> Office {
        Office::on(&Store::memory()).await
    }

    /// Over a store.
    pub async fn on(store: &Store) -> Office {
        Office::over(store.builder()).await
    }

    /// Over a store that is watched.
    pub async fn watched(store: &Store) -> (Office, Arc<WatchedStorage>) {
        let spy = Arc::new(WatchedStorage::over(store.storage.clone()));
        let office = Office::on(&store.through(spy.clone())).await;
        spy.take_commits();
        (office, spy)
    }

    /// Over a store; the builder may carry more than the office adds.
    pub async fn over(builder: CardflowBuilder) -> Office {
        let clock = Arc::new(ManualClock::at(now()));
        let authority = Arc::new(ScriptedAuthority::default());
        let sequence = Arc::new(SequentialIds::from(1000));
        let cards = equip(builder, &clock, &authority, &sequence).build().unwrap();
        let mut ids = Ids::new(now(), Seed::from_number(1));
        let (person, mut objects, card) = holder_with_card(&mut ids, "Ada Example", "4711 0815", 10);
        let holder = person.id();
        objects.push(Object::Person(
            person.with_account("ada").unwrap().with_role(RoleGrant::new(SELF_SERVICE, None, now()).unwrap()),
        ));
        objects.push(staff(&mut ids, "Olga Operator", "olga", OPERATOR));
        objects.push(staff(&mut ids, "Otto Operator", "otto", OPERATOR));
        objects.push(staff(&mut ids, "Adam Admin", "adam", ADMINISTRATOR));
        objects.push(staff(&mut ids, "Aude Auditor", "aude", AUDITOR));
        objects.push(staff(&mut ids, "Ann Approver", "ann", APPROVER));
        objects.push(staff(&mut ids, "Arno Approver", "arno", APPROVER));
        objects.push(staff(&mut ids, "Sina Security", "sina", "Security officer"));
        // The first administrator comes with the installation: nobody is there yet to grant the right.
        cards.install(TENANT, &objects).await.unwrap();
        Office {
            cards,
            clock,
            authority,
            ids: sequence,
            operator: principal("olga", Component::Operator),
            colleague: principal("otto", Component::Operator),
            administrator: principal("adam", Component::Administrator),
            auditor: principal("aude", Component::Administrator),
            approver: principal("ann", Component::Operator),
            self_service: principal("ada", Component::SelfService),
            holder,
            card,
            fresh: Mutex::new(ids),
        }
    }

    /// Another host of the same office: same time, same authority, same source of ids.
    pub fn equip(&self, builder: CardflowBuilder) -> CardflowBuilder {
        equip(builder, &self.clock, &self.authority, &self.ids)
    }

    /// Another host over a store, with the usual processes.
    pub fn host(&self, store: &Store) -> Arc<Cardflow> {
        Arc::new(self.equip(store.builder()).build().unwrap())
    }

    /// The same office after a restart: with another host, over the same store.
    pub fn again(mut self, builder: impl FnOnce() -> CardflowBuilder) -> Office {
        // The old host goes first: a file belongs to one opener at a time.
        self.cards = self.equip(Store::memory().builder()).build().unwrap();
        self.cards = self.equip(builder()).build().unwrap();
        self
    }

    /// So many more holders with a card each.
    pub async fn more_cards(&self, count: u8) -> Vec<ObjectRef> {
        let mut cards = Vec::new();
        for n in 0..count {
            cards.push(self.employ("Ben Sample", "Berlin", &format!("5000 {n:04}"), 20 + n).await.1);
        }
        cards
    }

    pub fn fresh(&self) -> Uuid {
        self.fresh.lock().unwrap().fresh()
    }

    /// Takes on an employee of a unit, with a card; the two certificates have serial numbers that begin with this one.
    pub async fn employ(&self, name: &str, unit: &str, number: &str, serial: u8) -> (PersonId, ObjectRef) {
        let (person, mut objects, card) = holder_with_card(&mut self.fresh.lock().unwrap(), name, number, serial);
        let id = person.id();
        objects.push(Object::Person(person.in_unit(unit).unwrap()));
        self.register(&objects).await;
        (id, card)
    }

    /// Gives a person one more card, without certificates.
    pub async fn give_card(&self, person: PersonId, number: &str, state: CardState) -> ObjectRef {
        let id = CardId::from_uuid(self.fresh());
        let card = Card::new(TENANT, id, CardKind::Employee, number.parse().unwrap(), validity());
        let card = card.registered_for(person).in_state(state).unwrap();
        let (at, held) = (card.at(), self.relation(RelationKind::Holder, &card, person_at(person)));
        self.register(&[Object::Card(card), held]).await;
        at
    }

    /// A card that is at home in itself.
    pub fn stock_card(&self, number: &str) -> Card {
        let id = CardId::from_uuid(self.fresh());
        Card::new(TENANT, id, CardKind::Visitor, number.parse().unwrap(), validity())
    }

    pub fn relation(&self, kind: RelationKind, card: &Card, to: ObjectRef) -> Object {
        Object::Relation(Relation::to_object(RelationId::from_uuid(self.fresh()), kind, card, to))
    }

    /// An encryption certificate that was first issued to a card.
    pub fn certificate(&self, card: &Card, issuer: IssuerName, serial: &str) -> Certificate {
        let id = CertificateId::from_uuid(self.fresh());
        let content = CertificateContent::Sha256(Digest::of(serial.as_bytes()));
        let name = (issuer, serial.parse().unwrap());
        let made = Certificate::new(TENANT, id, name, validity(), [KeyUse::Encryption], content);
        made.unwrap().first_issued_to(card)
    }

    pub async fn card_at(&self, at: ObjectRef) -> Card {
        self.cards.open(&self.operator, at).await.unwrap().dossier.card(at).unwrap().clone()
    }

    pub async fn register(&self, objects: &[Object]) {
        self.cards.register(&self.administrator, objects).await.unwrap();
    }

    /// The person behind an account.
    pub async fn person(&self, account: &str) -> PersonId {
        let found = self.cards.search(&self.operator, Search::persons().account(account)).await.unwrap();
        PersonId::from_uuid(found.items[0].id.id())
    }

    /// The operator starts a process on the card.
    pub async fn start(&self, process: &str) -> Standing<Cards> {
        self.cards.start(&self.operator, process, self.card).await.unwrap()
    }

    /// The operator runs a process on the card in one go.
    pub async fn run(&self, process: &str) -> Standing<Cards> {
        self.cards.run(&self.operator, process, self.card, Answers::none()).await.unwrap()
    }

    pub async fn standing(&self, instance: InstanceId) -> Standing<Cards> {
        self.cards.standing(&self.operator, instance, &Answers::none()).await.unwrap()
    }

    pub async fn dossier(&self) -> Dossier {
        self.cards.open(&self.operator, self.card).await.unwrap().dossier
    }

    pub async fn card_state(&self) -> CardState {
        self.card_at(self.card).await.state()
    }

    /// Of each certificate of the card, what is wanted and what is confirmed.
    pub async fn certificate_states(&self) -> Vec<(CertificateState, Option<CertificateState>)> {
        self.dossier().await.certificates().map(|it| (it.wanted(), it.confirmed())).collect()
    }

    pub async fn settle(&self) {
        while self.cards.deliver(100).await.unwrap().confirmed > 0 {}
    }

    pub fn wait(&self, length: Millis) {
        self.clock.advance(length);
    }
}

fn equip(
    builder: CardflowBuilder,
    clock: &Arc<ManualClock>,
    authority: &Arc<ScriptedAuthority>,
    ids: &Arc<SequentialIds>,
) -> CardflowBuilder {
    builder
        .processes(cardflow::cards::package().unwrap())
        .certificate_authority(authority.clone())
        .clock(clock.clone())
        .ids(ids.clone())
}

pub type Rejection = cardflow::engine::Rejection<Cards>;

/// Why a call was rejected; anything else is a failure of the test.
#[track_caller]
pub fn rejection<T: Debug>(result: Result<T, Error<Cards>>) -> Rejection {
    match result {
        Err(Error::Rejected(it)) => it,
        other => panic!("not rejected: {other:?}"),
    }
}

/// How many requests a delivery has confirmed, and how many have failed.
pub fn counts(delivered: cardflow::runtime::Delivered) -> (usize, usize) {
    (delivered.confirmed, delivered.failed)
}
