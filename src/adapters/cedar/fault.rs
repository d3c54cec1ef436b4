use std::fmt;

use thiserror::Error;

use crate::engine::options::TextPlace;

/// One thing that is wrong with a text of policies: where, in which policy, and what to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyFault {
    /// The place in the text.
    pub at: TextPlace,
    /// The `@id` of the policy, or the number that Cedar counts it by; none if the text does not read.
    pub policy: Option<String>,
    /// What is wrong.
    pub what: PolicyFaultKind,
    /// What to do about it, if Cedar knows.
    pub hint: Option<String>,
}

/// What can be wrong with a text of policies.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PolicyFaultKind {
    /// It does not read.
    Syntax {
        /// What Cedar says.
        what: String,
    },
    /// It does not fit the schema: an action or a component that there is not, say.
    Invalid {
        /// What Cedar says.
        what: String,
    },
    /// It can never apply to any question.
    NeverApplies {
        /// What Cedar says.
        what: String,
    },
    /// It is a template, which gives nothing by itself.
    Template,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.at.line, self.at.column)?;
        if let Some(policy) = &self.policy {
            write!(f, "policy `{policy}` ")?;
        }
        match &self.what {
            PolicyFaultKind::Syntax { what } => write!(f, "does not read: {what}")?,
            PolicyFaultKind::Invalid { what } => write!(f, "does not fit the schema of rights: {what}")?,
            PolicyFaultKind::NeverApplies { what } => {
                write!(f, "never applies, so take it out or mend it: {what}")?;
            }
            PolicyFaultKind::Template => {
                f.write_str("is a template; write the role or the reach in place of its slot")?
            }
        }
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with a text of policies, in the order of its lines. Nothing of the text is in force.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{}", lines(.0))]
pub struct PolicyFaults(pub Vec<PolicyFault>);

fn lines(faults: &[PolicyFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
