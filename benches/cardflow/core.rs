//! The pure engine, and the whole runtime over memory beside a plain map that makes the same changes.

use std::cell::Cell;
use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cardflow::Cardflow;
use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::{Cards, CardsOptions, CardsWorld, SCHEMA, object_of};
use cardflow::domain::{Authorities, Capabilities, Dossier};
use cardflow::engine::{Actor, Bound, Command, Component, People, Process, Situation, decide, evolve, preview};
use cardflow::ports::Storage;
use cardflow::values::{Answers, HomeId, Seed, TenantId};
use criterion::{BatchSize, Criterion};

use crate::table::Table;
use crate::world;

fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
}

/// `decide` and `evolve` for start and Next.
pub fn pure_engine(table: &mut Table) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let storage = std::sync::Arc::new(MemoryStorage::new(&SCHEMA));
    let cards = world::runtime(cardflow::CardflowBuilder::over(storage.clone(), storage.clone(), storage.clone()));
    let card = runtime.block_on(world::fill(&cards, 10))[0];
    let home = runtime.block_on(storage.homes(world::TENANT, &[card.home()])).unwrap().remove(0);
    let dossier = Dossier::new(card, home.records.iter().map(|it| object_of(it).unwrap()));
    let process = cards.registry().latest("CardsProcDeactivate").unwrap().clone();
    let authorities = Authorities::default().with("CN=Example CA".parse().unwrap(), Capabilities::ALL);
    let world = CardsWorld { authorities, ..CardsWorld::default() };
    let options = Bound::new(1, CardsOptions::default());
    let actor = Actor {
        person: None,
        role: "Operator".to_owned(),
        component: Component::Operator,
        ..Actor::worker(world::now())
    };
    let people = People::default();
    let situation = Situation::<Cards> {
        process: process.as_ref() as &dyn Process<Cards>,
        instance: None,
        dossier: &dossier,
        options: &options,
        world: &world,
        tenant: TenantId::new(1),
        actor: &actor,
        now: world::now(),
        seed: Seed::from_number(1),
        limit: None,
        people: &people,
        handling: None,
        taken: None,
    };
    let start = Command::Start { subject: card, answers: None };
    let started = decide(&situation, &start).unwrap();
    let waiting = Situation { instance: Some(&started.instance), ..situation };
    let seen = preview(&waiting, &Answers::none().with("reason", "lost")).unwrap().digest;
    let next = Command::Next(Answers::none().with("reason", "lost").seen(seen));
    let done = decide(&waiting, &next).unwrap();
    let stamp = cardflow::engine::Stamp {
        instance: started.instance.id(),
        process: "CardsProcDeactivate".to_owned(),
        version: started.instance.version(),
        at: world::now(),
        person: None,
        on_behalf: None,
        component: Component::Operator,
    };
    let took = Cell::new((Duration::ZERO, 0_u64));
    criterion().bench_function("pure engine: start, Next, evolve", |bencher| {
        bencher.iter_custom(|rounds| {
            let begin = Instant::now();
            for _ in 0..rounds {
                black_box(decide(&situation, &start).unwrap());
                black_box(decide(&waiting, &next).unwrap());
                let folded =
                    started.events.iter().chain(&done.events).fold(None, |it, event| evolve(it, &stamp, event));
                black_box(folded);
            }
            let elapsed = begin.elapsed();
            let (total, count) = took.get();
            took.set((total + elapsed, count + rounds));
            elapsed
        });
    });
    let (total, count) = took.get();
    let rate = 2.0 * count as f64 / total.as_secs_f64();
    table.row("pure engine (decide + evolve), commands a core", format!("{rate:.0}/s"), "", "", "≥ 100 000/s");
}

/// start + Next through the runtime over memory, and the same records replaced in a map.
pub fn memory(table: &mut Table) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let operator = world::operator();
    let mut cards = world::runtime(Cardflow::builder(MemoryStorage::new(&SCHEMA)));
    let mut all = runtime.block_on(world::fill(&cards, 4_000)).into_iter();
    let ours = Cell::new((Duration::ZERO, 0_u64));
    criterion().bench_function("runtime over memory: start, Next", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut elapsed = Duration::ZERO;
            for _ in 0..rounds {
                let card = all.next().unwrap_or_else(|| {
                    cards = world::runtime(Cardflow::builder(MemoryStorage::new(&SCHEMA)));
                    all = runtime.block_on(world::fill(&cards, 4_000)).into_iter();
                    all.next().unwrap()
                });
                let begin = Instant::now();
                runtime.block_on(async {
                    let task = cards.start(&operator, "CardsProcDeactivate", card).await.unwrap();
                    cards.next(&operator, task.id(), Answers::none().with("reason", "lost")).await.unwrap();
                });
                elapsed += begin.elapsed();
            }
            let (total, count) = ours.get();
            ours.set((total + elapsed, count + rounds));
            elapsed
        });
    });

    // What start and Next write: six objects, the instance twice, a task that comes and goes, two requests, two records.
    let mut map: HashMap<(HomeId, u128), Vec<u8>> = HashMap::new();
    let home = HomeId::from_uuid(uuid::Uuid::from_u128(1));
    let floor = Cell::new((Duration::ZERO, 0_u64));
    let mut turn = 0_u128;
    criterion().bench_function("plain map: the same changes", |bencher| {
        bencher.iter_batched(
            || (),
            |()| {
                let begin = Instant::now();
                turn = (turn + 1) % 4_000;
                for object in 0..6 {
                    map.insert((home, turn * 100 + object), vec![7; 250]);
                }
                map.insert((home, turn * 100 + 10), vec![7; 260]);
                map.insert((home, turn * 100 + 11), vec![7; 80]);
                map.insert((home, turn * 100 + 12), vec![7; 240]);
                map.insert((home, turn * 100 + 10), vec![7; 260]);
                map.remove(&(home, turn * 100 + 11));
                map.insert((home, turn * 100 + 13), vec![7; 150]);
                map.insert((home, turn * 100 + 14), vec![7; 150]);
                map.insert((home, turn * 100 + 15), vec![7; 1400]);
                let (total, count) = floor.get();
                floor.set((total + begin.elapsed(), count + 1));
            },
            BatchSize::SmallInput,
        );
    });
    let each = |(total, count): (Duration, u64)| total.as_secs_f64() * 1e6 / count.max(1) as f64;
    let (ours, floor) = (each(ours.get()), each(floor.get()));
    let (a, b) = (format!("{ours:.1} µs"), format!("{floor:.2} µs"));
    table.row("runtime over memory, start + Next, beside a map", a, b, format!("{:.0} ×", ours / floor), "≤ 40 ×");
}
