use std::collections::BTreeMap;

use super::{Handling, TaskCommand};
use crate::engine::approval::{Ineligible, Stage};
use crate::engine::asking::party;
use crate::engine::domain::Domain;
use crate::engine::event::{Event, Outcome};
use crate::engine::instance::Instance;
use crate::engine::people::Colleague;
use crate::engine::rejection::Rejection;
use crate::engine::task::{Task, TaskSort};
use crate::values::{PersonId, TaskId, Timestamp};

/// How many characters a comment may have.
const COMMENT: usize = 1000;
/// How many characters the reference of an attachment may have.
const REFERENCE: usize = 500;

const DELEGATED: &str = "it was delegated to you; hand it back with resolve";

/// By which right somebody does something with a task.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TaskRight {
    /// That of doing what the task asks.
    Does,
    /// That of having asked for what others are to decide.
    Asks,
    /// That of saying who does what.
    Assigns,
}

/// What a decision about a task is made from, besides the command.
#[derive(Debug)]
pub struct TaskSituation<'a, D: Domain> {
    /// The instance.
    pub instance: &'a Instance<D>,
    /// The subject and its neighbourhood.
    pub dossier: &'a D::Dossier,
    /// The task the command names.
    pub id: TaskId,
    /// The task the instance waits at, as it is stored.
    pub task: &'a Task,
    /// Who acts.
    pub actor: &'a Colleague,
    /// By which right.
    pub right: TaskRight,
    /// The persons whom the actor stands in for, and the one the task is to go to, as far as they are known.
    pub people: &'a BTreeMap<PersonId, Colleague>,
    /// Why the one the task is to go to may not go on with the process, in words; none if they may.
    pub barrier: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
}

/// What a command about a task comes to: the task as it is then, and what goes on record.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDecision<D: Domain> {
    /// The task after it.
    pub task: Task,
    /// What happened.
    pub event: Event<D>,
}

/// Decides a command about a task: what becomes of it, or why not. Pure.
///
/// # Errors
///
/// [`Rejection`] with nothing done.
pub fn decide_task<D: Domain>(
    situation: &TaskSituation<'_, D>,
    command: &TaskCommand,
) -> Result<TaskDecision<D>, Rejection<D>> {
    situation.still_waits()?;
    match command {
        TaskCommand::Claim => situation.may_claim()?,
        TaskCommand::Unclaim => situation.may_unclaim()?,
        TaskCommand::Reassign { to } => situation.may_reassign(*to)?,
        TaskCommand::Delegate { to } => situation.may_delegate(*to)?,
        TaskCommand::Resolve => situation.may_resolve()?,
        TaskCommand::Comment { text } => situation.may_say(text, COMMENT)?,
        TaskCommand::Attach { reference } => situation.may_say(reference, REFERENCE)?,
        TaskCommand::Prioritise { .. } => situation.is_in_hand()?,
        TaskCommand::SetDue { due } => situation.may_set(*due, Some(situation.task.until))?,
        TaskCommand::FollowUp { at } => situation.may_set(*at, None)?,
    }
    let handling = situation.task.handling.clone().after(Some(situation.actor.person), command);
    if handling == situation.task.handling {
        return invalid("it is so already");
    }
    let step = situation.task.step.clone();
    let event = Event::Handled { step, task: situation.id, command: command.clone() };
    Ok(TaskDecision { task: Task { handling, ..situation.task.clone() }, event })
}

fn invalid<D: Domain, T>(what: &'static str) -> Result<T, Rejection<D>> {
    Err(Rejection::InvalidHandling { what })
}

impl<D: Domain> TaskSituation<'_, D> {
    fn still_waits(&self) -> Result<(), Rejection<D>> {
        let over = || {
            let last = self.instance.last_decided().filter(|it| it.task == self.id);
            last.map_or_else(
                || crate::engine::decide::not_waiting(self.instance),
                |it| Rejection::AlreadyDecided { verdict: it.verdict, by: it.by, at: it.at },
            )
        };
        let (_, waits, until) = self.instance.waits().ok_or_else(over)?;
        if waits != self.id {
            return Err(over());
        }
        if self.now >= until {
            return Err(Rejection::NotWaiting { now: Outcome::Expired.to_string(), outcome: None });
        }
        Ok(())
    }

    fn handling(&self) -> &Handling {
        &self.task.handling
    }

    fn assigns(&self) -> bool {
        self.right == TaskRight::Assigns
    }

    /// Whose it is, whether they have claimed it or it is theirs alone: a form is that of whoever began.
    fn owner(&self) -> Option<PersonId> {
        let own = || self.task.requester.filter(|_| self.task.sort != TaskSort::Approval);
        self.handling().owner.or_else(own)
    }

    fn is_owner(&self) -> bool {
        self.right == TaskRight::Does && self.owner() == Some(self.actor.person)
    }

    fn is_delegate(&self) -> bool {
        self.right == TaskRight::Does && self.handling().delegate == Some(self.actor.person)
    }

    /// Whether somebody may complete the task, as far as it can be said before they do.
    fn suits(&self, who: &Colleague) -> Result<(), Rejection<D>> {
        let Some(approval) = self.instance.approval().filter(|_| self.task.sort == TaskSort::Approval) else {
            return if self.task.persons.contains(&who.person) { Ok(()) } else { Err(Rejection::NotYours) };
        };
        let (party, open) = (party(self.instance, self.dossier), approval.open());
        let stage = Stage { ballots: &open, relaxed: &approval.policy.relaxed, party: &party };
        let alone = stage.open_for(who, None, &approval.votes);
        let of = |it: &&PersonId| {
            let other = self.people.get(*it);
            other.is_some_and(|other| stage.open_for(who, Some(other), &approval.votes).is_ok())
        };
        match alone {
            Err(why) if who.stands_in_for.iter().find(of).is_none() => Err(Rejection::NotEligible { why }),
            _ => Ok(()),
        }
    }

    /// What to answer to somebody who has no say about it now: whoever could complete it learns who holds it.
    fn no_say(&self) -> Rejection<D> {
        if self.right != TaskRight::Does {
            return Rejection::NotYours;
        }
        if self.is_delegate() {
            return Rejection::InvalidHandling { what: DELEGATED };
        }
        match (self.suits(self.actor), self.handling().holder()) {
            (Err(_), _) if self.is_owner() => self.held_by_delegate(),
            (Err(why), _) => why,
            (Ok(()), Some(person)) => Rejection::ClaimedBy { person },
            (Ok(()), None) => Rejection::InvalidHandling { what: "nobody has claimed this; claim it first" },
        }
    }

    fn held_by_delegate(&self) -> Rejection<D> {
        match self.handling().delegate {
            Some(person) => Rejection::ClaimedBy { person },
            None => Rejection::NotYours,
        }
    }

    fn may_claim(&self) -> Result<(), Rejection<D>> {
        if self.right != TaskRight::Does {
            return Err(Rejection::NotYours);
        }
        let person = self.actor.person;
        match self.handling().holder() {
            Some(holder) if holder == person => invalid("it is yours already"),
            Some(holder) => {
                self.suits(self.actor)?;
                Err(Rejection::ClaimedBy { person: holder })
            }
            None => self.suits(self.actor),
        }
    }

    fn may_unclaim(&self) -> Result<(), Rejection<D>> {
        if self.is_delegate() && !self.is_owner() {
            return invalid(DELEGATED);
        }
        if !self.is_owner() && !self.assigns() {
            return Err(self.no_say());
        }
        match self.handling().holder() {
            None => invalid("nobody has claimed it"),
            Some(_) => Ok(()),
        }
    }

    fn may_reassign(&self, to: PersonId) -> Result<(), Rejection<D>> {
        if !self.is_owner() && !self.assigns() {
            return Err(self.no_say());
        }
        if self.handling().holder() == Some(to) && self.handling().delegate.is_none() {
            return invalid("it is this person's already");
        }
        let who = self.target(to)?;
        self.suits(who).map_err(unsuitable)
    }

    fn may_delegate(&self, to: PersonId) -> Result<(), Rejection<D>> {
        if !self.is_owner() && !self.assigns() {
            return Err(self.no_say());
        }
        let Some(owner) = self.owner() else {
            return invalid("nobody has claimed it, so nobody would get it back; reassign it instead");
        };
        if owner == to {
            return invalid("it is this person's own; unclaim or reassign it");
        }
        let who = self.target(to)?;
        if self.task.sort == TaskSort::Approval {
            return self.suits(who).map_err(unsuitable);
        }
        match self.barrier {
            _ if !who.active => Err(unsuitable(Rejection::<D>::NotEligible { why: Ineligible::Inactive })),
            Some(why) => Err(Rejection::Unsuitable { why: why.to_owned() }),
            None => Ok(()),
        }
    }

    fn may_resolve(&self) -> Result<(), Rejection<D>> {
        match self.handling().delegate {
            None => invalid("it was not delegated"),
            Some(_) if self.is_delegate() || self.assigns() => Ok(()),
            Some(_) => Err(self.no_say()),
        }
    }

    /// Whoever has to do with it may say something: who asked, who may decide, who holds it, who assigns it.
    fn may_say(&self, words: &str, most: usize) -> Result<(), Rejection<D>> {
        let Colleague { person, roles, .. } = self.actor;
        let listed = self.task.persons.contains(person) || roles.iter().any(|it| self.task.roles.contains(&it.role));
        let asked = self.task.requester == Some(*person);
        let does = self.right == TaskRight::Does
            && (listed || self.is_owner() || self.is_delegate() || self.suits(self.actor).is_ok());
        if !asked && !does && !self.assigns() {
            return Err(Rejection::NotYours);
        }
        let fits = words.chars().count() <= most && words.chars().all(|c| !c.is_control() || c == '\n' || c == '\t');
        if fits && !words.trim().is_empty() { Ok(()) } else { Err(Rejection::NoteNeeded { most }) }
    }

    fn is_in_hand(&self) -> Result<(), Rejection<D>> {
        if self.is_owner() || self.is_delegate() || self.assigns() { Ok(()) } else { Err(self.no_say()) }
    }

    fn may_set(&self, at: Option<Timestamp>, until: Option<Timestamp>) -> Result<(), Rejection<D>> {
        self.is_in_hand()?;
        match at {
            Some(at) if at <= self.now => invalid("name a time that is still to come"),
            Some(at) if until.is_some_and(|until| at > until) => {
                invalid("it does not wait that long; name a time before it ends")
            }
            _ => Ok(()),
        }
    }

    fn target(&self, to: PersonId) -> Result<&Colleague, Rejection<D>> {
        let unknown = || Rejection::Unsuitable { why: "nobody of that id is known here".to_owned() };
        if to == self.actor.person { Ok(self.actor) } else { self.people.get(&to).ok_or_else(unknown) }
    }
}

/// A reason that is about another person than the actor.
fn unsuitable<D: Domain>(why: Rejection<D>) -> Rejection<D> {
    let why = match why {
        Rejection::NotEligible { why } => why.to_string(),
        _ => "it is for another person alone; delegate it instead".to_owned(),
    };
    Rejection::Unsuitable { why }
}
