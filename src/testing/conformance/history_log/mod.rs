//! Proves a [`HistoryLog`].

mod checks;

use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use self::checks::{everything_comes, nothing_hides, nothing_late};
use super::check::{table, tried};
use super::storage::SCHEMA;
use super::storage::sample::TENANT;
use super::{Check, block_on};
use crate::engine::Schema;
use crate::ports::{Commit, Committed, HistoryLog, Logged, Storage};
use crate::values::{HomeId, InstanceId, TenantId};

/// Makes the logs that are tried, each with the store whose commits it shows.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait HistoryLogFactory: 'static {
    /// What must live as long as a log: a temporary folder, a container.
    type Guard: 'static;

    /// A new store with nothing in it, for the records of a schema, and its log.
    async fn log(&self, schema: &'static Schema) -> (Self::Guard, Arc<dyn Storage>, Arc<dyn HistoryLog>);

    /// Opens both again whose every handle is gone, as after a restart. Asked of a
    /// [durable](HistoryLogCapabilities::durable) one only.
    async fn reopen(&self, _: &Self::Guard, _: &'static Schema) -> (Arc<dyn Storage>, Arc<dyn HistoryLog>) {
        panic!("give the factory a `reopen`, or say that the log is not `durable`")
    }

    /// What the log can do, where the contract leaves it open.
    fn capabilities(&self) -> HistoryLogCapabilities {
        HistoryLogCapabilities::ALL
    }

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// What a log can do, where the contract leaves it open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HistoryLogCapabilities {
    /// It keeps what it has when it is closed.
    pub durable: bool,
}

impl HistoryLogCapabilities {
    /// Everything that the checks try.
    pub const ALL: HistoryLogCapabilities = HistoryLogCapabilities { durable: true };
}

/// A log under test with its store, and what the checks ask of them.
pub struct Trial {
    storage: Arc<dyn Storage>,
    log: Arc<dyn HistoryLog>,
    can: HistoryLogCapabilities,
    place: Box<dyn Place>,
}

trait Place {
    fn reopen(&self) -> LocalBoxFuture<'_, (Arc<dyn Storage>, Arc<dyn HistoryLog>)>;
}

struct Opened<F: HistoryLogFactory> {
    factory: Rc<F>,
    guard: F::Guard,
}

impl<F: HistoryLogFactory> Place for Opened<F> {
    fn reopen(&self) -> LocalBoxFuture<'_, (Arc<dyn Storage>, Arc<dyn HistoryLog>)> {
        Box::pin(self.factory.reopen(&self.guard, &SCHEMA))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("log", &self.log).finish_non_exhaustive()
    }
}

impl Trial {
    async fn open<F: HistoryLogFactory>(factory: Rc<F>) -> Trial {
        let (guard, storage, log) = factory.log(&SCHEMA).await;
        let can = factory.capabilities();
        Trial { storage, log, can, place: Box::new(Opened { factory, guard }) }
    }

    /// The same store and log after a restart; none if they are not durable.
    async fn reopened(self) -> Option<Trial> {
        let Trial { storage, log, can, place } = self;
        drop((storage, log));
        if !can.durable {
            return None;
        }
        let (storage, log) = place.reopen().await;
        Some(Trial { storage, log, can, place })
    }

    async fn stored(&self, commit: Commit) {
        let answer = self.storage.commit(commit).await;
        assert!(matches!(answer, Ok(Committed::Stored { .. })), "not stored: {answer:?}");
    }

    async fn after(&self, position: u64, limit: usize) -> Vec<Logged> {
        self.log.records_after(TENANT, position, limit).await.unwrap()
    }

    async fn all_of(&self, tenant: TenantId) -> Vec<Logged> {
        self.log.records_after(tenant, 0, usize::MAX).await.unwrap()
    }

    async fn homes(&self) -> Vec<HomeId> {
        self.log.homes_after(TENANT, None, usize::MAX).await.unwrap()
    }

    async fn instances(&self) -> Vec<InstanceId> {
        self.log.instances_after(TENANT, None, usize::MAX).await.unwrap()
    }

    /// What the records say, in the order of the log.
    async fn told(&self) -> Vec<String> {
        says(&self.all_of(TENANT).await)
    }
}

fn says(records: &[Logged]) -> Vec<String> {
    records.iter().map(|it| String::from_utf8(it.record.open.clone()).unwrap()).collect()
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __history_log_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            everything_comes:
                an_empty_log_has_nothing
                what_was_answered_is_in_the_log
                records_are_those_of_their_chains
                records_of_one_commit_are_in_its_order
                refused_and_repeated_commits_leave_nothing
                each_tenant_has_its_own_log
                pieces_together_are_the_whole
                no_more_is_given_than_was_asked_for
                everything_is_there_after_reopening;
            nothing_hides:
                an_empty_store_names_nothing
                homes_are_named_with_keys_or_without
                homes_with_history_alone_are_named
                instances_are_named_with_their_work
                work_is_there_with_an_instance_or_without
                each_tenant_has_its_own
                pieces_of_names_together_are_the_whole
                names_are_there_after_reopening;
            nothing_late:
                positions_begin_above_zero_and_rise
                positions_are_never_given_anew
                a_reader_who_goes_on_misses_nothing
                a_reader_who_goes_on_beside_writers_misses_nothing
                positions_stay_after_reopening;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__history_log_checks!([table] Trial);

/// Tries one check on a new log.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl HistoryLogFactory) {
    let factory = Rc::new(factory);
    factory.run(tried(CHECKS, name, Trial::open(Rc::clone(&factory))));
}

/// Makes a `#[test]` of every check on the logs of a
/// [`HistoryLogFactory`](crate::testing::conformance::history_log::HistoryLogFactory).
#[macro_export]
macro_rules! history_log_conformance {
    ($factory:expr) => {
        $crate::__history_log_checks!([$crate::__each_check_a_test] history_log check $factory);
    };
}
