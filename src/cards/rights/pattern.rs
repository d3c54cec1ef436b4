use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::cards::SCHEMA;
use crate::ports::Action;
use crate::values::{Kind, shown};

/// What stands for every kind and every process.
const EVERY: &str = "*";
const READ: &str = "read objects of kind ";
const PROCESS: &str = "start ";
const JUDGE: &str = "decide requests for ";

/// The actions that are about no process and no kind. In patterns they are called what [`Action`] calls them.
const PLAIN: &[Action] = &[
    Action::Assign,
    Action::Incidents,
    Action::History,
    Action::Journal,
    Action::Audit,
    Action::Register,
    Action::Verify,
    Action::Erase,
    Action::Trim,
    Action::ReadOptions,
    Action::Options,
    Action::Grant,
];

/// One or several actions, as a row of the table of rights names them.
///
/// ```
/// use cardflow::cards::ActionPattern;
/// use cardflow::ports::Action;
///
/// let pattern: ActionPattern = "start CardsProcLock".parse()?;
/// assert!(pattern.covers(&Action::Process("CardsProcLock".to_owned())));
/// assert!(!pattern.covers(&Action::Process("CardsProcDeactivate".to_owned())));
///
/// let error = "lock cards".parse::<ActionPattern>().unwrap_err();
/// assert!(error.to_string().starts_with("`lock cards` is no action; known: read objects of kind *, "));
/// # Ok::<(), cardflow::cards::InvalidPattern>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ActionPattern {
    /// To search and open objects of a kind; none: of every kind.
    Read(Option<Kind>),
    /// To start a process and answer its forms; none: every process.
    Process(Option<String>),
    /// To decide requests for approval of a process; none: of every process.
    Judge(Option<String>),
    /// Exactly this action.
    Only(Action),
}

/// A text that names no action.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("`{given}` is no action; known: {}", known().join(", "))]
pub struct InvalidPattern {
    given: String,
}

fn known() -> Vec<String> {
    let kinds = SCHEMA.kinds.iter().filter(|it| it.searchable).map(|it| format!("{READ}{}", it.name));
    let every = [READ, PROCESS, JUDGE].map(|it| format!("{it}{EVERY}"));
    let named = [PROCESS, JUDGE].map(|it| format!("{it}<a process>"));
    every.into_iter().chain(kinds).chain(named).chain(PLAIN.iter().map(Action::to_string)).collect()
}

impl ActionPattern {
    /// Whether an action is one of these.
    #[must_use]
    pub fn covers(&self, action: &Action) -> bool {
        match (self, action) {
            (ActionPattern::Read(which), Action::Read(kind)) => which.is_none_or(|it| it == *kind),
            (ActionPattern::Process(which), Action::Process(name))
            | (ActionPattern::Judge(which), Action::Judge(name)) => which.as_ref().is_none_or(|it| it == name),
            (ActionPattern::Only(it), action) => it == action,
            (ActionPattern::Read(_) | ActionPattern::Process(_) | ActionPattern::Judge(_), _) => false,
        }
    }
}

impl fmt::Display for ActionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActionPattern::Read(None) => write!(f, "{READ}{EVERY}"),
            ActionPattern::Read(Some(kind)) => match SCHEMA.kind(*kind) {
                Some(it) => write!(f, "{READ}{}", it.name),
                None => write!(f, "{READ}{}", kind.code()),
            },
            ActionPattern::Process(which) => write!(f, "{PROCESS}{}", which.as_deref().unwrap_or(EVERY)),
            ActionPattern::Judge(which) => write!(f, "{JUDGE}{}", which.as_deref().unwrap_or(EVERY)),
            ActionPattern::Only(action) => action.fmt(f),
        }
    }
}

impl FromStr for ActionPattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let text = text.trim();
        let invalid = || InvalidPattern { given: shown(text) };
        if let Some(action) = PLAIN.iter().find(|it| it.to_string() == text) {
            return Ok(ActionPattern::Only(action.clone()));
        }
        if let Some(name) = text.strip_prefix(READ) {
            let kind = SCHEMA.kinds.iter().find(|it| it.searchable && it.name == name).map(|it| it.kind);
            return if name == EVERY {
                Ok(ActionPattern::Read(None))
            } else {
                kind.map(Some).map(ActionPattern::Read).ok_or_else(invalid)
            };
        }
        let named = |name: &str| match name {
            EVERY => Ok(None),
            _ if is_name(name) => Ok(Some(name.to_owned())),
            _ => Err(invalid()),
        };
        if let Some(name) = text.strip_prefix(JUDGE) {
            return named(name).map(ActionPattern::Judge);
        }
        text.strip_prefix(PROCESS).ok_or_else(invalid).and_then(named).map(ActionPattern::Process)
    }
}

/// Whether a process can be called so.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_')
}
