//! What comes from outside: answers, in time, late, twice or against each other; and requests that will get none.

use super::command::{Came, Report};
use super::decide::{Decision, Situation, Undecided, not_waiting};
use super::domain::{Answered, Arrived, Broken, Domain};
use super::event::{Event, Outcome};
use super::incident::Resolution;
use super::instance::{AskedState, Instance, Status};
use super::judge::NOTE;
use super::notice::NoticeKind;
use super::notifying::tell_role;
use super::rejection::Rejection;
use super::run::Run;
use crate::values::{EffectId, ObjectRef};

/// Records what came for requests of an instance. The same answer again is nothing new.
pub(super) fn report<D: Domain>(
    situation: &Situation<'_, D>,
    instance: &Instance<D>,
    reports: &[Report<D>],
) -> Result<Decision<D>, Undecided<D>> {
    let mut run = Run::of(situation, instance.clone());
    for Report { effect, request, came } in reports {
        let effect = *effect;
        let asked = run.instance.asked().iter().find(|it| it.effect == effect);
        let state = asked.map(|it| it.state.clone()).ok_or(Rejection::NotAsked { effect })?;
        match (came, state) {
            (Came::Answer(answer), AskedState::Open) => answered(&mut run, effect, request, answer, false)?,
            (Came::Answer(answer), AskedState::Answered(before)) if *answer == before => {}
            (Came::Answer(answer), AskedState::Answered(_)) => {
                answered(&mut run, effect, request, answer, true)?;
                let object = D::about(request).unwrap_or(run.instance.subject());
                let what = "the outside has answered before, and now says something else".to_owned();
                run.emit(Event::Incident { object, what, effect: None });
            }
            (Came::Answer(answer), AskedState::Overtaken | AskedState::Skipped | AskedState::ByHand) => {
                answered(&mut run, effect, request, answer, true)?;
            }
            (Came::Overtaken, AskedState::Open) if D::is_overtaken(&run.dossier, request) => {
                run.emit(Event::Overtaken { effect });
            }
            (Came::Stuck(what), AskedState::Open) => {
                let object = D::about(request).unwrap_or(run.instance.subject());
                run.emit(Event::Incident { object, what: what.clone(), effect: Some(effect) });
            }
            (Came::Overtaken | Came::Stuck(_), _) => return Err(Rejection::NotAsked { effect }.into()),
        }
    }
    for Broken { invariant, object } in run.added_breaches(&run.dossier) {
        run.emit(Event::Incident { object, what: format!("this breaks: {invariant}"), effect: None });
    }
    settle(&mut run)?;
    run.finish()
}

/// Stores an answer, whatever it is (law 9), with what it changes here and what follows from it.
fn answered<D: Domain>(
    run: &mut Run<'_, '_, D>,
    effect: EffectId,
    request: &D::Request,
    answer: &D::Answer,
    late: bool,
) -> Result<(), Undecided<D>> {
    let situation = run.situation();
    let (world, instance, now) = (situation.world, run.instance.id(), situation.now);
    let (dossier, ids) = (&run.dossier, &mut run.ids);
    let arrived = Arrived { dossier, world, instance, request, answer, now, ids };
    let Answered { changes, incident, requests, overtakes } = D::answered(arrived);
    for change in &changes {
        D::apply(&mut run.dossier, change).map_err(Rejection::Refused)?;
        run.note_changed(change);
    }
    let answer = answer.clone();
    run.emit(match late {
        false => Event::Confirmed { effect, answer, changes },
        true => Event::Late { effect, answer, changes },
    });
    if let Some((object, what)) = incident {
        run.emit(Event::Incident { object, what, effect: None });
    }
    for request in requests {
        run.follow_up(request);
    }
    run.overtakes.extend(overtakes);
    Ok(())
}

/// Goes on where the instance waited for the outside, and ends it where nothing is open any more.
fn settle<D: Domain>(run: &mut Run<'_, '_, D>) -> Result<(), Undecided<D>> {
    match run.instance.status().clone() {
        Status::Outside { step, effect } => {
            let state = run.instance.asked().iter().find(|it| it.effect == effect).map(|it| it.state.clone());
            match (state, run.situation().process.outline().position(&step)) {
                (Some(AskedState::Answered(_)), Some(position)) => super::decide::go_on(run, position + 1)?,
                (Some(AskedState::Open) | None, _) | (_, None) => {}
                (Some(AskedState::Overtaken | AskedState::Skipped | AskedState::ByHand), _) => {
                    let why = format!("what `{step}` needs to know from outside was not answered");
                    run.emit(Event::Ended(Outcome::Refused { why }));
                }
            }
        }
        Status::Confirming { end, remark } if run.instance.open_effects() == 0 => {
            run.emit(Event::Ended(Outcome::Done { end, remark }));
        }
        Status::Beginning | Status::Waiting { .. } | Status::Confirming { .. } | Status::Ended(_) => {}
    }
    Ok(())
}

/// Somebody does something about an incident, and says why.
pub(super) fn resolve<D: Domain>(
    situation: &Situation<'_, D>,
    instance: &Instance<D>,
    incident: u32,
    how: Resolution,
    note: &str,
) -> Result<Decision<D>, Undecided<D>> {
    let place = usize::try_from(incident).unwrap_or(usize::MAX);
    let found = instance.incidents().get(place).ok_or(Rejection::NotFound { what: "incident" })?;
    if let Some(closed) = found.closed {
        return Err(Rejection::IncidentClosed(closed).into());
    }
    if note.chars().count() > NOTE || how != Resolution::Retry && note.trim().is_empty() {
        return Err(Rejection::NoteNeeded { most: NOTE }.into());
    }
    if found.effect.is_none() && how != Resolution::ByHand {
        return Err(Rejection::NothingToRetry.into());
    }
    let mut run = Run::of(situation, instance.clone());
    run.emit(Event::Resolved { incident, effect: found.effect, how, note: note.to_owned() });
    settle(&mut run)?;
    run.finish()
}

/// Something is overdue by a rule, and stands so from now on; once, however often it is looked at.
pub(super) fn missed<D: Domain>(
    situation: &Situation<'_, D>,
    instance: &Instance<D>,
    object: ObjectRef,
    what: &str,
) -> Result<Decision<D>, Undecided<D>> {
    if instance.incidents().iter().any(|it| it.object == object && it.what == what) {
        return Err(not_waiting(instance).into());
    }
    let mut run = Run::of(situation, instance.clone());
    run.emit(Event::Incident { object, what: what.to_owned(), effect: None });
    if let Some(role) = D::overdue_role(run.options()).map(str::to_owned) {
        tell_role(&mut run, &role, NoticeKind::Overdue)?;
    }
    run.finish()
}
