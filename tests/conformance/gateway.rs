//! The engine's own inbox, and a desk outside.

use std::sync::Arc;

use cardflow::cards::Cards;
use cardflow::engine::ApprovalRequest;
use cardflow::ports::{ApprovalGateway, Clock, IdSource};
use cardflow::runtime::{Error, Standing};
use cardflow::testing::conformance::gateway::{DecidedOutside, GatewayFactory, Inbox, Office};
use cardflow::testing::fakes::ApprovalDesk;

mod inbox {
    cardflow::gateway_conformance!(super::Inbox);
}

/// Requests lie at a desk, and whoever decides there calls the host.
struct Desk;

impl GatewayFactory for Desk {
    type Guard = Arc<ApprovalDesk>;

    async fn gateway(
        &self,
        _: Arc<dyn Clock>,
        _: Arc<dyn IdSource>,
    ) -> (Arc<ApprovalDesk>, Option<Arc<dyn ApprovalGateway>>) {
        let desk = Arc::new(ApprovalDesk::default());
        (desk.clone(), Some(desk))
    }

    async fn lies(&self, desk: &Arc<ApprovalDesk>, _: &Office) -> Vec<ApprovalRequest> {
        desk.open()
    }

    async fn decide(
        &self,
        _: &Arc<ApprovalDesk>,
        office: &Office,
        decided: &DecidedOutside,
    ) -> Result<Standing<Cards>, Error<Cards>> {
        let principal = office.principal(decided.tenant, &decided.account);
        office.cards().judge(&principal, decided.instance, decided.judgement.clone()).await
    }
}

mod desk {
    cardflow::gateway_conformance!(super::Desk);
}
