use uuid::Uuid;

use super::{TENANT, day, days, ours};
use crate::domain::{
    Card, CardId, CardKind, CardState, Cause, CauseKind, Certificate, CertificateContent, CertificateId,
    CertificateState, Dossier, Hold, HoldId, IssuerName, KeyUse, Object, Person, PersonState, Relation, RelationId,
    RelationKind, RevocationReason, Serial, Validity,
};
use crate::values::{Digest, InstanceId, ObjectRef, PersonId};

/// A hold of this cause on account of an object, with this number, opened ten days ago.
#[must_use]
pub fn hold(number: u128, kind: CauseKind, origin: ObjectRef) -> Hold {
    let instance = InstanceId::from_uuid(Uuid::from_u128(0xface + number));
    let cause = Cause { kind, origin, instance: Some(instance) };
    Hold::open(HoldId::from_uuid(Uuid::from_u128(0xb01d_0000 + number)), cause, None, day(-10))
}

/// A card with a hold on its own account.
#[must_use]
pub fn held_for(card: Card, kind: CauseKind) -> Card {
    let origin = card.at();
    card.with_hold(hold(kind as u128, kind, origin))
}

/// A certificate on hold for this reason.
#[must_use]
pub fn on_hold(certificate: Certificate, hold: Hold) -> Certificate {
    certificate.in_state(CertificateState::OnHold, Some(RevocationReason::CertificateHold)).with_hold(hold)
}

/// Objects that grow one by one, with ids in sequence.
///
/// ```
/// use cardflow::domain::{CardState, PersonState, RelationKind};
/// use cardflow::testing::scene::Scene;
///
/// let mut scene = Scene::default();
/// let ada = scene.person(PersonState::Active);
/// let card = scene.card(ada, CardState::Active, |it| it);
/// let other = scene.card(ada, CardState::Issued, |it| it);
/// scene.certificate(&[card, other], |it| it);
/// scene.relation(card, RelationKind::Door, None, |it| it);
/// assert_eq!(scene.dossier(card).certificates_of(other).count(), 1);
/// ```
///
/// # Panics
///
/// Where something cannot be, a state that the graph does not have, say.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// What there is so far, in order.
    pub objects: Vec<Object>,
    ids: u128,
    certificates: u32,
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

    /// A person in this state.
    pub fn person(&mut self, state: PersonState) -> ObjectRef {
        let id = PersonId::from_uuid(self.id());
        self.add(Object::Person(Person::new(TENANT, id, "Ada Example").unwrap().in_state(state)))
    }

    /// A card of the holder, valid for a year before and after; a temporary one if its state is one of those.
    pub fn card(&mut self, holder: ObjectRef, state: CardState, change: impl FnOnce(Card) -> Card) -> ObjectRef {
        let temporary = matches!(state, CardState::Unassigned | CardState::Assigned);
        let kind = if temporary { CardKind::Temporary } else { CardKind::Employee };
        self.card_of_kind(holder, kind, state, change)
    }

    /// A card of this kind.
    pub fn card_of_kind(
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
    pub fn certificate(&mut self, cards: &[ObjectRef], change: impl FnOnce(Certificate) -> Certificate) -> ObjectRef {
        self.certificate_from(ours(), KeyUse::Signature, days(-365, 365), cards, change)
    }

    /// A certificate of this issuer, first issued to the first of the cards. The first of a scene has the number 01.
    pub fn certificate_from(
        &mut self,
        issuer: IssuerName,
        key_use: KeyUse,
        validity: Validity,
        cards: &[ObjectRef],
        change: impl FnOnce(Certificate) -> Certificate,
    ) -> ObjectRef {
        let id = self.id();
        self.certificates += 1;
        let serial = Serial::from_bytes(&self.certificates.to_be_bytes()).unwrap();
        let content = CertificateContent::Sha256(Digest::of(id.as_bytes()));
        let id = CertificateId::from_uuid(id);
        let fresh = Certificate::new(TENANT, id, (issuer, serial), validity, [key_use], content).unwrap();
        let at = self.add(Object::Certificate(change(fresh.first_issued_to(&self.card_at(cards[0])))));
        for card in cards {
            self.relation(*card, RelationKind::Carries, Some(at), |it| it);
        }
        at
    }

    /// A relation of a card to an object, or to the main entrance.
    pub fn relation(
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

    /// A relation of a card to something outside, by name.
    pub fn outside(
        &mut self,
        card: ObjectRef,
        kind: RelationKind,
        name: &str,
        change: impl FnOnce(Relation) -> Relation,
    ) -> ObjectRef {
        let (id, card) = (RelationId::from_uuid(self.id()), self.card_at(card));
        self.add(Object::Relation(change(Relation::to_outside(id, kind, &card, name).unwrap())))
    }

    fn card_at(&self, at: ObjectRef) -> Card {
        match self.objects.iter().find(|it| it.at() == at) {
            Some(Object::Card(card)) => card.clone(),
            _ => panic!("no card {at}"),
        }
    }

    /// All of it, about one object.
    #[must_use]
    pub fn dossier(&self, subject: ObjectRef) -> Dossier {
        Dossier::new(subject, self.objects.clone())
    }
}
