//! A history between which and its reader something happens.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use cardflow::ports::{HistoryLog, Logged, StorageError, Work};
use cardflow::values::{HomeId, InstanceId, TenantId};

use crate::common::Store;

pub(crate) type Happening = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The same store; what its history has read passes through `between` before the reader hears of it.
pub(crate) fn with_history<F>(store: &Store, between: F) -> Store
where
    F: Fn(&mut Vec<Logged>) -> Happening + Send + Sync + 'static,
{
    Store { log: Arc::new(Between(store.log.clone(), between)), ..store.clone() }
}

struct Between<F>(Arc<dyn HistoryLog>, F);

impl<F> fmt::Debug for Between<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Between")
    }
}

#[async_trait]
impl<F: Fn(&mut Vec<Logged>) -> Happening + Send + Sync + 'static> HistoryLog for Between<F> {
    async fn records_after(&self, tenant: TenantId, position: u64, limit: usize) -> Result<Vec<Logged>, StorageError> {
        let mut read = self.0.records_after(tenant, position, limit).await?;
        (self.1)(&mut read).await;
        Ok(read)
    }

    async fn homes_after(
        &self,
        tenant: TenantId,
        home: Option<HomeId>,
        limit: usize,
    ) -> Result<Vec<HomeId>, StorageError> {
        self.0.homes_after(tenant, home, limit).await
    }

    async fn instances_after(
        &self,
        tenant: TenantId,
        instance: Option<InstanceId>,
        limit: usize,
    ) -> Result<Vec<InstanceId>, StorageError> {
        self.0.instances_after(tenant, instance, limit).await
    }

    async fn work_of(&self, tenant: TenantId, instance: InstanceId) -> Result<Vec<Work>, StorageError> {
        self.0.work_of(tenant, instance).await
    }
}
