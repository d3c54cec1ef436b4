use serde::Serialize;

use crate::engine::ApprovalRequest;
use crate::values::{TaskId, TenantId};

/// The version of what goes out and of what comes back.
pub(super) const VERSION: u32 = 1;

/// The body of what goes out.
#[derive(Debug, Serialize)]
pub(super) struct Message<'a> {
    version: u32,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum What<'a> {
    Submit(&'a ApprovalRequest),
    Withdraw { tenant: TenantId, task: TaskId },
}

impl<'a> Message<'a> {
    pub(super) fn submit(request: &'a ApprovalRequest) -> Self {
        Message { version: VERSION, what: What::Submit(request) }
    }

    pub(super) fn withdraw(tenant: TenantId, task: TaskId) -> Self {
        Message { version: VERSION, what: What::Withdraw { tenant, task } }
    }
}
