//! A storage that is watched: counts commits, lets others act just before one, and fails on demand.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::engine::chain::Linked;
use cardflow::ports::{
    Claim, Commit, Committed, Found, Home, InstanceRecords, Query, Remembered, Storage, StorageError, Work,
};
use cardflow::values::{CommandId, HomeId, InstanceId, PersonId, TenantId, Timestamp};
use tokio::sync::Notify;

type Happening = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What becomes of a commit, instead of being stored and answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    /// It never reaches the store.
    Lost,
    /// It is stored, and the answer is lost.
    AnswerLost,
    /// It never reaches the store, and no answer ever comes.
    Stuck,
    /// It is stored, and no answer ever comes.
    AnswerStuck,
}

pub struct Spy {
    inner: Arc<dyn Storage>,
    commits: Mutex<Vec<Commit>>,
    before: Mutex<VecDeque<Happening>>,
    around: Mutex<VecDeque<Happening>>,
    fate: Mutex<Option<Fate>>,
    stuck: Notify,
}

impl std::fmt::Debug for Spy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Spy")
    }
}

impl Spy {
    pub fn on(inner: Arc<dyn Storage>) -> Arc<Spy> {
        Arc::new(Spy {
            inner,
            commits: Mutex::default(),
            before: Mutex::default(),
            around: Mutex::default(),
            fate: Mutex::default(),
            stuck: Notify::new(),
        })
    }

    /// Somebody else does this just before the next commit; called several times, before the next ones.
    pub fn before_commit(&self, happening: impl Future<Output = ()> + Send + 'static) {
        self.before.lock().unwrap().push_back(Box::pin(happening));
    }

    /// Somebody else does this just before the history is read next; called again, what happens just after that.
    pub fn around_history(&self, happening: impl Future<Output = ()> + Send + 'static) {
        self.around.lock().unwrap().push_back(Box::pin(happening));
    }

    async fn happen(of: &Mutex<VecDeque<Happening>>) {
        let happening = of.lock().unwrap().pop_front();
        if let Some(happening) = happening {
            happening.await;
        }
    }

    /// This becomes of the next commit.
    pub fn next_commit(&self, fate: Fate) {
        *self.fate.lock().unwrap() = Some(fate);
    }

    /// Comes when a commit is stuck.
    pub async fn stuck(&self) {
        self.stuck.notified().await;
    }

    /// The commits that were asked for since the last call.
    pub fn commits(&self) -> Vec<Commit> {
        std::mem::take(&mut self.commits.lock().unwrap())
    }
}

#[async_trait]
impl Storage for Spy {
    async fn commit(&self, commit: Commit) -> Result<Committed, StorageError> {
        Spy::happen(&self.before).await;
        self.commits.lock().unwrap().push(commit.clone());
        let fate = self.fate.lock().unwrap().take();
        if matches!(fate, None | Some(Fate::AnswerLost | Fate::AnswerStuck)) {
            let committed = self.inner.commit(commit).await;
            if fate.is_none() {
                return committed;
            }
        }
        if matches!(fate, Some(Fate::Stuck | Fate::AnswerStuck)) {
            self.stuck.notify_one();
            std::future::pending::<()>().await;
        }
        Err(StorageError::Unavailable("the line is dead".into()))
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
        Spy::happen(&self.around).await;
        let found = self.inner.history(tenant, chain, before, limit).await;
        Spy::happen(&self.around).await;
        found
    }

    async fn remembered(
        &self,
        tenant: TenantId,
        actor: Option<PersonId>,
        command: CommandId,
    ) -> Result<Option<Remembered>, StorageError> {
        self.inner.remembered(tenant, actor, command).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Work>, StorageError> {
        self.inner.claim(claim).await
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StorageError> {
        self.inner.forget(before).await
    }
}
