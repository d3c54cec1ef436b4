//! The proofs, one file each.

mod allowed;
mod approvals;
mod cancel;
mod clean;
mod crash;
mod effects;
mod happy;
mod hostile;
mod options;
mod plans;
mod race;
mod twice;
mod way_back;

use super::course::{Course, Order};
use super::play::Play;
use super::runs::Runs;
use super::story::Fault;
use crate::domain::Breach;
use crate::engine::{Broken, Outcome, Rejection};

/// A proof: its name, what it says of a process, and how it is run.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) says: &'static str,
    pub(super) run: fn(&mut Runs<'_>),
}

/// Every proof but that of coverage, which looks at what these have seen.
pub(super) static PROOFS: &[Entry] = &[
    Entry {
        name: "happy_path",
        says: "on every state and sort it claims to be for, with whatever answers, it does what it shows and declares",
        run: happy::run,
    },
    Entry {
        name: "every_option",
        says: "under every combination of the options it names it goes through, waits, or is refused in words",
        run: options::run,
    },
    Entry {
        name: "hostile_dossiers",
        says: "on a dossier that makes it hard it goes through or is refused in words; taking away never fails",
        run: hostile::run,
    },
    Entry {
        name: "cancelled_at_every_step",
        says: "cancelled or left at a step where it waits, nothing has happened",
        run: cancel::run,
    },
    Entry {
        name: "approvals_decided_in_every_way",
        says: "agreed to, it goes through; refused, left, withdrawn or decided by whoever may not, nothing has happened",
        run: approvals::run,
    },
    Entry {
        name: "every_effect_fails",
        says: "whatever goes wrong outside shows while it lasts, and heals",
        run: effects::fails,
    },
    Entry {
        name: "every_effect_answered_twice",
        says: "an answer that comes twice is recorded once",
        run: effects::answered_twice,
    },
    Entry {
        name: "crash_at_every_commit",
        says: "a host that dies over a commit, before or after it, changes nothing about the end",
        run: crash::run,
    },
    Entry {
        name: "commands_twice_and_late",
        says: "a command that comes twice is carried out once, one that comes late is rejected",
        run: twice::run,
    },
    Entry { name: "only_who_may", says: "whoever may not is rejected, and nothing is written", run: allowed::run },
    Entry {
        name: "races",
        says: "against every other process, in every order, it ends as if one had gone first",
        run: race::run,
    },
    Entry { name: "way_back", says: "what it holds, some process gives back", run: way_back::run },
    Entry { name: "plans_as_kept", says: "under the same version it plans the same", run: plans::run },
];

impl Play<'_> {
    /// Closes an instance that was refused: nothing has happened, so it can still be cancelled.
    async fn close(&mut self, course: &mut Course) -> Result<(), Fault> {
        if course.rejected.is_none() || !course.waits_at_form() {
            return Ok(());
        }
        let Some(id) = course.id() else { return Ok(()) };
        let came = self.give(&course.who.clone(), &Order::Cancel(id)).await;
        match came {
            Ok(standing) if standing.outcome() == Some(&Outcome::Cancelled) => {
                course.standing = Some(standing);
                Ok(())
            }
            Ok(standing) => {
                Err(Fault::of("an instance that was refused can be cancelled", standing.status.to_string()))
            }
            Err(error) => Err(Fault::of("an instance that was refused can be cancelled", error.to_string())),
        }
    }

    /// Runs the process under proof to its end and looks at the ending; one that is refused is closed, and nothing has
    /// happened.
    async fn run_alone(&mut self) -> Result<Course, Fault> {
        let mut course = self.own();
        self.play_out(&mut course).await?;
        self.close(&mut course).await?;
        let after = self.ending_alone(&course).await?;
        if course.rejected.is_some() && course.known.forms() == 1 && !after.same_objects(&self.before) {
            return Err(Fault::of("what is rejected changes nothing", "objects have changed"));
        }
        Ok(course)
    }
}

/// Refused by the domain, in its words. Anything else that keeps a process from going through is a fault of the process.
fn is_refused(course: &Course) -> bool {
    matches!(course.rejected, Some(Rejection::Refused(_)))
}

/// What it means that a process did not go through.
fn not_through(course: &Course, play: &Play<'_>) -> Fault {
    let expected = "the process goes through on what it claims to be for";
    let Some(Rejection::WouldBreak { broken }) = &course.rejected else {
        return Fault::of(expected, format!("it is {}", course.in_words()));
    };
    let breach = |it: &Broken| Breach { invariant: it.invariant, object: it.object };
    let broken: Vec<_> = broken.iter().map(breach).collect();
    let mut instead = vec!["it is rejected for what it would leave behind".to_owned()];
    instead.extend(play.before.in_words(&broken));
    Fault::list(expected, instead)
}
