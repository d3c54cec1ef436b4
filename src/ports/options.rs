use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

use super::StorageError;
use crate::engine::options::{Facts, OptionFaults, OptionValue};
use crate::engine::{Bound, Domain};
use crate::values::{CodecError, TenantId};

/// Why options cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// They are there and do not read.
    #[error("the options cannot be read: {what}")]
    Unreadable {
        /// What is wrong, and what to do.
        what: String,
    },
    /// The store that keeps them.
    #[error("the options cannot be read from the store")]
    Storage(#[from] StorageError),
    /// What the store keeps of them does not read.
    #[error("the options cannot be read from the store")]
    Codec(#[from] CodecError),
}

impl OptionsError {
    /// Whether the same call may succeed later, unchanged.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            OptionsError::Storage(it) => it.is_retryable(),
            OptionsError::Unreadable { .. } | OptionsError::Codec(_) => false,
        }
    }
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

/// A language that administrators set options in.
///
/// # Contract
///
/// - **Shipped.** The shipped text sets every option to its default, and reads.
/// - **Checked.** A text is read as a whole or not at all. Whatever can be seen before a run is a fault then: what does not
///   read, a name that is no option, a value of another type or one that is not allowed, a fact that is not declared. All of
///   them are named at once where that is possible, each with its place, and with what is allowed.
/// - **Left out.** An option that a text does not set has its default.
/// - **Bounded.** Reading ends soon, whatever the text, and touches nothing outside.
pub trait OptionLanguage<D: Domain>: Debug + Send + Sync + 'static {
    /// Its name: stored with each text, so that no other language reads it.
    fn name(&self) -> &'static str;

    /// The text that ships: all options, their defaults, and a comment each with what is allowed.
    fn shipped(&self) -> String;

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// [`OptionFaults`]: everything that is wrong with it.
    fn read(&self, text: &str) -> Result<Arc<dyn OptionScript<D>>, OptionFaults>;
}

/// A text of options that was read.
///
/// # Contract
///
/// - **Total.** Every run has options, whatever its facts. An option whose value cannot be computed for them, or is not
///   allowed, has its [safe value](crate::engine::options::OptionSpec::fail) and is named; the others keep theirs.
/// - **Pure.** The same facts give the same options. Evaluating ends soon and touches nothing outside.
pub trait OptionScript<D: Domain>: Debug + Send + Sync + 'static {
    /// What it gives to an option.
    fn given(&self, option: &str) -> Given;

    /// The options for a run with these facts.
    fn evaluate(&self, facts: &Facts<'_>) -> Evaluated<D>;
}

/// What a text of options gives to one of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Given {
    /// Nothing: it has its default.
    Default,
    /// The same value for every run.
    Value(OptionValue),
    /// What is computed from facts of the run, as it was written.
    Computed(String),
}

impl std::fmt::Display for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Given::Default => f.write_str("the default"),
            Given::Value(value) => write!(f, "{value}"),
            Given::Computed(text) => f.write_str(text),
        }
    }
}

/// The options for one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated<D: Domain> {
    /// Their values.
    pub options: D::Options,
    /// The names of those whose value could not be computed, and which took their safe value instead.
    pub fell_back: Vec<String>,
}
