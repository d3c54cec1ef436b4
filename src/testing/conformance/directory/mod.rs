//! Proves a [`Directory`].

mod checks;

use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use self::checks::{alike, apart, current, members, one_person, reached, resolved};
use super::check::{table, tried};
use super::{Check, block_on};
use crate::engine::{Component, HeldRole, StandsIn};
use crate::ports::{Contact, Directory, DirectoryError, Identity, Principal};
use crate::values::{PersonId, TenantId, Timestamp};

/// Makes the directories that are tried.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait DirectoryFactory: 'static {
    /// What must live as long as a directory, and what it reads from: a store, a test server.
    type Guard: 'static;

    /// A directory that knows these people and nobody else.
    async fn directory(&self, people: &[Resident]) -> (Self::Guard, Arc<dyn Directory>);

    /// Makes a person what is given here, behind the back of the directory: where it reads from.
    async fn change(&self, guard: &Self::Guard, to: &Resident);

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// A person a directory is to know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resident {
    /// Of which tenant.
    pub tenant: TenantId,
    /// Who.
    pub person: PersonId,
    /// The accounts that sign the person in; unique within the tenant.
    pub accounts: Vec<String>,
    /// Whether the person may act.
    pub active: bool,
    /// The roles, each once.
    pub roles: Vec<HeldRole>,
    /// For whom the person stands in, and when.
    pub stands_in: Vec<StandsIn>,
    /// The name, the address and the language; every person has a name.
    pub contact: Contact,
}

const TENANT: TenantId = TenantId::new(7);
const STRANGER: TenantId = TenantId::new(8);

fn person(n: u128) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(n))
}

fn resident(n: u128, accounts: &[&str], roles: &[(&str, &[&str])]) -> Resident {
    Resident {
        tenant: TENANT,
        person: person(n),
        accounts: accounts.iter().map(|it| (*it).to_owned()).collect(),
        active: true,
        roles: roles
            .iter()
            .map(|(role, of)| of.iter().fold(HeldRole::everywhere(role), |it, unit| it.in_unit(unit)))
            .collect(),
        stands_in: Vec::new(),
        contact: Contact {
            address: Some(format!("person{n}@example.org")),
            name: Some(format!("Person {n}")),
            locale: n.is_multiple_of(2).then(|| "de-AT".to_owned()),
        },
    }
}

fn olga() -> Resident {
    resident(1, &["olga", "olga.operator@example.org"], &[("Operator", &[])])
}

/// Everybody there is.
fn people() -> Vec<Resident> {
    vec![
        olga(),
        resident(2, &["uli"], &[("Operator", &["Berlin", "Bonn"]), ("Auditor", &[])]),
        Resident {
            contact: Contact { address: None, ..resident(3, &[], &[]).contact },
            ..resident(3, &["guest"], &[])
        },
        Resident { active: false, ..resident(4, &["otto"], &[("Approver", &[])]) },
        Resident { tenant: STRANGER, ..resident(5, &["olga", "theirs"], &[("Operator", &[])]) },
    ]
}

/// A directory under test, and what the checks ask of it.
pub struct Trial {
    directory: Arc<dyn Directory>,
    place: Box<dyn Place>,
}

trait Place {
    fn change<'a>(&'a self, to: &'a Resident) -> LocalBoxFuture<'a, ()>;
}

struct Opened<F: DirectoryFactory> {
    factory: Rc<F>,
    guard: F::Guard,
}

impl<F: DirectoryFactory> Place for Opened<F> {
    fn change<'a>(&'a self, to: &'a Resident) -> LocalBoxFuture<'a, ()> {
        Box::pin(self.factory.change(&self.guard, to))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl Trial {
    async fn open<F: DirectoryFactory>(factory: Rc<F>) -> Trial {
        let (guard, directory) = factory.directory(&people()).await;
        Trial { directory, place: Box::new(Opened { factory, guard }) }
    }

    async fn change(&self, to: Resident) {
        self.place.change(&to).await;
    }

    async fn resolve_of(&self, tenant: TenantId, account: &str) -> Result<Identity, DirectoryError> {
        let signed_in = Timestamp::from_millis(0);
        let principal = Principal::new(account, Component::Operator, "password", signed_in).of_tenant(tenant);
        self.directory.resolve(&principal).await
    }

    /// The identity of an account that must be known; its roles in their order.
    async fn identity(&self, account: &str) -> Identity {
        let mut identity = self.resolve_of(TENANT, account).await.unwrap();
        identity.roles.sort();
        identity
    }

    async fn is_unknown(&self, account: &str) {
        let answer = self.resolve_of(TENANT, account).await;
        assert!(matches!(answer, Err(DirectoryError::NotFound)), "{account:?}: {answer:?}");
    }

    /// The numbers of the members of a role.
    async fn members(&self, tenant: TenantId, role: &str) -> Vec<u128> {
        let members = self.directory.members(tenant, role).await.unwrap();
        let mut members: Vec<u128> = members.iter().map(|it| it.person.uuid().as_u128()).collect();
        members.sort_unstable();
        members
    }

    async fn contact(&self, n: u128) -> Result<Contact, DirectoryError> {
        self.directory.contact(TENANT, person(n)).await
    }
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __directory_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            resolved:
                an_account_is_its_person
                roles_come_with_their_units
                a_role_one_granted_oneself_is_told
                whom_one_stands_in_for_is_told
                whoever_has_no_roles_is_resolved_all_the_same
                whoever_may_not_act_is_said_so
                an_unknown_account_is_not_found
                an_account_is_no_pattern;
            one_person:
                all_accounts_of_a_person_are_that_person;
            current:
                a_role_that_is_withdrawn_is_gone_at_once
                a_role_that_is_granted_is_there_at_once
                units_that_change_are_others_at_once
                whoever_is_dismissed_is_so_at_once
                an_account_that_is_taken_away_is_unknown_at_once
                an_address_that_changes_is_another_at_once
                a_name_and_a_language_that_change_are_others_at_once;
            members:
                everybody_with_a_role_is_a_member
                a_role_nobody_has_has_no_members;
            alike:
                a_person_is_the_same_without_an_account
                a_member_is_the_same_as_by_the_account
                an_unknown_person_is_nobody;
            reached:
                an_address_is_that_of_the_person
                whoever_has_no_address_is_known_all_the_same
                a_name_and_a_language_are_those_of_the_person
                an_unknown_person_is_not_found;
            apart:
                tenants_have_accounts_of_their_own
                tenants_have_members_of_their_own
                nobody_is_reached_in_another_tenant
                nobody_is_a_person_of_another_tenant;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__directory_checks!([table] Trial);

/// Tries one check on a new directory.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl DirectoryFactory) {
    let factory = Rc::new(factory);
    factory.run(tried(CHECKS, name, Trial::open(Rc::clone(&factory))));
}

/// Makes a `#[test]` of every check on the directories of a
/// [`DirectoryFactory`](crate::testing::conformance::directory::DirectoryFactory).
#[macro_export]
macro_rules! directory_conformance {
    ($factory:expr) => {
        $crate::__directory_checks!([$crate::__each_check_a_test] directory check $factory);
    };
}
