//! What was changed at an authority behind our back: found by a reconciliation, put on record, and put right where it can be.

use cardflow::cards::CardsOptions;
use cardflow::domain::{
    AuthorityAction, CauseKind, CertificateState, Change, Drift, RevocationReason, RevocationReason::KeyCompromise,
};
use cardflow::engine::{CircuitPolicy, Event, Outcome, Resolution, RetryPolicy, Status};
use cardflow::ports::{Clock, LedgerEntry, LedgerStatus};
use cardflow::runtime::{OutstandingPage, Reconciled};
use cardflow::testing::fakes::Mood;
use cardflow::values::{Answers, Millis, Revision};

use crate::common::store::every_store;
use crate::common::{Office, Store, TENANT, issuer, validity};

every_store![
    where_all_is_as_it_should_be_nothing_begins,
    what_was_released_behind_our_back_is_held_again,
    what_was_released_is_only_reported_where_that_is_wanted,
    every_certificate_of_the_card_is_put_right,
    an_order_that_waits_for_a_person_keeps_no_other_certificate_from_being_put_right,
    what_stands_behind_such_an_order_is_not_asked_about_although_it_looks_settled,
    what_was_revoked_there_is_revoked_here,
    what_is_in_force_again_after_a_revocation_is_revoked_again,
    what_is_on_hold_there_gets_a_hold_that_a_named_person_closes,
    a_release_there_closes_the_hold_of_the_authority,
    a_release_there_leaves_the_holds_that_are_ours,
    a_certificate_that_was_on_hold_before_our_first_request_is_not_released_with_ours,
    a_lost_answer_does_not_make_our_hold_the_authoritys,
    a_hold_of_the_authority_found_after_a_lost_answer_is_its_own,
    a_card_that_was_given_back_before_the_answer_keeps_what_the_authority_holds,
    what_is_on_its_way_or_given_up_is_not_asked_about,
    a_question_that_a_lock_has_overtaken_is_closed_and_nothing_is_amiss,
    a_certificate_that_its_authority_does_not_know_is_for_a_person,
    what_came_in_on_hold_is_asked_about_too,
    a_card_on_which_the_process_cannot_begin_is_counted,
    it_goes_on_where_it_stopped_and_asks_nobody_who_does_not_answer,
];

const RECONCILE: &str = "CardsProcReconcile";
const CLOSE: &str = "CardsProcCloseAuthorityHold";
const DAY: Millis = Millis::hours(24);
const HELD: (CertificateState, Option<CertificateState>) = (CertificateState::OnHold, Some(CertificateState::OnHold));
const VALID: (CertificateState, Option<CertificateState>) = (CertificateState::Valid, Some(CertificateState::Valid));

impl Office {
    /// The authority changes the first certificate of the card by itself.
    fn changed_there(&self, status: LedgerStatus) {
        self.changed("0A01", status);
    }

    fn changed(&self, serial: &str, status: LedgerStatus) {
        let (serial, not_after) = (serial.parse().unwrap(), validity().until());
        self.authority.set(LedgerEntry { serial, not_after, status, invalid_since: None, revision: Revision::NONE });
    }

    fn there(&self) -> CertificateState {
        self.authority.truth()[&"0A01".parse().unwrap()].state
    }

    async fn reconciles(&self) -> Reconciled {
        self.cards.reconcile(TENANT, None, 100).await.unwrap()
    }

    async fn first(&self) -> (CertificateState, Option<CertificateState>) {
        self.certificate_states().await[0]
    }

    async fn held_by(&self) -> Vec<CauseKind> {
        let dossier = self.dossier().await;
        dossier.certificates().next().unwrap().holds().iter().map(|it| it.cause().kind).collect()
    }

    /// The incidents that are open, in words.
    async fn open_incidents(&self) -> Vec<String> {
        let list = self.cards.incidents(&self.administrator, OutstandingPage::first()).await.unwrap();
        let open = list.items.iter().flat_map(|it| &it.standing.incidents).filter(|it| it.is_open());
        open.map(|it| it.what.clone()).collect()
    }

    /// Deactivated, or reactivated, and confirmed.
    async fn done(&self, process: &str) {
        let done = self.run(process).await;
        self.settle().await;
        assert!(matches!(self.standing(done.id()).await.outcome(), Some(Outcome::Done { .. })));
    }

    async fn closes(&self) {
        let answers = Answers::none().with("note", "The authority says that the key was found");
        let done = self.cards.run(&self.operator, CLOSE, self.card, answers).await.unwrap();
        self.settle().await;
        assert!(matches!(self.standing(done.id()).await.outcome(), Some(Outcome::Done { .. })));
    }
}

fn found(reconciled: &Reconciled) -> (usize, usize) {
    (reconciled.asked, reconciled.drifted)
}

async fn where_all_is_as_it_should_be_nothing_begins(store: Store) {
    let office = Office::on(&store).await;
    // It has heard of none of them: it issued them before it kept books.
    assert_eq!(found(&office.reconciles().await), (2, 0));
    for process in ["CardsProcDeactivate", "CardsProcReactivate", "CardsProcLock"] {
        office.done(process).await;
        let reconciled = office.reconciles().await;
        assert_eq!((reconciled.looked_at, found(&reconciled), reconciled.next), (1, (2, 0), None), "{process}");
    }
    // An operator may ask for it all the same.
    office.done(RECONCILE).await;
    assert_eq!(office.open_incidents().await, [""; 0]);
    assert_eq!(office.authority.orders().len(), 6);
    store.verifies().await;
}

async fn what_was_released_behind_our_back_is_held_again(store: Store) {
    let office = Office::on(&store).await;
    office.done("CardsProcDeactivate").await;
    office.changed_there(LedgerStatus::Released { since: office.clock.now() });
    office.wait(DAY);
    assert_eq!(found(&office.reconciles().await), (2, 1));
    office.settle().await;
    assert_eq!((office.first().await, office.there()), (HELD, CertificateState::OnHold));
    let incidents = office.open_incidents().await;
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    assert!(incidents[0].contains("`on hold` here and `valid` at its authority"), "{incidents:?}");
    assert!(incidents[0].ends_with("it is asked for again"), "{incidents:?}");
    assert_eq!(found(&office.reconciles().await), (2, 0), "it is put right");
    assert_eq!(office.held_by().await, [CauseKind::CardDeactivation]);
    store.verifies().await;
}

async fn every_certificate_of_the_card_is_put_right(store: Store) {
    let office = Office::on(&store).await;
    office.done("CardsProcDeactivate").await;
    for serial in ["0A01", "0A02"] {
        office.changed(serial, LedgerStatus::Good);
    }
    office.reconciles().await;
    office.settle().await;
    assert_eq!(office.certificate_states().await, [HELD, HELD]);
    let there: Vec<_> = office.authority.truth().values().map(|it| it.state).collect();
    assert_eq!(there, [CertificateState::OnHold; 2]);
    assert_eq!(office.open_incidents().await.len(), 2);
    store.verifies().await;
}

async fn an_order_that_waits_for_a_person_keeps_no_other_certificate_from_being_put_right(store: Store) {
    let once = RetryPolicy { attempts: Some(1), ..RetryPolicy::USUAL };
    let office = Office::over(store.builder().retry(once)).await;
    office.authority.next([Mood::Down]);
    office.run("CardsProcDeactivate").await;
    office.settle().await;
    let before = office.open_incidents().await;
    assert_eq!(before.len(), 1, "{before:?}");
    let states = office.certificate_states().await;
    assert_eq!(states, [(CertificateState::OnHold, None), HELD]);
    office.changed("0A02", LedgerStatus::Revoked { reason: KeyCompromise, since: office.clock.now() });
    assert_eq!(found(&office.reconciles().await), (1, 1));
    office.settle().await;
    let revoked = (CertificateState::Revoked, Some(CertificateState::Revoked));
    assert_eq!(office.certificate_states().await, [(CertificateState::OnHold, None), revoked]);
    assert_eq!(found(&office.reconciles().await), (1, 0), "and nothing begins again");
    store.verifies().await;
}

async fn what_stands_behind_such_an_order_is_not_asked_about_although_it_looks_settled(store: Store) {
    let once = RetryPolicy { attempts: Some(1), ..RetryPolicy::USUAL };
    let office = Office::over(store.builder().retry(once)).await;
    office.done("CardsProcDeactivate").await;
    // The release of the first one fails for good, and the hold that is wanted next stands behind it.
    office.authority.next([Mood::Down]);
    for process in ["CardsProcReactivate", "CardsProcDeactivate"] {
        office.run(process).await;
        office.settle().await;
    }
    assert_eq!(office.certificate_states().await, [HELD, HELD], "as if nothing were on its way");
    office.changed("0A01", LedgerStatus::Good);
    office.changed("0A02", LedgerStatus::Revoked { reason: KeyCompromise, since: office.clock.now() });
    assert_eq!(found(&office.reconciles().await), (1, 1));
    office.settle().await;
    let revoked = (CertificateState::Revoked, Some(CertificateState::Revoked));
    assert_eq!(office.certificate_states().await, [HELD, revoked]);
    assert_eq!(found(&office.reconciles().await), (1, 0), "and nothing begins again, night after night");
    store.verifies().await;
}

async fn what_was_released_is_only_reported_where_that_is_wanted(store: Store) {
    let options = CardsOptions { drift: Drift::Report, ..CardsOptions::default() };
    let office = Office::over(store.builder().options(2, options)).await;
    office.done("CardsProcDeactivate").await;
    office.changed_there(LedgerStatus::Released { since: office.clock.now() });
    assert_eq!(found(&office.reconciles().await), (2, 1));
    office.settle().await;
    let released = (CertificateState::OnHold, Some(CertificateState::Valid));
    assert_eq!((office.first().await, office.there()), (released, CertificateState::Valid));
    let incidents = office.open_incidents().await;
    assert!(incidents.len() == 1 && incidents[0].ends_with("ask the authority why"), "{incidents:?}");
    // It is on record, and not reported night after night.
    assert_eq!(found(&office.reconciles().await), (1, 0));
    store.verifies().await;
}

async fn what_was_revoked_there_is_revoked_here(store: Store) {
    let office = Office::on(&store).await;
    office.done("CardsProcDeactivate").await;
    office.changed_there(LedgerStatus::Revoked { reason: KeyCompromise, since: office.clock.now() });
    assert_eq!(found(&office.reconciles().await), (2, 1));
    office.settle().await;
    let dossier = office.dossier().await;
    let certificate = dossier.certificates().next().unwrap();
    assert_eq!(office.first().await, (CertificateState::Revoked, Some(CertificateState::Revoked)));
    assert_eq!((certificate.reason(), certificate.holds()), (Some(KeyCompromise), [].as_slice()));
    let incidents = office.open_incidents().await;
    assert!(incidents.len() == 1 && incidents[0].contains("revoked the certificate for good"), "{incidents:?}");
    // The other one comes back with the card.
    office.done("CardsProcReactivate").await;
    assert_eq!(office.certificate_states().await[1], VALID);
    assert_eq!(found(&office.reconciles().await), (2, 0));
    store.verifies().await;
}

async fn what_is_in_force_again_after_a_revocation_is_revoked_again(store: Store) {
    let office = Office::on(&store).await;
    office.done("CardsProcLock").await;
    for status in [LedgerStatus::Good, LedgerStatus::OnHold { since: office.clock.now() }] {
        office.changed_there(status);
        assert_eq!(found(&office.reconciles().await), (2, 1), "{status:?}");
        office.settle().await;
        assert_eq!(office.first().await, (CertificateState::Revoked, Some(CertificateState::Revoked)));
        assert_eq!(office.there(), CertificateState::Revoked);
    }
    let again = office.authority.orders().pop().unwrap();
    assert_eq!(again.action, AuthorityAction::Revoke(RevocationReason::Unspecified), "with the reason it had");
    assert_eq!(office.open_incidents().await.len(), 2);
    store.verifies().await;
}

async fn what_is_on_hold_there_gets_a_hold_that_a_named_person_closes(store: Store) {
    let office = Office::on(&store).await;
    office.changed_there(LedgerStatus::OnHold { since: office.clock.now() });
    assert_eq!(found(&office.reconciles().await), (1 + 1, 1));
    office.settle().await;
    assert_eq!((office.first().await, office.held_by().await), (HELD, vec![CauseKind::Authority]));
    assert!(office.open_incidents().await[0].contains("on hold at its authority, and not by us"));
    assert_eq!(office.authority.orders(), [], "nothing is asked for");
    // Ours come and go beside it.
    office.done("CardsProcDeactivate").await;
    assert_eq!(office.held_by().await, [CauseKind::Authority, CauseKind::CardDeactivation]);
    office.done("CardsProcReactivate").await;
    assert_eq!((office.first().await, office.held_by().await), (HELD, vec![CauseKind::Authority]));
    assert_eq!((office.certificate_states().await[1], office.there()), (VALID, CertificateState::OnHold));
    assert_eq!(found(&office.reconciles().await), (2, 0));

    office.closes().await;
    assert_eq!((office.first().await, office.there()), (VALID, CertificateState::Valid));
    assert_eq!(office.held_by().await, []);
    let olga = office.person("olga").await;
    let by = |it: &Event<_>| {
        matches!(it, Event::Changed { changes, .. }
        if changes.iter().any(|it| matches!(it, Change::HoldClosed { cause, .. } if cause.kind == CauseKind::Authority)))
    };
    let history = office.cards.history(&office.operator, office.card).await.unwrap();
    let closed = history.records.iter().find(|it| it.entry.events.iter().any(by)).unwrap();
    assert_eq!(closed.entry.actor.person, Some(olga), "it is on record who did it");
    store.verifies().await;
}

async fn a_release_there_closes_the_hold_of_the_authority(store: Store) {
    let office = Office::on(&store).await;
    office.changed_there(LedgerStatus::OnHold { since: office.clock.now() });
    office.reconciles().await;
    office.settle().await;
    office.changed_there(LedgerStatus::Released { since: office.clock.now() });
    assert_eq!(found(&office.reconciles().await), (2, 1));
    office.settle().await;
    assert_eq!((office.first().await, office.held_by().await), (VALID, vec![]));
    assert_eq!(office.open_incidents().await.len(), 1, "that it was held stands, that it was given back is none");
    assert_eq!(office.authority.orders(), []);
    store.verifies().await;
}

async fn a_release_there_leaves_the_holds_that_are_ours(store: Store) {
    let office = Office::on(&store).await;
    office.changed_there(LedgerStatus::OnHold { since: office.clock.now() });
    office.reconciles().await;
    office.settle().await;
    office.done("CardsProcDeactivate").await;
    office.changed_there(LedgerStatus::Released { since: office.clock.now() });
    office.reconciles().await;
    office.settle().await;
    assert_eq!((office.first().await, office.held_by().await), (HELD, vec![CauseKind::CardDeactivation]));
    assert_eq!(office.there(), CertificateState::OnHold, "held again, for our sake");
    office.done("CardsProcReactivate").await;
    assert_eq!((office.first().await, office.there()), (VALID, CertificateState::Valid));
    store.verifies().await;
}

async fn a_certificate_that_was_on_hold_before_our_first_request_is_not_released_with_ours(store: Store) {
    let office = Office::on(&store).await;
    office.changed_there(LedgerStatus::OnHold { since: office.clock.now() });
    office.done("CardsProcDeactivate").await;
    assert_eq!(office.held_by().await, [CauseKind::CardDeactivation, CauseKind::Authority]);
    office.done("CardsProcReactivate").await;
    assert_eq!((office.first().await, office.there()), (HELD, CertificateState::OnHold));
    assert_eq!(office.held_by().await, [CauseKind::Authority]);
    assert_eq!(office.certificate_states().await[1], VALID);
    office.closes().await;
    // From now on a hold of ours is ours again.
    office.done("CardsProcDeactivate").await;
    assert_eq!(office.held_by().await, [CauseKind::CardDeactivation]);
    store.verifies().await;
}

async fn a_lost_answer_does_not_make_our_hold_the_authoritys(store: Store) {
    let office = Office::on(&store).await;
    office.run("CardsProcDeactivate").await;
    office.authority.next([Mood::Mute, Mood::Mute]);
    office.settle().await;
    office.wait(DAY);
    office.settle().await;
    assert_eq!((office.first().await, office.held_by().await), (HELD, vec![CauseKind::CardDeactivation]));
    store.verifies().await;
}

async fn a_hold_of_the_authority_found_after_a_lost_answer_is_its_own(store: Store) {
    let office = Office::on(&store).await;
    office.changed_there(LedgerStatus::OnHold { since: office.clock.now() });
    office.wait(DAY);
    office.run("CardsProcDeactivate").await;
    office.authority.next([Mood::Deaf, Mood::Deaf]);
    office.settle().await;
    office.wait(DAY);
    office.settle().await;
    // It says since when, and that is from before anybody here has asked.
    assert_eq!(office.held_by().await, [CauseKind::CardDeactivation, CauseKind::Authority]);
    store.verifies().await;
}

async fn a_card_that_was_given_back_before_the_answer_keeps_what_the_authority_holds(store: Store) {
    let office = Office::on(&store).await;
    office.changed_there(LedgerStatus::OnHold { since: office.clock.now() });
    office.run("CardsProcDeactivate").await;
    office.run("CardsProcReactivate").await;
    assert_eq!(office.first().await, (CertificateState::Valid, None), "nobody here knows better yet");
    office.settle().await;
    office.settle().await;
    assert_eq!((office.first().await, office.held_by().await), (HELD, vec![CauseKind::Authority]));
    assert_eq!((office.certificate_states().await[1], office.there()), (VALID, CertificateState::OnHold));
    assert_eq!(office.open_incidents().await.len(), 1);
    assert!(
        !office
            .authority
            .orders()
            .iter()
            .any(|it| { it.action == AuthorityAction::Release && it.serial == "0A01".parse().unwrap() })
    );
    store.verifies().await;
}

async fn what_is_on_its_way_or_given_up_is_not_asked_about(store: Store) {
    let office = Office::on(&store).await;
    office.run("CardsProcDeactivate").await;
    assert_eq!(found(&office.reconciles().await), (0, 0), "it is on its way");
    office.authority.next([Mood::Refuses]);
    office.authority.is(Mood::Contradicts);
    office.settle().await;
    // The authority says that both are valid still: incidents of the deactivation.
    let before = office.open_incidents().await;
    assert_eq!(before.len(), 2, "{before:?}");
    assert_eq!(found(&office.reconciles().await), (0, 0));
    office.authority.is(Mood::Well);
    // Whoever reconciles such a card by hand is told nothing new.
    let asked = office.run(RECONCILE).await;
    office.settle().await;
    assert!(matches!(office.standing(asked.id()).await.status, Status::Ended(Outcome::Done { .. })));
    assert_eq!(office.open_incidents().await, before);
    store.verifies().await;
}

async fn a_certificate_that_its_authority_does_not_know_is_for_a_person(store: Store) {
    use cardflow::domain::{Cause, Hold, HoldId, Object, RelationKind};
    let office = Office::on(&store).await;
    let card = office.stock_card("4711 9999");
    let cause = Cause { kind: CauseKind::Imported, origin: card.at(), instance: None };
    let hold = Hold::open(HoldId::from_uuid(office.fresh()), cause, None, office.clock.now());
    let certificate = office.certificate(&card, issuer(), "0C01");
    let certificate = certificate
        .in_state(CertificateState::OnHold, Some(RevocationReason::CertificateHold))
        .confirmed_as(CertificateState::OnHold)
        .with_hold(hold);
    let carries = office.relation(RelationKind::Carries, &card, certificate.at());
    let at = card.at();
    office.register(&[Object::Card(card), Object::Certificate(certificate), carries]).await;
    let reconciled = office.reconciles().await;
    assert_eq!((reconciled.looked_at, found(&reconciled)), (2, (3, 1)));
    office.settle().await;
    let incidents = office.open_incidents().await;
    assert!(incidents.len() == 1 && incidents[0].contains("knows no such certificate"), "{incidents:?}");
    assert_eq!(office.authority.orders(), []);
    let list = office.cards.incidents(&office.administrator, OutstandingPage::first()).await.unwrap();
    let (instance, subject) = (list.items[0].standing.instance, list.items[0].standing.subject);
    assert_eq!(subject, at);
    let note = "Issued by the predecessor; a new one is ordered";
    office.cards.resolve_incident(&office.administrator, instance, 0, Resolution::ByHand, note).await.unwrap();
    assert_eq!(office.open_incidents().await, [""; 0]);
    store.verifies().await;
}

async fn it_goes_on_where_it_stopped_and_asks_nobody_who_does_not_answer(store: Store) {
    let office = Office::over(store.builder().circuit(CircuitPolicy::USUAL)).await;
    office.more_cards(4).await;
    office.changed_there(LedgerStatus::OnHold { since: office.clock.now() });
    let (mut place, mut parts, mut all) = (None, 0, Reconciled::default());
    loop {
        let part = office.cards.reconcile(TENANT, place, 2).await.unwrap();
        parts += 1;
        all.looked_at += part.looked_at;
        all.asked += part.asked;
        all.drifted += part.drifted;
        place = part.next;
        if place.is_none() {
            break;
        }
    }
    assert_eq!((parts, all.looked_at, found(&all)), (3, 5, (10, 1)));
    office.settle().await;

    office.authority.is(Mood::Down);
    let before = office.authority.statuses_read();
    let down = office.reconciles().await;
    assert_eq!((down.asked, down.unanswered, down.drifted), (0, 10, 0));
    assert_eq!(office.authority.statuses_read() - before, 5, "then it is left alone");
    office.authority.is(Mood::Well);
    office.wait(DAY);
    assert_eq!(found(&office.reconciles().await), (10, 0));
    store.verifies().await;
}

async fn a_question_that_a_lock_has_overtaken_is_closed_and_nothing_is_amiss(store: Store) {
    let office = Office::on(&store).await;
    let question = office.run(RECONCILE).await;
    let lock = office.run("CardsProcLock").await;
    // Also while it is open.
    store.verifies().await;
    office.settle().await;
    assert!(matches!(office.standing(lock.id()).await.outcome(), Some(Outcome::Done { .. })));
    let standing = office.standing(question.id()).await;
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })), "{standing:?}");
    assert_eq!((standing.asked, standing.overtaken), (2, 2));
}

async fn what_came_in_on_hold_is_asked_about_too(store: Store) {
    use cardflow::domain::{Cause, Hold, HoldId, Object, RelationKind};
    let office = Office::on(&store).await;
    let card = office.stock_card("4711 9999");
    let cause = Cause { kind: CauseKind::Imported, origin: card.at(), instance: None };
    let hold = Hold::open(HoldId::from_uuid(office.fresh()), cause, None, office.clock.now());
    let certificate = office.certificate(&card, issuer(), "0C01");
    let certificate =
        certificate.in_state(CertificateState::OnHold, Some(RevocationReason::CertificateHold)).with_hold(hold);
    let carries = office.relation(RelationKind::Carries, &card, certificate.at());
    office.register(&[Object::Card(card), Object::Certificate(certificate), carries]).await;
    let (serial, not_after) = ("0C01".parse().unwrap(), validity().until());
    let (status, revision) = (LedgerStatus::Released { since: office.clock.now() }, Revision::NONE);
    office.authority.set(LedgerEntry { serial, not_after, status, invalid_since: None, revision });
    assert_eq!(found(&office.reconciles().await), (3, 1), "nobody here has asked for its hold yet");
    office.settle().await;
    assert_eq!(office.authority.truth()[&"0C01".parse().unwrap()].state, CertificateState::OnHold);
    store.verifies().await;
}

async fn a_card_on_which_the_process_cannot_begin_is_counted(store: Store) {
    use cardflow::domain::{CardState, Object, RelationKind};
    let office = Office::on(&store).await;
    let card = office.stock_card("4711 9999").in_state(CardState::Registered).unwrap();
    let certificate = office.certificate(&card, issuer(), "0C01");
    let carries = office.relation(RelationKind::Carries, &card, certificate.at());
    office.register(&[Object::Card(card), Object::Certificate(certificate), carries]).await;
    let (serial, not_after) = ("0C01".parse().unwrap(), validity().until());
    let (status, revision) = (LedgerStatus::OnHold { since: office.clock.now() }, Revision::NONE);
    office.authority.set(LedgerEntry { serial, not_after, status, invalid_since: None, revision });
    let reconciled = office.reconciles().await;
    assert_eq!((found(&reconciled), reconciled.not_begun), ((3, 0), 1));
    store.verifies().await;
}
