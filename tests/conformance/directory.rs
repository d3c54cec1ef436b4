//! The directory that reads persons from the store, over both stores.

use std::sync::Arc;

use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::{SCHEMA, StoreDirectory, record_of};
use cardflow::domain::{Deputyship, Dossier, Object, Person, PersonState, RoleGrant};
use cardflow::engine::{HeldRole, Record, SharedRecord};
use cardflow::ports::{Commit, Directory, Storage};
use cardflow::testing::conformance::directory::{DirectoryFactory, Resident};
use cardflow::values::{Revision, Timestamp};

fn person(resident: &Resident) -> Person {
    let state = if resident.active { PersonState::Active } else { PersonState::Inactive };
    let mut person =
        Person::new(resident.tenant, resident.person, resident.contact.name.as_ref().unwrap()).unwrap().in_state(state);
    for account in &resident.accounts {
        person = person.with_account(account).unwrap();
    }
    for HeldRole { role, units, self_granted } in &resident.roles {
        let by = self_granted.then_some(resident.person);
        let grant = RoleGrant::new(role, by, Timestamp::from_millis(0)).unwrap();
        person = person.with_role(units.iter().fold(grant, |grant, unit| grant.in_unit(unit).unwrap()));
    }
    for it in &resident.stands_in {
        person = person.standing_in(Deputyship::new(it.of, it.from, it.until, None));
        // One that the absent person arranged alone does not count.
        person = person.standing_in(Deputyship::new(it.of, it.from, Timestamp::from_millis(i64::MAX), Some(it.of)));
    }
    if let Some(address) = &resident.contact.address {
        person = person.with_mail(address).unwrap();
    }
    match &resident.contact.locale {
        Some(locale) => person.with_locale(locale).unwrap(),
        None => person,
    }
}

/// Writes a person as the next revision of what is there.
async fn write(storage: &dyn Storage, resident: &Resident) {
    let object = Object::Person(person(resident));
    let record = record_of(&object, &Dossier::new(object.at(), [object.clone()])).unwrap();
    let there = storage.homes(resident.tenant, &[object.home()]).await.unwrap().remove(0);
    let revision = there.records.first().map_or(Revision::NONE, |it| it.revision).next();
    let expects = vec![(there.id, there.revision)];
    let puts = vec![SharedRecord::from(Record { revision, ..record })];
    storage.commit(Commit { expects, puts, ..Commit::of(resident.tenant) }).await.unwrap();
}

async fn directory(storage: &Arc<dyn Storage>, people: &[Resident]) -> Arc<dyn Directory> {
    for resident in people {
        write(storage.as_ref(), resident).await;
    }
    Arc::new(StoreDirectory::new(Arc::clone(storage)))
}

struct OverMemory;

impl DirectoryFactory for OverMemory {
    type Guard = Arc<dyn Storage>;

    async fn directory(&self, people: &[Resident]) -> (Arc<dyn Storage>, Arc<dyn Directory>) {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new(&SCHEMA));
        let directory = directory(&storage, people).await;
        (storage, directory)
    }

    async fn change(&self, storage: &Arc<dyn Storage>, to: &Resident) {
        write(storage.as_ref(), to).await;
    }
}

mod over_memory {
    cardflow::directory_conformance!(super::OverMemory);
}

#[cfg(feature = "sqlite")]
mod over_sqlite {
    use cardflow::adapters::sqlite::SqliteStorage;
    use tempfile::TempDir;

    use super::*;

    struct OverSqlite;

    impl DirectoryFactory for OverSqlite {
        type Guard = (Arc<dyn Storage>, TempDir);

        async fn directory(&self, people: &[Resident]) -> ((Arc<dyn Storage>, TempDir), Arc<dyn Directory>) {
            let folder = tempfile::tempdir().unwrap();
            let storage: Arc<dyn Storage> =
                Arc::new(SqliteStorage::open(folder.path().join("store.db"), &SCHEMA).unwrap());
            let directory = directory(&storage, people).await;
            ((storage, folder), directory)
        }

        async fn change(&self, (storage, _): &(Arc<dyn Storage>, TempDir), to: &Resident) {
            write(storage.as_ref(), to).await;
        }
    }

    cardflow::directory_conformance!(OverSqlite);
}
