use std::fmt;

use super::finding::Finding;
use crate::values::{Digest, TenantId, Timestamp, codes};

codes! {
    /// What a verification comes to.
    pub enum Verdict ("verdict") {
        /// Everything holds together, and is what the checkpoints say.
        Anchored = "anchored",
        /// Everything holds together. Without a checkpoint kept elsewhere nobody can say that it was not made anew.
        NotAnchored = "consistent, not anchored",
        /// Something is wrong.
        Faulty = "faulty",
    }
}

/// The last checkpoint that a report goes by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Anchored {
    /// Its number.
    pub checkpoint: u64,
    /// When it was made.
    pub at: Timestamp,
    /// How many records came after it: they hold together, and only the next checkpoint will say more.
    pub later: u64,
    /// How many chains no checkpoint given has a leaf of, though they are older: the first checkpoints are missing.
    pub unknown: u64,
}

/// What a verifier says of a history.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Report {
    /// Whose history.
    pub tenant: TenantId,
    /// How many records were read.
    pub records: u64,
    /// Of how many chains.
    pub chains: u64,
    /// The last checkpoint that verifies; none without one.
    pub anchored: Option<Anchored>,
    /// The SHA-256 of the public key that signed, if the reader gave none to compare it with.
    pub compare: Option<Digest>,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Report {
    /// What it comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.faults().next().is_some() {
            return Verdict::Faulty;
        }
        match self.anchored {
            Some(Anchored { unknown: 0, .. }) => Verdict::Anchored,
            Some(_) | None => Verdict::NotAnchored,
        }
    }

    /// What is wrong.
    pub fn faults(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|it| it.is_fault())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { tenant, records, chains, .. } = self;
        writeln!(f, "{}: {records} records in {chains} chains of tenant {}", self.verdict(), tenant.number())?;
        match &self.anchored {
            Some(Anchored { checkpoint, at, later, unknown }) => {
                writeln!(f, "last checkpoint: {checkpoint} of {at}; {later} records came after it")?;
                if *unknown > 0 {
                    writeln!(f, "{unknown} chains stand in none of the checkpoints given; give them from number 1 on")?;
                }
            }
            None => writeln!(f, "without a checkpoint kept elsewhere this proves only that the records hold together")?,
        }
        if let Some(key) = self.compare {
            writeln!(f, "signed with the public key of SHA-256 {key}; compare it with yours")?;
        }
        self.findings.iter().try_for_each(|it| {
            let mark = if it.is_fault() { "FAULT" } else { "note" };
            writeln!(f, "{mark}: {it}")
        })
    }
}
