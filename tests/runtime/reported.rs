//! Answers that a system outside gives by itself: in time, again, late and against each other.

use std::sync::Arc;

use cardflow::cards::Cards;
use cardflow::domain::{Answer, CertificateState, RevocationReason};
use cardflow::engine::{Event, Outcome, Resolution, RetryPolicy, Status};
use cardflow::runtime::{OutstandingPage, Reported};
use cardflow::testing::fakes::Mood;
use cardflow::values::{EffectId, InstanceId};
use uuid::Uuid;

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, rejection};

every_store![
    an_answer_that_is_waited_for_is_recorded_once,
    an_answer_against_an_earlier_one_is_an_incident_once,
    an_answer_to_what_was_given_up_is_on_record_and_holds,
    an_answer_to_what_was_overtaken_changes_nothing_any_more,
    an_answer_to_nothing_is_rejected,
    the_answer_of_a_worker_that_comes_after_the_same_is_nothing_new,
    the_answer_of_a_worker_that_comes_after_another_is_on_record,
];

fn held() -> Answer {
    let reason = Some(RevocationReason::CertificateHold);
    Answer::Authority { state: CertificateState::OnHold, reason, since: None, held_before: false }
}

fn revoked() -> Answer {
    let reason = Some(RevocationReason::KeyCompromise);
    Answer::Authority { state: CertificateState::Revoked, reason, since: None, held_before: false }
}

impl Office {
    /// What the instance has asked of the outside, in order.
    async fn effects_of(&self, instance: InstanceId) -> Vec<EffectId> {
        let asked = |it: &Event<Cards>| if let Event::Requested { effect, .. } = it { Some(*effect) } else { None };
        let history = self.cards.history(&self.operator, self.card).await.unwrap();
        let of_it = history.records.iter().filter(|it| it.entry.run.as_ref().is_some_and(|it| it.instance == instance));
        of_it.flat_map(|it| it.entry.events.iter().filter_map(asked)).collect()
    }

    /// How often an answer to a request is on record: in time, and late.
    async fn recorded(&self, effect: EffectId) -> (usize, usize) {
        let history = self.cards.history(&self.operator, self.card).await.unwrap();
        let events = || history.records.iter().flat_map(|it| &it.entry.events);
        let in_time = events().filter(|it| matches!(it, Event::Confirmed { effect: it, .. } if *it == effect));
        let late = events().filter(|it| matches!(it, Event::Late { effect: it, .. } if *it == effect));
        (in_time.count(), late.count())
    }

    async fn reports(&self, instance: InstanceId, effect: EffectId, answer: Answer) -> Reported {
        self.cards.report(TENANT, instance, effect, &answer).await.unwrap()
    }

    async fn incidents_open(&self) -> usize {
        let list = self.cards.incidents(&self.administrator, OutstandingPage::first()).await.unwrap();
        list.items.iter().flat_map(|it| &it.standing.incidents).filter(|it| it.is_open()).count()
    }
}

async fn an_answer_that_is_waited_for_is_recorded_once(store: Store) {
    let office = Office::on(&store).await;
    let id = office.run("CardsProcDeactivate").await.id();
    let effects = office.effects_of(id).await;
    assert_eq!(office.reports(id, effects[0], held()).await, Reported::Confirmed);
    assert_eq!(office.certificate_states().await[0].1, Some(CertificateState::OnHold));
    assert_eq!(office.reports(id, effects[0], held()).await, Reported::Again);
    assert!(matches!(office.standing(id).await.status, Status::Confirming { .. }));
    // The worker has only the other one to ask for.
    office.settle().await;
    assert_eq!(office.authority.orders().len(), 1);
    assert!(matches!(office.standing(id).await.outcome(), Some(Outcome::Done { .. })));
    assert_eq!(office.reports(id, effects[1], held()).await, Reported::Contradicts, "it says since when, this one not");
    assert_eq!(office.recorded(effects[0]).await, (1, 0));
    store.verifies().await;
}

async fn an_answer_against_an_earlier_one_is_an_incident_once(store: Store) {
    let office = Office::on(&store).await;
    let id = office.run("CardsProcDeactivate").await.id();
    let effects = office.effects_of(id).await;
    assert_eq!(office.reports(id, effects[0], held()).await, Reported::Confirmed);
    assert_eq!(office.reports(id, effects[0], revoked()).await, Reported::Contradicts);
    let incidents = office.incidents_open().await;
    assert!(incidents > 0);
    let dossier = office.dossier().await;
    let certificate = dossier.certificates().next().unwrap();
    assert_eq!(
        (certificate.wanted(), certificate.reason()),
        (CertificateState::Revoked, Some(RevocationReason::KeyCompromise))
    );
    assert_eq!(office.reports(id, effects[0], revoked()).await, Reported::Again);
    assert_eq!((office.incidents_open().await, office.recorded(effects[0]).await), (incidents, (1, 1)));
    store.verifies().await;
}

async fn an_answer_to_what_was_given_up_is_on_record_and_holds(store: Store) {
    let impatient = RetryPolicy { attempts: Some(1), jitter: 0, ..RetryPolicy::USUAL };
    let office = Office::over(store.builder().retry(impatient)).await;
    let id = office.run("CardsProcDeactivate").await.id();
    let effects = office.effects_of(id).await;
    office.authority.is(Mood::Down);
    office.settle().await;
    for (incident, how) in [(0, Resolution::Skip), (1, Resolution::ByHand)] {
        let done = office.cards.resolve_incident(&office.administrator, id, incident, how, "told by phone").await;
        done.unwrap();
    }
    assert!(matches!(office.standing(id).await.outcome(), Some(Outcome::Done { .. })));
    for effect in effects {
        assert_eq!(office.recorded(effect).await, (0, 0));
        assert_eq!(office.reports(id, effect, held()).await, Reported::Late);
        assert_eq!(office.reports(id, effect, held()).await, Reported::Again);
        assert_eq!(office.recorded(effect).await, (0, 1));
    }
    let held = (CertificateState::OnHold, Some(CertificateState::OnHold));
    assert_eq!(office.certificate_states().await, [held; 2], "what it says is so");
    store.verifies().await;
}

async fn an_answer_to_what_was_overtaken_changes_nothing_any_more(store: Store) {
    let office = Office::on(&store).await;
    let id = office.run("CardsProcDeactivate").await.id();
    let effects = office.effects_of(id).await;
    office.run("CardsProcLock").await;
    office.settle().await;
    office.settle().await;
    assert_eq!(office.recorded(effects[0]).await, (0, 0), "it was overtaken");
    assert_eq!(office.reports(id, effects[0], held()).await, Reported::Late);
    let revoked = (CertificateState::Revoked, Some(CertificateState::Revoked));
    assert_eq!((office.certificate_states().await[0], office.recorded(effects[0]).await), (revoked, (0, 1)));
    assert_eq!(office.reports(id, effects[0], held()).await, Reported::Again);
    store.verifies().await;
}

async fn an_answer_to_nothing_is_rejected(store: Store) {
    let office = Office::on(&store).await;
    let id = office.run("CardsProcDeactivate").await.id();
    let nothing = EffectId::from_uuid(Uuid::from_u128(5));
    let no_such = rejection(office.cards.report(TENANT, id, nothing, &held()).await);
    assert_eq!(no_such, Rejection::NotAsked { effect: nothing });
    let nowhere = InstanceId::from_uuid(Uuid::from_u128(5));
    let no_such = rejection(office.cards.report(TENANT, nowhere, nothing, &held()).await);
    assert_eq!(no_such, Rejection::NotFound { what: "instance" });
}

async fn the_answer_of_a_worker_that_comes_after_the_same_is_nothing_new(store: Store) {
    on_its_way(store, held_as_the_worker_says, Reported::Confirmed, (1, 0)).await;
}

async fn the_answer_of_a_worker_that_comes_after_another_is_on_record(store: Store) {
    on_its_way(store, |_| revoked(), Reported::Confirmed, (1, 1)).await;
}

/// As the authority of the office answers.
fn held_as_the_worker_says(office: &Office) -> Answer {
    use cardflow::ports::Clock;
    let (reason, since) = (Some(RevocationReason::CertificateHold), Some(office.clock.now()));
    Answer::Authority { state: CertificateState::OnHold, reason, since, held_before: false }
}

/// While the order of a worker is on its way, the answer is handed in.
async fn on_its_way(store: Store, answer: fn(&Office) -> Answer, comes: Reported, recorded: (usize, usize)) {
    let office = Arc::new(Office::on(&store).await);
    let id = office.run("CardsProcDeactivate").await.id();
    let effects = office.effects_of(id).await;
    let (other, effect) = (Arc::clone(&office), effects[0]);
    let seen = Arc::new(std::sync::Mutex::new(None));
    let said = Arc::clone(&seen);
    office.authority.during(async move {
        let reported = other.reports(id, effect, answer(&other)).await;
        *said.lock().unwrap() = Some(reported);
    });
    office.settle().await;
    assert_eq!(*seen.lock().unwrap(), Some(comes));
    assert_eq!(office.recorded(effect).await, recorded);
    assert_eq!(office.authority.orders().len(), 2);
    assert!(matches!(office.standing(id).await.outcome(), Some(Outcome::Done { .. })));
    store.verifies().await;
}
