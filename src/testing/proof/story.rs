use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::values::Timestamp;

/// What a run has told so far, in order.
#[derive(Clone, Debug, Default)]
pub(in crate::testing) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    /// One line more, at a time.
    pub(in crate::testing) fn tell(&self, at: Timestamp, what: &str) {
        let time = at.to_string().replace('T', " ").replace('Z', "");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{time}  {what}"));
    }

    /// Goes on from what is known already.
    pub(in crate::testing) fn begin(&self, lines: &[String]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(lines);
    }

    pub(in crate::testing) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What does not hold: what was expected, and what is so instead.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::testing) struct Fault {
    pub(in crate::testing) expected: String,
    pub(in crate::testing) instead: Vec<String>,
}

impl Fault {
    pub(in crate::testing) fn of(expected: impl Into<String>, instead: impl Into<String>) -> Fault {
        Fault { expected: expected.into(), instead: vec![instead.into()] }
    }

    pub(in crate::testing) fn list(expected: impl Into<String>, instead: Vec<String>) -> Fault {
        Fault { expected: expected.into(), instead }
    }
}

/// A run that does not hold, told so that a person can follow it: who, on what, what happened in order, what was expected,
/// what is so instead.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Story {
    process: String,
    proof: &'static str,
    given: Vec<String>,
    happened: Vec<String>,
    expected: String,
    instead: Vec<String>,
}

impl Story {
    pub(in crate::testing) fn of(
        process: String,
        proof: &'static str,
        given: Vec<String>,
        diary: &Diary,
        Fault { expected, instead }: Fault,
    ) -> Story {
        Story { process, proof, given, happened: diary.lines(), expected, instead }
    }

    /// Of something that could not even be run.
    pub(in crate::testing) fn bare(what: &str, fault: Fault) -> Story {
        Story::of(what.to_owned(), "", Vec::new(), &Diary::default(), fault)
    }

    /// The name of the proof that failed.
    #[must_use]
    pub fn proof(&self) -> &'static str {
        self.proof
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |f: &mut fmt::Formatter<'_>, head: &str, lines: &[String]| {
            if lines.is_empty() {
                return Ok(());
            }
            writeln!(f, "  {head}")?;
            lines.iter().flat_map(|it| it.lines()).try_for_each(|it| writeln!(f, "    {it}"))
        };
        writeln!(f, "{} does not hold `{}`", self.process, self.proof)?;
        part(f, "given", &self.given)?;
        part(f, "what happened", &self.happened)?;
        part(f, "expected", std::slice::from_ref(&self.expected))?;
        part(f, "instead", &self.instead)
    }
}
