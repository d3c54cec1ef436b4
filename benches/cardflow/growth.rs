//! What grows with the store, and what does not: cards, finished instances, open instances.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use cardflow::Cardflow;
use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::engine::{INSTANCE_KIND, Scope};
use cardflow::ports::{Query, Search, Storage};
use cardflow::values::ObjectRef;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::sqlite::{deactivate, open, together};
use crate::table::{Table, median};
use crate::{evidence, number, world};

/// The cards of the small store, which is the floor.
const SMALL: u64 = 1_000;
/// How many times a thing is measured.
const SAMPLES: usize = 400;
/// How many are started before anything is measured, so that a page of open instances is full.
const STARTED: usize = 60;
const PAGE: usize = 50;

pub fn growth(runtime: &Runtime, table: &mut Table) {
    let large = number("CARDFLOW_BENCH_GROWTH", 50_000);
    let (finished, open) = (large, large / 10);
    let (mut small, floor) = Site::fill(runtime, SMALL).sample(runtime);
    let (mut grown, cards) = Site::fill(runtime, finished + open + SMALL).sample(runtime);
    compare(table, &format!("{} cards", grown.all.len()), &cards, &floor);

    grown.deactivate_many(runtime, finished as usize);
    grown.start_many(runtime, open as usize);
    let (mut grown, instances) = grown.sample(runtime);
    compare(table, &format!("{finished} finished, {open} open instances"), &instances, &floor);
    evidence::rows(runtime, &mut small, &mut grown, table);
}

fn compare(table: &mut Table, grown: &str, ours: &Sample, floor: &Sample) {
    let mut row = |what: &str, ours: f64, floor: f64, wanted| {
        let (a, b) = (format!("{ours:.0} µs"), format!("{floor:.0} µs"));
        table.row(format!("{what}, {grown} (floor: {SMALL} cards)"), a, b, format!("{:.2} ×", ours / floor), wanted);
    };
    row("deactivation, median", ours.deactivate, floor.deactivate, "≤ 1.3 ×");
    row("search by text, first page, median", ours.search, floor.search, "≤ 2 ×");
    row("open instances, first page, median", ours.page, floor.page, "≤ 2 ×");
    row("opening the store", ours.opening, floor.opening, "≤ 200 000 µs");
}

/// Medians, in microseconds.
struct Sample {
    deactivate: f64,
    search: f64,
    /// A page of the open instances, in the order of their processes: what an inbox would be made from.
    page: f64,
    opening: f64,
}

/// A store of many cards, of which some have been worked on.
pub struct Site {
    pub cards: Arc<Cardflow>,
    pub storage: Arc<SqliteStorage>,
    path: PathBuf,
    all: Vec<ObjectRef>,
    used: usize,
    _folder: TempDir,
}

impl Site {
    fn fill(runtime: &Runtime, count: u64) -> Site {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = folder.path().join("cards.db");
        let (storage, cards) = open(&path);
        let all = runtime.block_on(world::fill(&cards, count));
        let mut site = Site { cards, storage, path, all, used: 0, _folder: folder };
        site.start_many(runtime, STARTED);
        site
    }

    /// Cards that nothing was done with yet.
    fn take(&mut self, count: usize) -> Range<usize> {
        self.used += count;
        self.used - count..self.used
    }

    pub fn deactivate_one(&mut self, runtime: &Runtime) {
        let job = self.take(1).start;
        runtime.block_on(deactivate(&self.cards, self.all[job]));
    }

    fn deactivate_many(&mut self, runtime: &Runtime, count: usize) {
        let jobs = self.take(count);
        runtime.block_on(together(&self.cards, &self.all[jobs], 64));
    }

    fn start_many(&mut self, runtime: &Runtime, count: usize) {
        let jobs = self.take(count);
        runtime.block_on(async {
            let operator = world::operator();
            for card in &self.all[jobs] {
                self.cards.start(&operator, "CardsProcDeactivate", *card).await.unwrap();
            }
        });
    }

    fn sample(self, runtime: &Runtime) -> (Site, Sample) {
        let (mut site, opening) = self.reopened();
        let operator = world::operator();
        let query = Query::of(world::TENANT, Scope::All, Search::of(INSTANCE_KIND).limit(PAGE));
        let jobs = site.take(SAMPLES);
        let (mut took, mut searches, mut pages) = (Vec::new(), Vec::new(), Vec::new());
        runtime.block_on(async {
            for card in &site.all[jobs] {
                let begin = Instant::now();
                deactivate(&site.cards, *card).await;
                took.push(micros(begin));
                let begin = Instant::now();
                let found = site.cards.search(&operator, Search::cards().text("holder 00").limit(20)).await.unwrap();
                searches.push(micros(begin));
                assert_eq!(found.items.len(), 20);
                let begin = Instant::now();
                let found = site.storage.find(&query).await.unwrap();
                pages.push(micros(begin));
                assert_eq!(found.records.len(), PAGE);
            }
        });
        let sample = Sample { deactivate: median(took), search: median(searches), page: median(pages), opening };
        (site, sample)
    }

    /// Closed and opened again; how long the opening took.
    fn reopened(self) -> (Site, f64) {
        let Site { cards, storage, path, all, used, _folder } = self;
        drop((cards, storage));
        let begin = Instant::now();
        let (storage, cards) = open(&path);
        let opening = micros(begin);
        (Site { cards, storage, path, all, used, _folder }, opening)
    }
}

fn micros(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e6
}
