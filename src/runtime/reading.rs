use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::engine::{Domain, Entry, Event, OWNER_KEY, Reading, Scope, SharedRecord};
use crate::ports::{Commit, Principal};
use crate::values::{CommandId, HomeId, Ids, Millis, ObjectRef, PersonId, TenantId, Timestamp};

use super::access::Admitted;
use super::answer::scope_name;
use super::{Error, Runtime};

/// Reading the same again within this time is not recorded again.
const WITHIN: Millis = Millis::hours(1);
/// So many readings are remembered; after that, some may be recorded again too soon.
const REMEMBERED: usize = 100_000;

/// What this host has put on record lately: a cache, so that turning pages does not fill chains.
#[derive(Debug, Default)]
pub(super) struct Readings(Mutex<BTreeMap<Key, Timestamp>>);

type Key = (TenantId, PersonId, Reading, ObjectRef);

impl Readings {
    fn is_recorded(&self, key: &Key, now: Timestamp) -> bool {
        let recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.get(key).is_some_and(|at| *at <= now && now < at.plus(WITHIN))
    }

    fn record(&self, keys: impl Iterator<Item = Key>, now: Timestamp) {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded.len() >= REMEMBERED {
            recorded.retain(|_, at| now < at.plus(WITHIN));
        }
        if recorded.len() >= REMEMBERED {
            recorded.clear();
        }
        recorded.extend(keys.map(|it| (it, now)));
    }
}

/// Those objects that belong to somebody else than who reads.
pub(super) fn of_others<'a>(admitted: &Admitted, shown: impl IntoIterator<Item = &'a SharedRecord>) -> Vec<ObjectRef> {
    let own = admitted.actor.person.map_or(Scope::None, Scope::Own);
    let theirs = |it: &&SharedRecord| it.keys.of(OWNER_KEY.code).next().is_some() && !own.reaches(&it.keys);
    shown.into_iter().filter(theirs).map(|it| it.at).collect()
}

impl<D: Domain> Runtime<D> {
    /// Puts on record that personal data of others is about to be shown, if the options want it: in the reader's own chain,
    /// once an hour for each reader and object. What cannot be recorded is not shown.
    ///
    /// If the options cannot be read, it is recorded, so that nobody reads unseen by breaking them.
    pub(super) async fn record_reading(
        &self,
        principal: &Principal,
        admitted: &Admitted,
        how: Reading,
        of_others: Vec<ObjectRef>,
    ) -> Result<(), Error<D>> {
        let (tenant, now) = (principal.tenant(), self.clock.now());
        let Some(reader) = admitted.actor.person else { return Ok(()) };
        let key = |object| (tenant, reader, how, object);
        let objects: Vec<_> = of_others.into_iter().filter(|it| !self.readings.is_recorded(&key(*it), now)).collect();
        if objects.is_empty() {
            return Ok(());
        }
        let facts = D::facts(None, &admitted.actor);
        if self.options.in_force(tenant, &facts).await.is_ok_and(|it| !D::records_reading(&it.options)) {
            return Ok(());
        }
        let mut ids = Ids::new(now, self.ids.seed()?);
        let entry = Entry::<D> {
            at: now,
            command: CommandId::from_uuid(ids.fresh()),
            actor: admitted.actor.mark(),
            run: None,
            rule: format!("{} of {}", admitted.actor.role, scope_name(&admitted.scope)),
            events: vec![Event::Read { how, objects: objects.clone() }],
            changes: Vec::new(),
        };
        let mut commit = Commit::of(tenant);
        commit.history.push(entry.draft(HomeId::from_uuid(reader.uuid()), &admitted.actor, &ids)?);
        self.storage.commit(commit).await?;
        self.readings.record(objects.into_iter().map(key), now);
        Ok(())
    }
}
