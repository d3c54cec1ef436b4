//! Nothing is unreachable: each step and end of each process, and each process in each state that it requires.

use std::collections::BTreeSet;

use super::property::Kind;
use super::{State, Step, World};
use crate::engine::{Event, Outcome, StepKind};

/// What was reached so far, and what could be.
#[derive(Clone, Debug, Default)]
pub(super) struct Goals {
    /// Steps that were entered, by the places of their processes.
    steps: BTreeSet<(usize, String)>,
    /// States in which a process could begin, and in which it did.
    could: BTreeSet<(usize, String)>,
    did: BTreeSet<(usize, String)>,
    /// Properties that are so sometimes.
    sometimes: BTreeSet<&'static str>,
}

impl Goals {
    /// A state was reached.
    pub(super) fn reached(&mut self, world: &World, state: &State) {
        for property in &world.properties {
            if let Kind::Sometimes(is) = &property.kind
                && !self.sometimes.contains(property.name)
                && is(world, state)
            {
                self.sometimes.insert(property.name);
            }
        }
        for (place, process) in world.processes.iter().enumerate() {
            for subject in world.subjects(process.as_ref()) {
                let dossier = state.dossier.about(subject);
                let (found, required) = process.standing_of(&dossier);
                if required && process.is_for(&dossier) {
                    self.could.insert((place, found));
                }
            }
        }
    }

    /// Something was carried out.
    pub(super) fn happened(&mut self, world: &World, step: &Step<'_>) {
        let (Some(process), Some(instance)) = (step.process, &step.instance) else { return };
        let Some(place) = world.processes.iter().position(|it| it.outline().name == process.outline().name) else {
            return;
        };
        for event in &step.events {
            match event {
                Event::Started { .. } => {
                    let (found, _) = process.standing_of(&step.before.dossier.about(instance.subject()));
                    self.did.insert((place, found));
                }
                Event::Waits { step, .. }
                | Event::Changed { step, .. }
                | Event::Requested { step, .. }
                | Event::Confirming { end: step, .. }
                | Event::Ended(Outcome::Done { end: step, .. }) => {
                    self.steps.insert((place, step.clone()));
                }
                _ => {}
            }
        }
    }

    /// What never came about, in words.
    pub(super) fn never(&self, world: &World) -> Vec<String> {
        let mut never = Vec::new();
        for (place, process) in world.processes.iter().enumerate() {
            let name = process.outline().name;
            for step in &process.outline().steps {
                let seen = self.steps.contains(&(place, step.name.to_owned()));
                if !seen && !matches!(step.kind, StepKind::Branch { .. }) {
                    never.push(format!("{name} never comes to {} `{}`", step.kind.name(), step.name));
                }
            }
        }
        for (place, state) in self.could.difference(&self.did) {
            let name = world.processes.get(*place).map_or("", |it| it.outline().name);
            never.push(format!("{name} never begins on a subject that is {state}"));
        }
        for property in &world.properties {
            if matches!(property.kind, Kind::Sometimes(_)) && !self.sometimes.contains(property.name) {
                never.push(format!("never so: {}", property.says));
            }
        }
        never
    }

    /// How many there are, and how many of them were reached.
    pub(super) fn count(&self, world: &World) -> (usize, usize) {
        let reached = self.steps.len() + self.did.len() + self.sometimes.len();
        let never = self.never(world).len();
        (reached, reached + never)
    }
}
