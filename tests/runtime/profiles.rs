//! Policy profiles: by when a card must be out of use for relying parties too, whether certificates may be held, who is told.

use std::sync::Arc;

use cardflow::cards::{Cards, CardsOptions};
use cardflow::domain::{
    CardState, CertificateState, DeadlineEnd, ExemptionPolicy, Measure, PolicyDeadline, Profile, Refusal, RuleId,
    Unholdable, What,
};
use cardflow::engine::{Domain, NoticeKind, Resolution};
use cardflow::ports::{Alert, Clock};
use cardflow::runtime::{OutstandingPage, Standing};
use cardflow::testing::fakes::{MailBox, Mood, Pager, ScriptedStatus};
use cardflow::values::{Answers, Millis, ObjectRef, Timestamp};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, issuer, now, rejection};

every_store![
    a_lost_piv_card_that_is_locked_is_met_when_its_authority_has_confirmed,
    a_hold_alone_does_not_meet_it_and_it_is_overdue_after_18_hours,
    a_lock_after_a_hold_meets_it,
    an_authority_that_is_down_makes_it_overdue_and_it_is_met_late,
    it_counts_from_the_notification,
    other_reasons_have_no_time,
    a_card_that_was_found_again_is_let_off,
    a_suspension_meets_the_etsi_rule_and_its_holder_is_told,
    it_is_met_when_relying_parties_see_it,
    a_card_without_certificates_meets_it_at_once,
    the_cabf_profile_holds_no_certificate,
    what_cannot_be_held_is_revoked_or_refused_as_the_option_says,
    the_eidas_profile_counts_from_a_revocation_and_tells_the_holder,
    without_a_profile_nothing_is_due,
    approval_does_not_put_off_the_time,
    whoever_is_named_is_written_to_once_when_a_time_has_passed,
];

const DEACTIVATE: &str = "CardsProcDeactivate";
const REACTIVATE: &str = "CardsProcReactivate";
const LOCK: &str = "CardsProcLock";
const MINUTE: Millis = Millis::seconds(60);

fn of(policy_profile: Profile) -> CardsOptions {
    CardsOptions { policy_profile, ..CardsOptions::default() }
}

fn because(reason: &str) -> Answers {
    Answers::none().with("reason", reason)
}

fn hours(hours: i64) -> Timestamp {
    now().plus(Millis::hours(hours))
}

struct Play {
    office: Office,
    pager: Arc<Pager>,
    mail: Arc<MailBox>,
}

impl Play {
    async fn on(store: &Store, options: CardsOptions) -> Play {
        let (pager, mail) = (Arc::new(Pager::default()), Arc::new(MailBox::default()));
        let builder = store.builder().options(2, options).alerts(pager.clone()).notifier(mail.clone());
        Play { office: Office::over(builder).await, pager, mail }
    }

    async fn run(&self, process: &str, answers: Answers) -> Standing<Cards> {
        let Office { cards, operator, card, .. } = &self.office;
        cards.run(operator, process, *card, answers).await.unwrap()
    }

    async fn ticks(&self) -> usize {
        let ticked = self.office.cards.tick().await.unwrap();
        assert_eq!(ticked.failed, 0);
        ticked.fired
    }

    async fn deadlines(&self) -> Vec<PolicyDeadline> {
        self.office.card_at(self.office.card).await.deadlines().to_vec()
    }

    /// The only deadline.
    async fn deadline(&self) -> PolicyDeadline {
        let all = self.deadlines().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all[0]
    }

    /// What stands open about the card itself, as the list of incidents has it.
    async fn overdue(&self) -> Vec<(ObjectRef, String)> {
        let list = self.office.cards.incidents(&self.office.administrator, OutstandingPage::first()).await.unwrap();
        let open = list.items.into_iter().flat_map(|it| it.standing.incidents).filter(|it| it.is_open());
        open.filter(|it| it.object == self.office.card).map(|it| (it.object, it.what)).collect()
    }

    /// What the history tells of deadlines.
    async fn told(&self) -> Vec<String> {
        use cardflow::engine::Event;
        let mut records = self.office.cards.history(&self.office.auditor, self.office.card).await.unwrap().records;
        records.sort_by_key(|it| it.linked.sequence);
        let events = records.iter().flat_map(|it| &it.entry.events).flat_map(Event::changes);
        events
            .map(<Cards as Domain>::in_words)
            .filter(|it| it.contains("deadline ") || it.contains("to be met"))
            .collect()
    }
}

async fn a_lost_piv_card_that_is_locked_is_met_when_its_authority_has_confirmed(store: Store) {
    for (reason, rule) in [("lost", RuleId::Fips201Lost), ("leave", RuleId::Fips201Termination)] {
        let store = if reason == "lost" { store.clone() } else { Store::memory() };
        let play = Play::on(&store, of(Profile::Fips201)).await;
        let run = play.run(LOCK, because(reason)).await;
        let due = play.deadline().await;
        let (instance, met_by) = (run.id(), Measure::Revocation);
        let expected = PolicyDeadline { rule, instance, notified: now(), by: hours(18), met_by, ended: None };
        assert_eq!(due, expected);
        play.office.wait(MINUTE);
        play.office.settle().await;
        let met = play.deadline().await;
        assert_eq!((met.met(), met.is_missed(hours(30))), (Some(now().plus(MINUTE)), false));
        play.office.wait(Millis::hours(20));
        assert_eq!((play.ticks().await, play.overdue().await), (0, vec![]));
        assert_eq!(play.told().await.len(), 2);
        store.verifies().await;
    }
}

async fn a_hold_alone_does_not_meet_it_and_it_is_overdue_after_18_hours(store: Store) {
    let play = Play::on(&store, of(Profile::Fips201)).await;
    let run = play.run(DEACTIVATE, because("lost")).await;
    play.office.settle().await;
    let held = (CertificateState::OnHold, Some(CertificateState::OnHold));
    assert_eq!(play.office.certificate_states().await, [held, held]);
    assert!(play.deadline().await.is_open());
    play.office.wait(Millis::hours(18));
    assert_eq!((play.ticks().await, play.overdue().await), (0, vec![]), "at its very time it is in time");
    play.office.wait(Millis::new(1));
    assert_eq!(play.ticks().await, 1);
    let what = play.deadline().await.overdue();
    assert!(what.contains("fips201-lost (FIPS 201-3, section 2.9.1)"), "{what}");
    assert_eq!(play.overdue().await, [(play.office.card, what)]);
    let at = play.office.clock.now();
    let alert = Alert::Incident {
        tenant: crate::common::TENANT,
        at,
        instance: run.id(),
        process: DEACTIVATE.to_owned(),
        subject: play.office.card,
    };
    assert_eq!(play.pager.heard(), [alert]);
    store.verifies().await;

    play.office.wait(Millis::days(2));
    assert_eq!((play.ticks().await, play.overdue().await.len()), (0, 1), "once");
    let Office { cards, administrator, .. } = &play.office;
    let by_hand = Resolution::ByHand;
    cards.resolve_incident(administrator, run.id(), 0, by_hand, "destroyed at the gate").await.unwrap();
    assert_eq!(play.overdue().await, []);
    store.verifies().await;
}

async fn a_lock_after_a_hold_meets_it(store: Store) {
    let play = Play::on(&store, of(Profile::Fips201)).await;
    let run = play.run(DEACTIVATE, because("stolen")).await;
    play.office.settle().await;
    play.office.wait(Millis::hours(2));
    // With another reason, later: the time that runs is that of the first notification.
    play.run(LOCK, because("lost")).await;
    assert!(play.deadline().await.is_open(), "its authority has not confirmed");
    let missed = async |at| <Cards as Domain>::missed(&play.office.dossier().await, at).len();
    assert_eq!((missed(hours(18)).await, missed(hours(18).plus(Millis::new(1))).await), (0, 1));
    play.office.settle().await;
    assert_eq!(missed(hours(30)).await, 0, "it is met");
    let due = play.deadline().await;
    assert_eq!((due.instance, due.ended), (run.id(), Some((DeadlineEnd::Met, hours(2)))));
    play.office.wait(Millis::hours(20));
    assert_eq!((play.ticks().await, play.overdue().await), (0, vec![]));
    store.verifies().await;
}

async fn an_authority_that_is_down_makes_it_overdue_and_it_is_met_late(store: Store) {
    let play = Play::on(&store, of(Profile::Fips201)).await;
    play.office.authority.is(Mood::Down);
    play.run(LOCK, because("stolen")).await;
    play.office.settle().await;
    play.office.wait(Millis::hours(19));
    assert_eq!(play.ticks().await, 1);
    assert_eq!(play.overdue().await.len(), 1);
    play.office.authority.is(Mood::Well);
    play.office.wait(Millis::hours(1));
    play.office.settle().await;
    let due = play.deadline().await;
    assert_eq!((due.met(), due.is_missed(hours(20))), (Some(hours(20)), true), "met, and late");
    assert_eq!(play.overdue().await.len(), 1, "somebody has to say why");
    store.verifies().await;
}

async fn it_counts_from_the_notification(store: Store) {
    let play = Play::on(&store, of(Profile::Fips201)).await;
    let notified = now().minus(Millis::hours(20));
    play.run(DEACTIVATE, because("lost").with("notified-at", notified)).await;
    let due = play.deadline().await;
    assert_eq!((due.notified, due.by), (notified, notified.plus(Millis::hours(18))));
    assert_eq!((play.ticks().await, play.overdue().await.len()), (1, 1), "it was late from the beginning");
    store.verifies().await;
}

async fn other_reasons_have_no_time(store: Store) {
    let play = Play::on(&store, of(Profile::Fips201)).await;
    for answers in [Answers::none(), because("forgotten"), because("damaged"), because("other")] {
        play.run(DEACTIVATE, answers).await;
        assert_eq!(play.deadlines().await, []);
        play.run(REACTIVATE, Answers::none()).await;
    }
    assert_eq!(play.mail.messages(), []);
    store.verifies().await;
}

async fn a_card_that_was_found_again_is_let_off(store: Store) {
    let play = Play::on(&store, of(Profile::Fips201)).await;
    play.run(DEACTIVATE, because("lost")).await;
    play.office.settle().await;
    play.office.wait(Millis::hours(1));
    play.run(REACTIVATE, Answers::none()).await;
    assert_eq!(play.deadline().await.ended, Some((DeadlineEnd::Lifted, hours(1))));
    play.office.settle().await;
    play.office.wait(Millis::hours(20));
    assert_eq!((play.ticks().await, play.overdue().await), (0, vec![]));
    // Lost once more: another time, and the old one is history.
    play.run(DEACTIVATE, because("lost")).await;
    assert_eq!(play.deadline().await.by, hours(39));
    store.verifies().await;
}

async fn a_suspension_meets_the_etsi_rule_and_its_holder_is_told(store: Store) {
    let play = Play::on(&store, of(Profile::Etsi)).await;
    play.run(DEACTIVATE, Answers::none()).await;
    let due = play.deadline().await;
    assert_eq!((due.rule, due.by), (RuleId::EtsiStatus, hours(24)));
    play.office.wait(MINUTE);
    play.office.settle().await;
    assert_eq!(play.deadline().await.met(), Some(now().plus(MINUTE)));
    let told = play.mail.to(play.office.holder);
    assert_eq!(told.iter().map(|it| it.kind).collect::<Vec<_>>(), [NoticeKind::Done]);
    // The lock is another request, with a time of its own.
    play.office.wait(Millis::new(Millis::hours(1).millis() - MINUTE.millis()));
    play.office.authority.is(Mood::Down);
    play.run(LOCK, because("other")).await;
    assert_eq!(play.deadline().await.by, hours(25));
    play.office.wait(Millis::hours(25));
    assert_eq!((play.ticks().await, play.overdue().await.len()), (1, 1));
    store.verifies().await;
}

async fn it_is_met_when_relying_parties_see_it(store: Store) {
    let published = Arc::new(ScriptedStatus::named(issuer()));
    let builder = store.builder().options(2, of(Profile::Fips201)).read_back(published.clone());
    let office = Office::over(builder).await;
    let deadline = async || office.card_at(office.card).await.deadlines()[0];
    published.publish(office.authority.truth(), office.clock.now());
    office.cards.run(&office.operator, LOCK, office.card, because("lost")).await.unwrap();
    office.settle().await;
    assert!(office.dossier().await.certificates().all(|it| it.confirmed() == Some(CertificateState::Revoked)));
    assert!(deadline().await.is_open(), "confirmed, and not seen");
    office.wait(Millis::hours(3));
    published.publish(office.authority.truth(), office.clock.now());
    office.settle().await;
    assert_eq!(deadline().await.met(), Some(hours(3)));
    store.verifies().await;
}

async fn a_card_without_certificates_meets_it_at_once(store: Store) {
    let play = Play::on(&store, of(Profile::Fips201)).await;
    let card = play.office.give_card(play.office.holder, "0815", CardState::Active).await;
    play.office.cards.run(&play.office.operator, DEACTIVATE, card, because("lost")).await.unwrap();
    assert_eq!(play.office.card_at(card).await.deadlines()[0].met(), Some(now()));
    store.verifies().await;
}

async fn the_cabf_profile_holds_no_certificate(store: Store) {
    let play = Play::on(&store, of(Profile::Cabf)).await;
    let alone = What::Exempt { policy: ExemptionPolicy::NoHolds };
    let shown = play.office.start(DEACTIVATE).await.preview.unwrap();
    assert_eq!(shown.items.iter().filter(|it| it.what == alone).count(), 2, "{:?}", shown.items);
    assert!(shown.items.iter().any(|it| it.what.to_string().contains("policy profile allows no holds")));
    let run = play.run(DEACTIVATE, because("lost")).await;
    play.office.settle().await;
    assert_eq!(play.office.card_state().await, CardState::Inactive, "the card is unusable all the same");
    let dossier = play.office.dossier().await;
    for certificate in dossier.certificates() {
        assert_eq!(certificate.wanted(), CertificateState::Valid);
        let marks: Vec<_> = certificate.exemptions().iter().map(|it| (it.card, it.policy)).collect();
        assert_eq!(marks, [(play.office.card, ExemptionPolicy::NoHolds)]);
    }
    assert_eq!(play.office.authority.actions(), []);
    let open = play.office.standing(run.id()).await.incidents;
    assert_eq!(open.iter().filter(|it| it.is_open()).count(), 2, "{open:?}");
    play.run(REACTIVATE, Answers::none()).await;
    assert!(play.office.dossier().await.certificates().all(|it| it.exemptions().is_empty()));
    assert_eq!(play.deadlines().await, []);
    store.verifies().await;
}

async fn what_cannot_be_held_is_revoked_or_refused_as_the_option_says(store: Store) {
    let revoke = CardsOptions { unholdable: Unholdable::Revoke, ..of(Profile::Cabf) };
    let play = Play::on(&store, revoke).await;
    play.run(DEACTIVATE, Answers::none()).await;
    play.office.settle().await;
    let revoked = (CertificateState::Revoked, Some(CertificateState::Revoked));
    assert_eq!(play.office.certificate_states().await, [revoked, revoked]);
    store.verifies().await;

    let store = Store::memory();
    let play = Play::on(&store, CardsOptions { unholdable: Unholdable::Refuse, ..of(Profile::Cabf) }).await;
    let Office { cards, operator, card, .. } = &play.office;
    let refused = rejection(cards.run(operator, DEACTIVATE, *card, Answers::none()).await);
    let no_holds = ExemptionPolicy::NoHolds;
    assert!(
        matches!(&refused, Rejection::Refused(Refusal::CannotBeHeld { why, .. }) if *why == no_holds),
        "{refused:?}"
    );
    assert_eq!(play.office.card_state().await, CardState::Active);
}

async fn the_eidas_profile_counts_from_a_revocation_and_tells_the_holder(store: Store) {
    let play = Play::on(&store, of(Profile::Eidas)).await;
    play.run(DEACTIVATE, because("lost")).await;
    play.office.settle().await;
    assert_eq!(play.deadlines().await, []);
    assert_eq!(play.mail.to(play.office.holder).len(), 1);
    play.office.wait(Millis::hours(1));
    play.run(LOCK, because("lost")).await;
    let due = play.deadline().await;
    assert_eq!((due.rule, due.by), (RuleId::EidasRevocation, hours(25)));
    play.office.settle().await;
    assert_eq!(play.deadline().await.met(), Some(hours(1)));
    assert_eq!(play.mail.to(play.office.holder).len(), 2);
    store.verifies().await;
}

async fn without_a_profile_nothing_is_due(store: Store) {
    let play = Play::on(&store, CardsOptions::default()).await;
    play.run(DEACTIVATE, because("lost")).await;
    play.run(LOCK, because("lost")).await;
    play.office.settle().await;
    assert_eq!(play.deadlines().await, []);
    play.office.wait(Millis::days(2));
    assert_eq!((play.ticks().await, play.overdue().await, play.mail.messages()), (0, vec![], vec![]));
    store.verifies().await;
}

async fn approval_does_not_put_off_the_time(store: Store) {
    let play = Play::on(&store, CardsOptions { lock_approval: true, ..of(Profile::Fips201) }).await;
    let asked = play.run(LOCK, because("lost")).await;
    assert_eq!(play.deadlines().await, [], "nothing is done yet");
    play.office.wait(Millis::hours(20));
    let agreed = cardflow::engine::Judgement::approve(asked.task().unwrap(), asked.approval.as_ref().unwrap().covers);
    play.office.cards.judge(&play.office.approver, asked.id(), agreed).await.unwrap();
    let due = play.deadline().await;
    assert_eq!((due.notified, due.by), (now(), hours(18)));
    assert_eq!((play.ticks().await, play.overdue().await.len()), (1, 1));
    store.verifies().await;
}

async fn whoever_is_named_is_written_to_once_when_a_time_has_passed(store: Store) {
    let options = CardsOptions { overdue_role: Some("Security officer".to_owned()), ..of(Profile::Fips201) };
    let play = Play::on(&store, options).await;
    play.run(DEACTIVATE, because("lost")).await;
    play.office.settle().await;
    play.office.wait(Millis::hours(18));
    assert_eq!(play.ticks().await, 0, "not yet");
    play.office.wait(MINUTE);
    for fired in [1, 0] {
        assert_eq!(play.ticks().await, fired);
        play.office.settle().await;
        let sina = play.office.person("sina").await;
        let told: Vec<_> = play.mail.messages().iter().map(|it| (it.to, it.kind)).collect();
        assert_eq!(told, [(sina, NoticeKind::Overdue)]);
        play.office.wait(Millis::days(1));
    }
    store.verifies().await;
}
