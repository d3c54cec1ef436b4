use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::engine::evidence::Erasure;
use crate::engine::{Actor, Domain, Entry, Event, Rejection, Scope, SharedRecord};
use crate::ports::{Action, Call, Commit, Committed, Home, Query, Remembered, Search, StorageError};
use crate::values::{CommandId, Digest, HomeId, Ids, InstanceId, ObjectRef, PersonId, TenantId, decode, encode};

use super::access::Admitted;
use super::answer::scope_name;
use super::checkpoint::PAGE;
use super::command::ATTEMPTS;
use super::{Error, Runtime};

/// The version of the stored form of the answer.
const FORMAT: u8 = 1;
const WHAT: &str = "the answer of an erasure";

/// What an erasure took away.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Erased {
    /// Records that lost their personal part.
    pub records: usize,
    /// Objects that lost personal data.
    pub objects: usize,
}

impl<D: Domain> Runtime<D> {
    /// Erases the personal data of a person who will not come back: from the person, from what is named after the person,
    /// and the personal part of every record in the person's home, and of every record elsewhere of something the person
    /// did. The objects stay, the chains verify, and one commit with all of it says who erased whose data and when.
    ///
    /// Reads the whole history once. What comes on record later is for a later call; one that finds nothing changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`Rejection::Refused`] if the person may still come back, [`Rejection::StillOpen`] while instances hold what was
    /// answered in them, [`Rejection::NotEntitled`].
    pub async fn erase(&self, call: impl Into<Call<'_>>, person: ObjectRef) -> Result<Erased, Error<D>> {
        let Call { principal, command, .. } = call.into();
        let identity = self.identify(principal).await?;
        let admitted = self.everywhere(principal, &identity, &Action::Erase).await?;
        let erased = self.take_away(principal.tenant(), &admitted, command, person).await;
        self.noted(principal, &identity, Action::Erase, Some(person), erased).await
    }

    async fn take_away(
        &self,
        tenant: TenantId,
        admitted: &Admitted,
        given: Option<CommandId>,
        person: ObjectRef,
    ) -> Result<Erased, Error<D>> {
        let actor = &admitted.actor;
        let content = Digest::of_parts(&[b"erase", person.to_string().as_bytes()]);
        if let Some(command) = given
            && let Some(known) = self.storage.remembered(tenant, actor.person, command).await?
        {
            return again(&known, content);
        }
        for _ in 0..ATTEMPTS {
            let loaded = self.load(tenant, person, &admitted.scope).await?;
            let changes = D::erase(&loaded.dossier).map_err(Rejection::Refused)?;
            let homes: BTreeSet<HomeId> = changes.iter().map(|it| D::object_of(it).home()).collect();
            let open = self.open_instances(tenant).await?;
            let instances = open.values().filter(|it| homes.contains(it)).count();
            if instances > 0 {
                return Err(Rejection::StillOpen { instances }.into());
            }
            let mut dossier = loaded.dossier.clone();
            let mut commit = Commit::of(tenant);
            for change in &changes {
                D::apply(&mut dossier, change).map_err(Rejection::Refused)?;
            }
            let stored = |at: ObjectRef| Home::records_of(&loaded.homes).find(|it| it.at == at);
            for change in &changes {
                let record = D::record(&dossier, D::object_of(change))?;
                let other =
                    record.filter(|it| stored(it.at).is_none_or(|old| (&old.keys, &old.body) != (&it.keys, &it.body)));
                commit.puts.extend(other.map(SharedRecord::from));
            }
            let erasure = self.personal_records(tenant, person).await?;
            commit.erases = erasure.each().collect();
            if commit.puts.is_empty() && commit.erases.is_empty() {
                return Ok(Erased::default());
            }
            let erased = Erased { records: commit.erases.len(), objects: commit.puts.len() };
            let now = self.clock.now();
            let mut fresh = Ids::new(now, self.ids.seed()?);
            let command = given.unwrap_or_else(|| CommandId::from_uuid(fresh.fresh()));
            commit.expects = loaded.homes.iter().map(|it| (it.id, it.revision)).collect();
            let answer = encode(WHAT, FORMAT, &erased)?;
            commit.remember = Some(Remembered { actor: actor.person, command, at: now, content, answer });
            let entry = Entry::<D> {
                at: now,
                command,
                actor: actor.mark(),
                run: None,
                rule: format!("{} of {}", actor.role, scope_name(&admitted.scope)),
                events: Vec::new(),
                changes: Vec::new(),
            };
            let mut homes: BTreeMap<HomeId, Vec<D::Change>> = BTreeMap::from([(person.home(), Vec::new())]);
            for change in changes {
                homes.entry(D::object_of(&change).home()).or_default().push(change);
            }
            for (home, changes) in homes {
                let at_home = home == person.home();
                let events = if at_home { vec![Event::Erased(erasure.clone())] } else { Vec::new() };
                let nobody = Actor::worker(now);
                let named = if at_home { actor } else { &nobody };
                commit.history.push(Entry { events, changes, ..entry.clone() }.draft(home, named, &fresh)?);
            }
            match self.storage.commit(commit).await {
                Ok(Committed::Stored { .. }) => return Ok(erased),
                Ok(Committed::Repeated(known)) => return again(&known, content),
                Err(StorageError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Rejection::Contended { attempts: ATTEMPTS }.into())
    }

    /// The records with a personal part that is, or may be, about a person. That of an erasure is about who erased.
    async fn personal_records(&self, tenant: TenantId, person: ObjectRef) -> Result<Erasure, Error<D>> {
        let id = PersonId::from_uuid(person.id());
        let (mut position, mut records) = (0, BTreeMap::<HomeId, Vec<u64>>::new());
        loop {
            let page = self.log.records_after(tenant, position, PAGE).await?;
            let Some(last) = page.last() else { break };
            position = last.position;
            for record in page.into_iter().map(|it| it.record).filter(|it| it.personal.is_some()) {
                let entry = Entry::<D>::read(&record)?;
                let of_erasure = entry.events.iter().any(|it| matches!(it, Event::Erased(it) if it.person == id));
                let at_home = record.chain == person.home() && !of_erasure;
                if at_home || entry.actor.person == Some(id) {
                    records.entry(record.chain).or_default().push(record.sequence);
                }
            }
        }
        Ok(Erasure { person: id, records: records.into_iter().collect() })
    }

    /// The instances that are not over, with the homes of their subjects.
    pub(super) async fn open_instances(&self, tenant: TenantId) -> Result<BTreeMap<InstanceId, HomeId>, Error<D>> {
        let mut query = Query::of(tenant, Scope::All, Search::of(crate::engine::INSTANCE_KIND).limit(PAGE));
        let mut open = BTreeMap::new();
        loop {
            let page = self.storage.find(&query).await?;
            open.extend(page.records.iter().map(|it| (InstanceId::from_uuid(it.at.id()), it.at.home())));
            match page.next {
                Some(place) => query.after = Some(place),
                None => return Ok(open),
            }
        }
    }
}

fn again<D: Domain>(known: &Remembered, content: Digest) -> Result<Erased, Error<D>> {
    if known.content != content {
        return Err(Rejection::CommandIdReused { id: known.command }.into());
    }
    Ok(decode(WHAT, FORMAT, &known.answer)?)
}
