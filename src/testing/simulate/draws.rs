//! What users do next, as the dice say: on what they know, which may be of yesterday.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::book::Facts;
use super::dice::Dice;
use super::given::{Came, Given, Order};
use super::invariants::SECRET;
use super::town::{Town, User};
use crate::cards::{ADMINISTRATOR, APPROVER, Cards, CardsOptions, OPERATOR};
use crate::domain::{ObjectState, PERSON_KIND};
use crate::engine::{Asks, Component, Field, Judgement, Outline, Process, Resolution, Status, StepKind};
use crate::runtime::{InboxItem, Standing};
use crate::values::{Answers, CommandId, Digest, InstanceId, Millis, ObjectRef, Timestamp, Value};
use uuid::Uuid;

/// The states that each process needs its subject in.
pub(super) type Needs = BTreeMap<&'static str, Vec<ObjectState>>;

/// What users have seen so far, and the dice that say what they do with it.
pub(super) struct Draws {
    dice: Dice,
    processes: Vec<Arc<dyn Process<Cards>>>,
    needs: Needs,
    /// How instances stood when somebody saw them, the newest last.
    seen: Vec<Arc<Standing<Cards>>>,
    /// The tasks that somebody saw in an inbox.
    tasks: Vec<InboxItem>,
    /// Who has started what.
    starters: BTreeMap<InstanceId, usize>,
    written: usize,
}

/// So many of what was seen are remembered.
const REMEMBERED: usize = 200;

/// Who does most of it.
const USUALLY: &[&str] = &["ada", "olga", "otto", "ann", "aron", "adam", "adele"];

impl Draws {
    pub(super) fn of(seed: u64, processes: &[Arc<dyn Process<Cards>>], needs: Needs) -> Draws {
        Draws {
            dice: Dice::of(seed, "orders"),
            processes: processes.to_vec(),
            needs,
            seen: Vec::new(),
            tasks: Vec::new(),
            starters: BTreeMap::new(),
            written: 0,
        }
    }

    /// A user learns what came of an order.
    pub(super) fn learns(&mut self, given: &Given) {
        match &given.came {
            Some(Came::Standing(it)) => {
                if matches!(*given.order, Order::Start(..) | Order::Run(..)) {
                    self.starters.entry(it.instance).or_insert(given.user);
                }
                self.seen.push(Arc::clone(it));
            }
            Some(Came::Seen(items)) => self.tasks.extend(items.iter().cloned()),
            _ => {}
        }
        let forget = |count: usize| count.saturating_sub(REMEMBERED);
        self.seen.drain(..forget(self.seen.len()));
        self.tasks.drain(..forget(self.tasks.len()));
    }

    fn id(&mut self) -> CommandId {
        CommandId::from_uuid(Uuid::from_u64_pair(self.dice.roll(), self.dice.roll()))
    }

    /// Somebody who usually does such things; now and then anybody.
    fn who(&mut self, town: &Town, roles: &[&str]) -> usize {
        let able = |it: &User| roles.contains(&it.role) && USUALLY.contains(&it.account);
        let able: Vec<_> = (0..town.users.len()).filter(|n| able(&town.users[*n])).collect();
        if able.is_empty() || self.dice.one_in(10) { self.dice.below(town.users.len()) } else { *self.dice.pick(&able) }
    }

    /// Whoever has started an instance; now and then somebody else.
    fn starter(&mut self, town: &Town, instance: InstanceId) -> usize {
        match self.starters.get(&instance) {
            Some(user) if !self.dice.one_in(8) => *user,
            _ => self.who(town, &[OPERATOR]),
        }
    }

    /// How some instance stood when it was last seen, or now and then long ago; of those that are like this.
    fn some(&mut self, like: fn(&Standing<Cards>) -> bool) -> Option<Arc<Standing<Cards>>> {
        let long_ago = self.dice.one_in(5);
        let mut known = BTreeSet::new();
        let newest = self.seen.iter().rev().filter(|it| long_ago || known.insert(it.instance));
        let most = if long_ago { REMEMBERED } else { 5 };
        let mut choice: Vec<_> = newest.filter(|it| like(it)).take(most).collect();
        choice.reverse();
        (!choice.is_empty()).then(|| Arc::clone(*self.dice.pick(&choice)))
    }

    fn words(&mut self) -> String {
        self.written += 1;
        format!("{SECRET} {}", self.written)
    }

    fn value(&mut self, field: &Field<Cards>, now: Timestamp) -> Option<Value> {
        Some(match &field.asks {
            Asks::Choice(list) => {
                let options = CardsOptions::default();
                let choices = list(&options);
                if choices.is_empty() {
                    return None;
                }
                Value::Choice((*self.dice.pick(&choices)).to_owned())
            }
            Asks::Text(most) => Value::Text(self.words().chars().take(*most).collect()),
            Asks::PastTime => Value::Time(now.minus(Millis::hours(1))),
            Asks::Time => Value::Time(now.plus(Millis::days(1))),
            Asks::Number(least, most) => Value::Number(if self.dice.one_in(2) { *least } else { *most }),
            Asks::Flag => Value::Flag(self.dice.one_in(2)),
        })
    }

    fn answers(&mut self, process: &str, step: Option<&str>, now: Timestamp) -> Answers {
        let mut answers = Answers::none();
        let Some(process) = self.processes.iter().find(|it| it.outline().name == process).cloned() else {
            return answers;
        };
        let forms = process.outline().steps.iter().filter_map(|it| match &it.kind {
            StepKind::Form(form) if step.is_none_or(|step| step == it.name) => Some(form),
            _ => None,
        });
        for field in forms.take(1).flat_map(|it| it.fields()) {
            if (field.required || self.dice.one_in(3))
                && let Some(value) = self.value(field, now)
            {
                answers = answers.with(field.name, value);
            }
        }
        answers
    }

    /// A process and what it is to run on; mostly what can be.
    fn what(&mut self, town: &Town, facts: &Facts) -> (&'static str, ObjectRef) {
        let by_person = |it: &Outline<Cards>| it.components.iter().any(|it| *it != Component::Worker);
        let outlines = self.processes.iter().map(|it| it.outline());
        let pairs = outlines.flat_map(|outline| {
            let subjects =
                if outline.subject == PERSON_KIND { std::slice::from_ref(&town.holder) } else { &town.cards };
            subjects.iter().map(move |it| (outline, *it))
        });
        let pairs: Vec<_> = pairs.collect();
        let fits = |(outline, subject): &(&Outline<Cards>, ObjectRef)| {
            let state = facts.objects.get(subject).and_then(|it| it.state());
            let needs = self.needs.get(outline.name);
            by_person(outline) && state.is_some_and(|it| needs.is_some_and(|needs| needs.contains(&it)))
        };
        let fitting: Vec<_> = pairs.iter().filter(|it| fits(it)).collect();
        // What is for good comes last, else there is soon nothing left; and what only looks finds little.
        let rare = |name| matches!(name, "CardsProcLock" | "CardsProcReconcile" | "CardsProcCloseAuthorityHold");
        let often: Vec<_> = fitting.iter().filter(|(outline, _)| !rare(outline.name)).collect();
        let (outline, subject) = match self.dice.below(16) {
            0 => *self.dice.pick(&pairs),
            1.. if !often.is_empty() && !self.dice.one_in(12) => ***self.dice.pick(&often),
            _ if !fitting.is_empty() => **self.dice.pick(&fitting),
            _ => *self.dice.pick(&pairs),
        };
        (outline.name, subject)
    }

    fn begins(&mut self, town: &Town, now: Timestamp, facts: &Facts) -> (usize, Order) {
        let (name, subject) = self.what(town, facts);
        let own = if name == "CardsProcDeactivate" { 4 } else { 40 };
        let user = if self.dice.one_in(own) { 0 } else { self.who(town, &[OPERATOR]) };
        if self.dice.one_in(2) {
            return (user, Order::Start(name, subject));
        }
        let answers = self.answers(name, None, now);
        (user, Order::Run(name, subject, answers))
    }

    fn answers_form(&mut self, town: &Town, now: Timestamp) -> Option<(usize, Order)> {
        let standing = self.some(|it| matches!(it.status, Status::Waiting { .. }) && it.approval.is_none())?;
        let Status::Waiting { step, .. } = &standing.status else { return None };
        let user = self.starter(town, standing.instance);
        if self.dice.one_in(8) {
            return Some((user, Order::Cancel(standing.instance)));
        }
        // What was shown was shown without answers.
        let quotes = standing.preview.as_ref().filter(|_| self.dice.one_in(2));
        let answers = match quotes {
            Some(preview) => Answers::none().seen(preview.digest),
            None => self.answers(&standing.process, Some(step), now),
        };
        Some((user, Order::Next(standing.instance, answers)))
    }

    fn judges(&mut self, town: &Town, now: Timestamp) -> Option<(usize, Order)> {
        let standing = self.some(|it| it.approval.is_some())?;
        let (task, approval) = (standing.task()?, standing.approval.as_ref()?);
        let instance = standing.instance;
        if self.dice.one_in(12) {
            return Some((self.starter(town, instance), Order::Cancel(instance)));
        }
        if approval.sent_back && self.dice.one_in(2) {
            let (user, words) = (self.starter(town, instance), self.words());
            let answers = self.answers(&standing.process, None, now);
            return Some((user, Order::Resubmit(instance, answers, words)));
        }
        let user = if self.dice.one_in(5) { self.starter(town, instance) } else { self.who(town, &[APPROVER]) };
        let words = self.words();
        // Now and then somebody agrees to what was never asked.
        let covers = if self.dice.one_in(15) { Digest::ZERO } else { approval.covers };
        let judgement = match self.dice.below(12) {
            0 | 1 => Judgement::reject(task, &words),
            2 => Judgement::postpone(task, self.dice.one_in(2).then(|| now.plus(Millis::hours(1)))).note(&words),
            3 => Judgement::ask(task, &words),
            4 => Judgement::take_back(task),
            _ => Judgement::approve(task, covers).note(&words),
        };
        Some((user, Order::Judge(instance, judgement)))
    }

    fn resolves(&mut self, town: &Town) -> Option<(usize, Order)> {
        let standing = self.some(|it| !it.incidents.is_empty())?;
        let nth = u32::try_from(self.dice.below(standing.incidents.len())).ok()?;
        let how = self.dice.weighed(&[(3, Resolution::Retry), (1, Resolution::Skip), (1, Resolution::ByHand)]);
        let words = self.words();
        Some((self.who(town, &[ADMINISTRATOR]), Order::Resolve(standing.instance, nth, how, words)))
    }

    fn handles(&mut self, town: &Town) -> Option<(usize, Order)> {
        let (instance, task) = match self.tasks.is_empty() || self.dice.one_in(2) {
            true => {
                let standing = self.some(|it| it.approval.is_some()).or_else(|| self.some(|it| it.task().is_some()))?;
                (standing.instance, standing.task()?)
            }
            false => {
                let item = self.dice.pick(&self.tasks);
                (item.instance(), item.id)
            }
        };
        let words = self.words();
        let order = match self.dice.below(3) {
            0 => Order::Claim(instance, task),
            1 => Order::Unclaim(instance, task),
            _ => Order::Comment(instance, task, words),
        };
        Some((self.who(town, &[APPROVER]), order))
    }

    fn looks(&mut self, town: &Town) -> (usize, Order) {
        let instance = self.some(|_| true).map(|it| it.instance);
        match (self.dice.below(8), instance) {
            (0, _) => (self.who(town, &[OPERATOR]), Order::Search),
            (1, _) => (self.who(town, &[OPERATOR]), Order::Open(*self.dice.pick(&town.cards))),
            (2, _) => (self.who(town, &[OPERATOR]), Order::History(*self.dice.pick(&town.cards))),
            (3, _) => (self.who(town, &[APPROVER]), Order::Inbox),
            (4, _) => (self.who(town, &[ADMINISTRATOR]), Order::Incidents),
            (5, Some(it)) => (self.who(town, &[APPROVER]), Order::Request(it)),
            (_, Some(it)) => (self.who(town, &[OPERATOR]), Order::Look(it)),
            (_, None) => (self.who(town, &[ADMINISTRATOR]), Order::Unmet),
        }
    }

    /// Whether a user looks at once whether it is so, and at which host.
    pub(super) fn looks_at_once(&mut self, hosts: usize) -> Option<usize> {
        self.dice.one_in(3).then(|| self.dice.below(hosts))
    }

    fn once_more(&mut self, given: &[Given]) -> Option<Given> {
        let commands: Vec<_> = given.iter().rev().filter(|it| it.order.is_command() && !it.reuses).take(12).collect();
        let old = (!commands.is_empty()).then(|| (*self.dice.pick(&commands)).clone())?;
        Some(Given { again: Some(old.again.unwrap_or(old.call)), ..old })
    }

    /// What happens next.
    pub(super) fn next(&mut self, town: &Town, given: &[Given], hosts: usize, now: Timestamp, facts: &Facts) -> Given {
        let (call, host, commits) = (given.len(), self.dice.below(hosts), facts.commits);
        if self.dice.one_in(8)
            && let Some(again) = self.once_more(given)
        {
            return Given { call, host, after: commits, came: None, ..again };
        }
        let (user, order) = match self.dice.below(20) {
            0..=5 => Some(self.begins(town, now, facts)),
            6..=10 => self.answers_form(town, now),
            11..=13 => self.judges(town, now),
            14 => self.resolves(town),
            15 | 16 => self.handles(town),
            _ => Some(self.looks(town)),
        }
        .unwrap_or_else(|| self.begins(town, now, facts));
        let (id, order) = (self.id(), Arc::new(order));
        let fresh = Given { call, user, host, id, order, after: commits, again: None, reuses: false, came: None };
        if self.dice.one_in(40) && fresh.order.is_command() {
            let same = |it: &&Given| it.user == user && it.came.as_ref().is_some_and(Came::is_done);
            // What was quoted of a preview makes no other command.
            let other = |it: &&Given| same(it) && it.order.is_command() && it.order.name() != fresh.order.name();
            if let Some(used) = given.iter().rev().find(other) {
                return Given { id: used.id, reuses: true, ..fresh };
            }
        }
        fresh
    }
}
