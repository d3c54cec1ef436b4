//! What a deactivation costs in the store's log, beside the floor of the benchmarks.
#![cfg(feature = "sqlite")]
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    missing_docs
)]

#[path = "../benches/cardflow/floor.rs"]
mod floor;
#[path = "../benches/cardflow/world.rs"]
mod world;

use std::path::Path;

use cardflow::Cardflow;
use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::cards::SCHEMA;
use cardflow::values::{Answers, ObjectRef};
use floor::{Floor, sizes};
use rusqlite::Connection;

const CARDS: u64 = 400;
const JOBS: usize = 200;

async fn deactivate(cards: &Cardflow, card: ObjectRef) {
    let operator = world::operator();
    let task = cards.start(&operator, "CardsProcDeactivate", card).await.unwrap();
    cards.next(&operator, task.id(), Answers::none().with("reason", "lost")).await.unwrap();
    assert_eq!(cards.deliver(2).await.unwrap().confirmed, 2);
}

fn open(path: &Path) -> Cardflow {
    world::runtime(Cardflow::builder(SqliteStorage::open(path, &SCHEMA).unwrap()))
}

/// The log grows until it is brought into the file, which these few jobs do not bring about.
fn log_bytes(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).unwrap().len()
}

#[tokio::test]
async fn a_deactivation_writes_little_more_to_the_log_than_the_floor() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("cards.db"), folder.path().join("floor.db"));
    let cards = open(&ours);
    let all = world::fill(&cards, CARDS).await;
    drop(cards);
    let cards = open(&ours);
    for card in &all[..JOBS] {
        deactivate(&cards, *card).await;
    }
    drop(Floor::create(&theirs, CARDS));
    let floor = Floor::open(&theirs);
    floor.one_by_one(0..JOBS as u64);
    let (ours, floor_bytes) = (log_bytes(&ours) / JOBS as u64, log_bytes(&theirs) / JOBS as u64);
    println!("log bytes a deactivation: {ours}, floor {floor_bytes}, ratio {:.2}", ours as f64 / floor_bytes as f64);
    assert!(ours * 100 <= floor_bytes * 115, "{ours} bytes, floor {floor_bytes}");
}

/// The floor writes records of the sizes that the real job writes: neither smaller, which would be unfair to us, nor larger.
#[tokio::test]
async fn the_floor_writes_records_of_the_real_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.db");
    let cards = open(&path);
    let card = world::fill(&cards, 3).await[0];
    let operator = world::operator();
    let file = Connection::open(&path).unwrap();
    let size = |sql: &str| -> f64 {
        file.query_row(sql, [card.home().uuid().as_bytes()], |row| row.get::<_, Option<f64>>(0)).unwrap().unwrap_or(0.0)
    };
    let history = |sequence: i64| {
        size(&format!("select avg(length(open)) from history where chain = ?1 and sequence = {sequence}"))
    };
    let object = |kind: u8| {
        size(&format!("select avg(length(keys) + length(body)) from object where home = ?1 and kind = {kind}"))
    };
    let task = cards.start(&operator, "CardsProcDeactivate", card).await.unwrap();
    let mut real = vec![
        ("task", size("select length(keys) + length(body) from run where home = ?1 and kind = 2"), sizes::TASK),
        ("instance", size("select length(keys) + length(body) from run where home = ?1 and kind = 1"), sizes::INSTANCE),
        ("started", history(2), sizes::STARTED),
    ];
    cards.next(&operator, task.id(), Answers::none().with("reason", "lost")).await.unwrap();
    real.extend([
        ("card", object(17), sizes::CARD),
        ("certificate", object(18), sizes::CERTIFICATE),
        ("relation", object(19), sizes::RELATION),
        ("effect", size("select avg(length(target) + length(body)) from work where home = ?1"), sizes::EFFECT),
        ("changed", history(3), sizes::CHANGED),
        (
            "personal",
            size("select avg(length(personal) + length(salt)) from history where chain = ?1 and sequence = 3"),
            sizes::PERSONAL,
        ),
        (
            "command",
            size("select avg(length(content) + length(answer)) from command where n > 2 and ?1 is not null"),
            sizes::COMMAND,
        ),
    ]);
    cards.deliver(2).await.unwrap();
    real.push(("confirmed", history(4), sizes::CONFIRMED));
    for (what, real, floor) in real {
        println!("{what:<12} {real:>7.0} bytes, the floor writes {floor}");
        let ratio = floor as f64 / real;
        assert!((0.9..=1.1).contains(&ratio), "{what}: {real} bytes, the floor writes {floor}");
    }
}
