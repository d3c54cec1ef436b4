use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::{fmt, thread};

use async_trait::async_trait;
use futures_channel::oneshot;
use rusqlite::Connection;

use super::core::{Answer, Core, Job};
use super::file::OpenFile;
use super::rows::failed;
use super::schema::STORE;
use super::{SqliteError, index, journal, read};
use crate::engine::Schema;
use crate::engine::chain::Linked;
use crate::ports::{
    AccessJournal, Claim, Commit, Committed, Found, HistoryLog, Home, InstanceRecords, Logged, Query, Refused,
    Remembered, Storage, StorageError, Work,
};
use crate::values::{CommandId, HomeId, InstanceId, PersonId, TenantId, Timestamp};

/// At most so many jobs share one flush.
const BATCH: usize = 256;
/// Connections for reading that are kept; more are opened while more are needed.
const READERS: usize = 16;
/// Pages in the log before they are brought into the file: rarer costs disk, not safety.
const CHECKPOINT_PAGES: i32 = 20_000;
/// What the writer keeps in memory, in KiB.
const WRITER_CACHE: i32 = 64 * 1024;

/// Keeps everything in one SQLite file, durably: the store of a service on one machine.
///
/// One thread writes. It puts all commits that wait at a moment into one transaction, each in its own savepoint, and
/// answers after the flush (`synchronous = full`). Readers have connections of their own and never wait for it (WAL).
///
/// A read runs on the thread that asks: a few pages for a home, an instance or a page of a search. A search that is
/// *counted* reads all there is; ask for it where a thread may be busy for a while.
///
/// The file belongs to one process at a time; a file ending in `-lock` beside it says so. The files ending in `-wal` and
/// `-shm` are part of the store: never remove them, and copy a store only with SQLite's own backup. A store whose file or log
/// is removed or replaced while it is open acknowledges nothing any more.
///
/// ```
/// use cardflow::adapters::sqlite::SqliteStorage;
/// use cardflow::cards::SCHEMA;
///
/// let folder = tempfile::tempdir()?;
/// let storage = SqliteStorage::open(folder.path().join("cards.db"), &SCHEMA)?;
/// let refused = SqliteStorage::open(folder.path().join("cards.db"), &SCHEMA).unwrap_err();
/// assert!(refused.to_string().contains("is open already"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqliteStorage {
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
    schema: &'static Schema,
    file: Arc<OpenFile>,
}

impl SqliteStorage {
    /// Opens the store at `path` for the records of a domain, and creates it if it is missing.
    ///
    /// # Errors
    ///
    /// [`SqliteError`]; a file that does not open is left as it is.
    pub fn open(path: impl AsRef<Path>, schema: &'static Schema) -> Result<Self, SqliteError> {
        let (file, connection) = STORE.open(path.as_ref())?;
        Self::over(file, connection, schema)
    }

    /// Over a file that is open, and the connection that writes it.
    pub(super) fn over(
        file: OpenFile,
        mut connection: Connection,
        schema: &'static Schema,
    ) -> Result<Self, SqliteError> {
        let path = file.path().to_path_buf();
        let settings = || {
            connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
            connection.pragma_update(None, "cache_size", -WRITER_CACHE)?;
            // What a savepoint may have to take back stays in memory, not in a file.
            connection.pragma_update(None, "temp_store", "memory")
        };
        settings().map_err(|it| STORE.failed(&path, it))?;
        index::refresh(&mut connection, schema).map_err(|source| SqliteError::Damaged {
            what: STORE.what,
            path: path.clone(),
            source: source.into(),
        })?;
        let file = Arc::new(file);
        let (jobs, waiting) = mpsc::channel();
        let core = Core::new(Arc::clone(&file), connection, schema);
        let writer = thread::Builder::new().name("cardflow-sqlite".to_owned()).spawn(move || write(core, &waiting));
        let writer =
            writer.map_err(|source| SqliteError::Unavailable { what: STORE.what, path, source: source.into() })?;
        Ok(SqliteStorage { jobs: Some(jobs), writer: Some(writer), readers: Mutex::default(), schema, file })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.file.path().to_path_buf()
    }

    fn send(&self, job: Job) -> Result<(), StorageError> {
        let sent = self.jobs.as_ref().and_then(|it| it.send(job).ok());
        sent.ok_or_else(|| StorageError::Unavailable("the writer has ended".into()))
    }

    async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, StorageError> {
        let (answer, wait) = oneshot::channel();
        self.send(job(answer))?;
        wait.await.unwrap_or_else(|it| Err(StorageError::Unavailable(it.into())))
    }

    fn read<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, StorageError>) -> Result<T, StorageError> {
        let free = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match free {
            Some(connection) => connection,
            None => {
                self.file.check().map_err(|it| StorageError::Unavailable(it.into()))?;
                self.file.reader().map_err(failed)?
            }
        };
        let found = ask(&connection);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS {
            readers.push(connection);
        }
        found
    }
}

/// Writes until nobody can send jobs any more.
fn write(mut core: Core, waiting: &mpsc::Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let more = std::iter::from_fn(|| waiting.try_recv().ok()).take(BATCH - 1);
        core.run(std::iter::once(first).chain(more));
    }
}

impl Drop for SqliteStorage {
    fn drop(&mut self) {
        // The readers go first, so that the last connection, the writer's, brings the log into the file.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            drop(writer.join());
        }
    }
}

impl fmt::Debug for SqliteStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStorage").field("file", &self.file).finish_non_exhaustive()
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn commit(&self, commit: Commit) -> Result<Committed, StorageError> {
        self.ask(|answer| Job::Commit(Box::new(commit), answer)).await
    }

    async fn homes(&self, tenant: TenantId, homes: &[HomeId]) -> Result<Vec<Home>, StorageError> {
        self.read(|it| read::homes(it, tenant, homes))
    }

    async fn find(&self, query: &Query) -> Result<Found, StorageError> {
        self.read(|it| read::find(it, self.schema, query))
    }

    async fn instance(&self, tenant: TenantId, instance: InstanceId) -> Result<Option<InstanceRecords>, StorageError> {
        self.read(|it| read::instance(it, tenant, instance))
    }

    async fn history(
        &self,
        tenant: TenantId,
        chain: HomeId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Linked>, StorageError> {
        self.read(|it| read::history(it, tenant, chain, before, limit))
    }

    async fn remembered(
        &self,
        tenant: TenantId,
        actor: Option<PersonId>,
        command: CommandId,
    ) -> Result<Option<Remembered>, StorageError> {
        self.read(|it| read::remembered(it, tenant, actor, command))
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Work>, StorageError> {
        self.ask(|answer| Job::Claim(*claim, answer)).await
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StorageError> {
        self.ask(|answer| Job::Forget(before, answer)).await
    }
}

#[async_trait]
impl HistoryLog for SqliteStorage {
    async fn records_after(&self, tenant: TenantId, position: u64, limit: usize) -> Result<Vec<Logged>, StorageError> {
        self.read(|it| read::records_after(it, tenant, position, limit))
    }
}

#[async_trait]
impl AccessJournal for SqliteStorage {
    async fn note(&self, refused: Refused) {
        // A store that cannot write says so to the next command.
        drop(self.send(Job::Note(Box::new(refused))));
    }

    async fn refusals(&self, tenant: TenantId, limit: usize) -> Result<Vec<Refused>, StorageError> {
        self.ask(Job::Barrier).await?;
        self.read(|it| journal::refusals(it, tenant, limit))
    }
}
