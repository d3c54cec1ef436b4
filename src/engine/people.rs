use std::collections::BTreeSet;

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
