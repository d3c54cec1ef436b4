//! What is out of reach is neither listed, nor counted, nor claimed.

use std::collections::BTreeSet;
use std::sync::Arc;

use cardflow::cards::{ADMINISTRATOR, APPROVER, CardsOptions, OPERATOR};
use cardflow::domain::PersonState;
use cardflow::engine::{Component, InboxOrder, Scope};
use cardflow::ports::{Action, MockAuthorizer, Permit, Principal};
use cardflow::runtime::{InboxCount, InboxQuery};
use cardflow::values::{Answers, Millis, TaskId};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, principal, rejection};
use crate::desk::{At, at, at_desk, office};

every_store![
    one_site_sees_nothing_of_another,
    rights_that_reach_differently_far_are_told_apart,
    people_see_the_forms_on_their_own_cards_only,
];

async fn listed(office: &Office, who: &Principal, query: InboxQuery) -> Vec<TaskId> {
    // One a page: what is out of reach must not leave gaps or shorten pages.
    let (mut found, mut query) = (Vec::new(), query.limit(1));
    loop {
        let page = office.cards.inbox(who, query.clone()).await.unwrap();
        found.extend(page.items.iter().map(|it| it.id));
        let Some(next) = page.next else { return found };
        assert_eq!(page.items.len(), 1);
        query = query.after(next);
    }
}

/// Two requests for cards of Berlin, two for cards of Hamburg, in turn.
async fn two_sites(office: &Office) -> [Vec<At>; 2] {
    let mut sites = [Vec::new(), Vec::new()];
    for n in 0..4_u8 {
        let unit = usize::from(n % 2);
        let number = format!("6000 {n:04}");
        let (_, card) = office.employ("Ben Sample", ["Berlin", "Hamburg"][unit], &number, 40 + n).await;
        sites[unit].push(office.request(card).await);
        office.wait(Millis::seconds(1));
    }
    sites
}

fn names(tasks: &[At]) -> Vec<TaskId> {
    tasks.iter().map(|it| it.1).collect()
}

async fn one_site_sees_nothing_of_another(store: Store) {
    let office = office(&store, 1).await;
    let [berlin, hamburg] = two_sites(&office).await;
    let active = PersonState::Active;
    office.hire("berta", &[(APPROVER, Some("Berlin"))], active).await;
    office.hire("hanno", &[(APPROVER, Some("Hamburg"))], active).await;
    office.hire("bodo", &[(ADMINISTRATOR, Some("Berlin"))], active).await;
    // An approver in Hamburg who is an operator everywhere: the role reaches no further for it.
    let hanna = office.hire("hanna", &[(APPROVER, Some("Hamburg")), (OPERATOR, None)], active).await;
    let (berta, hanno, hanna_at_desk) = (at_desk("berta"), at_desk("hanno"), at_desk("hanna"));
    let bodo = principal("bodo", Component::Administrator);

    for order in [InboxOrder::Due, InboxOrder::Created, InboxOrder::Priority] {
        for (who, site) in [(&berta, &berlin), (&hanno, &hamburg), (&hanna_at_desk, &hamburg)] {
            assert_eq!(listed(&office, who, InboxQuery::groups().order(order)).await, names(site), "{order}");
            assert_eq!(listed(&office, who, InboxQuery::group(APPROVER).order(order)).await, names(site));
        }
        assert_eq!(listed(&office, &bodo, InboxQuery::all().order(order)).await, names(&berlin));
        assert_eq!(listed(&office, &berta, InboxQuery::all().order(order)).await, names(&berlin));
    }
    let two = InboxCount { open: 2, ..InboxCount::default() };
    for who in [&berta, &hanno, &hanna_at_desk] {
        let counts = office.cards.inbox_counts(who).await.unwrap();
        assert_eq!((counts.groups, counts.by_role[APPROVER]), (two, two));
    }
    // By what it is about, too.
    let card = office.stored(&store, hamburg[0].0).await.0.subject();
    assert_eq!(listed(&office, &berta, InboxQuery::all().subject(card)).await, []);
    assert_eq!(listed(&office, &hanno, InboxQuery::all().subject(card)).await, names(&hamburg[..1]));

    // What is out of scope does not exist; where a role does not reach, it gives no say.
    let nothing = Rejection::NotFound { what: "instance" };
    let (there, here) = (hamburg[0], berlin[0]);
    assert_eq!(rejection(office.cards.claim(&berta, there.0, there.1).await), nothing);
    assert_eq!(rejection(office.cards.task(&berta, there.0).await), nothing);
    assert_eq!(rejection(office.cards.unclaim(&bodo, there.0, there.1).await), nothing);
    assert_eq!(rejection(office.cards.reassign(&bodo, there.0, there.1, hanna).await), nothing);
    let no_role = rejection(office.cards.claim(&hanna_at_desk, here.0, here.1).await);
    assert!(matches!(no_role, Rejection::NotEligible { .. }), "{no_role:?}");
    let unsuitable = rejection(office.cards.reassign(&bodo, here.0, here.1, hanna).await);
    assert!(matches!(unsuitable, Rejection::Unsuitable { .. }), "{unsuitable:?}");

    // What somebody had claimed is out of sight once they reach no further.
    office.cards.claim(&hanno, there.0, there.1).await.unwrap();
    assert_eq!(listed(&office, &hanno, InboxQuery::mine()).await, names(&hamburg[..1]));
    assert_eq!(listed(&office, &berta, InboxQuery::groups()).await, names(&berlin));
}

/// Decides about deactivations in Berlin and about locks everywhere: one scope would show too much or too little.
async fn rights_that_reach_differently_far_are_told_apart(store: Store) {
    let options = CardsOptions { deactivation_approval: true, lock_approval: true, ..CardsOptions::default() };
    let mut office = Office::over(store.builder().options(1, options.clone())).await;
    let [berlin, _] = two_sites(&office).await;
    let (_, card) = office.employ("Hans Sample", "Hamburg", "6100 0000", 60).await;
    let lock = office.cards.run(&office.operator, "CardsProcLock", card, Answers::none().with("reason", "lost")).await;
    let lock = at(&lock.unwrap());
    let mut authorizer = MockAuthorizer::new();
    authorizer.expect_permit().returning(|identity, _, action| {
        let scope = match action {
            Action::Judge(name) if name == "CardsProcLock" => Scope::All,
            Action::Judge(_) => Scope::Units(BTreeSet::from(["Berlin".to_owned()])),
            Action::Process(_) => Scope::Own(identity.person),
            _ => Scope::None,
        };
        Permit { role: APPROVER.to_owned(), scope }
    });
    let builder = store.builder().options(1, options).authorizer(Arc::new(authorizer));
    office.cards = office.equip(builder).build().unwrap();
    let expected: Vec<_> = names(&berlin).into_iter().chain([lock.1]).collect();
    for query in [InboxQuery::groups(), InboxQuery::all(), InboxQuery::group(APPROVER)] {
        assert_eq!(listed(&office, &office.approver, query).await, expected);
    }
    let counts = office.cards.inbox_counts(&office.approver).await.unwrap();
    assert_eq!(counts.groups, InboxCount { open: 3, ..InboxCount::default() });
}

async fn people_see_the_forms_on_their_own_cards_only(store: Store) {
    let office = office(&store, 1).await;
    let form = office.form().await;
    let request = office.request(office.card).await;
    assert_eq!(listed(&office, &office.self_service, InboxQuery::all()).await, []);
    assert_eq!(listed(&office, &office.self_service, InboxQuery::mine()).await, []);
    assert_eq!(listed(&office, &office.operator, InboxQuery::mine()).await, [form.1]);
    // The same person from another component has other rights.
    let nothing = Rejection::NotEntitled { right: "see tasks".to_owned() };
    let elsewhere = principal("olga", Component::SelfService);
    assert_eq!(rejection(office.cards.inbox(&elsewhere, InboxQuery::mine()).await), nothing);
    assert_eq!(rejection(office.cards.inbox(&office.auditor, InboxQuery::all()).await), nothing);
    assert_eq!(rejection(office.cards.inbox_counts(&office.auditor).await), nothing);
    assert_eq!(listed(&office, &office.operator, InboxQuery::all()).await, [request.1]);
}
