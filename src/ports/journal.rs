use std::fmt::Debug;

use async_trait::async_trait;

use super::StorageError;
use crate::values::{ObjectRef, PersonId, TenantId, Timestamp};

/// One refused command, for the access journal: outside every chain and revision (law 12).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused {
    /// Whose data.
    pub tenant: TenantId,
    /// Who; none if the account is not known.
    pub actor: Option<PersonId>,
    /// What was tried: `start CardsProcDeactivate`, say.
    pub attempt: String,
    /// On what.
    pub subject: Option<ObjectRef>,
    /// The kind of rejection.
    pub code: String,
    /// When it happened first.
    pub first: Timestamp,
    /// When it happened last.
    pub last: Timestamp,
    /// How often.
    pub times: u64,
}

/// Remembers refusals: bounded, and the same refusal within an hour is one entry with a count.
///
/// # Contract
///
/// - `note` never fails a command and never waits for a disk flush: a refusal must cost the card nothing.
/// - **Coalesced.** The same refusal (actor, attempt, subject, code) within an hour of the first is one entry with a count.
/// - **Bounded.** The journal keeps at least the last 10 000 entries of a tenant and may drop older ones.
/// - **Shown.** What was noted is shown from then on, as it was noted, the newest first.
/// - **Apart.** Nothing of one tenant is shown or counted for another.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait AccessJournal: Debug + Send + Sync + 'static {
    /// Notes a refusal.
    async fn note(&self, refused: Refused);

    /// The newest entries of a tenant.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn refusals(&self, tenant: TenantId, limit: usize) -> Result<Vec<Refused>, StorageError>;
}
