use std::sync::Arc;

use super::{DecidedOutside, GatewayFactory, Office};
use crate::cards::Cards;
use crate::engine::ApprovalRequest;
use crate::ports::{ApprovalGateway, Clock, IdSource};
use crate::runtime::{Error, Standing};

/// The built-in gateway: the engine's own inbox. Requests wait here as tasks, and whoever decides them does so here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inbox;

impl GatewayFactory for Inbox {
    type Guard = ();

    async fn gateway(&self, _: Arc<dyn Clock>, _: Arc<dyn IdSource>) -> ((), Option<Arc<dyn ApprovalGateway>>) {
        ((), None)
    }

    async fn lies(&self, (): &(), office: &Office) -> Vec<ApprovalRequest> {
        office.waiting().await
    }

    async fn decide(
        &self,
        (): &(),
        office: &Office,
        decided: &DecidedOutside,
    ) -> Result<Standing<Cards>, Error<Cards>> {
        let principal = office.principal(decided.tenant, &decided.account);
        office.cards().judge(&principal, decided.instance, decided.judgement.clone()).await
    }
}
