//! What grows with the store, and what does not.

use std::time::Instant;

use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::cards::SCHEMA;
use cardflow::ports::Search;
use tokio::runtime::Runtime;

use crate::sqlite::{deactivate, open};
use crate::table::{Table, median};
use crate::{number, world};

/// The median of a deactivation and of a search by text, and the time to open, in microseconds.
struct Sample {
    deactivate: f64,
    search: f64,
    open: f64,
}

pub fn growth(runtime: &Runtime, table: &mut Table) {
    let large = number("CARDFLOW_BENCH_GROWTH", 50_000);
    let small = sample(runtime, 1_000);
    let grown = sample(runtime, large);
    let mut row = |what: &str, ours: f64, floor: f64, wanted| {
        let (a, b) = (format!("{ours:.0} µs"), format!("{floor:.0} µs"));
        table.row(format!("{what}, {large} cards (floor: 1000)"), a, b, format!("{:.2} ×", ours / floor), wanted);
    };
    row("deactivation, median", grown.deactivate, small.deactivate, "≤ 1.3 ×");
    row("search by text, first page, median", grown.search, small.search, "≤ 2 ×");
    row("opening the store", grown.open, small.open, "≤ 200 000 µs");
}

fn sample(runtime: &Runtime, count: u64) -> Sample {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("cards.db");
    let cards = open(&path);
    let all = runtime.block_on(world::fill(&cards, count));
    drop(cards);
    let begin = Instant::now();
    drop(SqliteStorage::open(&path, &SCHEMA).unwrap());
    let opening = begin.elapsed().as_secs_f64() * 1e6;
    let cards = open(&path);
    let operator = world::operator();
    runtime.block_on(async {
        let (mut jobs, mut searches) = (Vec::new(), Vec::new());
        for card in &all[..400] {
            let begin = Instant::now();
            deactivate(&cards, *card).await;
            jobs.push(begin.elapsed().as_secs_f64() * 1e6);
            let begin = Instant::now();
            let found = cards.search(&operator, Search::cards().text("holder 00").limit(20)).await.unwrap();
            assert_eq!(found.items.len(), 20);
            searches.push(begin.elapsed().as_secs_f64() * 1e6);
        }
        Sample { deactivate: median(jobs), search: median(searches), open: opening }
    })
}
