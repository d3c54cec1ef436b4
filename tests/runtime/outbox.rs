//! Requests to the outside: recorded with the commit, performed after it, confirmed in one more.

use std::sync::Arc;

use cardflow::cards::{CardSubject, Cards, card_and_holder, leaves, on_card};
use cardflow::domain::{AuthorityAction, CardPlan, CardState, CauseKind, CertificateState, Refusal, RevocationReason};
use cardflow::engine::{Component, Definition, DefinitionMismatch, Outcome, Status, Version};
use cardflow::ports::{Claim, Clock, Commit, Overtake, Search, WorkSort};
use cardflow::values::{Answers, HostId, Millis};

use crate::common::store::every_store;
use crate::common::{Fate, Mood, Office, Store, TENANT, counts, now};

every_store![
    a_commit_carries_its_requests_already_leased,
    an_operator_costs_three_commits_and_a_program_two,
    an_authority_that_is_down_stops_no_deactivation,
    one_request_of_two_may_fail,
    a_request_that_failed_is_tried_again_ever_more_rarely,
    a_crash_before_delivery_is_made_good_by_another_host,
    a_crash_after_the_authority_did_it_orders_nothing_twice,
    an_answer_that_was_lost_is_asked_for,
    two_hosts_never_perform_the_same_request_at_once,
    a_host_whose_lease_has_ended_confirms_nothing_and_goes_no_further,
    a_lease_that_somebody_else_has_by_now_confirms_nothing,
    what_was_claimed_late_waits_for_the_next_delivery,
    a_host_whose_clock_goes_back_does_nothing_that_another_has_done_meanwhile,
    hold_then_lock_reaches_each_certificate_in_that_order,
    a_revocation_for_good_overtakes_what_is_not_done_yet,
    a_hold_that_is_on_its_way_when_it_is_overtaken_is_answered,
    an_answer_from_before_a_revocation_does_not_undo_it,
    a_request_out_of_its_line_is_made_all_the_same_unless_it_is_pointless,
    a_later_request_never_overtakes_an_earlier_one,
    a_revocation_nobody_asked_for_is_believed,
    a_refusal_for_good_is_an_answer,
    an_instance_without_its_definition_keeps_nobody_waiting,
    a_definition_changed_under_its_version_is_named,
];

const HELD: (CertificateState, Option<CertificateState>) = (CertificateState::OnHold, Some(CertificateState::OnHold));
const HELD_HERE: (CertificateState, Option<CertificateState>) = (CertificateState::OnHold, None);
const REVOKED: (CertificateState, Option<CertificateState>) =
    (CertificateState::Revoked, Some(CertificateState::Revoked));
const LEASE: Millis = Millis::seconds(60);

async fn a_commit_carries_its_requests_already_leased(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    office.run("CardsProcDeactivate").await;
    let commits = spy.take_commits();
    let [commit] = commits.as_slice() else { panic!("{commits:#?}") };
    let hosts: Vec<_> = commit.work.iter().map(|it| it.lease.unwrap().host).collect();
    assert_eq!((hosts.len(), hosts[0]), (2, hosts[1]));
    assert!(commit.work.iter().all(|it| it.sort == WorkSort::Effect && it.attempts == 1));
    assert!(commit.work.iter().all(|it| it.lease.unwrap().until == now().plus(LEASE)));
}

async fn an_operator_costs_three_commits_and_a_program_two(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    assert_eq!(spy.take_commits().len(), 1, "start");
    office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    assert_eq!(spy.take_commits().len(), 1, "next");
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (2, 0));
    assert_eq!(spy.take_commits().len(), 1, "all confirmations of one instance");
    office.run("CardsProcReactivate").await;
    assert_eq!(spy.take_commits().len(), 1, "run");
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (2, 0));
    assert_eq!(spy.take_commits().len(), 1, "its confirmations");
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (0, 0));
    assert_eq!(spy.take_commits().len(), 0, "nothing to do");
}

async fn an_authority_that_is_down_stops_no_deactivation(store: Store) {
    let office = Office::on(&store).await;
    office.authority.is(Mood::Down);
    let task = office.run("CardsProcDeactivate").await;
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (0, 2));
    assert_eq!(office.card_state().await, CardState::Inactive);
    assert_eq!(office.certificate_states().await, [HELD_HERE; 2]);
    let unconfirmed = office.cards.search(&office.operator, Search::certificates().unconfirmed()).await.unwrap();
    assert_eq!(unconfirmed.items.len(), 2);
    let standing = office.standing(task.id()).await;
    assert!(matches!(&standing.status, Status::Confirming { end, .. } if end == "deactivated"));
    assert_eq!((standing.confirmed, standing.asked), (0, 2));
    assert_eq!(standing.troubles.len(), 2);
    assert!(
        standing
            .troubles
            .iter()
            .all(|it| it.attempts == 1 && it.what == "the authority is not available: scripted to be down")
    );

    office.authority.is(Mood::Well);
    office.wait(Millis::seconds(5));
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (2, 0));
    assert_eq!(office.certificate_states().await, [HELD; 2]);
    let standing = office.standing(task.id()).await;
    assert_eq!((standing.confirmed, standing.asked, standing.troubles.len()), (2, 2, 0));
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })));
}

async fn one_request_of_two_may_fail(store: Store) {
    let office = Office::on(&store).await;
    let task = office.run("CardsProcDeactivate").await;
    assert_eq!(counts(office.cards.deliver(1).await.unwrap()), (1, 0));
    office.authority.is(Mood::Down);
    assert_eq!(counts(office.cards.deliver(1).await.unwrap()), (0, 1));
    let standing = office.standing(task.id()).await;
    assert_eq!((standing.confirmed, standing.asked, standing.troubles.len()), (1, 2, 1));
    assert!(matches!(standing.status, Status::Confirming { .. }));
    let mut states = office.certificate_states().await;
    states.sort();
    assert_eq!(states, [HELD_HERE, HELD]);
}

async fn a_request_that_failed_is_tried_again_ever_more_rarely(store: Store) {
    let office = Office::on(&store).await;
    office.authority.is(Mood::Down);
    let task = office.run("CardsProcDeactivate").await;
    office.cards.deliver(10).await.unwrap();
    for (attempts, seconds) in [(2, 5), (3, 10), (4, 20)] {
        office.wait(Millis::new(seconds * 1000 - 1));
        assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (0, 0), "not before {seconds} s");
        office.wait(Millis::new(1));
        assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (0, 2), "after {seconds} s");
        assert!(office.standing(task.id()).await.troubles.iter().all(|it| it.attempts == attempts));
    }
    for _ in 0..20 {
        office.wait(Millis::hours(1));
        assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (0, 2), "at least once an hour");
    }
}

async fn a_crash_before_delivery_is_made_good_by_another_host(store: Store) {
    let office = Office::on(&store).await;
    let task = office.run("CardsProcDeactivate").await.id();
    let (other, operator, card) = (office.host(&store), office.operator.clone(), office.card);
    let Office { cards, clock, authority, .. } = office;
    drop(cards);
    clock.advance(Millis::new(LEASE.millis() - 1));
    assert_eq!(counts(other.deliver(10).await.unwrap()), (0, 0), "the lease still runs");
    clock.advance(Millis::new(1));
    assert_eq!(counts(other.deliver(10).await.unwrap()), (2, 0));
    assert_eq!((authority.statuses_read(), authority.actions().len()), (2, 2), "asked first, then ordered");
    let standing = other.standing(&operator, task, &Answers::none()).await.unwrap();
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })));
    let dossier = other.open(&operator, card).await.unwrap().dossier;
    assert!(dossier.certificates().all(|it| !it.is_unconfirmed()));
}

async fn a_crash_after_the_authority_did_it_orders_nothing_twice(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    office.run("CardsProcDeactivate").await;
    spy.next_commit(Fate::Lost);
    assert!(office.cards.deliver(10).await.unwrap_err().is_retryable());
    assert_eq!(office.authority.actions().len(), 2);
    assert_eq!(office.certificate_states().await, [HELD_HERE; 2], "done there, not yet known here");
    let other = office.host(&store);
    office.wait(LEASE);
    assert_eq!(counts(other.deliver(10).await.unwrap()), (2, 0));
    assert_eq!(
        (office.authority.actions().len(), office.authority.statuses_read()),
        (2, 4),
        "asked before each attempt"
    );
    assert_eq!(office.certificate_states().await, [HELD; 2]);
}

async fn an_answer_that_was_lost_is_asked_for(store: Store) {
    let office = Office::on(&store).await;
    office.authority.is(Mood::Mute);
    office.run("CardsProcDeactivate").await;
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (0, 2));
    office.authority.is(Mood::Well);
    office.wait(Millis::seconds(5));
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (2, 0));
    assert_eq!(office.authority.actions().len(), 2, "nothing was ordered twice");
}

async fn two_hosts_never_perform_the_same_request_at_once(store: Store) {
    let office = Office::on(&store).await;
    let other = office.host(&store);
    office.run("CardsProcDeactivate").await;
    office.authority.during(async move { assert_eq!(counts(other.deliver(10).await.unwrap()), (0, 0)) });
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (2, 0));
    assert_eq!(office.authority.actions().len(), 2);
}

async fn a_host_whose_lease_has_ended_confirms_nothing_and_goes_no_further(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let other = office.host(&store);
    let task = office.run("CardsProcDeactivate").await;
    let clock = office.clock.clone();
    office.authority.during(async move {
        clock.advance(LEASE);
        assert_eq!(counts(other.deliver(10).await.unwrap()), (2, 0));
    });
    spy.take_commits();
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (0, 0), "another host has confirmed");
    assert_eq!(office.authority.actions().len(), 3, "only the order that was on its way came twice");
    let effects: Vec<_> = office.authority.orders().iter().map(|it| it.effect).collect();
    assert!(effects[..2].contains(&effects[2]), "and it quotes the same effect");
    let history = office.cards.history(&office.operator, office.card).await.unwrap();
    assert_eq!(history.records.len(), 3, "registered, run, confirmed once");
    assert_eq!(office.standing(task.id()).await.confirmed, 2);
}

async fn a_lease_that_somebody_else_has_by_now_confirms_nothing(store: Store) {
    let office = Office::on(&store).await;
    office.run("CardsProcDeactivate").await;
    let (clock, storage, host) = (office.clock.clone(), store.storage.clone(), HostId::from_uuid(office.fresh()));
    office.authority.during(async move {
        clock.advance(LEASE);
        let now = clock.now();
        let claim = Claim { sort: WorkSort::Effect, host, now, until: now.plus(LEASE), limit: 10 };
        assert_eq!(storage.claim(&claim).await.unwrap().len(), 2);
    });
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (0, 0));
    assert_eq!(office.certificate_states().await, [HELD_HERE; 2]);
    // The other dies; its lease ends too.
    office.wait(LEASE);
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (2, 0));
}

async fn a_host_whose_clock_goes_back_does_nothing_that_another_has_done_meanwhile(store: Store) {
    let office = Office::on(&store).await;
    let other = office.host(&store);
    office.run("CardsProcDeactivate").await;
    // The lease of this host ends, and another does what it had taken up, and what comes after.
    office.wait(LEASE);
    assert_eq!(counts(other.deliver(10).await.unwrap()), (2, 0));
    other.run(&office.operator, "CardsProcReactivate", office.card, Answers::none()).await.unwrap();
    assert_eq!(counts(other.deliver(10).await.unwrap()), (2, 0));
    // Then clocks are put back: for this host its lease runs again.
    office.wait(Millis::new(-LEASE.millis()));
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (0, 0));
    use AuthorityAction::{Hold, Release};
    assert_eq!(office.authority.actions(), [Hold, Hold, Release, Release]);
}

async fn what_was_claimed_late_waits_for_the_next_delivery(store: Store) {
    let office = Office::on(&store).await;
    office.run("CardsProcDeactivate").await;
    let clock = office.clock.clone();
    office.authority.during(async move { clock.advance(LEASE) });
    // The first was on its way when the lease ended, and nobody else has it: its answer counts. The second is left alone.
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (1, 0));
    assert_eq!(office.authority.actions().len(), 1);
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (1, 0));
}

async fn hold_then_lock_reaches_each_certificate_in_that_order(store: Store) {
    let office = Office::on(&store).await;
    office.run("CardsProcDeactivate").await;
    office.settle().await;
    office.run("CardsProcLock").await;
    office.settle().await;
    let revoke = AuthorityAction::Revoke(RevocationReason::Unspecified);
    assert_eq!(office.authority.actions(), [AuthorityAction::Hold, AuthorityAction::Hold, revoke, revoke]);
    assert_eq!(office.certificate_states().await, [REVOKED; 2]);
}

async fn a_revocation_for_good_overtakes_what_is_not_done_yet(store: Store) {
    let office = Office::on(&store).await;
    office.authority.is(Mood::Down);
    let held = office.run("CardsProcDeactivate").await;
    office.cards.deliver(10).await.unwrap();
    office.run("CardsProcLock").await;
    assert!(!office.standing(held.id()).await.troubles.is_empty());
    office.authority.is(Mood::Well);
    let delivered = office.cards.deliver(10).await.unwrap();
    assert_eq!((delivered.confirmed, delivered.overtaken), (2, 2));
    let revoke = AuthorityAction::Revoke(RevocationReason::Unspecified);
    assert_eq!(office.authority.actions(), [revoke, revoke], "nobody is asked for the holds any more");
    assert_eq!(office.certificate_states().await, [REVOKED; 2]);
    let standing = office.standing(held.id()).await;
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })), "{standing:?}");
    assert_eq!((standing.asked, standing.confirmed, standing.overtaken), (2, 0, 2), "and nothing is said to be done");
    store.verifies().await;
}

/// One that was on its way meanwhile does no harm: there is no way back from a revocation for good.
async fn a_hold_that_is_on_its_way_when_it_is_overtaken_is_answered(store: Store) {
    let office = Office::on(&store).await;
    let other = Arc::new(office.host(&store));
    let held = office.run("CardsProcDeactivate").await;
    let (operator, card) = (office.operator.clone(), office.card);
    office.authority.during(async move {
        other.run(&operator, "CardsProcLock", card, Answers::none()).await.unwrap();
        assert_eq!(other.deliver(10).await.unwrap().confirmed, 2);
    });
    office.cards.deliver(10).await.unwrap();
    office.wait(LEASE);
    office.settle().await;
    assert_eq!(office.certificate_states().await, [REVOKED; 2]);
    let standing = office.standing(held.id()).await;
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })), "{standing:?}");
}

/// The authority has done the hold and said so; before that is on record here, another host revokes, and it is confirmed.
async fn an_answer_from_before_a_revocation_does_not_undo_it(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let other = office.host(&store);
    let held = office.run("CardsProcDeactivate").await;
    let (operator, card) = (office.operator.clone(), office.card);
    spy.before_commit(async move {
        other.run(&operator, "CardsProcLock", card, Answers::none()).await.unwrap();
        assert_eq!(other.deliver(10).await.unwrap().confirmed, 2);
    });
    office.cards.deliver(10).await.unwrap();
    office.wait(LEASE);
    office.settle().await;
    let actions = office.authority.actions();
    assert_eq!((actions.len(), &actions[..2]), (4, &[AuthorityAction::Hold; 2][..]), "holds and revocations are done");
    assert_eq!(office.certificate_states().await, [REVOKED; 2]);
    let standing = office.standing(held.id()).await;
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })), "{standing:?}");
    assert_eq!(standing.incidents, [], "nobody need look");
}

/// That work has lost its target proves nothing: whether a request is pointless is for the objects to say.
async fn a_request_out_of_its_line_is_made_all_the_same_unless_it_is_pointless(store: Store) {
    let office = Office::on(&store).await;
    let held = office.run("CardsProcDeactivate").await;
    let work = store.storage.instance(TENANT, held.id()).await.unwrap().unwrap().work;
    let overtakes = work.iter().map(|it| Overtake { target: it.target.clone(), at: now() }).collect();
    store.storage.commit(Commit { overtakes, ..Commit::of(TENANT) }).await.unwrap();
    office.wait(LEASE);
    let delivered = office.cards.deliver(10).await.unwrap();
    assert_eq!((delivered.confirmed, delivered.overtaken), (2, 0));
    assert_eq!(office.authority.actions(), [AuthorityAction::Hold; 2]);
    assert_eq!(office.certificate_states().await, [HELD; 2]);
}

async fn a_later_request_never_overtakes_an_earlier_one(store: Store) {
    let office = Office::on(&store).await;
    office.authority.is(Mood::Down);
    office.run("CardsProcDeactivate").await;
    office.cards.deliver(10).await.unwrap();
    // Wanted and confirmed agree again, with two requests a certificate still open.
    for process in ["CardsProcReactivate", "CardsProcDeactivate"] {
        office.wait(Millis::seconds(1));
        office.run(process).await;
    }
    office.authority.is(Mood::Well);
    for _ in 0..4 {
        office.settle().await;
        office.wait(LEASE);
    }
    use AuthorityAction::{Hold, Release};
    assert_eq!(office.authority.actions(), [Hold, Hold, Release, Release, Hold, Hold]);
    assert_eq!(office.certificate_states().await, [HELD; 2]);
    let there: Vec<_> = office.authority.truth().values().map(|it| it.state).collect();
    assert_eq!(there, [CertificateState::OnHold; 2]);
}

async fn a_revocation_nobody_asked_for_is_believed(store: Store) {
    let office = Office::on(&store).await;
    office.authority.is(Mood::Revokes);
    let task = office.run("CardsProcDeactivate").await;
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (2, 0));
    let dossier = office.dossier().await;
    for certificate in dossier.certificates() {
        assert_eq!(
            (certificate.wanted(), certificate.reason()),
            (CertificateState::Revoked, Some(RevocationReason::KeyCompromise))
        );
        assert_eq!((certificate.confirmed(), certificate.holds().len()), (Some(CertificateState::Revoked), 0));
    }
    let standing = office.standing(task.id()).await;
    assert!(matches!(standing.outcome(), Some(Outcome::Done { .. })));
    assert_eq!(standing.incidents.len(), 2);
    assert_eq!(standing.incidents[0].what, "the authority was asked for `on hold` and answers `revoked`");
}

async fn a_refusal_for_good_is_an_answer(store: Store) {
    let office = Office::on(&store).await;
    office.run("CardsProcDeactivate").await;
    office.settle().await;
    office.run("CardsProcReactivate").await;
    // Somebody revokes the certificates at the authority, which now refuses to release them.
    office.authority.revokes_all(RevocationReason::KeyCompromise, now());
    assert_eq!(counts(office.cards.deliver(10).await.unwrap()), (2, 0));
    let revoked = (CertificateState::Revoked, Some(CertificateState::Revoked));
    assert_eq!(office.certificate_states().await, [revoked; 2]);
}

async fn an_instance_without_its_definition_keeps_nobody_waiting(store: Store) {
    let office = Office::over(store.builder().processes([process(1, "confirm")])).await;
    let (_, other_card) = office.employ("Ben Beispiel", "Berlin", "4800", 20).await;
    let waiting = office.cards.start(&office.operator, "SiteProcSuspend", office.card).await.unwrap();
    let asked = office.cards.run(&office.operator, "SiteProcSuspend", office.card, Answers::none()).await.unwrap();
    let usual = office.cards.run(&office.operator, "CardsProcDeactivate", other_card, Answers::none()).await.unwrap();

    // The next host does not know the process of the site.
    let other = office.host(&store);
    let missing = DefinitionMismatch::Missing { name: "SiteProcSuspend".to_owned(), version: 1 };
    let expected = [(waiting.id(), missing.clone()), (asked.id(), missing.clone())];
    assert_eq!(other.mismatches(TENANT).await.unwrap(), expected);
    office.wait(LEASE);
    assert_eq!(counts(other.deliver(10).await.unwrap()), (2, 2), "one goes on, the other's answers are not recorded");
    let bare = Answers::none();
    let standing = |it| other.standing(&office.operator, it, &bare);
    assert!(matches!(standing(usual.id()).await.unwrap().outcome(), Some(Outcome::Done { .. })));
    let stuck = standing(asked.id()).await.unwrap();
    assert_eq!((stuck.confirmed, stuck.asked), (0, 2));
    assert!(stuck.troubles.iter().all(|it| it.what == missing.to_string()), "{:#?}", stuck.troubles);
    let left = other.start(&office.operator, "CardsProcLock", other_card).await.unwrap();
    office.wait(Millis::hours(8));
    let ticked = other.tick().await.unwrap();
    assert_eq!((ticked.fired, ticked.failed), (1, 1));
    assert_eq!(standing(left.id()).await.unwrap().outcome(), Some(&Outcome::Expired));

    // A host that has it finds nothing amiss and brings both to their end, with nothing ordered twice.
    assert_eq!(office.cards.mismatches(TENANT).await.unwrap(), []);
    office.settle().await;
    office.wait(LEASE);
    assert_eq!(office.cards.tick().await.unwrap().fired, 1);
    assert!(matches!(office.standing(asked.id()).await.outcome(), Some(Outcome::Done { .. })));
    assert_eq!(office.authority.actions().len(), 4);
}

async fn a_definition_changed_under_its_version_is_named(store: Store) {
    let office = Office::over(store.builder().processes([process(1, "confirm")])).await;
    let task = office.cards.start(&office.operator, "SiteProcSuspend", office.card).await.unwrap();
    let changed = office.equip(store.builder().processes([process(1, "ask")])).build().unwrap();
    let mismatch = DefinitionMismatch::Changed { name: "SiteProcSuspend".to_owned(), version: 1 };
    assert_eq!(changed.mismatches(TENANT).await.unwrap(), [(task.id(), mismatch.clone())]);
    let next = changed.next(&office.operator, task.id(), Answers::none()).await;
    assert_eq!(crate::common::rejection(next), crate::common::Rejection::Definition(mismatch));
    // Both versions side by side: each instance goes on with its own.
    let both = office.equip(store.builder().processes([process(1, "confirm"), process(2, "ask")])).build().unwrap();
    assert_eq!(both.mismatches(TENANT).await.unwrap(), []);
    both.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    let (_, card) = office.employ("Ben Beispiel", "Berlin", "4800", 20).await;
    let new = both.start(&office.operator, "SiteProcSuspend", card).await.unwrap();
    assert_eq!((task.version, new.version), (Version(1), Version(2)));
}

/// A process of a site, with one form of this name.
fn process(version: u32, form: &'static str) -> Arc<dyn cardflow::engine::Process<Cards>> {
    fn suspend(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
        plan.card().hold()?;
        plan.relations().possible().hold()?;
        plan.certificates().usable().hold()
    }
    let built: Definition<Cards, CardSubject> = on_card("SiteProcSuspend", "Suspend card", Version(version))
        .component(Component::Operator)
        .requires(CardState::Active)
        .form(form, card_and_holder())
        .change("suspend", leaves(CardState::Inactive).because(CauseKind::CardDeactivation), suspend)
        .end("suspended")
        .build()
        .unwrap();
    Arc::new(built)
}
