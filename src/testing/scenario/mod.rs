//! Scenarios: what is given, what happens, what comes of it, on the pure engine and in the words of the glossary.
//!
//! The first thing to write when a process is added: no store, no runtime, no async, and a failure that reads like the
//! story it tells.
//!
//! ```
//! use cardflow::cards::processes::deactivate;
//! use cardflow::testing::scenario::{Scenario, comes_to};
//! use cardflow::testing::scene::an_active_card;
//! use cardflow::testing::stage::{authority_confirms, next, starts};
//! use cardflow::values::Answers;
//!
//! Scenario::of(deactivate()?)
//!     .given(an_active_card().with_certificates(1).with_door("Main entrance"))
//!     .when([starts(), next(Answers::none().with("reason", "lost"))])
//!     .then(
//!         comes_to("deactivated, waiting for confirmation")
//!             .plan([
//!                 "card becomes inactive",
//!                 "holder relation becomes inactive",
//!                 "carries 01 becomes inactive",
//!                 "door Main entrance becomes inactive",
//!                 "certificate 01 becomes on hold (certificateHold)",
//!             ])
//!             .states(["certificate 01 is on hold, held by card deactivation, not yet confirmed"])
//!             .asked(["authority: certificate 01 to be on hold"]),
//!     )
//!     .when(authority_confirms())
//!     .then(comes_to("deactivated").states(["certificate 01 is on hold, held by card deactivation"]));
//! # Ok::<(), cardflow::engine::DefinitionError>(())
//! ```
//!
//! What does not come as expected fails the test and is shown line by line:
//!
//! ```text
//! process `CardsProcLock` comes to something else
//!   given Ada Example is active; card is active; certificate 01 is valid
//!   when  runs it (reason: lost)
//!   plan
//!       card becomes locked
//!     - certificate 01 becomes on hold (certificateHold)     expected, and not so
//!     + certificate 01 becomes revoked (unspecified)         so, and not expected
//! ```

mod diff;
mod expected;
mod given;
mod words;

use std::sync::Arc;

pub use self::diff::Mismatch;
pub use self::expected::{Expected, comes_to, is_rejected};
pub use self::given::Given;
use self::words::Story;
use super::scene::name_of;
use super::stage::{Move, Stage};
use crate::cards::{Cards, CardsOptions, CardsWorld};
use crate::domain::Dossier;
use crate::engine::{Decision, Process};

/// A process, before it is said what is given.
#[derive(Clone, Debug)]
pub struct Scenario {
    process: Arc<dyn Process<Cards>>,
}

impl Scenario {
    /// A scenario of this process.
    #[must_use]
    pub fn of(process: impl Process<Cards>) -> Self {
        Scenario { process: Arc::new(process) }
    }

    /// This is there: [a card in words](super::scene::an_active_card), say, or any dossier.
    #[must_use]
    pub fn given(self, given: impl Into<Given>) -> Played {
        let Given(dossier) = given.into();
        let given = words::given(&dossier);
        Played { stage: Stage::of(self.process, dossier), given, act: Act::default() }
    }
}

/// A scenario under way.
#[derive(Clone, Debug)]
pub struct Played {
    stage: Stage,
    /// What there was, in words.
    given: String,
    act: Act,
}

/// What happened since the last `then`.
#[derive(Clone, Debug, Default)]
struct Act {
    moves: Vec<String>,
    story: Story,
    rejected: Option<String>,
}

impl Played {
    /// With these options; each is the default unless it is changed here.
    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut CardsOptions)) -> Self {
        change(Arc::make_mut(&mut self.stage.options.options));
        self
    }

    /// With other things plugged in: an authority that cannot hold, a door system that is told.
    #[must_use]
    pub fn world(mut self, change: impl FnOnce(&mut CardsWorld)) -> Self {
        change(&mut self.stage.world);
        self
    }

    /// Another process has run on the same subject before, without answers, and everything is confirmed.
    ///
    /// # Panics
    ///
    /// If that process refuses.
    #[must_use]
    #[track_caller]
    pub fn after(mut self, earlier: impl Process<Cards>) -> Self {
        self.take(&super::stage::meanwhile(earlier));
        assert!(self.act.rejected.is_none(), "what was to run before is refused: {:?}", self.act.rejected);
        self.act = Act::default();
        self
    }

    /// This happens, one after the other; what follows a rejection does not.
    #[must_use]
    pub fn when(mut self, moves: impl Into<Vec<Move>>) -> Self {
        for next in moves.into() {
            if self.act.rejected.is_none() {
                self.take(&next);
            }
        }
        self
    }

    /// It comes to this, since the last `then`.
    ///
    /// # Panics
    ///
    /// If it does not; what came instead is shown line by line.
    #[track_caller]
    #[expect(clippy::panic, reason = "a scenario fails as a test does, whose body it is")]
    pub fn then(self, expected: Expected) -> Played {
        match self.check(expected) {
            Ok(played) => played,
            Err(mismatch) => panic!("{mismatch}"),
        }
    }

    /// Whether it comes to this; [`then`](Self::then) without a panic.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] says what came instead.
    pub fn check(self, expected: Expected) -> Result<Played, Mismatch> {
        let standing = match &self.act.rejected {
            Some(why) => format!("rejected: {why}"),
            None => self.stage.standing(),
        };
        let differences = expected.differences(&standing, &self.act.story, &self.stage.dossier);
        if differences.is_empty() {
            return Ok(Played { act: Act::default(), ..self });
        }
        let process = self.stage.process().outline().name.to_owned();
        Err(Mismatch::new(process, self.given, self.act.moves, differences))
    }

    /// The dossier as it is now, for whatever a scenario has no words for.
    #[must_use]
    pub fn dossier(&self) -> &Dossier {
        &self.stage.dossier
    }

    /// The stage, for whatever a scenario has no words for.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    fn take(&mut self, next: &Move) {
        self.act.moves.push(next.to_string());
        match self.stage.take(next) {
            Ok(Some(decision)) => self.act.story.goes_on(&decision, &self.stage),
            Ok(None) => {}
            Err(refused) => self.act.rejected = Some(refused.to_string()),
        }
    }
}

impl Story {
    fn goes_on(&mut self, decision: &Decision<Cards>, stage: &Stage) {
        let dossier = &stage.dossier;
        self.plan.extend(decision.items.iter().map(|it| format!("{} {}", name_of(dossier, it.object), it.what)));
        self.preview = decision.preview.as_ref().map(|it| words::preview(it, dossier));
        self.asked.extend(decision.requests.iter().map(|(_, it)| words::request(it, dossier)));
        self.events.extend(decision.events.iter().map(|it| words::event(it, dossier)));
        let incidents = decision.instance.incidents().iter();
        self.incidents = incidents.map(|it| format!("{}: {}", name_of(dossier, it.object), it.what)).collect();
    }
}
