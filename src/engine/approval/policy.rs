use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::eligible::Bar;
use crate::values::{Millis, PersonId, codes};

/// How long a request for approval waits unless its policy says else.
const WAITS: Millis = Millis::hours(72);

codes! {
    /// What an approval agrees to.
    pub enum Covers ("approval cover") {
        /// The intent: what is acted on, whose it is, the state it must be in, the process and what was answered in its
        /// forms. The plan is computed anew when it is executed. For processes that only take away.
        Intent = "intent",
        /// The plan exactly as it was seen. For processes that give.
        Exact = "exact",
    }
}

/// Who must agree before a process goes on, as data.
///
/// Stages follow one another; the ballots of a stage are open at the same time, and all must be met. One person counts once
/// in an approval, however many roles they have.
///
/// ```
/// use cardflow::engine::{ApprovalPolicy, Ballot, Covers, Overdue};
/// use cardflow::values::Millis;
///
/// // Two approvers and somebody of the security desk in any order, then an administrator; within a day, or it is off.
/// let policy = ApprovalPolicy::of(Ballot::role("Approver").needs(2))
///     .and(Ballot::role("Security desk"))
///     .then(Ballot::role("Administrator"))
///     .covers(Covers::Intent)
///     .waits(Millis::hours(24))
///     .overdue(Overdue::Reject);
/// assert_eq!(policy.to_string(), "2 of Approver and 1 of Security desk, then 1 of Administrator");
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ApprovalPolicy {
    /// The stages in order, each with its ballots. None is empty.
    pub stages: Vec<Vec<Ballot>>,
    /// What they agree to.
    pub covers: Covers,
    /// How long each stage waits.
    pub waits: Millis,
    /// What happens to a stage that was not decided in time.
    pub overdue: Overdue,
    /// So long before its time is over, those on whom a stage waits are told again.
    pub reminds: Vec<Millis>,
    /// The parts of law 11 that do not hold here, each with the reason in words.
    pub relaxed: Vec<Relaxed>,
}

/// Who may decide, and how many must agree.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Ballot {
    /// Whoever has one of these roles may decide.
    pub roles: BTreeSet<String>,
    /// These persons may decide, whatever their roles.
    pub persons: BTreeSet<PersonId>,
    /// These may not, whatever else holds.
    pub excluded: BTreeSet<PersonId>,
    /// So many must agree; at least one.
    pub needs: u32,
}

/// What happens to a stage of an approval that was not decided in time.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Overdue {
    /// The instance ends as expired; nothing has happened.
    Reject,
    /// Whoever has this role may decide as well, for so long; then it ends as expired.
    Escalate {
        /// The role.
        to: String,
        /// For so long.
        waits: Millis,
    },
    /// It counts as approved. The record says "automatic".
    Approve,
}

/// A part of law 11 that a policy sets aside, and why.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Relaxed {
    /// What does not bar anybody.
    pub bar: Bar,
    /// Why, in words: it stands on the page of the process, and in the history of each approval.
    pub why: String,
}

impl Ballot {
    /// One person of `role`.
    #[must_use]
    pub fn role(role: &str) -> Self {
        let roles = BTreeSet::from([role.to_owned()]);
        Ballot { roles, persons: BTreeSet::new(), excluded: BTreeSet::new(), needs: 1 }
    }

    /// One of these persons.
    #[must_use]
    pub fn persons(persons: impl IntoIterator<Item = PersonId>) -> Self {
        let persons = persons.into_iter().collect();
        Ballot { roles: BTreeSet::new(), persons, excluded: BTreeSet::new(), needs: 1 }
    }

    /// Or of this role.
    #[must_use]
    pub fn or_role(mut self, role: &str) -> Self {
        self.roles.insert(role.to_owned());
        self
    }

    /// Or this person.
    #[must_use]
    pub fn or_person(mut self, person: PersonId) -> Self {
        self.persons.insert(person);
        self
    }

    /// But not this person.
    #[must_use]
    pub fn but(mut self, person: PersonId) -> Self {
        self.excluded.insert(person);
        self
    }

    /// So many must agree; 0 counts as 1.
    #[must_use]
    pub fn needs(mut self, needs: u32) -> Self {
        self.needs = needs.max(1);
        self
    }
}

impl ApprovalPolicy {
    /// One ballot, agreeing to the exact plan, within 72 hours, rejected if nobody decides.
    #[must_use]
    pub fn of(ballot: Ballot) -> Self {
        ApprovalPolicy {
            stages: vec![vec![ballot]],
            covers: Covers::Exact,
            waits: WAITS,
            overdue: Overdue::Reject,
            reminds: Vec::new(),
            relaxed: Vec::new(),
        }
    }

    /// One person of `role`, else as [`of`](ApprovalPolicy::of).
    #[must_use]
    pub fn role(role: &str) -> Self {
        ApprovalPolicy::of(Ballot::role(role))
    }

    /// And this one, at the same time.
    #[must_use]
    pub fn and(mut self, ballot: Ballot) -> Self {
        if let Some(stage) = self.stages.last_mut() {
            stage.push(ballot);
        }
        self
    }

    /// And when all before it are met, this one.
    #[must_use]
    pub fn then(mut self, ballot: Ballot) -> Self {
        self.stages.push(vec![ballot]);
        self
    }

    /// Agreeing to this.
    #[must_use]
    pub fn covers(self, covers: Covers) -> Self {
        ApprovalPolicy { covers, ..self }
    }

    /// Each stage waits so long.
    #[must_use]
    pub fn waits(self, waits: Millis) -> Self {
        ApprovalPolicy { waits, ..self }
    }

    /// What happens to a stage that was not decided in time.
    #[must_use]
    pub fn overdue(self, overdue: Overdue) -> Self {
        ApprovalPolicy { overdue, ..self }
    }

    /// Reminds those on whom a stage waits, so long before its time is over; several times, if it is said several times.
    #[must_use]
    pub fn reminds(mut self, before: Millis) -> Self {
        self.reminds.push(before);
        self
    }

    /// Sets a part of law 11 aside, for a reason that is shown wherever the approval is.
    #[must_use]
    pub fn relaxed(mut self, bar: Bar, why: &str) -> Self {
        self.relaxed.push(Relaxed { bar, why: why.to_owned() });
        self
    }

    /// What is wrong with it, if something is.
    pub(in crate::engine) fn fault(&self) -> Option<&'static str> {
        let nobody = |it: &Ballot| it.roles.is_empty() && it.persons.is_empty();
        if self.stages.is_empty() || self.stages.iter().any(Vec::is_empty) {
            Some("has a stage without a ballot; say who must agree")
        } else if self.ballots().any(nobody) {
            Some("has a ballot that nobody may decide; name a role or a person")
        } else if self.waits <= Millis::new(0) {
            Some("waits for no time; say how long")
        } else if self.reminds.iter().any(|it| *it <= Millis::new(0)) {
            Some("reminds at its end or later; say how long before")
        } else if self.relaxed.iter().any(|it| it.why.trim().is_empty()) {
            Some("sets separation of duties aside without saying why; give the reason in words")
        } else {
            None
        }
    }

    /// Every role that may decide at some stage, the one it escalates to included.
    pub fn roles(&self) -> BTreeSet<&str> {
        let escalates = match &self.overdue {
            Overdue::Escalate { to, .. } => Some(to.as_str()),
            Overdue::Reject | Overdue::Approve => None,
        };
        self.ballots().flat_map(|it| &it.roles).map(String::as_str).chain(escalates).collect()
    }

    /// Every person named at some stage.
    pub fn persons(&self) -> BTreeSet<PersonId> {
        self.ballots().flat_map(|it| &it.persons).copied().collect()
    }

    /// Every ballot of every stage.
    pub fn ballots(&self) -> impl Iterator<Item = &Ballot> {
        self.stages.iter().flatten()
    }

    /// The same for the members of another role at every ballot: what goes beyond a limit is theirs to decide.
    #[must_use]
    pub(in crate::engine) fn by_role(mut self, role: &str) -> Self {
        for ballot in self.stages.iter_mut().flatten() {
            ballot.roles = BTreeSet::from([role.to_owned()]);
            ballot.persons.clear();
        }
        self
    }
}

impl fmt::Display for Ballot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of ", self.needs)?;
        let named = match self.persons.len() {
            0 => None,
            1 => Some("1 named person".to_owned()),
            many => Some(format!("{many} named persons")),
        };
        let who: Vec<_> = self.roles.iter().cloned().chain(named).collect();
        f.write_str(&who.join(" or "))
    }
}

impl fmt::Display for ApprovalPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = |it: &Vec<Ballot>| it.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
        f.write_str(&self.stages.iter().map(stage).collect::<Vec<_>>().join(", then "))
    }
}
