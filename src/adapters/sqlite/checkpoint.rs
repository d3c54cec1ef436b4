use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::writer::Writer;

/// Brings the log into the file when it has grown long, on a thread of its own.
///
/// Most of it is done beside the commits that go on meanwhile. What they added is brought in while they wait: only a log that
/// is in the file to its end begins anew, and else it would grow for as long as there is always something to write.
#[derive(Debug, Default)]
pub(super) struct Checkpointer {
    wanted: Mutex<Wanted>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Wanted {
    now: bool,
    closed: bool,
}

impl Checkpointer {
    /// Asks for a checkpoint.
    pub(super) fn want(&self) {
        self.wanted().now = true;
        self.bell.notify_one();
    }

    /// Ends the thread.
    pub(super) fn close(&self) {
        self.wanted().closed = true;
        self.bell.notify_one();
    }

    /// Works until it is closed.
    pub(super) fn work(&self, writer: &Writer, connection: &Connection) {
        while self.is_wanted() {
            let alone = writer.checkpoints();
            bring_in_log(connection);
            drop(alone);
            writer.core().bring_in_log();
        }
    }

    fn is_wanted(&self) -> bool {
        let mut wanted = self.wanted();
        while !wanted.now && !wanted.closed {
            wanted = self.bell.wait(wanted).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut wanted.now) && !wanted.closed
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Brings the log into the file as far as no reader is in the way. Where it cannot be done it stays, and nothing is lost.
pub(super) fn bring_in_log(connection: &Connection) {
    drop(connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(())));
}
