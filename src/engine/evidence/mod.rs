//! What an auditor can prove: checkpoints of all chains, kept elsewhere, and a verifier that holds the history against them.
//!
//! Pure, like all of the [engine](super): signatures are made and checked behind ports, records come from a store or from
//! an export. The chapter [`evidence`](crate::manual::evidence) of the manual says how it is used.

mod anchors;
mod checkpoint;
mod finding;
mod line;
mod merkle;
mod report;
mod retold;
mod seal;
mod trim;
mod verifier;
mod walk;

pub use self::anchors::{prove_consistency, prove_inclusion};
pub use self::checkpoint::{Checkpoint, CheckpointFault, Leaf, UnreadableLine};
pub use self::finding::Finding;
pub use self::line::{ReadLine, RecordLine};
pub use self::merkle::{ConsistencyProof, Frontier, InclusionProof, leaf_hash};
pub use self::report::{Anchored, Report, Verdict};
pub use self::retold::{Retold, ToldInstance};
pub use self::seal::{Judge, Seal, Trust};
pub use self::trim::{Erasure, Trim};
pub use self::verifier::{Reach, Verifier};
