//! Durable stores in one file each, on SQLite.

mod audit;
#[cfg(test)]
mod audit_tests;
mod checkpoint;
mod core;
mod error;
mod file;
mod homes;
mod index;
mod journal;
mod ledger;
mod log;
mod read;
mod retain;
mod room;
mod rows;
mod schema;
mod storage;
#[cfg(test)]
mod tests;
mod work;
mod write;
mod writer;

pub use self::audit::SqliteAudit;
pub use self::error::SqliteError;
pub use self::ledger::SqliteLedger;
pub use self::storage::SqliteStorage;
