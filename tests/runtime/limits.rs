//! Limits against a rogue operator: what counts, for how long, for whom, across hosts, restarts and moved clocks.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::Cardflow;
use cardflow::cards::{CardsOptions, OPERATOR};
use cardflow::domain::{CardState, Object, Person, RoleGrant};
use cardflow::engine::{Component, Event, Status, Task};
use cardflow::ports::{Alert, Alerts, HistoryLog, Logged, StorageError};
use cardflow::values::{Answers, CommandId, HomeId, InstanceId, Millis, ObjectRef, PersonId, TenantId, Timestamp};

use crate::common::store::every_store;
use crate::common::{Fate, Office, Rejection, Spy, Store, TENANT, now, principal, rejection};

const DEACTIVATE: &str = "CardsProcDeactivate";
const REACTIVATE: &str = "CardsProcReactivate";
const LOCK: &str = "CardsProcLock";

every_store![
    the_fifty_first_within_an_hour_is_refused,
    zero_is_no_limit,
    what_is_taken_out_of_use_counts_and_nothing_else,
    another_person_has_a_limit_of_their_own,
    what_is_used_up_comes_back_one_by_one,
    another_host_and_a_restarted_one_know_what_was_done,
    a_long_history_is_not_read_for_it,
    a_repeated_command_counts_once_and_is_answered_beyond_the_limit,
    what_was_not_stored_does_not_count,
    what_nobody_waits_for_any_more_may_still_be_stored,
    a_record_that_two_read_at_once_counts_once,
    a_clock_that_went_back_hides_nothing_from_a_restarted_host,
    a_clock_that_was_ahead_makes_nothing_forgotten,
    however_many_at_once_no_more_than_the_limit_go_through,
    beyond_it_a_role_is_asked_where_one_is_configured,
    the_host_is_told_once_an_hour,
    a_refusal_is_noted_and_costs_the_card_nothing,
];

fn limited(most: u32) -> CardsOptions {
    CardsOptions { deactivation_limit: most, ..CardsOptions::default() }
}

/// An office with this limit, and a dozen more cards.
async fn office(store: &Store, most: u32) -> (Office, Vec<ObjectRef>) {
    let office = Office::over(store.builder().options(2, limited(most))).await;
    let cards = office.more_cards(12).await;
    (office, cards)
}

fn reached(until: Timestamp) -> Rejection {
    Rejection::LimitReached { limit: "CardsDeactivationLimit", until }
}

fn minutes(minutes: i64) -> Timestamp {
    now().plus(Millis::seconds(60 * minutes))
}

impl Office {
    fn limited_host(&self, store: &Store, most: u32) -> Cardflow {
        self.equip(store.builder()).options(2, limited(most)).build().unwrap()
    }

    async fn runs(&self, process: &str, card: ObjectRef) {
        self.cards.run(&self.operator, process, card, Answers::none()).await.unwrap();
    }

    /// Until when the operator may do no more.
    async fn limit(&self, host: &Cardflow, process: &str, card: ObjectRef) -> Timestamp {
        match rejection(host.run(&self.operator, process, card, Answers::none()).await) {
            Rejection::LimitReached { until, .. } => until,
            other => panic!("{other}"),
        }
    }
}

async fn the_fifty_first_within_an_hour_is_refused(store: Store) {
    let office = Office::on(&store).await;
    let cards = office.more_cards(51).await;
    let (last, others) = cards.split_last().unwrap();
    for card in others {
        office.runs(DEACTIVATE, *card).await;
    }
    let refused = office.cards.run(&office.operator, DEACTIVATE, *last, Answers::none()).await;
    let words = "the limit `CardsDeactivationLimit` is reached; the next is possible at 2026-11-23T11:00:00Z, \
                 or another person can do it";
    let rejection = rejection(refused);
    assert_eq!((rejection.to_string().as_str(), &rejection), (words, &reached(minutes(60))));
    assert_eq!(office.card_at(*last).await.state(), CardState::Active);
}

async fn zero_is_no_limit(store: Store) {
    let (office, cards) = office(&store, 0).await;
    // Nothing is read for it either.
    let log = Arc::new(cardflow::ports::MockHistoryLog::new());
    let unread = Store { log, ..store.clone() };
    let host = office.limited_host(&unread, 0);
    for card in cards {
        host.run(&office.operator, DEACTIVATE, card, Answers::none()).await.unwrap();
    }
}

async fn what_is_taken_out_of_use_counts_and_nothing_else(store: Store) {
    let (office, cards) = office(&store, 4).await;
    let [a, b, c, d, e, ..] = cards[..] else { panic!("too few") };
    let Office { cards: host, operator, .. } = &office;
    // Neither what is only begun, nor what is cancelled, superseded, refused, or brings a card back.
    let left = host.start(operator, DEACTIVATE, a).await.unwrap();
    let cancelled = host.start(operator, DEACTIVATE, a).await.unwrap();
    host.cancel(operator, cancelled.id()).await.unwrap();
    office.runs(DEACTIVATE, a).await;
    host.next(operator, left.id(), Answers::none()).await.unwrap();
    rejection(host.run(operator, DEACTIVATE, a, Answers::none()).await);
    rejection(host.run(operator, DEACTIVATE, b, Answers::none().with("colour", "red")).await);
    office.settle().await;
    office.runs(REACTIVATE, a).await;
    office.runs(DEACTIVATE, a).await;
    office.runs(LOCK, b).await;
    office.runs(DEACTIVATE, c).await;
    // Both processes count together, and neither goes on.
    assert_eq!(office.limit(host, DEACTIVATE, d).await, minutes(60));
    assert_eq!(office.limit(host, LOCK, e).await, minutes(60));
    office.runs(REACTIVATE, c).await;
    // A form may still be opened, and says no at Next.
    let form = host.start(operator, LOCK, e).await.unwrap();
    let next = host.next(operator, form.id(), Answers::none()).await;
    assert_eq!(rejection(next), reached(minutes(60)));
    assert_eq!(host.standing(operator, form.id(), &Answers::none()).await.unwrap().status, form.status, "it waits");
    office.wait(Millis::hours(1));
    host.next(operator, form.id(), Answers::none()).await.unwrap();
}

async fn another_person_has_a_limit_of_their_own(store: Store) {
    let (office, cards) = office(&store, 2).await;
    // One person with two accounts.
    let twice = Person::new(TENANT, PersonId::from_uuid(office.fresh()), "Olaf Twice").unwrap();
    let twice = twice.with_account("olaf").unwrap().with_account("olaf@example.org").unwrap();
    office.register(&[Object::Person(twice.with_role(RoleGrant::new(OPERATOR, None, now()).unwrap()))]).await;
    let (one, other) = (principal("olaf", Component::Operator), principal("olaf@example.org", Component::Operator));
    let run = |who, card: usize| office.cards.run(who, DEACTIVATE, cards[card], Answers::none());
    run(&office.operator, 0).await.unwrap();
    run(&office.operator, 1).await.unwrap();
    run(&one, 2).await.unwrap();
    run(&other, 3).await.unwrap();
    for who in [&office.operator, &one, &other] {
        assert_eq!(rejection(run(who, 4).await), reached(minutes(60)));
    }
    run(&office.colleague, 4).await.unwrap();
}

async fn what_is_used_up_comes_back_one_by_one(store: Store) {
    let (office, cards) = office(&store, 3).await;
    let host = &office.cards;
    for card in &cards[..3] {
        office.runs(DEACTIVATE, *card).await;
        office.wait(Millis::seconds(600));
    }
    // Done at 0, 10 and 20 minutes; it is 30 now.
    assert_eq!(office.limit(host, DEACTIVATE, cards[3]).await, minutes(60));
    office.wait(Millis::seconds(30 * 60).minus_one());
    assert_eq!(office.limit(host, DEACTIVATE, cards[3]).await, minutes(60));
    office.wait(Millis::new(1));
    office.runs(DEACTIVATE, cards[3]).await;
    assert_eq!(office.limit(host, DEACTIVATE, cards[4]).await, minutes(70));
    office.wait(Millis::seconds(20 * 60));
    office.runs(DEACTIVATE, cards[4]).await;
    office.runs(DEACTIVATE, cards[5]).await;
    assert_eq!(office.limit(host, DEACTIVATE, cards[6]).await, minutes(120));
    // An administrator lowers it: more than one must be gone.
    let stricter = office.limited_host(&store, 1);
    assert_eq!(office.limit(&stricter, DEACTIVATE, cards[6]).await, minutes(140));
    let laxer = office.limited_host(&store, 4);
    laxer.run(&office.operator, DEACTIVATE, cards[6], Answers::none()).await.unwrap();
}

/// Shorter by a millisecond.
trait MinusOne {
    fn minus_one(self) -> Self;
}

impl MinusOne for Millis {
    fn minus_one(self) -> Self {
        Millis::new(self.millis() - 1)
    }
}

async fn another_host_and_a_restarted_one_know_what_was_done(store: Store) {
    let (office, cards) = office(&store, 4).await;
    let other = office.limited_host(&store, 4);
    let run = |host: Cardflow, card| {
        let (operator, cards) = (office.operator.clone(), cards.clone());
        async move {
            host.run(&operator, DEACTIVATE, cards[card], Answers::none()).await.unwrap();
            host
        }
    };
    // In turns: each reads what the other has stored.
    office.runs(DEACTIVATE, cards[0]).await;
    let other = run(other, 1).await;
    office.runs(DEACTIVATE, cards[2]).await;
    let other = run(other, 3).await;
    let restarted = office.limited_host(&store, 4);
    for host in [&office.cards, &other, &restarted] {
        assert_eq!(office.limit(host, DEACTIVATE, cards[4]).await, minutes(60));
    }
    office.wait(Millis::hours(1));
    let fresh = office.limited_host(&store, 4);
    for (host, card) in [&office.cards, &other, &restarted, &fresh].into_iter().zip(4..) {
        host.run(&office.operator, DEACTIVATE, cards[card], Answers::none()).await.unwrap();
    }
    assert_eq!(office.limit(&fresh, DEACTIVATE, cards[8]).await, minutes(120));
}

async fn a_long_history_is_not_read_for_it(store: Store) {
    let (office, cards) = office(&store, 3).await;
    // Days of history, then an hour of it.
    for day in 0..20 {
        let card = cards[day % 4];
        office.runs(if day / 4 % 2 == 0 { DEACTIVATE } else { REACTIVATE }, card).await;
        office.settle().await;
        office.wait(Millis::days(1));
    }
    for card in &cards[5..8] {
        office.runs(DEACTIVATE, *card).await;
    }
    let read = Arc::new(Mutex::new(0));
    let mut log = cardflow::ports::MockHistoryLog::new();
    let (inner, counted) = (store.log.clone(), read.clone());
    log.expect_records_after().returning(move |tenant, position, limit| {
        let records = futures_ready(inner.records_after(tenant, position, limit));
        *counted.lock().unwrap() += records.as_ref().map_or(0, Vec::len);
        records
    });
    let watched = Store { log: Arc::new(log), ..store.clone() };
    let host = office.limited_host(&watched, 3);
    let until = now().plus(Millis::days(20)).plus(Millis::hours(1));
    assert_eq!(office.limit(&host, DEACTIVATE, cards[8]).await, until);
    let whole = store.log.records_after(TENANT, 0, 10_000).await.unwrap().len();
    let first = *read.lock().unwrap();
    assert!(first < whole / 2, "{first} of {whole} records");
    assert_eq!(office.limit(&host, DEACTIVATE, cards[8]).await, until);
    assert_eq!(*read.lock().unwrap(), first, "after that, only what is new");
}

/// The stores under test answer reads at once.
fn futures_ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(it) => it,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[tokio::test]
async fn a_clock_that_is_moved_by_less_than_an_hour_changes_nothing() {
    // By how many minutes it is moved before the first command, between the two, and after; and until when, counted from the
    // first, there is no third.
    let table = [
        (0, 0, 59, Some(60)),
        (0, 0, 60, None),
        (0, 0, -59, Some(60)),
        (0, 30, -59, Some(60)),
        (0, -30, 0, Some(30)),
        (0, -30, 59, Some(30)),
        (0, 59, -59, Some(60)),
        (50, 0, -59, Some(60)),
        (-50, 0, 59, Some(60)),
        (-50, 59, 0, Some(60)),
        // By more, it counts from a time that is too far away. At worst the limit begins anew; nobody is locked out.
        (0, 0, -60, None),
        (0, 0, -600, None),
        (600, 0, -600, None),
    ];
    for make in [Store::memory, Store::sqlite] {
        for (before, between, after, until) in table {
            let store = make();
            let (office, cards) = office(&store, 2).await;
            let moved = |minutes: i64| office.wait(Millis::seconds(60 * minutes));
            moved(before);
            let first = minutes(before);
            office.runs(DEACTIVATE, cards[0]).await;
            moved(between);
            office.runs(DEACTIVATE, cards[1]).await;
            moved(after);
            let restarted = office.limited_host(&store, 2);
            for (name, host, card) in [("the same host", &office.cards, 2), ("a restarted one", &restarted, 3)] {
                let third = host.run(&office.operator, LOCK, cards[card], Answers::none()).await;
                let expected = until.map(|it| reached(first.plus(Millis::seconds(60 * it))));
                let found = third.err().map(|it| it.rejection().cloned().unwrap());
                assert_eq!(found, expected, "{name}: {before}, {between}, {after}");
                if expected.is_none() {
                    break;
                }
            }
        }
    }
}

async fn a_repeated_command_counts_once_and_is_answered_beyond_the_limit(store: Store) {
    let (office, cards) = office(&store, 2).await;
    let Office { cards: host, operator, .. } = &office;
    let id = CommandId::from_uuid(office.fresh());
    let first = host.run(operator.command(id), DEACTIVATE, cards[0], Answers::none()).await.unwrap();
    for _ in 0..3 {
        let again = host.run(operator.command(id), DEACTIVATE, cards[0], Answers::none()).await.unwrap();
        assert_eq!(again.id(), first.id());
    }
    office.settle().await;
    office.runs(REACTIVATE, cards[0]).await;
    office.runs(DEACTIVATE, cards[1]).await;
    office.limit(host, DEACTIVATE, cards[2]).await;
    // Decided anew it would be beyond the limit; but it was carried out.
    let again = host.run(operator.command(id), DEACTIVATE, cards[0], Answers::none()).await.unwrap();
    assert_eq!(again.id(), first.id());
}

async fn what_was_not_stored_does_not_count(store: Store) {
    let (office, cards) = office(&store, 2).await;
    let spy = Spy::on(store.storage.clone());
    let host = office.limited_host(&store.through(spy.clone()), 2);
    let run = |card: usize| host.run(&office.operator, DEACTIVATE, cards[card], Answers::none());
    // The answer of this one is lost: it is stored, and counts.
    spy.next_commit(Fate::AnswerLost);
    assert!(run(0).await.unwrap_err().is_retryable());
    // This one never was, which nobody can tell: it is counted for an hour, on this host.
    spy.next_commit(Fate::Lost);
    assert!(run(1).await.unwrap_err().is_retryable());
    let held = rejection(run(2).await);
    assert!(matches!(held, Rejection::Contended { .. }), "it may yet be stored: {held}");
    let other = office.limited_host(&store, 2);
    other.run(&office.operator, DEACTIVATE, cards[2], Answers::none()).await.unwrap();
    assert_eq!(office.limit(&other, DEACTIVATE, cards[3]).await, minutes(60));
    office.wait(Millis::hours(1));
    run(4).await.unwrap();
    // One that somebody else forestalls gives its place back.
    let colleague = (office.host(&store), office.colleague.clone(), cards[5]);
    spy.before_commit(async move {
        let (host, colleague, card) = colleague;
        host.run(&colleague, DEACTIVATE, card, Answers::none()).await.unwrap();
    });
    assert!(matches!(rejection(run(5).await), Rejection::WrongState { .. }));
    run(6).await.unwrap();
    assert_eq!(rejection(run(7).await), reached(minutes(120)));
}

async fn what_nobody_waits_for_any_more_may_still_be_stored(store: Store) {
    let (office, cards) = office(&store, 1).await;
    let spy = Spy::on(store.storage.clone());
    let host = office.limited_host(&store.through(spy.clone()), 1);
    spy.next_commit(Fate::Stuck);
    tokio::select! {
        done = host.run(&office.operator, DEACTIVATE, cards[0], Answers::none()) => panic!("{done:?}"),
        () = spy.stuck() => {}
    }
    let held = rejection(host.run(&office.operator, DEACTIVATE, cards[1], Answers::none()).await);
    assert!(matches!(held, Rejection::Contended { .. }), "{held}");
    office.wait(Millis::hours(1));
    host.run(&office.operator, DEACTIVATE, cards[1], Answers::none()).await.unwrap();
}

/// A history that lets somebody act between its being read and the reader hearing of it, once.
struct Meanwhile(Arc<dyn HistoryLog>, Mutex<Option<Happening>>);

type Happening = Pin<Box<dyn Future<Output = ()> + Send>>;

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meanwhile")
    }
}

#[async_trait]
impl HistoryLog for Meanwhile {
    async fn records_after(&self, tenant: TenantId, position: u64, limit: usize) -> Result<Vec<Logged>, StorageError> {
        let read = self.0.records_after(tenant, position, limit).await;
        let happening = self.1.lock().unwrap().take();
        if let Some(happening) = happening {
            happening.await;
        }
        read
    }

    async fn homes_after(
        &self,
        tenant: TenantId,
        home: Option<HomeId>,
        limit: usize,
    ) -> Result<Vec<HomeId>, StorageError> {
        self.0.homes_after(tenant, home, limit).await
    }

    async fn instances_after(
        &self,
        tenant: TenantId,
        instance: Option<InstanceId>,
        limit: usize,
    ) -> Result<Vec<InstanceId>, StorageError> {
        self.0.instances_after(tenant, instance, limit).await
    }
}

async fn a_record_that_two_read_at_once_counts_once(store: Store) {
    let (office, cards) = office(&store, 4).await;
    let log = Arc::new(Meanwhile(store.log.clone(), Mutex::default()));
    let host = Arc::new(office.limited_host(&Store { log: log.clone(), ..store.clone() }, 4));
    host.run(&office.operator, DEACTIVATE, cards[0], Answers::none()).await.unwrap();
    // The first is read for the second and for the third, which is quicker.
    let (other, operator, card) = (host.clone(), office.operator.clone(), cards[2]);
    *log.1.lock().unwrap() = Some(Box::pin(async move {
        other.run(&operator, DEACTIVATE, card, Answers::none()).await.unwrap();
    }));
    host.run(&office.operator, DEACTIVATE, cards[1], Answers::none()).await.unwrap();
    host.run(&office.operator, DEACTIVATE, cards[3], Answers::none()).await.unwrap();
    assert_eq!(office.limit(&host, DEACTIVATE, cards[4]).await, minutes(60));
}

async fn a_clock_that_went_back_hides_nothing_from_a_restarted_host(store: Store) {
    let (office, cards) = office(&store, 2).await;
    office.wait(Millis::days(1));
    office.runs(DEACTIVATE, cards[0]).await;
    office.runs(DEACTIVATE, cards[1]).await;
    // Half an hour of others, which lies before it though it was stored after it.
    office.wait(Millis::seconds(-30 * 60));
    for _ in 0..40 {
        office.start(LOCK).await;
    }
    office.wait(Millis::hours(1));
    let restarted = office.limited_host(&store, 2);
    let until = minutes(60).plus(Millis::days(1));
    assert_eq!(office.limit(&restarted, DEACTIVATE, cards[2]).await, until);
}

async fn a_clock_that_was_ahead_makes_nothing_forgotten(store: Store) {
    let (office, cards) = office(&store, 2).await;
    office.runs(DEACTIVATE, cards[0]).await;
    office.runs(DEACTIVATE, cards[1]).await;
    office.wait(Millis::seconds(65 * 60));
    office.runs(DEACTIVATE, cards[2]).await;
    office.wait(Millis::seconds(-50 * 60));
    assert_eq!(office.limit(&office.cards, DEACTIVATE, cards[3]).await, minutes(60));
}

async fn however_many_at_once_no_more_than_the_limit_go_through(store: Store) {
    let office = Office::over(store.builder().options(2, limited(5))).await;
    let cards = office.more_cards(24).await;
    let host = Arc::new(office.limited_host(&store, 5));
    let calls: Vec<_> = cards
        .iter()
        .map(|card| {
            let (host, operator, card) = (host.clone(), office.operator.clone(), *card);
            tokio::spawn(async move { host.run(&operator, DEACTIVATE, card, Answers::none()).await })
        })
        .collect();
    let mut done = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => done += 1,
            Err(error) => {
                let rejection = error.rejection().unwrap();
                assert!(matches!(rejection, Rejection::LimitReached { .. } | Rejection::Contended { .. }), "{error}");
            }
        }
    }
    assert_eq!(done, 5, "all that are free are given out");
    let mut inactive = 0;
    for card in cards {
        inactive += usize::from(office.card_at(card).await.state() == CardState::Inactive);
    }
    assert_eq!(inactive, done);
}

async fn beyond_it_a_role_is_asked_where_one_is_configured(store: Store) {
    let options = CardsOptions { deactivation_limit_role: Some("Security officer".to_owned()), ..limited(1) };
    let office = Office::over(store.builder().options(2, options)).await;
    let cards = office.more_cards(3).await;
    let Office { cards: host, operator, .. } = &office;
    office.runs(DEACTIVATE, cards[0]).await;
    for _ in 0..2 {
        let asked = host.run(operator, DEACTIVATE, cards[1], Answers::none().with("reason", "lost")).await.unwrap();
        assert!(matches!(&asked.status, Status::Waiting { step, .. } if step == "approval"), "{}", asked.status);
        assert_eq!(office.card_at(cards[1]).await.state(), CardState::Active);
        let records = store.storage.instance(TENANT, asked.id()).await.unwrap().unwrap();
        let task = Task::from_bytes(&records.tasks[0].body).unwrap();
        assert_eq!((task.step.as_str(), task.role.as_deref()), ("approval", Some("Security officer")));
        let history = host.history(&office.auditor, cards[1]).await.unwrap();
        let events = &history.records.last().unwrap().entry.events;
        let by_limit = Event::ApprovalAsked {
            step: "approval".to_owned(),
            role: "Security officer".to_owned(),
            limit: Some("CardsDeactivationLimit".to_owned()),
        };
        assert!(events.contains(&by_limit), "{events:#?}");
        // It is no deactivation, and takes no place.
        host.cancel(operator, asked.id()).await.unwrap();
    }
    // A process without an approval step has nobody to ask.
    assert_eq!(office.limit(host, LOCK, cards[2]).await, minutes(60));
    office.wait(Millis::hours(1));
    office.runs(DEACTIVATE, cards[1]).await;
}

/// Hears every alert.
#[derive(Debug, Default)]
struct Pager(Mutex<Vec<Alert>>);

impl Alerts for Pager {
    fn alert(&self, alert: &Alert) {
        self.0.lock().unwrap().push(alert.clone());
    }
}

async fn the_host_is_told_once_an_hour(store: Store) {
    let (office, cards) = office(&store, 1).await;
    let pager = Arc::new(Pager::default());
    let role = Some("Security officer".to_owned());
    let options = CardsOptions { deactivation_limit_role: role.clone(), ..limited(1) };
    let host = office.equip(store.builder()).options(2, options).alerts(pager.clone()).build().unwrap();
    let heard = || std::mem::take(&mut *pager.0.lock().unwrap());
    let run = |process: &'static str, card: usize| {
        let (host, operator, card) = (&host, &office.operator, cards[card]);
        async move { drop(host.run(operator, process, card, Answers::none()).await) }
    };
    run(DEACTIVATE, 0).await;
    assert_eq!(heard(), []);
    run(LOCK, 1).await;
    let alert = |at, role, process: &str, card: usize, until| Alert::LimitReached {
        tenant: TENANT,
        at,
        actor: olga(&store),
        limit: "CardsDeactivationLimit",
        until,
        role,
        process: process.to_owned(),
        subject: cards[card],
    };
    assert_eq!(heard(), [alert(now(), None, LOCK, 1, minutes(60))]);
    run(LOCK, 1).await;
    run(DEACTIVATE, 2).await;
    office.wait(Millis::hours(1).minus_one());
    run(LOCK, 1).await;
    assert_eq!(heard(), [], "it has been told");
    office.wait(Millis::new(1));
    run(DEACTIVATE, 2).await;
    assert_eq!(heard(), []);
    run(DEACTIVATE, 3).await;
    assert_eq!(heard(), [alert(minutes(60), role, DEACTIVATE, 3, minutes(120))], "a role is asked");
}

/// The operator of every office.
fn olga(store: &Store) -> PersonId {
    let search = cardflow::ports::Search::persons().account("olga");
    let query = cardflow::ports::Query::of(TENANT, cardflow::engine::Scope::All, search);
    PersonId::from_uuid(futures_ready(store.storage.find(&query)).unwrap().records[0].at.id())
}

async fn a_refusal_is_noted_and_costs_the_card_nothing(store: Store) {
    let (office, cards) = office(&store, 1).await;
    office.runs(DEACTIVATE, cards[0]).await;
    let before = store.storage.homes(TENANT, &[cards[1].home()]).await.unwrap();
    for _ in 0..3 {
        office.limit(&office.cards, DEACTIVATE, cards[1]).await;
    }
    assert_eq!(store.storage.homes(TENANT, &[cards[1].home()]).await.unwrap(), before);
    let refusals = office.cards.refusals(&office.auditor, 10).await.unwrap();
    let [noted] = refusals.as_slice() else { panic!("{refusals:#?}") };
    assert_eq!((noted.code.as_str(), noted.times), ("LimitReached", 3));
    assert_eq!((noted.attempt.as_str(), noted.subject), ("run CardsProcDeactivate", Some(cards[1])));
}
