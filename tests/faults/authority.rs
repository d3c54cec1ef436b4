use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use cardflow::domain::{Capabilities, CertificateState, IssuerName, Serial};
use cardflow::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate,
};
use tokio::sync::Notify;

use crate::common::{ScriptedAuthority, issuer};

/// What an authority does wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// It says that it failed, and did nothing.
    Fails,
    /// It cannot be reached.
    Unreached,
    /// The line breaks before it has done it.
    TimesOutBefore,
    /// The line breaks after it has done it.
    TimesOutAfter,
    /// It answers what nobody asked, and did nothing.
    Nonsense,
    /// It says yes, and did nothing.
    SaysYes,
    /// Somebody there must agree first.
    Pending,
}

impl Fault {
    pub(crate) const ALL: [Fault; 7] = [
        Fault::Fails,
        Fault::Unreached,
        Fault::TimesOutBefore,
        Fault::TimesOutAfter,
        Fault::Nonsense,
        Fault::SaysYes,
        Fault::Pending,
    ];
}

/// For how long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lasts {
    Once,
    ForEver,
}

impl Lasts {
    pub(crate) const ALL: [Lasts; 2] = [Lasts::Once, Lasts::ForEver];
}

/// An authority that goes wrong about one certificate, and may keep everybody waiting about it.
#[derive(Debug)]
pub(crate) struct Faulty {
    pub(crate) inner: ScriptedAuthority,
    on: Serial,
    fault: Mutex<Option<(Fault, Lasts)>>,
    holds_up: AtomicBool,
    pub(crate) was_called: Notify,
}

impl Faulty {
    pub(crate) fn on(serial: Serial) -> Self {
        let (inner, fault) = (ScriptedAuthority::default(), Mutex::default());
        Faulty { inner, on: serial, fault, holds_up: AtomicBool::new(false), was_called: Notify::new() }
    }

    pub(crate) fn goes_wrong(&self, fault: Fault, lasts: Lasts) {
        *self.fault.lock().unwrap() = Some((fault, lasts));
    }

    /// The next call about the certificate never ends.
    pub(crate) fn holds_up(&self) {
        self.holds_up.store(true, Ordering::SeqCst);
    }
}

#[async_trait]
impl CertificateAuthority for Faulty {
    fn issuer(&self) -> IssuerName {
        issuer()
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
        if order.serial != self.on {
            return self.inner.change(order).await;
        }
        if self.holds_up.swap(false, Ordering::SeqCst) {
            self.was_called.notify_one();
            std::future::pending::<()>().await;
        }
        let fault = {
            let mut fault = self.fault.lock().unwrap();
            let now = *fault;
            if matches!(now, Some((_, Lasts::Once))) {
                *fault = None;
            }
            now.map(|(fault, _)| fault)
        };
        let says = |state| Ok(AuthorityStatus { state, reason: None, since: Some(order.at), revision: None });
        match fault {
            None => self.inner.change(order).await,
            Some(Fault::Fails) => Err(AuthorityError::Other("out of order".into())),
            Some(Fault::Unreached) => Err(AuthorityError::Unavailable("nobody answers".into())),
            Some(Fault::TimesOutBefore) => Err(AuthorityError::OutcomeUnknown("the line broke".into())),
            Some(Fault::TimesOutAfter) => {
                self.inner.change(order).await?;
                Err(AuthorityError::OutcomeUnknown("the line broke".into()))
            }
            Some(Fault::Nonsense) => says(CertificateState::Issued),
            Some(Fault::SaysYes) => says(order.action.asks_for()),
            Some(Fault::Pending) => Err(AuthorityError::Pending(order.serial.clone())),
        }
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        self.inner.status(serial).await
    }
}
