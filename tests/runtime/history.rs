//! What stands in the history of a card, and what does not.

use cardflow::cards::{Cards, Request};
use cardflow::domain::{
    Answer, AuthorityAction, CardState, CauseKind, CertificateState, Change, ObjectState, RevocationReason,
};
use cardflow::engine::{Component, Event, Outcome};
use cardflow::runtime::Happened;
use cardflow::values::{Answers, CommandId, Millis, Value};

use crate::common::store::every_store;
use crate::common::{Office, Store, now};

every_store![
    a_deactivation_is_on_record_in_full,
    the_answers_of_the_authority_are_on_record,
    every_way_to_end_is_on_record,
    registration_is_on_record,
    a_history_that_grows_while_it_is_read_verifies,
];

async fn history(office: &Office) -> Vec<Happened<Cards>> {
    let history = office.cards.history(&office.auditor, office.card).await.unwrap();
    assert_eq!(history.verified.unwrap().length, u64::try_from(history.records.len()).unwrap());
    history.records
}

async fn a_deactivation_is_on_record_in_full(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    office.wait(Millis::seconds(90));
    let id = CommandId::from_uuid(office.fresh());
    let notified = now().minus(Millis::hours(1));
    let answers = Answers::none().with("reason", "lost").with("note", "left on a train").with("notified-at", notified);
    office.cards.next(office.operator.command(id), task.id(), answers).await.unwrap();

    let records = history(&office).await;
    let Happened { linked, entry, personal } = records.last().unwrap();
    assert_eq!((entry.at, linked.at), (now().plus(Millis::seconds(90)), entry.at));
    assert_eq!(entry.command, id);
    assert_eq!(entry.actor.person, Some(office.person("olga").await));
    assert_eq!((entry.actor.role.as_str(), entry.actor.on_behalf), ("Operator", None));
    assert_eq!((entry.actor.component, entry.actor.method.as_str()), (Component::Operator, "password"));
    assert_eq!(entry.actor.authenticated, now());
    assert_eq!(entry.rule, "Operator of everything");
    let run = entry.run.as_ref().unwrap();
    assert_eq!((run.instance, run.process.as_str(), run.version.0), (task.id(), "CardsProcDeactivate", 1));

    let [Event::Answered { step, answers }, changed, requests @ .., no_mail, end] = entry.events.as_slice() else {
        panic!("{:#?}", entry.events)
    };
    assert_eq!((step.as_str(), answers.text("reason")), ("confirm", Some("lost")));
    assert_eq!(answers.get("notified-at"), Some(&Value::Time(notified)));
    assert_eq!(answers.get("note"), None, "free text is personal");
    assert_eq!((no_mail, matches!(end, Event::Confirming { end, .. } if end == "deactivated")), (&Event::NoMail, true));

    let Event::Changed { step, changes, leaves } = changed else { panic!("{changed:#?}") };
    assert_eq!((step.as_str(), leaves.as_str()), ("deactivate", "inactive"));
    let moved = |from, to, reason| {
        let is = |it: &&Change| matches!(it, Change::Moved { from: f, to: t, reason: r, .. } if (*f, *t, *r) == (from, to, reason));
        changes.iter().filter(is).count()
    };
    let card = |state| ObjectState::Card(state);
    let certificate = |state| ObjectState::Certificate(state);
    assert_eq!(moved(card(CardState::Active), card(CardState::Inactive), None), 1);
    let hold = Some(RevocationReason::CertificateHold);
    assert_eq!(moved(certificate(CertificateState::Valid), certificate(CertificateState::OnHold), hold), 2);
    let opened =
        changes.iter().filter_map(|it| if let Change::HoldOpened { hold, .. } = it { Some(hold) } else { None });
    let opened: Vec<_> = opened.collect();
    assert_eq!(opened.len(), 7);
    assert!(
        opened
            .iter()
            .all(|it| it.cause().kind == CauseKind::CardDeactivation && it.cause().instance == Some(task.id()))
    );
    assert!(opened.iter().all(|it| it.by() == entry.actor.person && it.at() == entry.at));
    assert_eq!(requests.len(), 2);
    let asks = |it: &Event<Cards>| matches!(it, Event::Requested { request: Request::Authority(it), .. } if it.action == AuthorityAction::Hold);
    assert!(requests.iter().all(asks));

    let personal = personal.as_ref().unwrap();
    assert_eq!((personal.account.as_str(), personal.origin.as_str()), ("olga", "192.0.2.7"));
    assert_eq!(personal.notes, [("note".to_owned(), "left on a train".to_owned())]);
    let bytes = linked.personal.as_ref().unwrap();
    assert_eq!(linked.commitment, Some(bytes.commitment()));
    let open = String::from_utf8_lossy(&linked.open);
    for text in ["olga", "192.0.2.7", "train", "Ada"] {
        assert!(!open.contains(text), "`{text}` stands in the open part");
    }
}

async fn the_answers_of_the_authority_are_on_record(store: Store) {
    let office = Office::on(&store).await;
    office.run("CardsProcDeactivate").await;
    office.settle().await;
    let records = history(&office).await;
    let last = &records.last().unwrap().entry;
    assert_eq!((last.actor.component, last.actor.person), (Component::Worker, None));
    let [Event::Confirmed { answer, changes, .. }, Event::Confirmed { .. }, Event::Ended(Outcome::Done { end, .. })] =
        last.events.as_slice()
    else {
        panic!("{:#?}", last.events)
    };
    let hold = Some(RevocationReason::CertificateHold);
    assert!(
        matches!(answer, Answer::Authority { state: CertificateState::OnHold, reason, since: Some(_), .. } if *reason == hold)
    );
    assert!(matches!(changes.as_slice(), [Change::Confirmed { state: CertificateState::OnHold, .. }]));
    assert_eq!(end, "deactivated");
    // Requests and answers quote the same effect.
    let asked = records.iter().flat_map(|it| &it.entry.events).filter_map(|it| match it {
        Event::Requested { effect, .. } => Some(*effect),
        _ => None,
    });
    let answered =
        last.events.iter().filter_map(|it| if let Event::Confirmed { effect, .. } = it { Some(*effect) } else { None });
    assert!(asked.eq(answered));
}

async fn every_way_to_end_is_on_record(store: Store) {
    let office = Office::on(&store).await;
    let (cancelled, left, late) = (
        office.start("CardsProcDeactivate").await,
        office.start("CardsProcLock").await,
        office.start("CardsProcDeactivate").await,
    );
    office.cards.cancel(&office.operator, cancelled.id()).await.unwrap();
    office.run("CardsProcDeactivate").await;
    office.cards.next(&office.operator, late.id(), Answers::none()).await.unwrap();
    office.wait(Millis::hours(8));
    office.cards.tick().await.unwrap();
    let records = history(&office).await;
    let outcome = |id| {
        let of = records.iter().filter(|it| it.entry.run.as_ref().is_some_and(|run| run.instance == id));
        let ended = |it: &Event<Cards>| if let Event::Ended(outcome) = it { Some(outcome.clone()) } else { None };
        of.flat_map(|it| &it.entry.events).find_map(ended)
    };
    assert_eq!(outcome(cancelled.id()), Some(Outcome::Cancelled));
    assert_eq!(outcome(left.id()), Some(Outcome::Expired));
    let superseded = Outcome::Superseded { needed: "active".to_owned(), found: "inactive".to_owned() };
    assert_eq!(outcome(late.id()), Some(superseded));
}

async fn registration_is_on_record(store: Store) {
    let office = Office::on(&store).await;
    office.give_card(office.holder, "4712", CardState::Issued).await;
    let records = history(&office).await;
    let [installed, given] = records.as_slice() else { panic!("{records:#?}") };
    assert_eq!((installed.entry.rule.as_str(), &installed.personal), ("installation of an empty tenant", &None));
    assert_eq!(given.entry.rule, "Administrator of everything");
    let state = Some(ObjectState::Card(CardState::Issued));
    assert!(given.entry.changes.iter().any(|it| matches!(it, Change::Registered { state: it, .. } if *it == state)));
}

async fn a_history_that_grows_while_it_is_read_verifies(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let card = office.card;
    let runs = |process: &'static str| {
        let (host, other) = (office.host(&store), office.colleague.clone());
        async move { drop(host.run(&other, process, card, Answers::none()).await.unwrap()) }
    };
    spy.before_history(runs("CardsProcDeactivate"));
    spy.after_history(runs("CardsProcReactivate"));
    let read = history(&office).await;
    assert_eq!((read.len(), history(&office).await.len()), (2, 3), "as it was when it was read, and now");
}
