use crate::engine::{
    Actor, Alarm, Decision, Domain, Entry, Event, INBOX_KEY, INCIDENT_KEY, INSTANCE_KIND, Instance, KeyRef, Keys, Lane,
    OPEN_KEY, OWNER_KEY, REQUEST_FORMAT, REQUEST_KEY, Record, Resolution, RunMark, SharedRecord, Status,
    TASK_INSTANCE_KEY, TASK_KIND, Task, UNIT_KEY, UNMET_KEY, inbox_values,
};
use crate::ports::{Commit, Home, Lease, Overtake, TaskDone, Work, WorkDone, WorkSort};
use crate::values::{
    CodecError, CommandId, EffectId, HomeId, InstanceId, ObjectRef, PersonId, Revision, TenantId, Timestamp, encode,
};

use super::{LEASE, Runtime};

/// What a decision was made from, as far as the commit needs it.
#[derive(Debug)]
pub(super) struct Grounds<'a, D: Domain> {
    pub(super) tenant: TenantId,
    pub(super) actor: &'a Actor,
    pub(super) command: CommandId,
    pub(super) now: Timestamp,
    pub(super) rule: String,
    pub(super) homes: &'a [Home],
    pub(super) instance: Option<&'a Instance<D>>,
    pub(super) tasks: &'a [SharedRecord],
    /// The command is one of a long list.
    pub(super) in_bulk: bool,
}

impl<D: Domain> Runtime<D> {
    /// The one commit of a decision (law 1).
    pub(super) fn commit_of(&self, grounds: &Grounds<'_, D>, decision: &Decision<D>) -> Result<Commit, CodecError> {
        let mut commit = Commit::of(grounds.tenant);
        let after = &decision.instance;
        let subject = after.subject();
        commit.expects = grounds.homes.iter().map(|it| (it.id, it.revision)).collect();
        // The instance and a task beside them.
        commit.puts.reserve_exact(decision.changed.len() + 2);
        for object in &decision.changed {
            if !commit.expects.iter().any(|(home, _)| *home == object.home()) {
                // A new object that is at home in itself: its home must not be there yet.
                commit.expects.push((object.home(), Revision::NONE));
            }
            commit.puts.extend(D::record(&decision.dossier, *object)?.map(SharedRecord::from));
        }
        let none = Keys::default();
        let scope = Home::records_of(grounds.homes).find(|it| it.at == subject);
        commit.puts.push(SharedRecord::from(instance_record(
            grounds.tenant,
            after,
            scope.map_or(&none, |it| &it.keys),
        )?));
        tasks_and_timers(grounds, decision, &mut commit)?;
        commit.work.extend(alarms(grounds.tenant, &decision.alarms)?);
        for (id, request) in &decision.requests {
            commit.work.push(self.effect_work(grounds, after, *id, request)?);
        }
        let overtaken = decision.overtakes.iter().cloned();
        commit.overtakes.extend(overtaken.map(|target| Overtake { target, at: grounds.now }));
        commit.done.extend(decision.events.iter().filter_map(|it| resolved(after.id(), grounds.now, it)));
        commit.history = histories(grounds, decision, subject.home())?;
        Ok(commit)
    }

    /// A request as work: leased to this host from the beginning (law 5).
    fn effect_work(
        &self,
        grounds: &Grounds<'_, D>,
        after: &Instance<D>,
        id: EffectId,
        request: &D::Request,
    ) -> Result<Work, CodecError> {
        Ok(Work {
            tenant: grounds.tenant,
            id,
            instance: after.id(),
            home: after.subject().home(),
            sort: WorkSort::Effect,
            lane: if grounds.in_bulk { D::lane(request).in_bulk() } else { D::lane(request) },
            target: D::target(request),
            due: grounds.now,
            lease: Some(Lease { host: self.host, until: grounds.now.plus(LEASE) }),
            attempts: 1,
            trouble: None,
            body: encode("a request", REQUEST_FORMAT, request)?,
        })
    }
}

/// What becomes of a request about which somebody has done something.
fn resolved<D: Domain>(instance: InstanceId, now: Timestamp, event: &Event<D>) -> Option<WorkDone> {
    let Event::Resolved { effect: Some(effect), how, .. } = event else { return None };
    let again = match how {
        Resolution::Retry => Some((now, None)),
        Resolution::Skip | Resolution::ByHand => None,
    };
    Some(WorkDone { id: *effect, instance, holder: None, again })
}

/// Alarms as timers. They belong to no instance.
pub(super) fn alarms(tenant: TenantId, alarms: &[Alarm]) -> Result<Vec<Work>, CodecError> {
    let timer = |it: &Alarm| {
        let timer = timer(tenant, it.id, it.instance(), it.object.home(), it.at);
        Ok(Work { body: it.to_bytes()?, ..timer })
    };
    alarms.iter().map(timer).collect()
}

fn timer(tenant: TenantId, id: EffectId, instance: InstanceId, home: HomeId, due: Timestamp) -> Work {
    Work {
        tenant,
        id,
        instance,
        home,
        sort: WorkSort::Timer,
        lane: Lane::default(),
        target: String::new(),
        due,
        lease: None,
        attempts: 0,
        trouble: None,
        body: Vec::new(),
    }
}

/// The task and timer an instance waits with: those it had go, those it has now come.
fn tasks_and_timers<D: Domain>(
    grounds: &Grounds<'_, D>,
    decision: &Decision<D>,
    commit: &mut Commit,
) -> Result<(), CodecError> {
    let after = &decision.instance;
    let before = grounds.instance.and_then(Instance::waits).map(|(_, task, _)| task);
    let waits = Task::of(after, grounds.now);
    let home = after.subject().home();
    if let (Some(id), Some((same, task))) = (before, &waits)
        && id == *same
    {
        if let Some(due) = after.fires().filter(|it| grounds.instance.and_then(Instance::fires) != Some(*it)) {
            let (id, again) = (EffectId::from_uuid(id.uuid()), Some((due, None)));
            commit.done.push(WorkDone { id, instance: after.id(), holder: None, again });
        }
        let at = ObjectRef::new(home, TASK_KIND, id.uuid());
        if let Some(record) = grounds.tasks.iter().find(|it| it.at == at) {
            let stored = Task::from_bytes(&record.body)?;
            let by = grounds.actor.person;
            let handling = decision.events.iter().fold(stored.handling.clone(), |it, event| it.evolve(id, by, event));
            let task = Task { since: stored.since, handling, ..task.clone() };
            // INVARIANT: whoever decides does so from the task as it is: a claim that comes in between is a conflict.
            if task != stored || decision.events.iter().any(|it| matches!(it, Event::Judged { .. })) {
                commit.puts.push(SharedRecord::from(task_record(
                    grounds.tenant,
                    grounds.homes,
                    at,
                    record.revision,
                    &task,
                )?));
            }
        }
        return Ok(());
    }
    if before.is_none() && waits.is_none() {
        return Ok(());
    }
    if let Some(task) = before {
        let at = ObjectRef::new(home, TASK_KIND, task.uuid());
        let revision = grounds.tasks.iter().find(|it| it.at == at).map_or(Revision::NONE, |it| it.revision);
        commit.tasks_done.push(TaskDone { task: at, instance: after.id(), revision });
        let id = EffectId::from_uuid(task.uuid());
        commit.done.push(WorkDone { id, instance: after.id(), holder: None, again: None });
    }
    if let Some((id, task)) = waits {
        let at = ObjectRef::new(home, TASK_KIND, id.uuid());
        commit.puts.push(SharedRecord::from(task_record(grounds.tenant, grounds.homes, at, Revision::NONE, &task)?));
        // The timer of a task has the task's id.
        let due = after.fires().unwrap_or(task.until);
        commit.work.push(timer(grounds.tenant, EffectId::from_uuid(id.uuid()), after.id(), home, due));
    }
    Ok(())
}

/// A task as it follows the revision that is stored; it lies within the scopes of its subject.
pub(super) fn task_record(
    tenant: TenantId,
    homes: &[Home],
    at: ObjectRef,
    stored: Revision,
    task: &Task,
) -> Result<Record, CodecError> {
    let none = Keys::default();
    let subject = Home::records_of(homes).find(|it| it.at == task.subject);
    let keys = task_keys(task, subject.map_or(&none, |it| &it.keys));
    Ok(Record { tenant, at, revision: stored.next(), keys, body: task.to_bytes()? })
}

/// The keys of a task, of which those of its scope are taken from these.
pub(super) fn task_keys(task: &Task, scope: &Keys) -> Keys {
    let mut keys = Keys::default().with(&TASK_INSTANCE_KEY, KeyRef::Id(task.instance.uuid()));
    if let Some(request) = task.request {
        keys.push(&REQUEST_KEY, KeyRef::Bytes(request.as_bytes()));
    }
    let units = scope.of(UNIT_KEY.code).filter_map(as_text);
    let owners = scope.of(OWNER_KEY.code).filter_map(as_person);
    inbox_values(task, units, owners, |it| keys.push(&INBOX_KEY, KeyRef::Bytes(&it)));
    for key in [&UNIT_KEY, &OWNER_KEY] {
        scope.of(key.code).for_each(|value| keys.push(key, value));
    }
    keys
}

fn as_text(key: KeyRef<'_>) -> Option<&str> {
    match key {
        KeyRef::Text(text) => Some(text),
        KeyRef::Id(_) | KeyRef::Time(_) | KeyRef::Bytes(_) => None,
    }
}

fn as_person(key: KeyRef<'_>) -> Option<PersonId> {
    match key {
        KeyRef::Id(id) => Some(PersonId::from_uuid(id)),
        KeyRef::Text(_) | KeyRef::Time(_) | KeyRef::Bytes(_) => None,
    }
}

/// An instance as it follows the revision it was loaded with. It lies within the scope of its subject, which these keys tell,
/// as long as it is in a list.
pub(super) fn instance_record<D: Domain>(
    tenant: TenantId,
    instance: &Instance<D>,
    scope: &Keys,
) -> Result<Record, CodecError> {
    let mut keys = Keys::default();
    if !matches!(instance.status(), Status::Ended(_)) {
        keys.push(&OPEN_KEY, KeyRef::Text(instance.process()));
    }
    let mut listed = false;
    for (key, since) in [(&UNMET_KEY, instance.unmet()), (&INCIDENT_KEY, instance.troubled())] {
        if let Some(since) = since {
            keys.push(key, KeyRef::Time(since));
            listed = true;
        }
    }
    if listed {
        for key in [&UNIT_KEY, &OWNER_KEY] {
            scope.of(key.code).for_each(|value| keys.push(key, value));
        }
    }
    Ok(Record {
        tenant,
        at: ObjectRef::new(instance.subject().home(), INSTANCE_KIND, instance.id().uuid()),
        revision: instance.revision().next(),
        keys,
        body: instance.to_bytes()?,
    })
}

/// One record for the home of the subject, and one for each other home whose objects change.
fn histories<D: Domain>(
    grounds: &Grounds<'_, D>,
    decision: &Decision<D>,
    home: HomeId,
) -> Result<Vec<crate::engine::chain::Draft>, CodecError> {
    let instance = &decision.instance;
    let entry = Entry {
        at: grounds.now,
        command: grounds.command,
        actor: grounds.actor.mark(),
        run: Some(RunMark {
            instance: instance.id(),
            process: instance.process().to_owned(),
            version: instance.version(),
        }),
        rule: grounds.rule.clone(),
        events: Vec::new(),
        changes: Vec::new(),
    };
    let mut others: Vec<HomeId> = decision.changed.iter().map(|it| it.home()).filter(|it| *it != home).collect();
    others.sort();
    others.dedup();
    let mut drafts = Vec::with_capacity(1 + others.len());
    for other in others {
        let there = |it: &&D::Change| D::object_of(it).home() == other;
        let changes = changes_of(decision).filter(there).cloned().collect();
        drafts.push(Entry::<D> { changes, ..entry.clone() }.draft(
            other,
            &Actor::worker(grounds.now),
            &decision.ids,
        )?);
    }
    let entry = Entry { events: decision.events.clone(), ..entry };
    drafts.push(entry.draft(home, grounds.actor, &decision.ids)?);
    Ok(drafts)
}

fn changes_of<D: Domain>(decision: &Decision<D>) -> impl Iterator<Item = &D::Change> {
    decision.events.iter().flat_map(Event::changes)
}
