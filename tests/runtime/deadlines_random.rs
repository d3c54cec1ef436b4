//! Deadlines under clocks that jump, stand and differ, and hosts that die: none is lost, none comes early, none comes twice.

use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::adapters::memory::ManualClock;
use cardflow::cards::{Cards, CardsOptions};
use cardflow::domain::{
    Card, CardId, CardKind, CardState, CauseKind, Change, HoldEnd, HoldId, Object, RelationKind, Validity,
};
use cardflow::engine::{Component, Domain, Entry, Event};
use cardflow::values::{Answers, Millis, ObjectRef, Timestamp};
use proptest::prelude::*;

use crate::common::{Fate, Office, Store, TENANT, WatchedStorage, now, person_at};

const HELD: Millis = Millis::days(5);

#[derive(Clone, Debug)]
enum Step {
    /// The clock of a host moves on, or back.
    Moves(usize, i64),
    Ticks(usize),
    /// A tick whose commit is lost, or whose answer is.
    Breaks(usize, bool, usize),
    /// Somebody runs a process on a card.
    Runs(usize, &'static str, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let host = 0..2_usize;
    // In hours: some days on, or a little back, or nothing at all.
    let length = prop_oneof![4 => 0..100_i64, 1 => -50..0_i64];
    let process = prop_oneof![3 => Just("CardsProcDeactivate"), 1 => Just("CardsProcReactivate")];
    let step = prop_oneof![
        4 => (host.clone(), length).prop_map(|(host, hours)| Step::Moves(host, hours)),
        4 => host.clone().prop_map(Step::Ticks),
        1 => (host.clone(), any::<bool>(), 1..4_usize).prop_map(|(host, lost, nth)| Step::Breaks(host, lost, nth)),
        3 => (host, process, 0..3_usize).prop_map(|(host, process, card)| Step::Runs(host, process, card)),
    ];
    prop::collection::vec(step, 1..60)
}

fn ends() -> impl Strategy<Value = HoldEnd> {
    prop_oneof![Just(HoldEnd::Lock), Just(HoldEnd::Reactivate), Just(HoldEnd::Ask)]
}

struct Host {
    cards: Cardflow,
    clock: Arc<ManualClock>,
    spy: Arc<WatchedStorage>,
}

struct World {
    office: Office,
    hosts: [Host; 2],
    cards: Vec<ObjectRef>,
}

impl World {
    async fn over(store: &Store, end: HoldEnd) -> World {
        let options = CardsOptions { hold_days: 5, hold_end: end, multiple_active: true, ..CardsOptions::default() };
        let office = Office::over(store.builder().options(2, options.clone())).await;
        let hosts = [(); 2].map(|()| {
            let (clock, spy) =
                (Arc::new(ManualClock::at(now())), Arc::new(WatchedStorage::over(store.storage.clone())));
            let builder = store.through(spy.clone()).builder().options(2, options.clone());
            Host { cards: office.equip(builder).clock(clock.clone()).build().unwrap(), clock, spy }
        });
        let mut cards = vec![office.card];
        for (number, days) in [("8000", 7), ("8001", 30)] {
            let ends = Validity::new(now(), now().plus(Millis::days(days))).unwrap();
            let id = CardId::from_uuid(office.fresh());
            let card = Card::new(TENANT, id, CardKind::Employee, number.parse().unwrap(), ends);
            let card = card.registered_for(office.holder);
            cards.push(card.at());
            let held = office.relation(RelationKind::Holder, &card, person_at(office.holder));
            office.register(&[Object::Card(card), held]).await;
        }
        World { office, hosts, cards }
    }

    async fn take(&self, step: &Step) {
        match step {
            Step::Moves(host, hours) => self.hosts[*host].clock.advance(Millis::hours(*hours)),
            Step::Ticks(host) => drop(self.hosts[*host].cards.tick().await.map(|it| assert_eq!(it.failed, 0))),
            Step::Breaks(host, lost, nth) => {
                let Host { cards, spy, .. } = &self.hosts[*host];
                // If the tick has not so many commits, something later breaks.
                spy.at_commit(spy.count() + nth, if *lost { Fate::Lost } else { Fate::AnswerLost });
                drop(cards.tick().await);
            }
            Step::Runs(host, process, card) => {
                let run =
                    self.hosts[*host].cards.run(&self.office.operator, process, self.cards[*card], Answers::none());
                drop(run.await);
            }
        }
    }

    /// Ticks until long after every deadline, on a host with which all is well.
    async fn until_the_end(&self) {
        for _ in 0..60 {
            self.office.wait(Millis::days(20));
            assert_eq!(self.office.cards.tick().await.unwrap().failed, 0);
        }
    }

    async fn entries(&self) -> Vec<Entry<Cards>> {
        let mut records = self.office.cards.history(&self.office.auditor, self.office.card).await.unwrap().records;
        records.sort_by_key(|it| it.linked.sequence);
        records.into_iter().map(|it| it.entry).collect()
    }
}

/// The runs of a card that began by themselves, each once, in its time, and with something to do.
fn check(entries: &[Entry<Cards>], card: ObjectRef, end: Timestamp) {
    let mut limits: Vec<(HoldId, Timestamp)> = Vec::new();
    let mut expired = 0;
    for entry in entries {
        let began = entry.events.iter().any(|it| matches!(it, Event::Started { subject, .. } if *subject == card));
        let process = entry.run.as_ref().map(|it| it.process.as_str());
        let by_itself = began && entry.actor.component == Component::Worker;
        if by_itself && process == Some("CardsProcExpire") {
            expired += 1;
            assert!(entry.at > end, "too early: {} of {end}", entry.at);
        } else if by_itself {
            assert!(limits.iter().any(|(_, until)| *until <= entry.at), "nothing was due at {}: {limits:?}", entry.at);
        }
        let changes = entry.events.iter().flat_map(|it| match it {
            Event::Changed { changes, .. } => changes.as_slice(),
            _ => &[],
        });
        for change in changes.filter(|it| it.object() == card) {
            match change {
                Change::HoldOpened { hold, .. } if hold.cause().kind == CauseKind::CardDeactivation => {
                    assert!(hold.until().is_some());
                    limits.extend(hold.until().map(|until| (hold.id(), until)));
                }
                Change::HoldLimited { hold, until: Some(until), .. } => {
                    limits.iter_mut().filter(|(it, _)| it == hold).for_each(|(_, it)| *it = *until);
                }
                Change::HoldClosed { hold, .. } => limits.retain(|(it, _)| it != hold),
                _ => {}
            }
        }
    }
    assert!(expired <= 1, "it expired {expired} times");
}

async fn holds(store: Store, end: HoldEnd, steps: &[Step]) {
    let world = World::over(&store, end).await;
    for step in steps {
        world.take(step).await;
    }
    world.until_the_end().await;
    let entries = world.entries().await;
    for card in &world.cards {
        let found = world.office.card_at(*card).await;
        check(&entries, *card, found.validity().until());
        let last = [CardState::Expired, CardState::Locked];
        assert!(last.contains(&found.state()), "{} is {}", found.number(), found.state());
        let dossier = world.office.cards.open(&world.office.operator, *card).await.unwrap().dossier;
        assert_eq!(Cards::due(&dossier, &CardsOptions::default(), found.validity().until().plus(HELD)), None);
    }
    store.verifies().await;
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn deadlines_come_once_and_in_their_time(end in ends(), steps in steps()) {
        block_on(holds(Store::memory(), end, &steps));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[cfg(feature = "sqlite")]
    fn deadlines_come_once_and_in_their_time_in_a_file(end in ends(), steps in steps()) {
        block_on(holds(Store::sqlite(), end, &steps));
    }
}
