use std::sync::Arc;

use async_trait::async_trait;

use super::schema::ACCOUNT_KEY;
use super::stored::object_of;
use crate::domain::{Object, PERSON_KIND, Person, PersonState};
use crate::engine::{KeyValue, Scope};
use crate::ports::{
    Contact, Directory, DirectoryError, Filter, Identity, Principal, Query, Search, Storage, StorageError,
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

    async fn find(&self, tenant: TenantId, search: Search) -> Result<Vec<Person>, DirectoryError> {
        let mut query = Query::of(tenant, Scope::All, search);
        let mut persons = Vec::new();
        loop {
            let found = self.storage.find(&query).await.map_err(failed)?;
            for record in &found.records {
                if let Object::Person(person) = object_of(record).map_err(corrupt)? {
                    persons.push(person);
                }
            }
            match found.next {
                Some(place) => query.after = Some(place),
                None => return Ok(persons),
            }
        }
    }
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
        let person = self.find(principal.tenant(), search).await?.pop().ok_or(DirectoryError::NotFound)?;
        Ok(Identity {
            person: person.id(),
            state: person.state().to_string(),
            active: person.state() == PersonState::Active,
            roles: person.roles().iter().map(|it| (it.role().to_owned(), it.units().clone())).collect(),
        })
    }

    async fn members(&self, tenant: TenantId, role: &str) -> Result<Vec<PersonId>, DirectoryError> {
        let persons = self.find(tenant, Search::of(PERSON_KIND).limit(1000)).await?;
        Ok(persons.iter().filter(|it| it.roles().iter().any(|grant| grant.role() == role)).map(Person::id).collect())
    }

    async fn contact(&self, tenant: TenantId, person: PersonId) -> Result<Contact, DirectoryError> {
        let home = HomeId::from_uuid(person.uuid());
        let homes = self.storage.homes(tenant, &[home]).await.map_err(failed)?;
        for record in homes.iter().flat_map(|it| &it.records) {
            if let Object::Person(it) = object_of(record).map_err(corrupt)? {
                let name = (!it.is_erased()).then(|| it.name().to_owned());
                let (address, locale) = (it.mail().map(str::to_owned), it.locale().map(str::to_owned));
                return Ok(Contact { address, name, locale });
            }
        }
        Err(DirectoryError::NotFound)
    }
}
