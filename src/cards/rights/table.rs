use std::collections::BTreeSet;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::pattern::ActionPattern;
use super::row::{Reach, RoleRow};
use super::{ADMINISTRATOR, APPROVER, AUDITOR, OPERATOR, SELF_SERVICE};
use crate::engine::{Component, Scope};
use crate::ports::{Action, Authorizer, Identity, Permit};

/// The table of rights: rows of data, of which the widest that gives a right counts.
///
/// The default rows stand in the chapter on [rights](crate::manual::rights) of the manual. A host replaces them by its own,
/// from code or from any serde source, and needs no [`Authorizer`] of its own for that.
///
/// ```
/// use cardflow::cards::{ActionPattern, Reach, RoleRow, RoleTable};
/// use cardflow::engine::Component;
///
/// let helpdesk = RoleRow::new("Helpdesk", [Component::Operator], [ActionPattern::Read(None)], Reach::Units)?;
/// let table = RoleTable::default().with(helpdesk);
/// assert!(table.in_words().contains("| `Helpdesk` | operator | `read objects of kind *` | units |"));
/// # Ok::<(), cardflow::cards::InvalidRow>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RoleTable {
    #[serde(rename = "row")]
    rows: Vec<RoleRow>,
}

impl Default for RoleTable {
    fn default() -> Self {
        RoleTable { rows: default_rows().unwrap_or_default() }
    }
}

impl RoleTable {
    /// Of these rows alone.
    #[must_use]
    pub fn of(rows: impl IntoIterator<Item = RoleRow>) -> Self {
        RoleTable { rows: rows.into_iter().collect() }
    }

    /// With one row more.
    #[must_use]
    pub fn with(mut self, row: RoleRow) -> Self {
        self.rows.push(row);
        self
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[RoleRow] {
        &self.rows
    }

    /// The table in Markdown, for the manual and for whoever checks what is in force.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut text = String::from("| role | from | may | reach |\n| --- | --- | --- | --- |\n");
        for row in &self.rows {
            let except: Vec<_> = row.leaves_out().iter().map(String::as_str).collect();
            let role = match except.as_slice() {
                [] => format!("`{}`", row.role()),
                except => format!("`{}` but {}", row.role(), except.join(", ")),
            };
            let components: Vec<_> = row.components().iter().map(|it| it.name()).collect();
            let actions: Vec<_> = row.actions().iter().map(|it| format!("`{it}`")).collect();
            let (from, may, reach) = (components.join(", "), actions.join(", "), row.reach());
            text.push_str(&format!("| {role} | {from} | {may} | {reach} |\n"));
        }
        text
    }

    fn gives(
        &self,
        role: &str,
        units: &BTreeSet<String>,
        identity: &Identity,
        component: Component,
        action: &Action,
    ) -> Scope {
        let rows = self.rows.iter().map(|it| it.gives(role, units, identity.person, component, action));
        rows.fold(Scope::None, Scope::wider)
    }
}

/// What is shipped. None of them is invalid, which a test holds.
fn default_rows() -> Result<Vec<RoleRow>, super::InvalidRow> {
    use Action::{Audit, Erase, Grant, Journal, Options, ReadOptions, Register, Trim, Verify};
    use ActionPattern::{Judge, Only, Process, Read};
    const OPERATORS: [Component; 1] = [Component::Operator];
    const ADMINISTRATORS: [Component; 1] = [Component::Administrator];
    let all = Component::ALL.iter().copied();
    let history = || Only(Action::History);
    let kept = [Journal, Register, Erase, Trim, ReadOptions, Options];
    let administers = [Read(None), Only(Action::Assign), Only(Action::Incidents), history(), Only(Audit), Only(Grant)];
    let decides = RoleRow::new("*", [Component::Operator, Component::Administrator], [Judge(None)], Reach::Units)?;
    Ok(vec![
        RoleRow::new(OPERATOR, OPERATORS, [Read(None), Process(None), history()], Reach::Units)?,
        RoleRow::new(SELF_SERVICE, [Component::SelfService], [Read(None), Process(None), history()], Reach::Own)?,
        RoleRow::new(ADMINISTRATOR, ADMINISTRATORS, administers, Reach::Units)?,
        RoleRow::new(ADMINISTRATOR, ADMINISTRATORS, kept.map(Only), Reach::All)?,
        RoleRow::new(APPROVER, OPERATORS, [Read(None), history()], Reach::Units)?,
        decides.except(SELF_SERVICE)?.except(AUDITOR)?,
        RoleRow::new(AUDITOR, all.clone(), [Read(None), history(), Only(Audit)], Reach::Units)?,
        RoleRow::new(AUDITOR, all, [Journal, Verify, ReadOptions].map(Only), Reach::All)?,
    ])
}

#[async_trait]
impl Authorizer for RoleTable {
    async fn permit(&self, identity: &Identity, component: Component, action: &Action) -> Permit {
        identity.permit(|role, units| self.gives(role, units, identity, component, action))
    }
}
