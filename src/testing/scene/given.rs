use super::{Scene, day, days, foreign, hold, on_hold, ours};
use crate::domain::{
    CardKind, CardState, CauseKind, Certificate, CertificateState, Change, Dossier, Exemption, ExemptionPolicy, KeyUse,
    Object, PersonState, Relation, RelationKind, RelationState, RevocationReason,
};
use crate::values::ObjectRef;

/// A card in words, with what hangs on it: what a scenario is given.
///
/// A card out of use stands there as its process leaves it: an inactive one is held by *card deactivation*, and so is what
/// hangs on it; the certificates of a locked one are revoked.
///
/// ```
/// use cardflow::domain::CardState;
/// use cardflow::testing::scene::{a_certificate, an_active_card};
///
/// let dossier = an_active_card()
///     .with_certificates(2)
///     .with_certificate(a_certificate().of_foreign_issuer())
///     .with_door("Main entrance")
///     .beside_a_card(CardState::Active)
///     .dossier();
/// assert_eq!((dossier.cards().count(), dossier.certificates().count()), (2, 3));
/// ```
#[derive(Clone, Debug)]
pub struct GivenCard {
    state: CardState,
    kind: CardKind,
    holder: PersonState,
    held: Vec<CauseKind>,
    certificates: Vec<GivenCertificate>,
    outside: Vec<(RelationKind, String)>,
    beside: Vec<CardState>,
}

/// A card in this state, with a holder who is active and nothing else.
#[must_use]
pub fn a_card(state: CardState) -> GivenCard {
    let temporary = matches!(state, CardState::Unassigned | CardState::Assigned);
    GivenCard {
        state,
        kind: if temporary { CardKind::Temporary } else { CardKind::Employee },
        holder: PersonState::Active,
        held: Vec::new(),
        certificates: Vec::new(),
        outside: Vec::new(),
        beside: Vec::new(),
    }
}

/// A card in use.
#[must_use]
pub fn an_active_card() -> GivenCard {
    a_card(CardState::Active)
}

/// A card that was deactivated.
#[must_use]
pub fn an_inactive_card() -> GivenCard {
    a_card(CardState::Inactive)
}

/// A card that was produced and is not yet in use.
#[must_use]
pub fn an_issued_card() -> GivenCard {
    a_card(CardState::Issued)
}

/// A card that was locked.
#[must_use]
pub fn a_locked_card() -> GivenCard {
    a_card(CardState::Locked)
}

impl GivenCard {
    /// Of this kind; else it is an employee's.
    #[must_use]
    pub fn of_kind(self, kind: CardKind) -> Self {
        GivenCard { kind, ..self }
    }

    /// Whose holder is in this state.
    #[must_use]
    pub fn whose_holder_is(self, holder: PersonState) -> Self {
        GivenCard { holder, ..self }
    }

    /// An inactive one, held for this cause instead of the usual one; called again, for several.
    #[must_use]
    pub fn held_by(mut self, cause: CauseKind) -> Self {
        self.state = CardState::Inactive;
        self.held.push(cause);
        self
    }

    /// With so many certificates more, of ours.
    #[must_use]
    pub fn with_certificates(mut self, count: usize) -> Self {
        self.certificates.extend((0..count).map(|_| a_certificate()));
        self
    }

    /// With this certificate.
    #[must_use]
    pub fn with_certificate(mut self, certificate: GivenCertificate) -> Self {
        self.certificates.push(certificate);
        self
    }

    /// That opens this door.
    #[must_use]
    pub fn with_door(self, name: &str) -> Self {
        self.with_relation(RelationKind::Door, name)
    }

    /// That signs in to this account.
    #[must_use]
    pub fn with_account(self, name: &str) -> Self {
        self.with_relation(RelationKind::Account, name)
    }

    /// Related to something outside, by name.
    #[must_use]
    pub fn with_relation(mut self, kind: RelationKind, name: &str) -> Self {
        self.outside.push((kind, name.to_owned()));
        self
    }

    /// Whose holder has another card in this state; called again, several.
    #[must_use]
    pub fn beside_a_card(mut self, state: CardState) -> Self {
        self.beside.push(state);
        self
    }

    /// The dossier about the card. Its number is the first of the scene, the certificates are numbered from 01.
    ///
    /// # Panics
    ///
    /// If a card of that kind cannot be in that state.
    #[must_use]
    pub fn dossier(&self) -> Dossier {
        let mut scene = Scene::default();
        let holder = scene.person(self.holder);
        let card = scene.card_of_kind(holder, self.kind.clone(), self.state, |it| it);
        let beside: Vec<_> = self.beside.iter().map(|state| scene.card(holder, *state, |it| it)).collect();
        for certificate in &self.certificates {
            let shared = if certificate.shared { beside.first() } else { None };
            certificate.put_on(&mut scene, &[Some(&card), shared].into_iter().flatten().copied().collect::<Vec<_>>());
        }
        for (kind, name) in &self.outside {
            scene.outside(card, *kind, name, |it| it);
        }
        let causes = self.causes(card, holder);
        for object in &mut scene.objects {
            self.put_in_place(object, card, &causes);
        }
        left_alone(scene.dossier(card))
    }

    /// What holds the card and what hangs on it, and on whose account.
    fn causes(&self, card: ObjectRef, holder: ObjectRef) -> Vec<(CauseKind, ObjectRef)> {
        match (self.state, self.held.as_slice()) {
            (CardState::Inactive, []) => vec![(CauseKind::CardDeactivation, card)],
            (CardState::Locked, _) => vec![(CauseKind::CardLock, card)],
            (CardState::Expired, _) => vec![(CauseKind::CardExpiry, card)],
            (_, held) => held.iter().map(|it| (*it, origin_of(*it, card, holder))).collect(),
        }
    }

    /// Puts an object as far out of use as the card is on which it hangs.
    fn put_in_place(&self, object: &mut Object, card: ObjectRef, causes: &[(CauseKind, ObjectRef)]) {
        let number = |n: usize, at: ObjectRef| at.id().as_u128() * 10 + n as u128;
        let holds = |at: ObjectRef| {
            causes.iter().enumerate().map(move |(n, (kind, origin))| hold(number(n, at), *kind, *origin))
        };
        match object {
            Object::Card(it) if it.at() == card && self.state == CardState::Inactive => {
                *it = holds(card).fold(it.clone(), crate::domain::Card::with_hold);
            }
            Object::Relation(it) if it.from() == card && it.state().is_some() && !causes.is_empty() => {
                let inactive = it.clone().in_state(RelationState::Inactive).unwrap();
                *it = holds(it.at()).fold(inactive, Relation::with_hold);
            }
            Object::Certificate(it) if is_usable(it) && *it.issuer() == ours() => {
                *it = match self.state {
                    CardState::Inactive => holds(it.at()).fold(it.clone(), on_hold),
                    CardState::Locked => {
                        it.clone().in_state(CertificateState::Revoked, Some(RevocationReason::Unspecified))
                    }
                    CardState::Expired => {
                        it.clone().in_state(CertificateState::Revoked, Some(RevocationReason::CessationOfOperation))
                    }
                    _ => it.clone(),
                };
                if !is_usable(it) {
                    *it = it.clone().confirmed_as(it.wanted());
                }
            }
            Object::Person(_) | Object::Card(_) | Object::Relation(_) | Object::Certificate(_) => {}
        }
    }
}

fn is_usable(certificate: &Certificate) -> bool {
    matches!(certificate.wanted(), CertificateState::Issued | CertificateState::Valid)
}

/// With an exemption on record for each foreign certificate of a card out of use.
fn left_alone(mut dossier: Dossier) -> Dossier {
    let mut exempt = Vec::new();
    for card in dossier.cards().filter(|it| it.is_out_of_use()) {
        let foreign = dossier.certificates_of(card.at()).filter(|it| is_usable(it) && *it.issuer() == foreign());
        exempt.extend(foreign.map(|it| (it.at(), card.at())));
    }
    for (certificate, card) in exempt {
        let exemption = Exemption { card, policy: ExemptionPolicy::ForeignIssuer, at: day(-10) };
        dossier.apply(&Change::Exempted { certificate, exemption }).unwrap();
    }
    dossier
}

/// On whose account a hold of this cause is there.
fn origin_of(cause: CauseKind, card: ObjectRef, holder: ObjectRef) -> ObjectRef {
    if cause == CauseKind::UserDeactivation { holder } else { card }
}

/// A certificate in words: valid, of ours, for signing, and good for another year.
#[derive(Clone, Debug)]
pub struct GivenCertificate {
    state: CertificateState,
    key_use: KeyUse,
    foreign: bool,
    over: bool,
    shared: bool,
}

/// A certificate that is valid.
#[must_use]
pub fn a_certificate() -> GivenCertificate {
    let (state, key_use) = (CertificateState::Valid, KeyUse::Signature);
    GivenCertificate { state, key_use, foreign: false, over: false, shared: false }
}

impl GivenCertificate {
    /// For this use of its key.
    #[must_use]
    pub fn used_for(self, key_use: KeyUse) -> Self {
        GivenCertificate { key_use, ..self }
    }

    /// That is revoked.
    #[must_use]
    pub fn revoked(self) -> Self {
        GivenCertificate { state: CertificateState::Revoked, ..self }
    }

    /// That is not on the card yet.
    #[must_use]
    pub fn just_issued(self) -> Self {
        GivenCertificate { state: CertificateState::Issued, ..self }
    }

    /// Whose validity ended yesterday, and nobody has noted it yet.
    #[must_use]
    pub fn past_its_end(self) -> Self {
        GivenCertificate { over: true, ..self }
    }

    /// Of an issuer without a registered authority.
    #[must_use]
    pub fn of_foreign_issuer(self) -> Self {
        GivenCertificate { foreign: true, ..self }
    }

    /// That the first card beside carries too.
    #[must_use]
    pub fn shared(self) -> Self {
        GivenCertificate { shared: true, ..self }
    }

    fn put_on(&self, scene: &mut Scene, cards: &[ObjectRef]) {
        let issuer = if self.foreign { foreign() } else { ours() };
        let validity = if self.over { days(-365, -1) } else { days(-365, 365) };
        let reason = (self.state == CertificateState::Revoked).then_some(RevocationReason::Superseded);
        let change = |it: Certificate| it.in_state(self.state, reason);
        scene.certificate_from(issuer, self.key_use, validity, cards, change);
    }
}

/// A person in words, with cards: what a scenario of a process on a person is given.
#[derive(Clone, Debug)]
pub struct GivenPerson {
    state: PersonState,
    cards: Vec<(CardState, usize)>,
}

/// A person who is active and has no cards.
#[must_use]
pub fn a_person() -> GivenPerson {
    GivenPerson { state: PersonState::Active, cards: Vec::new() }
}

impl GivenPerson {
    /// In this state.
    #[must_use]
    pub fn who_is(self, state: PersonState) -> Self {
        GivenPerson { state, ..self }
    }

    /// With a card in this state that carries so many certificates; called again, with several.
    #[must_use]
    pub fn with_card(mut self, state: CardState, certificates: usize) -> Self {
        self.cards.push((state, certificates));
        self
    }

    /// The dossier about the person.
    ///
    /// # Panics
    ///
    /// If a card cannot be in that state.
    #[must_use]
    pub fn dossier(&self) -> Dossier {
        let mut scene = Scene::default();
        let person = scene.person(self.state);
        for (state, certificates) in &self.cards {
            let before = scene.objects.len();
            let card = scene.card(person, *state, |it| it);
            for _ in 0..*certificates {
                scene.certificate(&[card], |it| it);
            }
            let given = a_card(*state);
            let causes = given.causes(card, person);
            scene.objects.iter_mut().skip(before).for_each(|it| given.put_in_place(it, card, &causes));
        }
        scene.dossier(person)
    }
}
