use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, Mutex};

use super::held;
use super::script::{Fate, Script};
use super::watched_ports::METHODS;

/// A call that a port was asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Called {
    /// The method.
    pub method: &'static str,
    /// What was given to it, as [`Debug`] shows it.
    pub with: String,
}

/// An adapter of a port that is watched: it notes every call, and fails where the script says so.
///
/// It is of every port that its adapter is of, except [`Storage`](crate::ports::Storage), which has
/// [`WatchedStorage`](super::WatchedStorage).
///
/// ```
/// use std::sync::Arc;
///
/// use cardflow::adapters::memory::MemoryAudit;
/// use cardflow::ports::AuditLog;
/// use cardflow::testing::fakes::{Fate, Watched};
/// use cardflow::values::TenantId;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let audit = Watched::over(Arc::new(MemoryAudit::new()));
/// audit.next("applied", Fate::Lost);
/// assert!(audit.applied(TenantId::default()).await.unwrap_err().is_retryable());
/// assert!(audit.applied(TenantId::default()).await.is_ok());
/// assert_eq!(audit.methods(), ["applied", "applied"]);
/// # });
/// ```
#[derive(Debug)]
pub struct Watched<P: ?Sized> {
    pub(super) inner: Arc<P>,
    pub(super) script: Script,
    calls: Mutex<Vec<Called>>,
}

impl<P: ?Sized> Watched<P> {
    /// Watches this one.
    #[must_use]
    pub fn over(inner: Arc<P>) -> Self {
        Watched { inner, script: Script::default(), calls: Mutex::default() }
    }

    /// This becomes of the next call of a method; called again, of the one after that.
    ///
    /// A call that returns at once cannot be stuck: it is lost instead. One that has no error to answer answers nothing, or
    /// that there is nothing.
    ///
    /// # Panics
    ///
    /// If no port that can be watched has such a method: the script would wait for it for ever.
    #[track_caller]
    pub fn next(&self, method: &'static str, fate: Fate) {
        self.script.next(watched(method), fate);
    }

    /// From now on every call is lost, or none is.
    pub fn is_down(&self, down: bool) {
        self.script.set_down(down);
    }

    /// Somebody else does this just before the next call of a method; called again, before the one after that.
    ///
    /// # Panics
    ///
    /// As [`next`](Self::next).
    #[track_caller]
    pub fn before(&self, method: &'static str, happening: impl Future<Output = ()> + Send + 'static) {
        self.script.before(watched(method), Box::pin(happening));
    }

    /// Somebody else does this just after the next call of a method, before it is answered.
    ///
    /// # Panics
    ///
    /// As [`next`](Self::next).
    #[track_caller]
    pub fn after(&self, method: &'static str, happening: impl Future<Output = ()> + Send + 'static) {
        self.script.after(watched(method), Box::pin(happening));
    }

    /// Comes when a call is stuck; once for each.
    pub async fn stuck(&self) {
        self.script.stuck().await;
    }

    /// The calls so far, in order; also those that were lost.
    #[must_use]
    pub fn calls(&self) -> Vec<Called> {
        held(&self.calls).clone()
    }

    /// The methods that were called so far, in order.
    #[must_use]
    pub fn methods(&self) -> Vec<&'static str> {
        held(&self.calls).iter().map(|it| it.method).collect()
    }

    /// The watched one.
    #[must_use]
    pub fn inner(&self) -> &P {
        &self.inner
    }

    /// A call that can wait.
    pub(super) async fn call<T>(
        &self,
        method: &'static str,
        with: String,
        call: impl Future<Output = T>,
        dead: impl FnOnce() -> T,
    ) -> T {
        self.script.happens_before(method).await;
        self.note(method, with);
        let fate = self.script.fate(method);
        let call = async {
            let answer = call.await;
            self.script.happens_after(method).await;
            answer
        };
        self.script.carry_out(fate, call, dead).await
    }

    /// A call that returns at once.
    pub(super) fn call_now<T>(
        &self,
        method: &'static str,
        with: String,
        call: impl FnOnce() -> T,
        dead: impl FnOnce() -> T,
    ) -> T {
        self.note(method, with);
        match self.script.fate(method) {
            None => call(),
            Some(Fate::Lost | Fate::Stuck) => dead(),
            Some(Fate::AnswerLost | Fate::AnswerStuck) => {
                call();
                dead()
            }
        }
    }

    fn note(&self, method: &'static str, with: String) {
        held(&self.calls).push(Called { method, with });
    }
}

/// The method, if there is one of this name.
#[track_caller]
fn watched(method: &'static str) -> &'static str {
    assert!(METHODS.contains(&method), "no port that is watched has a method `{method}`; there are: {METHODS:?}");
    method
}
