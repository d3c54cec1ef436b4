//! Proves a [`Clock`] and an [`IdSource`].

mod checks;

use std::sync::Arc;

use self::checks::{fresh, in_milliseconds};
use super::check::{table, tried};
use super::{Check, block_on};
use crate::ports::{Clock, IdSource};

/// Makes the clocks that are tried.
pub trait ClockFactory: 'static {
    /// A clock that nobody moves while it is tried.
    fn clock(&self) -> Arc<dyn Clock>;

    /// Whether it tells the time of the machine; one for tests tells another.
    fn is_of_the_machine(&self) -> bool {
        true
    }
}

/// Makes the sources of ids that are tried.
pub trait IdsFactory: 'static {
    /// A source of ids, as after a start of the host.
    fn ids(&self) -> Arc<dyn IdSource>;

    /// Whether it is random; one for tests begins alike each time.
    fn is_random(&self) -> bool {
        true
    }
}

/// A clock under test.
#[derive(Debug)]
pub struct ClockTrial {
    clock: Arc<dyn Clock>,
    of_the_machine: bool,
}

/// Two sources of ids under test, as after two starts of the host.
#[derive(Debug)]
pub struct IdsTrial {
    ids: Arc<dyn IdSource>,
    again: Arc<dyn IdSource>,
    random: bool,
}

/// The names of the checks on clocks.
#[doc(hidden)]
#[macro_export]
macro_rules! __clock_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            in_milliseconds:
                the_time_is_that_of_the_machine
                the_time_does_not_run_back;
        }
    };
}

/// The names of the checks on sources of ids.
#[doc(hidden)]
#[macro_export]
macro_rules! __ids_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            fresh:
                no_seed_comes_twice
                threads_get_seeds_of_their_own
                another_start_has_other_seeds
                every_bit_of_an_id_varies;
        }
    };
}

/// Every check on clocks.
pub static CLOCK_CHECKS: &[Check<ClockTrial>] = crate::__clock_checks!([table] ClockTrial);

/// Every check on sources of ids.
pub static IDS_CHECKS: &[Check<IdsTrial>] = crate::__ids_checks!([table] IdsTrial);

/// Tries one check on a clock.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check_clock(name: &str, factory: impl ClockFactory) {
    let trial = ClockTrial { clock: factory.clock(), of_the_machine: factory.is_of_the_machine() };
    block_on(tried(CLOCK_CHECKS, name, async { trial }));
}

/// Tries one check on a source of ids.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check_ids(name: &str, factory: impl IdsFactory) {
    let trial = IdsTrial { ids: factory.ids(), again: factory.ids(), random: factory.is_random() };
    block_on(tried(IDS_CHECKS, name, async { trial }));
}

/// Makes a `#[test]` of every check on the clocks of a
/// [`ClockFactory`](crate::testing::conformance::machine::ClockFactory).
#[macro_export]
macro_rules! clock_conformance {
    ($factory:expr) => {
        $crate::__clock_checks!([$crate::__each_check_a_test] machine check_clock $factory);
    };
}

/// Makes a `#[test]` of every check on the sources of an
/// [`IdsFactory`](crate::testing::conformance::machine::IdsFactory).
#[macro_export]
macro_rules! ids_conformance {
    ($factory:expr) => {
        $crate::__ids_checks!([$crate::__each_check_a_test] machine check_ids $factory);
    };
}
