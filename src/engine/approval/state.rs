use serde::{Deserialize, Serialize};

use super::policy::{ApprovalPolicy, Ballot};
use super::verdict::Verdict;
use crate::engine::domain::Domain;
use crate::values::{Digest, PersonId, TaskId, Timestamp};

/// A request for approval that an instance waits for.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "")]
pub struct Approval<D: Domain> {
    /// The policy, as it was when it was asked.
    pub policy: ApprovalPolicy,
    /// The digest of what is agreed to: whoever approves quotes it.
    pub covers: Digest,
    /// What would be done, as it was shown when it was asked.
    pub plan: Vec<D::Item>,
    /// When it was asked.
    pub asked: Timestamp,
    /// When those on whom it waits were told last that it does.
    pub told: Timestamp,
    /// The stage that is open, counted from 0.
    pub stage: u32,
    /// Who has agreed so far, at this stage and those before.
    pub votes: Vec<Vote>,
    /// It was postponed: to a date, or just for later.
    pub postponed: Option<Option<Timestamp>>,
    /// It was sent back: the requester is asked for more, and nobody can decide until that is there.
    pub sent_back: bool,
    /// The role it was escalated to, at this stage.
    pub escalated: Option<String>,
}

/// Somebody's agreement.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Vote {
    /// Who agreed.
    pub person: PersonId,
    /// On whose behalf.
    pub on_behalf: Option<PersonId>,
    /// At which stage.
    pub stage: u32,
    /// The ballots of the stage that it can count for, by their places.
    pub ballots: Vec<u32>,
    /// When.
    pub at: Timestamp,
}

impl Vote {
    /// Whether it uses up this person's say.
    #[must_use]
    pub fn is_of(&self, person: PersonId) -> bool {
        self.person == person || self.on_behalf == Some(person)
    }
}

/// How the last task of an approval was decided.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Decided {
    /// The task.
    pub task: TaskId,
    /// How.
    pub verdict: Verdict,
    /// By whom; none if it was automatic.
    pub by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
}

impl<D: Domain> Approval<D> {
    pub(in crate::engine) fn asked(policy: &ApprovalPolicy, covers: Digest, plan: &[D::Item], at: Timestamp) -> Self {
        Approval {
            policy: policy.clone(),
            covers,
            plan: plan.to_vec(),
            asked: at,
            told: at,
            stage: 0,
            votes: Vec::new(),
            postponed: None,
            sent_back: false,
            escalated: None,
        }
    }

    /// The ballots that are open, with the role it was escalated to.
    #[must_use]
    pub fn open(&self) -> Vec<Ballot> {
        let stage = usize::try_from(self.stage).ok().and_then(|it| self.policy.stages.get(it));
        let mut open = stage.cloned().unwrap_or_default();
        for ballot in &mut open {
            ballot.roles.extend(self.escalated.clone());
        }
        open
    }

    /// When those on whom it waits are to be told next, if it waits until `until`: a time that has passed when they were
    /// told last does not count.
    #[must_use]
    pub fn reminds(&self, until: Timestamp) -> Option<Timestamp> {
        let times = self.policy.reminds.iter().map(|before| until.minus(*before));
        times.filter(|it| *it > self.told && *it < until).min()
    }

    /// Who has agreed at the stage that is open.
    pub fn votes_now(&self) -> impl Iterator<Item = &Vote> {
        self.votes.iter().filter(|it| it.stage == self.stage)
    }

    /// Whether there is a stage after the one that is open.
    #[must_use]
    pub fn has_more(&self) -> bool {
        usize::try_from(self.stage).is_ok_and(|it| it + 1 < self.policy.stages.len())
    }
}
