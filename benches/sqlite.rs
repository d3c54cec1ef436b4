//! Deactivations on a SQLite file of 100 000 cards, beside the floor.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, clippy::disallowed_methods, missing_docs)]

#[path = "floor/mod.rs"]
mod floor;
#[path = "world/mod.rs"]
mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cardflow::Cardflow;
use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::cards::SCHEMA;
use cardflow::values::{Answers, ObjectRef};

async fn deactivate(cards: &Cardflow, card: ObjectRef) {
    let operator = world::operator();
    let task = cards.start(&operator, "CardsProcDeactivate", card).await.unwrap();
    let seen = task.preview.as_ref().unwrap().digest;
    cards.next(&operator, task.id(), Answers::none().with("reason", "lost").seen(seen)).await.unwrap();
    cards.deliver(2).await.unwrap();
}

async fn one_by_one(cards: &Cardflow, jobs: &[ObjectRef]) -> Duration {
    let begin = Instant::now();
    for card in jobs {
        deactivate(cards, *card).await;
    }
    begin.elapsed()
}

async fn together(cards: &Arc<Cardflow>, jobs: &[ObjectRef], in_flight: usize) -> Duration {
    let jobs: Arc<[ObjectRef]> = jobs.into();
    let next = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let callers: Vec<_> = (0..in_flight)
        .map(|_| {
            let (cards, jobs, next) = (Arc::clone(cards), Arc::clone(&jobs), Arc::clone(&next));
            tokio::spawn(async move {
                while let Some(card) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    deactivate(&cards, *card).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    begin.elapsed()
}

fn rate(jobs: usize, took: Duration) -> f64 {
    jobs as f64 / took.as_secs_f64()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let count: u64 = std::env::var("CARDS").ok().and_then(|it| it.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (ours, theirs) = (folder.path().join("cards.db"), folder.path().join("floor.db"));
    let begin = Instant::now();
    let cards = Arc::new(world::runtime(Cardflow::builder(SqliteStorage::open(&ours, &SCHEMA).unwrap())));
    let all = runtime.block_on(world::fill(&cards, count));
    println!("filled {count} cards in {:?}", begin.elapsed());
    let floor = floor::Floor::create(&theirs, count);
    println!("floor filled, {:?}", begin.elapsed());
    let (single, many) = (1_000, (count as usize / 4).min(20_000));
    let a = rate(single, runtime.block_on(one_by_one(&cards, &all[..single])));
    if std::env::var("ONLY").is_ok() {
        println!("one caller: {a:.0}/s");
        let a = rate(many, runtime.block_on(together(&cards, &all[single..single + many], 64)));
        println!("64 in flight: {a:.0}/s");
        return;
    }
    let b = rate(single, floor.one_by_one(0..single as u64));
    println!("one caller: {a:.0}/s, floor {b:.0}/s, ratio {:.2}", a / b);
    let a = rate(many, runtime.block_on(together(&cards, &all[single..single + many], 64)));
    let b = rate(many, floor.together(&theirs, single as u64..(single + many) as u64, 64));
    println!("64 in flight: {a:.0}/s, floor {b:.0}/s, ratio {:.2}", a / b);
}
