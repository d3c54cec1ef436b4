use serde::{Deserialize, Serialize};

use super::{CertificateState, Dossier, IssuerName, Serial};
use crate::values::{ObjectRef, Timestamp};

/// What relying parties see of a certificate, read back from what its authority publishes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Visible {
    /// The state they see.
    pub state: CertificateState,
    /// Since when all of them do: when it was read back, or when the last list or answer ended that told otherwise and was
    /// still good then.
    pub since: Timestamp,
}

/// A request to read back what relying parties are told of a certificate.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ReadBack {
    /// Our certificate.
    pub certificate: ObjectRef,
    /// Its issuer.
    pub issuer: IssuerName,
    /// Its number there.
    pub serial: Serial,
    /// The state that its authority has confirmed, and that is to be seen.
    pub state: CertificateState,
}

/// How many certificates of a card are as wanted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// How many there are.
    pub of: usize,
    /// How many are at their authority as they are wanted here, as far as was heard.
    pub confirmed: usize,
    /// Of how many that was read back from what is published.
    pub visible: usize,
}

impl Dossier {
    /// How many certificates of a card are as wanted: "1 of 2 confirmed".
    #[must_use]
    pub fn tally(&self, card: ObjectRef) -> Tally {
        self.certificates_of(card).fold(Tally::default(), |all, it| Tally {
            of: all.of + 1,
            confirmed: all.confirmed + usize::from(!it.is_unconfirmed()),
            visible: all.visible + usize::from(it.visible_since().is_some()),
        })
    }
}
