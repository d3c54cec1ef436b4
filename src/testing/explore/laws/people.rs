//! Who may do what: separation of duties compares persons (law 11), and what is done is what was shown.

use std::collections::BTreeSet;

use super::{each, must};
use crate::cards::Cards;
use crate::engine::{Domain, Event, Rejection, StepKind, Verdict};
use crate::testing::explore::{Action, Property, Step, World};

pub(super) fn laws() -> Vec<Property> {
    let of =
        |name, says, check: fn(&World, &Step<'_>) -> Result<(), String>| Property { name, says, kind: each(check) };
    vec![
        of(
            "others approve",
            "nobody approves what they asked for, edited or hold, nor does who stands in for them (law 11)",
            others_approve,
        ),
        of("as many approve as must", "a request is approved when so many persons have agreed as must", enough_approve),
        of(
            "what is refused is not done",
            "nothing is done once an approver has refused, but what the process has for it",
            refused,
        ),
        of("an approval is of what was shown", "nobody approves what they were not shown", saw_it),
        of(
            "what was shown is what is done",
            "Next does what its preview showed, or says that it has changed",
            as_shown,
        ),
        of("whoever began it goes on with it", "nobody else answers the forms of an instance", its_own),
    ]
}

fn judged(step: &Step<'_>, wanted: Verdict) -> bool {
    step.events.iter().any(|it| matches!(it, Event::Judged { verdict, .. } if *verdict == wanted))
}

fn others_approve(world: &World, step: &Step<'_>) -> Result<(), String> {
    let (Some(actor), Some(instance)) = (step.actor(world), step.instance_before()) else { return Ok(()) };
    let relaxed = instance.approval().is_some_and(|it| !it.policy.relaxed.is_empty());
    if relaxed || !judged(step, Verdict::Approve) {
        return Ok(());
    }
    let holders = Cards::holders(&step.before.dossier.about(instance.subject()));
    let mut barred: BTreeSet<_> = holders.into_iter().chain(instance.editors().iter().copied()).collect();
    barred.extend(instance.requester().into_iter().chain(instance.on_behalf()));
    let colleague = world.colleagues.iter().find(|it| Some(it.person) == actor.person);
    let stands_in_for = colleague.into_iter().flat_map(|it| &it.stands_in_for);
    let mut they = actor.person.iter().chain(stands_in_for);
    must(!they.any(|it| barred.contains(it)), || {
        format!(
            "{} approves, and they or somebody they stand in for asked for it, edited it or holds the card",
            actor.account
        )
    })
}

fn enough_approve(world: &World, step: &Step<'_>) -> Result<(), String> {
    let approved = step.events.iter().any(|it| matches!(it, Event::Approved { automatic: false, .. }));
    let Some(approval) = step.instance_before().and_then(|it| it.approval()).filter(|_| approved) else {
        return Ok(());
    };
    let mut agreed: BTreeSet<_> = approval.votes_now().map(|it| it.person).collect();
    agreed.extend(step.actor(world).and_then(|it| it.person));
    let needed = approval.open().iter().map(|it| it.needs).max().unwrap_or(1);
    must(agreed.len() >= usize::try_from(needed).unwrap_or(usize::MAX), || {
        format!("it is approved by {}, and {needed} must agree", agreed.len())
    })
}

fn refused(_: &World, step: &Step<'_>) -> Result<(), String> {
    let (Some(process), Some(instance)) = (step.process, step.instance_before()) else { return Ok(()) };
    let way = instance.waits().and_then(|(at, ..)| match process.outline().step(at)?.kind {
        StepKind::Approval { rejected, .. } => rejected,
        _ => None,
    });
    let done = step.events.iter().any(|it| matches!(it, Event::Changed { .. } | Event::Requested { .. }));
    must(!(judged(step, Verdict::Reject) && done && way.is_none()), || "it is refused, and done".to_owned())
}

fn saw_it(_: &World, step: &Step<'_>) -> Result<(), String> {
    let blindly = matches!(step.action, Action::Judge { blindly: true, .. });
    must(!(blindly && step.is_carried_out()), || "it is approved by somebody who saw something else".to_owned())
}

fn as_shown(_: &World, step: &Step<'_>) -> Result<(), String> {
    let Action::Next { filling, .. } = step.action else { return Ok(()) };
    let shown = step.running().and_then(|it| it.shown.get(*filling)).and_then(Option::as_ref);
    let Some(shown) = shown else { return Ok(()) };
    if let Some(Rejection::Refused(why)) = &step.rejection {
        return must(shown.refusal.as_ref() == Some(why), || format!("it is refused, which was not shown: {why}"));
    }
    must(shown.items.starts_with(&step.items), || {
        let words =
            |it: &[crate::domain::PlanItem]| it.iter().map(|it| it.what.to_string()).collect::<Vec<_>>().join("; ");
        format!("shown was: {}\ndone is: {}", words(&shown.items), words(&step.items))
    })
}

fn its_own(world: &World, step: &Step<'_>) -> Result<(), String> {
    let answers = matches!(step.action, Action::Next { .. } | Action::Resubmit { .. });
    let (Some(actor), Some(instance)) = (step.actor(world), step.instance_before()) else { return Ok(()) };
    must(!(answers && step.is_carried_out() && actor.person != instance.requester()), || {
        format!("{} answers what another has begun", actor.account)
    })
}
