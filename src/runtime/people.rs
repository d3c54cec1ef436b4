use crate::engine::{
    Command, Component, Decision, Domain, Inquiry, Keys, People, Reached, Scope, Situation, Undecided, decide,
};
use crate::ports::{Action, DirectoryError, Home};
use crate::values::{ObjectRef, PersonId, TenantId};

use super::{Error, Runtime};

/// A situation, and what tells which roles reach its subject.
pub(super) struct Knowing<'a, D: Domain> {
    pub(super) situation: Situation<'a, D>,
    pub(super) subject: ObjectRef,
    pub(super) homes: &'a [Home],
}

impl<D: Domain> Runtime<D> {
    /// Decides a command, asking the directory about persons as the decision needs it: most need nobody.
    pub(super) async fn decide(
        &self,
        knowing: &Knowing<'_, D>,
        command: &Command<D>,
        limit: Option<&Reached>,
    ) -> Result<Box<Decision<D>>, Error<D>> {
        self.knowing(knowing, |it| decide(&Situation { limit, ..*it }, command).map(Box::new)).await
    }

    /// Finds out what a situation comes to, asking the directory about persons as that needs it.
    pub(super) async fn knowing<T>(
        &self,
        knowing: &Knowing<'_, D>,
        find: impl Fn(&Situation<'_, D>) -> Result<T, Undecided<D>>,
    ) -> Result<T, Error<D>> {
        let mut people = People::default();
        loop {
            // INVARIANT: each time more is asked, so this ends: a policy names finitely many roles and persons.
            match find(&Situation { people: &people, ..knowing.situation }) {
                Err(Undecided::Asks(inquiry)) => self.learn(knowing, inquiry, &mut people).await?,
                found => return Ok(found?),
            }
        }
    }

    async fn learn(&self, knowing: &Knowing<'_, D>, inquiry: Inquiry, people: &mut People) -> Result<(), Error<D>> {
        let Situation { tenant, now, .. } = knowing.situation;
        let subject = Home::records_of(knowing.homes).find(|it| it.at == knowing.subject);
        let keys = subject.map(|it| it.keys.clone()).unwrap_or_default();
        let mut found = Vec::new();
        for role in &inquiry.roles {
            found.extend(self.directory.members(tenant, role).await?);
        }
        for person in &inquiry.persons {
            match self.directory.person(tenant, *person).await {
                Ok(identity) => found.push(identity),
                Err(DirectoryError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if inquiry.requester
            && let Some(instance) = knowing.situation.instance
        {
            people.requester = self.requester_barrier(tenant, instance, &keys).await?;
        }
        people.learn(inquiry, found.iter().map(|it| it.as_colleague(&keys, now)));
        Ok(())
    }

    /// Why a person may not do something any more, in words; none if they may.
    pub(super) async fn barrier(
        &self,
        tenant: TenantId,
        person: PersonId,
        component: Component,
        action: &Action,
        keys: &Keys,
    ) -> Result<Option<String>, Error<D>> {
        let identity = match self.directory.person(tenant, person).await {
            Ok(identity) => identity,
            Err(DirectoryError::NotFound) => return Ok(Some("a person who is not known any more".to_owned())),
            Err(error) => return Err(error.into()),
        };
        if !identity.active {
            return Ok(Some(format!("a person who is {}", identity.state)));
        }
        let permit = self.authorizer.permit(&identity, component, action).await;
        let may = permit.scope != Scope::None && permit.scope.reaches(keys);
        Ok((!may).then(|| format!("a person without the right to {action} here")))
    }
}
