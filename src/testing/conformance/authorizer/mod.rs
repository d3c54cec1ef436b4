//! Proves an [`Authorizer`].

mod checks;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use uuid::Uuid;

use self::checks::{bounded, given, pure, widest};
use super::check::{table, tried};
use super::{Check, block_on};
use crate::engine::{Component, HeldRole, Scope};
use crate::ports::{Action, Authorizer, Identity, Permit};
use crate::values::{Kind, PersonId};

/// Makes the authorizers that are tried.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait AuthorizerFactory: 'static {
    /// What must live as long as an authorizer.
    type Guard: 'static;

    /// An authorizer whose table of rights does not change while it is tried.
    async fn authorizer(&self) -> (Self::Guard, Arc<dyn Authorizer>);

    /// The roles in its table.
    fn roles(&self) -> Vec<String>;

    /// What can be done with them. Every role is tried with every one of these, from every component.
    fn actions(&self) -> Vec<Action> {
        let process = |name: &str| Action::Process(name.to_owned());
        let read = |kind| Action::Read(Kind::new(kind));
        let others = [Action::Assign, Action::Incidents, Action::History, Action::Journal, Action::Register];
        [read(16), read(17), process("CardsProcDeactivate"), process("")].into_iter().chain(others).collect()
    }

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// An authorizer under test, and what the checks ask of it.
pub struct Trial {
    authorizer: Arc<dyn Authorizer>,
    roles: Vec<String>,
    actions: Vec<Action>,
    _guard: Box<dyn std::any::Any>,
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("authorizer", &self.authorizer).finish_non_exhaustive()
    }
}

fn person(n: u128) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(n))
}

fn within(role: &str, units: &[&str]) -> HeldRole {
    units.iter().fold(HeldRole::everywhere(role), |role, unit| role.in_unit(unit))
}

/// Person 1 with these roles.
fn identity(roles: &[HeldRole]) -> Identity {
    Identity {
        person: person(1),
        state: "active".to_owned(),
        active: true,
        roles: roles.to_vec(),
        stands_in: Vec::new(),
    }
}

/// Whether one scope reaches all that another reaches.
fn reaches(one: &Scope, other: &Scope) -> bool {
    // Whether one's own lies within some units is known to storage alone.
    one.covers(other) || matches!((one, other), (Scope::Units(_), Scope::Own(_)))
}

impl Trial {
    async fn permit(&self, identity: &Identity, component: Component, action: &Action) -> Permit {
        self.authorizer.permit(identity, component, action).await
    }

    /// Everything that can be asked, from every component.
    fn asked(&self) -> impl Iterator<Item = (Component, &Action)> {
        Component::ALL.iter().flat_map(|component| self.actions.iter().map(|action| (*component, action)))
    }

    /// What somebody with these roles may do, for everything that can be asked.
    async fn permits(&self, roles: &[HeldRole]) -> Vec<Permit> {
        self.permits_of(&identity(roles)).await
    }

    async fn permits_of(&self, identity: &Identity) -> Vec<Permit> {
        let mut permits = Vec::new();
        for (component, action) in self.asked() {
            permits.push(self.permit(identity, component, action).await);
        }
        permits
    }
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __authorizer_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            pure:
                the_same_question_has_the_same_answer
                the_order_of_roles_makes_no_difference
                rights_are_those_of_the_roles_not_of_the_person;
            given:
                some_role_may_do_something
                without_roles_nothing_may_be_done
                an_unknown_role_gives_nothing
                the_role_that_is_named_gives_the_right
                what_is_ones_own_is_of_that_person;
            widest:
                a_further_role_never_takes_away
                a_role_given_twice_reaches_as_far_as_both
                everywhere_beside_a_unit_is_everywhere;
            bounded:
                a_role_in_a_unit_reaches_no_further;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__authorizer_checks!([table] Trial);

/// Tries one check on an authorizer.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl AuthorizerFactory) {
    let made = async {
        let (guard, authorizer) = factory.authorizer().await;
        Trial { authorizer, roles: factory.roles(), actions: factory.actions(), _guard: Box::new(guard) }
    };
    factory.run(tried(CHECKS, name, made));
}

/// Makes a `#[test]` of every check on the authorizers of an
/// [`AuthorizerFactory`](crate::testing::conformance::authorizer::AuthorizerFactory).
#[macro_export]
macro_rules! authorizer_conformance {
    ($factory:expr) => {
        $crate::__authorizer_checks!([$crate::__each_check_a_test] authorizer check $factory);
    };
}
