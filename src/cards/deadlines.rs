use super::{Cards, CardsOptions, CardsWorld};
use crate::domain::{Card, CardKind, CardState, Dossier, HoldEnd, Object, PolicyDeadline};
use crate::engine::{Answered, Due, Missed};
use crate::values::{Answers, Millis, Timestamp};

/// When something may be due of an object: a card whose validity is over, that was inactive for as long as
/// it may, or for which a rule of the policy profile names a time.
pub(super) fn of(object: &Object) -> Vec<Timestamp> {
    let Object::Card(card) = object else { return Vec::new() };
    let end = ends_by_itself(card).then(|| card.validity().until().plus(Millis::new(1)));
    let holds = card.holds().iter().filter_map(|it| it.until());
    let rules = card.deadlines().iter().filter(|it| it.is_open()).map(missed_at);
    end.into_iter().chain(holds).chain(rules).collect()
}

/// The first moment at which it is missed: what comes about at its very time is in time.
fn missed_at(deadline: &PolicyDeadline) -> Timestamp {
    deadline.by.plus(Millis::new(1))
}

/// What should have come about by now for the card, by the rules of the policy profile.
pub(super) fn missed(dossier: &Dossier, now: Timestamp) -> Vec<Missed> {
    let Some(card) = dossier.subject_card() else { return Vec::new() };
    let open = card.deadlines().iter().filter(|it| it.is_open() && it.is_missed(now));
    open.map(|it| Missed { instance: it.instance, object: card.at(), what: it.overdue() }).collect()
}

/// What an answer comes to, with the deadlines that are met by it.
pub(super) fn met(
    dossier: &Dossier,
    world: &CardsWorld,
    mut answered: Answered<Cards>,
    now: Timestamp,
) -> Answered<Cards> {
    let waits = |it: &Card| it.deadlines().iter().any(PolicyDeadline::is_open);
    if dossier.cards().any(waits) {
        let mut after = dossier.clone();
        // One that cannot be made is refused where the answer is stored.
        if answered.changes.iter().all(|it| after.apply(it).is_ok()) {
            answered.changes.extend(after.deadlines_met(&world.read_back, now));
        }
    }
    answered
}

/// What is due of the card.
pub(super) fn due(dossier: &Dossier, options: &CardsOptions, now: Timestamp) -> Option<Due> {
    let card = dossier.subject_card()?;
    let begin = |process| Some(Due { process, otherwise: None, answers: Answers::none() });
    if ends_by_itself(card) && card.validity().is_over(now) {
        return begin("CardsProcExpire");
    }
    let held_out = card.holds().iter().any(|it| it.until().is_some_and(|until| until <= now));
    if card.state() != CardState::Inactive || !held_out {
        return None;
    }
    match options.hold_end {
        // Approvers who must agree may refuse as well: then they say what happens next.
        HoldEnd::Lock if !options.lock_approval => begin("CardsProcLock"),
        HoldEnd::Reactivate => {
            begin("CardsProcReactivate").map(|it| Due { otherwise: Some("CardsProcHoldLimit"), ..it })
        }
        HoldEnd::Ask | HoldEnd::Lock => begin("CardsProcHoldLimit"),
    }
}

/// A temporary card is handed in.
fn ends_by_itself(card: &Card) -> bool {
    let in_use = matches!(card.state(), CardState::Issued | CardState::Active | CardState::Inactive);
    in_use && *card.kind() != CardKind::Temporary
}
