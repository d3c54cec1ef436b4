//! Who may grant roles; and that somebody always may.

use std::collections::BTreeSet;

use crate::engine::{Appointer, Component, Domain, HeldRole, Rejection, Scope};
use crate::ports::{Action, DirectoryError, Identity, Principal};
use crate::values::{HomeId, ObjectRef, PersonId, Revision, TenantId};

use super::access::Admitted;
use super::{Error, Runtime};

impl<D: Domain> Runtime<D> {
    /// The actor, if their right to grant roles reaches everywhere, or some units.
    pub(super) async fn may_grant(&self, principal: &Principal, identity: &Identity) -> Result<Admitted, Error<D>> {
        let admitted = self.permit(principal, identity, &Action::Grant).await?;
        match admitted.scope {
            Scope::All | Scope::Units(_) => Ok(admitted),
            Scope::Own(_) | Scope::None => Err(Rejection::NotEntitled { right: Action::Grant.to_string() }.into()),
        }
    }

    /// New objects as the actor may bring them in: what roles they come with, the actor must have the right to grant, and is
    /// the one who grants them. None if they come with none.
    pub(super) async fn with_roles_of(
        &self,
        principal: &Principal,
        identity: &Identity,
        objects: &[D::Object],
    ) -> Result<Option<Vec<D::Object>>, Error<D>> {
        if !objects.iter().any(D::comes_appointed) {
            return Ok(None);
        }
        let Admitted { actor, scope } = self.may_grant(principal, identity).await?;
        let options = self.options.in_force(principal.tenant(), &D::facts(None, &actor)).await?;
        let needs_second = D::needs_second_administrator(&options.options);
        let by = Appointer { by: identity.person, at: self.clock.now(), reach: scope, needs_second };
        let given = objects.iter().map(|it| D::appointed_by(it.clone(), &by)).collect::<Result<Vec<_>, _>>();
        Ok(Some(given.map_err(Rejection::Refused)?))
    }

    /// Who may still grant roles as far as a person could who loses one, as the homes of their persons were read: a commit
    /// that takes the role expects them, so that two who take it from each other do not both succeed.
    pub(super) async fn keepers(
        &self,
        tenant: TenantId,
        by: &Admitted,
        person: ObjectRef,
        role: &str,
    ) -> Result<Vec<(HomeId, Revision)>, Error<D>> {
        let loser = PersonId::from_uuid(person.id());
        let Some(before) = self.known(tenant, loser).await? else { return Ok(Vec::new()) };
        let stays = |it: &&HeldRole| it.role != role || !by.scope.covers(&reach_of(it));
        let after = Identity { roles: before.roles.iter().filter(stays).cloned().collect(), ..before.clone() };
        let needed = self.grants(&before).await;
        let mut have = self.grants(&after).await;
        let mut keepers = Vec::new();
        if have.covers(&needed) {
            return Ok(keepers);
        }
        // Who takes it from another one is there.
        let actor = by.actor.person.filter(|it| *it != loser);
        if let Some(actor) = actor {
            let (read, scope) = self.keeper(tenant, actor).await?;
            if scope == Scope::None {
                return Err(Rejection::NotEntitled { right: Action::Grant.to_string() }.into());
            }
            keepers.push(read);
            have = have.wider(scope);
        }
        if !have.covers(&needed) {
            let members = self.directory.members(tenant, role).await?;
            let others: BTreeSet<_> = members.iter().map(|it| it.person).collect();
            for other in others.into_iter().filter(|it| *it != loser && Some(*it) != actor) {
                let (read, scope) = self.keeper(tenant, other).await?;
                if scope != Scope::None {
                    keepers.push(read);
                    have = have.wider(scope);
                }
                if have.covers(&needed) {
                    break;
                }
            }
        }
        if have.covers(&needed) {
            return Ok(keepers);
        }
        Err(Rejection::LastAdministrator { role: role.to_owned() }.into())
    }

    /// How far a person may grant roles, and the home that says so: read before, so that it has not changed since if it has
    /// that revision at the commit.
    async fn keeper(&self, tenant: TenantId, person: PersonId) -> Result<((HomeId, Revision), Scope), Error<D>> {
        let id = HomeId::from_uuid(person.uuid());
        let revision = self.storage.homes(tenant, &[id]).await?.first().map_or(Revision::NONE, |it| it.revision);
        let scope = match self.known(tenant, person).await? {
            Some(identity) => self.grants(&identity).await,
            None => Scope::None,
        };
        Ok(((id, revision), scope))
    }

    async fn known(&self, tenant: TenantId, person: PersonId) -> Result<Option<Identity>, Error<D>> {
        match self.directory.person(tenant, person).await {
            Ok(identity) => Ok(Some(identity)),
            Err(DirectoryError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// How far a person may grant roles to others, from whatever component.
    async fn grants(&self, identity: &Identity) -> Scope {
        let mut widest = Scope::None;
        if identity.active {
            for component in Component::ALL {
                widest = widest.wider(self.authorizer.permit(identity, *component, &Action::Grant).await.scope);
            }
        }
        // What reaches one's own alone grants nothing to others.
        if let Scope::Own(_) = widest { Scope::None } else { widest }
    }
}

/// What a role reaches at most.
fn reach_of(held: &HeldRole) -> Scope {
    if held.units.is_empty() { Scope::All } else { Scope::Units(held.units.clone()) }
}
