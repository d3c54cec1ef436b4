//! Refusals are noted, outside every chain and revision.

use cardflow::engine::Component;
use cardflow::ports::{AuditQuery, Refused, Search};
use cardflow::values::{Answers, CommandId, Ids, InstanceId, Kind, Millis, ObjectRef, Seed, TenantId, Timestamp};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, holder_with_card, now, person_at, principal, rejection};

every_store![
    every_rejection_is_noted,
    the_same_refusal_within_an_hour_is_one_entry,
    refusals_cost_the_card_nothing,
    the_newest_ten_thousand_of_a_tenant_are_kept,
    another_tenants_refusals_are_not_shown,
];

/// Attempt and code of each refusal, oldest first.
async fn noted(office: &Office) -> Vec<(String, String)> {
    let refusals = office.cards.refusals(&office.auditor, 100).await.unwrap();
    refusals.into_iter().rev().map(|it| (it.attempt, it.code)).collect()
}

async fn every_rejection_is_noted(store: Store) {
    let office = Office::on(&store).await;
    let Office { cards, operator, auditor, card, .. } = &office;
    let (bare, nothing) = (Answers::none(), InstanceId::from_uuid(office.fresh()));
    let mine = office.start("CardsProcDeactivate").await.id();
    let nowhere = ObjectRef::new(card.home(), card.kind(), office.fresh());
    let nobody = principal("nobody", Component::Operator);
    let colleague = &office.colleague;
    let id = CommandId::from_uuid(office.fresh());
    cards.start(operator.command(id), "CardsProcLock", *card).await.unwrap();
    cards.register(office.administrator.command(id), &[]).await.unwrap();
    let (_, more, _) = holder_with_card(&mut Ids::new(now(), Seed::from_number(2)), "Ben Beispiel", "4800", 20);

    rejection(cards.sign_in(&nobody).await);
    rejection(cards.search(operator, Search::of(Kind::new(1))).await);
    rejection(cards.open(operator, nowhere).await);
    rejection(cards.history(operator, nowhere).await);
    rejection(cards.start(operator, "Unheard", *card).await);
    rejection(cards.start(auditor, "CardsProcLock", *card).await);
    rejection(cards.run(operator, "CardsProcReactivate", *card, bare.clone()).await);
    rejection(cards.next(operator, nothing, bare.clone()).await);
    rejection(cards.next(colleague, mine, bare.clone()).await);
    rejection(cards.cancel(auditor, mine).await);
    rejection(cards.cancel(operator.command(id), mine).await);
    rejection(cards.standing(operator, nothing, &bare).await);
    rejection(cards.register(operator, &[]).await);
    rejection(cards.register(office.administrator.command(id), &more).await);
    rejection(cards.refusals(operator, 1).await);
    rejection(cards.audit(operator, AuditQuery::all()).await);

    let expected = [
        ("sign in", "UnknownAccount"),
        ("read objects of kind 1", "NotFound"),
        ("read objects of kind 17", "NotFound"),
        ("see the history", "NotFound"),
        ("start Unheard", "UnknownProcess"),
        ("start CardsProcLock", "NotEntitled"),
        ("run CardsProcReactivate", "WrongState"),
        ("next", "NotFound"),
        ("next CardsProcDeactivate", "NotYours"),
        ("cancel CardsProcDeactivate", "NotEntitled"),
        ("cancel CardsProcDeactivate", "CommandIdReused"),
        ("see an instance", "NotFound"),
        ("register objects", "NotEntitled"),
        ("register objects", "CommandIdReused"),
        ("see refusals", "NotEntitled"),
        ("ask who did what", "NotEntitled"),
    ];
    assert_eq!(noted(&office).await, expected.map(|(attempt, code)| (attempt.to_owned(), code.to_owned())));

    let refusals = cards.refusals(auditor, 100).await.unwrap();
    let run = refusals.iter().find(|it| it.code == "WrongState").unwrap();
    let olga = Some(office.person("olga").await);
    assert_eq!((run.tenant, run.actor, run.subject), (TENANT, olga, Some(*card)));
    assert_eq!((run.first, run.last, run.times), (now(), now(), 1));
    assert_eq!(cards.refusals(auditor, 2).await.unwrap(), refusals[..2], "the newest first");
}

async fn the_same_refusal_within_an_hour_is_one_entry(store: Store) {
    let office = Office::on(&store).await;
    let refuse = || async {
        rejection(office.cards.start(&office.operator, "CardsProcReactivate", office.card).await);
    };
    for _ in 0..3 {
        refuse().await;
        office.wait(Millis::seconds(20 * 60 - 1));
    }
    let refusals = || async { office.cards.refusals(&office.auditor, 10).await.unwrap() };
    let [one] = refusals().await.try_into().unwrap();
    let last = now().plus(Millis::seconds(2 * (20 * 60 - 1)));
    assert_eq!((one.first, one.last, one.times), (now(), last, 3));
    // From another, on another object, or for another reason: an entry of its own.
    rejection(office.cards.start(&office.colleague, "CardsProcReactivate", office.card).await);
    rejection(office.cards.start(&office.operator, "CardsProcReactivate", person_at(office.holder)).await);
    rejection(office.cards.run(&office.operator, "CardsProcReactivate", office.card, Answers::none()).await);
    assert_eq!(refusals().await.len(), 4);
    office.wait(Millis::seconds(60));
    refuse().await;
    assert_eq!(refusals().await.len(), 5, "after the hour it is another");
}

async fn refusals_cost_the_card_nothing(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let before = store.storage.homes(TENANT, &[office.card.home()]).await.unwrap();
    spy.take_commits();
    for _ in 0..3 {
        rejection(office.cards.next(&office.colleague, task.id(), Answers::none()).await);
        rejection(office.cards.start(&office.operator, "CardsProcReactivate", office.card).await);
    }
    assert_eq!(store.storage.homes(TENANT, &[office.card.home()]).await.unwrap(), before, "no revision, no record");
    assert_eq!(spy.take_commits(), []);
    assert!(matches!(rejection(office.cards.refusals(&office.operator, 9).await), Rejection::NotEntitled { .. }));
}

fn refused(tenant: u32, number: i64, at: Timestamp) -> Refused {
    Refused {
        tenant: TenantId::new(tenant),
        actor: None,
        attempt: format!("attempt {number}"),
        subject: None,
        code: "NotFound".to_owned(),
        first: at,
        last: at,
        times: 1,
    }
}

async fn the_newest_ten_thousand_of_a_tenant_are_kept(store: Store) {
    let office = Office::on(&store).await;
    // An entry a minute, so that few are looked through; and another tenant that is much louder.
    for number in 0..10_500 {
        let at = now().plus(Millis::seconds(60 * number));
        store.journal.note(refused(7, number, at)).await;
        store.journal.note(refused(8, number, at)).await;
    }
    let kept = office.cards.refusals(&office.auditor, usize::MAX).await.unwrap();
    assert_eq!((kept[0].attempt.as_str(), kept[9_999].attempt.as_str()), ("attempt 10499", "attempt 500"));
    assert!(kept.len() < 10_500, "{} are kept", kept.len());
}

async fn another_tenants_refusals_are_not_shown(store: Store) {
    let office = Office::on(&store).await;
    store.journal.note(refused(8, 1, now())).await;
    assert_eq!(office.cards.refusals(&office.auditor, 10).await.unwrap(), []);
}
