//! The pages of the manual that come from the code: states and processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::fmt::{Debug, Display};
use std::path::Path;

use cardflow::cards::{CardsOptions, package};
use cardflow::domain::{CARD, CERTIFICATE, Graph, HOLD, PERSON, RELATION, TEMPORARY_CARD};
use serde::Deserialize;
use serde::de::value::{Error, MapDeserializer};

/// Holds a page and the data it comes from equal; with `CARDFLOW_BLESS=1`, writes the page.
fn hold(page: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual").join(page);
    if std::env::var_os("CARDFLOW_BLESS").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let line = found.lines().zip(expected.lines()).position(|(a, b)| a != b);
    let line = line.unwrap_or(found.lines().count().min(expected.lines().count())) + 1;
    assert!(
        found == expected,
        "src/manual/{page}, line {line}, is not what the code says; write it anew: \
         CARDFLOW_BLESS=1 cargo test --all-features --test manual"
    );
}

fn section<S: Copy + Debug + Display + Eq>(graph: &Graph<S>) -> String {
    format!("### States of a {}\n\n{}\n```mermaid\n{}```\n", graph.name, graph.table(), graph.diagram())
}

#[test]
fn the_page_of_states_is_what_the_graphs_say() {
    let head = "## States\n\nEvery way there is; no other change is made. `‡` is final. *Ours* are the ways on which the \
                documentation of the field is silent.\n";
    let sections = [
        section(&CARD),
        section(&TEMPORARY_CARD),
        section(&CERTIFICATE),
        section(&PERSON),
        section(&RELATION),
        section(&HOLD),
    ];
    hold("states.md", &format!("{head}\n{}", sections.join("\n")));
}

#[test]
fn the_page_of_processes_is_what_the_definitions_say() {
    let pages: Vec<_> = package().unwrap().iter().map(|it| it.outline().page()).collect();
    let head = "Options and their defaults: [`CardsOptions`](crate::cards::CardsOptions).\n";
    hold("processes.md", &format!("{head}\n{}", pages.join("\n")));
}

#[test]
fn every_option_a_process_names_is_one() {
    // The refusal of a name that is none lists those there are.
    let none = MapDeserializer::<_, Error>::new([("none", true)].into_iter());
    let known = CardsOptions::deserialize(none).unwrap_err().to_string();
    for process in package().unwrap() {
        for option in &process.outline().options {
            assert!(known.contains(&format!("`{option}`")), "{option}: {known}");
        }
    }
}
