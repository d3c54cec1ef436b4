//! What hold, release, lock and revoke do in each state, and two causes on one object.

use cardflow::domain::{
    CARD, Card, CardKind, CardPart, CardPlan, CardState, CauseKind, Certificate, CertificateState, Dossier, Hold,
    PersonState, Plan, Refusal, Relation, RelationKind, RelationState, RevocationReason, TEMPORARY_CARD,
};
use cardflow::values::ObjectRef;

use crate::support::{DEACTIVATE, Planned, Scene, Setup, about, causes, hold, said, state};

/// The holds an object has before the operation.
#[derive(Clone, Copy, Debug)]
enum Held {
    No,
    Own,
    Other,
    Both,
}

fn holds(held: Held, card: ObjectRef) -> Vec<Hold> {
    let (own, other) = (hold(1, CauseKind::CardDeactivation, card), hold(2, CauseKind::Manual, card));
    match held {
        Held::No => vec![],
        Held::Own => vec![own],
        Held::Other => vec![other],
        Held::Both => vec![own, other],
    }
}

/// What an operation came to: the state and the number of holds after it with the words of the plan, or the refusal.
fn came(planned: Planned, at: ObjectRef) -> String {
    match planned {
        Ok((outcome, after)) => {
            format!("{} {}: {}", state(&after, at), causes(&after, at).len(), said(&outcome, at).join("; "))
        }
        Err(refusal) => format!("refused: {refusal}"),
    }
}

type Operation = fn(CardPart<'_, '_>) -> Result<(), Refusal>;

#[test]
fn every_operation_on_a_card_in_every_state() {
    const HELD_TOO: &str = "is held already; this cause is added";
    const FREE: &str = "refused: nothing can be restored: the card is not held";
    const BY_OTHERS: &str = "refused: nothing can be restored: the card is held by manual";
    let operations: [(&str, Operation); 3] =
        [("inactive", |it| it.hold()), ("active", |it| it.release()), ("locked", |it| it.lock())];
    for graph in [&CARD, &TEMPORARY_CARD] {
        for from in graph.states.iter().map(|it| it.state) {
            for held in [Held::No, Held::Own, Held::Other, Held::Both] {
                if (from == CardState::Inactive) == matches!(held, Held::No) {
                    continue;
                }
                let kind = if graph.name == CARD.name { CardKind::Employee } else { CardKind::Temporary };
                let mut scene = Scene::default();
                let person = scene.person(PersonState::Active);
                let card = scene.card_of_kind(person, kind, from, |card| {
                    let at = card.at();
                    holds(held, at).into_iter().fold(card, Card::with_hold)
                });
                for (to, operation) in operations {
                    // What is said here of a state, or else that the graph has no such way.
                    let expected = match (from, held, to) {
                        (_, Held::No, "active") => FREE.to_owned(),
                        (_, Held::Other, "active") => BY_OTHERS.to_owned(),
                        (_, Held::Both, "active") => "inactive 1: stays held: manual".to_owned(),
                        (_, Held::Own, "active") => "active 0: becomes active".to_owned(),
                        (CardState::Active, _, "inactive") => "inactive 1: becomes inactive".to_owned(),
                        (CardState::Inactive, Held::Both, "inactive") => format!("inactive 3: {HELD_TOO}"),
                        (CardState::Inactive, _, "inactive") => format!("inactive 2: {HELD_TOO}"),
                        (
                            CardState::Active
                            | CardState::Inactive
                            | CardState::Issued
                            | CardState::Unassigned
                            | CardState::Assigned,
                            _,
                            "locked",
                        ) => "locked 0: becomes locked".to_owned(),
                        _ => {
                            let last = if graph.is_last(from) { ", which is final" } else { "" };
                            format!("refused: a {} cannot become `{to}` from `{from}`{last}", graph.name)
                        }
                    };
                    let planned = Setup::default().plan(&scene.dossier(card), |plan| operation(plan.card(card).card()));
                    assert_eq!(came(planned, card), expected, "{} {from} {held:?} → {to}", graph.name);
                }
            }
        }
    }
}

#[test]
fn every_operation_on_a_certificate_in_every_state() {
    use CertificateState::*;
    // State, holds → hold, release, revoke.
    let table = [
        (
            Issued,
            Held::No,
            "on hold 1: becomes on hold (certificateHold)",
            "issued 0: ",
            "revoked 0: becomes revoked (unspecified)",
        ),
        (
            Valid,
            Held::No,
            "on hold 1: becomes on hold (certificateHold)",
            "valid 0: ",
            "revoked 0: becomes revoked (unspecified)",
        ),
        (
            OnHold,
            Held::Own,
            "on hold 2: is held already; this cause is added",
            "valid 0: becomes valid",
            "revoked 0: becomes revoked (unspecified)",
        ),
        (
            OnHold,
            Held::Other,
            "on hold 2: is held already; this cause is added",
            "on hold 1: stays held: manual",
            "revoked 0: becomes revoked (unspecified)",
        ),
        (
            OnHold,
            Held::Both,
            "on hold 3: is held already; this cause is added",
            "on hold 1: stays held: manual",
            "revoked 0: becomes revoked (unspecified)",
        ),
        (Revoked, Held::No, "revoked 0: ", "revoked 0: is revoked: not restored", "revoked 0: "),
        (Expired, Held::No, "expired 0: ", "expired 0: has expired: nothing to hold or to restore", "expired 0: "),
    ];
    for (from, held, on_hold, on_release, on_revoke) in table {
        let mut scene = Scene::default();
        let person = scene.person(PersonState::Active);
        let card = scene.card(person, CardState::Active, |it| it);
        let reason = match from {
            OnHold => Some(RevocationReason::CertificateHold),
            Revoked => Some(RevocationReason::KeyCompromise),
            Issued | Valid | Expired => None,
        };
        let certificate = scene.certificate(&[card], |it| {
            holds(held, card).into_iter().fold(it.in_state(from, reason), Certificate::with_hold)
        });
        // One that has not ended, so that a release has something to restore.
        scene.certificate(&[card], |it| it);
        let dossier = scene.dossier(card);
        let setup = Setup::default();
        let row = format!("{from} {held:?}");
        let come = |it| came(it, certificate);
        assert_eq!(
            come(setup.plan(&dossier, |plan| plan.card(card).certificates().usable().hold())),
            on_hold,
            "{row}: hold"
        );
        assert_eq!(
            come(setup.plan(&dossier, |plan| plan.card(card).certificates().release())),
            on_release,
            "{row}: release"
        );
        assert_eq!(
            come(setup.plan(&dossier, |plan| plan.card(card).certificates().usable().revoke())),
            on_revoke,
            "{row}: revoke"
        );
    }
}

#[test]
fn every_operation_on_a_relation_in_every_state() {
    use RelationState::*;
    // State, holds → hold, release.
    let table = [
        (Active, Held::No, "inactive 1: becomes inactive", "active 0: "),
        (Inactive, Held::Own, "inactive 2: is held already; this cause is added", "active 0: becomes active"),
        (Inactive, Held::Other, "inactive 2: is held already; this cause is added", "inactive 1: "),
        (Inactive, Held::Both, "inactive 3: is held already; this cause is added", "inactive 1: stays held: manual"),
        (Ended, Held::No, "ended 0: ", "ended 0: "),
    ];
    for kind in RelationKind::ALL {
        for (from, held, on_hold, on_release) in table {
            let mut scene = Scene::default();
            let person = scene.person(PersonState::Active);
            let card = scene.card(person, CardState::Active, |it| it);
            let lineage = kind.graph().is_none();
            let relation = scene.relation(card, *kind, Some(person), |it| {
                let it = if lineage { it } else { it.in_state(from).unwrap() };
                holds(if lineage { Held::No } else { held }, card).into_iter().fold(it, Relation::with_hold)
            });
            let dossier = scene.dossier(card);
            let setup = Setup::default();
            let (on_hold, on_release) = if lineage { ("none 0: ", "none 0: ") } else { (on_hold, on_release) };
            let row = format!("{kind} {from} {held:?}");
            let held = setup.plan(&dossier, |plan| plan.card(card).relations().possible().hold());
            assert_eq!(came(held, relation), on_hold, "{row}: hold");
            let released = setup.plan(&dossier, |plan| plan.card(card).relations().possible().release());
            assert_eq!(came(released, relation), on_release, "{row}: release");
        }
    }
}

#[test]
fn relations_count_from_both_ends_and_only_those_of_the_card() {
    let mut scene = Scene::default();
    let person = scene.person(PersonState::Active);
    let card = scene.card(person, CardState::Active, |it| it);
    let other = scene.card(person, CardState::Active, |it| it);
    let towards = scene.relation(other, RelationKind::Entitles, Some(card), |it| it);
    let apart = scene.relation(other, RelationKind::Door, None, |it| it);
    let (_, after) = Setup::default().run(DEACTIVATE, &scene.dossier(card)).unwrap();
    assert_eq!((state(&after, towards), state(&after, apart)), ("inactive", "active"));
}

/// A hold of a card's deactivation and one of its holder's close in either order; the object is back in use after both.
#[test]
fn two_causes_close_in_both_orders_on_card_relation_and_certificate() {
    for user_first in [false, true] {
        let mut scene = Scene::default();
        let person = scene.person(PersonState::Active);
        let card = scene.card(person, CardState::Active, |it| it);
        let relation = scene.relation(card, RelationKind::Door, None, |it| it);
        let objects = [card, relation, scene.certificate(&[card], |it| it)];
        // The holds of a process on the holder are on the person's account, those of one on the card on the card's.
        let subject = |by_user| if by_user { person } else { card };
        let kind = |by_user| if by_user { CauseKind::UserDeactivation } else { CauseKind::CardDeactivation };
        let run = |by_user, dossier: &Dossier, change: fn(&mut CardPlan<'_, '_>) -> Result<(), Refusal>| {
            let dossier = about(dossier, subject(by_user));
            Setup::because(kind(by_user)).plan(&dossier, |plan| change(&mut plan.card(card))).unwrap()
        };
        let check = |dossier: &Dossier, states: [&str; 3], open: &[CauseKind]| {
            assert_eq!(objects.map(|at| state(dossier, at)), states, "user first: {user_first}");
            objects.iter().for_each(|at| assert_eq!(causes(dossier, *at), open, "user first: {user_first}"));
        };

        let (_, held) = run(false, &scene.dossier(card), hold_all);
        let (outcome, held) = run(true, &held, hold_all);
        check(&held, ["inactive", "inactive", "on hold"], &[kind(false), kind(true)]);
        assert!(outcome.requests.is_empty(), "the authority was asked already");

        let (outcome, half) = run(user_first, &held, release_all);
        check(&half, ["inactive", "inactive", "on hold"], &[kind(!user_first)]);
        assert!(outcome.requests.is_empty(), "nothing is released while a hold is open");
        let stays = format!("stays held: {}", kind(!user_first));
        objects.iter().for_each(|at| assert_eq!(said(&outcome, *at), [stays.as_str()]));

        let (outcome, free) = run(!user_first, &half, release_all);
        check(&free, ["active", "active", "valid"], &[]);
        assert_eq!(outcome.requests.len(), 1);
    }
}

fn hold_all(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().hold()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().hold()
}

fn release_all(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().release()?;
    plan.relations().possible().release()?;
    plan.certificates().release()
}

/// The holder's hold is on the card alone. The card's own process closes what it can; the rest goes once the card is in use.
#[test]
fn what_had_to_stay_while_the_card_was_held_goes_when_the_card_is_in_use_again() {
    let mut scene = Scene::default();
    let person = scene.person(PersonState::Active);
    let card = scene.card(person, CardState::Active, |it| it);
    let relation = scene.relation(card, RelationKind::Door, None, |it| it);
    let objects = [card, relation, scene.certificate(&[card], |it| it)];
    let states = |dossier: &Dossier| objects.map(|at| state(dossier, at));
    let setup = |kind| Setup::because(kind);
    let card_only = |plan: &mut Plan<'_>| plan.card(card).card().hold();

    let (_, held) =
        setup(CauseKind::CardDeactivation).plan(&scene.dossier(card), |it| hold_all(&mut it.card(card))).unwrap();
    let (_, held) = setup(CauseKind::UserDeactivation).plan(&about(&held, person), card_only).unwrap();
    let release = |it: &mut Plan<'_>| release_all(&mut it.card(card));
    let (_, half) = setup(CauseKind::CardDeactivation).plan(&about(&held, card), release).unwrap();
    assert_eq!(states(&half), ["inactive", "inactive", "on hold"], "the card is held, so what hangs on it is");
    assert_eq!(causes(&half, card), [CauseKind::UserDeactivation]);

    let (outcome, free) = setup(CauseKind::UserDeactivation).plan(&about(&half, person), release).unwrap();
    assert_eq!(states(&free), ["active", "active", "valid"]);
    assert!(objects.iter().all(|at| causes(&free, *at).is_empty()));
    assert_eq!(outcome.requests.len(), 1);
}
