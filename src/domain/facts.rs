//! What stays the same about an object while its state changes, as a digest that the history tells.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CardState, CertificateState, Object, PersonState};
use crate::values::{Digest, encode};

/// The version of what the digest is over.
const FORMAT: u8 = 1;

/// Keeps whoever guesses a name from confirming it in the history. A person has one for everything in the person's home; it
/// goes when the person's data is erased.
#[derive(Clone, Copy, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Salt([u8; 16]);

impl Salt {
    pub(crate) const NONE: Salt = Salt([0; 16]);

    pub(crate) fn new(bytes: [u8; 16]) -> Self {
        Salt(bytes)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

impl Object {
    /// The digest of everything about it but state, holds and whatever else changes are recorded of.
    pub(crate) fn facts(&self, salt: Salt) -> Digest {
        const WHAT: &str = "the facts of an object";
        let bytes = match self.clone() {
            Object::Person(mut it) => {
                it.state = PersonState::Registered;
                it.cards_elsewhere.clear();
                it.salt = Salt::NONE;
                encode(WHAT, FORMAT, &it)
            }
            Object::Card(mut it) => {
                it.state = CardState::Registered;
                it.holds.clear();
                it.deadlines.clear();
                encode(WHAT, FORMAT, &it)
            }
            Object::Certificate(mut it) => {
                (it.wanted, it.reason) = (CertificateState::Issued, None);
                (it.confirmed, it.visible) = (None, None);
                it.holds.clear();
                it.exemptions.clear();
                it.cards_elsewhere.clear();
                encode(WHAT, FORMAT, &it)
            }
            Object::Relation(mut it) => {
                it.state = None;
                it.holds.clear();
                encode(WHAT, FORMAT, &it)
            }
        };
        // An object without a stored form is never stored, so nothing is compared with this.
        let bytes = bytes.unwrap_or_default();
        Digest::of_parts(&[b"cardflow facts", &salt.0, self.at().to_string().as_bytes(), &bytes])
    }

    /// Itself without personal data: names, addresses and accounts, what a site has written on a card, and the certificate
    /// behind its fingerprint, since it names its holder. Units and roles stay: they say who could do what.
    pub(crate) fn stripped(self) -> Self {
        match self {
            Object::Person(it) => Object::Person(it.stripped()),
            Object::Card(it) => Object::Card(it.stripped()),
            Object::Certificate(it) => Object::Certificate(it.stripped()),
            Object::Relation(it) => Object::Relation(it.stripped()),
        }
    }
}
