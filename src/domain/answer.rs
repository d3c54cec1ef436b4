use serde::{Deserialize, Serialize};

use super::{CertificateState, RevocationReason};
use crate::values::Timestamp;

/// What the outside answered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Answer {
    /// The authority says what state the certificate has there.
    Authority {
        /// The state.
        state: CertificateState,
        /// The reason, if it is on hold or revoked.
        reason: Option<RevocationReason>,
        /// Since when.
        since: Option<Timestamp>,
        /// It was on hold there already when it was first asked to put it on hold.
        held_before: bool,
    },
    /// What relying parties are told of the certificate was read back.
    Published {
        /// The state they are told.
        state: CertificateState,
        /// Since when all of them are.
        since: Timestamp,
        /// When what was read was made.
        as_of: Timestamp,
    },
    /// The system was told, or the mail handed over.
    Told,
    /// The authority knows no such certificate.
    NotKnown,
}

impl Answer {
    /// The state a certificate has at its authority, if that was answered.
    #[must_use]
    pub fn certificate_state(&self) -> Option<CertificateState> {
        match self {
            Answer::Authority { state, .. } => Some(*state),
            Answer::Published { .. } | Answer::Told | Answer::NotKnown => None,
        }
    }
}
