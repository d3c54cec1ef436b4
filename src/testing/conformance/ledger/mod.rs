//! Proves an [`AuthorityLedger`].

mod checks;
mod lists;
mod trial;

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use self::checks::{apart, durable, faithful, single};
use self::lists::{changed, listed, numbered, retired};
pub use self::trial::Trial;
use super::check::{table, tried};
use super::{Check, block_on};
use crate::ports::AuthorityLedger;

/// Makes the ledgers that are tried.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait LedgerFactory: 'static {
    /// What must live as long as a ledger: a temporary folder, a container.
    type Guard: 'static;

    /// A new ledger with nothing in it.
    async fn ledger(&self) -> (Self::Guard, Arc<dyn AuthorityLedger>);

    /// Opens a ledger again whose every handle is gone, as after a restart. Asked of a
    /// [durable](LedgerCapabilities::durable) one only.
    async fn reopen(&self, _: &Self::Guard) -> Arc<dyn AuthorityLedger> {
        panic!("give the factory a `reopen`, or say that the ledger is not `durable`")
    }

    /// What the ledger can do, where the contract leaves it open.
    fn capabilities(&self) -> LedgerCapabilities {
        LedgerCapabilities::ALL
    }

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// What a ledger can do, where the contract leaves it open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LedgerCapabilities {
    /// It keeps what it has answered when it is closed. One that does not is for trials only.
    pub durable: bool,
}

impl LedgerCapabilities {
    /// Everything that the checks try.
    pub const ALL: LedgerCapabilities = LedgerCapabilities { durable: true };
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __ledger_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            faithful:
                every_status_is_given_back_as_it_was_written
                numbers_of_every_length_are_kept
                times_are_kept_to_the_millisecond
                invalidity_dates_are_kept
                revisions_are_kept_whatever_was_there
                a_number_that_was_never_written_is_not_there
                an_entry_written_anew_replaces_the_old_one;
            apart:
                issuers_have_entries_of_their_own
                issuers_have_lists_of_their_own
                names_of_issuers_are_compared_as_they_are;
            single:
                a_number_is_issued_once
                a_number_that_was_recorded_is_issued_no_more
                a_number_may_be_recorded_that_was_not_issued
                of_issues_that_race_for_a_number_one_wins;
            listed:
                an_empty_ledger_lists_nothing
                what_is_on_hold_or_revoked_is_listed_whole
                the_list_is_in_the_order_of_numbers
                pages_join_without_gap_or_repetition
                what_is_released_leaves_the_list
                an_entry_is_listed_once_however_often_it_was_written;
            retired:
                an_entry_is_retired_by_the_first_list_after_its_end
                what_has_not_ended_is_not_retired
                what_is_retired_is_still_known
                what_is_written_anew_is_listed_again
                what_was_written_after_the_number_was_taken_is_not_retired
                a_list_of_one_issuer_retires_nothing_of_another;
            changed:
                before_the_first_complete_list_there_is_nothing_to_count_from
                every_change_since_the_last_complete_list_is_given_whole
                numbers_that_were_taken_for_other_lists_move_nothing
                what_was_written_after_the_number_was_taken_is_a_change
                the_highest_number_counts_whatever_is_said_after_it
                each_issuer_counts_its_own_changes;
            numbered:
                numbers_of_lists_rise_by_one_from_one
                each_issuer_counts_its_own_lists
                nothing_else_uses_up_a_number
                calls_that_race_get_a_number_each;
            durable:
                entries_and_lists_are_there_after_reopening
                numbers_go_on_after_reopening
                what_was_retired_stays_so_after_reopening
                changes_are_counted_on_after_reopening;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__ledger_checks!([table] Trial);

/// Tries one check on a new ledger.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl LedgerFactory) {
    let factory = Rc::new(factory);
    factory.run(tried(CHECKS, name, Trial::open(Rc::clone(&factory))));
}

/// Makes a `#[test]` of every check on the ledgers of a [`LedgerFactory`](crate::testing::conformance::ledger::LedgerFactory).
#[macro_export]
macro_rules! ledger_conformance {
    ($factory:expr) => {
        $crate::__ledger_checks!([$crate::__each_check_a_test] ledger check $factory);
    };
}
