//! The history chain (law 12): pure, so that storage, verifier and tests link records alike.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::values::{Digest, HomeId, TenantId, Timestamp};

/// The version of the linking rule; it stands in every hash.
pub const VERSION: u8 = 1;

/// The end of a chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ChainHead {
    /// How many records it has.
    pub length: u64,
    /// The hash of the last one; zero for an empty chain.
    pub hash: Digest,
}

impl ChainHead {
    /// A chain without records.
    pub const EMPTY: ChainHead = ChainHead { length: 0, hash: Digest::ZERO };
}

/// What a command adds to a chain, before it has a place there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    /// The chain: that of a home.
    pub chain: HomeId,
    /// When it was decided.
    pub at: Timestamp,
    /// The open part: an encoded entry.
    pub open: Vec<u8>,
    /// The personal part with its salt; may be erased later.
    pub personal: Option<Personal>,
}

/// The personal part of a record: names, notes, addresses.
#[derive(Clone, Eq, PartialEq, Serialize, Deserialize)]
pub struct Personal {
    /// What makes the commitment unguessable; goes with the part.
    pub salt: [u8; 16],
    /// The encoded part.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Personal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Personal(..)")
    }
}

impl Personal {
    /// What stands in the chain for it: SHA-256 over salt and bytes.
    #[must_use]
    pub fn commitment(&self) -> Digest {
        Digest::of_parts(&[b"cardflow personal", &self.salt, &self.bytes])
    }
}

/// A record in its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Linked {
    /// Whose it is.
    pub tenant: TenantId,
    /// The chain.
    pub chain: HomeId,
    /// Its place, from 1.
    pub sequence: u64,
    /// The hash of the record before it.
    pub previous: Digest,
    /// When it was decided.
    pub at: Timestamp,
    /// The open part.
    pub open: Vec<u8>,
    /// What stands for the personal part.
    pub commitment: Option<Digest>,
    /// The personal part, unless there is none or it has been erased.
    pub personal: Option<Personal>,
    /// Its hash.
    pub hash: Digest,
}

impl Linked {
    /// The hash its fields should have: over version, tenant, chain, sequence, previous hash, time, open part and
    /// commitment, each with its length.
    #[must_use]
    pub fn expected_hash(&self) -> Digest {
        let commitment: &[u8] = self.commitment.as_ref().map_or(&[], |it| it.as_bytes());
        Digest::of_parts(&[
            &[VERSION],
            &self.tenant.number().to_be_bytes(),
            self.chain.uuid().as_bytes(),
            &self.sequence.to_be_bytes(),
            self.previous.as_bytes(),
            &self.at.millis().to_be_bytes(),
            &self.open,
            commitment,
        ])
    }
}

/// Puts a draft at the end of its chain.
///
/// ```
/// use cardflow::engine::chain::{self, ChainHead, Draft};
/// use cardflow::values::{HomeId, TenantId, Timestamp};
/// use uuid::Uuid;
///
/// let chain = HomeId::from_uuid(Uuid::from_u128(1));
/// let draft = Draft { chain, at: Timestamp::from_millis(0), open: b"opened".to_vec(), personal: None };
/// let first = chain::link(TenantId::default(), ChainHead::EMPTY, draft);
/// assert_eq!(first.sequence, 1);
/// assert!(chain::verify([&first]).is_ok());
/// ```
#[must_use]
pub fn link(tenant: TenantId, head: ChainHead, draft: Draft) -> Linked {
    let Draft { chain, at, open, personal } = draft;
    let commitment = personal.as_ref().map(Personal::commitment);
    let mut linked = Linked {
        tenant,
        chain,
        sequence: head.length.saturating_add(1),
        previous: head.hash,
        at,
        open,
        commitment,
        personal,
        hash: Digest::ZERO,
    };
    linked.hash = linked.expected_hash();
    linked
}

/// What is wrong with a chain.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ChainFault {
    /// A record is missing, doubled or out of order.
    #[error("chain {chain}: record {expected} should stand where record {found} stands")]
    Order {
        /// The chain.
        chain: HomeId,
        /// The place that should come.
        expected: u64,
        /// The place that came.
        found: u64,
    },
    /// A record does not continue the one before it.
    #[error("chain {chain}: record {sequence} does not continue the record before it")]
    Broken {
        /// The chain.
        chain: HomeId,
        /// The place.
        sequence: u64,
    },
    /// The fields of a record are not those its hash was made over.
    #[error("chain {chain}: record {sequence} has been edited")]
    Edited {
        /// The chain.
        chain: HomeId,
        /// The place.
        sequence: u64,
    },
    /// The personal part is not the one committed to.
    #[error("chain {chain}: the personal part of record {sequence} has been edited")]
    PersonalEdited {
        /// The chain.
        chain: HomeId,
        /// The place.
        sequence: u64,
    },
    /// The store's head of the chain is not where the records end.
    #[error("chain {chain}: the records end at {found}, its head says {expected}")]
    Tail {
        /// The chain.
        chain: HomeId,
        /// The length the head says.
        expected: u64,
        /// The length found.
        found: u64,
    },
}

/// Checks records of one chain from its beginning, in order; gives the head they lead to.
///
/// Without a checkpoint kept elsewhere this proves that the records are consistent, not that none were cut off the end.
///
/// # Errors
///
/// The first [`ChainFault`].
pub fn verify<'a>(records: impl IntoIterator<Item = &'a Linked>) -> Result<ChainHead, ChainFault> {
    verify_after(ChainHead::EMPTY, records)
}

/// Checks records as [`verify`] does, of a chain whose beginning up to `start` was trimmed.
///
/// # Errors
///
/// The first [`ChainFault`].
pub fn verify_after<'a>(
    start: ChainHead,
    records: impl IntoIterator<Item = &'a Linked>,
) -> Result<ChainHead, ChainFault> {
    let mut head = start;
    for record in records {
        let (chain, sequence) = (record.chain, record.sequence);
        if sequence != head.length.saturating_add(1) {
            return Err(ChainFault::Order { chain, expected: head.length.saturating_add(1), found: sequence });
        }
        if record.previous != head.hash {
            return Err(ChainFault::Broken { chain, sequence });
        }
        if record.hash != record.expected_hash() {
            return Err(ChainFault::Edited { chain, sequence });
        }
        if record.personal.as_ref().is_some_and(|it| Some(it.commitment()) != record.commitment) {
            return Err(ChainFault::PersonalEdited { chain, sequence });
        }
        head = ChainHead { length: sequence, hash: record.hash };
    }
    Ok(head)
}

/// Checks records as [`verify`] does, and that they reach the head that the store keeps of their chain.
///
/// Records past that head are no fault: they may have come in after it was read.
///
/// # Errors
///
/// The first [`ChainFault`]; [`ChainFault::Tail`] if records are missing at the end.
pub fn verify_to<'a>(
    chain: HomeId,
    head: ChainHead,
    records: impl IntoIterator<Item = &'a Linked>,
) -> Result<ChainHead, ChainFault> {
    reaches(chain, head, verify(records)?)
}

/// Whether the end that was found of a chain reaches the head that the store keeps of it.
///
/// # Errors
///
/// [`ChainFault::Tail`].
pub fn reaches(chain: HomeId, head: ChainHead, found: ChainHead) -> Result<ChainHead, ChainFault> {
    if head.length > found.length || (head.length == found.length && head.hash != found.hash) {
        return Err(ChainFault::Tail { chain, expected: head.length, found: found.length });
    }
    Ok(found)
}
