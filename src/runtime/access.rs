use std::sync::atomic::Ordering;

use crate::engine::{Actor, Domain, Rejection, Scope};
use crate::ports::{Action, Call, DirectoryError, Identity, Principal, Refused};
use crate::values::{ObjectRef, PersonId, Timestamp};

use super::{Error, Runtime};

/// An actor with the reach of the right that was asked for.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) actor: Actor,
    pub(super) scope: Scope,
}

/// Which refusals are asked for, newest first. A number asks for so many of all.
///
/// ```
/// use cardflow::runtime::Refusals;
/// use cardflow::values::{Millis, PersonId, Timestamp};
/// # use uuid::Uuid;
/// # let (olga, today) = (PersonId::from_uuid(Uuid::from_u128(1)), Timestamp::from_millis(0));
///
/// let yesterday = Refusals::all().by(olga).between(today.minus(Millis::days(1)), today);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusals {
    actor: Option<PersonId>,
    times: Option<(Timestamp, Timestamp)>,
    limit: usize,
}

impl Refusals {
    /// Every one that the journal keeps.
    #[must_use]
    pub fn all() -> Self {
        Refusals { actor: None, times: None, limit: usize::MAX }
    }

    /// Of what this person tried.
    #[must_use]
    pub fn by(self, person: PersonId) -> Self {
        Refusals { actor: Some(person), ..self }
    }

    /// From one time on, and before another. The same refusal within an hour is one entry, and found by its first as by its
    /// last time.
    #[must_use]
    pub fn between(self, from: Timestamp, until: Timestamp) -> Self {
        Refusals { times: Some((from, until)), ..self }
    }

    /// At most so many.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Refusals { limit, ..self }
    }

    fn is_bare(&self) -> bool {
        self.actor.is_none() && self.times.is_none()
    }

    fn wants(&self, refused: &Refused) -> bool {
        (self.actor.is_none() || self.actor == refused.actor)
            && self.times.is_none_or(|(from, until)| refused.last >= from && refused.first < until)
    }
}

impl From<usize> for Refusals {
    fn from(limit: usize) -> Self {
        Refusals::all().limit(limit)
    }
}

impl<D: Domain> Runtime<D> {
    /// Resolves a principal, as every call does anew: which person, in what state, with which roles.
    ///
    /// # Errors
    ///
    /// [`Rejection::UnknownAccount`] and [`Rejection::ActorInactive`].
    pub async fn sign_in(&self, call: impl Into<Call<'_>>) -> Result<Identity, Error<D>> {
        self.identify(call.into().principal).await
    }

    /// Finds the person behind the principal, who must be active: before anything else is looked at.
    pub(super) async fn identify(&self, principal: &Principal) -> Result<Identity, Error<D>> {
        self.not_closed()?;
        let (person, rejection) = match self.directory.resolve(principal).await {
            Ok(identity) if identity.active => return Ok(identity),
            Ok(Identity { person, state, .. }) => (Some(person), Rejection::ActorInactive { state }),
            Err(DirectoryError::NotFound) => (None, Rejection::UnknownAccount),
            Err(error) => return Err(error.into()),
        };
        self.note(principal, person, "sign in".to_owned(), None, &rejection).await;
        Err(rejection.into())
    }

    pub(crate) fn not_closed(&self) -> Result<(), Error<D>> {
        if self.closed.load(Ordering::SeqCst) { Err(Error::Closed) } else { Ok(()) }
    }

    /// Finds the right of a person for an action, and its reach.
    pub(super) async fn permit(
        &self,
        principal: &Principal,
        identity: &Identity,
        action: &Action,
    ) -> Result<Admitted, Error<D>> {
        let permit = self.authorizer.permit(identity, principal.component(), action).await;
        if permit.scope == Scope::None {
            return Err(Rejection::NotEntitled { right: action.to_string() }.into());
        }
        let actor = Actor {
            person: Some(identity.person),
            role: permit.role,
            on_behalf: None,
            component: principal.component(),
            method: principal.method().to_owned(),
            authenticated: principal.authenticated(),
            account: principal.account().to_owned(),
            origin: principal.origin().to_owned(),
            roles: identity.roles.iter().map(|it| it.role.clone()).collect(),
        };
        Ok(Admitted { actor, scope: permit.scope })
    }

    /// Hands on what an attempt came to; a rejection is noted first.
    pub(super) async fn noted<T>(
        &self,
        principal: &Principal,
        identity: &Identity,
        attempt: impl ToString,
        subject: Option<ObjectRef>,
        came: Result<T, Error<D>>,
    ) -> Result<T, Error<D>> {
        if let Err(Error::Rejected(rejection)) = &came {
            self.note(principal, Some(identity.person), attempt.to_string(), subject, rejection).await;
        }
        came
    }

    /// Notes a refusal outside every chain (law 12).
    async fn note(
        &self,
        principal: &Principal,
        actor: Option<PersonId>,
        attempt: String,
        subject: Option<ObjectRef>,
        rejection: &Rejection<D>,
    ) {
        let now = self.clock.now();
        let refused = Refused {
            tenant: principal.tenant(),
            actor,
            attempt,
            subject,
            code: rejection.code().to_owned(),
            first: now,
            last: now,
            times: 1,
        };
        self.journal.note(refused).await;
    }

    /// The newest refusals of the principal's tenant, as far as the journal keeps them.
    ///
    /// # Errors
    ///
    /// [`Error`]; the right to see refusals is needed.
    pub async fn refusals(
        &self,
        call: impl Into<Call<'_>>,
        wanted: impl Into<Refusals>,
    ) -> Result<Vec<Refused>, Error<D>> {
        let wanted = wanted.into();
        let principal = call.into().principal;
        let identity = self.identify(principal).await?;
        let permitted = self.permit(principal, &identity, &Action::Journal).await;
        self.noted(principal, &identity, Action::Journal, None, permitted).await?;
        // The journal is bounded, so all of it may be looked through.
        let read = if wanted.is_bare() { wanted.limit } else { usize::MAX };
        let refusals = self.journal.refusals(principal.tenant(), read).await?;
        Ok(refusals.into_iter().filter(|it| wanted.wants(it)).take(wanted.limit).collect())
    }
}
