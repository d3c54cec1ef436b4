//! How often a command asks for memory: a number that creeps up is a copy that crept in.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    missing_docs
)]

#[path = "../benches/cardflow/world.rs"]
mod world;

use allocation_counter::measure;
use cardflow::Cardflow;
use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::SCHEMA;
use cardflow::values::Answers;

/// The whole runtime over memory, where the store's own share is small and the same every time.
#[test]
fn a_deactivation_asks_for_memory_so_often() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let cards = world::runtime(Cardflow::builder(MemoryStorage::new(&SCHEMA)));
    let all = runtime.block_on(world::fill(&cards, 20));
    let operator = world::operator();
    let mut worst = [0; 3];
    for card in all {
        let (mut start, mut next, mut deliver) = (None, None, None);
        let begun = measure(|| {
            start = Some(runtime.block_on(cards.start(&operator, "CardsProcDeactivate", card)).unwrap());
        });
        let task = start.unwrap().id();
        let answers = Answers::none().with("reason", "lost");
        let done = measure(|| next = Some(runtime.block_on(cards.next(&operator, task, answers)).unwrap()));
        let told = measure(|| deliver = Some(runtime.block_on(cards.deliver(2)).unwrap()));
        assert_eq!(deliver.unwrap().confirmed, 2);
        let counts = [begun, done, told].map(|it| it.count_total);
        worst = std::array::from_fn(|at| worst[at].max(counts[at]));
    }
    println!("allocations: start {}, Next {}, two confirmations {}", worst[0], worst[1], worst[2]);
    for (what, count, most) in [("start", worst[0], 210), ("Next", worst[1], 315), ("confirmations", worst[2], 220)] {
        assert!(count <= most, "{what}: {count} allocations, at most {most}");
    }
}
