//! What holds in every [`World`](super::World): the invariants of the domain, and the laws of the design that can be said of
//! states and steps.

mod course;
mod holds;
mod outside;
mod people;

use super::property::{Fair, Kind};
use super::{Property, State, Step, World};
use crate::domain::{Check, INVARIANTS};
use crate::testing::scene::name_of;
use crate::values::ObjectRef;

/// Everything that holds in every world.
#[must_use]
pub fn laws() -> Vec<Property> {
    let invariants = INVARIANTS.iter().map(|it| {
        let kind = match it.check {
            Check::State(of) => always(move |world, state| {
                let old = of(&world.dossier, world.begins());
                let found = of(&state.dossier, state.now);
                // What the outside reports is stored even if it breaks a rule, and a person is told (law 9).
                let new = found.into_iter().filter(|at| !old.contains(at) && !state.is_noted(*at));
                no_objects(state, it.rule, new.collect())
            }),
            Check::Step(of) => each(move |_, step| {
                let found = of(&step.before.dossier, &step.after.dossier);
                no_objects(step.before, it.rule, found)
            }),
        };
        Property { name: it.name, says: it.rule, kind }
    });
    let mut laws: Vec<_> = invariants.collect();
    laws.extend(course::laws());
    laws.extend(holds::laws());
    laws.extend(outside::laws());
    laws.extend(people::laws());
    laws.push(Property {
        name: "everything settles",
        says: "from every state, once the outside answers what it is asked, every instance is over or waits for a person",
        kind: Kind::Eventually(Fair::Outside, std::sync::Arc::new(|_, state: &State| state.is_settled())),
    });
    laws
}

fn always(check: impl Fn(&World, &State) -> Result<(), String> + Send + Sync + 'static) -> Kind {
    Kind::Always(std::sync::Arc::new(check))
}

fn each(check: impl Fn(&World, &Step<'_>) -> Result<(), String> + Send + Sync + 'static) -> Kind {
    Kind::Each(std::sync::Arc::new(check))
}

fn no_objects(state: &State, rule: &str, found: Vec<ObjectRef>) -> Result<(), String> {
    if found.is_empty() {
        return Ok(());
    }
    let by = found.iter().map(|at| format!("  by {}", name_of(&state.dossier, *at)));
    Err(std::iter::once(format!("broken is: {rule}")).chain(by).collect::<Vec<_>>().join("\n"))
}

/// It holds, or this is so instead.
fn must(holds: bool, instead: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(instead()) }
}
