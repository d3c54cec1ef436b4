use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::thread::JoinHandle;
use std::{fmt, future, thread};

use async_trait::async_trait;
use rusqlite::Connection;

use super::core::{Answer, Core, Job};
use super::file::OpenFile;
use super::rows::failed;
use super::schema::STORE;
use super::writer::Writer;
use super::{SqliteError, index, journal, read};
use crate::engine::Schema;
use crate::engine::chain::Linked;
use crate::ports::{
    AccessJournal, Claim, Commit, Committed, Found, HistoryLog, Home, InstanceRecords, Logged, Query, Refused,
    Remembered, Storage, StorageError, Work,
};
use crate::values::{CommandId, HomeId, InstanceId, PersonId, TenantId, Timestamp};

/// Connections for reading that are kept; more are opened while more are needed.
const READERS: usize = 16;
/// What a connection keeps in memory, in KiB: of a million open tasks, a page of an inbox touches more than the 2 MiB that
/// are usual.
const CACHE: i32 = 8 * 1024;

/// Keeps everything in one SQLite file, durably: the store of a service on one machine.
///
/// All commits that wait at a moment are one transaction, answered after one flush (`synchronous = full`); one that fails
/// harms no other. A thread of its own writes them. Only a commit that is alone is written on the thread that asks, as soon as
/// all that is ready to run there had its turn: that spares it the way to another thread and back. Readers never wait: they have
/// connections of their own (WAL), and read a few rows on the writer's only while nothing is written.
///
/// A read runs on the thread that asks: a few pages for a home, an instance or a page of a search. A search that is
/// *counted* reads all there is; ask for it where a thread may be busy for a while.
///
/// What is erased is overwritten in the file, and the log is emptied after it, unless a reader holds it back till the next
/// time. Pages that were given up before may still hold older copies; `vacuum` on the closed file clears them, and nothing
/// here reaches backups.
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
    writer: Arc<Writer>,
    threads: Vec<JoinHandle<()>>,
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
            // That is for a thread of its own, and not for whoever happens to commit.
            connection.pragma_update(None, "wal_autocheckpoint", 0)?;
            connection.pragma_update(None, "cache_size", -CACHE)?;
            // Nothing stays in a page that has been taken out of it, where that costs nothing.
            connection.pragma_update(None, "secure_delete", "fast")?;
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
        let checkpoints = file.writer().map_err(|it| STORE.failed(&path, it))?;
        let writer = Arc::new(Writer::over(Core::new(Arc::clone(&file), connection, schema)));
        let mut storage = SqliteStorage { writer, threads: Vec::new(), readers: Mutex::default(), schema, file };
        storage.begin("cardflow-sqlite", |it| it.write())?;
        storage.begin("cardflow-log", move |it| it.checkpointer().work(it, &checkpoints))?;
        Ok(storage)
    }

    /// Begins a thread, which ends when the store is closed.
    fn begin(&mut self, name: &str, work: impl FnOnce(&Writer) + Send + 'static) -> Result<(), SqliteError> {
        let writer = Arc::clone(&self.writer);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || work(&writer));
        self.threads.push(thread.map_err(|source| SqliteError::Unavailable {
            what: STORE.what,
            path: self.path(),
            source: source.into(),
        })?);
        Ok(())
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.file.path().to_path_buf()
    }

    async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, StorageError> {
        let (answer, wait) = Answer::new();
        self.writer.put(job(answer));
        let left = LeftToThread(&self.writer);
        // Others that are ready to run may have something to write too: then it is one flush for all.
        let mut yielded = false;
        future::poll_fn(|context| {
            if std::mem::replace(&mut yielded, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        std::mem::forget(left);
        self.writer.settle();
        wait.await.unwrap_or_else(|it| Err(StorageError::Unavailable(it.into())))
    }

    /// A read of a few rows: on the writer's connection while nothing is written. A commit that comes meanwhile waits for it,
    /// so nothing long may be read there.
    fn glance<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, StorageError>) -> Result<T, StorageError> {
        if let Some(core) = self.writer.idle()
            && let Some(connection) = core.idle()
        {
            return ask(connection);
        }
        self.read(ask)
    }

    fn read<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, StorageError>) -> Result<T, StorageError> {
        let free = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match free {
            Some(connection) => connection,
            None => {
                self.file.check().map_err(|it| StorageError::Unavailable(it.into()))?;
                let reader = self.file.reader().map_err(failed)?;
                reader.pragma_update(None, "cache_size", -CACHE).map_err(failed)?;
                reader
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

/// A future that is dropped while its job waits leaves it to the thread: it happens, and soon.
struct LeftToThread<'a>(&'a Writer);

impl Drop for LeftToThread<'_> {
    fn drop(&mut self) {
        self.0.wake();
    }
}

impl Drop for SqliteStorage {
    fn drop(&mut self) {
        // The readers go first, so that the last connection, the writer's, brings the log into the file.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.writer.close();
        self.threads.drain(..).for_each(|it| drop(it.join()));
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
        self.glance(|it| read::homes(it, tenant, homes))
    }

    async fn find(&self, query: &Query) -> Result<Found, StorageError> {
        let find = |it: &Connection| read::find(it, self.schema, query);
        if read::finds_one(self.schema, query) { self.glance(find) } else { self.read(find) }
    }

    async fn instance(&self, tenant: TenantId, instance: InstanceId) -> Result<Option<InstanceRecords>, StorageError> {
        self.glance(|it| read::instance(it, tenant, instance))
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
        self.glance(|it| read::remembered(it, tenant, actor, command))
    }

    async fn under_way(&self, tenant: TenantId, targets: &[String]) -> Result<Vec<String>, StorageError> {
        self.read(|it| read::under_way(it, tenant, targets))
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

    async fn homes_after(
        &self,
        tenant: TenantId,
        home: Option<HomeId>,
        limit: usize,
    ) -> Result<Vec<HomeId>, StorageError> {
        self.read(|it| read::homes_after(it, tenant, home, limit))
    }

    async fn instances_after(
        &self,
        tenant: TenantId,
        instance: Option<InstanceId>,
        limit: usize,
    ) -> Result<Vec<InstanceId>, StorageError> {
        self.read(|it| read::instances_after(it, tenant, instance, limit))
    }

    async fn work_of(&self, tenant: TenantId, instance: InstanceId) -> Result<Vec<Work>, StorageError> {
        self.read(|it| read::work_of(it, tenant, instance))
    }
}

#[async_trait]
impl AccessJournal for SqliteStorage {
    async fn note(&self, refused: Refused) {
        // A store that cannot write says so to the next command.
        self.writer.put(Job::Note(Box::new(refused)));
        self.writer.wake();
    }

    async fn refusals(&self, tenant: TenantId, limit: usize) -> Result<Vec<Refused>, StorageError> {
        self.ask(Job::Barrier).await?;
        self.read(|it| journal::refusals(it, tenant, limit))
    }
}
