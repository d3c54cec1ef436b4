use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::engine::{Domain, InboxPlace, InboxView, Scope, Task};
use crate::ports::{Call, Identity};
use crate::runtime::{Error, Runtime};
use crate::values::{InstanceId, TaskId, TenantId, Timestamp};

use super::query::{InboxQuery, Whose};
use super::sight::{Sight, within};
use super::stream::{Reading, Stream, Streams};

/// So many of a group are counted: a number that is read must not cost more the longer the list is.
const COUNTED: u64 = 10_000;

/// One task of an inbox.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct InboxItem {
    /// Its id: a command about it names it together with its instance.
    pub id: TaskId,
    /// The title of its process, as the process has it now; its symbolic name if it is not known here any more.
    pub title: String,
    /// The task.
    pub task: Task,
}

impl InboxItem {
    /// The instance that waits.
    #[must_use]
    pub fn instance(&self) -> InstanceId {
        self.task.instance
    }
}

/// A page of an inbox.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InboxPage {
    /// The tasks, in order.
    pub items: Vec<InboxItem>,
    /// Where the next page begins; none if this was the last.
    pub next: Option<InboxPlace>,
}

/// How many tasks wait, by group.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct InboxCounts {
    /// What [`InboxQuery::mine`] finds.
    pub mine: InboxCount,
    /// What [`InboxQuery::groups`] finds: each once, whichever roles it is for.
    pub groups: InboxCount,
    /// What [`InboxQuery::group`] finds, for each of my roles. What is for two of them is counted in both.
    pub by_role: BTreeMap<String, InboxCount>,
}

/// How many tasks a list has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct InboxCount {
    /// In all.
    pub open: u64,
    /// Of these, what should have been done by now.
    pub overdue: u64,
    /// Of these, what was put off.
    pub postponed: u64,
    /// There are more than were counted: of lists past 10 000, the 10 000 that are due first are.
    pub more: bool,
}

impl<D: Domain> Runtime<D> {
    /// Tasks that wait for people, a page of them in order. What is out of the actor's reach is not among them.
    ///
    /// # Errors
    ///
    /// [`Error`]; a place of another order is [`Rejection::InvalidHandling`](crate::engine::Rejection::InvalidHandling), and
    /// whoever may do no task and assign none is [`NotEntitled`](crate::engine::Rejection::NotEntitled).
    pub async fn inbox(&self, call: impl Into<Call<'_>>, query: InboxQuery) -> Result<InboxPage, Error<D>> {
        let principal = call.into().principal;
        let identity = self.identify(principal).await?;
        query.check()?;
        let sight = self.sight(principal, &identity).await?;
        let now = self.clock.now();
        let mut streams = streams(principal.tenant(), &identity, &sight, &query, now);
        let mut page = InboxPage { items: Vec::new(), next: None };
        let mut last = None;
        while let Some(entry) = self.next_task(&mut streams).await? {
            if !sight.sees(&entry.task, &entry.record) || !query.wants(&entry.task, &entry.record, now) {
                continue;
            }
            if page.items.len() == query.limit {
                page.next = last;
                break;
            }
            last = Some(entry.place);
            page.items.push(self.item(entry.id, entry.task));
        }
        Ok(page)
    }

    /// How many tasks wait for the actor: mine, my groups', and each role's, with those overdue and postponed.
    ///
    /// # Errors
    ///
    /// [`Error`], as [`inbox`](Runtime::inbox).
    pub async fn inbox_counts(&self, call: impl Into<Call<'_>>) -> Result<InboxCounts, Error<D>> {
        let principal = call.into().principal;
        let identity = self.identify(principal).await?;
        let sight = self.sight(principal, &identity).await?;
        let now = self.clock.now();
        let tenant = principal.tenant();
        let roles: BTreeSet<_> = identity.roles.iter().map(|it| it.role.as_str()).collect();
        let mut counts = InboxCounts {
            mine: self
                .count(streams(tenant, &identity, &sight, &InboxQuery::mine().limit(1000), now), &sight, now)
                .await?,
            groups: self
                .count(streams(tenant, &identity, &sight, &InboxQuery::groups().limit(1000), now), &sight, now)
                .await?,
            by_role: BTreeMap::new(),
        };
        for role in roles {
            let streams = streams(tenant, &identity, &sight, &InboxQuery::group(role).limit(1000), now);
            counts.by_role.insert(role.to_owned(), self.count(streams, &sight, now).await?);
        }
        Ok(counts)
    }

    async fn count(&self, mut streams: Streams, sight: &Sight, now: Timestamp) -> Result<InboxCount, Error<D>> {
        let mut count = InboxCount::default();
        while let Some(entry) = self.next_task(&mut streams).await? {
            if !sight.sees(&entry.task, &entry.record) {
                continue;
            }
            if count.open == COUNTED {
                count.more = true;
                break;
            }
            count.open += 1;
            count.overdue += u64::from(entry.task.is_overdue(now));
            count.postponed += u64::from(entry.task.is_postponed(now));
        }
        Ok(count)
    }

    pub(super) fn item(&self, id: TaskId, task: Task) -> InboxItem {
        let process = self.registry.latest(&task.process);
        let title = process.map_or_else(|| task.process.clone(), |it| it.outline().title.to_owned());
        InboxItem { id, title, task }
    }
}

/// The parts of the index that together are what a query asks for.
fn streams(tenant: TenantId, identity: &Identity, sight: &Sight, query: &InboxQuery, now: Timestamp) -> Streams {
    let InboxQuery { order, after, limit, .. } = query;
    let reading = Reading { tenant, order: *order, after: *after, times: query.times(now), page: limit + 1 };
    let mut streams = Streams::new(reading);
    let everywhere = BTreeSet::new();
    match &query.whose {
        Whose::Mine => {
            add(&mut streams, InboxView::Mine(identity.person), &everywhere, sight.scopes(false));
            add(&mut streams, InboxView::Form(identity.person), &everywhere, sight.scopes(false));
        }
        Whose::Groups => {
            add_roles(&mut streams, identity, |_| true, sight);
            add(&mut streams, InboxView::Named(identity.person), &everywhere, sight.scopes(true));
        }
        Whose::Group(role) => add_roles(&mut streams, identity, |it| it == role, sight),
        Whose::All => add(&mut streams, query.view_of_all(), &everywhere, sight.scopes(false)),
    }
    streams.begin()
}

/// Only approvals are for roles.
fn add_roles(streams: &mut Streams, identity: &Identity, wanted: impl Fn(&str) -> bool, sight: &Sight) {
    for held in identity.roles.iter().filter(|it| wanted(&it.role)) {
        add(streams, InboxView::Role(&held.role), &held.units, sight.scopes(true));
    }
}

/// A list as far as it lies in some units and within scopes: unit by unit, if it is kept so.
fn add(streams: &mut Streams, view: InboxView<'_>, units: &BTreeSet<String>, scopes: Vec<Scope>) {
    for scope in scopes {
        let scope = within(units, &scope);
        let mut read = |view: InboxView<'_>, scope: Scope| {
            for range in view.ranges(streams.reading.order) {
                streams.all.push(Stream::new(&streams.reading, &range, scope.clone(), units.clone()));
            }
        };
        match &scope {
            Scope::Units(reached) if view.in_unit("").is_some() => {
                for unit in reached {
                    if let Some(part) = view.in_unit(unit) {
                        read(part, scope.clone());
                    }
                }
            }
            _ => read(view, scope),
        }
    }
}
