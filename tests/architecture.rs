//! The arrows of the house point one way, and the pure layers touch nothing outside: read from the source itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::path::Path;

use syn::visit::{self, Visit};

/// A layer (a folder or file right under `src`), the layers it may name, and why no others.
const LAYERS: &[(&str, &[&str], &str)] = &[
    ("values", &[], "plain values stand below everything"),
    ("domain", &["values"], "cards are pure and know no process"),
    ("engine", &["values"], "processes are pure, generic, and name no card (law 3)"),
    ("ports", &["domain", "engine", "values"], "a port names what passes through it, not who stands behind it"),
    ("outbound", &[], "how to reach a system outside, whatever it is asked"),
    (
        "adapters",
        &["domain", "engine", "outbound", "ports", "values"],
        "an adapter knows its port: no other adapter, no runtime",
    ),
    ("cards", &["domain", "engine", "ports", "values"], "joins cards and processes, and nothing runs it there"),
    ("runtime", &["engine", "ports", "values"], "runs any domain over any adapter, so it names none (law 3)"),
    (
        "cardflow",
        &["adapters", "cards", "domain", "engine", "ports", "runtime", "values"],
        "the front door plugs cards, the runtime and the machine's defaults together",
    ),
    (
        "worker",
        &["engine", "ports", "runtime", "values"],
        "runs the runtime on an executor, which the runtime does not know",
    ),
    (
        "testing",
        &["adapters", "cardflow", "cards", "domain", "engine", "lib", "ports", "runtime", "values"],
        "the kit for tests may know all",
    ),
    ("manual", &[], "the manual is prose"),
    ("lib", &["cardflow"], "the root declares modules and re-exports the front door"),
];

/// Layers whose results depend on their arguments alone (law 2).
const PURE: &[&str] = &["values", "domain", "engine"];

/// What would make a pure layer impure: the beginning of a path, or one of its segments.
const IMPURE: &[(&str, &str)] = &[
    ("std::time", "time comes in as `now`"),
    ("std::fs", "no files"),
    ("std::net", "no network"),
    ("std::io", "no input or output"),
    ("std::env", "options come in as values"),
    ("std::thread", "nothing is spawned"),
    ("std::process", "nothing is spawned"),
    ("HashMap", "its order is random: take a BTreeMap"),
    ("HashSet", "its order is random: take a BTreeSet"),
    ("RandomState", "it is random"),
    ("getrandom", "ids come in as values"),
    ("rand", "ids come in as values"),
    ("new_v4", "ids come in as values"),
    ("now_v7", "ids come in as values"),
];

/// Where crates that an adapter alone needs may be named; else their types could reach a public signature.
const MAY_NAME_ADAPTER_CRATES: &[&str] = &["adapters", "outbound", "testing", "worker"];

/// Files past this want to be two.
const LINES: usize = 400;

/// The optional dependencies of the crate: what features pull in for their adapters.
fn adapter_crates() -> impl Iterator<Item = String> {
    let optional = include_str!("../Cargo.toml").lines().filter(|line| line.contains("optional = true"));
    optional.filter_map(|line| Some(line.split_once(" = ")?.0.replace('-', "_")))
}

/// What a file names.
#[derive(Default)]
struct Named {
    module: Vec<String>,
    /// Every path, from the root of the crate if it leads into it.
    paths: Vec<Vec<String>>,
    is_async: bool,
}

impl Named {
    fn path(&mut self, segments: Vec<String>) {
        let mut from = self.module.clone();
        let inside = match segments.first().map(String::as_str) {
            Some("crate") => Some(Vec::new()),
            Some("self") => Some(from),
            Some("super") => {
                let up = segments.iter().take_while(|it| *it == "super").count();
                from.truncate(from.len().saturating_sub(up));
                Some(from)
            }
            _ => None,
        };
        let Some(mut path) = inside else { return self.paths.push(segments) };
        path.insert(0, "crate".to_owned());
        path.extend(segments.into_iter().skip_while(|it| ["crate", "self", "super"].contains(&it.as_str())));
        self.paths.push(path);
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let mut here = before.to_vec();
        match tree {
            syn::UseTree::Path(it) => {
                here.push(it.ident.to_string());
                self.tree(&here, &it.tree);
            }
            syn::UseTree::Group(it) => it.items.iter().for_each(|tree| self.tree(&here, tree)),
            syn::UseTree::Glob(_) => self.path(here),
            syn::UseTree::Name(syn::UseName { ident }) | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                here.push(ident.to_string());
                self.path(here);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Named {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.path(path.segments.iter().map(|it| it.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    /// The tokens of a macro are not parsed; paths in them are found by their spelling.
    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        let tokens = found.tokens.to_string().replace(" :: ", "::").replace(":: ", "::").replace(" ::", "::");
        for word in tokens.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            let segments: Vec<_> = word.split("::").filter(|it| !it.is_empty()).map(str::to_owned).collect();
            if !segments.is_empty() {
                self.path(segments);
            }
        }
        visit::visit_macro(self, found);
    }

    /// `pub(super)` names nobody.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.is_async |= signature.asyncness.is_some();
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.is_async = true;
        visit::visit_expr_async(self, block);
    }
}

/// The layer of a path inside the crate; an adapter with its folder.
fn layer_of(path: &[String]) -> (&str, Option<&str>) {
    let first = path.first().map_or("lib", String::as_str);
    let known = LAYERS.iter().any(|(name, ..)| *name == first);
    let adapter = path.get(1).map(String::as_str).filter(|_| first == "adapters");
    (if known { first } else { "lib" }, adapter)
}

/// What is wrong with a file, named by its path under `src`.
fn faults(file: &str, source: &str) -> Vec<String> {
    let module: Vec<_> = file.trim_end_matches(".rs").trim_end_matches("/mod").split('/').map(str::to_owned).collect();
    let (layer, adapter) = layer_of(&module);
    if layer == "lib" && file != "lib.rs" {
        return vec![format!("{file}: give `{}` a row in the table of layers", module[0])];
    }
    let (_, may_use, because) = LAYERS.iter().find(|(name, ..)| *name == layer).unwrap();
    let mut named = Named { module: if file == "lib.rs" { Vec::new() } else { module.clone() }, ..Named::default() };
    named.visit_file(&syn::parse_file(source).unwrap());

    let mut faults = Vec::new();
    let lines = source.lines().count();
    if lines > LINES {
        faults.push(format!("{file}: {lines} lines, split it"));
    }
    if named.is_async && PURE.contains(&layer) {
        faults.push(format!("{file}: async, which waits for something outside"));
    }
    let crates: Vec<_> = adapter_crates().collect();
    for path in named.paths {
        let text = path.join("::");
        if let Some(inside) = text.strip_prefix("crate::").map(|_| &path[1..]) {
            let (other, neighbour) = layer_of(inside);
            let apart = other == layer && adapter.zip(neighbour).is_some_and(|(own, other)| own != other);
            if apart || (other != layer && !may_use.contains(&other)) {
                faults.push(format!("{file}: {text}, but {because}"));
            }
        } else if path.len() > 1 && crates.contains(&path[0]) && !MAY_NAME_ADAPTER_CRATES.contains(&layer) {
            faults.push(format!("{file}: {text}, but only adapters name `{}`", path[0]));
        }
        let impure = |(what, _): &&(&str, &str)| {
            text == *what || text.starts_with(&format!("{what}::")) || path.iter().any(|it| it == what)
        };
        if let Some((_, why)) = IMPURE.iter().find(impure).filter(|_| PURE.contains(&layer)) {
            faults.push(format!("{file}: {text}, but this layer is pure: {why}"));
        }
    }
    faults.dedup();
    faults
}

fn rust_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_keeps_to_its_layer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 80, "the source was not found: {} files", files.len());
    let name = |file: &Path| file.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
    let found: Vec<_> = files.iter().flat_map(|it| faults(&name(it), &std::fs::read_to_string(it).unwrap())).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn the_checker_finds_what_is_forbidden_and_nothing_else() {
    let table: &[(&str, &str, &[&str])] = &[
        // Arrows, in every way Rust spells them.
        ("domain/card.rs", "use crate::values::Kind; use super::Hold; use self::inner::X; use serde::Serialize;", &[]),
        ("domain/card.rs", "use crate::engine::Event;", &["crate::engine::Event"]),
        ("domain/card.rs", "use crate::{values::Kind, engine::{Event, Outcome}};", &["Event", "Outcome"]),
        ("domain/card.rs", "use super::super::engine::Event;", &["crate::engine::Event"]),
        ("domain/plan/mod.rs", "use super::super::engine::*;", &["crate::engine"]),
        ("domain/plan/mod.rs", "use super::Hold;", &[]),
        ("engine/decide.rs", "fn f(it: &crate::domain::Card) {}", &["crate::domain::Card"]),
        ("engine/decide.rs", "fn f() { let _ = matches!(1, crate::domain::ONE); }", &["crate::domain::ONE"]),
        ("engine/decide.rs", "macro_rules! m { () => { $crate::domain::Card }; }", &["crate::domain::Card"]),
        (
            "engine/decide.rs",
            "mod tests { use super::super::Event; use super::super::super::domain::Card; }",
            &["Card"],
        ),
        ("engine/decide.rs", "impl crate::Cardflow {}", &["crate::Cardflow"]),
        ("runtime/read.rs", "use crate::domain::Card;", &["crate::domain::Card"]),
        ("runtime/read.rs", "use crate::adapters::memory::SystemClock;", &["SystemClock"]),
        ("runtime/read.rs", "use crate::ports::Storage; pub(super) fn f() {} pub(in crate::runtime) fn g() {}", &[]),
        ("ports/storage.rs", "use crate::runtime::Runtime;", &["crate::runtime::Runtime"]),
        ("cards/mod.rs", "use crate::runtime::Runtime;", &["crate::runtime::Runtime"]),
        ("cards/mod.rs", "use crate::{domain::Card, engine::Domain, ports::Notifier};", &[]),
        ("values/id.rs", "use crate::domain::Card;", &["crate::domain::Card"]),
        ("adapters/sqlite/mod.rs", "use crate::ports::Storage; mod a { use super::core; }", &[]),
        ("adapters/sqlite/mod.rs", "use crate::adapters::memory::State;", &["memory::State"]),
        ("adapters/sqlite/core.rs", "use super::super::memory::State;", &["memory::State"]),
        ("adapters/mod.rs", "pub use self::memory::MemoryStorage;", &[]),
        ("adapters/x509/mod.rs", "use crate::cards::Cards;", &["crate::cards::Cards"]),
        ("cardflow.rs", "use crate::{adapters::memory::SystemClock, cards::Cards, runtime::Runtime};", &[]),
        ("lib.rs", "pub mod domain; mod cardflow; pub use self::cardflow::Cardflow;", &[]),
        ("extras/mod.rs", "", &["give `extras` a row"]),
        // Law 2.
        ("engine/decide.rs", "async fn f() {}", &["async"]),
        ("engine/decide.rs", "trait T { async fn f(); }", &["async"]),
        ("domain/card.rs", "fn f() { let _ = async { 1 }; }", &["async"]),
        ("domain/card.rs", "use std::{fmt, time::SystemTime};", &["std::time::SystemTime"]),
        ("domain/card.rs", "fn f() { std::fs::remove_file(\"x\"); }", &["std::fs::remove_file"]),
        ("domain/card.rs", "use std::net;", &["std::net"]),
        ("domain/card.rs", "fn f() { assert!(uuid::Uuid::new_v4().is_nil()); }", &["uuid::Uuid::new_v4"]),
        ("domain/card.rs", "fn f(it: &HashMap<u8, u8>) {}", &["HashMap"]),
        ("engine/run.rs", "fn f() { getrandom::fill(&mut [0]); }", &["getrandom::fill"]),
        ("adapters/memory/system.rs", "use std::time::SystemTime; async fn f() { getrandom::fill(&mut [0]) }", &[]),
        // Crates of adapters.
        ("runtime/mod.rs", "pub fn open(it: rusqlite::Connection) {}", &["rusqlite::Connection"]),
        ("ports/signer.rs", "use x509_cert::Certificate;", &["x509_cert::Certificate"]),
        ("cardflow.rs", "pub type Key = ::rcgen::KeyPair;", &["rcgen::KeyPair"]),
        ("adapters/sqlite/mod.rs", "use rusqlite::Connection;", &[]),
        ("domain/certificate.rs", "fn f(der: &[u8]) { g(der) }", &[]),
        ("domain/long.rs", &"// one more\n".repeat(401), &["401 lines"]),
        ("domain/long.rs", &"// one more\n".repeat(400), &[]),
    ];
    for (file, source, expected) in table {
        let found = faults(file, source);
        let all = found.len() == expected.len() && found.iter().zip(*expected).all(|(it, part)| it.contains(part));
        assert!(all, "{file}: {source:.120}\nexpected {expected:?}\nfound {found:#?}");
    }
}
