use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::scope::Scope;
use crate::values::{PersonId, Timestamp};

/// What is given to a person or taken from them: a role, or standing in for somebody.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Appointment {
    /// A role begins.
    Grant {
        /// The role.
        role: String,
        /// The units it is limited to; none: everywhere.
        units: BTreeSet<String>,
    },
    /// A role ends, wherever it was limited to.
    Withdraw {
        /// The role.
        role: String,
    },
    /// The person stands in for another one.
    NameDeputy {
        /// For whom.
        of: PersonId,
        /// From then on.
        from: Timestamp,
        /// Until then, and no longer.
        until: Timestamp,
    },
    /// The person no longer stands in for another one.
    EndDeputy {
        /// For whom.
        of: PersonId,
    },
}

impl Appointment {
    /// Whether somebody who gives it to `person` gives it to themselves: more power for oneself, or somebody of one's own
    /// choice to act in one's place.
    #[must_use]
    pub fn is_for_oneself(&self, by: PersonId, person: PersonId) -> bool {
        match self {
            Appointment::Grant { .. } => by == person,
            Appointment::NameDeputy { of, .. } => by == person || by == *of,
            Appointment::Withdraw { .. } | Appointment::EndDeputy { .. } => false,
        }
    }
}

impl fmt::Display for Appointment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Appointment::Grant { role, .. } => write!(f, "grant the role {role}"),
            Appointment::Withdraw { role } => write!(f, "withdraw the role {role}"),
            Appointment::NameDeputy { .. } => f.write_str("name a deputy"),
            Appointment::EndDeputy { .. } => f.write_str("end a deputyship"),
        }
    }
}

/// By whom an appointment is made, when, how far that person's right to make it reaches, and whether another person must
/// agree to it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Appointer {
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// How far the right to make it reaches: nobody gives or takes a role that reaches further.
    pub reach: Scope,
    /// What one does for oneself counts only once another person has done the same.
    pub needs_second: bool,
}
