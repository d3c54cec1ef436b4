use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;

use super::held;
use crate::engine::HeldRole;
use crate::ports::{Contact, Directory, DirectoryError, Identity, Principal};
use crate::testing::conformance::directory::Resident;
use crate::values::{PersonId, TenantId};

/// A directory that knows the people it was told of.
///
/// ```
/// # use std::collections::BTreeSet;
/// use cardflow::engine::Component;
/// use cardflow::ports::{Directory, Principal};
/// use cardflow::testing::fakes::MemoryDirectory;
/// # use cardflow::values::{PersonId, TenantId, Timestamp};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let (tenant, now, olga) = (TenantId::default(), Timestamp::from_millis(0), PersonId::from_uuid(uuid::Uuid::nil()));
/// let directory = MemoryDirectory::default().with(tenant, olga, "olga", &["Operator"]);
/// let principal = Principal::new("olga", Component::Operator, "password", now);
/// assert_eq!(directory.resolve(&principal).await.unwrap().person, olga);
/// directory.dismiss(tenant, olga);
/// assert!(!directory.resolve(&principal).await.unwrap().active);
/// # });
/// ```
#[derive(Debug, Default)]
pub struct MemoryDirectory(Mutex<BTreeMap<(TenantId, PersonId), Resident>>);

impl MemoryDirectory {
    /// With one more person: the account, and the roles everywhere.
    #[must_use]
    pub fn with(self, tenant: TenantId, person: PersonId, account: &str, roles: &[&str]) -> Self {
        self.set(Resident {
            tenant,
            person,
            accounts: vec![account.to_owned()],
            active: true,
            roles: roles.iter().map(|it| HeldRole::everywhere(it)).collect(),
            stands_in: Vec::new(),
            contact: Contact {
                address: Some(format!("{account}@example.org")),
                name: Some(account.to_owned()),
                locale: None,
            },
        });
        self
    }

    /// From now on this is what it knows of a person.
    pub fn set(&self, resident: Resident) {
        held(&self.0).insert((resident.tenant, resident.person), resident);
    }

    /// From now on this person may not act.
    pub fn dismiss(&self, tenant: TenantId, person: PersonId) {
        if let Some(it) = held(&self.0).get_mut(&(tenant, person)) {
            it.active = false;
        }
    }
}

fn identity(resident: &Resident) -> Identity {
    let Resident { person, active, mut roles, stands_in, .. } = resident.clone();
    roles.sort();
    let state = if active { "active" } else { "inactive" };
    Identity { person, state: state.to_owned(), active, roles, stands_in }
}

#[async_trait]
impl Directory for MemoryDirectory {
    async fn resolve(&self, principal: &Principal) -> Result<Identity, DirectoryError> {
        let known = held(&self.0);
        let is_it = |it: &&Resident| {
            it.tenant == principal.tenant() && it.accounts.iter().any(|account| account == principal.account())
        };
        let found = known.values().find(is_it).ok_or(DirectoryError::NotFound)?;
        Ok(identity(found))
    }

    async fn person(&self, tenant: TenantId, person: PersonId) -> Result<Identity, DirectoryError> {
        held(&self.0).get(&(tenant, person)).map(identity).ok_or(DirectoryError::NotFound)
    }

    async fn members(&self, tenant: TenantId, role: &str) -> Result<Vec<Identity>, DirectoryError> {
        let known = held(&self.0);
        let of_it = |it: &&Resident| it.tenant == tenant && it.roles.iter().any(|held| held.role == role);
        Ok(known.values().filter(of_it).map(identity).collect())
    }

    async fn contact(&self, tenant: TenantId, person: PersonId) -> Result<Contact, DirectoryError> {
        let found = held(&self.0).get(&(tenant, person)).map(|it| it.contact.clone());
        found.ok_or(DirectoryError::NotFound)
    }
}
