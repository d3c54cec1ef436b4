use super::coverage::Coverage;
use super::trace::Trace;
use crate::values::Digest;

/// What a run in which everything holds came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Run {
    pub(super) seed: u64,
    pub(super) commands: usize,
    pub(super) steps: u64,
    pub(super) commits: u64,
    pub(super) coverage: Coverage,
    pub(super) trace: Trace,
    pub(super) ways: u64,
    pub(super) stored: Digest,
    pub(super) state: Vec<String>,
}

impl Run {
    /// Its seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many orders users gave.
    #[must_use]
    pub fn commands(&self) -> usize {
        self.commands
    }

    /// How many times a task went on to its next await.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// How many commits were stored.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits
    }

    /// What happened, and how often.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// What happened, in order.
    #[must_use]
    pub fn trace(&self) -> Vec<String> {
        self.trace.lines().collect()
    }

    /// A digest of every byte that is stored in the end: history, objects, instances, tasks, requests.
    #[must_use]
    pub fn stored(&self) -> Digest {
        self.stored
    }

    /// How every object and instance is in the end, in words without ids and times.
    #[must_use]
    pub fn state(&self) -> &[String] {
        &self.state
    }
}
