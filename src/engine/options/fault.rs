use std::fmt;

use super::spec::{OptionSpec, OptionValue};
use crate::values::{on_one_line, shown};

/// A place in a text: line and column, both counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TextPlace {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl TextPlace {
    /// Where a byte of a text stands.
    #[must_use]
    pub fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.matches('\n').count().saturating_add(1);
        let begun = before.rsplit('\n').next().unwrap_or_default();
        TextPlace { line, column: begun.chars().count().saturating_add(1) }
    }
}

/// One thing that is wrong with the text of options: where, with which variable, and what is allowed there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OptionFault {
    /// The script.
    pub script: &'static str,
    /// The place in it.
    pub at: TextPlace,
    /// The variable it is about, if it is about one.
    pub variable: Option<String>,
    /// What is wrong.
    pub what: OptionFaultKind,
    /// What is allowed, in words.
    pub allowed: Option<String>,
    /// What was meant, perhaps.
    pub meant: Option<String>,
}

/// What can be wrong with the text of options.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum OptionFaultKind {
    /// It does not read.
    Syntax {
        /// What the language says.
        what: String,
    },
    /// The text is longer than any text of options may be.
    TooLong,
    /// Something else than an option is set or done.
    NotAnOption,
    /// There is no option of that name.
    UnknownOption,
    /// The option was set before.
    SetTwice {
        /// In this line.
        line: usize,
    },
    /// The value is of another type than the option.
    WrongType {
        /// What it is, in words.
        found: &'static str,
    },
    /// The option may not have this value.
    NotAllowed {
        /// The value.
        value: String,
    },
    /// Nothing of that name can be asked here.
    UnknownFact {
        /// What was asked.
        name: String,
    },
    /// The language has no such function here.
    UnknownFunction {
        /// What was called.
        name: String,
    },
    /// It reads, and comes to no value.
    NoValue {
        /// What the language says.
        what: String,
    },
}

impl fmt::Display for OptionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}, column {}: ", self.script, self.at.line, self.at.column)?;
        if let Some(variable) = &self.variable {
            write!(f, "`{variable}` ")?;
        }
        match &self.what {
            OptionFaultKind::Syntax { what } => write!(f, "does not read: {what}")?,
            OptionFaultKind::TooLong => f.write_str("is too long")?,
            OptionFaultKind::NotAnOption => f.write_str("sets no option")?,
            OptionFaultKind::UnknownOption => f.write_str("is no option")?,
            OptionFaultKind::SetTwice { line } => write!(f, "was set in line {line} already")?,
            OptionFaultKind::WrongType { found } => write!(f, "is {found}")?,
            OptionFaultKind::NotAllowed { value } => write!(f, "may not be {value}")?,
            OptionFaultKind::UnknownFact { name } => write!(f, "asks for `{name}`, which is not known here")?,
            OptionFaultKind::UnknownFunction { name } => write!(f, "calls `{name}`, which is no function here")?,
            OptionFaultKind::NoValue { what } => write!(f, "comes to no value: {what}")?,
        }
        if let Some(allowed) = &self.allowed {
            write!(f, "; allowed: {allowed}")?;
        }
        match &self.meant {
            Some(meant) => write!(f, "; did you mean `{meant}`?"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with the text of options, in the order of its lines. Nothing of the text is in force.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", lines(.0))]
pub struct OptionFaults(pub Vec<OptionFault>);

fn lines(faults: &[OptionFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The most bytes of a text of options.
const TEXT: usize = 64 * 1024;
/// So many faults of a text are named.
const FAULTS: usize = 100;

/// Checks what a text sets against what is declared, and collects what is wrong: for adapters of languages, so that all of
/// them say it the same way.
#[derive(Debug)]
pub struct OptionReading<'t, O: 'static> {
    script: &'static str,
    text: &'t str,
    specs: &'static [OptionSpec<O>],
    set: Vec<(&'static str, usize)>,
    faults: Vec<OptionFault>,
}

impl<'t, O> OptionReading<'t, O> {
    /// Begins with a text. One that is too long is not to be read at all.
    ///
    /// # Errors
    ///
    /// [`OptionFaults`] if it is too long.
    pub fn begin(script: &'static str, text: &'t str, specs: &'static [OptionSpec<O>]) -> Result<Self, OptionFaults> {
        let mut reading = OptionReading { script, text, specs, set: Vec::new(), faults: Vec::new() };
        if text.len() > TEXT {
            reading.fault(0, None, OptionFaultKind::TooLong, Some(format!("at most {TEXT} bytes")), None);
            return Err(OptionFaults(reading.faults));
        }
        Ok(reading)
    }

    /// Notes that something is wrong at a byte of the text.
    pub fn fault(
        &mut self,
        byte: usize,
        variable: Option<&str>,
        what: OptionFaultKind,
        allowed: Option<String>,
        meant: Option<&str>,
    ) {
        self.fault_at(TextPlace::of(self.text, byte), variable, what, allowed, meant);
    }

    /// Notes that something is wrong at a place.
    pub fn fault_at(
        &mut self,
        at: TextPlace,
        variable: Option<&str>,
        what: OptionFaultKind,
        allowed: Option<String>,
        meant: Option<&str>,
    ) {
        if self.faults.len() >= FAULTS {
            return;
        }
        let (variable, meant) = (variable.map(shown), meant.map(str::to_owned));
        let what = match what {
            OptionFaultKind::Syntax { what } => OptionFaultKind::Syntax { what: on_one_line(&what) },
            OptionFaultKind::NoValue { what } => OptionFaultKind::NoValue { what: on_one_line(&what) },
            OptionFaultKind::UnknownFact { name } => OptionFaultKind::UnknownFact { name: shown(&name) },
            OptionFaultKind::UnknownFunction { name } => OptionFaultKind::UnknownFunction { name: shown(&name) },
            other => other,
        };
        self.faults.push(OptionFault { script: self.script, at, variable, what, allowed, meant });
    }

    /// The option that is set at a byte of the text; it is wrong if there is none, or it was set before.
    pub fn option(&mut self, name: &str, byte: usize) -> Option<&'static OptionSpec<O>> {
        let Some(spec) = self.specs.iter().find(|it| it.name == name) else {
            let meant = nearest(name, self.specs.iter().map(|it| it.name));
            let allowed = self.specs.iter().map(|it| it.name).collect::<Vec<_>>().join(", ");
            self.fault(byte, Some(name), OptionFaultKind::UnknownOption, Some(allowed), meant);
            return None;
        };
        let line = TextPlace::of(self.text, byte).line;
        if let Some((_, line)) = self.set.iter().find(|(it, _)| *it == spec.name).copied() {
            self.fault(byte, Some(name), OptionFaultKind::SetTwice { line }, None, None);
            return None;
        }
        self.set.push((spec.name, line));
        Some(spec)
    }

    /// Checks the value that is given to an option at a byte of the text: none if it is of a type that no option has, and
    /// then `found` says of which.
    pub fn value(
        &mut self,
        spec: &'static OptionSpec<O>,
        value: Result<OptionValue, &'static str>,
        byte: usize,
    ) -> Option<OptionValue> {
        let holds = (spec.holds)();
        let found = match &value {
            Ok(value) => value.type_name(),
            Err(found) => found,
        };
        let (what, meant) = match value {
            Ok(value) if holds.admits(&value) => return Some(value),
            Ok(value) if holds.is_of_type(&value) => {
                let meant = match &value {
                    OptionValue::Text(it) => nearest(it, holds.words().iter().copied()),
                    OptionValue::Switch(_) | OptionValue::Number(_) | OptionValue::Texts(_) => None,
                };
                (OptionFaultKind::NotAllowed { value: shown(&value.to_string()) }, meant)
            }
            Ok(_) | Err(_) => (OptionFaultKind::WrongType { found }, None),
        };
        self.fault(byte, Some(spec.name), what, Some(holds.to_string()), meant);
        None
    }

    /// What came of it.
    ///
    /// # Errors
    ///
    /// [`OptionFaults`] if anything was wrong.
    pub fn end(mut self) -> Result<(), OptionFaults> {
        if self.faults.is_empty() {
            return Ok(());
        }
        self.faults.sort_by_key(|it| it.at);
        Err(OptionFaults(self.faults))
    }
}

/// The name that somebody meant who wrote another: one that differs by a letter, or by one in five.
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let written = written.to_lowercase();
    let apart = |it: &str| strsim::damerau_levenshtein(&written, &it.to_lowercase());
    let near = |it: &str| apart(it) <= (it.chars().count() / 5).max(1);
    names.into_iter().filter(|it| near(it)).min_by_key(|it| apart(it))
}
