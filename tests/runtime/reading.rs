//! Who reads personal data of others is put on record, if the options want it.

use std::collections::BTreeSet;
use std::sync::Arc;

use cardflow::cards::{Cards, CardsOptions};
use cardflow::domain::Object;
use cardflow::engine::{Entry, Event, Reading};
use cardflow::ports::{AuditQuery, Search};
use cardflow::testing::fakes::MemoryOptions;
use cardflow::values::{Answers, Millis, ObjectRef};

use crate::common::store::every_store;
use crate::common::{Fate, Office, Store, TENANT, WatchedStorage, now, person_at};

every_store![
    nothing_is_recorded_unless_the_options_want_it,
    what_is_shown_of_others_is_recorded_in_the_readers_own_chain,
    the_same_again_within_an_hour_is_not_recorded_again,
    ones_own_and_what_belongs_to_nobody_is_not_recorded,
    what_cannot_be_recorded_is_not_shown,
    without_options_it_is_recorded,
    an_auditor_asks_who_read_and_is_on_record_as_well,
    no_command_is_a_reading,
];

/// An office where reading is recorded.
async fn watched(store: &Store) -> Office {
    let options = CardsOptions { record_reading: true, ..CardsOptions::default() };
    Office::over(store.builder().options(1, options)).await
}

/// What is on record as read by whoever has an account, oldest first.
async fn readings(store: &Store, office: &Office, account: &str) -> Vec<(Reading, BTreeSet<ObjectRef>)> {
    let bare = office.equip(store.builder()).build().unwrap();
    let found = bare.search(&office.operator, Search::persons().account(account)).await.unwrap();
    let records = store.storage.history(TENANT, found.items[0].id.home(), None, 100).await.unwrap();
    let entries = records.iter().rev().map(|it| Entry::<Cards>::read(it).unwrap());
    let read =
        |it| if let Event::Read { how, objects } = it { Some((how, objects.into_iter().collect())) } else { None };
    entries.flat_map(|it| it.events).filter_map(read).collect()
}

/// The references of what a page shows.
fn set<const N: usize>(objects: [ObjectRef; N]) -> BTreeSet<ObjectRef> {
    objects.into()
}

async fn nothing_is_recorded_unless_the_options_want_it(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let Office { cards, operator, card, .. } = &office;
    cards.search(operator, Search::cards()).await.unwrap();
    cards.open(operator, *card).await.unwrap();
    cards.history(operator, *card).await.unwrap();
    assert_eq!(spy.take_commits(), []);
}

async fn what_is_shown_of_others_is_recorded_in_the_readers_own_chain(store: Store) {
    let office = watched(&store).await;
    let Office { cards, operator, card, .. } = &office;
    let (ben, bens) = office.employ("Ben Beispiel", "Berlin", "4800", 20).await;
    let before = store.storage.homes(TENANT, &[card.home()]).await.unwrap();
    cards.search(operator, Search::cards().text("4800")).await.unwrap();
    cards.search(operator, Search::persons().text("be")).await.unwrap();
    cards.open(operator, *card).await.unwrap();
    cards.history(operator, bens).await.unwrap();
    cards.search(operator, Search::cards().text("nobody")).await.unwrap();
    let expected = [
        (Reading::Found, set([bens])),
        (Reading::Found, set([person_at(ben)])),
        (Reading::Opened, set([*card])),
        // A home has one history.
        (Reading::History, set([bens, person_at(ben)])),
    ];
    assert_eq!(readings(&store, &office, "olga").await, expected);
    assert_eq!(readings(&store, &office, "otto").await, []);
    assert_eq!(store.storage.homes(TENANT, &[card.home()]).await.unwrap(), before, "not in the chain of who is read");

    let history = cards.history(operator, person_at(office.person("olga").await)).await.unwrap();
    assert!(history.verified.is_ok());
    let last = history.records.last().unwrap();
    assert_eq!((last.entry.rule.as_str(), &last.entry.run), ("Operator of everything", &None));
    let personal = last.personal.as_ref().unwrap();
    assert_eq!((personal.account.as_str(), personal.origin.as_str()), ("olga", "192.0.2.7"));
}

async fn the_same_again_within_an_hour_is_not_recorded_again(store: Store) {
    let office = watched(&store).await;
    let Office { cards, operator, card, .. } = &office;
    let count = || async { readings(&store, &office, "olga").await.len() };
    for _ in 0..3 {
        cards.open(operator, *card).await.unwrap();
        office.wait(Millis::seconds(20 * 60 - 1));
    }
    assert_eq!(count().await, 1);
    cards.search(operator, Search::cards()).await.unwrap();
    cards.open(&office.colleague, *card).await.unwrap();
    assert_eq!(count().await, 2, "another way of reading is another; another reader has a chain of their own");
    office.employ("Ben Beispiel", "Berlin", "4800", 20).await;
    cards.search(operator, Search::cards()).await.unwrap();
    let found = readings(&store, &office, "olga").await;
    assert_eq!(found.last().unwrap().1.len(), 1, "of a page, what is new");
    office.wait(Millis::seconds(3));
    cards.open(operator, *card).await.unwrap();
    assert_eq!(count().await, 4, "after the hour it is another");
    // A clock that goes back hides nothing.
    office.wait(Millis::hours(-2));
    cards.open(operator, *card).await.unwrap();
    assert_eq!(count().await, 5);
}

async fn ones_own_and_what_belongs_to_nobody_is_not_recorded(store: Store) {
    let office = watched(&store).await;
    let Office { cards, self_service, card, holder, operator, .. } = &office;
    cards.open(self_service, *card).await.unwrap();
    cards.history(self_service, person_at(*holder)).await.unwrap();
    cards.search(self_service, Search::persons()).await.unwrap();
    let stock = office.stock_card("7000");
    let at = stock.at();
    office.register(&[Object::Card(stock)]).await;
    cards.open(operator, at).await.unwrap();
    cards.history(operator, at).await.unwrap();
    assert_eq!(readings(&store, &office, "ada").await, []);
    assert_eq!(readings(&store, &office, "olga").await, []);
}

async fn what_cannot_be_recorded_is_not_shown(store: Store) {
    let office = watched(&store).await;
    let spy = Arc::new(WatchedStorage::over(store.storage.clone()));
    let options = CardsOptions { record_reading: true, ..CardsOptions::default() };
    let host = office.equip(store.through(spy.clone()).builder()).options(1, options).build().unwrap();
    spy.next_commit(Fate::Lost);
    assert!(host.open(&office.operator, office.card).await.unwrap_err().is_retryable());
    assert_eq!(readings(&store, &office, "olga").await, []);
    host.open(&office.operator, office.card).await.unwrap();
    assert_eq!(readings(&store, &office, "olga").await.len(), 1);
}

async fn without_options_it_is_recorded(store: Store) {
    let office = Office::on(&store).await;
    let broken = MemoryOptions::new(CardsOptions::default());
    broken.fail("the script does not parse");
    let host = office.equip(store.builder()).option_source(Arc::new(broken)).build().unwrap();
    host.open(&office.operator, office.card).await.unwrap();
    assert_eq!(readings(&store, &office, "olga").await.len(), 1);
}

async fn an_auditor_asks_who_read_and_is_on_record_as_well(store: Store) {
    let office = watched(&store).await;
    let Office { cards, operator, auditor, card, .. } = &office;
    cards.open(operator, *card).await.unwrap();
    cards.history(auditor, *card).await.unwrap();
    let page = office.audit(AuditQuery::readers_of(*card)).await;
    let (olga, aude) = (office.person("olga").await, office.person("aude").await);
    let readers: Vec<_> = page.rows.iter().map(|it| it.actor.unwrap()).collect();
    assert_eq!(readers, [aude, olga]);
    assert!(page.rows.iter().all(|it| it.run.is_none() && !it.changed && it.at == now()));
    // Asking is no reading: rows hold nothing personal.
    office.audit(AuditQuery::all()).await;
    assert_eq!(readings(&store, &office, "aude").await.len(), 1);
}

async fn no_command_is_a_reading(store: Store) {
    let office = watched(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    office.standing(task.id()).await;
    office.cards.next(&office.operator, task.id(), Answers::none()).await.unwrap();
    office.settle().await;
    let usable = office.cards.usable(TENANT, office.card, now()).await.unwrap();
    assert!(usable.is_err());
    assert_eq!(readings(&store, &office, "olga").await, []);
}
