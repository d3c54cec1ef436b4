use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::held;
use super::script::{Fate, Script};
use crate::engine::chain::Linked;
use crate::ports::{
    Claim, Commit, Committed, Found, Home, InstanceRecords, Query, Remembered, Storage, StorageError, Work,
};
use crate::values::{CommandId, HomeId, InstanceId, PersonId, TenantId, Timestamp};

/// A storage that is watched: it numbers and keeps the commits, lets others act just before one, and fails on a script.
///
/// ```
/// use std::sync::Arc;
///
/// use cardflow::CardflowBuilder;
/// use cardflow::adapters::memory::MemoryStorage;
/// use cardflow::cards::SCHEMA;
/// use cardflow::testing::fakes::{Fate, WatchedStorage};
///
/// let memory = Arc::new(MemoryStorage::new(&SCHEMA));
/// let watched = Arc::new(WatchedStorage::over(memory.clone()));
/// let host = CardflowBuilder::over(watched.clone(), memory.clone(), memory).build()?;
/// // The second commit is stored, and the host never hears of it.
/// watched.at_commit(2, Fate::AnswerLost);
/// # assert_eq!(watched.count(), 0);
/// # Ok::<(), cardflow::runtime::BuildError>(())
/// ```
#[derive(Debug)]
pub struct WatchedStorage {
    inner: Arc<dyn Storage>,
    script: Script,
    seen: Mutex<Seen>,
    at: Mutex<BTreeMap<usize, Fate>>,
}

#[derive(Debug, Default)]
struct Seen {
    count: usize,
    commits: Vec<Commit>,
}

impl WatchedStorage {
    /// Watches this one.
    #[must_use]
    pub fn over(inner: Arc<dyn Storage>) -> Self {
        WatchedStorage { inner, script: Script::default(), seen: Mutex::default(), at: Mutex::default() }
    }

    /// This becomes of the next commit; called again, of the one after that.
    pub fn next_commit(&self, fate: Fate) {
        self.script.next("commit", fate);
    }

    /// This becomes of the commit with this number; the first is 1.
    pub fn at_commit(&self, number: usize, fate: Fate) {
        held(&self.at).insert(number, fate);
    }

    /// From now on every call is lost, reads too, or none is: the line is dead, or somebody has mended it.
    pub fn is_down(&self, down: bool) {
        self.script.set_down(down);
    }

    /// Somebody else does this just before the next commit; called again, before the one after that.
    pub fn before_commit(&self, happening: impl Future<Output = ()> + Send + 'static) {
        self.script.before("commit", Box::pin(happening));
    }

    /// Somebody else does this just before the history is read next.
    pub fn before_history(&self, happening: impl Future<Output = ()> + Send + 'static) {
        self.script.before("history", Box::pin(happening));
    }

    /// Somebody else does this just after the history is read next, before the reader has it.
    pub fn after_history(&self, happening: impl Future<Output = ()> + Send + 'static) {
        self.script.after("history", Box::pin(happening));
    }

    /// Comes when a commit is stuck; once for each.
    pub async fn stuck(&self) {
        self.script.stuck().await;
    }

    /// How many commits were asked for so far, whatever became of them.
    #[must_use]
    pub fn count(&self) -> usize {
        held(&self.seen).count
    }

    /// The commits that were asked for since the last call, whatever became of them.
    pub fn take_commits(&self) -> Vec<Commit> {
        std::mem::take(&mut held(&self.seen).commits)
    }

    /// A read, which is lost if the line is dead.
    async fn read<T>(&self, read: impl Future<Output = Result<T, StorageError>>) -> Result<T, StorageError> {
        self.script.carry_out(self.script.fate("read"), read, is_dead).await
    }
}

fn is_dead<T>() -> Result<T, StorageError> {
    Err(StorageError::Unavailable("scripted: the line is dead".into()))
}

#[async_trait]
impl Storage for WatchedStorage {
    async fn commit(&self, commit: Commit) -> Result<Committed, StorageError> {
        self.script.happens_before("commit").await;
        let number = {
            let mut seen = held(&self.seen);
            seen.count += 1;
            seen.commits.push(commit.clone());
            seen.count
        };
        let fate = held(&self.at).remove(&number).or_else(|| self.script.fate("commit"));
        self.script.carry_out(fate, self.inner.commit(commit), is_dead).await
    }

    async fn homes(&self, tenant: TenantId, homes: &[HomeId]) -> Result<Vec<Home>, StorageError> {
        self.read(self.inner.homes(tenant, homes)).await
    }

    async fn find(&self, query: &Query) -> Result<Found, StorageError> {
        self.read(self.inner.find(query)).await
    }

    async fn instance(&self, tenant: TenantId, instance: InstanceId) -> Result<Option<InstanceRecords>, StorageError> {
        self.read(self.inner.instance(tenant, instance)).await
    }

    async fn history(
        &self,
        tenant: TenantId,
        chain: HomeId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Linked>, StorageError> {
        self.script.happens_before("history").await;
        let found = self.read(self.inner.history(tenant, chain, before, limit)).await;
        self.script.happens_after("history").await;
        found
    }

    async fn remembered(
        &self,
        tenant: TenantId,
        actor: Option<PersonId>,
        command: CommandId,
    ) -> Result<Option<Remembered>, StorageError> {
        self.read(self.inner.remembered(tenant, actor, command)).await
    }

    async fn under_way(&self, tenant: TenantId, targets: &[String]) -> Result<Vec<String>, StorageError> {
        self.read(self.inner.under_way(tenant, targets)).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Work>, StorageError> {
        self.read(self.inner.claim(claim)).await
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StorageError> {
        self.read(self.inner.forget(before)).await
    }
}
