//! The stores under test. One more line in [`every_store`] and one more maker here try another.

use std::sync::Arc;

use cardflow::CardflowBuilder;
use cardflow::adapters::memory::{MemoryAudit, MemoryStorage};
use cardflow::cards::SCHEMA;
use cardflow::engine::evidence::Finding;
use cardflow::engine::{CircuitPolicy, RetryPolicy};
use cardflow::ports::{AccessJournal, AuditLog, HistoryLog, SignatureAlgorithm, SignatureVerifier, Storage};
use tempfile::TempDir;

/// An empty store that several hosts can share.
#[derive(Clone)]
pub struct Store {
    pub storage: Arc<dyn Storage>,
    pub journal: Arc<dyn AccessJournal>,
    pub log: Arc<dyn HistoryLog>,
    pub audit: Arc<dyn AuditLog>,
    /// The folder that a file lies in; it goes with the store.
    pub folder: Option<Arc<TempDir>>,
}

impl Store {
    pub fn memory() -> Store {
        Store::of(MemoryStorage::new(&SCHEMA))
    }

    #[cfg(feature = "sqlite")]
    pub fn sqlite() -> Store {
        let folder = tempfile::tempdir().unwrap();
        let storage = cardflow::adapters::sqlite::SqliteStorage::open(folder.path().join("cards.db"), &SCHEMA);
        let audit = cardflow::adapters::sqlite::SqliteAudit::open(folder.path().join("audit.db"));
        let audit = Arc::new(audit.unwrap());
        Store { audit, folder: Some(Arc::new(folder)), ..Store::of(storage.unwrap()) }
    }

    pub fn of<S: Storage + AccessJournal + HistoryLog>(storage: S) -> Store {
        let storage = Arc::new(storage);
        let audit = Arc::new(MemoryAudit::new());
        Store { storage: storage.clone(), journal: storage.clone(), log: storage, audit, folder: None }
    }

    /// The same store, reached through something that watches it.
    pub fn through(&self, storage: Arc<dyn Storage>) -> Store {
        Store { storage, ..self.clone() }
    }

    /// Whatever a test has done through the library: what is stored is what the history tells.
    pub async fn verifies(&self) {
        let auditor = crate::common::principal("aude", cardflow::engine::Component::Administrator);
        let cards = self.builder().build().unwrap();
        let report = match cards.verify(&auditor, &[], &[], &AnySignature).await {
            Ok(report) => report,
            // There is no auditor in this store.
            Err(cardflow::runtime::Error::Rejected(_)) => return,
            Err(error) => panic!("{error:?}"),
        };
        assert_eq!(report.faults().collect::<Vec<_>>(), Vec::<&Finding>::new());
    }

    pub fn builder(&self) -> CardflowBuilder {
        // Pauses without jitter, no end of patience, and systems that are asked again and again: tests say when something is due.
        CardflowBuilder::over(self.storage.clone(), self.journal.clone(), self.log.clone())
            .audit_log(self.audit.clone())
            .retry(RetryPolicy { jitter: 0, deadline: None, ..RetryPolicy::USUAL })
            .circuit(CircuitPolicy { failures: u32::MAX, ..CircuitPolicy::USUAL })
    }
}

/// Who forges signatures is the matter of other tests.
#[derive(Debug)]
struct AnySignature;

impl SignatureVerifier for AnySignature {
    fn verifies(&self, _: SignatureAlgorithm, _: &[u8], _: &[u8], _: &[u8]) -> bool {
        true
    }
}

/// Makes each named function, which takes a [`Store`], a test over every kind of store.
macro_rules! every_store {
    ($($test:ident),+ $(,)?) => {
        $crate::common::store::every_store!(@over memory $($test)+);
        #[cfg(feature = "sqlite")]
        $crate::common::store::every_store!(@over sqlite $($test)+);
    };
    (@over $store:ident $($test:ident)+) => {
        mod $store {
            $(#[tokio::test]
            async fn $test() {
                let store = $crate::common::store::Store::$store();
                super::$test(store.clone()).await;
                store.verifies().await;
            })+
        }
    };
}
pub(crate) use every_store;
