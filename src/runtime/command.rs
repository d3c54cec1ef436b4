use std::sync::Arc;

use crate::engine::{
    Actor, Command, Decision, Domain, Instance, People, Preview, Process, REQUEST_KEY, Rejection, Situation, TASK_KIND,
    Undecided, preview,
};
use crate::ports::{Action, Call, Commit, Committed, StorageError, Work, WorkSort};
use crate::values::{Answers, EffectId, InstanceId, ObjectRef, PersonId, TenantId, shown};

use super::access::Admitted;
use super::answer::{Quoted, command_name, scope_name};
use super::deputy::in_name_of;
use super::load::{Found, Written};
use super::people::Knowing;
use super::persist::Grounds;
use super::warm::Kept;
use super::{Error, Runtime, Standing};

/// How often a command is decided anew when the objects change under it.
pub(super) const ATTEMPTS: u32 = 16;

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
        self.begin(call.into(), None, process, subject, None).await
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
        self.begin(call.into(), None, process, subject, Some(answers)).await
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
        let seen = async {
            let Found { instance, work, .. } = *self.instance(tenant, instance).await?;
            let action = Action::Process(instance.process().to_owned());
            let in_name_of = in_name_of(&instance, &identity);
            let admitted = self.permit_for(principal, &identity, &action, in_name_of).await?;
            let dossier = self.dossier(tenant, instance.subject(), &admitted.scope).await?;
            let preview = self.preview(tenant, &admitted.actor, &instance, &dossier, answers).await?;
            Ok(Standing { preview, ..Standing::of(&instance).with_troubles(&work) })
        };
        let seen = self.noted(principal, &identity, "see an instance", None, seen.await).await;
        seen.map_err(as_unknown_instance)
    }

    /// What Next would do now; none for an instance that waits for no person.
    pub(super) async fn preview(
        &self,
        tenant: TenantId,
        actor: &Actor,
        instance: &Instance<D>,
        dossier: &D::Dossier,
        answers: &Answers,
    ) -> Result<Option<Preview<D>>, Error<D>> {
        if instance.waits().is_none() {
            return Ok(None);
        }
        let process = self.definition_of(instance)?;
        let options = self.options_of(instance);
        let situation = Situation {
            process: process.as_ref(),
            instance: Some(instance),
            dossier,
            options: &options,
            world: &self.world,
            tenant,
            actor,
            now: self.clock.now(),
            seed: self.ids.seed()?,
            limit: None,
            people: People::NONE,
            handling: None,
            taken: None,
        };
        match preview(&situation, answers) {
            Ok(preview) => Ok(Some(preview)),
            Err(Undecided::Rejected(Rejection::NotWaiting { .. })) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    pub(super) async fn begin(
        &self,
        call: Call<'_>,
        in_name_of: Option<PersonId>,
        name: &str,
        subject: ObjectRef,
        answers: Option<Answers>,
    ) -> Result<Standing<D>, Error<D>> {
        let principal = call.principal;
        let identity = self.identify(principal).await?;
        let command = Command::Start { subject, answers };
        let short = shown(name);
        let attempt = format!("{} {short}", command_name(&command));
        let begun = async {
            let action = Action::Process(short.clone());
            let admitted = self.permit_for(principal, &identity, &action, in_name_of).await?;
            let process = self.latest(name)?;
            self.carry_out(call, &admitted, process, None, subject, command).await
        };
        self.noted(principal, &identity, attempt, Some(subject), begun.await).await
    }

    pub(super) async fn go_on(
        &self,
        call: Call<'_>,
        id: InstanceId,
        command: Command<D>,
    ) -> Result<Standing<D>, Error<D>> {
        let principal = call.principal;
        let identity = self.identify(principal).await?;
        let what = command_name(&command);
        let decides = matches!(command, Command::Judge(_));
        let found = self.warm_instance(principal.tenant(), id).await;
        let found = self.noted(principal, &identity, what, None, found).await?;
        let (name, subject) = (found.instance.process().to_owned(), found.instance.subject());
        let attempt = format!("{what} {name}");
        let done = async {
            let (action, in_name_of) = match decides {
                true => (Action::Judge(name), None),
                false => (Action::Process(name), in_name_of(&found.instance, &identity)),
            };
            let admitted = self.permit_for(principal, &identity, &action, in_name_of).await?;
            let process = match self.definition_of(&found.instance) {
                Ok(process) => process,
                Err(mismatch) => {
                    // What is out of reach does not exist, whatever else is amiss with it.
                    self.load(principal.tenant(), subject, &admitted.scope).await?;
                    return Err(mismatch);
                }
            };
            self.carry_out(call, &admitted, process, Some(found), subject, command).await
        };
        let done = self.noted(principal, &identity, attempt, Some(subject), done.await).await;
        done.map_err(as_unknown_instance)
    }

    /// Decides and commits, again if the objects changed meanwhile; answers a repeated command as before.
    pub(super) async fn carry_out(
        &self,
        call: Call<'_>,
        admitted: &Admitted,
        process: &Arc<dyn Process<D>>,
        found: Option<Box<Found<D>>>,
        subject: ObjectRef,
        command: Command<D>,
    ) -> Result<Standing<D>, Error<D>> {
        let id = found.as_ref().map(|it| it.instance.id());
        let (name, on_behalf) = (process.outline().name, admitted.actor.on_behalf);
        let quoted = Quoted::new(call, name, id, subject, on_behalf, &command, &*self.ids, self.clock.now())?;
        let decided = self.decide_and_commit(call, admitted, process, found, subject, &command, &quoted).await;
        let Err(Error::Rejected(rejection)) = decided else { return decided };
        // A repeated command finds what it has done itself: its answer comes before the rejection (law 16).
        if let Some(command) = call.command {
            let tenant = call.principal.tenant();
            if let Some(known) = self.storage.remembered(tenant, admitted.actor.person, command).await? {
                return self.answer_again(tenant, admitted, &quoted, &known).await;
            }
        }
        Err(rejection.into())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one command, named once")]
    async fn decide_and_commit(
        &self,
        call: Call<'_>,
        admitted: &Admitted,
        process: &Arc<dyn Process<D>>,
        mut found: Option<Box<Found<D>>>,
        subject: ObjectRef,
        command: &Command<D>,
        quoted: &Quoted,
    ) -> Result<Standing<D>, Error<D>> {
        let tenant = call.principal.tenant();
        let mut slot = None;
        for attempt in 0..ATTEMPTS {
            if let (Some(it), 1..) = (&found, attempt) {
                found = Some(self.instance(tenant, it.instance.id()).await?);
            }
            let warm = found.as_mut().and_then(|it| it.warm.take());
            let is_warm = warm.is_some();
            let (tasks, instance) = found.as_ref().map(|it| (it.tasks.as_slice(), &*it.instance)).unzip();
            let loaded = match warm.filter(|it| it.is_reached(subject, &admitted.scope)) {
                Some(loaded) => loaded,
                None => self.load(tenant, subject, &admitted.scope).await?,
            };
            let options = match instance {
                Some(it) => self.options_of(it),
                None => self.options.in_force(tenant, &D::facts(Some(&loaded.dossier), &admitted.actor)).await?,
            };
            let now = self.clock.now();
            let handling = tasks.map(super::load::handling_of).transpose()?.flatten();
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
                limit: None,
                people: People::NONE,
                handling: handling.as_ref(),
                taken: None,
            };
            let knowing = Knowing { situation, subject, homes: &loaded.homes };
            let decision = match self.decide(&knowing, command, None).await {
                Err(Error::Rejected(_)) if is_warm => continue,
                decided => decided?,
            };
            let decision = match self.within_limit(&knowing, command, quoted.id, decision, &mut slot).await {
                Err(_) if is_warm => continue,
                decided => decided?,
            };
            let Some(mut decision) = decision else { continue };
            let grounds = Grounds {
                tenant,
                actor: &admitted.actor,
                command: quoted.id,
                now,
                rule: format!("{} of {}", admitted.actor.role, scope_name(&admitted.scope)),
                homes: &loaded.homes,
                instance,
                tasks: tasks.unwrap_or_default(),
                in_bulk: call.in_bulk,
            };
            let mut commit = self.commit_of(&grounds, &decision)?;
            if matches!(command, Command::Cancel) {
                // Closing a process relies on nothing but the instance itself.
                commit.expects.clear();
            }
            commit.remember = Some(quoted.remembered(admitted.actor.person, now, &decision)?);
            let asked = effects_of(&commit);
            // With no answers yet, it is found as it was decided.
            let begins = matches!(command, Command::Start { answers: None, .. }) && asked.is_empty();
            let records = commit.puts.clone();
            match self.commit_in(&mut slot, commit).await {
                Ok(Committed::Stored { heads, behind }) => {
                    let goes_on =
                        decision.instance.waits().is_some() || asked.iter().any(|it| !behind.contains(&it.id));
                    self.take_up(asked, &behind);
                    let standing = Standing::after(&mut decision);
                    if goes_on {
                        let Decision { instance, dossier, changed, .. } = *decision;
                        let (id, tasks) =
                            (instance.id(), records.iter().filter(|it| it.at.kind() == TASK_KIND).cloned());
                        let begun = begins.then(|| (instance.stored(), tasks.collect()));
                        if let Some(loaded) = loaded.after(Written { dossier, objects: changed, records, heads }) {
                            self.warm.put(tenant, id, Kept { loaded, begun });
                        }
                    }
                    return Ok(standing);
                }
                Ok(Committed::Repeated(known)) => return self.answer_again(tenant, admitted, quoted, &known).await,
                Err(StorageError::Conflict { .. }) => {}
                Err(StorageError::AlreadyExists { key, .. }) if key == REQUEST_KEY.name => {
                    let asks = decision.instance.approval().map(|it| it.covers);
                    if let Some(rejection) = self.asked_already(tenant, asks).await? {
                        return Err(rejection.into());
                    }
                    // It was decided in between.
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Rejection::Contended { attempts: ATTEMPTS }.into())
    }

    /// Puts fresh requests into this host's own queue, but for those behind others, and tells the host.
    pub(super) fn take_up(&self, asked: Vec<Work>, behind: &[EffectId]) {
        if asked.is_empty() {
            return;
        }
        self.queue().extend(asked.into_iter().filter(|it| !behind.contains(&it.id)));
        if let Some(wake) = &self.wake {
            wake.wake();
        }
    }
}

/// The requests to the outside that a commit records.
pub(super) fn effects_of(commit: &Commit) -> Vec<Work> {
    commit.work.iter().filter(|it| it.sort == WorkSort::Effect).cloned().collect()
}

/// An instance out of the actor's reach answers exactly as one that does not exist (law 10).
pub(super) fn as_unknown_instance<D: Domain>(error: Error<D>) -> Error<D> {
    match error {
        Error::Rejected(Rejection::NotFound { .. } | Rejection::NotEntitled { .. }) => {
            Rejection::NotFound { what: "instance" }.into()
        }
        other => other,
    }
}
