//! Proves an [`EffectHandler`].

mod checks;

use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use self::checks::{confirmed, discreet, repeatable};
use super::check::{table, tried};
use super::{Check, block_on};
use crate::ports::{EffectCall, EffectHandler};

/// Makes the handlers that are tried, each with an outside that can be looked into.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait HandlerFactory: 'static {
    /// The outside: a scripted authority, a mail box, a test server.
    type Guard: 'static;

    /// A handler with an outside that has done nothing yet.
    async fn handler(&self) -> (Self::Guard, Arc<dyn EffectHandler>);

    /// A request that can be performed; each number is about another thing, under another id.
    async fn call(&self, guard: &Self::Guard, number: u128) -> EffectCall;

    /// How often the outside has done what a request asks for.
    async fn done(&self, guard: &Self::Guard, call: &EffectCall) -> usize;

    /// What the outside can do, where the contract leaves it open.
    fn capabilities(&self) -> HandlerCapabilities {
        HandlerCapabilities::ALL
    }

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// What the outside of a handler can do, where the contract leaves it open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HandlerCapabilities {
    /// It does a request once, however often it is asked. A mail server does not: its receivers drop doubles.
    pub once: bool,
    /// It tells what it has done. A mail server does not.
    pub tells: bool,
}

impl HandlerCapabilities {
    /// Everything that the checks try.
    pub const ALL: HandlerCapabilities = HandlerCapabilities { once: true, tells: true };
}

/// A handler under test, and what the checks ask of it.
pub struct Trial {
    handler: Arc<dyn EffectHandler>,
    can: HandlerCapabilities,
    place: Box<dyn Place>,
}

trait Place {
    fn call(&self, number: u128) -> LocalBoxFuture<'_, EffectCall>;
    fn done<'a>(&'a self, call: &'a EffectCall) -> LocalBoxFuture<'a, usize>;
}

struct Opened<F: HandlerFactory> {
    factory: Rc<F>,
    guard: F::Guard,
}

impl<F: HandlerFactory> Place for Opened<F> {
    fn call(&self, number: u128) -> LocalBoxFuture<'_, EffectCall> {
        Box::pin(self.factory.call(&self.guard, number))
    }

    fn done<'a>(&'a self, call: &'a EffectCall) -> LocalBoxFuture<'a, usize> {
        Box::pin(self.factory.done(&self.guard, call))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("handler", &self.handler).finish_non_exhaustive()
    }
}

impl Trial {
    async fn open<F: HandlerFactory>(factory: Rc<F>) -> Trial {
        let (guard, handler) = factory.handler().await;
        let can = factory.capabilities();
        Trial { handler, can, place: Box::new(Opened { factory, guard }) }
    }

    async fn call(&self, number: u128) -> EffectCall {
        self.place.call(number).await
    }

    async fn done(&self, call: &EffectCall) -> usize {
        self.place.done(call).await
    }

    async fn perform(&self, call: &EffectCall) -> Vec<u8> {
        self.handler.perform(call).await.unwrap()
    }
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __handler_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            repeatable:
                a_request_that_comes_again_is_answered_again
                a_request_that_comes_again_after_a_crash_is_done_once
                requests_that_race_are_done_once
                each_request_is_done
                its_kind_stays;
            confirmed:
                what_was_answered_is_done
                what_was_not_asked_for_is_not_done
                to_ask_whether_it_is_done_does_nothing
                it_tells_what_it_has_done
                it_tells_of_each_request_by_itself
                what_does_not_read_is_refused_for_good;
            discreet:
                an_error_does_not_show_the_request;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__handler_checks!([table] Trial);

/// Tries one check on a new handler.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl HandlerFactory) {
    let factory = Rc::new(factory);
    factory.run(tried(CHECKS, name, Trial::open(Rc::clone(&factory))));
}

/// Makes a `#[test]` of every check on the handlers of a
/// [`HandlerFactory`](crate::testing::conformance::handler::HandlerFactory).
#[macro_export]
macro_rules! handler_conformance {
    ($factory:expr) => {
        $crate::__handler_checks!([$crate::__each_check_a_test] handler check $factory);
    };
}
