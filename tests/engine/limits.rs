//! What a limit that is used up makes of a command: a table over processes, and what is on record.

use cardflow::engine::{ApprovalPolicy, Event, Limit, Reached, Status, acts};
use cardflow::values::{Answers, Millis, Value};

use crate::bench::{Bench, brief, came, hour};
use crate::library::{Library, Place, Question, Rules};
use crate::processes::{self, bare_form, field, on_book};

/// So many an hour, as the rules of the library say.
pub(crate) fn loans() -> Limit<Library> {
    Limit {
        name: "Loans",
        within: Millis::hours(1),
        most: |rules: &Rules| rules.loans,
        role: |rules: &Rules| rules.senior.as_deref(),
    }
}

/// Form, approval if switched on, change: the shape of a deactivation.
pub(crate) fn take() -> processes::Process {
    on_book("Take", 1)
        .limit(loans())
        .requires(Place::Shelf)
        .form("ask", bare_form().optional([field("why", cardflow::engine::Asks::Flag)]))
        .approval("head", ApprovalPolicy::role("Head"))
        .when(|rules, _| rules.ask_the_head)
        .change("take", Place::Reader, |desk| {
            desk.take_to(Place::Reader)?;
            desk.loan(0)
        })
        .end("taken")
        .build()
        .unwrap()
}

/// No approval step.
fn dump() -> processes::Process {
    on_book("Dump", 1)
        .limit(loans())
        .requires(Place::Workshop)
        .form("ask", bare_form())
        .change("dump", Place::Dump, |desk| desk.take_to(Place::Dump))
        .end("dumped")
        .build()
        .unwrap()
}

/// Asks the outside before anything is changed.
fn inquire() -> processes::Process {
    on_book("Inquire", 1)
        .limit(loans())
        .requires(Place::Shelf)
        .form("ask", bare_form())
        .effect("inquire", |it| Ok(Question { book: it.dossier.subject, to: "catalogue".to_owned() }))
        .change("take", Place::Reader, |desk| {
            desk.take_to(Place::Reader)?;
            desk.loan(0)
        })
        .end("taken")
        .build()
        .unwrap()
}

/// Ends without having done anything, if told so.
fn look() -> processes::Process {
    on_book("Look", 1)
        .limit(loans())
        .requires(Place::Shelf)
        .form("ask", bare_form().optional([field("only", cardflow::engine::Asks::Flag)]))
        .branch("only", |_, answers| answers.get("only") == Some(&Value::Flag(true)), "looked")
        .change("out", Place::Workshop, |desk| desk.take_to(Place::Workshop))
        .end("looked")
        .build()
        .unwrap()
}

fn reached(role: Option<&str>) -> Option<Reached> {
    Some(Reached { limit: "Loans", until: hour(1), role: role.map(str::to_owned) })
}

#[test]
fn beyond_a_limit_a_role_is_asked_or_nothing_is_done() {
    let refused = "LimitReached: the limit `Loans` is reached; the next is possible at 2026-11-24T13:00:00Z, \
                   or another person can do it";
    let workshop = |bench: Bench| Bench { shelf: bench.shelf.clone().taken_to(Place::Workshop), ..bench };
    let only = || Answers::none().with("only", true);
    let table = [
        (Bench::of(take(), Place::Shelf), None, Answers::none(), refused),
        (
            Bench::of(take(), Place::Shelf),
            Some("Senior"),
            Answers::none(),
            "started; bound to 1; answered ask; 1 of Senior asked at head by Loans; waits at head",
        ),
        (workshop(Bench::of(dump(), Place::Shelf)), None, Answers::none(), refused),
        (workshop(Bench::of(dump(), Place::Shelf)), Some("Senior"), Answers::none(), refused),
        (Bench::of(inquire(), Place::Shelf), Some("Senior"), Answers::none(), refused),
        (Bench::of(look(), Place::Shelf), None, Answers::none(), refused),
        // What does nothing is not stopped.
        (Bench::of(look(), Place::Shelf), None, only(), "started; bound to 1; answered ask; no mail; ended: looked"),
    ];
    for (bench, role, answers, expected) in table {
        let within = bench.begin(Some(answers.clone())).unwrap();
        let over = Bench { limit: reached(role), ..bench.clone() };
        assert_eq!(came(&over.begin(Some(answers.clone()))), expected, "{}", bench.process.outline().name);
        assert_eq!(acts(&within.events), expected != brief(&within), "what is stopped is what counts");
        // A form may be opened; Next comes to the same.
        let waits = over.begin(None).unwrap();
        let next = came(&over.next(&waits.instance, answers));
        assert_eq!(next, expected.trim_start_matches("started; bound to 1; "), "{}", bench.process.outline().name);
        assert_eq!(waits.preview, bench.begin(None).unwrap().preview, "the preview is the same");
    }
}

#[test]
fn an_approval_that_the_options_ask_for_is_that_of_the_policy() {
    let mut bench = Bench::of(take(), Place::Shelf);
    std::sync::Arc::make_mut(&mut bench.options.options).ask_the_head = true;
    let asked = bench.begin(Some(Answers::none())).unwrap();
    assert_eq!(brief(&asked), "started; bound to 1; answered ask; 1 of Head asked at head; waits at head");
    assert!(!acts(&asked.events));
}

#[test]
fn an_approval_is_asked_for_only_while_the_state_is_there() {
    let bench = Bench { limit: reached(Some("Senior")), ..Bench::of(take(), Place::Shelf) };
    let waits = bench.begin(None).unwrap();
    let gone = Bench { shelf: bench.shelf.clone().taken_to(Place::Workshop), ..bench };
    let next = gone.next(&waits.instance, Answers::none()).unwrap();
    assert!(!next.events.iter().any(|it| matches!(it, Event::ApprovalAsked { .. })), "{}", brief(&next));
    assert!(matches!(next.instance.status(), Status::Ended(_)));
}

#[test]
fn a_limit_belongs_to_what_a_definition_is() {
    let with = take();
    let without = on_book("Take", 1)
        .requires(Place::Shelf)
        .form("ask", bare_form().optional([field("why", cardflow::engine::Asks::Flag)]))
        .approval("head", ApprovalPolicy::role("Head"))
        .when(|rules, _| rules.ask_the_head)
        .change("take", Place::Reader, |desk| desk.take_to(Place::Reader))
        .end("taken")
        .build()
        .unwrap();
    assert_ne!(with.outline().fingerprint, without.outline().fingerprint);
    assert_eq!(with.outline().limit.as_ref().map(|it| it.name), Some("Loans"));
}
