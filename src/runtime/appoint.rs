use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::engine::{Appointer, Appointment, Domain, Entry, Event, Rejection, SharedRecord};
use crate::ports::{Action, Call, Commit, Committed, Remembered, StorageError};
use crate::values::{CommandId, Digest, Ids, ObjectRef, PersonId, TenantId, Timestamp, decode, encode};

use super::access::Admitted;
use super::answer::scope_name;
use super::command::ATTEMPTS;
use super::{Error, Runtime};

/// The version of the stored form of the answer.
const FORMAT: u8 = 1;
const WHAT: &str = "the answer of an appointment";

/// What became of a role or a deputyship that was given or taken.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Appointed {
    /// It counts from now on, or is gone.
    InForce,
    /// It counts once another administrator has done the same.
    Proposed,
}

impl<D: Domain> Runtime<D> {
    /// Grants a person a role, limited to these units or, without any, to none.
    ///
    /// What one grants oneself is proposed, unless the options say otherwise, and counts once another administrator has
    /// granted the same. Whose right is limited to units grants within these, to persons of these.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotEntitled`], [`Rejection::NotFound`]; [`Rejection::Refused`] if the person has it, if whoever proposed
    /// it grants it again, or if it reaches further than the right to grant it.
    pub async fn grant_role(
        &self,
        call: impl Into<Call<'_>>,
        person: ObjectRef,
        role: &str,
        units: impl IntoIterator<Item = &str>,
    ) -> Result<Appointed, Error<D>> {
        let units: BTreeSet<_> = units.into_iter().map(str::to_owned).collect();
        self.appoint(call.into(), person, Appointment::Grant { role: role.to_owned(), units }).await
    }

    /// Takes a role from a person, wherever it was limited to, and also if it was only proposed. Whose right is limited to
    /// units takes what was limited to these, from persons of these.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotEntitled`], [`Rejection::NotFound`]; [`Rejection::Refused`] if the person does not have it, or only
    /// beyond that reach; [`Rejection::LastAdministrator`] if nobody with the role could grant roles as far any more.
    pub async fn withdraw_role(
        &self,
        call: impl Into<Call<'_>>,
        person: ObjectRef,
        role: &str,
    ) -> Result<Appointed, Error<D>> {
        self.appoint(call.into(), person, Appointment::Withdraw { role: role.to_owned() }).await
    }

    /// Lets a person stand in for another from a time until another.
    ///
    /// Who names their own deputy, or themselves as somebody's, proposes it, unless the options say otherwise; it counts once
    /// another administrator has named the same for the same time.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotEntitled`], [`Rejection::NotFound`]; [`Rejection::Refused`] if it is so, cannot be, or whoever
    /// proposed it names it again.
    pub async fn name_deputy(
        &self,
        call: impl Into<Call<'_>>,
        deputy: ObjectRef,
        of: PersonId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Appointed, Error<D>> {
        self.appoint(call.into(), deputy, Appointment::NameDeputy { of, from, until }).await
    }

    /// Ends that a person stands in for another, at whatever time.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotEntitled`], [`Rejection::NotFound`]; [`Rejection::Refused`] if it is not so.
    pub async fn end_deputy(
        &self,
        call: impl Into<Call<'_>>,
        deputy: ObjectRef,
        of: PersonId,
    ) -> Result<Appointed, Error<D>> {
        self.appoint(call.into(), deputy, Appointment::EndDeputy { of }).await
    }

    async fn appoint(
        &self,
        Call { principal, command, .. }: Call<'_>,
        person: ObjectRef,
        what: Appointment,
    ) -> Result<Appointed, Error<D>> {
        let identity = self.identify(principal).await?;
        let admitted = match &what {
            Appointment::Grant { .. } | Appointment::Withdraw { .. } => {
                let admitted = self.may_grant(principal, &identity).await;
                self.noted(principal, &identity, Action::Grant, None, admitted).await?
            }
            // Who stands in for another does so wherever the other has roles.
            Appointment::NameDeputy { .. } | Appointment::EndDeputy { .. } => {
                self.everywhere(principal, &identity, &Action::Grant).await?
            }
        };
        let tenant = principal.tenant();
        let said = encode("a command", FORMAT, &what)?;
        let content = Digest::of_parts(&[b"appoint", person.to_string().as_bytes(), &said]);
        let done = self.decide_appointment(tenant, &admitted, command, content, person, &what).await;
        // A repeated command finds what it has done itself: its answer comes before the rejection (law 16).
        let done = match (done, command) {
            (Err(Error::Rejected(rejection)), Some(command)) => {
                match self.storage.remembered(tenant, admitted.actor.person, command).await? {
                    Some(known) => again(&known, content),
                    None => Err(rejection.into()),
                }
            }
            (done, _) => done,
        };
        self.noted(principal, &identity, &what, Some(person), done).await
    }

    async fn decide_appointment(
        &self,
        tenant: TenantId,
        admitted: &Admitted,
        given: Option<CommandId>,
        content: Digest,
        person: ObjectRef,
        what: &Appointment,
    ) -> Result<Appointed, Error<D>> {
        let actor = &admitted.actor;
        if let Some(command) = given
            && let Some(known) = self.storage.remembered(tenant, actor.person, command).await?
        {
            return again(&known, content);
        }
        let by = actor.person.ok_or(Rejection::UnknownAccount)?;
        for _ in 0..ATTEMPTS {
            let loaded = self.load(tenant, person, &admitted.scope).await?;
            let options = self.options.in_force(tenant, &D::facts(Some(&loaded.dossier), actor)).await?;
            let needs_second = D::needs_second_administrator(&options.options);
            let now = self.clock.now();
            let appointer = Appointer { by, at: now, reach: admitted.scope.clone(), needs_second };
            let (changes, in_force) = D::appoint(&loaded.dossier, what, &appointer).map_err(Rejection::Refused)?;
            let mut dossier = loaded.dossier.clone();
            for change in &changes {
                D::apply(&mut dossier, change).map_err(Rejection::Refused)?;
            }
            let appointed = if in_force { Appointed::InForce } else { Appointed::Proposed };
            let mut fresh = Ids::new(now, self.ids.seed()?);
            let command = given.unwrap_or_else(|| CommandId::from_uuid(fresh.fresh()));
            let mut commit = Commit::of(tenant);
            commit.puts.extend(D::record(&dossier, person)?.map(SharedRecord::from));
            commit.expects = loaded.homes.iter().map(|it| (it.id, it.revision)).collect();
            if let Appointment::Withdraw { role } = what {
                let keepers = self.keepers(tenant, admitted, person, role).await?;
                commit.expects.extend(keepers.into_iter().filter(|(id, _)| loaded.homes.iter().all(|it| it.id != *id)));
            }
            let answer = encode(WHAT, FORMAT, &appointed)?;
            commit.remember = Some(Remembered { actor: actor.person, command, at: now, content, answer });
            let entry = Entry::<D> {
                at: now,
                command,
                actor: actor.mark(),
                run: None,
                rule: format!("{} of {}", actor.role, scope_name(&admitted.scope)),
                events: vec![Event::Appointed { person, what: what.clone(), in_force }],
                changes,
            };
            commit.history.push(entry.draft(person.home(), actor, &fresh)?);
            match self.storage.commit(commit).await {
                Ok(Committed::Stored { .. }) => return Ok(appointed),
                Ok(Committed::Repeated(known)) => return again(&known, content),
                Err(StorageError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Rejection::Contended { attempts: ATTEMPTS }.into())
    }
}

fn again<D: Domain>(known: &Remembered, content: Digest) -> Result<Appointed, Error<D>> {
    if known.content != content {
        return Err(Rejection::CommandIdReused { id: known.command }.into());
    }
    Ok(decode(WHAT, FORMAT, &known.answer)?)
}
