//! When a card comes back into use, and what comes back with it.

use cardflow::cards::Cards;
use cardflow::cards::processes::reactivate;
use cardflow::domain::{
    CardKind, CardState, CauseKind, CertificateState, KeyUse, PersonState, Refusal, RelationKind, RelationState,
    RevocationReason, Unusable,
};
use cardflow::engine::Domain;
use cardflow::testing::scenario::{Played, Scenario, comes_to, is_rejected};
use cardflow::testing::scene::{GivenCard, an_inactive_card};
use cardflow::testing::stage::runs;
use cardflow::values::{Answers, ObjectRef};

use crate::support::{
    DEACTIVATE, REACTIVATE, Scene, Setup, about, causes, day, days, foreign, held_for, hold, on_hold, ours, said, state,
};

/// A person in this state with an inactive card that its deactivation holds.
fn inactive_card(scene: &mut Scene, holder: PersonState) -> (ObjectRef, ObjectRef) {
    let person = scene.person(holder);
    (person, scene.card(person, CardState::Inactive, |it| held_for(it, CauseKind::CardDeactivation)))
}

fn reactivating(card: GivenCard) -> Played {
    Scenario::of(reactivate().unwrap()).given(card).when(runs(Answers::none()))
}

#[test]
fn the_card_must_be_within_its_validity() {
    let mut scene = Scene::default();
    let (_, card) = inactive_card(&mut scene, PersonState::Active);
    let dossier = scene.dossier(card);
    for (now, refused) in [
        (-366, Some(Refusal::OutsideValidity(Unusable::NotYetValid(day(-365))))),
        (-365, None),
        (365, None),
        (366, Some(Refusal::OutsideValidity(Unusable::ValidityOver(day(365))))),
    ] {
        let came = Setup { now: day(now), ..Setup::default() }.run(REACTIVATE, &dossier);
        assert_eq!(came.err(), refused, "day {now}");
    }
    let words = Refusal::OutsideValidity(Unusable::ValidityOver(day(365))).to_string();
    assert_eq!(words, "the card is not valid now: the card was valid until 2027-11-24T12:00:00Z");
}

#[test]
fn the_holder_must_be_active() {
    for holder in PersonState::ALL {
        reactivating(an_inactive_card().whose_holder_is(*holder)).then(match holder {
            PersonState::Active => comes_to("reactivated"),
            other => is_rejected(&format!("the holder is {other}; reactivate the person first")),
        });
    }
}

#[test]
fn an_inactive_relation_still_makes_a_holder_and_only_an_ended_one_does_not() {
    for (relation, refused) in [(RelationState::Inactive, true), (RelationState::Ended, false)] {
        let mut scene = Scene::default();
        let (_, card) = inactive_card(&mut scene, PersonState::Locked);
        for object in &mut scene.objects {
            if let cardflow::domain::Object::Relation(it) = object {
                *it = it.clone().in_state(relation).unwrap();
            }
        }
        assert_eq!(Setup::default().run(REACTIVATE, &scene.dossier(card)).is_err(), refused, "{relation}");
    }
}

#[test]
fn no_other_card_of_the_holder_may_be_active_unless_several_may() {
    for (other, several, refused) in [
        (CardState::Active, false, true),
        (CardState::Active, true, false),
        (CardState::Inactive, false, false),
        (CardState::Issued, false, false),
        (CardState::Locked, false, false),
    ] {
        let mut scene = Scene::default();
        let (person, card) = inactive_card(&mut scene, PersonState::Active);
        scene.card(person, other, |it| it);
        let stranger = scene.person(PersonState::Active);
        scene.card(stranger, CardState::Active, |it| it);
        let came = Setup::with(|it| it.multiple_active = several).run(REACTIVATE, &scene.dossier(card));
        let expected = refused.then(|| Refusal::AnotherActive { number: "4711 0004".to_owned() });
        assert_eq!(came.err(), expected, "{other}, several: {several}");
    }
    let words = Refusal::AnotherActive { number: "4711 0004".to_owned() }.to_string();
    assert!(words.starts_with("card 4711 0004 of the same holder is active; deactivate it first"));
}

#[test]
fn a_card_without_a_holder_comes_back() {
    let mut scene = Scene::default();
    let (_, card) = inactive_card(&mut scene, PersonState::Locked);
    scene.objects.retain(|it| it.at() == card);
    assert!(Setup::default().run(REACTIVATE, &scene.dossier(card)).is_ok());
}

#[test]
fn what_ended_meanwhile_is_listed_as_not_restored_and_if_nothing_is_left_the_process_is_refused() {
    let ended = [
        (CertificateState::Revoked, Some(RevocationReason::KeyCompromise), 365, "is revoked: not restored"),
        (CertificateState::Expired, None, 365, "has expired: nothing to hold or to restore"),
        (CertificateState::OnHold, None, -1, "has expired: nothing to hold or to restore"),
    ];
    for (wanted, reason, until, words) in ended {
        for also_good in [false, true] {
            let mut scene = Scene::default();
            let (_, card) = inactive_card(&mut scene, PersonState::Active);
            let own = hold(1, CauseKind::CardDeactivation, card);
            let over =
                scene.certificate_from(ours(), KeyUse::Signature, days(-365, until), &[card], |it| match wanted {
                    CertificateState::OnHold => on_hold(it, own.clone()),
                    _ => it.in_state(wanted, reason),
                });
            let good = also_good.then(|| scene.certificate(&[card], |it| on_hold(it, own)));
            match (Setup::default().run(REACTIVATE, &scene.dossier(card)), good) {
                (Ok((outcome, after)), Some(good)) => {
                    assert_eq!(said(&outcome, over), [words]);
                    assert_eq!((state(&after, card), state(&after, good)), ("active", "valid"));
                }
                (came, None) => assert_eq!(came.err(), Some(Refusal::NothingToRestore), "{wanted}"),
                (came, Some(_)) => panic!("{wanted}: {came:?}"),
            }
        }
    }
    let words = Refusal::NothingToRestore.to_string();
    assert_eq!(
        words,
        "nothing can be restored: every certificate of the card has expired or is revoked; issue new ones"
    );
}

#[test]
fn a_card_without_certificates_comes_back() {
    reactivating(an_inactive_card()).then(comes_to("reactivated").states(["card is active"]));
}

/// The card was deactivated, and its holder too: the card stays inactive, and so does all that hangs on it.
#[test]
fn while_another_hold_keeps_the_card_inactive_nothing_on_it_comes_back() {
    let mut scene = Scene::default();
    let person = scene.person(PersonState::Active);
    let card = scene.card(person, CardState::Active, |it| it);
    let door = scene.relation(card, RelationKind::Door, None, |it| it);
    let certificate = scene.certificate(&[card], |it| it);
    let exempt = scene.certificate_from(foreign(), KeyUse::Signature, days(-1, 1), &[card], |it| it);
    let (_, held) = Setup::default().run(DEACTIVATE, &scene.dossier(card)).unwrap();
    // The holder's deactivation holds the card alone here.
    let by_user = Setup::because(CauseKind::UserDeactivation);
    let (_, held) = by_user.plan(&about(&held, person), |plan| plan.card(card).card().hold()).unwrap();
    let held = about(&held, card);

    let (outcome, after) = Setup::default().run(REACTIVATE, &held).unwrap();
    assert_eq!(causes(&after, card), [CauseKind::UserDeactivation]);
    assert_eq!([card, door, certificate].map(|at| state(&after, at)), ["inactive", "inactive", "on hold"]);
    assert_eq!(said(&outcome, card), ["stays held: user deactivation"]);
    assert_eq!(said(&outcome, certificate), ["stays on hold: the card is still inactive"]);
    assert!(outcome.requests.is_empty());
    assert_eq!(after.certificate(exempt).unwrap().exemptions().len(), 1, "what was left alone still is");
    assert_eq!(Cards::remark(card, &outcome.items).as_deref(), Some("stays held: user deactivation"));

    let again = Setup::default().run(REACTIVATE, &after).unwrap_err();
    assert_eq!(again, Refusal::NotOurs { causes: vec![CauseKind::UserDeactivation] });
    assert_eq!(again.to_string(), "nothing can be restored: the card is held by user deactivation");
}

#[test]
fn every_cause_but_its_own_and_an_import_of_the_card_stays() {
    for kind in CauseKind::ALL {
        let own = matches!(kind, CauseKind::CardDeactivation | CauseKind::Imported);
        let mut scene = Scene::default();
        let person = scene.person(PersonState::Active);
        let card = scene.card(person, CardState::Inactive, |it| held_for(it, *kind));
        let other = scene.card_of_kind(person, CardKind::Employee, CardState::Locked, |it| it);
        let mut certificate = |origin| scene.certificate(&[card, other], |it| on_hold(it, hold(9, *kind, origin)));
        let (mine, its) = (certificate(card), certificate(other));
        match Setup::default().run(REACTIVATE, &scene.dossier(card)) {
            Ok((_, after)) => {
                assert!(own, "{kind}");
                // A hold on account of another card is not this card's to close.
                assert_eq!([card, mine, its].map(|at| state(&after, at)), ["active", "valid", "on hold"], "{kind}");
            }
            Err(refusal) => assert_eq!((refusal, own), (Refusal::NotOurs { causes: vec![*kind] }, false)),
        }
    }
}
