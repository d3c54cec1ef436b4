use std::sync::Mutex;

use async_trait::async_trait;

use super::held;
use crate::engine::ApprovalRequest;
use crate::ports::{ApprovalGateway, EffectError};
use crate::values::{TaskId, TenantId};

/// A desk in another system where people approve: it keeps what was handed over and not taken back.
#[derive(Debug, Default)]
pub struct ApprovalDesk(Mutex<Vec<ApprovalRequest>>);

impl ApprovalDesk {
    /// The requests that lie there, in order.
    #[must_use]
    pub fn open(&self) -> Vec<ApprovalRequest> {
        held(&self.0).clone()
    }
}

#[async_trait]
impl ApprovalGateway for ApprovalDesk {
    async fn submit(&self, request: &ApprovalRequest) -> Result<(), EffectError> {
        let mut desk = held(&self.0);
        if !desk.iter().any(|it| (it.tenant, it.task) == (request.tenant, request.task)) {
            desk.push(request.clone());
        }
        Ok(())
    }

    async fn withdraw(&self, tenant: TenantId, task: TaskId) -> Result<(), EffectError> {
        held(&self.0).retain(|it| (it.tenant, it.task) != (tenant, task));
        Ok(())
    }
}
