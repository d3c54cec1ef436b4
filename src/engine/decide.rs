use super::actor::{Actor, Component};
use super::command::{Command, Report};
use super::definition::{Process, StepKind};
use super::domain::{Answered, Broken, Domain, Ground, Planned};
use super::event::{Event, Outcome};
use super::instance::{Bound, Instance, Stamp, Status, evolve};
use super::preview::Preview;
use super::rejection::Rejection;
use crate::values::{
    Answers, CodecError, EffectId, Ids, InstanceId, Millis, ObjectRef, Seed, TaskId, TenantId, Timestamp,
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
    /// The options in force.
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
    /// What was done, line by line.
    pub items: Vec<D::Item>,
    /// What Next would do, if the instance waits for it.
    pub preview: Option<Preview<D>>,
    /// The fresh ids that are left.
    pub ids: Ids,
}

/// A decision that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Undecided<D: Domain> {
    /// The command is not carried out.
    #[error(transparent)]
    Rejected(#[from] Rejection<D>),
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
        (Command::Expire, Some(instance)) => expire(situation, instance),
        (Command::Report(reports), Some(instance)) => report(situation, instance, reports),
        (Command::Start { .. }, Some(instance)) => Err(not_waiting(instance).into()),
        (Command::Next(_) | Command::Cancel | Command::Expire | Command::Report(_), None) => {
            Err(Rejection::NotFound { what: "instance" }.into())
        }
    }
}

/// What Next would do with these answers, for an instance that waits at a form.
///
/// # Errors
///
/// [`Undecided::Rejected`] if it does not wait at a form, or an answer is not accepted.
pub fn preview<D: Domain>(situation: &Situation<'_, D>, answers: &Answers) -> Result<Preview<D>, Undecided<D>> {
    let instance = situation.instance.ok_or(Rejection::NotFound { what: "instance" })?;
    let (step, ..) = instance.waits().ok_or_else(|| not_waiting(instance))?;
    let position = situation.process.outline().position(step).ok_or_else(|| not_waiting(instance))?;
    Run::of(situation, instance.clone()).look_ahead(position, answers)
}

fn start<D: Domain>(
    situation: &Situation<'_, D>,
    subject: ObjectRef,
    answers: Option<Answers>,
) -> Result<Decision<D>, Undecided<D>> {
    let outline = situation.process.outline();
    let component = situation.actor.component;
    if !outline.components.contains(&component) {
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
    };
    let started = Event::Started { subject, fingerprint: outline.fingerprint };
    let instance = evolve(None, &stamp, &started).ok_or(Rejection::NotFound { what: "instance" })?;
    let mut run = Run { events: vec![started], ids, ..Run::of(situation, instance) };
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
    let (step, ..) = instance.waits().ok_or_else(|| not_waiting(instance))?;
    let position = situation.process.outline().position(step).ok_or_else(|| not_waiting(instance))?;
    if !matches!(situation.process.outline().steps.get(position).map(|it| &it.kind), Some(StepKind::Form(_))) {
        return Err(not_waiting(instance).into());
    }
    own(situation, instance)?;
    let mut run = Run::of(situation, instance.clone());
    if run.still_relies()
        && let Some(seen) = answers.quoted()
    {
        let with_answers = run.look_ahead(position, answers)?;
        if with_answers.digest != seen && run.look_ahead(position, &Answers::none())?.digest != seen {
            return Err(Rejection::PlanChanged { preview: Box::new(with_answers) }.into());
        }
    }
    run.advance(position, Some(answers.clone()))?;
    run.finish()
}

fn cancel<D: Domain>(situation: &Situation<'_, D>, instance: &Instance<D>) -> Result<Decision<D>, Undecided<D>> {
    instance.waits().ok_or_else(|| not_waiting(instance))?;
    own(situation, instance)?;
    let mut run = Run::of(situation, instance.clone());
    run.emit(Event::Ended(Outcome::Cancelled));
    run.finish()
}

fn expire<D: Domain>(situation: &Situation<'_, D>, instance: &Instance<D>) -> Result<Decision<D>, Undecided<D>> {
    let (.., due) = instance.waits().ok_or_else(|| not_waiting(instance))?;
    if situation.now < due {
        return Err(Rejection::NotDue { due }.into());
    }
    let mut run = Run::of(situation, instance.clone());
    run.emit(Event::Ended(Outcome::Expired));
    run.finish()
}

fn report<D: Domain>(
    situation: &Situation<'_, D>,
    instance: &Instance<D>,
    reports: &[Report<D>],
) -> Result<Decision<D>, Undecided<D>> {
    let mut run = Run::of(situation, instance.clone());
    for Report { effect, request, answer } in reports {
        let open = run.instance.asked().iter().any(|it| it.effect == *effect && it.answer.is_none());
        if !open {
            return Err(Rejection::NotAsked { effect: *effect }.into());
        }
        let Answered { changes, incident } = D::answered(&run.dossier, request, answer);
        for change in &changes {
            D::apply(&mut run.dossier, change).map_err(Rejection::Refused)?;
            run.note_changed(change);
        }
        run.emit(Event::Confirmed { effect: *effect, answer: answer.clone(), changes });
        if let Some((object, what)) = incident {
            run.emit(Event::Incident { object, what });
        }
    }
    for Broken { invariant, object } in run.added_breaches(&run.dossier) {
        run.emit(Event::Incident { object, what: format!("this breaks: {invariant}") });
    }
    match run.instance.status().clone() {
        Status::Outside { step, effect } => {
            let answered = run.instance.asked().iter().any(|it| it.effect == effect && it.answer.is_some());
            if let (true, Some(position)) = (answered, situation.process.outline().position(&step)) {
                let so_far = run.clone();
                match run.advance(position + 1, None) {
                    // What the outside has answered is stored all the same (law 9).
                    Err(Undecided::Rejected(rejection)) => {
                        run = so_far;
                        run.emit(Event::Ended(Outcome::Refused { why: rejection.to_string() }));
                    }
                    advanced => advanced?,
                }
            }
        }
        Status::Confirming { end, remark } if run.instance.open_effects() == 0 => {
            run.emit(Event::Ended(Outcome::Done { end, remark }));
        }
        Status::Beginning | Status::Waiting { .. } | Status::Confirming { .. } | Status::Ended(_) => {}
    }
    run.finish()
}

fn own<D: Domain>(situation: &Situation<'_, D>, instance: &Instance<D>) -> Result<(), Rejection<D>> {
    let same = situation.actor.person == instance.requester();
    if same || situation.actor.component == Component::Worker { Ok(()) } else { Err(Rejection::NotYours) }
}

fn not_waiting<D: Domain>(instance: &Instance<D>) -> Rejection<D> {
    let outcome = match instance.status() {
        Status::Ended(outcome) => Some(outcome.clone()),
        Status::Beginning | Status::Waiting { .. } | Status::Outside { .. } | Status::Confirming { .. } => None,
    };
    Rejection::NotWaiting { now: instance.status().to_string(), outcome }
}

/// One command under way: the instance and dossier as they would be so far.
#[derive(Clone)]
struct Run<'a, 's, D: Domain> {
    situation: &'s Situation<'a, D>,
    instance: Instance<D>,
    dossier: D::Dossier,
    events: Vec<Event<D>>,
    changed: Vec<ObjectRef>,
    requests: Vec<(EffectId, D::Request)>,
    items: Vec<D::Item>,
    preview: Option<Preview<D>>,
    ids: Ids,
    /// A look ahead: forms, approvals and effects are taken as done.
    ahead: bool,
}

impl<'a, 's, D: Domain> Run<'a, 's, D> {
    fn of(situation: &'s Situation<'a, D>, instance: Instance<D>) -> Self {
        Run {
            situation,
            instance,
            dossier: situation.dossier.clone(),
            events: Vec::new(),
            changed: Vec::new(),
            requests: Vec::new(),
            items: Vec::new(),
            preview: None,
            ids: Ids::new(situation.now, situation.seed),
            ahead: false,
        }
    }

    fn emit(&mut self, event: Event<D>) {
        let stamp = Stamp {
            instance: self.instance.id(),
            process: String::new(),
            version: self.instance.version(),
            at: self.situation.now,
            person: self.situation.actor.person,
        };
        if let Some(after) = evolve(Some(self.instance.clone()), &stamp, &event) {
            self.instance = after;
        }
        self.events.push(event);
    }

    fn note_changed(&mut self, change: &D::Change) {
        let (object, _) = D::about(change);
        if !self.changed.contains(&object) {
            self.changed.push(object);
        }
    }

    fn options(&self) -> &D::Options {
        self.instance.bound().map_or(&self.situation.options.options, |it| &it.options)
    }

    /// Whether the subject is still in the state that the next step relies on.
    fn still_relies(&self) -> bool {
        let (found, required) = self.situation.process.standing_of(&self.dossier);
        self.instance.relies_on().map_or(required, |state| state == found)
    }

    /// Goes on from a position until something has to be waited for, or the end.
    fn advance(&mut self, from: usize, mut answers: Option<Answers>) -> Result<(), Undecided<D>> {
        let outline = self.situation.process.outline();
        let mut position = from;
        while let Some(step) = outline.steps.get(position) {
            position += 1;
            if step.when.is_some_and(|holds| !holds(self.options(), self.instance.answers())) {
                continue;
            }
            match &step.kind {
                StepKind::Form(form) => match answers.take() {
                    None if !self.ahead => return self.wait(step.name),
                    given => {
                        let given = given.unwrap_or_default();
                        if self.instance.bound().is_none() {
                            let Bound { version, options } = self.situation.options.clone();
                            self.emit(Event::Bound { version, options });
                        }
                        if !self.ahead || given != Answers::none() {
                            let read = form.read(&given, self.options(), self.situation.now);
                            let answers = read.map_err(Rejection::from)?;
                            self.emit(Event::Answered { step: step.name.to_owned(), answers });
                        }
                        if !self.still_relies() && !self.ahead {
                            return self.supersede();
                        }
                    }
                },
                StepKind::Approval(_) if self.ahead => {}
                StepKind::Approval(_) => return self.wait(step.name),
                StepKind::Change { .. } => {
                    if !self.still_relies() {
                        return self.supersede();
                    }
                    self.change(position - 1, step.name)?;
                }
                StepKind::Effect(_) if self.ahead => {}
                StepKind::Effect(request) => {
                    let request = request(&self.dossier, self.instance.answers()).map_err(Rejection::Refused)?;
                    self.ask(step.name, request, true);
                    return Ok(());
                }
                StepKind::Branch { when, to } => {
                    if when(self.options(), self.instance.answers()) {
                        position = outline.position(to).unwrap_or(position);
                    }
                }
                StepKind::End => return self.end(step.name),
            }
        }
        Ok(())
    }

    fn wait(&mut self, step: &str) -> Result<(), Undecided<D>> {
        let task = TaskId::from_uuid(self.ids.fresh());
        let until = self.situation.now.plus(FORM_WAITS);
        self.emit(Event::Waits { step: step.to_owned(), task, until });
        if let Some(position) = self.situation.process.outline().position(step) {
            self.preview = Some(self.look_ahead(position, &Answers::none())?);
        }
        Ok(())
    }

    fn ask(&mut self, step: &str, request: D::Request, awaited: bool) {
        let effect = EffectId::from_uuid(self.ids.fresh());
        self.requests.push((effect, request.clone()));
        self.emit(Event::Requested { step: step.to_owned(), effect, request, awaited });
    }

    fn change(&mut self, position: usize, step: &str) -> Result<(), Undecided<D>> {
        let outside: Vec<_> =
            self.instance.asked().iter().filter_map(|it| Some((it.step.clone(), it.answer.clone()?))).collect();
        let ground = Ground {
            dossier: &self.dossier,
            now: self.situation.now,
            tenant: self.situation.tenant,
            instance: self.instance.id(),
            actor: self.situation.actor.person,
            options: self.options(),
            answers: self.instance.answers(),
            outside: &outside,
            world: self.situation.world,
            ids: self.ids.clone(),
        };
        let Some(planned) = self.situation.process.plan(position, ground) else { return Ok(()) };
        let Planned { items, changes, requests, dossier, ids } = planned.map_err(Rejection::Refused)?;
        // INVARIANT: what is decided adds no breach (law 9).
        let broken = self.added_breaches(&dossier);
        if !broken.is_empty() {
            return Err(Rejection::WouldBreak { broken }.into());
        }
        self.dossier = dossier;
        self.ids = ids;
        changes.iter().for_each(|it| self.note_changed(it));
        let (leaves, _) = self.situation.process.standing_of(&self.dossier);
        self.emit(Event::Changed { step: step.to_owned(), changes, leaves });
        for request in requests {
            self.ask(step, request, false);
        }
        for (object, what) in D::incidents(&items) {
            self.emit(Event::Incident { object, what });
        }
        self.items.extend(items);
        Ok(())
    }

    /// The invariants that this command would break, were `after` stored; old breaches do not count (law 9).
    fn added_breaches(&self, after: &D::Dossier) -> Vec<Broken> {
        let Situation { dossier: before, now, .. } = self.situation;
        let mut broken = D::breaches(after, *now);
        if !broken.is_empty() {
            let old = D::breaches(before, *now);
            broken.retain(|it| !old.contains(it));
        }
        broken.extend(D::breaches_between(before, after));
        broken
    }

    fn end(&mut self, step: &str) -> Result<(), Undecided<D>> {
        if self.situation.process.outline().mail.is_none() {
            self.emit(Event::NoMail);
        }
        let remark = D::remark(self.instance.subject(), &self.items);
        let end = step.to_owned();
        self.emit(match self.instance.open_effects() {
            0 => Event::Ended(Outcome::Done { end, remark }),
            _ => Event::Confirming { end, remark },
        });
        Ok(())
    }

    fn supersede(&mut self) -> Result<(), Undecided<D>> {
        let (found, _) = self.situation.process.standing_of(&self.dossier);
        let needed = match self.instance.relies_on() {
            Some(state) => state.to_owned(),
            None => self.situation.process.outline().requires.join(" or "),
        };
        self.emit(Event::Ended(Outcome::Superseded { needed, found }));
        Ok(())
    }

    /// What would be done from the form at `position` to the end.
    fn look_ahead(&self, position: usize, answers: &Answers) -> Result<Preview<D>, Undecided<D>> {
        let mut ahead = Run {
            dossier: self.dossier.clone(),
            ids: self.ids.clone(),
            ahead: true,
            ..Run::of(self.situation, self.instance.clone())
        };
        match ahead.advance(position, Some(answers.clone())) {
            Ok(()) => Ok(Preview::new(ahead.items, None)?),
            Err(Undecided::Rejected(Rejection::Refused(refusal))) => Ok(Preview::new(ahead.items, Some(refusal))?),
            Err(other) => Err(other),
        }
    }

    fn finish(self) -> Result<Decision<D>, Undecided<D>> {
        let Run { instance, dossier, events, changed, requests, items, preview, ids, .. } = self;
        Ok(Decision { events, instance, dossier, changed, requests, items, preview, ids })
    }
}
