use std::sync::Arc;

use async_trait::async_trait;

use super::schema::{ACCOUNT_KEY, ROLE_KEY};
use super::stored::object_of;
use crate::domain::{Deputyship, Object, PERSON_KIND, Person, PersonState, RoleGrant};
use crate::engine::{HeldRole, KeyValue, Scope, StandsIn};
use crate::ports::{
    Contact, Directory, DirectoryError, Filter, Home, Identity, Principal, Query, Search, Storage, StorageError,
};
use crate::values::{HomeId, PersonId, TenantId};

/// The directory that reads persons from the store: the default.
#[derive(Clone, Debug)]
pub struct StoreDirectory {
    storage: Arc<dyn Storage>,
}

impl StoreDirectory {
    /// Over this store.
    #[must_use]
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        StoreDirectory { storage }
    }

    async fn find(&self, tenant: TenantId, search: Search) -> Result<Vec<Identity>, DirectoryError> {
        let mut query = Query::of(tenant, Scope::All, search);
        let mut persons = Vec::new();
        loop {
            let found = self.storage.find(&query).await.map_err(failed)?;
            persons.reserve_exact(found.records.len());
            for record in &found.records {
                if let Object::Person(person) = &*record.decoded(object_of).map_err(corrupt)? {
                    persons.push(identity(person));
                }
            }
            match found.next {
                Some(place) => query.after = Some(place),
                None => return Ok(persons),
            }
        }
    }

    async fn get<T>(
        &self,
        tenant: TenantId,
        person: PersonId,
        told: impl FnOnce(&Person) -> T,
    ) -> Result<T, DirectoryError> {
        let home = HomeId::from_uuid(person.uuid());
        let homes = self.storage.homes(tenant, &[home]).await.map_err(failed)?;
        for record in Home::records_of(&homes) {
            match &*record.decoded(object_of).map_err(corrupt)? {
                Object::Person(it) if it.id() == person => return Ok(told(it)),
                _ => {}
            }
        }
        Err(DirectoryError::NotFound)
    }
}

fn identity(person: &Person) -> Identity {
    let held = |it: &RoleGrant| HeldRole {
        role: it.role().to_owned(),
        units: it.units().clone(),
        self_granted: it.is_self_granted(person.id()),
    };
    let stands_in = |it: &Deputyship| StandsIn { of: it.of(), from: it.from(), until: it.until() };
    Identity {
        person: person.id(),
        state: person.state().to_string(),
        active: person.state() == PersonState::Active,
        roles: person.roles().iter().filter(|it| !it.awaits()).map(held).collect(),
        stands_in: person.deputyships().iter().filter(|it| it.counts()).map(stands_in).collect(),
    }
}

fn contact(person: &Person) -> Contact {
    let name = (!person.is_erased()).then(|| person.name().to_owned());
    Contact { address: person.mail().map(str::to_owned), name, locale: person.locale().map(str::to_owned) }
}

fn failed(error: StorageError) -> DirectoryError {
    match error {
        StorageError::Corrupt { what } => DirectoryError::Corrupt { what },
        other => DirectoryError::Unavailable(Box::new(other)),
    }
}

fn corrupt(error: crate::values::CodecError) -> DirectoryError {
    DirectoryError::Corrupt { what: error.to_string() }
}

#[async_trait]
impl Directory for StoreDirectory {
    async fn resolve(&self, principal: &Principal) -> Result<Identity, DirectoryError> {
        let account = KeyValue::Text(principal.account().to_owned());
        let search = Search::of(PERSON_KIND).filter(Filter::Is(ACCOUNT_KEY.code, account)).limit(1);
        self.find(principal.tenant(), search).await?.pop().ok_or(DirectoryError::NotFound)
    }

    async fn person(&self, tenant: TenantId, person: PersonId) -> Result<Identity, DirectoryError> {
        self.get(tenant, person, identity).await
    }

    async fn members(&self, tenant: TenantId, role: &str) -> Result<Vec<Identity>, DirectoryError> {
        let members = Search::of(PERSON_KIND).filter(Filter::Is(ROLE_KEY.code, KeyValue::Text(role.to_owned())));
        self.find(tenant, members.limit(1000)).await
    }

    async fn contact(&self, tenant: TenantId, person: PersonId) -> Result<Contact, DirectoryError> {
        self.get(tenant, person, contact).await
    }
}
