use std::borrow::Cow;

use crate::engine::{
    Actor, Bound, Came, Command, Decision, Domain, Instance, People, Process, REQUEST_KEY, Rejection, Report, Scope,
    Situation,
};
use crate::ports::{Committed, InstanceRecords, StorageError, WorkDone};
use crate::values::{CommandId, EffectId, InstanceId, TenantId};

use super::command::{ATTEMPTS, effects_of};
use super::load::Found;
use super::people::Knowing;
use super::persist::Grounds;
use super::{Error, Runtime};

impl<D: Domain> Runtime<D> {
    /// What a command of no person is decided from. The time is that of the actor.
    pub(super) fn of_worker<'a>(
        &'a self,
        tenant: TenantId,
        process: &'a dyn Process<D>,
        instance: Option<&'a Instance<D>>,
        dossier: &'a D::Dossier,
        options: &'a Bound<D>,
        actor: &'a Actor,
    ) -> Result<Situation<'a, D>, Error<D>> {
        Ok(Situation {
            process,
            instance,
            dossier,
            options,
            world: &self.world,
            tenant,
            actor,
            now: actor.authenticated,
            seed: self.ids.seed()?,
            limit: None,
            people: People::NONE,
            handling: None,
            taken: None,
        })
    }

    /// Carries out a command of no person; none if another was quicker.
    ///
    /// It is decided from the instance as it was seen, if it was, and from what is kept of its objects: the commit says whether
    /// they still are so, and a rejection counts only if all was read for it.
    pub(super) async fn by_worker(
        &self,
        tenant: TenantId,
        id: InstanceId,
        command: &Command<D>,
        done: &[WorkDone],
        mut seen: Option<InstanceRecords>,
    ) -> Result<Option<Box<Decision<D>>>, Error<D>> {
        let mut taken: Option<String> = None;
        for _ in 0..ATTEMPTS {
            let was_seen = seen.is_some();
            let Found { instance, tasks, work, .. } = *match seen.take() {
                Some(records) => self.as_found(records)?,
                None => self.instance(tenant, id).await?,
            };
            let stored = |id: EffectId| work.iter().any(|work| work.id == id);
            let (command, done) = if was_seen || done.iter().all(|it| stored(it.id)) {
                (Cow::Borrowed(command), Cow::Borrowed(done))
            } else {
                let Some(left) = left_of(command, stored) else { return Ok(None) };
                (Cow::Owned(left), done.iter().filter(|it| stored(it.id)).cloned().collect())
            };
            let process = self.definition_of(&instance)?.clone();
            let subject = instance.subject();
            let kept = self.warm.take(tenant, id).map(|it| it.loaded);
            let is_warm = kept.is_some();
            let loaded = match kept {
                Some(loaded) => loaded,
                None => self.load(tenant, subject, &Scope::All).await?,
            };
            let now = self.clock.now();
            let actor = Actor::worker(now);
            let options = match instance.bound() {
                // It has nothing more to decide; who is told that it came too late is decided now.
                None if matches!(*command, Command::Missed { .. }) => {
                    self.options.in_force(tenant, &D::facts(Some(&loaded.dossier), &actor)).await?
                }
                _ => self.options_of(&instance),
            };
            let (process, instance) = (process.as_ref(), Some(&*instance));
            let situation = self.of_worker(tenant, process, instance, &loaded.dossier, &options, &actor)?;
            let situation = Situation { taken: taken.as_deref(), ..situation };
            let knowing = Knowing { situation, subject, homes: &loaded.homes };
            let decision = match self.decide(&knowing, &command, None).await {
                Ok(decision) => decision,
                Err(Error::Rejected(_)) if was_seen || is_warm => continue,
                Err(Error::Rejected(
                    Rejection::NotAsked { .. } | Rejection::NotWaiting { .. } | Rejection::NotDue { .. },
                )) => return Ok(None),
                Err(error) => return Err(error),
            };
            if decision.events.is_empty() && done.is_empty() {
                if is_warm {
                    // No commit will say whether what was kept is still so.
                    continue;
                }
                // The same was answered before.
                return Ok(None);
            }
            let mut ids = decision.ids.clone();
            let grounds = Grounds {
                tenant,
                actor: &actor,
                command: CommandId::from_uuid(ids.fresh()),
                now,
                rule: "by itself".to_owned(),
                homes: &loaded.homes,
                instance,
                tasks: &tasks,
                in_bulk: false,
            };
            let mut commit = self.commit_of(&grounds, &decision)?;
            commit.done.extend(done.iter().cloned());
            let asked = effects_of(&commit);
            match self.storage.commit(commit).await {
                Ok(Committed::Stored { behind, .. }) => {
                    self.take_up(asked, &behind);
                    return Ok(Some(decision));
                }
                Ok(Committed::Repeated(_)) => return Ok(Some(decision)),
                Err(StorageError::Conflict { .. }) => {}
                // What follows cannot be: whatever has come is stored all the same (law 9), and the instance ends with that.
                Err(error @ StorageError::AlreadyExists { key, .. }) if taken.is_none() => {
                    taken = match key == REQUEST_KEY.name {
                        // None if that was decided in between.
                        true => {
                            let asks = decision.instance.approval().map(|it| it.covers);
                            self.asked_already(tenant, asks).await?.map(|it| it.to_string())
                        }
                        false => Some(error.to_string()),
                    };
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

/// What is left of a command whose work is partly gone: answers are stored whatever has become of the request (law 9), the
/// rest is for whoever has the work.
fn left_of<D: Domain>(command: &Command<D>, stored: impl Fn(EffectId) -> bool) -> Option<Command<D>> {
    let Command::Report(reports) = command else { return None };
    let counts = |it: &&Report<D>| stored(it.effect) || matches!(it.came, Came::Answer(_));
    let left: Vec<_> = reports.iter().filter(counts).cloned().collect();
    (!left.is_empty()).then_some(Command::Report(left))
}
