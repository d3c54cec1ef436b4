//! What is asked of the parts a host plugs in, and what happens when they fail.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use cardflow::cards::{CardsOptions, OPERATOR};
use cardflow::domain::{AuthorityAction, Capabilities, CardState, CertificateState, RevocationReason};
use cardflow::engine::{Component, Event, HeldRole, Outcome, Scope};
use cardflow::ports::{
    Action, AuthorityError, AuthorityStatus, DirectoryError, Identity, MockAuthorizer, MockCertificateAuthority,
    MockClock, MockDirectory, MockEffectHandler, MockIdSource, MockNotifier, MockWake, NoRandomness, Permit, WorkSort,
};
use cardflow::runtime::{BuildError, Error};
use cardflow::testing::fakes::MemoryOptions;
use cardflow::values::{Answers, Millis, Seed};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, issuer, now, rejection};

every_store![
    nobody_is_written_to,
    the_authority_is_asked_for_a_hold_of_each_certificate,
    the_directory_is_asked_on_every_call,
    without_a_directory_nothing_is_stored,
    without_options_nothing_is_started_and_what_runs_goes_on,
    options_are_read_at_the_start_and_stay,
    without_randomness_nothing_is_stored,
    the_host_is_woken_when_there_is_work,
    the_time_comes_from_the_clock_alone,
    rights_come_from_the_authorizer_alone,
    doubles_are_refused_when_building,
];

async fn nobody_is_written_to(store: Store) {
    // A mock without expectations fails the test when it is called.
    let office = Office::over(store.builder().notifier(Arc::new(MockNotifier::new()))).await;
    for process in ["CardsProcDeactivate", "CardsProcReactivate", "CardsProcLock"] {
        office.run(process).await;
        office.settle().await;
        let history = office.cards.history(&office.operator, office.card).await.unwrap();
        assert!(history.records.iter().any(|it| it.entry.events.contains(&Event::NoMail)), "and that is on record");
    }
}

async fn the_authority_is_asked_for_a_hold_of_each_certificate(store: Store) {
    let office = Office::on(&store).await;
    let asked = Arc::new(Mutex::new(BTreeSet::new()));
    let mut authority = MockCertificateAuthority::new();
    authority.expect_issuer().return_const(issuer());
    authority.expect_capabilities().return_const(Capabilities { revisions: false, ..Capabilities::ALL });
    authority.expect_status().times(2).returning(|serial| Err(AuthorityError::NotFound(serial.clone())));
    let serials = asked.clone();
    authority.expect_change().times(2).returning(move |order| {
        assert_eq!((order.action, order.at), (AuthorityAction::Hold, now()));
        assert_eq!(order.not_after, crate::common::validity().until());
        serials.lock().unwrap().insert(order.serial.to_string());
        let reason = Some(RevocationReason::CertificateHold);
        Ok(AuthorityStatus { state: CertificateState::OnHold, reason, since: Some(order.at), revision: None })
    });
    let host = office.equip(store.builder()).certificate_authority(Arc::new(authority)).build().unwrap();
    host.run(&office.operator, "CardsProcDeactivate", office.card, Answers::none()).await.unwrap();
    host.deliver(10).await.unwrap();
    assert!(asked.lock().unwrap().iter().eq(["0A01", "0A02"]));
}

async fn the_directory_is_asked_on_every_call(store: Store) {
    let office = Office::on(&store).await;
    let person = office.person("olga").await;
    let mut directory = MockDirectory::new();
    let mut asked = 0;
    directory.expect_resolve().times(2).returning(move |_| {
        asked += 1;
        let roles = if asked == 1 { vec![HeldRole::everywhere(OPERATOR)] } else { Vec::new() };
        Ok(Identity { person, state: "active".to_owned(), active: true, roles, stands_in: Vec::new() })
    });
    let host = office.equip(store.builder()).directory(Arc::new(directory)).build().unwrap();
    host.start(&office.operator, "CardsProcDeactivate", office.card).await.unwrap();
    let again = host.start(&office.operator, "CardsProcDeactivate", office.card).await;
    assert!(matches!(rejection(again), Rejection::NotEntitled { .. }), "the role is gone at once");
}

async fn without_a_directory_nothing_is_stored(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let mut directory = MockDirectory::new();
    directory.expect_resolve().returning(|_| Err(DirectoryError::Unavailable("no route".into())));
    let host = office.equip(store.through(spy.clone()).builder()).directory(Arc::new(directory)).build().unwrap();
    spy.take_commits();
    let next = host.next(&office.operator, task.id(), Answers::none()).await.unwrap_err();
    assert!(matches!(next, Error::Directory(DirectoryError::Unavailable(_))) && next.is_retryable());
    let start = host.start(&office.operator, "CardsProcLock", office.card).await.unwrap_err();
    assert!(matches!(start, Error::Directory(_)));
    assert_eq!(spy.take_commits(), []);
    assert_eq!(office.cards.refusals(&office.auditor, 10).await.unwrap(), [], "nobody was refused");
}

async fn without_options_nothing_is_started_and_what_runs_goes_on(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let (task, left) = (office.start("CardsProcDeactivate").await.id(), office.start("CardsProcLock").await.id());
    let closed = office.start("CardsProcLock").await.id();
    let (_, other) = office.employ("Ben Beispiel", "Berlin", "4800", 20).await;
    office.cards.run(&office.operator, "CardsProcDeactivate", other, Answers::none()).await.unwrap();
    let broken = Arc::new(MemoryOptions::new(CardsOptions::default()));
    broken.fail("line 3 does not read; mend it");
    let host = office.equip(store.through(spy.clone()).builder()).option_source(broken).build().unwrap();
    spy.take_commits();
    let operator = &office.operator;
    let start = host.start(operator, "CardsProcLock", office.card).await.unwrap_err();
    assert_eq!(start.to_string(), "the options cannot be read: line 3 does not read; mend it");
    assert!(matches!(host.run(operator, "CardsProcLock", office.card, Answers::none()).await, Err(Error::Options(_))));
    assert_eq!(spy.take_commits(), []);

    // What was started has its own and does not suffer: going on, closing, confirming, ending by itself.
    let next = host.next(operator, task, Answers::none()).await.unwrap();
    assert_eq!(next.status.to_string(), "deactivated, waiting for confirmation");
    assert_eq!(host.cancel(operator, closed).await.unwrap().outcome(), Some(&Outcome::Cancelled));
    office.wait(Millis::seconds(60));
    assert_eq!(host.deliver(10).await.unwrap().confirmed, 4);
    office.wait(Millis::hours(8));
    assert_eq!(host.tick().await.unwrap().fired, 1);
    assert_eq!(office.standing(left).await.outcome(), Some(&Outcome::Expired));
}

async fn options_are_read_at_the_start_and_stay(store: Store) {
    let options = Arc::new(MemoryOptions::new(CardsOptions::default()));
    let office = Office::over(store.builder().option_source(options.clone())).await;
    let lock_reason = RevocationReason::PrivilegeWithdrawn;
    options.change(CardsOptions { lock_reason, ..CardsOptions::default() });
    let task = office.start("CardsProcLock").await;
    options.change(CardsOptions::default());
    office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    office.settle().await;
    assert_eq!(office.authority.actions(), [AuthorityAction::Revoke(lock_reason); 2]);
    let history = office.cards.history(&office.operator, office.card).await.unwrap();
    let bound = history.records.iter().flat_map(|it| &it.entry.events);
    let bound = bound.filter_map(|it| if let Event::Bound { version, .. } = it { Some(*version) } else { None });
    assert!(bound.eq([2]), "the version is on record");
}

async fn without_randomness_nothing_is_stored(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let none = || Err(NoRandomness("no entropy".into()));
    let mut ids = MockIdSource::new();
    ids.expect_seed().returning(none);
    let built = office.equip(store.builder()).ids(Arc::new(ids)).build();
    assert!(matches!(built, Err(BuildError::NoRandomness(_))));

    let task = office.start("CardsProcDeactivate").await.id();
    let mut ids = MockIdSource::new();
    ids.expect_seed().times(1).returning(|| Ok(Seed::from_number(99)));
    ids.expect_seed().returning(none);
    let host = office.equip(store.through(spy.clone()).builder()).ids(Arc::new(ids)).build().unwrap();
    spy.take_commits();
    let operator = &office.operator;
    assert!(matches!(host.start(operator, "CardsProcLock", office.card).await, Err(Error::NoRandomness(_))));
    assert!(matches!(host.next(operator, task, Answers::none()).await, Err(Error::NoRandomness(_))));
    assert!(matches!(host.register(&office.administrator, &[]).await, Err(Error::NoRandomness(_))));
    assert_eq!(spy.take_commits(), []);
}

async fn the_host_is_woken_when_there_is_work(store: Store) {
    let office = Office::on(&store).await;
    let mut wake = MockWake::new();
    wake.expect_wake().times(1).return_const(());
    let host = office.equip(store.builder()).wake(Arc::new(wake)).build().unwrap();
    let operator = &office.operator;
    let closed = host.start(operator, "CardsProcDeactivate", office.card).await.unwrap();
    host.cancel(operator, closed.id()).await.unwrap();
    let task = host.start(operator, "CardsProcDeactivate", office.card).await.unwrap();
    host.next(operator, task.id(), Answers::none()).await.unwrap();
    host.deliver(10).await.unwrap();
}

async fn the_time_comes_from_the_clock_alone(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let moment = now().plus(Millis::days(100));
    let mut clock = MockClock::new();
    clock.expect_now().return_const(moment);
    let host = office.equip(store.through(spy.clone()).builder()).clock(Arc::new(clock)).build().unwrap();
    host.start(&office.operator, "CardsProcDeactivate", office.card).await.unwrap();
    let [commit] = spy.take_commits().try_into().unwrap();
    assert_eq!((commit.history[0].at, commit.remember.unwrap().at), (moment, moment));
    let [timer] = commit.work.try_into().unwrap();
    assert_eq!((timer.sort, timer.due), (WorkSort::Timer, moment.plus(Millis::hours(8))));
}

async fn rights_come_from_the_authorizer_alone(store: Store) {
    let office = Office::on(&store).await;
    let mut table = MockAuthorizer::new();
    table
        .expect_permit()
        .withf(|identity, component, action| {
            let asked = *action == Action::Process("CardsProcLock".to_owned());
            asked && *component == Component::Administrator && identity.active
        })
        .times(1)
        .returning(|_, _, _| Permit { role: "Security".to_owned(), scope: Scope::All });
    let host = office.equip(store.builder()).authorizer(Arc::new(table)).build().unwrap();
    let start = host.start(&office.administrator, "CardsProcLock", office.card).await;
    assert!(matches!(rejection(start), Rejection::WrongComponent { .. }), "let in, and then told where it is offered");
}

async fn doubles_are_refused_when_building(store: Store) {
    let office = Office::on(&store).await;
    let twice = office.equip(store.builder()).processes(cardflow::cards::package().unwrap()).build();
    assert!(matches!(twice, Err(BuildError::AlreadyRegistered(_))));
    let handler = || {
        let mut handler = MockEffectHandler::new();
        handler.expect_kind().return_const("door-system".to_owned());
        Arc::new(handler)
    };
    let twice = office.equip(store.builder()).handler(handler()).handler(handler()).build();
    assert!(matches!(twice, Err(BuildError::DoubleHandler(kind)) if kind == "door-system"));
    assert_eq!(office.cards.mismatches(TENANT).await.unwrap(), []);
    assert_eq!(office.card_state().await, CardState::Active);
}
