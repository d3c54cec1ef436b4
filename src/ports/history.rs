use std::fmt::Debug;

use async_trait::async_trait;

use super::{StorageError, Work};
use crate::engine::chain::Linked;
use crate::values::{HomeId, InstanceId, TenantId};

/// A record of the history with its place in the order of commits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Logged {
    /// Its place; 1 or more, rising, with gaps.
    pub position: u64,
    /// The record.
    pub record: Linked,
}

/// The records of all chains of a tenant in the order of commits, and what there is beside them: what checkpoints,
/// projections and verification are made from.
///
/// # Contract
///
/// - **Nothing comes late.** Once a reader has seen a position, no record ever appears at or before it. A projection that
///   goes on from the last position it has seen would miss it for ever.
/// - **Everything comes.** Every record that a commit has stored is there, after that commit has been answered and until it
///   is trimmed.
/// - **Nothing hides.** `homes_after` and `instances_after` name whatever has a row, also where no search finds it, and
///   `work_of` gives what stands under any name: what is left out is what somebody has put there past the history.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait HistoryLog: Debug + Send + Sync + 'static {
    /// Records after a position (0 for the beginning), oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn records_after(&self, tenant: TenantId, position: u64, limit: usize) -> Result<Vec<Logged>, StorageError>;

    /// Homes after one (or from the first), in the order of their ids, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn homes_after(
        &self,
        tenant: TenantId,
        home: Option<HomeId>,
        limit: usize,
    ) -> Result<Vec<HomeId>, StorageError>;

    /// Instances after one (or from the first), in the order of their ids, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn instances_after(
        &self,
        tenant: TenantId,
        instance: Option<InstanceId>,
        limit: usize,
    ) -> Result<Vec<InstanceId>, StorageError>;

    /// The requests and timers that stand under an instance, in the order of their ids; whether or not there is such an
    /// instance.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn work_of(&self, tenant: TenantId, instance: InstanceId) -> Result<Vec<Work>, StorageError>;
}
