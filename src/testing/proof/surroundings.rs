use std::str::FromStr;

use super::office::{NOW, TENANT};
use crate::cards::{ADMINISTRATOR, APPROVER, AUDITOR, OPERATOR, SELF_SERVICE};
use crate::domain::{
    Card, CardId, CardKind, CardState, Cause, CauseKind, Certificate, CertificateContent, CertificateId,
    CertificateState, Hold, HoldId, IssuerName, KeyUse, Object, ObjectState, Person, PersonState, Relation, RelationId,
    RelationKind, RelationState, RevocationReason, RoleGrant, Serial, Validity,
};
use crate::values::{Digest, Ids, Millis, ObjectRef, PersonId, Seed, TenantId};

/// The authority that can do everything.
pub(super) const ISSUER: &str = "CN=Example CA";
/// The authority that knows no holds.
pub(super) const UNHOLDING: &str = "CN=Example CA without holds";
/// Nobody's authority here.
const FOREIGN: &str = "CN=Foreign CA";

/// What surrounds the card: an office as most are, or one that makes it hard.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Surroundings {
    /// Two certificates, a door, an account.
    Usual,
    /// No certificate and nothing else.
    Bare,
    /// One certificate has expired.
    OneExpired,
    /// Every certificate has expired.
    AllExpired,
    /// One certificate is revoked.
    OneRevoked,
    /// A certificate that was issued and is not on the card yet.
    Issued,
    /// A certificate of a foreign issuer, and one whose authority knows no holds.
    Unholdable,
    /// Encryption certificates that somebody else's active card carries too; one is at home there.
    Shared,
    /// A certificate and a door that were held by hand before.
    HeldByHand,
    /// The card itself, where it is inactive, is held by hand as well.
    CardHeldByHand,
    /// Nobody holds the card; it is at home in itself.
    NoHolder,
    /// The holder is inactive.
    HolderInactive,
    /// The holder has another active card.
    SecondCard,
    /// The validity of the card is over.
    NotValid,
    /// Forty doors.
    ManyDoors,
    /// What cannot be held, what is shared, what is held already and what is issued, all at once.
    Everything,
}

impl Surroundings {
    pub(super) const ALL: &[Surroundings] = &[
        Surroundings::Usual,
        Surroundings::Bare,
        Surroundings::OneExpired,
        Surroundings::AllExpired,
        Surroundings::OneRevoked,
        Surroundings::Issued,
        Surroundings::Unholdable,
        Surroundings::Shared,
        Surroundings::HeldByHand,
        Surroundings::CardHeldByHand,
        Surroundings::NoHolder,
        Surroundings::HolderInactive,
        Surroundings::SecondCard,
        Surroundings::NotValid,
        Surroundings::ManyDoors,
        Surroundings::Everything,
    ];

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Surroundings::Usual => "two certificates, a door, an account",
            Surroundings::Bare => "no certificates, no relations but the holder",
            Surroundings::OneExpired => "one certificate has expired",
            Surroundings::AllExpired => "every certificate has expired",
            Surroundings::OneRevoked => "one certificate is revoked",
            Surroundings::Issued => "a certificate that is issued and not on the card yet",
            Surroundings::Unholdable => "a certificate of a foreign issuer, and one whose authority knows no holds",
            Surroundings::Shared => {
                "certificates that another person's active card carries too, one of them at home there"
            }
            Surroundings::HeldByHand => "a certificate and a door that were held by hand before",
            Surroundings::CardHeldByHand => "the card, where it is inactive, is held by hand as well",
            Surroundings::NoHolder => "nobody holds the card",
            Surroundings::HolderInactive => "the holder is inactive",
            Surroundings::SecondCard => "the holder has another active card",
            Surroundings::NotValid => "the validity of the card is over",
            Surroundings::ManyDoors => "forty doors",
            Surroundings::Everything => {
                "certificates that cannot be held, are shared, are held already, or only issued"
            }
        }
    }
}

/// The objects of an office, and the ones that matter.
#[derive(Debug)]
pub(super) struct Objects {
    pub(super) all: Vec<Object>,
    pub(super) card: ObjectRef,
    pub(super) holder: ObjectRef,
    /// Another person's active card.
    pub(super) other_card: ObjectRef,
}

fn parsed<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a literal of this file")
}

fn validity() -> Validity {
    Validity::new(parsed("2026-01-01"), parsed("2028-01-01")).expect("in order")
}

/// Of certificates, which outlive the card they are on, and of the other card.
fn longer() -> Validity {
    Validity::new(parsed("2026-01-01"), parsed("2028-07-01")).expect("in order")
}

fn over() -> Validity {
    Validity::new(parsed("2024-01-01"), parsed("2026-01-01")).expect("in order")
}

/// Puts the objects of an office together.
struct Maker {
    ids: Ids,
    made: Vec<Object>,
    serial: u8,
    /// Everything that hangs on the card is held for this cause.
    held: Option<CauseKind>,
}

/// Somebody on the staff.
struct Staff {
    name: &'static str,
    account: &'static str,
    role: Option<&'static str>,
    state: PersonState,
    unit: Option<&'static str>,
}

/// The people every office has.
const STAFF: &[Staff] = &[
    Staff::with("Olga Operator", "olga", OPERATOR),
    Staff::with("Otto Operator", "otto", OPERATOR),
    Staff { unit: Some("Hamburg"), ..Staff::with("Uli Unit", "uli", OPERATOR) },
    Staff { state: PersonState::Inactive, ..Staff::with("Ina Inactive", "ina", OPERATOR) },
    Staff::with("Adam Admin", "adam", ADMINISTRATOR),
    Staff::with("Ann Approver", "ann", APPROVER),
    Staff::with("Aude Auditor", "aude", AUDITOR),
    Staff::with("Sam Self", "sam", SELF_SERVICE),
    Staff { role: None, ..Staff::with("Nina Norole", "nina", "") },
];

impl Staff {
    const fn with(name: &'static str, account: &'static str, role: &'static str) -> Staff {
        Staff { name, account, role: Some(role), state: PersonState::Active, unit: None }
    }

    fn person(&self, tenant: TenantId, ids: &mut Ids) -> Object {
        let person = Person::new(tenant, PersonId::from_uuid(ids.fresh()), self.name).expect("a name");
        let mut person = person.with_account(self.account).expect("an account").in_state(self.state);
        if let Some(role) = self.role {
            let grant = RoleGrant::new(role, None, NOW).expect("a role");
            let grant = if let Some(unit) = self.unit { grant.in_unit(unit).expect("a unit") } else { grant };
            person = person.with_role(grant);
        }
        Object::Person(person)
    }
}

/// The staff of a tenant.
pub(super) fn staff(tenant: TenantId, ids: &mut Ids) -> Vec<Object> {
    STAFF.iter().map(|it| it.person(tenant, ids)).collect()
}

/// The objects of a surroundings: a card of this kind and state (or its holder in this state) with its surroundings.
pub(super) fn objects(surroundings: Surroundings, state: ObjectState, kind: &CardKind) -> Option<Objects> {
    let (card_state, holder_state) = match state {
        ObjectState::Card(it) => (it, PersonState::Active),
        ObjectState::Person(it) => (CardState::Active, it),
        ObjectState::Certificate(_) | ObjectState::Relation(_) => return None,
    };
    let mut ids = Ids::new(NOW, Seed::from_number(1));
    let mut made = staff(TENANT, &mut ids);
    let holder = Person::new(TENANT, PersonId::from_uuid(ids.fresh()), "Ada Example").expect("a name");
    let grant = RoleGrant::new(SELF_SERVICE, None, NOW).expect("a role");
    let holder = holder.with_account("ada").expect("an account").with_role(grant).in_unit("Berlin").expect("a unit");
    let holder = holder.with_mail("ada@example.org").expect("an address");
    let holder_state = if surroundings == Surroundings::HolderInactive { PersonState::Inactive } else { holder_state };
    let holder = holder.in_state(holder_state);
    let ben = Person::new(TENANT, PersonId::from_uuid(ids.fresh()), "Ben Beispiel").expect("a name");
    let ben = ben.in_unit("Berlin").expect("a unit");
    made.extend([Object::Person(holder.clone()), Object::Person(ben.clone())]);

    let valid = if surroundings == Surroundings::NotValid { over() } else { validity() };
    let card = Card::new(TENANT, CardId::from_uuid(ids.fresh()), kind.clone(), parsed("4711 0815"), valid);
    let card = if surroundings == Surroundings::NoHolder { card } else { card.registered_for(holder.id()) };
    let first = card.graph().is_first(card_state);
    let card = card.in_state(card_state).ok().filter(|_| first)?;
    let held = (card_state == CardState::Inactive).then_some(CauseKind::Imported);
    let mut maker = Maker { ids, made, serial: 0, held };
    let card = match held {
        Some(cause) => {
            let by_hand = (surroundings == Surroundings::CardHeldByHand).then_some(CauseKind::Manual);
            let causes = std::iter::once(cause).chain(by_hand);
            causes.fold(card, |card, cause| {
                let hold = maker.hold(cause, card.at());
                card.with_hold(hold)
            })
        }
        None => card,
    };
    let other = Card::new(TENANT, CardId::from_uuid(maker.ids.fresh()), CardKind::Employee, parsed("4800"), longer());
    let other = other.registered_for(ben.id()).in_state(CardState::Active).expect("a first state");
    maker.relate(RelationKind::Holder, &other, ben.at(), None);
    maker.certificate(&other, ISSUER, longer(), CertificateState::Valid, KeyUse::Authentication);

    if surroundings != Surroundings::NoHolder {
        maker.relate(RelationKind::Holder, &card, holder.at(), maker.held);
        maker.relate(RelationKind::RequestedBy, &card, ben.at(), None);
    }
    maker.surround(surroundings, &card, &other, &holder);
    let (at, other_card, holder) = (card.at(), other.at(), holder.at());
    maker.made.extend([Object::Card(card), Object::Card(other)]);
    Some(Objects { all: maker.made, card: at, holder, other_card })
}

impl Maker {
    /// A hold that was there before: imported, or by hand.
    fn hold(&mut self, cause: CauseKind, origin: ObjectRef) -> Hold {
        let cause = Cause { kind: cause, origin, instance: None };
        Hold::open(HoldId::from_uuid(self.ids.fresh()), cause, None, NOW.minus(Millis::days(1)))
    }

    fn relate(&mut self, kind: RelationKind, card: &Card, to: ObjectRef, held: Option<CauseKind>) {
        let relation = Relation::to_object(RelationId::from_uuid(self.ids.fresh()), kind, card, to);
        self.push(relation, held.filter(|_| kind.graph().is_some()), card);
    }

    fn outside(&mut self, kind: RelationKind, card: &Card, name: &str, held: Option<CauseKind>) {
        let relation = Relation::to_outside(RelationId::from_uuid(self.ids.fresh()), kind, card, name);
        self.push(relation.expect("a name"), held, card);
    }

    fn push(&mut self, relation: Relation, held: Option<CauseKind>, card: &Card) {
        let relation = match held {
            Some(cause) => {
                let hold = self.hold(cause, card.at());
                relation.in_state(RelationState::Inactive).expect("a state").with_hold(hold)
            }
            None => relation,
        };
        self.made.push(Object::Relation(relation));
    }

    /// A certificate first issued to a card, and the relation that says so; says where it is.
    fn certificate(
        &mut self,
        card: &Card,
        issuer: &str,
        valid: Validity,
        state: CertificateState,
        key_use: KeyUse,
    ) -> ObjectRef {
        self.serial += 1;
        let serial = Serial::from_bytes(&[0x0A, self.serial]).expect("a number");
        let content = CertificateContent::Sha256(Digest::of(serial.as_bytes()));
        let id = CertificateId::from_uuid(self.ids.fresh());
        let name = (parsed::<IssuerName>(issuer), serial);
        let certificate = Certificate::new(TENANT, id, name, valid, [key_use], content).expect("it has a use");
        let ended = state == CertificateState::Revoked || valid.is_over(NOW);
        // What its own card being out of use means for it; a foreign one stays as it is, by an exemption.
        let held = self.held.filter(|_| !ended && card.number().to_string() != "4800");
        let by_hand = (state == CertificateState::OnHold).then_some(CauseKind::Manual);
        let mut certificate = match (held, state) {
            (Some(_), _) | (None, CertificateState::OnHold) => {
                certificate.in_state(CertificateState::OnHold, Some(RevocationReason::CertificateHold))
            }
            (None, CertificateState::Revoked) => certificate.in_state(state, Some(RevocationReason::KeyCompromise)),
            (None, other) => certificate.in_state(other, None),
        };
        for cause in held.into_iter().chain(by_hand) {
            let hold = self.hold(cause, card.at());
            certificate = certificate.with_hold(hold);
        }
        let certificate = certificate.first_issued_to(card);
        let at = certificate.at();
        self.made.push(Object::Certificate(certificate));
        self.relate(RelationKind::Carries, card, at, held);
        at
    }

    /// A certificate of this card that another carries too; and where nothing is held yet, one of the other that this one
    /// carries.
    fn shared(&mut self, card: &Card, other: &Card) {
        let (valid, key_use) = (CertificateState::Valid, KeyUse::Encryption);
        let ours = self.certificate(card, ISSUER, longer(), valid, key_use);
        self.relate(RelationKind::Carries, other, ours, None);
        if self.held.is_none() {
            let theirs = self.certificate(other, ISSUER, longer(), valid, key_use);
            self.relate(RelationKind::Carries, card, theirs, None);
        }
    }

    fn surround(&mut self, surroundings: Surroundings, card: &Card, other: &Card, holder: &Person) {
        use CertificateState::{Issued, OnHold, Revoked, Valid};
        use KeyUse::{Authentication, Encryption, Signature};
        if surroundings == Surroundings::Bare {
            return;
        }
        let first = match surroundings {
            Surroundings::AllExpired => over(),
            _ => longer(),
        };
        self.certificate(card, ISSUER, first, Valid, Authentication);
        match surroundings {
            Surroundings::OneExpired | Surroundings::AllExpired => {
                self.certificate(card, ISSUER, over(), Valid, Signature);
            }
            Surroundings::OneRevoked => {
                self.certificate(card, ISSUER, longer(), Revoked, Signature);
            }
            Surroundings::Issued => {
                self.certificate(card, ISSUER, longer(), Issued, Signature);
            }
            Surroundings::Unholdable => {
                self.certificate(card, FOREIGN, longer(), Valid, Signature);
                self.certificate(card, UNHOLDING, longer(), Valid, Encryption);
            }
            Surroundings::Everything => {
                self.certificate(card, FOREIGN, longer(), Valid, Signature);
                self.certificate(card, UNHOLDING, longer(), Valid, Encryption);
                self.certificate(card, ISSUER, longer(), OnHold, Signature);
                self.certificate(card, ISSUER, longer(), Issued, Signature);
                self.shared(card, other);
            }
            Surroundings::Shared => {
                self.shared(card, other);
            }
            Surroundings::HeldByHand => {
                self.certificate(card, ISSUER, longer(), OnHold, Signature);
            }
            _ => {
                self.certificate(card, ISSUER, longer(), Valid, Signature);
            }
        }
        let by_hand = (surroundings == Surroundings::HeldByHand).then_some(CauseKind::Manual);
        self.outside(RelationKind::Door, card, "Main entrance", by_hand.or(self.held));
        self.outside(RelationKind::Account, card, "ada@example.org", self.held);
        if surroundings == Surroundings::ManyDoors {
            (0..40).for_each(|n| self.outside(RelationKind::Door, card, &format!("Door {n}"), self.held));
        }
        if surroundings == Surroundings::SecondCard {
            let id = CardId::from_uuid(self.ids.fresh());
            let second = Card::new(TENANT, id, CardKind::Employee, parsed("4711 0816"), validity());
            let second = second.registered_for(holder.id()).in_state(CardState::Active).expect("a first state");
            self.relate(RelationKind::Holder, &second, holder.at(), None);
            self.made.push(Object::Card(second));
        }
    }
}
