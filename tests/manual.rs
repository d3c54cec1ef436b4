//! The pages of the manual that come from the code: states, processes, options.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::fmt::{Debug, Display};
use std::path::Path;
use std::sync::Arc;

#[path = "../examples/add_a_process/first.rs"]
mod first;
#[path = "../examples/add_a_process/mended.rs"]
mod mended;

use cardflow::cards::{Cards, CardsOptions, RoleTable, package};
use cardflow::domain::{CARD, CERTIFICATE, CardState, Graph, HOLD, PERSON, Profile, RELATION, TEMPORARY_CARD};
use cardflow::engine::options::{fact_table, option_table};
use cardflow::engine::{Domain, NoticeKind, Process};
use cardflow::ports::{FACTS, OptionLanguage};
use cardflow::testing::explore::{Explored, Property, World, explore, laws};
use cardflow::testing::proof::{Proof, Proven};
use cardflow::testing::simulate::Simulation;
use cardflow::testing::stage::olga;

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

/// Puts what the code says into the blocks of a page that are marked as generated: a fenced one, or all up to an empty line.
fn fill(page: &str, blocks: &[(&str, String)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual").join(page);
    let mut text = std::fs::read_to_string(path).unwrap();
    for (name, content) in blocks {
        let mark = format!("<!-- generated: {name} -->\n");
        let (head, rest) = text.split_once(&mark).unwrap_or_else(|| panic!("{page} has no block `{name}`"));
        let (fence, inside) = match rest.split_once('\n') {
            Some((fence, inside)) if fence.starts_with("```") => (format!("{fence}\n"), inside),
            _ => (String::new(), rest),
        };
        let end = if fence.is_empty() { "\n\n" } else { "```\n" };
        let (_, after) = inside.split_once(end).unwrap();
        let end = if fence.is_empty() { "\n" } else { "```\n" };
        text = format!("{head}{mark}{fence}{}\n{end}{after}", content.trim_end());
    }
    text
}

/// The first version beside the package, the mended one alone, and with what gives back.
fn explorations() -> [Explored; 3] {
    let small = |world: World| world.under(CardsOptions::default()).among([olga()]).at_once(1);
    let back = Property::eventually("it comes back", "an impounded card comes back", |_, state| {
        state.dossier().cards().all(|it| it.state() == CardState::Active)
    });
    let alone = World::of([Arc::new(mended::impound().unwrap()) as Arc<dyn Process<Cards>>]);
    let both = alone.clone().with(mended::hand_back().unwrap());
    let explored = [
        explore(small(World::small().with(first::impound().unwrap()))),
        explore(small(alone).must(back)),
        explore(small(both)),
    ];
    explored[2].holds();
    explored
}

#[test]
fn the_chapter_on_proving_tells_what_the_kit_tells() {
    let story = |process: cardflow::testing::proof::Proof, proof| process.prove().failures(proof)[0].to_string();
    let first = Proof::of(first::impound().unwrap()).unwrap();
    let alone = Proof::of(mended::impound().unwrap()).unwrap();
    let both = alone.clone().beside(mended::hand_back().unwrap()).prove();
    assert_eq!(both.failed(), []);
    let mended = include_str!("../examples/add_a_process/mended.rs");
    let (_, take_away) = mended.split_once("\nfn take_away").unwrap();
    let (take_away, _) = take_away.split_once("\n/// *Hand back").unwrap();
    let proofs = Proven::proofs().map(|(name, says)| format!("| `{name}` | {says} |"));
    let proofs = proofs.collect::<Vec<_>>().join("\n");
    let rules = Simulation::rules().into_iter().map(|(name, says)| format!("| {name} | {says} |"));
    let rules = rules.collect::<Vec<_>>().join("\n");
    let explored = explorations();
    let laws: Vec<_> = laws().iter().map(|it| format!("| {} | {} |", it.name(), it.says())).collect();
    let blocks = [
        ("laws", format!("| law | says |\n| --- | --- |\n{}", laws.join("\n"))),
        ("explored_story", explored[0].story().unwrap().to_string()),
        ("trapped_story", explored[1].story().unwrap().to_string()),
        ("explored", explored[2].report()),
        ("first", include_str!("../examples/add_a_process/first.rs").to_owned()),
        ("story", story(first, "happy_path")),
        ("mended", format!("fn take_away{take_away}")),
        ("way_back", story(alone, "way_back")),
        ("proofs", format!("| proof | says |\n| --- | --- |\n{proofs}")),
        ("report", both.report()),
        ("rules", format!("| rule | says |\n| --- | --- |\n{rules}")),
    ];
    hold("proving_a_process.md", &fill("proving_a_process.md", &blocks));
}

#[cfg(feature = "script")]
#[test]
fn the_chapter_on_options_has_what_is_declared() {
    let rhai: &dyn OptionLanguage<Cards> = &cardflow::adapters::rhai::RhaiOptions;
    let blocks = [
        ("options", option_table(Cards::option_specs())),
        ("script", rhai.shipped()),
        ("facts", fact_table(Cards::fact_specs())),
    ];
    hold("options.md", &fill("options.md", &blocks));
}

#[test]
fn the_chapter_on_rights_has_the_rows_that_ship() {
    hold("rights.md", &fill("rights.md", &[("rights", RoleTable::default().in_words())]));
}

#[test]
fn the_chapter_on_authorities_has_the_rules_of_profiles() {
    hold("authorities.md", &fill("authorities.md", &[("profiles", Profile::table())]));
}

#[test]
fn the_chapter_on_mail_lists_every_kind_and_every_variable() {
    let source = include_str!("../src/engine/notice.rs");
    let kinds = NoticeKind::ALL.iter().map(|kind| {
        let (before, _) = source.split_once(&format!(" = \"{kind}\",")).unwrap();
        let doc = before.lines().rev().find_map(|it| it.trim().strip_prefix("/// ")).unwrap();
        format!("| `{kind}` | {doc} |")
    });
    let facts = FACTS.iter().map(|it| {
        let in_rows = if it.in_rows { "yes" } else { "" };
        format!("| `{}` | {in_rows} | {} |", it.name, it.is)
    });
    let table = |head: &str, rows: Vec<String>| format!("{head}\n{}", rows.join("\n"));
    let blocks = [
        ("kinds", table("| kind | |\n| --- | --- |", kinds.collect())),
        ("facts", table("| variable | in rows | what it is |\n| --- | --- | --- |", facts.collect())),
    ];
    hold("mail.md", &fill("mail.md", &blocks));
}

#[test]
fn every_option_a_process_names_is_one() {
    for process in package().unwrap() {
        for option in &process.outline().options {
            assert!(CardsOptions::SPECS.iter().any(|it| it.name == *option), "{option}");
        }
    }
}
