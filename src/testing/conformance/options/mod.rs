//! Proves an [`OptionSource`].

mod checks;

use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use self::checks::{safe, versioned};
use super::check::{table, tried};
use super::{Check, block_on};
use crate::engine::options::Facts;
use crate::engine::{Bound, Domain};
use crate::ports::OptionSource;
use crate::values::TenantId;

/// Makes the sources of options that are tried.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait OptionsFactory: 'static {
    /// What must live as long as a source, and what it reads from: a file, a store.
    type Guard: 'static;
    /// Whose options.
    type Domain: Domain;

    /// A source with some options in force.
    async fn options(&self) -> (Self::Guard, Arc<dyn OptionSource<Self::Domain>>);

    /// Changes a value, as the administrator does: another one than any before. Says whether there is a way to.
    async fn change(&self, guard: &Self::Guard) -> bool;

    /// Makes an option fail while no fact is known, if there is a way to; says which.
    async fn make_fail(&self, guard: &Self::Guard) -> Option<&'static str>;

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// A source of options under test, whatever its domain, and what the checks ask of it.
pub struct Trial(Box<dyn Place>);

/// Options in force: their version, and a text that tells their values from others.
type InForce = (u64, String);

/// The names of the options that fell back, and of those among them that have another value than the safe one.
type FellBack = (Vec<String>, Vec<String>);

trait Place {
    fn in_force(&self) -> LocalBoxFuture<'_, InForce>;
    fn change(&self) -> LocalBoxFuture<'_, bool>;
    fn fell_back(&self) -> LocalBoxFuture<'_, FellBack>;
    fn make_fail(&self) -> LocalBoxFuture<'_, Option<&'static str>>;
}

struct Opened<F: OptionsFactory> {
    factory: Rc<F>,
    guard: F::Guard,
    options: Arc<dyn OptionSource<F::Domain>>,
}

impl<F: OptionsFactory> Place for Opened<F> {
    fn in_force(&self) -> LocalBoxFuture<'_, InForce> {
        Box::pin(async {
            let facts = Facts::none();
            let Bound { version, options, .. } = self.options.in_force(TenantId::new(7), &facts).await.unwrap();
            (version, format!("{options:?}"))
        })
    }

    fn change(&self) -> LocalBoxFuture<'_, bool> {
        Box::pin(self.factory.change(&self.guard))
    }

    fn fell_back(&self) -> LocalBoxFuture<'_, FellBack> {
        Box::pin(async {
            let facts = Facts::none();
            let bound = self.options.in_force(TenantId::new(7), &facts).await.unwrap();
            let specs = F::Domain::option_specs();
            let is_safe = |name: &&String| {
                specs.iter().any(|it| it.name == **name && (it.get)(&bound.options) == it.fail_value())
            };
            let other = bound.fell_back.iter().filter(|it| !is_safe(it)).cloned().collect();
            (bound.fell_back, other)
        })
    }

    fn make_fail(&self) -> LocalBoxFuture<'_, Option<&'static str>> {
        Box::pin(self.factory.make_fail(&self.guard))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trial")
    }
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __options_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            versioned:
                the_same_version_has_the_same_values
                a_version_rises_with_every_change
                a_change_is_in_force_at_once
                no_version_comes_back;
            safe:
                what_fails_has_its_safe_value_and_is_named;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__options_checks!([table] Trial);

/// Tries one check on a new source of options.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl OptionsFactory) {
    let factory = Rc::new(factory);
    let made = async {
        let (guard, options) = factory.options().await;
        Trial(Box::new(Opened { factory: Rc::clone(&factory), guard, options }))
    };
    factory.run(tried(CHECKS, name, made));
}

/// Makes a `#[test]` of every check on the sources of an
/// [`OptionsFactory`](crate::testing::conformance::options::OptionsFactory).
#[macro_export]
macro_rules! options_conformance {
    ($factory:expr) => {
        $crate::__options_checks!([$crate::__each_check_a_test] options check $factory);
    };
}
