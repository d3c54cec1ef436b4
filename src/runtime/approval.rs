use crate::engine::{
    Command, Domain, Entry, Event, Judgement, KeyValue, PersonalEntry, REQUEST_KEY, Rejection, Scope, TASK_KIND, Task,
    Verdict,
};
use crate::ports::{Action, Call, Filter, Query, Search};
use crate::values::{Answers, Digest, InstanceId, ObjectRef, PersonId, TenantId, Timestamp};

use super::load::Found;
use super::{Error, Runtime, Standing};

/// How many records of a home are looked through for what was decided before.
const LOOKED_THROUGH: usize = 500;

/// A request for approval as whoever decides sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Request<D: Domain> {
    /// How the instance stands: what would be done now, what was shown when it was asked, who has agreed.
    pub standing: Standing<D>,
    /// Who asked for it.
    pub requester: Option<PersonId>,
    /// What was said about this request, oldest first.
    pub said: Vec<Said>,
    /// What was decided about the same subject before, newest first.
    pub earlier: Vec<Said>,
}

/// A decision on record, with what was said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Said {
    /// The instance.
    pub instance: InstanceId,
    /// The symbolic name of its process.
    pub process: String,
    /// What was decided; none if it is the requester's answer.
    pub verdict: Option<Verdict>,
    /// By whom.
    pub by: Option<PersonId>,
    /// On whose behalf.
    pub on_behalf: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// The words; none if nothing was said or they were erased.
    pub note: Option<String>,
}

impl<D: Domain> Runtime<D> {
    /// Decides a request for approval: agrees, refuses, postpones, sends back, takes an agreement back.
    ///
    /// Enough agreements carry out what was asked for, in the same commit.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]: [`Rejection::NotEligible`] with the reason, [`Rejection::AlreadyDecided`] by whom and when,
    /// [`Rejection::Stale`] if what is asked has changed since it was shown, [`Rejection::NotWaiting`] if the request has
    /// expired, was withdrawn or ended otherwise.
    pub async fn judge(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        judgement: Judgement,
    ) -> Result<Standing<D>, Error<D>> {
        self.go_on(call.into(), instance, Command::Judge(judgement)).await
    }

    /// Decides several requests, one after the other; what becomes of one is nothing to the others.
    pub async fn judge_all(
        &self,
        call: impl Into<Call<'_>>,
        judgements: impl IntoIterator<Item = (InstanceId, Judgement)>,
    ) -> Vec<Result<Standing<D>, Error<D>>> {
        let principal = call.into().principal;
        let mut answers = Vec::new();
        for (instance, judgement) in judgements {
            answers.push(self.judge(principal, instance, judgement).await);
        }
        answers
    }

    /// Answers to a request that was sent back for information: with other answers to its form, with words, or both. It is
    /// asked again, and whoever had agreed must agree again.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]: it was not sent back, another person asked for it, an answer not accepted.
    pub async fn resubmit(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        answers: Answers,
        note: &str,
    ) -> Result<Standing<D>, Error<D>> {
        self.go_on(call.into(), instance, Command::Resubmit { answers, note: note.to_owned() }).await
    }

    /// A request for approval with what was said about it and decided before on the same subject.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]; an instance whose subject is out of scope does not exist.
    pub async fn request(&self, call: impl Into<Call<'_>>, instance: InstanceId) -> Result<Request<D>, Error<D>> {
        let principal = call.into().principal;
        let tenant = principal.tenant();
        let identity = self.identify(principal).await?;
        let seen = async {
            let Found { instance, work, .. } = *self.instance(tenant, instance).await?;
            let action = Action::Judge(instance.process().to_owned());
            let admitted = self.permit(principal, &identity, &action).await?;
            let dossier = self.dossier(tenant, instance.subject(), &admitted.scope).await?;
            let preview = self.preview(tenant, &admitted.actor, &instance, &dossier, &Answers::none()).await?;
            let standing = Standing { preview, ..Standing::of(&instance).with_troubles(&work) };
            let (mut said, earlier): (Vec<_>, Vec<_>) = self
                .said(tenant, instance.id(), instance.subject())
                .await?
                .into_iter()
                .partition(|it| it.instance == instance.id());
            said.reverse();
            Ok(Request { standing, requester: instance.requester(), said, earlier })
        };
        let seen = self.noted(principal, &identity, "see a request", None, seen.await).await;
        seen.map_err(super::command::as_unknown_instance)
    }

    /// What was decided about a subject lately, newest first.
    async fn said(&self, tenant: TenantId, instance: InstanceId, subject: ObjectRef) -> Result<Vec<Said>, Error<D>> {
        let records = self.storage.history(tenant, subject.home(), None, LOOKED_THROUGH).await?;
        let mut said = Vec::new();
        let mut of_subject = std::collections::BTreeMap::new();
        for record in &records {
            let entry = Entry::<D>::read(record)?;
            let Some(run) = entry.run else { continue };
            for event in &entry.events {
                let verdict = match event {
                    Event::Started { subject, .. } => {
                        of_subject.insert(run.instance, *subject);
                        continue;
                    }
                    Event::Judged { verdict, .. } => Some(*verdict),
                    Event::Resubmitted { .. } => None,
                    _ => continue,
                };
                let note = PersonalEntry::read(record)?.map(|it| it.said).filter(|it| !it.is_empty());
                said.push(Said {
                    instance: run.instance,
                    process: run.process.clone(),
                    verdict,
                    by: entry.actor.person,
                    on_behalf: on_behalf(event),
                    at: entry.at,
                    note,
                });
            }
        }
        // A home has several cards, and whoever may see this one may not see another (law 10): what began before the records
        // that were looked through is not shown, unless it is the request itself.
        of_subject.insert(instance, subject);
        said.retain(|it| of_subject.get(&it.instance) == Some(&subject));
        Ok(said)
    }

    /// The request that asks for the same, if it still waits.
    pub(super) async fn asked_already(
        &self,
        tenant: TenantId,
        asks: Option<Digest>,
    ) -> Result<Option<Rejection<D>>, Error<D>> {
        let Some(asks) = asks else { return Ok(None) };
        let same = Filter::Is(REQUEST_KEY.code, KeyValue::Bytes(asks.as_bytes().to_vec()));
        let query = Query::of(tenant, Scope::All, Search::of(TASK_KIND).filter(same).limit(1));
        let found = self.storage.find(&query).await?;
        let Some(record) = found.records.first() else { return Ok(None) };
        let Task { instance, since, .. } = Task::from_bytes(&record.body)?;
        Ok(Some(Rejection::AlreadyAsked { instance, since }))
    }
}

fn on_behalf<D: Domain>(event: &Event<D>) -> Option<PersonId> {
    match event {
        Event::Judged { on_behalf, .. } => *on_behalf,
        _ => None,
    }
}
