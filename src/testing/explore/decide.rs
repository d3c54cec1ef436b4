//! What the engine decides in a world, and what that leaves.

use std::sync::Arc;

use super::state::{Pending, Phase, Running};
use super::{Action, State, World};
use crate::cards::{Cards, Request};
use crate::engine::{
    Actor, Command, Decision, Domain, Due, Event, Instance, Judgement, People, Preview, Resolution, Situation, Status,
    StepKind, Undecided, Verdict, decide, preview,
};
use crate::testing::proof::filling::Filling;
use crate::testing::scene::TENANT;
use crate::values::{Answers, Digest, ObjectRef, Seed};

/// A command as it is given in a state.
pub(super) struct Order {
    pub(super) process: usize,
    /// To which instance; none if one is to begin.
    pub(super) run: Option<usize>,
    pub(super) subject: ObjectRef,
    pub(super) actor: Actor,
    pub(super) command: Command<Cards>,
}

impl World {
    /// The commands that an action stands for: of the second, only if the first is refused.
    pub(super) fn orders(&self, state: &State, action: &Action) -> Vec<Order> {
        match action {
            Action::Start { who, process, subject } => {
                let command = Command::Start { subject: *subject, answers: None };
                let actor = self.actors.get(*who).cloned();
                actor
                    .map(|actor| Order { process: *process, run: None, subject: *subject, actor, command })
                    .into_iter()
                    .collect()
            }
            Action::Begin { subject } => self.due(state, *subject).map_or_else(Vec::new, |due| {
                let names = std::iter::once(due.process).chain(due.otherwise);
                let begin = |name: &str| {
                    let process = self.processes.iter().position(|it| it.outline().name == name)?;
                    let command = Command::Start { subject: *subject, answers: Some(due.answers.clone()) };
                    let actor = Actor::worker(state.now);
                    Some(Order { process, run: None, subject: *subject, actor, command })
                };
                names.filter_map(begin).collect()
            }),
            _ => self.order_to_instance(state, action).into_iter().collect(),
        }
    }

    fn order_to_instance(&self, state: &State, action: &Action) -> Option<Order> {
        let run = action.run()?;
        let running = state.running.get(run)?;
        let actor = action.who().and_then(|who| self.actors.get(who).cloned());
        let command = self.command(state, running, action)?;
        Some(Order {
            process: running.process,
            run: Some(run),
            subject: running.instance.subject(),
            actor: actor.unwrap_or_else(|| Actor::worker(state.now)),
            command,
        })
    }

    fn command(&self, state: &State, running: &Running, action: &Action) -> Option<Command<Cards>> {
        Some(match action {
            Action::Next { filling, .. } => {
                let answers = self.answers(state, running, *filling)?;
                Command::Next(match running.shown.get(*filling).and_then(Option::as_ref) {
                    Some(preview) => answers.seen(preview.digest),
                    None => answers,
                })
            }
            Action::Cancel { .. } => Command::Cancel,
            Action::Judge { on_behalf, verdict, blindly, .. } => {
                let (_, task, _) = running.instance.waits()?;
                let covers = running.instance.approval()?.covers;
                let seen = if *blindly { Digest::ZERO } else { covers };
                let note = if *verdict == Verdict::Approve { "" } else { "as told" };
                let on_behalf = on_behalf.and_then(|it| self.actors.get(it)?.person);
                let judgement = Judgement { verdict: *verdict, on_behalf, ..Judgement::approve(task, seen) };
                Command::Judge(judgement.note(note))
            }
            Action::Resubmit { .. } => Command::Resubmit { answers: Answers::none(), note: "as told".to_owned() },
            Action::Fire { .. } => Command::Fire,
            Action::Outside { request, how, .. } => {
                let pending = running.asked.get(*request)?;
                Command::Report(vec![self.report(state, pending, *how)])
            }
            Action::Resolve { incident, how, .. } => {
                let note = "as told".to_owned();
                Command::Resolve { incident: u32::try_from(*incident).ok()?, how: *how, note }
            }
            Action::Start { .. }
            | Action::Begin { .. }
            | Action::Look { .. }
            | Action::Meddle { .. }
            | Action::Wait => {
                return None;
            }
        })
    }

    /// The answers to the form that an instance waits at; none if it waits at none, or they are those of an earlier way of
    /// filling it in.
    pub(super) fn answers(&self, state: &State, running: &Running, filling: usize) -> Option<Answers> {
        let (step, ..) = running.instance.waits()?;
        let outline = self.processes.get(running.process)?.outline();
        let StepKind::Form(form) = &outline.step(step)?.kind else { return None };
        let options = running.instance.bound().unwrap_or(self.options(state));
        let fill = |it: &Filling| it.answers(form, &options.options, self.begins(), &self.given);
        let answers = fill(self.fillings.get(filling)?);
        let known = self.fillings.iter().take(filling).any(|it| fill(it) == answers);
        (!known).then_some(answers)
    }

    /// What is due on a subject by itself, and has not begun: since a time has come, or since an authority tells otherwise than
    /// it should.
    pub(super) fn due(&self, state: &State, subject: ObjectRef) -> Option<Due> {
        let dossier = state.dossier.about(subject);
        let by_time = Cards::due(&dossier, &self.options(state).options, state.now);
        let due = by_time.or_else(|| self.drifted(state, &dossier))?;
        let names = [Some(due.process), due.otherwise];
        let begun = |it: &Arc<Running>| {
            let name = self.processes.get(it.process).map(|it| it.outline().name);
            let open = !matches!(it.instance.status(), Status::Ended(_));
            open && it.instance.subject() == subject && name.is_some() && names.contains(&name)
        };
        let known = self.processes.iter().any(|it| it.outline().name == due.process);
        (known && !state.running.iter().any(begun)).then_some(due)
    }

    pub(super) fn decide(&self, state: &State, order: &Order) -> Result<Decision<Cards>, Undecided<Cards>> {
        let instance = order.run.and_then(|run| state.running.get(run)).map(|it| &it.instance);
        self.decide_about(state, order, instance)
    }

    /// As it would be decided about an instance that may be over and forgotten.
    pub(super) fn decide_about(
        &self,
        state: &State,
        order: &Order,
        instance: Option<&Instance<Cards>>,
    ) -> Result<Decision<Cards>, Undecided<Cards>> {
        let dossier = state.dossier.about(order.subject);
        let Some(process) = self.processes.get(order.process) else {
            return Err(crate::engine::Rejection::NotFound { what: "process" }.into());
        };
        let mut people = std::borrow::Cow::Borrowed(&self.people);
        loop {
            let situation = Situation {
                process: process.as_ref(),
                instance,
                dossier: &dossier,
                options: self.options(state),
                world: &self.plugged,
                tenant: TENANT,
                actor: &order.actor,
                now: state.now,
                seed: Seed::from_number(state.commands),
                limit: None,
                people: &people,
                handling: None,
                taken: None,
            };
            match decide(&situation, &order.command) {
                Err(Undecided::Asks(inquiry)) => people.to_mut().learn(inquiry, self.colleagues.iter().cloned()),
                decided => return decided,
            }
        }
    }

    /// What whoever answers the form of an instance is shown, for each way of filling it in.
    pub(super) fn shown(
        &self,
        state: &State,
        process: usize,
        instance: &Instance<Cards>,
    ) -> Vec<Option<Arc<Preview<Cards>>>> {
        let running = Running { process, instance: instance.clone(), shown: Vec::new(), asked: Vec::new() };
        let answers: Vec<_> = (0..self.fillings.len()).map(|it| self.answers(state, &running, it)).collect();
        if answers.iter().all(Option::is_none) {
            return Vec::new();
        }
        let Some(definition) = self.processes.get(process) else { return Vec::new() };
        let dossier = state.dossier.about(instance.subject());
        let actor = Actor::worker(state.now);
        let situation = Situation {
            process: definition.as_ref(),
            instance: Some(instance),
            dossier: &dossier,
            options: self.options(state),
            world: &self.plugged,
            tenant: TENANT,
            actor: &actor,
            now: state.now,
            seed: Seed::from_number(state.commands),
            limit: None,
            people: People::NONE,
            handling: None,
            taken: None,
        };
        let show = |answers: Option<Answers>| preview(&situation, &answers?).ok().map(Arc::new);
        answers.into_iter().map(show).collect()
    }

    /// Lets happen what was decided.
    pub(super) fn take(&self, state: &mut State, order: &Order, decision: &Decision<Cards>) {
        let subject = state.dossier.subject();
        state.dossier = decision.dossier.about(subject);
        state.commands = state.commands.saturating_add(1);
        let before = order.run.and_then(|run| state.running.get(run));
        let mut asked = before.map(|it| it.asked.clone()).unwrap_or_default();
        let (mut given_up, mut closed) = (Vec::new(), Vec::new());
        for event in &decision.events {
            match event {
                Event::Resolved { effect: Some(effect), how: Resolution::Retry, .. } => {
                    asked.iter_mut().filter(|it| it.effect == *effect).for_each(|it| it.phase = Phase::Open);
                }
                Event::Resolved { effect: Some(effect), .. } => {
                    let this = asked.iter().find(|it| it.effect == *effect);
                    given_up.extend(this.and_then(|it| Cards::about(&it.request)));
                    closed.push(*effect);
                }
                Event::Confirmed { effect, .. } | Event::Overtaken { effect } => closed.push(*effect),
                Event::Incident { effect: Some(effect), .. } => {
                    asked.iter_mut().filter(|it| it.effect == *effect).for_each(|it| it.phase = Phase::Parked);
                }
                _ => {}
            }
        }
        asked.retain(|it| !closed.contains(&it.effect));
        state.noted.extend(given_up);
        let shown = match before {
            Some(it) if it.instance.status() == decision.instance.status() => it.shown.clone(),
            _ => self.shown(state, order.process, &decision.instance),
        };
        let mut running = Running { process: order.process, instance: decision.instance.clone(), shown, asked };
        state.step_aside(&decision.overtakes);
        overtake(&mut running.asked, &decision.overtakes);
        let counted = (0..).zip(decision.requests.iter().filter(|(_, it)| is_waited_for(it)));
        for (nth, (effect, request)) in counted {
            running.asked.push(Pending {
                effect: *effect,
                request: Arc::new(request.clone()),
                order: state.commands.saturating_mul(100).saturating_add(nth),
                aside: false,
                phase: Phase::Open,
            });
        }
        state.settle(order.run, running);
    }
}

/// Whether an instance waits for the answer; mails and the like are told and forgotten.
fn is_waited_for(request: &Request) -> bool {
    match request {
        Request::Authority(_) | Request::Status(_) | Request::ReadBack(_) | Request::CardState(_) => true,
        Request::Mail(_) | Request::Approval(_) | Request::Withdrawal(_) => false,
    }
}

fn overtake(asked: &mut [Pending], targets: &[String]) {
    asked.iter_mut().filter(|it| targets.contains(&Cards::target(&it.request))).for_each(|it| it.aside = true);
}

impl State {
    fn step_aside(&mut self, targets: &[String]) {
        if targets.is_empty() {
            return;
        }
        for running in &mut self.running {
            if running.asked.iter().any(|it| targets.contains(&Cards::target(&it.request))) {
                overtake(&mut Arc::make_mut(running).asked, targets);
            }
        }
    }

    /// An instance stands like this; one that is over and waits for nothing is forgotten, but for what people were told.
    fn settle(&mut self, run: Option<usize>, running: Running) {
        let over = matches!(running.instance.status(), Status::Ended(_)) && running.asked.is_empty();
        if over {
            let open = running.instance.incidents().iter().filter(|it| it.is_open());
            self.noted.extend(open.map(|it| it.object));
        }
        match run {
            Some(run) if over && run < self.running.len() => drop(self.running.remove(run)),
            Some(run) => self.put(run, running),
            None if over => {}
            None => self.running.push(Arc::new(running)),
        }
        self.forget_what_is_mended();
    }
}
