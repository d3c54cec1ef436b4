//! Durable stores in one file each, on SQLite.

mod ledger;

pub use self::ledger::{SqliteLedger, SqliteLedgerError};
