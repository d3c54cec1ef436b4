//! Everything in memory: the reference for every other adapter, for tests and for trying things out.

mod audit;
mod chains;
mod ledger;
mod state;
mod storage;
mod system;
mod written;

pub use self::audit::MemoryAudit;
pub use self::ledger::MemoryLedger;
pub use self::storage::MemoryStorage;
pub use self::system::{ManualClock, RandomIds, SequentialIds, SystemClock};
