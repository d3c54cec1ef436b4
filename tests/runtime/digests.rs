//! One mail a day to whoever may decide, with all that waits for them.

use std::sync::Arc;

use cardflow::cards::{APPROVER, ApprovalMail, Cards, CardsOptions, OPERATOR};
use cardflow::domain::{Object, Person, RoleGrant};
use cardflow::engine::{Event, Judgement, NoticeKind};
use cardflow::ports::{Fact, Message};
use cardflow::runtime::{Digested, Standing};
use cardflow::testing::fakes::{Fate, MailBox, WatchedStorage};
use cardflow::values::{Answers, Millis, ObjectRef, PersonId};

use crate::common::store::every_store;
use crate::common::{Office, Store, TENANT, now};

const DEACTIVATE: &str = "CardsProcDeactivate";

every_store![
    all_that_waits_is_told_once_a_day,
    it_is_told_of_what_they_may_decide_and_of_nothing_else,
    requests_told_one_by_one_are_in_no_digest,
    hosts_that_do_it_at_once_do_it_once,
    a_host_that_writes_to_nobody_leaves_it_to_the_others,
    whatever_becomes_of_a_commit_everybody_is_told_once,
    one_that_cannot_be_looked_at_keeps_nobody_from_the_others,
];

fn daily() -> CardsOptions {
    CardsOptions { approval_mail: ApprovalMail::Daily, deactivation_approval: true, ..CardsOptions::default() }
}

async fn office(store: &Store) -> (Office, Arc<MailBox>) {
    let mailbox = Arc::new(MailBox::default());
    (Office::over(store.builder().options(2, daily()).notifier(mailbox.clone())).await, mailbox)
}

/// How many things a digest tells of.
fn rows(message: &Message) -> usize {
    assert_eq!(message.kind, NoticeKind::Digest);
    match message.facts.get("waiting") {
        Some(Fact::Rows(rows)) => rows.len(),
        other => panic!("{other:?}"),
    }
}

impl Office {
    async fn asks(&self, card: ObjectRef) -> Standing<Cards> {
        let asked = self.cards.run(&self.operator, DEACTIVATE, card, Answers::none()).await.unwrap();
        assert!(asked.approval.is_some(), "{}", asked.status);
        asked
    }

    async fn digest(&self) -> usize {
        let Digested { asked, failed } = self.cards.digest(TENANT).await.unwrap();
        assert_eq!(failed, 0);
        self.settle().await;
        asked
    }

    async fn takes_on(&self, account: &str, make: impl FnOnce(Person) -> Person) -> PersonId {
        let id = PersonId::from_uuid(self.fresh());
        let person = Person::new(TENANT, id, account).unwrap().with_account(account).unwrap();
        let person = person.with_mail(&format!("{account}@example.org")).unwrap();
        self.register(&[Object::Person(make(person))]).await;
        id
    }
}

fn grant(role: &str) -> RoleGrant {
    RoleGrant::new(role, None, now()).unwrap()
}

fn agree(asked: &Standing<Cards>) -> Judgement {
    Judgement::approve(asked.task().unwrap(), asked.approval.as_ref().unwrap().covers)
}

async fn all_that_waits_is_told_once_a_day(store: Store) {
    let (office, mailbox) = office(&store).await;
    let (ann, arno) = (office.person("ann").await, office.person("arno").await);
    let first = office.asks(office.card).await;
    office.wait(Millis::hours(1));
    let [other, last] = office.more_cards(2).await[..] else { panic!() };
    office.asks(other).await;
    office.settle().await;
    assert_eq!(mailbox.messages(), [], "not at each request");

    assert_eq!(office.digest().await, 2);
    assert_eq!((mailbox.to(ann).len(), mailbox.to(arno).len(), mailbox.messages().len()), (1, 1, 2));
    assert!(mailbox.messages().iter().all(|it| rows(it) == 2));
    let Some(Fact::Rows(told)) = mailbox.messages()[0].facts.get("waiting").cloned() else { panic!() };
    assert_eq!(told[0].get("card"), Some(&Fact::Text("4711 0815".to_owned())), "what is due first stands first");
    // Later that day, whatever has come meanwhile, nobody is told again.
    office.asks(last).await;
    for _ in 0..3 {
        office.wait(Millis::hours(2));
        assert_eq!(office.digest().await, 0);
    }
    assert_eq!(mailbox.messages().len(), 2);
    // It is on record with what waits first, and its delivery, too.
    let history = office.cards.history(&office.auditor, office.card).await.unwrap();
    let of_digest = |it: &&cardflow::runtime::Happened<Cards>| {
        it.entry.rule == "by itself" && it.entry.events.iter().any(|it| matches!(it, Event::Notified { .. }))
    };
    assert_eq!(history.records.iter().filter(of_digest).count(), 2);
    let standing = office.standing(first.id()).await;
    assert_eq!((standing.troubles.len(), standing.asked), (0, 0), "a mail keeps no confirmation waiting");

    // The next day what still waits is told.
    office.cards.judge(&office.approver, first.id(), agree(&first)).await.unwrap();
    office.settle().await;
    office.wait(Millis::hours(18));
    let before = mailbox.messages().len();
    assert_eq!(office.digest().await, 2);
    let told: Vec<_> = mailbox.messages()[before..].iter().map(|it| (it.to, rows(it))).collect();
    assert_eq!(told.len(), 2);
    assert!([ann, arno].iter().all(|it| told.contains(&(*it, 2))), "{told:?}");
    // A clock that is put back to a day before tells nobody twice.
    office.wait(Millis::hours(-20));
    assert_eq!(office.digest().await, 0);
}

async fn it_is_told_of_what_they_may_decide_and_of_nothing_else(store: Store) {
    let (office, mailbox) = office(&store).await;
    let (ann, arno) = (office.person("ann").await, office.person("arno").await);
    let elsewhere = grant(APPROVER).in_unit("Hamburg").unwrap();
    let hanna = office.takes_on("hanna", |it| it.with_role(elsewhere)).await;
    let both = office.takes_on("bea", |it| it.with_role(grant(APPROVER)).with_role(grant(OPERATOR))).await;
    let cards = office.more_cards(5).await;
    let mut asked = Vec::new();
    for card in &cards {
        asked.push(office.asks(*card).await);
    }
    let who = office.approver.clone();
    // Claimed by Ann; put off to a date by her; put off just to later; sent back; asked for by Bea.
    let task = |n: usize| asked[n].task().unwrap();
    office.cards.claim(&who, asked[0].id(), task(0)).await.unwrap();
    let hours = |n: i64| now().plus(Millis::hours(n));
    office.cards.judge(&who, asked[1].id(), Judgement::postpone(task(1), Some(hours(20)))).await.unwrap();
    office.cards.judge(&who, asked[2].id(), Judgement::postpone(task(2), None)).await.unwrap();
    office.cards.judge(&who, asked[3].id(), Judgement::ask(task(3), "Which door?")).await.unwrap();
    office.cards.cancel(&office.operator, asked[4].id()).await.unwrap();
    let bea = crate::common::principal("bea", cardflow::engine::Component::Operator);
    office.cards.run(&bea, DEACTIVATE, office.card, Answers::none()).await.unwrap();
    office.settle().await;
    let before = mailbox.messages().len();
    assert_eq!(office.digest().await, 3);
    let mut told: Vec<_> = mailbox.messages()[before..].iter().map(|it| (it.to, rows(it))).collect();
    told.sort();
    // Ann: what she has claimed, the one for later, Bea's. Arno: the one for later, Bea's. Bea: the one for later.
    let mut expected = [(ann, 3), (arno, 2), (both, 1)];
    expected.sort();
    assert_eq!(told, expected);
    assert!(mailbox.to(hanna).is_empty() && mailbox.to(office.holder).is_empty());
    // On the day after, the date has come.
    office.wait(Millis::hours(24));
    office.digest().await;
    let latest = |person| mailbox.to(person).pop().map(|it| rows(&it));
    assert_eq!([latest(ann), latest(arno), latest(both)], [Some(4), Some(3), Some(2)]);
}

async fn requests_told_one_by_one_are_in_no_digest(store: Store) {
    let (office, mailbox) = office(&store).await;
    office.asks(office.card).await;
    let each = CardsOptions { approval_mail: ApprovalMail::Each, ..daily() };
    let host = office.equip(store.builder().options(3, each).notifier(mailbox.clone())).build().unwrap();
    let [other] = office.more_cards(1).await[..] else { panic!() };
    host.run(&office.operator, DEACTIVATE, other, Answers::none()).await.unwrap();
    while host.deliver(100).await.unwrap().confirmed > 0 {}
    let kinds = || mailbox.messages().iter().map(|it| it.kind).collect::<Vec<_>>();
    assert_eq!(kinds(), [NoticeKind::ApprovalAsked; 2]);
    // Each was asked for under its own options, whatever this host's are.
    assert_eq!(host.digest(TENANT).await.unwrap(), Digested { asked: 2, failed: 0 });
    office.wait(Millis::seconds(120));
    office.settle().await;
    while host.deliver(100).await.unwrap().confirmed > 0 {}
    assert!(mailbox.messages()[2..].iter().all(|it| rows(it) == 1));
    assert_eq!(mailbox.messages().len(), 4);
}

async fn hosts_that_do_it_at_once_do_it_once(store: Store) {
    let (office, mailbox) = office(&store).await;
    for card in office.more_cards(3).await {
        office.asks(card).await;
    }
    let mut hosts = Vec::new();
    for _ in 0..4 {
        let host = office.equip(store.builder().options(2, daily()).notifier(mailbox.clone())).build().unwrap();
        hosts.push(Arc::new(host));
    }
    let at_once = hosts.iter().map(|it| {
        let host = it.clone();
        tokio::spawn(async move { host.digest(TENANT).await.unwrap().asked })
    });
    let mut asked = 0;
    for came in at_once.collect::<Vec<_>>() {
        asked += came.await.unwrap();
    }
    assert_eq!(asked, 2);
    for host in &hosts {
        while host.deliver(100).await.unwrap().confirmed > 0 {}
    }
    assert_eq!(mailbox.all().len(), 2);
}

async fn a_host_that_writes_to_nobody_leaves_it_to_the_others(store: Store) {
    let (office, mailbox) = office(&store).await;
    office.asks(office.card).await;
    let silent = office.equip(store.builder().options(2, daily())).build().unwrap();
    for _ in 0..2 {
        assert_eq!(silent.digest(TENANT).await.unwrap(), Digested::default());
    }
    assert_eq!(office.digest().await, 2);
    assert_eq!(mailbox.messages().len(), 2);
}

async fn whatever_becomes_of_a_commit_everybody_is_told_once(store: Store) {
    let options = CardsOptions { approval_hours: 8760, ..daily() };
    let mailbox = Arc::new(MailBox::default());
    let office = Office::over(store.builder().options(2, options).notifier(mailbox.clone())).await;
    office.asks(office.card).await;
    let mut days = 0;
    for fate in [Fate::Lost, Fate::AnswerLost] {
        // One for each of the two approvers, and one that says that the day is done.
        for number in 1..=3 {
            days += 1;
            office.wait(Millis::hours(1));
            let spy = Arc::new(WatchedStorage::over(store.storage.clone()));
            let builder = store.through(spy.clone()).builder().options(2, daily()).notifier(mailbox.clone());
            let host = office.equip(builder).build().unwrap();
            spy.at_commit(number, fate);
            let came = host.digest(TENANT).await;
            let again = host.digest(TENANT).await;
            assert!(came.is_err() && again.is_ok(), "{fate:?} {number}: {came:?}, {again:?}");
            drop(host);
            office.digest().await;
            // What the host that fell over had taken up is delivered when its lease has ended.
            office.wait(Millis::hours(1));
            office.settle().await;
            let told = [office.person("ann").await, office.person("arno").await].map(|it| mailbox.to(it).len());
            assert_eq!(told, [days, days], "{fate:?} {number}");
            office.wait(Millis::hours(22));
        }
    }
}

async fn one_that_cannot_be_looked_at_keeps_nobody_from_the_others(store: Store) {
    let (office, mailbox) = office(&store).await;
    let back = CardsOptions { reactivation_approval: true, deactivation_approval: false, ..daily() };
    let host = office.equip(store.builder().options(3, back)).build().unwrap();
    host.run(&office.operator, DEACTIVATE, office.card, Answers::none()).await.unwrap();
    host.run(&office.operator, "CardsProcReactivate", office.card, Answers::none()).await.unwrap();
    let [other] = office.more_cards(1).await[..] else { panic!() };
    office.asks(other).await;
    // Of the two that wait, this host knows the definition of one.
    let package = cardflow::cards::package().unwrap();
    let known = package.into_iter().filter(|it| it.outline().name == DEACTIVATE);
    let builder = store.builder().options(2, daily()).notifier(mailbox.clone()).processes(known);
    let partly = builder.clock(office.clock.clone()).ids(office.ids.clone()).build().unwrap();
    assert_eq!(partly.digest(TENANT).await.unwrap(), Digested { asked: 2, failed: 1 });
    while partly.deliver(100).await.unwrap().confirmed > 0 {}
    assert_eq!(mailbox.messages().iter().map(rows).collect::<Vec<_>>(), [1, 1]);
}
