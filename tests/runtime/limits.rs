//! Limits against a rogue operator: what counts, for how long, for whom, across hosts, restarts and moved clocks.

use std::collections::BTreeSet;
use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::cards::{Cards, CardsOptions, OPERATOR};
use cardflow::domain::{CardState, Object, Person, RoleGrant};
use cardflow::engine::{Component, Event, Status, Task};
use cardflow::ports::Alert;
use cardflow::testing::fakes::Pager;
use cardflow::values::{Answers, CommandId, Millis, ObjectRef, PersonId, Timestamp};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, now, principal, rejection};

const DEACTIVATE: &str = "CardsProcDeactivate";
const REACTIVATE: &str = "CardsProcReactivate";
const LOCK: &str = "CardsProcLock";

every_store![
    the_fifty_first_within_an_hour_is_refused,
    zero_is_no_limit,
    what_is_taken_out_of_use_counts_and_nothing_else,
    another_person_has_a_limit_of_their_own,
    what_is_used_up_comes_back_one_by_one,
    a_repeated_command_counts_once_and_is_answered_beyond_the_limit,
    beyond_it_a_role_is_asked_where_one_is_configured,
    the_host_is_told_once_an_hour,
    a_refusal_is_noted_and_costs_the_card_nothing,
];

pub(crate) fn limited(most: u32) -> CardsOptions {
    CardsOptions { deactivation_limit: most, ..CardsOptions::default() }
}

/// An office with this limit, and a dozen more cards.
pub(crate) async fn office(store: &Store, most: u32) -> (Office, Vec<ObjectRef>) {
    let office = Office::over(store.builder().options(2, limited(most))).await;
    let cards = office.more_cards(12).await;
    (office, cards)
}

pub(crate) fn reached(until: Timestamp) -> Rejection {
    Rejection::LimitReached { limit: "CardsDeactivationLimit", until }
}

pub(crate) fn minutes(minutes: i64) -> Timestamp {
    now().plus(Millis::seconds(60 * minutes))
}

impl Office {
    pub(crate) fn limited_host(&self, store: &Store, most: u32) -> Cardflow {
        self.equip(store.builder()).options(2, limited(most)).build().unwrap()
    }

    pub(crate) async fn runs(&self, process: &str, card: ObjectRef) {
        self.cards.run(&self.operator, process, card, Answers::none()).await.unwrap();
    }

    /// Until when the operator may do no more.
    pub(crate) async fn limit(&self, host: &Cardflow, process: &str, card: ObjectRef) -> Timestamp {
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
        assert_eq!((task.step.as_str(), task.roles), ("approval", BTreeSet::from(["Security officer".to_owned()])));
        let history = host.history(&office.auditor, cards[1]).await.unwrap();
        let events = &history.records.last().unwrap().entry.events;
        let by_limit = |it: &Event<Cards>| match it {
            Event::ApprovalAsked { policy, limit, .. } => {
                policy.to_string() == "1 of Security officer" && limit.as_deref() == Some("CardsDeactivationLimit")
            }
            _ => false,
        };
        assert!(events.iter().any(by_limit), "{events:#?}");
        // It is no deactivation, and takes no place.
        host.cancel(operator, asked.id()).await.unwrap();
    }
    // Locking is asked for as well.
    let asked = host.run(operator, LOCK, cards[2], Answers::none()).await.unwrap();
    assert!(matches!(&asked.status, Status::Waiting { step, .. } if step == "approval"), "{}", asked.status);
    office.wait(Millis::hours(1));
    office.runs(DEACTIVATE, cards[1]).await;
}

async fn the_host_is_told_once_an_hour(store: Store) {
    let (office, cards) = office(&store, 1).await;
    let olga = office.person("olga").await;
    let pager = Arc::new(Pager::default());
    let role = Some("Security officer".to_owned());
    let options = CardsOptions { deactivation_limit_role: role.clone(), ..limited(1) };
    let host = office.equip(store.builder()).options(2, options).alerts(pager.clone()).build().unwrap();
    let run = |process: &'static str, card: usize| {
        let (host, operator, card) = (&host, &office.operator, cards[card]);
        async move { drop(host.run(operator, process, card, Answers::none()).await) }
    };
    run(DEACTIVATE, 0).await;
    assert_eq!(pager.heard(), []);
    run(LOCK, 1).await;
    let alert = |at, role, process: &str, card: usize, until| Alert::LimitReached {
        tenant: TENANT,
        at,
        actor: olga,
        limit: "CardsDeactivationLimit",
        until,
        role,
        process: process.to_owned(),
        subject: cards[card],
    };
    assert_eq!(pager.heard(), [alert(now(), role.clone(), LOCK, 1, minutes(60))]);
    run(LOCK, 1).await;
    run(DEACTIVATE, 2).await;
    office.wait(Millis::hours(1).minus_one());
    run(LOCK, 1).await;
    assert_eq!(pager.heard(), [], "it has been told");
    office.wait(Millis::new(1));
    run(DEACTIVATE, 2).await;
    assert_eq!(pager.heard(), []);
    run(DEACTIVATE, 3).await;
    assert_eq!(pager.heard(), [alert(minutes(60), role, DEACTIVATE, 3, minutes(120))], "a role is asked");
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
