//! Everything in the file of a store, changed in every way: each is named, or shown to be no evidence.
//!
//! The changes are generated from the tables as they are: a new table or column is tried without a line here, and fails until
//! it is named or [`NO_EVIDENCE`] says why it need not be.
#![cfg(all(feature = "x509", feature = "sqlite"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs
)]

mod common;

#[path = "tamper/change.rs"]
mod change;
#[path = "tamper/scene.rs"]
mod scene;

use std::collections::BTreeMap;
use std::path::Path;

use change::{Change, Table, tables};
use scene::{Answers, Scene, Verdict};

/// Columns that prove nothing, and why. `*` is every column of the table.
const NO_EVIDENCE: &[(&str, &str, &str)] = &[
    ("object", "n", "where it lies: beside the other objects of its home"),
    ("object", "revision", "a counter against lost updates: a wrong one is at most a conflict that goes away"),
    ("run", "revision", "a counter against lost updates"),
    (
        "run",
        "keys",
        "in whose scope it is listed, which is that of its subject when it was written; what it is listed for is named",
    ),
    ("history", "before", "a link for finding records; where it hides one that is missed, and named"),
    ("work", "turn", "the order in which requests are given out; what is asked and what is answered is on record"),
    ("work", "lane", "how soon a request is given out, beside others"),
    ("work", "due", "when a request is tried next: what is late shows as wanted and not confirmed"),
    ("work", "ready", "when a request is tried next"),
    ("work", "host", "who holds the lease"),
    ("work", "until", "until when the lease runs"),
    ("work", "attempts", "how often it was tried: at least once more than counted is safe by law 5"),
    ("work", "trouble", "what went wrong last, for operators"),
    ("command", "*", "answers kept 30 days for who repeats a command; what was done is on record under its id"),
    ("refusal", "*", "the access journal stands outside every chain by law 12: bounded, and free for the card"),
    ("key", "*", "an index, made anew from the records when `indexed` does not say that it is whole"),
    ("indexed", "*", "says which keys are in the index; without it the index is made anew"),
];

fn is_no_evidence(table: &str, columns: &[&str]) -> bool {
    let excused =
        |column: &&str| NO_EVIDENCE.iter().any(|(of, which, _)| *of == table && (*which == "*" || which == column));
    columns.iter().all(excused)
}

/// What became of the changes: by table and kind of change, by what they were named.
#[derive(Debug, Default)]
struct Tally {
    tried: usize,
    named: BTreeMap<String, BTreeMap<String, usize>>,
    missed: Vec<String>,
}

impl Tally {
    fn note(&mut self, change: &Change, by: &str) {
        self.tried += 1;
        *self.named.entry(change.kind()).or_default().entry(by.to_owned()).or_default() += 1;
    }
}

/// Tries a share of the changes.
fn try_all(scene: &Scene, whole: &Answers, changes: &[Change]) -> Tally {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut tally = Tally::default();
    for change in changes {
        let path = folder.path().join("cards.db");
        scene.copy(&path);
        if let Err(refused) = change.apply(&path) {
            assert!(change.may_be_refused(), "{change}: {refused}");
            tally.note(change, "refused by the schema");
            continue;
        }
        match runtime.block_on(scene.verify(&path)) {
            Verdict::Named(by) => tally.note(change, &by),
            Verdict::Nothing(answers) if is_no_evidence(change.table(), &change.columns()) => {
                // What is no evidence changes nothing that the library tells.
                assert_eq!(answers, *whole, "{change}");
                tally.note(change, "no evidence");
            }
            Verdict::Nothing(answers) if change.table() == "work" && change.is_one_look_more() => {
                assert_eq!(answers, *whole, "{change}");
                tally.note(change, "one look more");
            }
            Verdict::Nothing(_) if change.table() == "work" && change.takes_the_alarm_of(scene.locked) => {
                tally.note(change, "nothing is due any more");
            }
            Verdict::Nothing(_) => {
                let but_for = |column: &str| is_no_evidence(change.table(), &[column]);
                if change.leaves_rows_as_they_were(&scene.path(), but_for) {
                    tally.note(change, "the same but for what is no evidence");
                } else {
                    tally.missed.push(change.to_string());
                }
            }
        }
    }
    tally
}

#[test]
fn every_change_of_the_file_is_named_or_is_no_evidence() {
    let scene = Scene::new();
    let tables = tables(&scene.path());
    let changes: Vec<Change> = tables.iter().flat_map(Table::changes).collect();
    let whole = &scene.whole();
    // One share for each core.
    let shares: Vec<Vec<Change>> = (0..2).map(|it| changes.iter().skip(it).step_by(2).cloned().collect()).collect();
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let running: Vec<_> = shares.iter().map(|it| scope.spawn(|| try_all(&scene, whole, it))).collect();
        running.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let mut all = Tally::default();
    for tally in tallies {
        all.tried += tally.tried;
        all.missed.extend(tally.missed);
        for (kind, named) in tally.named {
            let have = all.named.entry(kind).or_default();
            named.into_iter().for_each(|(by, count)| *have.entry(by).or_default() += count);
        }
    }
    println!("{} changes tried on {} tables", all.tried, tables.len());
    for (kind, named) in &all.named {
        let named: Vec<_> = named.iter().map(|(by, count)| format!("{by} {count}")).collect();
        println!("  {kind:<24} {}", named.join(", "));
    }
    assert!(all.missed.is_empty(), "{} passed unnoticed:\n{}", all.missed.len(), all.missed.join("\n"));
    assert!(all.tried > 1000, "{} changes", all.tried);
    for (table, ..) in NO_EVIDENCE {
        assert!(tables.iter().any(|it| it.name == *table), "there is no table {table} any more");
    }
}

/// Work without a target has stepped out of its line; that it may is for the objects to say.
#[test]
fn a_target_that_is_missing_is_named_unless_the_request_is_overtaken() {
    let scene = Scene::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.db");
    scene.copy(&path);
    let count = |what: &str| {
        let select = format!("select count(*) from work where sort = 1 and {what}");
        rusqlite::Connection::open(&path).unwrap().query_row(&select, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(count("target is null"), 2, "the holds that are overtaken");
    let waiting = count("target is not null");
    assert!(waiting >= 4, "holds that wait, and the revocations: {waiting}");
    assert!(matches!(runtime.block_on(scene.verify(&path)), Verdict::Nothing(_)));
    for place in 0..waiting {
        scene.copy(&path);
        let one = format!(
            "select instance, id from work where sort = 1 and target is not null order by id limit 1 offset {place}"
        );
        let blank = format!("update work set target = null, turn = null where (instance, id) = ({one})");
        assert_eq!(rusqlite::Connection::open(&path).unwrap().execute(&blank, []).unwrap(), 1);
        let Verdict::Named(by) = runtime.block_on(scene.verify(&path)) else { panic!("{place} passed") };
        assert!(by.contains("request"), "{place}: {by}");
    }
}

#[test]
fn an_old_copy_of_the_file_is_named() {
    let scene = Scene::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let Verdict::Named(by) = runtime.block_on(scene.verify(scene.old())) else { panic!("it passed") };
    assert!(by.contains("old copy") && by.contains("cut tail"), "{by}");
}

#[test]
fn a_spoilt_index_is_made_anew() {
    let scene = Scene::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.db");
    scene.copy(&path);
    let index = |path: &Path| change::rows(&rusqlite::Connection::open(path).unwrap(), "key");
    let whole = index(&path);
    let spoil = rusqlite::Connection::open(&path).unwrap();
    spoil.execute_batch("delete from key where code = 3; update key set cluster = id; delete from indexed").unwrap();
    drop(spoil);
    assert_ne!(index(&path), whole);
    drop(cardflow::adapters::sqlite::SqliteStorage::open(&path, &cardflow::cards::SCHEMA).unwrap());
    assert_eq!(index(&path), whole);
}
