use std::sync::Arc;

use futures_channel::oneshot;
use rusqlite::Connection;

use super::file::OpenFile;
use super::{journal, retain, work, write};
use crate::engine::Schema;
use crate::ports::{Claim, Commit, Committed, Refused, StorageError, Work};
use crate::values::Timestamp;

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

pub(super) type Answer<T> = oneshot::Sender<Result<T, StorageError>>;

/// An answer that may be given once the batch is on disk.
enum Ready {
    Commit(Answer<Committed>, Result<Committed, StorageError>),
    Claim(Answer<Vec<Work>>, Result<Vec<Work>, StorageError>),
    Forget(Answer<u64>, Result<u64, StorageError>),
    Barrier(Answer<()>),
    Nothing,
}

/// The one writer, without a thread: it does a batch of jobs in one transaction, each in a savepoint of its own.
#[derive(Debug)]
pub(super) struct Core {
    connection: Connection,
    schema: &'static Schema,
    refusals: journal::Added,
    /// The batch under way takes something away for good.
    erased: bool,
    /// Dropped after the connection: until then the file is nobody else's.
    file: Arc<OpenFile>,
}

impl Core {
    pub(super) fn new(file: Arc<OpenFile>, connection: Connection, schema: &'static Schema) -> Self {
        Core { connection, schema, refusals: journal::Added::new(), erased: false, file }
    }

    /// Stands in for a disk that is full.
    #[cfg(test)]
    pub(super) fn limit_pages(&self, pages: u32) {
        self.connection.pragma_update(None, "max_page_count", pages).unwrap();
    }

    /// Does the jobs, and answers them after the flush.
    ///
    /// INVARIANT: no job is answered before the transaction is on disk, where it is found again; a job that fails leaves
    /// nothing behind and harms no other.
    pub(super) fn run(&mut self, jobs: impl IntoIterator<Item = Job>) {
        let mut ready = Vec::new();
        let mut fault = self.begin().err();
        for job in jobs {
            ready.push(self.perform(job, &mut fault));
        }
        if fault.is_none() {
            fault = execute(&self.connection, "commit").err();
        }
        if std::mem::take(&mut self.erased) && fault.is_none() {
            retain::flush_log(&self.connection);
        }
        if fault.is_some() && !self.connection.is_autocommit() {
            // What the transaction held is not stored; if even this fails, the next `begin` says so.
            drop(execute(&self.connection, "rollback"));
        }
        ready.into_iter().for_each(|it| it.send(fault.as_deref()));
    }

    fn begin(&self) -> Result<(), String> {
        self.file.check().map_err(|it| it.to_string())?;
        execute(&self.connection, "begin immediate")
    }

    fn perform(&mut self, job: Job, fault: &mut Option<String>) -> Ready {
        let connection = &self.connection;
        match job {
            Job::Commit(commit, answer) => {
                self.erased |= !commit.erases.is_empty();
                let done = apart(connection, fault, || write::commit(connection, self.schema, &commit));
                Ready::Commit(answer, done)
            }
            Job::Claim(claim, answer) => {
                Ready::Claim(answer, apart(connection, fault, || work::claim(connection, &claim)))
            }
            Job::Forget(before, answer) => {
                Ready::Forget(answer, apart(connection, fault, || work::forget(connection, before)))
            }
            Job::Barrier(answer) => Ready::Barrier(answer),
            Job::Note(refused) => {
                // A refusal that cannot be noted fails nobody.
                drop(apart(connection, fault, || journal::note(connection, &mut self.refusals, &refused)));
                Ready::Nothing
            }
        }
    }
}

/// Runs one job in its savepoint.
fn apart<T>(
    connection: &Connection,
    fault: &mut Option<String>,
    job: impl FnOnce() -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    if fault.is_none() {
        *fault = execute(connection, "savepoint job").err();
    }
    if let Some(fault) = fault {
        return Err(StorageError::Unavailable(fault.as_str().into()));
    }
    let done = job();
    let ended = match done {
        Ok(_) => execute(connection, "release job"),
        Err(_) => execute(connection, "rollback to job").and_then(|()| execute(connection, "release job")),
    };
    // Some errors (a full disk, say) end the whole transaction: then there is no savepoint any more.
    *fault = ended.err();
    done
}

fn execute(connection: &Connection, statement: &str) -> Result<(), String> {
    let done = connection.prepare_cached(statement).and_then(|mut it| it.execute([]));
    done.map(drop).map_err(|it| it.to_string())
}

impl Ready {
    fn send(self, fault: Option<&str>) {
        match self {
            Ready::Commit(answer, done) => send(answer, done, fault),
            Ready::Claim(answer, done) => send(answer, done, fault),
            Ready::Forget(answer, done) => send(answer, done, fault),
            Ready::Barrier(answer) => send(answer, Ok(()), fault),
            Ready::Nothing => {}
        }
    }
}

fn send<T>(answer: Answer<T>, done: Result<T, StorageError>, fault: Option<&str>) {
    let done = match (done, fault) {
        (Ok(_), Some(fault)) => Err(StorageError::Unavailable(fault.into())),
        (done, _) => done,
    };
    drop(answer.send(done));
}
