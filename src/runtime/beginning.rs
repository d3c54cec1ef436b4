use crate::engine::{Actor, Bound, Command, Decision, Domain};
use crate::ports::{Committed, StorageError, WorkDone};
use crate::values::{Answers, CommandId, ObjectRef, TenantId, Timestamp};

use super::command::effects_of;
use super::load::Loaded;
use super::people::Knowing;
use super::persist::Grounds;
use super::{Error, Runtime};

/// What became of a process that was to begin in the name of nobody.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Began {
    /// It has begun.
    Now,
    /// The same waits for others already.
    Before,
    /// Something has changed meanwhile: it is to be looked at once more.
    NotYet,
}

impl<D: Domain> Runtime<D> {
    /// What it comes to if a process begins on a subject in the name of nobody.
    #[expect(clippy::too_many_arguments, reason = "what a decision is made from, named once")]
    pub(super) async fn decide_by_itself(
        &self,
        tenant: TenantId,
        subject: ObjectRef,
        loaded: &Loaded<D>,
        options: &Bound<D>,
        now: Timestamp,
        process: &str,
        answers: &Answers,
    ) -> Result<Box<Decision<D>>, Error<D>> {
        let (actor, process) = (Actor::worker(now), self.latest(process)?);
        let situation = self.of_worker(tenant, process.as_ref(), None, &loaded.dossier, options, &actor)?;
        let knowing = Knowing { situation, subject, homes: &loaded.homes };
        self.decide(&knowing, &Command::Start { subject, answers: Some(answers.clone()) }, None).await
    }

    /// Begins it, in one commit with what is done by it.
    pub(super) async fn begin_by_itself(
        &self,
        tenant: TenantId,
        loaded: &Loaded<D>,
        now: Timestamp,
        decision: &Decision<D>,
        done: Vec<WorkDone>,
    ) -> Result<Began, Error<D>> {
        let (actor, mut ids) = (Actor::worker(now), decision.ids.clone());
        let grounds = Grounds {
            tenant,
            actor: &actor,
            command: CommandId::from_uuid(ids.fresh()),
            now,
            rule: "by itself".to_owned(),
            homes: &loaded.homes,
            instance: None,
            tasks: &[],
            in_bulk: false,
        };
        let mut commit = self.commit_of(&grounds, decision)?;
        commit.done.extend(done);
        let asked = effects_of(&commit);
        match self.storage.commit(commit).await {
            Ok(Committed::Stored { behind, .. }) => {
                self.take_up(asked, &behind);
                Ok(Began::Now)
            }
            Ok(Committed::Repeated(_)) => Ok(Began::Now),
            Err(StorageError::Conflict { .. }) => Ok(Began::NotYet),
            Err(StorageError::AlreadyExists { .. }) => Ok(Began::Before),
            Err(error) => Err(error.into()),
        }
    }
}
