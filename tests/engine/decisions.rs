//! What each command comes to in each status: a table, and what every decision has in common.

use cardflow::engine::{Command, Component, Event, FORM_WAITS, Instance, Outcome, Status};
use cardflow::values::{Answers, EffectId, Millis, Value};
use uuid::Uuid;

use crate::bench::{Bench, actor, brief, came, hour, open_effect, reader, report};
use crate::library::{Library, Place, Reply};
use crate::processes;

type Waiting = (Bench, Option<Instance<Library>>);

/// An instance in every status there is.
fn statuses() -> Vec<(&'static str, Waiting)> {
    let bench = Bench::lend();
    let waiting = bench.begin(None).unwrap();
    let beginning = bench.folded(None, &{
        let mut first = waiting.clone();
        first.events.truncate(1);
        first
    });

    let mut strict = bench.clone();
    std::sync::Arc::make_mut(&mut strict.options.options).ask_the_head = true;
    let approval = strict.begin(Some(reader())).unwrap();
    let outside = bench.begin(Some(reader())).unwrap();

    let back = Bench::of(processes::give_back().unwrap(), Place::Reader);
    let confirming = back.begin(Some(Answers::none())).unwrap();

    let ended = |instance: &Instance<Library>, command| bench.decide(Some(instance), &command).unwrap().instance;
    let due = Bench { now: hour(8), ..bench.clone() };
    let expired = due.decide(Some(&waiting.instance), &Command::Fire).unwrap().instance;
    let gone = Bench { shelf: bench.shelf.clone().taken_to(Place::Workshop), ..bench.clone() };
    let superseded = gone.next(&waiting.instance, reader()).unwrap().instance;
    let done = ended(&outside.instance, report(open_effect(&outside.instance), &bench.shelf, Reply::Fee(3)));
    let cancelled = ended(&waiting.instance, Command::Cancel);

    let over = |instance| (bench.clone(), Some(instance));
    vec![
        ("none", (bench.clone(), None)),
        ("beginning", (bench.clone(), beginning)),
        ("form", over(waiting.instance)),
        ("approval", (strict.clone(), Some(approval.instance))),
        ("outside", over(outside.instance)),
        ("confirming", (back.after(&confirming), Some(confirming.instance))),
        ("done", over(done)),
        ("cancelled", over(cancelled)),
        ("expired", over(expired)),
        ("superseded", over(superseded)),
    ]
}

const COMMANDS: [&str; 10] = [
    "start",
    "run",
    "next",
    "late next",
    "cancel",
    "late cancel",
    "expire",
    "late expire",
    "right report",
    "strange report",
];

fn command(name: &str, (bench, instance): &Waiting) -> Command<Library> {
    let subject = bench.shelf.subject;
    match name {
        "start" => Command::Start { subject, answers: None },
        "run" => Command::Start { subject, answers: Some(reader()) },
        "next" | "late next" => Command::Next(reader()),
        "cancel" | "late cancel" => Command::Cancel,
        "expire" | "late expire" => Command::Fire,
        "right report" => report(open_effect(instance.as_ref().unwrap()), &bench.shelf, Reply::Fee(3)),
        _ => report(EffectId::from_uuid(Uuid::from_u128(0xbad)), &bench.shelf, Reply::Fee(3)),
    }
}

#[test]
fn every_command_in_every_status() {
    let started = "started; bound to 1; waits at ask";
    let answered = "answered ask; waits for catalogue at price";
    let run = format!("started; bound to 1; {answered}");
    let not_due = "NotDue: this falls due only at 2026-11-24T20:00:00Z";
    let none = "NotFound: there is no such instance";
    let strange = "NotAsked: request 00000000-0000-0000-0000-000000000bad is not open";
    let waits = |now: &str| format!("NotWaiting: the instance does not wait for this any more: it is {now}");
    let (form, approval, late) = (waits("waiting at ask"), waits("waiting at head"), waits("expired"));
    let (cancelled, expired) = ("ended: cancelled", "ended: expired");

    let table = |status: &str, command: &str| -> String {
        let stands = match status {
            "beginning" => "beginning",
            "outside" => "waiting for the outside at price",
            "confirming" => "back, waiting for confirmation",
            "done" => "lent (for 3)",
            "superseded" => "superseded: needed on the shelf, found in the workshop",
            other => other,
        };
        match (status, command) {
            ("none", "start") => started.to_owned(),
            ("none", "run") => run.clone(),
            ("none", _) => none.to_owned(),
            (_, "strange report") => strange.to_owned(),
            ("form", "start" | "run") => form.clone(),
            ("form", "next") => answered.to_owned(),
            ("approval", "start" | "run" | "next") => approval.clone(),
            ("form", "cancel") => cancelled.to_owned(),
            ("approval", "cancel") => "ended: withdrawn".to_owned(),
            ("form", "expire") => not_due.to_owned(),
            ("approval", "expire") => not_due.replace("24T20", "27T12"),
            ("form" | "approval", "late expire") => expired.to_owned(),
            // Whether the timer was quicker or not.
            ("form" | "approval", "late next" | "late cancel") => late.clone(),
            ("outside", "right report") => {
                "Fee(3) changed 1; 2 changed by lend, lent; no mail; ended: lent (for 3)".to_owned()
            }
            ("confirming", "right report") => "Fee(3) changed 1; ended: back".to_owned(),
            _ => waits(stands),
        }
    };
    for (status, waiting) in statuses() {
        for name in COMMANDS {
            if name == "right report" && !["outside", "confirming"].contains(&status) {
                continue;
            }
            let (bench, instance) = &waiting;
            let bench = Bench { now: if name.starts_with("late") { hour(72) } else { bench.now }, ..bench.clone() };
            let command = command(name, &waiting);
            let decided = bench.decide(instance.as_ref(), &command);
            assert_eq!(came(&decided), table(status, name), "{status}: {name}");
            let Ok(decision) = decided else { continue };
            // Pure: the same again comes to the same.
            let again = bench.decide(instance.as_ref(), &command).unwrap();
            assert_eq!(format!("{again:?}"), format!("{decision:?}"), "{status}: {name}");
            // The instance is what its events say.
            assert_eq!(
                bench.folded(instance.as_ref(), &decision).as_ref(),
                Some(&decision.instance),
                "{status}: {name}"
            );
        }
    }
}

#[test]
fn the_rejection_of_a_command_too_late_says_how_the_instance_ended() {
    for (status, (bench, instance)) in statuses() {
        let Some(instance) = instance else { continue };
        let Status::Ended(outcome) = instance.status() else { continue };
        let found = bench.next(&instance, reader()).unwrap_err();
        let expected =
            cardflow::engine::Rejection::NotWaiting { now: outcome.to_string(), outcome: Some(outcome.clone()) };
        assert_eq!(found, expected, "{status}");
    }
}

#[test]
fn a_form_waits_exactly_eight_hours() {
    let bench = Bench::lend();
    let begun = bench.begin(None).unwrap();
    assert_eq!(FORM_WAITS, Millis::hours(8));
    let (_, _, until) = begun.instance.waits().unwrap();
    assert_eq!(until, hour(8));
    let before = Bench { now: hour(8).minus(Millis::new(1)), ..bench.clone() };
    assert!(before.decide(Some(&begun.instance), &Command::Fire).is_err());
    assert!(before.next(&begun.instance, reader()).is_ok());
    // The moment itself is over for everybody.
    let then = Bench { now: until, ..bench };
    assert_eq!(brief(&then.decide(Some(&begun.instance), &Command::Fire).unwrap()), "ended: expired");
    assert!(then.next(&begun.instance, reader()).is_err());
}

#[test]
fn cancel_and_expiry_leave_everything_equal() {
    let bench = Bench::lend();
    let begun = bench.begin(None).unwrap();
    let due = Bench { now: hour(8), ..bench.clone() };
    for (bench, command, outcome) in
        [(&bench, Command::Cancel, Outcome::Cancelled), (&due, Command::Fire, Outcome::Expired)]
    {
        let decision = bench.decide(Some(&begun.instance), &command).unwrap();
        assert_eq!(decision.events, [Event::Ended(outcome.clone())]);
        assert_eq!(decision.dossier, bench.shelf);
        assert!(decision.changed.is_empty() && decision.requests.is_empty() && decision.items.is_empty());
        assert_eq!((decision.instance.status(), decision.instance.waits()), (&Status::Ended(outcome), None));
    }
}

#[test]
fn a_run_does_in_one_decision_what_start_and_next_do_in_two() {
    let bench = Bench::lend();
    let begun = bench.begin(None).unwrap();
    let next = bench.after(&begun).next(&begun.instance, reader()).unwrap();
    let run = bench.begin(Some(reader())).unwrap();
    let waits = |it: &Event<Library>| !matches!(it, Event::Waits { .. });
    let words = |events: Vec<Event<Library>>| {
        brief(&crate::bench::Decided { events: events.into_iter().filter(waits).collect(), ..run.clone() })
    };
    assert_eq!(words(run.events.clone()), words(begun.events.into_iter().chain(next.events).collect()));
    assert_eq!((run.dossier, run.requests.len()), (next.dossier, 1));
}

#[test]
fn a_process_begins_only_where_it_may() {
    let bench = Bench::lend();
    let mut atlas = bench.clone();
    atlas.shelf.things[0].body.genre = "atlas".to_owned();
    let mut gone = Bench::of(processes::give_back().unwrap(), Place::Reader);
    gone.shelf.things.clear();
    let elsewhere =
        Bench { actor: cardflow::engine::Actor { component: Component::SelfService, ..actor(1) }, ..bench.clone() };
    let lent = Bench { shelf: bench.shelf.clone().taken_to(Place::Reader), ..bench.clone() };
    let table = [
        (elsewhere, "WrongComponent: process `Lend` is not offered in the self-service component"),
        (atlas, "WrongSort: process `Lend` is for novel only"),
        (lent, "WrongState: process `Lend` needs the state on the shelf; it is lent"),
        (gone, "WrongSort: process `GiveBack` is for book only"),
    ];
    for (bench, expected) in table {
        assert_eq!(came(&bench.begin(None)), expected);
        assert_eq!(came(&bench.begin(Some(reader()))), expected);
    }
}

#[test]
fn only_who_started_it_goes_on_with_a_form() {
    let bench = Bench::lend();
    let begun = bench.begin(None).unwrap();
    let other = Bench { actor: actor(2), ..bench.clone() };
    let words = "NotYours: another person started this instance; only that person can go on with it";
    assert_eq!(came(&other.next(&begun.instance, reader())), words);
    assert_eq!(came(&other.decide(Some(&begun.instance), &Command::Cancel)), words);
}

#[test]
fn answers_are_read_as_their_fields_ask_and_refused_with_what_is_expected() {
    let time = "a time, such as 2026-11-23T10:00:00Z";
    let past = "a time that is not in the future, such as 2026-11-23T10:00:00Z";
    let wrong = |field: &str, given: &str, expected: &str| {
        format!("InvalidAnswer: field `{field}` does not accept `{given}`; expected {expected}")
    };
    let text = "text of 1 to 20 characters";
    let table = [
        (Answers::none(), "InvalidAnswer: field `reader` needs an answer: text of 1 to 20 characters".to_owned()),
        (
            reader().with("colour", "red"),
            "InvalidAnswer: the form has no field `colour`; it has: reader, reason, days, free, since, until"
                .to_owned(),
        ),
        (
            reader().with("\u{1b}[2J", "red"),
            "InvalidAnswer: the form has no field `�[2J`; it has: reader, reason, days, free, since, until".to_owned(),
        ),
        (Answers::none().with("reader", " "), wrong("reader", " ", text)),
        (Answers::none().with("reader", "x".repeat(21)), wrong("reader", &"x".repeat(21), text)),
        (Answers::none().with("reader", "a\u{7}b"), wrong("reader", "a�b", text)),
        (Answers::none().with("reader", true), wrong("reader", "yes", text)),
        (reader().with("reason", "boredom"), wrong("reason", "boredom", "one of study, pleasure")),
        (reader().with("days", 0), wrong("days", "0", "a whole number from 1 to 28")),
        (reader().with("days", 29), wrong("days", "29", "a whole number from 1 to 28")),
        (reader().with("days", "many"), wrong("days", "many", "a whole number from 1 to 28")),
        (reader().with("free", "maybe"), wrong("free", "maybe", "yes or no")),
        (reader().with("free", 1), wrong("free", "1", "yes or no")),
        (reader().with("since", "yesterday"), wrong("since", "yesterday", past)),
        (reader().with("since", hour(1)), wrong("since", "2026-11-24T13:00:00Z", past)),
        (reader().with("until", "soon"), wrong("until", "soon", time)),
        (reader().with("until", true), wrong("until", "yes", time)),
    ];
    let bench = Bench::lend();
    let begun = bench.begin(None).unwrap();
    for (answers, expected) in table {
        assert_eq!(came(&bench.next(&begun.instance, answers.clone())), expected);
        assert_eq!(came(&bench.begin(Some(answers))), expected);
    }
    let full = reader()
        .with("reason", " study ")
        .with("days", "28")
        .with("free", "yes")
        .with("since", hour(0))
        .with("until", "2027-01-01");
    let decision = bench.next(&begun.instance, full).unwrap();
    let Some(Event::Answered { answers, .. }) = decision.events.first() else { panic!("{:?}", decision.events) };
    let read: Vec<_> = answers.iter().map(|(name, value)| format!("{name} {value:?}")).collect();
    let until: cardflow::values::Timestamp = "2027-01-01".parse().unwrap();
    assert_eq!(
        read,
        [
            "days Number(28)".to_owned(),
            "free Flag(true)".to_owned(),
            "reader Text(\"Ada\")".to_owned(),
            "reason Choice(\"study\")".to_owned(),
            format!("since Time({:?})", hour(0)),
            format!("until Time({until:?})"),
        ]
    );
    let decision = bench.next(&begun.instance, reader().with("free", "no")).unwrap();
    let Some(Event::Answered { answers, .. }) = decision.events.first() else { panic!("{:?}", decision.events) };
    assert_eq!(answers.get("free"), Some(&Value::Flag(false)));
}
