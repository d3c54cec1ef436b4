//! Small dossiers, and plans over them.

use cardflow::cards::{CardsOptions, CardsWorld, Request, package};
use cardflow::domain::{
    Authorities, Capabilities, Card, CardId, CardKind, CardState, Cause, CauseKind, Certificate, CertificateContent,
    CertificateId, CertificateState, Dossier, Hold, HoldId, IssuerName, KeyUse, Object, Person, PersonState, Plan,
    PlanContext, PlanOutcome, Refusal, Relation, RelationId, RelationKind, RevocationReason, Serial, Validity,
};
use cardflow::engine::{Ground, StepKind};
use cardflow::values::{Answers, Digest, Ids, InstanceId, Millis, ObjectRef, PersonId, Seed, TenantId, Timestamp};
use uuid::Uuid;

pub(crate) const TENANT: TenantId = TenantId::new(7);

/// The time of every test, so many days on.
pub(crate) fn day(days: i64) -> Timestamp {
    "2026-11-24T12:00:00Z".parse::<Timestamp>().unwrap().plus(Millis::days(days))
}

pub(crate) fn days(from: i64, until: i64) -> Validity {
    Validity::new(day(from), day(until)).unwrap()
}

pub(crate) fn ours() -> IssuerName {
    "CN=Example CA".parse().unwrap()
}

pub(crate) fn foreign() -> IssuerName {
    "CN=Foreign CA".parse().unwrap()
}

/// A hold of this cause on account of an object.
pub(crate) fn hold(number: u128, kind: CauseKind, origin: ObjectRef) -> Hold {
    let instance = InstanceId::from_uuid(Uuid::from_u128(0xface + number));
    let cause = Cause { kind, origin, instance: Some(instance) };
    Hold::open(HoldId::from_uuid(Uuid::from_u128(0xb01d_0000 + number)), cause, None, day(-10))
}

/// A card with a hold on its own account.
pub(crate) fn held_for(card: Card, kind: CauseKind) -> Card {
    let origin = card.at();
    card.with_hold(hold(kind as u128, kind, origin))
}

/// A certificate on hold for this reason.
pub(crate) fn on_hold(certificate: Certificate, hold: Hold) -> Certificate {
    certificate.in_state(CertificateState::OnHold, Some(RevocationReason::CertificateHold)).with_hold(hold)
}

/// Objects that grow one by one, with ids in sequence.
#[derive(Clone, Default)]
pub(crate) struct Scene {
    pub(crate) objects: Vec<Object>,
    ids: u128,
}

impl Scene {
    fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    fn add(&mut self, object: Object) -> ObjectRef {
        let at = object.at();
        self.objects.push(object);
        at
    }

    pub(crate) fn person(&mut self, state: PersonState) -> ObjectRef {
        let id = PersonId::from_uuid(self.id());
        self.add(Object::Person(Person::new(TENANT, id, "Ada Example").unwrap().in_state(state)))
    }

    /// A card of the holder, valid for a year before and after.
    pub(crate) fn card(&mut self, holder: ObjectRef, state: CardState, change: impl FnOnce(Card) -> Card) -> ObjectRef {
        let temporary = matches!(state, CardState::Unassigned | CardState::Assigned);
        let kind = if temporary { CardKind::Temporary } else { CardKind::Employee };
        self.card_of_kind(holder, kind, state, change)
    }

    pub(crate) fn card_of_kind(
        &mut self,
        holder: ObjectRef,
        kind: CardKind,
        state: CardState,
        change: impl FnOnce(Card) -> Card,
    ) -> ObjectRef {
        let id = CardId::from_uuid(self.id());
        let number = format!("4711 {:04}", self.ids).parse().unwrap();
        let card = Card::new(TENANT, id, kind, number, days(-365, 365));
        let card = change(card.registered_for(PersonId::from_uuid(holder.id())).in_state(state).unwrap());
        let at = self.add(Object::Card(card));
        self.relation(at, RelationKind::Holder, Some(holder), |it| it);
        at
    }

    /// A valid signature certificate of ours on these cards, a year old and good for another.
    pub(crate) fn certificate(
        &mut self,
        cards: &[ObjectRef],
        change: impl FnOnce(Certificate) -> Certificate,
    ) -> ObjectRef {
        self.certificate_from(ours(), KeyUse::Signature, days(-365, 365), cards, change)
    }

    pub(crate) fn certificate_from(
        &mut self,
        issuer: IssuerName,
        key_use: KeyUse,
        validity: Validity,
        cards: &[ObjectRef],
        change: impl FnOnce(Certificate) -> Certificate,
    ) -> ObjectRef {
        let id = self.id();
        let serial = Serial::from_bytes(id.as_bytes()).unwrap();
        let content = CertificateContent::Sha256(Digest::of(id.as_bytes()));
        let id = CertificateId::from_uuid(id);
        let fresh = Certificate::new(TENANT, id, (issuer, serial), validity, [key_use], content).unwrap();
        let at = self.add(Object::Certificate(change(fresh.first_issued_to(&self.card_at(cards[0])))));
        for card in cards {
            self.relation(*card, RelationKind::Carries, Some(at), |it| it);
        }
        at
    }

    /// A relation of a card to an object, or to something outside.
    pub(crate) fn relation(
        &mut self,
        card: ObjectRef,
        kind: RelationKind,
        to: Option<ObjectRef>,
        change: impl FnOnce(Relation) -> Relation,
    ) -> ObjectRef {
        let (id, card) = (RelationId::from_uuid(self.id()), self.card_at(card));
        let relation = match to {
            Some(to) => Relation::to_object(id, kind, &card, to),
            None => Relation::to_outside(id, kind, &card, "Main entrance").unwrap(),
        };
        self.add(Object::Relation(change(relation)))
    }

    fn card_at(&self, at: ObjectRef) -> Card {
        match self.objects.iter().find(|it| it.at() == at) {
            Some(Object::Card(card)) => card.clone(),
            _ => panic!("no card {at}"),
        }
    }

    pub(crate) fn dossier(&self, subject: ObjectRef) -> Dossier {
        Dossier::new(subject, self.objects.clone())
    }
}

/// What a plan is made with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) cause: CauseKind,
    pub(crate) options: CardsOptions,
    pub(crate) authorities: Authorities,
    pub(crate) now: Timestamp,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            cause: CauseKind::CardDeactivation,
            options: CardsOptions::default(),
            authorities: Authorities::default().with(ours(), Capabilities::ALL),
            now: day(0),
        }
    }
}

pub(crate) type Planned = Result<(PlanOutcome, Dossier), Refusal>;

impl Setup {
    pub(crate) fn because(cause: CauseKind) -> Setup {
        Setup { cause, ..Setup::default() }
    }

    pub(crate) fn with(change: impl FnOnce(&mut CardsOptions)) -> Setup {
        let mut setup = Setup::default();
        change(&mut setup.options);
        setup
    }

    /// An authority of ours that can do only this.
    pub(crate) fn able(hold: bool, release: bool) -> Setup {
        let authorities = Authorities::default().with(ours(), Capabilities { hold, release });
        Setup { authorities, ..Setup::default() }
    }

    /// A plan over a dossier, changed by hand.
    pub(crate) fn plan(&self, dossier: &Dossier, change: impl FnOnce(&mut Plan<'_>) -> Result<(), Refusal>) -> Planned {
        let context = PlanContext {
            now: self.now,
            instance: InstanceId::from_uuid(Uuid::from_u128(0x1257)),
            actor: None,
            cause: self.cause,
            policy: self.options.policy(),
            authorities: &self.authorities,
            answers: &Answers::none(),
            outside: &[],
            ids: self.ids(),
        };
        let mut plan = Plan::new(dossier, context);
        change(&mut plan)?;
        let (outcome, after, _) = plan.finish();
        Ok((outcome, after))
    }

    /// The change of a registered process of the package on the dossier's card.
    pub(crate) fn run(&self, name: &str, dossier: &Dossier) -> Planned {
        let package = package().unwrap();
        let process = package.iter().find(|it| it.outline().name == name).unwrap();
        let step = process.outline().steps.iter().position(|it| matches!(it.kind, StepKind::Change { .. })).unwrap();
        let ground = Ground {
            dossier,
            now: self.now,
            tenant: TENANT,
            instance: InstanceId::from_uuid(Uuid::from_u128(0x1257)),
            actor: None,
            options: &self.options,
            answers: &Answers::none(),
            outside: &[],
            world: &CardsWorld { authorities: self.authorities.clone(), ..CardsWorld::default() },
            ids: self.ids(),
        };
        let planned = process.plan(step, ground).unwrap()?;
        let asked = |it| if let Request::Authority(it) = it { Some(it) } else { None };
        let requests = planned.requests.into_iter().filter_map(asked).collect();
        Ok((PlanOutcome { items: planned.items, changes: planned.changes, requests }, planned.dossier))
    }

    /// A seed of its own for each cause and time, so that no two runs make the same ids.
    fn ids(&self) -> Ids {
        Ids::new(self.now, Seed::from_number(1 + self.cause as u64))
    }
}

pub(crate) const DEACTIVATE: &str = "CardsProcDeactivate";
pub(crate) const REACTIVATE: &str = "CardsProcReactivate";
pub(crate) const LOCK: &str = "CardsProcLock";

/// The same dossier about another of its objects.
pub(crate) fn about(dossier: &Dossier, subject: ObjectRef) -> Dossier {
    Dossier::new(subject, dossier.objects().cloned())
}

/// The state of an object by name.
pub(crate) fn state(dossier: &Dossier, at: ObjectRef) -> &'static str {
    dossier.get(at).unwrap().state().map_or("none", |it| it.name())
}

/// The causes of the open holds of an object.
pub(crate) fn causes(dossier: &Dossier, at: ObjectRef) -> Vec<CauseKind> {
    dossier.get(at).unwrap().holds().iter().map(|it| it.cause().kind).collect()
}

/// What the plan says of an object, in the words people read.
pub(crate) fn said(outcome: &PlanOutcome, at: ObjectRef) -> Vec<String> {
    outcome.items.iter().filter(|it| it.object == at).map(|it| it.what.to_string()).collect()
}
