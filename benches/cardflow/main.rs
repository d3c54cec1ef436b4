//! How fast it is, each figure beside a floor measured in the same run. `cargo bench` prints one table at the end.
//!
//! The micro-benchmarks are criterion's. Whole deactivations change the store they run on, so they are measured in rounds,
//! ours and the floor in turn, and the ratio is the median of the rounds' ratios: machines are noisy, neighbours come and go.
//!
//! `CARDFLOW_BENCH_CARDS` (100 000) sets the number of cards; `CARDFLOW_BENCH_GROWTH=1000000` adds the growth to a million
//! cards, finished instances and open tasks; `CARDFLOW_BENCH_CRL` (1 000 000) is the length of the longest CRL, `CARDFLOW_BENCH_EFFECTS` (100 000) how many requests
//! one worker works off. `cargo bench --bench cardflow -- costs growth` makes these rows alone.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, clippy::disallowed_methods, missing_docs)]

mod core;
mod costs;
mod crl;
mod effects;
mod evidence;
mod floor;
mod growth;
mod inbox;
mod simulator;
mod sqlite;
mod table;
mod world;

use mimalloc::MiMalloc;
use table::Table;
use tokio::runtime::Runtime;

/// As a service takes one that asks for memory this often; the floor has it too.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

type Rows = fn(&Runtime, &mut Table);

const ROWS: [(&str, Rows); 9] = [
    ("engine", |_, table| core::pure_engine(table)),
    ("memory", |_, table| core::memory(table)),
    ("simulator", |_, table| simulator::rows(table)),
    ("costs", costs::rows),
    ("sqlite", sqlite::deactivations),
    ("effects", effects::rows),
    ("inbox", inbox::rows),
    ("crl", crl::rows),
    ("growth", growth::growth),
];

fn main() {
    let mut table = Table::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let asked: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    let known = |it: &String| ROWS.iter().any(|(name, _)| name == it);
    assert!(asked.iter().all(known), "the rows are {:?}", ROWS.map(|(name, _)| name));
    for (_, rows) in ROWS.iter().filter(|(name, _)| asked.is_empty() || asked.iter().any(|it| it == name)) {
        rows(&runtime, &mut table);
    }
    table.print();
}

pub fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}
