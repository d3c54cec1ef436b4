//! How instances run: what is refused, what is over, what leaves no trace.

use super::{each, must};
use crate::cards::Cards;
use crate::domain::{Change, Refusal};
use crate::engine::{Actor, Command, Event, Outcome, Rejection, Status, StepKind};
use crate::testing::explore::decide::Order;
use crate::testing::explore::{Action, Property, Step, World};
use crate::values::Answers;

pub(super) fn laws() -> Vec<Property> {
    let of =
        |name, says, check: fn(&World, &Step<'_>) -> Result<(), String>| Property { name, says, kind: each(check) };
    vec![
        of("no process plans a breach", "no process plans what would break a rule of the domain (law 9)", no_breach),
        of("taking away goes through", "a process that only takes away is not refused (law 13)", taking_away),
        of(
            "begins and acts only in its states",
            "a process changes its subject only in a state that it requires",
            in_state,
        ),
        of("no silent no-op", "what is carried out is on record, and what is refused has a reason (law 10)", on_record),
        of(
            "what is left leaves no trace",
            "what is cancelled, refused, left or overtaken by others changes nothing",
            no_trace,
        ),
        of("what is over stays over", "an instance that is over takes no command", stays_over),
        of("too late is too late", "a form or request whose time is over is not answered any more", too_late),
        of("the objects are what the history tells", "the changes on record lead from what was to what is", as_told),
    ]
}

fn no_breach(_: &World, step: &Step<'_>) -> Result<(), String> {
    if let Some(why @ Rejection::WouldBreak { .. }) = &step.rejection {
        return Err(format!("it is rejected for what it would leave behind: {why}"));
    }
    let refused = step.events.iter().find_map(|it| match it {
        Event::Ended(Outcome::Refused { why }) if why.starts_with("this would break") => Some(why),
        _ => None,
    });
    refused.map_or(Ok(()), |why| Err(format!("it ends, since it is refused for what it would leave behind: {why}")))
}

fn taking_away(_: &World, step: &Step<'_>) -> Result<(), String> {
    let Some(process) = step.process else { return Ok(()) };
    let begun = step.instance_before().is_some_and(|it| it.relies_on().is_some());
    let first = process.outline().steps.iter().find_map(|it| match &it.kind {
        StepKind::Change { leaves } => Some(leaves),
        _ => None,
    });
    let restricts = ["card inactive", "card locked", "card expired", "person inactive", "person locked"];
    if begun || !first.is_some_and(|it| restricts.iter().any(|out| it.starts_with(out))) {
        return Ok(());
    }
    match &step.rejection {
        // What the administrator decided, and what is not due yet.
        Some(Rejection::Refused(Refusal::CannotBeHeld { .. } | Refusal::StillValid(_))) => Ok(()),
        Some(Rejection::Refused(why)) => Err(format!("{} is refused: {why}", process.outline().name)),
        _ => Ok(()),
    }
}

fn in_state(_: &World, step: &Step<'_>) -> Result<(), String> {
    let (Some(process), Some(instance)) = (step.process, &step.instance) else { return Ok(()) };
    let first = step.instance_before().is_none_or(|it| it.relies_on().is_none());
    let changes = step.events.iter().any(|it| matches!(it, Event::Changed { .. }));
    if !first || !changes {
        return Ok(());
    }
    let (found, required) = process.standing_of(&step.before.dossier.about(instance.subject()));
    must(required, || format!("{} changes a subject that is {found}", process.outline().name))
}

fn on_record(_: &World, step: &Step<'_>) -> Result<(), String> {
    if let Some(why) = &step.failed {
        return Err(format!("a value has no stored form: {why}"));
    }
    // An answer may come to nothing.
    let by_us = !matches!(step.action, Action::Outside { .. });
    must(!(by_us && step.is_carried_out() && step.events.is_empty()), || {
        "it is carried out, and nothing is on record".to_owned()
    })
}

fn no_trace(_: &World, step: &Step<'_>) -> Result<(), String> {
    let outcome = step.events.iter().find_map(|it| match it {
        Event::Ended(
            outcome @ (Outcome::Cancelled
            | Outcome::Withdrawn
            | Outcome::Rejected
            | Outcome::Expired
            | Outcome::Superseded { .. }),
        ) => Some(outcome),
        _ => None,
    });
    let Some(outcome) = outcome else { return Ok(()) };
    let asked = step.events.iter().any(|it| matches!(it, Event::Requested { .. }));
    must(!asked && step.before.dossier == step.after.dossier, || {
        format!("it is {outcome}, and objects were changed or the outside was asked")
    })
}

fn stays_over(world: &World, step: &Step<'_>) -> Result<(), String> {
    let is_over = |it: &crate::engine::Instance<Cards>| matches!(it.status(), Status::Ended(_));
    let (Some(instance), Some(running)) = (&step.instance, step.running()) else { return Ok(()) };
    if is_over(&running.instance) {
        let by_us = !matches!(step.action, Action::Outside { .. } | Action::Resolve { .. });
        return must(!by_us && instance.status() == running.instance.status(), || {
            format!("it was over, and is {}", instance.status())
        });
    }
    if !is_over(instance) {
        return Ok(());
    }
    // It has just ended: whatever comes now comes too late.
    let requester = world.actors.iter().find(|it| it.person == instance.requester());
    let actor = requester.cloned().unwrap_or_else(|| Actor::worker(step.after.now));
    for command in [Command::Next(Answers::none()), Command::Cancel, Command::Fire] {
        let what = format!("{command:?}");
        let subject = instance.subject();
        let order = Order { process: running.process, run: None, subject, actor: actor.clone(), command };
        let came = world.decide_about(&step.after, &order, Some(instance));
        must(came.is_err(), || format!("it is {}, and takes a command more: {what:.20}", instance.status()))?;
    }
    Ok(())
}

fn too_late(_: &World, step: &Step<'_>) -> Result<(), String> {
    let answers = matches!(step.action, Action::Next { .. } | Action::Cancel { .. } | Action::Resubmit { .. });
    let until = step.instance_before().and_then(|it| it.waits()).map(|(.., until)| until);
    let late = until.is_some_and(|until| until <= step.before.now);
    must(!(answers && late && step.is_carried_out()), || {
        "its time was over, and it is answered all the same".to_owned()
    })
}

fn as_told(_: &World, step: &Step<'_>) -> Result<(), String> {
    if !step.is_carried_out() || step.changes().any(|it| matches!(it, Change::Registered { .. })) {
        return Ok(());
    }
    let mut told = step.before.dossier.clone();
    for change in step.changes() {
        told.apply(change).map_err(|why| format!("a change on record cannot be made: {why}"))?;
    }
    must(told == step.after.dossier, || "objects are another way than the changes on record lead".to_owned())
}
