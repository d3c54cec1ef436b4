//! Taking the personal data of a person out of the objects.

use std::collections::BTreeSet;

use super::facts::Salt;
use super::{Card, Change, Dossier, End, Object, Refusal, RelationKind};
use crate::values::{HomeId, ObjectRef};

impl Dossier {
    /// The changes that take the personal data out of the person it is about, out of the person's cards, and out of the
    /// certificates and accounts on them. All objects stay, so that references hold.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFinal`] while the person may still come back.
    pub fn erasure(&self) -> Result<Vec<Change>, Refusal> {
        let person = self.person(self.subject()).ok_or(super::ChangeRefused::Missing(self.subject()))?;
        if !super::PERSON.is_last(person.state()) {
            return Err(Refusal::NotFinal(person.state()));
        }
        let named = self.named_after_subject();
        let home = person.home();
        let changes = self.objects().filter_map(|it| {
            let object = it.at();
            if named.contains(&object) {
                let facts = it.clone().stripped().facts(self.salt_without(home, object.home()));
                return Some(Change::Erased { object, facts });
            }
            // The salt of the home goes with the person: what else is at home there is told anew, without one.
            (object.home() == home).then(|| Change::Restated { object, facts: it.facts(Salt::NONE) })
        });
        Ok(changes.collect())
    }

    /// The person, the cards of that person that nobody else holds now, and the certificates and accounts on these.
    fn named_after_subject(&self) -> BTreeSet<ObjectRef> {
        let person = self.subject();
        let was_held = |card: ObjectRef| {
            self.relations_of(card).any(|it| it.kind() == RelationKind::Holder && *it.to() == End::Object(person))
        };
        let is_free = |card: ObjectRef| self.holder_of(card).is_none_or(|it| it.at() == person);
        let cards: BTreeSet<_> = self.cards().map(Card::at).filter(|it| was_held(*it) && is_free(*it)).collect();
        let mut named = BTreeSet::from([person]);
        for relation in self.relations().filter(|it| cards.contains(&it.from())) {
            match (relation.kind(), relation.to()) {
                (RelationKind::Carries, End::Object(certificate)) => drop(named.insert(*certificate)),
                (RelationKind::Account, End::Outside(_)) => drop(named.insert(relation.at())),
                _ => {}
            }
        }
        named.extend(cards);
        named
    }

    /// The salt of a home once that of `erased` is gone.
    fn salt_without(&self, erased: HomeId, home: HomeId) -> Salt {
        if home == erased { Salt::NONE } else { self.salt_of(home) }
    }

    /// The salt of the person a home belongs to; none if it belongs to no person.
    pub(crate) fn salt_of(&self, home: HomeId) -> Salt {
        let person = self.objects().find_map(|it| match it {
            Object::Person(person) if person.home() == home && person.id().uuid() == home.uuid() => Some(person),
            _ => None,
        });
        person.map(|it| it.salt()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::Person;
    use crate::values::{PersonId, TenantId};

    #[test]
    fn the_salt_of_a_home_is_that_of_its_person_and_of_nobody_else() {
        let person = |n| Person::new(TenantId::new(7), PersonId::from_uuid(Uuid::from_u128(n)), "Ada Example").unwrap();
        let (ada, ben) = (person(1).salted(Salt::new([1; 16])), person(2));
        let dossier = Dossier::new(ada.at(), [ada.clone(), ben.clone()].map(Object::Person));
        assert!(dossier.salt_of(ada.home()) == ada.salt() && ada.salt() != Salt::NONE);
        assert!(dossier.salt_of(ben.home()) == Salt::NONE);
    }
}
