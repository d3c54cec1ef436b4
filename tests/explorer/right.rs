//! What holds.

use std::sync::Arc;

use cardflow::cards::processes::{deactivate, lock, reactivate};
use cardflow::cards::{APPROVER, Cards, CardsOptions};
use cardflow::domain::{CardState, CauseKind};
use cardflow::engine::{Actor, Process};
use cardflow::testing::explore::{Bounds, Outside, World};
use cardflow::testing::scene::{a_certificate, an_active_card, an_inactive_card};
use cardflow::testing::stage::{ann, olga, otto};

use super::explored;
use super::wrong::{hand_back, impound};

type Processes = Vec<Arc<dyn Process<Cards>>>;

fn give_and_take() -> Processes {
    vec![Arc::new(deactivate().unwrap()), Arc::new(reactivate().unwrap()), Arc::new(lock().unwrap())]
}

#[test]
fn the_package_one_instance_at_a_time() {
    explored("the package, one at a time", World::small().at_once(1)).holds();
}

#[test]
fn the_package_two_instances_at_once() {
    let some = Bounds { states: 1_500, ..Bounds::default() };
    explored("the package, two at once", World::small().within(some)).holds_as_far_as_it_went();
}

#[test]
fn three_processes_two_instances_at_once() {
    let world = World::of(give_and_take()).among([olga()]).under(CardsOptions::default()).partly();
    explored("three processes, two at once", world).holds();
}

#[test]
fn answers_that_come_late_and_changes_behind_our_back() {
    let world = World::of(give_and_take()).at_once(1).outside(Outside::HOSTILE).under(CardsOptions::default()).partly();
    explored("a hostile outside", world).holds();
}

#[test]
fn two_cards_of_one_holder_that_share_a_certificate() {
    let card = an_active_card().with_certificate(a_certificate().shared()).beside_a_card(CardState::Active);
    let options = CardsOptions { multiple_active: true, ..CardsOptions::default() };
    let world = World::of(give_and_take()).on(&card).among([olga()]).under(options).outside(Outside::WELL);
    explored("two cards that share a certificate", world.at_once(1).partly()).holds();
}

#[test]
fn processes_of_a_site_beside_the_package() {
    let world = World::of(give_and_take())
        .with(impound().unwrap())
        .with(hand_back().unwrap())
        .among([olga()])
        .under(CardsOptions::default())
        .at_once(1)
        .partly();
    explored("impound and hand back", world).holds();
}

#[test]
fn a_card_that_others_hold_as_well() {
    let card = an_inactive_card().held_by(CauseKind::CardDeactivation).held_by(CauseKind::Manual).with_certificates(1);
    let world = World::of(give_and_take()).on(&card).among([olga()]).under(CardsOptions::default()).at_once(1).partly();
    explored("a card held twice", world).holds();
}

#[test]
fn certificates_that_cannot_be_held() {
    let card = an_active_card()
        .with_certificate(a_certificate().past_its_end())
        .with_certificate(a_certificate().of_foreign_issuer());
    let world = World::of(give_and_take()).on(&card).among([olga()]).under(CardsOptions::default()).at_once(1).partly();
    explored("a foreign certificate", world).holds();
}

#[test]
fn two_must_agree() {
    let options = CardsOptions { deactivation_approval: true, approvals_needed: 2, ..CardsOptions::default() };
    let approver = |mut it: Actor| {
        it.role = APPROVER.to_owned();
        it
    };
    let world = World::of([Arc::new(deactivate().unwrap()) as Arc<dyn Process<Cards>>])
        .among([olga(), approver(otto()), ann()])
        .under(options)
        .outside(Outside::WELL)
        .at_once(1)
        .partly();
    explored("two must agree", world).holds();
}

#[test]
fn a_deputy_is_no_way_around_what_bars_somebody() {
    let options = CardsOptions { deactivation_approval: true, ..CardsOptions::default() };
    let approver = |it: Actor| Actor { role: APPROVER.to_owned(), ..it };
    let world = World::of([Arc::new(deactivate().unwrap()) as Arc<dyn Process<Cards>>])
        .among([olga(), approver(otto()), ann()])
        .standing_in(&otto(), &olga())
        .standing_in(&olga(), &ann())
        .under(options)
        .outside(Outside::WELL)
        .at_once(1)
        .partly();
    explored("deputies", world).holds();
}

#[test]
fn answers_on_their_way_while_something_else_begins() {
    let world = World::of([Arc::new(deactivate().unwrap()) as Arc<dyn Process<Cards>>, Arc::new(lock().unwrap())])
        .among([olga()])
        .under(CardsOptions::default())
        .outside(Outside { slow: true, ..Outside::WELL })
        .partly();
    explored("answers on their way", world).holds();
}

#[test]
fn larger_worlds() {
    if std::env::var_os("CARDFLOW_CASES").is_none() {
        return;
    }
    let many = Bounds { states: 2_000_000, ..Bounds::default() };
    explored("the package, two at once", World::small().within(many)).holds_as_far_as_it_went();
    let card = an_active_card().with_certificates(3).with_door("Main entrance");
    explored("three certificates", World::small().on(&card).at_once(1).within(many)).holds_as_far_as_it_went();
    let card = an_active_card().with_certificate(a_certificate().shared()).beside_a_card(CardState::Active);
    let options = CardsOptions { multiple_active: true, ..CardsOptions::default() };
    let world = World::of(give_and_take()).on(&card).among([olga()]).under(options).partly();
    explored("two cards that share a certificate, two at once", world.within(many)).holds_as_far_as_it_went();
    let world = World::of(give_and_take()).among([olga(), ann()]).outside(Outside::HOSTILE).partly();
    explored("two at once, a hostile outside", world.within(many)).holds_as_far_as_it_went();
}
