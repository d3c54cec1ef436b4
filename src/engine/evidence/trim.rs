use serde::{Deserialize, Serialize};

use super::seal::Seal;
use crate::engine::Domain;
use crate::values::{
    CodecError, Digest, HomeId, InstanceId, PersonId, SignatureAlgorithm, TenantId, Timestamp, encode,
};

/// The version of what is signed.
const FORMAT: u8 = 1;

/// That the beginning of a chain was removed because its time to be kept is over: on record in the chain itself, signed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "")]
pub struct Trim<D: Domain> {
    /// The last record that went.
    pub upto: u64,
    /// Its hash, which the first record that is left names as its predecessor.
    pub head: Digest,
    /// What the chain had told of its objects before this record, so that they can still be compared with it.
    pub told: D::Told,
    /// The instances whose records went, all of them over, each with the digest of its stored form; and those of the trims
    /// before.
    pub instances: Vec<(InstanceId, Digest)>,
    /// The signature over these, the chain, the time and the person.
    pub seal: Seal,
}

impl<D: Domain> Trim<D> {
    /// With its signature still missing.
    #[must_use]
    pub fn draw_up(
        (upto, head): (u64, Digest),
        (told, instances): (D::Told, Vec<(InstanceId, Digest)>),
        (algorithm, public_key): (SignatureAlgorithm, Vec<u8>),
    ) -> Self {
        Trim { upto, head, told, instances, seal: Seal { algorithm, public_key, signature: Vec::new() } }
    }

    /// What is signed.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it has no stored form.
    pub fn message(
        &self,
        (tenant, chain): (TenantId, HomeId),
        (at, by): (Timestamp, Option<PersonId>),
    ) -> Result<Vec<u8>, CodecError> {
        let Trim { upto, head, told, instances, seal } = self;
        let said = (tenant, chain, at, by, upto, head, told, instances, seal.algorithm, &seal.public_key);
        Ok([b"cardflow trim".as_slice(), &encode("a trim", FORMAT, &said)?].concat())
    }
}

/// That personal parts were erased because the person asked for it or is gone: on record in the person's chain.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Erasure {
    /// Whose.
    pub person: PersonId,
    /// The records whose personal parts went, by chain.
    pub records: Vec<(HomeId, Vec<u64>)>,
}

impl Erasure {
    /// Every record whose personal part went.
    pub fn each(&self) -> impl Iterator<Item = (HomeId, u64)> + '_ {
        self.records.iter().flat_map(|(chain, places)| places.iter().map(move |it| (*chain, *it)))
    }
}
