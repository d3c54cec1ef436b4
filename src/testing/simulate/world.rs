use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::book::Book;
use super::coverage::Coverage;
use super::dice::Dice;
use super::faults::{Fault, Faults};
use super::given::Came;
use super::trace::{Told, Trace};
use crate::values::{Millis, Timestamp};

/// What all hosts of a run share: the time, what goes wrong, and what is seen of it all.
pub(super) struct World(Mutex<State>);

/// The state of a [`World`].
pub(super) struct State {
    pub(super) now: Timestamp,
    /// By how much the clock of each host is wrong.
    pub(super) clocks: Vec<Millis>,
    pub(super) dice: Dice,
    pub(super) faults: Faults,
    /// Nothing goes wrong any more.
    pub(super) calm: bool,
    /// Until when the task that was polled last waits.
    pub(super) asleep: Option<Timestamp>,
    /// How many steps there were.
    pub(super) steps: u64,
    /// A digest of which task had which turn.
    pub(super) ways: u64,
    pub(super) trace: Trace,
    pub(super) coverage: Coverage,
    pub(super) book: Book,
    /// What came of the calls of users, by their numbers.
    pub(super) came: Vec<(usize, Came)>,
    pub(super) seeds: u64,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl World {
    pub(super) fn of(state: State) -> World {
        World(Mutex::new(state))
    }

    pub(super) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.with(|it| it.now)
    }

    /// What goes wrong with a call of a host, if anything does.
    pub(super) fn fault(
        &self,
        host: usize,
        method: &'static str,
        often: fn(&Faults) -> u32,
        draw: fn(&mut Dice) -> Fault,
    ) -> Option<Fault> {
        self.with(|it| {
            let often = often(&it.faults);
            if it.calm || often == 0 || !it.dice.permille(often) {
                return None;
            }
            let fault = draw(&mut it.dice);
            it.coverage.count("fault", fault.name());
            it.tell(Told::Fault { host, method, fault });
            Some(fault)
        })
    }
}

impl State {
    pub(super) fn tell(&mut self, told: Told) {
        self.trace.tell(self.now, told);
    }
}
