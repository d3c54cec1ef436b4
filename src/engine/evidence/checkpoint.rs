use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::merkle::{Frontier, leaf_hash};
use super::seal::Seal;
use crate::engine::chain::ChainHead;
use crate::values::{CodecError, Digest, HomeId, SignatureAlgorithm, TenantId, Timestamp, decode, encode, shown};

/// The version of the stored form of a checkpoint.
const FORMAT: u8 = 1;
const WHAT: &str = "a checkpoint";

/// The end of a chain when a checkpoint was made: one leaf of the tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// The chain.
    pub chain: HomeId,
    /// How many records it had.
    pub length: u64,
    /// The hash of the last one.
    pub head: Digest,
}

impl Leaf {
    /// Its hash in the tree: over chain, length and head, 56 bytes.
    #[must_use]
    pub fn hash(&self) -> Digest {
        leaf_hash(&[&self.chain.uuid().as_bytes()[..], &self.length.to_be_bytes(), self.head.as_bytes()].concat())
    }
}

/// A signed statement about the ends of all chains of a tenant at a time, to be kept where nobody who can write to the
/// store can write.
///
/// Each one adds a leaf to one append-only tree for every chain that has grown since the one before, and carries these
/// leaves. Together, from the first one on, they say how far every chain had come; the next one needs only the last.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Whose chains.
    pub tenant: TenantId,
    /// Its place among the checkpoints, from 1.
    pub number: u64,
    /// When it was made.
    pub at: Timestamp,
    /// The place in the order of commits up to which it has seen the history.
    pub position: u64,
    /// The root of the tree with its leaves in it.
    pub root: Digest,
    /// What the next one goes on from.
    pub frontier: Frontier,
    /// The chains that have grown, in the order of their ids.
    pub leaves: Vec<Leaf>,
    /// The digest of the checkpoint before; zero for the first.
    pub previous: Digest,
    /// The signature over all of this.
    pub seal: Seal,
}

/// Why a checkpoint is none, or does not continue the one before it.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CheckpointFault {
    /// It speaks of another tenant.
    #[error("it is of another tenant; keep one file a tenant")]
    Tenant,
    /// Its number is not the next one.
    #[error("number {expected} should stand there; look for it where checkpoints are kept")]
    Number {
        /// The number that should come.
        expected: u64,
    },
    /// It names another predecessor.
    #[error("it continues another checkpoint than the one before it; one of the two is of a forked or replaced file")]
    Previous,
    /// Its tree is not the one before with its leaves added.
    #[error(
        "its tree is not that of the one before with its leaves added; one of the two is of a forked or replaced file"
    )]
    Tree,
    /// Time, position or a chain goes back.
    #[error("it goes back behind the one before it; one of the two is of a forked or replaced file")]
    Back,
    /// The key did not make the signature.
    #[error("its signature does not verify; it was edited")]
    Signature,
    /// Another key signed it.
    #[error("it is signed by another key; give that key too if it is one of yours, else the checkpoint is forged")]
    Key,
}

/// A line that is not a checkpoint, or not a record.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the line is not {what}: {why}")]
pub struct UnreadableLine {
    pub(super) what: &'static str,
    pub(super) why: String,
}

/// How a checkpoint stands in a file of lines.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Line<T> {
    format: u8,
    checkpoint: T,
}

impl Checkpoint {
    /// The one after `after`, with its signature still missing: from the ends of the chains that have grown, read up to
    /// `position`.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it has no stored form.
    pub fn draw_up(
        after: Option<&Checkpoint>,
        (tenant, at, position): (TenantId, Timestamp, u64),
        grown: BTreeMap<HomeId, ChainHead>,
        (algorithm, public_key): (SignatureAlgorithm, Vec<u8>),
    ) -> Result<Self, CodecError> {
        let leaf = |(chain, head): (HomeId, ChainHead)| Leaf { chain, length: head.length, head: head.hash };
        let leaves: Vec<Leaf> = grown.into_iter().map(leaf).collect();
        let mut frontier = after.map(|it| it.frontier.clone()).unwrap_or_default();
        leaves.iter().for_each(|it| frontier.push(it.hash()));
        Ok(Checkpoint {
            tenant,
            number: after.map_or(1, |it| it.number.saturating_add(1)),
            at,
            position,
            root: frontier.root(),
            frontier,
            leaves,
            previous: after.map_or(Ok(Digest::ZERO), Checkpoint::digest)?,
            seal: Seal { algorithm, public_key, signature: Vec::new() },
        })
    }

    /// How many leaves the tree has with it.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// What is signed: everything but the signature.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it has no stored form.
    pub fn message(&self) -> Result<Vec<u8>, CodecError> {
        let Checkpoint { tenant, number, at, position, root, frontier, leaves, previous, seal } = self;
        let seal = (seal.algorithm, &seal.public_key);
        let said = (tenant, number, at, position, root, frontier, leaves, previous, seal);
        Ok([b"cardflow checkpoint".as_slice(), &encode(WHAT, FORMAT, &said)?].concat())
    }

    /// The digest by which the next one names it.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it has no stored form.
    pub fn digest(&self) -> Result<Digest, CodecError> {
        Ok(Digest::of(&self.to_bytes()?))
    }

    /// What is wrong with it as the one after `before`; its signature is another question.
    ///
    /// # Errors
    ///
    /// [`CheckpointFault`].
    pub fn continues(&self, before: Option<&Checkpoint>) -> Result<(), CheckpointFault> {
        let mut tree = match before {
            Some(before) => before.frontier.clone(),
            None if self.number == 1 => Frontier::default(),
            // The file begins later: what was before is not at hand.
            None => return if self.is_whole() { Ok(()) } else { Err(CheckpointFault::Tree) },
        };
        if let Some(before) = before {
            let expected = before.number.saturating_add(1);
            if self.tenant != before.tenant {
                return Err(CheckpointFault::Tenant);
            }
            if self.number != expected {
                return Err(CheckpointFault::Number { expected });
            }
            if self.at < before.at || self.position < before.position {
                return Err(CheckpointFault::Back);
            }
        }
        if Ok(self.previous)
            != before.map_or(Ok(Digest::ZERO), Checkpoint::digest).map_err(|_| CheckpointFault::Previous)
        {
            return Err(CheckpointFault::Previous);
        }
        self.leaves.iter().for_each(|it| tree.push(it.hash()));
        let sorted = self.leaves.windows(2).all(|it| matches!(it, [a, b] if a.chain < b.chain));
        if sorted && tree == self.frontier && tree.root() == self.root { Ok(()) } else { Err(CheckpointFault::Tree) }
    }

    /// Whether its tree is one that the next checkpoint can go on from.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.frontier.is_whole() && self.frontier.root() == self.root
    }

    /// The stored form: compact, with a version.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it has none.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        encode(WHAT, FORMAT, self)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for bytes of another version and damaged ones.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        decode(WHAT, FORMAT, bytes)
    }

    /// One line of JSON, without its end: to be added to a file.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Nothing in it is a map or fails to serialise.
        serde_json::to_string(&Line { format: FORMAT, checkpoint: self }).unwrap_or_default()
    }

    /// Reads a line of JSON.
    ///
    /// # Errors
    ///
    /// [`UnreadableLine`].
    pub fn from_json(line: &str) -> Result<Self, UnreadableLine> {
        let unreadable = |why: String| UnreadableLine { what: WHAT, why };
        let read: Line<Checkpoint> =
            serde_json::from_str(line).map_err(|error| unreadable(shown(&error.to_string())))?;
        if read.format != FORMAT {
            return Err(unreadable(format!("it has format {}, this release reads {FORMAT}", read.format)));
        }
        Ok(read.checkpoint)
    }
}
