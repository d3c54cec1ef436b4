use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::engine::{Component, Scope};
use crate::ports::{Action, Authorizer, Identity, Permit};

/// A table of rights for a test: each role may do what it was given, everywhere or in its units.
///
/// ```
/// use cardflow::engine::{Component, HeldRole, Scope};
/// use cardflow::ports::{Action, Authorizer, Identity};
/// use cardflow::testing::fakes::MemoryRights;
/// # use cardflow::values::PersonId;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let person = PersonId::from_uuid(uuid::Uuid::nil());
/// let rights = MemoryRights::default().everything("Operator").give("Auditor", Component::Administrator, Action::Audit);
/// let roles = vec![HeldRole::everywhere("Auditor")];
/// let aude = Identity { person, state: "active".to_owned(), active: true, roles, stands_in: Vec::new() };
/// let permit = |action| rights.permit(&aude, Component::Administrator, action);
/// assert_eq!(permit(&Action::Audit).await.scope, Scope::All);
/// assert_eq!(permit(&Action::Trim).await.scope, Scope::None);
/// # });
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryRights {
    everything: BTreeSet<String>,
    given: Vec<(String, Component, Action)>,
}

impl MemoryRights {
    /// A role that may do everything, from every component.
    #[must_use]
    pub fn everything(mut self, role: &str) -> Self {
        self.everything.insert(role.to_owned());
        self
    }

    /// A role may do this from that component.
    #[must_use]
    pub fn give(mut self, role: &str, component: Component, action: Action) -> Self {
        self.given.push((role.to_owned(), component, action));
        self
    }
}

#[async_trait]
impl Authorizer for MemoryRights {
    async fn permit(&self, identity: &Identity, component: Component, action: &Action) -> Permit {
        identity.permit(|role, units| {
            let is_it = |(r, c, a): &(String, Component, Action)| r == role && *c == component && a == action;
            if !self.everything.contains(role) && !self.given.iter().any(is_it) {
                Scope::None
            } else if units.is_empty() {
                Scope::All
            } else {
                Scope::Units(units.clone())
            }
        })
    }
}
