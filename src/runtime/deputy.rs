use crate::engine::{Domain, Instance, Keys, Rejection};
use crate::ports::{Action, Call, DirectoryError, Identity, Principal};
use crate::values::{Answers, ObjectRef, PersonId, TenantId};

use super::access::Admitted;
use super::{Error, Runtime, Standing};

const NO_DEPUTY: &str = "you do not stand in for them now; an administrator can name you their deputy";

/// What deputies do in the name of those they stand in for. Votes on approvals name the other in the
/// [`Judgement`](crate::engine::Judgement).
impl<D: Domain> Runtime<D> {
    /// Starts a process in the name of a person whom the caller stands in for: by that person's right and within its reach.
    ///
    /// Both are on record, here and at every later step of the instance, which the deputy goes on with as with one's own. Law
    /// 11 counts for both: neither of them approves it, nor any deputy of theirs.
    ///
    /// Whoever asks for a card on the wish of its holder, as a helpdesk does, asks in their own name: use
    /// [`start`](Runtime::start).
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]: [`Rejection::NotDeputy`] if the caller does not stand in for that person now, or that person may
    /// not act; else as [`start`](Runtime::start).
    pub async fn start_on_behalf(
        &self,
        call: impl Into<Call<'_>>,
        of: PersonId,
        process: &str,
        subject: ObjectRef,
    ) -> Result<Standing<D>, Error<D>> {
        self.begin(call.into(), Some(of), process, subject, None).await
    }

    /// Starts a process in the name of a person with the answers to its first form given, in one commit: for programs.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`], as [`start_on_behalf`](Runtime::start_on_behalf) and [`next`](Runtime::next).
    pub async fn run_on_behalf(
        &self,
        call: impl Into<Call<'_>>,
        of: PersonId,
        process: &str,
        subject: ObjectRef,
        answers: Answers,
    ) -> Result<Standing<D>, Error<D>> {
        self.begin(call.into(), Some(of), process, subject, Some(answers)).await
    }

    /// The right to do something: one's own, or that of the person in whose name it is done.
    pub(super) async fn permit_for(
        &self,
        principal: &Principal,
        identity: &Identity,
        action: &Action,
        of: Option<PersonId>,
    ) -> Result<Admitted, Error<D>> {
        let Some(of) = of else { return self.permit(principal, identity, action).await };
        if !self.stands_in(identity, of) {
            return Err(Rejection::NotDeputy { why: NO_DEPUTY }.into());
        }
        let represented = match self.directory.person(principal.tenant(), of).await {
            Ok(represented) if represented.active => represented,
            Ok(_) => return Err(Rejection::NotDeputy { why: "they are not active" }.into()),
            // A deputy of nobody: said in the same words as above.
            Err(DirectoryError::NotFound) => return Err(Rejection::NotDeputy { why: NO_DEPUTY }.into()),
            Err(error) => return Err(error.into()),
        };
        let mut admitted = self.permit(principal, &represented, action).await?;
        admitted.actor.person = Some(identity.person);
        admitted.actor.on_behalf = Some(of);
        Ok(admitted)
    }

    /// Why whoever began an instance may not have it done any more, in words; none if they may. In the name of another, both
    /// must be able to act, the deputyship must hold, and the right is that of the other.
    pub(super) async fn requester_barrier(
        &self,
        tenant: TenantId,
        instance: &Instance<D>,
        keys: &Keys,
    ) -> Result<Option<String>, Error<D>> {
        let Some(requester) = instance.requester() else { return Ok(None) };
        let action = Action::Process(instance.process().to_owned());
        let Some(of) = instance.on_behalf() else {
            return self.barrier(tenant, requester, instance.component(), &action, keys).await;
        };
        match self.directory.person(tenant, requester).await {
            Ok(it) if !it.active => Ok(Some(format!("a person who is {}", it.state))),
            Ok(it) if !self.stands_in(&it, of) => {
                Ok(Some("a person who does not stand in any more for the one in whose name it was asked".to_owned()))
            }
            Ok(_) => self.barrier(tenant, of, instance.component(), &action, keys).await,
            Err(DirectoryError::NotFound) => Ok(Some("a person who is not known any more".to_owned())),
            Err(error) => Err(error.into()),
        }
    }

    fn stands_in(&self, identity: &Identity, of: PersonId) -> bool {
        let now = self.clock.now();
        identity.person != of && identity.stands_in.iter().any(|it| it.of == of && it.is_at(now))
    }
}

/// In whose name somebody goes on with an instance: that in which they began it.
pub(super) fn in_name_of<D: Domain>(instance: &Instance<D>, identity: &Identity) -> Option<PersonId> {
    instance.on_behalf().filter(|_| instance.requester() == Some(identity.person))
}
