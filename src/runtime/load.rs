use std::sync::Arc;

use crate::engine::chain::ChainHead;
use crate::engine::{Assembly, Bound, Domain, Handling, Instance, Process, Rejection, Scope, SharedRecord, Task};
use crate::ports::{Home, InstanceRecords, StorageError, Work};
use crate::values::{CodecError, HomeId, InstanceId, ObjectRef, TenantId, shown};

use super::warm::Kept;
use super::{Error, Runtime};

/// An instance with everything a decision about it is made from.
#[derive(Debug)]
pub(super) struct Loaded<D: Domain> {
    pub(super) homes: Vec<Home>,
    pub(super) dossier: D::Dossier,
}

impl<D: Domain> Loaded<D> {
    pub(super) fn is_reached(&self, subject: ObjectRef, scope: &Scope) -> bool {
        is_reached(&self.homes, subject, scope)
    }

    /// As the store has it once a commit is stored that was decided from it; none if the commit wrote an object that was not
    /// among what was loaded.
    pub(super) fn after(mut self, written: Written<D>) -> Option<Self> {
        let Written { mut dossier, objects, records, heads } = written;
        for at in objects {
            let home = self.homes.iter_mut().find(|it| it.id == at.home())?;
            let place = home.records.iter_mut().find(|it| it.at == at)?;
            *place = records.iter().find(|it| it.at == at)?.clone();
            D::stored(&mut dossier, at);
        }
        for home in &mut self.homes {
            let is_written = records.iter().any(|it| it.at.kind().is_object() && it.home() == home.id);
            home.revision = if is_written { home.revision.next() } else { home.revision };
            home.head = heads.iter().find(|(it, _)| *it == home.id).map_or(home.head, |(_, head)| *head);
        }
        Some(Loaded { dossier, ..self })
    }
}

/// What a commit wrote.
#[derive(Debug)]
pub(super) struct Written<D: Domain> {
    /// The dossier that was decided upon.
    pub(super) dossier: D::Dossier,
    /// The objects of it that changed.
    pub(super) objects: Vec<ObjectRef>,
    /// Their records, among others.
    pub(super) records: Vec<SharedRecord>,
    /// The ends of its chains.
    pub(super) heads: Vec<(HomeId, ChainHead)>,
}

/// Whether the subject is there and in scope.
fn is_reached(homes: &[Home], subject: ObjectRef, scope: &Scope) -> bool {
    let record = Home::records_of(homes).find(|it| it.at == subject);
    record.is_some_and(|it| scope.reaches(&it.keys))
}

/// An instance as it was found, with what belongs to it.
#[derive(Debug)]
pub(super) struct Found<D: Domain> {
    pub(super) instance: Arc<Instance<D>>,
    /// Its open tasks.
    pub(super) tasks: Vec<SharedRecord>,
    /// Its open requests and timers; of what is warm, none.
    pub(super) work: Vec<Work>,
    /// What it was decided from last, if that was kept: then nothing of this need be of now.
    pub(super) warm: Option<Loaded<D>>,
}

/// What people have done with the task that an instance waits at.
pub(super) fn handling_of(tasks: &[SharedRecord]) -> Result<Option<Handling>, CodecError> {
    tasks.first().map(|it| Task::from_bytes(&it.body).map(|it| it.handling)).transpose()
}

impl<D: Domain> Runtime<D> {
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
        if !is_reached(&homes, subject, scope) {
            return Err(Rejection::NotFound { what: "object" }.into());
        }
        loop {
            let ids: Vec<_> = homes.iter().map(|it| it.id).collect();
            let records: Vec<_> = Home::records_of(&homes).cloned().collect();
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

    pub(super) async fn instance(&self, tenant: TenantId, id: InstanceId) -> Result<Box<Found<D>>, Error<D>> {
        let records = self.storage.instance(tenant, id).await?;
        self.as_found(records.ok_or(Rejection::NotFound { what: "instance" })?)
    }

    /// As it was kept, or else as it is stored; with what was kept beside it.
    pub(super) async fn warm_instance(&self, tenant: TenantId, id: InstanceId) -> Result<Box<Found<D>>, Error<D>> {
        let Some(Kept { loaded, begun }) = self.warm.take(tenant, id) else { return self.instance(tenant, id).await };
        let mut found = match begun {
            Some((instance, tasks)) => {
                Box::new(Found { instance: Arc::new(instance), tasks, work: Vec::new(), warm: None })
            }
            None => self.instance(tenant, id).await?,
        };
        found.warm = Some(loaded);
        Ok(found)
    }

    pub(super) fn as_found(&self, records: InstanceRecords) -> Result<Box<Found<D>>, Error<D>> {
        let InstanceRecords { instance, tasks, work } = records;
        let instance = Instance::of(&instance)?;
        Ok(Box::new(Found { instance, tasks, work, warm: None }))
    }

    /// The options that an instance goes by: its own, or the default of each.
    pub(super) fn options_of(&self, instance: &Instance<D>) -> Bound<D> {
        instance.bound().unwrap_or(&self.unbound).clone()
    }

    /// The latest version of a process.
    pub(super) fn latest(&self, name: &str) -> Result<&Arc<dyn Process<D>>, Error<D>> {
        let known = || self.registry.all().map(|it| it.outline().name).collect();
        let found = self.registry.latest(name);
        found.ok_or_else(|| Rejection::UnknownProcess { name: shown(name), known: known() }.into())
    }

    pub(super) fn definition_of(&self, instance: &Instance<D>) -> Result<&Arc<dyn Process<D>>, Error<D>> {
        let found = self.registry.exact(instance.process(), instance.version(), instance.fingerprint());
        found.map_err(|it| Rejection::Definition(it).into())
    }
}
