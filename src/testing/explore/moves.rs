//! What can happen next in a state.

use super::state::{Phase, Running};
use super::{Action, How, State, World};
use crate::cards::{Cards, Request};
use crate::domain::{Certificate, CertificateState};
use crate::engine::{Domain, Process, Resolution, Status, Verdict, startable};

impl World {
    /// Everything that can happen next: what persons try, whether they may or not; what comes from outside; what happens by
    /// itself.
    #[must_use]
    pub fn actions(&self, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        for run in 0..state.running.len() {
            self.on_instance(&mut actions, state, run);
        }
        let under_way = state.running.iter().filter(|it| !matches!(it.instance.status(), Status::Ended(_))).count();
        if under_way < self.at_once {
            for (place, process) in self.processes.iter().enumerate() {
                self.starts(&mut actions, state, place, process.as_ref());
            }
        }
        let subjects = state.cards().map(crate::domain::Card::at);
        actions.extend(subjects.filter(|it| self.due(state, *it).is_some()).map(|subject| Action::Begin { subject }));
        if self.outside.meddles {
            self.meddle(&mut actions, state);
        }
        if !state.times().is_empty() {
            actions.push(Action::Wait);
        }
        actions
    }

    /// An authority changes each certificate by itself, and not again before it has spoken of it.
    fn meddle(&self, actions: &mut Vec<Action>, state: &State) {
        use CertificateState::{Expired, Issued, OnHold, Revoked, Valid};
        for certificate in state.dossier.certificates().map(Certificate::at) {
            let to = match state.at_authority(certificate) {
                _ if state.astray.contains(&certificate) => &[][..],
                Some(Issued | Valid) => &[OnHold, Revoked],
                Some(OnHold) => &[Valid, Revoked],
                Some(Revoked | Expired) | None => &[],
            };
            actions.extend(to.iter().map(|state| Action::Meddle { certificate, state: *state }));
        }
    }

    fn starts(&self, actions: &mut Vec<Action>, state: &State, process: usize, definition: &dyn Process<Cards>) {
        for subject in self.subjects(definition) {
            // Where nobody can start it, one is refused for all.
            let can = startable(definition, &state.dossier.about(subject)).is_ok();
            let try_it = if can { self.actors.len() } else { 1 };
            actions.extend((0..self.actors.len().min(try_it)).map(|who| Action::Start { who, process, subject }));
        }
    }

    fn on_instance(&self, actions: &mut Vec<Action>, state: &State, run: usize) {
        let Some(running) = state.running.get(run) else { return };
        let everybody = || 0..self.actors.len();
        match running.instance.status() {
            Status::Waiting { .. } if running.instance.approval().is_some() => {
                let has_votes = running.instance.approval().is_some_and(|it| it.votes_now().next().is_some());
                let back = has_votes.then_some(Verdict::TakeBack);
                let judge = |who, verdict, blindly| Action::Judge { who, run, on_behalf: None, verdict, blindly };
                for verdict in [Verdict::Approve, Verdict::Reject].into_iter().chain(back) {
                    actions.extend(everybody().map(|who| judge(who, verdict, false)));
                }
                actions.extend(self.deputies().map(|(who, other)| Action::Judge {
                    who,
                    run,
                    on_behalf: Some(other),
                    verdict: Verdict::Approve,
                    blindly: false,
                }));
                // Who may is asked in the same way for these, so one is enough.
                if let Some(who) = everybody().last() {
                    actions.extend([judge(who, Verdict::Ask, false), judge(who, Verdict::Approve, true)]);
                }
                actions.extend(everybody().map(|who| Action::Cancel { who, run }));
                if running.instance.approval().is_some_and(|it| it.sent_back) {
                    actions.extend(everybody().map(|who| Action::Resubmit { who, run }));
                }
            }
            Status::Waiting { .. } => {
                for filling in 0..self.fillings.len() {
                    if self.answers(state, running, filling).is_none() {
                        continue;
                    }
                    // Whoever may not is refused whatever they answer.
                    let tries = |who: &usize| {
                        let person = self.actors.get(*who).and_then(|it| it.person);
                        filling == 0 || person == running.instance.requester()
                    };
                    actions.extend(everybody().filter(tries).map(|who| Action::Next { who, run, filling }));
                }
                actions.extend(everybody().map(|who| Action::Cancel { who, run }));
                actions.push(Action::Look { run });
            }
            // Too late, or too early: refused.
            Status::Beginning | Status::Outside { .. } | Status::Confirming { .. } | Status::Ended(_) => {
                actions.extend(everybody().take(1).map(|who| Action::Cancel { who, run }));
            }
        }
        if running.instance.fires().is_some_and(|it| it <= state.now) {
            actions.push(Action::Fire { run });
        }
        for request in 0..running.asked.len() {
            self.on_request(actions, state, running, (run, request));
        }
        let incidents = running.instance.incidents().iter().enumerate();
        for (incident, _) in incidents.filter(|(_, it)| it.is_open() && it.effect.is_some()) {
            let ways = [Resolution::Retry, Resolution::Skip, Resolution::ByHand];
            actions.extend(ways.map(|how| Action::Resolve { run, incident, how }));
        }
    }

    fn on_request(&self, actions: &mut Vec<Action>, state: &State, running: &Running, (run, request): (usize, usize)) {
        let Some(pending) = running.asked.get(request) else { return };
        let mut may = |how| actions.push(Action::Outside { run, request, how });
        if pending.phase == Phase::Parked {
            return;
        }
        if pending.aside && Cards::is_overtaken(&state.dossier, &pending.request) {
            may(How::Overtaken);
        }
        if state.ahead_of(pending).is_some() {
            return;
        }
        let becomes = state.would_become(&pending.request).map(|(_, it)| it);
        let there = Cards::about(&pending.request).and_then(|it| state.at_authority(it));
        let is_order = matches!(pending.request.as_ref(), Request::Authority(_));
        let is_asked = is_order || matches!(pending.request.as_ref(), Request::Status(_));
        match pending.phase {
            Phase::Sent(then) => {
                may(How::Arrives(then));
                if becomes != Some(then) {
                    may(How::Done);
                }
            }
            Phase::Open => {
                may(How::Done);
                if self.outside.slow && is_asked {
                    may(How::Sent);
                }
                if self.outside.contradicts && is_order && becomes != there {
                    may(How::Contradicts);
                }
                if self.outside.fails {
                    may(How::Fails);
                }
            }
            Phase::Parked => {}
        }
    }
}
