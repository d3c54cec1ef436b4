use std::sync::{Arc, Mutex};

use uuid::Uuid;

use crate::adapters::memory::{ManualClock, MemoryStorage, SequentialIds};
use crate::cards::{ADMINISTRATOR, APPROVER, Cards, OPERATOR, SCHEMA, card_and_holder, leaves, note, on_card};
use crate::domain::{
    CARD_KIND, Card, CardId, CardKind, CardPlan, CardState, Deputyship, Object, Person, Refusal, Relation, RelationId,
    RelationKind, RoleGrant, Validity,
};
use crate::engine::{
    ApprovalPolicy, ApprovalRequest, Ballot, Component, Covers, Overdue, PlanLine, Process, Status, Version,
};
use crate::ports::{ApprovalGateway, Principal};
use crate::runtime::Standing;
use crate::values::{Answers, HomeId, Ids, InstanceId, Millis, ObjectRef, PersonId, Seed, TenantId, Timestamp};
use crate::{Cardflow, CardflowBuilder};

/// When every check begins: 2026-11-23T10:00:00Z.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_795_428_000_000);
/// Two tenants with the same people and cards.
pub(super) const TENANT: TenantId = TenantId::new(7);
pub(super) const OTHER: TenantId = TenantId::new(8);
/// One approver must agree.
pub(super) const ONE: &str = "SuiteProcOne";
/// Two approvers must agree, and then a security officer. What is not decided in a day goes to administrators, too.
pub(super) const MANY: &str = "SuiteProcMany";
/// Takes a card away at once.
pub(super) const AT_ONCE: &str = "SuiteProcAtOnce";
const SECURITY: &str = "Security officer";

/// Who has an account, with which role. `olga` asks, `ada` holds the cards.
const PEOPLE: &[(&str, &str)] = &[
    ("ada", APPROVER),
    ("olga", OPERATOR),
    ("otto", OPERATOR),
    ("ann", APPROVER),
    ("arno", APPROVER),
    ("anke", APPROVER),
    ("dora", "Porter"),
    ("sina", SECURITY),
    ("adam", ADMINISTRATOR),
];

/// The real runtime over a store in memory, where requests for approval are made.
#[derive(Debug)]
pub struct Office {
    cards: Cardflow,
    clock: Arc<ManualClock>,
    begun: Mutex<Vec<(TenantId, InstanceId)>>,
}

fn inactive(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().hold()?;
    plan.relations().possible().hold()
}

/// A process with an approval, if there is a policy, before it sets a card inactive.
fn process(name: &'static str, policy: Option<ApprovalPolicy>) -> Arc<dyn Process<Cards>> {
    let begun = on_card(name, "Take a card out of use", Version(1))
        .component(Component::Operator)
        .requires(CardState::Active)
        .form("confirm", card_and_holder().optional([note()]));
    let begun = match policy {
        Some(policy) => begun.approval("approval", policy),
        None => begun,
    };
    let built = begun.change("deactivate", leaves(CardState::Inactive), inactive).end("deactivated").build();
    Arc::new(built.expect("it is well formed"))
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn person_id(account: &str) -> PersonId {
    let place = PEOPLE.iter().position(|(it, _)| *it == account).expect("somebody of that account");
    PersonId::from_uuid(id(1 + u128::try_from(place).unwrap_or_default()))
}

/// The people of a tenant, and three cards that one of them holds.
fn objects(tenant: TenantId) -> Vec<Object> {
    let mut ids = Ids::new(NOW, Seed::from_number(u64::from(tenant.number())));
    let mut objects = Vec::new();
    for (account, role) in PEOPLE {
        let grant = RoleGrant::new(role, None, NOW).expect("a role");
        let person = Person::new(tenant, person_id(account), &format!("Person {account}")).expect("a person");
        let person = person.with_role(grant).with_account(&account_of(tenant, account)).expect("an account");
        // Dora has no role of her own: what she decides, she decides for Ann.
        let from = Deputyship::new(person_id("ann"), NOW, NOW.plus(Millis::days(100)), None);
        objects.push(Object::Person(if *account == "dora" { person.standing_in(from) } else { person }));
    }
    // Whoever asks could approve, were it not that they asked.
    if let Some(Object::Person(olga)) = objects.get_mut(1) {
        *olga = olga.clone().with_role(RoleGrant::new(APPROVER, None, NOW).expect("a role"));
    }
    let validity = Validity::new(NOW.minus(Millis::days(1)), NOW.plus(Millis::days(1000))).expect("a validity");
    for number in 0..3 {
        let card = CardId::from_uuid(card_at(number).id());
        let printed = format!("4711 000{number}").parse().expect("a number");
        let card = Card::new(tenant, card, CardKind::Employee, printed, validity).registered_for(person_id("ada"));
        let ada = ObjectRef::new(card.at().home(), crate::domain::PERSON_KIND, person_id("ada").uuid());
        let held = Relation::to_object(RelationId::from_uuid(ids.fresh()), RelationKind::Holder, &card, ada);
        objects.extend([Object::Card(card), Object::Relation(held)]);
    }
    objects
}

pub(super) fn card_at(number: u128) -> ObjectRef {
    ObjectRef::new(HomeId::from_uuid(person_id("ada").uuid()), CARD_KIND, id(100 + number))
}

/// Accounts of the other tenant are others.
fn account_of(tenant: TenantId, account: &str) -> String {
    if tenant == TENANT { account.to_owned() } else { format!("{account}@other") }
}

impl Office {
    /// With the gateway, if there is one.
    pub(super) async fn open(
        gateway: Option<Arc<dyn ApprovalGateway>>,
        clock: Arc<ManualClock>,
        ids: Arc<SequentialIds>,
    ) -> Office {
        let one = ApprovalPolicy::role(APPROVER).covers(Covers::Exact);
        let many = ApprovalPolicy::of(Ballot::role(APPROVER).needs(2))
            .then(Ballot::role(SECURITY))
            .covers(Covers::Intent)
            .waits(Millis::hours(24))
            .overdue(Overdue::Escalate { to: ADMINISTRATOR.to_owned(), waits: Millis::hours(24) });
        let storage = Arc::new(MemoryStorage::new(&SCHEMA));
        let mut builder = CardflowBuilder::over(storage.clone(), storage.clone(), storage)
            .processes([process(ONE, Some(one)), process(MANY, Some(many)), process(AT_ONCE, None)])
            .clock(clock.clone())
            .ids(ids);
        if let Some(gateway) = gateway {
            builder = builder.approval_gateway(gateway);
        }
        let cards = builder.build().expect("it is well put together");
        for tenant in [TENANT, OTHER] {
            cards.install(tenant, &objects(tenant)).await.expect("the people and cards are well formed");
        }
        Office { cards, clock, begun: Mutex::default() }
    }

    /// The host.
    #[must_use]
    pub fn cards(&self) -> &Cardflow {
        &self.cards
    }

    /// Who calls with an account.
    #[must_use]
    pub fn principal(&self, tenant: TenantId, account: &str) -> Principal {
        Principal::new(account, Component::Operator, "password", NOW).of_tenant(tenant)
    }

    /// Somebody of the tenant by the name they have in both.
    pub(super) fn by(&self, tenant: TenantId, name: &str) -> Principal {
        self.principal(tenant, &account_of(tenant, name))
    }

    pub(super) fn person(&self, name: &str) -> PersonId {
        person_id(name)
    }

    pub(super) fn wait(&self, length: Millis) {
        self.clock.advance(length);
    }

    /// Somebody asks for a process on a card.
    pub(super) async fn ask_in(&self, tenant: TenantId, process: &str, card: u128) -> Standing<Cards> {
        let begun = self.cards.run(&self.by(tenant, "olga"), process, card_at(card), Answers::none()).await.unwrap();
        self.begun.lock().unwrap().push((tenant, begun.id()));
        begun
    }

    pub(super) async fn ask(&self, process: &str, card: u128) -> Standing<Cards> {
        self.ask_in(TENANT, process, card).await
    }

    /// Delivers what can be delivered now.
    pub(super) async fn settle(&self) {
        while self.cards.deliver(100).await.unwrap().confirmed > 0 {}
    }

    /// The requests that wait here for somebody to decide, of all tenants.
    pub async fn waiting(&self) -> Vec<ApprovalRequest> {
        let mut waiting = Vec::new();
        let begun = self.begun.lock().unwrap().clone();
        for (tenant, instance) in begun {
            let request = self.cards.request(&self.by(tenant, "ann"), instance).await.unwrap();
            let standing = request.standing;
            let (Status::Waiting { task, until, .. }, Some(approval)) = (&standing.status, &standing.approval) else {
                continue;
            };
            if approval.sent_back {
                continue;
            }
            let plan = approval.plan.iter().map(|it| PlanLine { object: it.object, what: it.what.to_string() });
            waiting.push(ApprovalRequest {
                tenant,
                instance,
                task: *task,
                process: standing.process.clone(),
                title: "Take a card out of use".to_owned(),
                subject: standing.subject,
                roles: approval.open().iter().flat_map(|it| it.roles.clone()).collect(),
                persons: approval.open().iter().flat_map(|it| it.persons.clone()).collect(),
                requester: request.requester,
                covers: approval.covers,
                plan: plan.collect(),
                review: false,
                until: *until,
            });
        }
        waiting
    }
}
