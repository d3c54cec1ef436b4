//! The end of a host's part.

use cardflow::runtime::{Error, Left};
use cardflow::values::{Answers, Millis};

use crate::access::every_call;
use crate::common::store::every_store;
use crate::common::{Mood, Office, Store, TENANT, now};

every_store![
    what_this_host_has_taken_up_is_performed,
    what_is_left_is_said_and_others_go_on_with_it,
    nothing_is_taken_up_on_the_way_out,
    no_call_is_taken_any_more,
];

async fn what_this_host_has_taken_up_is_performed(store: Store) {
    let office = Office::on(&store).await;
    let task = office.run("CardsProcDeactivate").await;
    assert_eq!(office.cards.close().await.unwrap(), Left { undelivered: 0 });
    assert_eq!(office.authority.actions().len(), 2);
    let other = office.host(&store);
    let standing = other.standing(&office.operator, task.id(), &Answers::none()).await.unwrap();
    assert_eq!((standing.confirmed, standing.asked), (2, 2));
    assert_eq!(office.cards.close().await.unwrap(), Left::default(), "closing twice is no harm");
}

async fn what_is_left_is_said_and_others_go_on_with_it(store: Store) {
    let office = Office::on(&store).await;
    office.authority.is(Mood::Down);
    office.run("CardsProcDeactivate").await;
    assert_eq!(office.cards.close().await.unwrap(), Left { undelivered: 2 });
    office.authority.is(Mood::Well);
    office.wait(Millis::seconds(60));
    assert_eq!(office.host(&store).deliver(10).await.unwrap().confirmed, 2);
}

async fn nothing_is_taken_up_on_the_way_out(store: Store) {
    let office = Office::on(&store).await;
    let other = office.host(&store);
    office.run("CardsProcDeactivate").await;
    office.wait(Millis::seconds(60));
    // The lease has ended: it is anybody's now, and this host has not taken it up again.
    assert_eq!(other.close().await.unwrap(), Left::default());
    assert_eq!(office.cards.close().await.unwrap(), Left::default());
    assert_eq!(office.authority.actions(), []);
}

async fn no_call_is_taken_any_more(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    office.cards.close().await.unwrap();
    let cards = &office.cards;
    let mut calls = every_call(&office, &office.operator, task.id());
    calls.push(("install", Box::pin(async { cards.install(TENANT, &[]).await.map(drop) })));
    calls.push(("usable", Box::pin(async { cards.usable(TENANT, office.card, now()).await.map(drop) })));
    calls.push(("mismatches", Box::pin(async { cards.mismatches(TENANT).await.map(drop) })));
    calls.push(("deliver", Box::pin(async { cards.deliver(1).await.map(drop) })));
    calls.push(("tick", Box::pin(async { cards.tick().await.map(drop) })));
    for (name, call) in calls {
        assert!(matches!(call.await, Err(Error::Closed)), "{name}");
    }
}
