//! A directory that does one thing wrong.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::engine::HeldRole;
use cardflow::ports::{Contact, Directory, DirectoryError, Identity, Principal};
use cardflow::testing::conformance::directory::{DirectoryFactory, Resident};
use cardflow::values::{PersonId, TenantId};

faults! {
    /// nothing is wrong
    None,
    /// an account is that of the first person
    TakesFirst,
    /// units are dropped
    DropsUnits,
    /// whoever has no roles is unknown
    HidesRoleless,
    /// everybody may act
    LetsAllAct,
    /// whoever may not act is unknown
    HidesInactive,
    /// the state has no words
    HidesState,
    /// an unknown account is a guest
    TakesUnknownForGuest,
    /// an account is found by its beginning
    FindsByBeginning,
    /// each account is a person
    SplitsPersons,
    /// only the first account is known
    KnowsFirstAccount,
    /// roles are kept from the beginning
    KeepsRoles,
    /// members are kept from the beginning
    KeepsMembers,
    /// states are kept from the beginning
    KeepsStates,
    /// accounts are kept from the beginning
    KeepsAccounts,
    /// addresses are kept from the beginning
    KeepsAddresses,
    /// only those everywhere are members
    HidesMembersOfUnits,
    /// a member is given once for each account
    RepeatsMembers,
    /// everybody is a member
    TakesAllForMembers,
    /// a role is found by its beginning
    FindsRolesByBeginning,
    /// whoever has no address is unknown
    HidesAddressless,
    /// an unknown person has no address
    TakesUnknownForAddressless,
    /// the address is the account
    WritesToAccounts,
    /// the name is the account
    NamesAccounts,
    /// everybody reads English
    TakesAllForEnglish,
    /// names are kept from the beginning
    KeepsNames,
    /// tenants share accounts
    SharesAccounts,
    /// tenants share members
    SharesMembers,
    /// tenants share addresses
    SharesAddresses,
    /// a role one granted oneself is as any other
    HidesOwnGrants,
    /// nobody stands in for anybody
    HidesDeputies,
    /// a person without an account is looked up without roles
    ForgetsRolesOfPersons,
    /// a member is looked up without the roles they have elsewhere
    ForgetsOtherRolesOfMembers,
    /// an unknown person is a guest
    TakesUnknownPersonForGuest,
    /// tenants share persons
    SharesPersons,
}

#[derive(Debug)]
pub(crate) struct WrongDirectory {
    fault: Fault,
    people: Mutex<Vec<Resident>>,
    first: Vec<Resident>,
}

impl WrongDirectory {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn people(&self, kept: Fault) -> Vec<Resident> {
        if self.is(kept) { self.first.clone() } else { self.people.lock().unwrap().clone() }
    }

    fn find(&self, tenant: TenantId, account: &str) -> Option<Resident> {
        let has = |it: &Resident| {
            let known = if self.is(Fault::KnowsFirstAccount) { 1 } else { usize::MAX };
            let found = |it: &String| match self.fault {
                Fault::FindsByBeginning => it.starts_with(account.trim_end_matches(['%', '*'])),
                _ => it == account,
            };
            it.accounts.iter().take(known).any(found) || self.is(Fault::TakesFirst)
        };
        let mine = |it: &Resident| it.tenant == tenant || self.is(Fault::SharesAccounts);
        let people = self.people(Fault::KeepsAccounts);
        let mut found = people.into_iter().find(|it| mine(it) && has(it))?;
        let now = |kept| self.people(kept).into_iter().find(|it| it.person == found.person);
        (found.roles, found.active) = (now(Fault::KeepsRoles)?.roles, now(Fault::KeepsStates)?.active);
        if self.is(Fault::SplitsPersons) {
            let n = found.accounts.iter().position(|it| it == account).unwrap_or_default() as u128;
            found.person = PersonId::from_uuid(uuid::Uuid::from_u128(found.person.uuid().as_u128() + 100 * n));
        }
        Some(found)
    }
}

impl WrongDirectory {
    fn identity(&self, found: &Resident) -> Identity {
        let Resident { person, mut roles, mut stands_in, .. } = found.clone();
        if self.is(Fault::HidesOwnGrants) {
            roles.iter_mut().for_each(|it| it.self_granted = false);
        }
        if self.is(Fault::HidesDeputies) {
            stands_in.clear();
        }
        let state = if self.is(Fault::HidesState) { "" } else { "somehow" };
        let active = found.active || self.is(Fault::LetsAllAct);
        Identity { person, state: state.to_owned(), active, roles, stands_in }
    }

    fn spoilt(&self, resident: &Resident) -> Contact {
        let mut contact = resident.contact.clone();
        match self.fault {
            Fault::NamesAccounts => contact.name = resident.accounts.first().cloned(),
            Fault::TakesAllForEnglish => contact.locale = Some("en".to_owned()),
            Fault::KeepsNames => {
                let first = self.first.iter().find(|it| it.person == resident.person);
                contact.name = first.and_then(|it| it.contact.name.clone());
            }
            _ => {}
        }
        contact
    }
}

#[async_trait]
impl Directory for WrongDirectory {
    async fn resolve(&self, principal: &Principal) -> Result<Identity, DirectoryError> {
        let found = match self.find(principal.tenant(), principal.account()) {
            None if self.is(Fault::TakesUnknownForGuest) => self.find(principal.tenant(), "guest"),
            found => found,
        };
        let found = found.filter(|it| !it.roles.is_empty() || !self.is(Fault::HidesRoleless));
        let mut found =
            found.filter(|it| it.active || !self.is(Fault::HidesInactive)).ok_or(DirectoryError::NotFound)?;
        if self.is(Fault::DropsUnits) {
            found.roles.iter_mut().for_each(|it| it.units.clear());
        }
        Ok(self.identity(&found))
    }

    async fn person(&self, tenant: TenantId, person: PersonId) -> Result<Identity, DirectoryError> {
        let mine = |it: &Resident| it.tenant == tenant || self.is(Fault::SharesPersons);
        let people = self.people(Fault::None);
        let mut found = match people.iter().find(|it| mine(it) && it.person == person) {
            None if self.is(Fault::TakesUnknownPersonForGuest) => people.iter().find(|it| it.accounts[0] == "guest"),
            found => found,
        }
        .cloned()
        .ok_or(DirectoryError::NotFound)?;
        if self.is(Fault::ForgetsRolesOfPersons) {
            found.roles.clear();
        }
        Ok(self.identity(&found))
    }

    async fn members(&self, tenant: TenantId, role: &str) -> Result<Vec<Identity>, DirectoryError> {
        let has = |HeldRole { role: name, units, .. }: &HeldRole| {
            let same = match self.fault {
                Fault::FindsRolesByBeginning => name.starts_with(role),
                _ => name == role,
            };
            same && (units.is_empty() || !self.is(Fault::HidesMembersOfUnits))
        };
        let mut members = Vec::new();
        for it in self.people(Fault::KeepsMembers) {
            let mine = it.tenant == tenant || self.is(Fault::SharesMembers);
            if mine && (it.roles.iter().any(has) || self.is(Fault::TakesAllForMembers)) {
                let times = if self.is(Fault::RepeatsMembers) { it.accounts.len() } else { 1 };
                let mut it = it.clone();
                it.roles.retain(|held| held.role == role || !self.is(Fault::ForgetsOtherRolesOfMembers));
                members.extend(vec![self.identity(&it); times]);
            }
        }
        Ok(members)
    }

    async fn contact(&self, tenant: TenantId, person: PersonId) -> Result<Contact, DirectoryError> {
        let people = self.people(Fault::KeepsAddresses);
        let mine = |it: &&Resident| it.tenant == tenant || self.is(Fault::SharesAddresses);
        match people.iter().filter(mine).find(|it| it.person == person) {
            None if self.is(Fault::TakesUnknownForAddressless) => Ok(Contact::default()),
            None => Err(DirectoryError::NotFound),
            Some(it) if it.contact.address.is_none() && self.is(Fault::HidesAddressless) => {
                Err(DirectoryError::NotFound)
            }
            Some(it) if self.is(Fault::WritesToAccounts) => {
                Ok(Contact { address: it.accounts.first().cloned(), ..it.contact.clone() })
            }
            Some(it) => Ok(self.spoilt(it)),
        }
    }
}

/// Makes directories with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl DirectoryFactory for Wrong {
    type Guard = Arc<WrongDirectory>;

    async fn directory(&self, people: &[Resident]) -> (Arc<WrongDirectory>, Arc<dyn Directory>) {
        let (first, people) = (people.to_vec(), Mutex::new(people.to_vec()));
        let directory = Arc::new(WrongDirectory { fault: self.0, people, first });
        (Arc::clone(&directory), directory)
    }

    async fn change(&self, directory: &Arc<WrongDirectory>, to: &Resident) {
        let mut people = directory.people.lock().unwrap();
        people.iter_mut().filter(|it| it.person == to.person).for_each(|it| *it = to.clone());
    }
}
