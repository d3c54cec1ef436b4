use std::sync::Arc;

use super::state::{Phase, Running};
use super::{Action, How, State, World};
use crate::cards::Cards;
use crate::domain::{Certificate, Change, PlanItem};
use crate::engine::{Actor, Domain, Event, Instance, Process, Rejection, Undecided};

/// One thing that happened in a [`World`], or was refused.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// How everything was.
    pub before: &'a State,
    /// What was done.
    pub action: &'a Action,
    /// How everything is; as before, if it was refused.
    pub after: State,
    /// What was recorded; nothing if it was refused, or if nobody here knows of it.
    pub events: Vec<Event<Cards>>,
    /// Why it was refused, if it was.
    pub rejection: Option<Rejection<Cards>>,
    /// The process it was about, if it was about one.
    pub process: Option<&'a Arc<dyn Process<Cards>>>,
    /// The instance after it, also if it is over.
    pub instance: Option<Instance<Cards>>,
    /// What was done, line by line.
    pub items: Vec<PlanItem>,
    /// A value had no stored form: why.
    pub(super) failed: Option<String>,
}

impl<'a> Step<'a> {
    fn still(before: &'a State, action: &'a Action) -> Step<'a> {
        Step {
            before,
            action,
            after: before.clone(),
            events: Vec::new(),
            rejection: None,
            process: None,
            instance: None,
            items: Vec::new(),
            failed: None,
        }
    }

    /// Who did it, if a person did.
    #[must_use]
    pub fn actor<'w>(&self, world: &'w World) -> Option<&'w Actor> {
        world.actors.get(self.action.who()?)
    }

    /// The instance as it was before, if it had begun.
    #[must_use]
    pub fn instance_before(&self) -> Option<&Instance<Cards>> {
        self.running().map(|it| &it.instance)
    }

    pub(super) fn running(&self) -> Option<&Running> {
        self.before.running.get(self.action.run()?).map(AsRef::as_ref)
    }

    /// What was changed.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.events.iter().flat_map(Event::changes)
    }

    /// Whether a person or a program gave a command here, and it was carried out.
    pub(super) fn is_carried_out(&self) -> bool {
        self.instance.is_some() && self.rejection.is_none()
    }
}

impl World {
    /// What comes of something that may happen in a state.
    #[must_use]
    pub fn step<'a>(&'a self, before: &'a State, action: &'a Action) -> Step<'a> {
        let mut step = Step::still(before, action);
        match action {
            Action::Wait => {
                step.after.now = before.times().first().copied().unwrap_or(before.now);
            }
            Action::Meddle { certificate, state } => {
                step.after.truth.insert(*certificate, *state);
                step.after.astray.insert(*certificate);
            }
            Action::Look { run } => {
                if let Some(it) = before.running.get(*run) {
                    let shown = self.shown(before, it.process, &it.instance);
                    step.after.put(*run, Running { shown, ..Running::clone(it) });
                }
            }
            Action::Outside { run, request, how: How::Sent } => self.send(&mut step, *run, *request),
            _ => self.carry_out(&mut step),
        }
        step
    }

    /// The outside does what it is asked, and its answer is on its way.
    fn send(&self, step: &mut Step<'_>, run: usize, request: usize) {
        let Some(running) = step.before.running.get(run) else { return };
        let mut running = Running::clone(running);
        let Some(pending) = running.asked.get_mut(request) else { return };
        if let Some((certificate, state)) = step.before.would_become(&pending.request) {
            step.after.truth.insert(certificate, state);
            pending.phase = Phase::Sent(state);
        }
        step.after.put(run, running);
    }

    fn carry_out<'a>(&'a self, step: &mut Step<'a>) {
        let (before, action) = (step.before, step.action);
        let orders = self.orders(before, action);
        let last = orders.len().saturating_sub(1);
        for (nth, order) in orders.into_iter().enumerate() {
            step.process = self.processes.get(order.process);
            match self.decide(before, &order) {
                Ok(decision) => {
                    if let Action::Outside { run, request, how } = action {
                        step.after.outside_does(before, *run, *request, *how);
                    }
                    self.take(&mut step.after, &order, &decision);
                    (step.rejection, step.events, step.items) = (None, decision.events, decision.items);
                    step.instance = Some(decision.instance);
                    return;
                }
                Err(Undecided::Rejected(rejection)) => {
                    let may_do_other = matches!(rejection, Rejection::Refused(_) | Rejection::WouldBreak { .. });
                    step.rejection = Some(rejection);
                    if !may_do_other || nth == last {
                        return;
                    }
                }
                Err(other) => {
                    step.failed = Some(other.to_string());
                    return;
                }
            }
        }
    }
}

impl State {
    pub(super) fn put(&mut self, run: usize, running: Running) {
        if let Some(place) = self.running.get_mut(run) {
            *place = Arc::new(running);
        }
    }

    /// What holds at the authority after it has answered.
    fn outside_does(&mut self, before: &State, run: usize, request: usize, how: How) {
        let pending = before.running.get(run).and_then(|it| it.asked.get(request));
        let Some(pending) = pending else { return };
        let Some(certificate) = Cards::about(&pending.request) else { return };
        match how {
            How::Done => {
                if let Some((certificate, state)) = before.would_become(&pending.request) {
                    self.truth.insert(certificate, state);
                }
                self.astray.remove(&certificate);
            }
            How::Contradicts => {
                self.astray.remove(&certificate);
            }
            How::Sent | How::Arrives(_) | How::Fails | How::Overtaken => {}
        }
    }

    /// Forgets that a person was told of what is as it should be by now.
    pub(super) fn forget_what_is_mended(&mut self) {
        if self.noted.is_empty() {
            return;
        }
        let broken: Vec<_> = crate::domain::Breach::all(&self.dossier, self.now).iter().map(|it| it.object).collect();
        let unmet = |at| self.dossier.certificate(at).is_some_and(Certificate::is_unconfirmed);
        let stays: Vec<_> = self.noted.iter().copied().filter(|at| broken.contains(at) || unmet(*at)).collect();
        self.noted = stays.into_iter().collect();
    }
}
