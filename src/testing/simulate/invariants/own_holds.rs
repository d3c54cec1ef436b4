use super::{Causes, Held, Invariant};
use crate::domain::{CARD_KIND, CardState, CauseKind, Change, Dossier, Object, RELATION_KIND};
use crate::engine::Event;
use crate::testing::scene::name_of;
use crate::testing::simulate::book::Stored;
use crate::values::ObjectRef;

/// Law 7.
pub(super) struct OwnHolds(pub(super) Causes);

impl Invariant for OwnHolds {
    fn name(&self) -> &'static str {
        "own holds"
    }

    fn rule(&self) -> &'static str {
        "A hold is closed by a process of its own cause, by the end of what it holds, or with its card that is in use again."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        let (Some(instance), true) = (stored.after, !stored.are.is_empty()) else { return Ok(()) };
        let closed = stored.entries.iter().flat_map(|it| &it.events).filter_map(|event| match event {
            Event::Changed { changes, .. } => Some(changes),
            _ => None,
        });
        let mut dossier = None;
        for change in closed.flatten() {
            let Change::HoldClosed { object, cause, .. } = change else { continue };
            let Some(causes) = self.0.get(instance.process()) else { continue };
            let imported = cause.kind == CauseKind::Imported && causes.contains(&CauseKind::CardDeactivation);
            // What an authority holds it holds for no card's sake: it may be closed from each card that carries it.
            let of_nobody = cause.kind == CauseKind::Authority;
            let origin = of_nobody || cause.origin == instance.subject();
            if origin && (causes.contains(&cause.kind) || imported) {
                continue;
            }
            let dossier: &Dossier = dossier.get_or_insert_with(|| stored.facts.dossier(instance.subject()));
            let is_final = |at| dossier.get(at).is_some_and(Object::is_final);
            let in_use = dossier.card(cause.origin).is_some_and(|it| it.state() == CardState::Active);
            let for_the_card = matches!(
                cause.kind,
                CauseKind::CardDeactivation | CauseKind::TemporaryReplacement | CauseKind::NotYetActivated
            );
            let goes_along = in_use && for_the_card && hangs_on(dossier, *object, cause.origin);
            if !(is_final(*object) || is_final(cause.origin) || goes_along) {
                let (process, name) = (instance.process(), name_of(dossier, *object));
                return Err(format!("{process} closes the hold `{}` of {name}, which is not its own", cause.kind));
            }
        }
        Ok(())
    }
}

/// Whether an object hangs on a card: a relation of it, or a certificate that it carries.
fn hangs_on(dossier: &Dossier, object: ObjectRef, card: ObjectRef) -> bool {
    match object.kind() {
        CARD_KIND => object == card,
        RELATION_KIND => dossier.relations_of(card).any(|it| it.at() == object),
        _ => dossier.certificates_of(card).any(|it| it.at() == object),
    }
}
