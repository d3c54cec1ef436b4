//! Holds have owners (law 7), and what is permanent stays so.

use super::{each, must};
use crate::cards::Cards;
use crate::domain::{
    CARD_KIND, CardState, Cause, CauseKind, CertificateState, Change, Dossier, Object, PERSON_KIND, RELATION_KIND,
};
use crate::engine::{Event, Outline, StepKind};
use crate::testing::explore::{Property, Step, World};
use crate::testing::scene::name_of;
use crate::values::ObjectRef;

pub(super) fn laws() -> Vec<Property> {
    vec![
        Property {
            name: "a hold is closed only by its own cause",
            says: "a process closes the holds of its own cause on account of its subject, and no others (law 7)",
            kind: each(closes_its_own),
        },
        Property {
            name: "permanent is permanent",
            says: "what an authority has confirmed as revoked is confirmed as that for ever",
            kind: each(permanent),
        },
        Property {
            name: "what cannot follow stands open",
            says: "an incident stands about each certificate that could not be followed up (law 13)",
            kind: each(stands_open),
        },
    ]
}

/// The cause that the holds of a change step have, as its definition says in words.
fn cause_of(outline: &Outline<Cards>, step: &str) -> Option<CauseKind> {
    let StepKind::Change { leaves } = &outline.step(step)?.kind else { return None };
    match leaves.split_once("because of ") {
        Some((_, cause)) => cause.parse().ok(),
        None if outline.subject == PERSON_KIND => Some(CauseKind::UserDeactivation),
        None => Some(CauseKind::CardDeactivation),
    }
}

fn closes_its_own(_: &World, step: &Step<'_>) -> Result<(), String> {
    let (Some(process), Some(instance)) = (step.process, &step.instance) else { return Ok(()) };
    let after = &step.after.dossier;
    let is_final = |at: ObjectRef| after.get(at).is_some_and(Object::is_final);
    for event in &step.events {
        let own = match event {
            Event::Changed { step, .. } => cause_of(process.outline(), step),
            // The authority says that it has given back what it held.
            _ => Some(CauseKind::Authority),
        };
        for change in event.changes() {
            let Change::HoldClosed { object, cause, .. } = change else { continue };
            let goes = is_own(*cause, own, instance.subject()) || goes_along(after, *object, *cause);
            must(goes || is_final(*object) || is_final(cause.origin), || {
                let name = name_of(after, *object);
                format!("{} closes the hold `{}` of {name}", process.outline().name, cause.kind)
            })?;
        }
    }
    Ok(())
}

fn is_own(cause: Cause, own: Option<CauseKind>, subject: ObjectRef) -> bool {
    // A card that came inactive from another system was deactivated there.
    let imported = cause.kind == CauseKind::Imported && own == Some(CauseKind::CardDeactivation);
    let of_the_authority = cause.kind == CauseKind::Authority && own == Some(CauseKind::Authority);
    of_the_authority || cause.origin == subject && (own == Some(cause.kind) || imported)
}

/// What was held for a card's sake comes back with the card, whoever brings it back.
fn goes_along(dossier: &Dossier, object: ObjectRef, cause: Cause) -> bool {
    let for_the_card = matches!(
        cause.kind,
        CauseKind::CardDeactivation | CauseKind::TemporaryReplacement | CauseKind::NotYetActivated
    );
    let in_use = dossier.card(cause.origin).is_some_and(|it| it.state() == CardState::Active);
    let hangs_on_it = match object.kind() {
        CARD_KIND => false,
        RELATION_KIND => dossier.relations_of(cause.origin).any(|it| it.at() == object),
        _ => dossier.certificates_of(cause.origin).any(|it| it.at() == object),
    };
    for_the_card && in_use && hangs_on_it
}

fn permanent(_: &World, step: &Step<'_>) -> Result<(), String> {
    let revoked = Some(CertificateState::Revoked);
    for was in step.before.dossier.certificates().filter(|it| it.confirmed() == revoked) {
        let is = step.after.dossier.certificate(was.at()).and_then(crate::domain::Certificate::confirmed);
        must(is == revoked, || {
            let name = name_of(&step.before.dossier, was.at());
            format!("{name} was confirmed as revoked, and is confirmed as {}", is.map_or("nothing", |it| it.name()))
        })?;
    }
    Ok(())
}

fn stands_open(_: &World, step: &Step<'_>) -> Result<(), String> {
    let Some(instance) = &step.instance else { return Ok(()) };
    for change in step.changes() {
        let Change::Exempted { certificate, exemption } = change else { continue };
        let stands = instance.incidents().iter().any(|it| it.is_open() && it.object == *certificate);
        must(stands || !exemption.policy.is_incident(), || {
            let name = name_of(&step.after.dossier, *certificate);
            format!("nothing stands about {name}: {}", exemption.policy)
        })?;
    }
    Ok(())
}
