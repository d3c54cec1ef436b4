use thiserror::Error;

use super::approval::{Ineligible, Shortage, Verdict};
use super::domain::{Broken, Domain};
use super::form::InvalidAnswer;
use super::incident::Closed;
use super::options::OptionFaults;
use super::preview::Preview;
use super::registry::DefinitionMismatch;
use super::{Component, Outcome};
use crate::values::{CommandId, Digest, EffectId, InstanceId, PersonId, TaskId, Timestamp};

/// Why a command is not carried out: the caller may not do this, or not now. It says what holds now (law 10).
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum Rejection<D: Domain> {
    /// There is no such object or instance, or it is out of the actor's scope: the answer is the same.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// Nobody of that account is known here.
    #[error("this account is not known here; ask an administrator to add it to a person")]
    UnknownAccount,
    /// The person behind the account may not act.
    #[error("the account belongs to a person who is {state}; an administrator must reactivate the person first")]
    ActorInactive {
        /// The state of the person.
        state: String,
    },
    /// None of the actor's roles gives the right.
    #[error("the right to {right} is missing; an administrator can grant a role that has it")]
    NotEntitled {
        /// The right, in words.
        right: String,
    },
    /// There is no such process.
    #[error("there is no process `{name}`; there are: {}", known.join(", "))]
    UnknownProcess {
        /// What was asked for, cut to 60 characters.
        name: String,
        /// The processes there are.
        known: Vec<&'static str>,
    },
    /// The process is not offered in the caller's component.
    #[error("process `{process}` is not offered in the {component} component")]
    WrongComponent {
        /// The process.
        process: String,
        /// Where the call came from.
        component: Component,
    },
    /// The process is for another sort of subject.
    #[error("process `{process}` is for {sorts} only")]
    WrongSort {
        /// The process.
        process: String,
        /// The sorts it is for.
        sorts: String,
    },
    /// The subject is not in a state the process needs.
    #[error("process `{process}` needs the state {needed}; it is {found}")]
    WrongState {
        /// The process.
        process: String,
        /// The states it needs.
        needed: String,
        /// The state there is.
        found: String,
    },
    /// The instance does not wait for this: it has gone on or ended.
    #[error("the instance does not wait for this any more: it is {now}")]
    NotWaiting {
        /// Where it stands, in words.
        now: String,
        /// How it ended, if it did.
        outcome: Option<Outcome>,
    },
    /// Another person started the instance and answers its forms.
    #[error("another person started this instance; only that person can go on with it")]
    NotYours,
    /// The actor does not stand in for the person in whose name this was to be done, or that person may not act.
    #[error("you cannot do this in the name of that person: {why}")]
    NotDeputy {
        /// Why not.
        why: &'static str,
    },
    /// The person may not decide this request for approval.
    #[error("you may not decide this: {why}")]
    NotEligible {
        /// Why not.
        why: Ineligible,
    },
    /// The request for approval was decided before.
    #[error("this was decided already: it was {verdict} at {at}")]
    AlreadyDecided {
        /// How.
        verdict: Verdict,
        /// By whom; none if it was automatic.
        by: Option<PersonId>,
        /// When.
        at: Timestamp,
    },
    /// What was asked for has changed since it was shown, or is asked anew. Nothing was decided.
    #[error("what was asked for has changed since it was shown; look at it again and decide then")]
    Stale {
        /// The task that waits now.
        task: TaskId,
        /// What is to be agreed to now.
        covers: Digest,
    },
    /// A decision needs words.
    #[error("say why: 1 to {most} characters are needed")]
    NoteNeeded {
        /// So many characters at most.
        most: usize,
    },
    /// Something about a decision does not fit.
    #[error("{what}")]
    InvalidDecision {
        /// What, and what to do.
        what: &'static str,
    },
    /// Nobody could approve it: the roles have too few members that may.
    #[error("too few can approve this: {needs} needed of {ballot}, and at most {found} may", needs = .0.needs, ballot = .0.ballot, found = .0.found)]
    NobodyCanApprove(Shortage),
    /// The same was asked for and waits for approval.
    #[error("the same was asked for at {since} and waits for approval")]
    AlreadyAsked {
        /// The instance that waits.
        instance: InstanceId,
        /// Since when.
        since: Timestamp,
    },
    /// What was asked for is done; what is left to decide is about what was done.
    #[error("this is done and can not be withdrawn; whoever reviews it may take it back")]
    DoneAlready,
    /// Its time has not come.
    #[error("this falls due only at {due}")]
    NotDue {
        /// When it does.
        due: Timestamp,
    },
    /// Another person has claimed the task, or was given it: nobody else completes it.
    #[error("another person has claimed this; wait until it is given back, or have it reassigned")]
    ClaimedBy {
        /// Who holds it.
        person: PersonId,
    },
    /// The task cannot be given to this person.
    #[error("this person cannot be given the task: {why}")]
    Unsuitable {
        /// Why not.
        why: String,
    },
    /// Something about a command on a task does not fit.
    #[error("{what}")]
    InvalidHandling {
        /// What, and what to do.
        what: &'static str,
    },
    /// An answer in the form is not accepted.
    #[error(transparent)]
    InvalidAnswer(#[from] InvalidAnswer),
    /// What Next would do is no longer what was shown. Nothing was done.
    #[error("what this would do has changed since it was shown; look at the new preview and decide again")]
    PlanChanged {
        /// What it would do now.
        preview: Box<Preview<D>>,
    },
    /// The domain refuses the plan.
    #[error(transparent)]
    Refused(D::Refusal),
    /// The plan would break an invariant. Nothing was done.
    #[error("this would break: {}", rules_of(broken))]
    WouldBreak {
        /// The rules, and the objects that would break them.
        broken: Vec<Broken>,
    },
    /// No such request was made by this instance, or it was answered already.
    #[error("request {effect} is not open")]
    NotAsked {
        /// The effect.
        effect: EffectId,
    },
    /// The incident was closed before.
    #[error("this incident was closed at {}", .0.at)]
    IncidentClosed(Closed),
    /// No request is behind the incident that could be tried again or given up.
    #[error("this incident is about no request to the outside; deal with it, then close it as resolved by hand")]
    NothingToRetry,
    /// The definition of the instance's process is missing or another.
    #[error(transparent)]
    Definition(#[from] DefinitionMismatch),
    /// The person has done this as often as one person may within a time. Nothing was done.
    #[error("the limit `{limit}` is reached; the next is possible at {until}, or another person can do it")]
    LimitReached {
        /// The option that sets the limit.
        limit: &'static str,
        /// When the next is possible.
        until: Timestamp,
    },
    /// The command id stands for another command.
    #[error("command id {id} was used for another command; use a fresh one")]
    CommandIdReused {
        /// The id.
        id: CommandId,
    },
    /// Instances on the person, or on what is named after the person, are under way and hold what was answered in them.
    #[error("{instances} instances on this person and the person's cards are not over; finish or cancel them first")]
    StillOpen {
        /// How many.
        instances: usize,
    },
    /// A text of options has faults. Those in force stay.
    #[error("the options do not read, and those in force stay:\n{0}")]
    InvalidOptions(OptionFaults),
    /// The version of the options is the one in force.
    #[error("version {version} of the options is in force already")]
    OptionsInForce {
        /// The version.
        version: u64,
    },
    /// A later version of the options is in force.
    #[error(
        "version {version} of the options is older than version {in_force}, which is in force; roll back to it instead"
    )]
    OptionsOutdated {
        /// The version.
        version: u64,
        /// The version in force.
        in_force: u64,
    },
    /// Who has proposed options does not activate them.
    #[error("whoever proposed version {version} of the options cannot activate it; ask another administrator")]
    SecondAdministrator {
        /// The version.
        version: u64,
    },
    /// Nobody else may give roles as far as the one who would lose the right. Nothing was taken.
    #[error(
        "nobody else may grant roles as far as this {role}; grant the role to another person first, as far as it reaches"
    )]
    LastAdministrator {
        /// The role.
        role: String,
    },
    /// The objects keep changing under the command.
    #[error("the objects were being changed by others all the time; {attempts} attempts were made, try again")]
    Contended {
        /// How many attempts were made.
        attempts: u32,
    },
}

/// The names of the rules, each once.
fn rules_of(broken: &[Broken]) -> String {
    let mut rules: Vec<_> = broken.iter().map(|it| it.invariant).collect();
    rules.dedup();
    rules.join("; ")
}

impl<D: Domain> Rejection<D> {
    /// A short name of the kind of rejection, for the access journal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Rejection::NotFound { .. } => "NotFound",
            Rejection::UnknownAccount => "UnknownAccount",
            Rejection::ActorInactive { .. } => "ActorInactive",
            Rejection::NotEntitled { .. } => "NotEntitled",
            Rejection::UnknownProcess { .. } => "UnknownProcess",
            Rejection::WrongComponent { .. } => "WrongComponent",
            Rejection::WrongSort { .. } => "WrongSort",
            Rejection::WrongState { .. } => "WrongState",
            Rejection::NotWaiting { .. } => "NotWaiting",
            Rejection::NotYours => "NotYours",
            Rejection::NotDeputy { .. } => "NotDeputy",
            Rejection::NotEligible { .. } => "NotEligible",
            Rejection::AlreadyDecided { .. } => "AlreadyDecided",
            Rejection::Stale { .. } => "Stale",
            Rejection::NoteNeeded { .. } => "NoteNeeded",
            Rejection::InvalidDecision { .. } => "InvalidDecision",
            Rejection::NobodyCanApprove(_) => "NobodyCanApprove",
            Rejection::AlreadyAsked { .. } => "AlreadyAsked",
            Rejection::DoneAlready => "DoneAlready",
            Rejection::NotDue { .. } => "NotDue",
            Rejection::ClaimedBy { .. } => "ClaimedBy",
            Rejection::Unsuitable { .. } => "Unsuitable",
            Rejection::InvalidHandling { .. } => "InvalidHandling",
            Rejection::InvalidAnswer(_) => "InvalidAnswer",
            Rejection::PlanChanged { .. } => "PlanChanged",
            Rejection::Refused(_) => "Refused",
            Rejection::WouldBreak { .. } => "WouldBreak",
            Rejection::NotAsked { .. } => "NotAsked",
            Rejection::IncidentClosed(_) => "IncidentClosed",
            Rejection::NothingToRetry => "NothingToRetry",
            Rejection::Definition(_) => "Definition",
            Rejection::LimitReached { .. } => "LimitReached",
            Rejection::CommandIdReused { .. } => "CommandIdReused",
            Rejection::StillOpen { .. } => "StillOpen",
            Rejection::InvalidOptions(_) => "InvalidOptions",
            Rejection::OptionsInForce { .. } => "OptionsInForce",
            Rejection::OptionsOutdated { .. } => "OptionsOutdated",
            Rejection::SecondAdministrator { .. } => "SecondAdministrator",
            Rejection::LastAdministrator { .. } => "LastAdministrator",
            Rejection::Contended { .. } => "Contended",
        }
    }
}
