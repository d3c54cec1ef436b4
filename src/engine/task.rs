use serde::{Deserialize, Serialize};

use crate::values::{CodecError, InstanceId, Timestamp, decode, encode};

/// The version of the stored form of a task.
const FORMAT: u8 = 1;

/// Work that waits for a person: a form to answer, or an approval to decide.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Task {
    /// The instance that waits.
    pub instance: InstanceId,
    /// The symbolic name of its process.
    pub process: String,
    /// The form or approval it waits at.
    pub step: String,
    /// Who may do it: the members of this role; none for a form, which whoever started the instance answers.
    pub role: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Until when; then the instance ends by itself.
    pub until: Timestamp,
}

impl Task {
    /// The stored form.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if a value has none.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        encode("a task", FORMAT, self)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for bytes of another version and damaged ones.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        decode("a task", FORMAT, bytes)
    }
}
