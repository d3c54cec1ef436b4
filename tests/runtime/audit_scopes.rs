//! An audit shows what is in scope, and nothing of what is not.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use cardflow::cards::{APPROVER, AUDITOR};
use cardflow::domain::{Object, Person, RoleGrant};
use cardflow::engine::{AuditOutcome, Component, KeyRef, Keys, Scope, UNIT_KEY};
use cardflow::ports::{Applied, AuditBatch, AuditFound, AuditLog, AuditQuery, Principal, StorageError};
use cardflow::values::{Answers, ObjectRef, PersonId, TenantId};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, now, person_at, principal, rejection};

const DEACTIVATE: &str = "CardsProcDeactivate";

every_store![
    a_scope_shows_only_its_homes_and_counts_no_others,
    what_has_left_the_scope_is_out_of_it_at_once,
    an_auditor_of_another_tenant_sees_nothing,
];

impl Office {
    async fn grant(&self, account: &str, role: &str, unit: &str) -> Principal {
        let person = Person::new(TENANT, PersonId::from_uuid(self.fresh()), account).unwrap();
        let grant = RoleGrant::new(role, None, now()).unwrap().in_unit(unit).unwrap();
        self.register(&[Object::Person(person.with_account(account).unwrap().with_role(grant))]).await;
        principal(account, Component::Operator)
    }
}

async fn a_scope_shows_only_its_homes_and_counts_no_others(store: Store) {
    let office = Office::on(&store).await;
    let (ben, bens) = office.employ("Ben Beispiel", "Hamburg", "4800", 20).await;
    let (_, berlin) = office.employ("Bea Beispiel", "Berlin", "4900", 30).await;
    let hamburg = office.grant("hanna", AUDITOR, "Hamburg").await;
    let nowhere = office.grant("nina", AUDITOR, "Nowhere").await;
    for card in [office.card, bens, berlin] {
        office.cards.run(&office.operator, DEACTIVATE, card, Answers::none()).await.unwrap();
    }
    office.settle().await;
    let everything = office.audit(AuditQuery::all()).await;
    let home = person_at(ben).home();
    let hers: Vec<_> = everything.rows.iter().filter(|it| it.chain == home).cloned().collect();
    let cards = &office.cards;
    assert_eq!(hers.len(), 3);
    for query in [
        AuditQuery::all(),
        AuditQuery::by(office.person("olga").await),
        AuditQuery::all().process(DEACTIVATE),
        AuditQuery::all().outcome(AuditOutcome::Done),
        AuditQuery::all().object(bens),
    ] {
        let found = cards.audit(&hamburg, query.clone()).await.unwrap();
        let expected: Vec<_> = hers.iter().filter(|it| query.wants(it)).cloned().collect();
        assert_eq!((found.rows, found.next), (expected, None), "{query:?}");
        // Page by page: what is out of scope makes no empty pages either.
        let mut paged = query.limit(1);
        while let page = cards.audit(&hamburg, paged.clone()).await.unwrap()
            && let Some(next) = page.next
        {
            assert_eq!(page.rows.len(), 1);
            paged = paged.after(next);
        }
        assert_eq!(cards.audit(&nowhere, AuditQuery::all()).await.unwrap().rows, []);
    }
    // What lies outside is answered as if it were not there.
    for object in [office.card, berlin, ObjectRef::new(home, bens.kind(), office.fresh())] {
        let page = cards.audit(&hamburg, AuditQuery::all().object(object)).await.unwrap();
        assert_eq!((page.rows, page.next), (vec![], None));
    }
    let approver = office.grant("anna", APPROVER, "Hamburg").await;
    assert!(matches!(rejection(cards.audit(&approver, AuditQuery::all()).await), Rejection::NotEntitled { .. }));
    let administrator = cards.audit(&office.administrator, AuditQuery::all().limit(1000)).await.unwrap();
    assert_eq!(administrator.rows, everything.rows);
}

/// An audit log that has not heard yet that Hamburg was given up, and everybody went elsewhere.
#[derive(Debug)]
struct Stale(Arc<dyn AuditLog>);

#[async_trait]
impl AuditLog for Stale {
    async fn applied(&self, tenant: TenantId) -> Result<Applied, StorageError> {
        self.0.applied(tenant).await
    }

    async fn apply(&self, batch: &AuditBatch) -> Result<(), StorageError> {
        let hamburg = Keys::default().with(&UNIT_KEY, KeyRef::Text("Hamburg"));
        let homes = batch.homes.iter().map(|(home, _)| (*home, hamburg.clone())).collect();
        self.0.apply(&AuditBatch { homes, ..batch.clone() }).await
    }

    async fn query(&self, tenant: TenantId, scope: &Scope, query: &AuditQuery) -> Result<AuditFound, StorageError> {
        self.0.query(tenant, scope, query).await
    }

    async fn clear(&self, tenant: TenantId) -> Result<(), StorageError> {
        self.0.clear(tenant).await
    }
}

async fn what_has_left_the_scope_is_out_of_it_at_once(store: Store) {
    let office = Office::on(&store).await;
    let (ben, _) = office.employ("Ben Beispiel", "Hamburg", "4800", 20).await;
    let hamburg = office.grant("hanna", AUDITOR, "Hamburg").await;
    let stale = Arc::new(Stale(store.audit.clone()));
    let host = office.equip(store.builder()).audit_log(stale.clone()).build().unwrap();
    while !host.project(TENANT, 7).await.unwrap().up_to_date {}
    let all = host.audit(&office.auditor, AuditQuery::all()).await.unwrap();
    let units = Scope::Units(BTreeSet::from(["Hamburg".to_owned()]));
    assert_eq!(stale.query(TENANT, &units, &AuditQuery::all()).await.unwrap().rows, all.rows, "it shows everything");
    let chains: BTreeSet<_> =
        host.audit(&hamburg, AuditQuery::all()).await.unwrap().rows.iter().map(|it| it.chain).collect();
    assert_eq!(chains, BTreeSet::from([person_at(ben).home()]));
    // A page that loses rows says that it was not the last.
    let page = host.audit(&hamburg, AuditQuery::all().limit(1)).await.unwrap();
    assert!(page.rows.is_empty() && page.next.is_some());
}

async fn an_auditor_of_another_tenant_sees_nothing(store: Store) {
    let office = Office::on(&store).await;
    office.run(DEACTIVATE).await;
    let tenant = TenantId::new(8);
    let grant = RoleGrant::new(AUDITOR, None, now()).unwrap();
    let person = Person::new(tenant, PersonId::from_uuid(office.fresh()), "Theo Tenant").unwrap();
    let theo = Object::Person(person.with_account("aude").unwrap().with_role(grant));
    office.cards.install(tenant, &[theo]).await.unwrap();
    office.project().await;
    office.cards.project(tenant, 100).await.unwrap();
    let other = Principal::new("aude", Component::Operator, "password", now()).of_tenant(tenant);
    let page = office.cards.audit(&other, AuditQuery::all()).await.unwrap();
    assert_eq!(page.rows.iter().map(|it| it.outcome.name()).collect::<Vec<_>>(), ["registered"]);
    assert_eq!(office.cards.audit(&other, AuditQuery::all().process(DEACTIVATE)).await.unwrap().rows, []);
    // Emptying one leaves the other.
    office.cards.rebuild_audit(tenant).await.unwrap();
    assert_eq!(office.cards.audit(&other, AuditQuery::all()).await.unwrap().rows, []);
    assert!(!office.cards.audit(&office.auditor, AuditQuery::all()).await.unwrap().rows.is_empty());
}
