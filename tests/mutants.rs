//! Bugs sown on purpose, each of which a test of the kit must catch: a suite for adapters, or the proof of a process.
//!
//! A bug is a file in `tests/mutants`: what is wrong, which judge should see it first, and in which file which lines are
//! to be found and others to be put in their place. That each still fits the source is tried always; that each is caught,
//! where `CARDFLOW_MUTANTS` is `all` or parts of their names (`cancel,sqlite`). `-- --nocapture` shows the table.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "mutants/bug.rs"]
mod bug;
#[path = "mutants/field.rs"]
mod field;

use std::collections::BTreeSet;

use bug::{Bug, Judge};
use field::{Field, Verdict};

/// The test targets that judge; each must hold without any bug.
const JUDGES: [&str; 5] = ["conformance", "explorer", "proofs", "runtime", "simulator"];

#[test]
fn every_bug_fits_the_source() {
    let bugs = Bug::all();
    for bug in &bugs {
        bug.applied(bug::root()).unwrap_or_else(|why| panic!("{}: {why}", bug.name));
        assert!(JUDGES.contains(&bug.judge.target.as_str()), "{}: no judge `{}`", bug.name, bug.judge.target);
    }
    let said: BTreeSet<_> = bugs.iter().map(|it| (&it.what, &it.hunks.first().unwrap().file)).collect();
    assert!(bugs.len() >= 20 && said.len() == bugs.len(), "{} bugs", bugs.len());
}

/// `CARDFLOW_BLESS=1` writes the page.
#[test]
fn the_page_of_bugs_tells_by_what_each_is_seen() {
    let mut page = String::from(
        "# Bugs sown on purpose\n\nEach is a patch in this folder, and seen by what stands beside it; where cases are counted, after so \
many. `CARDFLOW_MUTANTS=all cargo test --all-features --test mutants` tries all of them.\n\n\
| bug | what is wrong | seen by | after |\n| --- | --- | --- | --- |\n",
    );
    for Bug { name, what, judge, after, .. } in Bug::all() {
        let by = std::iter::once(judge.target.as_str()).chain(judge.filter.iter().map(String::as_str));
        let (by, after) = (by.collect::<Vec<_>>().join(" "), after.unwrap_or_default());
        page.push_str(&format!("| `{name}` | {what} | `{by}` | {after} |\n"));
    }
    let path = bug::root().join("tests/mutants/README.md");
    if std::env::var_os("CARDFLOW_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap_or_default() == page,
        "write tests/mutants/README.md anew: CARDFLOW_BLESS=1"
    );
}

#[test]
fn every_bug_is_caught() {
    let Ok(wanted) = std::env::var("CARDFLOW_MUTANTS") else { return };
    let mut bugs = Bug::all();
    bugs.retain(|it| wanted == "all" || wanted.split(',').any(|name| it.name.contains(name)));
    assert!(!bugs.is_empty(), "there is no bug `{wanted}`");
    let mut field = Field::copied();
    field.builds_with(&bugs).unwrap_or_else(|errors| panic!("with a bug it does not build: {errors}"));
    let whole = JUDGES.map(|target| Judge { target: target.to_owned(), filter: Vec::new() });
    for judge in whole.iter().filter(|judge| wanted == "all" || bugs.iter().any(|it| it.judge.target == judge.target)) {
        let verdict = field.ask(judge);
        assert!(matches!(verdict, Verdict::Holds), "without any bug, {}: {verdict}", judge.target);
    }
    let mut alive = Vec::new();
    for bug in &bugs {
        field.sow(bug);
        // The rest of what the kit has, where the first judge sees nothing.
        let verdicts = std::iter::once(&bug.judge).chain(&whole).map(|it| field.ask(it));
        let verdict = verdicts.into_iter().find(|it| !matches!(it, Verdict::Holds)).unwrap_or(Verdict::Holds);
        println!("{:<34} {}\n{:34} {verdict}", bug.name, bug.what, "");
        if !matches!(verdict, Verdict::Fails { .. }) {
            alive.push(format!("{}: {verdict}", bug.name));
        }
        field.weed(bug);
    }
    assert!(alive.is_empty(), "not caught by a test:\n{}", alive.join("\n"));
}
