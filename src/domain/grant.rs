use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::text::{Invalid, line};
use crate::values::{PersonId, Timestamp};

/// A role that a person has, where, and who gave it.
///
/// Who gave it matters: a role one granted oneself never counts in an approval (law 11).
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct RoleGrant {
    role: String,
    units: BTreeSet<String>,
    by: Option<PersonId>,
    at: Timestamp,
    seconded: Option<PersonId>,
    awaits: bool,
}

impl RoleGrant {
    /// `role` granted `by` a person (none: by the installation) `at` a time, for objects everywhere.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if the role is not one line of at most 64 characters.
    pub fn new(role: &str, by: Option<PersonId>, at: Timestamp) -> Result<Self, Invalid> {
        Ok(RoleGrant { role: line("role", role, 64)?, units: BTreeSet::new(), by, at, seconded: None, awaits: false })
    }

    /// Limits the role to objects of `unit`; may be called for several.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if the unit is not one line of at most 128 characters.
    pub fn in_unit(mut self, unit: &str) -> Result<Self, Invalid> {
        self.units.insert(line("unit", unit, 128)?);
        Ok(self)
    }

    /// Proposed: it counts once somebody else agrees to it.
    #[must_use]
    pub fn awaiting(self) -> Self {
        RoleGrant { awaits: true, ..self }
    }

    /// Agreed to by a second person.
    #[must_use]
    pub fn seconded(self, by: PersonId) -> Self {
        RoleGrant { awaits: self.awaits && self.by == Some(by), seconded: Some(by), ..self }
    }

    /// Whether it waits for somebody else to agree, and does not count until then.
    #[must_use]
    pub fn awaits(&self) -> bool {
        self.awaits
    }

    /// Whether `person` has it by nobody's grant but their own: it never counts in an approval (law 11).
    #[must_use]
    pub fn is_self_granted(&self, person: PersonId) -> bool {
        self.by == Some(person) && self.seconded.is_none_or(|it| it == person)
    }

    /// Whether it reaches no further than these units (none: than the tenant).
    #[must_use]
    pub fn is_within(&self, units: Option<&BTreeSet<String>>) -> bool {
        units.is_none_or(|it| !self.units.is_empty() && self.units.is_subset(it))
    }

    /// As `by` gives it at a time, whoever is said to have given it. `awaits`: it is proposed.
    #[must_use]
    pub fn given(self, by: PersonId, at: Timestamp, awaits: bool) -> Self {
        RoleGrant { by: Some(by), at, seconded: None, awaits, ..self }
    }

    /// Whether it is the same role in the same units.
    pub(super) fn is_same(&self, other: &RoleGrant) -> bool {
        (&self.role, &self.units) == (&other.role, &other.units)
    }

    /// The role.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.role
    }

    /// The units it is limited to; empty means everywhere.
    #[must_use]
    pub fn units(&self) -> &BTreeSet<String> {
        &self.units
    }

    /// Who granted it.
    #[must_use]
    pub fn by(&self) -> Option<PersonId> {
        self.by
    }
}

/// That a person stands in for another for a time: what they decide on the other's behalf is recorded as both.
///
/// Standing in for somebody gives nobody a right to approve what that person may not approve (law 11).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Deputyship {
    of: PersonId,
    from: Timestamp,
    until: Timestamp,
    by: Option<PersonId>,
    seconded: Option<PersonId>,
    awaits: bool,
}

impl Deputyship {
    /// Standing in for `of` from a time until another, arranged `by` a person (none: by the installation). One's own deputy
    /// counts only once somebody else agrees, unless [`awaiting`](Deputyship::awaiting) says otherwise.
    #[must_use]
    pub fn new(of: PersonId, from: Timestamp, until: Timestamp, by: Option<PersonId>) -> Self {
        Deputyship { of, from, until, by, seconded: None, awaits: by == Some(of) }
    }

    /// Agreed to by a second person.
    #[must_use]
    pub fn seconded(self, by: PersonId) -> Self {
        Deputyship { awaits: self.awaits && self.by == Some(by), seconded: Some(by), ..self }
    }

    /// Whether it counts only once somebody else agrees to it.
    #[must_use]
    pub fn awaiting(self, awaits: bool) -> Self {
        Deputyship { awaits, ..self }
    }

    /// As `by` arranges it, whoever is said to have arranged it. `awaits`: it is proposed.
    #[must_use]
    pub fn arranged(self, by: PersonId, awaits: bool) -> Self {
        Deputyship { by: Some(by), seconded: None, awaits, ..self }
    }

    /// For whom.
    #[must_use]
    pub fn of(&self) -> PersonId {
        self.of
    }

    /// From then on.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Until then, and no longer.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Who arranged it.
    #[must_use]
    pub fn by(&self) -> Option<PersonId> {
        self.by
    }

    /// Whether it counts: it does not while it waits for a second person's agreement.
    #[must_use]
    pub fn counts(&self) -> bool {
        !self.awaits
    }
}
