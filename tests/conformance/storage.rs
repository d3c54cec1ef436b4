use std::sync::Arc;

use cardflow::adapters::memory::MemoryStorage;
use cardflow::engine::Schema;
use cardflow::ports::Storage;
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

mod memory {
    cardflow::storage_conformance!(super::Memory);
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::path::Path;
    use std::sync::Arc;

    use cardflow::adapters::sqlite::SqliteStorage;
    use cardflow::engine::Schema;
    use cardflow::ports::Storage;
    use cardflow::testing::conformance::storage::StorageFactory;
    use tempfile::TempDir;

    struct Sqlite;

    impl StorageFactory for Sqlite {
        type Guard = TempDir;

        async fn storage(&self, schema: &'static Schema) -> (TempDir, Arc<dyn Storage>) {
            let folder = tempfile::tempdir().unwrap();
            let storage = open(folder.path(), schema);
            (folder, storage)
        }

        async fn reopen(&self, folder: &TempDir, schema: &'static Schema) -> Arc<dyn Storage> {
            open(folder.path(), schema)
        }
    }

    fn open(folder: &Path, schema: &'static Schema) -> Arc<dyn Storage> {
        Arc::new(SqliteStorage::open(folder.join("store.db"), schema).unwrap())
    }

    cardflow::storage_conformance!(Sqlite);
}
