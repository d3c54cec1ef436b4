use std::fmt;

/// A run in which something does not hold: which rule, what is so instead, the last that happened, and how to see it again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    pub(super) seed: u64,
    pub(super) commands: usize,
    pub(super) invariant: &'static str,
    pub(super) rule: &'static str,
    pub(super) what: String,
    pub(super) given: usize,
    pub(super) trace: Vec<String>,
}

/// So many lines of what happened last are shown.
const SHOWN: usize = 60;

impl Failure {
    /// The seed of the run.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many orders the run was to have.
    #[must_use]
    pub fn commands(&self) -> usize {
        self.commands
    }

    /// How many orders had been given when it was seen.
    #[must_use]
    pub fn given(&self) -> usize {
        self.given
    }

    /// The name of the rule that does not hold.
    #[must_use]
    pub fn invariant(&self) -> &'static str {
        self.invariant
    }

    /// What is so instead.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What happened, in order.
    #[must_use]
    pub fn trace(&self) -> &[String] {
        &self.trace
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { seed, commands, invariant, rule, what, given, trace } = self;
        writeln!(f, "seed {seed} does not hold `{invariant}` after {given} orders")?;
        writeln!(f, "  see it again with")?;
        writeln!(f, "    CARDFLOW_SEED={seed} CARDFLOW_COMMANDS={commands} cargo test --test simulator one_seed")?;
        let from = trace.len().saturating_sub(SHOWN);
        writeln!(f, "  what happened{}", if from > 0 { " last" } else { "" })?;
        trace.iter().skip(from).try_for_each(|it| writeln!(f, "    {it}"))?;
        writeln!(f, "  expected\n    {rule}")?;
        writeln!(f, "  instead\n    {what}")
    }
}

impl std::error::Error for Failure {}
