//! Approvals end to end: who is asked, who may decide, what is done then, and what everybody is told.

use std::sync::Arc;

use cardflow::cards::{ADMINISTRATOR, APPROVER, Cards, CardsOptions, OPERATOR};
use cardflow::domain::{
    AuthorityAction, CardState, CertificateState, Deputyship, Object, Person, RelationKind, RoleGrant,
};
use cardflow::engine::{Bar, Component, Event, Ineligible, Judgement, NoticeKind, Outcome, Status, Verdict};
use cardflow::ports::{AuditQuery, Fact, Principal};
use cardflow::runtime::{Appointed, Standing};
use cardflow::testing::fakes::{MailBox, MemoryDirectory};
use cardflow::values::{Answers, CommandId, Millis, ObjectRef, PersonId};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, issuer, now, person_at, principal, rejection};

const DEACTIVATE: &str = "CardsProcDeactivate";
const REACTIVATE: &str = "CardsProcReactivate";
const LOCK: &str = "CardsProcLock";

every_store![
    an_approver_agrees_and_the_card_is_inactive,
    an_approver_refuses_and_nothing_has_happened,
    nobody_decides_for_themselves,
    two_accounts_of_one_person_are_one,
    a_deputy_decides_on_behalf_and_both_are_on_record,
    a_role_that_ends_at_another_unit_decides_nothing_here,
    where_nobody_can_approve_starting_says_so,
    the_same_is_asked_for_once,
    two_who_ask_at_once_are_one_request,
    two_who_decide_at_once_are_one_decision,
    a_repeated_decision_is_answered_as_before,
    what_came_meanwhile_does_not_leave_a_lost_card_active,
    a_reactivation_that_changed_meanwhile_is_superseded,
    a_requester_who_was_dismissed_gets_nothing_done,
    a_stolen_card_goes_at_once_and_is_reviewed_after,
    a_review_that_refuses_brings_the_card_back,
    a_request_expires_and_can_be_escalated,
    what_is_sent_back_is_asked_again,
    several_are_decided_in_one_call,
    earlier_decisions_on_the_card_are_shown,
    people_are_written_to_and_the_holder_is_not,
    decisions_take_no_place_within_the_limit,
    a_restarted_host_goes_on_with_a_request,
];

fn strict() -> CardsOptions {
    CardsOptions {
        deactivation_approval: true,
        reactivation_approval: true,
        lock_approval: true,
        deactivation_approval_except: vec!["stolen".to_owned()],
        ..CardsOptions::default()
    }
}

async fn office(store: &Store) -> Office {
    Office::over(store.builder().options(2, strict())).await
}

fn agree(asked: &Standing<Cards>) -> Judgement {
    Judgement::approve(asked.task().unwrap(), asked.approval.as_ref().unwrap().covers)
}

fn refuse(asked: &Standing<Cards>) -> Judgement {
    Judgement::reject(asked.task().unwrap(), "The card was found again")
}

impl Office {
    async fn judge(&self, who: &Principal, asked: &Standing<Cards>, judgement: Judgement) -> Standing<Cards> {
        self.cards.judge(who, asked.id(), judgement).await.unwrap()
    }

    async fn asked(&self, process: &str, reason: &str) -> Standing<Cards> {
        let answers = Answers::none().with("reason", reason).with("note", "left on a train");
        let asked = self.cards.run(&self.operator, process, self.card, answers).await.unwrap();
        assert!(asked.approval.is_some(), "{}", asked.status);
        asked
    }

    /// Takes on somebody, and gives their principal.
    async fn staffed(&self, account: &str, make: impl FnOnce(Person) -> Person) -> (PersonId, Principal) {
        let id = PersonId::from_uuid(self.fresh());
        let person = Person::new(TENANT, id, account).unwrap().with_account(account).unwrap();
        self.register(&[Object::Person(make(person))]).await;
        (id, principal(account, Component::Operator))
    }

    /// What the history of the card has, in order.
    async fn events(&self) -> Vec<Event<Cards>> {
        let history = self.cards.history(&self.auditor, self.card).await.unwrap();
        history.records.into_iter().flat_map(|it| it.entry.events).collect()
    }
}

fn grant(role: &str) -> RoleGrant {
    RoleGrant::new(role, None, now()).unwrap()
}

async fn an_approver_agrees_and_the_card_is_inactive(store: Store) {
    let office = office(&store).await;
    let asked = office.asked(DEACTIVATE, "lost").await;
    assert!(matches!(&asked.status, Status::Waiting { step, .. } if step == "approval"));
    assert_eq!((office.card_state().await, asked.asked), (CardState::Active, 0));
    assert_eq!(asked.approval.as_ref().unwrap().plan, asked.preview.as_ref().unwrap().items);

    let request = office.cards.request(&office.approver, asked.id()).await.unwrap();
    assert_eq!(request.requester, Some(office.person("olga").await));
    assert_eq!((&request.standing.preview, &request.standing.approval), (&asked.preview, &asked.approval));
    let done = office.judge(&office.approver, &asked, agree(&asked)).await;
    assert!(matches!(&done.status, Status::Confirming { end, .. } if end == "deactivated"), "{}", done.status);
    assert_eq!(office.card_state().await, CardState::Inactive);
    office.settle().await;
    let done = office.standing(asked.id()).await;
    assert_eq!(done.outcome(), Some(&Outcome::Done { end: "deactivated".to_owned(), remark: None }));
    let held = (CertificateState::OnHold, Some(CertificateState::OnHold));
    assert_eq!(office.certificate_states().await, [held, held]);
    // What is done is done for whoever asked for it; who agreed stands beside it.
    let hold = office.card_at(office.card).await.holds()[0].clone();
    assert_eq!(hold.by(), Some(office.person("olga").await));
    let without = office.audit(AuditQuery::without_approval(DEACTIVATE)).await.rows;
    assert_eq!(without, []);
}

async fn an_approver_refuses_and_nothing_has_happened(store: Store) {
    let office = office(&store).await;
    let before = office.dossier().await;
    let asked = office.asked(DEACTIVATE, "lost").await;
    let silent = Judgement::reject(asked.task().unwrap(), " ");
    let silent = rejection(office.cards.judge(&office.approver, asked.id(), silent).await);
    assert_eq!(silent, Rejection::NoteNeeded { most: 1000 });
    let refused = office.judge(&office.approver, &asked, refuse(&asked)).await;
    assert_eq!(refused.outcome(), Some(&Outcome::Rejected));
    assert_eq!(office.dossier().await, before);
    let late = rejection(office.cards.judge(&principal("arno", Component::Operator), asked.id(), agree(&asked)).await);
    let by = Some(office.person("ann").await);
    assert_eq!(late, Rejection::AlreadyDecided { verdict: Verdict::Reject, by, at: now() });
}

async fn nobody_decides_for_themselves(store: Store) {
    let office = office(&store).await;
    // Olga may approve, too; but not this.
    let (_, both) = office.staffed("bea", |it| it.with_role(grant(OPERATOR)).with_role(grant(APPROVER))).await;
    let asked = office.cards.run(&both, DEACTIVATE, office.card, Answers::none()).await.unwrap();
    let own = rejection(office.cards.judge(&both, asked.id(), agree(&asked)).await);
    assert_eq!(own, Rejection::NotEligible { why: Ineligible::Barred(Bar::Requester) });
    // An operator has no say, and who looks after their own card sees no request.
    let other = rejection(office.cards.judge(&office.colleague, asked.id(), agree(&asked)).await);
    assert!(matches!(other, Rejection::NotEligible { why: Ineligible::NoRole { .. } }), "{other}");
    let holder = rejection(office.cards.judge(&office.self_service, asked.id(), agree(&asked)).await);
    assert_eq!(holder, Rejection::NotFound { what: "instance" });
    let refusals = office.cards.refusals(&office.administrator, 10).await.unwrap();
    assert!(refusals.iter().any(|it| it.code == "NotEligible" && it.attempt.starts_with("approve")), "{refusals:?}");
}

async fn two_accounts_of_one_person_are_one(store: Store) {
    let office = office(&store).await;
    let (_, day) = office
        .staffed("bea", |it| {
            let it = it.with_account("bea.night").unwrap();
            it.with_role(grant(OPERATOR)).with_role(grant(APPROVER))
        })
        .await;
    let asked = office.cards.run(&day, DEACTIVATE, office.card, Answers::none()).await.unwrap();
    let night = principal("bea.night", Component::Operator);
    let own = rejection(office.cards.judge(&night, asked.id(), agree(&asked)).await);
    assert_eq!(own, Rejection::NotEligible { why: Ineligible::Barred(Bar::Requester) });
}

async fn a_deputy_decides_on_behalf_and_both_are_on_record(store: Store) {
    let office = office(&store).await;
    let ann = office.person("ann").await;
    let until = now().plus(Millis::hours(2));
    let (dora, deputy) = office
        .staffed("dora", |it| it.with_role(grant(OPERATOR)).standing_in(Deputyship::new(ann, now(), until, None)))
        .await;
    let (dirk, by_ann) = office.staffed("dirk", |it| it.with_role(grant(OPERATOR))).await;
    office.cards.grant_role(&office.administrator, person_at(ann), ADMINISTRATOR, []).await.unwrap();
    let as_administrator = principal("ann", Component::Administrator);
    let named = office.cards.name_deputy(&as_administrator, person_at(dirk), ann, now(), until).await.unwrap();
    assert_eq!(named, Appointed::Proposed);
    let asked = office.asked(DEACTIVATE, "lost").await;
    let plain = rejection(office.cards.judge(&deputy, asked.id(), agree(&asked)).await);
    assert!(matches!(plain, Rejection::NotEligible { why: Ineligible::NoRole { .. } }), "{plain}");
    let named_alone = office.cards.judge(&by_ann, asked.id(), agree(&asked).on_behalf_of(ann)).await;
    assert_eq!(rejection(named_alone), Rejection::NotEligible { why: Ineligible::NoDeputy });
    office.judge(&deputy, &asked, agree(&asked).on_behalf_of(ann)).await;
    assert_eq!(office.card_state().await, CardState::Inactive);
    let record = office.cards.history(&office.auditor, office.card).await.unwrap().records.pop().unwrap();
    assert_eq!(record.entry.actor.person, Some(dora));
    let said = |it: &Event<Cards>| matches!(it, Event::Judged { on_behalf, .. } if *on_behalf == Some(ann));
    assert!(record.entry.events.iter().any(said));
    // Past its time it is over.
    office.settle().await;
    office.wait(Millis::hours(3));
    let asked = office.asked(REACTIVATE, "other").await;
    let late = rejection(office.cards.judge(&deputy, asked.id(), agree(&asked).on_behalf_of(ann)).await);
    assert_eq!(late, Rejection::NotEligible { why: Ineligible::NoDeputy });
}

async fn a_role_that_ends_at_another_unit_decides_nothing_here(store: Store) {
    let office = office(&store).await;
    let (_, card) = office.employ("Ben Sample", "Berlin", "5000 0001", 20).await;
    let hamburg = grant(APPROVER).in_unit("Hamburg").unwrap();
    let (_, elsewhere) = office.staffed("hanna", |it| it.with_role(hamburg)).await;
    let (_, roaming) = office
        .staffed("rosa", |it| it.with_role(grant(APPROVER).in_unit("Hamburg").unwrap()).with_role(grant(OPERATOR)))
        .await;
    let asked = office.cards.run(&office.operator, DEACTIVATE, card, Answers::none()).await.unwrap();
    let unseen = rejection(office.cards.judge(&elsewhere, asked.id(), agree(&asked)).await);
    assert_eq!(unseen, Rejection::NotFound { what: "instance" });
    // She sees the card as an operator; but as an approver she does not reach it.
    let seen = rejection(office.cards.judge(&roaming, asked.id(), agree(&asked)).await);
    assert!(matches!(seen, Rejection::NotEligible { why: Ineligible::NoRole { .. } }), "{seen}");
    let (_, berlin) = office.staffed("bert", |it| it.with_role(grant(APPROVER).in_unit("Berlin").unwrap())).await;
    let done = office.cards.judge(&berlin, asked.id(), agree(&asked)).await.unwrap();
    assert!(matches!(done.status, Status::Confirming { .. }));
}

async fn where_nobody_can_approve_starting_says_so(store: Store) {
    let three = CardsOptions { approvals_needed: 3, ..strict() };
    let office = Office::over(store.builder().options(2, three)).await;
    let asked = office.cards.run(&office.operator, DEACTIVATE, office.card, Answers::none()).await;
    let Rejection::NobodyCanApprove(shortage) = rejection(asked) else { panic!("two approvers are not three") };
    assert_eq!((shortage.needs, shortage.found), (3, 2));
    // A form that is open says so at Next.
    let form = office.start(DEACTIVATE).await;
    let next = office.cards.next(&office.operator, form.id(), Answers::none()).await;
    assert!(matches!(rejection(next), Rejection::NobodyCanApprove(_)));
    // For a reason that is reviewed after, one reviewer is enough.
    let urgent = Answers::none().with("reason", "stolen");
    let done = office.cards.next(&office.operator, form.id(), urgent).await.unwrap();
    assert!(done.approval.is_some());
    assert_eq!(office.card_state().await, CardState::Inactive);
}

async fn the_same_is_asked_for_once(store: Store) {
    let office = office(&store).await;
    let asked = office.asked(DEACTIVATE, "lost").await;
    let same = Answers::none().with("reason", "lost").with("note", "again");
    let again = office.cards.run(&office.colleague, DEACTIVATE, office.card, same.clone()).await;
    let expected = Rejection::AlreadyAsked { instance: asked.id(), since: now() };
    assert_eq!(rejection(again), expected);
    // For another reason, or another card, it is another request.
    let other = Answers::none().with("reason", "damaged");
    let other = office.cards.run(&office.colleague, DEACTIVATE, office.card, other).await.unwrap();
    assert!(other.approval.is_some());
    let cards = office.more_cards(1).await;
    assert!(office.cards.run(&office.colleague, DEACTIVATE, cards[0], same.clone()).await.unwrap().approval.is_some());
    // Once it is decided, it may be asked for anew.
    office.judge(&office.approver, &asked, refuse(&asked)).await;
    office.cards.run(&office.colleague, DEACTIVATE, office.card, same).await.unwrap();
}

async fn two_who_ask_at_once_are_one_request(store: Store) {
    let office = office(&store).await;
    let same = || Answers::none().with("reason", "lost");
    let (one, other) = tokio::join!(
        office.cards.run(&office.operator, DEACTIVATE, office.card, same()),
        office.cards.run(&office.colleague, DEACTIVATE, office.card, same()),
    );
    let (asked, refused) = if one.is_ok() { (one, other) } else { (other, one) };
    let expected = Rejection::AlreadyAsked { instance: asked.unwrap().id(), since: now() };
    assert_eq!(rejection(refused), expected);
}

async fn two_who_decide_at_once_are_one_decision(store: Store) {
    let office = office(&store).await;
    let asked = office.asked(DEACTIVATE, "lost").await;
    let arno = principal("arno", Component::Operator);
    let (one, other) = tokio::join!(
        office.cards.judge(&office.approver, asked.id(), agree(&asked)),
        office.cards.judge(&arno, asked.id(), refuse(&asked)),
    );
    let (verdict, by, late) = match (one, other) {
        (Ok(_), late) => (Verdict::Approve, "ann", late),
        (late, Ok(_)) => (Verdict::Reject, "arno", late),
        (one, other) => panic!("{one:?} {other:?}"),
    };
    let by = Some(office.person(by).await);
    assert_eq!(rejection(late), Rejection::AlreadyDecided { verdict, by, at: now() });
    let judged = office.events().await.iter().filter(|it| matches!(it, Event::Judged { .. })).count();
    assert_eq!(judged, 1);
}

async fn a_repeated_decision_is_answered_as_before(store: Store) {
    let office = office(&store).await;
    let asked = office.asked(DEACTIVATE, "lost").await;
    let id = CommandId::from_uuid(office.fresh());
    let call = || office.approver.command(id);
    let first = office.cards.judge(call(), asked.id(), agree(&asked)).await.unwrap();
    let again = office.cards.judge(call(), asked.id(), agree(&asked)).await.unwrap();
    assert_eq!((again.status, again.items, again.asked), (first.status, first.items, first.asked));
    let other = office.cards.judge(call(), asked.id(), refuse(&asked)).await;
    assert_eq!(rejection(other), Rejection::CommandIdReused { id });
}

async fn what_came_meanwhile_does_not_leave_a_lost_card_active(store: Store) {
    let office = office(&store).await;
    let asked = office.asked(DEACTIVATE, "lost").await;
    // A certificate came onto the card since it was asked: the plan is another, what was meant is the same.
    let card = office.card_at(office.card).await;
    let certificate = office.certificate(&card, issuer(), "0C01");
    let at = certificate.at();
    let carried = office.relation(RelationKind::Carries, &card, at);
    office.register(&[Object::Certificate(certificate), carried]).await;
    let done = office.judge(&office.approver, &asked, agree(&asked)).await;
    assert!(matches!(&done.status, Status::Confirming { end, .. } if end == "deactivated"), "{}", done.status);
    let dossier = office.dossier().await;
    assert_eq!(dossier.certificate(at).unwrap().wanted(), CertificateState::OnHold);
    let differed =
        |it: &Event<Cards>| matches!(it, Event::Differed { gone, come, .. } if gone.is_empty() && !come.is_empty());
    assert!(office.events().await.iter().any(differed));
}

async fn a_reactivation_that_changed_meanwhile_is_superseded(store: Store) {
    let office = office(&store).await;
    let asked = office.asked(DEACTIVATE, "lost").await;
    office.judge(&office.approver, &asked, agree(&asked)).await;
    office.settle().await;
    let back = office.asked(REACTIVATE, "other").await;
    let lock = office.asked(LOCK, "lost").await;
    office.judge(&office.approver, &lock, agree(&lock)).await;
    assert_eq!(office.card_state().await, CardState::Locked);
    let superseded = office.judge(&office.approver, &back, agree(&back)).await;
    let expected = Outcome::Superseded { needed: "inactive".to_owned(), found: "locked".to_owned() };
    assert_eq!(superseded.outcome(), Some(&expected));
    assert_eq!(office.card_state().await, CardState::Locked);
}

async fn a_requester_who_was_dismissed_gets_nothing_done(store: Store) {
    let office = office(&store).await;
    let (bea, who) = office.staffed("bea", |it| it.with_role(grant(OPERATOR))).await;
    let asked = office.cards.run(&who, DEACTIVATE, office.card, Answers::none()).await.unwrap();
    let ann = office.person("ann").await;
    let directory =
        MemoryDirectory::default().with(TENANT, bea, "bea", &[OPERATOR]).with(TENANT, ann, "ann", &[APPROVER]);
    let directory = Arc::new(directory);
    directory.dismiss(TENANT, bea);
    let host = office.equip(store.builder().options(2, strict())).directory(directory).build().unwrap();
    let superseded = host.judge(&office.approver, asked.id(), agree(&asked)).await.unwrap();
    let needed = "a requester who may ask for it".to_owned();
    let expected = Outcome::Superseded { needed, found: "a person who is inactive".to_owned() };
    assert_eq!(superseded.outcome(), Some(&expected));
    assert_eq!(office.card_state().await, CardState::Active);
}

async fn a_stolen_card_goes_at_once_and_is_reviewed_after(store: Store) {
    let office = office(&store).await;
    let reviewed = office.asked(DEACTIVATE, "stolen").await;
    assert!(matches!(&reviewed.status, Status::Waiting { step, .. } if step == "review"));
    assert_eq!((office.card_state().await, reviewed.asked), (CardState::Inactive, 2));
    // The certificates go on hold without waiting for the review, which cannot be withdrawn.
    office.settle().await;
    assert_eq!(office.authority.actions(), [AuthorityAction::Hold; 2]);
    let withdrawn = office.cards.cancel(&office.operator, reviewed.id()).await;
    assert_eq!(rejection(withdrawn), Rejection::DoneAlready);
    let own = rejection(office.cards.judge(&office.operator, reviewed.id(), agree(&reviewed)).await);
    assert!(matches!(own, Rejection::NotEligible { .. }));
    let confirmed = office.judge(&office.approver, &reviewed, agree(&reviewed)).await;
    assert_eq!(confirmed.outcome(), Some(&Outcome::Done { end: "deactivated".to_owned(), remark: None }));
    // It was done without approval, and the record says so.
    let without = office.audit(AuditQuery::without_approval(DEACTIVATE)).await.rows;
    assert_eq!(without.iter().map(|it| it.run.as_ref().unwrap().instance).collect::<Vec<_>>(), [reviewed.id()]);
}

async fn a_review_that_refuses_brings_the_card_back(store: Store) {
    let office = office(&store).await;
    let reviewed = office.asked(DEACTIVATE, "stolen").await;
    office.settle().await;
    let back = office.judge(&office.approver, &reviewed, refuse(&reviewed)).await;
    assert!(matches!(&back.status, Status::Confirming { end, .. } if end == "reactivated"), "{}", back.status);
    office.settle().await;
    assert_eq!(office.card_state().await, CardState::Active);
    let valid = (CertificateState::Valid, Some(CertificateState::Valid));
    assert_eq!(office.certificate_states().await, [valid, valid]);
    // Nobody reviews the next one: it stays, and the record says that nobody did.
    let reviewed = office.asked(DEACTIVATE, "stolen").await;
    office.settle().await;
    office.wait(Millis::hours(72));
    assert_eq!(office.cards.tick().await.unwrap().fired, 1);
    let stays = office.standing(reviewed.id()).await;
    assert_eq!(stays.outcome(), Some(&Outcome::Done { end: "deactivated".to_owned(), remark: None }));
    let automatic = |it: &Event<Cards>| matches!(it, Event::Approved { automatic: true, .. });
    assert!(office.events().await.iter().any(automatic));
}

async fn a_request_expires_and_can_be_escalated(store: Store) {
    let office = office(&store).await;
    let asked = office.asked(DEACTIVATE, "lost").await;
    office.wait(Millis::hours(72));
    office.cards.tick().await.unwrap();
    assert_eq!(office.standing(asked.id()).await.outcome(), Some(&Outcome::Expired));
    let late = rejection(office.cards.judge(&office.approver, asked.id(), agree(&asked)).await);
    assert!(matches!(late, Rejection::NotWaiting { outcome: Some(Outcome::Expired), .. }), "{late}");

    let role = Some("Security officer".to_owned());
    let escalating = CardsOptions { approval_escalation_role: role, approval_hours: 1, ..strict() };
    let host = office.equip(store.builder().options(3, escalating)).build().unwrap();
    let asked = host.run(&office.operator, DEACTIVATE, office.card, Answers::none()).await.unwrap();
    let sina = principal("sina", Component::Operator);
    let early = rejection(host.judge(&sina, asked.id(), agree(&asked)).await);
    assert!(matches!(early, Rejection::NotEligible { why: Ineligible::NoRole { .. } }), "{early}");
    office.wait(Millis::hours(1));
    host.tick().await.unwrap();
    let request = host.request(&sina, asked.id()).await.unwrap().standing;
    let stale = rejection(host.judge(&sina, asked.id(), agree(&asked)).await);
    assert!(matches!(stale, Rejection::Stale { task, .. } if Some(task) == request.task()), "{stale}");
    let done = host.judge(&sina, asked.id(), agree(&request)).await.unwrap();
    assert!(matches!(done.status, Status::Confirming { .. }));
}

async fn what_is_sent_back_is_asked_again(store: Store) {
    let office = office(&store).await;
    let asked = office.asked(DEACTIVATE, "lost").await;
    let question = Judgement::ask(asked.task().unwrap(), "Where was it lost?");
    let back = office.judge(&office.approver, &asked, question).await;
    assert!(back.approval.as_ref().unwrap().sent_back);
    let waits = rejection(office.cards.judge(&office.approver, asked.id(), agree(&back)).await);
    assert!(matches!(waits, Rejection::NotWaiting { outcome: None, .. }), "{waits}");
    let other = office.cards.resubmit(&office.colleague, asked.id(), Answers::none(), "On a train").await;
    assert_eq!(rejection(other), Rejection::NotYours);
    let damaged = Answers::none().with("reason", "damaged");
    let again = office.cards.resubmit(&office.operator, asked.id(), damaged, "On a train").await.unwrap();
    assert_ne!(again.approval.as_ref().unwrap().covers, asked.approval.as_ref().unwrap().covers);
    let request = office.cards.request(&office.approver, asked.id()).await.unwrap();
    let said: Vec<_> = request.said.iter().map(|it| (it.verdict, it.note.as_deref())).collect();
    assert_eq!(said, [(Some(Verdict::Ask), Some("Where was it lost?")), (None, Some("On a train"))]);
    let old = rejection(office.cards.judge(&office.approver, asked.id(), agree(&asked)).await);
    assert!(matches!(old, Rejection::Stale { .. }), "{old}");
    office.judge(&office.approver, &again, agree(&again)).await;
    assert_eq!(office.card_state().await, CardState::Inactive);
}

async fn several_are_decided_in_one_call(store: Store) {
    let office = office(&store).await;
    let cards = office.more_cards(3).await;
    let mut asked = Vec::new();
    for card in &cards {
        asked.push(office.cards.run(&office.operator, DEACTIVATE, *card, Answers::none()).await.unwrap());
    }
    office.cards.cancel(&office.operator, asked[1].id()).await.unwrap();
    let answers = office.cards.judge_all(&office.approver, asked.iter().map(|it| (it.id(), agree(it)))).await;
    let [Ok(_), Err(_), Ok(_)] = &answers[..] else { panic!("{answers:?}") };
    let states = |card: ObjectRef| office.card_at(card);
    assert_eq!(states(cards[0]).await.state(), CardState::Inactive);
    assert_eq!(states(cards[1]).await.state(), CardState::Active);
    assert_eq!(states(cards[2]).await.state(), CardState::Inactive);
}

async fn earlier_decisions_on_the_card_are_shown(store: Store) {
    let office = office(&store).await;
    let first = office.asked(DEACTIVATE, "lost").await;
    office.judge(&office.approver, &first, refuse(&first)).await;
    let second = office.asked(DEACTIVATE, "lost").await;
    let request = office.cards.request(&office.approver, second.id()).await.unwrap();
    assert_eq!(request.said, []);
    let [earlier] = &request.earlier[..] else { panic!("{:?}", request.earlier) };
    assert_eq!((earlier.instance, earlier.verdict), (first.id(), Some(Verdict::Reject)));
    assert_eq!(earlier.note.as_deref(), Some("The card was found again"));
    assert_eq!(earlier.by, Some(office.person("ann").await));
}

async fn people_are_written_to_and_the_holder_is_not(store: Store) {
    let mailbox = Arc::new(MailBox::default());
    let office = Office::over(store.builder().options(2, strict()).notifier(mailbox.clone())).await;
    let ids: Vec<PersonId> = [office.person("ann").await, office.person("arno").await].to_vec();
    let asked = office.asked(DEACTIVATE, "lost").await;
    office.settle().await;
    let kinds = || mailbox.messages().iter().map(|it| it.kind).collect::<Vec<_>>();
    assert_eq!(kinds(), [NoticeKind::ApprovalAsked; 2]);
    assert!(mailbox.messages().iter().all(|it| ids.contains(&it.to)));
    office.judge(&office.approver, &asked, agree(&asked)).await;
    office.settle().await;
    assert_eq!(kinds()[2..], [NoticeKind::ApprovalDecided]);
    assert_eq!(mailbox.messages()[2].to, office.person("olga").await);
    assert!(mailbox.to(office.holder).is_empty());
    let events = office.events().await;
    assert!(events.iter().any(|it| matches!(it, Event::NoMail)), "deliberately none to the holder");
    // A refusal tells why, also when much has happened before the mail goes out.
    let back = office.asked(REACTIVATE, "other").await;
    office.judge(&office.approver, &back, refuse(&back)).await;
    for _ in 0..6 {
        let task = office.start(REACTIVATE).await;
        office.cards.cancel(&office.operator, task.id()).await.unwrap();
    }
    office.settle().await;
    let told = mailbox.messages().pop().unwrap();
    let fact = |name: &str| told.facts.get(name).cloned();
    let text = |text: &str| Some(Fact::Text(text.to_owned()));
    assert_eq!((fact("outcome"), fact("by")), (text("rejected"), text("Ann Approver")));
    assert_eq!(fact("note"), text("The card was found again"));
    // Mail that waits does not keep the card's confirmation waiting.
    let standing = office.standing(asked.id()).await;
    assert_eq!((standing.asked, standing.confirmed), (2, 2));
}

async fn decisions_take_no_place_within_the_limit(store: Store) {
    let tight = CardsOptions { deactivation_limit: 1, ..strict() };
    let office = Office::over(store.builder().options(2, tight)).await;
    let cards = office.more_cards(3).await;
    for card in cards {
        let asked = office.cards.run(&office.operator, DEACTIVATE, card, Answers::none()).await.unwrap();
        let done = office.judge(&office.approver, &asked, agree(&asked)).await;
        assert!(matches!(done.status, Status::Confirming { .. }), "{}", done.status);
    }
}

async fn a_restarted_host_goes_on_with_a_request(store: Store) {
    let office = office(&store).await;
    let asked = office.asked(DEACTIVATE, "lost").await;
    let host = office.equip(store.builder().options(5, CardsOptions::default())).build().unwrap();
    host.judge(&office.approver, asked.id(), agree(&asked)).await.unwrap();
    assert_eq!(office.card_state().await, CardState::Inactive);
}
