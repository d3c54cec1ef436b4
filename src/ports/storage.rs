use std::fmt::Debug;

use async_trait::async_trait;
use thiserror::Error;

use crate::engine::chain::{ChainHead, Linked};
use crate::engine::{Lane, SharedRecord};

use super::commit::{Commit, Committed, Remembered};
use super::search::{Found, Query};
use crate::values::{CommandId, EffectId, HomeId, HostId, InstanceId, PersonId, Revision, TenantId, Timestamp};

/// A request to the outside or a timer: something to be done at or after a time by whoever holds its lease.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Work {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: EffectId,
    /// The instance it belongs to.
    pub instance: InstanceId,
    /// The home of the instance's subject.
    pub home: HomeId,
    /// What it is.
    pub sort: WorkSort,
    /// Work of a smaller lane is given out first.
    pub lane: Lane,
    /// Work with the same target is given out one at a time, in the order it was stored; empty for none, and for work that
    /// has stepped out of its line.
    pub target: String,
    /// Not before then.
    pub due: Timestamp,
    /// Who holds it, and until when; due again after that.
    pub lease: Option<Lease>,
    /// How often a host took it up; more than once means that an earlier host may have done it.
    pub attempts: u32,
    /// What went wrong last, in words without secrets.
    pub trouble: Option<String>,
    /// The encoded request.
    pub body: Vec<u8>,
}

/// Whether a piece of [`Work`] is a timer or a request.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum WorkSort {
    /// Fires by itself.
    Timer,
    /// Asks the outside.
    Effect,
}

/// Who holds a piece of work, and until when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lease {
    /// The host.
    pub host: HostId,
    /// Until then nobody else gets it.
    pub until: Timestamp,
}

/// What stands in one home.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Home {
    /// The home.
    pub id: HomeId,
    /// How often its objects have changed; [`Revision::NONE`] if there is no such home.
    pub revision: Revision,
    /// The end of its chain.
    pub head: ChainHead,
    /// Its objects, in the order of kind and id.
    pub records: Vec<SharedRecord>,
}

impl Home {
    /// The records of several homes.
    pub fn records_of(homes: &[Home]) -> impl Iterator<Item = &SharedRecord> {
        homes.iter().flat_map(|it| &it.records)
    }
}

/// An instance with what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceRecords {
    /// The instance.
    pub instance: SharedRecord,
    /// Its open tasks.
    pub tasks: Vec<SharedRecord>,
    /// Its open requests and timers, in the order of their ids.
    pub work: Vec<Work>,
}

/// What work is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Claim {
    /// Timers or requests.
    pub sort: WorkSort,
    /// For this host.
    pub host: HostId,
    /// What is due now.
    pub now: Timestamp,
    /// The lease runs until then.
    pub until: Timestamp,
    /// At most so many.
    pub limit: usize,
}

/// Why storage did not do what was asked. Nothing was done, unless it says so.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StorageError {
    /// Something the commit relied on has changed: load again and decide again.
    #[error("{what} has been changed by somebody else meanwhile")]
    Conflict {
        /// What has changed.
        what: String,
    },
    /// Another record of the tenant has the same unique key.
    #[error("another {kind} has the same {key}: `{value}`")]
    AlreadyExists {
        /// The kind of record.
        kind: &'static str,
        /// The key.
        key: &'static str,
        /// Its value, in words.
        value: String,
    },
    /// It cannot be reached or written now. Whether a commit was stored is not known: ask again with the same command id.
    #[error("the store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it holds does not read.
    #[error("the store is damaged: {what}; restore it from a backup")]
    Corrupt {
        /// What does not read.
        what: String,
    },
    /// What was asked is beyond this storage or against the contract.
    #[error("the store cannot do this: {what}")]
    Unsupported {
        /// What was asked.
        what: String,
    },
    /// Anything else.
    #[error("the store failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StorageError {
    /// Whether the same call may succeed later, unchanged.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, StorageError::Unavailable(_))
    }
}

/// Keeps versioned records, the history, work for the outside and remembered commands, without knowing what they mean.
///
/// # Contract
///
/// - **Atomic.** A commit is stored as a whole or not at all, whatever happens to the process or the machine. Half a
///   deactivation is a card that is inactive with certificates that work.
/// - **Durable.** `commit` answers only what survives a power cut. An answer that is lost is a lost card that works.
/// - **Isolated.** A reader sees a commit wholly or not at all; `homes` reads all its homes at one moment.
/// - **Checked.** `expects` is compared with the stored revisions in the same transaction, as are the revisions of
///   records; anything else is [`StorageError::Conflict`]. Every home of a put object stands in `expects`.
/// - **Counted.** The revision of a home rises by one with each commit that puts an object into it, and by nothing else.
///   Instances and tasks are kept apart and do not count.
/// - **Chained.** Each draft is put at the end of its chain by [`chain::link`](crate::engine::chain::link) in the same
///   transaction; a chain has no gap and no fork.
/// - **Remembered.** A command whose (actor, id) is known is not stored again: [`Committed::Repeated`]. This is checked
///   before `expects`, since the command itself has changed them.
/// - **Leased.** Work under a lease is given to nobody else until the lease ends; each time it is given out, its attempts
///   rise by one. `done` with a holder is a conflict once it was given out again, be it to the same host. If an attempt is not
///   counted, a request whose outcome is not known is repeated blindly.
/// - **In lanes.** Of what is due, that of a smaller lane is given out first, whatever waits in greater ones; of one lane, what
///   is due longest. Else a card that was lost now waits behind a hundred thousand that were handed in.
/// - **In turn.** Of one target, only the work that was stored first is given out, and keeps its turn when it is to be tried
///   again; work in one commit is stored in its order. Ids do not tell: the clocks of hosts differ. Work that comes with a
///   lease and is not the first is stored without the lease and without its attempt, and the answer names it. If a later
///   request overtakes an earlier one, a release undoes a hold that was asked for after it. `under_way` names the targets
///   about which some work is not done with, be it due, leased or parked: what was read about such a one is out of date.
/// - **Overtaken.** All work of a target that a commit overtakes, stored before, loses its target and is due at the time that
///   is named; its lease and its attempts stay. This comes after `done` of the same commit and before its work is added, which
///   so may be the first. If it kept its turn, a revocation for good would wait behind a hold that nobody can carry out.
/// - **Erased.** Of the records that a commit erases, personal part and salt are gone with it: from every answer, and as
///   far as the technology reaches from what it keeps. All else of them stays. One that is not there is a conflict, one
///   without a personal part is left as it is. A part that can still be read is a promise broken to the person.
/// - **Trimmed.** A chain loses every record up to a place, if the record there has the hash that is named; else it is a
///   conflict. The last record of a chain never goes: [`StorageError::Unsupported`]. Both are done before the history of
///   the same commit is linked, and what is left keeps its places, in the chain and in the [log](super::HistoryLog).
/// - **Unique.** No two records of a tenant share a value of a unique key: [`StorageError::AlreadyExists`].
///   What a commit leaves behind counts: a value may pass from one of its records to another, in whatever order they stand,
///   and from a task that is done with.
/// - **Independent.** A conflict in one commit never harms another that is stored at the same time.
/// - **Well formed.** A commit that is not [well formed](Commit::well_formed) is [`StorageError::Unsupported`].
/// - **Forgetful.** `forget` forgets commands that were carried out before a time and nothing else. One may stay longer, if
///   clocks of hosts differed; none goes earlier, else a repetition is carried out.
/// - **Timed.** Timers and requests are claimed apart, from the time they are due, until they are done with.
/// - **Clockless.** Every time comes in with a call. Storage reads no clock: nothing is due, ends or is forgotten by itself.
/// - **Apart.** Nothing of one tenant is seen, compared, counted or finished for another.
/// - **Faithful.** What is stored is given back as it was, byte for byte, whatever stands in it. Texts are compared and
///   sorted as their bytes; a store that folds case or cuts at a NUL finds another card.
///
/// What `find` owes is written at [`Query`].
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Storage: Debug + Send + Sync + 'static {
    /// Stores a commit.
    ///
    /// # Errors
    ///
    /// [`StorageError`]; after [`StorageError::Unavailable`] it is not known whether it was stored.
    async fn commit(&self, commit: Commit) -> Result<Committed, StorageError>;

    /// The homes with these ids, in this order; an unknown one is empty.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn homes(&self, tenant: TenantId, homes: &[HomeId]) -> Result<Vec<Home>, StorageError>;

    /// A page of records, in the order of the key that leads the search, then of the ids.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn find(&self, query: &Query) -> Result<Found, StorageError>;

    /// An instance with its tasks and its work.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn instance(&self, tenant: TenantId, instance: InstanceId) -> Result<Option<InstanceRecords>, StorageError>;

    /// Records of a chain, newest first: those before a place (or from its end), at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn history(
        &self,
        tenant: TenantId,
        chain: HomeId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Linked>, StorageError>;

    /// The answer of a command that was carried out.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn remembered(
        &self,
        tenant: TenantId,
        actor: Option<PersonId>,
        command: CommandId,
    ) -> Result<Option<Remembered>, StorageError>;

    /// Those of the targets, in this order, about which some work is not done with.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn under_way(&self, tenant: TenantId, targets: &[String]) -> Result<Vec<String>, StorageError>;

    /// Gives work that is due to a host, of all tenants, lane by lane and in each the oldest first, each under a lease.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn claim(&self, claim: &Claim) -> Result<Vec<Work>, StorageError>;

    /// Forgets commands that were carried out before a time; says how many.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn forget(&self, before: Timestamp) -> Result<u64, StorageError>;
}
