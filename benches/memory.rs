//! The pure engine, and the whole runtime over memory beside a plain map that makes the same changes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, clippy::disallowed_methods, missing_docs)]

#[path = "world/mod.rs"]
mod world;

use std::time::Instant;

use cardflow::Cardflow;
use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::SCHEMA;
use cardflow::values::Answers;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let cards = world::runtime(Cardflow::builder(MemoryStorage::new(&SCHEMA)));
    let jobs: usize = std::env::var("JOBS").ok().and_then(|it| it.parse().ok()).unwrap_or(10_000);
    let all = runtime.block_on(world::fill(&cards, 2 * jobs as u64));
    let operator = world::operator();
    runtime.block_on(async {
        let begin = Instant::now();
        for card in &all[..jobs] {
            let task = cards.start(&operator, "CardsProcDeactivate", *card).await.unwrap();
            let seen = task.preview.as_ref().unwrap().digest;
            cards.next(&operator, task.id(), Answers::none().with("reason", "lost").seen(seen)).await.unwrap();
        }
        println!("start + next on memory: {:?} each", begin.elapsed() / jobs as u32);
        let begin = Instant::now();
        for _ in 0..jobs {
            cards.deliver(2).await.unwrap();
        }
        println!("deliver on memory: {:?} each", begin.elapsed() / jobs as u32);
    });
}
