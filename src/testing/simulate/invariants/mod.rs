//! What must hold in every run, one rule a file.

mod answered_once;
mod approvals;
mod asked_first;
mod at_rest;
mod carried_out_once;
mod domain_rules;
mod done_outside;
mod history;
mod in_turn;
mod leases;
mod lists;
mod none_lost;
mod own_holds;
mod own_writes;
mod plan_seen;
mod revisions;
mod secrets;
mod settled;
mod waits;
mod whole_commits;
mod whose;

use std::collections::BTreeMap;

use super::book::{Facts, Stored};
use super::given::Given;
use crate::cards::Cards;
use crate::domain::{CauseKind, CertificateState, IssuerName, PlanItem, Serial};
use crate::engine::{Status, Task};
use crate::ports::{AuthorityOrder, Claim, Work};
use crate::runtime::Standing;
use crate::values::{InstanceId, ObjectRef, TaskId, Timestamp};

pub(super) use self::secrets::SECRET;

/// Whether it holds; if not, what is so instead.
pub(super) type Held = Result<(), String>;

/// The causes of the holds that the change steps of processes declare, by process.
pub(super) type Causes = BTreeMap<String, Vec<CauseKind>>;

/// A rule, with what it has seen so far.
pub(super) trait Invariant: Send {
    fn name(&self) -> &'static str;

    /// The rule in words.
    fn rule(&self) -> &'static str;

    /// A commit was stored.
    fn committed(&mut self, _: &Stored<'_>) -> Held {
        Ok(())
    }

    /// Work was given out.
    fn claimed(&mut self, _host: usize, _: &Claim, _: &[Work]) -> Held {
        Ok(())
    }

    /// A host orders something from an authority.
    fn ordered(&mut self, _host: usize, _: &AuthorityOrder) -> Held {
        Ok(())
    }

    /// A host asks an authority about a certificate.
    fn asked_about(&mut self, _host: usize, _: &Serial) -> Held {
        Ok(())
    }

    /// This holds at an authority from now on; so many commits were stored by then.
    fn holds_outside(&mut self, _: &IssuerName, _: &Serial, _: CertificateState, _commits: u64) -> Held {
        Ok(())
    }

    /// A host died.
    fn died(&mut self, _host: usize) -> Held {
        Ok(())
    }

    /// An order of a user was answered; with the one that it repeats, if it repeats one.
    fn answered(&mut self, _: &Given, _before: Option<&Given>, _: &Facts) -> Held {
        Ok(())
    }

    /// Everything was well for long enough, and nothing is under way.
    fn settled(&mut self, _: &Settled, _: &Facts) -> Held {
        Ok(())
    }
}

/// What is found once everything was well for long enough.
pub(super) struct Settled {
    pub(super) now: Timestamp,
    /// Whether nothing is done any more while no time passes.
    pub(super) at_rest: bool,
    /// What the runtime's own verification finds.
    pub(super) findings: Vec<String>,
    /// What is stored of each instance beside it: its tasks, its requests and timers.
    pub(super) kept: BTreeMap<InstanceId, (Vec<TaskId>, Vec<Work>)>,
    /// What holds at the authority.
    pub(super) truth: BTreeMap<Serial, CertificateState>,
    /// What a search for cards finds, as an operator sees it.
    pub(super) found: Vec<ObjectRef>,
    /// What the inbox of each decider and requester holds, all pages of it: the account, and the tasks.
    pub(super) inbox: BTreeMap<TaskId, Task>,
    /// The instances on the list of incidents, and on that of what waits for the outside.
    pub(super) incidents: Vec<InstanceId>,
    pub(super) unmet: Vec<InstanceId>,
    /// How many records of history there are, and how many are in the audit log.
    pub(super) records: usize,
    pub(super) audited: usize,
}

impl Settled {
    /// Nothing found yet.
    pub(super) fn at(now: Timestamp) -> Settled {
        Settled {
            now,
            at_rest: true,
            findings: Vec::new(),
            kept: BTreeMap::new(),
            truth: BTreeMap::new(),
            found: Vec::new(),
            inbox: BTreeMap::new(),
            incidents: Vec::new(),
            unmet: Vec::new(),
            records: 0,
            audited: 0,
        }
    }
}

/// Whether what was done is what was shown: all of it, or its beginning, if the rest waits for somebody or for an answer.
fn is_of(standing: &Standing<Cards>, shown: &[PlanItem]) -> bool {
    let waits = matches!(standing.status, Status::Waiting { .. } | Status::Outside { .. });
    standing.items.is_empty() || if waits { shown.starts_with(&standing.items) } else { shown == standing.items }
}

/// Every rule, as it begins.
pub(super) fn all(causes: Causes) -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(carried_out_once::CarriedOutOnce::default()),
        Box::new(whole_commits::WholeCommits),
        Box::new(revisions::Revisions::default()),
        Box::new(leases::Leases::default()),
        Box::new(in_turn::InTurn::default()),
        Box::new(waits::Waits::default()),
        Box::new(history::History::default()),
        Box::new(domain_rules::DomainRules::default()),
        Box::new(own_holds::OwnHolds(causes)),
        Box::new(answered_once::AnsweredOnce::default()),
        Box::new(asked_first::AskedFirst::default()),
        Box::new(done_outside::DoneOutside::default()),
        Box::new(none_lost::NoneLost::default()),
        Box::new(whose::Whose),
        Box::new(approvals::Approvals),
        Box::new(plan_seen::PlanSeen::default()),
        Box::new(own_writes::OwnWrites),
        Box::new(secrets::Secrets),
        Box::new(lists::Lists),
        Box::new(settled::Everything),
        Box::new(at_rest::AtRest),
    ]
}
