use std::fmt;

use super::dice::Dice;
use crate::testing::fakes::Mood;
use crate::values::Millis;

/// How much goes wrong in a simulation: of a thousand calls or moments, at most so many. Each run draws how much of it there is,
/// from nothing to all.
///
/// ```
/// use cardflow::testing::simulate::{Faults, Simulation};
///
/// let only_kills = Faults { kills: 20, ..Faults::NONE };
/// let run = Simulation::of_the_package()?.commands(20).faults(only_kills).run(1)?;
/// assert_eq!(run.coverage().of("fault", "conflict"), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Faults {
    /// Calls of the store: not stored or not read, stored and not answered, answered late, in conflict with nobody.
    pub store: u32,
    /// Calls of the outside: each mood of an authority, lost and doubled mails, late answers, authorities that change
    /// certificates by themselves. Orders to authorities, of which there are few, go wrong twice as often.
    pub outside: u32,
    /// Moments at which a host dies, wherever it stands, and another takes its place.
    pub kills: u32,
    /// Moments at which the clock of a host is put forward or back, or much time passes.
    pub clocks: u32,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Faults = Faults { store: 0, outside: 0, kills: 0, clocks: 0 };

    /// As much as a [`Simulation`](super::Simulation) has, unless it is told otherwise.
    pub const USUAL: Faults = Faults { store: 60, outside: 400, kills: 4, clocks: 6 };

    /// The part of it that a run has.
    pub(super) fn drawn(self, dice: &mut Dice) -> Faults {
        let mut part = |of: u32| match dice.below(4) {
            0 => 0,
            1 => of / 4,
            _ => of,
        };
        Faults {
            store: part(self.store),
            outside: part(self.outside),
            kills: part(self.kills),
            clocks: part(self.clocks),
        }
    }
}

/// What goes wrong with one call of a port.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// It is refused as if somebody had changed something.
    Conflict,
    /// It never arrives, and the caller is told that nobody answers.
    Lost,
    /// It is carried out, and the caller is told that nobody answers.
    AnswerLost,
    /// It arrives late.
    LateThere(Millis),
    /// Its answer comes late.
    LateBack(Millis),
    /// It arrives twice.
    Twice,
    /// It is refused for good.
    Refused,
    /// An authority is in a mood.
    In(Mood),
}

impl Fault {
    /// For the count of what has happened.
    pub(super) fn name(self) -> &'static str {
        match self {
            Fault::Conflict => "conflict",
            Fault::Lost => "lost",
            Fault::AnswerLost => "answer lost",
            Fault::LateThere(_) => "late",
            Fault::LateBack(_) => "answered late",
            Fault::Twice => "twice",
            Fault::Refused => "refused",
            Fault::In(Mood::Well) => "well",
            Fault::In(Mood::Down) => "authority down",
            Fault::In(Mood::Mute) => "authority mute",
            Fault::In(Mood::Deaf) => "authority deaf",
            Fault::In(Mood::Twice) => "authority told twice",
            Fault::In(Mood::Revokes) => "authority revokes",
            Fault::In(Mood::Refuses) => "authority refuses",
            Fault::In(Mood::Contradicts) => "authority contradicts",
            Fault::In(Mood::Pending) => "authority waits for somebody",
        }
    }

    /// So late: within a lease, just at its end, after it, long after it.
    fn late(dice: &mut Dice) -> Millis {
        Millis::new(*dice.pick(&[200, 5_000, 59_999, 60_000, 61_000, 600_000]))
    }

    pub(super) fn of_a_commit(dice: &mut Dice) -> Fault {
        match dice.below(6) {
            0 | 1 => Fault::Conflict,
            2 => Fault::Lost,
            3 => Fault::AnswerLost,
            4 => Fault::LateThere(Fault::late(dice)),
            _ => Fault::LateBack(Fault::late(dice)),
        }
    }

    /// Of a call that changes nothing, or nothing that could be in conflict.
    pub(super) fn of_a_call(dice: &mut Dice) -> Fault {
        match dice.below(4) {
            0 => Fault::Lost,
            1 => Fault::AnswerLost,
            2 => Fault::LateThere(Fault::late(dice)),
            _ => Fault::LateBack(Fault::late(dice)),
        }
    }

    pub(super) fn of_an_order(dice: &mut Dice) -> Fault {
        match dice.below(10) {
            0 => Fault::LateThere(Fault::late(dice)),
            1 => Fault::LateBack(Fault::late(dice)),
            2 => Fault::In(Mood::Down),
            3 => Fault::In(Mood::Mute),
            4 => Fault::In(Mood::Deaf),
            5 => Fault::In(Mood::Twice),
            6 => Fault::In(Mood::Revokes),
            7 => Fault::In(Mood::Refuses),
            8 => Fault::In(Mood::Contradicts),
            _ => Fault::In(Mood::Pending),
        }
    }

    pub(super) fn of_a_message(dice: &mut Dice) -> Fault {
        match dice.below(5) {
            0 => Fault::Lost,
            1 => Fault::AnswerLost,
            2 => Fault::Twice,
            3 => Fault::Refused,
            _ => Fault::LateBack(Fault::late(dice)),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::LateThere(by) | Fault::LateBack(by) => write!(f, "{} by {} ms", self.name(), by.millis()),
            other => f.write_str(other.name()),
        }
    }
}
