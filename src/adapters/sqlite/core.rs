use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot::{self, Receiver};
use rusqlite::Connection;

use super::checkpoint;
use super::file::OpenFile;
use super::{journal, retain, work, write};
use crate::engine::Schema;
use crate::ports::{Claim, Commit, Committed, Refused, StorageError, Work};
use crate::values::Timestamp;

/// So many rows are written before the log is brought into the file: rarer costs disk, not safety. Commits that come one by
/// one write somewhat more than a page for each row.
const CHECKPOINT_ROWS: u64 = 16_000;

/// One thing to be written, and where the answer goes. An answer nobody waits for any more is dropped.
#[derive(Debug)]
pub(super) enum Job {
    Commit(Box<Commit>, Answer<Committed>),
    Claim(Claim, Answer<Vec<Work>>),
    Forget(Timestamp, Answer<u64>),
    Note(Box<Refused>),
    /// Nothing: answered once everything before it is on disk.
    Barrier(Answer<()>),
}

/// What came of a job, kept until it may be told.
#[derive(Debug)]
pub(super) struct Answer<T> {
    came: Option<Result<T, StorageError>>,
    to: oneshot::Sender<Result<T, StorageError>>,
}

/// The one writer: it does a batch of jobs in one transaction.
#[derive(Debug)]
pub(super) struct Core {
    connection: Connection,
    schema: &'static Schema,
    refusals: journal::Added,
    /// The batch under way takes something away for good.
    erased: bool,
    /// How many rows had been written when it was last said that the log is long.
    said: u64,
    /// Held by who brings the log into the file: SQLite refuses a second one.
    checkpoints: Arc<Mutex<()>>,
    /// Dropped after the connection: until then the file is nobody else's.
    file: Arc<OpenFile>,
}

impl Core {
    pub(super) fn new(file: Arc<OpenFile>, connection: Connection, schema: &'static Schema) -> Self {
        Core {
            connection,
            schema,
            refusals: journal::Added::new(),
            erased: false,
            said: 0,
            checkpoints: Arc::default(),
            file,
        }
    }

    /// Stands in for a disk that is full.
    #[cfg(test)]
    pub(super) fn limit_pages(&self, pages: u32) {
        self.connection.pragma_update(None, "max_page_count", pages).unwrap();
    }

    /// The connection, for reading: outside of a batch it sees what is on disk, and has most of it in memory.
    pub(super) fn idle(&self) -> Option<&Connection> {
        Some(&self.connection).filter(|it| it.is_autocommit())
    }

    /// Does the jobs, and answers them after the flush.
    ///
    /// INVARIANT: no job is answered before the transaction is on disk, where it is found again; a job that fails leaves
    /// nothing behind and harms no other.
    pub(super) fn run(&mut self, jobs: impl IntoIterator<Item = Job>) {
        let mut batch = Vec::new();
        let mut fault = self.begin().err();
        // Few jobs fail, and most of those before they have written anything. So there are no savepoints at first: where a
        // job fails half done, everything is taken back and done once more, each job apart.
        let mut half_done = false;
        for mut job in jobs {
            if fault.is_none() && !half_done {
                let before = self.connection.total_changes();
                let done = self.perform(&mut job);
                half_done = !done && self.connection.total_changes() != before;
                fault = self.ended();
            }
            batch.push(job);
        }
        if half_done && fault.is_none() {
            fault = self.each_apart(&mut batch).err();
        }
        if fault.is_none() {
            fault = execute(&self.connection, "commit").err();
        }
        if std::mem::take(&mut self.erased) && fault.is_none() {
            let _alone = self.checkpoints.lock().unwrap_or_else(PoisonError::into_inner);
            retain::flush_log(&self.connection);
        }
        if fault.is_some() && !self.connection.is_autocommit() {
            // What the transaction held is not stored; if even this fails, the next `begin` says so.
            drop(execute(&self.connection, "rollback"));
        }
        batch.into_iter().for_each(|it| it.answer(fault.as_deref()));
    }

    fn begin(&self) -> Result<(), String> {
        self.file.check().map_err(|it| it.to_string())?;
        execute(&self.connection, "begin immediate")
    }

    /// Some errors (a full disk, say) end the whole transaction.
    fn ended(&self) -> Option<String> {
        self.connection.is_autocommit().then(|| "an error ended the transaction that this was part of".to_owned())
    }

    /// Begins anew, and does each job in a savepoint of its own.
    fn each_apart(&mut self, batch: &mut [Job]) -> Result<(), String> {
        execute(&self.connection, "rollback")?;
        self.begin()?;
        for job in batch {
            execute(&self.connection, "savepoint job")?;
            if !self.perform(job) {
                execute(&self.connection, "rollback to job")?;
            }
            execute(&self.connection, "release job")?;
        }
        Ok(())
    }

    /// Does one job; says whether it succeeded.
    fn perform(&mut self, job: &mut Job) -> bool {
        let connection = &self.connection;
        match job {
            Job::Commit(commit, answer) => {
                self.erased |= !commit.erases.is_empty();
                answer.keep(write::commit(connection, self.schema, commit))
            }
            Job::Claim(claim, answer) => answer.keep(work::claim(connection, claim)),
            Job::Forget(before, answer) => answer.keep(work::forget(connection, *before)),
            Job::Barrier(answer) => answer.keep(Ok(())),
            Job::Note(refused) => {
                // A refusal that cannot be noted fails nobody.
                drop(journal::note(connection, &mut self.refusals, refused));
                true
            }
        }
    }

    /// Whether the log has grown long since this was last so.
    pub(super) fn is_log_long(&mut self) -> bool {
        let written = self.connection.total_changes();
        let is_long = written.saturating_sub(self.said) >= CHECKPOINT_ROWS;
        if is_long {
            self.said = written;
        }
        is_long
    }

    /// Brings the log into the file while nothing is being written.
    pub(super) fn bring_in_log(&self) {
        let _alone = self.checkpoints.lock().unwrap_or_else(PoisonError::into_inner);
        checkpoint::bring_in_log(&self.connection);
    }

    pub(super) fn checkpoints(&self) -> Arc<Mutex<()>> {
        Arc::clone(&self.checkpoints)
    }
}

fn execute(connection: &Connection, statement: &str) -> Result<(), String> {
    let done = connection.prepare_cached(statement).and_then(|mut it| it.execute([]));
    done.map(drop).map_err(|it| it.to_string())
}

impl Job {
    fn answer(self, fault: Option<&str>) {
        match self {
            Job::Commit(_, answer) => answer.give(fault),
            Job::Claim(_, answer) => answer.give(fault),
            Job::Forget(_, answer) => answer.give(fault),
            Job::Barrier(answer) => answer.give(fault),
            Job::Note(_) => {}
        }
    }
}

impl<T> Answer<T> {
    /// An answer, and where it is waited for.
    pub(super) fn new() -> (Self, Receiver<Result<T, StorageError>>) {
        let (to, wait) = oneshot::channel();
        (Answer { came: None, to }, wait)
    }

    fn keep(&mut self, came: Result<T, StorageError>) -> bool {
        self.came.insert(came).is_ok()
    }

    fn give(self, fault: Option<&str>) {
        let came = match (self.came, fault) {
            (Some(Ok(_)) | None, Some(fault)) => Err(StorageError::Unavailable(fault.into())),
            (Some(came), _) => came,
            (None, None) => Err(StorageError::Unavailable("the writer passed over it".into())),
        };
        drop(self.to.send(came));
    }
}
