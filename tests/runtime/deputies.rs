//! What deputies ask for in the name of others: by whose right, who is on record, who may not approve it.

use std::sync::Arc;

use cardflow::cards::{APPROVER, Cards, CardsOptions, OPERATOR};
use cardflow::domain::{CardState, Deputyship, Object, Person, PersonState, RoleGrant};
use cardflow::engine::{Bar, Component, Ineligible, Judgement, Outcome};
use cardflow::ports::{AuditQuery, Principal};
use cardflow::runtime::{Appointed, Standing};
use cardflow::testing::fakes::MemoryDirectory;
use cardflow::values::{Answers, CommandId, Millis, PersonId, Timestamp};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, now, person_at, principal, rejection};

const DEACTIVATE: &str = "CardsProcDeactivate";

every_store![
    a_deputy_starts_in_the_name_of_another_and_both_are_on_record,
    whoever_is_no_deputy_now_is_told_so,
    a_deputy_reaches_as_far_as_the_other_and_no_further,
    neither_of_them_approves_it_nor_any_deputy_of_theirs,
    when_it_is_over_nothing_more_is_done_in_that_name,
    an_agreed_request_of_a_former_deputy_is_superseded,
    an_agreed_request_of_a_deputy_who_was_dismissed_is_superseded,
    the_other_may_withdraw_what_was_asked_in_their_name,
    the_same_command_is_that_of_the_same_name,
];

async fn office(store: &Store) -> Office {
    let options =
        CardsOptions { deactivation_approval: true, deactivation_self_service: true, ..CardsOptions::default() };
    Office::over(store.builder().options(2, options)).await
}

fn grant(role: &str) -> RoleGrant {
    RoleGrant::new(role, None, now()).unwrap()
}

/// A deputyship that others have arranged, for two hours.
fn deputy_of(person: PersonId) -> Deputyship {
    Deputyship::new(person, now(), now().plus(Millis::hours(2)), None)
}

impl Office {
    async fn hired(&self, account: &str, make: impl FnOnce(Person) -> Person) -> (PersonId, Principal) {
        let id = PersonId::from_uuid(self.fresh());
        let person = Person::new(TENANT, id, account).unwrap().with_account(account).unwrap();
        self.register(&[Object::Person(make(person))]).await;
        (id, principal(account, Component::Operator))
    }

    async fn asks_for(&self, who: &Principal, of: PersonId) -> Standing<Cards> {
        self.cards.run_on_behalf(who, of, DEACTIVATE, self.card, Answers::none()).await.unwrap()
    }
}

fn agree(asked: &Standing<Cards>) -> Judgement {
    Judgement::approve(asked.task().unwrap(), asked.approval.as_ref().unwrap().covers)
}

async fn a_deputy_starts_in_the_name_of_another_and_both_are_on_record(store: Store) {
    let office = office(&store).await;
    let olga = office.person("olga").await;
    let (dora, deputy) = office.hired("dora", |it| it.standing_in(deputy_of(olga))).await;
    // She has no role of her own.
    let own = rejection(office.cards.start(&deputy, DEACTIVATE, office.card).await);
    assert!(matches!(own, Rejection::NotEntitled { .. }), "{own}");
    let begun = office.cards.start_on_behalf(&deputy, olga, DEACTIVATE, office.card).await.unwrap();
    let shown = office.cards.standing(&deputy, begun.id(), &Answers::none()).await.unwrap();
    assert_eq!((&shown.status, &shown.preview), (&begun.status, &begun.preview));
    let answers = Answers::none().with("reason", "lost").seen(begun.preview.as_ref().unwrap().digest);
    let asked = office.cards.next(&deputy, begun.id(), answers).await.unwrap();
    let done = office.cards.judge(&office.approver, asked.id(), agree(&asked)).await.unwrap();
    assert_eq!(office.card_state().await, CardState::Inactive);
    office.settle().await;

    let history = office.cards.history(&office.auditor, office.card).await.unwrap();
    let of_run = history.records.iter().filter(|it| it.entry.run.as_ref().is_some_and(|run| run.instance == done.id()));
    let actors: Vec<_> = of_run.map(|it| (it.entry.actor.person, it.entry.actor.on_behalf)).collect();
    let (both, ann) = ((Some(dora), Some(olga)), (Some(office.person("ann").await), None));
    assert_eq!(actors[..3], [both, both, ann]);
    let first = history.records.iter().find(|it| it.entry.actor.on_behalf.is_some()).unwrap();
    assert_eq!(first.entry.actor.role, OPERATOR);
    let rows = office.cards.project(TENANT, 1000).await.map(|_| AuditQuery::all().on_behalf(olga)).unwrap();
    let rows = office.cards.audit(&office.auditor, rows).await.unwrap().rows;
    assert_eq!(rows.iter().map(|it| (it.actor, it.on_behalf)).collect::<Vec<_>>(), [both, both]);
}

async fn whoever_is_no_deputy_now_is_told_so(store: Store) {
    let office = office(&store).await;
    let (olga, until) = (office.person("olga").await, now().plus(Millis::hours(2)));
    let hour = |n: i64| now().plus(Millis::hours(n));
    let term = |from: Timestamp, until: Timestamp| Deputyship::new(olga, from, until, None);
    let (away, _) = office.hired("away", |it| it.with_role(grant(OPERATOR)).in_state(PersonState::Inactive)).await;
    let nobody = PersonId::from_uuid(office.fresh());
    let table: [(&str, Option<Deputyship>, PersonId, bool); 7] = [
        ("never named", None, olga, false),
        ("now", Some(term(now(), until)), olga, true),
        ("over", Some(term(hour(-2), now())), olga, false),
        ("to come", Some(term(hour(1), until)), olga, false),
        ("of somebody else", Some(deputy_of(office.holder)), olga, false),
        ("of whoever is not active", Some(deputy_of(away)), away, false),
        ("of nobody that is known", Some(deputy_of(nobody)), nobody, false),
    ];
    for (n, (what, deputyship, of, may)) in table.into_iter().enumerate() {
        let (_, who) = office
            .hired(&format!("deputy{n}"), |it| match deputyship {
                Some(deputyship) => it.with_role(grant(OPERATOR)).standing_in(deputyship),
                None => it.with_role(grant(OPERATOR)),
            })
            .await;
        let came = office.cards.start_on_behalf(&who, of, DEACTIVATE, office.card).await;
        if may {
            office.cards.cancel(&who, came.unwrap().id()).await.unwrap();
        } else {
            assert!(matches!(rejection(came), Rejection::NotDeputy { .. }), "{what}");
        }
    }
    // One whom the other alone has named.
    let (dirk, by_adam) = office.hired("dirk", |it| it.with_role(grant(OPERATOR))).await;
    let adam = office.person("adam").await;
    let named = office.cards.name_deputy(&office.administrator, person_at(dirk), adam, now(), until).await.unwrap();
    assert_eq!(named, Appointed::Proposed);
    let alone = rejection(office.cards.start_on_behalf(&by_adam, adam, DEACTIVATE, office.card).await);
    assert!(matches!(alone, Rejection::NotDeputy { .. }), "{alone}");
    // Nobody is a deputy of their own.
    let own = rejection(office.cards.start_on_behalf(&office.operator, olga, DEACTIVATE, office.card).await);
    assert!(matches!(own, Rejection::NotDeputy { .. }), "{own}");
    let refusals = office.cards.refusals(&office.administrator, 100).await.unwrap();
    let noted = refusals.iter().filter(|it| it.code == "NotDeputy" && it.attempt == "start CardsProcDeactivate");
    assert_eq!(noted.count(), 8);
}

async fn a_deputy_reaches_as_far_as_the_other_and_no_further(store: Store) {
    let office = office(&store).await;
    let (_, others) = office.employ("Ben Sample", "Berlin", "5000 0001", 20).await;
    let portal = principal("dora", Component::SelfService);
    office.hired("dora", |it| it.with_role(grant(OPERATOR)).standing_in(deputy_of(office.holder))).await;
    // Of Ada, who sees her own card alone; whatever Dora may do herself.
    let ada = office.holder;
    let not_hers = rejection(office.cards.start_on_behalf(&portal, ada, DEACTIVATE, others).await);
    assert_eq!(not_hers, Rejection::NotFound { what: "object" });
    let at_desk = principal("dora", Component::Operator);
    let no_operator = rejection(office.cards.start_on_behalf(&at_desk, ada, DEACTIVATE, office.card).await);
    assert!(matches!(no_operator, Rejection::NotEntitled { .. }), "{no_operator}");
    let begun = office.cards.start_on_behalf(&portal, ada, DEACTIVATE, office.card).await.unwrap();
    let asked = office.cards.next(&portal, begun.id(), Answers::none()).await.unwrap();
    office.cards.judge(&office.approver, asked.id(), agree(&asked)).await.unwrap();
    assert_eq!(office.card_state().await, CardState::Inactive);
}

async fn neither_of_them_approves_it_nor_any_deputy_of_theirs(store: Store) {
    let office = office(&store).await;
    let both = |it: Person| it.with_role(grant(OPERATOR)).with_role(grant(APPROVER));
    let (paul, by_paul) = office.hired("paul", both).await;
    let (dora, by_dora) = office.hired("dora", |it| both(it).standing_in(deputy_of(paul))).await;
    let (_, of_paul) = office.hired("dirk", |it| both(it).standing_in(deputy_of(paul))).await;
    let (_, of_dora) = office.hired("dina", |it| both(it).standing_in(deputy_of(dora))).await;
    let asked = office.asks_for(&by_dora, paul).await;
    for (who, bar) in
        [(&by_dora, Bar::Requester), (&by_paul, Bar::OnBehalf), (&of_paul, Bar::Deputy), (&of_dora, Bar::Deputy)]
    {
        let refused = rejection(office.cards.judge(who, asked.id(), agree(&asked)).await);
        assert_eq!(refused, Rejection::NotEligible { why: Ineligible::Barred(bar) }, "{}", who.account());
    }
    // Nor does one of them in the name of an approver.
    let ann = office.person("ann").await;
    let (_, of_two) = office
        .hired("dana", |it| it.standing_in(deputy_of(paul)).standing_in(deputy_of(ann)).with_role(grant(OPERATOR)))
        .await;
    let around = rejection(office.cards.judge(&of_two, asked.id(), agree(&asked).on_behalf_of(ann)).await);
    assert_eq!(around, Rejection::NotEligible { why: Ineligible::Barred(Bar::Deputy) });
    office.cards.judge(&office.approver, asked.id(), agree(&asked)).await.unwrap();
    assert_eq!(office.card_state().await, CardState::Inactive);
}

async fn when_it_is_over_nothing_more_is_done_in_that_name(store: Store) {
    let office = office(&store).await;
    let olga = office.person("olga").await;
    let (_, deputy) = office.hired("dora", |it| it.with_role(grant(OPERATOR)).standing_in(deputy_of(olga))).await;
    let begun = office.cards.start_on_behalf(&deputy, olga, DEACTIVATE, office.card).await.unwrap();
    office.wait(Millis::hours(3));
    let late = rejection(office.cards.next(&deputy, begun.id(), Answers::none()).await);
    assert!(matches!(late, Rejection::NotDeputy { .. }), "{late}");
    assert_eq!(office.card_state().await, CardState::Active);
    // In her own name she is the operator she was.
    office.cards.start(&deputy, DEACTIVATE, office.card).await.unwrap();
}

async fn an_agreed_request_of_a_former_deputy_is_superseded(store: Store) {
    let office = office(&store).await;
    let olga = office.person("olga").await;
    let (dora, deputy) = office.hired("dora", |it| it.with_role(grant(OPERATOR)).standing_in(deputy_of(olga))).await;
    let asked = office.asks_for(&deputy, olga).await;
    office.cards.end_deputy(&office.administrator, person_at(dora), olga).await.unwrap();
    let done = office.cards.judge(&office.approver, asked.id(), agree(&asked)).await.unwrap();
    let Some(Outcome::Superseded { needed, found }) = done.outcome() else { panic!("{}", done.status) };
    assert_eq!(needed, "a requester who may ask for it");
    assert_eq!(found, "a person who does not stand in any more for the one in whose name it was asked");
    assert_eq!(office.card_state().await, CardState::Active);
}

async fn an_agreed_request_of_a_deputy_who_was_dismissed_is_superseded(store: Store) {
    let office = office(&store).await;
    let [olga, ann] = [office.person("olga").await, office.person("ann").await];
    let (dora, deputy) = office.hired("dora", |it| it.with_role(grant(OPERATOR)).standing_in(deputy_of(olga))).await;
    let asked = office.asks_for(&deputy, olga).await;
    let directory = MemoryDirectory::default()
        .with(TENANT, dora, "dora", &[OPERATOR])
        .with(TENANT, olga, "olga", &[OPERATOR])
        .with(TENANT, ann, "ann", &[APPROVER]);
    directory.dismiss(TENANT, dora);
    let options = CardsOptions { deactivation_approval: true, ..CardsOptions::default() };
    let builder = store.builder().options(2, options);
    let host = office.equip(builder).directory(Arc::new(directory)).build().unwrap();
    let done = host.judge(&office.approver, asked.id(), agree(&asked)).await.unwrap();
    let Some(Outcome::Superseded { found, .. }) = done.outcome() else { panic!("{}", done.status) };
    assert_eq!(found, "a person who is inactive");
    assert_eq!(office.card_state().await, CardState::Active);
}

async fn the_other_may_withdraw_what_was_asked_in_their_name(store: Store) {
    let office = office(&store).await;
    let olga = office.person("olga").await;
    let (_, deputy) = office.hired("dora", |it| it.standing_in(deputy_of(olga))).await;
    let asked = office.asks_for(&deputy, olga).await;
    assert_eq!(rejection(office.cards.cancel(&office.colleague, asked.id()).await), Rejection::NotYours);
    // Going on with it is for the deputy alone.
    let begun = office.cards.start_on_behalf(&deputy, olga, "CardsProcLock", office.card).await.unwrap();
    let other = office.cards.next(&office.operator, begun.id(), Answers::none()).await;
    assert_eq!(rejection(other), Rejection::NotYours);
    let closed = office.cards.cancel(&office.operator, begun.id()).await.unwrap();
    assert_eq!(closed.outcome(), Some(&Outcome::Cancelled));
    let withdrawn = office.cards.cancel(&office.operator, asked.id()).await.unwrap();
    assert_eq!(withdrawn.outcome(), Some(&Outcome::Withdrawn));
    let again = office.asks_for(&deputy, olga).await;
    assert_eq!(office.cards.cancel(&deputy, again.id()).await.unwrap().outcome(), Some(&Outcome::Withdrawn));
}

async fn the_same_command_is_that_of_the_same_name(store: Store) {
    let office = office(&store).await;
    let (olga, otto) = (office.person("olga").await, office.person("otto").await);
    let (_, deputy) = office
        .hired("dora", |it| it.with_role(grant(OPERATOR)).standing_in(deputy_of(olga)).standing_in(deputy_of(otto)))
        .await;
    let id = CommandId::from_uuid(office.fresh());
    let call = || deputy.command(id);
    let begun = office.cards.start_on_behalf(call(), olga, DEACTIVATE, office.card).await.unwrap();
    let again = office.cards.start_on_behalf(call(), olga, DEACTIVATE, office.card).await.unwrap();
    assert_eq!(again, begun);
    for other in [
        office.cards.start_on_behalf(call(), otto, DEACTIVATE, office.card).await,
        office.cards.start(call(), DEACTIVATE, office.card).await,
    ] {
        assert_eq!(rejection(other), Rejection::CommandIdReused { id });
    }
}
