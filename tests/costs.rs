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

#[path = "../benches/cardflow/costs.rs"]
mod costs;
#[path = "../benches/cardflow/floor.rs"]
mod floor;
#[path = "../benches/cardflow/table.rs"]
mod table;
#[path = "../benches/cardflow/world.rs"]
mod world;

use std::path::Path;

use cardflow::Cardflow;
use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::cards::SCHEMA;
use cardflow::values::Answers;
use floor::sizes;
use rusqlite::Connection;

fn open(path: &Path) -> Cardflow {
    world::runtime(Cardflow::builder(SqliteStorage::open(path, &SCHEMA).unwrap()))
}

#[tokio::test]
async fn a_deactivation_writes_little_more_to_the_log_than_the_floor() {
    let (ours, floor) = costs::logged().await;
    println!("a deactivation: {ours:?}, floor {floor:?}, ratio {:.2}", ours.bytes as f64 / floor.bytes as f64);
    assert!(ours.bytes * 100 <= floor.bytes * 115, "{ours:?}, floor {floor:?}");
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
