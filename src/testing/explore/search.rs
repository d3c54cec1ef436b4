use std::collections::{HashMap, VecDeque};

use super::explored::{Explored, Found};
use super::goals::Goals;
use super::property::{Fair, Kind};
use super::{Action, State, Step, World};

/// How far a search goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bounds {
    /// So many steps from the beginning.
    pub depth: usize,
    /// So many states.
    pub states: usize,
}

impl Default for Bounds {
    /// Any depth; 300 000 states, which take some hundred megabytes.
    fn default() -> Self {
        Bounds { depth: usize::MAX, states: 300_000 }
    }
}

/// Tries everything that can happen in a world, breadth first, until nothing is new, something does not hold, or a bound is
/// hit.
#[must_use]
pub fn explore(world: World) -> Explored {
    let mut search = Search::default();
    let found = search.run(&world);
    search.finish(world, found)
}

/// How a state was first reached.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// From which state, by what; none where it all begins.
    by: Option<(usize, Action)>,
    depth: usize,
}

/// A queue, and a map of the states that are known.
#[derive(Debug, Default)]
struct Search {
    known: HashMap<Vec<u8>, usize>,
    nodes: Vec<Node>,
    waiting: VecDeque<(usize, State)>,
    /// Steps that happen without a person, backwards: to, from, and what is relied on.
    backwards: Vec<(usize, usize, Fair)>,
    /// For each property that is to come about at last: the states that are so.
    there: Vec<Vec<usize>>,
    goals: Goals,
    transitions: usize,
    refused: usize,
    depth: usize,
}

impl Search {
    fn run(&mut self, world: &World) -> Option<Found> {
        self.there = world.properties.iter().map(|_| Vec::new()).collect();
        for state in world.beginnings() {
            if let (_, Some(found)) = self.reach(world, state, None) {
                return Some(found);
            }
        }
        while let Some((from, state)) = self.waiting.front() {
            let (from, depth) = (*from, self.nodes.get(*from).map_or(0, |it| it.depth));
            if self.nodes.len() > world.bounds.states || depth >= world.bounds.depth {
                return None;
            }
            let state = state.clone();
            self.waiting.pop_front();
            self.depth = self.depth.max(depth);
            for action in world.actions(&state) {
                let step = world.step(&state, &action);
                if let Some(found) = self.take(world, from, step) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn take(&mut self, world: &World, from: usize, step: Step<'_>) -> Option<Found> {
        for property in &world.properties {
            if let Kind::Each(check) = &property.kind
                && let Err(instead) = check(world, &step)
            {
                return Some(Found { property: property.clone(), instead, at: from, by: Some(step.action.clone()) });
            }
        }
        if step.rejection.is_some() || step.failed.is_some() {
            self.refused += 1;
            return None;
        }
        self.transitions += 1;
        self.goals.happened(world, &step);
        let fair = match step.action {
            it if it.is_fair_answer() => Some(Fair::Outside),
            it if it.is_by_itself() => Some(Fair::Time),
            _ => None,
        };
        let by = (from, step.action.clone());
        let (to, found) = self.reach(world, step.after, Some(by));
        self.backwards.extend(fair.map(|fair| (to, from, fair)));
        found
    }

    /// A state, perhaps a new one: its number, and what does not hold in it.
    fn reach(&mut self, world: &World, state: State, by: Option<(usize, Action)>) -> (usize, Option<Found>) {
        let number = self.nodes.len();
        match self.known.entry(state.canonical()) {
            std::collections::hash_map::Entry::Occupied(known) => return (*known.get(), None),
            std::collections::hash_map::Entry::Vacant(new) => new.insert(number),
        };
        let depth = by.as_ref().and_then(|(from, _)| self.nodes.get(*from)).map_or(0, |it| it.depth + 1);
        self.nodes.push(Node { by, depth });
        self.goals.reached(world, &state);
        for (property, there) in world.properties.iter().zip(&mut self.there) {
            match &property.kind {
                Kind::Always(check) => {
                    if let Err(instead) = check(world, &state) {
                        return (number, Some(Found { property: property.clone(), instead, at: number, by: None }));
                    }
                }
                Kind::Eventually(_, is) if is(world, &state) => there.push(number),
                Kind::Eventually(..) | Kind::Each(_) | Kind::Sometimes(_) => {}
            }
        }
        self.waiting.push_back((number, state));
        (number, None)
    }

    /// A state from which what is to come about at last cannot.
    fn trapped(&self, world: &World) -> Option<Found> {
        let open: Vec<usize> = self.waiting.iter().map(|(number, _)| *number).collect();
        for (property, there) in world.properties.iter().zip(&self.there) {
            let Kind::Eventually(fair, _) = &property.kind else { continue };
            // What has not been looked at may still lead there.
            let can = self.lead_to(there.iter().chain(&open), *fair);
            if let Some(at) = can.iter().position(|it| !it) {
                let instead = "from here it never comes about, whatever the outside answers".to_owned();
                return Some(Found { property: property.clone(), instead, at, by: None });
            }
        }
        None
    }

    /// The states from which one of these can be reached without a person.
    fn lead_to<'a>(&self, goals: impl Iterator<Item = &'a usize>, fair: Fair) -> Vec<bool> {
        let mut from: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (to, of, by) in &self.backwards {
            if *by <= fair
                && let Some(list) = from.get_mut(*to)
            {
                list.push(*of);
            }
        }
        let mut can = vec![false; self.nodes.len()];
        let mut waiting: Vec<usize> = goals.copied().collect();
        while let Some(at) = waiting.pop() {
            match can.get_mut(at) {
                Some(known) if !*known => *known = true,
                _ => continue,
            }
            waiting.extend(from.get(at).into_iter().flatten());
        }
        can
    }

    fn finish(self, world: World, found: Option<Found>) -> Explored {
        let found = found.or_else(|| self.trapped(&world));
        let story = found.map(|it| {
            let way = self.way_to(it.at);
            super::words::story(&world, &way, &it)
        });
        Explored {
            states: self.nodes.len(),
            transitions: self.transitions,
            refused: self.refused,
            depth: self.depth,
            waiting: self.waiting.len(),
            goals: self.goals,
            story,
            world,
        }
    }

    /// The beginning that a state comes from, by its number, and what was done since.
    fn way_to(&self, at: usize) -> (usize, Vec<Action>) {
        let (mut at, mut way) = (at, Vec::new());
        while let Some((from, action)) = self.nodes.get(at).and_then(|it| it.by.clone()) {
            way.push(action);
            at = from;
        }
        way.reverse();
        (at, way)
    }
}
