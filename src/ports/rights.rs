use std::collections::BTreeSet;
use std::fmt::Debug;

use async_trait::async_trait;
use thiserror::Error;

use super::Principal;
use crate::engine::{Colleague, Component, HeldRole, Keys, Scope, StandsIn};
use crate::values::{Kind, PersonId, TenantId, Timestamp};

/// A principal as the directory knows it: which person, in what state, with which roles.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// The person behind the account.
    pub person: PersonId,
    /// The state of the person, in words.
    pub state: String,
    /// Whether that state lets the person act.
    pub active: bool,
    /// The roles.
    pub roles: Vec<HeldRole>,
    /// For whom the person stands in, and when: at any time, also past and to come. One that a person arranged for
    /// themselves alone does not count and is not among them.
    pub stands_in: Vec<StandsIn>,
}

impl Identity {
    /// The widest right that any of the roles gives, under the name of a role that gives it. `gives` says how far a role
    /// reaches that is limited to these units (none: everywhere).
    #[must_use]
    pub fn permit(&self, gives: impl Fn(&str, &BTreeSet<String>) -> Scope) -> Permit {
        let none = Permit { role: String::new(), scope: Scope::None };
        self.roles.iter().fold(none, |have, HeldRole { role, units, .. }| match gives(role, units) {
            Scope::None => have,
            more => {
                let role = if have.scope == Scope::None || more == Scope::All { role.clone() } else { have.role };
                Permit { role, scope: have.scope.wider(more) }
            }
        })
    }

    /// The identity as far as it matters in approvals about an object with these keys, at this time.
    #[must_use]
    pub fn as_colleague(&self, keys: &Keys, now: Timestamp) -> Colleague {
        Colleague {
            person: self.person,
            active: self.active,
            roles: self.roles.iter().filter(|it| it.reaches(keys)).cloned().collect(),
            stands_in_for: self.stands_in.iter().filter(|it| it.is_at(now)).map(|it| it.of).collect(),
        }
    }
}

/// How a person is written to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Contact {
    /// The mail address, if there is one.
    pub address: Option<String>,
    /// The name; none if it was erased.
    pub name: Option<String>,
    /// The language the person reads, as a BCP 47 tag (`de-AT`), if it is known.
    pub locale: Option<String>,
}

/// Why a directory did not answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// It knows no such account.
    #[error("the directory does not know the account")]
    NotFound,
    /// It cannot be reached.
    #[error("the directory is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it holds does not read.
    #[error("the directory is damaged: {what}")]
    Corrupt {
        /// What does not read.
        what: String,
    },
}

impl DirectoryError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, DirectoryError::Unavailable(_))
    }
}

/// Knows people, their accounts, roles and addresses.
///
/// # Contract
///
/// - **Resolved.** An account is resolved to its person, whether that person may act, and the roles as they were granted.
/// - **Current.** `resolve` answers from current data: a role withdrawn a second ago is gone. A stale answer lets a dismissed
///   operator act.
/// - **One person.** Two accounts of one person resolve to the same person; separation of duties compares persons (law 11).
/// - **Members.** `members` gives everybody who has the role, wherever it is limited to, each once.
/// - **Alike.** A person is the same identity from `resolve`, `person` and `members`. If they differ, somebody is asked to
///   approve who may not, or who may is never asked.
/// - **Reached.** `contact` gives the name, the address and the language of the person, each none if there is none.
/// - **Apart.** Nobody of one tenant is known to another.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Directory: Debug + Send + Sync + 'static {
    /// The person behind a principal.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`] for an unknown account.
    async fn resolve(&self, principal: &Principal) -> Result<Identity, DirectoryError>;

    /// A person, without an account: who asked for something, or whom a deputy stands in for.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`] for an unknown person.
    async fn person(&self, tenant: TenantId, person: PersonId) -> Result<Identity, DirectoryError>;

    /// The persons who have a role.
    ///
    /// # Errors
    ///
    /// [`DirectoryError`].
    async fn members(&self, tenant: TenantId, role: &str) -> Result<Vec<Identity>, DirectoryError>;

    /// The name, the mail address and the language of a person.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`] for an unknown person.
    async fn contact(&self, tenant: TenantId, person: PersonId) -> Result<Contact, DirectoryError>;
}

/// What somebody wants to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    /// Search and open objects of a kind.
    Read(Kind),
    /// Start a process and answer its forms.
    Process(String),
    /// Decide requests for approval of a process; whether this one is for the person to decide, its policy says.
    Judge(String),
    /// Say who does which task, and how soon.
    Assign,
    /// See what is not as wanted outside, and deal with incidents.
    Incidents,
    /// See the history of objects.
    History,
    /// See refusals.
    Journal,
    /// Ask who did what.
    Audit,
    /// Register objects, and import them.
    Register,
    /// Verify the history of the tenant, and export it.
    Verify,
    /// Erase the personal data of a person.
    Erase,
    /// Trim what is older than it must be kept.
    Trim,
    /// List the versions of the options, and compare them.
    ReadOptions,
    /// Try, propose and activate options.
    Options,
    /// Grant and withdraw roles, name deputies and end it.
    Grant,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Action::Read(kind) => write!(f, "read objects of kind {}", kind.code()),
            Action::Process(name) => write!(f, "start {name}"),
            Action::Judge(name) => write!(f, "decide requests for {name}"),
            Action::Assign => f.write_str("assign tasks"),
            Action::Incidents => f.write_str("deal with incidents"),
            Action::History => f.write_str("see the history"),
            Action::Journal => f.write_str("see refusals"),
            Action::Audit => f.write_str("ask who did what"),
            Action::Register => f.write_str("register objects"),
            Action::Verify => f.write_str("verify and export the history"),
            Action::Erase => f.write_str("erase personal data"),
            Action::Trim => f.write_str("trim the history"),
            Action::ReadOptions => f.write_str("see options"),
            Action::Options => f.write_str("change options"),
            Action::Grant => f.write_str("grant roles"),
        }
    }
}

/// A right: by which role, and how far it reaches.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Permit {
    /// The role that gives it.
    pub role: String,
    /// How far it reaches; [`Scope::None`] means that it is missing.
    pub scope: Scope,
}

/// Decides who may do what, and on which objects.
///
/// # Contract
///
/// - **Pure.** The answer depends on nothing but its arguments and the current table of rights.
/// - **Given.** An identity may do what its roles give and nothing else; the permit names a role that gives it.
/// - **Widest.** It answers with the widest scope that any of the roles gives. Storage applies it inside searches and counts.
/// - **Bounded.** A role that is limited to units reaches no further than these, and one's own.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Authorizer: Debug + Send + Sync + 'static {
    /// The right of an identity to do something from a component.
    async fn permit(&self, identity: &Identity, component: Component, action: &Action) -> Permit;
}
