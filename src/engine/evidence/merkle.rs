//! The append-only tree of RFC 9162, section 2.1, over SHA-256.
//!
//! Own code: a checkpoint goes on from the [`Frontier`] of the one before, and the libraries at hand keep every leaf in
//! memory to add one more. The tests hold it to published vectors and to one of those libraries.

use serde::{Deserialize, Serialize};

use crate::values::Digest;

/// The hash of a leaf: a zero byte keeps it apart from that of a node.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    Digest::of(&[&[0], leaf].concat())
}

fn node_hash(left: Digest, right: Digest) -> Digest {
    Digest::of(&[&[1], left.as_bytes().as_slice(), right.as_bytes()].concat())
}

/// What must be known of a tree to add leaves: the roots of its complete subtrees, the largest first.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Frontier {
    size: u64,
    nodes: Vec<Digest>,
}

impl Frontier {
    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, by its hash.
    pub fn push(&mut self, leaf: Digest) {
        // Each one bit at the end of the size is a complete subtree that the new leaf makes part of a larger one.
        let merged = (0..self.size.trailing_ones()).fold(leaf, |right, _| match self.nodes.pop() {
            Some(left) => node_hash(left, right),
            None => right,
        });
        self.nodes.push(merged);
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree; that of a tree without leaves is the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut nodes = self.nodes.iter().rev().copied();
        let last = nodes.next().unwrap_or_else(|| Digest::of(&[]));
        nodes.fold(last, |right, left| node_hash(left, right))
    }

    /// Whether it has as many nodes as a tree of its size: one from outside may have any.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        usize::try_from(self.size.count_ones()) == Ok(self.nodes.len())
    }
}

impl FromIterator<Digest> for Frontier {
    fn from_iter<T: IntoIterator<Item = Digest>>(leaves: T) -> Self {
        leaves.into_iter().fold(Frontier::default(), |mut tree, leaf| {
            tree.push(leaf);
            tree
        })
    }
}

/// That a leaf stands at a place in a tree (RFC 9162, section 2.1.3).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct InclusionProof {
    /// The place of the leaf, from 0.
    pub index: u64,
    /// How many leaves the tree has.
    pub size: u64,
    /// The nodes beside the way from the leaf to the root.
    pub path: Vec<Digest>,
}

impl InclusionProof {
    /// For the leaf at `index` of the tree with these leaf hashes; none if there is no such leaf.
    #[must_use]
    pub fn of(leaves: &[Digest], index: u64) -> Option<Self> {
        let place = usize::try_from(index).ok().filter(|it| *it < leaves.len())?;
        let mut path = Vec::new();
        include(leaves, place, &mut path);
        Some(InclusionProof { index, size: count(leaves), path })
    }

    /// Whether it proves that the leaf with this hash is in the tree with this root.
    #[must_use]
    pub fn verifies(&self, leaf: Digest, root: Digest) -> bool {
        let Some(mut last) = self.size.checked_sub(1).filter(|last| self.index <= *last) else { return false };
        let (mut place, mut hash) = (self.index, leaf);
        for node in &self.path {
            if last == 0 {
                return false;
            }
            if place & 1 == 1 || place == last {
                hash = node_hash(*node, hash);
                skip_missing_right(&mut place, &mut last);
            } else {
                hash = node_hash(hash, *node);
            }
            (place, last) = (place >> 1, last >> 1);
        }
        last == 0 && hash == root
    }
}

/// That a tree is the beginning of a larger one (RFC 9162, section 2.1.4).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ConsistencyProof {
    /// How many leaves the smaller tree has.
    pub first: u64,
    /// How many leaves the larger one has.
    pub second: u64,
    /// The nodes that both roots follow from.
    pub path: Vec<Digest>,
}

impl ConsistencyProof {
    /// For the first leaves of the tree with these leaf hashes; none if it has fewer.
    #[must_use]
    pub fn of(leaves: &[Digest], first: u64) -> Option<Self> {
        let size = usize::try_from(first).ok().filter(|it| *it <= leaves.len())?;
        let mut path = Vec::new();
        if size > 0 {
            continue_from(leaves, size, true, &mut path);
        }
        Some(ConsistencyProof { first, second: count(leaves), path })
    }

    /// Whether it proves that the tree with the first root is the beginning of that with the second.
    #[must_use]
    pub fn verifies(&self, first_root: Digest, second_root: Digest) -> bool {
        if self.first == self.second || self.first == 0 {
            return self.path.is_empty() && (self.first != self.second || first_root == second_root);
        }
        if self.first > self.second {
            return false;
        }
        // The smaller tree is itself a node of the larger one: its root is where the way begins.
        let given = self.first.is_power_of_two().then_some(first_root);
        let mut path = given.into_iter().chain(self.path.iter().copied());
        let Some(start) = path.next().filter(|_| !self.path.is_empty()) else { return false };
        let (mut place, mut last) = (self.first - 1, self.second - 1);
        let complete = place.trailing_ones();
        (place, last) = (place >> complete, last >> complete);
        let (mut smaller, mut larger) = (start, start);
        for node in path {
            if last == 0 {
                return false;
            }
            if place & 1 == 1 || place == last {
                (smaller, larger) = (node_hash(node, smaller), node_hash(node, larger));
                skip_missing_right(&mut place, &mut last);
            } else {
                larger = node_hash(larger, node);
            }
            (place, last) = (place >> 1, last >> 1);
        }
        last == 0 && smaller == first_root && larger == second_root
    }
}

/// Goes up past levels where the node has nothing to its right.
fn skip_missing_right(place: &mut u64, last: &mut u64) {
    while *place & 1 == 0 && *place != 0 {
        (*place, *last) = (*place >> 1, *last >> 1);
    }
}

fn count(leaves: &[Digest]) -> u64 {
    u64::try_from(leaves.len()).unwrap_or(u64::MAX)
}

fn root_of(leaves: &[Digest]) -> Digest {
    leaves.iter().copied().collect::<Frontier>().root()
}

/// The two subtrees: the left one is the largest complete one that leaves something for the right. None for one leaf.
fn halves(leaves: &[Digest]) -> Option<(&[Digest], &[Digest])> {
    let left = leaves.len().checked_sub(1)?.checked_ilog2()?;
    leaves.split_at_checked(1 << left)
}

fn include(leaves: &[Digest], place: usize, path: &mut Vec<Digest>) {
    let Some((left, right)) = halves(leaves) else { return };
    if place < left.len() {
        include(left, place, path);
        path.push(root_of(right));
    } else {
        include(right, place - left.len(), path);
        path.push(root_of(left));
    }
}

/// `known` says that the reader has the root of the smaller tree.
fn continue_from(leaves: &[Digest], first: usize, known: bool, path: &mut Vec<Digest>) {
    if first == leaves.len() {
        path.extend((!known).then(|| root_of(leaves)));
        return;
    }
    let Some((left, right)) = halves(leaves) else { return };
    if first <= left.len() {
        continue_from(left, first, known, path);
        path.push(root_of(right));
    } else {
        continue_from(right, first - left.len(), false, path);
        path.push(root_of(left));
    }
}
