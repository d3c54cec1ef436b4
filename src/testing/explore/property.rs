use std::fmt;
use std::sync::Arc;

use super::{State, Step, World};

/// What must hold in a [`World`], as a value: its name, what it says in words, and the check.
///
/// ```
/// use cardflow::cards::processes::lock;
/// use cardflow::domain::CardState;
/// use cardflow::testing::explore::{Property, World, explore};
///
/// let locked = Property::sometimes("locked", "a card is locked", |_, state| {
///     state.dossier().cards().any(|it| it.state() == CardState::Locked)
/// });
/// let world = World::of([]).with(lock()?).at_once(1).must(locked);
/// assert_eq!(explore(world).never(), Vec::<String>::new());
/// # Ok::<(), cardflow::engine::DefinitionError>(())
/// ```
#[derive(Clone)]
pub struct Property {
    pub(super) name: &'static str,
    pub(super) says: &'static str,
    pub(super) kind: Kind,
}

/// Says what is so instead, in a state that is not as it must be.
pub(super) type FindsInState = Arc<dyn Fn(&World, &State) -> Result<(), String> + Send + Sync>;

/// Says what is so instead, over a step that is not as it must be.
pub(super) type FindsOverStep = Arc<dyn Fn(&World, &Step<'_>) -> Result<(), String> + Send + Sync>;

/// A question about a state.
pub(super) type IsSo = Arc<dyn Fn(&World, &State) -> bool + Send + Sync>;

#[derive(Clone)]
pub(super) enum Kind {
    Always(FindsInState),
    Each(FindsOverStep),
    Sometimes(IsSo),
    Eventually(Fair, IsSo),
}

/// What is relied on to happen, where something is to come about at last.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Fair {
    /// The outside does what it is asked, and says so.
    Outside,
    /// And timers fire, and time passes.
    Time,
}

impl fmt::Debug for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.says)
    }
}

impl Property {
    /// Holds in every state that can be reached; else the check says what is so instead.
    #[must_use]
    pub fn always(
        name: &'static str,
        says: &'static str,
        check: impl Fn(&World, &State) -> Result<(), String> + Send + Sync + 'static,
    ) -> Property {
        Property { name, says, kind: Kind::Always(Arc::new(check)) }
    }

    /// Holds over every step from a state that can be reached: what was done, or refused, and what came of it.
    #[must_use]
    pub fn each_step(
        name: &'static str,
        says: &'static str,
        check: impl Fn(&World, &Step<'_>) -> Result<(), String> + Send + Sync + 'static,
    ) -> Property {
        Property { name, says, kind: Kind::Each(Arc::new(check)) }
    }

    /// Some state that can be reached is so.
    #[must_use]
    pub fn sometimes(
        name: &'static str,
        says: &'static str,
        is: impl Fn(&World, &State) -> bool + Send + Sync + 'static,
    ) -> Property {
        Property { name, says, kind: Kind::Sometimes(Arc::new(is)) }
    }

    /// From every state that can be reached, one that is so comes about although no person does anything: the outside does
    /// what it is asked, timers fire, time passes.
    ///
    /// It is searched for over the whole graph of states: where there is a state from which no such state can be reached, the
    /// way to it is the story. An answer that is always possible is taken to come at last.
    #[must_use]
    pub fn eventually(
        name: &'static str,
        says: &'static str,
        is: impl Fn(&World, &State) -> bool + Send + Sync + 'static,
    ) -> Property {
        Property { name, says, kind: Kind::Eventually(Fair::Time, Arc::new(is)) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it says, in words.
    #[must_use]
    pub fn says(&self) -> &'static str {
        self.says
    }
}
