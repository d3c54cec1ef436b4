//! What begins by itself: the end of a card's validity, the limit of a deactivation, reminders.

use std::sync::Arc;

use cardflow::cards::{Cards, CardsOptions};
use cardflow::domain::{
    Card, CardId, CardKind, CardState, CauseKind, CertificateState, ExpiryCertificates, HoldEnd, Object, RelationKind,
    RelationState, RevocationReason, Validity, What,
};
use cardflow::engine::{Component, Event, Judgement, NoticeKind, Outcome, RunMark};
use cardflow::ports::MockClock;
use cardflow::runtime::Standing;
use cardflow::testing::fakes::MailBox;
use cardflow::values::{Millis, ObjectRef, Timestamp};

use crate::common::store::every_store;
use crate::common::{Fate, Office, Rejection, Store, TENANT, issuer, now, person_at, principal, rejection, validity};

const DEACTIVATE: &str = "CardsProcDeactivate";
const REACTIVATE: &str = "CardsProcReactivate";
const EXPIRE: &str = "CardsProcExpire";
const HOLD_LIMIT: &str = "CardsProcHoldLimit";
const LOCK: &str = "CardsProcLock";

every_store![
    a_card_expires_a_millisecond_after_its_last_and_not_before,
    the_certificates_of_a_card_that_ends_before_them_are_revoked,
    they_are_held_to_their_end_where_an_option_says_so,
    a_held_card_expires_and_its_holds_close,
    a_card_that_came_in_past_its_end_expires_at_once,
    a_locked_card_does_not_expire,
    a_card_of_a_kind_of_the_site_expires_and_a_temporary_one_is_left_alone,
    an_inactive_card_is_locked_at_its_limit,
    an_inactive_card_is_reactivated_at_its_limit,
    what_cannot_be_reactivated_is_asked_about,
    a_card_that_came_back_in_time_is_left_alone,
    approvers_lock_it_or_let_it_lie_for_as_long_again,
    what_nobody_decides_is_asked_again,
    whoever_must_agree_to_a_lock_is_asked_about_it,
    two_hosts_begin_it_once,
    a_clock_set_back_loses_nothing,
    a_host_that_died_with_a_timer_loses_nothing,
    a_missing_process_is_said_and_tried_again,
    approvers_are_reminded_once,
    whoever_was_asked_for_more_is_reminded,
    a_worker_alone_begins_what_begins_by_itself,
];

async fn office(store: &Store, options: CardsOptions) -> Office {
    Office::over(store.builder().options(2, options)).await
}

fn limited(hold_end: HoldEnd) -> CardsOptions {
    CardsOptions { hold_days: 30, hold_end, ..CardsOptions::default() }
}

const MONTH: Millis = Millis::days(30);

impl Office {
    fn wait_until(&self, time: Timestamp) {
        self.wait(Millis::new(time.millis() - now().millis()));
    }

    /// Ticks once, and says how many timers brought something about; none failed.
    async fn ticks(&self) -> usize {
        let ticked = self.cards.tick().await.unwrap();
        assert_eq!(ticked.failed, 0);
        ticked.fired
    }

    /// The runs that began by themselves, oldest first.
    async fn began(&self, card: ObjectRef) -> Vec<RunMark> {
        let mut records = self.cards.history(&self.auditor, card).await.unwrap().records;
        records.sort_by_key(|it| it.linked.sequence);
        let by_itself = |it: &cardflow::engine::Entry<Cards>| {
            it.actor.person.is_none() && matches!(it.events.first(), Some(Event::Started { .. }))
        };
        records.into_iter().filter(|it| by_itself(&it.entry)).filter_map(|it| it.entry.run).collect()
    }

    async fn names(&self) -> Vec<String> {
        self.began(self.card).await.into_iter().map(|it| it.process).collect()
    }

    /// How the run stands that began by itself last.
    async fn last(&self) -> Standing<Cards> {
        self.standing(self.began(self.card).await.last().unwrap().instance).await
    }

    async fn ended(&self) -> Outcome {
        self.last().await.outcome().unwrap().clone()
    }

    /// Gives the holder another card that ends in March; the certificate on it ends later.
    async fn short_card(&self) -> ObjectRef {
        let ends = Validity::new(validity().from(), "2027-03-01".parse().unwrap()).unwrap();
        let id = CardId::from_uuid(self.fresh());
        let card = Card::new(TENANT, id, CardKind::Contractor, "0815".parse().unwrap(), ends);
        let card = card.registered_for(self.holder);
        let certificate = self.certificate(&card, issuer(), "77");
        let carries = self.relation(RelationKind::Carries, &card, certificate.at());
        let held = self.relation(RelationKind::Holder, &card, person_at(self.holder));
        let at = card.at();
        self.register(&[Object::Certificate(certificate), Object::Card(card), carries, held]).await;
        at
    }
}

fn end() -> Timestamp {
    validity().until()
}

async fn a_card_expires_a_millisecond_after_its_last_and_not_before(store: Store) {
    let office = office(&store, CardsOptions::default()).await;
    office.wait_until(end());
    assert_eq!(office.ticks().await, 0);
    assert_eq!(office.card_state().await, CardState::Active);
    office.wait_until(end().plus(Millis::new(1)));
    assert_eq!(office.ticks().await, 1);
    let dossier = office.dossier().await;
    assert_eq!(dossier.card(office.card).unwrap().state(), CardState::Expired);
    // The certificates ended with the card, so there is nothing to revoke.
    assert!(dossier.certificates().all(|it| it.wanted() == CertificateState::Expired));
    let relations: Vec<_> = dossier.relations().filter_map(|it| it.state()).collect();
    assert!(!relations.is_empty() && relations.iter().all(|it| *it == RelationState::Inactive));
    assert_eq!(office.names().await, [EXPIRE]);
    assert_eq!(office.ticks().await, 0);
    assert_eq!(office.ended().await, Outcome::Done { end: "expired".to_owned(), remark: None });
}

async fn the_certificates_of_a_card_that_ends_before_them_are_revoked(store: Store) {
    let office = office(&store, CardsOptions::default()).await;
    let card = office.short_card().await;
    office.wait_until("2027-03-01T00:00:00.001Z".parse().unwrap());
    assert_eq!(office.ticks().await, 1);
    let dossier = office.cards.open(&office.operator, card).await.unwrap().dossier;
    assert_eq!(dossier.card(card).unwrap().state(), CardState::Expired);
    let certificate = dossier.certificates_of(card).next().unwrap();
    assert_eq!(certificate.wanted(), CertificateState::Revoked);
    assert_eq!(certificate.reason(), Some(RevocationReason::CessationOfOperation));
    assert_eq!(dossier.card(office.card).unwrap().state(), CardState::Active, "the other card goes on");
    office.settle().await;
    let confirmed = office.cards.open(&office.operator, card).await.unwrap().dossier;
    let certificate = confirmed.certificates_of(card).next().unwrap();
    assert_eq!(certificate.confirmed(), Some(CertificateState::Revoked));
}

async fn they_are_held_to_their_end_where_an_option_says_so(store: Store) {
    let hold = CardsOptions { expiry_certificates: ExpiryCertificates::Hold, ..CardsOptions::default() };
    let office = office(&store, hold).await;
    let card = office.short_card().await;
    office.wait_until("2027-03-02".parse().unwrap());
    assert_eq!(office.ticks().await, 1);
    let dossier = office.cards.open(&office.operator, card).await.unwrap().dossier;
    let certificate = dossier.certificates_of(card).next().unwrap();
    assert_eq!((certificate.wanted(), certificate.holds().len()), (CertificateState::OnHold, 1));
    assert_eq!(certificate.holds()[0].cause().kind, CauseKind::CardExpiry);
    assert_eq!(certificate.holds()[0].by(), None);
}

async fn a_held_card_expires_and_its_holds_close(store: Store) {
    let office = office(&store, limited(HoldEnd::Lock)).await;
    office.wait_until(end().minus(Millis::days(3)));
    office.run(DEACTIVATE).await;
    office.wait(Millis::days(4));
    assert_eq!(office.ticks().await, 1);
    let card = office.card_at(office.card).await;
    assert_eq!((card.state(), card.holds().len()), (CardState::Expired, 0));
    // The limit of the hold that was there finds nothing to do.
    office.wait(MONTH);
    assert_eq!(office.ticks().await, 0);
    assert_eq!(office.names().await, [EXPIRE]);
}

async fn a_card_that_came_in_past_its_end_expires_at_once(store: Store) {
    let office = office(&store, CardsOptions::default()).await;
    office.wait_until(end().plus(Millis::days(1)));
    let card = office.give_card(office.holder, "0001", CardState::Issued).await;
    assert_eq!(office.ticks().await, 2, "both cards of the holder");
    assert_eq!(office.card_at(card).await.state(), CardState::Expired);
    assert_eq!(office.began(card).await.iter().filter(|it| it.process == EXPIRE).count(), 2, "in one home");
}

async fn a_card_of_a_kind_of_the_site_expires_and_a_temporary_one_is_left_alone(store: Store) {
    let office = office(&store, CardsOptions::default()).await;
    let card = |kind, number: &str| {
        let id = CardId::from_uuid(office.fresh());
        Card::new(TENANT, id, kind, number.parse().unwrap(), validity())
    };
    let (guest, temporary) = (card(CardKind::Site("guest".to_owned()), "0010"), card(CardKind::Temporary, "0011"));
    let at = [guest.at(), temporary.at()];
    office.register(&[Object::Card(guest), Object::Card(temporary)]).await;
    office.wait_until(end().plus(Millis::new(1)));
    assert_eq!(office.ticks().await, 2, "the guest's, and the holder's");
    assert_eq!(office.card_at(at[0]).await.state(), CardState::Expired);
    assert_eq!(office.card_at(at[1]).await.state(), CardState::Unassigned);
}

async fn a_locked_card_does_not_expire(store: Store) {
    let office = office(&store, CardsOptions::default()).await;
    office.run(LOCK).await;
    office.wait_until(end().plus(Millis::days(1)));
    assert_eq!(office.ticks().await, 0);
    assert_eq!(office.card_state().await, CardState::Locked);
    assert_eq!(office.ticks().await, 0);
}

async fn an_inactive_card_is_locked_at_its_limit(store: Store) {
    let office = office(&store, limited(HoldEnd::Lock)).await;
    let shown = office.start(DEACTIVATE).await.preview.unwrap().items;
    assert!(shown.iter().any(|it| it.what == What::HeldFor { days: 30 }), "{shown:?}");
    office.run(DEACTIVATE).await;
    let holds = office.card_at(office.card).await.holds().to_vec();
    assert_eq!(holds[0].until(), Some(now().plus(MONTH)));
    let dossier = office.dossier().await;
    let others = dossier.relations().flat_map(|it| it.holds()).chain(dossier.certificates().flat_map(|it| it.holds()));
    assert!(others.into_iter().all(|it| it.until().is_none()), "never one certificate alone");
    office.wait(Millis::new(MONTH.millis() - 1));
    office.ticks().await;
    assert_eq!(office.card_state().await, CardState::Inactive);
    office.wait(Millis::new(1));
    assert_eq!(office.ticks().await, 1);
    assert_eq!((office.card_state().await, office.names().await), (CardState::Locked, vec![LOCK.to_owned()]));
    office.settle().await;
    let revoked = (CertificateState::Revoked, Some(CertificateState::Revoked));
    assert_eq!(office.certificate_states().await, [revoked, revoked]);
}

async fn an_inactive_card_is_reactivated_at_its_limit(store: Store) {
    let office = office(&store, limited(HoldEnd::Reactivate)).await;
    office.run(DEACTIVATE).await;
    office.wait(MONTH);
    assert_eq!(office.ticks().await, 1);
    assert_eq!((office.card_state().await, office.names().await), (CardState::Active, vec![REACTIVATE.to_owned()]));
    // A second deactivation has a limit of its own.
    office.run(DEACTIVATE).await;
    office.wait(MONTH);
    assert_eq!(office.ticks().await, 1);
    assert_eq!(office.names().await, [REACTIVATE, REACTIVATE]);
}

async fn what_cannot_be_reactivated_is_asked_about(store: Store) {
    let office = office(&store, limited(HoldEnd::Reactivate)).await;
    office.run(DEACTIVATE).await;
    office.give_card(office.holder, "0002", CardState::Active).await;
    office.wait(MONTH);
    assert_eq!(office.ticks().await, 1, "one active card is enough");
    assert_eq!((office.card_state().await, office.names().await), (CardState::Inactive, vec![HOLD_LIMIT.to_owned()]));
}

async fn a_card_that_came_back_in_time_is_left_alone(store: Store) {
    let office = office(&store, limited(HoldEnd::Lock)).await;
    office.run(DEACTIVATE).await;
    office.wait(Millis::days(29));
    office.run(REACTIVATE).await;
    office.wait(Millis::days(1));
    assert_eq!(office.ticks().await, 0);
    assert_eq!((office.card_state().await, office.names().await.len()), (CardState::Active, 0));
}

async fn approvers_lock_it_or_let_it_lie_for_as_long_again(store: Store) {
    let office = office(&store, limited(HoldEnd::Ask)).await;
    office.run(DEACTIVATE).await;
    office.wait(MONTH);
    assert_eq!(office.ticks().await, 1);
    let asked = office.last().await;
    let refused = Judgement::reject(asked.task().unwrap(), "The holder is on leave");
    office.cards.judge(&office.approver, asked.id(), refused).await.unwrap();
    assert_eq!(office.ended().await, Outcome::Done { end: "inactive".to_owned(), remark: None });
    let card = office.card_at(office.card).await;
    assert_eq!((card.state(), card.holds()[0].until()), (CardState::Inactive, Some(now().plus(MONTH).plus(MONTH))));
    office.wait(Millis::days(29));
    assert_eq!(office.ticks().await, 0, "looked at, and nothing is due");
    office.wait(Millis::days(1));
    assert_eq!(office.ticks().await, 1);
    let asked = office.last().await;
    let agreed = Judgement::approve(asked.task().unwrap(), asked.approval.as_ref().unwrap().covers);
    office.cards.judge(&office.approver, asked.id(), agreed).await.unwrap();
    assert_eq!((office.card_state().await, office.names().await.len()), (CardState::Locked, 2));
}

async fn what_nobody_decides_is_asked_again(store: Store) {
    let office = office(&store, limited(HoldEnd::Ask)).await;
    office.run(DEACTIVATE).await;
    office.wait(MONTH);
    assert_eq!(office.ticks().await, 1);
    for day in 1..=2 {
        office.wait(Millis::days(1));
        office.ticks().await;
        assert_eq!(office.names().await.len(), 1, "the same waits on day {day}");
    }
    office.wait(Millis::days(1));
    office.ticks().await;
    office.wait(Millis::days(1));
    office.ticks().await;
    let began = office.began(office.card).await;
    assert_eq!(began.len(), 2, "it expired, and is asked anew");
    assert_eq!(office.standing(began[0].instance).await.outcome(), Some(&Outcome::Expired));
    assert!(office.last().await.approval.is_some());
}

async fn whoever_must_agree_to_a_lock_is_asked_about_it(store: Store) {
    let office = office(&store, CardsOptions { lock_approval: true, ..limited(HoldEnd::Lock) }).await;
    office.run(DEACTIVATE).await;
    office.wait(MONTH);
    assert_eq!(office.ticks().await, 1);
    assert_eq!((office.card_state().await, office.names().await), (CardState::Inactive, vec![HOLD_LIMIT.to_owned()]));
}

async fn two_hosts_begin_it_once(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let other = office.host(&store);
    office.wait_until(end().plus(Millis::new(1)));
    // The other host ticks while this one is about to commit.
    spy.before_commit(async move { assert_eq!(other.tick().await.unwrap().fired, 0) });
    assert_eq!(office.ticks().await, 1);
    assert_eq!(office.names().await, [EXPIRE]);
    // And one that took the timer over, since the lease was lost.
    let other = office.host(&store);
    let late = office.give_card(office.holder, "0003", CardState::Issued).await;
    let clock = office.clock.clone();
    spy.before_commit(async move {
        clock.advance(Millis::seconds(61));
        assert_eq!(other.tick().await.unwrap().fired, 1);
    });
    assert_eq!(office.ticks().await, 0);
    assert_eq!(office.card_at(late).await.state(), CardState::Expired);
    assert_eq!(office.names().await, [EXPIRE, EXPIRE], "one for each card");
}

async fn a_clock_set_back_loses_nothing(store: Store) {
    let office = office(&store, CardsOptions::default()).await;
    // When the host is built and the timer is claimed it is time, and a moment later not yet.
    let due = end().plus(Millis::new(1));
    let mut clock = MockClock::new();
    clock.expect_now().times(2).return_const(due);
    clock.expect_now().return_const(now());
    let host = office.equip(store.builder()).clock(Arc::new(clock)).build().unwrap();
    assert_eq!(host.tick().await.unwrap().fired, 1);
    assert_eq!(office.card_state().await, CardState::Expired);
}

async fn a_host_that_died_with_a_timer_loses_nothing(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    office.wait_until(end().plus(Millis::new(1)));
    spy.next_commit(Fate::Lost);
    assert!(office.cards.tick().await.is_err());
    assert_eq!(office.ticks().await, 0, "its lease runs");
    office.wait(Millis::seconds(60));
    assert_eq!(office.ticks().await, 1);
    assert_eq!(office.names().await, [EXPIRE]);
}

async fn a_missing_process_is_said_and_tried_again(store: Store) {
    let office = office(&store, CardsOptions::default()).await;
    office.wait_until(end().plus(Millis::new(1)));
    let without = bare(&office, &store);
    let ticked = without.tick().await.unwrap();
    assert_eq!((ticked.fired, ticked.failed), (0, 1));
    assert_eq!(office.card_state().await, CardState::Active);
    office.wait(Millis::hours(1));
    assert_eq!(office.ticks().await, 1);
    assert_eq!(office.card_state().await, CardState::Expired);
}

async fn approvers_are_reminded_once(store: Store) {
    let mailbox = Arc::new(MailBox::default());
    let options = CardsOptions { deactivation_approval: true, ..CardsOptions::default() };
    let office = Office::over(store.builder().options(2, options).notifier(mailbox.clone())).await;
    let asked = office.run(DEACTIVATE).await;
    let reminders = || mailbox.messages().iter().filter(|it| it.kind == NoticeKind::Reminder).count();
    office.wait(Millis::new(Millis::hours(48).millis() - 1));
    assert_eq!(office.ticks().await, 0);
    office.wait(Millis::new(1));
    assert_eq!(office.ticks().await, 1);
    office.settle().await;
    assert_eq!(reminders(), 2, "both approvers");
    office.wait(Millis::hours(1));
    assert_eq!(office.ticks().await, 0);
    assert_eq!(reminders(), 2);
    // Its time is not over for being reminded of, and is when it is.
    let agreed = Judgement::approve(asked.task().unwrap(), asked.approval.as_ref().unwrap().covers);
    assert!(office.standing(asked.id()).await.approval.is_some());
    office.wait(Millis::hours(23));
    assert_eq!(office.ticks().await, 1);
    assert_eq!(office.standing(asked.id()).await.outcome(), Some(&Outcome::Expired));
    let late = office.cards.judge(&office.approver, asked.id(), agreed).await;
    assert!(matches!(rejection(late), Rejection::NotWaiting { outcome: Some(Outcome::Expired), .. }));
}

async fn whoever_was_asked_for_more_is_reminded(store: Store) {
    let mailbox = Arc::new(MailBox::default());
    let options = CardsOptions { deactivation_approval: true, ..CardsOptions::default() };
    let office = Office::over(store.builder().options(2, options).notifier(mailbox.clone())).await;
    let asked = office.run(DEACTIVATE).await;
    office.wait(Millis::hours(47));
    let question = Judgement::ask(asked.task().unwrap(), "Which of the two?");
    office.cards.judge(&office.approver, asked.id(), question).await.unwrap();
    office.wait(Millis::hours(47));
    assert_eq!(office.ticks().await, 0, "it waits anew");
    office.wait(Millis::hours(1));
    assert_eq!(office.ticks().await, 1);
    office.settle().await;
    let olga = office.person("olga").await;
    let reminded = mailbox.messages().into_iter().filter(|it| it.kind == NoticeKind::Reminder).map(|it| it.to);
    assert_eq!(reminded.collect::<Vec<_>>(), [olga]);
}

async fn a_worker_alone_begins_what_begins_by_itself(store: Store) {
    let office = office(&store, CardsOptions::default()).await;
    for component in [Component::Operator, Component::Administrator, Component::Worker] {
        for (account, process) in [("olga", EXPIRE), ("adam", HOLD_LIMIT), ("olga", LOCK)] {
            if (component, process) == (Component::Operator, LOCK) {
                continue;
            }
            let started = office.cards.start(&principal(account, component), process, office.card).await;
            assert!(matches!(rejection(started), Rejection::NotEntitled { .. } | Rejection::WrongComponent { .. }));
        }
    }
}

/// A host without processes.
fn bare(office: &Office, store: &Store) -> cardflow::Cardflow {
    store.builder().clock(office.clock.clone()).ids(office.ids.clone()).build().unwrap()
}
