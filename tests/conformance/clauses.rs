//! The contracts and the suites say the same.

use std::collections::BTreeSet;

use cardflow::testing::conformance::{
    Check, Clause, audit_log, authority, authorizer, directory, gateway, handler, history_log, journal, ledger,
    machine, notifier, option_language, options, published, signer, storage,
};

/// The names in bold at the beginning of the items of a contract.
fn promised(source: &str) -> BTreeSet<&str> {
    let items = source.lines().filter_map(|line| line.trim().strip_prefix("/// - **"));
    items.filter_map(|it| it.split_once(".**")).map(|(name, _)| name).collect()
}

fn held<T>(checks: &[Check<T>]) -> Vec<Clause> {
    checks.iter().map(|it| it.clause).collect()
}

fn hold(contract: &str, clauses: &[Clause]) {
    let names: BTreeSet<_> = clauses.iter().map(|it| it.name).collect();
    assert_eq!(promised(contract), names, "every clause has a check, and every check a clause");
    assert!(clauses.iter().all(|it| it.says.len() > 20 && !it.says.ends_with('.')), "{clauses:?}");
}

#[test]
fn every_clause_of_storage_is_held() {
    let contract = concat!(include_str!("../../src/ports/storage.rs"), include_str!("../../src/ports/search.rs"));
    hold(contract, &held(storage::CHECKS));
}

#[test]
fn every_clause_of_the_other_ports_is_held() {
    hold(include_str!("../../src/ports/audit.rs"), &held(audit_log::CHECKS));
    hold(include_str!("../../src/ports/authority.rs"), &held(authority::CHECKS));
    hold(include_str!("../../src/ports/gateway.rs"), &held(gateway::CHECKS));
    hold(include_str!("../../src/ports/history.rs"), &held(history_log::CHECKS));
    hold(include_str!("../../src/ports/journal.rs"), &held(journal::CHECKS));
    hold(include_str!("../../src/ports/ledger.rs"), &held(ledger::CHECKS));
    hold(include_str!("../../src/ports/notifier.rs"), &held(notifier::CHECKS));
    let options = [held(options::CHECKS), held(option_language::CHECKS)];
    hold(include_str!("../../src/ports/options.rs"), &options.concat());
    hold(include_str!("../../src/ports/published.rs"), &held(published::CHECKS));
    let signatures = [held(signer::SIGNER_CHECKS), held(signer::VERIFIER_CHECKS)];
    hold(include_str!("../../src/ports/signer.rs"), &signatures.concat());
    let outside = [held(handler::CHECKS), held(machine::CLOCK_CHECKS), held(machine::IDS_CHECKS)];
    hold(include_str!("../../src/ports/outside.rs"), &outside.concat());
    hold(include_str!("../../src/ports/rights.rs"), &[held(directory::CHECKS), held(authorizer::CHECKS)].concat());
}

#[test]
fn every_row_of_the_well_known_authority_is_a_check() {
    let table = include_str!("../data/ejbca_revocation.tsv");
    let rows: Vec<_> =
        table.lines().filter_map(|it| it.split_once('\t')).map(|(id, _)| id.to_lowercase()).skip(1).collect();
    // E17 is a text that no order has; E24 to E26 are about persons, whom an authority knows and this library asks nothing of.
    let elsewhere = ["e17", "e24", "e25", "e26"];
    let lists = include_str!("../x509/revised.rs");
    let rows: Vec<_> = rows.iter().filter(|it| !elsewhere.contains(&it.as_str())).collect();
    assert_eq!(rows.len(), 28 - elsewhere.len());
    for row in rows {
        let is_a_check = authority::CHECKS.iter().any(|it| it.name.starts_with(&format!("{row}_")));
        assert!(is_a_check || lists.contains(&format!("async fn {row}_")), "{row}");
    }
}

#[test]
fn there_are_many_checks_and_no_two_of_one_name() {
    let names: BTreeSet<_> = storage::CHECKS.iter().map(|it| it.name).collect();
    assert_eq!(names.len(), storage::CHECKS.len());
    assert!(names.len() >= 200, "{}", names.len());
}

/// Whoever writes an adapter is told which suite proves it, or that there is none.
#[test]
fn the_manual_names_the_suite_of_every_port() {
    let manual = include_str!("../../src/manual/writing_an_adapter.md");
    let (table, none): (Vec<_>, Vec<_>) = manual.lines().partition(|it| it.starts_with("| [`"));
    let named = |lines: &[&str], port: &str| lines.iter().any(|it| it.contains(&format!("(crate::ports::{port})")));
    let without = none.iter().position(|it| it.starts_with("There is none")).unwrap();
    let without: Vec<_> = none[without..].iter().take_while(|it| !it.is_empty()).copied().collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/ports");
    let mut ports = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let traits = source.lines().filter_map(|it| it.strip_prefix("pub trait "));
        ports.extend(traits.map(|it| it.split([':', '<', ' ']).next().unwrap().to_owned()));
    }
    assert!(ports.len() > 15, "{ports:?}");
    for port in ports {
        assert!(named(&table, &port) != named(&without, &port), "{port}");
    }
}
