use std::collections::BTreeMap;

use crate::engine::{
    Colleague, Domain, Entry, Instance, Keys, Rejection, RunMark, SharedRecord, TASK_KIND, Task, TaskCommand,
    TaskDecision, TaskRight, TaskSituation, TaskSort, decide_task,
};
use crate::ports::{Action, Call, Commit, Committed, DirectoryError, Home, Identity, Remembered, StorageError};
use crate::runtime::access::Admitted;
use crate::runtime::answer::scope_name;
use crate::runtime::command::{ATTEMPTS, as_unknown_instance};
use crate::runtime::load::{Found, Loaded};
use crate::runtime::persist::task_record;
use crate::runtime::{Error, Runtime};
use crate::values::{
    CodecError, CommandId, Digest, Ids, InstanceId, ObjectRef, PersonId, TaskId, TenantId, Timestamp, decode, encode,
};

use super::InboxItem;

/// The version of the stored form of the answer.
const FORMAT: u8 = 1;
const WHAT: &str = "the answer of a command on a task";

/// A command on a task, with who gives it.
#[derive(Clone, Copy, Debug)]
struct Order<'a> {
    call: Call<'a>,
    identity: &'a Identity,
    instance: InstanceId,
    task: TaskId,
    command: &'a TaskCommand,
}

impl Order<'_> {
    /// A digest of what it says: the same again is the same command.
    fn content(&self) -> Result<Digest, CodecError> {
        Ok(Digest::of(&encode("a command on a task", FORMAT, &(self.instance, self.task, self.command))?))
    }
}

impl<D: Domain> Runtime<D> {
    pub(super) async fn handle(
        &self,
        call: Call<'_>,
        instance: InstanceId,
        task: TaskId,
        command: TaskCommand,
    ) -> Result<InboxItem, Error<D>> {
        let principal = call.principal;
        let identity = self.identify(principal).await?;
        let found = self.instance(principal.tenant(), instance).await;
        let found = self.noted(principal, &identity, command.name(), None, found).await?;
        let (attempt, subject) = (format!("{} {}", command.name(), found.instance.process()), found.instance.subject());
        let order = Order { call, identity: &identity, instance, task, command: &command };
        let done = self.by_some_right(&order, found).await;
        self.noted(principal, &identity, attempt, Some(subject), done).await.map_err(as_unknown_instance)
    }

    /// Does it by the first right that lets the actor. What all of them refuse is refused as the widest one says that says
    /// more than that the task is for others.
    async fn by_some_right(&self, order: &Order<'_>, found: Box<Found<D>>) -> Result<InboxItem, Error<D>> {
        let process = found.instance.process().to_owned();
        let decides = found.instance.approval().is_some_and(|it| !it.sent_back);
        let does = if decides { Action::Judge(process.clone()) } else { Action::Process(process.clone()) };
        let mut rights = vec![(TaskRight::Does, does)];
        if decides {
            rights.push((TaskRight::Asks, Action::Process(process)));
        }
        rights.push((TaskRight::Assigns, Action::Assign));
        let mut refused: Option<Rejection<D>> = None;
        let mut found = Some(found);
        for (right, action) in rights {
            let principal = order.call.principal;
            let done = match self.permit(principal, order.identity, &action).await {
                Ok(admitted) => self.handle_as(order, right, &admitted, found.take()).await,
                Err(error) => Err(error),
            };
            match done {
                Err(Error::Rejected(Rejection::NotFound { .. } | Rejection::NotEntitled { .. })) => {}
                Err(Error::Rejected(Rejection::NotYours)) => refused = refused.or(Some(Rejection::NotYours)),
                Err(Error::Rejected(why)) => refused = Some(why),
                done => return done,
            }
        }
        // The task may be for others by now, sent back say: a repeated command has its answer all the same (law 16).
        let refused = refused.unwrap_or(Rejection::NotFound { what: "instance" });
        self.handled_before(order, order.content()?, refused.into()).await
    }

    async fn handle_as(
        &self,
        order: &Order<'_>,
        right: TaskRight,
        admitted: &Admitted,
        mut found: Option<Box<Found<D>>>,
    ) -> Result<InboxItem, Error<D>> {
        let (tenant, actor) = (order.call.principal.tenant(), admitted.actor.person);
        let content = order.content()?;
        for _ in 0..ATTEMPTS {
            let Found { instance, tasks, .. } = *match found.take() {
                Some(found) => found,
                None => self.instance(tenant, order.instance).await?,
            };
            let loaded = self.load(tenant, instance.subject(), &admitted.scope).await?;
            let now = self.clock.now();
            let at = ObjectRef::new(instance.subject().home(), TASK_KIND, order.task.uuid());
            let record = tasks.iter().find(|it| it.at == at);
            let decided = match record.map(|it| Task::from_bytes(&it.body)).transpose()? {
                Some(task) => self.decide_on_task(order, right, &instance, &loaded, &task, now).await,
                None => Err(over(&instance, order.task).into()),
            };
            let TaskDecision { task, event } = match decided {
                Ok(decision) => decision,
                // A repeated command finds what it has done itself (law 16).
                Err(error) => return self.handled_before(order, content, error).await,
            };
            let mut ids = Ids::new(now, self.ids.seed()?);
            let command = order.call.command.unwrap_or_else(|| CommandId::from_uuid(ids.fresh()));
            let item = self.item(order.task, task);
            let entry = Entry::<D> {
                at: now,
                command,
                actor: admitted.actor.mark(),
                run: Some(RunMark {
                    instance: order.instance,
                    process: instance.process().to_owned(),
                    version: instance.version(),
                }),
                rule: format!("{} of {}", admitted.actor.role, scope_name(&admitted.scope)),
                events: vec![event],
                changes: Vec::new(),
            };
            let mut commit = Commit::of(tenant);
            let stored = record.map(|it| it.revision).unwrap_or_default();
            commit.puts.push(SharedRecord::from(task_record(tenant, &loaded.homes, at, stored, &item.task)?));
            commit.history.push(entry.draft(at.home(), &admitted.actor, &ids)?);
            let answer = encode(WHAT, FORMAT, &item)?;
            commit.remember = Some(Remembered { actor, command, at: now, content, answer });
            match self.storage.commit(commit).await {
                Ok(Committed::Stored { .. }) => return Ok(item),
                Ok(Committed::Repeated(known)) => return again(&known, content),
                Err(StorageError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Rejection::Contended { attempts: ATTEMPTS }.into())
    }

    async fn handled_before(&self, order: &Order<'_>, content: Digest, error: Error<D>) -> Result<InboxItem, Error<D>> {
        if let (Error::Rejected(_), Some(command)) = (&error, order.call.command) {
            let (tenant, actor) = (order.call.principal.tenant(), Some(order.identity.person));
            if let Some(known) = self.storage.remembered(tenant, actor, command).await? {
                return again(&known, content);
            }
        }
        Err(error)
    }

    async fn decide_on_task(
        &self,
        order: &Order<'_>,
        right: TaskRight,
        instance: &Instance<D>,
        loaded: &Loaded<D>,
        task: &Task,
        now: Timestamp,
    ) -> Result<TaskDecision<D>, Error<D>> {
        let tenant = order.call.principal.tenant();
        let subject = Home::records_of(&loaded.homes).find(|it| it.at == instance.subject());
        let keys = subject.map(|it| it.keys.clone()).unwrap_or_default();
        let actor = order.identity.as_colleague(&keys, now);
        let (people, mut barrier) = (self.people_of(tenant, order.command, &actor, &keys, now).await?, None);
        if let (TaskCommand::Delegate { to }, false) = (order.command, task.sort == TaskSort::Approval) {
            let action = Action::Process(instance.process().to_owned());
            barrier = self.barrier(tenant, *to, instance.component(), &action, &keys).await?;
        }
        let situation = TaskSituation {
            instance,
            dossier: &loaded.dossier,
            id: order.task,
            task,
            actor: &actor,
            right,
            people: &people,
            barrier: barrier.as_deref(),
            now,
        };
        Ok(decide_task(&situation, order.command)?)
    }

    /// The persons that a command is about besides the actor.
    async fn people_of(
        &self,
        tenant: TenantId,
        command: &TaskCommand,
        actor: &Colleague,
        keys: &Keys,
        now: Timestamp,
    ) -> Result<BTreeMap<PersonId, Colleague>, Error<D>> {
        let wanted: Vec<PersonId> = match command {
            TaskCommand::Reassign { to } | TaskCommand::Delegate { to } => vec![*to],
            _ => actor.stands_in_for.iter().copied().collect(),
        };
        let mut people = BTreeMap::new();
        for person in wanted {
            match self.directory.person(tenant, person).await {
                Ok(identity) => drop(people.insert(person, identity.as_colleague(keys, now))),
                Err(DirectoryError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(people)
    }
}

/// What to answer about a task that the instance does not wait at.
fn over<D: Domain>(instance: &Instance<D>, task: TaskId) -> Rejection<D> {
    match instance.last_decided().filter(|it| it.task == task) {
        Some(last) => Rejection::AlreadyDecided { verdict: last.verdict, by: last.by, at: last.at },
        None => Rejection::NotWaiting { now: instance.status().to_string(), outcome: None },
    }
}

fn again<D: Domain>(known: &Remembered, content: Digest) -> Result<InboxItem, Error<D>> {
    if known.content != content {
        return Err(Rejection::CommandIdReused { id: known.command }.into());
    }
    Ok(decode(WHAT, FORMAT, &known.answer)?)
}
