use std::fmt::Debug;

use async_trait::async_trait;
use thiserror::Error;

use crate::engine::options::Facts;
use crate::engine::{Bound, Domain};
use crate::values::TenantId;

/// Why options cannot be read.
#[derive(Debug, Error)]
#[error("the options cannot be read: {what}")]
pub struct OptionsError {
    /// What is wrong, and what to do.
    pub what: String,
}

/// Gives the options that the administrator has set.
///
/// # Contract
///
/// - **Versioned.** Versions rise with every change, and the same version has the same values for the same facts: the history
///   names the version and a digest of the values.
/// - **Safe.** An option whose value cannot be computed for these facts has its
///   [safe value](crate::engine::options::OptionSpec::fail), and is named in [`Bound::fell_back`]; the others have theirs.
#[async_trait]
pub trait OptionSource<D: Domain>: Debug + Send + Sync + 'static {
    /// The options in force, for a run with these facts.
    ///
    /// # Errors
    ///
    /// [`OptionsError`]; nothing is started then.
    async fn in_force(&self, tenant: TenantId, facts: &Facts<'_>) -> Result<Bound<D>, OptionsError>;
}
