//! Logs that are cut off or damaged anywhere.

use std::fs;
use std::path::Path;

use cardflow::adapters::sqlite::{SqliteError, SqliteLedger, SqliteStorage};
use cardflow::cards::SCHEMA;
use cardflow::values::{Answers, Digest};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::common::now;
use crate::site::{Host, LEDGER, PROCESSES, STORE, Site, alone, caller, copy_all};
use crate::told::Told;

/// A page of the log with what stands before it.
const FRAME: usize = 4096 + 24;

/// A file that was written by one caller, command by command, up to a moment: the file, its log, and after each command how
/// long the log was and what the file said.
struct Written {
    kind: &'static str,
    folder: TempDir,
    file: Vec<u8>,
    log: Vec<u8>,
    states: Vec<(usize, Digest)>,
}

impl Written {
    async fn of(kind: &'static str) -> Written {
        let site = Site::found().await;
        let path = site.path().join(kind);
        let mut states = vec![(0, content(&path))];
        let host = Host::open(site.path(), now()).unwrap();
        let mut note = || {
            let length = fs::metadata(log_of(&path)).unwrap().len();
            states.push((usize::try_from(length).unwrap(), content(&path)));
        };
        let (operator, card) = (caller("olga"), site.cards[4]);
        let cards = &host.cards;
        let task = cards.start(&operator, PROCESSES[0], card).await.unwrap();
        note();
        cards.next(&operator, task.id(), Answers::none()).await.unwrap();
        note();
        cards.deliver(1).await.unwrap();
        note();
        cards.deliver(1).await.unwrap();
        note();
        cards.run(&operator, PROCESSES[2], site.cards[0], Answers::none()).await.unwrap();
        note();
        let (file, log) = (fs::read(&path).unwrap(), fs::read(log_of(&path)).unwrap());
        // Commands that were none of this file's business.
        states.dedup_by_key(|it| it.1);
        // Opened a thousand times over: in memory, where there is a place for that.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Written { kind, folder, file, log, states }
    }
}

fn log_of(path: &Path) -> std::path::PathBuf {
    path.with_extension("db-wal")
}

/// A digest of every row of every table.
fn content(path: &Path) -> Digest {
    let connection = Connection::open(path).unwrap();
    let mut names = connection.prepare("select name from sqlite_schema where type = 'table' order by name").unwrap();
    let names = names.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap).collect::<Vec<_>>();
    let mut text = String::new();
    for name in names {
        let mut select = connection.prepare(&format!("select * from {name}")).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                text += &format!("{:?} ", row.get_ref(column).unwrap());
            }
            text += "\n";
        }
    }
    Digest::of(text.as_bytes())
}

impl Written {
    /// Opens the file with this log; the number of the state it is in, and those that were answered before the log was as
    /// long as `length`. None if it does not open.
    fn opened(&self, log: &[u8], length: usize) -> Option<(usize, usize)> {
        let path = self.folder.path().join(self.kind);
        fs::write(&path, &self.file).unwrap();
        fs::write(log_of(&path), log).unwrap();
        let opened = match self.kind {
            STORE => SqliteStorage::open(&path, &SCHEMA).map(drop),
            _ => SqliteLedger::open(&path).map(drop),
        };
        match opened {
            Ok(()) => {
                let content = content(&path);
                let state = self.states.iter().rposition(|it| it.1 == content);
                let answered = self.states.iter().rposition(|it| it.0 <= length);
                Some((state.expect("half a command"), answered.unwrap()))
            }
            Err(error) => {
                assert!(matches!(error, SqliteError::Damaged { .. }), "{error}");
                None
            }
        }
    }
}

#[tokio::test]
async fn a_log_that_is_cut_off_loses_what_was_not_answered_when_it_was_as_long() {
    let _alone = alone().await;
    for kind in [STORE, LEDGER] {
        let written = Written::of(kind).await;
        for length in (0..written.log.len()).step_by(512).chain([written.log.len()]) {
            let (state, answered) = written.opened(&written.log[..length], length).expect("cut off, not damaged");
            assert_eq!(state, answered, "{kind} at {length}");
        }
    }
}

#[tokio::test]
async fn a_log_that_is_damaged_does_not_open_unless_only_its_end_is_lost() {
    let _alone = alone().await;
    for kind in [STORE, LEDGER] {
        let written = Written::of(kind).await;
        // Damage in the last commit cannot be told from a commit that was never finished, nor can it in the frame before.
        let last = written.states.len() - 1;
        let end = written.states[last - 1].0 - FRAME;
        // The whole header; then every part of a frame, since it is a prime.
        for place in (0..32).chain((0..written.log.len()).step_by(509)) {
            let mut log = written.log.clone();
            log[place] ^= 1 << (place % 8);
            match written.opened(&log, place) {
                Some((state, answered)) => assert!(state >= answered && place >= end, "{kind} at {place}: {state}"),
                None => assert!(place < written.states[last - 1].0, "{kind} at {place}"),
            }
        }
    }
}

#[tokio::test]
async fn a_last_commit_of_which_only_parts_came_to_the_disk_is_no_damage() {
    let _alone = alone().await;
    let written = Written::of(STORE).await;
    let last = written.states.len() - 1;
    for frame in (written.states[last - 1].0..written.log.len()).step_by(FRAME) {
        for missing in [frame..frame + 24, frame + 24..frame + FRAME, frame..frame + FRAME, frame + 12..frame + 512] {
            let mut log = written.log.clone();
            log[missing].fill(0);
            assert_eq!(written.opened(&log, frame), Some((last - 1, last - 1)), "frame at {frame}");
        }
    }
}

#[tokio::test]
async fn what_commits_that_failed_left_behind_is_no_damage() {
    let _alone = alone().await;
    let site = Site::found().await;
    let host = Host::open(site.path(), now()).unwrap();
    host.cards.start(&caller("olga"), PROCESSES[0], site.cards[5]).await.unwrap();
    let first = site.copied();
    // Three hosts that go on from here, each with one commit; each is longer than the one before.
    let mut logs = Vec::new();
    for (process, card, waits) in [
        (PROCESSES[0], site.cards[4], true),
        (PROCESSES[0], site.cards[4], false),
        (PROCESSES[2], site.cards[3], false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        copy_all(first.path(), folder.path());
        let (host, operator) = (Host::open(folder.path(), now()).unwrap(), caller("olga"));
        let done = match waits {
            true => host.cards.start(&operator, process, card).await,
            false => host.cards.run(&operator, process, card, Answers::none()).await,
        };
        done.unwrap();
        logs.push(fs::read(log_of(&folder.path().join(STORE))).unwrap());
    }
    logs.sort_by_key(Vec::len);
    let [short, middle, long] = logs.as_slice() else { panic!() };
    assert!(short.len() < middle.len() && middle.len() < long.len());
    // The longer ones failed, and were written over from where they began.
    let log = [short, &middle[short.len()..], &long[middle.len()..]].concat();
    fs::write(log_of(&first.path().join(STORE)), log).unwrap();
    let host = Host::open(first.path(), now()).unwrap();
    site.books.audit(&host, &Told::default()).await;
}
