//! Proves a [`CertificateAuthority`].

mod checks;
mod dates;
mod in_order;
mod revising;
mod trial;

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use self::checks::{able, durable, idempotent, lawful, own, told};
use self::dates::dated;
use self::revising::{pending, revised};
pub use self::trial::Trial;
use super::check::{table, tried};
use super::{Check, block_on};
use crate::domain::Serial;
use crate::ports::CertificateAuthority;
use crate::values::Timestamp;

/// Makes the authorities that are tried.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait AuthorityFactory: 'static {
    /// What must live as long as an authority: a container, a temporary folder.
    type Guard: 'static;

    /// An authority that can be spoilt: a new one, or one of a test installation; with these switches as they are here, as far
    /// as it has them. Whether it can change reasons and dates is asked of itself, and what it cannot do is not tried.
    async fn authority(&self, switches: Switches) -> (Self::Guard, Arc<dyn CertificateAuthority>);

    /// A certificate of this authority that is good, was never on hold, and ends a day or more after [`now`](Self::now).
    async fn certificate(&self, guard: &Self::Guard, authority: &dyn CertificateAuthority) -> Certified;

    /// When the first order is given; all others come within a day of it.
    fn now(&self) -> Timestamp;

    /// Opens an authority again whose every handle is gone, as after a restart. Asked of a
    /// [durable](AuthorityCapabilities::durable) one only.
    async fn reopen(&self, _: &Self::Guard) -> Arc<dyn CertificateAuthority> {
        panic!("give the factory a `reopen`, or say that the authority is not `durable`")
    }

    /// Agrees to the orders that wait at the authority. Asked only where it [approves](AuthorityCapabilities::approves).
    async fn agree(&self, _: &Self::Guard) {
        panic!("give the factory an `agree`, or say that the authority does not `approve`")
    }

    /// What the authority can do, where the contract leaves it open. What it can do to certificates it says itself.
    fn capabilities(&self) -> AuthorityCapabilities {
        AuthorityCapabilities::ALL
    }

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// A certificate to try orders on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certified {
    /// Its number.
    pub serial: Serial,
    /// Its end.
    pub not_after: Timestamp,
    /// Its DER bytes.
    pub der: Vec<u8>,
}

/// What an authority can do, where the contract leaves it open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuthorityCapabilities {
    /// It can be opened again by the factory.
    pub durable: bool,
    /// It takes the time of an order as the date of the hold or the revocation. Others take the time at which it arrives.
    pub dates: bool,
    /// A hold that becomes a revocation keeps its start without [back-dating](crate::domain::Capabilities::back_dating) too.
    pub keeps_start: bool,
    /// It tells a certificate that was released from one that never was on hold. Others answer a release of either with what
    /// holds.
    pub tells_released: bool,
    /// The factory can make one where somebody must agree first.
    pub approves: bool,
}

/// What is switched on at the authority that is tried.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Switches {
    /// The reason of a revocation may be changed.
    pub reason_change: bool,
    /// An order may name an earlier date.
    pub back_dating: bool,
    /// Somebody there must agree to every order first.
    pub approval: bool,
}

impl Switches {
    /// Nothing.
    pub const OFF: Switches = Switches { reason_change: false, back_dating: false, approval: false };
}

impl AuthorityCapabilities {
    /// Everything that the checks try.
    pub const ALL: AuthorityCapabilities =
        AuthorityCapabilities { durable: true, dates: true, keeps_start: true, tells_released: true, approves: true };
}

/// The names of the checks, clause by clause. Rows E01 to E16 and E18 to E23 are those of a well-known authority; E27 and E28, which
/// are about lists, are tried where lists are made: `tests/x509/revised.rs`.
#[doc(hidden)]
#[macro_export]
macro_rules! __authority_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            lawful:
                e01_a_good_certificate_is_put_on_hold
                e02_a_hold_is_released
                e03_a_hold_is_taken_off_the_list
                e04_a_released_certificate_is_put_on_hold_again
                e05_a_released_certificate_is_revoked_for_good
                e06_a_revocation_is_not_taken_back
                e07_a_good_certificate_is_not_released
                e08_a_hold_becomes_a_revocation_for_any_reason
                a_good_certificate_is_revoked_for_any_reason
                a_revocation_keeps_its_reason
                a_revoked_certificate_is_not_put_on_hold;
            revised:
                e09_a_reason_stays_where_changes_are_off
                e10_superseded_becomes_key_compromise
                e11_unspecified_becomes_key_compromise
                e12_privilege_withdrawn_becomes_key_compromise
                e13_cessation_of_operation_becomes_key_compromise
                e14_affiliation_changed_becomes_key_compromise
                e15_ca_compromise_stays
                e16_aa_compromise_stays
                no_reason_becomes_another_one_than_key_compromise
                a_revised_revocation_is_not_taken_back;
            idempotent:
                a_hold_asked_for_again_is_answered_alike
                a_release_asked_for_again_is_answered_alike
                a_revocation_asked_for_again_is_answered_alike
                a_late_repetition_undoes_nothing
                orders_that_race_leave_one_answer;
            in_order:
                who_counts_tells_the_revision
                a_revision_rises_with_each_change
                what_changes_nothing_leaves_the_revision
                an_order_decided_on_what_holds_is_done
                an_order_decided_before_another_is_overtaken
                what_is_so_already_is_answered_whatever_was_expected
                a_revocation_for_good_is_never_overtaken
                of_orders_that_race_none_undoes_another;
            dated:
                a_hold_has_the_date_of_its_order
                a_hold_that_becomes_a_revocation_keeps_its_start
                a_revocation_after_a_release_has_its_own_date
                what_is_good_has_no_date_and_no_reason
                e18_a_date_in_the_future_is_invalid
                e19_an_earlier_date_is_invalid_where_back_dating_is_off
                e20_an_earlier_date_is_taken
                e21_a_new_reason_may_have_an_earlier_date
                e22_key_compromise_may_be_dated_back
                a_named_date_never_moves_forward;
            pending:
                e23_an_order_waits_until_somebody_agrees;
            told:
                a_new_certificate_is_good
                the_status_is_what_was_answered_last
                a_refusal_changes_nothing
                a_number_that_was_never_issued_is_not_found
                certificates_are_changed_one_by_one;
            own:
                its_certificates_are_its_own
                numbers_are_given_once
                an_altered_certificate_is_not_its_own
                what_does_not_read_is_refused
                its_name_and_abilities_stay;
            able:
                what_it_cannot_do_it_says;
            durable:
                what_was_answered_is_so_after_reopening;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__authority_checks!([table] Trial);

/// Tries one check on an authority.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl AuthorityFactory) {
    let factory = Rc::new(factory);
    factory.run(tried(CHECKS, name, Trial::open(Rc::clone(&factory))));
}

/// Makes a `#[test]` of every check on the authorities of an
/// [`AuthorityFactory`](crate::testing::conformance::authority::AuthorityFactory).
#[macro_export]
macro_rules! authority_conformance {
    ($factory:expr) => {
        $crate::__authority_checks!([$crate::__each_check_a_test] authority check $factory);
    };
}
