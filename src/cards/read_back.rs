use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::authority::encoded;
use super::{CLOCKS_DIFFER, Cards, Request};
use crate::domain::{Answer, CertificateState, Change, Dossier, IssuerName, ReadBack};
use crate::engine::Answered;
use crate::ports::{
    EffectCall, EffectError, EffectHandler, EffectState, PublishedError, PublishedStatus, Seen, Setback,
};
use crate::values::Timestamp;

/// The kind of the effects that read back what relying parties are told.
pub const READ_BACK_EFFECT: &str = "read-back";

/// Reads back what is published about certificates that their authorities have confirmed.
///
/// A list that is older than the confirmation is waited for; one that is newer and tells otherwise is the answer, and an
/// incident: an authority that says "done" and does nothing is found out.
#[derive(Clone, Debug, Default)]
pub struct ReadBackEffects {
    published: BTreeMap<IssuerName, Arc<dyn PublishedStatus>>,
}

impl ReadBackEffects {
    /// With what is published by one more issuer.
    pub fn add(&mut self, published: Arc<dyn PublishedStatus>) {
        self.published.insert(published.issuer(), published);
    }

    fn find(&self, call: &EffectCall) -> Result<(ReadBack, &Arc<dyn PublishedStatus>), EffectError> {
        let Ok(Request::ReadBack(request)) = Request::from_bytes(&call.body) else {
            return Err(trouble("this is no request to read something back".to_owned(), Setback::Permanent));
        };
        let published = self.published.get(&request.issuer).ok_or_else(|| {
            let what = format!("nothing is registered that tells what `{}` publishes; register it", request.issuer);
            trouble(what, Setback::Unavailable)
        })?;
        Ok((request, published))
    }
}

fn trouble(what: String, setback: Setback) -> EffectError {
    EffectError { what, setback, source: None }
}

fn failed(error: PublishedError) -> EffectError {
    let setback = if error.is_retryable() { Setback::Unavailable } else { Setback::Permanent };
    let what = error.to_string();
    let source = match error {
        PublishedError::Unavailable(it) | PublishedError::Other(it) => Some(it),
        _ => None,
    };
    EffectError { what, setback, source }
}

/// What relying parties see becomes what they are known to see; a contradiction is for a person.
pub(super) fn answered(
    dossier: &Dossier,
    asked: &ReadBack,
    state: CertificateState,
    since: Timestamp,
    as_of: Timestamp,
) -> Answered<Cards> {
    let certificate = asked.certificate;
    if state == asked.state {
        return Answered { changes: vec![Change::Seen { certificate, state, since }], ..Answered::default() };
    }
    if dossier.certificate(certificate).is_none_or(|it| it.wanted() != asked.state) {
        // Another state is wanted by now, or it has ended and stands on no list: nothing is to be seen any more.
        return Answered::default();
    }
    let what = format!(
        "the authority has confirmed `{}`, and what it published at {as_of} says `{state}`; ask the authority why, then \
         reconcile",
        asked.state
    );
    Answered { incident: Some((certificate, what)), ..Answered::default() }
}

#[async_trait]
impl EffectHandler for ReadBackEffects {
    fn kind(&self) -> String {
        READ_BACK_EFFECT.to_owned()
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        let (request, published) = self.find(call)?;
        let found = published.published(&request.serial, call.now).await.map_err(failed)?;
        let made_after = found.as_of >= call.at.plus(CLOCKS_DIFFER);
        if found.state != request.state && !made_after {
            let what = format!("what is published is of {}, from before the authority confirmed", found.as_of);
            return Err(trouble(what, Setback::Pending));
        }
        let since = found.earlier_until.map_or(call.now, |it| it.max(call.now));
        encoded(&Answer::Published { state: found.state, since, as_of: found.as_of })
    }

    async fn status(&self, _: &EffectCall) -> Result<EffectState, EffectError> {
        // To read once more does no harm.
        Ok(EffectState::NotDone(Seen::default()))
    }
}
