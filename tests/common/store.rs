//! The stores under test. One more line in [`every_store`] and one more maker here try another.

use std::sync::Arc;

use cardflow::CardflowBuilder;
use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::SCHEMA;
use cardflow::ports::{AccessJournal, Storage};
use tempfile::TempDir;

/// An empty store that several hosts can share.
#[derive(Clone)]
pub struct Store {
    pub storage: Arc<dyn Storage>,
    pub journal: Arc<dyn AccessJournal>,
    /// Where its files are, if it has any.
    folder: Option<Arc<TempDir>>,
}

impl Store {
    pub fn memory() -> Store {
        Store::of(MemoryStorage::new(&SCHEMA), None)
    }

    fn of<S: Storage + AccessJournal>(storage: S, folder: Option<TempDir>) -> Store {
        let storage = Arc::new(storage);
        Store { storage: storage.clone(), journal: storage, folder: folder.map(Arc::new) }
    }

    /// The same store, reached through something that watches it.
    pub fn through(&self, storage: Arc<dyn Storage>) -> Store {
        Store { storage, ..self.clone() }
    }

    pub fn builder(&self) -> CardflowBuilder {
        CardflowBuilder::over(self.storage.clone(), self.journal.clone())
    }
}

/// Makes each named function, which takes a [`Store`], a test over every kind of store.
macro_rules! every_store {
    ($($test:ident),+ $(,)?) => {
        $crate::common::store::every_store!(@over memory $($test)+);
    };
    (@over $store:ident $($test:ident)+) => {
        mod $store {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::common::store::Store::$store()).await;
            })+
        }
    };
}
pub(crate) use every_store;
