//! Working off requests to the outside, beside the store doing the same writes.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cardflow::adapters::memory::MemoryStorage;
use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::cards::SCHEMA;
use cardflow::runtime::OutstandingPage;
use cardflow::values::{Answers, CommandId};
use cardflow::worker::{Nudge, Worker};
use cardflow::{Cardflow, CardflowBuilder};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::floor::Floor;
use crate::table::Table;
use crate::{number, world};

/// A hundred thousand requests, two a card, against an authority that answers at once.
pub fn rows(runtime: &Runtime, table: &mut Table) {
    let cards = number("CARDFLOW_BENCH_EFFECTS", 100_000) / 2;
    let folder = tempfile::tempdir().unwrap();
    let file = SqliteStorage::open(folder.path().join("cards.db"), &SCHEMA).unwrap();
    let ours = runtime.block_on(worked_off(Cardflow::builder(file), cards));
    let memory = runtime.block_on(worked_off(Cardflow::builder(MemoryStorage::new(&SCHEMA)), cards));
    let floor = confirmations(&folder.path().join("floor.db"), cards);
    let words = |it: f64| format!("{it:.0}/s");
    let what = |it: &str| format!("{} requests worked off by one worker, {it}", 2 * cards);
    table.row(what("SQLite"), words(ours), words(floor), format!("{:.2}", ours / floor), "");
    table.row(what("memory"), words(memory), String::new(), String::new(), "");
}

/// Requests a second, once all of them are recorded.
async fn worked_off(builder: CardflowBuilder, count: u64) -> f64 {
    let nudge = Arc::new(Nudge::new());
    let cards = Arc::new(world::runtime(builder));
    let all = world::fill(&cards, count).await;
    let operator = world::operator();
    let mut recorded = tokio::task::JoinSet::new();
    for part in all.chunks(all.len().div_ceil(64)) {
        let (cards, operator, part) = (Arc::clone(&cards), operator.clone(), part.to_vec());
        recorded.spawn(async move {
            for card in part {
                let call = operator.command(CommandId::from_uuid(Uuid::from_u128(card.id().as_u128() ^ 1)));
                cards.run(call, "CardsProcDeactivate", card, Answers::none()).await.unwrap();
            }
        });
    }
    while let Some(done) = recorded.join_next().await {
        done.unwrap();
    }
    let (watched, start) = (Arc::clone(&cards), Instant::now());
    let stop = async move {
        let first = || OutstandingPage::first().limit(1);
        while !watched.unmet(&world::administrator(), first()).await.unwrap().items.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let done = Worker::new(cards, nudge).at_once(32).run(stop).await;
    assert_eq!(done.confirmed as u64, 2 * count, "{done:?}");
    (2 * count) as f64 / start.elapsed().as_secs_f64()
}

/// The writes of as many confirmations, of one card in a savepoint and of sixteen in a transaction: so many come together
/// where thirty-two requests are under way.
fn confirmations(path: &Path, count: u64) -> f64 {
    drop(Floor::create(path, count));
    let elapsed = Floor::open(path).confirmed(count, 16);
    (2 * count) as f64 / elapsed.as_secs_f64()
}
