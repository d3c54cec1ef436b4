use crate::engine::SharedRecord;
use crate::engine::chain::{ChainHead, Draft};

use super::storage::Work;
use crate::values::{
    CommandId, Digest, EffectId, HomeId, HostId, InstanceId, ObjectRef, PersonId, Revision, TenantId, Timestamp,
};

/// Everything one command does, to be stored as a whole or not at all (law 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Whose data.
    pub tenant: TenantId,
    /// The revision of every home that was read; each must still have it (law 15).
    pub expects: Vec<(HomeId, Revision)>,
    /// Objects, instances and tasks to write. The record's revision is the one after what is stored now.
    pub puts: Vec<SharedRecord>,
    /// Tasks that are done with.
    pub tasks_done: Vec<TaskDone>,
    /// Requests to the outside and timers to add.
    pub work: Vec<Work>,
    /// Requests and timers that are done with.
    pub done: Vec<WorkDone>,
    /// Targets whose requests, as far as they were stored before, step out of their line.
    pub overtakes: Vec<Overtake>,
    /// Records that lose their personal part with its salt, by chain and place.
    pub erases: Vec<(HomeId, u64)>,
    /// Chains that lose their beginning.
    pub trims: Vec<TrimTo>,
    /// History records; storage links each to the end of its chain.
    pub history: Vec<Draft>,
    /// The command's answer, to be given again if the command comes again (law 16).
    pub remember: Option<Remembered>,
}

impl Commit {
    /// A commit of nothing.
    #[must_use]
    pub fn of(tenant: TenantId) -> Self {
        Commit {
            tenant,
            expects: Vec::new(),
            puts: Vec::new(),
            tasks_done: Vec::new(),
            work: Vec::new(),
            done: Vec::new(),
            overtakes: Vec::new(),
            erases: Vec::new(),
            trims: Vec::new(),
            history: Vec::new(),
            remember: None,
        }
    }
}

/// A chain that loses its beginning.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TrimTo {
    /// The chain.
    pub chain: HomeId,
    /// The last record that goes.
    pub upto: u64,
    /// Its hash.
    pub head: Digest,
}

/// Requests about a target that later ones make pointless.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Overtake {
    /// The target.
    pub target: String,
    /// They are due from then on, to be closed.
    pub at: Timestamp,
}

/// A task that is done with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TaskDone {
    /// The task.
    pub task: ObjectRef,
    /// Its instance.
    pub instance: InstanceId,
    /// The revision it was read at, and must still have.
    pub revision: Revision,
}

/// The answer of a command, kept for 30 days.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remembered {
    /// Who gave the command; none for a worker.
    pub actor: Option<PersonId>,
    /// Its id.
    pub command: CommandId,
    /// When.
    pub at: Timestamp,
    /// A digest of what was commanded: the same id with other content is a mistake.
    pub content: Digest,
    /// The answer, encoded.
    pub answer: Vec<u8>,
}

/// Who took a piece of work up, and at which attempt: a host may have lost it to itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Holder {
    /// The host.
    pub host: HostId,
    /// The [attempts](Work::attempts) of the work as it was given out.
    pub attempt: u32,
}

/// A piece of work that is done with, or was tried in vain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WorkDone {
    /// Which.
    pub id: EffectId,
    /// Its instance.
    pub instance: InstanceId,
    /// Who must still hold it; none if it may be held by anybody (a timer of an instance that went on).
    pub holder: Option<Holder>,
    /// When its time comes again, and what went wrong, if something did; none if it is done.
    pub again: Option<(Timestamp, Option<String>)>,
}

/// What a commit came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Committed {
    /// It is stored, durably.
    Stored {
        /// The new heads of the chains it wrote to.
        heads: Vec<(HomeId, ChainHead)>,
        /// Its work that stands behind other work of the same target, and so lost the lease it came with.
        behind: Vec<EffectId>,
    },
    /// The command was carried out before: nothing was stored, this was its answer.
    Repeated(Remembered),
}
