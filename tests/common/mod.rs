//! A small office: one operator, one administrator, a holder with a card, two certificates and some relations.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::Cardflow;
use cardflow::CardflowBuilder;
use cardflow::adapters::memory::{ManualClock, MemoryStorage, SequentialIds};
use cardflow::cards::{ADMINISTRATOR, AUDITOR, Cards, OPERATOR, SCHEMA, SELF_SERVICE};
use cardflow::domain::{
    AuthorityAction, Capabilities, Card, CardId, CardKind, Certificate, CertificateContent, CertificateId,
    CertificateState, IssuerName, KeyUse, Object, Person, Relation, RelationId, RelationKind, RevocationReason,
    RoleGrant, Serial, Validity,
};
use cardflow::engine::Component;
use cardflow::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate, Principal,
};
use cardflow::values::{Digest, EffectId, Ids, ObjectRef, PersonId, Seed, TenantId, Timestamp};

pub const TENANT: TenantId = TenantId::new(7);

pub fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

pub fn issuer() -> IssuerName {
    "CN=Example CA".parse().unwrap()
}

/// An authority in memory that does what it is told, counts, and can be told to fail.
#[derive(Debug, Default)]
pub struct ScriptedAuthority {
    pub state: Mutex<BTreeMap<Serial, AuthorityStatus>>,
    pub orders: Mutex<Vec<(EffectId, Serial, AuthorityAction)>>,
    pub failing: Mutex<bool>,
}

#[async_trait]
impl CertificateAuthority for ScriptedAuthority {
    fn issuer(&self) -> IssuerName {
        issuer()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    fn verify(&self, _: &[u8]) -> Result<(), AuthorityError> {
        Ok(())
    }

    async fn issue(&self, _: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        Err(AuthorityError::Unsupported { what: "issue" })
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        if *self.failing.lock().unwrap() {
            return Err(AuthorityError::Unavailable("scripted to fail".into()));
        }
        self.orders.lock().unwrap().push((order.effect, order.serial.clone(), order.action));
        let (state, reason) = match order.action {
            AuthorityAction::Hold => (CertificateState::OnHold, Some(RevocationReason::CertificateHold)),
            AuthorityAction::Release => (CertificateState::Valid, None),
            AuthorityAction::Revoke(reason) => (CertificateState::Revoked, Some(reason)),
        };
        let status = AuthorityStatus { state, reason, since: Some(order.at) };
        self.state.lock().unwrap().insert(order.serial.clone(), status);
        Ok(status)
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        let known = self.state.lock().unwrap().get(serial).copied();
        known.ok_or_else(|| AuthorityError::NotFound(serial.clone()))
    }
}

pub struct Office {
    pub cards: Cardflow,
    pub clock: Arc<ManualClock>,
    pub authority: Arc<ScriptedAuthority>,
    pub operator: Principal,
    pub administrator: Principal,
    pub auditor: Principal,
    pub holder: PersonId,
    pub card: ObjectRef,
}

pub fn principal(account: &str, component: Component) -> Principal {
    Principal::new(account, component, "password", now()).of_tenant(TENANT).from_origin("192.0.2.7")
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
    Object::Person(person.with_account(account).unwrap().with_role(grant))
}

impl Office {
    /// Over memory.
    pub async fn open() -> Office {
        Office::over(Cardflow::builder(MemoryStorage::new(&SCHEMA))).await
    }

    pub async fn over(builder: CardflowBuilder) -> Office {
        let clock = Arc::new(ManualClock::at(now()));
        let authority = Arc::new(ScriptedAuthority::default());
        let cards = builder
            .processes(cardflow::cards::package().unwrap())
            .certificate_authority(authority.clone())
            .clock(clock.clone())
            .ids(Arc::new(SequentialIds::from(1000)))
            .build()
            .unwrap();
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
        // The first administrator comes with the installation: nobody is there yet to grant the right.
        cards.install(TENANT, &objects).await.unwrap();
        Office {
            cards,
            clock,
            authority,
            operator: principal("olga", Component::Operator),
            administrator: principal("adam", Component::Administrator),
            auditor: principal("aude", Component::Administrator),
            holder,
            card,
        }
    }

    /// The same office after a restart: with another host, over the same store.
    pub fn again(self, builder: impl FnOnce() -> CardflowBuilder) -> Office {
        let Office { cards, clock, authority, operator, administrator, auditor, holder, card } = self;
        drop(cards);
        let cards = builder()
            .processes(cardflow::cards::package().unwrap())
            .certificate_authority(authority.clone())
            .clock(clock.clone())
            .ids(Arc::new(SequentialIds::from(1_000_000)))
            .build()
            .unwrap();
        Office { cards, clock, authority, operator, administrator, auditor, holder, card }
    }

    /// So many more holders with a card each.
    pub async fn more_cards(&self, count: u8) -> Vec<ObjectRef> {
        let mut ids = Ids::new(now(), Seed::from_number(2));
        let mut cards = Vec::new();
        for n in 0..count {
            let number = format!("5000 {n:04}");
            let (person, mut objects, card) = holder_with_card(&mut ids, "Ben Sample", &number, 20 + n);
            objects.push(Object::Person(person));
            self.cards.register(&self.administrator, &objects).await.unwrap();
            cards.push(card);
        }
        cards
    }

    pub async fn dossier(&self) -> cardflow::domain::Dossier {
        self.cards.open(&self.operator, self.card).await.unwrap().dossier
    }

    pub async fn certificate_states(&self) -> Vec<(CertificateState, Option<CertificateState>)> {
        self.dossier().await.certificates().map(|it| (it.wanted(), it.confirmed())).collect()
    }

    pub async fn settle(&self) {
        while self.cards.deliver(100).await.unwrap().confirmed > 0 {}
    }
}

pub type Rejection = cardflow::engine::Rejection<Cards>;
