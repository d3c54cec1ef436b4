//! Who may do what, and what they learn who may not.

use std::pin::Pin;

use cardflow::cards::{ADMINISTRATOR, APPROVER, AUDITOR, Cards, OPERATOR, SELF_SERVICE};
use cardflow::domain::{
    Card, CardId, CardKind, CardState, Object, Person, PersonState, Relation, RelationId, RelationKind, RoleGrant,
};
use cardflow::engine::{Component, InvalidAnswer};
use cardflow::ports::{AuditQuery, Principal, Search};
use cardflow::runtime::{Error, InboxQuery};
use cardflow::values::{Answers, HomeId, InstanceId, Kind, Millis, ObjectRef, PersonId, TaskId};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, now, person_at, principal, rejection, validity};

every_store![
    what_is_not_there_is_named,
    a_wrong_state_or_sort_or_component_is_named,
    answers_the_form_does_not_take_are_named,
    nobody_inactive_or_unknown_is_let_in,
    a_missing_right_is_named,
    what_is_out_of_scope_does_not_exist,
    neighbours_out_of_scope_are_not_shown,
    a_unit_is_all_a_unit_operator_sees,
    people_see_their_own,
    the_history_of_a_home_is_for_whom_the_home_is,
    an_auditor_reads_and_changes_nothing,
    an_administrator_registers_and_an_approver_reads,
    only_an_empty_tenant_is_installed,
    nobody_registers_for_another_tenant,
];

type Call<'a> = (&'static str, Pin<Box<dyn Future<Output = Result<(), Error<Cards>>> + 'a>>);

/// Every call that names who calls.
pub(crate) fn every_call<'a>(office: &'a Office, who: &'a Principal, instance: InstanceId) -> Vec<Call<'a>> {
    let Office { cards, card, .. } = office;
    const DEACTIVATE: &str = "CardsProcDeactivate";
    vec![
        ("sign in", Box::pin(async move { cards.sign_in(who).await.map(drop) })),
        ("search", Box::pin(async move { cards.search(who, Search::cards()).await.map(drop) })),
        ("open", Box::pin(async move { cards.open(who, *card).await.map(drop) })),
        ("history", Box::pin(async move { cards.history(who, *card).await.map(drop) })),
        ("start", Box::pin(async move { cards.start(who, DEACTIVATE, *card).await.map(drop) })),
        ("run", Box::pin(async move { cards.run(who, DEACTIVATE, *card, Answers::none()).await.map(drop) })),
        ("next", Box::pin(async move { cards.next(who, instance, Answers::none()).await.map(drop) })),
        ("cancel", Box::pin(async move { cards.cancel(who, instance).await.map(drop) })),
        ("standing", Box::pin(async move { cards.standing(who, instance, &Answers::none()).await.map(drop) })),
        ("register", Box::pin(async move { cards.register(who, &[]).await.map(drop) })),
        ("refusals", Box::pin(async move { cards.refusals(who, 10).await.map(drop) })),
        ("inbox", Box::pin(async move { cards.inbox(who, InboxQuery::all()).await.map(drop) })),
        ("inbox counts", Box::pin(async move { cards.inbox_counts(who).await.map(drop) })),
        (
            "claim",
            Box::pin(async move { cards.claim(who, instance, TaskId::from_uuid(instance.uuid())).await.map(drop) }),
        ),
        ("task", Box::pin(async move { cards.task(who, instance).await.map(drop) })),
        ("audit", Box::pin(async move { cards.audit(who, AuditQuery::all()).await.map(drop) })),
    ]
}

impl Office {
    /// A person with an account of this name, in a state, with roles.
    async fn hire(&self, account: &str, state: PersonState, roles: &[(&str, Option<&str>)]) -> PersonId {
        let id = PersonId::from_uuid(self.fresh());
        let person = Person::new(TENANT, id, account).unwrap().with_account(account).unwrap().in_state(state);
        let granted = roles.iter().fold(person, |person, (role, unit)| {
            let grant = RoleGrant::new(role, None, now()).unwrap();
            person.with_role(if let Some(unit) = unit { grant.in_unit(unit).unwrap() } else { grant })
        });
        self.register(&[Object::Person(granted)]).await;
        id
    }

    fn nowhere(&self) -> ObjectRef {
        ObjectRef::new(self.card.home(), self.card.kind(), self.fresh())
    }

    fn nothing(&self) -> InstanceId {
        InstanceId::from_uuid(self.fresh())
    }
}

const OBJECT: Rejection = Rejection::NotFound { what: "object" };
const INSTANCE: Rejection = Rejection::NotFound { what: "instance" };

async fn what_is_not_there_is_named(store: Store) {
    let office = Office::on(&store).await;
    let Office { cards, operator, .. } = &office;
    let (card, home) = (office.nowhere(), HomeId::from_uuid(office.fresh()));
    for card in [card, ObjectRef::new(home, card.kind(), card.id()), ObjectRef::new(home, Kind::new(99), card.id())] {
        assert_eq!(rejection(cards.open(operator, card).await), OBJECT);
        assert_eq!(rejection(cards.history(operator, card).await), OBJECT);
        assert_eq!(rejection(cards.start(operator, "CardsProcLock", card).await), OBJECT);
    }
    let instance = office.nothing();
    assert_eq!(rejection(cards.next(operator, instance, Answers::none()).await), INSTANCE);
    assert_eq!(rejection(cards.cancel(operator, instance).await), INSTANCE);
    assert_eq!(rejection(cards.standing(operator, instance, &Answers::none()).await), INSTANCE);
    let unknown = cards.start(operator, &"Explode".repeat(100), office.card).await;
    let Rejection::UnknownProcess { name, known } = rejection(unknown) else { panic!("it is known") };
    let all = [
        "CardsProcCloseAuthorityHold",
        "CardsProcDeactivate",
        "CardsProcExpire",
        "CardsProcHoldLimit",
        "CardsProcLock",
        "CardsProcReactivate",
        "CardsProcReconcile",
    ];
    assert_eq!((name.len(), known), (60, all.to_vec()));
    for kind in [1, 2, 19, 99] {
        let kind = Search::of(Kind::new(kind));
        assert_eq!(rejection(cards.search(operator, kind).await), Rejection::NotFound { what: "kind of object" });
    }
}

async fn a_wrong_state_or_sort_or_component_is_named(store: Store) {
    let office = Office::on(&store).await;
    let Office { cards, operator, card, .. } = &office;
    let state = Rejection::WrongState {
        process: "CardsProcReactivate".to_owned(),
        needed: "inactive".to_owned(),
        found: "active".to_owned(),
    };
    assert_eq!(rejection(cards.start(operator, "CardsProcReactivate", *card).await), state);
    let sort =
        |process: &str, sorts: &str| Rejection::WrongSort { process: process.to_owned(), sorts: sorts.to_owned() };
    let holder = person_at(office.holder);
    let kinds = "employee, contractor, visitor, virtual, mobile";
    let deactivate = cards.start(operator, "CardsProcDeactivate", holder).await;
    assert_eq!(rejection(deactivate), sort("CardsProcDeactivate", kinds));
    assert_eq!(rejection(cards.start(operator, "CardsProcLock", holder).await), sort("CardsProcLock", "card"));
    let own = cards.start(&office.self_service, "CardsProcDeactivate", *card).await;
    let component =
        Rejection::WrongComponent { process: "CardsProcDeactivate".to_owned(), component: Component::SelfService };
    assert_eq!(rejection(own), component);
    assert_eq!(cards.open(&office.self_service, *card).await.unwrap().offers, [], "and it is not offered there");
}

async fn answers_the_form_does_not_take_are_named(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let later = now().plus(Millis::new(1));
    let long = "x".repeat(1001);
    for (answers, field) in [
        (Answers::none().with("colour", "red"), "colour"),
        (Answers::none().with("reason", "bored"), "reason"),
        (Answers::none().with("reason", true), "reason"),
        (Answers::none().with("note", long.as_str()), "note"),
        (Answers::none().with("note", " "), "note"),
        (Answers::none().with("notified-at", later), "notified-at"),
        (Answers::none().with("notified-at", "yesterday"), "notified-at"),
    ] {
        let shown = office.cards.standing(&office.operator, task.id(), &answers).await;
        let next = office.cards.next(&office.operator, task.id(), answers.clone()).await;
        let run = office.cards.run(&office.operator, "CardsProcDeactivate", office.card, answers).await;
        for rejected in [rejection(shown), rejection(next), rejection(run)] {
            let Rejection::InvalidAnswer(invalid) = rejected else { panic!("{rejected:?}") };
            let named = match invalid {
                InvalidAnswer::UnknownField { field, .. } => field,
                InvalidAnswer::NotAccepted { field, .. } | InvalidAnswer::Missing { field, .. } => field.to_owned(),
            };
            assert_eq!(named, field);
        }
    }
    assert_eq!(office.standing(task.id()).await.status, task.status, "it still waits");
}

async fn nobody_inactive_or_unknown_is_let_in(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    let every_role = [OPERATOR, SELF_SERVICE, ADMINISTRATOR, APPROVER, AUDITOR].map(|it| (it, None));
    for state in [PersonState::Inactive, PersonState::Locked, PersonState::Registered] {
        let account = format!("person who is {state}");
        office.hire(&account, state, &every_role).await;
        let who = principal(&account, Component::Operator);
        for (name, call) in every_call(&office, &who, task.id()) {
            assert_eq!(rejection(call.await), Rejection::ActorInactive { state: state.to_string() }, "{name}");
        }
    }
    let nobody = principal("nobody", Component::Operator);
    for (name, call) in every_call(&office, &nobody, task.id()) {
        assert_eq!(rejection(call.await), Rejection::UnknownAccount, "{name}");
    }
    assert_eq!(office.card_state().await, CardState::Active);
}

async fn a_missing_right_is_named(store: Store) {
    let office = Office::on(&store).await;
    office.hire("guest", PersonState::Active, &[]).await;
    let task = office.start("CardsProcDeactivate").await;
    let guest = principal("guest", Component::Operator);
    for (name, call) in every_call(&office, &guest, task.id()) {
        match (name, call.await) {
            ("sign in", signed) => signed.unwrap(),
            // Whoever has no right to the process does not learn that the instance exists.
            ("next" | "cancel" | "standing" | "claim" | "task", refused) => {
                assert_eq!(rejection(refused), INSTANCE, "{name}");
            }
            (_, refused) => assert!(matches!(rejection(refused), Rejection::NotEntitled { .. }), "{name}"),
        }
    }
    // An operator who comes in by another door has no rights there.
    let elsewhere = principal("olga", Component::Administrator);
    let right = Rejection::NotEntitled { right: "start CardsProcDeactivate".to_owned() };
    assert_eq!(rejection(office.cards.start(&elsewhere, "CardsProcDeactivate", office.card).await), right);
}

async fn what_is_out_of_scope_does_not_exist(store: Store) {
    let office = Office::over(store.builder()).await;
    let (_, theirs) = office.employ("Ben Beispiel", "Hamburg", "4800", 20).await;
    office.hire("uli", PersonState::Active, &[(OPERATOR, Some("Berlin"))]).await;
    let uli = principal("uli", Component::Operator);
    let nowhere = office.nowhere();
    let running = office.cards.start(&office.operator, "CardsProcDeactivate", theirs).await.unwrap().id();
    let nothing = office.nothing();
    // The whole error is compared, as text and as what a host would log.
    macro_rules! same {
        ($there:expr, $nowhere:expr) => {
            let (there, nowhere) = ($there.await.unwrap_err(), $nowhere.await.unwrap_err());
            assert_eq!((there.to_string(), format!("{there:?}")), (nowhere.to_string(), format!("{nowhere:?}")));
        };
    }
    for who in [&uli, &office.self_service] {
        let cards = &office.cards;
        same!(cards.open(who, theirs), cards.open(who, nowhere));
        same!(cards.history(who, theirs), cards.history(who, nowhere));
        same!(cards.start(who, "CardsProcDeactivate", theirs), cards.start(who, "CardsProcDeactivate", nowhere));
        let run = |card| cards.run(who, "CardsProcReactivate", card, Answers::none());
        same!(run(theirs), run(nowhere));
        same!(cards.next(who, running, Answers::none()), cards.next(who, nothing, Answers::none()));
        same!(cards.cancel(who, running), cards.cancel(who, nothing));
        let bare = Answers::none();
        same!(cards.standing(who, running, &bare), cards.standing(who, nothing, &bare));
        for search in
            [Search::cards().text("4800"), Search::persons().text("beispiel"), Search::certificates().text("beispiel")]
        {
            let page = cards.search(who, search.counted()).await.unwrap();
            assert_eq!((page.items.len(), page.total, page.next), (0, Some(0), None));
        }
        // Not even a host that lacks the definition gives it away.
        let lacking = store.builder().build().unwrap();
        same!(lacking.next(who, running, Answers::none()), lacking.next(who, nothing, Answers::none()));
    }
}

async fn neighbours_out_of_scope_are_not_shown(store: Store) {
    let office = Office::on(&store).await;
    let (ben, theirs) = office.employ("Ben Beispiel", "Hamburg", "4800", 20).await;
    office.hire("uli", PersonState::Active, &[(OPERATOR, Some("Berlin"))]).await;
    // A certificate of Ada's stands on a card of Ben's too, so decisions about either look at both.
    let shared = office.dossier().await.certificates().next().unwrap().at();
    let carries = office.relation(RelationKind::Carries, &office.card_at(theirs).await, shared);
    office.register(&[carries]).await;
    assert!(office.dossier().await.person(person_at(ben)).is_some(), "whoever may see all sees the other card");
    for who in [&principal("uli", Component::Operator), &office.self_service] {
        let dossier = office.cards.open(who, office.card).await.unwrap().dossier;
        assert_eq!(dossier.holder_of(office.card).map(|it| it.name()), Some("Ada Example"));
        assert_eq!(dossier.certificates_of(office.card).count(), 2);
        let near = |it: &Object| it.home() == office.card.home();
        assert!(dossier.objects().all(near), "{:#?}", dossier.objects().filter(|it| !near(it)).collect::<Vec<_>>());
    }
}

async fn a_unit_is_all_a_unit_operator_sees(store: Store) {
    let office = Office::on(&store).await;
    office.employ("Ben Beispiel", "Hamburg", "4800", 20).await;
    office.hire("uli", PersonState::Active, &[(OPERATOR, Some("Berlin"))]).await;
    office.hire("ute", PersonState::Active, &[(OPERATOR, Some("Berlin")), (OPERATOR, Some("Hamburg"))]).await;
    for (account, cards, certificates) in [("uli", 1, 2), ("ute", 2, 4), ("olga", 2, 4)] {
        let who = principal(account, Component::Operator);
        let count = |search: Search| async { office.cards.search(&who, search.counted()).await.unwrap().total };
        assert_eq!(count(Search::cards()).await, Some(cards), "{account}");
        assert_eq!(count(Search::certificates()).await, Some(certificates), "{account}");
    }
    let uli = principal("uli", Component::Operator);
    let done = office.cards.run(&uli, "CardsProcDeactivate", office.card, Answers::none()).await.unwrap();
    assert_eq!(done.asked, 2);
    let record = office.cards.history(&uli, office.card).await.unwrap().records.pop().unwrap();
    assert_eq!(record.entry.rule, "Operator of its units");
}

async fn people_see_their_own(store: Store) {
    let office = Office::on(&store).await;
    let Office { cards, self_service, .. } = &office;
    office.employ("Ben Beispiel", "Berlin", "4800", 20).await;
    let found = |search: Search| async { cards.search(self_service, search.counted()).await.unwrap() };
    let own = found(Search::cards()).await;
    assert_eq!((own.items.len(), own.items[0].id, own.total), (1, office.card, Some(1)));
    assert_eq!(found(Search::persons()).await.items[0].id, person_at(office.holder));
    assert_eq!(found(Search::persons()).await.total, Some(1));
    assert_eq!(found(Search::certificates()).await.total, Some(2));
    // An inactive card is still one's own.
    office.run("CardsProcDeactivate").await;
    assert_eq!(found(Search::cards()).await.total, Some(1));
    let history = cards.history(self_service, office.card).await.unwrap();
    assert!(history.verified.is_ok());
    assert!(history.records.iter().all(|it| it.personal.is_none() && it.linked.personal.is_none()), "of others");
    assert!(matches!(rejection(cards.refusals(self_service, 1).await), Rejection::NotEntitled { .. }));
}

async fn the_history_of_a_home_is_for_whom_the_home_is(store: Store) {
    let office = Office::on(&store).await;
    let (ben, _) = office.employ("Ben Beispiel", "Bonn", "4800", 20).await;
    // Registered for Ben, and held by Ada by now.
    let id = CardId::from_uuid(office.fresh());
    let card = Card::new(TENANT, id, CardKind::Employee, "4900".parse().unwrap(), validity()).registered_for(ben);
    let held = RelationId::from_uuid(office.fresh());
    let held = Relation::to_object(held, RelationKind::Holder, &card, person_at(office.holder));
    let at = card.at();
    office.register(&[card.into(), held.into()]).await;
    assert!(office.cards.open(&office.self_service, at).await.is_ok());
    let hidden = rejection(office.cards.history(&office.self_service, at).await);
    let unknown = ObjectRef::new(at.home(), at.kind(), office.fresh());
    assert_eq!(hidden, rejection(office.cards.history(&office.self_service, unknown).await));
    assert!(office.cards.history(&office.operator, at).await.is_ok());
}

async fn an_auditor_reads_and_changes_nothing(store: Store) {
    let office = Office::on(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    for (name, call) in every_call(&office, &office.auditor, task.id()) {
        match (name, call.await) {
            ("sign in" | "search" | "open" | "history" | "refusals" | "audit", read) => read.unwrap(),
            (_, refused) => drop(rejection(refused)),
        }
    }
    assert_eq!(office.cards.open(&office.auditor, office.card).await.unwrap().offers, []);
    assert_eq!(office.standing(task.id()).await.status, task.status);
}

async fn an_administrator_registers_and_an_approver_reads(store: Store) {
    let office = Office::on(&store).await;
    let ann = office.approver.clone();
    assert!(office.cards.open(&ann, office.card).await.is_ok());
    for who in [&ann, &office.administrator] {
        let start = office.cards.start(who, "CardsProcDeactivate", office.card).await;
        assert!(matches!(rejection(start), Rejection::NotEntitled { .. }));
    }
    assert!(matches!(rejection(office.cards.register(&ann, &[]).await), Rejection::NotEntitled { .. }));
}

async fn only_an_empty_tenant_is_installed(store: Store) {
    let office = Office::on(&store).await;
    let again = office.cards.install(TENANT, &[]).await;
    assert_eq!(rejection(again), Rejection::NotEntitled { right: "register objects".to_owned() });
}

async fn nobody_registers_for_another_tenant(store: Store) {
    let office = Office::on(&store).await;
    let stranger = Person::new(cardflow::values::TenantId::new(8), PersonId::from_uuid(office.fresh()), "Stranger");
    let refused = office.cards.register(&office.administrator, &[Object::Person(stranger.unwrap())]).await;
    assert!(matches!(refused, Err(Error::Storage(_))), "{refused:?}");
}
