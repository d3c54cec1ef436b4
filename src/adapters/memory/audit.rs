use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::engine::{AuditRow, Keys, Scope};
use crate::ports::{Applied, AuditBatch, AuditFound, AuditLog, AuditPlace, AuditQuery, StorageError};
use crate::values::{HomeId, TenantId};

/// Audit rows in memory: filled anew after every restart, and looked through one by one.
#[derive(Debug, Default)]
pub struct MemoryAudit(Mutex<BTreeMap<TenantId, Projection>>);

/// The rows of one tenant.
#[derive(Debug, Default)]
struct Projection {
    applied: Applied,
    rows: BTreeMap<AuditPlace, AuditRow>,
    homes: BTreeMap<HomeId, Keys>,
}

impl MemoryAudit {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn tenants(&self) -> MutexGuard<'_, BTreeMap<TenantId, Projection>> {
        // A batch is checked before anything is changed, so one that panicked leaves nothing to fear.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Projection {
    fn reached_by(&self, scope: &Scope, row: &AuditRow) -> bool {
        *scope == Scope::All || self.homes.get(&row.chain).is_some_and(|keys| scope.reaches(keys))
    }
}

#[async_trait]
impl AuditLog for MemoryAudit {
    async fn applied(&self, tenant: TenantId) -> Result<Applied, StorageError> {
        Ok(self.tenants().get(&tenant).map(|it| it.applied).unwrap_or_default())
    }

    async fn apply(&self, batch: &AuditBatch) -> Result<(), StorageError> {
        let mut tenants = self.tenants();
        let projection = tenants.entry(batch.tenant).or_default();
        let known = projection.applied.position;
        if batch.after > known {
            return Err(StorageError::Conflict { what: format!("the audit log, which has come to {known} only,") });
        }
        let new = batch.rows.iter().filter(|it| it.position > known);
        projection.rows.extend(new.map(|it| (AuditPlace::of(it), it.clone())));
        if let Some(last) = batch.rows.last().filter(|it| it.position > known) {
            projection.applied = Applied { position: last.position, at: Some(last.at) };
            projection.homes.extend(batch.homes.iter().cloned());
        }
        Ok(())
    }

    async fn query(&self, tenant: TenantId, scope: &Scope, query: &AuditQuery) -> Result<AuditFound, StorageError> {
        let tenants = self.tenants();
        let Some(projection) = tenants.get(&tenant) else { return Ok(AuditFound::default()) };
        let limit = query.limit.clamp(1, 1000);
        let newest = projection.rows.values().rev();
        let mut wanted = newest.filter(|it| query.wants(it) && projection.reached_by(scope, it));
        let rows: Vec<AuditRow> = wanted.by_ref().take(limit).cloned().collect();
        let next = wanted.next().and(rows.last()).map(AuditPlace::of);
        Ok(AuditFound { rows, next })
    }

    async fn clear(&self, tenant: TenantId) -> Result<(), StorageError> {
        self.tenants().remove(&tenant);
        Ok(())
    }
}
