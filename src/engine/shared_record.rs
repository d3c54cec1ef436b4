use std::any::Any;
use std::fmt::{self, Debug};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::record::Record;

/// A record that many hold: cheap to clone, and decoded once.
///
/// It never changes, so neither does what it was decoded to. Whoever wants another makes it from a [`Record`].
///
/// ```
/// use cardflow::engine::{Record, SharedRecord};
/// # use cardflow::engine::{Keys, TASK_KIND};
/// # use cardflow::values::{HomeId, ObjectRef, Revision, TenantId};
/// # use std::convert::Infallible;
/// # use std::sync::Arc;
/// # use uuid::Uuid;
/// # let at = ObjectRef::new(HomeId::from_uuid(Uuid::nil()), TASK_KIND, Uuid::nil());
/// # let (tenant, revision, keys) = (TenantId::new(1), Revision::NONE.next(), Keys::default());
///
/// let record = SharedRecord::from(Record { tenant, at, revision, keys, body: vec![1, 2, 3] });
/// let sum = |it: &Record| Ok::<u8, Infallible>(it.body.iter().sum());
/// assert!(Arc::ptr_eq(&record.decoded(sum)?, &record.clone().decoded(sum)?));
/// # Ok::<(), Infallible>(())
/// ```
#[derive(Clone)]
pub struct SharedRecord(Arc<Kept>);

struct Kept {
    record: Record,
    decoded: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl SharedRecord {
    /// What it holds: as the first who asked decoded it. For each type there is one way to decode it.
    ///
    /// # Errors
    ///
    /// What `decode` says; it is tried again then by whoever asks next.
    pub fn decoded<T: Any + Send + Sync, E>(&self, decode: impl FnOnce(&Record) -> Result<T, E>) -> Result<Arc<T>, E> {
        if let Some(known) = self.0.decoded.get()
            && let Ok(known) = Arc::clone(known).downcast()
        {
            return Ok(known);
        }
        let decoded = Arc::new(decode(self)?);
        // If another was quicker, or it was decoded to something else, that stays.
        drop(self.0.decoded.set(decoded.clone()));
        Ok(decoded)
    }

    /// The record itself, copied if others hold it too.
    #[must_use]
    pub fn into_record(self) -> Record {
        Arc::try_unwrap(self.0).map_or_else(|shared| shared.record.clone(), |it| it.record)
    }
}

impl From<Record> for SharedRecord {
    fn from(record: Record) -> Self {
        SharedRecord(Arc::new(Kept { record, decoded: OnceLock::new() }))
    }
}

impl Deref for SharedRecord {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.0.record
    }
}

impl PartialEq for SharedRecord {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for SharedRecord {}

impl Debug for SharedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&**self, f)
    }
}
