//! An office of many cards, with an authority that answers at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::cards::{ADMINISTRATOR, AUDITOR, CardsOptions, OPERATOR, package};
use cardflow::domain::{
    AuthorityAction, Capabilities, Card, CardId, CardKind, Certificate, CertificateContent, CertificateId,
    CertificateState, IssuerName, KeyUse, Object, Person, Relation, RelationId, RelationKind, RevocationReason,
    RoleGrant, Serial, Validity,
};
use cardflow::engine::Component;
use cardflow::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate, Principal,
};
use cardflow::values::{Ids, ObjectRef, PersonId, Seed, TenantId, Timestamp};
use cardflow::{Cardflow, CardflowBuilder};

pub const TENANT: TenantId = TenantId::new(1);

pub fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

#[derive(Debug, Default)]
struct Instant(Mutex<HashMap<Serial, AuthorityStatus>>);

#[async_trait]
impl CertificateAuthority for Instant {
    fn issuer(&self) -> IssuerName {
        "CN=Example CA".parse().unwrap()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { revisions: false, ..Capabilities::ALL }
    }

    fn verify(&self, _: &[u8]) -> Result<(), AuthorityError> {
        Ok(())
    }

    async fn issue(&self, _: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        Err(AuthorityError::Unsupported { what: "issue" })
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        let (state, reason) = match order.action {
            AuthorityAction::Hold => (CertificateState::OnHold, Some(RevocationReason::CertificateHold)),
            AuthorityAction::Release => (CertificateState::Valid, None),
            AuthorityAction::Revoke(reason) => (CertificateState::Revoked, Some(reason)),
        };
        Ok(AuthorityStatus { state, reason, since: Some(order.at), revision: None })
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        self.0.lock().unwrap().get(serial).copied().ok_or_else(|| AuthorityError::NotFound(serial.clone()))
    }
}

pub fn runtime(builder: CardflowBuilder) -> Cardflow {
    // One operator does in a minute what people do in years.
    let no_limit = CardsOptions { deactivation_limit: 0, ..CardsOptions::default() };
    let builder = builder.processes(package().unwrap()).options(1, no_limit);
    builder.certificate_authority(Arc::new(Instant::default())).build().unwrap()
}

fn principal(account: &str, component: Component) -> Principal {
    Principal::new(account, component, "smart card", now()).of_tenant(TENANT).from_origin("10.0.0.1")
}

pub fn operator() -> Principal {
    principal("olga", Component::Operator)
}

pub fn administrator() -> Principal {
    principal("adam", Component::Administrator)
}

pub fn auditor() -> Principal {
    principal("aude", Component::Administrator)
}

/// So many persons with a card, two certificates and three relations each; the references of the cards.
pub async fn fill(cards: &Cardflow, count: u64) -> Vec<ObjectRef> {
    let mut ids = Ids::new(now(), Seed::from_number(1));
    let grant = |role| RoleGrant::new(role, None, now()).unwrap();
    let staff = [
        ("Olga Operator", "olga", OPERATOR),
        ("Adam Administrator", "adam", ADMINISTRATOR),
        ("Aude Auditor", "aude", AUDITOR),
    ];
    let staff = staff.map(|(name, account, role)| {
        let person = Person::new(TENANT, PersonId::from_uuid(ids.fresh()), name).unwrap();
        Object::Person(person.with_account(account).unwrap().with_role(grant(role)))
    });
    cards.install(TENANT, &staff).await.unwrap();
    let administrator = administrator();
    let mut all = Vec::new();
    for from in (0..count).step_by(500) {
        let mut objects = Vec::new();
        for n in from..(from + 500).min(count) {
            all.push(holder(&mut ids, n, &mut objects));
        }
        cards.register(&administrator, &objects).await.unwrap();
    }
    // In the order in which a day comes upon them: none.
    all.sort_by_key(|it| it.id().as_u128().wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835) >> 64);
    all
}

fn holder(ids: &mut Ids, n: u64, objects: &mut Vec<Object>) -> ObjectRef {
    let person = Person::new(TENANT, PersonId::from_uuid(ids.fresh()), &format!("Holder {n:07}")).unwrap();
    let person = person.in_unit(&format!("Unit {}", n % 100)).unwrap();
    let validity = Validity::new("2026-01-01".parse().unwrap(), "2028-01-01".parse().unwrap()).unwrap();
    let number = format!("{:04} {:04}", n / 10_000, n % 10_000);
    let card = Card::new(TENANT, CardId::from_uuid(ids.fresh()), CardKind::Employee, number.parse().unwrap(), validity)
        .registered_for(person.id());
    for (place, key_use) in [KeyUse::Authentication, KeyUse::Signature].into_iter().enumerate() {
        let number = (u128::from(n) * 2 + place as u128 + 1) | 1 << 100;
        let issued = ("CN=Example CA".parse().unwrap(), Serial::from_bytes(&number.to_be_bytes()).unwrap());
        let content = CertificateContent::Der(vec![0x30; 600]);
        let id = CertificateId::from_uuid(ids.fresh());
        let certificate =
            Certificate::new(TENANT, id, issued, validity, [key_use], content).unwrap().first_issued_to(&card);
        let carries =
            Relation::to_object(RelationId::from_uuid(ids.fresh()), RelationKind::Carries, &card, certificate.at());
        objects.extend([certificate.into(), carries.into()]);
    }
    let held = Relation::to_object(RelationId::from_uuid(ids.fresh()), RelationKind::Holder, &card, person.at());
    let at = card.at();
    objects.extend([held.into(), card.into(), person.into()]);
    at
}
