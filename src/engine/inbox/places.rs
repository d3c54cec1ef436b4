use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Priority;
use crate::engine::decide::FORM_WAITS;
use crate::engine::task::{Task, TaskSort};
use crate::values::{ObjectRef, PersonId, TaskId, Timestamp, codes};

/// What stands for "some time later": after every date.
const LATER: Timestamp = Timestamp::from_millis(i64::MAX);

codes! {
    /// The order in which tasks are listed. Of two that are alike in it, the one that began first comes first.
    #[derive(Default)]
    pub enum InboxOrder ("order of tasks") {
        /// What is due first.
        #[default]
        Due = "due",
        /// The more urgent, then what is due first.
        Priority = "priority",
        /// What has waited longest.
        Created = "created",
        /// Only what was postponed: what comes back first.
        FollowUp = "follow-up",
    }
}

/// A list of tasks that is kept in its order, so that its first page costs the same however long it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum InboxView<'a> {
    /// Forms that a person has begun and nobody has touched: most tasks are of this kind, and each stands in this one list
    /// only, because it is there for seconds and must cost next to nothing.
    Form(PersonId),
    /// What a person holds, or what is for that person alone.
    Mine(PersonId),
    /// What whoever has this role may claim.
    Role(&'a str),
    /// The part of that which lies in this unit: a right that reaches one unit of a hundred reads no more than that.
    RoleIn(&'a str, &'a str),
    /// What this person and others may claim, by their names.
    Named(PersonId),
    /// All but untouched forms.
    All,
    /// The part of that which lies in this unit.
    AllIn(&'a str),
    /// All about this object, but untouched forms. By due date only, as all below.
    Subject(ObjectRef),
    /// All about what belongs to this person.
    Owner(PersonId),
    /// All of this process.
    Process(&'a str),
}

/// What a list is sorted by, before the times: an index holds one entry for each class and reads them side by side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Rank {
    Class(Priority),
    Created,
    Postponed,
}

impl<'a> InboxView<'a> {
    /// The part of it that lies in a unit, if that is kept apart.
    #[must_use]
    pub fn in_unit(self, unit: &'a str) -> Option<Self> {
        match self {
            InboxView::Role(role) => Some(InboxView::RoleIn(role, unit)),
            InboxView::All => Some(InboxView::AllIn(unit)),
            _ => None,
        }
    }

    /// Whether it is kept in every order, or by due date only.
    fn is_for_people(self) -> bool {
        match self {
            InboxView::Mine(_) | InboxView::Role(_) | InboxView::RoleIn(..) | InboxView::Named(_) => true,
            InboxView::All | InboxView::AllIn(_) => true,
            InboxView::Form(_) | InboxView::Subject(_) | InboxView::Owner(_) | InboxView::Process(_) => false,
        }
    }

    fn prefix(self, rank: Rank) -> Vec<u8> {
        let (code, id, names) = match self {
            InboxView::Form(person) => (1, Some(person.uuid()), ["", ""]),
            InboxView::Mine(person) => (2, Some(person.uuid()), ["", ""]),
            InboxView::Role(role) => (3, None, [role, ""]),
            InboxView::Named(person) => (4, Some(person.uuid()), ["", ""]),
            InboxView::All => (5, None, ["", ""]),
            InboxView::Subject(object) => (6, Some(object.id()), ["", ""]),
            InboxView::Owner(person) => (7, Some(person.uuid()), ["", ""]),
            InboxView::Process(name) => (8, None, [name, ""]),
            InboxView::RoleIn(role, unit) => (9, None, [role, unit]),
            InboxView::AllIn(unit) => (10, None, ["", unit]),
        };
        let rank = match rank {
            Rank::Class(Priority::Urgent) => 0,
            Rank::Class(Priority::High) => 1,
            Rank::Class(Priority::Normal) => 2,
            Rank::Class(Priority::Low) => 3,
            Rank::Created => 4,
            Rank::Postponed => 5,
        };
        let mut bytes = Vec::with_capacity(names.iter().map(|it| it.len()).sum::<usize>() + 26);
        bytes.push(code);
        bytes.extend(id.iter().flat_map(Uuid::as_bytes));
        for name in names.iter().filter(|_| id.is_none()) {
            // INVARIANT: the length stands before the name, so that no name is the beginning of another.
            bytes.extend(u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend(name.as_bytes());
        }
        bytes.push(rank);
        bytes
    }

    fn value(self, rank: Rank, at: Timestamp) -> Vec<u8> {
        let mut bytes = self.prefix(rank);
        bytes.extend(sorting(at));
        bytes
    }

    /// The parts of an index that together are this list in an order. None if it is not kept in that order.
    #[must_use]
    pub fn ranges(self, order: InboxOrder) -> Vec<InboxRange> {
        let range = |rank| InboxRange { prefix: self.prefix(rank), rank, form: matches!(self, InboxView::Form(_)) };
        match order {
            InboxOrder::Due | InboxOrder::Priority if matches!(self, InboxView::Form(_)) => {
                vec![range(Rank::Class(Priority::Normal))]
            }
            InboxOrder::Due | InboxOrder::Priority => Priority::ALL.iter().map(|it| range(Rank::Class(*it))).collect(),
            // Every form waits equally long: what is due first was there first.
            InboxOrder::Created if matches!(self, InboxView::Form(_)) => vec![range(Rank::Class(Priority::Normal))],
            InboxOrder::Created if self.is_for_people() => vec![range(Rank::Created)],
            InboxOrder::FollowUp if self.is_for_people() => vec![range(Rank::Postponed)],
            InboxOrder::Created | InboxOrder::FollowUp => Vec::new(),
        }
    }
}

fn sorting(at: Timestamp) -> [u8; 8] {
    (at.millis() ^ i64::MIN).to_be_bytes()
}

/// A part of an index, to be read from the beginning or from a place on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InboxRange {
    prefix: Vec<u8>,
    rank: Rank,
    form: bool,
}

impl InboxRange {
    /// The values at its ends, both included, with what lies between two times.
    #[must_use]
    pub fn between(&self, from: Timestamp, until: Timestamp) -> (Vec<u8>, Vec<u8>) {
        let end = |at| self.prefix.iter().copied().chain(sorting(at)).collect();
        (end(from), end(until))
    }

    /// Where to go on in it after a place in the order of all.
    #[must_use]
    pub fn after(&self, place: &InboxPlace) -> Resume {
        if let (InboxOrder::Priority, Rank::Class(class)) = (place.order, self.rank)
            && class != place.class
        {
            return if class > place.class { Resume::AtBegin } else { Resume::Nowhere };
        }
        let at = if self.form && place.order == InboxOrder::Created { place.at.plus(FORM_WAITS) } else { place.at };
        Resume::After(self.between(at, at).0, place.id.uuid())
    }
}

/// Where to go on in an [`InboxRange`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Resume {
    /// All of it comes after the place.
    AtBegin,
    /// After this value and id.
    After(Vec<u8>, Uuid),
    /// All of it lies before the place.
    Nowhere,
}

/// A place in a list of tasks: what comes after it is the next page. Opaque to hosts, who hand it back as they got it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct InboxPlace {
    order: InboxOrder,
    class: Priority,
    at: Timestamp,
    id: TaskId,
}

impl InboxPlace {
    /// The place of a task in an order.
    #[must_use]
    pub fn of(order: InboxOrder, id: TaskId, task: &Task) -> Self {
        let class = if order == InboxOrder::Priority { task.handling.priority } else { Priority::Normal };
        let at = match order {
            InboxOrder::Due | InboxOrder::Priority => task.due(),
            InboxOrder::Created => task.since,
            InboxOrder::FollowUp => task.postponed_to().map_or(LATER, |it| it.unwrap_or(LATER)),
        };
        InboxPlace { order, class, at, id }
    }

    /// The order it is a place in.
    #[must_use]
    pub fn order(&self) -> InboxOrder {
        self.order
    }
}

/// Whose a task is.
enum Whose {
    One(PersonId),
    Candidates,
}

fn whose(task: &Task) -> Whose {
    match (task.handling.holder(), task.persons.first()) {
        (Some(holder), _) => Whose::One(holder),
        (None, Some(person)) if task.roles.is_empty() && task.persons.len() == 1 => Whose::One(*person),
        (None, _) => Whose::Candidates,
    }
}

/// Hands out the values by which a task is found: its places in the lists it stands in. `units` and `owners` are those of
/// its subject.
pub fn inbox_values<'a>(
    task: &'a Task,
    units: impl Iterator<Item = &'a str> + Clone,
    owners: impl Iterator<Item = PersonId>,
    mut each: impl FnMut(Vec<u8>),
) {
    let Task { sort, handling, persons, roles, .. } = task;
    let due = Rank::Class(handling.priority);
    if let (TaskSort::Form, Some(person)) = (sort, persons.first())
        && *handling == Default::default()
    {
        return each(InboxView::Form(*person).value(due, task.due()));
    }
    let mut views = match whose(task) {
        Whose::One(person) => vec![InboxView::Mine(person)],
        Whose::Candidates => {
            let mut views: Vec<_> = persons.iter().map(|it| InboxView::Named(*it)).collect();
            for role in roles {
                views.push(InboxView::Role(role));
                views.extend(units.clone().map(|it| InboxView::RoleIn(role, it)));
            }
            views
        }
    };
    views.push(InboxView::All);
    views.extend(units.map(InboxView::AllIn));
    for view in views {
        each(view.value(due, task.due()));
        each(view.value(Rank::Created, task.since));
        if let Some(to) = task.postponed_to() {
            each(view.value(Rank::Postponed, to.unwrap_or(LATER)));
        }
    }
    let about = [InboxView::Subject(task.subject), InboxView::Process(&task.process)];
    about.into_iter().chain(owners.map(InboxView::Owner)).for_each(|it| each(it.value(due, task.due())));
}
