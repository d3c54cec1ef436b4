//! The store as it is, against its history and against checkpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cardflow::adapters::x509::Signatures;
use cardflow::cards::{OPERATOR, record_of};
use cardflow::domain::{
    CARD_KIND, CERTIFICATE_KIND, Card, CardId, CardKind, CardState, Cause, CauseKind, CertificateState, Hold, HoldId,
    Object, PERSON_KIND, RELATION_KIND, RoleGrant,
};
use cardflow::engine::Record;
use cardflow::engine::evidence::{Finding, Verdict};
use cardflow::ports::{Clock, Commit};
use cardflow::values::{Answers, Kind, Millis};

use crate::common::store::every_store;
use crate::common::{Office, Store, TENANT, now, validity};
use crate::support::{busy, checkpoint, faults, sealing, signer, verify, work};

every_store![what_nobody_touched_is_anchored, without_a_checkpoint_it_is_consistent_and_not_anchored,];

async fn what_nobody_touched_is_anchored(store: Store) {
    let office = busy(&store).await;
    let first = checkpoint(&office, None).await;
    let report = verify(&office, std::slice::from_ref(&first)).await;
    assert_eq!(faults(&report), [""; 0]);
    assert_eq!((report.verdict(), report.anchored.unwrap().later), (Verdict::Anchored, 0));
    assert_eq!(report.compare, None);

    work(&office, 40).await;
    let later = verify(&office, std::slice::from_ref(&first)).await;
    assert_eq!(faults(&later), [""; 0]);
    assert!(later.verdict() == Verdict::Anchored && later.anchored.unwrap().later > 5);
    let second = checkpoint(&office, Some(&first)).await;
    assert!(second.leaves.len() < first.leaves.len(), "only what has grown");
    let report = verify(&office, &[first, second.clone()]).await;
    assert_eq!((faults(&report), report.verdict()), (Vec::new(), Verdict::Anchored));
    // The last one alone says nothing of chains that were still.
    let alone = verify(&office, &[second]).await;
    assert_eq!((faults(&alone), alone.verdict()), (Vec::new(), Verdict::NotAnchored));
    assert!(alone.anchored.unwrap().unknown > 0);
}

/// Operators, the outside and auditors at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_while_it_is_verified() {
    for store in [Store::memory(), Store::sqlite()] {
        let office = Arc::new(Office::on(&store).await);
        let cards = office.more_cards(20).await;
        let at_work = office.clone();
        let done = Arc::new(AtomicBool::new(false));
        let end = done.clone();
        let work = tokio::spawn(async move {
            for round in 0..4 {
                for card in &cards {
                    let process = ["CardsProcDeactivate", "CardsProcReactivate"][round % 2];
                    let task = at_work.cards.start(&at_work.operator, process, *card).await.unwrap();
                    at_work.cards.next(&at_work.operator, task.id(), Answers::none()).await.unwrap();
                    at_work.cards.deliver(2).await.unwrap();
                }
            }
            end.store(true, Ordering::SeqCst);
        });
        let (mut checkpoints, mut rounds) = (Vec::new(), 0);
        while !done.load(Ordering::SeqCst) || rounds == 0 {
            let next = checkpoint(&office, checkpoints.last()).await;
            checkpoints.push(next);
            let report = verify(&office, &checkpoints).await;
            assert_eq!((faults(&report), report.verdict()), (Vec::new(), Verdict::Anchored));
            rounds += 1;
        }
        work.await.unwrap();
    }
}

/// Puts a record in its place as the library never would: without a word in the history.
async fn put(store: &Store, record: Record) {
    let home = store.storage.homes(TENANT, &[record.home()]).await.unwrap().pop().unwrap();
    let commit = Commit { expects: vec![(home.id, home.revision)], puts: vec![record.into()], ..Commit::of(TENANT) };
    store.storage.commit(commit).await.unwrap();
}

/// Memory alone: the store does not verify after it.
#[tokio::test]
async fn an_object_that_is_edited_in_its_place_is_named_with_what_is_other() {
    type Edit = fn(Object, &Office) -> Object;
    let table: &[(Kind, Edit, &str)] = &[
        (
            CARD_KIND,
            |it, _| if let Object::Card(it) = it { it.in_state(CardState::Active).unwrap().into() } else { it },
            "its state is active, on record is inactive",
        ),
        (
            CARD_KIND,
            |it, _| if let Object::Card(it) = it { it.with_attribute("colour", "gold").unwrap().into() } else { it },
            "what stays the same about it (names, numbers, ends) is not as on record",
        ),
        (
            CERTIFICATE_KIND,
            |it, _| match it {
                Object::Certificate(it) => it.in_state(CertificateState::Valid, None).into(),
                other => other,
            },
            "its state is valid, on record is on hold; its reason of revocation is not the one on record",
        ),
        (
            CERTIFICATE_KIND,
            |it, _| match it {
                Object::Certificate(it) => it.confirmed_as(CertificateState::Valid).into(),
                other => other,
            },
            "its authority is said to have confirmed valid, on record is on hold",
        ),
        (
            RELATION_KIND,
            |it, office| match it {
                Object::Relation(it) => {
                    let hold = HoldId::from_uuid(office.fresh());
                    let cause = Cause { kind: CauseKind::Manual, origin: it.at(), instance: None };
                    it.with_hold(Hold::open(hold, cause, None, now())).into()
                }
                other => other,
            },
            "its open holds (2) are not those on record (1)",
        ),
        (
            PERSON_KIND,
            |it, _| match it {
                Object::Person(it) => it.with_role(RoleGrant::new(OPERATOR, None, now()).unwrap()).into(),
                other => other,
            },
            "what stays the same about it (names, numbers, ends) is not as on record",
        ),
    ];
    for (kind, edit, expected) in table {
        let store = Store::memory();
        let office = Office::on(&store).await;
        office.run("CardsProcDeactivate").await;
        office.settle().await;
        let dossier = office.dossier().await;
        let object = dossier.objects().find(|it| it.at().kind() == *kind).unwrap().clone();
        let at = object.at();
        put(&store, record_of(&edit(object, &office), &dossier).unwrap()).await;
        let report = verify(&office, &[]).await;
        let found: Vec<_> = report
            .faults()
            .map(|it| match it {
                Finding::Differs { object, what } if *object == at => what.as_str(),
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(found.join("; "), *expected);
    }
}

#[tokio::test]
async fn what_is_put_there_past_the_history_is_named() {
    let store = Store::memory();
    let office = Office::on(&store).await;
    let dossier = office.dossier().await;
    let number = "6666".parse().unwrap();
    let card = Card::new(TENANT, CardId::from_uuid(office.fresh()), CardKind::Employee, number, validity());
    let (in_a_home, on_its_own) = (card.clone().registered_for(office.holder), card);
    for card in [in_a_home, on_its_own] {
        let object = Object::Card(card);
        let at = object.at();
        put(&store, record_of(&object, &dossier).unwrap()).await;
        let report = verify(&office, &[]).await;
        let what = "it is stored, and on no record".to_owned();
        assert!(report.findings.contains(&Finding::Differs { object: at, what }), "{report}");
    }
}

async fn without_a_checkpoint_it_is_consistent_and_not_anchored(store: Store) {
    let office = busy(&store).await;
    let report = verify(&office, &[]).await;
    assert_eq!((faults(&report), report.verdict()), (Vec::new(), Verdict::NotAnchored));
    assert!(report.to_string().starts_with("consistent, not anchored: "), "{report}");
}

/// More records than are read at once, in one chain.
#[tokio::test]
async fn a_long_history_is_read_page_by_page() {
    let store = Store::memory();
    let office = Office::on(&store).await;
    let first = checkpoint(&office, None).await;
    for _ in 0..520 {
        let task = office.start("CardsProcDeactivate").await;
        office.cards.cancel(&office.operator, task.id()).await.unwrap();
    }
    let second = checkpoint(&office, Some(&first)).await;
    let report = verify(&office, &[first.clone(), second.clone()]).await;
    assert_eq!((faults(&report), report.verdict()), (Vec::new(), Verdict::Anchored));
    assert!(report.records > 1040);
    assert_eq!((second.leaves.len(), second.leaves[0].length), (1, 1041));

    let mut export = office.cards.export(&office.auditor).await.unwrap();
    let (mut lines, mut pages) = (0, 0);
    loop {
        let page = export.page().await.unwrap();
        if page.is_empty() {
            break;
        }
        (lines, pages) = (lines + page.len(), pages + 1);
    }
    assert_eq!((u64::try_from(lines).unwrap(), pages), (report.records, 2));

    office.wait(Millis::days(400));
    let trimmed = office.cards.trim(&office.administrator, office.clock.now(), &sealing(), 9).await.unwrap();
    assert_eq!((trimmed.chains, trimmed.records), (1, 1040));
    let report = verify(&office, &[first, second]).await;
    assert_eq!((faults(&report), report.verdict()), (Vec::new(), Verdict::Anchored));
}

/// Hosts spawn these on runtimes of many threads.
#[test]
fn every_call_may_move_between_threads() {
    fn moves<T: Send>(_: impl Fn(&'static Office) -> T) {}
    moves(|it| it.cards.checkpoint(TENANT, None, signer()));
    moves(|it| it.cards.verify(&it.auditor, &[], &[], &Signatures));
    moves(|it| async move { it.cards.trim(&it.administrator, now(), &sealing(), 1).await });
    moves(|it| it.cards.erase(&it.administrator, it.card));
    moves(|it| async move { it.cards.export(&it.auditor).await.unwrap().page().await });
}
