//! The simulator sees what is wrong: adapters that break their contracts, one clause each.

use std::sync::Arc;

use async_trait::async_trait;
use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::SCHEMA;
use cardflow::engine::chain::Linked;
use cardflow::ports::{
    AccessJournal, Claim, Commit, Committed, Found, HistoryLog, Home, InstanceRecords, Logged, Query, Refused,
    Remembered, Storage, StorageError, Work,
};
use cardflow::testing::simulate::{Failure, Simulation, Store};
use cardflow::values::{CommandId, HomeId, InstanceId, PersonId, TenantId, Timestamp};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wrong {
    /// Nothing.
    Nothing,
    /// It does not compare the revisions of homes that were only read.
    ComparesNothingRead,
    /// It believes whoever says that work is done.
    BelievesAnyHolder,
    /// It forgets commands.
    RemembersNothing,
    /// It answers a commit in conflict as if it were stored.
    LosesConflicts,
    /// It leaves out requests to the outside now and then.
    LosesWork,
}

/// A store in memory with one fault.
#[derive(Debug)]
struct Faulty {
    inner: Arc<MemoryStorage>,
    wrong: Wrong,
}

#[async_trait]
impl Storage for Faulty {
    async fn commit(&self, mut commit: Commit) -> Result<Committed, StorageError> {
        match self.wrong {
            Wrong::Nothing | Wrong::LosesConflicts => {}
            Wrong::ComparesNothingRead => {
                let written: Vec<_> =
                    commit.puts.iter().filter(|it| it.at.kind().is_object()).map(|it| it.home()).collect();
                let homes: Vec<_> = commit.expects.iter().map(|(home, _)| *home).collect();
                let now = self.inner.homes(commit.tenant, &homes).await?;
                for ((home, revision), now) in commit.expects.iter_mut().zip(now) {
                    if !written.contains(home) {
                        *revision = now.revision;
                    }
                }
            }
            Wrong::BelievesAnyHolder => commit.done.iter_mut().for_each(|it| it.holder = None),
            Wrong::RemembersNothing => commit.remember = None,
            Wrong::LosesWork => {
                if commit.work.iter().any(|it| it.id.uuid().as_u128() % 5 == 0) {
                    commit.work.clear();
                }
            }
        }
        match self.inner.commit(commit).await {
            Err(StorageError::Conflict { .. }) if self.wrong == Wrong::LosesConflicts => {
                Ok(Committed::Stored { heads: Vec::new(), behind: Vec::new() })
            }
            came => came,
        }
    }

    async fn homes(&self, tenant: TenantId, homes: &[HomeId]) -> Result<Vec<Home>, StorageError> {
        self.inner.homes(tenant, homes).await
    }

    async fn find(&self, query: &Query) -> Result<Found, StorageError> {
        self.inner.find(query).await
    }

    async fn instance(&self, tenant: TenantId, instance: InstanceId) -> Result<Option<InstanceRecords>, StorageError> {
        self.inner.instance(tenant, instance).await
    }

    async fn history(
        &self,
        tenant: TenantId,
        chain: HomeId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Linked>, StorageError> {
        self.inner.history(tenant, chain, before, limit).await
    }

    async fn remembered(
        &self,
        tenant: TenantId,
        actor: Option<PersonId>,
        command: CommandId,
    ) -> Result<Option<Remembered>, StorageError> {
        self.inner.remembered(tenant, actor, command).await
    }

    async fn under_way(&self, tenant: TenantId, targets: &[String]) -> Result<Vec<String>, StorageError> {
        self.inner.under_way(tenant, targets).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Work>, StorageError> {
        self.inner.claim(claim).await
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StorageError> {
        self.inner.forget(before).await
    }
}

#[async_trait]
impl HistoryLog for Faulty {
    async fn records_after(&self, tenant: TenantId, position: u64, limit: usize) -> Result<Vec<Logged>, StorageError> {
        self.inner.records_after(tenant, position, limit).await
    }

    async fn homes_after(
        &self,
        tenant: TenantId,
        home: Option<HomeId>,
        limit: usize,
    ) -> Result<Vec<HomeId>, StorageError> {
        self.inner.homes_after(tenant, home, limit).await
    }

    async fn instances_after(
        &self,
        tenant: TenantId,
        instance: Option<InstanceId>,
        limit: usize,
    ) -> Result<Vec<InstanceId>, StorageError> {
        self.inner.instances_after(tenant, instance, limit).await
    }

    async fn work_of(&self, tenant: TenantId, instance: InstanceId) -> Result<Vec<Work>, StorageError> {
        self.inner.work_of(tenant, instance).await
    }
}

#[async_trait]
impl AccessJournal for Faulty {
    async fn note(&self, refused: Refused) {
        self.inner.note(refused).await;
    }

    async fn refusals(&self, tenant: TenantId, limit: usize) -> Result<Vec<Refused>, StorageError> {
        self.inner.refusals(tenant, limit).await
    }
}

/// The first seed that shows it, of so many.
fn caught(wrong: Wrong, seeds: u64) -> Option<Box<Failure>> {
    let store = move || Store::of(Faulty { inner: Arc::new(MemoryStorage::new(&SCHEMA)), wrong });
    let simulation = Simulation::of_the_package().unwrap().over(store);
    (0..seeds).find_map(|seed| simulation.run(seed).err().map(|failure| simulation.smallest(failure)))
}

#[test]
fn a_store_that_breaks_its_contract_is_seen_and_told() {
    for (wrong, rules) in [
        (Wrong::ComparesNothingRead, &["revisions"][..]),
        (Wrong::BelievesAnyHolder, &["leases"]),
        (Wrong::RemembersNothing, &["carried out once", "revisions"]),
        (Wrong::LosesConflicts, &["revisions", "carried out once", "leases"]),
        (Wrong::LosesWork, &["none lost", "history", "settled", "leases", "in turn"]),
    ] {
        let failure = caught(wrong, 60).unwrap_or_else(|| panic!("{wrong:?} is not seen"));
        println!("{wrong:?}: seed {} after {} orders, {}", failure.seed(), failure.given(), failure.invariant());
        assert!(rules.contains(&failure.invariant()), "{wrong:?}\n{failure}");
        let told = failure.to_string();
        assert!(told.contains(&format!("CARDFLOW_SEED={}", failure.seed())), "{told}");
        assert!(told.contains(failure.what()) && !failure.trace().is_empty(), "{told}");
    }
    assert_eq!(caught(Wrong::Nothing, 3).map(|it| it.to_string()), None);
}
