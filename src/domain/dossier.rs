use std::sync::Arc;

use super::{
    Card, CardState, Certificate, Change, ChangeRefused, End, Head, Object, ObjectState, Person, PolicyDeadline,
    Relation, RelationKind, Visible,
};
use crate::values::{HomeId, ObjectRef};

/// The subject and its neighbourhood, as loaded: holder, certificates, relations, holds, the holder's other cards.
///
/// Cheap to clone: objects are shared until one changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dossier {
    subject: ObjectRef,
    objects: Vec<Arc<Object>>,
}

/// What [`Dossier::neighbours`] found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Neighbours {
    /// All homes are there.
    Complete,
    /// These homes are needed too.
    Missing(Vec<HomeId>),
}

impl Dossier {
    /// A dossier about `subject` with the objects of the homes loaded so far, shared or not.
    #[must_use]
    pub fn new(subject: ObjectRef, objects: impl IntoIterator<Item = impl Into<Arc<Object>>>) -> Self {
        Dossier { subject, objects: objects.into_iter().map(Into::into).collect() }
    }

    /// The same objects, about another of them.
    #[must_use]
    pub fn about(&self, subject: ObjectRef) -> Self {
        Dossier { subject, objects: self.objects.clone() }
    }

    /// Whether every home that a decision about the subject must see is among `loaded`.
    ///
    /// Needed are: the homes of the holder and the certificates of the cards in question, and of the other cards that
    /// the holder has or that carry those certificates, with their holders. Cards in question are the subject itself, the cards of a
    /// person, or the carriers of a certificate.
    #[must_use]
    pub fn neighbours(&self, loaded: &[HomeId]) -> Neighbours {
        let mut missing = Vec::new();
        let mut need = |home: HomeId| {
            if !loaded.contains(&home) && !missing.contains(&home) {
                missing.push(home);
            }
        };
        for card in self.cards_in_question() {
            need(card.home());
            for relation in self.relations_of(card) {
                let End::Object(to) = relation.to() else { continue };
                need(to.home());
                match self.get(*to) {
                    Some(Object::Person(person)) => person.cards_elsewhere().for_each(|it| need(it.home())),
                    Some(Object::Certificate(certificate)) => {
                        certificate.cards_elsewhere().for_each(|it| need(it.home()));
                        for carrier in self.carriers(certificate.at()) {
                            self.ends(carrier.at(), RelationKind::Holder).for_each(|it| need(it.home()));
                        }
                    }
                    _ => {}
                }
            }
        }
        if missing.is_empty() { Neighbours::Complete } else { Neighbours::Missing(missing) }
    }

    fn cards_in_question(&self) -> Vec<ObjectRef> {
        match self.get(self.subject) {
            Some(Object::Person(person)) => {
                self.cards_of(person.at()).map(Card::at).chain(person.cards_elsewhere()).collect()
            }
            Some(Object::Certificate(certificate)) => {
                self.carriers(certificate.at()).map(Card::at).chain(certificate.cards_elsewhere()).collect()
            }
            Some(Object::Relation(relation)) => vec![relation.from()],
            Some(Object::Card(_)) | None => vec![self.subject],
        }
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> ObjectRef {
        self.subject
    }

    /// Every object in it.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().map(AsRef::as_ref)
    }

    /// The object at `at`.
    #[must_use]
    pub fn get(&self, at: ObjectRef) -> Option<&Object> {
        self.objects().find(|it| it.at() == at)
    }

    /// The card at `at`.
    #[must_use]
    pub fn card(&self, at: ObjectRef) -> Option<&Card> {
        match self.get(at) {
            Some(Object::Card(card)) => Some(card),
            _ => None,
        }
    }

    /// The person at `at`.
    #[must_use]
    pub fn person(&self, at: ObjectRef) -> Option<&Person> {
        match self.get(at) {
            Some(Object::Person(person)) => Some(person),
            _ => None,
        }
    }

    /// The certificate at `at`.
    #[must_use]
    pub fn certificate(&self, at: ObjectRef) -> Option<&Certificate> {
        match self.get(at) {
            Some(Object::Certificate(certificate)) => Some(certificate),
            _ => None,
        }
    }

    /// The subject, if it is a card.
    #[must_use]
    pub fn subject_card(&self) -> Option<&Card> {
        self.card(self.subject)
    }

    /// Every card in it.
    pub fn cards(&self) -> impl Iterator<Item = &Card> {
        self.objects().filter_map(|it| if let Object::Card(card) = it { Some(card) } else { None })
    }

    /// Every certificate in it.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.objects().filter_map(|it| if let Object::Certificate(found) = it { Some(found) } else { None })
    }

    /// Every relation in it.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.objects().filter_map(|it| if let Object::Relation(relation) = it { Some(relation) } else { None })
    }

    /// The relations with `object` at one end.
    pub fn relations_of(&self, object: ObjectRef) -> impl Iterator<Item = &Relation> {
        self.relations().filter(move |it| it.touches(object))
    }

    /// The objects that `card` is related to as `kind`; only ended relations do not count.
    fn ends(&self, card: ObjectRef, kind: RelationKind) -> impl Iterator<Item = ObjectRef> + '_ {
        self.relations().filter(move |it| it.kind() == kind && it.from() == card && it.counts()).filter_map(|it| {
            match it.to() {
                End::Object(to) => Some(*to),
                End::Outside(_) => None,
            }
        })
    }

    /// Who holds `card`.
    #[must_use]
    pub fn holder_of(&self, card: ObjectRef) -> Option<&Person> {
        self.ends(card, RelationKind::Holder).find_map(|it| self.person(it))
    }

    /// The certificates that `card` carries.
    pub fn certificates_of(&self, card: ObjectRef) -> impl Iterator<Item = &Certificate> {
        self.ends(card, RelationKind::Carries).filter_map(|it| self.certificate(it))
    }

    /// The cards that `person` holds.
    pub fn cards_of(&self, person: ObjectRef) -> impl Iterator<Item = &Card> {
        self.cards().filter(move |it| self.ends(it.at(), RelationKind::Holder).any(|end| end == person))
    }

    /// The cards that carry `certificate`.
    pub fn carriers(&self, certificate: ObjectRef) -> impl Iterator<Item = &Card> {
        self.cards().filter(move |it| self.ends(it.at(), RelationKind::Carries).any(|end| end == certificate))
    }

    /// The active cards that carry `certificate`, besides `card`.
    pub(super) fn other_active_carriers(&self, certificate: ObjectRef, card: ObjectRef) -> Vec<ObjectRef> {
        let in_use = |it: &&Card| matches!(it.state(), CardState::Active | CardState::Assigned) && it.at() != card;
        self.carriers(certificate).filter(in_use).map(Card::at).collect()
    }

    /// Adds a new object.
    ///
    /// # Errors
    ///
    /// [`ChangeRefused::Exists`] if it is here already, [`ChangeRefused::NotFirst`] if no object of its kind begins in its
    /// state.
    pub fn add(&mut self, object: Object) -> Result<(), ChangeRefused> {
        let at = object.at();
        if self.get(at).is_some() {
            return Err(ChangeRefused::Exists(at));
        }
        if let Some(state) = object.state().filter(|_| !object.is_in_first_state()) {
            return Err(ChangeRefused::NotFirst { object: at, state });
        }
        self.objects.push(Arc::new(object));
        Ok(())
    }

    /// An object was stored as it is here: it is at its next revision.
    pub(crate) fn stored(&mut self, at: ObjectRef) {
        for object in self.objects.iter_mut().filter(|it| it.at() == at) {
            let head = Head::new(object.tenant(), object.home(), object.revision().next());
            Arc::make_mut(object).set_head(head);
        }
    }

    /// Makes one change.
    ///
    /// # Errors
    ///
    /// [`ChangeRefused`] if the object is not here, not in the state the change starts from, or its graph has no such way;
    /// nothing has changed then.
    pub fn apply(&mut self, change: &Change) -> Result<(), ChangeRefused> {
        let at = change.object();
        let object = self.objects.iter_mut().find(|it| it.at() == at).ok_or(ChangeRefused::Missing(at))?;
        let missing = ChangeRefused::Missing(at);
        match change {
            Change::Moved { object: at, from, to, reason } => {
                if object.state() != Some(*from) {
                    return Err(ChangeRefused::NotThere { object: *at, expected: *from });
                }
                move_to(Arc::make_mut(object), *from, *to, *reason)
            }
            Change::HoldOpened { hold, .. } => {
                let holds = Arc::make_mut(object).holds_mut().ok_or(ChangeRefused::CannotBeHeld(at))?;
                holds.push(hold.clone());
                Ok(())
            }
            Change::HoldLimited { hold, until, .. } => {
                let holds = Arc::make_mut(object).holds_mut().ok_or(ChangeRefused::CannotBeHeld(at))?;
                let found = holds.iter_mut().find(|it| it.id() == *hold).ok_or(ChangeRefused::NoSuchHold(*hold))?;
                *found = found.clone().limited(*until);
                Ok(())
            }
            Change::HoldClosed { hold, .. } => {
                let holds = Arc::make_mut(object).holds_mut().ok_or(ChangeRefused::CannotBeHeld(at))?;
                let index = holds.iter().position(|it| it.id() == *hold).ok_or(ChangeRefused::NoSuchHold(*hold))?;
                holds.remove(index);
                Ok(())
            }
            Change::Exempted { exemption, .. } => {
                let Object::Certificate(it) = Arc::make_mut(object) else { return Err(missing) };
                it.exemptions.retain(|have| have.card != exemption.card);
                it.exemptions.push(*exemption);
                Ok(())
            }
            Change::ExemptionLifted { card, .. } => {
                let Object::Certificate(it) = Arc::make_mut(object) else { return Err(missing) };
                it.exemptions.retain(|have| have.card != *card);
                Ok(())
            }
            Change::Confirmed { state, .. } => {
                let Object::Certificate(it) = Arc::make_mut(object) else { return Err(missing) };
                it.confirmed = Some(*state);
                Ok(())
            }
            Change::Seen { state, since, .. } => {
                let Object::Certificate(it) = Arc::make_mut(object) else { return Err(missing) };
                it.visible = Some(Visible { state: *state, since: *since });
                Ok(())
            }
            Change::DeadlineSet { .. } | Change::DeadlineEnded { .. } => {
                let Object::Card(it) = Arc::make_mut(object) else { return Err(missing) };
                PolicyDeadline::change(&mut it.deadlines, change);
                Ok(())
            }
            Change::Registered { .. } | Change::Restated { .. } => Ok(()),
            Change::Erased { .. } => {
                *object = Arc::new(Object::clone(object).stripped());
                Ok(())
            }
            Change::Related { card, .. } => {
                *object = Arc::new(Object::clone(object).known_to(*card));
                Ok(())
            }
            Change::RoleGranted { .. }
            | Change::RoleWithdrawn { .. }
            | Change::DeputyNamed { .. }
            | Change::DeputyEnded { .. } => {
                let Object::Person(it) = Arc::make_mut(object) else { return Err(missing) };
                *it = super::appoint::appoint(it.clone(), change);
                Ok(())
            }
        }
    }
}

fn move_to(
    object: &mut Object,
    from: ObjectState,
    to: ObjectState,
    reason: Option<super::RevocationReason>,
) -> Result<(), ChangeRefused> {
    let kind = object.at().kind();
    match (object, from, to) {
        (Object::Person(it), ObjectState::Person(from), ObjectState::Person(to)) => {
            super::PERSON.allow(from, to)?;
            it.state = to;
        }
        (Object::Card(it), ObjectState::Card(from), ObjectState::Card(to)) => {
            it.graph().allow(from, to)?;
            it.state = to;
        }
        (Object::Certificate(it), ObjectState::Certificate(from), ObjectState::Certificate(to)) => {
            super::CERTIFICATE.allow(from, to)?;
            it.wanted = to;
            it.reason = reason;
        }
        (Object::Relation(it), ObjectState::Relation(from), ObjectState::Relation(to)) => {
            super::RELATION.allow(from, to)?;
            it.state = Some(to);
        }
        (_, _, state) => return Err(ChangeRefused::WrongKind { state, kind }),
    }
    Ok(())
}
