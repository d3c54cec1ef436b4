use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::{LocalBoxFuture, join_all};

use super::sample::{Altered, SCHEMA, TENANT, at, command, home, host, id, person, run};
use super::{StorageCapabilities, StorageFactory};
use crate::engine::chain::{ChainHead, Linked};
use crate::engine::{Scope, SharedRecord};
use crate::ports::{
    Claim, Commit, Committed, Found, Home, InstanceRecords, Query, Remembered, Search, Storage, StorageError, Work,
    WorkSort,
};
use crate::values::{EffectId, HomeId, Revision};

/// A store under test, and what the checks ask of it.
pub struct Trial {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) can: StorageCapabilities,
    place: Box<dyn Place>,
}

/// Where a store lies, so that it can be opened again.
trait Place {
    fn reopen(&self) -> LocalBoxFuture<'_, Arc<dyn Storage>>;
}

struct Opened<F: StorageFactory> {
    factory: Rc<F>,
    guard: F::Guard,
}

impl<F: StorageFactory> Place for Opened<F> {
    fn reopen(&self) -> LocalBoxFuture<'_, Arc<dyn Storage>> {
        Box::pin(self.factory.reopen(&self.guard, &SCHEMA))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("storage", &self.storage).finish_non_exhaustive()
    }
}

impl Trial {
    pub(super) async fn open<F: StorageFactory>(factory: Rc<F>) -> Trial {
        let (guard, storage) = factory.storage(&SCHEMA).await;
        let can = factory.capabilities();
        Trial { storage, can, place: Box::new(Opened { factory, guard }) }
    }

    /// The same store after a restart; none if it is not durable.
    pub(super) async fn reopened(self) -> Option<Trial> {
        let Trial { storage, can, place } = self;
        drop(storage);
        if !can.durable {
            return None;
        }
        let storage = place.reopen().await;
        Some(Trial { storage, can, place })
    }

    pub(super) async fn commit(&self, commit: Commit) -> Result<Committed, StorageError> {
        self.storage.commit(commit).await
    }

    /// A commit that must be stored; the heads it moved, and the work that stands behind other work.
    pub(super) async fn stored(&self, commit: Commit) -> (Vec<(HomeId, ChainHead)>, Vec<EffectId>) {
        match self.commit(commit).await {
            Ok(Committed::Stored { heads, behind }) => (heads, behind),
            other => panic!("not stored: {other:?}"),
        }
    }

    /// A commit that must be known already.
    pub(super) async fn repeated(&self, commit: Commit) -> Remembered {
        match self.commit(commit).await {
            Ok(Committed::Repeated(it)) => it,
            other => panic!("not repeated: {other:?}"),
        }
    }

    pub(super) async fn conflicts(&self, commit: Commit) {
        let answer = self.commit(commit).await;
        assert!(matches!(answer, Err(StorageError::Conflict { .. })), "no conflict: {answer:?}");
    }

    pub(super) async fn is_taken(&self, commit: Commit) {
        let answer = self.commit(commit).await;
        assert!(matches!(answer, Err(StorageError::AlreadyExists { .. })), "nothing is taken: {answer:?}");
    }

    pub(super) async fn unsupported(&self, commit: Commit) {
        let answer = self.commit(commit).await;
        assert!(matches!(answer, Err(StorageError::Unsupported { .. })), "supported: {answer:?}");
    }

    /// Several commits at the same time; their answers in this order.
    pub(super) async fn race(&self, commits: impl IntoIterator<Item = Commit>) -> Vec<Result<Committed, StorageError>> {
        join_all(commits.into_iter().map(|it| self.storage.commit(it))).await
    }

    /// Writes objects as the next revisions of what is there.
    pub(super) async fn put(&self, records: impl IntoIterator<Item = SharedRecord>) {
        let mut commit = Commit::of(TENANT);
        for record in records {
            let there = self.home_of(record.home()).await;
            let stored = there.records.iter().find(|it| it.at == record.at);
            let revision = stored.map_or(Revision::NONE, |it| it.revision).next();
            if !commit.expects.iter().any(|(it, _)| *it == there.id) {
                commit.expects.push((there.id, there.revision));
            }
            commit.puts.push(record.at_revision(revision.number()));
        }
        self.stored(commit).await;
    }

    async fn home_of(&self, id: HomeId) -> Home {
        let [home] = self.storage.homes(TENANT, &[id]).await.unwrap().try_into().unwrap();
        assert_eq!(home.id, id);
        home
    }

    pub(super) async fn home(&self, n: u128) -> Home {
        self.home_of(home(n)).await
    }

    pub(super) async fn revision(&self, n: u128) -> u64 {
        self.home(n).await.revision.number()
    }

    /// The one object of a home.
    pub(super) async fn object(&self, n: u128) -> SharedRecord {
        let [record] = self.home(n).await.records.try_into().unwrap();
        record
    }

    pub(super) async fn page(&self, search: Search) -> Found {
        self.storage.find(&Query::of(TENANT, Scope::All, search)).await.unwrap()
    }

    /// The numbers of what a search finds, in order, on one page.
    pub(super) async fn found(&self, search: Search) -> Vec<u128> {
        numbers(&self.page(search.limit(1000)).await)
    }

    /// The numbers of what a search finds, page by page.
    pub(super) async fn pages(&self, search: Search) -> Vec<Vec<u128>> {
        let mut pages = Vec::new();
        let mut next = search.clone();
        // A store that never ends its pages must not hang its test.
        while pages.len() < 100 {
            let page = self.page(next).await;
            pages.push(numbers(&page));
            match page.next {
                Some(place) => next = search.clone().after(place),
                None => return pages,
            }
        }
        panic!("there is always one more page: {pages:?}")
    }

    pub(super) async fn instance(&self, n: u128) -> Option<InstanceRecords> {
        self.storage.instance(TENANT, run(n)).await.unwrap()
    }

    /// The work of instance 1.
    pub(super) async fn work(&self) -> Vec<Work> {
        self.instance(1).await.map(|it| it.work).unwrap_or_default()
    }

    /// A chain from its beginning.
    pub(super) async fn history(&self, n: u128) -> Vec<Linked> {
        let mut records = self.storage.history(TENANT, home(n), None, 10_000).await.unwrap();
        records.reverse();
        records
    }

    /// What the records of a chain say, from its beginning.
    pub(super) async fn told(&self, n: u128) -> Vec<String> {
        self.history(n).await.into_iter().map(|it| String::from_utf8(it.open).unwrap()).collect()
    }

    /// The answer to a command of person 1.
    pub(super) async fn remembered(&self, n: u128) -> Option<Remembered> {
        self.storage.remembered(TENANT, Some(person(1)), command(n)).await.unwrap()
    }

    pub(super) async fn under_way<const N: usize>(&self, targets: [&str; N]) -> Vec<String> {
        self.storage.under_way(TENANT, &targets.map(str::to_owned)).await.unwrap()
    }

    /// Requests given to a host at a time, for a minute.
    pub(super) async fn claim(&self, by: u128, seconds: i64) -> Vec<Work> {
        self.claim_as(claim(by, seconds)).await
    }

    pub(super) async fn claim_as(&self, claim: Claim) -> Vec<Work> {
        self.storage.claim(&claim).await.unwrap()
    }

    /// The numbers of the requests given to a host at a time, for a minute.
    pub(super) async fn claimed(&self, by: u128, seconds: i64) -> Vec<u128> {
        self.claim(by, seconds).await.iter().map(|it| it.id.uuid().as_u128()).collect()
    }

    /// Everything of this number is there.
    pub(super) async fn has_everything(&self, n: u128) {
        let home = self.home(n).await;
        assert_eq!((home.revision.number(), home.records.len(), home.head.length), (1, 1, 1), "home {n}");
        let instance = self.instance(n).await.unwrap_or_else(|| panic!("no instance {n}"));
        assert_eq!((instance.tasks.len(), instance.work.len()), (1, 1), "instance {n}");
        assert_eq!(self.told(n).await, ["commanded"]);
        assert!(self.remembered(n).await.is_some());
    }

    /// Nothing of this number is there, nor comes to light later.
    pub(super) async fn has_nothing(&self, n: u128) {
        let home = self.home(n).await;
        assert_eq!(home, Home { id: home.id, revision: Revision::NONE, head: ChainHead::EMPTY, records: vec![] });
        assert_eq!(self.instance(n).await, None);
        assert_eq!(self.history(n).await, []);
        assert_eq!(self.remembered(n).await, None);
        assert!(!self.claimed(99, 1000).await.contains(&n), "work {n} is given out");
    }
}

/// A claim of requests by a host at a time, for a minute.
pub(super) fn claim(by: u128, seconds: i64) -> Claim {
    Claim { sort: WorkSort::Effect, host: host(by), now: at(seconds), until: at(seconds + 60), limit: 1000 }
}

pub(super) fn numbers(found: &Found) -> Vec<u128> {
    found.records.iter().map(|it| it.at.id().as_u128()).collect()
}

/// How many were stored; none may have failed but by a conflict.
pub(super) fn winners(answers: &[Result<Committed, StorageError>]) -> usize {
    let lost = |it: &&Result<_, _>| matches!(it, Err(StorageError::Conflict { .. }));
    let won = |it: &&Result<_, _>| matches!(it, Ok(Committed::Stored { .. }));
    let won_count = answers.iter().filter(won).count();
    assert_eq!(won_count + answers.iter().filter(lost).count(), answers.len(), "{answers:?}");
    won_count
}

/// The ids of these numbers.
pub(super) fn ids(numbers: impl IntoIterator<Item = u128>) -> Vec<uuid::Uuid> {
    numbers.into_iter().map(id).collect()
}
