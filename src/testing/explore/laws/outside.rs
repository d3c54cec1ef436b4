//! Wanted and confirmed are two facts (law 6), and the outside is asked by recorded request (law 5).

use super::{always, each, must};
use crate::cards::Request;
use crate::domain::{Certificate, CertificateState, Change};
use crate::engine::{Actor, Command, Event, Outcome};
use crate::testing::explore::decide::Order;
use crate::testing::explore::{Action, How, Property, State, Step, World};
use crate::testing::scene::name_of;

pub(super) fn laws() -> Vec<Property> {
    vec![
        Property {
            name: "what is wanted is asked for",
            says: "a certificate that is not confirmed as it is wanted has a request open, or a person was told (law 6)",
            kind: always(asked_for),
        },
        Property {
            name: "at rest the authority agrees",
            says: "a certificate about which nothing is open is at its authority as it is wanted here, or a person was told",
            kind: always(agrees),
        },
        Property {
            name: "done is said when the outside has confirmed",
            says: "an instance is done when everything it asked for is answered, overtaken or given up (law 6)",
            kind: each(done_is_confirmed),
        },
        Property {
            name: "confirmed is what the authority has said",
            says: "the confirmed state of a certificate changes by an answer of its authority, to what that says",
            kind: each(as_it_said),
        },
        Property {
            name: "nothing is asked about what is over",
            says: "no authority is asked to change a certificate whose validity is over",
            kind: each(nothing_over),
        },
        Property {
            name: "an answer counts once",
            says: "the same answer again changes nothing and is not recorded again",
            kind: each(once),
        },
    ]
}

/// Requests to the authority of a certificate that are not answered.
fn open_about(state: &State, certificate: &Certificate) -> bool {
    state.open_requests().any(|it| matches!(it, Request::Authority(it) if it.certificate == certificate.at()))
}

fn asked_for(_: &World, state: &State) -> Result<(), String> {
    let mut unmet = state.dossier.certificates().filter(|it| it.is_unconfirmed());
    let forgotten = unmet.find(|it| !open_about(state, it) && !state.is_noted(it.at()));
    forgotten.map_or(Ok(()), |it| {
        let name = name_of(&state.dossier, it.at());
        let confirmed = it.confirmed().map_or("nothing", CertificateState::name);
        Err(format!("{name} is wanted {}, confirmed {confirmed}, and nobody is asked", it.wanted()))
    })
}

fn agrees(_: &World, state: &State) -> Result<(), String> {
    for it in state.dossier.certificates() {
        let Some(there) = state.at_authority(it.at()) else { continue };
        let wanted = match it.wanted() {
            CertificateState::Expired => continue,
            CertificateState::Issued => CertificateState::Valid,
            other => other,
        };
        let excused = open_about(state, it) || state.astray.contains(&it.at()) || state.is_noted(it.at());
        must(wanted == there || excused, || {
            format!("{} is wanted {wanted}, and {there} at its authority", name_of(&state.dossier, it.at()))
        })?;
    }
    Ok(())
}

fn done_is_confirmed(_: &World, step: &Step<'_>) -> Result<(), String> {
    let done = step.events.iter().any(|it| matches!(it, Event::Ended(Outcome::Done { .. })));
    let Some(instance) = step.instance.as_ref().filter(|_| done) else { return Ok(()) };
    let open: usize =
        step.after.running.iter().filter(|it| it.instance.id() == instance.id()).map(|it| it.asked.len()).sum();
    must(open == 0, || format!("it is {}, and {open} requests are open", instance.status()))
}

fn as_it_said(_: &World, step: &Step<'_>) -> Result<(), String> {
    let said = match step.action {
        Action::Outside { run, request, how } => {
            let pending = step.before.running.get(*run).and_then(|it| it.asked.get(*request));
            pending.and_then(|it| {
                let certificate = match it.request.as_ref() {
                    Request::Authority(it) => it.certificate,
                    Request::Status(it) => it.certificate,
                    _ => return None,
                };
                match how {
                    How::Arrives(then) => Some((certificate, *then)),
                    How::Done | How::Contradicts => Some((certificate, step.after.at_authority(certificate)?)),
                    How::Sent | How::Fails | How::Overtaken => None,
                }
            })
        }
        _ => None,
    };
    let confirmed = step.changes().filter_map(|it| match it {
        Change::Confirmed { certificate, state } => Some((*certificate, *state)),
        _ => None,
    });
    for (certificate, state) in confirmed {
        must(said == Some((certificate, state)), || {
            format!("{} is confirmed as {state}, which was not said", name_of(&step.after.dossier, certificate))
        })?;
    }
    Ok(())
}

fn nothing_over(_: &World, step: &Step<'_>) -> Result<(), String> {
    for event in &step.events {
        let Event::Requested { request: Request::Authority(asked), .. } = event else { continue };
        let certificate = step.before.dossier.certificate(asked.certificate);
        must(!certificate.is_some_and(|it| it.validity().is_over(step.before.now)), || {
            format!("{} is over, and its authority is asked", name_of(&step.before.dossier, asked.certificate))
        })?;
    }
    Ok(())
}

fn once(world: &World, step: &Step<'_>) -> Result<(), String> {
    let Action::Outside { run, request, how: how @ (How::Done | How::Arrives(_) | How::Contradicts) } = step.action
    else {
        return Ok(());
    };
    let (Some(instance), Some(running)) = (&step.instance, step.before.running.get(*run)) else { return Ok(()) };
    let Some(pending) = running.asked.get(*request) else { return Ok(()) };
    let order = Order {
        process: running.process,
        run: None,
        subject: instance.subject(),
        actor: Actor::worker(step.after.now),
        command: Command::Report(vec![world.report(step.before, pending, *how)]),
    };
    match world.decide_about(&step.after, &order, Some(instance)) {
        Ok(again) => must(again.events.is_empty(), || "it comes again, and is recorded again".to_owned()),
        Err(why) => Err(format!("it comes again, and is refused: {why}")),
    }
}
