use super::{Card, Certificate, Head, Hold, ObjectState, Person, Relation};
use crate::values::{HomeId, ObjectRef, Revision, TenantId};

/// Any object of the domain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Object {
    /// A person.
    Person(Person),
    /// A card.
    Card(Card),
    /// A certificate.
    Certificate(Certificate),
    /// A relation.
    Relation(Relation),
}

impl Object {
    /// The reference others use for it.
    #[must_use]
    pub fn at(&self) -> ObjectRef {
        match self {
            Object::Person(it) => it.at(),
            Object::Card(it) => it.at(),
            Object::Certificate(it) => it.at(),
            Object::Relation(it) => it.at(),
        }
    }

    fn head(&self) -> &Head {
        match self {
            Object::Person(it) => &it.head,
            Object::Card(it) => &it.head,
            Object::Certificate(it) => &it.head,
            Object::Relation(it) => &it.head,
        }
    }

    fn head_mut(&mut self) -> &mut Head {
        match self {
            Object::Person(it) => &mut it.head,
            Object::Card(it) => &mut it.head,
            Object::Certificate(it) => &mut it.head,
            Object::Relation(it) => &mut it.head,
        }
    }

    /// The same object as the record around it says.
    #[must_use]
    pub fn with_head(mut self, head: Head) -> Self {
        self.set_head(head);
        self
    }

    pub(crate) fn set_head(&mut self, head: Head) {
        *self.head_mut() = head;
    }

    /// Whose it is.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.head().tenant
    }

    /// Where it lives.
    #[must_use]
    pub fn home(&self) -> HomeId {
        self.head().home
    }

    /// How often it has changed.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.head().revision
    }

    /// The state; none for lineage relations.
    #[must_use]
    pub fn state(&self) -> Option<ObjectState> {
        match self {
            Object::Person(it) => Some(ObjectState::Person(it.state())),
            Object::Card(it) => Some(ObjectState::Card(it.state())),
            Object::Certificate(it) => Some(ObjectState::Certificate(it.wanted())),
            Object::Relation(it) => it.state().map(ObjectState::Relation),
        }
    }

    /// Whether an object may begin in its state; lineage relations, which have none, may.
    #[must_use]
    pub fn is_in_first_state(&self) -> bool {
        match self {
            Object::Person(it) => super::PERSON.is_first(it.state()),
            Object::Card(it) => it.graph().is_first(it.state()),
            Object::Certificate(it) => super::CERTIFICATE.is_first(it.wanted()),
            Object::Relation(it) => it.state().is_none_or(|state| super::RELATION.is_first(state)),
        }
    }

    /// Whether there is no way out of its state.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Object::Person(it) => super::PERSON.is_last(it.state()),
            Object::Card(it) => it.graph().is_last(it.state()),
            Object::Certificate(it) => super::CERTIFICATE.is_last(it.wanted()),
            Object::Relation(it) => it.state().is_some_and(|state| super::RELATION.is_last(state)),
        }
    }

    /// The open holds; persons have none.
    #[must_use]
    pub fn holds(&self) -> &[Hold] {
        match self {
            Object::Person(_) => &[],
            Object::Card(it) => it.holds(),
            Object::Certificate(it) => it.holds(),
            Object::Relation(it) => it.holds(),
        }
    }

    pub(super) fn holds_mut(&mut self) -> Option<&mut Vec<Hold>> {
        match self {
            Object::Person(_) => None,
            Object::Card(it) => Some(&mut it.holds),
            Object::Certificate(it) => Some(&mut it.holds),
            Object::Relation(it) => Some(&mut it.holds),
        }
    }

    /// Cards of other homes that this person or certificate is related to.
    pub(super) fn cards_elsewhere(&self) -> impl Iterator<Item = &ObjectRef> {
        let cards = match self {
            Object::Person(it) => Some(&it.cards_elsewhere),
            Object::Certificate(it) => Some(&it.cards_elsewhere),
            Object::Card(_) | Object::Relation(_) => None,
        };
        cards.into_iter().flatten()
    }

    /// Notes that `card`, which lives in another home, is related to this person or certificate.
    #[must_use]
    pub fn known_to(mut self, card: ObjectRef) -> Self {
        if card.home() != self.home() {
            match &mut self {
                Object::Person(it) => drop(it.cards_elsewhere.insert(card)),
                Object::Certificate(it) => drop(it.cards_elsewhere.insert(card)),
                Object::Card(_) | Object::Relation(_) => {}
            }
        }
        self
    }
}

impl From<Person> for Object {
    fn from(person: Person) -> Self {
        Object::Person(person)
    }
}

impl From<Card> for Object {
    fn from(card: Card) -> Self {
        Object::Card(card)
    }
}

impl From<Certificate> for Object {
    fn from(certificate: Certificate) -> Self {
        Object::Certificate(certificate)
    }
}

impl From<Relation> for Object {
    fn from(relation: Relation) -> Self {
        Object::Relation(relation)
    }
}
