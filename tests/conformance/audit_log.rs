use std::sync::Arc;

use cardflow::adapters::memory::MemoryAudit;
use cardflow::ports::AuditLog;
use cardflow::testing::conformance::audit_log::{AuditLogCapabilities, AuditLogFactory};

struct Memory;

impl AuditLogFactory for Memory {
    type Guard = ();

    async fn audit_log(&self) -> ((), Arc<dyn AuditLog>) {
        ((), Arc::new(MemoryAudit::new()))
    }

    fn capabilities(&self) -> AuditLogCapabilities {
        AuditLogCapabilities { durable: false }
    }
}

mod memory {
    cardflow::audit_log_conformance!(super::Memory);
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::path::Path;
    use std::sync::Arc;

    use cardflow::adapters::sqlite::SqliteAudit;
    use cardflow::ports::AuditLog;
    use cardflow::testing::conformance::audit_log::AuditLogFactory;
    use tempfile::TempDir;

    struct Sqlite;

    impl AuditLogFactory for Sqlite {
        type Guard = TempDir;

        async fn audit_log(&self) -> (TempDir, Arc<dyn AuditLog>) {
            let folder = tempfile::tempdir().unwrap();
            let log = open(folder.path());
            (folder, log)
        }

        async fn reopen(&self, folder: &TempDir) -> Arc<dyn AuditLog> {
            open(folder.path())
        }
    }

    fn open(folder: &Path) -> Arc<dyn AuditLog> {
        Arc::new(SqliteAudit::open(folder.join("audit.db")).unwrap())
    }

    cardflow::audit_log_conformance!(Sqlite);
}
