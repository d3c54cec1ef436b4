use std::sync::Arc;

use async_trait::async_trait;

use super::Request;
use super::authority::encoded;
use crate::domain::Answer;
use crate::ports::{ApprovalGateway, EffectCall, EffectError, EffectHandler, EffectState, Seen, Setback};

/// The kind of the effects that hand requests for approval to a system outside, and take them back.
pub const APPROVAL_EFFECT: &str = "approval";

/// Hands requests for approval to a gateway, and takes them back. Of one task, in the order in which it was asked.
#[derive(Clone, Debug)]
pub struct ApprovalEffects {
    gateway: Arc<dyn ApprovalGateway>,
}

impl ApprovalEffects {
    /// To this gateway.
    #[must_use]
    pub fn new(gateway: Arc<dyn ApprovalGateway>) -> Self {
        ApprovalEffects { gateway }
    }
}

#[async_trait]
impl EffectHandler for ApprovalEffects {
    fn kind(&self) -> String {
        APPROVAL_EFFECT.to_owned()
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        match Request::from_bytes(&call.body) {
            Ok(Request::Approval(request)) if request.tenant == call.tenant => self.gateway.submit(&request).await?,
            Ok(Request::Withdrawal(task)) => self.gateway.withdraw(call.tenant, task).await?,
            _ => {
                let what = "this is no request to submit or withdraw an approval".to_owned();
                return Err(EffectError { what, setback: Setback::Permanent, source: None });
            }
        }
        encoded(&Answer::Told)
    }

    /// What is not known to have been handed over is handed over again: a gateway takes a task once.
    async fn status(&self, _: &EffectCall) -> Result<EffectState, EffectError> {
        Ok(EffectState::NotDone(Seen::default()))
    }
}
