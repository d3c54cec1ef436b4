use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::FORMAT;
use crate::engine::actor::Component;
use crate::engine::definition::Version;
use crate::engine::domain::Domain;
use crate::engine::event::Outcome;
use crate::values::{CodecError, Digest, EffectId, InstanceId, PersonId, TaskId, Timestamp, encode};

/// Where an instance stands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Status {
    /// At its beginning.
    Beginning,
    /// Waits for a person.
    Waiting {
        /// At this form or approval.
        step: String,
        /// The task.
        task: TaskId,
        /// Until then.
        until: Timestamp,
    },
    /// Waits for the outside before it can go on.
    Outside {
        /// At this effect step.
        step: String,
        /// For the answer to this.
        effect: EffectId,
    },
    /// Done here; the outside has not confirmed everything yet.
    Confirming {
        /// The end it reached.
        end: String,
        /// What there is to add.
        remark: Option<String>,
    },
    /// Over.
    Ended(Outcome),
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Status::Beginning => f.write_str("beginning"),
            Status::Waiting { step, .. } => write!(f, "waiting at {step}"),
            Status::Outside { step, .. } => write!(f, "waiting for the outside at {step}"),
            Status::Confirming { end, .. } => write!(f, "{end}, waiting for confirmation"),
            Status::Ended(outcome) => outcome.fmt(f),
        }
    }
}

/// The options an instance was given: they stay the same until it ends.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "")]
pub struct Bound<D: Domain> {
    /// Their version.
    pub version: u64,
    /// Their values.
    pub options: Arc<D::Options>,
    /// The names of those whose value could not be computed, and which took their safe value instead.
    pub fell_back: Vec<String>,
}

/// Version 0 with the default of every option.
impl<D: Domain> Default for Bound<D> {
    fn default() -> Self {
        Bound { version: 0, options: Arc::default(), fell_back: Vec::new() }
    }
}

impl<D: Domain> Bound<D> {
    /// Options of a version, all of which have the values they were given.
    #[must_use]
    pub fn new(version: u64, options: impl Into<Arc<D::Options>>) -> Self {
        Bound { version, options: options.into(), fell_back: Vec::new() }
    }

    /// A digest of the values.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if one has no stored form.
    pub fn digest(&self) -> Result<Digest, CodecError> {
        Ok(Digest::of(&encode("options", FORMAT, &*self.options)?))
    }
}

/// One request of an instance to the outside.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "")]
pub struct Asked<D: Domain> {
    /// The effect.
    pub effect: EffectId,
    /// The step that asked.
    pub step: String,
    /// What has become of it.
    pub state: AskedState<D>,
    /// It tells somebody outside, by mail say: nothing waits for it.
    pub mail: bool,
}

/// What has become of a request to the outside.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "")]
pub enum AskedState<D: Domain> {
    /// Nothing came yet.
    Open,
    /// It was answered.
    Answered(D::Answer),
    /// A later request made it pointless.
    Overtaken,
    /// Somebody has given it up.
    Skipped,
    /// Somebody has dealt with it outside of here.
    ByHand,
}

impl<D: Domain> Asked<D> {
    pub(super) fn of(effect: EffectId, step: &str, mail: bool) -> Self {
        Asked { effect, step: step.to_owned(), state: AskedState::Open, mail }
    }

    /// Whether nothing came for it yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, AskedState::Open)
    }

    /// The answer, if there is one.
    #[must_use]
    pub fn answer(&self) -> Option<&D::Answer> {
        match &self.state {
            AskedState::Answered(answer) => Some(answer),
            AskedState::Open | AskedState::Overtaken | AskedState::Skipped | AskedState::ByHand => None,
        }
    }
}

/// What every event of a command shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    /// The instance.
    pub instance: InstanceId,
    /// Its process.
    pub process: String,
    /// The version of the process.
    pub version: Version,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub person: Option<PersonId>,
    /// On whose behalf.
    pub on_behalf: Option<PersonId>,
    /// From where.
    pub component: Component,
}
