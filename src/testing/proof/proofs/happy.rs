use std::cell::Cell;

use super::super::filling::fillings;
use super::super::office::NOW;
use super::super::runs::Runs;
use super::super::story::{Fault, Story};
use super::{is_refused, not_through};
use crate::cards::CardsOptions;
use crate::domain::{Answer, CardKind, CertificateState, ObjectState};

pub(in super::super) fn run(runs: &mut Runs<'_>) {
    let subjects = runs.proof.subjects();
    let mut seen: Vec<(ObjectState, CardKind, bool, Option<Story>)> = Vec::new();
    let mut through = Vec::new();
    for case in &subjects {
        let done = Cell::new(false);
        let refused = Cell::new(false);
        let ran = runs.try_run(case, async |play| {
            let course = play.run_alone().await?;
            done.set(course.is_done());
            refused.set(is_refused(&course));
            if course.is_done() { Ok(()) } else { Err(not_through(&course, play)) }
        });
        let Some(ran) = ran else { continue };
        if done.get() && ran.is_ok() {
            through.push(case.clone());
        }
        // Another way into the state may suit it.
        let story = match ran {
            Err(story) if !refused.get() => {
                runs.stories.push(story);
                None
            }
            ran => ran.err(),
        };
        match seen.iter_mut().find(|it| (it.0, &it.1) == (case.state, &case.sort)) {
            Some(it) => it.2 |= done.get(),
            None => seen.push((case.state, case.sort.clone(), done.get(), story)),
        }
    }
    for (.., story) in seen.into_iter().filter(|(.., done, _)| !done) {
        if !runs.enough() {
            runs.stories.extend(story);
        }
    }
    for state in runs.proof.under.requires.clone() {
        if !runs.enough() && !subjects.iter().any(|it| it.state == state) {
            let expected = "each state that it requires can be reached";
            let instead = format!("no process known here leads to {state}; name one with `beside`");
            runs.fails(Fault::of(expected, instead));
        }
    }
    with_every_answer(runs, &through);
}

/// Each value of each field, and each answer of the outside, on one subject for each state.
fn with_every_answer(runs: &mut Runs<'_>, through: &[super::super::Case]) {
    let outline = runs.proof.under.outline();
    let fillings = fillings(outline, &CardsOptions::default(), NOW, &runs.proof.answers);
    let asks = outline.steps.iter().any(|it| it.kind.asks());
    let mut states = Vec::new();
    for case in through {
        if states.contains(&case.state) {
            continue;
        }
        states.push(case.state);
        for filling in &fillings {
            let case = case.filled(filling);
            runs.run(&case, async |play| {
                let course = play.run_alone().await?;
                let ended = course.is_done() || is_refused(&course);
                if ended { Ok(()) } else { Err(not_through(&course, play)) }
            });
        }
        let answers = CertificateState::ALL.iter().filter(|_| asks);
        for state in answers {
            let outside = Answer::Authority { state: *state, reason: None, since: None, held_before: false };
            let case = super::super::Case { outside, ..case.clone() };
            runs.run(&case, async |play| play.run_alone().await.map(drop));
        }
    }
}
