//! Proves a [`PublishedStatus`] with the issuer whose lists or answers it reads.
//!
//! The issuer publishes, something else is put in the place of what it published, and the source is asked: at times an hour or
//! more apart, so that a source which keeps what it has fetched for less looks again.

mod checks;
mod trial;

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use self::checks::{current, forward, honest, overlapping, own, told};
pub use self::trial::Trial;
use super::check::{table, tried};
use super::{Check, block_on};
use crate::domain::{AuthorityAction, Serial};
use crate::ports::PublishedStatus;
use crate::values::Timestamp;

/// Makes the sources that are tried, each with an issuer that has published nothing yet.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait PublishedFactory: 'static {
    /// The issuer, and where it publishes.
    type Guard: 'static;

    /// A source that has seen nothing yet.
    async fn source(&self) -> (Self::Guard, Arc<dyn PublishedStatus>);

    /// A certificate that the issuer has just issued.
    async fn certificate(&self, guard: &Self::Guard) -> Serial;

    /// The issuer puts it on hold, releases it, or revokes it, at this time.
    async fn change(&self, guard: &Self::Guard, serial: &Serial, action: AuthorityAction, at: Timestamp);

    /// The issuer publishes what holds, as of this time, for at least five hours.
    async fn publish(&self, guard: &Self::Guard, at: Timestamp);

    /// Something else lies now where the issuer publishes, until it publishes again.
    async fn replace(&self, guard: &Self::Guard, by: Replaced);

    /// The time at which a check begins: hour 0. The issuer is good long before and after it.
    fn now(&self) -> Timestamp;

    /// What it can do, where the contract leaves it open.
    fn capabilities(&self) -> PublishedCapabilities {
        PublishedCapabilities::ALL
    }

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// What lies in the place of what the issuer published.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Replaced {
    /// Nothing that can be fetched.
    Nothing,
    /// Bytes that do not read.
    Damaged,
    /// What another has signed under the name of the issuer, as of this time: every certificate is good.
    Forged(Timestamp),
    /// What the issuer published before the last time.
    Previous,
}

/// What a source can do, where the contract leaves it open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PublishedCapabilities {
    /// It knows which certificates were issued. Lists do not.
    pub knows_issued: bool,
    /// What has changed is told once it is published, and not before. A live responder tells it at once.
    pub held_back: bool,
    /// What is told says until when.
    pub ends: bool,
}

impl PublishedCapabilities {
    /// Everything that the checks try.
    pub const ALL: PublishedCapabilities = PublishedCapabilities { knows_issued: true, held_back: true, ends: true };
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __published_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            honest:
                what_is_not_there_is_not_available
                what_does_not_read_is_an_error
                what_another_signed_is_not_trusted
                what_another_signed_later_is_not_trusted
                what_lies_there_again_is_told_again;
            current:
                it_says_as_of_when_and_until_when
                what_has_ended_is_no_answer
                what_is_to_come_is_no_answer;
            forward:
                what_is_older_is_not_taken
                what_is_newer_is_taken;
            told:
                a_good_certificate_is_valid
                a_hold_is_told
                a_release_is_told
                a_revocation_is_told_with_its_reason
                a_hold_that_becomes_a_revocation_is_told_with_its_start
                certificates_are_told_one_by_one
                what_is_not_published_is_not_told;
            overlapping:
                what_was_told_otherwise_is_good_until_its_end
                of_several_the_last_end_counts
                what_told_the_same_does_not_count
                what_has_ended_does_not_count;
            own:
                its_name_stays
                what_was_never_issued_is_not_found;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__published_checks!([table] Trial);

/// Tries one check on a new source.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl PublishedFactory) {
    let factory = Rc::new(factory);
    factory.run(tried(CHECKS, name, Trial::open(Rc::clone(&factory))));
}

/// Makes a `#[test]` of every check on the sources of a
/// [`PublishedFactory`](crate::testing::conformance::published::PublishedFactory).
#[macro_export]
macro_rules! published_conformance {
    ($factory:expr) => {
        $crate::__published_checks!([$crate::__each_check_a_test] published check $factory);
    };
}
