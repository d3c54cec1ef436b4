use std::fmt;
use std::sync::OnceLock;

use super::Proof;
use super::coverage::Coverage;
use super::proofs::PROOFS;
use super::runs::Runs;
use super::story::{Diary, Fault, Story};

/// The name of the proof that looks at what the others have seen.
const COVERAGE: &str = "coverage";

/// What is proven of a process: each proof is run when it is first asked for, and only once.
pub struct Proven {
    proof: Result<Proof, String>,
    outcomes: Vec<OnceLock<(Coverage, Vec<Story>)>>,
}

impl fmt::Debug for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proven").field("proof", &self.proof).finish_non_exhaustive()
    }
}

impl Proven {
    pub(super) fn of(proof: Result<Proof, String>) -> Proven {
        Proven { proof, outcomes: PROOFS.iter().map(|_| OnceLock::new()).collect() }
    }

    /// The names of the proofs, in order, each with what it says of a process.
    pub fn proofs() -> impl Iterator<Item = (&'static str, &'static str)> {
        let coverage = (COVERAGE, "every step is entered and every transition taken by some run");
        PROOFS.iter().map(|it| (it.name, it.says)).chain([coverage])
    }

    /// What does not hold of one proof: the runs that failed, told.
    #[must_use]
    pub fn failures(&self, proof: &str) -> Vec<Story> {
        let under = match &self.proof {
            Ok(proof) => proof,
            Err(error) => return vec![Story::bare("a definition", Fault::of("it is well formed", error))],
        };
        if proof == COVERAGE {
            return self.never_seen(under);
        }
        match PROOFS.iter().position(|it| it.name == proof) {
            Some(at) => self.outcome(under, at).1.clone(),
            None => vec![Story::bare("the kit", Fault::of("a proof of this name", proof))],
        }
    }

    /// Every proof that does not hold, with its stories.
    #[must_use]
    pub fn failed(&self) -> Vec<(&'static str, Vec<Story>)> {
        let all = Proven::proofs().map(|(name, _)| (name, self.failures(name)));
        all.filter(|(_, stories)| !stories.is_empty()).collect()
    }

    /// What the runs of all proofs have seen: steps, transitions, rejections.
    #[must_use]
    pub fn report(&self) -> String {
        match &self.proof {
            Ok(proof) => self.coverage(proof).report(proof.under.outline()),
            Err(error) => format!("the definition is none: {error}\n"),
        }
    }

    /// Fails the test it is called in if a proof does not hold.
    ///
    /// # Panics
    ///
    /// If it does not hold; the stories are the message.
    #[expect(clippy::panic, clippy::print_stdout, reason = "the body of a test")]
    pub fn holds(&self, proof: &str) {
        let failures = self.failures(proof);
        if proof == COVERAGE {
            println!("{}", self.report());
        }
        if !failures.is_empty() {
            let told: Vec<_> = failures.iter().map(Story::to_string).collect();
            panic!("\n\n{}", told.join("\n"));
        }
    }

    fn outcome(&self, proof: &Proof, at: usize) -> &(Coverage, Vec<Story>) {
        static NONE: OnceLock<(Coverage, Vec<Story>)> = OnceLock::new();
        let (Some(entry), Some(outcome)) = (PROOFS.get(at), self.outcomes.get(at)) else {
            return NONE.get_or_init(Default::default);
        };
        outcome.get_or_init(|| {
            let mut runs = Runs::of(proof, entry.name);
            (entry.run)(&mut runs);
            runs.finish()
        })
    }

    fn coverage(&self, proof: &Proof) -> Coverage {
        let mut coverage = Coverage::default();
        for at in 0..PROOFS.len() {
            coverage.add(&self.outcome(proof, at).0);
        }
        coverage
    }

    fn never_seen(&self, proof: &Proof) -> Vec<Story> {
        let missing = self.coverage(proof).missing(proof.under.outline());
        if missing.is_empty() {
            return Vec::new();
        }
        let fault = Fault::list("every step is entered and every transition taken by some run", missing);
        vec![Story::of(proof.title(), COVERAGE, Vec::new(), &Diary::default(), fault)]
    }
}
