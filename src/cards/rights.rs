use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::engine::{Component, Scope};
use crate::ports::{Action, Authorizer, Identity, Permit};

/// Runs processes on cards for others.
pub const OPERATOR: &str = "Operator";
/// Looks after one's own cards.
pub const SELF_SERVICE: &str = "Self-service user";
/// Registers and imports objects, changes options, erases personal data, trims the history.
pub const ADMINISTRATOR: &str = "Administrator";
/// Agrees to what others ask for.
pub const APPROVER: &str = "Approver";
/// Reads and verifies everything and changes nothing.
pub const AUDITOR: &str = "Auditor";

/// The default table of rights: what each role may do, and from which component.
///
/// | role | component | reads objects | processes | decides requests | assigns tasks | history, audit | refusals | verifies, exports | registers, erases, trims, sets options |
/// | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
/// | Operator | operator | its units | its units | its units | – | history of its units | – | – | – |
/// | Self-service user | self-service | own | own | – | – | history of own | – | – | – |
/// | Administrator | administrator | its units | – | its units | its units | its units | all | – | all |
/// | Approver | operator | its units | – | its units | – | history of its units | – | – | – |
/// | any other | operator, administrator | – | – | its units | – | – | – | – | – |
/// | Auditor | any | its units | – | – | – | its units | all | all | – |
///
/// A role without units reaches everywhere. Which requests are for whom to decide is the matter of each approval's policy.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoleTable;

fn gives(role: &str, component: Component, action: &Action, units: &BTreeSet<String>, identity: &Identity) -> Scope {
    let reach = || if units.is_empty() { Scope::All } else { Scope::Units(units.clone()) };
    match (role, component, action) {
        (OPERATOR, Component::Operator, Action::Read(_) | Action::Process(_) | Action::History) => reach(),
        (SELF_SERVICE, Component::SelfService, Action::Read(_) | Action::Process(_) | Action::History) => {
            Scope::Own(identity.person)
        }
        (
            ADMINISTRATOR,
            Component::Administrator,
            Action::Read(_) | Action::Assign | Action::History | Action::Audit,
        ) => reach(),
        (
            ADMINISTRATOR,
            Component::Administrator,
            Action::Journal | Action::Register | Action::Erase | Action::Trim | Action::Options,
        ) if units.is_empty() => Scope::All,
        (APPROVER, Component::Operator, Action::Read(_) | Action::History) => reach(),
        (SELF_SERVICE | AUDITOR, _, Action::Judge(_)) => Scope::None,
        (_, Component::Operator | Component::Administrator, Action::Judge(_)) => reach(),
        (AUDITOR, _, Action::Read(_) | Action::History | Action::Audit) => reach(),
        (AUDITOR, _, Action::Journal | Action::Verify) if units.is_empty() => Scope::All,
        _ => Scope::None,
    }
}

#[async_trait]
impl Authorizer for RoleTable {
    async fn permit(&self, identity: &Identity, component: Component, action: &Action) -> Permit {
        identity.permit(|role, units| gives(role, component, action, units, identity))
    }
}
