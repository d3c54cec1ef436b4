use thiserror::Error;

/// A template that cannot be used: which, where, and what is wrong with it.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("template {name}{}: {fault}", line.map(|it| format!(", line {it}")).unwrap_or_default())]
pub struct TemplateError {
    name: String,
    line: Option<usize>,
    fault: TemplateFault,
}

/// What is wrong with a template.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum TemplateFault {
    /// Its name says neither what it is for nor that others include it.
    #[error(
        "its name is not of the form <language>/<kind>.<part>, or <language>/_<name>.<part> for one that others include; \
         kinds: {kinds}; parts: {parts}"
    )]
    Name {
        /// The kinds there are.
        kinds: String,
        /// The parts there are.
        parts: String,
    },
    /// It does not parse.
    #[error("it does not parse: {0}")]
    Syntax(String),
    /// It names a variable that there is not.
    #[error("there is no variable `{variable}`; there are: {known}")]
    UnknownVariable {
        /// The variable.
        variable: String,
        /// Those there are.
        known: String,
    },
    /// It was tried, and failed.
    #[error("it fails with {sample}: {what}")]
    Fails {
        /// What it was tried with.
        sample: &'static str,
        /// What the template engine says.
        what: String,
    },
    /// Its subject is empty.
    #[error("the subject is empty with {sample}; give one that has words of its own")]
    EmptySubject {
        /// What it was tried with.
        sample: &'static str,
    },
    /// What people have written would be taken for markup.
    #[error("it takes values for markup: leave out `safe` and `autoescape`")]
    Markup,
    /// A language has one part of a kind, and lacks another.
    #[error("it is missing, and its language has another part of that mail; a mail is all of one language")]
    Missing,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

impl TemplateError {
    pub(super) fn new(name: impl ToString, line: Option<usize>, fault: TemplateFault) -> Self {
        TemplateError { name: name.to_string(), line, fault }
    }

    /// The template, such as `de/reminder.txt`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The line, from 1, where it is known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// What is wrong with it.
    #[must_use]
    pub fn fault(&self) -> &TemplateFault {
        &self.fault
    }
}
