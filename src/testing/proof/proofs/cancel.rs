use std::cell::Cell;

use super::super::course::{Course, Order};
use super::super::filling::fillings;
use super::super::office::NOW;
use super::super::play::Play;
use super::super::runs::Runs;
use super::super::story::Fault;
use super::super::view::View;
use crate::cards::CardsOptions;
use crate::engine::{FORM_WAITS, Outcome, Rejection, StepKind};
use crate::runtime::Error;

pub(in super::super) fn run(runs: &mut Runs<'_>) {
    let outline = runs.proof.under.outline();
    let fillings = fillings(outline, &CardsOptions::default(), NOW, &runs.proof.answers);
    let forms = outline.steps.iter().filter(|it| matches!(it.kind, StepKind::Form(_)));
    let forms: Vec<_> = forms.map(|it| it.name).collect();
    for case in runs.usual() {
        for form in &forms {
            // By the first two ways of answering the forms before it that lead there.
            let mut reached = 0;
            for filling in &fillings {
                if reached == 2 {
                    break;
                }
                let there = Cell::new(false);
                let case = case.filled(filling);
                runs.run(&case, async |play| {
                    let Some(course) = to_form(play, form).await? else { return Ok(()) };
                    there.set(true);
                    cancelled(play, course, forms.first() == Some(form)).await
                });
                if there.get() {
                    reached += 1;
                    runs.run(&case, async |play| match to_form(play, form).await? {
                        Some(course) => left(play, course).await,
                        None => Ok(()),
                    });
                    runs.run(&case, async |play| match to_form(play, form).await? {
                        Some(course) => too_late(play, course).await,
                        None => Ok(()),
                    });
                }
            }
        }
    }
}

/// Goes on until it waits at a form; none if it never does.
async fn to_form(play: &mut Play<'_>, form: &str) -> Result<Option<Course>, Fault> {
    let mut course = play.own();
    while !course.is_over() {
        if course.waits_at() == Some(form) {
            return Ok(Some(course));
        }
        play.forward(&mut course).await?;
    }
    Ok(None)
}

async fn cancelled(play: &mut Play<'_>, mut course: Course, first: bool) -> Result<(), Fault> {
    let Some(id) = course.id() else { return Ok(()) };
    let shown = View::of(&play.office).await;
    if first && !shown.same_objects(&play.before) {
        return Err(Fault::of("nothing happens before the first form is answered", "objects have changed"));
    }
    let came = play.give(&course.who.clone(), &Order::Cancel(id)).await;
    play.take(&mut course, came)?;
    if course.outcome() != Some(&Outcome::Cancelled) {
        return Err(Fault::of("it can be cancelled where it waits at a form", course.in_words()));
    }
    nothing_has_happened(play, &course, &shown).await?;
    let answers = play.answers(&course.known, "");
    let late = play.give(&course.who.clone(), &Order::Next(id, answers)).await;
    match late.as_ref().err().and_then(Error::rejection) {
        Some(Rejection::NotWaiting { outcome: Some(Outcome::Cancelled), .. }) => Ok(()),
        _ => Err(Fault::of("Next after Cancel is rejected, since it is cancelled", "it is not")),
    }
}

async fn left(play: &mut Play<'_>, mut course: Course) -> Result<(), Fault> {
    let shown = View::of(&play.office).await;
    play.outlast(&mut course).await?;
    expired(&course)?;
    nothing_has_happened(play, &course, &shown).await
}

/// Once its time is over it has ended, whether a timer has said so yet or not.
async fn too_late(play: &mut Play<'_>, mut course: Course) -> Result<(), Fault> {
    let (Some(id), Some(step)) = (course.id(), course.waits_at().map(str::to_owned)) else { return Ok(()) };
    let shown = View::of(&play.office).await;
    play.office.wait(FORM_WAITS);
    for late in [Order::Next(id, play.answers(&course.known, &step)), Order::Cancel(id)] {
        let came = play.give(&course.who, &late).await;
        match came.as_ref().err().and_then(Error::rejection) {
            Some(Rejection::NotWaiting { outcome: Some(Outcome::Expired), .. }) => {}
            _ => {
                return Err(Fault::of(
                    "a command that comes after eight hours is rejected, since it is expired",
                    "it is not",
                ));
            }
        }
    }
    play.outlast(&mut course).await?;
    expired(&course)?;
    nothing_has_happened(play, &course, &shown).await
}

fn expired(course: &Course) -> Result<(), Fault> {
    match course.outcome() {
        Some(Outcome::Expired) => Ok(()),
        _ => Err(Fault::of("an instance that nobody goes on with ends by itself", course.in_words())),
    }
}

async fn nothing_has_happened(play: &mut Play<'_>, course: &Course, shown: &View) -> Result<(), Fault> {
    let after = play.ending(&[course]).await?;
    if after.same_objects(shown) {
        return Ok(());
    }
    let differing = super::super::view::differences(&shown.lines(&play.office), &after.lines(&play.office));
    Err(Fault::list("nothing has happened since the form was shown", differing))
}
