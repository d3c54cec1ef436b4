use super::{APPROVER, CardsOptions};
use crate::engine::{ApprovalPolicy, Covers, Overdue};
use crate::values::{Answers, Millis};

/// The approval of a card process: approvers agree, as many, for as long and with whom after that as the options say.
///
/// Put [`as_the_options_say`] behind it.
#[must_use]
pub fn approvers(covers: Covers) -> ApprovalPolicy {
    ApprovalPolicy::role(APPROVER).covers(covers)
}

/// The policy with the number of approvers, the time and the escalation that the administrator has set.
#[must_use]
pub fn as_the_options_say(policy: ApprovalPolicy, options: &CardsOptions) -> ApprovalPolicy {
    let waits = Millis::hours(i64::from(options.approval_hours));
    let overdue = match &options.approval_escalation_role {
        Some(role) => Overdue::Escalate { to: role.clone(), waits },
        None => policy.overdue.clone(),
    };
    let mut policy = reminding(policy.waits(waits).overdue(overdue), options);
    for ballot in policy.stages.iter_mut().flatten() {
        ballot.needs = options.approvals_needed.max(1);
    }
    policy
}

/// The review of what was done at once: approvers confirm it or have it taken back. If nobody does in time, it stays, and
/// the record says that nobody did.
#[must_use]
pub fn reviewers() -> ApprovalPolicy {
    approvers(Covers::Intent).overdue(Overdue::Approve)
}

/// The policy of a review as the options say; one person is enough, since everything is done.
#[must_use]
pub fn reviewed_as_the_options_say(policy: ApprovalPolicy, options: &CardsOptions) -> ApprovalPolicy {
    reminding(policy.waits(Millis::hours(i64::from(options.approval_hours))), options)
}

fn reminding(policy: ApprovalPolicy, options: &CardsOptions) -> ApprovalPolicy {
    match options.approval_reminder_hours {
        0 => policy,
        hours => policy.reminds(Millis::hours(i64::from(hours))),
    }
}

/// Whether a deactivation is done at once and reviewed after, for the reason that was given.
#[must_use]
pub fn is_urgent(options: &CardsOptions, answers: &Answers) -> bool {
    answers.text("reason").is_some_and(|it| options.deactivation_approval_except.iter().any(|except| except == it))
}
