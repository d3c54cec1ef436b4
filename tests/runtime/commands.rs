//! The same command again (law 16).

use cardflow::cards::OPERATOR;
use cardflow::domain::{Card, CardId, CardKind, CardState, Object, Person, RoleGrant};
use cardflow::engine::{Component, Outcome};
use cardflow::ports::Principal;
use cardflow::values::{Answers, CommandId, Millis, TenantId};

use crate::common::store::every_store;
use crate::common::{Fate, Office, Rejection, Store, now, rejection, validity};

every_store![
    a_start_is_answered_again,
    a_run_is_answered_again,
    a_next_is_answered_again,
    a_cancel_is_answered_again,
    a_registration_is_answered_again,
    other_content_is_a_mistake,
    rejections_are_not_remembered,
    an_id_belongs_to_its_actor,
    an_id_belongs_to_its_tenant,
    commands_are_forgotten_after_thirty_days,
    an_answer_that_was_lost_is_given_again,
    a_commit_that_was_lost_is_made_again,
    a_future_dropped_before_its_commit_has_done_nothing,
    a_future_dropped_after_its_commit_has_done_all,
];

impl Office {
    fn command(&self) -> CommandId {
        CommandId::from_uuid(self.fresh())
    }
}

async fn a_start_is_answered_again(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let call = office.operator.command(office.command());
    let first = office.cards.start(call, "CardsProcDeactivate", office.card).await.unwrap();
    let again = office.cards.start(call, "CardsProcDeactivate", office.card).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(spy.take_commits().iter().filter(|it| !it.work.is_empty()).count(), 2, "asked twice, stored once");
    let history = office.cards.history(&office.operator, office.card).await.unwrap();
    assert_eq!(history.records.len(), 2, "registered and started");
}

async fn a_run_is_answered_again(store: Store) {
    let office = Office::on(&store).await;
    let call = office.operator.command(office.command());
    let run = || office.cards.run(call, "CardsProcDeactivate", office.card, Answers::none().with("reason", "lost"));
    let first = run().await.unwrap();
    // What happened meanwhile does not change what was answered.
    office.settle().await;
    office.run("CardsProcReactivate").await;
    assert_eq!(run().await.unwrap(), first);
    assert_eq!(office.card_state().await, CardState::Active);
}

async fn a_next_is_answered_again(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let call = office.operator.command(office.command());
    let first = office.cards.next(call, task.id(), Answers::none()).await.unwrap();
    office.settle().await;
    assert_eq!(office.cards.next(call, task.id(), Answers::none()).await.unwrap(), first);
}

async fn a_cancel_is_answered_again(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let call = office.operator.command(office.command());
    let first = office.cards.cancel(call, task.id()).await.unwrap();
    assert_eq!(office.cards.cancel(call, task.id()).await.unwrap(), first);
}

async fn a_registration_is_answered_again(store: Store) {
    let office = Office::on(&store).await;
    let call = office.administrator.command(office.command());
    let cards = ["9001", "9002"].map(|it| Object::Card(office.stock_card(it)));
    assert_eq!(office.cards.register(call, &cards).await.unwrap(), 2);
    assert_eq!(office.cards.register(call, &cards).await.unwrap(), 2);
    let other = office.cards.register(call, &cards[..1]).await;
    assert!(matches!(rejection(other), Rejection::CommandIdReused { .. }));
}

async fn other_content_is_a_mistake(store: Store) {
    let office = Office::on(&store).await;
    let (task, other) = (office.start("CardsProcDeactivate").await, office.start("CardsProcLock").await);
    let id = office.command();
    let call = office.operator.command(id);
    office.cards.next(call, task.id(), Answers::none().with("reason", "lost")).await.unwrap();
    let reused = Rejection::CommandIdReused { id };
    let cards = &office.cards;
    let next = |instance, answers| cards.next(call, instance, answers);
    assert_eq!(rejection(next(task.id(), Answers::none()).await), reused);
    assert_eq!(rejection(next(task.id(), Answers::none().with("reason", "stolen")).await), reused);
    assert_eq!(rejection(next(other.id(), Answers::none().with("reason", "lost")).await), reused);
    assert_eq!(rejection(cards.cancel(call, other.id()).await), reused);
    assert_eq!(rejection(cards.start(call, "CardsProcLock", office.card).await), reused);
    assert_eq!(rejection(cards.run(call, "CardsProcLock", office.card, Answers::none()).await), reused);
    // What only quotes another preview is the same command.
    let same = Answers::none().with("reason", "lost").seen(other.preview.as_ref().unwrap().digest);
    assert!(next(task.id(), same).await.is_ok());
    assert_eq!(office.standing(other.id()).await.status, other.status, "nothing has happened to the other");
}

async fn rejections_are_not_remembered(store: Store) {
    let office = Office::on(&store).await;
    let call = office.operator.command(office.command());
    let run = || office.cards.run(call, "CardsProcReactivate", office.card, Answers::none());
    assert!(matches!(rejection(run().await), Rejection::WrongState { .. }));
    office.run("CardsProcDeactivate").await;
    assert!(run().await.is_ok());
}

async fn an_id_belongs_to_its_actor(store: Store) {
    let office = Office::on(&store).await;
    let id = office.command();
    let mine = office.cards.start(office.operator.command(id), "CardsProcDeactivate", office.card).await.unwrap();
    let theirs = office.cards.start(office.colleague.command(id), "CardsProcLock", office.card).await.unwrap();
    assert_ne!(mine.id(), theirs.id());
}

async fn an_id_belongs_to_its_tenant(store: Store) {
    let office = Office::on(&store).await;
    let id = office.command();
    office.cards.start(office.operator.command(id), "CardsProcDeactivate", office.card).await.unwrap();
    // The same person, account and card number in another organisation.
    let tenant = TenantId::new(8);
    let olga = Person::new(tenant, office.person("olga").await, "Olga Operator").unwrap().with_account("olga").unwrap();
    let olga = Object::Person(olga.with_role(RoleGrant::new(OPERATOR, None, now()).unwrap()));
    let card = CardId::from_uuid(office.card.id());
    let card = Card::new(tenant, card, CardKind::Employee, "4711 0815".parse().unwrap(), validity());
    let at = card.at();
    office.cards.install(tenant, &[olga, Object::Card(card)]).await.unwrap();
    let there = Principal::new("olga", Component::Operator, "password", now()).of_tenant(tenant);
    let other = office.cards.start(there.command(id), "CardsProcLock", at).await.unwrap();
    assert_eq!(other.process, "CardsProcLock");
    assert!(matches!(rejection(office.cards.open(&there, office.card).await), Rejection::NotFound { .. }));
}

async fn commands_are_forgotten_after_thirty_days(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let call = office.operator.command(office.command());
    office.cards.cancel(call, task.id()).await.unwrap();
    office.wait(Millis::days(30));
    assert_eq!(office.cards.tick().await.unwrap().forgotten, 0);
    assert!(office.cards.cancel(call, task.id()).await.is_ok(), "remembered for thirty days");
    office.wait(Millis::new(1));
    assert_eq!(office.cards.tick().await.unwrap().forgotten, 3, "registration, start, cancel");
    let again = office.cards.cancel(call, task.id()).await;
    assert!(matches!(rejection(again), Rejection::NotWaiting { outcome: Some(Outcome::Cancelled), .. }));
}

async fn an_answer_that_was_lost_is_given_again(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let call = office.operator.command(office.command());
    let run = || office.cards.run(call, "CardsProcDeactivate", office.card, Answers::none());
    spy.next_commit(Fate::AnswerLost);
    let lost = run().await.unwrap_err();
    assert!(lost.is_retryable(), "{lost}");
    assert_eq!(office.card_state().await, CardState::Inactive);
    assert_eq!(run().await.unwrap().asked, 2);
    assert_eq!(office.dossier().await.subject_card().unwrap().holds().len(), 1, "done once");
    // Nobody took the requests up: another does when the lease ends.
    assert_eq!(office.cards.deliver(10).await.unwrap().confirmed, 0);
    office.wait(Millis::seconds(60));
    assert_eq!(office.cards.deliver(10).await.unwrap().confirmed, 2);
}

async fn a_commit_that_was_lost_is_made_again(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let call = office.operator.command(office.command());
    let run = || office.cards.run(call, "CardsProcDeactivate", office.card, Answers::none());
    spy.next_commit(Fate::Lost);
    assert!(run().await.unwrap_err().is_retryable());
    assert_eq!(office.card_state().await, CardState::Active);
    run().await.unwrap();
    assert_eq!(office.card_state().await, CardState::Inactive);
}

async fn a_future_dropped_before_its_commit_has_done_nothing(store: Store) {
    dropped(&store, Fate::Stuck, CardState::Active).await;
}

async fn a_future_dropped_after_its_commit_has_done_all(store: Store) {
    dropped(&store, Fate::AnswerStuck, CardState::Inactive).await;
}

async fn dropped(store: &Store, fate: Fate, state: CardState) {
    let (office, spy) = Office::watched(store).await;
    let call = office.operator.command(office.command());
    let run = || office.cards.run(call, "CardsProcDeactivate", office.card, Answers::none());
    spy.next_commit(fate);
    tokio::select! {
        done = run() => panic!("{done:?}"),
        () = spy.stuck() => {}
    }
    assert_eq!(office.card_state().await, state);
    // The id tells: asked again it is done, and done once.
    assert_eq!(run().await.unwrap().asked, 2);
    assert_eq!(office.dossier().await.subject_card().unwrap().holds().len(), 1);
}
