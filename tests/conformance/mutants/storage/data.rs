//! What a wrong store holds, and how commits change it.

use std::collections::BTreeMap;

use cardflow::adapters::memory::SystemClock;
use cardflow::engine::chain::{ChainHead, Linked};
use cardflow::engine::{INSTANCE_KIND, Index, Record, Schema, SharedRecord, TASK_INSTANCE_KEY};
use cardflow::ports::{Clock, Commit, Remembered, StorageError, Work, WorkDone};
use cardflow::values::{
    CommandId, EffectId, HomeId, InstanceId, Millis, ObjectRef, PersonId, Revision, TenantId, Timestamp,
};

use super::faults::Fault;

#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(super) fault: Fault,
    pub(super) revisions: BTreeMap<(TenantId, HomeId), u64>,
    /// Each with the order of its coming.
    pub(super) records: BTreeMap<(TenantId, ObjectRef), (usize, SharedRecord)>,
    /// Earlier revisions.
    pub(super) past: Vec<SharedRecord>,
    pub(super) history: Vec<Linked>,
    /// In the order it was stored.
    pub(super) work: Vec<Work>,
    pub(super) finished: Vec<Work>,
    /// Work that has stepped out of a line, and the target of that.
    pub(super) shadows: Vec<(TenantId, EffectId, String)>,
    pub(super) commands: Vec<(TenantId, Remembered)>,
    pub(super) reserved: Vec<SharedRecord>,
    pub(super) gaps: BTreeMap<HomeId, u64>,
    pub(super) harmed: bool,
    pub(super) commits: usize,
}

/// How much of a commit is written.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Part {
    Whole,
    /// Its first record.
    First,
    /// The rest.
    Second,
}

pub(crate) type Heads = Vec<(HomeId, ChainHead)>;

fn conflict() -> StorageError {
    StorageError::Conflict { what: "something".to_owned() }
}

pub(super) fn is_of(task: &Record, instance: InstanceId) -> bool {
    let mut named = task.keys.of(TASK_INSTANCE_KEY.code);
    named.next().is_some_and(|it| it.sort_bytes() == instance.uuid().as_bytes())
}

impl Data {
    pub(crate) fn with(fault: Fault) -> Data {
        Data {
            fault,
            revisions: BTreeMap::new(),
            records: BTreeMap::new(),
            past: Vec::new(),
            history: Vec::new(),
            work: Vec::new(),
            finished: Vec::new(),
            shadows: Vec::new(),
            commands: Vec::new(),
            reserved: Vec::new(),
            gaps: BTreeMap::new(),
            harmed: false,
            commits: 0,
        }
    }

    pub(super) fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// The tenant a thing is kept for.
    pub(super) fn owner(&self, tenant: TenantId, shared: Fault) -> TenantId {
        if self.is(shared) { TenantId::default() } else { tenant }
    }

    fn revision(&self, tenant: TenantId, home: HomeId) -> u64 {
        let owner = self.owner(tenant, Fault::SharesHomes);
        self.revisions.get(&(owner, home)).copied().unwrap_or_default()
    }

    pub(super) fn stored(&self, tenant: TenantId, at: ObjectRef) -> Option<&SharedRecord> {
        self.records.get(&(self.owner(tenant, Fault::SharesHomes), at)).map(|(_, it)| it)
    }

    /// What a restart leaves.
    pub(crate) fn restart(&mut self) {
        match self.fault {
            Fault::LosesLeases => self.work.iter_mut().for_each(|it| it.lease = None),
            Fault::LosesAttempts => self.work.iter_mut().for_each(|it| it.attempts = 0),
            Fault::LosesTurns => self.work.sort_by_key(|it| it.id),
            Fault::LosesCommands => self.commands.clear(),
            Fault::RevivesFinished => self.work.append(&mut self.finished),
            Fault::LosesRevisions => self.revisions.clear(),
            _ => {}
        }
    }

    pub(crate) fn known(&self, tenant: TenantId, actor: Option<PersonId>, id: CommandId) -> Option<Remembered> {
        let long_ago = SystemClock.now().minus(Millis::days(30));
        let owner = self.owner(tenant, Fault::SharesCommands);
        let same = |(of, it): &&(TenantId, Remembered)| {
            let same_actor = self.is(Fault::IgnoresActor) || it.actor == actor;
            let too_old = self.is(Fault::ForgetsByClock) && it.at < long_ago;
            let a_worker = self.is(Fault::ForgetsWorkers) && actor.is_none();
            *of == owner && it.command == id && same_actor && !too_old && !a_worker
        };
        self.commands.iter().rev().find(same).map(|(_, it)| it.clone())
    }

    /// The answer, if the command is known.
    pub(crate) fn repeated(&mut self, commit: &Commit) -> Option<Remembered> {
        let new = commit.remember.as_ref()?;
        let mut known = self.known(commit.tenant, new.actor, new.command)?;
        match self.fault {
            Fault::NeverRemembers | Fault::StoresRepeated | Fault::ReplacesAnswers => return None,
            Fault::ChecksBeforeCommand => {
                let same =
                    |(home, expected): &(HomeId, Revision)| self.revision(commit.tenant, *home) == expected.number();
                return commit.expects.iter().all(same).then_some(known);
            }
            Fault::EchoesRepeated => known.clone_from(new),
            Fault::CountsRepeated => self.rise(commit),
            Fault::OvertakesRepeated => self.overtake(commit),
            _ => {}
        }
        Some(known)
    }

    pub(super) fn rise(&mut self, commit: &Commit) {
        for (home, _) in &commit.expects {
            *self.revisions.entry((commit.tenant, *home)).or_default() += 1;
        }
    }

    /// Everything that can refuse a commit.
    pub(crate) fn checked(&mut self, schema: &Schema, commit: &Commit) -> Result<(), StorageError> {
        if std::mem::take(&mut self.harmed) {
            return Err(conflict());
        }
        let answer = self.check(schema, commit);
        if answer.is_err() {
            self.leave_behind(commit);
        }
        answer
    }

    fn check(&self, schema: &Schema, commit: &Commit) -> Result<(), StorageError> {
        let tenant = commit.tenant;
        if !self.is(Fault::TakesIllFormed) {
            commit.well_formed(schema)?;
        }
        for (place, (home, expected)) in commit.expects.iter().enumerate() {
            let (expected, stored) = (expected.number(), self.revision(tenant, *home));
            let skipped = match self.fault {
                Fault::IgnoresExpects => true,
                Fault::ComparesFirstHome => place > 0,
                Fault::ComparesLastHome => place + 1 < commit.expects.len(),
                Fault::ComparesWrittenHomes => !commit.puts.iter().any(|it| it.home() == *home),
                Fault::TakesNoneForAny => expected == 0,
                Fault::TakesRisenHomes => expected < stored && expected > 0,
                _ => false,
            };
            if expected != stored && !skipped {
                return Err(conflict());
            }
        }
        for record in &commit.puts {
            let stored = self.stored(tenant, record.at).map_or(Revision::NONE, |it| it.revision);
            let is_object = record.at.kind().is_object();
            let skipped = match self.fault {
                Fault::IgnoresObjectRevisions => is_object,
                Fault::SkipsObjectRevisions => is_object && record.revision > stored,
                Fault::IgnoresInstanceRevisions => record.at.kind() == INSTANCE_KIND,
                _ => false,
            };
            if record.revision != stored.next() && !skipped {
                return Err(conflict());
            }
            self.check_unique(schema, commit, record)?;
        }
        self.check_chains(commit)?;
        self.check_done(commit)
    }

    fn check_chains(&self, commit: &Commit) -> Result<(), StorageError> {
        let written = if self.is(Fault::TrimsWritten) { commit.history.len() as u64 } else { 0 };
        let record = |chain: HomeId, sequence: u64| {
            let mut of = self.history.iter().filter(|it| it.chain == chain && it.sequence == sequence);
            of.find(|it| it.tenant == commit.tenant || self.is(Fault::ErasesForOthers))
        };
        let missing = |(chain, sequence): &(HomeId, u64)| record(*chain, *sequence).is_none();
        if commit.erases.iter().any(missing) && !self.is(Fault::ErasesNothing) && !self.is(Fault::ErasesWritten) {
            return Err(conflict());
        }
        for trim in &commit.trims {
            if record(trim.chain, trim.upto).map(|it| it.hash) != Some(trim.head) && !self.is(Fault::TrimsBlindly) {
                return Err(conflict());
            }
            if self.head(commit.tenant, trim.chain).length + written == trim.upto && !self.is(Fault::TrimsLast) {
                return Err(StorageError::Unsupported { what: "trim the last record".to_owned() });
            }
        }
        Ok(())
    }

    fn check_done(&self, commit: &Commit) -> Result<(), StorageError> {
        for done in &commit.tasks_done {
            let ok = match self.stored(commit.tenant, done.task) {
                None => self.is(Fault::FinishesTasksTwice),
                Some(task) => {
                    let same = task.revision == done.revision || self.is(Fault::IgnoresTaskRevisions);
                    same && (is_of(task, done.instance) || self.is(Fault::IgnoresTaskInstance))
                }
            };
            if !ok {
                return Err(conflict());
            }
        }
        for done in &commit.done {
            let ok = match self.work.iter().find(|it| self.is_meant(commit.tenant, it, done)) {
                None => self.is(Fault::FinishesWorkTwice),
                Some(work) => match (done.holder, work.lease) {
                    (None, Some(_)) => !self.is(Fault::OnlyHolderFinishes),
                    (None, None) => true,
                    (Some(holder), lease) => {
                        let same = work.attempts == holder.attempt || self.is(Fault::ForgetsWhichAttempt);
                        same && lease.is_some_and(|it| it.host == holder.host) || self.is(Fault::AnybodyFinishes)
                    }
                },
            };
            if !ok {
                return Err(conflict());
            }
        }
        let there = |it: &Work| {
            self.work.iter().any(|known| (known.tenant, known.instance, known.id) == (it.tenant, it.instance, it.id))
        };
        if commit.work.iter().any(there) && !self.is(Fault::ReplacesWork) {
            return Err(StorageError::Unsupported { what: "add work twice".to_owned() });
        }
        Ok(())
    }

    pub(super) fn is_meant(&self, tenant: TenantId, work: &Work, done: &WorkDone) -> bool {
        let same_tenant = work.tenant == tenant || self.is(Fault::FinishesForOthers);
        same_tenant && (work.instance, work.id) == (done.instance, done.id)
    }

    fn check_unique(&self, schema: &Schema, commit: &Commit, record: &Record) -> Result<(), StorageError> {
        let Some(spec) = schema.kind(record.at.kind()) else { return Ok(()) };
        let all = self.is(Fault::TakesAllForUnique);
        let mut unique = record.keys.indexed(spec).filter(|(key, _)| all || key.index == Index::Unique);
        let first = if self.is(Fault::ChecksFirstValue) { 1 } else { usize::MAX };
        unique.by_ref().take(first).try_for_each(|(key, value)| {
            let wanted = self.folded(value.sort_bytes());
            let has = |it: &Record| it.keys.of(key.code).any(|it| self.folded(it.sort_bytes()) == wanted);
            let other = |it: &&SharedRecord| {
                let kind = self.is(Fault::SharesValuesOfKinds) || it.at.kind() == record.at.kind();
                let tenant = self.is(Fault::SharesValues) || it.tenant == record.tenant;
                kind && tenant && (it.tenant, it.at) != (record.tenant, record.at)
            };
            let rewritten = |it: &&SharedRecord| {
                let done = commit.tasks_done.iter().any(|done| done.task == it.at) && commit.tenant == it.tenant;
                (done && !self.is(Fault::KeepsValuesOfTasksDone))
                    || commit.puts.iter().any(|put| put.at == it.at && put.tenant == it.tenant)
            };
            let stored = self.records.values().map(|(_, it)| it);
            let stored = stored.filter(|it| self.is(Fault::JudgesBefore) || !rewritten(it));
            let inside = commit.puts.iter().filter(|_| !self.is(Fault::IgnoresUniqueInside));
            let old = self.past.iter().filter(|_| self.is(Fault::KeepsOldValues));
            let mut taken = stored.chain(inside).chain(old).chain(&self.reserved);
            if self.is(Fault::IgnoresUnique) || !taken.any(|it| other(&it) && has(it)) {
                return Ok(());
            }
            let value = if self.is(Fault::HidesValue) { String::new() } else { value.in_words() };
            Err(StorageError::AlreadyExists { kind: spec.name, key: key.name, value })
        })
    }

    fn folded(&self, bytes: Vec<u8>) -> Vec<u8> {
        match self.fault {
            Fault::FoldsCase => String::from_utf8_lossy(&bytes).to_lowercase().into_bytes(),
            Fault::CutsBlanks => bytes.trim_ascii().to_vec(),
            _ => bytes,
        }
    }

    pub(crate) fn forget(&mut self, before: Timestamp) -> u64 {
        let had = self.commands.len();
        let last_old = self.commands.iter().rposition(|(_, it)| it.at < before);
        match self.fault {
            Fault::ForgetsAsOld => self.commands.retain(|(_, it)| it.at > before),
            Fault::ForgetsYounger => drop(self.commands.drain(..last_old.map_or(0, |it| it + 1))),
            Fault::ForgetsAll => self.commands.clear(),
            Fault::NeverForgets => {}
            _ => self.commands.retain(|(_, it)| it.at >= before),
        }
        if self.is(Fault::ForgetsHistory) {
            self.history.clear();
        }
        let gone = (had - self.commands.len()) as u64;
        if self.is(Fault::CountsForgotten) { gone + 1 } else { gone }
    }
}
