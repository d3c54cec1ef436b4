//! The stores, with the log and the journal that each of them keeps, too.

use std::sync::Arc;

use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::SCHEMA;
use cardflow::engine::Schema;
use cardflow::ports::{AccessJournal, HistoryLog, Storage};
use cardflow::testing::conformance::history_log::{HistoryLogCapabilities, HistoryLogFactory};
use cardflow::testing::conformance::journal::JournalFactory;
use cardflow::testing::conformance::storage::{StorageCapabilities, StorageFactory};

struct Memory;

impl StorageFactory for Memory {
    type Guard = ();

    async fn storage(&self, schema: &'static Schema) -> ((), Arc<dyn Storage>) {
        ((), Arc::new(MemoryStorage::new(schema)))
    }

    fn capabilities(&self) -> StorageCapabilities {
        StorageCapabilities { durable: false, ..StorageCapabilities::ALL }
    }
}

impl HistoryLogFactory for Memory {
    type Guard = ();

    async fn log(&self, schema: &'static Schema) -> ((), Arc<dyn Storage>, Arc<dyn HistoryLog>) {
        let storage = Arc::new(MemoryStorage::new(schema));
        ((), storage.clone(), storage)
    }

    fn capabilities(&self) -> HistoryLogCapabilities {
        HistoryLogCapabilities { durable: false }
    }
}

impl JournalFactory for Memory {
    type Guard = ();

    async fn journal(&self) -> ((), Arc<dyn AccessJournal>) {
        ((), Arc::new(MemoryStorage::new(&SCHEMA)))
    }
}

mod memory {
    cardflow::storage_conformance!(super::Memory);
}

mod log_in_memory {
    cardflow::history_log_conformance!(super::Memory);
}

mod journal_in_memory {
    cardflow::journal_conformance!(super::Memory);
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::path::Path;

    use cardflow::adapters::sqlite::SqliteStorage;
    use tempfile::TempDir;

    use super::*;

    struct Sqlite;

    fn open(folder: &Path, schema: &'static Schema) -> Arc<SqliteStorage> {
        Arc::new(SqliteStorage::open(folder.join("store.db"), schema).unwrap())
    }

    fn create(schema: &'static Schema) -> (TempDir, Arc<SqliteStorage>) {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(folder.path(), schema);
        (folder, storage)
    }

    impl StorageFactory for Sqlite {
        type Guard = TempDir;

        async fn storage(&self, schema: &'static Schema) -> (TempDir, Arc<dyn Storage>) {
            let (folder, storage) = create(schema);
            (folder, storage)
        }

        async fn reopen(&self, folder: &TempDir, schema: &'static Schema) -> Arc<dyn Storage> {
            open(folder.path(), schema)
        }
    }

    impl HistoryLogFactory for Sqlite {
        type Guard = TempDir;

        async fn log(&self, schema: &'static Schema) -> (TempDir, Arc<dyn Storage>, Arc<dyn HistoryLog>) {
            let (folder, storage) = create(schema);
            (folder, storage.clone(), storage)
        }

        async fn reopen(&self, folder: &TempDir, schema: &'static Schema) -> (Arc<dyn Storage>, Arc<dyn HistoryLog>) {
            let storage = open(folder.path(), schema);
            (storage.clone(), storage)
        }
    }

    impl JournalFactory for Sqlite {
        type Guard = TempDir;

        async fn journal(&self) -> (TempDir, Arc<dyn AccessJournal>) {
            let (folder, storage) = create(&SCHEMA);
            (folder, storage)
        }
    }

    cardflow::storage_conformance!(Sqlite);

    mod log {
        cardflow::history_log_conformance!(super::Sqlite);
    }

    mod journal {
        cardflow::journal_conformance!(super::Sqlite);
    }
}
