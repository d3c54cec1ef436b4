use super::CardsOptions;
use crate::domain::{Card, CardKind, CardState, Dossier, HoldEnd, Object};
use crate::engine::Due;
use crate::values::{Answers, Millis, Timestamp};

/// When something may be due of an object: a card whose validity is over, or that was inactive for as long as it may.
pub(super) fn of(object: &Object) -> Vec<Timestamp> {
    let Object::Card(card) = object else { return Vec::new() };
    let end = ends_by_itself(card).then(|| card.validity().until().plus(Millis::new(1)));
    end.into_iter().chain(card.holds().iter().filter_map(|it| it.until())).collect()
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
