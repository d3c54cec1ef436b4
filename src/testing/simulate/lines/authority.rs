use std::sync::Arc;

use async_trait::async_trait;

use super::Line;
use crate::domain::{Capabilities, IssuerName, Serial};
use crate::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate,
};
use crate::testing::fakes::ScriptedAuthority;
use crate::testing::simulate::faults::Fault;
use crate::testing::simulate::trace::Told;

/// The line of a host to an authority, which keeps its own truth.
#[derive(Debug)]
pub(in crate::testing::simulate) struct AuthorityLine {
    pub(in crate::testing::simulate) line: Line,
    pub(in crate::testing::simulate) inner: Arc<ScriptedAuthority>,
}

fn is_lost<T>() -> Result<T, AuthorityError> {
    Err(AuthorityError::Unavailable("simulated: nobody answers".into()))
}

#[async_trait]
impl CertificateAuthority for AuthorityLine {
    fn issuer(&self) -> IssuerName {
        self.inner.issuer()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        self.inner.verify(der)
    }

    async fn issue(&self, request: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        self.inner.issue(request).await
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        let (line, host) = (&self.line, self.line.host);
        let fault = line.fault("change", |it| it.outside * 2, Fault::of_an_order);
        line.world.with(|it| it.book.ordered(host, order));
        let changes = async {
            if let Some(Fault::In(mood)) = fault {
                self.inner.next([mood]);
            }
            let came = self.inner.change(order).await;
            let truth = self.inner.truth().get(&order.serial).map(|it| it.state);
            line.world.with(|it| {
                let what = format!("{:?} of {}", order.action, order.serial);
                let said = came.as_ref().map_or_else(ToString::to_string, |it| it.state.to_string());
                it.tell(Told::Ordered { host, what, said });
                if let Some(state) = truth {
                    it.book.holds_outside(&self.inner.issuer(), &order.serial, state);
                }
            });
            came
        };
        // An order that is under way may be done: what became of it is not known.
        let late = fault.filter(|it| matches!(it, Fault::LateThere(_) | Fault::LateBack(_)));
        line.carry(late, changes).await.unwrap_or_else(is_lost)
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        let line = &self.line;
        let fault = line.fault("status", |it| it.outside / 4, Fault::of_a_call);
        line.world.with(|it| it.book.asked_about(line.host, serial));
        line.carry(fault, self.inner.status(serial)).await.unwrap_or_else(is_lost)
    }
}
