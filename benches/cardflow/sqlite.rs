//! Whole deactivations on a SQLite file, beside the floor: one caller, 64 in flight, and readers beside writers.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::cards::SCHEMA;
use cardflow::ports::Search;
use cardflow::values::{Answers, ObjectRef};
use cardflow::{Cardflow, CardflowBuilder};
use tokio::runtime::Runtime;

use crate::floor::Floor;
use crate::table::{Table, percentile};
use crate::{number, world};

const ROUNDS: usize = 5;
/// Rounds of one caller, and the jobs of each: many and short, so that ours and the floor's beside it meet the same machine.
const ROUNDS_OF_ONE: usize = 25;
const JOBS_OF_ONE: usize = 100;
/// Jobs before the first one that counts.
const WARM_UP: usize = 600;

pub fn open(path: &Path) -> (Arc<SqliteStorage>, Arc<Cardflow>) {
    let storage = Arc::new(SqliteStorage::open(path, &SCHEMA).unwrap());
    let cards = world::runtime(CardflowBuilder::over(storage.clone(), storage.clone(), storage.clone()));
    (storage, Arc::new(cards))
}

pub async fn deactivate(cards: &Cardflow, card: ObjectRef) {
    let operator = world::operator();
    let task = cards.start(&operator, "CardsProcDeactivate", card).await.unwrap();
    cards.next(&operator, task.id(), Answers::none().with("reason", "lost")).await.unwrap();
    cards.deliver(2).await.unwrap();
}

async fn one_by_one(cards: &Cardflow, jobs: &[ObjectRef]) -> Duration {
    let begin = Instant::now();
    for card in jobs {
        deactivate(cards, *card).await;
    }
    begin.elapsed()
}

pub async fn together(cards: &Arc<Cardflow>, jobs: &[ObjectRef], in_flight: usize) -> Duration {
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

pub fn deactivations(runtime: &Runtime, table: &mut Table) {
    let count = number("CARDFLOW_BENCH_CARDS", 100_000);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (ours, theirs) = (folder.path().join("cards.db"), folder.path().join("floor.db"));
    let (_, cards) = open(&ours);
    let all = runtime.block_on(world::fill(&cards, count));
    let floor = Floor::create(&theirs, count);
    let many = (count as usize / 16).min(4_000);
    let rate = |jobs: usize, took: Duration| jobs as f64 / took.as_secs_f64();
    let mut from = 0;
    let mut take = |jobs: usize| {
        from += jobs;
        (&all[from - jobs..from], (from - jobs) as u64..from as u64)
    };

    // A log that grows costs a flush more for each commit. It has its length once it was brought into the file for the first
    // time; the floor's has it from the filling.
    let (jobs, range) = take(WARM_UP);
    runtime.block_on(one_by_one(&cards, jobs));
    floor.one_by_one(range);

    let mut pairs = Vec::new();
    for _ in 0..ROUNDS_OF_ONE {
        let (jobs, range) = take(JOBS_OF_ONE);
        let a = rate(JOBS_OF_ONE, runtime.block_on(one_by_one(&cards, jobs)));
        pairs.push((a, rate(JOBS_OF_ONE, floor.one_by_one(range))));
    }
    table.rates(format!("SQLite, {count} cards, one caller, 3 commits"), &pairs, "≥ 0.7");

    let mut pairs = Vec::new();
    for _ in 0..ROUNDS {
        let (jobs, range) = take(many);
        let a = rate(many, runtime.block_on(together(&cards, jobs, 64)));
        pairs.push((a, rate(many, Floor::open(&theirs).together(&theirs, range, 64))));
    }
    table.rates(format!("SQLite, {count} cards, 64 in flight"), &pairs, "≥ 0.6");

    readers(runtime, &cards, &all, take(many).0, table);
}

/// Nine reads for each write, 64 in flight; beside the same reads with nobody writing.
fn readers(runtime: &Runtime, cards: &Arc<Cardflow>, all: &[ObjectRef], jobs: &[ObjectRef], table: &mut Table) {
    let quiet = runtime.block_on(read_beside(cards, all, &[]));
    let busy = runtime.block_on(read_beside(cards, all, jobs));
    let (mut quiet, mut busy) = (quiet, busy);
    for percent in [50, 99] {
        let (ours, floor) = (percentile(&mut busy, percent), percentile(&mut quiet, percent));
        let (a, b) = (format!("{ours:.0} µs"), format!("{floor:.0} µs"));
        let what = format!("reads beside writes, 64 in flight, p{percent} (floor: nobody writes)");
        table.row(what, a, b, format!("{:.1} ×", ours / floor), "");
    }
}

async fn read_beside(cards: &Arc<Cardflow>, all: &[ObjectRef], jobs: &[ObjectRef]) -> Vec<f64> {
    let writing = Arc::new(AtomicBool::new(true));
    let (all, jobs): (Arc<[ObjectRef]>, Arc<[ObjectRef]>) = (all.into(), jobs.into());
    let next = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..58)
        .map(|reader| {
            let (cards, all, writing) = (Arc::clone(cards), Arc::clone(&all), Arc::clone(&writing));
            tokio::spawn(async move {
                let operator = world::operator();
                let mut took = Vec::new();
                let mut at = reader * 7919;
                while writing.load(Ordering::Relaxed) && took.len() < 400 {
                    at = (at + 104_729) % all.len();
                    let card = all[at];
                    let begin = Instant::now();
                    match took.len() % 3 {
                        0 => drop(cards.open(&operator, card).await.unwrap()),
                        1 => drop(cards.history(&operator, card).await.unwrap()),
                        _ => {
                            drop(cards.search(&operator, Search::cards().text("holder 00042").limit(20)).await.unwrap())
                        }
                    }
                    took.push(begin.elapsed().as_secs_f64() * 1e6);
                    tokio::task::yield_now().await;
                }
                took
            })
        })
        .collect();
    let writers: Vec<_> = (0..6)
        .map(|_| {
            let (cards, jobs, next, writing) =
                (Arc::clone(cards), Arc::clone(&jobs), Arc::clone(&next), Arc::clone(&writing));
            tokio::spawn(async move {
                while let Some(card) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !writing.load(Ordering::Relaxed) {
                        break;
                    }
                    deactivate(&cards, *card).await;
                }
            })
        })
        .collect();
    let mut took = Vec::new();
    for reader in readers {
        took.extend(reader.await.unwrap());
    }
    writing.store(false, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    took
}
