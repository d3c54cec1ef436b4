use std::future::Future;

use async_trait::async_trait;

use super::Line;
use crate::engine::chain::Linked;
use crate::ports::{
    AccessJournal, Claim, Commit, Committed, Found, HistoryLog, Home, InstanceRecords, Logged, Query, Refused,
    Remembered, Storage, StorageError, Work,
};
use crate::testing::simulate::faults::Fault;
use crate::testing::simulate::store::Store;
use crate::testing::simulate::trace::Told;
use crate::values::{CommandId, HomeId, InstanceId, PersonId, TenantId, Timestamp};

/// The line of a host to the store.
#[derive(Clone, Debug)]
pub(in crate::testing::simulate) struct StorageLine {
    pub(in crate::testing::simulate) line: Line,
    pub(in crate::testing::simulate) store: Store,
}

fn is_lost<T>() -> Result<T, StorageError> {
    Err(StorageError::Unavailable("simulated: nobody answers".into()))
}

impl StorageLine {
    /// A call that changes nothing, or nothing that another call could see.
    async fn read<T>(
        &self,
        method: &'static str,
        read: impl Future<Output = Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
        let fault = self.line.fault(method, |it| it.store / 4, Fault::of_a_call);
        self.line.carry(fault, read).await.unwrap_or_else(is_lost)
    }
}

#[async_trait]
impl Storage for StorageLine {
    async fn commit(&self, commit: Commit) -> Result<Committed, StorageError> {
        let (line, host) = (&self.line, self.line.host);
        let fault = line.fault("commit", |it| it.store, Fault::of_a_commit);
        let stores = async {
            if fault == Some(Fault::Conflict) {
                return Err(StorageError::Conflict { what: "simulated: something".to_owned() });
            }
            let told =
                Told::Stored { host, puts: commit.puts.len(), work: commit.work.len(), history: commit.history.len() };
            let came = self.store.storage.commit(commit.clone()).await;
            line.world.with(|it| match &came {
                Ok(Committed::Stored { heads, behind }) => {
                    it.tell(told);
                    let now = it.now;
                    it.book.committed(host, &commit, heads, behind, now, &mut it.coverage);
                }
                Ok(Committed::Repeated(_)) => {
                    it.tell(Told::NotStored { host, why: "it was carried out before".to_owned() });
                }
                Err(error) => it.tell(Told::NotStored { host, why: error.to_string() }),
            });
            came
        };
        line.carry(fault, stores).await.unwrap_or_else(is_lost)
    }

    async fn homes(&self, tenant: TenantId, homes: &[HomeId]) -> Result<Vec<Home>, StorageError> {
        self.read("homes", self.store.storage.homes(tenant, homes)).await
    }

    async fn find(&self, query: &Query) -> Result<Found, StorageError> {
        self.read("find", self.store.storage.find(query)).await
    }

    async fn instance(&self, tenant: TenantId, instance: InstanceId) -> Result<Option<InstanceRecords>, StorageError> {
        self.read("instance", self.store.storage.instance(tenant, instance)).await
    }

    async fn history(
        &self,
        tenant: TenantId,
        chain: HomeId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Linked>, StorageError> {
        self.read("history", self.store.storage.history(tenant, chain, before, limit)).await
    }

    async fn remembered(
        &self,
        tenant: TenantId,
        actor: Option<PersonId>,
        command: CommandId,
    ) -> Result<Option<Remembered>, StorageError> {
        self.read("remembered", self.store.storage.remembered(tenant, actor, command)).await
    }

    async fn under_way(&self, tenant: TenantId, targets: &[String]) -> Result<Vec<String>, StorageError> {
        self.read("under_way", self.store.storage.under_way(tenant, targets)).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Work>, StorageError> {
        let line = &self.line;
        let claims = async {
            let came = self.store.storage.claim(claim).await;
            if let Ok(work) = &came
                && !work.is_empty()
            {
                line.world.with(|it| {
                    it.tell(Told::Claimed { host: line.host, count: work.len() });
                    it.book.claimed(line.host, claim, work);
                });
            }
            came
        };
        self.read("claim", claims).await
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StorageError> {
        self.read("forget", self.store.storage.forget(before)).await
    }
}

#[async_trait]
impl HistoryLog for StorageLine {
    async fn records_after(&self, tenant: TenantId, position: u64, limit: usize) -> Result<Vec<Logged>, StorageError> {
        self.read("records_after", self.store.log.records_after(tenant, position, limit)).await
    }

    async fn homes_after(
        &self,
        tenant: TenantId,
        home: Option<HomeId>,
        limit: usize,
    ) -> Result<Vec<HomeId>, StorageError> {
        self.read("homes_after", self.store.log.homes_after(tenant, home, limit)).await
    }

    async fn instances_after(
        &self,
        tenant: TenantId,
        instance: Option<InstanceId>,
        limit: usize,
    ) -> Result<Vec<InstanceId>, StorageError> {
        self.read("instances_after", self.store.log.instances_after(tenant, instance, limit)).await
    }

    async fn work_of(&self, tenant: TenantId, instance: InstanceId) -> Result<Vec<Work>, StorageError> {
        self.read("work_of", self.store.log.work_of(tenant, instance)).await
    }
}

#[async_trait]
impl AccessJournal for StorageLine {
    async fn note(&self, refused: Refused) {
        let fault = self.line.fault("note", |it| it.store / 4, Fault::of_a_call);
        self.line.carry(fault, self.store.journal.note(refused)).await;
    }

    async fn refusals(&self, tenant: TenantId, limit: usize) -> Result<Vec<Refused>, StorageError> {
        self.read("refusals", self.store.journal.refusals(tenant, limit)).await
    }
}
