//! What was acknowledged is there after a restart, and goes on where it stood.

use std::path::Path;
use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::cards::{CardsOptions, SCHEMA};
use cardflow::domain::{CardState, CertificateState};
use cardflow::engine::{Outcome, Status};
use cardflow::values::{Answers, Millis};

use crate::common::{Office, now};

fn builder(path: &Path) -> cardflow::CardflowBuilder {
    Cardflow::builder(SqliteStorage::open(path, &SCHEMA).unwrap())
}

#[tokio::test]
async fn a_form_waits_across_a_restart_and_a_request_is_delivered_after_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.db");
    let office = Office::over(builder(&path)).await;
    let task = office.cards.start(&office.operator, "CardsProcDeactivate", office.card).await.unwrap();
    let office = office.again(|| builder(&path));
    let standing = office.cards.standing(&office.operator, task.id(), &Answers::none()).await.unwrap();
    assert_eq!(standing.preview.unwrap().digest, task.preview.as_ref().unwrap().digest);

    office.cards.next(&office.operator, task.id(), Answers::none().with("note", "on a train")).await.unwrap();
    let office = office.again(|| builder(&path));
    assert_eq!(office.dossier().await.subject_card().unwrap().state(), CardState::Inactive);
    assert_eq!(office.certificate_states().await, [(CertificateState::OnHold, None); 2]);
    // The host that had taken the requests up is gone; they are free when its lease ends.
    assert_eq!(office.cards.deliver(10).await.unwrap().confirmed, 0);
    office.clock.advance(Millis::seconds(60));
    assert_eq!(office.cards.deliver(10).await.unwrap().confirmed, 2);

    let office = office.again(|| builder(&path));
    let held = (CertificateState::OnHold, Some(CertificateState::OnHold));
    assert_eq!(office.certificate_states().await, [held; 2]);
    let standing = office.cards.standing(&office.operator, task.id(), &Answers::none()).await.unwrap();
    assert!(matches!(standing.status, Status::Ended(Outcome::Done { .. })));
    let history = office.cards.history(&office.operator, office.card).await.unwrap();
    assert_eq!(history.verified.unwrap().length, 4);
    let note = ("note".to_owned(), "on a train".to_owned());
    assert!(history.records.iter().any(|it| it.personal.as_ref().is_some_and(|it| it.notes.contains(&note))));
}

#[tokio::test]
async fn refusals_are_kept_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.db");
    let office = Office::over(builder(&path)).await;
    for _ in 0..3 {
        office.cards.start(&office.operator, "CardsProcReactivate", office.card).await.unwrap_err();
    }
    let office = office.again(|| builder(&path));
    let refusals = office.cards.refusals(&office.auditor, 10).await.unwrap();
    assert_eq!(refusals.len(), 1);
    assert_eq!((refusals[0].times, refusals[0].code.as_str()), (3, "WrongState"));
    assert_eq!((refusals[0].subject, refusals[0].first), (Some(office.card), now()));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_share_one_store_and_a_conflict_harms_no_neighbour() {
    let folder = tempfile::tempdir().unwrap();
    let no_limit = CardsOptions { deactivation_limit: 0, ..CardsOptions::default() };
    let builder = builder(&folder.path().join("cards.db")).options(1, no_limit);
    let office = Arc::new(Office::over(builder).await);
    let cards = office.more_cards(32).await;
    // Four callers a card: one of them wins, the others are told what holds now.
    let calls = cards.iter().flat_map(|card| [*card; 4]).map(|card| {
        let office = Arc::clone(&office);
        tokio::spawn(
            async move { office.cards.run(&office.operator, "CardsProcDeactivate", card, Answers::none()).await },
        )
    });
    let (mut done, mut refused) = (0, 0);
    for call in calls.collect::<Vec<_>>() {
        match call.await.unwrap() {
            Ok(_) => done += 1,
            Err(error) => {
                assert_eq!(error.rejection().map(|it| it.code()), Some("WrongState"), "{error}");
                refused += 1;
            }
        }
    }
    assert_eq!((done, refused), (32, 96));
    office.settle().await;
    for card in cards {
        let open = office.cards.open(&office.operator, card).await.unwrap();
        assert!(open.dossier.certificates().all(|it| it.confirmed() == Some(CertificateState::OnHold)));
        assert!(office.cards.history(&office.operator, card).await.unwrap().verified.is_ok());
    }
}
