use thiserror::Error;

use super::checkpoint::CheckpointFault;
use crate::values::{EffectId, HomeId, ObjectRef, PersonId, Timestamp};

/// What a verifier has found, and what to do about it.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// The fields of a record are not those its hash was made over.
    #[error("chain {chain}: record {sequence} has been edited; read what it said in an older backup")]
    Edited {
        /// The chain.
        chain: HomeId,
        /// The place.
        sequence: u64,
    },
    /// The personal part of a record is not the one committed to.
    #[error(
        "chain {chain}: the personal part of record {sequence} has been edited; read what it said in an older backup"
    )]
    PersonalEdited {
        /// The chain.
        chain: HomeId,
        /// The place.
        sequence: u64,
    },
    /// The personal part of a record is gone, and no erasure says so.
    #[error(
        "chain {chain}: the personal part of record {sequence} is gone and no erasure is on record; read what it said in an older backup"
    )]
    PersonalMissing {
        /// The chain.
        chain: HomeId,
        /// The place.
        sequence: u64,
    },
    /// A record is as it was written, and does not decode.
    #[error("chain {chain}: record {sequence} does not read; verify with the release that wrote it, or a later one")]
    Unreadable {
        /// The chain.
        chain: HomeId,
        /// The place.
        sequence: u64,
    },
    /// A record stands where none of its number can, or where an older checkpoint knows of none.
    #[error("chain {chain}: record {sequence} has been inserted; find out who can write to the store")]
    Inserted {
        /// The chain.
        chain: HomeId,
        /// The place.
        sequence: u64,
    },
    /// Records are not in the order in which they were written.
    #[error(
        "chain {chain}: record {sequence} stands behind later ones, so records have been reordered; compare with an older backup"
    )]
    Reordered {
        /// The chain.
        chain: HomeId,
        /// The place.
        sequence: u64,
    },
    /// A record is whole, and does not continue the one before it.
    #[error(
        "chain {chain}: record {sequence} does not continue the one before it, so one of the two has been replaced; compare with an older backup"
    )]
    Replaced {
        /// The chain.
        chain: HomeId,
        /// The place of the second.
        sequence: u64,
    },
    /// Records are missing between others, or at the beginning without a trim.
    #[error("chain {chain}: records {from} to {to} are missing; take them from an older backup")]
    Gap {
        /// The chain.
        chain: HomeId,
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
    },
    /// A trim on record does not hold: the beginning of the chain may not be missing by it, and what it tells of objects is
    /// not to be believed.
    #[error("chain {chain}: the trim of records 1 to {upto} does not hold ({why}); compare with an older backup")]
    UnlawfulTrim {
        /// The chain.
        chain: HomeId,
        /// The last that is gone.
        upto: u64,
        /// What is wrong with the trim.
        why: &'static str,
    },
    /// The end of a chain is missing.
    #[error(
        "chain {chain}: it ends at record {has}, checkpoint {checkpoint} knows record {had}; take the rest from a newer backup"
    )]
    CutTail {
        /// The chain.
        chain: HomeId,
        /// The last record there is.
        has: u64,
        /// The last record there was.
        had: u64,
        /// The checkpoint that knows it.
        checkpoint: u64,
    },
    /// A whole chain is missing.
    #[error(
        "chain {chain}: it is missing, checkpoint {checkpoint} knows {had} records of it; take it from an older backup"
    )]
    MissingChain {
        /// The chain.
        chain: HomeId,
        /// How many records it had.
        had: u64,
        /// The checkpoint that knows it.
        checkpoint: u64,
    },
    /// The records of a chain hold together, and are not those of the checkpoint.
    #[error(
        "chain {chain}: record {sequence} is another than checkpoint {checkpoint} knows, so the chain has been rewritten after record {good}; compare with an older backup"
    )]
    Rewritten {
        /// The chain.
        chain: HomeId,
        /// The last record that is as an earlier checkpoint knows it; 0 for none.
        good: u64,
        /// The record that differs.
        sequence: u64,
        /// The checkpoint that knows another.
        checkpoint: u64,
    },
    /// The store ends before the checkpoint was made: an old copy.
    #[error(
        "the store ends before checkpoint {checkpoint} of {at}, so it is an old copy: {chains} chains lack {records} records; restore a newer one, and look at what was published since"
    )]
    OldCopy {
        /// The checkpoint.
        checkpoint: u64,
        /// When it was made.
        at: Timestamp,
        /// How many chains lost something.
        chains: u64,
        /// How many records they lost.
        records: u64,
    },
    /// A checkpoint is none, or does not continue the one before it.
    #[error("checkpoint {number}: {fault}")]
    Checkpoint {
        /// Its number, as it says.
        number: u64,
        /// What is wrong with it.
        fault: CheckpointFault,
    },
    /// The store has another end of a chain noted than the records have.
    #[error(
        "chain {chain}: the store notes its end at record {noted}, the records end at {found}; compare with an older backup"
    )]
    Head {
        /// The chain.
        chain: HomeId,
        /// The length that is noted.
        noted: u64,
        /// The length there is.
        found: u64,
    },
    /// The store cannot find records of a chain from its end, although they are there.
    #[error("chain {chain}: only {reached} of its records are found from its end; the links of the store were edited")]
    Unlinked {
        /// The chain.
        chain: HomeId,
        /// How many are found.
        reached: u64,
    },
    /// What is stored is not what the history tells.
    #[error("object {object}: {what}; the history is right, mend the object")]
    Differs {
        /// The object, instance or task.
        object: ObjectRef,
        /// What is different.
        what: String,
    },
    /// A request or timer that waits is not what the history tells.
    #[error("request {effect}: {what}; the history is right, mend the request")]
    Work {
        /// The request or timer.
        effect: EffectId,
        /// What is different.
        what: &'static str,
    },
    /// The beginning of a chain was removed lawfully.
    #[error("chain {chain}: records 1 to {upto} were trimmed at {at}, signed and on record")]
    Trimmed {
        /// The chain.
        chain: HomeId,
        /// The last that went.
        upto: u64,
        /// When.
        at: Timestamp,
        /// By whom.
        by: Option<PersonId>,
    },
    /// Personal parts were erased lawfully.
    #[error("the personal parts of {records} records of person {person} were erased at {at}, on record")]
    Erased {
        /// Whose.
        person: PersonId,
        /// How many.
        records: usize,
        /// When.
        at: Timestamp,
        /// By whom.
        by: Option<PersonId>,
    },
}

impl Finding {
    /// Whether something is wrong; else it is something lawful that a reader must know.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        !matches!(self, Finding::Trimmed { .. } | Finding::Erased { .. })
    }

    /// Its kind in one word, for tables and statistics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Finding::Edited { .. } => "edited record",
            Finding::PersonalEdited { .. } => "edited personal part",
            Finding::PersonalMissing { .. } => "missing personal part",
            Finding::Unreadable { .. } => "unreadable record",
            Finding::Inserted { .. } => "inserted record",
            Finding::Reordered { .. } => "reordered records",
            Finding::Replaced { .. } => "replaced record",
            Finding::Gap { .. } => "gap",
            Finding::UnlawfulTrim { .. } => "unlawful trim",
            Finding::CutTail { .. } => "cut tail",
            Finding::MissingChain { .. } => "missing chain",
            Finding::Rewritten { .. } => "rewritten chain",
            Finding::OldCopy { .. } => "old copy",
            Finding::Checkpoint { .. } => "checkpoint",
            Finding::Head { .. } => "noted end",
            Finding::Unlinked { .. } => "broken links",
            Finding::Differs { .. } => "object",
            Finding::Work { .. } => "request",
            Finding::Trimmed { .. } => "trimmed",
            Finding::Erased { .. } => "erased",
        }
    }
}
