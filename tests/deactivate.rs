//! The use case "Deactivate card", end to end over the memory store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use cardflow::domain::{AuthorityAction, CardState, CertificateState, RelationState};
use cardflow::engine::{Outcome, Status};
use cardflow::values::Answers;
use common::Office;

#[tokio::test]
async fn next_makes_inactive_and_confirms() {
    let office = Office::open().await;
    let open = office.cards.open(&office.operator, office.card).await.unwrap();
    let offered: Vec<_> = open.offers.iter().filter(|it| it.obstacle.is_none()).map(|it| it.process).collect();
    assert_eq!(offered, ["CardsProcDeactivate", "CardsProcLock"]);

    let task = office.cards.start(&office.operator, "CardsProcDeactivate", open.id()).await.unwrap();
    let preview = task.preview.clone().unwrap();
    assert_eq!(preview.items.len(), 1 + 4 + 2, "{:#?}", preview.items);

    let done = office.cards.next(&office.operator, task.id(), Answers::none().seen(preview.digest)).await.unwrap();
    assert_eq!((done.asked, done.confirmed), (2, 0));
    let dossier = office.dossier().await;
    assert_eq!(dossier.subject_card().unwrap().state(), CardState::Inactive);
    assert!(dossier.relations().all(|it| it.state() == Some(RelationState::Inactive)));
    assert_eq!(office.certificate_states().await, [(CertificateState::OnHold, None); 2]);

    let delivered = office.cards.deliver(10).await.unwrap();
    assert_eq!((delivered.confirmed, delivered.failed), (2, 0));
    let state = (CertificateState::OnHold, Some(CertificateState::OnHold));
    assert_eq!(office.certificate_states().await, [state; 2]);
    let orders = office.authority.orders.lock().unwrap().clone();
    assert!(orders.len() == 2 && orders.iter().all(|(_, _, action)| *action == AuthorityAction::Hold));

    let standing = office.cards.standing(&office.operator, task.id(), &Answers::none()).await.unwrap();
    assert!(matches!(standing.status, Status::Ended(Outcome::Done { ref end, .. }) if end == "deactivated"));
    let history = office.cards.history(&office.operator, office.card).await.unwrap();
    assert_eq!(history.verified.unwrap().length, 4);
}

#[tokio::test]
async fn cancel_changes_nothing() {
    let office = Office::open().await;
    let before = office.dossier().await;
    let task = office.cards.start(&office.operator, "CardsProcDeactivate", office.card).await.unwrap();
    let closed = office.cards.cancel(&office.operator, task.id()).await.unwrap();
    assert_eq!(closed.outcome(), Some(&Outcome::Cancelled));
    assert_eq!(office.dossier().await, before);
    assert_eq!(office.cards.deliver(10).await.unwrap(), Default::default());
}
