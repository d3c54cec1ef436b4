use std::collections::BTreeMap;

use super::outbox::Delivered;
use super::{Error, Runtime};
use crate::engine::{Domain, REQUEST_FORMAT, Report};
use crate::ports::{EffectCall, EffectError, EffectHandler, EffectState, Work};
use crate::values::{Timestamp, decode};

/// What came of the requests of one instance.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Performed {
    /// How many were this host's own when it was about to perform them.
    pub(super) held: usize,
    pub(super) confirmed: usize,
    pub(super) failed: usize,
}

/// A request about to be performed, and what the outside has said of it.
struct Looked<'a, D: Domain> {
    request: D::Request,
    handler: &'a dyn EffectHandler,
    call: EffectCall,
    state: EffectState,
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
            let found = self.look(&work).await;
            looked.push((work, found));
        }
        let records = self.storage.instance(tenant, id).await?;
        let stored = records.as_ref().map(|it| it.work.as_slice()).unwrap_or_default();
        looked.retain(|(work, _)| {
            let held = |it: &Work| (it.id, it.lease, it.attempts) == (work.id, work.lease, work.attempts);
            stored.iter().any(held)
        });
        let held = looked.len();
        let mut came = Vec::with_capacity(held);
        for (work, found) in looked {
            // INVARIANT: nothing is done whose lease has run out meanwhile: another host may have it by now.
            if work.lease.is_none_or(|lease| self.clock.now() >= lease.until) {
                continue;
            }
            let performed = match found {
                Ok(found) => self.perform(&work, found).await,
                Err(error) => Err(error),
            };
            came.push((work, performed));
        }
        if came.is_empty() {
            return Ok(Performed { held, ..Performed::default() });
        }
        let Delivered { confirmed, failed } = self.record(tenant, id, came, records).await?;
        Ok(Performed { held, confirmed, failed })
    }

    /// Reads a request, and asks the outside what has become of it.
    async fn look(&self, work: &Work) -> Result<Looked<'_, D>, EffectError> {
        let request: D::Request =
            decode("a request", REQUEST_FORMAT, &work.body).map_err(|_| odd("the stored request does not read"))?;
        let kind = D::effect_kind(&request).to_owned();
        let handler = self.handlers.get(&kind).ok_or_else(|| odd(&format!("no handler is registered for `{kind}`")))?;
        let call = EffectCall {
            tenant: work.tenant,
            id: work.id,
            kind,
            at: recorded_at(work),
            attempts: work.attempts.saturating_sub(1),
            body: work.body.clone(),
            seen: None,
        };
        let state = handler.status(&call).await?;
        Ok(Looked { request, handler: handler.as_ref(), call, state })
    }

    async fn perform(&self, work: &Work, found: Looked<'_, D>) -> Result<Report<D>, EffectError> {
        let Looked { request, handler, call, state } = found;
        let answer = match state {
            EffectState::Done(answer) => answer,
            EffectState::NotDone { seen } => handler.perform(&EffectCall { seen, ..call }).await?,
            // Nobody has tried it before.
            EffectState::Unknown if call.attempts == 0 => handler.perform(&call).await?,
            // Taken up before, by this host or another: it may have been done (law 5).
            EffectState::Unknown => return Err(odd("the outside cannot say whether it was done")),
        };
        let answer = decode("an answer", REQUEST_FORMAT, &answer).map_err(|_| odd("the answer does not read"))?;
        Ok(Report { effect: work.id, request, answer })
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

fn odd(what: &str) -> EffectError {
    EffectError { what: what.to_owned(), retryable: false, source: None }
}

/// When a request was recorded: the time in its id.
fn recorded_at(work: &Work) -> Timestamp {
    let stamp = work.id.uuid().get_timestamp().map(|it| it.to_unix());
    let millis =
        stamp.map(|(seconds, nanos)| seconds.saturating_mul(1000).saturating_add(u64::from(nanos / 1_000_000)));
    Timestamp::from_millis(millis.and_then(|it| i64::try_from(it).ok()).unwrap_or_default())
}
