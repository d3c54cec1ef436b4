use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use super::filling::Filling;
use super::known::Known;
use super::outside::Outside;
use super::surroundings::{ISSUER, Objects, UNHOLDING, objects, staff};
use super::view::View;
use super::{Case, Proof};
use crate::adapters::memory::{ManualClock, MemoryStorage, SequentialIds};
use crate::cards::{
    ADMINISTRATOR, APPROVER, AUTHORITY_EFFECT, Cards, CardsOptions, CardsWorld, MAIL_EFFECT, RoleTable, SCHEMA,
};
use crate::domain::{Capabilities, Object, PERSON_KIND, Person, RoleGrant};
use crate::engine::{Component, Domain, Ground, Scope, StepKind};
use crate::ports::{Action, Authorizer, Clock, Identity, Permit, Principal, Storage};
use crate::testing::fakes::WatchedStorage;
use crate::values::{Answers, HomeId, Ids, InstanceId, Millis, ObjectRef, PersonId, Seed, TenantId, Timestamp};
use crate::{Cardflow, CardflowBuilder};

/// When every proof begins: 2026-11-23T10:00:00Z.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_795_428_000_000);
/// The tenant of the office, and another one beside it.
pub(super) const TENANT: TenantId = TenantId::new(1);
pub(super) const OTHER_TENANT: TenantId = TenantId::new(2);

/// A small office over a store in memory, with the real runtime: a holder with a card, staff of every role, an outside
/// that goes wrong on demand, a clock that stands.
#[derive(Debug)]
pub(super) struct Office {
    pub(super) store: Arc<MemoryStorage>,
    pub(super) wire: Arc<WatchedStorage>,
    pub(super) outside: Arc<Outside>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) host: Arc<Cardflow>,
    pub(super) card: ObjectRef,
    pub(super) holder: ObjectRef,
    pub(super) other_card: ObjectRef,
    equipment: Equipment,
}

/// What every host of an office is built from.
#[derive(Clone, Debug)]
struct Equipment {
    ids: Arc<SequentialIds>,
    processes: Vec<Known>,
    case: Case,
}

/// The table of rights of the library, and one line more: who administers may run what is offered to administrators, and
/// deal with every incident, whatever unit it lies in.
#[derive(Debug)]
struct Rights(RoleTable);

#[async_trait]
impl Authorizer for Rights {
    async fn permit(&self, identity: &Identity, component: Component, action: &Action) -> Permit {
        let administers = identity.roles.iter().any(|it| it.role == ADMINISTRATOR);
        let more = matches!(action, Action::Process(_) | Action::Incidents);
        if administers && component == Component::Administrator && more {
            return Permit { role: ADMINISTRATOR.to_owned(), scope: Scope::All };
        }
        self.0.permit(identity, component, action).await
    }
}

/// Somebody who calls.
pub(super) fn principal(account: &str, component: Component) -> Principal {
    Principal::new(account, component, "smart card", NOW).of_tenant(TENANT).from_origin("192.0.2.7")
}

/// Who starts the processes of a component.
pub(super) fn starter(component: Component) -> Principal {
    match component {
        Component::SelfService => principal("ada", component),
        Component::Administrator => principal("adam", component),
        Component::Operator | Component::Worker => principal("olga", Component::Operator),
    }
}

impl Office {
    /// Opens an office for a case; none if no such card can be made.
    pub(super) async fn open(proof: &Proof, case: &Case) -> Result<Option<Office>, String> {
        let Some(made) = objects(case.surroundings, case.way.begins(), &case.sort) else { return Ok(None) };
        let case = case.as_prepared();
        let Objects { all, card, holder, other_card } = made;
        let store = Arc::new(MemoryStorage::new(&SCHEMA));
        let authority = |issuer: &str, able| (issuer.parse().expect("a name"), able);
        let unholding = Capabilities { hold: false, release: false, ..Capabilities::ALL };
        let authorities = [authority(ISSUER, Capabilities::ALL), authority(UNHOLDING, unholding)];
        let outside = Arc::new(Outside::of(authorities, kinds_of(proof, &all, card, holder), &case.outside));
        for object in &all {
            if let Object::Certificate(it) = object {
                outside.knows(it, None);
            }
        }
        let clock = Arc::new(ManualClock::at(NOW));
        let equipment = Equipment {
            ids: Arc::new(SequentialIds::from(1000)),
            processes: proof.registered().cloned().collect(),
            case,
        };
        let wire = Arc::new(WatchedStorage::over(store.clone()));
        let host = equipment.host(wire.clone(), &store, &outside, &clock).map_err(|it| it.to_string())?;
        let mut installed = all.clone();
        installed.extend(whoever_decides(proof));
        host.install(TENANT, &installed).await.map_err(|it| it.to_string())?;
        let mut others = staff(OTHER_TENANT, &mut Ids::new(NOW, Seed::from_number(2)));
        others.truncate(1);
        host.install(OTHER_TENANT, &others).await.map_err(|it| it.to_string())?;
        let mut office =
            Office { store, wire, outside, clock, host: Arc::new(host), card, holder, other_card, equipment };
        office.restart();
        Ok(Some(office))
    }

    /// The same office for another case that begins alike, with a time of its own from here on.
    pub(super) fn copy(&self, case: &Case, before: &View) -> Office {
        let store = Arc::new(self.store.copy());
        let outside = Arc::new(self.outside.copy(before.dossier.certificates(), &case.outside));
        let clock = Arc::new(ManualClock::at(self.now()));
        let ids = Arc::new(SequentialIds::from(1_000_000));
        let equipment = Equipment { ids, case: case.clone(), ..self.equipment.clone() };
        let (card, holder, other_card) = (self.card, self.holder, self.other_card);
        let (wire, host) = (Arc::new(WatchedStorage::over(store.clone())), Arc::clone(&self.host));
        let mut office = Office { store, wire, outside, clock, host, card, holder, other_card, equipment };
        office.restart();
        office
    }

    /// Another host over the same store, with a line of its own; the old one is forgotten.
    pub(super) fn restart(&mut self) {
        self.wire = Arc::new(WatchedStorage::over(self.store.clone()));
        self.host = self.another_host(self.wire.clone());
    }

    /// Another host beside.
    pub(super) fn another_host(&self, storage: Arc<dyn Storage>) -> Arc<Cardflow> {
        let host = self.equipment.host(storage, &self.store, &self.outside, &self.clock);
        Arc::new(host.expect("the first was built from the same"))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn wait(&self, length: Millis) {
        self.clock.advance(length);
    }

    /// Until the last deadline of the card is over.
    pub(super) fn wait_for_the_end_of(&self, before: &View) {
        let deadlines = before.dossier.get(self.card).map(Cards::deadlines).unwrap_or_default();
        let length = deadlines.into_iter().max().map_or(0, |it| it.millis() - self.now().millis());
        self.wait(Millis::new(length.max(0)));
    }

    /// What a process acts on here.
    pub(super) fn subject_of(&self, known: &Known) -> ObjectRef {
        if known.outline().subject == PERSON_KIND { self.holder } else { self.card }
    }

    /// Every home of the tenant with what is in it.
    pub(super) async fn homes(&self) -> Vec<crate::ports::Home> {
        use crate::ports::HistoryLog;
        let ids: Vec<HomeId> = self.store.homes_after(TENANT, None, usize::MAX).await.unwrap_or_default();
        self.store.homes(TENANT, &ids).await.unwrap_or_default()
    }
}

impl Equipment {
    fn host(
        &self,
        storage: Arc<dyn Storage>,
        store: &Arc<MemoryStorage>,
        outside: &Arc<Outside>,
        clock: &Arc<ManualClock>,
    ) -> Result<Cardflow, crate::runtime::BuildError> {
        let mut builder = CardflowBuilder::over(storage, store.clone(), store.clone())
            .processes(self.processes.iter().map(|it| it.process.clone()))
            .authorizer(Arc::new(Rights(RoleTable::default())))
            .options(self.case.setting.version(), self.case.setting.options.clone())
            .clock(clock.clone())
            .ids(self.ids.clone());
        builder = outside.authorities().fold(builder, |builder, it| builder.certificate_authority(it));
        outside.systems().fold(builder, |builder, it| builder.handler(it)).build()
    }
}

/// The accounts of those who have a role for approvals.
pub(super) fn deciders_of(role: &str) -> Vec<String> {
    (1..=3).map(|n| format!("{}-{n}", role.to_lowercase().replace(' ', "-"))).collect()
}

/// For every role that may decide an approval, enough people who have it.
fn whoever_decides(proof: &Proof) -> Vec<Object> {
    let mut ids = Ids::new(NOW, Seed::from_number(5));
    let mut roles = BTreeSet::from([ADMINISTRATOR.to_owned(), APPROVER.to_owned()]);
    for step in proof.registered().flat_map(|it| &it.outline().steps) {
        if let StepKind::Approval { policy, .. } = &step.kind {
            roles.extend(policy.roles().into_iter().map(str::to_owned));
        }
    }
    let mut people = Vec::new();
    for role in roles {
        for account in deciders_of(&role) {
            let person = Person::new(TENANT, PersonId::from_uuid(ids.fresh()), &account).expect("a name");
            let person = person.with_account(&account).expect("an account");
            people.push(Object::Person(person.with_role(RoleGrant::new(&role, None, NOW).expect("a role"))));
        }
    }
    people
}

/// The answers to all forms of a process.
fn everything(known: &Known, filling: &Filling, proof: &Proof) -> Answers {
    let mut answers = Answers::none();
    for step in &known.outline().steps {
        if let StepKind::Form(form) = &step.kind {
            answers.extend(filling.answers(form, &CardsOptions::default(), NOW, &proof.answers));
        }
    }
    answers
}

/// The kinds of effect that the processes ask for, besides those of authorities.
fn kinds_of(proof: &Proof, all: &[Object], card: ObjectRef, holder: ObjectRef) -> BTreeSet<String> {
    let mut kinds = BTreeSet::from([MAIL_EFFECT.to_owned()]);
    for known in proof.registered() {
        let subject = if known.outline().subject == PERSON_KIND { holder } else { card };
        let dossier = crate::domain::Dossier::new(subject, all.iter().cloned());
        for step in &known.outline().steps {
            let made = [Filling::Least, Filling::Full].map(|it| {
                let mut ground = Ground {
                    dossier: &dossier,
                    now: NOW,
                    tenant: TENANT,
                    instance: InstanceId::from_uuid(uuid::Uuid::nil()),
                    actor: None,
                    options: &CardsOptions::default(),
                    answers: &everything(known, &it, proof),
                    outside: &[],
                    world: &CardsWorld::default(),
                    ids: Ids::new(NOW, Seed::from_number(6)),
                };
                match &step.kind {
                    StepKind::Effect(request) => request(&mut ground).into_iter().collect(),
                    StepKind::Questions(requests) => requests(&mut ground).unwrap_or_default(),
                    _ => Vec::new(),
                }
            });
            kinds.extend(made.into_iter().flatten().map(|it| Cards::effect_kind(&it).to_owned()));
        }
    }
    kinds.remove(AUTHORITY_EFFECT);
    kinds
}
