use crate::engine::{Actor, Alarm, Assembly, Domain, Entry, Record, Rejection, Scope, SharedRecord};
use crate::ports::{Action, Call, Commit, Committed, Home, Query, Remembered, Search, StorageError};
use crate::values::{CodecError, CommandId, Digest, Ids, Revision, Seed, TenantId, Timestamp, decode, encode};

use super::answer::scope_name;
use super::command::ATTEMPTS;
use super::persist::alarms;
use super::{Error, Runtime};

/// The version of the stored form of the answer.
const FORMAT: u8 = 1;
const COUNT: &str = "a count of objects";

impl<D: Domain> Runtime<D> {
    /// Registers new objects, all in one commit: all of them come in, or none. Says how many.
    ///
    /// Roles and deputyships that a person comes with are granted by whoever registers the person, and count as if they had
    /// been given by [`grant_role`](Runtime::grant_role) and [`name_deputy`](Runtime::name_deputy): whatever the objects say of
    /// who gave them.
    ///
    /// # Errors
    ///
    /// [`StorageError::AlreadyExists`] names a number or account that is taken; [`Rejection::NotEntitled`] if the right to
    /// register is missing, or that to grant roles where somebody comes with one; [`Rejection::Refused`] if a role reaches
    /// further than that right.
    pub async fn register(&self, call: impl Into<Call<'_>>, objects: &[D::Object]) -> Result<usize, Error<D>> {
        let Call { principal, command, .. } = call.into();
        let identity = self.identify(principal).await?;
        let registered = async {
            let admitted = self.permit(principal, &identity, &Action::Register).await?;
            let rule = format!("{} of {}", admitted.actor.role, scope_name(&admitted.scope));
            let given = self.with_roles_of(principal, &identity, objects).await?;
            let content = content_of::<D>(objects)?;
            let objects = given.as_deref().unwrap_or(objects);
            self.bring_in(principal.tenant(), &admitted.actor, command, &rule, objects, content).await
        };
        self.noted(principal, &identity, Action::Register, None, registered.await).await
    }

    /// Brings in the first objects of a tenant, the administrator among them, while nobody is there to have the right. The
    /// roles that persons come with count as the installation gives them. Bring in two administrators: what one does for
    /// oneself waits for another one.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotEntitled`] once the tenant has any object that can be searched for: register them as an
    /// administrator then.
    pub async fn install(&self, tenant: TenantId, objects: &[D::Object]) -> Result<usize, Error<D>> {
        self.not_closed()?;
        for kind in self.kinds() {
            let query = Query::of(tenant, Scope::All, Search::of(kind.kind).limit(1));
            if !self.storage.find(&query).await?.records.is_empty() {
                return Err(Rejection::NotEntitled { right: Action::Register.to_string() }.into());
            }
        }
        let (actor, content) = (Actor::worker(self.clock.now()), content_of::<D>(objects)?);
        self.bring_in(tenant, &actor, None, "installation of an empty tenant", objects, content).await
    }

    async fn bring_in(
        &self,
        tenant: TenantId,
        actor: &Actor,
        given: Option<CommandId>,
        rule: &str,
        objects: &[D::Object],
        content: Digest,
    ) -> Result<usize, Error<D>> {
        let mut ids = D::homes(objects);
        if let Some(command) = given
            && let Some(known) = self.storage.remembered(tenant, actor.person, command).await?
        {
            return count_again(&known, content);
        }
        let mut attempts = 0;
        while attempts < ATTEMPTS {
            let now = self.clock.now();
            let mut fresh = Ids::new(now, self.ids.seed()?);
            let command = given.unwrap_or_else(|| CommandId::from_uuid(fresh.fresh()));
            let homes = self.storage.homes(tenant, &ids).await?;
            let there: Vec<_> = Home::records_of(&homes).cloned().collect();
            let (records, mut changes) = match D::register(&there, &ids, objects, &fresh)? {
                Assembly::Complete(registered) => registered,
                Assembly::Needs(more) => {
                    ids.extend(more);
                    continue;
                }
                Assembly::NoSubject => return Ok(0),
            };
            attempts += 1;
            let double = |it: &&Record| it.revision == Revision::NONE.next() && there.iter().any(|old| old.at == it.at);
            if let Some(record) = records.iter().find(double) {
                return Err(StorageError::Conflict { what: format!("object {}", record.at) }.into());
            }
            let mut commit = Commit::of(tenant);
            commit.expects = homes.iter().map(|it| (it.id, it.revision)).collect();
            let answer = encode(COUNT, FORMAT, &objects.len())?;
            commit.remember = Some(Remembered { actor: actor.person, command, at: now, content, answer });
            changes.sort_by_key(|it| D::object_of(it).home());
            for chunk in changes.chunk_by(|a, b| D::object_of(a).home() == D::object_of(b).home()) {
                let Some(home) = chunk.first().map(|it| D::object_of(it).home()) else { continue };
                let entry = Entry::<D> {
                    at: now,
                    command,
                    actor: actor.mark(),
                    run: None,
                    rule: rule.to_owned(),
                    events: Vec::new(),
                    changes: chunk.to_vec(),
                };
                commit.history.push(entry.draft(home, actor, &fresh)?);
            }
            commit.work = alarms(tenant, &Alarm::of_new::<D>(objects, &mut fresh))?;
            commit.puts = records.into_iter().map(SharedRecord::from).collect();
            match self.storage.commit(commit).await {
                Ok(Committed::Stored { .. }) => return Ok(objects.len()),
                Ok(Committed::Repeated(known)) => return count_again(&known, content),
                Err(StorageError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Rejection::Contended { attempts: ATTEMPTS }.into())
    }
}

/// A digest of the objects: what "the same command again" means for a registration.
fn content_of<D: Domain>(objects: &[D::Object]) -> Result<Digest, CodecError> {
    let mut parts: Vec<Vec<u8>> = vec![b"register".to_vec()];
    let ids = Ids::new(Timestamp::from_millis(0), Seed::from_bytes([0; 32]));
    if let Assembly::Complete((records, _)) = D::register(&[], &D::homes(objects), objects, &ids)? {
        for record in records {
            parts.push(record.at.to_string().into_bytes());
            parts.push(record.body);
        }
    }
    Ok(Digest::of_parts(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

fn count_again<D: Domain>(known: &Remembered, content: Digest) -> Result<usize, Error<D>> {
    if known.content != content {
        return Err(Rejection::CommandIdReused { id: known.command }.into());
    }
    Ok(decode(COUNT, FORMAT, &known.answer)?)
}
