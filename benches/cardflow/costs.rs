//! What a deactivation writes to the log.

use std::path::Path;

use cardflow::Cardflow;
use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::cards::SCHEMA;
use cardflow::values::{Answers, ObjectRef};
use tokio::runtime::Runtime;

use crate::floor::Floor;
use crate::table::Table;
use crate::world;

const CARDS: u64 = 400;
const JOBS: usize = 200;

pub fn rows(runtime: &Runtime, table: &mut Table) {
    let (ours, floor) = runtime.block_on(logged());
    let ratio = |ours: u64, floor: u64| format!("{:.2} ×", ours as f64 / floor as f64);
    let what = |it: &str| format!("{it} written to the log, a deactivation");
    let (a, b) = (ours.bytes, floor.bytes);
    table.row(what("bytes"), a.to_string(), b.to_string(), ratio(a, b), "≤ 1.15 ×");
    let (a, b) = (ours.pages, floor.pages);
    table.row(what("pages"), a.to_string(), b.to_string(), ratio(a, b), "");
}

/// What was written to the log of a store, a deactivation.
#[derive(Clone, Copy, Debug)]
pub struct Logged {
    pub bytes: u64,
    pub pages: u64,
}

impl Logged {
    /// The log grows until it is brought into the file, which these few jobs do not bring about.
    fn of(path: &Path) -> Logged {
        // A header, and before each page its own (<https://www.sqlite.org/fileformat.html>, section 4.1).
        const PAGE: u64 = 4096 + 24;
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let bytes = std::fs::metadata(log).unwrap().len();
        let jobs = JOBS as u64;
        Logged { bytes: bytes / jobs, pages: (bytes - 32) / PAGE / jobs }
    }
}

/// Ours and the floor's, of jobs one after another.
pub async fn logged() -> (Logged, Logged) {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("cards.db"), folder.path().join("floor.db"));
    let open = || world::runtime(Cardflow::builder(SqliteStorage::open(&ours, &SCHEMA).unwrap()));
    let cards = open();
    let all = world::fill(&cards, CARDS).await;
    // Closing brings the log into the file.
    drop(cards);
    let cards = open();
    for card in &all[..JOBS] {
        deactivate(&cards, *card).await;
    }
    drop(Floor::create(&theirs, CARDS));
    let floor = Floor::open(&theirs);
    floor.one_by_one(0..JOBS as u64);
    (Logged::of(&ours), Logged::of(&theirs))
}

async fn deactivate(cards: &Cardflow, card: ObjectRef) {
    let operator = world::operator();
    let task = cards.start(&operator, "CardsProcDeactivate", card).await.unwrap();
    cards.next(&operator, task.id(), Answers::none().with("reason", "lost")).await.unwrap();
    assert_eq!(cards.deliver(2).await.unwrap().confirmed, 2);
}
