use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::state::State;
use crate::engine::Schema;
use crate::engine::chain::Linked;
use crate::ports::{
    AccessJournal, Claim, Commit, Committed, Found, HistoryLog, Home, InstanceRecords, Logged, Query, Refused,
    Remembered, Storage, StorageError, Work,
};
use crate::values::{CommandId, HomeId, InstanceId, Millis, PersonId, TenantId, Timestamp};

/// Keeps everything in memory and loses it with the process.
///
/// What was decoded is kept too, beside what it was decoded from.
#[derive(Debug)]
pub struct MemoryStorage {
    schema: &'static Schema,
    state: Mutex<State>,
    journal: Mutex<BTreeMap<TenantId, VecDeque<Refused>>>,
}

/// How many refusals of a tenant the journal keeps.
const JOURNAL: usize = 10_000;

impl MemoryStorage {
    /// An empty store for the records of a domain.
    #[must_use]
    pub fn new(schema: &'static Schema) -> Self {
        MemoryStorage { schema, state: Mutex::default(), journal: Mutex::default() }
    }

    /// Another store with the same content, which goes its own way from here: for many trials that begin alike.
    #[must_use]
    pub fn copy(&self) -> Self {
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner).clone();
        MemoryStorage { schema: self.schema, state: Mutex::new(self.state().clone()), journal: Mutex::new(journal) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // INVARIANT: a commit checks everything before it changes anything, so a panic elsewhere leaves no half commit.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Storage for MemoryStorage {
    async fn commit(&self, commit: Commit) -> Result<Committed, StorageError> {
        self.state().commit(self.schema, commit)
    }

    async fn homes(&self, tenant: TenantId, homes: &[HomeId]) -> Result<Vec<Home>, StorageError> {
        let state = self.state();
        Ok(homes.iter().map(|it| state.home(tenant, *it)).collect())
    }

    async fn find(&self, query: &Query) -> Result<Found, StorageError> {
        self.state().find(self.schema, query)
    }

    async fn instance(&self, tenant: TenantId, instance: InstanceId) -> Result<Option<InstanceRecords>, StorageError> {
        Ok(self.state().instance(tenant, instance))
    }

    async fn history(
        &self,
        tenant: TenantId,
        chain: HomeId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Linked>, StorageError> {
        Ok(self.state().chains().newest(tenant, chain, before, limit))
    }

    async fn remembered(
        &self,
        tenant: TenantId,
        actor: Option<PersonId>,
        command: CommandId,
    ) -> Result<Option<Remembered>, StorageError> {
        Ok(self.state().remembered(tenant, actor, command))
    }

    async fn under_way(&self, tenant: TenantId, targets: &[String]) -> Result<Vec<String>, StorageError> {
        Ok(self.state().under_way(tenant, targets))
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Work>, StorageError> {
        Ok(self.state().claim(claim))
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StorageError> {
        Ok(self.state().forget(before))
    }
}

#[async_trait]
impl HistoryLog for MemoryStorage {
    async fn records_after(&self, tenant: TenantId, position: u64, limit: usize) -> Result<Vec<Logged>, StorageError> {
        Ok(self.state().chains().after(tenant, position, limit))
    }

    async fn homes_after(
        &self,
        tenant: TenantId,
        home: Option<HomeId>,
        limit: usize,
    ) -> Result<Vec<HomeId>, StorageError> {
        Ok(self.state().homes_after(tenant, home, limit))
    }

    async fn instances_after(
        &self,
        tenant: TenantId,
        instance: Option<InstanceId>,
        limit: usize,
    ) -> Result<Vec<InstanceId>, StorageError> {
        Ok(self.state().instances_after(tenant, instance, limit))
    }

    async fn work_of(&self, tenant: TenantId, instance: InstanceId) -> Result<Vec<Work>, StorageError> {
        Ok(self.state().work_of(tenant, instance))
    }
}

#[async_trait]
impl AccessJournal for MemoryStorage {
    async fn note(&self, refused: Refused) {
        let mut journals = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let journal = journals.entry(refused.tenant).or_default();
        let hour_ago = refused.first.minus(Millis::hours(1));
        let same = |it: &&mut Refused| {
            (it.actor, &it.attempt, it.subject, &it.code)
                == (refused.actor, &refused.attempt, refused.subject, &refused.code)
        };
        if let Some(known) = journal.iter_mut().rev().take_while(|it| it.first > hour_ago).find(same) {
            known.times = known.times.saturating_add(refused.times);
            known.last = known.last.max(refused.last);
            return;
        }
        if journal.len() >= JOURNAL {
            journal.pop_front();
        }
        journal.push_back(refused);
    }

    async fn refusals(&self, tenant: TenantId, limit: usize) -> Result<Vec<Refused>, StorageError> {
        let journals = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(journals.get(&tenant).into_iter().flatten().rev().take(limit).cloned().collect())
    }
}
