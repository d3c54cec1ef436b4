//! Requests that fail for good or for too long: they show as incidents, and people deal with them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::cards::{ADMINISTRATOR, AUTHORITY_EFFECT, Cards, CardsOptions};
use cardflow::domain::{Capabilities, CardState, CertificateState, IssuerName, Object, Person, RoleGrant, Serial};
use cardflow::engine::{
    AuditOutcome, CircuitPolicy, Closed, Component, Event, Incident, Outcome, Resolution, RetryPolicy, Status,
};
use cardflow::ports::{
    Alert, AuditQuery, AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, Clock, IssueRequest,
    IssuedCertificate, Principal,
};
use cardflow::runtime::{Delivered, Outstanding, OutstandingPage, Standing};
use cardflow::testing::fakes::{Bell, MailBox, Pager};
use cardflow::values::{Answers, CommandId, InstanceId, Millis, ObjectRef, PersonId, TenantId, Timestamp};
use cardflow::{Cardflow, CardflowBuilder};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, ScriptedAuthority, Store, TENANT, counts, issuer, now, principal, rejection};

every_store![
    what_fails_for_good_becomes_an_incident_and_is_left_alone,
    incidents_are_listed_oldest_first_page_by_page_and_to_whom_they_concern,
    what_is_tried_again_is_answered_in_the_end,
    what_is_skipped_or_done_by_hand_is_never_taken_for_done,
    what_is_tried_again_may_get_stuck_again,
    what_is_wrong_with_a_resolution_is_said_and_changes_nothing,
    an_incident_about_no_request_is_closed_by_hand_alone,
    the_same_command_again_gets_the_same_answer,
    an_administrator_of_another_tenant_sees_and_does_nothing,
    a_mail_that_cannot_be_delivered_is_an_incident,
    a_request_that_is_stuck_is_overtaken_like_any_other,
    what_waits_is_listed_oldest_first_until_it_is_confirmed,
    a_deadline_or_a_number_of_attempts_makes_a_request_stuck,
    a_system_that_is_dead_keeps_nobody_from_the_others_and_is_asked_once_a_pause,
];

const DEACTIVATE: &str = "CardsProcDeactivate";
const HELD: (CertificateState, Option<CertificateState>) = (CertificateState::OnHold, Some(CertificateState::OnHold));
const HELD_HERE: (CertificateState, Option<CertificateState>) = (CertificateState::OnHold, None);
/// Everything that the outside has said.
const WORN_OUT: &str = "the authority failed: the security module refuses: its key is worn out";

#[derive(Debug, thiserror::Error)]
#[error("the security module refuses")]
struct Module(#[source] Key);

#[derive(Debug, thiserror::Error)]
#[error("its key is worn out")]
struct Key;

/// What is wrong with an authority.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ill {
    /// It fails for good.
    Broken,
    /// It cannot be reached.
    Dead,
}

/// An authority that is ill while somebody says so, and notes when it was called.
#[derive(Debug)]
struct Patient {
    inner: Arc<ScriptedAuthority>,
    ill: Mutex<Option<Ill>>,
    clock: Arc<dyn Clock>,
    calls: Mutex<Vec<Timestamp>>,
    answered: AtomicUsize,
}

impl Patient {
    fn is(&self, ill: impl Into<Option<Ill>>) {
        *self.ill.lock().unwrap() = ill.into();
    }

    fn called(&self) -> Result<(), AuthorityError> {
        self.calls.lock().unwrap().push(self.clock.now());
        match *self.ill.lock().unwrap() {
            Some(Ill::Broken) => Err(AuthorityError::Other(Box::new(Module(Key)))),
            Some(Ill::Dead) => Err(AuthorityError::Unavailable("nobody answers".into())),
            None => {
                self.answered.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        }
    }

    /// When it was called since the last look, in seconds after a time.
    fn take_calls(&self, since: Timestamp) -> Vec<i64> {
        let calls = std::mem::take(&mut *self.calls.lock().unwrap());
        calls.iter().map(|it| (it.millis() - since.millis()) / 1000).collect()
    }
}

#[async_trait]
impl CertificateAuthority for Patient {
    fn issuer(&self) -> IssuerName {
        self.inner.issuer()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        self.inner.verify(der)
    }

    async fn issue(&self, request: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        self.inner.issue(request).await
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        self.called()?;
        self.inner.change(order).await
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        self.called()?;
        self.inner.status(serial).await
    }
}

/// An office whose authority falls ill, with a pager and a bell.
struct Desk {
    office: Office,
    authority: Arc<Patient>,
    pager: Arc<Pager>,
    bell: Arc<Bell>,
    store: Store,
}

impl Desk {
    async fn on(store: &Store) -> Desk {
        Desk::with(store, |it| it).await
    }

    async fn with(store: &Store, more: impl FnOnce(CardflowBuilder) -> CardflowBuilder) -> Desk {
        let mut office = Office::on(store).await;
        let authority = Arc::new(Patient {
            inner: office.authority.clone(),
            ill: Mutex::default(),
            clock: office.clock.clone(),
            calls: Mutex::default(),
            answered: AtomicUsize::new(0),
        });
        let (pager, bell) = (Arc::new(Pager::default()), Arc::new(Bell::default()));
        let builder = office.equip(store.builder()).certificate_authority(authority.clone());
        office.cards = more(builder.alerts(pager.clone()).wake(bell.clone())).build().unwrap();
        Desk { office, authority, pager, bell, store: store.clone() }
    }

    fn cards(&self) -> &Cardflow {
        &self.office.cards
    }

    async fn deactivate(&self, card: ObjectRef) -> InstanceId {
        self.cards().run(&self.office.operator, DEACTIVATE, card, Answers::none()).await.unwrap().id()
    }

    /// Deactivates a card while the authority is broken: both of its requests are stuck.
    async fn stuck(&self, card: ObjectRef) -> InstanceId {
        self.authority.is(Ill::Broken);
        let instance = self.deactivate(card).await;
        let delivered = self.cards().deliver(10).await.unwrap();
        assert_eq!(delivered, Delivered { stuck: 2, ..Delivered::default() });
        self.authority.is(None);
        instance
    }

    async fn deliver(&self) -> Delivered {
        self.cards().deliver(100).await.unwrap()
    }

    async fn standing(&self, instance: InstanceId) -> Standing<Cards> {
        self.office.standing(instance).await
    }

    async fn incidents_of(&self, instance: InstanceId) -> Vec<Incident> {
        self.standing(instance).await.incidents
    }

    async fn incidents(&self, who: &Principal, page: OutstandingPage) -> Outstanding<Cards> {
        self.cards().incidents(who, page).await.unwrap()
    }

    /// Everything that is listed, on one page.
    async fn listed(&self) -> Vec<InstanceId> {
        ids(&self.incidents(&self.office.administrator, OutstandingPage::first()).await)
    }

    async fn unmet(&self) -> Vec<(InstanceId, Millis)> {
        let page = OutstandingPage::first().limit(1000);
        let found = self.cards().unmet(&self.office.administrator, page).await.unwrap();
        found.items.iter().map(|it| (it.standing.id(), it.age)).collect()
    }

    async fn resolve(
        &self,
        instance: InstanceId,
        incident: u32,
        how: Resolution,
        note: &str,
    ) -> Result<Standing<Cards>, cardflow::runtime::Error<Cards>> {
        self.cards().resolve_incident(&self.office.administrator, instance, incident, how, note).await
    }

    /// How much work of an instance is stored.
    async fn work(&self, instance: InstanceId) -> usize {
        self.store.storage.instance(TENANT, instance).await.unwrap().unwrap().work.len()
    }

    /// What the records of an instance say was done about its incidents: the open part, and what was said.
    async fn resolutions(&self, card: ObjectRef, instance: InstanceId) -> Vec<(u32, Resolution, String, String)> {
        let history = self.cards().history(&self.office.auditor, card).await.unwrap();
        assert!(history.verified.is_ok());
        let mut all = Vec::new();
        for record in
            history.records.iter().filter(|it| it.entry.run.as_ref().is_some_and(|it| it.instance == instance))
        {
            for event in &record.entry.events {
                let Event::Resolved { incident, how, note, effect } = event else { continue };
                assert_eq!(record.entry.actor.person, Some(self.office.person("adam").await));
                assert!(effect.is_none_or(|_| record.entry.rule.starts_with(ADMINISTRATOR)), "{}", record.entry.rule);
                let said = record.personal.as_ref().map(|it| it.said.clone()).unwrap_or_default();
                all.push((*incident, *how, note.clone(), said));
            }
        }
        all.sort_by_key(|it| it.0);
        all
    }

    async fn outcomes(&self, instance: InstanceId) -> Vec<&'static str> {
        let page = self.office.audit(AuditQuery::all().instance(instance)).await;
        page.rows.iter().rev().map(|it| it.outcome.name()).collect()
    }

    async fn states(&self, card: ObjectRef) -> Vec<(CertificateState, Option<CertificateState>)> {
        let dossier = self.cards().open(&self.office.operator, card).await.unwrap().dossier;
        dossier.certificates_of(card).map(|it| (it.wanted(), it.confirmed())).collect()
    }

    /// An administrator of one unit.
    async fn administrator_of(&self, unit: &str) -> Principal {
        let account = format!("admin of {unit}");
        let grant = RoleGrant::new(ADMINISTRATOR, None, now()).unwrap().in_unit(unit).unwrap();
        let person = Person::new(TENANT, PersonId::from_uuid(self.office.fresh()), &account).unwrap();
        let person = person.with_account(&account).unwrap().with_role(grant);
        self.office.register(&[Object::Person(person)]).await;
        principal(&account, Component::Administrator)
    }
}

fn ids(found: &Outstanding<Cards>) -> Vec<InstanceId> {
    found.items.iter().map(|it| it.standing.id()).collect()
}

fn is_stuck(incident: &Incident) -> bool {
    incident.is_open() && incident.effect.is_some() && incident.what == WORN_OUT
}

async fn what_fails_for_good_becomes_an_incident_and_is_left_alone(store: Store) {
    let desk = Desk::on(&store).await;
    let card = desk.office.card;
    let held = desk.stuck(card).await;
    store.verifies().await;

    let standing = desk.standing(held).await;
    assert!(matches!(standing.status, Status::Confirming { .. }), "{standing:?}");
    assert_eq!((standing.asked, standing.confirmed, standing.overtaken), (2, 0, 0));
    let certificates: Vec<_> = desk.office.dossier().await.certificates().map(|it| it.at()).collect();
    let mut about: Vec<_> = standing.incidents.iter().map(|it| it.object).collect();
    about.sort();
    assert_eq!(about, certificates);
    assert!(standing.incidents.iter().all(|it| is_stuck(it) && it.since == now()), "{:?}", standing.incidents);
    let troubles: Vec<_> = standing.troubles.iter().map(|it| (it.effect, it.about, it.what.as_str())).collect();
    let mut expected: Vec<_> =
        standing.incidents.iter().map(|it| (it.effect.unwrap(), Some(it.object), WORN_OUT)).collect();
    expected.sort();
    assert_eq!(troubles, expected);
    // The card is unusable all the same, and nothing is said to be confirmed.
    assert_eq!(desk.office.card_state().await, CardState::Inactive);
    assert_eq!(desk.states(card).await, [HELD_HERE; 2]);
    assert_eq!(desk.outcomes(held).await, ["done", "stuck"]);
    let heard =
        Alert::Incident { tenant: TENANT, at: now(), instance: held, process: DEACTIVATE.to_owned(), subject: card };
    assert_eq!(desk.pager.heard(), [heard], "once, whatever is stuck of it");

    // Nobody tries it again by itself, in a year or in a hundred.
    let calls = desk.authority.take_calls(now()).len();
    assert!(calls >= 2);
    for _ in 0..100 {
        desk.office.wait(Millis::days(365));
        assert_eq!(desk.deliver().await, Delivered::default());
    }
    assert_eq!((desk.authority.take_calls(now()).len(), desk.pager.heard()), (0, vec![]));
    let found = desk.incidents(&desk.office.administrator, OutstandingPage::first().counted()).await;
    let [item] = &found.items[..] else { panic!("{found:?}") };
    assert_eq!((item.since, item.age, found.total, found.next), (now(), Millis::days(36_500), Some(1), None));
    assert_eq!(item.standing.incidents, standing.incidents);
    assert_eq!(item.standing.troubles, standing.troubles);
}

async fn incidents_are_listed_oldest_first_page_by_page_and_to_whom_they_concern(store: Store) {
    let desk = Desk::on(&store).await;
    let Desk { office, authority, .. } = &desk;
    // The first waits long before it is stuck; others begin later and get stuck sooner.
    authority.is(Ill::Dead);
    let waits = desk.deactivate(office.card).await;
    assert_eq!(counts(desk.cards().deliver(2).await.unwrap()), (0, 2));
    let cards = office.more_cards(3).await;
    let mut order = Vec::new();
    for card in &cards {
        office.wait(Millis::hours(1));
        authority.is(Ill::Broken);
        order.push(desk.deactivate(*card).await);
        assert_eq!(desk.cards().deliver(2).await.unwrap().stuck, 2, "what this host asked for itself goes first");
    }
    office.wait(Millis::hours(1));
    let (_, hamburg) = office.employ("Hanna Sample", "Hamburg", "6000 0001", 90).await;
    assert_eq!(desk.deliver().await.stuck, 2);
    order.push(waits);
    office.wait(Millis::hours(1));
    order.push(desk.stuck(hamburg).await);
    assert!(order[0] > waits, "the order is that of incidents, not of instances");

    let all = desk.incidents(&office.administrator, OutstandingPage::first().counted()).await;
    assert_eq!((ids(&all), all.total), (order.clone(), Some(5)));
    let ages: Vec<_> = all.items.iter().map(|it| it.age).collect();
    assert_eq!(ages, [4, 3, 2, 1, 0].map(Millis::hours));
    for limit in 1..=5 {
        let (mut pages, mut page) = (Vec::new(), OutstandingPage::first().limit(limit).counted());
        loop {
            let found = desk.incidents(&office.administrator, page).await;
            assert_eq!(found.total, Some(5), "of all pages");
            assert!((1..=limit).contains(&found.items.len()));
            pages.extend(ids(&found));
            let Some(next) = found.next else { break };
            page = OutstandingPage::first().limit(limit).counted().after(next);
        }
        assert_eq!(pages, order, "{limit} a page");
    }
    let uncounted = desk.incidents(&office.administrator, OutstandingPage::first()).await;
    assert_eq!(uncounted.total, None);

    for (unit, theirs) in [("Berlin", &order[..4]), ("Hamburg", &order[4..]), ("Rom", &[])] {
        let who = desk.administrator_of(unit).await;
        let found = desk.incidents(&who, OutstandingPage::first().counted()).await;
        assert_eq!((ids(&found), found.total), (theirs.to_vec(), Some(theirs.len() as u64)), "{unit}");
        let unmet = desk.cards().unmet(&who, OutstandingPage::first().counted()).await.unwrap();
        assert_eq!(unmet.total, Some(theirs.len() as u64), "{unit}");
    }
    for who in [&office.operator, &office.approver, &office.auditor, &principal("adam", Component::Operator)] {
        let none = Rejection::NotEntitled { right: "deal with incidents".to_owned() };
        assert_eq!(rejection(desk.cards().incidents(who, OutstandingPage::first()).await), none);
        assert_eq!(rejection(desk.cards().unmet(who, OutstandingPage::first()).await), none);
    }
}

async fn what_is_tried_again_is_answered_in_the_end(store: Store) {
    let desk = Desk::on(&store).await;
    let (adam, card) = (desk.office.person("adam").await, desk.office.card);
    let held = desk.stuck(card).await;
    desk.office.wait(Millis::hours(1));
    let later = now().plus(Millis::hours(1));

    let rung = desk.bell.rung();
    let standing = desk.resolve(held, 0, Resolution::Retry, "the module has a new key").await.unwrap();
    assert_eq!(desk.bell.rung(), rung + 1, "there is something to deliver");
    let closed = Closed { at: later, by: Some(adam), how: Some(Resolution::Retry) };
    assert_eq!(standing.incidents[0].closed, Some(closed));
    assert!(is_stuck(&standing.incidents[1]), "the other stands");
    assert_eq!((standing.asked, standing.confirmed), (2, 0), "nothing has come yet");
    assert_eq!(desk.listed().await, [held], "one is open still");
    store.verifies().await;
    assert_eq!(desk.deliver().await, Delivered { confirmed: 1, ..Delivered::default() });
    let mut states = desk.states(card).await;
    states.sort();
    assert_eq!(states, [HELD_HERE, HELD]);
    store.verifies().await;

    desk.resolve(held, 1, Resolution::Retry, "").await.unwrap();
    assert_eq!(desk.listed().await, [], "nothing is for a person any more");
    assert_eq!(desk.deliver().await, Delivered { confirmed: 1, ..Delivered::default() });
    assert_eq!(desk.states(card).await, [HELD; 2]);
    let standing = desk.standing(held).await;
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })), "{standing:?}");
    assert_eq!((standing.confirmed, standing.troubles.len(), desk.unmet().await), (2, 0, vec![]));

    let note = "the module has a new key".to_owned();
    let records = [(0, Resolution::Retry, String::new(), note), (1, Resolution::Retry, String::new(), String::new())];
    assert_eq!(desk.resolutions(card, held).await, records, "the note stands among the personal parts alone");
    let outcomes = ["done", "stuck", "resolved", "confirmed", "resolved", "confirmed"];
    let mut told = desk.outcomes(held).await;
    assert_eq!(told.len(), outcomes.len());
    told.sort_unstable();
    let mut expected = outcomes;
    expected.sort_unstable();
    assert_eq!(told, expected);
    let resolved = desk.office.audit(AuditQuery::all().outcome(AuditOutcome::Resolved)).await;
    assert!(resolved.rows.iter().all(|it| it.actor == Some(adam) && !it.changed && !it.json_line().contains("module")));
}

async fn what_is_skipped_or_done_by_hand_is_never_taken_for_done(store: Store) {
    let desk = Desk::on(&store).await;
    let adam = desk.office.person("adam").await;
    for (how, card) in [Resolution::Skip, Resolution::ByHand].into_iter().zip(desk.office.more_cards(2).await) {
        let held = desk.stuck(card).await;
        assert_eq!(desk.work(held).await, 2);
        let at = desk.office.clock.now();
        let closed = Some(Closed { at, by: Some(adam), how: Some(how) });
        let rung = desk.bell.rung();

        let standing = desk.resolve(held, 1, how, "told by phone").await.unwrap();
        assert_eq!((standing.incidents[0].closed, standing.incidents[1].closed), (None, closed));
        assert!(matches!(standing.status, Status::Confirming { .. }), "the other request is open");
        assert_eq!((desk.work(held).await, desk.listed().await), (1, vec![held]));
        store.verifies().await;

        let standing = desk.resolve(held, 0, how, "told by phone too").await.unwrap();
        assert!(matches!(standing.outcome(), Some(Outcome::Done { end, .. }) if end == "deactivated"), "{how}");
        assert_eq!((standing.asked, standing.confirmed, standing.overtaken), (2, 0, 0), "nothing was confirmed");
        assert_eq!((desk.work(held).await, desk.listed().await, desk.unmet().await), (0, vec![], vec![]));
        assert_eq!(desk.states(card).await, [HELD_HERE; 2], "{how}: the authority has not said so");
        store.verifies().await;

        // Nothing is asked any more.
        desk.authority.take_calls(now());
        desk.office.wait(Millis::days(100));
        assert_eq!(desk.deliver().await, Delivered::default());
        assert_eq!((desk.authority.take_calls(now()), desk.bell.rung()), (vec![], rung));
        let said = |place, note: &str| (place, how, String::new(), note.to_owned());
        assert_eq!(desk.resolutions(card, held).await, [said(0, "told by phone too"), said(1, "told by phone")]);
        assert_eq!(desk.outcomes(held).await, ["done", "stuck", "resolved", "resolved"], "{how}: and never confirmed");
        // What is wanted anew is asked for anew.
        let back = desk.cards().run(&desk.office.operator, "CardsProcReactivate", card, Answers::none()).await;
        assert_eq!(back.unwrap().asked, 2);
        assert_eq!(desk.deliver().await.confirmed, 2);
        let valid = (CertificateState::Valid, Some(CertificateState::Valid));
        assert_eq!(desk.states(card).await, [valid; 2]);
        store.verifies().await;
    }
}

async fn what_is_tried_again_may_get_stuck_again(store: Store) {
    let desk = Desk::on(&store).await;
    let held = desk.stuck(desk.office.card).await;
    desk.pager.heard();
    desk.authority.is(Ill::Broken);
    for times in 1..=3 {
        let last = desk.incidents_of(held).await.len() - 1;
        desk.office.wait(Millis::hours(1));
        desk.resolve(held, u32::try_from(last).unwrap(), Resolution::Retry, "").await.unwrap();
        let delivered = desk.deliver().await;
        assert_eq!(delivered, Delivered { stuck: 1, ..Delivered::default() });
        let incidents = desk.incidents_of(held).await;
        assert_eq!(incidents.len(), 2 + times, "each stands for itself");
        let (open, closed): (Vec<_>, Vec<_>) = incidents.iter().partition(|it| it.is_open());
        assert_eq!((open.len(), closed.len()), (2, times));
        assert_eq!(incidents.last().unwrap().since, desk.office.clock.now());
        assert_eq!(desk.pager.heard().len(), 1);
        let found = desk.incidents(&desk.office.administrator, OutstandingPage::first()).await;
        assert_eq!(found.items[0].since, now(), "since the first that is open came");
        store.verifies().await;
    }
}

async fn what_is_wrong_with_a_resolution_is_said_and_changes_nothing(store: Store) {
    use Resolution::{ByHand, Retry, Skip};
    let desk = Desk::on(&store).await;
    let Desk { office, .. } = &desk;
    let held = desk.stuck(office.card).await;
    desk.resolve(held, 1, Skip, "not needed").await.unwrap();
    let before = desk.standing(held).await;
    let closed = before.incidents[1].closed.unwrap();

    let (long, most) = ("ä".repeat(1001), Rejection::NoteNeeded { most: 1000 });
    let none = Rejection::NotFound { what: "incident" };
    let table = [
        (0, Skip, "", most.clone()),
        (0, ByHand, " \t\n", most.clone()),
        (0, Skip, long.as_str(), most.clone()),
        (0, Retry, long.as_str(), most),
        (1, Retry, "", Rejection::IncidentClosed(closed)),
        (1, Skip, "again", Rejection::IncidentClosed(closed)),
        (1, ByHand, "", Rejection::IncidentClosed(closed)),
        (2, Retry, "", none.clone()),
        (u32::MAX, Skip, "", none),
    ];
    for (incident, how, note, expected) in table {
        assert_eq!(rejection(desk.resolve(held, incident, how, note).await), expected, "{incident}, {how}, {note:.9}");
    }
    let unheard = InstanceId::from_uuid(office.fresh());
    let unknown = Rejection::NotFound { what: "instance" };
    assert_eq!(rejection(desk.resolve(unheard, 0, Retry, "").await), unknown);
    // Who may not, or not here, learns nothing of it.
    let hamburg = desk.administrator_of("Hamburg").await;
    let before_them = desk.cards().refusals(&office.auditor, 100).await.unwrap().len();
    let strangers =
        [&office.operator, &office.approver, &office.auditor, &principal("adam", Component::Operator), &hamburg];
    for who in strangers {
        for incident in [0, 1, 7] {
            let refused = desk.cards().resolve_incident(who, held, incident, ByHand, "I did it").await;
            assert_eq!(rejection(refused), unknown, "{} {incident}", who.account());
        }
    }
    let refusals = desk.cards().refusals(&office.auditor, 100).await.unwrap();
    assert!(refusals.len() > before_them, "it is on record who tried");
    assert!(refusals[..refusals.len() - before_them].iter().all(|it| it.attempt == "resolve an incident"));

    assert_eq!(desk.standing(held).await, before);
    assert_eq!((desk.work(held).await, desk.resolutions(office.card, held).await.len()), (1, 1));
    assert_eq!(desk.deliver().await, Delivered::default());
    // The longest note there may be.
    desk.resolve(held, 0, ByHand, &"ä".repeat(1000)).await.unwrap();
}

async fn an_incident_about_no_request_is_closed_by_hand_alone(store: Store) {
    let desk = Desk::on(&store).await;
    let Desk { office, .. } = &desk;
    let foreign = office.certificate(&office.card_at(office.card).await, "CN=Somebody Else".parse().unwrap(), "0777");
    let (at, carries) = (
        foreign.at(),
        office.relation(cardflow::domain::RelationKind::Carries, &office.card_at(office.card).await, foreign.at()),
    );
    office.register(&[Object::Certificate(foreign), carries]).await;
    let held = desk.deactivate(office.card).await;
    assert_eq!(desk.deliver().await.confirmed, 2);
    let standing = desk.standing(held).await;
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })), "{standing:?}");
    let [incident] = &standing.incidents[..] else { panic!("{standing:?}") };
    assert_eq!((incident.object, incident.effect, incident.is_open()), (at, None, true));
    assert_eq!(desk.listed().await, [held], "also where the run is over");
    assert_eq!(desk.unmet().await, []);
    for how in [Resolution::Retry, Resolution::Skip] {
        let refused = desk.resolve(held, 0, how, "please").await;
        assert_eq!(rejection(refused), Rejection::NothingToRetry, "{how}");
    }
    let done = desk.resolve(held, 0, Resolution::ByHand, "asked them in writing").await.unwrap();
    assert_eq!((done.outcome(), desk.listed().await), (standing.outcome(), vec![]));
    assert_eq!(desk.resolutions(office.card, held).await[0].3, "asked them in writing");
}

async fn the_same_command_again_gets_the_same_answer(store: Store) {
    let desk = Desk::on(&store).await;
    let Desk { office, .. } = &desk;
    let held = desk.stuck(office.card).await;
    let who = &office.administrator;
    let id = CommandId::from_uuid(office.fresh());
    let resolve = async |incident, how, note: &str| {
        desk.cards().resolve_incident(who.command(id), held, incident, how, note).await
    };
    let first = resolve(0, Resolution::Skip, "not needed").await.unwrap();
    desk.resolve(held, 1, Resolution::Retry, "").await.unwrap();
    desk.deliver().await;
    let again = resolve(0, Resolution::Skip, "not needed").await.unwrap();
    assert_eq!((again.incidents, again.status, again.confirmed), (first.incidents, first.status, first.confirmed));
    for (incident, how, note) in [
        (1, Resolution::Skip, "not needed"),
        (0, Resolution::ByHand, "not needed"),
        (0, Resolution::Skip, "not needed at all"),
    ] {
        let reused = rejection(resolve(incident, how, note).await);
        assert!(matches!(reused, Rejection::CommandIdReused { .. }), "{incident} {how} {note}: {reused:?}");
    }
    assert_eq!(desk.resolutions(office.card, held).await.len(), 2, "each is on record once");
    let standing = desk.standing(held).await;
    assert_eq!((standing.asked, standing.confirmed), (2, 1));
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })), "{standing:?}");
}

async fn an_administrator_of_another_tenant_sees_and_does_nothing(store: Store) {
    let desk = Desk::on(&store).await;
    let held = desk.stuck(desk.office.card).await;
    let other = TenantId::new(8);
    let grant = RoleGrant::new(ADMINISTRATOR, None, now()).unwrap();
    let person = Person::new(other, PersonId::from_uuid(desk.office.fresh()), "adam").unwrap();
    let person = person.with_account("adam").unwrap().with_role(grant);
    desk.cards().install(other, &[Object::Person(person)]).await.unwrap();
    let stranger = desk.office.administrator.clone().of_tenant(other);
    let page = || OutstandingPage::first().counted();
    let found = desk.incidents(&stranger, page()).await;
    assert_eq!((found.items, found.total), (vec![], Some(0)));
    assert_eq!(desk.cards().unmet(&stranger, page()).await.unwrap().total, Some(0));
    let refused = desk.cards().resolve_incident(&stranger, held, 0, Resolution::Skip, "not mine").await;
    assert_eq!(rejection(refused), Rejection::NotFound { what: "instance" });
    assert!(desk.incidents_of(held).await.iter().all(is_stuck));
}

async fn a_mail_that_cannot_be_delivered_is_an_incident(store: Store) {
    let mailbox = Arc::new(MailBox::default());
    let options = CardsOptions { deactivation_mail: true, ..CardsOptions::default() };
    let post = mailbox.clone();
    let desk = Desk::with(&store, move |it| it.options(2, options).notifier(post)).await;
    let cards = desk.office.more_cards(2).await;
    for (card, how) in cards.into_iter().zip([Resolution::Retry, Resolution::Skip]) {
        mailbox.refuse("the mailbox is full", false);
        let held = desk.deactivate(card).await;
        assert_eq!(desk.deliver().await, Delivered { confirmed: 2, stuck: 1, ..Delivered::default() });
        let standing = desk.standing(held).await;
        assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })), "nothing waits for a mail");
        assert_eq!((standing.asked, standing.confirmed), (2, 2), "{standing:?}");
        let [incident] = &standing.incidents[..] else { panic!("{standing:?}") };
        assert_eq!((incident.object, incident.what.as_str()), (card, "the mailbox is full"));
        assert_eq!((desk.listed().await, desk.unmet().await), (vec![held], vec![]), "nothing waits for it");
        assert_eq!(desk.pager.heard().len(), 1);
        store.verifies().await;

        mailbox.accept();
        let before = mailbox.all().len();
        let done = desk.resolve(held, 0, how, "the mailbox is empty").await.unwrap();
        assert!(matches!(done.outcome(), Some(Outcome::Done { .. })));
        let sent = usize::from(how == Resolution::Retry);
        assert_eq!(desk.deliver().await.confirmed, sent, "{how}");
        assert_eq!((mailbox.all().len() - before, desk.work(held).await), (sent, 0), "{how}");
        assert_eq!(desk.listed().await, []);
        store.verifies().await;
    }
}

async fn a_request_that_is_stuck_is_overtaken_like_any_other(store: Store) {
    let desk = Desk::on(&store).await;
    let card = desk.office.card;
    let held = desk.stuck(card).await;
    desk.office.wait(Millis::hours(1));
    let later = now().plus(Millis::hours(1));
    desk.cards().run(&desk.office.operator, "CardsProcLock", card, Answers::none()).await.unwrap();
    store.verifies().await;
    let delivered = desk.deliver().await;
    assert_eq!((delivered.confirmed, delivered.overtaken, delivered.stuck), (2, 2, 0));
    let standing = desk.standing(held).await;
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })), "{standing:?}");
    let closed = Closed { at: later, by: None, how: None };
    assert!(standing.incidents.iter().all(|it| it.closed == Some(closed)), "{standing:?}");
    assert_eq!((standing.overtaken, desk.listed().await, desk.work(held).await), (2, vec![], 0));
    assert_eq!(desk.outcomes(held).await, ["done", "stuck", "overtaken"], "and never confirmed");
    let again = rejection(desk.resolve(held, 0, Resolution::Retry, "").await);
    assert_eq!(again, Rejection::IncidentClosed(closed));
    let revoked = (CertificateState::Revoked, Some(CertificateState::Revoked));
    assert_eq!(desk.states(card).await, [revoked; 2]);
}

async fn what_waits_is_listed_oldest_first_until_it_is_confirmed(store: Store) {
    let desk = Desk::on(&store).await;
    let cards = desk.office.more_cards(3).await;
    assert_eq!(desk.unmet().await, []);
    desk.authority.is(Ill::Dead);
    let mut waiting = Vec::new();
    for card in cards {
        waiting.push(desk.deactivate(card).await);
        desk.deliver().await;
        desk.office.wait(Millis::hours(1));
    }
    let started = desk.office.start(DEACTIVATE).await;
    let expected: Vec<_> = waiting.iter().copied().zip([3, 2, 1].map(Millis::hours)).collect();
    assert_eq!(desk.unmet().await, expected, "what waits for a person alone is not listed: {}", started.id());
    assert_eq!(desk.listed().await, [], "nobody need look yet");
    let first = OutstandingPage::first().limit(2).counted();
    let page = desk.cards().unmet(&desk.office.administrator, first.clone()).await.unwrap();
    assert_eq!((ids(&page), page.total), (waiting[..2].to_vec(), Some(3)));
    assert!(page.items.iter().all(|it| it.standing.troubles.len() == 2), "with what went wrong: {page:?}");
    let page = desk.cards().unmet(&desk.office.administrator, first.after(page.next.unwrap())).await.unwrap();
    assert_eq!((ids(&page), page.next), (waiting[2..].to_vec(), None));

    // One of two answers leaves it waiting, since its own first request.
    desk.authority.is(None);
    assert_eq!(desk.cards().deliver(1).await.unwrap().confirmed, 1);
    assert_eq!(desk.unmet().await, expected);
    for _ in 0..3 {
        desk.deliver().await;
        desk.office.wait(Millis::hours(1));
    }
    assert_eq!(desk.unmet().await, []);
}

async fn a_deadline_or_a_number_of_attempts_makes_a_request_stuck(store: Store) {
    let steady =
        RetryPolicy { first: Millis::seconds(60), longest: Millis::seconds(60), jitter: 0, ..RetryPolicy::USUAL };
    let deadline = RetryPolicy { deadline: Some(Millis::seconds(180)), ..steady };
    let attempts = RetryPolicy { deadline: None, attempts: Some(3), ..steady };
    let mut office_card = None;
    for (policy, tries) in [(deadline, 4), (attempts, 3)] {
        let desk = match office_card.take() {
            None => Desk::with(&store, |it| it.retry_of(AUTHORITY_EFFECT, policy)).await,
            Some(desk) => again(desk, policy),
        };
        let (_, card) = desk.office.employ("Ben Sample", "Berlin", &format!("7000 000{tries}"), 60 + tries).await;
        desk.authority.is(Ill::Dead);
        let held = desk.deactivate(card).await;
        for _ in 1..tries {
            let delivered = desk.deliver().await;
            assert_eq!((delivered.failed, delivered.stuck), (2, 0));
            assert_eq!(delivered.next, Some(desk.office.clock.now().plus(Millis::seconds(60))));
            assert_eq!(desk.listed().await, []);
            desk.office.wait(Millis::seconds(60));
        }
        assert_eq!(desk.deliver().await, Delivered { stuck: 2, ..Delivered::default() });
        let what = format!("given up after {tries} attempts: the authority is not available: nobody answers");
        let incidents = desk.incidents_of(held).await;
        assert!(incidents.iter().all(|it| it.what == what && it.is_open()), "{incidents:?}");
        desk.office.wait(Millis::days(2));
        assert_eq!(desk.deliver().await, Delivered::default());
        store.verifies().await;
        // A person has it tried once more, however much later.
        desk.authority.is(None);
        for incident in [0, 1] {
            desk.resolve(held, incident, Resolution::Retry, "").await.unwrap();
        }
        assert_eq!(desk.deliver().await.confirmed, 2);
        assert_eq!(desk.states(card).await, [HELD; 2]);
        office_card = Some(desk);
    }
}

/// The same desk with another policy.
fn again(desk: Desk, policy: RetryPolicy) -> Desk {
    let Desk { mut office, authority, pager, bell, store } = desk;
    let builder = office.equip(store.builder()).certificate_authority(authority.clone());
    let builder = builder.alerts(pager.clone()).wake(bell.clone()).retry_of(AUTHORITY_EFFECT, policy);
    office.cards = builder.build().unwrap();
    Desk { office, authority, pager, bell, store }
}

async fn a_system_that_is_dead_keeps_nobody_from_the_others_and_is_asked_once_a_pause(store: Store) {
    let other: IssuerName = "CN=Another CA".parse().unwrap();
    let living = Arc::new(ScriptedAuthority::named(other.clone()));
    let (circuit, second) = (
        CircuitPolicy { failures: 2, first: Millis::seconds(10), longest: Millis::seconds(40) },
        RetryPolicy { first: Millis::seconds(1), longest: Millis::seconds(1), jitter: 0, ..RetryPolicy::USUAL },
    );
    let beside = living.clone();
    let desk = Desk::with(&store, |it| it.certificate_authority(beside).circuit(circuit).retry(second)).await;
    let Desk { office, authority, .. } = &desk;
    let dead_cards = office.more_cards(5).await;
    authority.is(Ill::Dead);
    let mut waiting = Vec::new();
    for card in &dead_cards {
        waiting.push(desk.deactivate(*card).await);
    }
    let opened = desk.cards().deliver(2).await.unwrap();
    assert_eq!((opened.failed, opened.waiting, authority.take_calls(now())), (2, 0, vec![0, 0]));

    // A card with a certificate of the living one.
    let person = Person::new(TENANT, PersonId::from_uuid(office.fresh()), "Lea Sample").unwrap();
    let person = person.in_unit("Berlin").unwrap();
    office.register(&[Object::Person(person.clone())]).await;
    let at = office.give_card(person.id(), "7100 0001", CardState::Active).await;
    let card = office.card_at(at).await;
    let certificate = office.certificate(&card, other, "0777");
    let carries = office.relation(cardflow::domain::RelationKind::Carries, &card, certificate.at());
    office.register(&[Object::Certificate(certificate), carries]).await;
    let lives = desk.deactivate(at).await;
    let delivered = desk.deliver().await;
    assert_eq!((delivered.confirmed, delivered.failed, delivered.waiting), (1, 0, 8), "it goes on at once");
    assert_eq!(delivered.next, Some(now().plus(Millis::seconds(10))));
    assert!(matches!(desk.standing(lives).await.outcome(), Some(Outcome::Done { .. })));
    assert_eq!(authority.take_calls(now()), [0_i64; 0]);
    let standing = desk.standing(waiting[4]).await;
    let until = now().plus(Millis::seconds(10));
    let why = format!("the authority `{}` does not answer, and is asked again at {until}", issuer());
    assert!(standing.troubles.len() == 2 && standing.troubles.iter().all(|it| it.what == why), "{standing:?}");
    store.verifies().await;

    // Second by second: one call a pause, which doubles up to the longest.
    let mut failed = 0;
    for _ in 1..=120 {
        office.wait(Millis::seconds(1));
        let delivered = desk.deliver().await;
        failed += delivered.failed;
        assert_eq!((delivered.confirmed, delivered.stuck), (0, 0));
    }
    let calls = authority.take_calls(now());
    assert_eq!(calls, [10, 30, 70, 110]);
    assert_eq!(failed, calls.len(), "no request has failed but by a call");
    assert_eq!(desk.listed().await, []);

    // The one that is let through finds it well, and the others follow when their pause is over.
    authority.is(None);
    let mut confirmed = Vec::new();
    for second in 121..=200 {
        office.wait(Millis::seconds(1));
        let delivered = desk.deliver().await;
        assert_eq!((delivered.failed, delivered.stuck), (0, 0));
        confirmed.extend((delivered.confirmed > 0).then_some((second, delivered.confirmed)));
    }
    assert_eq!(confirmed, [(150, 1), (190, 9)]);
    assert!(authority.answered.load(Ordering::SeqCst) >= 10);
    for (card, instance) in dead_cards.into_iter().zip(waiting) {
        assert_eq!(desk.states(card).await, [HELD; 2]);
        assert!(matches!(desk.standing(instance).await.outcome(), Some(Outcome::Done { .. })));
    }
}
