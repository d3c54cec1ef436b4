//! What stands in whose inbox, in which order, page by page, and how much of it there is.

use cardflow::cards::Cards;
use cardflow::engine::{
    Handling, InboxOrder, InboxPlace, InboxView, Judgement, Priority, Resume, Task, TaskSort, inbox_values,
};
use cardflow::ports::Principal;
use cardflow::runtime::{Error, InboxCount, InboxCounts, InboxQuery};
use cardflow::values::{HomeId, InstanceId, Kind, Millis, ObjectRef, PersonId, TaskId, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, now, rejection};
use crate::desk::{At, at_desk, office};

every_store![
    each_list_has_what_belongs_to_it,
    filters_leave_what_was_asked_for,
    lists_are_in_the_order_that_was_asked_for,
    pages_go_on_whatever_happens_in_between,
    counts_are_those_of_the_lists,
];

async fn ids(office: &Office, who: &Principal, query: InboxQuery) -> Vec<TaskId> {
    office.cards.inbox(who, query).await.unwrap().items.iter().map(|it| it.id).collect()
}

/// Requests for five cards, a minute apart; in this order they are due.
async fn requests(office: &Office) -> Vec<At> {
    let mut requests = Vec::new();
    for card in office.more_cards(5).await {
        requests.push(office.request(card).await);
        office.wait(Millis::seconds(60));
    }
    requests
}

fn of(tasks: &[At], which: &[usize]) -> Vec<TaskId> {
    which.iter().map(|it| tasks[*it].1).collect()
}

async fn each_list_has_what_belongs_to_it(store: Store) {
    let office = office(&store, 1).await;
    let tasks = requests(&office).await;
    let form = office.form().await;
    let Office { cards, approver, operator, administrator, colleague, .. } = &office;
    let arno = at_desk("arno");
    // A form is in the list of whoever began it, and in no other.
    assert_eq!(ids(&office, operator, InboxQuery::mine()).await, [form.1]);
    assert_eq!(ids(&office, operator, InboxQuery::groups()).await, []);
    assert_eq!(ids(&office, colleague, InboxQuery::mine()).await, []);
    for who in [approver, &arno] {
        assert_eq!(ids(&office, who, InboxQuery::mine()).await, []);
        assert_eq!(ids(&office, who, InboxQuery::groups()).await, of(&tasks, &[0, 1, 2, 3, 4]));
        assert_eq!(ids(&office, who, InboxQuery::group("Approver")).await, of(&tasks, &[0, 1, 2, 3, 4]));
        assert_eq!(ids(&office, who, InboxQuery::group("Security officer")).await, []);
    }
    cards.claim(approver, tasks[1].0, tasks[1].1).await.unwrap();
    cards.claim(approver, tasks[3].0, tasks[3].1).await.unwrap();
    let to = office.person("arno").await;
    cards.delegate(approver, tasks[3].0, tasks[3].1, to).await.unwrap();
    assert_eq!(ids(&office, approver, InboxQuery::mine()).await, of(&tasks, &[1]));
    assert_eq!(ids(&office, &arno, InboxQuery::mine()).await, of(&tasks, &[3]), "delegated to Arno");
    assert_eq!(ids(&office, &arno, InboxQuery::groups()).await, of(&tasks, &[0, 2, 4]));
    assert_eq!(ids(&office, administrator, InboxQuery::all()).await, of(&tasks, &[0, 1, 2, 3, 4]));
    let held: Vec<_> = cards.inbox(administrator, InboxQuery::all()).await.unwrap().items;
    assert_eq!(held[1].task.handling.owner, Some(office.person("ann").await));
    cards.resolve(&arno, tasks[3].0, tasks[3].1).await.unwrap();
    assert_eq!(ids(&office, approver, InboxQuery::mine()).await, of(&tasks, &[1, 3]));

    // What was sent back is for whoever asked; a form that was handed on is for whom it was handed to.
    let ask = Judgement::ask(tasks[1].1, "Which one?");
    let back = cards.judge(approver, tasks[1].0, ask).await.unwrap().task().unwrap();
    assert_eq!(ids(&office, operator, InboxQuery::mine()).await, [form.1, back]);
    cards.delegate(operator, form.0, form.1, office.person("otto").await).await.unwrap();
    assert_eq!(ids(&office, operator, InboxQuery::mine()).await, [back]);
    assert_eq!(ids(&office, colleague, InboxQuery::mine()).await, [form.1]);
    cards.cancel(operator, tasks[1].0).await.unwrap();
    assert_eq!(ids(&office, operator, InboxQuery::mine()).await, []);
}

async fn filters_leave_what_was_asked_for(store: Store) {
    let office = office(&store, 1).await;
    let tasks = requests(&office).await;
    let Office { cards, approver, operator, administrator, .. } = &office;
    let own = office.request(office.card).await;
    let all = |query: InboxQuery| ids(&office, administrator, query);
    let every: Vec<_> = tasks.iter().chain([&own]).map(|it| it.1).collect();
    assert_eq!(all(InboxQuery::all()).await, every);
    for order in [InboxOrder::Due, InboxOrder::Created, InboxOrder::Priority] {
        let query = || InboxQuery::all().order(order);
        assert_eq!(all(query().process("CardsProcDeactivate")).await, every, "{order}");
        assert_eq!(all(query().process("CardsProcDeactiv")).await, [], "{order}");
        assert_eq!(all(query().holder(office.holder)).await, [own.1], "{order}");
        assert_eq!(all(query().subject(office.card)).await, [own.1], "{order}");
        assert_eq!(all(query().subject(office.card).process("CardsProcLock")).await, [], "{order}");
        assert_eq!(all(query().sort(TaskSort::Approval)).await, every, "{order}");
        assert_eq!(all(query().sort(TaskSort::Form)).await, [], "{order}");
    }
    let of_card = ids(&office, approver, InboxQuery::groups().subject(office.card)).await;
    assert_eq!(of_card, [own.1]);

    // Due within an hour; put off to a date, and just for later.
    cards.claim(approver, tasks[2].0, tasks[2].1).await.unwrap();
    let soon = office.now().plus(Millis::hours(1));
    cards.set_due(approver, tasks[2].0, tasks[2].1, Some(soon)).await.unwrap();
    let postpone = |task: At, until| cards.judge(approver, task.0, Judgement::postpone(task.1, until));
    postpone(tasks[0], None).await.unwrap();
    postpone(tasks[4], Some(soon.plus(Millis::hours(1)))).await.unwrap();
    cards.follow_up(approver, tasks[2].0, tasks[2].1, Some(soon)).await.unwrap();
    assert_eq!(ids(&office, approver, InboxQuery::groups().postponed()).await, of(&tasks, &[4, 0]));
    assert_eq!(ids(&office, approver, InboxQuery::groups()).await.len(), 5, "they stay listed");
    assert_eq!(all(InboxQuery::all().postponed()).await, of(&tasks, &[2, 4, 0]));
    assert_eq!(all(InboxQuery::all().postponed().order(InboxOrder::Due)).await, of(&tasks, &[2, 0, 4]));
    assert_eq!(all(InboxQuery::all().overdue()).await, []);
    office.wait(Millis::hours(1));
    assert_eq!(all(InboxQuery::all().postponed()).await, of(&tasks, &[4, 0]), "the day has come");
    assert_eq!(all(InboxQuery::all().overdue()).await, [], "due by now, not before");
    office.wait(Millis::new(1));
    for order in [InboxOrder::Due, InboxOrder::Created, InboxOrder::Priority] {
        assert_eq!(all(InboxQuery::all().overdue().order(order)).await, of(&tasks, &[2]));
    }
    assert_eq!(ids(&office, approver, InboxQuery::mine().overdue()).await, of(&tasks, &[2]));
    assert_eq!(ids(&office, operator, InboxQuery::mine().overdue()).await, []);
}

async fn lists_are_in_the_order_that_was_asked_for(store: Store) {
    let office = office(&store, 1).await;
    let tasks = requests(&office).await;
    let Office { cards, approver, .. } = &office;
    for (task, priority, due) in
        [(0, Priority::Low, None), (2, Priority::Urgent, Some(9)), (3, Priority::Urgent, Some(5))]
    {
        let (id, of) = tasks[task];
        cards.claim(approver, id, of).await.unwrap();
        cards.prioritise(approver, id, of, priority).await.unwrap();
        if let Some(hours) = due {
            cards.set_due(approver, id, of, Some(now().plus(Millis::hours(hours)))).await.unwrap();
        }
    }
    for task in [1, 4] {
        cards.claim(approver, tasks[task].0, tasks[task].1).await.unwrap();
    }
    for (order, expected) in [
        (InboxOrder::Due, [3, 2, 0, 1, 4]),
        (InboxOrder::Priority, [3, 2, 1, 4, 0]),
        (InboxOrder::Created, [0, 1, 2, 3, 4]),
    ] {
        let expected = of(&tasks, &expected);
        assert_eq!(ids(&office, approver, InboxQuery::mine().order(order)).await, expected, "{order}");
        assert_eq!(paged(&office, approver, InboxQuery::mine().order(order), 2).await, expected, "{order}, paged");
        let all = InboxQuery::all().order(order);
        assert_eq!(paged(&office, &office.administrator, all, 1).await, expected, "{order}, of all");
    }
    // Forms among them.
    let one = office.form().await;
    office.wait(Millis::seconds(1));
    let other = office.form().await;
    cards.prioritise(&office.operator, one.0, one.1, Priority::High).await.unwrap();
    office.wait(Millis::seconds(1));
    let third = office.sent_back(office.card).await;
    for (order, expected) in [
        (InboxOrder::Due, [one.1, other.1, third.1]),
        (InboxOrder::Priority, [one.1, other.1, third.1]),
        (InboxOrder::Created, [one.1, other.1, third.1]),
    ] {
        for limit in 1..4 {
            let mine = InboxQuery::mine().order(order);
            assert_eq!(paged(&office, &office.operator, mine, limit).await, expected, "{order}, {limit} a page");
        }
    }
    let page = cards.inbox(approver, InboxQuery::mine().limit(2)).await.unwrap();
    let other = InboxQuery::mine().order(InboxOrder::Created).after(page.next.unwrap());
    assert!(matches!(rejection(cards.inbox(approver, other).await), Rejection::InvalidHandling { .. }));
}

/// All pages of a list, one after the other.
async fn paged(office: &Office, who: &Principal, query: InboxQuery, limit: usize) -> Vec<TaskId> {
    let (mut found, mut query) = (Vec::new(), query.limit(limit));
    loop {
        let page = office.cards.inbox(who, query.clone()).await.unwrap();
        assert!(page.items.len() == limit || page.next.is_none(), "full unless it is the last");
        found.extend(page.items.iter().map(|it| it.id));
        let Some(next) = page.next else { return found };
        // A host hands the place out and gets it back as text.
        let text = serde_json::to_string(&next).unwrap();
        query = query.after(serde_json::from_str(&text).unwrap());
    }
}

async fn pages_go_on_whatever_happens_in_between(store: Store) {
    let office = office(&store, 1).await;
    let tasks = requests(&office).await;
    let arno = at_desk("arno");
    let first = office.cards.inbox(&office.approver, InboxQuery::groups().limit(2)).await.unwrap();
    assert_eq!(first.items.iter().map(|it| it.id).collect::<Vec<_>>(), of(&tasks, &[0, 1]));
    // The last of the page is claimed, one behind it too, one before it is withdrawn, and a new one comes.
    office.cards.claim(&arno, tasks[1].0, tasks[1].1).await.unwrap();
    office.cards.claim(&arno, tasks[3].0, tasks[3].1).await.unwrap();
    office.cards.cancel(&office.operator, tasks[0].0).await.unwrap();
    let fresh = office.request(office.card).await;
    let rest = InboxQuery::groups().limit(2).after(first.next.unwrap());
    let second = office.cards.inbox(&office.approver, rest).await.unwrap();
    assert_eq!(second.items.iter().map(|it| it.id).collect::<Vec<_>>(), of(&tasks, &[2, 4]));
    let rest = InboxQuery::groups().limit(2).after(second.next.unwrap());
    let third = office.cards.inbox(&office.approver, rest).await.unwrap();
    assert_eq!(third.items.iter().map(|it| it.id).collect::<Vec<_>>(), [fresh.1]);
    assert_eq!(third.next, None);
}

async fn counts_are_those_of_the_lists(store: Store) {
    let office = office(&store, 1).await;
    let tasks = requests(&office).await;
    let Office { cards, approver, .. } = &office;
    let clerk = [("Approver", None), ("Approver", Some("Berlin")), ("Clerk", None)];
    office.hire("cleo", &clerk, cardflow::domain::PersonState::Active).await;
    cards.claim(approver, tasks[0].0, tasks[0].1).await.unwrap();
    cards.set_due(approver, tasks[0].0, tasks[0].1, Some(office.now().plus(Millis::hours(1)))).await.unwrap();
    cards.judge(approver, tasks[1].0, Judgement::postpone(tasks[1].1, None)).await.unwrap();
    office.wait(Millis::hours(2));
    let count = |open, overdue, postponed| InboxCount { open, overdue, postponed, more: false };
    let expected = InboxCounts {
        mine: count(1, 1, 0),
        groups: count(4, 0, 1),
        by_role: [("Approver".to_owned(), count(4, 0, 1))].into(),
    };
    assert_eq!(cards.inbox_counts(approver).await.unwrap(), expected);
    // Two grants of one role are one group, and what both reach is counted once.
    let expected = InboxCounts {
        mine: count(0, 0, 0),
        groups: count(4, 0, 1),
        by_role: [("Approver".to_owned(), count(4, 0, 1)), ("Clerk".to_owned(), count(0, 0, 0))].into(),
    };
    assert_eq!(cards.inbox_counts(&at_desk("cleo")).await.unwrap(), expected);
    let none: Result<_, Error<Cards>> = cards.inbox_counts(&at_desk("nobody")).await;
    assert_eq!(rejection(none), Rejection::UnknownAccount);
}

fn person(n: u8) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(u128::from(n)))
}

/// Any task: few persons, roles and times, so that they meet.
fn tasks() -> impl Strategy<Value = Vec<Task>> {
    let time = || (0..4_i64).prop_map(|it| now().plus(Millis::seconds(it)));
    let some = |share: f64| prop::option::weighted(share, (0..3_u8).prop_map(person));
    let priority = prop::sample::select(Priority::ALL.to_vec());
    let handling = (some(0.4), some(0.2), priority, prop::option::of(time()), prop::option::weighted(0.3, time()));
    let handling = handling.prop_map(|(owner, delegate, priority, due, follow_up)| Handling {
        owner,
        delegate,
        priority,
        due,
        follow_up,
        ..Handling::default()
    });
    let roles = prop::collection::btree_set(prop::sample::select(vec!["A", "Ab", "B"]).prop_map(str::to_owned), 0..3);
    let persons = prop::collection::btree_set((0..3_u8).prop_map(person), 0..3);
    let postponed = prop::option::weighted(0.3, prop::option::of(time()));
    let task = (prop::bool::ANY, handling, roles, persons, time(), postponed);
    let task = task.prop_map(|(untouched, handling, roles, persons, since, postponed)| Task {
        instance: InstanceId::from_uuid(Uuid::from_u128(1)),
        process: "P".to_owned(),
        step: "s".to_owned(),
        sort: if untouched { TaskSort::Form } else { TaskSort::Approval },
        subject: ObjectRef::new(HomeId::from_uuid(Uuid::from_u128(1)), Kind::new(17), Uuid::from_u128(1)),
        requester: Some(person(0)),
        roles: if untouched { Default::default() } else { roles },
        persons: if untouched { [person(0)].into() } else { persons },
        since,
        until: if untouched { since.plus(Millis::hours(8)) } else { since.plus(Millis::hours(72)) },
        postponed: postponed.filter(|_| !untouched),
        request: None,
        handling: if untouched { Handling::default() } else { handling },
    });
    prop::collection::vec(task, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The index holds each list in its order, in as many parts as are read side by side, and can be entered anywhere.
    #[test]
    fn an_index_is_its_lists_in_their_orders(tasks in tasks(), nth in 0..30_usize) {
        let ids: Vec<_> = (0..).map(|it| TaskId::from_uuid(Uuid::from_u128(it))).take(tasks.len()).collect();
        let mut index: Vec<(Vec<u8>, usize)> = Vec::new();
        for (n, task) in tasks.iter().enumerate() {
            let units = if n.is_multiple_of(2) { &["Berlin"][..] } else { &["Ber", "lin"][..] };
            inbox_values(task, units.iter().copied(), [person(2)].into_iter(), |it| index.push((it, n)));
        }
        index.sort();
        let unique = index.len();
        index.dedup();
        prop_assert_eq!(index.len(), unique, "each place once");
        let (first, last) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
        let views = [
            vec![InboxView::Mine(person(0)), InboxView::Form(person(0))],
            vec![InboxView::Mine(person(1))],
            vec![InboxView::Role("A")],
            vec![InboxView::Role("Ab")],
            vec![InboxView::RoleIn("A", "Berlin"), InboxView::RoleIn("A", "Ber")],
            vec![InboxView::AllIn("lin")],
            vec![InboxView::Named(person(1))],
            vec![InboxView::All, InboxView::Form(person(0))],
        ];
        for (view, order) in views.iter().flat_map(|it| InboxOrder::ALL.iter().map(move |order| (it, *order))) {
            let ranges: Vec<_> = view.iter().flat_map(|it| it.ranges(order)).collect();
            let place = |n: &usize| InboxPlace::of(order, ids[*n], &tasks[*n]);
            let mut found = Vec::new();
            for range in &ranges {
                let (low, high) = range.between(first, last);
                let part: Vec<_> = index.iter().filter(|(it, _)| *it >= low && *it <= high).collect();
                let places: Vec<_> = part.iter().map(|(_, n)| place(n)).collect();
                prop_assert!(places.is_sorted(), "{:?} by {}", view, order);
                // Entered behind any task, it goes on with exactly what comes after that one.
                let after = InboxPlace::of(order, ids[nth % ids.len()], &tasks[nth % ids.len()]);
                let rest = part.iter().filter(|(value, n)| match range.after(&after) {
                    Resume::AtBegin => true,
                    Resume::Nowhere => false,
                    Resume::After(from, id) => (value, ids[*n].uuid()) > (&from, id),
                });
                let rest: Vec<_> = rest.map(|(_, n)| *n).collect();
                let expected: Vec<_> = part.iter().map(|(_, n)| *n).filter(|it| place(it) > after).collect();
                prop_assert_eq!(rest, expected, "{:?} by {}", view, order);
                found.extend(part.iter().map(|(_, n)| *n));
            }
            found.sort_unstable();
            let expected: Vec<_> = (0..tasks.len()).filter(|it| belongs(&tasks[*it], *it, view, order)).collect();
            prop_assert_eq!(found, expected, "{:?} by {}", view, order);
        }
    }
}

/// Whether a task belongs to one of these lists, said in the words of the manual.
fn belongs(task: &Task, nth: usize, views: &[InboxView<'_>], order: InboxOrder) -> bool {
    let untouched = task.sort == TaskSort::Form && task.handling == Handling::default();
    let alone = task.roles.is_empty() && task.persons.len() == 1;
    let listed = order != InboxOrder::FollowUp || task.postponed_to().is_some();
    listed
        && views.iter().any(|view| match view {
            InboxView::Form(of) => untouched && task.persons.contains(of),
            _ if untouched => false,
            InboxView::Mine(of) => match task.handling.holder() {
                Some(holder) => holder == *of,
                None => alone && task.persons.contains(of),
            },
            InboxView::Role(role) | InboxView::RoleIn(role, _)
                if task.handling.holder().is_some() || !task.roles.contains(*role) =>
            {
                false
            }
            InboxView::Role(_) => true,
            InboxView::RoleIn(_, unit) | InboxView::AllIn(unit) => (*unit == "Berlin") == nth.is_multiple_of(2),
            InboxView::Named(of) => task.handling.holder().is_none() && !alone && task.persons.contains(of),
            _ => true,
        })
}
