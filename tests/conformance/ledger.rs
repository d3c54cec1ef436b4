use std::sync::Arc;

use cardflow::adapters::memory::MemoryLedger;
use cardflow::ports::AuthorityLedger;
use cardflow::testing::conformance::ledger::{LedgerCapabilities, LedgerFactory};

struct Memory;

impl LedgerFactory for Memory {
    type Guard = ();

    async fn ledger(&self) -> ((), Arc<dyn AuthorityLedger>) {
        ((), Arc::new(MemoryLedger::new()))
    }

    fn capabilities(&self) -> LedgerCapabilities {
        LedgerCapabilities { durable: false }
    }
}

mod memory {
    cardflow::ledger_conformance!(super::Memory);
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::path::Path;
    use std::sync::Arc;

    use cardflow::adapters::sqlite::SqliteLedger;
    use cardflow::ports::AuthorityLedger;
    use cardflow::testing::conformance::ledger::LedgerFactory;
    use tempfile::TempDir;

    struct Sqlite;

    impl LedgerFactory for Sqlite {
        type Guard = TempDir;

        async fn ledger(&self) -> (TempDir, Arc<dyn AuthorityLedger>) {
            let folder = tempfile::tempdir().unwrap();
            let ledger = open(folder.path());
            (folder, ledger)
        }

        async fn reopen(&self, folder: &TempDir) -> Arc<dyn AuthorityLedger> {
            open(folder.path())
        }
    }

    fn open(folder: &Path) -> Arc<dyn AuthorityLedger> {
        Arc::new(SqliteLedger::open(folder.join("ledger.db")).unwrap())
    }

    cardflow::ledger_conformance!(Sqlite);
}
