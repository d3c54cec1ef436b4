use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::pattern::{ActionPattern, InvalidPattern};
use crate::engine::{Component, Scope};
use crate::ports::Action;
use crate::values::{PersonId, UnknownName, codes};

/// What stands for every role.
const EVERY: &str = "*";

codes! {
    /// How far a right reaches.
    pub enum Reach ("reach") {
        /// The whole tenant: given by a role that is limited to no units, and not at all by one that is.
        All = "all",
        /// The units that the role is limited to; the whole tenant if there are none.
        Units = "units",
        /// What belongs to the person.
        Own = "own",
    }
}

/// One row of the table of rights: who may do what, from where, and how far. A row only ever gives.
///
/// From JSON, say, or any other serde source:
///
/// ```
/// use cardflow::cards::RoleTable;
///
/// let table: RoleTable = serde_json::from_str(
///     r#"{ "row": [ {
///         "role": "Helpdesk",
///         "components": ["operator"],
///         "actions": ["read objects of kind *", "start CardsProcDeactivate"],
///         "reach": "units"
///     } ] }"#,
/// )?;
/// assert_eq!(table.rows()[0].role(), "Helpdesk");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "Plain", into = "Plain")]
pub struct RoleRow {
    role: Option<String>,
    except: BTreeSet<String>,
    components: Vec<Component>,
    actions: Vec<ActionPattern>,
    reach: Reach,
}

/// What is wrong with a row of the table of rights.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum InvalidRow {
    /// It is for no role.
    #[error("a row of the table of rights names a role, or `*` for every one")]
    NoRole,
    /// It leaves out roles that it is not for anyway.
    #[error("the row for `{role}` leaves out other roles; only a row for `*` can")]
    Except {
        /// The role.
        role: String,
    },
    /// It gives nothing.
    #[error("the row for `{role}` gives nothing; it needs a component and an action")]
    Empty {
        /// The role.
        role: String,
    },
    /// It names something that there is not.
    #[error("the row for `{role}` does not read")]
    Name {
        /// The role.
        role: String,
        /// The name.
        source: UnknownName,
    },
    /// It names an action that there is not.
    #[error("the row for `{role}` does not read")]
    Action {
        /// The role.
        role: String,
        /// The action.
        source: InvalidPattern,
    },
}

impl RoleRow {
    /// A row for a role; `*` is every role.
    ///
    /// # Errors
    ///
    /// [`InvalidRow`] if it names no role, no component or no action.
    pub fn new(
        role: &str,
        components: impl IntoIterator<Item = Component>,
        actions: impl IntoIterator<Item = ActionPattern>,
        reach: Reach,
    ) -> Result<Self, InvalidRow> {
        let (role, named) = (role.trim(), role.trim() != EVERY);
        if role.is_empty() {
            return Err(InvalidRow::NoRole);
        }
        let row = RoleRow {
            role: named.then(|| role.to_owned()),
            except: BTreeSet::new(),
            components: components.into_iter().collect(),
            actions: actions.into_iter().collect(),
            reach,
        };
        if row.components.is_empty() || row.actions.is_empty() {
            return Err(InvalidRow::Empty { role: role.to_owned() });
        }
        Ok(row)
    }

    /// Not for this role, of a row for every role.
    ///
    /// # Errors
    ///
    /// [`InvalidRow::Except`] if the row is for one role.
    pub fn except(mut self, role: &str) -> Result<Self, InvalidRow> {
        if let Some(role) = self.role {
            return Err(InvalidRow::Except { role });
        }
        self.except.insert(role.to_owned());
        Ok(self)
    }

    /// The role; `*` for every one.
    #[must_use]
    pub fn role(&self) -> &str {
        self.role.as_deref().unwrap_or(EVERY)
    }

    /// The roles that a row for every role leaves out.
    #[must_use]
    pub fn leaves_out(&self) -> &BTreeSet<String> {
        &self.except
    }

    /// The components from which it gives the right.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// What it lets do.
    #[must_use]
    pub fn actions(&self) -> &[ActionPattern] {
        &self.actions
    }

    /// How far it reaches.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// What it gives to a person with a role that is limited to these units (none: to none).
    pub(super) fn gives(
        &self,
        role: &str,
        units: &BTreeSet<String>,
        person: PersonId,
        component: Component,
        action: &Action,
    ) -> Scope {
        let for_role = match &self.role {
            Some(named) => named == role,
            None => !self.except.contains(role),
        };
        let given = for_role && self.components.contains(&component) && self.actions.iter().any(|it| it.covers(action));
        match self.reach {
            _ if !given => Scope::None,
            Reach::Own => Scope::Own(person),
            Reach::All | Reach::Units if units.is_empty() => Scope::All,
            Reach::Units => Scope::Units(units.clone()),
            Reach::All => Scope::None,
        }
    }
}

/// A row as it is written.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    role: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    except: Vec<String>,
    components: Vec<String>,
    actions: Vec<String>,
    reach: String,
}

impl TryFrom<Plain> for RoleRow {
    type Error = InvalidRow;

    fn try_from(Plain { role, except, components, actions, reach }: Plain) -> Result<Self, InvalidRow> {
        let name = |source| InvalidRow::Name { role: role.clone(), source };
        let components = components.iter().map(|it| it.parse()).collect::<Result<Vec<_>, _>>().map_err(name)?;
        let reach = reach.parse().map_err(name)?;
        let action = |source| InvalidRow::Action { role: role.clone(), source };
        let actions = actions.iter().map(|it| it.parse()).collect::<Result<Vec<_>, _>>().map_err(action)?;
        except.iter().try_fold(RoleRow::new(&role, components, actions, reach)?, |row, it| row.except(it))
    }
}

impl From<RoleRow> for Plain {
    fn from(row: RoleRow) -> Self {
        Plain {
            role: row.role().to_owned(),
            components: row.components.iter().map(ToString::to_string).collect(),
            actions: row.actions.iter().map(ToString::to_string).collect(),
            reach: row.reach.to_string(),
            except: row.except.into_iter().collect(),
        }
    }
}
