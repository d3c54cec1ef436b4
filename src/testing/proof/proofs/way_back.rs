use std::cell::RefCell;

use super::super::known::Known;
use super::super::play::Play;
use super::super::runs::Runs;
use super::super::story::Fault;
use super::super::view::View;
use crate::values::InstanceId;

pub(in super::super) fn run(runs: &mut Runs<'_>) {
    if runs.proof.for_good {
        return;
    }
    let registered: Vec<Known> = runs.proof.registered().cloned().collect();
    let mut states = Vec::new();
    for case in runs.usual() {
        if states.contains(&case.state) {
            continue;
        }
        let held = RefCell::new(Vec::new());
        runs.run(&case, async |play| {
            let (_, left) = held_by_a_run(play).await?;
            *held.borrow_mut() = left;
            Ok(())
        });
        let held = held.into_inner();
        states.push(case.state);
        if held.is_empty() {
            continue;
        }
        let found = RefCell::new(false);
        for other in &registered {
            if *found.borrow() {
                break;
            }
            runs.run(&case, async |play| {
                let (id, _) = held_by_a_run(play).await?;
                let mut back = play.course(other);
                play.play_out(&mut back).await?;
                play.close(&mut back).await?;
                let after = play.ending(&[]).await?;
                *found.borrow_mut() = back.is_done() && id.is_some_and(|it| held_by(&after, it).is_empty());
                Ok(())
            });
        }
        if !*found.borrow() && !runs.enough() {
            let expected = "some process gives back what this one holds: name it with `beside`, or say `for_good`";
            runs.fails_on(&case, Fault::list(expected, held));
        }
    }
}

/// Runs the process; says which holds it has left, where its subject may still come back.
async fn held_by_a_run(play: &mut Play<'_>) -> Result<(Option<InstanceId>, Vec<String>), Fault> {
    let mut course = play.own();
    play.play_out(&mut course).await?;
    play.close(&mut course).await?;
    let after = play.ending(&[&course]).await?;
    let is_final = after.dossier.get(course.subject).is_none_or(crate::domain::Object::is_final);
    let left = course.id().filter(|_| !is_final && course.is_done()).map(|id| held_by(&after, id));
    Ok((course.id(), left.unwrap_or_default()))
}

/// What an instance holds, in words.
fn held_by(view: &View, id: InstanceId) -> Vec<String> {
    let mut held = Vec::new();
    for object in view.dossier.objects() {
        let ours = object.holds().iter().filter(|it| it.cause().instance == Some(id));
        held.extend(ours.map(|it| format!("{} is held by {}", view.name(object.at()), it.cause().kind)));
    }
    held
}
