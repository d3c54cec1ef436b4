//! The search itself: what it compares, what it counts, what it says where it ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use cardflow::cards::processes::{deactivate, reactivate};
use cardflow::cards::{CardSubject, Cards, CardsOptions, card_and_holder, leaves, on_card};
use cardflow::domain::CardState;
use cardflow::engine::{Component, Definition, Process, Version};
use cardflow::testing::explore::{Action, Bounds, Outside, Property, State, World, explore};
use cardflow::testing::stage::olga;

fn deactivation() -> World {
    World::of([Arc::new(deactivate().unwrap()) as Arc<dyn Process<Cards>>])
        .under(CardsOptions::default())
        .among([olga()])
        .outside(Outside::WELL)
        .at_once(1)
}

fn said(work: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).expect_err("it holds");
    panic.downcast_ref::<String>().cloned().expect("words")
}

/// Takes the first action of each kind that is named.
fn after(world: &World, ways: &[fn(&Action) -> bool]) -> State {
    let mut state = world.beginnings().remove(0);
    for way in ways {
        let actions = world.actions(&state);
        let action = actions.iter().find(|it| way(it)).expect("it can happen");
        let step = world.step(&state, action);
        assert_eq!(step.rejection, None, "{}", world.tell(&step));
        state = step.after;
    }
    state
}

#[test]
fn states_that_can_do_the_same_are_the_same() {
    let world = deactivation();
    let start = |it: &Action| matches!(it, Action::Start { .. });
    let cancel = |it: &Action| matches!(it, Action::Cancel { .. });
    let begun = after(&world, &[start]);
    let begun_again = after(&world, &[start, cancel, start]);
    assert_ne!(begun.instances().next().unwrap().id(), begun_again.instances().next().unwrap().id());
    assert_eq!(begun, begun_again);
    assert_eq!(world.beginnings().remove(0), after(&world, &[start, cancel]));
    assert_ne!(begun, world.beginnings().remove(0));
}

#[test]
fn what_can_do_something_else_is_another_state() {
    let world = deactivation();
    let start = |it: &Action| matches!(it, Action::Start { .. });
    let next = |it: &Action| matches!(it, Action::Next { filling: 0, .. });
    let wait = |it: &Action| matches!(it, Action::Wait);
    let begun = after(&world, &[start]);
    assert_ne!(begun, after(&world, &[start, wait]), "its time is over");
    assert_ne!(begun, after(&world, &[start, next]));
}

#[test]
fn the_same_world_is_explored_the_same_way() {
    let (one, two) = (explore(deactivation()), explore(deactivation()));
    let counts = |it: &cardflow::testing::explore::Explored| (it.states(), it.transitions(), it.refused(), it.depth());
    assert_eq!(counts(&one), counts(&two));
    assert!(one.is_exhausted() && one.states() > 10, "{}", one.report());
}

#[test]
fn a_bound_that_was_hit_is_said() {
    let explored = explore(deactivation().within(Bounds { states: 5, ..Bounds::default() }));
    assert!(!explored.is_exhausted() && explored.story().is_none());
    let text = said(|| explored.holds());
    assert!(text.contains("not everything was seen: a bound was hit"), "{text}");
    explored.holds_as_far_as_it_went();
    let explored = explore(deactivation().within(Bounds { depth: 2, ..Bounds::default() }));
    assert!(explored.report().contains("a bound was hit"), "{}", explored.report());
    assert!(explored.depth() <= 2);
}

#[test]
fn what_never_comes_about_is_said() {
    let odd: Definition<Cards, CardSubject> = on_card("SiteProcOdd", "Odd", Version(1))
        .component(Component::Operator)
        .requires(CardState::Active)
        .requires(CardState::Locked)
        .form("confirm", card_and_holder())
        .change("leave", leaves(CardState::Active), |_| Ok(()))
        .when(|_, _| false)
        .end("left")
        .build()
        .unwrap();
    let never = Property::sometimes("expired", "a card is expired", |_, state| {
        state.dossier().cards().any(|it| it.state() == CardState::Expired)
    });
    let world = World::of([Arc::new(odd) as Arc<dyn Process<Cards>>]).among([olga()]).at_once(1).must(never);
    let explored = explore(world);
    assert_eq!(explored.never(), ["SiteProcOdd never comes to change `leave`", "never so: a card is expired"]);
    let text = said(|| explored.holds());
    assert!(text.contains("some things never come about"), "{text}");
}

#[test]
fn refused_commands_are_tried_and_change_nothing() {
    let world = deactivation().with(reactivate().unwrap());
    let state = world.beginnings().remove(0);
    let actions = world.actions(&state);
    let steps: Vec<_> = actions.iter().map(|it| world.step(&state, it)).collect();
    let refused: Vec<_> = steps.iter().filter(|it| it.rejection.is_some()).collect();
    assert_eq!(refused.len(), 1, "reactivating an active card");
    assert!(refused.iter().all(|it| it.after == state && it.events.is_empty()));
    assert!(world.tell(refused[0]).contains("rejected (WrongState)"), "{}", world.tell(refused[0]));
}
