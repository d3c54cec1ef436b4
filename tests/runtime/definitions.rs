//! Any definition, on either store, with whatever happens: the stores agree, and the history verifies.

use std::sync::Arc;

use cardflow::cards::Cards;
use cardflow::domain::{Answer, Breach, CardState, Object};
use cardflow::engine::{Process, Status};
use cardflow::runtime::{Error, Standing};
use cardflow::testing::fakes::ScriptedHandler;
use cardflow::testing::scene::{GivenCard, a_certificate, an_active_card, an_inactive_card, an_issued_card, day};
use cardflow::testing::stage::{Move, runs};
use cardflow::testing::strategies::{commands, definitions};
use cardflow::values::{Answers, Millis};
use proptest::prelude::*;
use proptest::sample::select;

use crate::common::{Mood, Office, Store};

fn given() -> impl Strategy<Value = GivenCard> {
    select(vec![
        an_active_card().with_certificates(2).with_door("Main entrance"),
        an_active_card().with_certificate(a_certificate().of_foreign_issuer()),
        an_active_card().with_certificate(a_certificate().shared()).beside_a_card(CardState::Active),
        an_inactive_card().with_certificates(1).with_account("ada"),
        an_issued_card().with_certificate(a_certificate().just_issued()),
    ])
}

/// What came of a command, in words; an instance stands the same on every store.
fn words(came: &Result<Standing<Cards>, Error<Cards>>) -> String {
    match came {
        Ok(it) => format!("{} {}/{} {:?}", it.status, it.confirmed, it.asked, it.incidents),
        Err(Error::Rejected(why)) => format!("rejected: {why}"),
        Err(error) => panic!("{error:?}"),
    }
}

/// Plays everything that a host can do of the moves; says what came of each.
async fn played(store: Store, recipe: &definitions::Recipe, given: &GivenCard, moves: &[Move]) -> Vec<String> {
    let told = Answer::Told.to_bytes().unwrap();
    let doors = Arc::new(ScriptedHandler::answering("door-system", move |_| Ok(told.clone())));
    let process: Arc<dyn Process<Cards>> = Arc::new(recipe.build().unwrap());
    let office = Office::over(store.builder().processes([process]).handler(doors)).await;
    let given = given.dossier();
    // A host takes in what is related before the relations.
    let (relations, others): (Vec<_>, Vec<_>) =
        given.objects().cloned().partition(|it| matches!(it, Object::Relation(_)));
    office.register(&[others, relations].concat()).await;
    let (cards, operator, subject) = (&office.cards, &office.operator, given.subject());
    let mut came = Vec::new();
    let mut instance = None;
    for next in moves {
        let answer = match (next, instance) {
            (Move::Start, _) => cards.start(operator, recipe.name, subject).await,
            (Move::Run(answers), _) => cards.run(operator, recipe.name, subject, answers.clone()).await,
            (Move::Next(answers), Some(instance)) => cards.next(operator, instance, answers.clone()).await,
            (Move::Cancel, Some(instance)) => cards.cancel(operator, instance).await,
            (Move::Confirm, _) => {
                came.push(format!("{:?}", cards.deliver(10).await.unwrap()));
                continue;
            }
            (Move::Expire, _) => {
                came.push(format!("{:?}", cards.tick().await.unwrap()));
                continue;
            }
            (Move::Answer(..), _) => {
                office.authority.next([Mood::Mute, Mood::Revokes]);
                continue;
            }
            (Move::Wait(length), _) => {
                office.wait(*length);
                continue;
            }
            (Move::Meanwhile(other), _) => {
                cards.run(&office.colleague, other.outline().name, subject, Answers::none()).await
            }
            _ => continue,
        };
        came.push(words(&answer));
        if let (Ok(standing), Move::Start | Move::Run(_)) = (&answer, next) {
            instance = Some(standing.id());
        }
    }
    // With the outside well again, everything is over, and everything is in order.
    for _ in 0..20 {
        office.wait(Millis::hours(73));
        cards.tick().await.unwrap();
        office.settle().await;
    }
    if let Some(instance) = instance {
        let standing = office.standing(instance).await;
        assert!(matches!(standing.status, Status::Ended(_)), "{standing:?}");
    }
    let dossier = cards.open(operator, subject).await.unwrap().dossier;
    let mut breaches = Breach::all(&dossier, day(0));
    breaches.retain(|it| !Breach::all(&given, day(0)).contains(it));
    assert_eq!(breaches, []);
    came.push(format!("{dossier:?}"));
    store.verifies().await;
    came
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::hostile::cases(24), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_definition_runs_alike_on_both_stores(
        recipe in definitions::recipe(),
        given in given(),
        mut moves in commands::moves(),
    ) {
        // Something happens in any case.
        moves.insert(0, runs(Answers::none()));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let memory = played(Store::memory(), &recipe, &given, &moves).await;
            let sqlite = played(Store::sqlite(), &recipe, &given, &moves).await;
            assert_eq!(memory, sqlite);
        });
    }
}
