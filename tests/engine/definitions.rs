//! What a definition must be, and how a registry finds it again.

use std::sync::Arc;

use cardflow::engine::{
    ApprovalPolicy, Asks, Ballot, Bar, Component, Covers, Definition, DefinitionError, DefinitionMismatch, Overdue,
    Registry, Version,
};

use cardflow::values::Millis;

use crate::library::{Books, Desk, Library, No, Place};
use crate::processes::{Process, bare_form, exhibit, field, give_back, lend, on_book, repair, steal};

fn shelve(desk: &mut Desk<'_>) -> Result<(), No> {
    desk.take_to(Place::Shelf)
}

#[test]
fn every_fault_of_a_definition_is_named() {
    use DefinitionError::*;
    let on_shelf = || on_book("P", 1).requires(Place::Shelf);
    let begun = || on_shelf().form("ask", bare_form());
    let unsatisfiable = |step, from: &str, leaves: &str| Unsatisfiable {
        process: "P",
        step,
        from: from.to_owned(),
        leaves: leaves.to_owned(),
    };
    let table: Vec<(&str, Result<Process, DefinitionError>, DefinitionError)> = vec![
        ("no name", on_book("", 1).build(), Name(String::new())),
        ("a blank", on_book("Lend book", 1).build(), Name("Lend book".to_owned())),
        ("a step with a dot", on_shelf().form("a.b", bare_form()).build(), Name("a.b".to_owned())),
        ("no component", Definition::<Library, Books>::of("P", "P", Version(1)).build(), NoComponent("P")),
        ("no state", on_book("P", 1).form("ask", bare_form()).end("e").build(), NoRequiredState("P")),
        ("twice a name", begun().form("ask", bare_form()).end("e").build(), DoubleStep { process: "P", step: "ask" }),
        ("no steps", on_shelf().build(), Empty("P")),
        ("only an end", on_shelf().end("e").build(), Empty("P")),
        ("no end", begun().build(), NoEnd { process: "P", step: "ask" }),
        (
            "a branch past the last step",
            begun().branch("b", |_, _| true, "e").end("e").branch("c", |_, _| true, "e").build(),
            Unreachable { process: "P", step: "c" },
        ),
        (
            "a step after the end",
            begun().end("e").form("f", bare_form()).end("g").build(),
            Unreachable { process: "P", step: "f" },
        ),
        (
            "a branch to nowhere",
            begun().branch("b", |_, _| true, "x").end("e").build(),
            BadBranch { process: "P", step: "b", to: "x" },
        ),
        (
            "a branch back",
            begun().branch("b", |_, _| true, "ask").end("e").build(),
            BadBranch { process: "P", step: "b", to: "ask" },
        ),
        (
            "a branch to itself",
            begun().branch("b", |_, _| true, "b").end("e").build(),
            BadBranch { process: "P", step: "b", to: "b" },
        ),
        (
            "a condition on nothing",
            on_shelf().when(|_, _| true).form("ask", bare_form()).end("e").build(),
            StrayCondition("P"),
        ),
        ("a condition on an end", begun().end("e").when(|_, _| true).build(), StrayCondition("P")),
        (
            "a condition on a branch",
            begun().branch("b", |_, _| true, "e").when(|_, _| true).end("e").build(),
            StrayCondition("P"),
        ),
        ("two conditions", begun().when(|_, _| true).when(|_, _| true).end("e").build(), StrayCondition("P")),
        (
            "a change to where it is",
            begun().change("c", Place::Shelf, shelve).end("e").build(),
            unsatisfiable("c", "`on the shelf`", "on the shelf"),
        ),
        (
            "a change nothing leads to",
            begun().change("c", Place::Reader, shelve).change("d", Place::Dump, shelve).end("e").build(),
            unsatisfiable("d", "`lent`", "thrown away"),
        ),
        (
            "a change on one of two ways",
            on_book("P", 1)
                .requires(Place::Reader)
                .requires(Place::Dump)
                .form("ask", bare_form())
                .change("c", Place::Workshop, shelve)
                .end("e")
                .build(),
            unsatisfiable("c", "`lent`, `thrown away`", "in the workshop"),
        ),
    ];
    for (what, built, expected) in table {
        assert_eq!(built.err(), Some(expected), "{what}");
    }
}

#[test]
fn a_fault_says_what_to_do() {
    let built = on_book("P", 1).requires(Place::Reader).form("f", bare_form()).change("c", Place::Dump, shelve).build();
    assert_eq!(
        built.unwrap_err().to_string(),
        "change `c` of process `P` can never happen: no way leads from `lent` to what it leaves, thrown away"
    );
    let built = on_book("P", 1).requires(Place::Reader).form("f", bare_form()).build();
    assert_eq!(built.unwrap_err().to_string(), "process `P` runs past step `f` without an end; add `.end(…)`");
}

#[test]
fn a_change_that_may_be_passed_over_leaves_both_states_open() {
    let built = on_book("P", 1)
        .requires(Place::Shelf)
        .change("lend", Place::Reader, shelve)
        .when(|rules, _| rules.ask_the_head)
        .change("dump", Place::Dump, shelve)
        .end("e")
        .build();
    assert!(built.is_ok(), "{built:?}");
}

#[test]
fn the_processes_of_the_library_are_well_formed() {
    for built in [lend(), give_back(), repair(), exhibit(), steal()] {
        assert!(built.is_ok(), "{built:?}");
    }
    let lend = lend().unwrap();
    let steps: Vec<_> = lend.outline().steps.iter().map(|it| (it.name, it.kind.name())).collect();
    let expected = [
        ("ask", "form"),
        ("head", "approval"),
        ("for-free", "branch"),
        ("price", "effect"),
        ("lend", "change"),
        ("lent", "end"),
    ];
    assert_eq!(steps, expected);
    assert_eq!(lend.outline().requires, ["on the shelf"]);
    assert_eq!((lend.outline().position("price"), lend.outline().position("x")), (Some(3), None));
}

#[test]
fn a_page_and_a_diagram_are_drawn_from_the_definition() {
    let page = exhibit().unwrap().outline().page();
    for line in [
        "`Exhibit`, version 1. As a librarian I want to show a book.",
        "| needs | on the shelf |",
        "| leaves | The book is back on the shelf |",
        "1. form `where`: shows book; Next or Cancel\n   - hall (`hall`, optional): yes or no",
        "1. branch `no-hall`: goes on at `kept` if its condition holds",
        "1. effect `insure`: asks the outside and waits for the answer",
        "1. change `show`: leaves lent",
        "    start([start]) --> where[form where]\n    where -- Cancel --> cancelled([cancelled])",
        "    when --> no-hall[branch no-hall]\n    no-hall -- if --> kept\n    no-hall --> insure[effect insure]",
        "    shelve --> shown[end shown]\n    kept[end kept]\n",
    ] {
        assert!(page.contains(line), "{line}\n\n{page}");
    }
    assert!(
        lend()
            .unwrap()
            .outline()
            .page()
            .contains("approval `head`, if switched on: 1 of Head must agree (covers: exact)")
    );
}

#[test]
fn a_fingerprint_tells_definitions_apart() {
    let with = |form| on_book("P", 1).requires(Place::Shelf).form("ask", form);
    let build =
        |builder: cardflow::engine::Builder<Library, Books>| builder.end("e").build().unwrap().outline().fingerprint;
    let asking = |asks| build(with(bare_form().optional([field("a", asks)])));
    let (flag, role) = (field("a", Asks::Flag), ApprovalPolicy::role("Head"));
    let prints = [
        build(with(bare_form())),
        build(with(bare_form()).component(Component::SelfService)),
        build(with(bare_form()).requires(Place::Dump)),
        build(with(bare_form()).kinds(["atlas".to_owned()])),
        build(with(bare_form()).when(|_, _| true)),
        build(on_book("Q", 1).requires(Place::Shelf).form("ask", bare_form())),
        build(on_book("P", 2).requires(Place::Shelf).form("ask", bare_form())),
        build(on_book("P", 1).requires(Place::Shelf).form("look", bare_form())),
        build(with(bare_form().optional([flag.clone()]))),
        build(with(bare_form().required([flag]))),
        asking(Asks::Text(5)),
        asking(Asks::Text(6)),
        asking(Asks::Number(1, 5)),
        asking(Asks::Number(1, 6)),
        asking(Asks::Time),
        asking(Asks::PastTime),
        build(with(bare_form()).approval("b", role.clone())),
        build(with(bare_form()).approval("b", role.covers(Covers::Intent))),
        build(with(bare_form()).approval("b", ApprovalPolicy::role("Deputy"))),
        build(with(bare_form()).approval("b", ApprovalPolicy::of(Ballot::role("Head").needs(2)))),
        build(with(bare_form()).approval("b", ApprovalPolicy::role("Head").then(Ballot::role("Deputy")))),
        build(with(bare_form()).approval("b", ApprovalPolicy::role("Head").and(Ballot::role("Deputy")))),
        build(with(bare_form()).approval("b", ApprovalPolicy::role("Head").waits(Millis::hours(1)))),
        build(with(bare_form()).approval("b", ApprovalPolicy::role("Head").overdue(Overdue::Approve))),
        build(with(bare_form()).approval("b", ApprovalPolicy::role("Head").relaxed(Bar::Holder, "few people"))),
        build(with(bare_form()).approval("b", ApprovalPolicy::role("Head")).adjusted(|policy, _| policy)),
        build(with(bare_form()).approval("b", ApprovalPolicy::role("Head")).rejected_to("e")),
        build(with(bare_form()).change("b", Place::Reader, shelve)),
        build(with(bare_form()).change("b", Place::Dump, shelve)),
        build(with(bare_form()).branch("b", |_, _| true, "e")),
        build(with(bare_form()).branch("b", |_, _| true, "c").form("c", bare_form())),
    ];
    for (n, print) in prints.iter().enumerate() {
        assert!(!prints[..n].contains(print), "definition {n} has the fingerprint of another");
    }
    assert_eq!(lend().unwrap().outline().fingerprint, lend().unwrap().outline().fingerprint);
}

#[test]
fn a_registry_keeps_one_of_each_version_and_finds_the_exact_one() {
    let version = |number| {
        Arc::new(on_book("P", number).requires(Place::Shelf).form("ask", bare_form()).end("e").build().unwrap())
    };
    let changed = on_book("P", 1).requires(Place::Dump).form("ask", bare_form()).end("e").build().unwrap();
    let print = |number| version(number).outline().fingerprint;
    let mut registry = Registry::<Library>::default();
    registry.register(version(2)).unwrap();
    registry.register(version(1)).unwrap();
    registry.register(Arc::new(lend().unwrap())).unwrap();

    let twice = registry.register(Arc::new(changed)).unwrap_err();
    assert_eq!(twice.to_string(), "process `P` version 1 is registered already; raise the version of the changed one");
    assert_eq!(registry.latest("P").map(|it| it.outline().version), Some(Version(2)));
    assert!(registry.latest("Q").is_none());
    let all: Vec<_> = registry.all().map(|it| (it.outline().name, it.outline().version.0)).collect();
    assert_eq!(all, [("Lend", 1), ("P", 2)]);

    let found = |number, print| registry.exact("P", Version(number), print).map(|it| it.outline().version.0);
    assert_eq!(found(1, print(1)), Ok(1));
    assert_eq!(found(2, print(2)), Ok(2));
    assert_eq!(found(1, print(2)), Err(DefinitionMismatch::Changed { name: "P".to_owned(), version: 1 }));
    let missing = found(3, print(3)).unwrap_err();
    assert_eq!(missing, DefinitionMismatch::Missing { name: "P".to_owned(), version: 3 });
    assert_eq!(
        missing.to_string(),
        "process `P` version 3 is not registered; register it until its instances have ended"
    );
}
