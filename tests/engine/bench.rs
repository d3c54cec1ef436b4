//! Decisions on a bench: a process, a book, and everything a decision depends on.

use std::collections::BTreeSet;
use std::sync::Arc;

use cardflow::engine::{
    Actor, Bound, Came, Colleague, Command, Component, Decision, Event, HeldRole, Instance, People, Process, Reached,
    Rejection, Report, Situation, Stamp, Status, Undecided, decide, evolve,
};
use cardflow::values::{Answers, EffectId, Millis, PersonId, Seed, TenantId, Timestamp};
use uuid::Uuid;

use crate::library::{Library, Place, Question, Reply, Shelf, book};
use crate::processes;

pub(crate) type Decided = Decision<Library>;
pub(crate) type No = Rejection<Library>;

/// The time of every test, so many hours on.
pub(crate) fn hour(hours: i64) -> Timestamp {
    "2026-11-24T12:00:00Z".parse::<Timestamp>().unwrap().plus(Millis::hours(hours))
}

pub(crate) fn person(number: u128) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(number))
}

pub(crate) fn actor(number: u128) -> Actor {
    Actor {
        person: Some(person(number)),
        role: "Librarian".to_owned(),
        component: Component::Operator,
        account: "libby".to_owned(),
        origin: "192.0.2.7".to_owned(),
        roles: vec!["Librarian".to_owned()],
        method: "password".to_owned(),
        ..Actor::worker(hour(0))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Bench {
    pub(crate) process: Arc<dyn Process<Library>>,
    pub(crate) shelf: Shelf,
    pub(crate) options: Bound<Library>,
    pub(crate) actor: Actor,
    pub(crate) now: Timestamp,
    pub(crate) seed: u64,
    /// The limit the actor has used up.
    pub(crate) limit: Option<Reached>,
    /// Who could be asked to approve: heads, seniors and deputies.
    pub(crate) colleagues: Vec<Colleague>,
    /// Why the requester may not ask for it any more.
    pub(crate) requester: Option<String>,
}

/// Somebody with roles.
pub(crate) fn colleague(number: u128, roles: &[&str]) -> Colleague {
    let roles = roles.iter().map(|it| HeldRole::everywhere(it)).collect();
    Colleague { person: person(number), active: true, roles, stands_in_for: BTreeSet::new() }
}

impl Bench {
    pub(crate) fn of(process: processes::Process, place: Place) -> Bench {
        Bench {
            process: Arc::new(process),
            shelf: Shelf::of(&book(1, "Emma", place)),
            options: Bound::new(1, crate::library::Rules::default()),
            actor: actor(1),
            now: hour(0),
            seed: 1,
            limit: None,
            colleagues: vec![
                colleague(10, &["Head"]),
                colleague(11, &["Head", "Senior"]),
                colleague(12, &["Senior"]),
                colleague(13, &["Deputy"]),
            ],
            requester: None,
        }
    }

    pub(crate) fn lend() -> Bench {
        Bench::of(processes::lend().unwrap(), Place::Shelf)
    }

    pub(crate) fn decide(
        &self,
        instance: Option<&Instance<Library>>,
        command: &Command<Library>,
    ) -> Result<Decided, No> {
        let mut people = People { requester: self.requester.clone(), ..People::default() };
        loop {
            match self.decide_knowing(instance, command, &people) {
                Err(Undecided::Asks(inquiry)) => people.learn(inquiry, self.colleagues.iter().cloned()),
                Err(Undecided::Rejected(it)) => return Err(it),
                Err(Undecided::Codec(it)) => panic!("{it}"),
                Ok(decision) => return Ok(decision),
            }
        }
    }

    pub(crate) fn decide_knowing(
        &self,
        instance: Option<&Instance<Library>>,
        command: &Command<Library>,
        people: &People,
    ) -> Result<Decided, Undecided<Library>> {
        let situation = Situation {
            process: &*self.process,
            instance,
            dossier: &self.shelf,
            options: &self.options,
            world: &(),
            tenant: TenantId::new(7),
            actor: &self.actor,
            now: self.now,
            seed: Seed::from_number(self.seed),
            limit: self.limit.as_ref(),
            people,
            handling: None,
            taken: None,
        };
        decide(&situation, command)
    }

    /// What a decision left behind, as the ground of the next one.
    pub(crate) fn after(&self, decision: &Decided) -> Bench {
        Bench { shelf: decision.dossier.clone(), seed: self.seed + 1, ..self.clone() }
    }

    pub(crate) fn begin(&self, answers: Option<Answers>) -> Result<Decided, No> {
        self.decide(None, &Command::Start { subject: self.shelf.subject, answers })
    }

    pub(crate) fn next(&self, instance: &Instance<Library>, answers: Answers) -> Result<Decided, No> {
        self.decide(Some(instance), &Command::Next(answers))
    }

    pub(crate) fn stamp(&self, instance: &Instance<Library>) -> Stamp {
        Stamp {
            instance: instance.id(),
            process: instance.process().to_owned(),
            version: instance.version(),
            at: self.now,
            person: self.actor.person,
            on_behalf: self.actor.on_behalf,
            component: self.actor.component,
        }
    }

    /// Folds the events of a decision over what was there before.
    pub(crate) fn folded(&self, before: Option<&Instance<Library>>, decision: &Decided) -> Option<Instance<Library>> {
        let stamp = self.stamp(&decision.instance);
        decision.events.iter().fold(before.cloned(), |it, event| evolve(it, &stamp, event))
    }
}

/// The answers of a reader who gets the book without a price.
pub(crate) fn reader() -> Answers {
    Answers::none().with("reader", "Ada")
}

pub(crate) fn report(effect: EffectId, subject: &Shelf, reply: Reply) -> Command<Library> {
    let request = Question { book: subject.subject, to: "catalogue".to_owned() };
    Command::Report(vec![Report { effect, request, came: Came::Answer(reply) }])
}

/// The effect an instance waits for, or the one it has asked and not been answered.
pub(crate) fn open_effect(instance: &Instance<Library>) -> EffectId {
    match instance.status() {
        Status::Outside { effect, .. } => *effect,
        _ => instance.asked().iter().find(|it| it.is_open()).unwrap().effect,
    }
}

/// The events of a decision in a line.
pub(crate) fn brief(decision: &Decided) -> String {
    let word = |event: &Event<Library>| match event {
        Event::Started { .. } => "started".to_owned(),
        Event::Waits { step, .. } => format!("waits at {step}"),
        Event::OptionsProposed { version, .. } => format!("options {version} proposed"),
        Event::OptionsActivated { version } => format!("options {version} activated"),
        Event::Appointed { what, .. } => what.to_string(),
        Event::Bound { version, .. } => format!("bound to {version}"),
        Event::Answered { step, .. } => format!("answered {step}"),
        Event::Changed { step, leaves, changes } => format!("{} changed by {step}, {leaves}", changes.len()),
        Event::Requested { step, awaited, request, .. } => {
            format!("{} {} at {step}", if *awaited { "waits for" } else { "asked" }, request.to)
        }
        Event::Confirmed { answer, changes, .. } => format!("{answer:?} changed {}", changes.len()),
        Event::Late { answer, changes, .. } => format!("late {answer:?} changed {}", changes.len()),
        Event::Overtaken { .. } => "overtaken".to_owned(),
        Event::Resolved { incident, how, .. } => format!("incident {incident}: {how}"),
        Event::Incident { what, .. } => format!("incident: {what}"),
        Event::NoMail => "no mail".to_owned(),
        Event::Confirming { end, .. } => format!("confirming {end}"),
        Event::Ended(outcome) => format!("ended: {outcome}"),
        Event::Erased(_) | Event::Trimmed(_) => "of the history".to_owned(),
        Event::ApprovalAsked { step, policy, limit: None, .. } => format!("{policy} asked at {step}"),
        Event::ApprovalAsked { step, policy, limit: Some(limit), .. } => format!("{policy} asked at {step} by {limit}"),
        Event::Judged { step, verdict, .. } => format!("{verdict} at {step}"),
        Event::NextStage { step, stage } => format!("stage {stage} of {step}"),
        Event::Reminded { step } => format!("{step} reminded"),
        Event::Escalated { step, to } => format!("{step} escalated to {to}"),
        Event::Approved { step, automatic } => format!("{step} approved{}", if *automatic { " by itself" } else { "" }),
        Event::Differed { gone, come, .. } => format!("{} gone, {} come", gone.len(), come.len()),
        Event::Resubmitted { step, .. } => format!("{step} resubmitted"),
        Event::Notified { .. } => "written to".to_owned(),
        Event::Read { how, objects } => format!("{} {how}", objects.len()),
        Event::Handled { step, command, .. } => format!("{step}: {}", command.name()),
    };
    decision.events.iter().map(word).collect::<Vec<_>>().join("; ")
}

/// A decision or a rejection in a line.
pub(crate) fn came(decided: &Result<Decided, No>) -> String {
    match decided {
        Ok(decision) => brief(decision),
        Err(rejection) => format!("{}: {rejection}", rejection.code()),
    }
}
