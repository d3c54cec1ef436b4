use std::collections::{BTreeSet, VecDeque};

use crate::engine::{
    Domain, INBOX_KEY, InboxPlace, InboxRange, KeyValue, Resume, Scope, SharedRecord, TASK_KIND, Task,
};
use crate::ports::{Filter, Place, Query, Search};
use crate::runtime::{Error, Runtime};
use crate::values::{TaskId, TenantId, Timestamp};

/// So many are read first of each of several parts, and twice as many each time after: what a page takes from a part is not
/// known before, and a row that is read in vain costs as much as one that is shown.
const FIRST: usize = 8;

/// A part of an index that is read page by page, within a scope.
#[derive(Debug)]
pub(super) struct Stream {
    query: Query,
    /// The units that the role is limited to by which it is read; none: everywhere.
    units: BTreeSet<String>,
    read: VecDeque<Entry>,
    is_over: bool,
}

/// A task as it was found.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) place: InboxPlace,
    pub(super) id: TaskId,
    pub(super) task: Task,
    pub(super) record: SharedRecord,
}

/// What all streams of a list are read by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) tenant: TenantId,
    pub(super) order: crate::engine::InboxOrder,
    pub(super) after: Option<InboxPlace>,
    pub(super) times: (Timestamp, Timestamp),
    pub(super) page: usize,
}

impl Stream {
    pub(super) fn new(reading: &Reading, range: &InboxRange, scope: Scope, units: BTreeSet<String>) -> Self {
        let (low, high) = range.between(reading.times.0, reading.times.1);
        let between = Filter::Between(INBOX_KEY.code, KeyValue::Bytes(low), KeyValue::Bytes(high));
        let search = Search::of(TASK_KIND).filter(between).limit(reading.page);
        let mut query = Query::of(reading.tenant, scope, search);
        let mut is_over = false;
        match reading.after.map(|it| range.after(&it)) {
            None | Some(Resume::AtBegin) => {}
            Some(Resume::After(value, id)) => query.after = Some(Place { value, id }),
            Some(Resume::Nowhere) => is_over = true,
        }
        Stream { query, units, read: VecDeque::new(), is_over }
    }
}

/// Several streams side by side, as one list in their order, each task once.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) reading: Reading,
    pub(super) all: Vec<Stream>,
    last: Option<TaskId>,
}

impl Streams {
    pub(super) fn new(reading: Reading) -> Self {
        Streams { reading, all: Vec::new(), last: None }
    }

    /// All of them, before the first is read.
    pub(super) fn begin(mut self) -> Self {
        if self.all.len() > 1 {
            self.all.iter_mut().for_each(|it| it.query.limit = FIRST.min(self.reading.page));
        }
        self
    }
}

impl<D: Domain> Runtime<D> {
    /// The next task of a list; none at its end.
    pub(super) async fn next_task(&self, streams: &mut Streams) -> Result<Option<Entry>, Error<D>> {
        let page = streams.reading.page;
        loop {
            for stream in &mut streams.all {
                while stream.read.is_empty() && !stream.is_over {
                    self.read_on(streams.reading.order, stream).await?;
                    stream.query.limit = stream.query.limit.saturating_mul(2).min(page);
                }
            }
            let first = streams.all.iter_mut().filter(|it| !it.read.is_empty());
            let Some(first) = first.min_by_key(|it| it.read.front().map(|it| it.place)) else { return Ok(None) };
            let Some(entry) = first.read.pop_front() else { return Ok(None) };
            // Whoever has two roles of a task finds it twice, at the same place.
            if streams.last.replace(entry.id) != Some(entry.id) {
                return Ok(Some(entry));
            }
        }
    }

    async fn read_on(&self, order: crate::engine::InboxOrder, stream: &mut Stream) -> Result<(), Error<D>> {
        let found = self.storage.find(&stream.query).await?;
        stream.is_over = found.next.is_none();
        stream.query.after = found.next;
        let reach = (!stream.units.is_empty()).then(|| Scope::Units(stream.units.clone()));
        for record in found.records {
            if reach.as_ref().is_some_and(|it| !it.reaches(&record.keys)) {
                continue;
            }
            let (id, task) = (TaskId::from_uuid(record.at.id()), Task::from_bytes(&record.body)?);
            stream.read.push_back(Entry { place: InboxPlace::of(order, id, &task), id, task, record });
        }
        Ok(())
    }
}
