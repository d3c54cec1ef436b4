use std::fmt::Debug;

use async_trait::async_trait;
use thiserror::Error;

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
/// - **Versioned.** Versions rise with every change of a value, and the same version always has the same values: the history
///   names the version only.
#[async_trait]
pub trait OptionSource<D: Domain>: Debug + Send + Sync + 'static {
    /// The options in force.
    ///
    /// # Errors
    ///
    /// [`OptionsError`]; nothing is started then.
    async fn in_force(&self, tenant: TenantId) -> Result<Bound<D>, OptionsError>;
}
