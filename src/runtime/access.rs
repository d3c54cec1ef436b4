use std::sync::atomic::Ordering;

use crate::engine::{Actor, Domain, Rejection, Scope};
use crate::ports::{Action, Call, DirectoryError, Identity, Principal, Refused};
use crate::values::{ObjectRef, PersonId};

use super::{Error, Runtime};

/// An actor with the reach of the right that was asked for.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) actor: Actor,
    pub(super) scope: Scope,
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

    /// Finds the person behind the principal and the right for an action. Refusals go to the access journal.
    pub(super) async fn admit(&self, principal: &Principal, action: &Action) -> Result<Admitted, Error<D>> {
        let identity = self.identify(principal).await?;
        self.permit(principal, &identity, action).await
    }

    /// Finds the person behind the principal, who must be active: before anything else is looked at.
    pub(super) async fn identify(&self, principal: &Principal) -> Result<Identity, Error<D>> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::Closed);
        }
        let (person, rejection) = match self.directory.resolve(principal).await {
            Ok(identity) if identity.active => return Ok(identity),
            Ok(Identity { person, state, .. }) => (Some(person), Rejection::ActorInactive { state }),
            Err(DirectoryError::NotFound) => (None, Rejection::UnknownAccount),
            Err(error) => return Err(error.into()),
        };
        self.refuse(principal, person, "sign in".to_owned(), None, &rejection).await;
        Err(rejection.into())
    }

    /// Finds the right of a person for an action, and its reach.
    pub(super) async fn permit(
        &self,
        principal: &Principal,
        identity: &Identity,
        action: &Action,
    ) -> Result<Admitted, Error<D>> {
        let person = Some(identity.person);
        let permit = self.authorizer.permit(identity, principal.component(), action).await;
        if permit.scope == Scope::None {
            let rejection = Rejection::NotEntitled { right: action.to_string() };
            self.refuse(principal, person, action.to_string(), None, &rejection).await;
            return Err(rejection.into());
        }
        let actor = Actor {
            person,
            role: permit.role,
            on_behalf: None,
            component: principal.component(),
            method: principal.method().to_owned(),
            authenticated: principal.authenticated(),
            account: principal.account().to_owned(),
            origin: principal.origin().to_owned(),
        };
        Ok(Admitted { actor, scope: permit.scope })
    }

    /// Notes a refusal outside every chain (law 12).
    pub(super) async fn refuse(
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

    /// The newest refusals of the principal's tenant.
    ///
    /// # Errors
    ///
    /// [`Error`]; the right to see refusals is needed.
    pub async fn refusals(&self, call: impl Into<Call<'_>>, limit: usize) -> Result<Vec<Refused>, Error<D>> {
        let principal = call.into().principal;
        self.admit(principal, &Action::Journal).await?;
        Ok(self.journal.refusals(principal.tenant(), limit).await?)
    }
}
