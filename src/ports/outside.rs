use std::fmt::Debug;

use async_trait::async_trait;
use thiserror::Error;

use crate::values::{EffectId, InstanceId, ObjectRef, PersonId, Revision, Seed, TenantId, Timestamp};

/// One request to the outside, as its handler gets it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EffectCall {
    /// Whose it is.
    pub tenant: TenantId,
    /// The instance that asks; nil where none does, as in a [reconciliation](crate::runtime::Runtime::reconcile).
    pub instance: InstanceId,
    /// The idempotency key.
    pub id: EffectId,
    /// The kind of effect.
    pub kind: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// The time.
    pub now: Timestamp,
    /// How often it was tried before.
    pub attempts: u32,
    /// The encoded request; the domain decodes it.
    pub body: Vec<u8>,
    /// For `perform`, what `status` has seen. The host has made sure in between that the request is still its own.
    pub seen: Seen,
}

/// What a handler has seen of a request that is not done, to be given it back when it performs the request.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Seen {
    /// The revision of what it is about, if the outside counts its changes: to be done only while this still holds.
    pub revision: Option<Revision>,
    /// What holds there instead, in whatever form the handler reads again.
    pub instead: Option<Vec<u8>>,
}

/// What the outside says about a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EffectState {
    /// It is done; the encoded answer.
    Done(Vec<u8>),
    /// It is not done.
    NotDone(Seen),
    /// The outside cannot say.
    Unknown,
}

/// Why a request was not performed.
#[derive(Debug, Error)]
#[error("{what}")]
pub struct EffectError {
    /// In words, without secrets: it is shown to operators.
    pub what: String,
    /// What it means for the request.
    pub setback: Setback,
    /// What the outside said.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What it means for a request that it was not performed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Setback {
    /// The outside cannot be reached, or not now; nothing was done.
    Unavailable,
    /// It is not known whether it was done. The outside is asked about it before it is repeated.
    Unknown,
    /// The outside has taken it and is not done: somebody there must agree first, say. It is asked about again later.
    Pending,
    /// It will not succeed as it is: a person must look.
    Permanent,
}

impl EffectError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.setback != Setback::Permanent
    }
}

/// Performs requests of one kind: of a certificate authority, a door system, a mail server.
///
/// # Contract
///
/// - **Repeatable.** `perform` may be called again with the same id after a crash or a lost answer. Where the outside knows an
///   idempotency key, the id is it; else the handler reads the outside's state first and asks only for the difference.
///   `status` comes before every `perform`; at the first attempt (`attempts` is 0) nobody can have done it, so a handler whose
///   outside counts no changes need not ask it.
/// - **Confirmed.** `perform` answers only what the outside has confirmed. An answer too early is a report of something not
///   done. `status` tells what is done, and does nothing.
/// - **Discreet.** No error and no answer holds a secret.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait EffectHandler: Debug + Send + Sync + 'static {
    /// The kind of effect it performs.
    fn kind(&self) -> String;

    /// Performs a request; gives the encoded answer.
    ///
    /// # Errors
    ///
    /// [`EffectError`].
    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError>;

    /// Whether a request whose outcome is unknown was performed.
    ///
    /// # Errors
    ///
    /// [`EffectError`].
    async fn status(&self, call: &EffectCall) -> Result<EffectState, EffectError>;
}

/// Tells the time. The only place the library gets it from.
///
/// # Contract
///
/// - **In milliseconds.** It tells the time of the machine, in milliseconds since 1970, UTC. One for tests tells another.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Clock: Debug + Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Gives random bytes for ids and salts.
///
/// # Contract
///
/// - **Fresh.** No seed comes twice, and none can be guessed: salts protect erased personal data.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait IdSource: Debug + Send + Sync + 'static {
    /// Fresh random bytes.
    ///
    /// # Errors
    ///
    /// [`NoRandomness`] if the system has none to give.
    fn seed(&self) -> Result<Seed, NoRandomness>;
}

/// The system gives no random bytes.
#[derive(Debug, Error)]
#[error("the system gives no random bytes, and without them there are no ids")]
pub struct NoRandomness(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Something that a person should look at now.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Alert {
    /// Somebody has used up a limit and goes on trying.
    LimitReached {
        /// Whose data.
        tenant: TenantId,
        /// When.
        at: Timestamp,
        /// Who.
        actor: PersonId,
        /// The limit: the option that sets it.
        limit: &'static str,
        /// When the next is possible.
        until: Timestamp,
        /// The role whose members are asked to agree instead; none if it is refused.
        role: Option<String>,
        /// The process that was tried.
        process: String,
        /// What it was tried on.
        subject: ObjectRef,
    },
    /// A request to the outside failed for good or for too long, and is not tried any more until somebody has looked; or
    /// something is overdue by a rule.
    Incident {
        /// Whose data.
        tenant: TenantId,
        /// When.
        at: Timestamp,
        /// The instance.
        instance: InstanceId,
        /// Its process.
        process: String,
        /// Its subject.
        subject: ObjectRef,
    },
}

/// Is told of alerts: a pager, a security desk, a log that somebody watches.
///
/// # Contract
///
/// - `alert` returns at once, since a command waits for it, and fails nobody. Whatever takes time is handed on.
/// - The same alert of the same person comes once an hour from each host, and may be lost with the host; the access journal
///   and the history have each case.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Alerts: Debug + Send + Sync + 'static {
    /// There is something to look at.
    fn alert(&self, alert: &Alert);
}

/// Is told after a commit that there is work for [`deliver`](crate::runtime::Runtime::deliver).
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Wake: Debug + Send + Sync + 'static {
    /// There is work. Must return at once.
    fn wake(&self);
}
