//! A kill does not prove a flush: what the system holds outlives the process. So a child publishes under `strace`, and what it
//! asked of the system is read: each list is written and flushed, then put in its place, then the folder is flushed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use cardflow::adapters::x509::{CrlFolder, CrlPublisher};

use crate::support::{KEYS, authority, distribution, hour, memory};

const TASK: &str = "CARDFLOW_PUBLISH";

/// The other side: does nothing unless a parent has told it where.
#[tokio::test]
async fn child() {
    let Ok(folder) = std::env::var(TASK) else { return };
    let authority = Arc::new(authority(KEYS[0], memory()).with_distribution(distribution()));
    let publisher = CrlPublisher::new(authority, CrlFolder::at(folder, "cards").unwrap());
    for hours in [0, 1, 18] {
        publisher.tick(hour(hours)).await.unwrap();
    }
}

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

/// What was done to the files of a folder, in order: "write a", "flush a", "a becomes b".
fn deeds(trace: &str, folder: &Path) -> Vec<String> {
    let folder = folder.canonicalize().unwrap().display().to_string();
    let inside = |path: &str| path.strip_prefix(&folder).map(|it| it.trim_start_matches('/').to_owned());
    let between = |line: &str, from: char, to: char| {
        let rest = line.split_once(from)?.1;
        Some(rest.split_once(to)?.0.to_owned())
    };
    let mut deeds: Vec<String> = Vec::new();
    for line in trace.lines() {
        let Some((_, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        let deed = if call.starts_with("rename") {
            let names: Vec<String> = call.split('"').skip(1).step_by(2).filter_map(inside).collect();
            (names.len() == 2).then(|| format!("{} becomes {}", names[0], names[1]))
        } else {
            let what = if call.starts_with("write(") { "write" } else { "flush" };
            between(call, '<', '>').and_then(|it| inside(&it)).map(|it| format!("{what} {it}"))
        };
        deeds.extend(deed.filter(|it| deeds.last() != Some(it)));
    }
    deeds
}

#[test]
fn lists_are_flushed_before_they_are_put_in_place_and_the_folder_after() {
    if !strace_is_there() {
        return;
    }
    let (folder, trace) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-s", "0", "-e", "trace=write,fsync,fdatasync,rename,renameat,renameat2", "-o"]);
    strace.arg(trace.path()).arg(std::env::current_exe().unwrap()).args(["--exact", "durable::child"]);
    strace.env(TASK, folder.path()).stdout(Stdio::null());
    assert!(strace.status().unwrap().success());
    let found = deeds(&std::fs::read_to_string(trace.path()).unwrap(), folder.path());
    let put = |folder: &str, name: &str| {
        let new = format!("{folder}.{name}.new");
        let place = folder.trim_end_matches('/');
        [
            format!("write {new}"),
            format!("flush {new}"),
            format!("{new} becomes {folder}{name}"),
            format!("flush {place}"),
        ]
    };
    let expected = [
        put("", "cards.crl"),
        put("", "cards-delta.crl"),
        // The one before is kept first.
        put("previous/", "cards-00000000000000000001.crl"),
        put("", "cards.crl"),
        put("previous/", "cards-delta-00000000000000000002.crl"),
        put("", "cards-delta.crl"),
    ];
    assert_eq!(found, expected.concat());
}
