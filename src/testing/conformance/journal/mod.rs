//! Proves an [`AccessJournal`].

mod checks;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use self::checks::{apart, bounded, coalesced, shown};
use super::check::{table, tried};
use super::{Check, block_on};
use crate::ports::{AccessJournal, Refused};
use crate::values::{Millis, TenantId, Timestamp};

/// Makes the journals that are tried.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait JournalFactory: 'static {
    /// What must live as long as a journal: a temporary folder, a container.
    type Guard: 'static;

    /// A new journal with nothing in it.
    async fn journal(&self) -> (Self::Guard, Arc<dyn AccessJournal>);

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// A journal under test, and what the checks ask of it.
pub struct Trial {
    journal: Arc<dyn AccessJournal>,
    _guard: Box<dyn Any>,
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("journal", &self.journal).finish_non_exhaustive()
    }
}

const TENANT: TenantId = TenantId::new(7);

/// The time of the checks, so many milliseconds on.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000_000_000).plus(Millis::new(millis))
}

const HOUR: i64 = Millis::hours(1).millis();

/// A refusal of an attempt at a time.
fn refused(attempt: &str, millis: i64) -> Refused {
    Refused {
        tenant: TENANT,
        actor: None,
        attempt: attempt.to_owned(),
        subject: None,
        code: "WrongState".to_owned(),
        first: at(millis),
        last: at(millis),
        times: 1,
    }
}

impl Trial {
    async fn note(&self, refused: Refused) {
        self.journal.note(refused).await;
    }

    async fn shown(&self, limit: usize) -> Vec<Refused> {
        self.journal.refusals(TENANT, limit).await.unwrap()
    }

    /// The attempts in the journal, newest first.
    async fn attempts(&self) -> Vec<String> {
        self.shown(usize::MAX).await.into_iter().map(|it| it.attempt).collect()
    }
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __journal_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            shown:
                an_empty_journal_shows_nothing
                what_was_noted_is_shown_at_once
                the_newest_are_shown_first_and_no_more_than_asked_for
                refusals_are_shown_as_they_were_noted;
            coalesced:
                the_same_refusal_within_an_hour_is_one_entry
                after_an_hour_it_is_another_entry
                the_hour_begins_with_the_first
                whatever_differs_is_another_entry
                counts_add_up
                others_between_do_not_part_them;
            bounded:
                the_last_ten_thousand_are_kept;
            apart:
                tenants_have_journals_of_their_own;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__journal_checks!([table] Trial);

/// Tries one check on a new journal.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl JournalFactory) {
    let made = async {
        let (guard, journal) = factory.journal().await;
        Trial { journal, _guard: Box::new(guard) }
    };
    factory.run(tried(CHECKS, name, made));
}

/// Makes a `#[test]` of every check on the journals of a
/// [`JournalFactory`](crate::testing::conformance::journal::JournalFactory).
#[macro_export]
macro_rules! journal_conformance {
    ($factory:expr) => {
        $crate::__journal_checks!([$crate::__each_check_a_test] journal check $factory);
    };
}
