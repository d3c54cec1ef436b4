use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use uuid::Uuid;

use super::chains::Chains;
use super::written::Written;
use crate::engine::{Index, KeyRef, KeySpec, Keys, KindSpec, Lane, Schema, SharedRecord, TASK_INSTANCE_KEY, TASK_KIND};
use crate::ports::{
    Claim, Commit, Committed, Found, Holder, Home, InstanceRecords, Lease, Overtake, Place, Query, Remembered,
    StorageError, TaskDone, Work, WorkSort,
};
use crate::values::{
    CommandId, EffectId, HomeId, InstanceId, Kind, ObjectRef, PersonId, Revision, TenantId, Timestamp,
};

type WorkKey = (TenantId, InstanceId, EffectId);
type KeyEntry = (TenantId, Kind, u8, Vec<u8>, Uuid);
/// What goes out of the index, and what comes into it.
type Reindexed = (Vec<KeyEntry>, Vec<KeyEntry>);

/// What the storage holds; every change goes through [`State::commit`], which checks all before it changes anything.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    homes: BTreeMap<(TenantId, HomeId), HomeState>,
    runs: BTreeMap<(TenantId, Kind, Uuid), SharedRecord>,
    tasks: BTreeSet<(TenantId, Uuid, Uuid)>,
    work: BTreeMap<WorkKey, Work>,
    ready: BTreeSet<(WorkSort, Lane, Timestamp, EffectId, TenantId, InstanceId)>,
    /// Of each target, its work in the order it was stored.
    targets: BTreeMap<(TenantId, String), Vec<(InstanceId, EffectId)>>,
    chains: Chains,
    keys: BTreeMap<KeyEntry, HomeId>,
    commands: BTreeMap<(TenantId, Option<PersonId>, CommandId), Remembered>,
}

#[derive(Clone, Debug, Default)]
struct HomeState {
    revision: Revision,
    records: BTreeMap<(Kind, Uuid), SharedRecord>,
}

pub(super) fn conflict(what: impl ToString) -> StorageError {
    StorageError::Conflict { what: what.to_string() }
}

fn ready_at(work: &Work) -> Timestamp {
    work.lease.map_or(work.due, |lease| work.due.max(lease.until))
}

impl State {
    fn stored(&self, tenant: TenantId, at: ObjectRef) -> Option<&SharedRecord> {
        if at.kind().is_object() {
            self.homes.get(&(tenant, at.home()))?.records.get(&(at.kind(), at.id()))
        } else {
            self.runs.get(&(tenant, at.kind(), at.id()))
        }
    }

    pub(super) fn commit(&mut self, schema: &Schema, commit: Commit) -> Result<Committed, StorageError> {
        let tenant = commit.tenant;
        if let Some(new) = &commit.remember
            && let Some(known) = self.remembered(tenant, new.actor, new.command)
        {
            return Ok(Committed::Repeated(known));
        }
        let reindexed = self.check(schema, &commit)?;
        for done in commit.tasks_done {
            self.remove(schema, tenant, done);
        }
        let mut touched = Vec::new();
        for (record, (gone, come)) in commit.puts.into_iter().zip(reindexed) {
            let home = record.home();
            if record.at.kind().is_object() && !touched.contains(&home) {
                touched.push(home);
            }
            self.reindex(home, gone, come);
            self.put(record);
        }
        for home in touched {
            let state = self.homes.entry((tenant, home)).or_default();
            state.revision = state.revision.next();
        }
        for done in commit.done {
            let key = (tenant, done.instance, done.id);
            match done.again {
                None => self.finish_work(&key),
                Some((due, trouble)) => {
                    self.change_work(&key, |work| Work { due, trouble, lease: None, ..work });
                }
            }
        }
        commit.overtakes.iter().for_each(|it| self.overtake(tenant, it));
        let mut behind = Vec::new();
        for work in commit.work {
            let id = work.id;
            if self.add_work(work) {
                behind.push(id);
            }
        }
        commit.erases.into_iter().for_each(|(chain, sequence)| self.chains.erase(tenant, chain, sequence));
        commit.trims.into_iter().for_each(|it| self.chains.trim(tenant, it));
        let heads = commit.history.into_iter().map(|it| self.chains.append(tenant, it)).collect();
        if let Some(new) = commit.remember {
            self.commands.insert((tenant, new.actor, new.command), new);
        }
        Ok(Committed::Stored { heads, behind })
    }

    /// Everything that can refuse a commit; nothing is changed. Gives what each record that is put takes out of the index
    /// and puts into it.
    fn check(&self, schema: &Schema, commit: &Commit) -> Result<Vec<Reindexed>, StorageError> {
        commit.well_formed(schema)?;
        let tenant = commit.tenant;
        for (home, revision) in &commit.expects {
            let stored = self.homes.get(&(tenant, *home)).map_or(Revision::NONE, |it| it.revision);
            if stored != *revision {
                return Err(conflict(format!("home {home}")));
            }
        }
        let none = Keys::default();
        let mut reindexed = Vec::with_capacity(commit.puts.len());
        let mut written = None;
        for record in &commit.puts {
            let spec = spec_of(schema, record.at.kind())?;
            let stored = self.stored(tenant, record.at);
            if record.revision != stored.map_or(Revision::NONE, |it| it.revision).next() {
                return Err(conflict(format!("{} {}", spec.name, record.at)));
            }
            let (gone, come) = stored.map_or(&none, |it| &it.keys).reindexed(&record.keys, spec);
            for (key, value) in come.iter().copied().filter(|(key, _)| key.index == Index::Unique) {
                let written = match &mut written {
                    Some(written) => written,
                    written => written.insert(Written::by(schema, commit)?),
                };
                if written.has_twice(record, key, value) || self.is_taken(commit, written, record, (key, value)) {
                    return Err(StorageError::AlreadyExists {
                        kind: spec.name,
                        key: key.name,
                        value: value.in_words(),
                    });
                }
            }
            reindexed.push((entries(record.tenant, record.at, gone), entries(record.tenant, record.at, come)));
        }
        for TaskDone { task, instance, revision } in &commit.tasks_done {
            let known = self.tasks.contains(&(tenant, instance.uuid(), task.id()));
            if !known || self.stored(tenant, *task).map(|it| it.revision) != Some(*revision) {
                return Err(conflict(format!("task {}", task.id())));
            }
        }
        for done in &commit.done {
            let work = self.work.get(&(tenant, done.instance, done.id)).ok_or_else(|| conflict(done.id))?;
            let holder = work.lease.map(|it| Holder { host: it.host, attempt: work.attempts });
            if done.holder.is_some_and(|it| holder != Some(it)) {
                return Err(conflict(format!("the lease of {}", done.id)));
            }
        }
        if let Some(known) = commit.work.iter().find(|it| self.work.contains_key(&(tenant, it.instance, it.id))) {
            return Err(StorageError::Unsupported { what: format!("add work {} twice", known.id) });
        }
        self.chains.check(commit)?;
        Ok(reindexed)
    }

    fn put(&mut self, record: SharedRecord) {
        let (tenant, at) = (record.tenant, record.at);
        if at.kind().is_object() {
            let home = self.homes.entry((tenant, at.home())).or_default();
            home.records.insert((at.kind(), at.id()), record);
            return;
        }
        if at.kind() == TASK_KIND
            && let Some(KeyRef::Id(instance)) = record.keys.of(TASK_INSTANCE_KEY.code).next()
        {
            self.tasks.insert((tenant, instance, at.id()));
        }
        self.runs.insert((tenant, at.kind(), at.id()), record);
    }

    /// Whether another record has this value: what the commit writes counts as it will be, not as it is.
    fn is_taken(
        &self,
        commit: &Commit,
        written: &Written<'_>,
        record: &SharedRecord,
        (key, value): (&KeySpec, KeyRef<'_>),
    ) -> bool {
        let kind = record.at.kind();
        let first: KeyEntry = (commit.tenant, kind, key.code, value.sort_bytes(), Uuid::nil());
        self.keys.range(&first..).next().is_some_and(|((t, k, c, v, id), _)| {
            (t, k, c, v) == (&first.0, &first.1, &first.2, &first.3)
                && !written.has(kind, *id)
                && !commit.tasks_done.iter().any(|it| it.task.kind() == kind && it.task.id() == *id)
        })
    }

    fn reindex(&mut self, home: HomeId, gone: Vec<KeyEntry>, come: Vec<KeyEntry>) {
        for entry in gone {
            self.keys.remove(&entry);
        }
        self.keys.extend(come.into_iter().map(|it| (it, home)));
    }

    fn remove(&mut self, schema: &Schema, tenant: TenantId, done: TaskDone) {
        if let (Some(task), Ok(spec)) = (self.stored(tenant, done.task), spec_of(schema, TASK_KIND)) {
            let gone = entries(tenant, done.task, task.keys.indexed(spec));
            self.reindex(done.task.home(), gone, Vec::new());
        }
        self.runs.remove(&(tenant, TASK_KIND, done.task.id()));
        self.tasks.remove(&(tenant, done.instance.uuid(), done.task.id()));
    }

    /// Adds new work; says whether it lost its lease, because it is not the first of its target.
    fn add_work(&mut self, mut work: Work) -> bool {
        let mut behind = false;
        if !work.target.is_empty() {
            let line = self.targets.entry((work.tenant, work.target.clone())).or_default();
            behind = !line.is_empty() && work.lease.take().is_some();
            line.push((work.instance, work.id));
        }
        work.attempts = work.attempts.saturating_sub(u32::from(behind));
        self.ready.insert((work.sort, work.lane, ready_at(&work), work.id, work.tenant, work.instance));
        self.work.insert((work.tenant, work.instance, work.id), work);
        behind
    }

    /// Changes work, which keeps its turn.
    fn change_work(&mut self, key: &WorkKey, change: impl FnOnce(Work) -> Work) -> Option<Work> {
        let old = self.work.remove(key)?;
        self.ready.remove(&(old.sort, old.lane, ready_at(&old), old.id, old.tenant, old.instance));
        let new = change(old);
        self.ready.insert((new.sort, new.lane, ready_at(&new), new.id, new.tenant, new.instance));
        self.work.insert(*key, new.clone());
        Some(new)
    }

    /// The work of a target steps out of its line.
    fn overtake(&mut self, tenant: TenantId, Overtake { target, at }: &Overtake) {
        let line = self.targets.remove(&(tenant, target.clone())).unwrap_or_default();
        for (instance, id) in line {
            self.change_work(&(tenant, instance, id), |work| Work { target: String::new(), due: *at, ..work });
        }
    }

    fn finish_work(&mut self, key: &WorkKey) {
        let Some(work) = self.work.remove(key) else { return };
        self.ready.remove(&(work.sort, work.lane, ready_at(&work), work.id, work.tenant, work.instance));
        if let Entry::Occupied(mut line) = self.targets.entry((work.tenant, work.target)) {
            line.get_mut().retain(|(_, it)| *it != work.id);
            if line.get().is_empty() {
                line.remove();
            }
        }
    }

    pub(super) fn home(&self, tenant: TenantId, id: HomeId) -> Home {
        let state = self.homes.get(&(tenant, id));
        Home {
            id,
            revision: state.map_or(Revision::NONE, |it| it.revision),
            head: self.chains.head(tenant, id),
            records: state.map(|it| it.records.values().cloned().collect()).unwrap_or_default(),
        }
    }

    pub(super) fn find(&self, schema: &Schema, query: &Query) -> Result<Found, StorageError> {
        let spec = spec_of(schema, query.kind)?;
        let lead = query
            .lead(spec)
            .ok_or_else(|| StorageError::Unsupported { what: format!("list {}: the kind has no index", spec.name) })?;
        let limit = query.limit.clamp(1, 1000);
        let (tenant, kind, code) = (query.tenant, query.kind, lead.code);
        let mut found = Found { total: query.count.then_some(0), ..Found::default() };
        for ((t, k, c, value, id), home) in self.keys.range((tenant, kind, code, lead.low.clone(), Uuid::nil())..) {
            if (*t, *k, *c) != (tenant, kind, code) || !lead.takes(value) {
                break;
            }
            let Some(record) = self.stored(tenant, ObjectRef::new(*home, kind, *id)) else { continue };
            let place = Place { value: value.clone(), id: *id };
            if !query.wants(record) || lead.place_of(record).as_ref() != Some(&place) {
                continue;
            }
            if let Some(total) = &mut found.total {
                *total += 1;
            }
            if query.after.as_ref().is_some_and(|after| place <= *after) {
                continue;
            }
            if found.records.len() < limit {
                found.records.push(record.clone());
                continue;
            }
            if found.next.is_none() {
                found.next = found.records.last().and_then(|it| lead.place_of(it));
            }
            if !query.count {
                break;
            }
        }
        Ok(found)
    }

    pub(super) fn instance(&self, tenant: TenantId, id: InstanceId) -> Option<InstanceRecords> {
        let instance = self.runs.get(&(tenant, crate::engine::INSTANCE_KIND, id.uuid()))?.clone();
        let tasks = self
            .tasks
            .range((tenant, id.uuid(), Uuid::nil())..)
            .take_while(|(t, i, _)| *t == tenant && *i == id.uuid());
        let tasks = tasks.filter_map(|(.., task)| self.runs.get(&(tenant, TASK_KIND, *task)).cloned()).collect();
        Some(InstanceRecords { instance, tasks, work: self.work_of(tenant, id) })
    }

    pub(super) fn work_of(&self, tenant: TenantId, id: InstanceId) -> Vec<Work> {
        let first = (tenant, id, EffectId::from_uuid(Uuid::nil()));
        let work = self.work.range(first..).take_while(|((t, i, _), _)| *t == tenant && *i == id);
        work.map(|(_, it)| it.clone()).collect()
    }

    pub(super) fn chains(&self) -> &Chains {
        &self.chains
    }

    pub(super) fn homes_after(&self, tenant: TenantId, home: Option<HomeId>, limit: usize) -> Vec<HomeId> {
        let first = home.unwrap_or(HomeId::from_uuid(Uuid::nil()));
        let objects = self.homes.range((tenant, first)..).map(|(key, _)| *key).take_while(|(it, _)| *it == tenant);
        let objects = objects.map(|(_, it)| it).take(limit.saturating_add(1));
        // A home without objects is its chain alone.
        let homes: BTreeSet<_> = objects.chain(self.chains.from(tenant, first).take(limit.saturating_add(1))).collect();
        homes.into_iter().filter(|it| Some(*it) != home).take(limit).collect()
    }

    pub(super) fn instances_after(
        &self,
        tenant: TenantId,
        instance: Option<InstanceId>,
        limit: usize,
    ) -> Vec<InstanceId> {
        let first = instance.map_or(Uuid::nil(), InstanceId::uuid);
        let runs = self.runs.range((tenant, crate::engine::INSTANCE_KIND, first)..).map(|(key, _)| key);
        let own = runs.take_while(|(it, kind, _)| (*it, *kind) == (tenant, crate::engine::INSTANCE_KIND));
        let first = (tenant, InstanceId::from_uuid(first), EffectId::from_uuid(Uuid::nil()));
        let work = self.work.range(first..).map(|(key, _)| key).take_while(|(it, ..)| *it == tenant);
        let ids = own.map(|(.., id)| InstanceId::from_uuid(*id)).chain(work.map(|(_, id, _)| *id));
        let ids: BTreeSet<_> = ids.filter(|it| Some(*it) != instance).collect();
        ids.into_iter().take(limit).collect()
    }

    pub(super) fn remembered(&self, tenant: TenantId, actor: Option<PersonId>, id: CommandId) -> Option<Remembered> {
        self.commands.get(&(tenant, actor, id)).cloned()
    }

    pub(super) fn under_way(&self, tenant: TenantId, targets: &[String]) -> Vec<String> {
        targets.iter().filter(|it| self.targets.contains_key(&(tenant, (*it).clone()))).cloned().collect()
    }

    pub(super) fn claim(&mut self, claim: &Claim) -> Vec<Work> {
        let due: Vec<_> = self
            .ready
            .iter()
            .filter(|(sort, _, ready, ..)| *sort == claim.sort && *ready <= claim.now)
            .filter_map(|(_, _, _, id, tenant, instance)| self.work.get(&(*tenant, *instance, *id)))
            .filter(|it| it.target.is_empty() || self.is_first(it))
            .map(|it| (it.tenant, it.instance, it.id))
            .take(claim.limit)
            .collect();
        let lease = Some(Lease { host: claim.host, until: claim.until });
        let give = |work: Work| Work { lease, attempts: work.attempts.saturating_add(1), ..work };
        let mut due: Vec<_> = due.iter().filter_map(|key| self.change_work(key, give)).collect();
        due.sort_by_key(|it| it.id);
        due
    }

    fn is_first(&self, work: &Work) -> bool {
        self.targets
            .get(&(work.tenant, work.target.clone()))
            .is_some_and(|it| it.first() == Some(&(work.instance, work.id)))
    }

    pub(super) fn forget(&mut self, before: Timestamp) -> u64 {
        let had = self.commands.len();
        self.commands.retain(|_, it| it.at >= before);
        u64::try_from(had - self.commands.len()).unwrap_or(u64::MAX)
    }
}

/// The keys of a record as they stand in the index.
fn entries<'a>(
    tenant: TenantId,
    at: ObjectRef,
    keys: impl IntoIterator<Item = (&'static KeySpec, KeyRef<'a>)>,
) -> Vec<KeyEntry> {
    keys.into_iter().map(|(key, value)| (tenant, at.kind(), key.code, value.sort_bytes(), at.id())).collect()
}

pub(super) fn spec_of(schema: &Schema, kind: Kind) -> Result<&'static KindSpec, StorageError> {
    schema
        .kind(kind)
        .ok_or_else(|| StorageError::Unsupported { what: format!("kind {} is not in the schema", kind.code()) })
}
