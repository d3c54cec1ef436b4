//! The fault matrix: an authority that goes wrong about one certificate of several, and a host that dies at some point of it.
//! In the end everything is as wanted, confirmed and seen, or an incident stands; and nothing is called done before it is.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[path = "faults/authority.rs"]
mod authority;
#[path = "faults/case.rs"]
mod case;
#[path = "common/mod.rs"]
mod common;

use crate::authority::{Fault, Lasts};
use crate::case::{Case, Cut};
use crate::common::Store;

/// Every case of one store; says how many there were.
async fn all(store: fn() -> Store, wanted: impl Fn(&Case) -> bool) -> usize {
    let mut cases = 0;
    for case in Case::all().filter(wanted) {
        case.plays(&store()).await;
        cases += 1;
    }
    cases
}

#[tokio::test]
async fn in_the_end_it_is_as_wanted_or_an_incident_stands() {
    let cases = all(Store::memory, |_| true).await;
    println!("{cases} cases in memory");
    assert_eq!(cases, Fault::ALL.len() * Lasts::ALL.len() * Cut::ALL.len() * (1 + 2 + 3 + 4) * 3);
}

/// In a file, of up to two certificates; all of them if `CARDFLOW_CASES` is set.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn in_the_end_it_is_as_wanted_or_an_incident_stands_in_a_file() {
    let everything = std::env::var_os("CARDFLOW_CASES").is_some();
    let cases = all(Store::sqlite, |it| everything || it.of == 2 && it.on == 2).await;
    println!("{cases} cases in a file");
    assert!(cases >= Fault::ALL.len() * Lasts::ALL.len() * Cut::ALL.len() * 3);
}
