use std::fmt::Debug;

use async_trait::async_trait;

use super::EffectError;
use crate::engine::ApprovalRequest;
use crate::values::{TaskId, TenantId};

/// Hands requests for approval to a system outside, where people decide them.
///
/// The built-in gateway is none: a request waits as a task of the engine's own, and does so beside any gateway. What is
/// decided outside comes back by [`Runtime::judge`](crate::runtime::Runtime::judge), as a decision of the person who made it:
/// the [`Directory`](super::Directory) finds the person behind the account, and everything that bars somebody here bars them
/// there. The outside decides nothing; it says who did.
///
/// # Contract
///
/// - **Handed over.** `submit` answers once the outside has the request for good. An answer too early is a request that
///   nobody sees until it expires.
/// - **Whole.** The outside gets the request as it is: its task, what it covers, who may decide, until when. Whoever decides
///   by something else is told that it is stale.
/// - **Once.** `submit` may come again for the same task, after a crash or a lost answer, and the request lies there once.
/// - **Withdrawn.** After `withdraw` the request lies there no more, however often it is called. A task that was decided there,
///   or is not known, is no error. No task comes back after it: a system may keep out what is submitted late.
/// - **Apart.** A request of one tenant is nothing to another; withdrawing one leaves all others.
/// - **Faithful.** What a person decides outside comes to `judge` as it was decided: this person, this task, this verdict, these
///   words, what was shown; and what `judge` answers reaches whoever asked.
/// - **Discreet.** No error says a secret, or what was in the request.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ApprovalGateway: Debug + Send + Sync + 'static {
    /// Hands a request over.
    ///
    /// # Errors
    ///
    /// [`EffectError`].
    async fn submit(&self, request: &ApprovalRequest) -> Result<(), EffectError>;

    /// Takes a request back: it was decided, here or there, or it has expired, was withdrawn, or is asked anew.
    ///
    /// # Errors
    ///
    /// [`EffectError`].
    async fn withdraw(&self, tenant: TenantId, task: TaskId) -> Result<(), EffectError>;
}
