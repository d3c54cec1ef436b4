use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

use super::checkpoint::Checkpointer;
use super::core::{Core, Job};

/// At most so many jobs share one flush.
const BATCH: usize = 256;

/// The jobs that wait, and who does them: a job that is alone is done by who brings it, and all else by the thread that
/// [`write`](Writer::write)s, batch by batch.
#[derive(Debug)]
pub(super) struct Writer {
    waiting: Mutex<Waiting>,
    bell: Condvar,
    core: Mutex<Core>,
    checkpoints: Arc<Mutex<()>>,
    checkpointer: Checkpointer,
}

#[derive(Debug, Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    /// The thread waits for the bell.
    asleep: bool,
    closed: bool,
}

impl Writer {
    pub(super) fn over(core: Core) -> Self {
        let checkpoints = core.checkpoints();
        Writer {
            waiting: Mutex::default(),
            bell: Condvar::new(),
            core: Mutex::new(core),
            checkpoints,
            checkpointer: Checkpointer::default(),
        }
    }

    /// The one writer, once nothing is being written.
    pub(super) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held by who brings the log into the file.
    pub(super) fn checkpoints(&self) -> MutexGuard<'_, ()> {
        self.checkpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn checkpointer(&self) -> &Checkpointer {
        &self.checkpointer
    }

    /// The one writer, if nothing is being written.
    pub(super) fn idle(&self) -> Option<MutexGuard<'_, Core>> {
        match self.core.try_lock() {
            Ok(core) => Some(core),
            Err(TryLockError::Poisoned(core)) => Some(core.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Puts a job where it waits. Nobody does it before [`settle`](Writer::settle) or [`wake`](Writer::wake) is called.
    pub(super) fn put(&self, job: Job) {
        self.waiting().jobs.push_back(job);
    }

    /// Sees to it that what waits is done: here and now if it is one job and nothing is being written, which spares it the
    /// way to another thread and back; else by the thread.
    pub(super) fn settle(&self) {
        let mut waiting = self.waiting();
        if waiting.jobs.len() == 1
            && let Some(mut core) = self.idle()
        {
            let job = waiting.jobs.pop_front();
            drop(waiting);
            self.run(&mut core, job);
        } else {
            self.ring(&mut waiting);
        }
    }

    /// Leaves what waits to the thread.
    pub(super) fn wake(&self) {
        self.ring(&mut self.waiting());
    }

    /// Ends the threads once nothing waits any more.
    pub(super) fn close(&self) {
        self.checkpointer.close();
        let mut waiting = self.waiting();
        waiting.closed = true;
        self.ring(&mut waiting);
    }

    /// Writes until it is closed.
    pub(super) fn write(&self) {
        let mut waiting = self.waiting();
        loop {
            if !waiting.jobs.is_empty() {
                drop(waiting);
                self.write_all();
                waiting = self.waiting();
            } else if waiting.closed {
                return;
            } else {
                waiting.asleep = true;
                waiting = self.bell.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                waiting.asleep = false;
            }
        }
    }

    /// Writes as long as something waits.
    fn write_all(&self) {
        let mut core = self.core();
        loop {
            let mut waiting = self.waiting();
            let count = waiting.jobs.len().min(BATCH);
            let batch: Vec<Job> = waiting.jobs.drain(..count).collect();
            drop(waiting);
            if batch.is_empty() {
                return;
            }
            self.run(&mut core, batch);
        }
    }

    fn run(&self, core: &mut Core, jobs: impl IntoIterator<Item = Job>) {
        core.run(jobs);
        if core.is_log_long() {
            self.checkpointer.want();
        }
    }

    fn ring(&self, waiting: &mut Waiting) {
        if std::mem::take(&mut waiting.asleep) {
            self.bell.notify_one();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
