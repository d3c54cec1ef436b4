//! Proves an [`AuditLog`].

mod asked;
mod filled;
mod sample;
mod shown;

use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use self::asked::faithful;
use self::filled::{apart, cleared, no_gap, once};
use self::sample::{TENANT, batch};
use self::shown::{in_order, in_scope};
use super::check::{table, tried};
use super::{Check, block_on};
use crate::engine::{AuditRow, Keys, Scope};
use crate::ports::{Applied, AuditBatch, AuditFound, AuditLog, AuditQuery, StorageError};
use crate::values::HomeId;

/// Makes the audit logs that are tried.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait AuditLogFactory: 'static {
    /// What must live as long as a log: a temporary folder, a container.
    type Guard: 'static;

    /// A new log with nothing in it.
    async fn audit_log(&self) -> (Self::Guard, Arc<dyn AuditLog>);

    /// Opens a log again whose every handle is gone, as after a restart. Asked of a
    /// [durable](AuditLogCapabilities::durable) one only.
    async fn reopen(&self, _: &Self::Guard) -> Arc<dyn AuditLog> {
        panic!("give the factory a `reopen`, or say that the log is not `durable`")
    }

    /// What the log can do, where the contract leaves it open.
    fn capabilities(&self) -> AuditLogCapabilities {
        AuditLogCapabilities::ALL
    }

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// What an audit log can do, where the contract leaves it open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuditLogCapabilities {
    /// It keeps what it has when it is closed.
    pub durable: bool,
}

impl AuditLogCapabilities {
    /// Everything that the checks try.
    pub const ALL: AuditLogCapabilities = AuditLogCapabilities { durable: true };
}

/// An audit log under test, and what the checks ask of it.
pub struct Trial {
    log: Arc<dyn AuditLog>,
    can: AuditLogCapabilities,
    place: Box<dyn Place>,
}

trait Place {
    fn reopen(&self) -> LocalBoxFuture<'_, Arc<dyn AuditLog>>;
}

struct Opened<F: AuditLogFactory> {
    factory: Rc<F>,
    guard: F::Guard,
}

impl<F: AuditLogFactory> Place for Opened<F> {
    fn reopen(&self) -> LocalBoxFuture<'_, Arc<dyn AuditLog>> {
        Box::pin(self.factory.reopen(&self.guard))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("log", &self.log).finish_non_exhaustive()
    }
}

impl Trial {
    async fn open<F: AuditLogFactory>(factory: Rc<F>) -> Trial {
        let (guard, log) = factory.audit_log().await;
        let can = factory.capabilities();
        Trial { log, can, place: Box::new(Opened { factory, guard }) }
    }

    /// The same log after a restart; none if it is not durable.
    async fn reopened(self) -> Option<Trial> {
        let Trial { log, can, place } = self;
        drop(log);
        if !can.durable {
            return None;
        }
        let log = place.reopen().await;
        Some(Trial { log, can, place })
    }

    async fn applied(&self) -> Applied {
        self.log.applied(TENANT).await.unwrap()
    }

    async fn apply(&self, batch: &AuditBatch) {
        self.log.apply(batch).await.unwrap();
    }

    /// Applies rows that follow what is there.
    async fn add(&self, rows: &[AuditRow]) {
        let after = self.applied().await.position;
        self.apply(&batch(after, rows)).await;
    }

    /// The keys of a home, with a row that brings them.
    async fn add_with_keys(&self, row: AuditRow, keys: Keys) {
        let home: HomeId = row.chain;
        let after = self.applied().await.position;
        self.apply(&AuditBatch { homes: vec![(home, keys)], ..batch(after, &[row]) }).await;
    }

    async fn is_refused_for_a_gap(&self, batch: &AuditBatch) {
        let answer = self.log.apply(batch).await;
        assert!(matches!(answer, Err(StorageError::Conflict { .. })), "no conflict: {answer:?}");
    }

    async fn page(&self, scope: &Scope, query: &AuditQuery) -> AuditFound {
        self.log.query(TENANT, scope, query).await.unwrap()
    }

    /// The rows of all pages.
    async fn found(&self, query: &AuditQuery) -> Vec<AuditRow> {
        self.found_in(&Scope::All, query).await
    }

    /// The rows of all pages, as far as a scope reaches. Each page but the last must be full.
    async fn found_in(&self, scope: &Scope, query: &AuditQuery) -> Vec<AuditRow> {
        let mut query = query.clone();
        let mut rows = Vec::new();
        loop {
            let page = self.page(scope, &query).await;
            assert!(page.next.is_none() || page.rows.len() == query.limit, "a page in the middle is not full");
            rows.extend(page.rows);
            match page.next {
                Some(place) => {
                    assert!(query.after.is_none_or(|it| place < it), "the next page is not further on");
                    query.after = Some(place);
                }
                None => return rows,
            }
        }
    }

    /// The positions of all rows, in the order in which they are shown.
    async fn positions(&self, scope: &Scope) -> Vec<u64> {
        self.found_in(scope, &AuditQuery::all()).await.iter().map(|it| it.position).collect()
    }
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_log_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            once:
                the_position_is_that_of_the_last_row
                the_same_batch_again_adds_nothing
                a_batch_that_overlaps_adds_what_is_new
                a_batch_that_ends_before_stores_nothing
                a_batch_without_rows_stores_nothing
                hosts_that_project_at_once_double_nothing
                what_was_applied_is_there_after_reopening
                a_reopened_log_goes_on_where_it_was;
            no_gap:
                a_batch_that_begins_later_is_a_conflict
                a_batch_refused_for_a_gap_stores_nothing
                positions_may_have_gaps_within_a_batch
                what_is_missing_can_be_brought_and_the_rest_again;
            faithful:
                an_empty_log_shows_nothing
                rows_come_back_as_they_were_applied
                many_rows_in_one_batch_come_back
                rows_are_found_by_actor
                rows_are_found_by_whom_they_were_done_for
                rows_are_found_by_every_object_they_name
                rows_are_found_by_run
                rows_are_found_by_process
                rows_are_found_by_outcome
                rows_are_found_by_reason
                changes_that_nobody_else_agreed_to_are_found
                rows_are_found_by_time
                conditions_add_up
                texts_are_told_apart;
            in_scope:
                a_unit_sees_the_rows_of_its_homes
                who_sees_their_own_sees_the_rows_of_their_home
                no_scope_shows_nothing
                a_home_without_keys_is_reached_by_all_alone
                the_keys_applied_last_count
                keys_that_are_gone_reach_nothing
                conditions_do_not_widen_a_scope
                pages_are_cut_after_the_scope;
            in_order:
                the_newest_are_shown_first
                rows_of_one_time_are_in_the_order_of_commits
                a_row_decided_earlier_stands_at_its_time
                pages_together_are_the_whole
                the_last_page_says_so
                pages_of_a_condition_together_are_the_whole
                a_page_begins_after_its_place_whatever_stands_there
                rows_that_come_in_move_no_other
                no_page_is_empty_or_longer_than_a_thousand;
            cleared:
                clearing_forgets_everything
                a_cleared_log_is_filled_anew
                keys_are_forgotten_too
                clearing_an_empty_log_is_no_error
                it_stays_cleared_after_reopening;
            apart:
                tenants_have_logs_of_their_own
                a_gap_is_one_of_the_tenant
                clearing_one_tenant_leaves_the_others
                keys_are_those_of_the_tenant;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__audit_log_checks!([table] Trial);

/// Tries one check on a new audit log.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl AuditLogFactory) {
    let factory = Rc::new(factory);
    factory.run(tried(CHECKS, name, Trial::open(Rc::clone(&factory))));
}

/// Makes a `#[test]` of every check on the audit logs of an
/// [`AuditLogFactory`](crate::testing::conformance::audit_log::AuditLogFactory).
#[macro_export]
macro_rules! audit_log_conformance {
    ($factory:expr) => {
        $crate::__audit_log_checks!([$crate::__each_check_a_test] audit_log check $factory);
    };
}
