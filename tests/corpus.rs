//! The kept corpus of the fuzz targets, on any toolchain: `fuzz/` has the same bodies for `cargo fuzz`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unreachable,
    missing_docs
)]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use self::targets::{TARGETS, seeds};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

/// Gives a target everything that is kept for it, and what its corpus begins with.
fn replay(name: &str) {
    let (_, target) = TARGETS.iter().find(|(it, _)| *it == name).unwrap();
    let mut files: Vec<PathBuf> = fs::read_dir(corpus().join(name)).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "{} files", files.len());
    for file in files {
        let input = fs::read(&file).unwrap();
        // Said where a law is broken, and not otherwise shown.
        println!("{}", file.display());
        target(&input);
    }
    for seed in seeds(name) {
        println!("a seed: {:?}", String::from_utf8_lossy(&seed));
        target(&seed);
    }
}

macro_rules! replays {
    ($($name:ident),+ $(,)?) => {
        const REPLAYED: &[&str] = &[$(stringify!($name)),+];
        $(
            #[test]
            fn $name() {
                replay(stringify!($name));
            }
        )+
    };
}

replays!(
    authority_answer,
    certificate_pem,
    cursors,
    evidence,
    holder_csv,
    ocsp_request,
    options,
    policies,
    published,
    stored,
    templates,
    webhook,
);

#[test]
fn every_target_has_a_corpus_and_is_replayed() {
    let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(REPLAYED.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>(), names);
    let folders = fs::read_dir(corpus()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    assert_eq!(folders.collect::<BTreeSet<_>>(), names);
    let files = fs::read_dir(corpus().join("../fuzz_targets")).unwrap();
    let files = files.map(|it| it.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
    assert_eq!(files.collect::<BTreeSet<_>>(), names);
}
