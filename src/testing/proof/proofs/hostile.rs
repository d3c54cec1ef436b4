use super::super::runs::Runs;
use super::super::story::Fault;
use super::super::surroundings::Surroundings;
use super::{is_refused, not_through};
use crate::domain::Refusal;
use crate::engine::{Component, Rejection};

pub(in super::super) fn run(runs: &mut Runs<'_>) {
    let restricts = runs.proof.under.only_restricts();
    for case in runs.proof.states() {
        for surroundings in Surroundings::ALL.iter().filter(|it| **it != Surroundings::Usual) {
            runs.run(&case.on(*surroundings), async |play| {
                let course = play.run_alone().await?;
                let in_its_words = matches!(course.rejected, Some(Rejection::Refused(Refusal::Site(_))));
                // Who is inactive, or does not hold the card, cannot look after it.
                let not_theirs = course.who.component() == Component::SelfService
                    && matches!(course.rejected, Some(Rejection::NotFound { .. } | Rejection::ActorInactive { .. }));
                if course.is_done() || in_its_words || not_theirs {
                    return Ok(());
                }
                if !is_refused(&course) {
                    return Err(not_through(&course, play));
                }
                if restricts {
                    let expected = "taking away never fails because something about the card is amiss (law 13)";
                    return Err(Fault::of(expected, course.in_words()));
                }
                Ok(())
            });
        }
    }
}
