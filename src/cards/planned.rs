use super::{CardStateRequest, Cards, Request};
use crate::domain::{CauseKind, Change, Dossier, ObjectState, Plan, PlanContext, Refusal};
use crate::engine::{Ground, Planned};

/// Runs a change function over a plan whose holds have this cause, and collects what is to be asked of the outside.
pub(super) fn planned(
    ground: Ground<'_, Cards>,
    cause: CauseKind,
    change: impl FnOnce(&mut Plan<'_>) -> Result<(), Refusal>,
) -> Result<Planned<Cards>, Refusal> {
    let context = PlanContext {
        now: ground.now,
        instance: ground.instance,
        actor: ground.actor,
        cause,
        policy: ground.options.policy(),
        authorities: &ground.world.authorities,
        answers: ground.answers,
        outside: ground.outside,
        ids: ground.ids,
    };
    let mut plan = Plan::new(ground.dossier, context);
    change(&mut plan)?;
    plan.meet_deadlines(&ground.world.read_back)?;
    let (outcome, dossier) = plan.finish();
    let mut requests: Vec<_> = outcome.requests.into_iter().map(Request::Authority).collect();
    for listener in &ground.world.listeners {
        requests.extend(outcome.changes.iter().filter_map(|it| told(listener, it, &dossier)));
    }
    Ok(Planned { items: outcome.items, changes: outcome.changes, requests, dossier })
}

/// What a listener is told of a change: the new state of a card.
fn told(listener: &str, change: &Change, dossier: &Dossier) -> Option<Request> {
    let Change::Moved { object, to: ObjectState::Card(state), .. } = change else { return None };
    Some(Request::CardState(CardStateRequest {
        listener: listener.to_owned(),
        card: *object,
        number: dossier.card(*object)?.number().plain(),
        state: *state,
    }))
}
