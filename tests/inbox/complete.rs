//! Who completes a task that somebody holds.

use cardflow::cards::Cards;
use cardflow::engine::{Bar, Ineligible, Outcome, TaskSort, Verdict};
use cardflow::runtime::{Error, Standing};
use cardflow::values::{Answers, Millis};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, rejection};
use crate::desk::{At, at, at_desk, office, verdict};

every_store![
    a_vote_ends_the_claim_of_what_needs_more_votes,
    whoever_answers_a_delegated_form_does_not_approve,
    a_deputy_decides_what_their_principal_has_claimed,
    a_claim_ends_with_the_stage,
];

/// `+` done, `c` claimed by another, `y` for others, `e` not eligible.
fn letter(answer: &Result<Standing<Cards>, Error<Cards>>) -> char {
    match answer {
        Ok(_) => '+',
        Err(Error::Rejected(Rejection::ClaimedBy { .. })) => 'c',
        Err(Error::Rejected(Rejection::NotYours)) => 'y',
        Err(Error::Rejected(Rejection::NotEligible { .. })) => 'e',
        Err(Error::Rejected(Rejection::NotFound { .. })) => '0',
        other => panic!("{other:?}"),
    }
}

/// Brings a task into a state: an approval claimed by Ann and delegated to Arno, a form of Olga's delegated to Otto.
async fn bring(office: &Office, sort: TaskSort, state: &str) -> At {
    let task = match sort {
        TaskSort::Form => office.form().await,
        TaskSort::Approval => office.request(office.card).await,
        TaskSort::Information => office.sent_back(office.card).await,
    };
    let (owner, delegate) = match sort {
        TaskSort::Approval => ("ann", "arno"),
        TaskSort::Form | TaskSort::Information => ("olga", "otto"),
    };
    if state != "free" {
        office.cards.claim(&at_desk(owner), task.0, task.1).await.unwrap();
    }
    if state == "delegated" {
        let to = office.person(delegate).await;
        office.cards.delegate(&at_desk(owner), task.0, task.1, to).await.unwrap();
    }
    task
}

#[tokio::test]
async fn what_somebody_holds_is_completed_by_nobody_else() {
    // The sort of task, its state, who; the answers to approve, reject, postpone, ask.
    let approvals = [
        ("free", "ann", "++++"),
        ("free", "arno", "++++"),
        ("free", "olga", "eeee"),
        ("claimed", "ann", "++++"),
        ("claimed", "arno", "cccc"),
        ("claimed", "otto", "eeee"),
        ("delegated", "ann", "cccc"),
        ("delegated", "arno", "++++"),
        ("delegated", "berta", "cccc"),
        ("delegated", "olga", "eeee"),
    ];
    for (state, who, expected) in approvals {
        let mut found = String::new();
        for choice in [Verdict::Approve, Verdict::Reject, Verdict::Postpone(None), Verdict::Ask] {
            let store = Store::memory();
            let office = office(&store, 1).await;
            office.hire_approver("berta").await;
            let task = bring(&office, TaskSort::Approval, state).await;
            let seen = office.agreement(&store, task).await.seen.unwrap();
            let judged = office.cards.judge(&at_desk(who), task.0, verdict(task, choice).seen(seen)).await;
            found.push(letter(&judged));
            store.verifies().await;
        }
        assert_eq!(found, expected, "approval, {state}, {who}");
    }
    // Next, or resubmit; then cancel.
    let others = [
        (TaskSort::Form, "free", "olga", "++"),
        (TaskSort::Form, "free", "otto", "yy"),
        (TaskSort::Form, "claimed", "olga", "++"),
        (TaskSort::Form, "claimed", "otto", "yy"),
        (TaskSort::Form, "delegated", "olga", "cc"),
        (TaskSort::Form, "delegated", "otto", "+y"),
        (TaskSort::Form, "delegated", "berta", "yy"),
        (TaskSort::Information, "free", "olga", "++"),
        (TaskSort::Information, "free", "otto", "yy"),
        // Whoever asked may always take the request back.
        (TaskSort::Information, "delegated", "olga", "c+"),
        (TaskSort::Information, "delegated", "otto", "+y"),
        (TaskSort::Approval, "claimed", "olga", "-+"),
        (TaskSort::Approval, "claimed", "ann", "-0"),
        (TaskSort::Approval, "delegated", "olga", "-+"),
        (TaskSort::Approval, "delegated", "berta", "-y"),
    ];
    for (sort, state, who, expected) in others {
        let mut found = String::new();
        for cancels in [false, true] {
            let store = Store::memory();
            let office = office(&store, 1).await;
            office.hire_all_round("berta").await;
            let task = bring(&office, sort, state).await;
            let who = at_desk(who);
            let done = match sort {
                _ if cancels => office.cards.cancel(&who, task.0).await,
                TaskSort::Form => office.cards.next(&who, task.0, Answers::none()).await,
                TaskSort::Information => office.cards.resubmit(&who, task.0, Answers::none(), "That one").await,
                TaskSort::Approval => {
                    found.push('-');
                    continue;
                }
            };
            found.push(letter(&done));
            store.verifies().await;
        }
        assert_eq!(found, expected, "{sort}, {state}, {who}");
    }
}

#[tokio::test]
async fn the_one_who_holds_it_is_named() {
    let store = Store::memory();
    let office = office(&store, 1).await;
    let task = bring(&office, TaskSort::Approval, "claimed").await;
    let agreement = office.agreement(&store, task).await;
    let late = office.cards.judge(&at_desk("arno"), task.0, agreement).await;
    let refused = rejection(late);
    assert_eq!(refused, Rejection::ClaimedBy { person: office.person("ann").await });
    assert!(refused.to_string().contains("claimed"), "{refused}");
}

async fn a_vote_ends_the_claim_of_what_needs_more_votes(store: Store) {
    let office = office(&store, 2).await;
    let task = office.request(office.card).await;
    let agreement = office.agreement(&store, task).await;
    let ann = office.person("ann").await;
    office.cards.claim(&office.approver, task.0, task.1).await.unwrap();
    let blocked = office.cards.judge(&at_desk("arno"), task.0, agreement.clone()).await;
    assert_eq!(rejection(blocked), Rejection::ClaimedBy { person: ann });

    office.cards.judge(&office.approver, task.0, agreement.clone()).await.unwrap();
    let (_, free) = office.stored(&store, task.0).await;
    assert_eq!(free.unwrap().handling.holder(), None, "Ann has done her part");
    let again = office.cards.claim(&office.approver, task.0, task.1).await;
    assert_eq!(rejection(again), Rejection::NotEligible { why: Ineligible::Voted });

    // Whoever has agreed takes that back, whoever holds the task now.
    office.cards.claim(&at_desk("arno"), task.0, task.1).await.unwrap();
    office.cards.judge(&office.approver, task.0, verdict(task, Verdict::TakeBack)).await.unwrap();
    let (_, held) = office.stored(&store, task.0).await;
    assert_eq!(held.unwrap().handling.holder(), Some(office.person("arno").await));

    office.cards.judge(&at_desk("arno"), task.0, agreement.clone()).await.unwrap();
    let done = office.cards.judge(&office.approver, task.0, agreement).await.unwrap();
    assert_eq!(done.task(), None, "{:?}", done.status);
}

async fn whoever_answers_a_delegated_form_does_not_approve(store: Store) {
    let office = office(&store, 1).await;
    let hanna = office.hire_all_round("hanna").await;
    let task = office.form().await;
    office.cards.delegate(&office.operator, task.0, task.1, hanna).await.unwrap();
    assert_eq!(
        rejection(office.cards.next(&office.operator, task.0, Answers::none()).await),
        Rejection::ClaimedBy { person: hanna }
    );
    let asked = office.cards.next(&at_desk("hanna"), task.0, Answers::none()).await.unwrap();
    let request = at(&asked);
    let (instance, _) = office.stored(&store, task.0).await;
    assert_eq!(instance.requester(), Some(office.person("olga").await), "Olga still is who asked");
    assert!(instance.editors().contains(&hanna));
    let agreement = office.agreement(&store, request).await;
    let barred = Rejection::NotEligible { why: Ineligible::Barred(Bar::Editor) };
    assert_eq!(rejection(office.cards.claim(&at_desk("hanna"), request.0, request.1).await), barred);
    assert_eq!(rejection(office.cards.judge(&at_desk("hanna"), request.0, agreement.clone()).await), barred);
    // Having answered the form she has no more say than anybody else: the request is Olga's to withdraw.
    assert_eq!(rejection(office.cards.cancel(&at_desk("hanna"), request.0).await), Rejection::NotYours);
    office.cards.judge(&office.approver, request.0, agreement).await.unwrap();
}

async fn a_deputy_decides_what_their_principal_has_claimed(store: Store) {
    let office = office(&store, 1).await;
    let ann = office.person("ann").await;
    let dora = office.hire_deputy("dora", ann).await;
    let task = office.request(office.card).await;
    office.cards.claim(&office.approver, task.0, task.1).await.unwrap();
    let agreement = office.agreement(&store, task).await;
    let as_herself = office.cards.judge(&at_desk("dora"), task.0, agreement.clone()).await;
    assert!(matches!(rejection(as_herself), Rejection::NotEligible { .. }));
    let done = office.cards.judge(&at_desk("dora"), task.0, agreement.on_behalf_of(ann)).await.unwrap();
    assert_eq!(done.task(), None, "{dora} has decided for Ann");
}

async fn a_claim_ends_with_the_stage(store: Store) {
    let office = office(&store, 1).await;
    let task = office.request(office.card).await;
    office.cards.claim(&office.approver, task.0, task.1).await.unwrap();
    let sent_back = office.cards.judge(&office.approver, task.0, verdict(task, Verdict::Ask)).await.unwrap();
    assert_ne!(at(&sent_back), task);
    let again = office.cards.resubmit(&office.operator, task.0, Answers::none(), "That one").await.unwrap();
    let (_, fresh) = office.stored(&store, task.0).await;
    assert_eq!(fresh.unwrap().handling, cardflow::engine::Handling::default());
    // The old task is no more.
    let late = office.cards.comment(&office.approver, task.0, task.1, "Hm").await;
    assert!(matches!(rejection(late), Rejection::NotWaiting { outcome: None, .. }));
    office.wait(Millis::hours(73));
    let expired = office.cards.claim(&office.approver, again.id(), at(&again).1).await;
    assert!(matches!(rejection(expired), Rejection::NotWaiting { .. }));
    office.cards.tick().await.unwrap();
    let ended = office.standing(task.0).await;
    assert_eq!(ended.outcome(), Some(&Outcome::Expired));
}
