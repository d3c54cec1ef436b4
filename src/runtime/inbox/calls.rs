use crate::engine::{Domain, Priority, TaskCommand};
use crate::ports::Call;
use crate::runtime::{Error, Runtime};
use crate::values::{InstanceId, PersonId, TaskId, Timestamp};

use super::InboxItem;

impl<D: Domain> Runtime<D> {
    /// Takes a task: nobody else completes it until it is given back, or another must agree too.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]: [`Rejection::ClaimedBy`](crate::engine::Rejection::ClaimedBy) somebody else, [`Rejection::NotEligible`](crate::engine::Rejection::NotEligible) to decide it,
    /// [`Rejection::NotYours`](crate::engine::Rejection::NotYours) for the form of another, [`Rejection::NotWaiting`](crate::engine::Rejection::NotWaiting) or [`Rejection::AlreadyDecided`](crate::engine::Rejection::AlreadyDecided) if it
    /// does not wait any more.
    pub async fn claim(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        task: TaskId,
    ) -> Result<InboxItem, Error<D>> {
        self.handle(call.into(), instance, task, TaskCommand::Claim).await
    }

    /// Gives a task back to all who may claim it; also one that was delegated.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] if nobody has claimed it, or somebody else has.
    pub async fn unclaim(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        task: TaskId,
    ) -> Result<InboxItem, Error<D>> {
        self.handle(call.into(), instance, task, TaskCommand::Unclaim).await
    }

    /// Makes a task another's. Its owner may, and whoever has the right to [assign](crate::ports::Action::Assign).
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]: [`Rejection::Unsuitable`](crate::engine::Rejection::Unsuitable) if that person may not complete it.
    pub async fn reassign(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        task: TaskId,
        to: PersonId,
    ) -> Result<InboxItem, Error<D>> {
        self.handle(call.into(), instance, task, TaskCommand::Reassign { to }).await
    }

    /// Has another do a task, which comes back to its owner when it is [resolved](Runtime::resolve). Whoever answers a
    /// form so has edited the request, and does not approve it (law 11).
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]: [`Rejection::Unsuitable`](crate::engine::Rejection::Unsuitable) if that person may not complete it.
    pub async fn delegate(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        task: TaskId,
        to: PersonId,
    ) -> Result<InboxItem, Error<D>> {
        self.handle(call.into(), instance, task, TaskCommand::Delegate { to }).await
    }

    /// Hands a task that was delegated back to its owner.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] if it was not delegated, or to somebody else.
    pub async fn resolve(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        task: TaskId,
    ) -> Result<InboxItem, Error<D>> {
        self.handle(call.into(), instance, task, TaskCommand::Resolve).await
    }

    /// Says something about a task. The words are personal: they stand in the history and can be erased.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]: [`Rejection::NotYours`](crate::engine::Rejection::NotYours) for whoever has nothing to do with it.
    pub async fn comment(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        task: TaskId,
        text: &str,
    ) -> Result<InboxItem, Error<D>> {
        self.handle(call.into(), instance, task, TaskCommand::Comment { text: text.to_owned() }).await
    }

    /// Points to a document that belongs to a task: by its address or number. The document stays where it is.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`], as [`comment`](Runtime::comment).
    pub async fn attach(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        task: TaskId,
        reference: &str,
    ) -> Result<InboxItem, Error<D>> {
        self.handle(call.into(), instance, task, TaskCommand::Attach { reference: reference.to_owned() }).await
    }

    /// Says how soon a task should be done. Whoever holds it may, its owner, and whoever has the right to assign.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] if nobody has claimed it, or somebody else has.
    pub async fn prioritise(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        task: TaskId,
        priority: Priority,
    ) -> Result<InboxItem, Error<D>> {
        self.handle(call.into(), instance, task, TaskCommand::Prioritise { priority }).await
    }

    /// Says when a task should be done; none for the time until which it waits, which stays what it is.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`], as [`prioritise`](Runtime::prioritise), and for a time that is over or too late.
    pub async fn set_due(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        task: TaskId,
        due: Option<Timestamp>,
    ) -> Result<InboxItem, Error<D>> {
        self.handle(call.into(), instance, task, TaskCommand::SetDue { due }).await
    }

    /// Puts a task off to a date; none to take that back. It stays listed.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`], as [`prioritise`](Runtime::prioritise), and for a time that is over.
    pub async fn follow_up(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        task: TaskId,
        at: Option<Timestamp>,
    ) -> Result<InboxItem, Error<D>> {
        self.handle(call.into(), instance, task, TaskCommand::FollowUp { at }).await
    }
}
