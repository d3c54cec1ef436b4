//! Worlds that are wrong, each caught by the shortest story.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cardflow::cards::processes::{deactivate, lock, reactivate};
use cardflow::cards::{CardSubject, Cards, CardsOptions, card_and_holder, leaves, note, on_card};
use cardflow::domain::{CardPlan, CardState, CauseKind, Certificate, CertificateState, Refusal};
use cardflow::engine::{Component, Definition, DefinitionError, Event, Version};
use cardflow::testing::explore::{Outside, Property, World};
use cardflow::testing::stage::olga;

use super::explored;

type Built = Result<Definition<Cards, CardSubject>, DefinitionError>;
type Change = for<'x, 'p, 'a> fn(&'x mut CardPlan<'p, 'a>) -> Result<(), Refusal>;

fn impound_by(change: Change) -> Built {
    on_card("SiteProcImpound", "Impound card", Version(1))
        .component(Component::Operator)
        .requires(CardState::Active)
        .requires(CardState::Inactive)
        .form("confirm", card_and_holder().required([note()]))
        .change(
            "impound",
            leaves(CardState::Inactive).certificates(CertificateState::OnHold).because(CauseKind::Manual),
            change,
        )
        .end("impounded")
        .build()
}

fn take_away(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().hold()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().hold()
}

pub fn impound() -> Built {
    impound_by(take_away)
}

/// *Hand back card*: closes what *Impound card* holds.
pub fn hand_back() -> Built {
    on_card("SiteProcHandBack", "Hand back card", Version(1))
        .component(Component::Operator)
        .requires(CardState::Inactive)
        .form("confirm", card_and_holder())
        .change("hand-back", leaves(CardState::Active).because(CauseKind::Manual), |plan| {
            plan.card().release()?;
            plan.relations().possible().release()?;
            plan.certificates().release()
        })
        .end("handed-back")
        .build()
}

/// Deactivate, reactivate, lock, and one of a site; one operator.
fn beside_the_package(process: Built) -> World {
    package().with(process.unwrap())
}

fn package() -> World {
    World::of([
        Arc::new(deactivate().unwrap()) as Arc<dyn cardflow::engine::Process<Cards>>,
        Arc::new(reactivate().unwrap()),
        Arc::new(lock().unwrap()),
    ])
    .under(CardsOptions::default())
    .among([olga()])
    .at_once(1)
}

/// A world that is wrong, what is wrong with it, the property that says so, and the story: so many lines, and these in it.
struct Wrong {
    what: &'static str,
    property: &'static str,
    steps: usize,
    says: &'static [&'static str],
    world: fn() -> World,
}

const WRONG: &[Wrong] = &[
    Wrong {
        what: "forgets the relations",
        property: "no process plans a breach",
        steps: 1,
        says: &["olga (operator) starts SiteProcImpound → rejected (WouldBreak)"],
        world: || {
            beside_the_package(impound_by(|plan| {
                plan.card().hold()?;
                plan.certificates().usable().hold()
            }))
        },
    },
    Wrong {
        what: "forgets the certificates",
        property: "no process plans a breach",
        steps: 1,
        says: &["no usable certificate on a card out of use"],
        world: || {
            beside_the_package(impound_by(|plan| {
                plan.card().hold()?;
                plan.relations().possible().hold()
            }))
        },
    },
    Wrong {
        what: "takes away only what nobody else has taken before",
        property: "taking away goes through",
        steps: 5,
        says: &["olga (operator) starts CardsProcDeactivate", "starts SiteProcImpound", "somebody was here before"],
        world: || {
            beside_the_package(impound_by(|plan| match plan.state()? {
                CardState::Inactive => Err(Refusal::Site("somebody was here before".to_owned())),
                _ => take_away(plan),
            }))
        },
    },
    Wrong {
        what: "plans something else each time",
        property: "what was shown is what is done",
        steps: 2,
        says: &["shown was:", "done is:"],
        world: || {
            static TIMES: AtomicU64 = AtomicU64::new(0);
            // The first plan is shown at the start, the second made when Next is compared with it, the third is carried out.
            beside_the_package(impound_by(|plan| {
                take_away(plan)?;
                if TIMES.fetch_add(1, Ordering::SeqCst) % 4 == 3 { plan.certificates().revoke() } else { Ok(()) }
            }))
        },
    },
    Wrong {
        what: "what is impounded never comes back by itself",
        property: "it comes back",
        steps: 2,
        says: &["answers Next to SiteProcImpound", "from here it never comes about"],
        world: || {
            let back = Property::eventually("it comes back", "a card that is out of use comes back", |_, state| {
                state.dossier().cards().all(|it| it.state() == CardState::Active)
            });
            World::of([Arc::new(impound().unwrap()) as Arc<dyn cardflow::engine::Process<Cards>>])
                .under(CardsOptions::default())
                .among([olga()])
                .outside(Outside::WELL)
                .at_once(1)
                .must(back)
        },
    },
    Wrong {
        what: "what a person gives up is never confirmed",
        property: "all is confirmed",
        steps: 4,
        says: &["it fails for good", "somebody deals with the incident of"],
        world: || {
            package().must(Property::eventually(
                "all is confirmed",
                "what is wanted is confirmed at last",
                |_, state| {
                    !state.dossier().certificates().any(Certificate::is_unconfirmed)
                        || state.instances().any(|it| it.troubled().is_some())
                },
            ))
        },
    },
    Wrong {
        what: "one person alone locks a card for good",
        property: "two eyes are not enough",
        steps: 2,
        says: &["olga (operator) starts CardsProcLock", "answers Next to CardsProcLock"],
        world: || {
            package().must(Property::each_step("two eyes are not enough", "a lock was approved", |_, step| {
                let locks = step.events.iter().any(|it| matches!(it, Event::Changed { step, .. } if step == "lock"));
                let approved = step.events.iter().any(|it| matches!(it, Event::Approved { .. }));
                if locks && !approved { Err("it is locked by one".to_owned()) } else { Ok(()) }
            }))
        },
    },
    Wrong {
        what: "a card is held for two reasons at once, and somebody thought it cannot be",
        property: "one hold",
        steps: 5,
        says: &["starts CardsProcDeactivate", "starts SiteProcImpound", "held by card deactivation and manual"],
        world: || {
            beside_the_package(impound()).must(Property::always("one hold", "a card has one hold", |_, state| {
                let held = state.dossier().cards().find(|it| it.holds().len() > 1);
                held.map_or(Ok(()), |it| {
                    Err(cardflow::testing::scene::state_of(state.dossier(), it.at()).unwrap_or_default())
                })
            }))
        },
    },
];

#[test]
fn every_wrong_world_is_caught_by_the_shortest_story() {
    let mut missed = Vec::new();
    for Wrong { what, property, steps, says, world } in WRONG {
        let explored = explored(what, world());
        let Some(story) = explored.story() else {
            missed.push(format!("{what}: it holds"));
            continue;
        };
        let text = story.to_string();
        println!("{text}");
        let lines = text.lines().skip_while(|it| *it != "  what happened").skip(1);
        let happened = lines.take_while(|it| it.starts_with("    ")).filter(|it| !it.contains("requests open")).count();
        let unsaid: Vec<_> = says.iter().filter(|it| !text.contains(**it)).collect();
        if story.proof() != *property || happened != *steps || !unsaid.is_empty() {
            missed.push(format!("{what}: {happened} steps, not said {unsaid:?}:\n{text}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}
