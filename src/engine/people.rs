use std::collections::{BTreeMap, BTreeSet};

use super::keys::Keys;
use super::scope::Scope;
use crate::values::{PersonId, Timestamp};

/// A role as somebody has it: where, and whether by whose grant it counts in approvals.
///
/// ```
/// use cardflow::engine::HeldRole;
///
/// let role = HeldRole::everywhere("Approver").in_unit("Berlin");
/// assert!(role.units.contains("Berlin"));
/// ```
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct HeldRole {
    /// The role.
    pub role: String,
    /// The units it is limited to; none: everywhere.
    pub units: BTreeSet<String>,
    /// The person granted it to themselves: it never counts in an approval (law 11).
    pub self_granted: bool,
}

impl HeldRole {
    /// A role that another person granted, limited to nothing.
    #[must_use]
    pub fn everywhere(role: &str) -> Self {
        HeldRole { role: role.to_owned(), units: BTreeSet::new(), self_granted: false }
    }

    /// Limited to this unit; may be called for several.
    #[must_use]
    pub fn in_unit(mut self, unit: &str) -> Self {
        self.units.insert(unit.to_owned());
        self
    }

    /// Granted by its holder.
    #[must_use]
    pub fn self_granted(mut self) -> Self {
        self.self_granted = true;
        self
    }

    /// Whether it extends to an object with these keys.
    #[must_use]
    pub fn reaches(&self, keys: &Keys) -> bool {
        self.units.is_empty() || Scope::Units(self.units.clone()).reaches(keys)
    }
}

/// That somebody stands in for another person, for a time.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct StandsIn {
    /// For whom.
    pub of: PersonId,
    /// From then on.
    pub from: Timestamp,
    /// Until then, and no longer.
    pub until: Timestamp,
}

impl StandsIn {
    /// Whether it is so at this time.
    #[must_use]
    pub fn is_at(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

/// Somebody who may be asked to agree, as the directory knows them now and as far as it matters for one subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Colleague {
    /// Who.
    pub person: PersonId,
    /// Whether the person's state lets them act.
    pub active: bool,
    /// The roles that reach the subject.
    pub roles: Vec<HeldRole>,
    /// For whom they stand in now.
    pub stands_in_for: BTreeSet<PersonId>,
}

/// What a decision must know of persons before it can be made.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Inquiry {
    /// Everybody with one of these roles.
    pub roles: BTreeSet<String>,
    /// These persons.
    pub persons: BTreeSet<PersonId>,
    /// Whether whoever started the instance is still active and entitled.
    pub requester: bool,
}

/// What the directory has told of persons, for one decision.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct People {
    /// What was asked.
    pub asked: Inquiry,
    /// Everybody that was found, each once.
    pub colleagues: BTreeMap<PersonId, Colleague>,
    /// Why whoever started the instance may not go on with it; none if they may, or it was not asked.
    pub requester: Option<String>,
}

impl People {
    /// Nobody was asked about.
    pub const NONE: &'static People = &People {
        asked: Inquiry { roles: BTreeSet::new(), persons: BTreeSet::new(), requester: false },
        colleagues: BTreeMap::new(),
        requester: None,
    };

    /// Takes in what an inquiry has found.
    pub fn learn(&mut self, inquiry: Inquiry, found: impl IntoIterator<Item = Colleague>) {
        self.colleagues.extend(found.into_iter().map(|it| (it.person, it)));
        self.asked.roles.extend(inquiry.roles);
        self.asked.persons.extend(inquiry.persons);
        self.asked.requester |= inquiry.requester;
    }

    /// What is still to be asked; none if all of it is known.
    #[must_use]
    pub fn missing(&self, wanted: Inquiry) -> Option<Inquiry> {
        let Inquiry { roles, persons, requester } = wanted;
        let missing = Inquiry {
            roles: roles.difference(&self.asked.roles).cloned().collect(),
            persons: persons.difference(&self.asked.persons).copied().collect(),
            requester: requester && !self.asked.requester,
        };
        (missing != Inquiry::default()).then_some(missing)
    }
}
