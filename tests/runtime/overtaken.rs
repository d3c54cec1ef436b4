//! Calls of the authority that come late: whoever made them had the lease when it looked, and has it no longer.
//!
//! Whatever comes late, the authority's truth and what the store believes confirmed are the same in the end.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::Cardflow;
use cardflow::domain::{AuthorityAction, Capabilities, CardState, CertificateState, IssuerName, Serial};
use cardflow::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate,
    LedgerEntry, LedgerStatus,
};
use cardflow::runtime::Delivered;
use cardflow::testing::fakes::{Mood, ScriptedAuthority};
use cardflow::values::{Answers, Millis, Revision};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::common::store::every_store;
use crate::common::{Office, Store, counts, now, validity};

every_store![
    a_release_that_comes_late_does_not_undo_the_hold_after_it,
    a_hold_that_comes_late_does_not_undo_the_release_after_it,
    a_revocation_that_comes_late_is_done,
    two_deliveries_of_one_host_are_two,
    two_deliveries_of_one_host_are_two_where_nothing_is_counted,
    whoever_has_lost_a_request_before_it_calls_does_not_call,
    a_status_from_before_a_later_change_confirms_nothing,
    what_the_authority_has_changed_meanwhile_is_decided_again,
];

const LEASE: Millis = Millis::seconds(60);
const WITHOUT_REVISIONS: Capabilities = Capabilities { revisions: false, ..Capabilities::ALL };

use CertificateState::{OnHold, Revoked, Valid};

/// A place on the way to the authority where a call waits.
#[derive(Debug, Default)]
struct Gate {
    arrived: Notify,
    open: Notify,
}

impl Gate {
    async fn pass(&self) {
        self.arrived.notify_one();
        self.open.notified().await;
    }
}

/// Where a call waits.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Place {
    /// An order, on its way there.
    Order,
    /// A status, on its way back.
    Status,
}

/// The way to an authority: calls wait at gates.
#[derive(Debug)]
struct Way {
    to: Arc<ScriptedAuthority>,
    gates: Mutex<BTreeMap<Place, VecDeque<Arc<Gate>>>>,
    /// Every call waits, until it is told to go on.
    stopping: Mutex<bool>,
    stopped: Mutex<Vec<Arc<Gate>>>,
    aside: Mutex<Vec<Arc<Gate>>>,
    overtaken: AtomicUsize,
}

impl Way {
    async fn at(&self, place: Place) {
        let gate = self.gates.lock().unwrap().get_mut(&place).and_then(VecDeque::pop_front);
        if let Some(gate) = gate {
            gate.pass().await;
        }
        if *self.stopping.lock().unwrap() {
            let gate = Arc::new(Gate::default());
            self.stopped.lock().unwrap().push(gate.clone());
            gate.pass().await;
        }
    }

    /// One of the calls that wait goes on. What is taken aside waits long.
    fn one_goes_on(&self, dice: &mut Dice) {
        let (mut stopped, mut aside) = (self.stopped.lock().unwrap(), self.aside.lock().unwrap());
        if dice.below(30) == 0 {
            stopped.append(&mut aside);
        }
        let Some(place) = usize::try_from(dice.roll()).unwrap().checked_rem(stopped.len()) else { return };
        let gate = stopped.remove(place);
        match dice.below(6) {
            0 => aside.push(gate),
            _ => gate.open.notify_one(),
        }
    }
}

#[async_trait]
impl CertificateAuthority for Way {
    fn issuer(&self) -> IssuerName {
        self.to.issuer()
    }

    fn capabilities(&self) -> Capabilities {
        self.to.capabilities()
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        self.to.verify(der)
    }

    async fn issue(&self, request: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        self.to.issue(request).await
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        self.at(Place::Order).await;
        let answer = self.to.change(order).await;
        self.overtaken
            .fetch_add(usize::from(matches!(answer, Err(AuthorityError::Overtaken { .. }))), Ordering::SeqCst);
        answer
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        let status = self.to.status(serial).await;
        self.at(Place::Status).await;
        status
    }
}

/// SplitMix64.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }
}

struct Play {
    office: Office,
    way: Arc<Way>,
    store: Store,
}

impl Play {
    async fn on(store: &Store, able: Capabilities) -> Play {
        let office = Office::on(store).await;
        let to = Arc::new(ScriptedAuthority::default().able_to(able));
        let way = Arc::new(Way {
            to,
            gates: Mutex::default(),
            stopping: Mutex::default(),
            stopped: Mutex::default(),
            aside: Mutex::default(),
            overtaken: AtomicUsize::new(0),
        });
        Play { office, way, store: store.clone() }
    }

    /// A host whose calls go that way.
    fn host(&self) -> Arc<Cardflow> {
        Arc::new(self.office.equip(self.store.builder()).certificate_authority(self.way.clone()).build().unwrap())
    }

    async fn run(&self, host: &Cardflow, process: &str) {
        host.run(&self.office.operator, process, self.office.card, Answers::none()).await.unwrap();
    }

    /// A delivery whose next call waits at a gate.
    async fn stopped(&self, host: &Arc<Cardflow>, at: Place, limit: usize) -> (Arc<Gate>, JoinHandle<Delivered>) {
        let (gate, host) = (Arc::new(Gate::default()), Arc::clone(host));
        self.way.gates.lock().unwrap().entry(at).or_default().push_back(gate.clone());
        let delivery = tokio::spawn(async move { host.deliver(limit).await.unwrap() });
        gate.arrived.notified().await;
        (gate, delivery)
    }

    /// Everything that is due is delivered, until nothing is left.
    async fn settle(&self, host: &Cardflow) {
        for _ in 0..40 {
            host.deliver(100).await.unwrap();
            self.office.wait(LEASE);
        }
    }

    /// What the store believes is what holds at the authority, and what is wanted.
    async fn agrees(&self, wanted: CertificateState) {
        assert_eq!(self.office.certificate_states().await, [(wanted, Some(wanted)); 2]);
        assert_eq!(self.truth(), [wanted; 2], "the authority has {:?}", self.way.to.actions());
    }

    fn truth(&self) -> Vec<CertificateState> {
        self.way.to.truth().values().map(|it| it.state).collect()
    }

    /// The authority changes its first certificate by itself.
    fn changes_by_itself(&self, status: LedgerStatus) {
        let (serial, not_after) = ("0A01".parse().unwrap(), validity().until());
        self.way.to.set(LedgerEntry { serial, not_after, status, invalid_since: None, revision: Revision::NONE });
    }
}

const HOLD: &str = "CardsProcDeactivate";
const RELEASE: &str = "CardsProcReactivate";
const REVOKE: &str = "CardsProcLock";

/// The first host stops between its look at the lease and the authority; its lease ends, another goes on.
async fn comes_late(store: Store, before: &[&str], late: &str, after: &str, wanted: CertificateState) {
    let play = Play::on(&store, Capabilities::ALL).await;
    let (one, other) = (play.host(), play.host());
    for process in before {
        play.run(&one, process).await;
        one.deliver(10).await.unwrap();
    }
    play.run(&one, late).await;
    let (gate, delivery) = play.stopped(&one, Place::Order, 10).await;
    play.office.wait(LEASE);
    other.deliver(10).await.unwrap();
    play.run(&other, after).await;
    other.deliver(10).await.unwrap();
    play.agrees(wanted).await;
    gate.open.notify_one();
    assert_eq!(delivery.await.unwrap().confirmed, 0);
    play.agrees(wanted).await;
    play.settle(&other).await;
    play.agrees(wanted).await;
}

async fn a_release_that_comes_late_does_not_undo_the_hold_after_it(store: Store) {
    comes_late(store, &[HOLD], RELEASE, HOLD, OnHold).await;
}

async fn a_hold_that_comes_late_does_not_undo_the_release_after_it(store: Store) {
    comes_late(store, &[], HOLD, RELEASE, Valid).await;
}

/// Whatever the authority has done by itself meanwhile, for good is for good.
async fn a_revocation_that_comes_late_is_done(store: Store) {
    let play = Play::on(&store, Capabilities::ALL).await;
    let host = play.host();
    play.run(&host, REVOKE).await;
    let (gate, delivery) = play.stopped(&host, Place::Order, 10).await;
    play.changes_by_itself(LedgerStatus::OnHold { since: now() });
    gate.open.notify_one();
    assert_eq!(counts(delivery.await.unwrap()), (2, 0));
    play.agrees(Revoked).await;
}

async fn two_deliveries_of_one_host_are_two(store: Store) {
    one_host_loses_to_itself(store, Capabilities::ALL).await;
}

async fn two_deliveries_of_one_host_are_two_where_nothing_is_counted(store: Store) {
    one_host_loses_to_itself(store, WITHOUT_REVISIONS).await;
}

/// No lease has ended when the second order is on its way: the first delivery has lost its own to the same host, and its
/// answer counts for nothing.
async fn one_host_loses_to_itself(store: Store, able: Capabilities) {
    let play = Play::on(&store, able).await;
    let host = play.host();
    play.run(&host, HOLD).await;
    let (first, first_delivery) = play.stopped(&host, Place::Order, 1).await;
    play.office.wait(LEASE);
    let (second, second_delivery) = play.stopped(&host, Place::Order, 1).await;
    first.open.notify_one();
    first_delivery.await.unwrap();
    host.deliver(10).await.unwrap();
    play.run(&host, RELEASE).await;
    host.deliver(10).await.unwrap();
    second.open.notify_one();
    second_delivery.await.unwrap();
    play.settle(&host).await;
    play.agrees(Valid).await;
}

/// The store is asked after the status and before the order, whatever the authority can do.
async fn whoever_has_lost_a_request_before_it_calls_does_not_call(store: Store) {
    let play = Play::on(&store, WITHOUT_REVISIONS).await;
    let (one, other) = (play.host(), play.host());
    play.way.to.next([Mood::Deaf, Mood::Deaf]);
    play.run(&one, HOLD).await;
    assert_eq!(counts(one.deliver(10).await.unwrap()), (0, 2));
    play.office.wait(Millis::seconds(5));
    let (gate, delivery) = play.stopped(&one, Place::Status, 10).await;
    play.office.wait(LEASE);
    other.deliver(10).await.unwrap();
    play.run(&other, RELEASE).await;
    other.deliver(10).await.unwrap();
    // For this host the lease runs again.
    play.office.wait(Millis::new(-LEASE.millis()));
    gate.open.notify_one();
    assert_eq!(delivery.await.unwrap(), Delivered::default());
    play.agrees(Valid).await;
    use AuthorityAction::{Hold, Release};
    assert_eq!(play.way.to.actions(), [Hold, Hold, Release, Release]);
}

async fn a_status_from_before_a_later_change_confirms_nothing(store: Store) {
    let play = Play::on(&store, Capabilities::ALL).await;
    let (one, other) = (play.host(), play.host());
    play.way.to.next([Mood::Mute, Mood::Mute]);
    play.run(&one, HOLD).await;
    assert_eq!(counts(one.deliver(10).await.unwrap()), (0, 2));
    play.office.wait(Millis::seconds(5));
    // It has read that the hold is done, and has not heard it yet.
    let (gate, delivery) = play.stopped(&one, Place::Status, 10).await;
    play.office.wait(LEASE);
    assert_eq!(other.deliver(10).await.unwrap().confirmed, 2);
    play.run(&other, RELEASE).await;
    other.deliver(10).await.unwrap();
    gate.open.notify_one();
    assert_eq!(delivery.await.unwrap(), Delivered::default());
    play.agrees(Valid).await;
}

async fn what_the_authority_has_changed_meanwhile_is_decided_again(store: Store) {
    let play = Play::on(&store, Capabilities::ALL).await;
    let host = play.host();
    play.run(&host, HOLD).await;
    let (gate, delivery) = play.stopped(&host, Place::Order, 10).await;
    for status in [LedgerStatus::OnHold { since: now() }, LedgerStatus::Released { since: now() }] {
        play.changes_by_itself(status);
    }
    gate.open.notify_one();
    let delivered = delivery.await.unwrap();
    assert_eq!((delivered.confirmed, delivered.failed, delivered.waiting), (1, 0, 1), "it has not failed");
    play.office.wait(Millis::seconds(5));
    assert_eq!(counts(host.deliver(10).await.unwrap()), (1, 0));
    play.agrees(OnHold).await;
}

/// Every call waits on its way, and the dice say which goes on, when leases end, and what is asked for meanwhile.
#[tokio::test]
#[expect(clippy::print_stdout, reason = "says how to repeat a run that fails")]
async fn nothing_that_comes_late_makes_a_difference() {
    let seed = std::env::var("CARDFLOW_SEED").ok().map(|it| it.parse().unwrap());
    let seed = seed.unwrap_or_else(|| std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), "a seed") >> 16);
    println!("repeat with CARDFLOW_SEED={seed}");
    let mut dice = Dice(seed);
    let mut late = 0;
    for _ in 0..100 {
        late += in_any_order(&mut dice).await;
    }
    assert!(late > 0, "no call came late");
}

/// One course of events; how many orders the authority found overtaken.
async fn in_any_order(dice: &mut Dice) -> usize {
    let play = Play::on(&Store::memory(), Capabilities::ALL).await;
    let hosts = [play.host(), play.host()];
    *play.way.stopping.lock().unwrap() = true;
    let mut deliveries = Vec::new();
    for _ in 0..120 {
        let host = hosts[usize::from(dice.below(2) == 0)].clone();
        match dice.below(20) {
            0..4 => deliveries.push(tokio::spawn(async move { host.deliver(10).await.unwrap() })),
            4 => play.office.wait(LEASE),
            5 => {
                let active = play.office.card_state().await == CardState::Active;
                play.run(&host, if active { HOLD } else { RELEASE }).await;
            }
            _ => play.way.one_goes_on(dice),
        }
        let_others_go_on().await;
    }
    while deliveries.iter().any(|it| !it.is_finished()) {
        play.way.one_goes_on(dice);
        let_others_go_on().await;
    }
    *play.way.stopping.lock().unwrap() = false;
    play.settle(&hosts[0]).await;
    for (wanted, confirmed) in play.office.certificate_states().await {
        assert!(confirmed.is_none_or(|it| it == wanted), "{wanted} is wanted, {confirmed:?} confirmed");
    }
    let mut believed: Vec<_> = play.office.certificate_states().await.into_iter().map(|(wanted, _)| wanted).collect();
    believed.truncate(play.truth().len());
    assert_eq!(play.truth(), believed, "the authority has {:?}", play.way.to.actions());
    play.way.overtaken.load(Ordering::SeqCst)
}

async fn let_others_go_on() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
