use uuid::Uuid;

use crate::engine::{Actor, Domain, REQUEST_FORMAT, Rejection, Scope};
use crate::ports::{EffectCall, Place, Query, Search, Seen};
use crate::values::{Answers, EffectId, Ids, InstanceId, ObjectRef, TenantId, decode, encode};

use super::beginning::Began;
use super::command::ATTEMPTS;
use super::{Error, Runtime};

/// What one part of a reconciliation has found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reconciled {
    /// Subjects that were looked at.
    pub looked_at: usize,
    /// Questions to the outside that were answered.
    pub asked: usize,
    /// Those that were not: the system does not answer. They are asked anew the next time all is gone through.
    pub unanswered: usize,
    /// Subjects of which something is not as it should be, and on which the process that deals with it has begun.
    pub drifted: usize,
    /// Those on which it cannot begin as they stand: a person must look.
    pub not_begun: usize,
    /// Where the next part begins; none if this was the last.
    pub next: Option<Place>,
}

impl<D: Domain> Runtime<D> {
    /// Asks the outside about at most `limit` subjects, from 1 to 1000, whether what stands here is so there; where it is not,
    /// the [process](Domain::reconciled_by) begins that stores what it is told and puts right what can be.
    ///
    /// Call it part by part until there is no next one, once a night, say. What it has done is stored, so a host that keeps
    /// the [place](Reconciled::next) goes on there after a restart; one that begins anew asks more than it must, and does no
    /// harm. Nothing is asked about to which something is on its way, be it parked: that is told when it is answered.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`]; [`Error::Rejected`] if the process is not registered. The part can be asked for again.
    pub async fn reconcile(
        &self,
        tenant: TenantId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Reconciled, Error<D>> {
        self.not_closed()?;
        let mut search = Search::of(D::compared_kind()).limit(limit);
        search.after = after;
        let found = self.storage.find(&Query::of(tenant, Scope::All, search)).await?;
        let mut reconciled = Reconciled { next: found.next, ..Reconciled::default() };
        for record in &found.records {
            reconciled.looked_at += 1;
            self.compare(tenant, record.at, &mut reconciled).await?;
        }
        Ok(reconciled)
    }

    /// Asks about one subject, and begins the process if something is not as it should be.
    async fn compare(&self, tenant: TenantId, subject: ObjectRef, reconciled: &mut Reconciled) -> Result<(), Error<D>> {
        let now = self.clock.now();
        let loaded = match self.load(tenant, subject, &Scope::All).await {
            Err(Error::Rejected(Rejection::NotFound { .. })) => return Ok(()),
            loaded => loaded?,
        };
        let mut drifted = false;
        let to_compare = D::to_compare(&loaded.dossier, &self.world, now);
        let targets: Vec<_> = to_compare.iter().map(D::target).collect();
        let under_way = if targets.is_empty() { targets } else { self.storage.under_way(tenant, &targets).await? };
        for request in to_compare.iter().filter(|it| !under_way.contains(&D::target(it))) {
            let answer = self.ask_outside(tenant, request).await?;
            reconciled.asked += usize::from(answer.is_some());
            reconciled.unanswered += usize::from(answer.is_none());
            drifted |= answer.is_some_and(|it| D::has_drifted(&loaded.dossier, request, &it));
        }
        if !drifted {
            return Ok(());
        }
        for _ in 0..ATTEMPTS {
            let loaded = self.load(tenant, subject, &Scope::All).await?;
            let actor = Actor::worker(now);
            let options = self.options.in_force(tenant, &D::facts(Some(&loaded.dossier), &actor)).await?;
            let (process, answers) = (D::reconciled_by(), Answers::none());
            let decided = self.decide_by_itself(tenant, subject, &loaded, &options, now, process, &answers).await;
            let decision = match decided {
                Err(Error::Rejected(
                    Rejection::WrongState { .. } | Rejection::WrongSort { .. } | Rejection::Refused(_),
                )) => {
                    reconciled.not_begun += 1;
                    return Ok(());
                }
                decided => decided?,
            };
            match self.begin_by_itself(tenant, &loaded, now, &decision, Vec::new()).await? {
                Began::Now => {
                    reconciled.drifted += 1;
                    return Ok(());
                }
                Began::Before => return Ok(()),
                Began::NotYet => {}
            }
        }
        // It changes all the time; the next time all is gone through, it is asked about again.
        reconciled.not_begun += 1;
        Ok(())
    }

    /// What the outside says to a question of no instance; none if its system does not answer.
    async fn ask_outside(&self, tenant: TenantId, request: &D::Request) -> Result<Option<D::Answer>, Error<D>> {
        let (now, kind) = (self.clock.now(), D::effect_kind(request));
        let Some(handler) = self.handlers.get(kind) else { return Ok(None) };
        if self.circuits.open_until(&self.circuit, &D::system(request), now).is_some() {
            return Ok(None);
        }
        let call = EffectCall {
            tenant,
            instance: InstanceId::from_uuid(Uuid::nil()),
            id: EffectId::from_uuid(Ids::new(now, self.ids.seed()?).fresh()),
            kind: kind.to_owned(),
            at: now,
            now,
            attempts: 0,
            body: encode("a request", REQUEST_FORMAT, request)?,
            seen: Seen::default(),
        };
        let answer = handler.perform(&call).await;
        self.note_system(request, answer.as_ref().err().map(|it| it.setback));
        Ok(answer.ok().map(|it| decode("an answer", REQUEST_FORMAT, &it)).transpose()?)
    }
}
