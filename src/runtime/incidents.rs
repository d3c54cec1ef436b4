use crate::engine::{Command, Domain, INCIDENT_KEY, INSTANCE_KIND, Instance, KeySpec, KeyValue, Resolution, UNMET_KEY};
use crate::ports::{Action, Call, Filter, Place, Query, Search, StorageError};
use crate::values::{InstanceId, Millis, Timestamp};

use super::access::Admitted;
use super::command::as_unknown_instance;
use super::load::Found;
use super::{Error, Runtime, Standing};

/// A page of a list of instances that are not as wanted outside, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Outstanding<D: Domain> {
    /// The instances.
    pub items: Vec<Unsettled<D>>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Place>,
    /// How many there are on all pages, if they were to be counted.
    pub total: Option<u64>,
}

/// An instance that waits for the outside, or that a person should look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Unsettled<D: Domain> {
    /// Since when: the first request without an answer was recorded, the first incident that is open came.
    pub since: Timestamp,
    /// How long that is.
    pub age: Millis,
    /// The instance, with its incidents and with what went wrong with its requests.
    pub standing: Standing<D>,
}

/// Which page of a list of instances.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OutstandingPage {
    after: Option<Place>,
    limit: usize,
    count: bool,
}

impl OutstandingPage {
    /// The first fifty.
    #[must_use]
    pub fn first() -> Self {
        OutstandingPage { after: None, limit: 50, count: false }
    }

    /// The page after this place: [`Outstanding::next`] of the page before.
    #[must_use]
    pub fn after(self, place: Place) -> Self {
        OutstandingPage { after: Some(place), ..self }
    }

    /// At most so many, from 1 to 1000.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        OutstandingPage { limit, ..self }
    }

    /// With how many there are on all pages.
    #[must_use]
    pub fn counted(self) -> Self {
        OutstandingPage { count: true, ..self }
    }
}

impl<D: Domain> Runtime<D> {
    /// Instances with incidents that are open, oldest first: requests that failed for good or for too long, and whatever else
    /// a person should look at.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] without the right to deal with incidents.
    pub async fn incidents(
        &self,
        call: impl Into<Call<'_>>,
        page: OutstandingPage,
    ) -> Result<Outstanding<D>, Error<D>> {
        self.outstanding(call.into(), page, &INCIDENT_KEY, Instance::troubled).await
    }

    /// Instances that wait for the outside, oldest first: everything that is not yet as wanted, with its age.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] without the right to deal with incidents.
    pub async fn unmet(&self, call: impl Into<Call<'_>>, page: OutstandingPage) -> Result<Outstanding<D>, Error<D>> {
        self.outstanding(call.into(), page, &UNMET_KEY, Instance::unmet).await
    }

    /// Does something about an incident of an instance, by its place among [them](Standing::incidents): tries the request
    /// again, gives it up, or closes it as dealt with by hand. All but trying again needs a reason.
    ///
    /// What was skipped or done by hand is not believed: a certificate keeps the state that its authority has confirmed.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]: the right is missing, no such incident, [closed before](crate::engine::Rejection::IncidentClosed),
    /// no reason, or nothing to try again.
    pub async fn resolve_incident(
        &self,
        call: impl Into<Call<'_>>,
        instance: InstanceId,
        incident: u32,
        how: Resolution,
        note: &str,
    ) -> Result<Standing<D>, Error<D>> {
        let call = call.into();
        let principal = call.principal;
        let identity = self.identify(principal).await?;
        let done = async {
            let found = self.instance(principal.tenant(), instance).await?;
            let admitted = self.permit(principal, &identity, &Action::Incidents).await?;
            let (subject, process) = (found.instance.subject(), self.definition_of(&found.instance)?.clone());
            let command = Command::Resolve { incident, how, note: note.to_owned() };
            self.carry_out(call, &admitted, &process, Some(found), subject, command).await
        };
        let done = self.noted(principal, &identity, "resolve an incident", None, done.await).await;
        let standing = done.map_err(|error| match error {
            Error::Rejected(crate::engine::Rejection::NotFound { what: "incident" }) => error,
            other => as_unknown_instance(other),
        })?;
        if let (Resolution::Retry, Some(wake)) = (how, &self.wake) {
            wake.wake();
        }
        Ok(standing)
    }

    async fn outstanding(
        &self,
        call: Call<'_>,
        page: OutstandingPage,
        key: &KeySpec,
        since: fn(&Instance<D>) -> Option<Timestamp>,
    ) -> Result<Outstanding<D>, Error<D>> {
        let principal = call.principal;
        let identity = self.identify(principal).await?;
        let permitted = self.permit(principal, &identity, &Action::Incidents).await;
        let Admitted { scope, .. } = self.noted(principal, &identity, Action::Incidents, None, permitted).await?;
        let tenant = principal.tenant();
        let any = |millis| KeyValue::Time(Timestamp::from_millis(millis));
        let mut search = Search::of(INSTANCE_KIND).filter(Filter::Between(key.code, any(i64::MIN), any(i64::MAX)));
        search.after = page.after;
        search.count = page.count;
        let found = self.storage.find(&Query::of(tenant, scope, search.limit(page.limit))).await?;
        let now = self.clock.now();
        let mut items = Vec::with_capacity(found.records.len());
        for record in &found.records {
            // It is read anew, with its work; one that has come to an end meanwhile is left out.
            let id = InstanceId::from_uuid(record.at.id());
            let Some(records) = self.storage.instance(tenant, id).await? else {
                return Err(StorageError::Corrupt { what: format!("instance {id} is found and not there") }.into());
            };
            let Found { instance, work, .. } = *self.as_found(records)?;
            let Some(since) = since(&instance) else { continue };
            let standing = Standing::of(&instance).with_troubles(&work);
            let age = Millis::new(now.millis().saturating_sub(since.millis()));
            items.push(Unsettled { since, age, standing });
        }
        Ok(Outstanding { items, next: found.next, total: found.total })
    }
}
