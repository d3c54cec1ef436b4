use std::sync::Arc;

use crate::engine::{
    Assembly, Command, Domain, Instance, Process, Record, Rejection, Scope, Situation, Undecided, decide, preview,
};
use crate::ports::{Action, Call, Committed, Home, InstanceRecords, Principal, StorageError, Work};
use crate::values::{Answers, InstanceId, ObjectRef, TenantId, shown};

use super::access::Admitted;
use super::answer::{Quoted, command_name, scope_name};
use super::persist::Grounds;
use super::{Error, Runtime, Standing};

/// How often a command is decided anew when the objects change under it.
pub(super) const ATTEMPTS: u32 = 16;

/// An instance with everything a decision about it is made from.
#[derive(Debug)]
pub(super) struct Loaded<D: Domain> {
    pub(super) homes: Vec<Home>,
    pub(super) dossier: D::Dossier,
}

/// An instance as it was found.
type Found<D> = (InstanceRecords, Instance<D>);

impl<D: Domain> Runtime<D> {
    /// Starts a process on a subject; it waits at its first form.
    ///
    /// The answer shows what Next would do; quote its preview with [`Answers::seen`].
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]: unknown process or subject, missing right, wrong component, sort or state.
    pub async fn start(
        &self,
        call: impl Into<Call<'_>>,
        process: &str,
        subject: ObjectRef,
    ) -> Result<Standing<D>, Error<D>> {
        self.begin(call.into(), process, subject, None).await
    }

    /// Starts a process with the answers to its first form given, in one commit: for programs.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`], as [`start`](Runtime::start) and [`next`](Runtime::next).
    pub async fn run(
        &self,
        call: impl Into<Call<'_>>,
        process: &str,
        subject: ObjectRef,
        answers: Answers,
    ) -> Result<Standing<D>, Error<D>> {
        self.begin(call.into(), process, subject, Some(answers)).await
    }

    /// Answers the form an instance waits at.
    ///
    /// Never calls out: requests to the outside are recorded, [`deliver`](Runtime::deliver) performs them.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]: not waiting, an answer not accepted, [`Rejection::PlanChanged`] if a quoted preview no longer
    /// holds, a plan the domain refuses.
    pub async fn next(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        answers: Answers,
    ) -> Result<Standing<D>, Error<D>> {
        self.go_on(call.into(), instance, Command::Next(answers)).await
    }

    /// Closes an instance that waits at a form: nothing has happened.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] if it does not wait.
    pub async fn cancel(&self, call: impl Into<Call<'_>>, instance: InstanceId) -> Result<Standing<D>, Error<D>> {
        self.go_on(call.into(), instance, Command::Cancel).await
    }

    /// How an instance stands, with what Next would do now if these were the answers.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]; an instance whose subject is out of scope does not exist.
    pub async fn standing(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        answers: &Answers,
    ) -> Result<Standing<D>, Error<D>> {
        let principal = call.into().principal;
        let tenant = principal.tenant();
        let identity = self.identify(principal).await?;
        let (records, instance) = self.instance(tenant, instance).await?;
        let action = Action::Process(instance.process().to_owned());
        let admitted = self.permit(principal, &identity, &action).await?;
        let loaded = self.load(tenant, instance.subject(), &admitted.scope).await.map_err(as_unknown_instance)?;
        let standing = Standing::of(&instance).with_troubles(&records.work);
        if instance.waits().is_none() {
            return Ok(standing);
        }
        let process = self.definition_of(&instance)?;
        let options = self.options.in_force(tenant).await?;
        let situation = Situation {
            process: process.as_ref(),
            instance: Some(&instance),
            dossier: &loaded.dossier,
            options: &options,
            world: &self.world,
            tenant,
            actor: &admitted.actor,
            now: self.clock.now(),
            seed: self.ids.seed()?,
        };
        let preview = match preview(&situation, answers) {
            Ok(preview) => Some(preview),
            Err(Undecided::Rejected(Rejection::NotWaiting { .. })) => None,
            Err(other) => return Err(other.into()),
        };
        Ok(Standing { preview, ..standing })
    }

    async fn begin(
        &self,
        call: Call<'_>,
        name: &str,
        subject: ObjectRef,
        answers: Option<Answers>,
    ) -> Result<Standing<D>, Error<D>> {
        let principal = call.principal;
        let action = Action::Process(shown(name));
        let admitted = self.admit(principal, &action).await?;
        let command = Command::Start { subject, answers };
        let process = self.registry.latest(name).ok_or_else(|| Rejection::UnknownProcess {
            name: shown(name),
            known: self.registry.all().map(|it| it.outline().name).collect(),
        });
        let process = match process {
            Ok(process) => Arc::clone(process),
            Err(rejection) => {
                self.refuse(principal, admitted.actor.person, action.to_string(), Some(subject), &rejection).await;
                return Err(rejection.into());
            }
        };
        self.carry_out(call, &admitted, &process, None, subject, command).await
    }

    async fn go_on(&self, call: Call<'_>, id: InstanceId, command: Command<D>) -> Result<Standing<D>, Error<D>> {
        let identity = self.identify(call.principal).await?;
        let found = self.instance(call.principal.tenant(), id).await?;
        let action = Action::Process(found.1.process().to_owned());
        let admitted = self.permit(call.principal, &identity, &action).await?;
        let process = Arc::clone(self.definition_of(&found.1)?);
        let subject = found.1.subject();
        let done = self.carry_out(call, &admitted, &process, Some(found), subject, command).await;
        done.map_err(as_unknown_instance)
    }

    /// Decides and commits, again if the objects changed meanwhile; answers a repeated command as before.
    async fn carry_out(
        &self,
        call: Call<'_>,
        admitted: &Admitted,
        process: &Arc<dyn Process<D>>,
        found: Option<Found<D>>,
        subject: ObjectRef,
        command: Command<D>,
    ) -> Result<Standing<D>, Error<D>> {
        let id = found.as_ref().map(|(_, it)| it.id());
        let quoted = Quoted::new(call, process.outline().name, id, subject, &command, &*self.ids, self.clock.now())?;
        let decided =
            self.decide_and_commit(call.principal, admitted, process, found, subject, &command, &quoted).await;
        let Err(Error::Rejected(rejection)) = decided else { return decided };
        // A repeated command finds what it has done itself: its answer comes before the rejection (law 16).
        if let Some(command) = call.command {
            let tenant = call.principal.tenant();
            if let Some(known) = self.storage.remembered(tenant, admitted.actor.person, command).await? {
                return self.answer_again(tenant, &quoted, &known).await;
            }
        }
        let attempt = format!("{} {}", command_name(&command), process.outline().name);
        self.refuse(call.principal, admitted.actor.person, attempt, Some(subject), &rejection).await;
        Err(rejection.into())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one command, named once")]
    async fn decide_and_commit(
        &self,
        principal: &Principal,
        admitted: &Admitted,
        process: &Arc<dyn Process<D>>,
        mut found: Option<Found<D>>,
        subject: ObjectRef,
        command: &Command<D>,
        quoted: &Quoted,
    ) -> Result<Standing<D>, Error<D>> {
        let tenant = principal.tenant();
        let options = self.options.in_force(tenant).await?;
        for attempt in 0..ATTEMPTS {
            if let (Some((_, instance)), 1..) = (&found, attempt) {
                found = Some(self.instance(tenant, instance.id()).await?);
            }
            let (records, instance) = found.as_ref().map(|(records, instance)| (records, instance)).unzip();
            let loaded = self.load(tenant, subject, &admitted.scope).await?;
            let now = self.clock.now();
            let situation = Situation {
                process: process.as_ref(),
                instance,
                dossier: &loaded.dossier,
                options: &options,
                world: &self.world,
                tenant,
                actor: &admitted.actor,
                now,
                seed: self.ids.seed()?,
            };
            let decision = decide(&situation, command)?;
            let grounds = Grounds {
                tenant,
                process: process.as_ref(),
                actor: &admitted.actor,
                command: quoted.id,
                now,
                rule: format!("{} of {}", admitted.actor.role, scope_name(&admitted.scope)),
                homes: &loaded.homes,
                before: &loaded.dossier,
                instance,
                tasks: records.map(|it| it.tasks.as_slice()).unwrap_or_default(),
            };
            let mut commit = self.commit_of(&grounds, &decision)?;
            if matches!(command, Command::Cancel) {
                // Closing a process relies on nothing but the instance itself.
                commit.expects.clear();
            }
            commit.remember = Some(quoted.remembered(admitted.actor.person, now, &decision.instance)?);
            let work = commit.work.clone();
            match self.storage.commit(commit).await {
                Ok(Committed::Stored { .. }) => {
                    self.take_up(work);
                    return Ok(Standing::after(decision));
                }
                Ok(Committed::Repeated(known)) => return self.answer_again(tenant, quoted, &known).await,
                Err(StorageError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Rejection::Contended { attempts: ATTEMPTS }.into())
    }

    /// The dossier of a subject, if it is in scope.
    pub(crate) async fn dossier(
        &self,
        tenant: TenantId,
        subject: ObjectRef,
        scope: &Scope,
    ) -> Result<D::Dossier, Error<D>> {
        Ok(self.load(tenant, subject, scope).await?.dossier)
    }

    /// The dossier of a subject, loaded home by home until its neighbourhood is complete. What is out of scope does not
    /// exist.
    pub(super) async fn load(
        &self,
        tenant: TenantId,
        subject: ObjectRef,
        scope: &Scope,
    ) -> Result<Loaded<D>, Error<D>> {
        let mut homes = self.storage.homes(tenant, &[subject.home()]).await?;
        let record = homes.iter().flat_map(|it| &it.records).find(|it| it.at == subject);
        if !record.is_some_and(|it| scope.reaches(&it.keys)) {
            return Err(Rejection::NotFound { what: "object" }.into());
        }
        loop {
            let ids: Vec<_> = homes.iter().map(|it| it.id).collect();
            let records: Vec<Record> = homes.iter().flat_map(|it| it.records.iter().cloned()).collect();
            match D::assemble(subject, &ids, &records)? {
                Assembly::Complete(dossier) => return Ok(Loaded { homes, dossier }),
                Assembly::NoSubject => return Err(Rejection::NotFound { what: "object" }.into()),
                Assembly::Needs(more) => {
                    let more: Vec<_> = more.into_iter().filter(|it| !ids.contains(it)).collect();
                    if more.is_empty() {
                        return Err(StorageError::Corrupt { what: format!("the neighbourhood of {subject}") }.into());
                    }
                    // All at one moment: what was read before is read again beside the new homes.
                    let all: Vec<_> = ids.into_iter().chain(more).collect();
                    homes = self.storage.homes(tenant, &all).await?;
                }
            }
        }
    }

    pub(super) async fn instance(&self, tenant: TenantId, id: InstanceId) -> Result<Found<D>, Error<D>> {
        let records = self.storage.instance(tenant, id).await?;
        let records = records.ok_or(Rejection::NotFound { what: "instance" })?;
        let instance = Instance::from_bytes(id, records.instance.revision, &records.instance.body)?;
        Ok((records, instance))
    }

    pub(super) fn definition_of(&self, instance: &Instance<D>) -> Result<&Arc<dyn Process<D>>, Error<D>> {
        let found = self.registry.exact(instance.process(), instance.version(), instance.fingerprint());
        found.map_err(|it| Rejection::Definition(it).into())
    }

    /// Puts fresh requests into this host's own queue and tells the host.
    pub(super) fn take_up(&self, work: Vec<Work>) {
        let asks = |it: &Work| it.sort == crate::ports::WorkSort::Effect;
        if !work.iter().any(asks) {
            return;
        }
        self.queue().extend(work.into_iter().filter(|it| asks(it) && it.lease.is_some()));
        if let Some(wake) = &self.wake {
            wake.wake();
        }
    }
}

/// An instance whose subject is out of scope answers exactly as one that does not exist (law 10).
fn as_unknown_instance<D: Domain>(error: Error<D>) -> Error<D> {
    match error {
        Error::Rejected(Rejection::NotFound { .. }) => Rejection::NotFound { what: "instance" }.into(),
        other => other,
    }
}
