//! Proves an [`ApprovalGateway`] with the system behind it: what lies there is what waits, and what is decided there is
//! decided by whoever did, under the rules that hold here.
//!
//! Each check has the real runtime over a store in memory, with a process that asks for approval. The engine's own inbox is
//! held by the same checks: [`Inbox`].

mod answered;
mod handed;
mod inbox;
mod office;
mod trial;

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use self::answered::faithful;
use self::handed::{apart, discreet, handed_over, once, whole, withdrawn};
pub use self::inbox::Inbox;
pub use self::office::Office;
pub use self::trial::Trial;
use super::check::{table, tried};
use super::{Check, block_on};
use crate::cards::Cards;
use crate::engine::{ApprovalRequest, Judgement};
use crate::ports::{ApprovalGateway, Clock, IdSource};
use crate::runtime::{Error, Standing};
use crate::values::{InstanceId, TenantId};

/// Makes the gateways that are tried, each with a system behind it that can be looked into.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait GatewayFactory: 'static {
    /// The system behind: a test server, say.
    type Guard: 'static;

    /// A gateway before a system where nothing lies yet; none for the engine's own inbox. Clock and ids are the host's.
    async fn gateway(
        &self,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> (Self::Guard, Option<Arc<dyn ApprovalGateway>>);

    /// The requests that lie there, of all tenants, in any order, each as often as a person would see it.
    async fn lies(&self, guard: &Self::Guard, office: &Office) -> Vec<ApprovalRequest>;

    /// A person decides there; gives what the host answers to it.
    async fn decide(
        &self,
        guard: &Self::Guard,
        office: &Office,
        decided: &DecidedOutside,
    ) -> Result<Standing<Cards>, Error<Cards>>;

    /// From now on the system fails, where it can be made to.
    async fn fail(&self, _guard: &Self::Guard) {}

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// What a person decides in the system outside.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DecidedOutside {
    /// The tenant of the request.
    pub tenant: TenantId,
    /// The account of the person.
    pub account: String,
    /// The instance of the request.
    pub instance: InstanceId,
    /// What is decided; it always says what was shown.
    pub judgement: Judgement,
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __gateway_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            handed_over:
                a_request_lies_there_once_it_is_handed_over
                a_request_that_was_lost_on_the_way_is_handed_over_later
                what_was_answered_lies_there
                each_request_lies_there;
            whole:
                the_request_is_as_it_was_asked
                each_stage_is_for_those_who_decide_it;
            once:
                a_request_that_comes_again_lies_there_once
                a_request_whose_answer_was_lost_lies_there_once;
            withdrawn:
                what_was_decided_here_lies_there_no_more
                what_was_decided_there_lies_there_no_more
                what_was_postponed_still_lies_there
                what_was_agreed_to_in_part_still_lies_there
                what_was_sent_back_lies_there_no_more_and_anew_when_it_is_asked_again
                what_its_requester_withdrew_lies_there_no_more
                what_has_expired_lies_there_no_more
                what_is_superseded_lies_there_no_more
                the_next_stage_takes_the_place_of_the_one_before
                what_is_escalated_takes_the_place_of_what_was_not_decided
                to_withdraw_again_is_no_error
                to_withdraw_what_is_not_known_is_no_error
                a_withdrawal_that_was_lost_on_the_way_is_made_later;
            apart:
                withdrawing_one_leaves_the_other
                a_request_of_one_tenant_is_nothing_to_another;
            faithful:
                an_approval_is_carried_out
                a_rejection_ends_it_and_its_words_are_kept
                a_question_goes_to_the_requester
                a_date_to_postpone_to_is_kept
                an_agreement_is_taken_back
                what_is_decided_there_is_decided_by_whoever_did
                a_deputy_decides_on_behalf_of_another
                a_rejection_without_words_is_refused
                an_unknown_account_is_refused
                an_account_of_another_tenant_is_refused
                whoever_has_no_role_is_refused
                the_requester_is_refused
                the_holder_is_refused
                whoever_stands_in_for_nobody_is_refused
                one_person_counts_once
                what_was_shown_before_is_stale
                what_was_decided_already_is_said
                what_has_expired_is_said
                what_was_withdrawn_is_said
                what_was_asked_anew_is_stale;
            discreet:
                an_error_shows_nothing_of_the_request;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__gateway_checks!([table] Trial);

/// Tries one check on a new gateway.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl GatewayFactory) {
    let factory = Rc::new(factory);
    factory.run(tried(CHECKS, name, Trial::open(Rc::clone(&factory))));
}

/// Makes a `#[test]` of every check on the gateways of a
/// [`GatewayFactory`](crate::testing::conformance::gateway::GatewayFactory).
#[macro_export]
macro_rules! gateway_conformance {
    ($factory:expr) => {
        $crate::__gateway_checks!([$crate::__each_check_a_test] gateway check $factory);
    };
}
