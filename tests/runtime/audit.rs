//! What an auditor can ask, and what each record of the history comes to.

use cardflow::cards::CardsOptions;
use cardflow::domain::{Object, RelationKind};
use cardflow::engine::{AuditOutcome, AuditRow, Status};
use cardflow::ports::AuditQuery;
use cardflow::runtime::{AuditPage, Lag, Refusals};
use cardflow::values::{Answers, InstanceId, Millis};

use crate::common::store::every_store;
use crate::common::{Mood, Office, Store, TENANT, issuer, now, rejection};

const DEACTIVATE: &str = "CardsProcDeactivate";

every_store![
    the_three_questions_are_one_call_each,
    every_record_has_its_outcome,
    every_row_quotes_the_record_it_stands_for,
    a_row_tells_of_its_run_what_was_known_by_then,
    every_condition_finds_its_rows_and_no_others,
    what_others_agreed_to_is_not_without_approval,
    the_lag_is_shown,
    an_export_is_a_line_of_json_a_row,
];

impl Office {
    /// Brings the audit log up to date.
    pub(crate) async fn project(&self) {
        while !self.cards.project(TENANT, 7).await.unwrap().up_to_date {}
    }

    pub(crate) async fn audit(&self, query: AuditQuery) -> AuditPage {
        self.project().await;
        self.cards.audit(&self.auditor, query.limit(1000)).await.unwrap()
    }

    /// The outcomes of what was asked for, oldest first.
    async fn outcomes(&self, query: AuditQuery) -> Vec<&'static str> {
        self.audit(query).await.rows.iter().rev().map(|it| it.outcome.name()).collect()
    }
}

fn instances(page: &AuditPage) -> Vec<InstanceId> {
    page.rows.iter().filter_map(|it| it.run.as_ref()).map(|it| it.instance).collect()
}

async fn the_three_questions_are_one_call_each(store: Store) {
    let office = Office::on(&store).await;
    let Office { cards, operator, colleague, auditor, card, .. } = &office;
    let (yesterday, olga) = (now(), office.person("olga").await);
    let done = office.run(DEACTIVATE).await;
    rejection(cards.start(operator, DEACTIVATE, *card).await);
    rejection(cards.start(colleague, DEACTIVATE, *card).await);
    office.wait(Millis::days(1));
    let today = yesterday.plus(Millis::hours(14));
    office.run("CardsProcReactivate").await;
    rejection(cards.start(operator, "CardsProcReactivate", *card).await);
    office.project().await;

    // All refusals.
    let refusals = cards.refusals(auditor, Refusals::all()).await.unwrap();
    assert_eq!(refusals.len(), 3);
    // All deactivations without approval.
    let alone = cards.audit(auditor, AuditQuery::without_approval(DEACTIVATE)).await.unwrap();
    assert_eq!(instances(&alone), [done.id()]);
    assert_eq!((alone.rows[0].actor, alone.next), (Some(olga), None));
    // Everything operator X did yesterday, and what she tried in vain.
    let day = AuditQuery::by(olga).between(yesterday, today);
    let did = cards.audit(auditor, day).await.unwrap();
    assert_eq!(instances(&did), [done.id()]);
    let tried = cards.refusals(auditor, Refusals::all().by(olga).between(yesterday, today)).await.unwrap();
    assert_eq!(tried.iter().map(|it| it.attempt.as_str()).collect::<Vec<_>>(), ["start CardsProcDeactivate"]);
    assert_eq!(cards.refusals(auditor, Refusals::all().by(olga).limit(1)).await.unwrap(), refusals[..1]);
}

async fn every_record_has_its_outcome(store: Store) {
    let office = Office::on(&store).await;
    let Office { cards, operator, card, .. } = &office;
    let bare = Answers::none;
    let of = |id| AuditQuery::all().instance(id);
    let (cancelled, left, late) =
        (office.start(DEACTIVATE).await, office.start("CardsProcLock").await, office.start(DEACTIVATE).await);
    cards.cancel(operator, cancelled.id()).await.unwrap();
    office.authority.is(Mood::Down);
    let slow = office.run(DEACTIVATE).await;
    cards.next(operator, late.id(), bare()).await.unwrap();
    office.settle().await;
    office.authority.is(Mood::Well);
    office.wait(Millis::hours(8));
    cards.tick().await.unwrap();
    office.settle().await;
    let quick = office.run("CardsProcReactivate").await;
    cards.deliver(1).await.unwrap();
    cards.deliver(1).await.unwrap();

    let table = [
        (cancelled.id(), vec!["waiting", "cancelled"]),
        (left.id(), vec!["waiting", "expired"]),
        (late.id(), vec!["waiting", "superseded"]),
        (slow.id(), vec!["done", "confirmed"]),
        // One answer, then the other; the last one ends the run.
        (quick.id(), vec!["done", "confirmed", "confirmed"]),
    ];
    for (instance, expected) in table {
        assert_eq!(office.outcomes(of(instance)).await, expected);
    }
    let registered = office.audit(AuditQuery::all().outcome(AuditOutcome::Registered)).await;
    assert!(registered.rows.iter().any(|it| it.objects.contains(card) && it.run.is_none() && it.actor.is_none()));
    assert!(registered.rows.iter().all(|it| !it.changed));

    // A certificate at home with Ada on a card of Ben's: his deactivation stands in her history as well.
    let (_, bens) = office.employ("Ben Beispiel", "Hamburg", "4800", 20).await;
    let (adas, other) = (office.card_at(*card).await, office.card_at(bens).await);
    let shared = office.certificate(&adas, issuer(), "0E01");
    let carries = office.relation(RelationKind::Carries, &other, shared.at());
    let certificate = shared.at();
    office.register(&[carries, Object::Certificate(shared)]).await;
    let touching = cards.run(operator, DEACTIVATE, bens, bare()).await.unwrap();
    assert_eq!(office.outcomes(of(touching.id())).await, ["touched", "done"]);
    let alone = office.audit(AuditQuery::without_approval(DEACTIVATE).object(certificate)).await;
    assert_eq!(instances(&alone), [touching.id()], "it is listed once");
    office.settle().await;
    let outcomes = office.outcomes(of(touching.id())).await;
    assert_eq!(outcomes, ["touched", "done", "touched", "confirmed"]);
}

async fn every_row_quotes_the_record_it_stands_for(store: Store) {
    let office = Office::on(&store).await;
    office.run(DEACTIVATE).await;
    office.settle().await;
    office.cards.tick().await.unwrap();
    let history = office.cards.history(&office.auditor, office.card).await.unwrap();
    assert!(history.verified.is_ok());
    let page = office.audit(AuditQuery::all()).await;
    let mut here = page.rows.iter().filter(|it| it.chain == office.card.home()).rev();
    for happened in &history.records {
        let (linked, row) = (&happened.linked, here.next().unwrap());
        assert_eq!((row.sequence, row.hash, row.at), (linked.sequence, linked.hash, linked.at));
        assert_eq!(row.command, Some(happened.entry.command));
        assert_eq!((row.actor, &row.role), (happened.entry.actor.person, &happened.entry.actor.role));
        assert_eq!(row.component, Some(happened.entry.actor.component));
    }
    assert_eq!(here.next(), None);
    let positions: Vec<_> = page.rows.iter().map(|it| it.position).collect();
    assert!(positions.is_sorted_by(|a, b| a > b), "newest first: {positions:?}");
}

async fn a_row_tells_of_its_run_what_was_known_by_then(store: Store) {
    let office = Office::on(&store).await;
    let Office { cards, operator, card, .. } = &office;
    let task = office.start(DEACTIVATE).await;
    // Each record is projected alone, so that nothing is known but what the audit log says.
    while cards.project(TENANT, 1).await.unwrap().records > 0 {}
    // The clock goes back: rows of a run stand in the order of times, and are folded in that of the commits.
    office.wait(Millis::hours(-1));
    let answers = Answers::none().with("reason", "stolen").with("note", "on a train");
    cards.next(operator, task.id(), answers).await.unwrap();
    while cards.project(TENANT, 1).await.unwrap().records > 0 {}
    office.settle().await;
    while cards.project(TENANT, 1).await.unwrap().records > 0 {}

    let mut rows = cards.audit(&office.auditor, AuditQuery::all().instance(task.id())).await.unwrap().rows;
    assert_eq!(rows.iter().map(|it| it.outcome.name()).collect::<Vec<_>>(), ["waiting", "confirmed", "done"]);
    rows.sort_by_key(|it| it.position);
    let runs: Vec<_> = rows.iter().map(|it| it.run.clone().unwrap()).collect();
    assert!(runs.iter().all(|it| (it.instance, it.process.as_str()) == (task.id(), DEACTIVATE)));
    assert!(runs.iter().all(|it| it.subject == Some(*card)), "also where the record does not name it");
    let reasons: Vec<_> = runs.iter().map(|it| it.reason.as_deref()).collect();
    assert_eq!(reasons, [None, Some("stolen"), Some("stolen")]);
    assert_eq!(runs.iter().map(|it| it.ended).collect::<Vec<_>>(), [false, true, true]);
    assert!(rows.iter().all(|it| it.objects.contains(card)));
    assert_eq!(rows.iter().map(|it| it.changed).collect::<Vec<_>>(), [false, true, false]);
    assert!(!rows.iter().any(|it| it.json_line().contains("train")), "free text is personal");
}

async fn every_condition_finds_its_rows_and_no_others(store: Store) {
    let office = Office::on(&store).await;
    let Office { cards, operator, colleague, card, .. } = &office;
    let (olga, otto) = (office.person("olga").await, office.person("otto").await);
    let (_, bens) = office.employ("Ben Beispiel", "Berlin", "4800", 20).await;
    let because = |reason| Answers::none().with("reason", reason);
    cards.run(operator, DEACTIVATE, *card, because("lost")).await.unwrap();
    office.wait(Millis::seconds(1));
    cards.run(colleague, DEACTIVATE, bens, because("stolen")).await.unwrap();
    office.wait(Millis::seconds(1));
    cards.run(operator, "CardsProcLock", bens, because("stolen")).await.unwrap();
    office.wait(Millis::seconds(1));
    office.settle().await;

    let all = office.audit(AuditQuery::all()).await.rows;
    let certificate = office.dossier().await.certificates().next().unwrap().at();
    let second = now().plus(Millis::seconds(1));
    let run = |row: &AuditRow| row.run.clone();
    type Want = Box<dyn Fn(&AuditRow) -> bool>;
    let table: Vec<(AuditQuery, usize, Want)> = vec![
        (AuditQuery::by(olga), 2, Box::new(move |it| it.actor == Some(olga))),
        (AuditQuery::by(otto).process("CardsProcLock"), 0, Box::new(|_| false)),
        (AuditQuery::all().object(certificate), 3, Box::new(move |it| it.objects.contains(&certificate))),
        (
            AuditQuery::all().process(DEACTIVATE),
            4,
            Box::new(move |it| run(it).is_some_and(|it| it.process == DEACTIVATE)),
        ),
        (
            AuditQuery::all().process("CardsProcLock").reason("stolen"),
            2,
            Box::new(|it| it.run.as_ref().is_some_and(|it| it.process == "CardsProcLock")),
        ),
        (
            AuditQuery::all().reason("lost"),
            2,
            Box::new(move |it| run(it).is_some_and(|it| it.reason.as_deref() == Some("lost"))),
        ),
        (AuditQuery::all().outcome(AuditOutcome::Done), 3, Box::new(|it| it.outcome == AuditOutcome::Done)),
        (
            AuditQuery::all().outcome(AuditOutcome::Done).between(second, second.plus(Millis::seconds(1))),
            1,
            Box::new(move |it| it.outcome == AuditOutcome::Done && it.at == second),
        ),
        (
            AuditQuery::without_approval(DEACTIVATE),
            2,
            Box::new(|it| it.changed && it.run.as_ref().is_some_and(|it| it.process == DEACTIVATE)),
        ),
        (AuditQuery { unapproved: true, ..AuditQuery::all() }, 3, Box::new(|it| it.changed)),
        (AuditQuery::all().on_behalf(olga), 0, Box::new(|_| false)),
        (AuditQuery::readers_of(*card), 0, Box::new(|_| false)),
    ];
    for (query, count, want) in table {
        let found = office.audit(query.clone()).await.rows;
        let expected: Vec<_> = all.iter().filter(|it| want(it)).cloned().collect();
        assert_eq!(found, expected, "{query:?}");
        assert_eq!(found.len(), count, "{query:?}");
    }
}

async fn what_others_agreed_to_is_not_without_approval(store: Store) {
    let strict = CardsOptions { deactivation_approval: true, ..CardsOptions::default() };
    let office = Office::over(store.builder().options(2, strict)).await;
    let task = office.run(DEACTIVATE).await;
    assert!(matches!(&task.status, Status::Waiting { step, .. } if step == "approval"));
    let rows = office.audit(AuditQuery::all().instance(task.id())).await.rows;
    assert_eq!(rows.iter().map(|it| (it.outcome.name(), it.changed)).collect::<Vec<_>>(), [("waiting", false)]);
    let alone = AuditQuery::without_approval(DEACTIVATE);
    assert_eq!(office.audit(alone.clone()).await.rows, []);
    // Where nobody is asked, it is without approval.
    let free = office.equip(store.builder()).build().unwrap();
    let done = free.run(&office.operator, DEACTIVATE, office.card, Answers::none()).await.unwrap();
    assert_eq!(instances(&office.audit(alone).await), [done.id()]);
}

async fn the_lag_is_shown(store: Store) {
    let office = Office::on(&store).await;
    let lag = || async { office.cards.audit(&office.auditor, AuditQuery::all()).await.unwrap().lag };
    assert_eq!(lag().await, Lag { position: 0, at: None, missing_since: Some(now()) });
    office.project().await;
    let Lag { position, at, missing_since } = lag().await;
    assert_eq!((at, missing_since), (Some(now()), None));
    office.wait(Millis::seconds(5));
    office.start(DEACTIVATE).await;
    office.wait(Millis::seconds(5));
    office.start(DEACTIVATE).await;
    let later = |seconds| now().plus(Millis::seconds(seconds));
    let behind = Lag { position, at, missing_since: Some(later(5)) };
    assert_eq!(lag().await, behind);
    assert_eq!(office.cards.audit(&office.auditor, AuditQuery::all().process(DEACTIVATE)).await.unwrap().rows, []);
    office.cards.project(TENANT, 1).await.unwrap();
    assert_eq!(lag().await, Lag { position: position + 1, at: Some(later(5)), missing_since: Some(later(10)) });
}

async fn an_export_is_a_line_of_json_a_row(store: Store) {
    let office = Office::on(&store).await;
    let answers = Answers::none().with("reason", "lost").with("note", "a \"note\"\nof two lines");
    let done = office.cards.run(&office.operator, DEACTIVATE, office.card, answers).await.unwrap();
    let page = office.audit(AuditQuery::all()).await;
    let lines = page.json_lines();
    assert_eq!(lines.lines().count(), page.rows.len());
    assert!(lines.ends_with('\n'));
    let (olga, card) = (office.person("olga").await, office.card);
    let history = office.cards.history(&office.auditor, card).await.unwrap();
    let last = &history.records.last().unwrap();
    let line = lines.lines().next().unwrap();
    // In the order of the alphabet, whatever the libraries of the build make of the order in which they are written.
    let places: Vec<_> = ["actor", "approved", "at", "chain", "changed", "command", "component", "hash", "instance"]
        .into_iter()
        .chain(["objects", "on_behalf", "outcome", "process", "reason", "role", "sequence", "subject", "version"])
        .map(|it| line.find(&format!(r#""{it}":"#)).unwrap())
        .collect();
    assert!(places.is_sorted() && line.starts_with(r#"{"actor""#), "{line}");
    for part in [
        format!(r#""chain":"{}""#, card.home()),
        format!(r#""sequence":{}"#, last.linked.sequence),
        format!(r#""hash":"{}""#, last.linked.hash),
        format!(r#""command":"{}""#, last.entry.command),
        format!(r#""actor":"{olga}""#),
        r#""role":"Operator""#.to_owned(),
        r#""on_behalf":null"#.to_owned(),
        r#""component":"operator""#.to_owned(),
        format!(r#""instance":"{}""#, done.id()),
        r#""process":"CardsProcDeactivate""#.to_owned(),
        r#""version":1"#.to_owned(),
        format!(r#""subject":"{card}""#),
        r#""reason":"lost""#.to_owned(),
        r#""outcome":"done""#.to_owned(),
        r#""at":"2026-11-23T10:00:00Z""#.to_owned(),
        r#""changed":true"#.to_owned(),
        r#""approved":false"#.to_owned(),
    ] {
        assert!(line.contains(&part), "{part} is not in {line}");
    }
    assert!(!lines.contains("note") && !lines.contains("olga"), "nothing personal");
}
