use crate::engine::{InboxOrder, InboxPlace, InboxView, OWNER_KEY, Record, Task, TaskSort};
use crate::engine::{KeyRef, Rejection};
use crate::values::{ObjectRef, PersonId, Timestamp};

/// Which tasks are asked for, in which order. What is out of the actor's reach is never among them.
///
/// ```
/// use cardflow::engine::{InboxOrder, TaskSort};
/// use cardflow::runtime::InboxQuery;
///
/// let late = InboxQuery::groups().overdue().sort(TaskSort::Approval);
/// let urgent = InboxQuery::mine().order(InboxOrder::Priority).limit(20);
/// # let _ = (late, urgent);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InboxQuery {
    pub(super) whose: Whose,
    pub(super) order: InboxOrder,
    pub(super) after: Option<InboxPlace>,
    pub(super) limit: usize,
    overdue: bool,
    postponed: bool,
    process: Option<String>,
    holder: Option<PersonId>,
    subject: Option<ObjectRef>,
    sort: Option<TaskSort>,
}

/// Whose tasks are asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Whose {
    Mine,
    Groups,
    Group(String),
    All,
}

impl InboxQuery {
    fn of(whose: Whose) -> Self {
        InboxQuery {
            whose,
            order: InboxOrder::Due,
            after: None,
            limit: 50,
            overdue: false,
            postponed: false,
            process: None,
            holder: None,
            subject: None,
            sort: None,
        }
    }

    /// *Mine*: what I have claimed or was given, and what is for me alone, such as the forms I have begun.
    #[must_use]
    pub fn mine() -> Self {
        InboxQuery::of(Whose::Mine)
    }

    /// *My groups'*: what nobody has claimed and I may claim, by one of my roles or by name.
    #[must_use]
    pub fn groups() -> Self {
        InboxQuery::of(Whose::Groups)
    }

    /// What nobody has claimed and whoever has this role may claim; nothing if I do not have it.
    #[must_use]
    pub fn group(role: &str) -> Self {
        InboxQuery::of(Whose::Group(role.to_owned()))
    }

    /// All within my reach, claimed or not; but not forms that somebody has just begun and nobody handed on.
    #[must_use]
    pub fn all() -> Self {
        InboxQuery::of(Whose::All)
    }

    /// Only what should have been done by now.
    #[must_use]
    pub fn overdue(mut self) -> Self {
        self.overdue = true;
        self
    }

    /// Only what was put off to a time still to come or just for later; what comes back first stands first.
    #[must_use]
    pub fn postponed(mut self) -> Self {
        self.postponed = true;
        self.order = InboxOrder::FollowUp;
        self
    }

    /// Only of this process, by its symbolic name.
    #[must_use]
    pub fn process(mut self, name: &str) -> Self {
        self.process = Some(name.to_owned());
        self
    }

    /// Only about what belongs to this person.
    #[must_use]
    pub fn holder(mut self, person: PersonId) -> Self {
        self.holder = Some(person);
        self
    }

    /// Only about this object.
    #[must_use]
    pub fn subject(mut self, subject: ObjectRef) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Only what asks this of people.
    #[must_use]
    pub fn sort(mut self, sort: TaskSort) -> Self {
        self.sort = Some(sort);
        self
    }

    /// In this order; the usual one is that of the due dates.
    #[must_use]
    pub fn order(mut self, order: InboxOrder) -> Self {
        self.order = order;
        self
    }

    /// The page after this place: [`InboxPage::next`](super::InboxPage::next) of the page before.
    #[must_use]
    pub fn after(mut self, place: InboxPlace) -> Self {
        self.after = Some(place);
        self
    }

    /// At most so many a page, from 1 to 1000; the usual number is 50.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit.clamp(1, 1000);
        self
    }

    /// A place belongs to its order.
    pub(super) fn check<D: crate::engine::Domain>(&self) -> Result<(), Rejection<D>> {
        match self.after {
            Some(place) if place.order() != self.order => {
                Err(Rejection::InvalidHandling { what: "the place belongs to a list in another order; begin anew" })
            }
            _ => Ok(()),
        }
    }

    /// Whether a task is asked for, whosever it is.
    pub(super) fn wants(&self, task: &Task, record: &Record, now: Timestamp) -> bool {
        let owned = |it: PersonId| record.keys.of(OWNER_KEY.code).any(|key| key == KeyRef::Id(it.uuid()));
        (!self.overdue || task.is_overdue(now))
            && (!self.postponed || task.is_postponed(now))
            && self.process.as_ref().is_none_or(|it| *it == task.process)
            && self.holder.is_none_or(owned)
            && self.subject.is_none_or(|it| it == task.subject)
            && self.sort.is_none_or(|it| it == task.sort)
    }

    /// Which times of its order it reads.
    pub(super) fn times(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let (first, last) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
        let one = crate::values::Millis::new(1);
        match self.order {
            InboxOrder::Due | InboxOrder::Priority if self.overdue => (first, now.minus(one)),
            InboxOrder::FollowUp if self.postponed => (now.plus(one), last),
            _ => (first, last),
        }
    }

    /// The narrowest list that holds all that [`InboxQuery::all`] asks for.
    pub(super) fn view_of_all(&self) -> InboxView<'_> {
        let by_due = self.order == InboxOrder::Due;
        let narrow = || {
            let subject = self.subject.map(InboxView::Subject);
            let holder = || self.holder.map(InboxView::Owner);
            subject.or_else(holder).or_else(|| self.process.as_deref().map(InboxView::Process))
        };
        narrow().filter(|_| by_due).unwrap_or(InboxView::All)
    }
}
