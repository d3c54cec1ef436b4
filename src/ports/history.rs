use std::fmt::Debug;

use async_trait::async_trait;

use super::StorageError;
use crate::engine::chain::Linked;
use crate::values::TenantId;

/// A record of the history with its place in the order of commits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Logged {
    /// Its place; 1 or more, rising, with gaps.
    pub position: u64,
    /// The record.
    pub record: Linked,
}

/// The records of all chains of a tenant in the order of commits: what checkpoints and projections are made from.
///
/// # Contract
///
/// - **Nothing comes late.** Once a reader has seen a position, no record ever appears at or before it. A projection that
///   goes on from the last position it has seen would miss it for ever.
/// - **Everything comes.** Every record that a commit has stored is there, after that commit has been answered.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait HistoryLog: Debug + Send + Sync + 'static {
    /// Records after a position (0 for the beginning), oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn records_after(&self, tenant: TenantId, position: u64, limit: usize) -> Result<Vec<Logged>, StorageError>;
}
