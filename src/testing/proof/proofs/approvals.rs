use std::cell::Cell;

use super::super::Case;
use super::super::course::{Course, Order};
use super::super::filling::{Filling, fillings};
use super::super::office::NOW;
use super::super::options::combinations;
use super::super::play::{Play, in_full};
use super::super::runs::Runs;
use super::super::story::Fault;
use super::super::view::{View, differences};
use super::is_refused;
use crate::cards::CardsOptions;
use crate::engine::{Judgement, Outcome, Rejection, StepKind};
use crate::ports::Principal;
use crate::runtime::Error;
use crate::values::Answers;

pub(in super::super) fn run(runs: &mut Runs<'_>) {
    let outline = runs.proof.under.outline();
    let approvals = outline.steps.iter().filter(|it| matches!(it.kind, StepKind::Approval { .. }));
    let approvals: Vec<_> = approvals.map(|it| it.name).collect();
    for case in runs.usual() {
        for step in &approvals {
            // What no setting and no answer leads to is the matter of coverage.
            let Some(case) = reaching(runs, &case, step) else { continue };
            decided_in_every_way(runs, &case, step);
        }
    }
}

fn decided_in_every_way(runs: &mut Runs<'_>, case: &Case, step: &str) {
    runs.run(case, async |play| match to_approval(play, step).await? {
        Some(course) => agreed(play, course).await,
        None => Ok(()),
    });
    runs.run(case, async |play| match to_approval(play, step).await? {
        Some(course) => refused(play, course).await,
        None => Ok(()),
    });
    runs.run(case, async |play| match to_approval(play, step).await? {
        Some(course) => left(play, course).await,
        None => Ok(()),
    });
    runs.run(case, async |play| match to_approval(play, step).await? {
        Some(course) => withdrawn(play, course).await,
        None => Ok(()),
    });
    runs.run(case, async |play| match to_approval(play, step).await? {
        Some(course) => sent_back(play, course).await,
        None => Ok(()),
    });
    runs.run(case, async |play| match to_approval(play, step).await? {
        Some(course) => by_whoever_may_not(play, course).await,
        None => Ok(()),
    });
}

/// The first setting and answers under which it waits at this approval.
fn reaching(runs: &Runs<'_>, case: &Case, step: &str) -> Option<Case> {
    let outline = runs.proof.under.outline();
    let settings = combinations(&outline.options).unwrap_or_default();
    let mut fillings = fillings(outline, &CardsOptions::default(), NOW, &runs.proof.answers);
    fillings.insert(0, Filling::Least);
    for setting in &settings {
        for filling in &fillings {
            let case = case.under(setting).filled(filling);
            let there = Cell::new(false);
            let mut aside = Runs::of(runs.proof, runs.name);
            aside.try_run(&case, async |play| {
                there.set(to_approval(play, step).await?.is_some());
                Ok(())
            });
            if there.get() {
                return Some(case);
            }
        }
    }
    None
}

/// Goes on until it waits at an approval; none if it never does.
async fn to_approval(play: &mut Play<'_>, step: &str) -> Result<Option<Course>, Fault> {
    let mut course = play.own();
    while !course.is_over() {
        if course.waits_at() == Some(step) {
            return Ok(Some(course));
        }
        play.forward(&mut course).await?;
    }
    Ok(None)
}

/// Whether there is nothing to take back yet where it waits.
fn is_review(course: &Course) -> bool {
    let step = course.waits_at().and_then(|it| course.known.outline().step(it));
    step.is_some_and(|it| matches!(it.kind, StepKind::Approval { rejected: Some(_), .. }))
}

async fn agreed(play: &mut Play<'_>, mut course: Course) -> Result<(), Fault> {
    play.play_out(&mut course).await?;
    if !course.is_done() && !is_refused(&course) {
        return Err(Fault::of("what is agreed to is done", course.in_words()));
    }
    play.ending_alone(&course).await.map(drop)
}

async fn refused(play: &mut Play<'_>, mut course: Course) -> Result<(), Fault> {
    let (shown, reviewed) = (View::of(&play.office).await, is_review(&course));
    decide(play, &mut course, |task, _| Judgement::reject(task, "It is not needed any more")).await?;
    if reviewed {
        play.play_out(&mut course).await?;
        if !course.is_done() {
            return Err(Fault::of("what a review refuses goes the way its process has for it", course.in_words()));
        }
        return play.ending_alone(&course).await.map(drop);
    }
    ended_as(&course, &Outcome::Rejected)?;
    nothing_has_happened(play, &course, &shown).await
}

async fn left(play: &mut Play<'_>, mut course: Course) -> Result<(), Fault> {
    let (shown, step) = (View::of(&play.office).await, course.waits_at().map(str::to_owned));
    // Each stage is let pass, and what it escalates to.
    while course.waits_at() == step.as_deref() {
        play.outlast(&mut course).await?;
    }
    if course.outcome() == Some(&Outcome::Expired) {
        return nothing_has_happened(play, &course, &shown).await;
    }
    play.play_out(&mut course).await?;
    if !course.is_done() {
        return Err(Fault::of("an approval that nobody decides expires, or counts as agreed", course.in_words()));
    }
    play.ending_alone(&course).await.map(drop)
}

async fn withdrawn(play: &mut Play<'_>, mut course: Course) -> Result<(), Fault> {
    let Some(id) = course.id().filter(|_| !course.known.begins_by_itself()) else { return Ok(()) };
    let (shown, reviewed) = (View::of(&play.office).await, is_review(&course));
    let came = play.give(&course.who.clone(), &Order::Cancel(id)).await;
    if let (true, Err(Error::Rejected(Rejection::DoneAlready))) = (reviewed, &came) {
        play.play_out(&mut course).await?;
        return play.ending_alone(&course).await.map(drop);
    }
    play.take(&mut course, came)?;
    ended_as(&course, &Outcome::Withdrawn)?;
    nothing_has_happened(play, &course, &shown).await
}

async fn sent_back(play: &mut Play<'_>, mut course: Course) -> Result<(), Fault> {
    let Some(id) = course.id().filter(|_| !course.known.begins_by_itself()) else { return Ok(()) };
    let shown = View::of(&play.office).await;
    decide(play, &mut course, |task, _| Judgement::ask(task, "Is it needed?")).await?;
    let call = play.fresh();
    let came = play.office.host.resubmit(course.who.command(call), id, Answers::none(), "It is").await;
    play.tell(format!("{} answers to what was asked", course.who.account()));
    play.take(&mut course, came)?;
    if course.rejected.is_some() {
        return Err(Fault::of("what was sent back can be asked again", course.in_words()));
    }
    nothing_has_changed(play, &shown).await?;
    agreed(play, course).await
}

/// Whoever asked does not decide, nor does the holder; and nothing is written.
async fn by_whoever_may_not(play: &mut Play<'_>, mut course: Course) -> Result<(), Fault> {
    let (Some(id), Some(standing)) = (course.id(), course.standing.clone()) else { return Ok(()) };
    let (Some(task), Some(approval)) = (standing.task(), &standing.approval) else { return Ok(()) };
    let shown = View::of(&play.office).await;
    let commits = play.office.wire.count();
    for who in [course.who.clone(), super::super::office::starter(crate::engine::Component::SelfService)] {
        let order = Order::Judge(id, Judgement::approve(task, approval.covers));
        match play.give(&who, &order).await {
            Err(Error::Rejected(
                Rejection::NotEligible { .. } | Rejection::NotFound { .. } | Rejection::ActorInactive { .. },
            )) => {}
            Err(error) => return Err(Fault::of("whoever asked for it does not approve it", in_full(&error))),
            Ok(standing) => {
                let instead = format!("{} does: it is {}", who.account(), standing.status);
                return Err(Fault::of("whoever asked for it, or holds it, does not approve it", instead));
            }
        }
    }
    if play.office.wire.count() != commits {
        return Err(Fault::of("a rejected command writes nothing", "something was written"));
    }
    nothing_has_changed(play, &shown).await?;
    play.play_out(&mut course).await?;
    play.ending_alone(&course).await.map(drop)
}

/// Somebody who may decides.
async fn decide(
    play: &mut Play<'_>,
    course: &mut Course,
    make: impl Fn(crate::values::TaskId, crate::values::Digest) -> Judgement,
) -> Result<(), Fault> {
    let (Some(id), Some(standing)) = (course.id(), course.standing.clone()) else { return Ok(()) };
    let (Some(task), Some(approval)) = (standing.task(), &standing.approval) else { return Ok(()) };
    let deciders: Vec<Principal> = play.deciders(approval);
    for who in deciders {
        match play.give(&who, &Order::Judge(id, make(task, approval.covers))).await {
            Ok(standing) => {
                course.standing = Some(standing);
                return Ok(());
            }
            Err(Error::Rejected(Rejection::NotEligible { .. })) => {}
            Err(error) => return Err(Fault::of("whoever may decides", in_full(&error))),
        }
    }
    Err(Fault::of("somebody may decide an approval", "nobody may"))
}

fn ended_as(course: &Course, outcome: &Outcome) -> Result<(), Fault> {
    match course.outcome() {
        Some(found) if found == outcome => Ok(()),
        _ => Err(Fault::of(format!("it is {outcome}"), course.in_words())),
    }
}

async fn nothing_has_changed(play: &Play<'_>, shown: &View) -> Result<(), Fault> {
    let after = View::of(&play.office).await;
    match after.same_objects(shown) {
        true => Ok(()),
        false => {
            let differing = differences(&shown.lines(&play.office), &after.lines(&play.office));
            Err(Fault::list("nothing has happened while it waits for approval", differing))
        }
    }
}

async fn nothing_has_happened(play: &mut Play<'_>, course: &Course, shown: &View) -> Result<(), Fault> {
    nothing_has_changed(play, shown).await?;
    play.ending(&[course]).await.map(drop)
}
