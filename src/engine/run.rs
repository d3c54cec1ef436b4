use super::alarm::Alarm;
use super::decide::{Decision, FORM_WAITS, Situation, Undecided};
use super::definition::{Step, StepKind};
use super::domain::{Broken, Domain, Ground, Planned};
use super::event::{Event, Outcome};
use super::instance::{Bound, Instance, Stamp};
use super::limit::Reached;
use super::notice::{Notice, NoticeKind};
use super::notifying::tell;
use super::preview::Preview;
use super::rejection::Rejection;
use crate::values::{Answers, CodecError, EffectId, Ids, Millis, ObjectRef, PersonId, TaskId};

/// One command under way: the instance and dossier as they would be so far.
#[derive(Clone)]
pub(super) struct Run<'a, 's, D: Domain> {
    situation: &'s Situation<'a, D>,
    pub(super) instance: Instance<D>,
    pub(super) dossier: D::Dossier,
    pub(super) events: Vec<Event<D>>,
    changed: Vec<ObjectRef>,
    requests: Vec<(EffectId, D::Request)>,
    /// The targets of earlier requests that are to be looked at again.
    pub(super) overtakes: Vec<String>,
    items: Vec<D::Item>,
    pub(super) preview: Option<Preview<D>>,
    pub(super) ids: Ids,
    /// A look ahead: forms, approvals and effects are taken as done.
    ahead: bool,
    /// What happens is what the requester asked for and others agreed to.
    pub(super) as_requester: bool,
}

impl<'a, 's, D: Domain> Run<'a, 's, D> {
    pub(super) fn of(situation: &'s Situation<'a, D>, instance: Instance<D>) -> Self {
        Run {
            situation,
            instance,
            dossier: situation.dossier.clone(),
            events: Vec::new(),
            changed: Vec::new(),
            requests: Vec::new(),
            overtakes: Vec::new(),
            items: Vec::new(),
            preview: None,
            ids: Ids::new(situation.now, situation.seed),
            ahead: false,
            as_requester: false,
        }
    }

    pub(super) fn situation(&self) -> &'s Situation<'a, D> {
        self.situation
    }

    pub(super) fn emit(&mut self, event: Event<D>) {
        let stamp = Stamp {
            instance: self.instance.id(),
            process: String::new(),
            version: self.instance.version(),
            at: self.situation.now,
            person: self.situation.actor.person,
            on_behalf: self.situation.actor.on_behalf,
            component: self.situation.actor.component,
        };
        self.instance.apply(&stamp, &event);
        self.events.push(event);
    }

    pub(super) fn note_changed(&mut self, change: &D::Change) {
        let object = D::object_of(change);
        if !self.changed.contains(&object) {
            self.changed.push(object);
        }
    }

    /// Gives the instance its options, which stay the same until it ends.
    pub(super) fn bind(&mut self) -> Result<(), CodecError> {
        let digest = self.situation.options.digest()?;
        let Bound { version, options, fell_back } = self.situation.options.clone();
        self.emit(Event::Bound { version, options: Some(options), fell_back, digest });
        Ok(())
    }

    pub(super) fn options(&self) -> &D::Options {
        self.instance.bound().map_or(&self.situation.options.options, |it| &it.options)
    }

    /// Whether the subject is still in the state that the next step relies on.
    pub(super) fn still_relies(&self) -> bool {
        let (found, required) = self.situation.process.standing_of(&self.dossier);
        self.instance.relies_on().map_or(required, |state| state == found)
    }

    /// Goes on from a position until something has to be waited for, or the end.
    pub(super) fn advance(&mut self, from: usize, mut answers: Option<Answers>) -> Result<(), Undecided<D>> {
        let outline = self.situation.process.outline();
        let mut position = from;
        while let Some(step) = outline.steps.get(position) {
            position += 1;
            let passed_over = step.when.is_some_and(|holds| !holds(self.options(), self.instance.answers()));
            if passed_over && !self.limit_asks_at(step) {
                continue;
            }
            match &step.kind {
                StepKind::Form(form) => match answers.take() {
                    None if !self.ahead => return self.wait(step),
                    given => {
                        let given = given.unwrap_or_default();
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
                StepKind::Approval { .. } | StepKind::Effect(_) | StepKind::Questions(_) if self.ahead => {}
                StepKind::Approval { policy, .. } => return self.ask_for_approval(step.name, policy),
                StepKind::Change { .. } | StepKind::Effect(_) | StepKind::Questions(_) if !self.still_relies() => {
                    return self.supersede();
                }
                StepKind::Change { .. } => {
                    self.within_limit()?;
                    self.change(position - 1, step.name)?;
                }
                StepKind::Effect(request) => {
                    self.within_limit()?;
                    let asked = self.asked_by(request)?;
                    self.ask(step.name, asked, true);
                    return Ok(());
                }
                StepKind::Questions(requests) => {
                    self.within_limit()?;
                    for asked in self.asked_by(requests)? {
                        self.ask(step.name, asked, false);
                    }
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

    /// Whether the limit that the actor has used up sends the instance to this approval, whatever its condition says.
    fn limit_asks_at(&self, step: &Step<D>) -> bool {
        matches!(step.kind, StepKind::Approval { .. }) && self.situation.limit.is_some_and(|it| it.role.is_some())
    }

    /// Nothing is changed and nothing asked by an actor whose limit is used up.
    fn within_limit(&self) -> Result<(), Rejection<D>> {
        match self.situation.limit {
            Some(Reached { limit, until, .. }) if !self.ahead => Err(Rejection::LimitReached { limit, until: *until }),
            _ => Ok(()),
        }
    }

    fn wait(&mut self, step: &Step<D>) -> Result<(), Undecided<D>> {
        if !self.still_relies() {
            return self.supersede();
        }
        self.wait_at(step.name, FORM_WAITS);
        if let Some(position) = self.situation.process.outline().position(step.name) {
            self.preview = Some(self.look_ahead(position, &Answers::none())?);
        }
        Ok(())
    }

    /// Waits with a fresh task.
    pub(super) fn wait_at(&mut self, step: &str, waits: Millis) {
        let task = TaskId::from_uuid(self.ids.fresh());
        let until = self.situation.now.plus(waits);
        self.emit(Event::Waits { step: step.to_owned(), task, until });
    }

    /// Writes to somebody, if the domain does.
    pub(super) fn notify(&mut self, to: PersonId, notice: Notice) {
        self.request(D::notify(self.situation.world, to, notice));
    }

    /// Tells somebody outside what nothing here waits for.
    pub(super) fn request(&mut self, request: Option<D::Request>) {
        if let Some(request) = request {
            let effect = EffectId::from_uuid(self.ids.fresh());
            self.requests.push((effect, request.clone()));
            self.emit(Event::Notified { effect, request });
        }
    }

    /// What a step asks, as things stand.
    fn asked_by<T>(&mut self, of: &fn(&mut Ground<'_, D>) -> Result<T, D::Refusal>) -> Result<T, Rejection<D>> {
        let outside = self.outside();
        let mut ground = self.ground(&outside);
        let asked = of(&mut ground).map_err(Rejection::Refused)?;
        self.ids = ground.ids;
        Ok(asked)
    }

    fn ask(&mut self, step: &str, request: D::Request, awaited: bool) {
        let effect = EffectId::from_uuid(self.ids.fresh());
        self.requests.push((effect, request.clone()));
        self.emit(Event::Requested { step: step.to_owned(), effect, request, awaited });
    }

    /// Asks what follows from an answer.
    pub(super) fn follow_up(&mut self, request: D::Request) {
        self.ask("", request, false);
    }

    /// What the outside answered so far, by step.
    fn outside(&self) -> Vec<(String, D::Answer)> {
        self.instance.asked().iter().filter_map(|it| Some((it.step.clone(), it.answer()?.clone()))).collect()
    }

    fn ground<'g>(&'g self, outside: &'g [(String, D::Answer)]) -> Ground<'g, D> {
        Ground {
            dossier: &self.dossier,
            now: self.situation.now,
            tenant: self.situation.tenant,
            instance: self.instance.id(),
            actor: if self.as_requester { self.instance.requester() } else { self.situation.actor.person },
            options: self.options(),
            answers: self.instance.answers(),
            outside,
            world: self.situation.world,
            ids: self.ids.clone(),
        }
    }

    fn change(&mut self, position: usize, step: &str) -> Result<(), Undecided<D>> {
        let outside = self.outside();
        let ids = self.ids.of_step(self.instance.id(), step);
        let ground = Ground { ids, ..self.ground(&outside) };
        let Some(planned) = self.situation.process.plan(position, ground) else { return Ok(()) };
        let Planned { items, changes, requests, dossier } = planned.map_err(Rejection::Refused)?;
        // INVARIANT: what is decided adds no breach (law 9).
        let broken = self.added_breaches(&dossier);
        if !broken.is_empty() {
            return Err(Rejection::WouldBreak { broken }.into());
        }
        self.dossier = dossier;
        changes.iter().for_each(|it| self.note_changed(it));
        let (leaves, _) = self.situation.process.standing_of(&self.dossier);
        self.emit(Event::Changed { step: step.to_owned(), changes, leaves });
        for request in requests {
            self.ask(step, request, false);
        }
        for (object, what) in D::incidents(&items) {
            self.emit(Event::Incident { object, what, effect: None });
        }
        self.items.extend(items);
        Ok(())
    }

    /// The invariants that this command would break, were `after` stored; old breaches do not count (law 9).
    pub(super) fn added_breaches(&self, after: &D::Dossier) -> Vec<Broken> {
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
        match self.situation.process.outline().told(NoticeKind::Done, self.options()) {
            [] => self.emit(Event::NoMail),
            // What is looked at ahead is told to nobody.
            _ if self.ahead => {}
            _ => tell(self, NoticeKind::Done, Some(step))?,
        }
        let remark = D::remark(self.instance.subject(), &self.items);
        let end = step.to_owned();
        self.emit(match self.instance.open_effects() {
            0 => Event::Ended(Outcome::Done { end, remark }),
            _ => Event::Confirming { end, remark },
        });
        Ok(())
    }

    pub(super) fn supersede(&mut self) -> Result<(), Undecided<D>> {
        let (found, _) = self.situation.process.standing_of(&self.dossier);
        let needed = match self.instance.relies_on() {
            Some(state) => state.to_owned(),
            None => self.situation.process.outline().requires.join(" or "),
        };
        self.emit(Event::Ended(Outcome::Superseded { needed, found }));
        Ok(())
    }

    /// What would be done from the form at `position` to the end.
    pub(super) fn look_ahead(&self, position: usize, answers: &Answers) -> Result<Preview<D>, Undecided<D>> {
        let mut ahead =
            Run { dossier: self.dossier.clone(), ahead: true, ..Run::of(self.situation, self.instance.clone()) };
        match ahead.advance(position, Some(answers.clone())) {
            Ok(()) => Ok(Preview::new(ahead.items, None)?),
            Err(Undecided::Rejected(Rejection::Refused(refusal))) => Ok(Preview::new(ahead.items, Some(refusal))?),
            Err(other) => Err(other),
        }
    }

    pub(super) fn finish(mut self) -> Result<Decision<D>, Undecided<D>> {
        self.hand_over();
        let Run {
            situation, instance, dossier, events, changed, requests, items, preview, mut ids, mut overtakes, ..
        } = self;
        overtakes.extend(requests.iter().flat_map(|(_, it)| D::overtakes(situation.world, it)));
        let alarms = Alarm::come::<D>(situation.dossier, &dossier, &changed, &mut ids);
        Ok(Decision { events, instance, dossier, changed, requests, overtakes, items, preview, alarms, ids })
    }
}
