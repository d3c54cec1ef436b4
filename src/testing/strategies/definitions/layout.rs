use super::{If, Recipe, StepRecipe, What};
use crate::cards::CardSubject;
use crate::domain::CardState;
use crate::engine::{Component, Subject};

/// A plan of a definition: parts one after the other, each reached from the one before or from a branch.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) requires: Vec<CardState>,
    pub(super) components: Vec<Component>,
    pub(super) sections: Vec<Section>,
}

/// A part of a [`Layout`].
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// What is done, in order, and on what condition.
    pub(super) steps: Vec<(What, Option<If>)>,
    /// What leads around a part that ends, to the next.
    pub(super) around: If,
    /// What leads further on, and how many parts on.
    pub(super) skip: Option<(If, usize)>,
    /// How it goes on.
    pub(super) exit: Exit,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Exit {
    GoesOn,
    Ends,
}

/// As many as there can be: for each part two branches, three steps and an end.
const NAMES: &[&str] = &[
    "step-1", "step-2", "step-3", "step-4", "step-5", "step-6", "step-7", "step-8", "step-9", "step-10", "step-11",
    "step-12", "step-13", "step-14", "step-15", "step-16", "step-17", "step-18", "step-19", "step-20", "step-21",
    "step-22", "step-23", "step-24",
];

/// A step whose branch does not know yet by what name its target goes.
enum Draft {
    Step(What, Option<If>),
    Branch(If, usize),
}

impl Layout {
    /// The steps. A part that ends is led around, so that every part is reached; a change that no state before it allows is
    /// left out, so that every change is possible.
    pub(super) fn recipe(&self) -> Recipe {
        let (drafts, begins) = self.drafts();
        let name = |at: usize| NAMES[at];
        let steps = drafts.into_iter().enumerate().map(|(at, draft)| match draft {
            Draft::Step(what, when) => StepRecipe { name: name(at), what, when },
            Draft::Branch(when, section) => {
                let to = begins.get(section).copied().expect("the part is there");
                StepRecipe { name: name(at), what: What::Branch(when, name(to)), when: None }
            }
        });
        Recipe {
            name: "TestProc",
            components: self.components.clone(),
            requires: self.requires.clone(),
            steps: steps.collect(),
        }
    }

    /// The steps, and where each part begins.
    fn drafts(&self) -> (Vec<Draft>, Vec<usize>) {
        let (mut drafts, mut begins) = (Vec::new(), Vec::new());
        let last = self.sections.len() - 1;
        // For each part, the states the card may be in when it begins.
        let mut before: Vec<Vec<CardState>> = vec![Vec::new(); self.sections.len()];
        before[0].clone_from(&self.requires);
        for (n, section) in self.sections.iter().enumerate() {
            begins.push(drafts.len());
            let mut states = before[n].clone();
            let ends = n == last || section.exit == Exit::Ends;
            if ends && n < last {
                drafts.push(Draft::Branch(section.around, n + 1));
                reach(&mut before[n + 1], &states);
            }
            if let Some((when, further)) = section.skip
                && n + further <= last
            {
                drafts.push(Draft::Branch(when, n + further));
                reach(&mut before[n + further], &states);
            }
            let possible = section.steps.iter().filter(|(what, when)| {
                let What::Change(change) = what else { return true };
                let leaves = change.leaves();
                let possible = states.iter().any(|state| CardSubject::can_follow(*state, &leaves));
                if possible {
                    let after = vec![CardSubject::left(&leaves)];
                    let passed_over = std::mem::replace(&mut states, after);
                    if when.is_some() {
                        reach(&mut states, &passed_over);
                    }
                }
                possible
            });
            let steps: Vec<_> = possible.cloned().collect();
            if steps.is_empty() {
                drafts.push(Draft::Step(What::Form(Vec::new()), None));
            }
            drafts.extend(steps.into_iter().map(|(what, when)| Draft::Step(what, when)));
            if ends {
                drafts.push(Draft::Step(What::End, None));
            } else {
                reach(&mut before[n + 1], &states);
            }
        }
        (drafts, begins)
    }
}

fn reach(known: &mut Vec<CardState>, states: &[CardState]) {
    for state in states {
        if !known.contains(state) {
            known.push(*state);
        }
    }
}
