use std::fmt;

use serde::{Deserialize, Serialize};

use crate::values::{Digest, SignatureAlgorithm, hex};

/// A signature, with what is needed to check it.
#[derive(Clone, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// How it was made.
    pub algorithm: SignatureAlgorithm,
    /// The public key, as the DER of a `SubjectPublicKeyInfo`.
    #[serde(with = "hex")]
    pub public_key: Vec<u8>,
    /// The signature.
    #[serde(with = "hex")]
    pub signature: Vec<u8>,
}

impl Seal {
    /// The SHA-256 of the public key: what people compare.
    #[must_use]
    pub fn key(&self) -> Digest {
        Digest::of(&self.public_key)
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").field("algorithm", &self.algorithm).field("key", &self.key()).finish_non_exhaustive()
    }
}

/// Says whether the key of a seal made its signature on a message.
pub type Judge<'a> = &'a (dyn Fn(&Seal, &[u8]) -> bool + Sync);

/// Which seals are believed.
#[derive(Clone, Copy)]
pub struct Trust<'a> {
    /// The public keys that may have signed. With none given, the first one met has to have made every signature, and
    /// whoever reads the report compares its digest.
    pub keys: &'a [Vec<u8>],
    /// Who checks signatures.
    pub judge: Judge<'a>,
}

impl Trust<'_> {
    /// Why a seal is not believed; nothing if it is. `first` is the key that was met first.
    pub(super) fn doubt(&self, seal: &Seal, message: &[u8], first: &mut Option<Digest>) -> Option<Doubt> {
        let first = first.get_or_insert_with(|| seal.key());
        let known = if self.keys.is_empty() { *first == seal.key() } else { self.keys.contains(&seal.public_key) };
        if !known {
            return Some(Doubt::Key);
        }
        (!(self.judge)(seal, message)).then_some(Doubt::Signature)
    }
}

impl fmt::Debug for Trust<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

/// Why a seal is not believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Doubt {
    Key,
    Signature,
}
