//! Random sequences of commands: decisions are pure, instances are what their events say, and what is over stays over.

use cardflow::engine::{Command, Event, Instance, Status, evolve};
use cardflow::values::{Answers, EffectId, Millis};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use crate::bench::{Bench, actor, reader, report};
use crate::library::{Library, Place, Reply, book};
use crate::processes;

#[derive(Clone, Debug)]
enum Deed {
    Start,
    Run(bool),
    Next(bool),
    Cancel,
    Expire,
    /// An answer to the n-th request, or to none that there is.
    Answer(usize, Reply),
    /// So many minutes pass.
    Wait(i64),
    /// Somebody takes the book elsewhere.
    Take(Place),
    /// Other options, another person.
    Change(i64, bool, u128),
}

fn deed() -> impl Strategy<Value = Deed> {
    let reply = prop_oneof![(0..20_i64).prop_map(Reply::Fee), Just(Reply::Stolen)];
    prop_oneof![
        1 => Just(Deed::Start),
        1 => any::<bool>().prop_map(Deed::Run),
        4 => any::<bool>().prop_map(Deed::Next),
        1 => Just(Deed::Cancel),
        1 => Just(Deed::Expire),
        4 => (0..4_usize, reply).prop_map(|(n, reply)| Deed::Answer(n, reply)),
        1 => (0..600_i64).prop_map(Deed::Wait),
        1 => select(vec![Place::Shelf, Place::Reader, Place::Workshop, Place::Dump]).prop_map(Deed::Take),
        1 => (0..12_i64, any::<bool>(), 1..3_u128).prop_map(|(most, ask, person)| Deed::Change(most, ask, person)),
    ]
}

fn command(
    deed: &Deed,
    process: &str,
    bench: &Bench,
    instance: Option<&Instance<Library>>,
) -> Option<Command<Library>> {
    let subject = bench.shelf.subject;
    let answers = |yes: bool| match process {
        "Lend" => reader().with("free", yes),
        "GiveBack" => Answers::none().with("torn", yes),
        _ => Answers::none(),
    };
    Some(match deed {
        Deed::Start => Command::Start { subject, answers: None },
        Deed::Run(yes) => Command::Start { subject, answers: Some(answers(*yes)) },
        Deed::Next(yes) => Command::Next(answers(*yes)),
        Deed::Cancel => Command::Cancel,
        Deed::Expire => Command::Fire,
        Deed::Answer(n, reply) => {
            let asked = instance.and_then(|it| it.asked().get(*n)).map(|it| it.effect);
            report(asked.unwrap_or(EffectId::from_uuid(Uuid::nil())), &bench.shelf, reply.clone())
        }
        Deed::Wait(_) | Deed::Take(_) | Deed::Change(..) => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_instance_is_what_its_events_say_and_the_same_situation_gives_the_same_decision(
        which in 0..3_usize,
        deeds in vec(deed(), 1..30),
    ) {
        let (process, place) = [
            (processes::lend(), Place::Shelf),
            (processes::give_back(), Place::Reader),
            (processes::repair(), Place::Shelf),
        ].into_iter().nth(which).unwrap();
        let process = process.unwrap();
        let name = process.outline().name;
        let mut bench = Bench::of(process, place);
        let mut instance: Option<Instance<Library>> = None;
        let mut folded: Option<Instance<Library>> = None;
        for (n, deed) in deeds.iter().enumerate() {
            bench.seed = n as u64;
            match deed {
                Deed::Wait(minutes) => bench.now = bench.now.plus(Millis::seconds(60 * minutes)),
                Deed::Take(place) => bench.shelf = bench.shelf.clone().taken_to(*place),
                Deed::Change(most, ask, person) => {
                    bench.options.version += 1;
                    std::sync::Arc::make_mut(&mut bench.options.options).most = *most;
                    std::sync::Arc::make_mut(&mut bench.options.options).ask_the_head = *ask;
                    bench.actor = actor(*person);
                }
                _ => {}
            }
            let Some(command) = command(deed, name, &bench, instance.as_ref()) else { continue };
            let (decided, again) = (bench.decide(instance.as_ref(), &command), bench.decide(instance.as_ref(), &command));
            prop_assert_eq!(format!("{decided:?}"), format!("{again:?}"));
            let Ok(decision) = decided else { continue };

            folded = bench.folded(folded.as_ref(), &decision);
            prop_assert_eq!(folded.as_ref(), Some(&decision.instance));
            // What is over stays over; only late answers are still noted.
            if let Some(Status::Ended(outcome)) = instance.as_ref().map(Instance::status) {
                prop_assert!(matches!(command, Command::Report(_)));
                prop_assert_eq!(decision.instance.status(), &Status::Ended(outcome.clone()));
            }
            // Every request is asked under an id of its own, and once.
            let mut ids: Vec<_> = decision.instance.asked().iter().map(|it| it.effect).collect();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), decision.instance.asked().len());
            // Only objects that the decision names have changed.
            for thing in &decision.dossier.things {
                let same = bench.shelf.things.contains(thing);
                prop_assert!(same || decision.changed.contains(&thing.at), "{:?}", thing);
            }
            // A stored instance is the same one again.
            let bytes = decision.instance.to_bytes().unwrap();
            let stored = Instance::from_bytes(decision.instance.id(), decision.instance.revision(), &bytes).unwrap();
            prop_assert_eq!(&stored, &decision.instance);
            bench.shelf = decision.dossier;
            instance = Some(decision.instance);
        }
    }
}

#[test]
fn every_event_folds_into_every_instance_and_into_nothing_unless_it_begins_one() {
    let bench = Bench::lend();
    let begun = bench.begin(None).unwrap();
    let asked = bench.after(&begun).next(&begun.instance, reader()).unwrap();
    let done = report(asked.instance.asked()[0].effect, &bench.shelf, Reply::Fee(1));
    let done = bench.after(&asked).decide(Some(&asked.instance), &done).unwrap();
    let events: Vec<_> = [&begun, &asked, &done].into_iter().flat_map(|it| it.events.clone()).collect();
    let stamp = bench.stamp(&begun.instance);
    for event in &events {
        let starts = matches!(event, Event::Started { .. });
        assert_eq!(evolve::<Library>(None, &stamp, event).is_some(), starts, "{event:?}");
        for instance in [&begun.instance, &asked.instance, &done.instance] {
            let after = evolve(Some(instance.clone()), &stamp, event).unwrap();
            assert_eq!(
                (after.id(), after.process(), after.subject()),
                (instance.id(), "Lend", book(1, "", Place::Shelf).at)
            );
        }
    }
    assert_eq!(events.iter().fold(None, |it, event| evolve(it, &stamp, event)).as_ref(), Some(&done.instance));
}
