use std::collections::BTreeMap;

use super::outbox::{Delivered, in_full};
use super::{Error, Runtime};
use crate::engine::{Came, Domain, REQUEST_FORMAT, RetryPolicy, Scope};
use crate::ports::{EffectCall, EffectError, EffectHandler, EffectState, Seen, Setback, Work};
use crate::values::{Timestamp, decode};

/// What came of the requests of one instance.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Performed {
    /// How many were this host's own when it was about to perform them.
    pub(super) held: usize,
    pub(super) delivered: Delivered,
}

/// A request about to be performed, and what is known of it.
struct Looked<'a, D: Domain> {
    request: D::Request,
    ground: Option<Ground<'a>>,
}

/// What the outside has said of a request; none of a request that others have overtaken.
struct Ground<'a> {
    handler: &'a dyn EffectHandler,
    call: EffectCall,
    state: EffectState,
}

/// What is to be recorded of a piece of work.
pub(super) enum Tried<D: Domain> {
    /// This came.
    Came(D::Request, Came<D>),
    /// Nothing came; it is tried again then, because of this. Whether it has failed, or only waits.
    Later { at: Timestamp, why: String, failed: bool },
}

impl<D: Domain> Runtime<D> {
    /// Performs requests of one instance, as far as this host has them, and records what came of them.
    ///
    /// INVARIANT: the outside is looked at, then the store says whether the request is still this host's own, then the outside
    /// is asked to do it on what was seen. So whatever is asked for after this request changes the target after it was looked
    /// at, and an outside that counts its changes does nothing that was decided before. The store alone knows who holds a
    /// lease: one that a clock has seen the end of may run again when the clock is put back.
    pub(super) async fn perform_of_instance(&self, work: Vec<Work>) -> Result<Performed, Error<D>> {
        let Some((tenant, id)) = work.first().map(|it| (it.tenant, it.instance)) else {
            return Ok(Performed::default());
        };
        let mut looked = Vec::with_capacity(work.len());
        for work in work {
            let found = self.look(&work).await?;
            looked.push((work, found));
        }
        let records = self.storage.instance(tenant, id).await?;
        let stored = records.as_ref().map(|it| it.work.as_slice()).unwrap_or_default();
        looked.retain_mut(|(work, _)| {
            let held = |it: &&Work| (it.id, it.lease, it.attempts) == (work.id, work.lease, work.attempts);
            let stored = stored.iter().find(held);
            work.target = stored.map(|it| it.target.clone()).unwrap_or_default();
            stored.is_some()
        });
        for (work, found) in &mut looked {
            if let Ok(it) = found
                && it.ground.is_some()
                && self.is_overtaken(work, &it.request).await?
            {
                it.ground = None;
            }
        }
        let held = looked.len();
        let mut tried = Vec::with_capacity(held);
        for (work, found) in looked {
            // INVARIANT: nothing is done whose lease has run out meanwhile: another host may have it by now.
            if work.lease.is_none_or(|lease| self.clock.now() >= lease.until) {
                continue;
            }
            let came = match found {
                Ok(found) => self.perform(&work, found).await,
                Err(later) => later,
            };
            tried.push((work, came));
        }
        if tried.is_empty() {
            return Ok(Performed { held, ..Performed::default() });
        }
        let delivered = self.record(tenant, id, tried, records).await?;
        Ok(Performed { held, delivered })
    }

    /// Reads a request, and asks the outside what has become of it; or says what is to be recorded without asking further.
    async fn look(&self, work: &Work) -> Result<Result<Looked<'_, D>, Tried<D>>, Error<D>> {
        let Ok(request) = decode::<D::Request>("a request", REQUEST_FORMAT, &work.body) else {
            // It cannot be told what it asks for, so nothing can be recorded of it; the verification names it.
            return Ok(Err(self.later(work, &self.retry, "the stored request does not read".to_owned(), true)));
        };
        if self.is_overtaken(work, &request).await? {
            return Ok(Ok(Looked { request, ground: None }));
        }
        let kind = D::effect_kind(&request).to_owned();
        let Some(handler) = self.handlers.get(&kind) else {
            let what = format!("no handler is registered for `{kind}`");
            let error = EffectError { what, setback: Setback::Unavailable, source: None };
            return Ok(Err(self.failed(work, request, &error)));
        };
        let call = EffectCall {
            tenant: work.tenant,
            instance: work.instance,
            id: work.id,
            kind,
            at: work.id.recorded(),
            now: self.clock.now(),
            attempts: work.attempts.saturating_sub(1),
            body: work.body.clone(),
            seen: Seen::default(),
        };
        match handler.status(&call).await {
            Ok(state) => Ok(Ok(Looked { request, ground: Some(Ground { handler: handler.as_ref(), call, state }) })),
            Err(error) => {
                self.note_system(&request, Some(error.setback));
                Ok(Err(self.failed(work, request, &error)))
            }
        }
    }

    /// Whether a request has stepped out of its line and is pointless: that is for the objects to say.
    async fn is_overtaken(&self, work: &Work, request: &D::Request) -> Result<bool, Error<D>> {
        if !work.target.is_empty() || D::target(request).is_empty() {
            return Ok(false);
        }
        let found = self.instance(work.tenant, work.instance).await?;
        let dossier = self.dossier(work.tenant, found.instance.subject(), &Scope::All).await?;
        Ok(D::is_overtaken(&dossier, request))
    }

    async fn perform(&self, work: &Work, found: Looked<'_, D>) -> Tried<D> {
        let Looked { request, ground } = found;
        let Some(Ground { handler, call, state }) = ground else { return Tried::Came(request, Came::Overtaken) };
        let answer = match state {
            EffectState::Done(answer) => Ok(answer),
            EffectState::NotDone(seen) => handler.perform(&EffectCall { seen, ..call }).await,
            // Nobody has tried it before.
            EffectState::Unknown if call.attempts == 0 => handler.perform(&call).await,
            // Taken up before, by this host or another: it may have been done (law 5).
            EffectState::Unknown => Err(permanent("the outside cannot say whether it was done")),
        };
        let answer = answer
            .and_then(|it| decode("an answer", REQUEST_FORMAT, &it).map_err(|_| permanent("the answer does not read")));
        self.note_system(&request, answer.as_ref().err().map(|it| it.setback));
        match answer {
            Ok(answer) => Tried::Came(request, Came::Answer(answer)),
            Err(error) => self.failed(work, request, &error),
        }
    }

    /// Notes how a system outside has answered, or not.
    pub(super) fn note_system(&self, request: &D::Request, setback: Option<Setback>) {
        match setback {
            Some(Setback::Unavailable | Setback::Unknown) => {
                self.circuits.failed(&self.circuit, &D::system(request), self.clock.now());
            }
            Some(Setback::Pending | Setback::Permanent) | None if self.circuits.are_well() => {}
            Some(Setback::Pending | Setback::Permanent) | None => self.circuits.answered(&D::system(request)),
        }
    }

    /// What a failure comes to: another try later, or a person who must look.
    fn failed(&self, work: &Work, request: D::Request, error: &EffectError) -> Tried<D> {
        let what = in_full(error);
        let policy = self.retries.get(D::effect_kind(&request)).unwrap_or(&self.retry);
        let exhausted = policy.is_exhausted(work.attempts, work.id.recorded(), self.clock.now());
        match error.setback {
            Setback::Permanent => Tried::Came(request, Came::Stuck(what)),
            Setback::Unavailable | Setback::Unknown | Setback::Pending if exhausted => {
                let what = format!("given up after {} attempts: {what}", work.attempts);
                Tried::Came(request, Came::Stuck(what))
            }
            Setback::Unavailable | Setback::Unknown => self.later(work, policy, what, true),
            Setback::Pending => self.later(work, policy, what, false),
        }
    }

    fn later(&self, work: &Work, policy: &RetryPolicy, why: String, failed: bool) -> Tried<D> {
        Tried::Later { at: self.clock.now().plus(policy.pause(work.id, work.attempts)), why, failed }
    }

    /// Puts off what goes to systems that do not answer, in one commit; gives back the rest.
    pub(super) async fn ask_of_those_that_answer(
        &self,
        work: Vec<Work>,
        delivered: &mut Delivered,
    ) -> Result<Vec<Work>, Error<D>> {
        if self.circuits.are_well() {
            return Ok(work);
        }
        let now = self.clock.now();
        let mut put_off: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut rest = Vec::with_capacity(work.len());
        for work in work {
            let system = decode::<D::Request>("a request", REQUEST_FORMAT, &work.body).map(|it| D::system(&it));
            let until = system.as_ref().ok().and_then(|it| self.circuits.open_until(&self.circuit, it, now));
            match (until, system) {
                (Some(until), Ok(system)) => {
                    let why = format!("{system} does not answer, and is asked again at {until}");
                    put_off.entry(work.tenant).or_default().push(self.again(&work, until, why));
                    delivered.comes_again(until, false);
                }
                _ => rest.push(work),
            }
        }
        for (tenant, done) in put_off {
            self.store_done(tenant, done).await?;
        }
        Ok(rest)
    }
}

/// Work, instance by instance.
pub(super) fn by_instance(work: Vec<Work>) -> impl Iterator<Item = Vec<Work>> {
    let mut instances: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for work in work {
        instances.entry((work.tenant, work.instance)).or_default().push(work);
    }
    instances.into_values()
}

fn permanent(what: &str) -> EffectError {
    EffectError { what: what.to_owned(), setback: Setback::Permanent, source: None }
}
