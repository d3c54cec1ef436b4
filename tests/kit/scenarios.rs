//! The processes as scenarios, and a scenario that fails as people read it.

use cardflow::cards::processes::{deactivate, lock, reactivate};
use cardflow::cards::{Cards, PersonSubject, card_and_holder, leaves_person, on_person};
use cardflow::domain::{Breach, Capabilities, CardState, CauseKind, CertificateState, Dossier, PersonState};
use cardflow::engine::{Component, Definition, Version};
use cardflow::testing::scenario::{Scenario, comes_to, is_rejected};
use cardflow::testing::scene::{
    Scene, a_card, a_certificate, a_locked_card, a_person, an_active_card, an_inactive_card, an_issued_card, day, ours,
};
use cardflow::testing::stage::{
    ada, administrator_sets, authority_answers, authority_confirms, by, cancels, expires, meanwhile, next, otto, runs,
    starts, waits,
};
use cardflow::values::{Answers, Millis};

fn nothing() -> Answers {
    Answers::none()
}

#[test]
fn what_is_given_in_words_is_in_order() {
    use CardState::*;
    let cards = [Registered, Requested, Issued, Active, Inactive, Locked, Expired, Unassigned, Assigned];
    let given = |state| a_card(state).with_certificates(2).with_door("Main entrance").with_account("ada");
    let every = cards.iter().map(|state| given(*state).dossier());
    let odd = [
        an_inactive_card()
            .held_by(CauseKind::Manual)
            .held_by(CauseKind::UserDeactivation)
            .with_certificates(1)
            .dossier(),
        an_inactive_card()
            .with_certificate(a_certificate().of_foreign_issuer())
            .with_certificate(a_certificate().revoked())
            .with_certificate(a_certificate().past_its_end())
            .with_certificate(a_certificate().just_issued())
            .dossier(),
        a_locked_card().with_certificate(a_certificate().of_foreign_issuer()).with_certificates(1).dossier(),
        an_inactive_card().with_certificate(a_certificate().shared()).beside_a_card(Active).dossier(),
        a_person().with_card(Active, 1).with_card(Inactive, 2).with_card(Locked, 1).dossier(),
    ];
    for dossier in every.chain(odd) {
        assert_eq!(Breach::all(&dossier, day(0)), [], "{dossier:#?}");
    }
}

#[test]
fn a_card_is_deactivated() {
    let plan = [
        "card becomes inactive",
        "holder relation becomes inactive",
        "carries 01 becomes inactive",
        "door Main entrance becomes inactive",
        "certificate 01 becomes on hold (certificateHold)",
    ];
    Scenario::of(deactivate().unwrap())
        .given(an_active_card().with_certificates(1).with_door("Main entrance"))
        .when(starts())
        .then(comes_to("waiting at confirm").plan([]).preview(plan).events([
            "started",
            "options of version 1",
            "waits at confirm",
        ]))
        .when([waits(Millis::hours(1)), next(nothing().with("reason", "lost"))])
        .then(
            comes_to("deactivated, waiting for confirmation")
                .plan(plan)
                .states([
                    "card is inactive, held by card deactivation",
                    "certificate 01 is on hold, held by card deactivation, not yet confirmed",
                    "door Main entrance is inactive, held by card deactivation",
                ])
                .asked(["authority: certificate 01 to be on hold"])
                .events([
                    "confirm answered, reason: lost",
                    "deactivate: inactive",
                    "asks authority: certificate 01 to be on hold",
                    "no mail",
                    "deactivated, waiting for confirmation",
                ]),
        )
        .when(authority_confirms())
        .then(
            comes_to("deactivated")
                .states(["certificate 01 is on hold, held by card deactivation"])
                .events(["answered: on hold", "ends: deactivated"])
                .asks_nothing(),
        );
}

#[test]
fn what_cannot_be_followed_stands_open() {
    Scenario::of(deactivate().unwrap())
        .given(an_active_card().with_certificate(a_certificate().of_foreign_issuer()))
        .when(runs(nothing()))
        .then(
            comes_to("deactivated")
                .incidents(["certificate 01: is left alone: foreign issuer"])
                .states(["certificate 01 is valid, left alone: foreign issuer"])
                .asks_nothing(),
        );
    Scenario::of(deactivate().unwrap())
        .given(an_active_card().with_certificates(1))
        .world(|it| {
            it.authorities = cardflow::domain::Authorities::default()
                .with(ours(), Capabilities { hold: false, release: false, ..Capabilities::ALL })
        })
        .when(runs(nothing()))
        .then(comes_to("deactivated").incidents(["certificate 01: is left alone: authority cannot hold"]));
}

#[test]
fn an_authority_that_has_revoked_is_believed() {
    Scenario::of(deactivate().unwrap())
        .given(an_active_card().with_certificates(1))
        .when([runs(nothing()), authority_answers(CertificateState::Revoked)])
        .then(
            comes_to("deactivated")
                .states(["certificate 01 is revoked"])
                .incidents(["certificate 01: the authority was asked for `on hold` and answers `revoked`"]),
        );
}

#[test]
fn a_hold_of_others_stays() {
    Scenario::of(reactivate().unwrap())
        .given(an_inactive_card().held_by(CauseKind::CardDeactivation).held_by(CauseKind::Manual))
        .when(runs(nothing()))
        .then(comes_to("reactivated (stays held: manual)").states(["card is inactive, held by manual"]));
}

#[test]
fn what_was_deactivated_comes_back() {
    Scenario::of(reactivate().unwrap())
        .given(an_active_card().with_certificates(2))
        .after(deactivate().unwrap())
        .when([runs(nothing()), authority_confirms()])
        .then(comes_to("reactivated").states(["card is active", "certificate 01 is valid", "certificate 02 is valid"]));
}

#[test]
fn forms_are_closed_left_and_overtaken() {
    let given = || Scenario::of(lock().unwrap()).given(an_issued_card());
    given().when([starts(), cancels()]).then(comes_to("cancelled").plan([]));
    given().when([starts(), waits(Millis::hours(8)), expires()]).then(comes_to("expired").plan([]));
    Scenario::of(deactivate().unwrap())
        .given(an_active_card())
        .when([starts(), meanwhile(lock().unwrap()), next(nothing())])
        .then(comes_to("superseded: needed active, found locked").states(["card is locked"]));
}

#[test]
fn what_may_not_be_is_rejected_in_words() {
    Scenario::of(deactivate().unwrap())
        .given(a_locked_card())
        .when(starts())
        .then(is_rejected("process `CardsProcDeactivate` needs the state active; it is locked").plan([]).events([]));
    Scenario::of(deactivate().unwrap())
        .given(an_active_card())
        .when([starts(), by(otto()), next(nothing())])
        .then(is_rejected("another person started this instance; only that person can go on with it"));
    Scenario::of(deactivate().unwrap())
        .given(an_active_card())
        .when([by(ada()), starts()])
        .then(is_rejected("process `CardsProcDeactivate` is not offered in the self-service component"));
    Scenario::of(reactivate().unwrap())
        .given(an_inactive_card().whose_holder_is(PersonState::Locked))
        .when(runs(nothing()))
        .then(is_rejected("the holder is locked; reactivate the person first"));
}

#[test]
fn options_are_those_in_force_at_the_start() {
    let asked = cardflow::cards::CardsOptions { deactivation_approval: true, ..Default::default() };
    Scenario::of(deactivate().unwrap())
        .given(an_active_card())
        .when([administrator_sets(asked.clone()), starts(), next(nothing())])
        .then(comes_to("waiting at approval").plan([]).states(["card is active"]));
    Scenario::of(deactivate().unwrap())
        .given(an_active_card())
        .when([starts(), administrator_sets(asked), next(nothing())])
        .then(comes_to("deactivated").states(["card is inactive, held by card deactivation"]));
    Scenario::of(deactivate().unwrap())
        .given(an_active_card())
        .options(|it| it.deactivation_approval = true)
        .when(runs(nothing()))
        .then(comes_to("waiting at approval"));
}

#[test]
fn doors_that_are_told_are_asked_too() {
    Scenario::of(lock().unwrap())
        .given(an_active_card())
        .world(|it| it.listeners.extend(["door-system".to_owned()]))
        .when(runs(nothing()))
        .then(comes_to("locked, waiting for confirmation").asked(["door-system: card is locked"]));
}

#[test]
fn a_scenario_that_fails_shows_both_sides() {
    let mismatch = Scenario::of(lock().unwrap())
        .given(an_active_card().with_certificates(1))
        .when([starts(), next(nothing().with("reason", "lost"))])
        .check(
            comes_to("locked")
                .plan(["card becomes locked", "certificate 01 becomes on hold (certificateHold)"])
                .states(["card is locked", "certificate 01 is on hold", "certificate 07 is valid"])
                .incidents([]),
        )
        .unwrap_err();
    let expected = "\
process `CardsProcLock` comes to something else
  given Ada Example is active; card is active; certificate 01 is valid
  when  starts
  then  answers with Next (reason: lost)
  it stands
    - locked                                               expected, and not so
    + locked, waiting for confirmation                     so, and not expected
  plan
      card becomes locked
    - certificate 01 becomes on hold (certificateHold)     expected, and not so
    + holder relation becomes inactive                     so, and not expected
    + carries 01 becomes inactive                          so, and not expected
    + certificate 01 becomes revoked (unspecified)         so, and not expected
  states
      card is locked
    - certificate 01 is on hold                            expected, and not so
    - certificate 07 is valid                              expected, and not so
    + certificate 01 is revoked, not yet confirmed         so, and not expected";
    assert_eq!(mismatch.to_string(), expected);
}

#[test]
#[should_panic(expected = "comes to something else")]
fn a_scenario_that_fails_fails_its_test() {
    Scenario::of(lock().unwrap()).given(an_active_card()).when(starts()).then(comes_to("locked"));
}

#[test]
fn what_follows_a_rejection_does_not_happen() {
    Scenario::of(lock().unwrap())
        .given(an_active_card())
        .when([starts(), next(nothing().with("colour", "red")), cancels()])
        .then(is_rejected("the form has no field `colour`; it has: reason, note, notified-at, lost-since"))
        .when(cancels())
        .then(comes_to("cancelled"));
}

#[test]
fn names_are_those_people_use() {
    let mut scene = Scene::default();
    let ada = scene.person(PersonState::Active);
    let (card, other) = (scene.card(ada, CardState::Active, |it| it), scene.card(ada, CardState::Active, |it| it));
    scene.certificate(&[other], |it| it);
    scene.relation(card, cardflow::domain::RelationKind::Replaces, Some(other), |it| it);
    let dossier: Dossier = scene.dossier(card);
    let names: Vec<_> = dossier.objects().map(|it| cardflow::testing::scene::name_of(&dossier, it.at())).collect();
    assert_eq!(
        names,
        [
            "Ada Example",
            "card",
            "holder relation",
            "card 4711 0004",
            "holder relation of card 4711 0004",
            "certificate 01",
            "carries 01 of card 4711 0004",
            "replaces card 4711 0004",
        ]
    );
    assert_eq!(cardflow::testing::scene::state_of(&dossier, dossier.relations().last().unwrap().at()), None);
}

/// A process on a person: the person and each of the person's cards.
fn deactivate_user() -> Definition<Cards, PersonSubject> {
    on_person("SiteProcDeactivateUser", "Deactivate user", Version(1))
        .component(Component::Operator)
        .requires(PersonState::Active)
        .form("confirm", card_and_holder())
        .change("deactivate", leaves_person(PersonState::Inactive), |plan| {
            plan.becomes(PersonState::Inactive)?;
            for card in plan.cards() {
                plan.card(card).card().hold()?;
                plan.card(card).relations().possible().hold()?;
                plan.card(card).certificates().usable().hold()?;
            }
            Ok(())
        })
        .end("deactivated")
        .build()
        .unwrap()
}

#[test]
fn a_person_is_deactivated_with_all_cards() {
    Scenario::of(deactivate_user())
        .given(a_person().with_card(CardState::Active, 1).with_card(CardState::Inactive, 0))
        .when(runs(nothing()))
        .then(
            comes_to("deactivated, waiting for confirmation")
                .states([
                    "Ada Example is inactive",
                    "card 4711 0002 is inactive, held by user deactivation",
                    "card 4711 0006 is inactive, held by card deactivation and user deactivation",
                ])
                .asked(["authority: certificate 01 to be on hold"]),
        );
    Scenario::of(deactivate_user())
        .given(a_person().who_is(PersonState::Locked))
        .when(starts())
        .then(is_rejected("process `SiteProcDeactivateUser` needs the state active; it is locked"));
}
