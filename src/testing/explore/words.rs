//! What happens, in words that people read.

use super::explored::Found;
use super::property::Kind;
use super::state::{Pending, Running};
use super::{Action, How, State, Step, Story, World};
use crate::cards::{Cards, Request};
use crate::domain::AuthorityAction;
use crate::engine::Domain;
use crate::testing::proof::story::{Diary, Fault};
use crate::testing::scene::name_of;
use crate::values::ObjectRef;

/// The way to what does not hold, as a story.
pub(super) fn story(world: &World, (setting, way): &(usize, Vec<Action>), found: &Found) -> Story {
    let diary = Diary::default();
    let mut states = world.beginnings();
    let mut given = world.in_words();
    if states.len() > 1 {
        given.push(format!("under the options that stand at place {}", setting + 1));
    }
    if *setting < states.len() {
        let mut state = states.swap_remove(*setting);
        for action in way.iter().chain(&found.by) {
            let step = world.step(&state, action);
            diary.tell(step.after.now, &world.tell(&step));
            state = step.after;
        }
        if matches!(found.property.kind, Kind::Eventually(..)) {
            state.running.iter().for_each(|it| {
                let (name, status) = (it.instance.process(), it.instance.status());
                diary.tell(state.now, &format!("{name}: {status}, {} requests open", it.asked.len()));
            });
        }
    }
    let names: Vec<_> = world.processes.iter().map(|it| it.outline().name).collect();
    let title = format!("a world of {}", names.join(", "));
    let instead = found.instead.lines().map(str::to_owned).collect();
    Story::of(title, found.property.name, given, &diary, Fault::list(found.property.says, instead))
}

impl World {
    /// A step in a line: who did what, and what came of it.
    #[must_use]
    pub fn tell(&self, step: &Step<'_>) -> String {
        let what = self.in_words_of(step.before, step.action);
        if let Some(why) = &step.rejection {
            return format!("{what} → rejected ({}): {why}", why.code());
        }
        match &step.instance {
            Some(instance) => format!("{what} → {}", instance.status()),
            None if *step.action == Action::Wait => format!("time passes until {}", step.after.now),
            None => what,
        }
    }

    /// What is done, in words.
    #[must_use]
    pub fn in_words_of(&self, state: &State, action: &Action) -> String {
        let actor = action.who().and_then(|who| self.actors.get(who));
        let who = actor.map_or_else(String::new, |it| format!("{} ({}) ", it.account, it.component));
        let running = action.run().and_then(|run| state.running.get(run)).map(AsRef::as_ref);
        let process = running.map_or("", |it| it.instance.process());
        let on = |subject: ObjectRef| match subject == state.dossier.subject() {
            true => String::new(),
            false => format!(" on {}", name_of(&state.dossier, subject)),
        };
        match action {
            Action::Start { process, subject, .. } => {
                let name = self.processes.get(*process).map_or("", |it| it.outline().name);
                format!("{who}starts {name}{}", on(*subject))
            }
            Action::Begin { subject } => {
                let name = self.due(state, *subject).map_or("nothing", |it| it.process);
                format!("{name} begins by itself{}", on(*subject))
            }
            Action::Next { filling, .. } => {
                let answers = running.and_then(|it| self.answers(state, it, *filling)).unwrap_or_default();
                let given: Vec<_> = answers.iter().map(|(field, value)| format!(", {field} = {value:.40}")).collect();
                format!("{who}answers Next to {process}{}", given.concat())
            }
            Action::Look { .. } => format!("whoever answers the form of {process} looks at it again"),
            Action::Cancel { .. } => format!("{who}cancels {process}"),
            Action::Judge { on_behalf, verdict, blindly, .. } => {
                let blindly = if *blindly { ", having seen something else" } else { "" };
                let other = on_behalf.and_then(|it| self.actors.get(it));
                let for_other = other.map(|it| format!(" for {}", it.account)).unwrap_or_default();
                format!("{who}decides{for_other} about {process}: {verdict}{blindly}")
            }
            Action::Resubmit { .. } => format!("{who}asks for {process} again"),
            Action::Fire { .. } => format!("the timer of {process} fires"),
            Action::Outside { request, how, .. } => {
                running.map_or_else(String::new, |it| outside(state, it, *request, *how))
            }
            Action::Resolve { how, .. } => format!("somebody deals with the incident of {process}: {how}"),
            Action::Meddle { certificate, state: there } => {
                let name = name_of(&state.dossier, *certificate);
                format!("the authority changes {name} by itself: {there}")
            }
            Action::Wait => "time passes".to_owned(),
        }
    }
}

fn outside(state: &State, running: &Running, request: usize, how: How) -> String {
    let process = running.instance.process();
    let Some(pending) = running.asked.get(request) else { return String::new() };
    let asked = asked_for(state, pending);
    match how {
        How::Done => format!("{process} asks to {asked}: it is done, and confirmed"),
        How::Sent => format!("{process} asks to {asked}: it is done, and the answer is on its way"),
        How::Arrives(then) => format!("the answer to {process} arrives, that was asked to {asked}: {then}"),
        How::Contradicts => {
            let there = Cards::about(&pending.request).and_then(|it| state.at_authority(it));
            format!("{process} asks to {asked}: the answer is `{}`", there.map_or("nothing", |it| it.name()))
        }
        How::Fails => format!("{process} asks to {asked}: it fails for good"),
        How::Overtaken => format!("{process} does not ask any more to {asked}"),
    }
}

fn asked_for(state: &State, pending: &Pending) -> String {
    let name = |at| name_of(&state.dossier, at);
    match pending.request.as_ref() {
        Request::Authority(it) => match it.action {
            AuthorityAction::Hold => format!("hold {}", name(it.certificate)),
            AuthorityAction::Release => format!("release {}", name(it.certificate)),
            AuthorityAction::Revoke(_) => format!("revoke {}", name(it.certificate)),
        },
        Request::Status(it) => format!("say what {} is", name(it.certificate)),
        Request::ReadBack(it) => format!("read back {}", name(it.certificate)),
        Request::CardState(it) => format!("tell `{}` of {}", it.listener, name(it.card)),
        Request::Mail(_) | Request::Approval(_) | Request::Withdrawal(_) => "tell somebody".to_owned(),
    }
}
