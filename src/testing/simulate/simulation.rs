use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::book::Broken;
use super::course::{Course, Plan};
use super::draws::Needs;
use super::failure::Failure;
use super::faults::Faults;
use super::invariants::{self, Causes};
use super::run::Run;
use super::store::Store;
use crate::adapters::memory::MemoryStorage;
use crate::cards::processes::{close_authority_hold, deactivate, expire, hold_limit, lock, reactivate, reconcile};
use crate::cards::{Cards, SCHEMA};
use crate::engine::{Definition, DefinitionError, Process};
use crate::testing::proof::Provable;

/// Runs of the real runtime over a real store, each from a seed: see the [module](super).
///
/// ```
/// use cardflow::testing::simulate::Simulation;
///
/// let run = Simulation::of_the_package()?.commands(60).run(7)?;
/// assert!(run.commits() > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Over a store of your own, and with a process of yours beside those of the package:
///
/// ```
/// # use cardflow::adapters::memory::MemoryStorage;
/// # use cardflow::cards::SCHEMA;
/// # use cardflow::cards::{CardSubject, Cards, card_and_holder, leaves, on_card};
/// # use cardflow::domain::{CardState, CauseKind};
/// # use cardflow::engine::{Component, Definition, DefinitionError, Version};
/// use cardflow::testing::simulate::{Simulation, Store};
///
/// # type Built = Result<Definition<Cards, CardSubject>, DefinitionError>;
/// # fn impound() -> Built {
/// #     on_card("SiteProcImpound", "Impound card", Version(1)).component(Component::Operator).requires(CardState::Active)
/// #         .form("confirm", card_and_holder())
/// #         .change("impound", leaves(CardState::Inactive).because(CauseKind::Manual), |plan| {
/// #             plan.card().hold()?;
/// #             plan.relations().possible().hold()?;
/// #             plan.certificates().usable().hold()
/// #         })
/// #         .end("impounded").build()
/// # }
/// # fn our_store() -> MemoryStorage { MemoryStorage::new(&SCHEMA) }
/// let simulation = Simulation::of_the_package()?.with(impound()?).over(|| Store::of(our_store())).commands(30);
/// for seed in 0..3 {
///     simulation.run(seed)?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Simulation {
    processes: Vec<Arc<dyn Process<Cards>>>,
    causes: Causes,
    needs: Needs,
    store: Arc<dyn Fn() -> Store + Send + Sync>,
    commands: usize,
    faults: Faults,
    one_by_one: Option<bool>,
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation")
            .field("commands", &self.commands)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

impl Simulation {
    /// Of no process yet, over memory; 150 orders a run, and the usual faults.
    #[must_use]
    pub fn of_nothing() -> Simulation {
        Simulation {
            processes: Vec::new(),
            causes: Causes::new(),
            needs: Needs::new(),
            store: Arc::new(|| Store::of(MemoryStorage::new(&SCHEMA))),
            commands: 150,
            faults: Faults::USUAL,
            one_by_one: None,
        }
    }

    /// Of the processes of [`package`](crate::cards::package).
    ///
    /// # Errors
    ///
    /// [`DefinitionError`] of the package, which is well formed.
    pub fn of_the_package() -> Result<Simulation, DefinitionError> {
        let simulation = Simulation::of_nothing().with(deactivate()?).with(reactivate()?).with(lock()?);
        Ok(simulation.with(expire()?).with(hold_limit()?).with(reconcile()?).with(close_authority_hold()?))
    }

    /// With a process more.
    #[must_use]
    pub fn with<S: Provable>(mut self, definition: Definition<Cards, S>) -> Self {
        let causes = definition.leaves().map(|(_, it)| S::declared(it).cause).collect();
        self.causes.insert(definition.outline().name.to_owned(), causes);
        self.needs.insert(definition.outline().name, definition.requires().iter().map(|it| S::state_of(*it)).collect());
        self.processes.push(Arc::new(definition));
        self
    }

    /// Over an empty store of this kind, made anew for each run.
    #[must_use]
    pub fn over(self, store: impl Fn() -> Store + Send + Sync + 'static) -> Self {
        Simulation { store: Arc::new(store), ..self }
    }

    /// So many orders of users a run.
    #[must_use]
    pub fn commands(self, commands: usize) -> Self {
        Simulation { commands, ..self }
    }

    /// With so much going wrong.
    #[must_use]
    pub fn faults(self, faults: Faults) -> Self {
        Simulation { faults, ..self }
    }

    /// One order after the other, each delivered before the next, and nothing going wrong. If `restarts`, every host dies after
    /// each order and another takes its place: that must change nothing, and [`Run::state`] says whether it does.
    #[must_use]
    pub fn one_by_one(self, restarts: bool) -> Self {
        Simulation { faults: Faults::NONE, one_by_one: Some(restarts), ..self }
    }

    /// The names of the rules that are held against every run, and what each says.
    #[must_use]
    pub fn rules() -> Vec<(&'static str, &'static str)> {
        invariants::all(Causes::new()).iter().map(|it| (it.name(), it.rule())).collect()
    }

    /// The run of a seed.
    ///
    /// # Errors
    ///
    /// [`Failure`]: a rule that does not hold in it, or a panic.
    pub fn run(&self, seed: u64) -> Result<Run, Box<Failure>> {
        let plan = Plan {
            seed,
            commands: self.commands,
            faults: self.faults,
            processes: self.processes.clone(),
            causes: self.causes.clone(),
            needs: self.needs.clone(),
            store: (self.store)(),
            one_by_one: self.one_by_one,
        };
        let failed = |broken: Broken, given: usize, trace: Vec<String>| {
            let Broken { name: invariant, rule, what } = broken;
            Box::new(Failure { seed, commands: self.commands, invariant, rule, what, given, trace })
        };
        let mut course = Course::begin(plan).map_err(|it| failed(it, 0, Vec::new()))?;
        let ran = catch_unwind(AssertUnwindSafe(|| course.all()));
        let came = match ran {
            Ok(came) => came,
            Err(panic) => {
                let what = panic.downcast_ref::<String>().cloned();
                let what = what.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
                let what = what.unwrap_or_else(|| "a panic without words".to_owned());
                Err(Broken { name: "no panic", rule: "Nothing panics.", what })
            }
        };
        let given = course.given.len();
        let trace = || course.world.with(|it| it.trace.lines().collect());
        came.map_err(|it| failed(it, given, trace()))?;
        let (stored, state) = course.stored().map_err(|it| failed(it, given, trace()))?;
        Ok(course.world.with(|it| Run {
            seed,
            commands: given,
            steps: it.steps,
            commits: it.book.facts.commits,
            coverage: it.coverage.clone(),
            trace: std::mem::take(&mut it.trace),
            ways: it.ways,
            stored,
            state,
        }))
    }

    /// The run of a seed, twice; both must be the same to the last byte.
    ///
    /// # Errors
    ///
    /// [`Failure`] if a rule does not hold, or if the two differ.
    pub fn run_twice(&self, seed: u64) -> Result<Run, Box<Failure>> {
        let (first, second) = (self.run(seed)?, self.run(seed)?);
        if first == second {
            return Ok(first);
        }
        let (one, other) = (first.trace(), second.trace());
        let apart = one.iter().zip(&other).position(|(a, b)| a != b);
        let at = apart.unwrap_or(one.len().min(other.len()));
        let line = |trace: &[String]| trace.get(at).cloned().unwrap_or_else(|| "nothing".to_owned());
        let what = format!("line {at} is `{}`, and then `{}`", line(&one), line(&other));
        Err(Box::new(Failure {
            seed,
            commands: self.commands,
            invariant: "the same again",
            rule: "The same seed makes the same run, to the last byte of what is stored.",
            what,
            given: first.commands,
            trace: one.into_iter().take(at).collect(),
        }))
    }

    /// The run of a seed that fails, made smaller: with fewer orders and with less going wrong, as long as the same rule does
    /// not hold.
    #[must_use]
    pub fn smallest(&self, failure: Box<Failure>) -> Box<Failure> {
        let seed = failure.seed;
        let same = |it: &Simulation, of: &Failure| it.run(seed).err().filter(|it| it.invariant == of.invariant);
        let mut best = failure;
        let mut simulation = self.clone();
        let without: [fn(&mut Faults); 4] =
            [|it| it.clocks = 0, |it| it.kills = 0, |it| it.outside = 0, |it| it.store = 0];
        for less in without {
            let mut faults = simulation.faults;
            less(&mut faults);
            let fewer = Simulation { faults, ..simulation.clone() };
            if let Some(found) = same(&fewer, &best) {
                (best, simulation) = (found, fewer);
            }
        }
        // The orders up to the fault are enough; often the half of them is.
        let mut most = best.given.max(1);
        let mut least = 1;
        for _ in 0..8 {
            if least >= most {
                break;
            }
            let half = (least + most) / 2;
            match same(&Simulation { commands: half, ..simulation.clone() }, &best) {
                Some(found) => (best, most) = (found, half),
                None => least = half + 1,
            }
        }
        best
    }
}

impl Course {
    /// The whole of it.
    fn all(&mut self) -> Result<(), Broken> {
        match self.plan.one_by_one {
            Some(restarts) => self.one_by_one(restarts),
            None => {
                self.work();
                self.safety();
            }
        }
        let broken = |it: &Course| it.broken().map_or(Ok(()), Err);
        broken(self)?;
        self.heal()?;
        broken(self)
    }
}
