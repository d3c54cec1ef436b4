//! Random people do random things with tasks, over two stores: what must hold holds after every step, and a model says what
//! stands in every inbox.

use std::collections::{BTreeMap, BTreeSet};

use cardflow::cards::{APPROVER, Cards};
use cardflow::domain::PersonState;
use cardflow::engine::{
    Handling, InboxOrder, Instance, Judgement, Priority, TASK_KIND, Task, TaskCommand, TaskSort, Verdict,
};
use cardflow::ports::{Principal, Query, Search};
use cardflow::runtime::{Error, InboxQuery};
use cardflow::values::{Answers, InstanceId, Millis, ObjectRef, PersonId, TaskId};
use proptest::prelude::*;

use crate::common::{Office, Store, TENANT};
use crate::desk::{At, office};

/// Who acts: an operator, a second one, approvers, one in Berlin, one of whom is an operator too, and an administrator.
const PEOPLE: [&str; 8] = ["olga", "otto", "ann", "arno", "berta", "hanna", "adam", "clara"];

const ORDERS: [InboxOrder; 3] = [InboxOrder::Due, InboxOrder::Priority, InboxOrder::Created];

#[derive(Clone, Copy, Debug)]
enum Step {
    Claim,
    Unclaim,
    Reassign(usize),
    Delegate(usize),
    Resolve,
    Comment,
    Prioritise(usize),
    SetDue(Option<i64>),
    FollowUp(Option<i64>),
    Judge(Verdict),
    /// Next at a form, an answer to what was sent back.
    Answer,
    Cancel,
    Begin(usize),
    Wait(i64),
}

/// A step, by whom, on which task.
fn steps() -> impl Strategy<Value = Vec<(Step, usize, usize)>> {
    let who = 0..PEOPLE.len();
    let hours = || prop::option::of(1..6_i64);
    let verdict = prop_oneof![
        6 => Just(Verdict::Approve),
        1 => Just(Verdict::Reject),
        2 => Just(Verdict::Postpone(None)),
        2 => Just(Verdict::Ask),
        2 => Just(Verdict::TakeBack),
    ];
    let step = prop_oneof![
        8 => Just(Step::Claim),
        3 => Just(Step::Unclaim),
        4 => who.clone().prop_map(Step::Reassign),
        5 => who.clone().prop_map(Step::Delegate),
        4 => Just(Step::Resolve),
        2 => Just(Step::Comment),
        3 => (0..4_usize).prop_map(Step::Prioritise),
        2 => hours().prop_map(Step::SetDue),
        2 => hours().prop_map(Step::FollowUp),
        5 => verdict.prop_map(Step::Judge),
        3 => Just(Step::Answer),
        1 => Just(Step::Cancel),
        2 => (0..4_usize).prop_map(Step::Begin),
        1 => (1..4_i64).prop_map(Step::Wait),
    ];
    prop::collection::vec((step, who, 0..4_usize), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_task_has_one_holder_and_stands_where_it_belongs(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut one, mut other) = (Side::over(Store::memory()).await, Side::over(Store::sqlite()).await);
            for (step, who, nth) in &steps {
                let (did, does) = (one.take(*step, *who, *nth).await, other.take(*step, *who, *nth).await);
                assert_eq!(did, does, "{step:?} by {}", PEOPLE[*who]);
                let order = ORDERS[nth % ORDERS.len()];
                let (saw, sees) = (one.look(order).await, other.look(order).await);
                assert_eq!(saw, sees, "after {step:?} by {}", PEOPLE[*who]);
            }
            one.store.verifies().await;
            other.store.verifies().await;
        });
    }
}

struct Side {
    office: Office,
    store: Store,
    people: BTreeMap<&'static str, PersonId>,
    cards: Vec<ObjectRef>,
    instances: Vec<InstanceId>,
    /// What the model says of each task.
    model: BTreeMap<TaskId, Handling>,
}

impl Side {
    async fn over(store: Store) -> Side {
        let office = office(&store, 2).await;
        let mut cards = office.more_cards(2).await;
        let (_, in_hamburg) = office.employ("Hans Sample", "Hamburg", "6100 0000", 60).await;
        cards.extend([in_hamburg, office.card]);
        office.hire("berta", &[(APPROVER, Some("Berlin"))], PersonState::Active).await;
        office.hire_all_round("hanna").await;
        office.hire("clara", &[("Clerk", None)], PersonState::Active).await;
        let mut people = BTreeMap::new();
        for name in PEOPLE {
            people.insert(name, office.person(name).await);
        }
        let mut side = Side { office, store, people, cards, instances: Vec::new(), model: BTreeMap::new() };
        for card in 0..3 {
            side.begin(card).await;
            let id = side.instances[card];
            if card < 2 {
                side.office.cards.next(&side.office.operator, id, Answers::none()).await.unwrap();
            }
        }
        side
    }

    fn principal(&self, who: usize) -> Principal {
        let component = if PEOPLE[who] == "adam" {
            cardflow::engine::Component::Administrator
        } else {
            cardflow::engine::Component::Operator
        };
        crate::common::principal(PEOPLE[who], component)
    }

    async fn begin(&mut self, card: usize) -> String {
        let begun = self.office.cards.start(&self.office.operator, "CardsProcDeactivate", self.cards[card]).await;
        self.instances.extend(begun.as_ref().map(|it| it.id()).ok());
        told(&begun.map(|it| it.status))
    }

    async fn records(&self) -> usize {
        let mut count = 0;
        for card in &self.cards {
            count += self.store.storage.history(TENANT, card.home(), None, 1000).await.unwrap().len();
        }
        count
    }

    async fn take(&mut self, step: Step, who: usize, nth: usize) -> String {
        match step {
            Step::Wait(hours) => {
                self.office.wait(Millis::hours(hours));
                return String::new();
            }
            Step::Begin(card) => return self.begin(card).await,
            _ => {}
        }
        let Some(id) = self.instances.iter().rev().nth(nth).copied() else { return String::new() };
        let (instance, task) = self.office.stored(&self.store, id).await;
        let Some((_, of, _)) = instance.waits() else { return String::new() };
        let (before, person) = (self.records().await, self.people[PEOPLE[who]]);
        let told = match self.command(step) {
            Some(command) => self.handle(&command, who, (id, of), &instance, &task.unwrap()).await,
            None => self.complete(step, who, (id, of), &instance, &task.unwrap(), person).await,
        };
        let expected = before + usize::from(told.starts_with("Ok"));
        assert_eq!(self.records().await, expected, "one record if it was accepted, else none: {step:?}: {told}");
        told
    }

    fn command(&self, step: Step) -> Option<TaskCommand> {
        let at = |hours: Option<i64>| hours.map(|it| self.office.now().plus(Millis::hours(it)));
        let person = |who: usize| self.people[PEOPLE[who]];
        Some(match step {
            Step::Claim => TaskCommand::Claim,
            Step::Unclaim => TaskCommand::Unclaim,
            Step::Reassign(to) => TaskCommand::Reassign { to: person(to) },
            Step::Delegate(to) => TaskCommand::Delegate { to: person(to) },
            Step::Resolve => TaskCommand::Resolve,
            Step::Comment => TaskCommand::Comment { text: "Hm".to_owned() },
            Step::Prioritise(class) => TaskCommand::Prioritise { priority: Priority::ALL[class] },
            Step::SetDue(hours) => TaskCommand::SetDue { due: at(hours) },
            Step::FollowUp(hours) => TaskCommand::FollowUp { at: at(hours) },
            Step::Judge(_) | Step::Answer | Step::Cancel | Step::Begin(_) | Step::Wait(_) => return None,
        })
    }

    async fn handle(
        &mut self,
        command: &TaskCommand,
        who: usize,
        (id, of): At,
        instance: &Instance<Cards>,
        task: &Task,
    ) -> String {
        let (cards, principal) = (&self.office.cards, &self.principal(who));
        let done = match command.clone() {
            TaskCommand::Claim => cards.claim(principal, id, of).await,
            TaskCommand::Unclaim => cards.unclaim(principal, id, of).await,
            TaskCommand::Reassign { to } => cards.reassign(principal, id, of, to).await,
            TaskCommand::Delegate { to } => cards.delegate(principal, id, of, to).await,
            TaskCommand::Resolve => cards.resolve(principal, id, of).await,
            TaskCommand::Comment { text } => cards.comment(principal, id, of, &text).await,
            TaskCommand::Attach { reference } => cards.attach(principal, id, of, &reference).await,
            TaskCommand::Prioritise { priority } => cards.prioritise(principal, id, of, priority).await,
            TaskCommand::SetDue { due } => cards.set_due(principal, id, of, due).await,
            TaskCommand::FollowUp { at } => cards.follow_up(principal, id, of, at).await,
        };
        if let Ok(item) = &done {
            let before = self.model.entry(of).or_default().clone();
            assert_eq!(before, task.handling, "the model was right so far");
            let after = before.after(Some(self.people[PEOPLE[who]]), command);
            assert_eq!(item.task.handling, after);
            self.is_among_the_candidates(instance, task, &after, command);
            self.model.insert(of, after);
        }
        told(&done.map(|it| it.task.handling))
    }

    /// Nobody holds a task who was not asked: an approver where the card is, who has no part in the request; or whoever began
    /// it, and with the right to the process whom they have delegated it to.
    fn is_among_the_candidates(&self, instance: &Instance<Cards>, task: &Task, after: &Handling, by: &TaskCommand) {
        if !matches!(by, TaskCommand::Claim | TaskCommand::Reassign { .. } | TaskCommand::Delegate { .. }) {
            return;
        }
        let holder = after.holder().expect("somebody has taken it");
        let called = |names: &[&str]| names.iter().any(|it| self.people[it] == holder);
        let in_hamburg = instance.subject() == self.cards[2];
        let may = match task.sort {
            TaskSort::Approval => {
                let votes = &instance.approval().unwrap().votes;
                let approvers: &[&str] =
                    if in_hamburg { &["ann", "arno", "hanna"] } else { &["ann", "arno", "hanna", "berta"] };
                called(approvers) && !instance.editors().contains(&holder) && !votes.iter().any(|it| it.is_of(holder))
            }
            TaskSort::Form | TaskSort::Information if after.delegate.is_some() => called(&["olga", "otto", "hanna"]),
            TaskSort::Form | TaskSort::Information => called(&["olga"]),
        };
        assert!(may, "{holder} holds {task:?}");
    }

    async fn complete(
        &mut self,
        step: Step,
        who: usize,
        (id, of): At,
        instance: &Instance<Cards>,
        task: &Task,
        person: PersonId,
    ) -> String {
        let (cards, principal) = (&self.office.cards, &self.principal(who));
        let done = match step {
            Step::Judge(verdict) => {
                let seen = instance.approval().map(|it| it.covers);
                let judgement = Judgement { verdict, seen, ..Judgement::reject(of, "because") };
                cards.judge(principal, id, judgement).await
            }
            Step::Cancel => cards.cancel(principal, id).await,
            _ if task.sort == TaskSort::Information => cards.resubmit(principal, id, Answers::none(), "That one").await,
            _ => cards.next(principal, id, Answers::none()).await,
        };
        let holder = task.handling.holder();
        if done.is_ok() && holder.is_some_and(|it| it != person) {
            let spared = matches!(step, Step::Judge(Verdict::TakeBack))
                || matches!(step, Step::Cancel) && task.sort != TaskSort::Form;
            assert!(spared, "{person} has completed what {holder:?} holds: {step:?}");
        }
        if done.is_ok() && matches!(step, Step::Judge(Verdict::Approve)) {
            let model = self.model.entry(of).or_default();
            (model.owner, model.delegate) = (None, None);
        }
        told(&done.map(|it| it.status))
    }

    /// Every task as it is stored.
    async fn tasks(&self) -> Vec<(TaskId, Task)> {
        let mut tasks = Vec::new();
        for id in &self.instances {
            let records = self.store.storage.instance(TENANT, *id).await.unwrap().unwrap();
            for it in records.tasks {
                tasks.push((TaskId::from_uuid(it.at.id()), Task::from_bytes(&it.body).unwrap()));
            }
        }
        // No entry of an index is left behind by a task that is gone.
        let query =
            Query::of(TENANT, cardflow::engine::Scope::All, Search::of(TASK_KIND).filter(everything()).limit(1000));
        let found = self.store.storage.find(&query).await.unwrap();
        let found: BTreeSet<_> = found.records.iter().map(|it| TaskId::from_uuid(it.at.id())).collect();
        assert_eq!(found, tasks.iter().map(|(id, _)| *id).collect());
        tasks
    }

    /// Every inbox, which is as the model says.
    async fn look(&self, order: InboxOrder) -> Vec<String> {
        let (tasks, mut seen) = (self.tasks().await, Vec::new());
        let now = self.office.now();
        for (id, task) in &tasks {
            assert_eq!(task.handling, self.model.get(id).cloned().unwrap_or_default(), "{task:?}");
        }
        for (n, name) in PEOPLE.iter().enumerate() {
            let (principal, person) = (self.principal(n), self.people[name]);
            let operates = ["olga", "otto", "hanna"].contains(name);
            let unit = |task: &Task| *name != "berta" || task.subject != self.cards[2];
            let sees = |task: &Task| match task.sort {
                TaskSort::Approval => unit(task),
                TaskSort::Form | TaskSort::Information => operates || *name == "adam",
            };
            let mine = |task: &Task| match task.handling.holder() {
                Some(holder) => holder == person,
                None => task.sort != TaskSort::Approval && task.requester == Some(person),
            };
            let approves = ["ann", "arno", "hanna", "berta"].contains(name);
            let groups = |task: &Task| approves && task.sort == TaskSort::Approval && task.handling.holder().is_none();
            let listed = |query: InboxQuery| self.listed(&principal, query.order(order));
            let mut sorted: Vec<_> = tasks.iter().filter(|(_, it)| sees(it)).collect();
            sorted.sort_by_key(|(id, it)| {
                let class = if order == InboxOrder::Priority { it.handling.priority } else { Priority::Normal };
                let at = if order == InboxOrder::Created { it.since } else { it.due() };
                (class, at, *id)
            });
            let those = |wanted: &dyn Fn(&Task) -> bool| -> Vec<TaskId> {
                sorted.iter().filter(|(_, it)| wanted(it)).map(|(id, _)| *id).collect()
            };
            let expected = [those(&mine).len(), those(&groups).len()];
            assert_eq!(listed(InboxQuery::mine()).await, those(&mine), "mine of {name} by {order}");
            assert_eq!(listed(InboxQuery::groups()).await, those(&groups), "the groups' of {name} by {order}");
            let late = listed(InboxQuery::mine().overdue()).await;
            assert_eq!(late, those(&|it| mine(it) && it.is_overdue(now)), "overdue, of {name} by {order}");
            let later = self.listed(&principal, InboxQuery::groups().postponed().order(order)).await;
            assert_eq!(later, those(&|it| groups(it) && it.is_postponed(now)), "postponed, of {name} by {order}");
            let untouched = |it: &Task| it.sort == TaskSort::Form && it.handling == Handling::default();
            let all = listed(InboxQuery::all()).await;
            assert_eq!(all, those(&|it| !untouched(it)), "all, of {name} by {order}");
            let counts = self.office.cards.inbox_counts(&principal).await.unwrap();
            assert_eq!([counts.mine.open, counts.groups.open].map(|it| usize::try_from(it).unwrap()), expected);
            seen.push(format!("{name}: {counts:?}"));
        }
        seen
    }

    /// All pages of a list, two a page.
    async fn listed(&self, who: &Principal, query: InboxQuery) -> Vec<TaskId> {
        let (mut found, mut query) = (Vec::new(), query.limit(2));
        loop {
            let page = self.office.cards.inbox(who, query.clone()).await.unwrap();
            found.extend(page.items.iter().map(|it| it.id));
            let Some(next) = page.next else { return found };
            query = query.after(next);
        }
    }
}

fn everything() -> cardflow::ports::Filter {
    use cardflow::engine::{INBOX_KEY, KeyValue};
    cardflow::ports::Filter::Between(INBOX_KEY.code, KeyValue::Bytes(Vec::new()), KeyValue::Bytes(vec![0xFF; 64]))
}

/// What came of a command, in words that are the same over every store.
fn told<T: std::fmt::Debug>(done: &Result<T, Error<Cards>>) -> String {
    match done {
        Ok(it) => format!("Ok {it:?}"),
        Err(Error::Rejected(it)) => format!("refused: {}", it.code()),
        Err(other) => panic!("{other:?}"),
    }
}
