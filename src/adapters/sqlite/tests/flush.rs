//! A kill does not prove a flush: what the kernel holds outlives the process. So a child writes under `strace`, and for each
//! of its acknowledgements the disk is put together as a power cut at that moment leaves it.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::super::schema::STORE;
use super::super::{SqliteLedger, SqliteStorage};
use super::trace::{Call, Disk, Moment, What, moments};
use super::{NOW, SCHEMA, TENANT, shelved};
use crate::domain::{IssuerName, Serial};
use crate::ports::{AuthorityLedger, Commit, LedgerEntry, LedgerStatus, Remembered, Storage};
use crate::values::{CommandId, Digest, Revision};

const TASK: &str = "CARDFLOW_FLUSH";
/// So many callers at once, each with so many commits.
const CALLERS: u64 = 16;
const COMMITS: u64 = 4;

/// What is written, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Store,
    /// The store with `synchronous = normal`, which flushes when it brings its log into the file, and not before.
    Careless,
    Ledger,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Store, Kind::Careless, Kind::Ledger];

    fn is_written(self, path: &Path) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(async {
            let file = Arc::new(Written::open(self, path));
            let callers = (0..CALLERS).map(|caller| {
                let file = Arc::clone(&file);
                tokio::spawn(async move {
                    for n in caller * COMMITS..(caller + 1) * COMMITS {
                        file.write(n).await;
                        io::stdout().write_all(format!("ack {n}\n").as_bytes()).unwrap();
                    }
                })
            });
            for caller in callers.collect::<Vec<_>>() {
                caller.await.unwrap();
            }
        });
    }
}

enum Written {
    Store(SqliteStorage),
    Ledger(SqliteLedger),
}

impl Written {
    fn open(kind: Kind, path: &Path) -> Written {
        match kind {
            Kind::Store => Written::Store(SqliteStorage::open(path, &SCHEMA).unwrap()),
            Kind::Careless => {
                let (file, connection) = STORE.open(path).unwrap();
                connection.pragma_update(None, "synchronous", "normal").unwrap();
                Written::Store(SqliteStorage::over(file, connection, &SCHEMA).unwrap())
            }
            Kind::Ledger => Written::Ledger(SqliteLedger::open(path).unwrap()),
        }
    }

    async fn write(&self, n: u64) {
        match self {
            Written::Store(store) => {
                let remember =
                    Remembered { actor: None, command: command(n), at: NOW, content: Digest::ZERO, answer: vec![] };
                let shelved = shelved(u128::from(n) + 1, 1, "a", &format!("n{n}"));
                drop(store.commit(Commit { remember: Some(remember), ..shelved }).await.unwrap());
            }
            Written::Ledger(ledger) => {
                let entry = LedgerEntry {
                    serial: serial(n),
                    not_after: NOW,
                    status: LedgerStatus::OnHold { since: NOW },
                    invalid_since: None,
                    revision: Revision::new(1),
                };
                ledger.record(&issuer(), &entry).await.unwrap();
            }
        }
    }

    async fn has(&self, n: u64) -> bool {
        match self {
            Written::Store(store) => store.remembered(TENANT, None, command(n)).await.unwrap().is_some(),
            Written::Ledger(ledger) => ledger.entry(&issuer(), &serial(n)).await.unwrap().is_some(),
        }
    }
}

fn command(n: u64) -> CommandId {
    CommandId::from_uuid(uuid::Uuid::from_u64_pair(1, n))
}

fn issuer() -> IssuerName {
    "CN=Example CA".parse().unwrap()
}

fn serial(n: u64) -> Serial {
    Serial::from_bytes(&[&[1], n.to_be_bytes().as_slice()].concat()).unwrap()
}

/// The other side: does nothing unless a parent has told it what.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let (kind, path) = task.split_once(' ').unwrap();
    let kind = Kind::ALL.into_iter().find(|it| format!("{it:?}") == kind).unwrap();
    kind.is_written(Path::new(path));
}

/// Writes under `strace`; the file and what was done to it. None where there is no `strace`.
fn traced(kind: Kind) -> Option<(tempfile::TempDir, Vec<u8>, String)> {
    if !strace_is_there() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let (path, trace) = (folder.path().join("written.db"), folder.path().join("trace"));
    drop(Written::open(kind, &path));
    let before = fs::read(&path).unwrap();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-xx", "-s", "70000", "-e", "trace=pwrite64,write,fsync,fdatasync", "-o"]).arg(&trace);
    strace.arg(std::env::current_exe().unwrap());
    let name = module_path!().split_once("::").unwrap().1;
    strace.args(["--exact", &format!("{name}::child"), "--nocapture"]).stdout(Stdio::null());
    strace.env(TASK, format!("{kind:?} {}", path.display()));
    assert!(strace.status().unwrap().success());
    let trace = fs::read_to_string(trace).unwrap();
    Some((folder, before, trace))
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn strace_is_there() -> bool {
    let trial = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    let there = trial.is_ok_and(|it| it.success());
    let required = std::env::var("CARDFLOW_REQUIRE").is_ok_and(|it| it == "all");
    assert!(there || !required, "strace is required and not there, or may not trace");
    if !there {
        eprintln!("skipped: strace is not there, or may not trace");
    }
    there
}

/// Cuts the power at every acknowledgement, and while every flush is under way: what was acknowledged until then must be
/// there. Says which acknowledgement is lost first.
async fn survives(kind: Kind, (folder, before, trace): (tempfile::TempDir, Vec<u8>, String)) -> Result<(), u64> {
    let log = folder.path().join("written.db-wal").display().to_string();
    let (mut disk, mut acknowledged, mut coin) = (Disk::default(), Vec::new(), 1_u64);
    for moment in moments(&trace) {
        disk.see(&moment);
        let left = match &moment {
            Moment::Begins(Call { what: What::Say(text), .. }) => {
                let Some(n) = acknowledgement(text) else { continue };
                acknowledged.push(n);
                disk.file(&log)
            }
            Moment::Begins(Call { what: What::Flush(file), .. }) if *file == log => disk.torn(&log, || {
                coin = coin.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                coin >> 63 == 1
            }),
            Moment::Begins(_) | Moment::Done(_) => continue,
        };
        let cut = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let path = cut.path().join("written.db");
        fs::write(&path, &before).unwrap();
        fs::write(cut.path().join("written.db-wal"), left).unwrap();
        let reopened = Written::open(kind, &path);
        for n in &acknowledged {
            if !reopened.has(*n).await {
                return Err(*n);
            }
        }
    }
    assert_eq!(acknowledged.len() as u64, CALLERS * COMMITS, "acknowledgements are missing in the trace");
    Ok(())
}

fn acknowledgement(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.strip_prefix("ack ")?.trim_end().parse().ok()
}

#[tokio::test]
async fn a_store_acknowledges_what_a_power_cut_leaves() {
    let Some(traced) = traced(Kind::Store) else { return };
    assert_eq!(survives(Kind::Store, traced).await, Ok(()));
}

#[tokio::test]
async fn a_store_that_did_not_flush_would_be_found_out() {
    let Some(traced) = traced(Kind::Careless) else { return };
    assert!(survives(Kind::Careless, traced).await.is_err());
}

#[tokio::test]
async fn a_ledger_acknowledges_what_a_power_cut_leaves() {
    let Some(traced) = traced(Kind::Ledger) else { return };
    assert_eq!(survives(Kind::Ledger, traced).await, Ok(()));
}
