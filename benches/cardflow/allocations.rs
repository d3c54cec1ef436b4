//! How often a command asks for memory.

use allocation_counter::measure;
use cardflow::Cardflow;
use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::SCHEMA;
use cardflow::values::Answers;

use crate::world;

/// At most, of start, Next and both confirmations of a deactivation: the whole runtime over memory, where the store's own
/// share is small and the same every time.
pub fn counts() -> [(&'static str, u64); 3] {
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
        for (most, counted) in worst.iter_mut().zip([begun, done, told]) {
            *most = counted.count_total.max(*most);
        }
    }
    let [start, next, confirmations] = worst;
    [("start", start), ("Next", next), ("two confirmations", confirmations)]
}
