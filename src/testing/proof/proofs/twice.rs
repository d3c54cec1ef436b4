use super::super::course::{Course, Order};
use super::super::filling::Filling;
use super::super::play::{Play, in_full};
use super::super::runs::Runs;
use super::super::story::Fault;
use super::super::view::View;
use crate::cards::Cards;
use crate::engine::Rejection;
use crate::runtime::{Error, Standing};
use crate::values::{Answers, CommandId};

pub(in super::super) fn run(runs: &mut Runs<'_>) {
    for case in runs.usual() {
        for filling in [Filling::Least, Filling::Full] {
            runs.run(&case.filled(&filling), async |play| twice_and_late(play).await);
        }
    }
}

async fn twice_and_late(play: &mut Play<'_>) -> Result<(), Fault> {
    let mut course = play.own();
    let mut last = None;
    while !course.is_over() {
        let step = course.waits_at().map(str::to_owned);
        let order = match (course.id(), step) {
            (None, _) => course.begin(),
            (Some(id), Some(step)) if course.waits_at_form() => {
                let answers = play.answers(&course.known, &step);
                course.answered.push((step, answers.clone()));
                Order::Next(id, answers)
            }
            _ => {
                play.forward(&mut course).await?;
                continue;
            }
        };
        if !twice(play, &mut course, &order).await? {
            play.close(&mut course).await?;
            play.ending(&[&course]).await?;
            return Ok(());
        }
        if matches!(order, Order::Next(..)) && !course.waits_at_form() && course.rejected.is_none() {
            rejected(play, &course, &order, "a Next that was carried out is rejected under a new id").await?;
        }
        last = Some(order);
    }
    play.ending(&[&course]).await?;
    if let (Some(id), Some(order)) = (course.id(), last) {
        play.tell("somebody comes late");
        for late in [order, Order::Next(id, Answers::none()), Order::Cancel(id)] {
            if !matches!(late, Order::Start(..) | Order::Begin(..)) {
                rejected(play, &course, &late, "a command to an instance that is over is rejected").await?;
            }
        }
    }
    play.ending(&[&course]).await.map(drop)
}

/// Gives a command twice under one id, and then other content under it. False if it is not carried out.
async fn twice(play: &mut Play<'_>, course: &mut Course, order: &Order) -> Result<bool, Fault> {
    let (who, id) = (course.who.clone(), play.fresh());
    let first = play.send(&who, id, order).await;
    let carried_out = first.as_ref().ok().cloned();
    play.take(course, first)?;
    let Some(first) = carried_out else { return Ok(false) };
    let before = View::of(&play.office).await;
    let again = play.send(&who, id, order).await;
    the_same(&first, again, "the same command again is answered as before")?;
    play.office.restart();
    let again = play.send(&who, id, order).await;
    the_same(&first, again, "another host answers the same command as before")?;
    if View::of(&play.office).await.homes != before.homes {
        return Err(Fault::of("a command that comes again is carried out once", "something has changed"));
    }
    reused(play, course, order, id).await?;
    Ok(true)
}

fn the_same(
    first: &Standing<Cards>,
    again: Result<Standing<Cards>, Error<Cards>>,
    expected: &str,
) -> Result<(), Fault> {
    // The preview is that of now.
    let bare = |it: &Standing<Cards>| Standing { preview: None, ..it.clone() };
    match again {
        Ok(again) if bare(&again) == bare(first) => Ok(()),
        Ok(again) => Err(Fault::of(expected, format!("first {}, then {}", first.status, again.status))),
        Err(error) => Err(Fault::of(expected, in_full(&error))),
    }
}

/// Other content under an id that was used.
async fn reused(play: &mut Play<'_>, course: &Course, order: &Order, id: CommandId) -> Result<(), Fault> {
    let other = match order {
        Order::Start(process, subject) if *subject == play.office.card => Order::Start(process, play.office.other_card),
        Order::Start(..) | Order::Begin(..) => return Ok(()),
        Order::Next(instance, _) => Order::Cancel(*instance),
        Order::Cancel(instance) | Order::Judge(instance, _) => Order::Next(*instance, Answers::none()),
    };
    let before = View::of(&play.office).await;
    let came = play.send(&course.who, id, &other).await;
    let code = came.as_ref().err().and_then(Error::rejection).map(Rejection::code);
    let unchanged = View::of(&play.office).await.homes == before.homes;
    if code == Some("CommandIdReused") && unchanged {
        return Ok(());
    }
    Err(Fault::of("an id that was used stands for no other command", code.unwrap_or("it is carried out").to_owned()))
}

/// Under a new id, a command is rejected and nothing is written.
async fn rejected(play: &mut Play<'_>, course: &Course, order: &Order, expected: &str) -> Result<(), Fault> {
    let before = View::of(&play.office).await;
    let commits = play.office.wire.count();
    let came = play.give(&course.who, order).await;
    let written = play.office.wire.count() != commits || View::of(&play.office).await.homes != before.homes;
    match came {
        Err(Error::Rejected(Rejection::NotWaiting { .. })) if !written => Ok(()),
        Err(error) if written => Err(Fault::of("a rejected command writes nothing", in_full(&error))),
        Err(error) => Err(Fault::of(expected, in_full(&error))),
        Ok(standing) => Err(Fault::of(expected, standing.status.to_string())),
    }
}
