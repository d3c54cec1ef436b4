//! Two at once: each has a typed result. Nobody waits for a thread: others act by being called, just before a commit where
//! it must be there.

use std::sync::Arc;

use cardflow::domain::{CARD_KIND, CardState, Object, Refusal, RelationKind};
use cardflow::engine::Outcome;
use cardflow::ports::{Commit, Storage};
use cardflow::values::{Answers, ObjectRef};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, WatchedStorage, person_at, rejection};

every_store![
    two_operators_on_one_card,
    next_after_cancel,
    next_twice,
    cancel_after_next,
    after_another_host_has_gone_on,
    an_answer_after_somebody_else_has_changed_the_card,
    cancel_against_next_in_the_same_moment,
    next_twice_in_the_same_moment,
    only_who_started_goes_on,
    a_change_in_between_is_decided_anew,
    a_change_in_a_neighbouring_home_counts_too,
    a_state_gone_in_between_ends_superseded,
    a_state_gone_in_between_rejects_a_run,
    a_start_does_not_stand_in_the_way_of_a_next,
    a_change_does_not_stand_in_the_way_of_a_cancel,
    permanent_contention_is_told_and_stores_nothing,
    one_card_may_have_two_open_instances,
];

fn superseded() -> Option<Outcome> {
    Some(Outcome::Superseded { needed: "active".to_owned(), found: "inactive".to_owned() })
}

fn not_waiting(outcome: Outcome) -> Rejection {
    Rejection::NotWaiting { now: outcome.to_string(), outcome: Some(outcome) }
}

async fn two_operators_on_one_card(store: Store) {
    let office = Office::on(&store).await;
    let mine = office.start("CardsProcDeactivate").await;
    let theirs = office.cards.start(&office.colleague, "CardsProcDeactivate", office.card).await.unwrap();
    office.cards.next(&office.operator, mine.id(), Answers::none()).await.unwrap();
    let late = office.cards.next(&office.colleague, theirs.id(), Answers::none()).await.unwrap();
    assert_eq!(late.outcome().cloned(), superseded());
    assert_eq!((late.asked, late.items.len()), (0, 0));
    let dossier = office.dossier().await;
    assert_eq!(dossier.subject_card().unwrap().holds().len(), 1, "the second has opened no hold");
}

async fn next_after_cancel(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    office.cards.cancel(&office.operator, task.id()).await.unwrap();
    let next = office.cards.next(&office.operator, task.id(), Answers::none()).await;
    assert_eq!(rejection(next), not_waiting(Outcome::Cancelled));
    let again = office.cards.cancel(&office.operator, task.id()).await;
    assert_eq!(rejection(again), not_waiting(Outcome::Cancelled));
}

async fn next_twice(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    let again = || office.cards.next(&office.operator, task.id(), Answers::none());
    let now = "deactivated, waiting for confirmation".to_owned();
    assert_eq!(rejection(again().await), Rejection::NotWaiting { now, outcome: None });
    office.settle().await;
    let done = Outcome::Done { end: "deactivated".to_owned(), remark: None };
    assert_eq!(rejection(again().await), not_waiting(done));
}

async fn cancel_after_next(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    let cancel = office.cards.cancel(&office.operator, task.id()).await;
    assert!(matches!(rejection(cancel), Rejection::NotWaiting { outcome: None, .. }));
    assert_eq!(office.card_state().await, CardState::Inactive);
}

/// What a host keeps of an instance that it has begun tells nothing of what others have done since.
async fn after_another_host_has_gone_on(store: Store) {
    let office = Office::on(&store).await;
    let (other, operator) = (office.host(&store), &office.operator);
    let task = office.start("CardsProcDeactivate").await.id();
    other.cancel(operator, task).await.unwrap();
    let next = office.cards.next(operator, task, Answers::none()).await;
    assert_eq!(rejection(next), not_waiting(Outcome::Cancelled));

    let task = office.start("CardsProcDeactivate").await.id();
    other.next(operator, task, Answers::none().with("reason", "lost")).await.unwrap();
    let cancel = office.cards.cancel(operator, task).await;
    assert!(matches!(rejection(cancel), Rejection::NotWaiting { outcome: None, .. }));

    // One after the other, and either host's answer is that of the store.
    let standing = other.standing(operator, task, &Answers::none()).await.unwrap();
    assert_eq!(office.standing(task).await, standing);
    assert_eq!(office.dossier().await.subject_card().unwrap().holds().len(), 1);
    store.verifies().await;
}

/// What a host keeps of an instance that has gone on there tells nothing of what others have done since: the answer to its
/// requests is decided once more.
async fn an_answer_after_somebody_else_has_changed_the_card(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let cards = office.more_cards(2).await;
    for (card, changes, commits) in [(cards[0], false, 1), (cards[1], true, 2)] {
        let task = office.cards.start(&office.operator, "CardsProcDeactivate", card).await.unwrap().id();
        office.cards.next(&office.operator, task, Answers::none()).await.unwrap();
        if changes {
            touch(store.storage.clone(), card).await;
        }
        spy.take_commits();
        assert_eq!(office.cards.deliver(2).await.unwrap().confirmed, 2);
        assert_eq!(spy.take_commits().len(), commits, "changed: {changes}");
        assert!(matches!(office.standing(task).await.outcome(), Some(Outcome::Done { .. })));
    }
    store.verifies().await;
}

async fn cancel_against_next_in_the_same_moment(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let (task, host, operator) =
        (office.start("CardsProcDeactivate").await.id(), office.host(&store), &office.operator);
    let same = operator.clone();
    spy.before_commit(async move { drop(host.cancel(&same, task).await.unwrap()) });
    let next = office.cards.next(operator, task, Answers::none()).await;
    assert_eq!(rejection(next), not_waiting(Outcome::Cancelled));
    assert_eq!(office.card_state().await, CardState::Active);

    let (task, host, same) = (office.start("CardsProcDeactivate").await.id(), office.host(&store), operator.clone());
    spy.before_commit(async move { drop(host.next(&same, task, Answers::none()).await.unwrap()) });
    let cancel = office.cards.cancel(operator, task).await;
    assert!(matches!(rejection(cancel), Rejection::NotWaiting { outcome: None, .. }));
    assert_eq!(office.card_state().await, CardState::Inactive);
}

async fn next_twice_in_the_same_moment(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let (task, host, same) =
        (office.start("CardsProcDeactivate").await.id(), office.host(&store), office.operator.clone());
    spy.before_commit(async move { drop(host.next(&same, task, Answers::none()).await.unwrap()) });
    let next = office.cards.next(&office.operator, task, Answers::none()).await;
    assert!(matches!(rejection(next), Rejection::NotWaiting { outcome: None, .. }));
    assert_eq!(office.dossier().await.subject_card().unwrap().holds().len(), 1);
}

async fn only_who_started_goes_on(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let next = office.cards.next(&office.colleague, task.id(), Answers::none()).await;
    assert_eq!(rejection(next), Rejection::NotYours);
    let cancel = office.cards.cancel(&office.colleague, task.id()).await;
    assert_eq!(rejection(cancel), Rejection::NotYours);
    let seen = office.cards.standing(&office.colleague, task.id(), &Answers::none()).await.unwrap();
    assert_eq!(seen.status, task.status);
}

async fn a_change_in_between_is_decided_anew(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    touch_card_before_commit(&office, &store, &spy);
    let next = office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    assert_eq!((next.asked, spy.take_commits().len()), (2, 1 + 2), "start, a conflict, and the commit");
    assert_eq!(office.card_state().await, CardState::Inactive);
}

async fn a_change_in_a_neighbouring_home_counts_too(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    // A second card of the holder, at home in itself.
    let second = office.stock_card("7001");
    let held = office.relation(RelationKind::Holder, &second, person_at(office.holder));
    office.register(&[Object::Card(second.clone()), held]).await;
    let (cards, bare) = (&office.cards, Answers::none());
    for card in [office.card, second.at()] {
        cards.run(&office.operator, "CardsProcDeactivate", card, bare.clone()).await.unwrap();
    }
    let (host, other) = (office.host(&store), office.colleague.clone());
    let back = second.at();
    spy.before_commit(async move {
        drop(host.run(&other, "CardsProcReactivate", back, Answers::none()).await.unwrap());
    });
    let refused = cards.run(&office.operator, "CardsProcReactivate", office.card, bare).await;
    let another = Refusal::AnotherActive { number: "7001".to_owned() };
    assert_eq!(rejection(refused), Rejection::Refused(another));
}

async fn a_state_gone_in_between_ends_superseded(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    run_before_commit(&office, &store, &spy);
    let next = office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    assert_eq!(next.outcome().cloned(), superseded());
}

async fn a_state_gone_in_between_rejects_a_run(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    run_before_commit(&office, &store, &spy);
    let run = office.cards.run(&office.operator, "CardsProcDeactivate", office.card, Answers::none()).await;
    let rejected = Rejection::WrongState {
        process: "CardsProcDeactivate".to_owned(),
        needed: "active".to_owned(),
        found: "inactive".to_owned(),
    };
    assert_eq!(rejection(run), rejected);
}

async fn a_start_does_not_stand_in_the_way_of_a_next(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let (task, host, other, card) =
        (office.start("CardsProcDeactivate").await, office.host(&store), office.colleague.clone(), office.card);
    spy.take_commits();
    spy.before_commit(async move { drop(host.start(&other, "CardsProcLock", card).await.unwrap()) });
    office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    assert_eq!(spy.take_commits().len(), 1, "no conflict: a start changes no object");
}

async fn a_change_does_not_stand_in_the_way_of_a_cancel(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    spy.take_commits();
    touch_card_before_commit(&office, &store, &spy);
    office.cards.cancel(&office.operator, task.id()).await.unwrap();
    assert_eq!(spy.take_commits().len(), 1, "no conflict: closing relies on nothing but the instance");
}

async fn permanent_contention_is_told_and_stores_nothing(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    for _ in 0..16 {
        touch_card_before_commit(&office, &store, &spy);
    }
    let next = office.cards.next(&office.operator, task.id(), Answers::none()).await;
    assert!(next.as_ref().is_err_and(cardflow::runtime::Error::is_retryable));
    assert_eq!(rejection(next), Rejection::Contended { attempts: 16 });
    assert_eq!(office.card_state().await, CardState::Active);
    assert_eq!(office.standing(task.id()).await.status, task.status);
    office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
}

async fn one_card_may_have_two_open_instances(store: Store) {
    let office = Office::on(&store).await;
    let (first, second) = (office.start("CardsProcDeactivate").await, office.start("CardsProcDeactivate").await);
    assert_ne!(first.id(), second.id());
    office.cards.cancel(&office.operator, first.id()).await.unwrap();
    office.cards.next(&office.operator, second.id(), Answers::none()).await.unwrap();
    assert_eq!(office.card_state().await, CardState::Inactive);
}

/// A colleague deactivates the card just before the next commit.
fn run_before_commit(office: &Office, store: &Store, spy: &WatchedStorage) {
    let (host, other, card) = (office.host(store), office.colleague.clone(), office.card);
    spy.before_commit(
        async move { drop(host.run(&other, "CardsProcDeactivate", card, Answers::none()).await.unwrap()) },
    );
}

/// Something that matters to nobody changes in the home of the card just before the next commit.
fn touch_card_before_commit(office: &Office, store: &Store, spy: &WatchedStorage) {
    let (storage, card) = (store.storage.clone(), office.card);
    spy.before_commit(async move { touch(storage, card).await });
}

async fn touch(storage: Arc<dyn Storage>, card: ObjectRef) {
    let home = storage.homes(TENANT, &[card.home()]).await.unwrap().remove(0);
    let mut record = home.records.into_iter().find(|it| it.at.kind() == CARD_KIND).unwrap().into_record();
    record.revision = record.revision.next();
    let commit = Commit { expects: vec![(home.id, home.revision)], puts: vec![record.into()], ..Commit::of(TENANT) };
    storage.commit(commit).await.unwrap();
}
