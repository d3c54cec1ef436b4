use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::ports::{AccessJournal, HistoryLog, Storage};

/// An empty store for a run: the real adapter, with whatever must be kept for as long as it is used.
///
/// ```
/// use cardflow::adapters::memory::MemoryStorage;
/// use cardflow::cards::SCHEMA;
/// use cardflow::testing::simulate::Store;
///
/// let folder = "a folder that is removed when this is dropped";
/// let store = Store::of(MemoryStorage::new(&SCHEMA)).keeping(folder);
/// # let _ = store;
/// ```
#[derive(Clone)]
pub struct Store {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) journal: Arc<dyn AccessJournal>,
    pub(super) log: Arc<dyn HistoryLog>,
    kept: Option<Arc<dyn Any + Send + Sync>>,
}

impl Store {
    /// Of this adapter.
    #[must_use]
    pub fn of<S: Storage + AccessJournal + HistoryLog>(storage: S) -> Store {
        let storage = Arc::new(storage);
        Store { storage: storage.clone(), journal: storage.clone(), log: storage, kept: None }
    }

    /// With something that goes when it is no longer used: a temporary folder, say.
    #[must_use]
    pub fn keeping(self, guard: impl Any + Send + Sync) -> Store {
        Store { kept: Some(Arc::new(guard)), ..self }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("storage", &self.storage).field("keeps", &self.kept.is_some()).finish()
    }
}
