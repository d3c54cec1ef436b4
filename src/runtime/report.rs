use crate::engine::{AskedState, Came, Command, Domain, Entry, Event, Instance, REQUEST_FORMAT, Rejection, Report};
use crate::ports::WorkDone;
use crate::values::{EffectId, InstanceId, TenantId, decode};

use super::command::ATTEMPTS;
use super::load::Found;
use super::{Error, Runtime};

/// How many records are read at once.
const PAGE: usize = 500;

/// What became of an answer that was handed in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reported {
    /// It was waited for, and is recorded.
    Confirmed,
    /// The same was answered before: nothing is new.
    Again,
    /// The request was overtaken, given up or dealt with by hand before. The answer is on record, and what it says is so.
    Late,
    /// Something else was answered before. Both are on record, the later one holds, and an incident stands.
    Contradicts,
}

impl<D: Domain> Runtime<D> {
    /// Takes in an answer from a system outside that gives it by itself: one that calls back when somebody there has agreed,
    /// say. It is stored whatever it says (law 9), and whether or not a worker asks at the same time.
    ///
    /// That it comes from whom it says is for the host to know: verify it before.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] if there is no such instance or it has not asked this; [`Error::Storage`], and it may be handed in
    /// again.
    pub async fn report(
        &self,
        tenant: TenantId,
        instance: InstanceId,
        effect: EffectId,
        answer: &D::Answer,
    ) -> Result<Reported, Error<D>> {
        self.not_closed()?;
        for _ in 0..ATTEMPTS {
            let Found { instance: found, work, .. } = *self.instance(tenant, instance).await?;
            let asked = found.asked().iter().find(|it| it.effect == effect);
            let state = asked.map(|it| &it.state).ok_or(Rejection::NotAsked { effect })?;
            if matches!(state, AskedState::Answered(before) if before == answer) {
                return Ok(Reported::Again);
            }
            let waits = work.iter().find(|it| it.id == effect);
            let request = match waits {
                Some(work) => decode("a request", REQUEST_FORMAT, &work.body)?,
                None => self.asked_before(tenant, &found, effect).await?,
            };
            let done = waits.map(|it| WorkDone { id: it.id, instance, holder: None, again: None });
            let report = Report { effect, request, came: Came::Answer(answer.clone()) };
            let done: Vec<_> = done.into_iter().collect();
            let decided = self.by_worker(tenant, instance, &Command::Report(vec![report]), &done, None).await?;
            let Some(decision) = decided else { continue };
            let confirmed = |it: &Event<D>| matches!(it, Event::Confirmed { effect: it, .. } if *it == effect);
            return Ok(match state {
                _ if decision.events.iter().any(confirmed) => Reported::Confirmed,
                AskedState::Answered(_) | AskedState::Open => Reported::Contradicts,
                AskedState::Overtaken | AskedState::Skipped | AskedState::ByHand => Reported::Late,
            });
        }
        Err(Rejection::Contended { attempts: ATTEMPTS }.into())
    }

    /// What an instance has asked whose request waits no more, from its history.
    async fn asked_before(
        &self,
        tenant: TenantId,
        instance: &Instance<D>,
        effect: EffectId,
    ) -> Result<D::Request, Error<D>> {
        let mut before = None;
        loop {
            let page = self.storage.history(tenant, instance.subject().home(), before, PAGE).await?;
            let Some(last) = page.last() else { return Err(Rejection::NotAsked { effect }.into()) };
            before = Some(last.sequence);
            for record in &page {
                for event in Entry::<D>::read(record)?.events {
                    match event {
                        Event::Requested { effect: it, request, .. } | Event::Notified { effect: it, request }
                            if it == effect =>
                        {
                            return Ok(request);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}
