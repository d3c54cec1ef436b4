use super::actor::{Actor, Component};
use super::alarm::Alarm;
use super::approval::Verdict;
use super::command::Command;
use super::definition::{Process, StepKind};
use super::domain::Domain;
use super::event::{Event, Outcome};
use super::inbox::Handling;
use super::instance::{Bound, Instance, Stamp, Status, evolve};
use super::judge::{judge, overdue, remind, resubmit};
use super::limit::Reached;
use super::notifying::digest;
use super::people::{Inquiry, People};
use super::preview::Preview;
use super::rejection::Rejection;
use super::report::{missed, report, resolve};
use super::run::Run;
use crate::values::{
    Answers, CodecError, EffectId, Ids, InstanceId, Millis, ObjectRef, PersonId, Seed, TenantId, Timestamp,
};

/// How long a form waits before the instance ends by itself.
pub const FORM_WAITS: Millis = Millis::hours(8);

/// What a decision is made from, besides the command. The same situation gives the same decision (law 2).
#[derive(Debug)]
pub struct Situation<'a, D: Domain> {
    /// The definition.
    pub process: &'a dyn Process<D>,
    /// The instance, unless it is to begin.
    pub instance: Option<&'a Instance<D>>,
    /// The subject and its neighbourhood.
    pub dossier: &'a D::Dossier,
    /// The options for this run: those in force if it is to begin, else those it was given.
    pub options: &'a Bound<D>,
    /// What the host has plugged in.
    pub world: &'a D::World,
    /// The tenant.
    pub tenant: TenantId,
    /// Who asks.
    pub actor: &'a Actor,
    /// The time.
    pub now: Timestamp,
    /// Where fresh ids come from.
    pub seed: Seed,
    /// The limit of the process that the actor has used up, if it is so.
    pub limit: Option<&'a Reached>,
    /// What is known of persons, as far as it was asked.
    pub people: &'a People,
    /// What people have done with the task that the instance waits at.
    pub handling: Option<&'a Handling>,
    /// Why what follows an answer cannot be stored, in words, where that was tried: another has the same number, say, or the
    /// same waits for approval.
    pub taken: Option<&'a str>,
}

/// What a command comes to: one commit.
#[derive(Clone, Debug)]
pub struct Decision<D: Domain> {
    /// What happened, in order.
    pub events: Vec<Event<D>>,
    /// The instance after it.
    pub instance: Instance<D>,
    /// The dossier after it.
    pub dossier: D::Dossier,
    /// The objects that changed.
    pub changed: Vec<ObjectRef>,
    /// The requests to the outside.
    pub requests: Vec<(EffectId, D::Request)>,
    /// The targets of requests made earlier that may be pointless by now, and need not wait for each other.
    pub overtakes: Vec<String>,
    /// What was done, line by line.
    pub items: Vec<D::Item>,
    /// What Next would do, if the instance waits for it.
    pub preview: Option<Preview<D>>,
    /// The times at which changed objects are to be looked at, besides those that were known before.
    pub alarms: Vec<Alarm>,
    /// The fresh ids that are left.
    pub ids: Ids,
}

/// A decision that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Undecided<D: Domain> {
    /// The command is not carried out.
    #[error(transparent)]
    Rejected(#[from] Rejection<D>),
    /// More must be known of persons first.
    #[error("persons must be asked about first")]
    Asks(Inquiry),
    /// A value has no stored form.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// Decides a command: what happens, or why not. Pure.
///
/// A command that finds the state it relies on gone is `Ok`: the instance ends as [`Outcome::Superseded`], on record.
///
/// # Errors
///
/// [`Undecided::Rejected`] with nothing done.
pub fn decide<D: Domain>(situation: &Situation<'_, D>, command: &Command<D>) -> Result<Decision<D>, Undecided<D>> {
    match (command, situation.instance) {
        (Command::Start { subject, answers }, None) => start(situation, *subject, answers.clone()),
        (Command::Next(answers), Some(instance)) => next(situation, instance, answers),
        (Command::Cancel, Some(instance)) => cancel(situation, instance),
        (Command::Fire, Some(instance)) => fire(situation, instance),
        (Command::Report(reports), Some(instance)) => report(situation, instance, reports),
        (Command::Missed { object, what }, Some(instance)) => missed(situation, instance, *object, what),
        (Command::Resolve { incident, how, note }, Some(instance)) => {
            resolve(situation, instance, *incident, *how, note)
        }
        (Command::Judge(judgement), Some(instance)) => {
            // Who holds it is told to those alone who could decide it.
            let decision = judge(situation, instance, judgement)?;
            if judgement.verdict != Verdict::TakeBack {
                nobody_else_holds(situation, judgement.on_behalf)?;
            }
            Ok(decision)
        }
        (Command::Resubmit { answers, note }, Some(instance)) => {
            let decision = resubmit(situation, instance, answers, note)?;
            nobody_else_holds(situation, None)?;
            Ok(decision)
        }
        (Command::Digest { to, waiting }, Some(instance)) => digest(situation, instance, *to, waiting),
        (Command::Start { .. }, Some(instance)) => Err(not_waiting(instance).into()),
        (
            Command::Next(_)
            | Command::Cancel
            | Command::Fire
            | Command::Report(_)
            | Command::Resolve { .. }
            | Command::Missed { .. }
            | Command::Judge(_)
            | Command::Resubmit { .. }
            | Command::Digest { .. },
            None,
        ) => Err(Rejection::NotFound { what: "instance" }.into()),
    }
}

/// What Next would do with these answers, for an instance that waits at a form.
///
/// # Errors
///
/// [`Undecided::Rejected`] if it does not wait at a form, or an answer is not accepted.
pub fn preview<D: Domain>(situation: &Situation<'_, D>, answers: &Answers) -> Result<Preview<D>, Undecided<D>> {
    let instance = situation.instance.ok_or(Rejection::NotFound { what: "instance" })?;
    let position = waits_at(situation, instance)?;
    Run::of(situation, instance.clone()).look_ahead(position, answers)
}

fn start<D: Domain>(
    situation: &Situation<'_, D>,
    subject: ObjectRef,
    answers: Option<Answers>,
) -> Result<Decision<D>, Undecided<D>> {
    let outline = situation.process.outline();
    let component = situation.actor.component;
    if !outline.is_offered(component, &situation.options.options) {
        return Err(Rejection::WrongComponent { process: outline.name.to_owned(), component }.into());
    }
    startable(situation.process, situation.dossier)?;
    let mut ids = Ids::new(situation.now, situation.seed);
    let id = InstanceId::from_uuid(ids.fresh());
    let stamp = Stamp {
        instance: id,
        process: outline.name.to_owned(),
        version: outline.version,
        at: situation.now,
        person: situation.actor.person,
        on_behalf: situation.actor.on_behalf,
        component,
    };
    let started = Event::Started { subject, fingerprint: outline.fingerprint };
    let instance = evolve(None, &stamp, &started).ok_or(Rejection::NotFound { what: "instance" })?;
    let mut run = Run::of(situation, instance);
    run.events.push(started);
    run.ids = ids;
    run.bind()?;
    run.advance(0, answers)?;
    run.finish()
}

/// Whether a process may begin on the subject as it is now.
///
/// # Errors
///
/// [`Rejection::WrongSort`] or [`Rejection::WrongState`].
pub fn startable<D: Domain>(process: &dyn Process<D>, dossier: &D::Dossier) -> Result<(), Rejection<D>> {
    let outline = process.outline();
    if !process.is_for(dossier) {
        let sorts = match outline.sorts.as_slice() {
            [] => D::schema().kind(outline.subject).map_or_else(String::new, |it| it.name.to_owned()),
            sorts => sorts.join(", "),
        };
        return Err(Rejection::WrongSort { process: outline.name.to_owned(), sorts });
    }
    match process.standing_of(dossier) {
        (_, true) => Ok(()),
        (found, false) => Err(Rejection::WrongState {
            process: outline.name.to_owned(),
            needed: outline.requires.join(" or "),
            found,
        }),
    }
}

fn next<D: Domain>(
    situation: &Situation<'_, D>,
    instance: &Instance<D>,
    answers: &Answers,
) -> Result<Decision<D>, Undecided<D>> {
    let position = waits_at(situation, instance)?;
    if !matches!(situation.process.outline().steps.get(position).map(|it| &it.kind), Some(StepKind::Form(_))) {
        return Err(not_waiting(instance).into());
    }
    own(situation, instance)?;
    nobody_else_holds(situation, None)?;
    let mut run = Run::of(situation, instance.clone());
    if run.still_relies()
        && let Some(seen) = answers.quoted()
    {
        let preview = run.look_ahead(position, answers)?;
        if preview.digest != seen {
            return Err(Rejection::PlanChanged { preview: Box::new(preview) }.into());
        }
    }
    run.advance(position, Some(answers.clone()))?;
    run.finish()
}

fn cancel<D: Domain>(situation: &Situation<'_, D>, instance: &Instance<D>) -> Result<Decision<D>, Undecided<D>> {
    waits_at(situation, instance)?;
    let in_their_name = situation.actor.person.is_some() && situation.actor.person == instance.on_behalf();
    if !in_their_name {
        began(situation, instance)?;
    }
    if instance.approval().is_none() && !in_their_name {
        nobody_else_holds(situation, None)?;
    }
    let mut run = Run::of(situation, instance.clone());
    if instance.approval().is_none() {
        run.emit(Event::Ended(Outcome::Cancelled));
    } else if instance.relies_on().is_none() {
        run.emit(Event::Ended(Outcome::Withdrawn));
    } else {
        return Err(Rejection::DoneAlready.into());
    }
    run.finish()
}

fn fire<D: Domain>(situation: &Situation<'_, D>, instance: &Instance<D>) -> Result<Decision<D>, Undecided<D>> {
    let (.., until) = instance.waits().ok_or_else(|| not_waiting(instance))?;
    let due = instance.fires().unwrap_or(until);
    if situation.now < due {
        return Err(Rejection::NotDue { due }.into());
    }
    let mut run = Run::of(situation, instance.clone());
    if situation.now < until {
        remind(&mut run)?;
    } else if instance.approval().is_some() {
        overdue(&mut run)?;
    } else {
        run.emit(Event::Ended(Outcome::Expired));
    }
    run.finish()
}

/// Goes on after an answer. The answer is a fact (law 9): if what follows is refused, it is stored all the same and the
/// instance ends.
pub(super) fn go_on<D: Domain>(run: &mut Run<'_, '_, D>, from: usize) -> Result<(), Undecided<D>> {
    let answered = run.clone();
    let why = match run.situation().taken {
        Some(taken) => taken.to_owned(),
        None => match run.advance(from, None) {
            Err(Undecided::Rejected(
                refusal @ (Rejection::Refused(_) | Rejection::WouldBreak { .. } | Rejection::NobodyCanApprove(_)),
            )) => refusal.to_string(),
            other => return other,
        },
    };
    *run = answered;
    run.emit(Event::Incident { object: run.instance.subject(), what: why.clone(), effect: None });
    run.emit(Event::Ended(Outcome::Refused { why }));
    Ok(())
}

/// Whether the actor began the instance, and so may close it, whoever holds the request for its approval.
fn began<D: Domain>(situation: &Situation<'_, D>, instance: &Instance<D>) -> Result<(), Rejection<D>> {
    let same = situation.actor.person == instance.requester();
    if same || situation.actor.component == Component::Worker { Ok(()) } else { Err(Rejection::NotYours) }
}

/// Whether the actor may answer for the instance: whoever began it, and whom they have delegated that to.
pub(super) fn own<D: Domain>(situation: &Situation<'_, D>, instance: &Instance<D>) -> Result<(), Rejection<D>> {
    let delegate = situation.handling.and_then(|it| it.delegate);
    if delegate.is_some() && delegate == situation.actor.person { Ok(()) } else { began(situation, instance) }
}

/// A task that somebody holds is completed by nobody else, but for whoever stands in for them.
fn nobody_else_holds<D: Domain>(situation: &Situation<'_, D>, on_behalf: Option<PersonId>) -> Result<(), Rejection<D>> {
    let actor = situation.actor;
    match situation.handling.and_then(Handling::holder) {
        Some(person) if actor.component != Component::Worker && ![actor.person, on_behalf].contains(&Some(person)) => {
            Err(Rejection::ClaimedBy { person })
        }
        _ => Ok(()),
    }
}

/// The step an instance waits at. Once its time is over it has ended, whether a timer has said so yet or not.
fn waits_at<D: Domain>(situation: &Situation<'_, D>, instance: &Instance<D>) -> Result<usize, Rejection<D>> {
    let (step, _, until) = instance.waits().ok_or_else(|| not_waiting(instance))?;
    if situation.now >= until {
        return Err(expired());
    }
    situation.process.outline().position(step).ok_or_else(|| not_waiting(instance))
}

/// Its time is over, whether a timer has said so yet or not.
pub(super) fn expired<D: Domain>() -> Rejection<D> {
    Rejection::NotWaiting { now: Outcome::Expired.to_string(), outcome: Some(Outcome::Expired) }
}

pub(super) fn not_waiting<D: Domain>(instance: &Instance<D>) -> Rejection<D> {
    let outcome = match instance.status() {
        Status::Ended(outcome) => Some(outcome.clone()),
        Status::Beginning | Status::Waiting { .. } | Status::Outside { .. } | Status::Confirming { .. } => None,
    };
    Rejection::NotWaiting { now: instance.status().to_string(), outcome }
}
