//! Deactivate, reactivate and lock, end to end.

use cardflow::cards::CardsOptions;
use cardflow::domain::{
    AuthorityAction, CardState, CertificateState, Object, ObjectState, Refusal, Relation, RelationId, RelationKind,
    RelationState, RevocationReason, What, WhyNot,
};
use cardflow::engine::{Outcome, Status};
use cardflow::ports::{Search, WorkSort};
use cardflow::values::{Answers, Millis};

use crate::common::store::every_store;
use crate::common::{Mood, Office, Rejection, Store, TENANT, now, rejection};

every_store![
    next_makes_inactive_and_confirms,
    cancel_leaves_no_trace_but_the_instance_and_its_history,
    reactivation_brings_back_what_the_deactivation_held,
    reactivation_lists_what_it_cannot_bring_back,
    reactivation_is_refused_where_nothing_is_left,
    reactivation_is_refused_while_another_card_is_active,
    several_active_cards_are_an_option,
    lock_revokes_for_good,
    lock_goes_from_active_inactive_and_issued,
    a_certificate_nobody_can_hold_stops_no_deactivation,
    next_refuses_a_plan_that_was_not_shown,
    a_plan_that_was_shown_after_a_change_is_taken,
    the_form_takes_reason_note_and_time,
    an_approval_waits_and_changes_nothing,
    since_when_a_card_is_lost_is_told_to_its_authority,
];

fn done(end: &str) -> Option<Outcome> {
    Some(Outcome::Done { end: end.to_owned(), remark: None })
}

async fn next_makes_inactive_and_confirms(store: Store) {
    let office = Office::on(&store).await;
    let kinds: Vec<_> = office.cards.kinds().map(|it| it.name).collect();
    assert_eq!(kinds, ["person", "card", "certificate"]);
    let page = office.cards.search(&office.operator, Search::cards()).await.unwrap();
    let open = office.cards.open(&office.operator, page.items[0].id).await.unwrap();
    assert_eq!(open.id(), office.card);
    assert_eq!(open.dossier.holder_of(office.card).unwrap().name(), "Ada Example");
    let offered: Vec<_> = open.offers.iter().filter(|it| it.obstacle.is_none()).map(|it| it.process).collect();
    assert_eq!(offered, ["CardsProcCloseAuthorityHold", "CardsProcDeactivate", "CardsProcLock", "CardsProcReconcile"]);

    let task = office.start("CardsProcDeactivate").await;
    assert!(matches!(&task.status, Status::Waiting { step, .. } if step == "confirm"));
    let preview = task.preview.clone().unwrap();
    let becomes =
        |to| preview.items.iter().filter(|it| matches!(it.what, What::Becomes { to: it, .. } if it == to)).count();
    assert_eq!(becomes(ObjectState::Card(CardState::Inactive)), 1);
    assert_eq!(becomes(ObjectState::Relation(RelationState::Inactive)), 4);
    assert_eq!(becomes(ObjectState::Certificate(CertificateState::OnHold)), 2);
    assert_eq!(preview.items.len(), 7);

    let next = office.cards.next(&office.operator, task.id(), Answers::none().seen(preview.digest)).await.unwrap();
    assert_eq!((next.asked, next.confirmed, &next.items), (2, 0, &preview.items));
    assert!(matches!(&next.status, Status::Confirming { end, .. } if end == "deactivated"));
    let dossier = office.dossier().await;
    assert_eq!(dossier.subject_card().unwrap().state(), CardState::Inactive);
    assert!(dossier.relations().all(|it| it.state() == Some(RelationState::Inactive)));
    assert!(dossier.objects().all(|it| matches!(it, Object::Person(_)) || it.holds().len() == 1));
    assert_eq!(office.certificate_states().await, [(CertificateState::OnHold, None); 2]);

    let delivered = office.cards.deliver(10).await.unwrap();
    assert_eq!((delivered.confirmed, delivered.failed), (2, 0));
    assert_eq!(office.certificate_states().await, [(CertificateState::OnHold, Some(CertificateState::OnHold)); 2]);
    assert_eq!(office.authority.actions(), [AuthorityAction::Hold; 2]);
    let standing = office.standing(task.id()).await;
    assert_eq!((standing.outcome().cloned(), standing.asked, standing.confirmed), (done("deactivated"), 2, 2));
}

async fn cancel_leaves_no_trace_but_the_instance_and_its_history(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let before = office.dossier().await;
    let task = office.start("CardsProcDeactivate").await;
    let closed = office.cards.cancel(&office.operator, task.id()).await.unwrap();
    assert_eq!(closed.outcome(), Some(&Outcome::Cancelled));
    assert_eq!(office.dossier().await, before);
    let records = store.storage.instance(TENANT, task.id()).await.unwrap().unwrap();
    assert!(records.tasks.is_empty() && records.work.is_empty());
    assert!(spy.take_commits().iter().all(|it| it.work.iter().all(|work| work.sort == WorkSort::Timer)));
    assert_eq!(office.standing(task.id()).await.outcome(), Some(&Outcome::Cancelled));
    let history = office.cards.history(&office.operator, office.card).await.unwrap();
    assert_eq!(history.verified.unwrap().length, 3, "registered, started, cancelled");
}

async fn reactivation_brings_back_what_the_deactivation_held(store: Store) {
    let office = Office::on(&store).await;
    office.run("CardsProcDeactivate").await;
    office.settle().await;
    let back = office.run("CardsProcReactivate").await;
    assert_eq!(back.items.len(), 1 + 4 + 2);
    let dossier = office.dossier().await;
    assert_eq!(dossier.subject_card().unwrap().state(), CardState::Active);
    assert!(dossier.relations().all(|it| it.state() == Some(RelationState::Active)));
    assert!(dossier.objects().all(|it| it.holds().is_empty()));
    assert_eq!(office.certificate_states().await, [(CertificateState::Valid, Some(CertificateState::OnHold)); 2]);
    office.settle().await;
    assert_eq!(office.certificate_states().await, [(CertificateState::Valid, Some(CertificateState::Valid)); 2]);
    assert_eq!(office.authority.actions()[2..], [AuthorityAction::Release; 2]);
    assert_eq!(office.standing(back.id()).await.outcome().cloned(), done("reactivated"));
}

async fn reactivation_lists_what_it_cannot_bring_back(store: Store) {
    let office = Office::on(&store).await;
    office.run("CardsProcDeactivate").await;
    office.authority.is(Mood::Revokes);
    office.cards.deliver(1).await.unwrap();
    office.authority.is(Mood::Well);
    office.settle().await;
    let back = office.run("CardsProcReactivate").await;
    assert_eq!(office.card_state().await, CardState::Active);
    let revoked = back.items.iter().filter(|it| it.what == What::Nothing { why: WhyNot::Revoked });
    assert_eq!(revoked.count(), 1, "{:#?}", back.items);
}

async fn reactivation_is_refused_where_nothing_is_left(store: Store) {
    let office = Office::on(&store).await;
    office.run("CardsProcDeactivate").await;
    office.authority.is(Mood::Revokes);
    office.settle().await;
    let refused = office.cards.run(&office.operator, "CardsProcReactivate", office.card, Answers::none()).await;
    assert_eq!(rejection(refused), Rejection::Refused(Refusal::NothingToRestore));
    assert_eq!(office.card_state().await, CardState::Inactive);
}

async fn reactivation_is_refused_while_another_card_is_active(store: Store) {
    let office = Office::on(&store).await;
    office.run("CardsProcDeactivate").await;
    office.give_card(office.holder, "4712", CardState::Active).await;
    let another = Refusal::AnotherActive { number: "4712".to_owned() };
    let refused = office.cards.run(&office.operator, "CardsProcReactivate", office.card, Answers::none()).await;
    assert_eq!(rejection(refused), Rejection::Refused(another.clone()));
    assert_eq!(office.card_state().await, CardState::Inactive);
    let form = office.start("CardsProcReactivate").await;
    assert_eq!(form.preview.unwrap().refusal, Some(another), "the form says so beforehand");
}

async fn several_active_cards_are_an_option(store: Store) {
    let options = CardsOptions { multiple_active: true, ..CardsOptions::default() };
    let office = Office::over(store.builder().options(2, options)).await;
    office.run("CardsProcDeactivate").await;
    office.give_card(office.holder, "4712", CardState::Active).await;
    office.run("CardsProcReactivate").await;
    assert_eq!(office.card_state().await, CardState::Active);
}

async fn lock_revokes_for_good(store: Store) {
    let options = CardsOptions { lock_reason: RevocationReason::CessationOfOperation, ..CardsOptions::default() };
    let office = Office::over(store.builder().options(2, options)).await;
    office.run("CardsProcDeactivate").await;
    office.settle().await;
    let locked = office.run("CardsProcLock").await;
    office.settle().await;
    assert_eq!(office.standing(locked.id()).await.outcome().cloned(), done("locked"));
    let dossier = office.dossier().await;
    assert_eq!(dossier.subject_card().unwrap().state(), CardState::Locked);
    assert!(dossier.relations().all(|it| it.state() == Some(RelationState::Inactive)));
    assert!(dossier.certificates().all(|it| it.reason() == Some(RevocationReason::CessationOfOperation)));
    let revoke = AuthorityAction::Revoke(RevocationReason::CessationOfOperation);
    assert_eq!(office.authority.actions()[2..], [revoke; 2]);
    let offers = office.cards.open(&office.operator, office.card).await.unwrap().offers;
    let possible: Vec<_> = offers.iter().filter(|it| it.obstacle.is_none()).map(|it| it.process).collect();
    assert_eq!(possible, ["CardsProcReconcile"], "nothing changes it any more");
    let others = offers.iter().filter_map(|it| it.obstacle.as_ref());
    assert!(others.clone().count() == 4 && others.clone().all(|it| matches!(it, Rejection::WrongState { .. })));
}

async fn lock_goes_from_active_inactive_and_issued(store: Store) {
    let office = Office::on(&store).await;
    let inactive = office.card;
    office.run("CardsProcDeactivate").await;
    let active = office.give_card(office.holder, "4712", CardState::Active).await;
    let issued = office.give_card(office.holder, "4713", CardState::Issued).await;
    for card in [inactive, active, issued] {
        office.cards.run(&office.operator, "CardsProcLock", card, Answers::none()).await.unwrap();
        assert_eq!(office.card_at(card).await.state(), CardState::Locked);
    }
}

async fn a_certificate_nobody_can_hold_stops_no_deactivation(store: Store) {
    let office = Office::on(&store).await;
    let card = office.card_at(office.card).await;
    let foreign = office.certificate(&card, "CN=Somebody Else".parse().unwrap(), "0777");
    let (at, carries) = (foreign.at(), office.relation(RelationKind::Carries, &card, foreign.at()));
    office.register(&[Object::Certificate(foreign), carries]).await;

    let task = office.start("CardsProcDeactivate").await;
    let mut items = task.preview.as_ref().unwrap().items.iter();
    assert!(items.any(|it| it.object == at && matches!(it.what, What::Exempt { .. })), "the preview says so");
    office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    office.settle().await;
    assert_eq!(office.card_state().await, CardState::Inactive);
    let standing = office.standing(task.id()).await;
    assert_eq!(standing.outcome().cloned(), done("deactivated"));
    assert_eq!(standing.incidents.iter().map(|it| it.object).collect::<Vec<_>>(), [at]);
}

/// How many records the card's chain has.
async fn history_of(office: &Office) -> u64 {
    office.cards.history(&office.operator, office.card).await.unwrap().verified.unwrap().length
}

async fn next_refuses_a_plan_that_was_not_shown(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let seen = task.preview.clone().unwrap();
    let card = office.card_at(office.card).await;
    let door = RelationId::from_uuid(office.fresh());
    let door = Relation::to_outside(door, RelationKind::Door, &card, "Laboratory").unwrap();
    office.register(&[Object::Relation(door)]).await;

    let before = history_of(&office).await;
    let next = office.cards.next(&office.operator, task.id(), Answers::none().seen(seen.digest)).await;
    let Rejection::PlanChanged { preview } = rejection(next) else { panic!("the plan did not change") };
    assert_eq!(preview.items.len(), seen.items.len() + 1);
    assert_eq!((office.card_state().await, history_of(&office).await), (CardState::Active, before));
    let next = office.cards.next(&office.operator, task.id(), Answers::none().seen(preview.digest)).await.unwrap();
    assert_eq!(next.items, preview.items);
}

/// The host that started the instance remembers what it was started on; that is out of date by now.
async fn a_plan_that_was_shown_after_a_change_is_taken(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let card = office.card_at(office.card).await;
    let door = RelationId::from_uuid(office.fresh());
    let door = Relation::to_outside(door, RelationKind::Door, &card, "Laboratory").unwrap();
    office.register(&[Object::Relation(door)]).await;
    let shown = office.standing(task.id()).await.preview.unwrap();
    let next = office.cards.next(&office.operator, task.id(), Answers::none().seen(shown.digest)).await.unwrap();
    assert_eq!(next.items, shown.items);
}

async fn the_form_takes_reason_note_and_time(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let seen = task.preview.as_ref().unwrap().digest;
    let earlier = now().minus(Millis::hours(2));
    let answers = Answers::none().with("reason", "stolen").with("note", "from a coat").with("notified-at", earlier);
    let shown = office.cards.standing(&office.operator, task.id(), &answers).await.unwrap().preview.unwrap();
    assert_eq!(shown.digest, seen, "what would be done does not depend on why");
    office.cards.next(&office.operator, task.id(), answers.seen(seen)).await.unwrap();
    assert_eq!(office.card_state().await, CardState::Inactive);
}

async fn an_approval_waits_and_changes_nothing(store: Store) {
    let options = CardsOptions { deactivation_approval: true, ..CardsOptions::default() };
    let office = Office::over(store.builder().options(2, options)).await;
    let task = office.start("CardsProcDeactivate").await;
    let next = office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    assert!(matches!(&next.status, Status::Waiting { step, .. } if step == "approval"), "{:?}", next.status);
    assert_eq!(office.card_state().await, CardState::Active);
    let again = office.cards.next(&office.operator, task.id(), Answers::none()).await;
    assert!(matches!(rejection(again), Rejection::NotWaiting { .. }), "a form is answered, an approval decided");
    let closed = office.cards.cancel(&office.operator, task.id()).await.unwrap();
    assert_eq!(closed.outcome(), Some(&Outcome::Withdrawn));
}

async fn since_when_a_card_is_lost_is_told_to_its_authority(store: Store) {
    let office = Office::on(&store).await;
    let lost = now().minus(Millis::hours(30));
    let answers = Answers::none().with("reason", "lost").with("lost-since", lost);
    office.cards.run(&office.operator, "CardsProcDeactivate", office.card, answers.clone()).await.unwrap();
    office.settle().await;
    office.run("CardsProcReactivate").await;
    office.settle().await;
    office.cards.run(&office.operator, "CardsProcLock", office.card, answers).await.unwrap();
    office.settle().await;
    let told: Vec<_> = office.authority.orders().iter().map(|it| it.invalid_since).collect();
    assert_eq!(told, [Some(lost), Some(lost), None, None, Some(lost), Some(lost)], "a release has no such date");
    let later = Answers::none().with("lost-since", now().plus(Millis::hours(1)));
    let refused = office.cards.run(&office.operator, "CardsProcDeactivate", office.card, later).await;
    assert!(refused.is_err(), "{refused:?}");
}
