use std::collections::BTreeMap;

use uuid::Builder as UuidBuilder;

use crate::engine::{
    Actor, Command, Domain, INSTANCE_KIND, Instance, Rejection, Scope, Situation, Waiting, may_decide,
};
use crate::ports::{Commit, Committed, Query, Remembered, Search, StorageError};
use crate::values::{CommandId, Digest, InstanceId, Millis, PersonId, TenantId, Timestamp, encode};

use super::command::{ATTEMPTS, effects_of};
use super::load::{Found, handling_of};
use super::people::Knowing;
use super::persist::Grounds;
use super::{Error, Runtime};

/// What was done about the digests of a day.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Digested {
    /// How many persons are written to, each once.
    pub asked: usize,
    /// Requests for approval that could not be looked at, since their definition is missing, say; they are in no digest of today.
    pub failed: usize,
}

/// What came of the digest of one person.
enum Came {
    /// It was asked for.
    Asked,
    /// It was asked for before, on the same day.
    AskedBefore,
    /// Nobody is written to from here: no notifier is plugged in.
    NoMail,
}

/// The day of digests, counted in UTC.
#[derive(Clone, Copy)]
struct Day(i64);

impl<D: Domain> Runtime<D> {
    /// Writes to each person for whom requests for approval wait, with all of them in one mail: those that were asked for
    /// while the options said that whoever may decide is told once a day.
    ///
    /// Call it beside [`tick`](Runtime::tick), from the hour on at which people should find it: the first call of a day (UTC) asks
    /// for the mails, all others of that day find it done. Any number of hosts may call it, at once and again after a crash: each
    /// person is written to once a day. It is on record in the history of what waits first. What is put off to a date is not
    /// told before, and what somebody has claimed is told to nobody else.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and [`Error::Directory`]; the next call goes on where this one ended.
    pub async fn digest(&self, tenant: TenantId) -> Result<Digested, Error<D>> {
        self.not_closed()?;
        let now = self.clock.now();
        let day = Day(now.millis().div_euclid(Millis::days(1).millis()));
        let mut digested = Digested::default();
        if self.storage.remembered(tenant, None, day.of_all()).await?.is_some() {
            return Ok(digested);
        }
        let (by_person, failed) = self.waiting_by_person(tenant, now).await?;
        digested.failed = failed;
        for (person, waiting) in by_person {
            match self.ask_for_digest(tenant, day, person, waiting).await? {
                Came::Asked => digested.asked += 1,
                Came::AskedBefore => {}
                // Another host may have a notifier: for it, the day is not over.
                Came::NoMail => return Ok(digested),
            }
        }
        let remember = Some(day.remembered(day.of_all(), now)?);
        self.storage.commit(Commit { remember, ..Commit::of(tenant) }).await?;
        Ok(digested)
    }

    /// What waits for each person, what is due first first; and how much could not be looked at.
    async fn waiting_by_person(
        &self,
        tenant: TenantId,
        now: Timestamp,
    ) -> Result<(BTreeMap<PersonId, Vec<Waiting>>, usize), Error<D>> {
        let mut query = Query::of(tenant, Scope::All, Search::of(INSTANCE_KIND).limit(1000));
        let (mut by_person, mut failed) = (BTreeMap::<_, Vec<Waiting>>::new(), 0);
        loop {
            let page = self.storage.find(&query).await?;
            for record in &page.records {
                let id = InstanceId::from_uuid(record.at.id());
                let instance = Instance::<D>::of(record)?;
                let daily = instance.bound().is_some_and(|it| D::mails_daily(&it.options));
                if !daily || instance.approval().is_none() {
                    continue;
                }
                match self.deciders(tenant, id, now).await {
                    Ok(Some((waiting, persons))) => {
                        persons.into_iter().for_each(|it| by_person.entry(it).or_default().push(waiting.clone()));
                    }
                    Ok(None) => {}
                    Err(error) if error.is_retryable() => return Err(error),
                    Err(_) => failed += 1,
                }
            }
            match page.next {
                Some(place) => query.after = Some(place),
                None => break,
            }
        }
        by_person.values_mut().for_each(|it| it.sort_by_key(|it| (it.until, it.instance)));
        Ok((by_person, failed))
    }

    /// What an instance waits for now, and who may decide it; none if it waits for nobody, or not yet.
    async fn deciders(
        &self,
        tenant: TenantId,
        id: InstanceId,
        now: Timestamp,
    ) -> Result<Option<(Waiting, Vec<PersonId>)>, Error<D>> {
        let Found { instance, tasks, .. } = *self.instance(tenant, id).await?;
        let handling = handling_of(&tasks)?.unwrap_or_default();
        let Some((_, task, until)) = instance.waits() else { return Ok(None) };
        let put_off = instance.approval().and_then(|it| it.postponed).flatten();
        if until <= now || handling.follow_up.or(put_off).is_some_and(|it| it > now) {
            return Ok(None);
        }
        let process = self.definition_of(&instance)?;
        let loaded = self.load(tenant, instance.subject(), &Scope::All).await?;
        let options = self.options_of(&instance);
        let actor = Actor::worker(now);
        let (process, about) = (process.as_ref(), Some(&*instance));
        let situation = self.of_worker(tenant, process, about, &loaded.dossier, &options, &actor)?;
        let situation = Situation { handling: Some(&handling), ..situation };
        let knowing = Knowing { situation, subject: instance.subject(), homes: &loaded.homes };
        let mut persons = self.knowing(&knowing, |it| may_decide(it, &instance)).await?;
        persons.retain(|it| handling.holder().is_none_or(|holder| holder == *it));
        let waiting = Waiting {
            process: instance.process().to_owned(),
            instance: id,
            subject: instance.subject(),
            task: Some(task),
            requester: instance.requester(),
            until: Some(until),
        };
        Ok(Some((waiting, persons)))
    }

    /// Asks for one mail, in one commit under an id that every host gives it.
    async fn ask_for_digest(
        &self,
        tenant: TenantId,
        day: Day,
        to: PersonId,
        waiting: Vec<Waiting>,
    ) -> Result<Came, Error<D>> {
        let id = day.of(to);
        let Some(first) = waiting.first().map(|it| it.instance) else { return Ok(Came::AskedBefore) };
        if self.storage.remembered(tenant, None, id).await?.is_some() {
            return Ok(Came::AskedBefore);
        }
        let command = Command::Digest { to, waiting };
        for _ in 0..ATTEMPTS {
            let Found { instance, tasks, .. } = *self.instance(tenant, first).await?;
            let process = self.definition_of(&instance)?;
            let loaded = self.load(tenant, instance.subject(), &Scope::All).await?;
            let options = self.options_of(&instance);
            let now = self.clock.now();
            let actor = Actor::worker(now);
            let (process, about) = (process.as_ref(), Some(&*instance));
            let situation = self.of_worker(tenant, process, about, &loaded.dossier, &options, &actor)?;
            let knowing = Knowing { situation, subject: instance.subject(), homes: &loaded.homes };
            let decision = self.decide(&knowing, &command, None).await?;
            if decision.requests.is_empty() {
                return Ok(Came::NoMail);
            }
            let grounds = Grounds {
                tenant,
                actor: &actor,
                command: id,
                now,
                rule: "by itself".to_owned(),
                homes: &loaded.homes,
                instance: Some(&instance),
                tasks: &tasks,
                in_bulk: true,
            };
            let mut commit = self.commit_of(&grounds, &decision)?;
            // It relies on nothing but the instance: what changes meanwhile is told as it is when it is sent.
            commit.expects.clear();
            commit.remember = Some(day.remembered(id, now)?);
            let asked = effects_of(&commit);
            match self.storage.commit(commit).await {
                Ok(Committed::Stored { behind, .. }) => {
                    self.take_up(asked, &behind);
                    return Ok(Came::Asked);
                }
                Ok(Committed::Repeated(_)) => return Ok(Came::AskedBefore),
                Err(StorageError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Rejection::Contended { attempts: ATTEMPTS }.into())
    }
}

impl Day {
    /// The id of the command that writes to a person on this day: of every host the same, so that it is done once.
    fn of(self, person: PersonId) -> CommandId {
        self.id(person.uuid().as_bytes())
    }

    /// The id under which it is remembered that everybody was written to.
    fn of_all(self) -> CommandId {
        self.id(b"everybody")
    }

    fn id(self, what: &[u8]) -> CommandId {
        let digest = Digest::of_parts(&[b"cardflow digest", &self.0.to_be_bytes(), what]);
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
        CommandId::from_uuid(UuidBuilder::from_custom_bytes(bytes).into_uuid())
    }

    fn remembered(self, command: CommandId, at: Timestamp) -> Result<Remembered, crate::values::CodecError> {
        let content = Digest::of(command.uuid().as_bytes());
        Ok(Remembered { actor: None, command, at, content, answer: encode("a digest", 1, &())? })
    }
}
