use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Cards, CardsWorld, Request};
use crate::domain::{
    Answer, AuthorityRequest, CERTIFICATE, CertificateState, Change, Dossier, Hold, IssuerName, ObjectState, ReadBack,
    RevocationReason,
};
use crate::engine::Answered;
use crate::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, EffectCall, EffectError, EffectHandler,
    EffectState, Setback,
};
use crate::values::Revision;

/// The kind of the effects that ask a certificate authority.
pub const AUTHORITY_EFFECT: &str = "authority";

/// Performs requests to certificate authorities: finds the one of the issuer and asks it.
#[derive(Clone, Debug, Default)]
pub struct AuthorityEffects {
    authorities: BTreeMap<IssuerName, Arc<dyn CertificateAuthority>>,
}

impl AuthorityEffects {
    /// With one more authority, under its issuer name.
    pub fn add(&mut self, authority: Arc<dyn CertificateAuthority>) {
        self.authorities.insert(authority.issuer(), authority);
    }

    /// Every authority.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn CertificateAuthority>> {
        self.authorities.values()
    }

    /// The authority of this issuer.
    #[must_use]
    pub fn of(&self, issuer: &IssuerName) -> Option<&Arc<dyn CertificateAuthority>> {
        self.authorities.get(issuer)
    }

    fn find(&self, call: &EffectCall) -> Result<(AuthorityRequest, &Arc<dyn CertificateAuthority>), EffectError> {
        let request = Request::from_bytes(&call.body).map_err(|source| EffectError {
            what: "the request to the authority does not read".to_owned(),
            setback: Setback::Permanent,
            source: Some(Box::new(source)),
        })?;
        let Request::Authority(request) = request else {
            return Err(EffectError {
                what: "this is no request to an authority".to_owned(),
                setback: Setback::Permanent,
                source: None,
            });
        };
        let authority = self.of(&request.issuer).ok_or_else(|| EffectError {
            what: format!("no authority is registered for `{}`; register it and deliver again", request.issuer),
            setback: Setback::Unavailable,
            source: None,
        })?;
        Ok((request, authority))
    }
}

fn failed(error: AuthorityError) -> EffectError {
    let setback = match &error {
        AuthorityError::OutcomeUnknown(_) => Setback::Unknown,
        AuthorityError::Pending(_) | AuthorityError::Overtaken { .. } => Setback::Pending,
        it if it.is_retryable() => Setback::Unavailable,
        _ => Setback::Permanent,
    };
    let what = error.to_string();
    let source = match error {
        AuthorityError::Unavailable(it) | AuthorityError::OutcomeUnknown(it) | AuthorityError::Other(it) => Some(it),
        _ => None,
    };
    EffectError { what, setback, source }
}

/// What the answer of an authority changes. One that says "revoked" unasked is believed: there is no way back from it,
/// so it becomes what is wanted here too (law 9).
pub(super) fn answered(
    dossier: &Dossier,
    world: &CardsWorld,
    asked: &AuthorityRequest,
    state: CertificateState,
    reason: Option<RevocationReason>,
) -> Answered<Cards> {
    let Some(certificate) = dossier.certificate(asked.certificate) else { return Answered::default() };
    let object = asked.certificate;
    // On its way when a revocation for good overtook it: what it says is from before that, and there is no way back.
    let revoked = (certificate.wanted(), certificate.confirmed());
    let overtaken = revoked == (CertificateState::Revoked, Some(CertificateState::Revoked));
    if overtaken && asked.action.asks_for() != CertificateState::Revoked && state != CertificateState::Revoked {
        return Answered::default();
    }
    let mut changes = vec![Change::Confirmed { certificate: object, state }];
    if state == asked.action.asks_for() {
        let wanted = certificate.wanted();
        let AuthorityRequest { certificate, issuer, serial, .. } = asked.clone();
        let read_back = world.read_back.contains(&issuer) && wanted == state;
        let read_back = read_back.then_some(Request::ReadBack(ReadBack { certificate, issuer, serial, state }));
        return Answered { changes, incident: None, requests: read_back.into_iter().collect() };
    }
    let (from, to) = (ObjectState::Certificate(certificate.wanted()), ObjectState::Certificate(state));
    if state == CertificateState::Revoked && !CERTIFICATE.is_last(certificate.wanted()) {
        let reason = reason.filter(|it| it.is_permanent()).unwrap_or(RevocationReason::Unspecified);
        changes.push(Change::Moved { object, from, to, reason: Some(reason) });
        let closed = |it: &Hold| Change::HoldClosed { object, hold: it.id(), cause: it.cause() };
        changes.extend(certificate.holds().iter().map(closed));
    }
    let what = format!("the authority was asked for `{}` and answers `{state}`", asked.action.asks_for());
    Answered { changes, incident: Some((object, what)), ..Answered::default() }
}

fn answer_of(status: AuthorityStatus) -> Answer {
    let AuthorityStatus { state, reason, since, revision: _ } = status;
    Answer::Authority { state, reason, since }
}

/// The stored form of an answer.
pub(super) fn encoded(answer: &Answer) -> Result<Vec<u8>, EffectError> {
    answer.to_bytes().map_err(|source| EffectError {
        what: "the answer has no stored form".to_owned(),
        setback: Setback::Permanent,
        source: Some(Box::new(source)),
    })
}

#[async_trait]
impl EffectHandler for AuthorityEffects {
    fn kind(&self) -> String {
        AUTHORITY_EFFECT.to_owned()
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        let (request, authority) = self.find(call)?;
        let AuthorityRequest { serial, not_after, action, .. } = request;
        let (at, expects) = (call.at, call.seen);
        let (since, invalid_since) = (None, None);
        let order = AuthorityOrder { effect: call.id, serial, not_after, action, at, since, invalid_since, expects };
        let status = match authority.change(&order).await {
            // It will refuse for ever, so what holds there instead is the answer (law 9).
            Err(AuthorityError::Refused(_)) => authority.status(&order.serial).await,
            answered => answered,
        };
        let status = status.map_err(failed)?;
        encoded(&answer_of(status))
    }

    async fn status(&self, call: &EffectCall) -> Result<EffectState, EffectError> {
        let (request, authority) = self.find(call)?;
        let counts = authority.capabilities().revisions;
        if call.attempts == 0 && !counts {
            return Ok(EffectState::NotDone { seen: None });
        }
        let status = match authority.status(&request.serial).await {
            Ok(status) => status,
            // From before it kept books: it has not changed there.
            Err(AuthorityError::NotFound(_)) => {
                return Ok(EffectState::NotDone { seen: counts.then_some(Revision::NONE) });
            }
            Err(error) => return Err(failed(error)),
        };
        // At the first attempt nobody has asked yet: what is so already is none of this request's doing.
        if call.attempts == 0 || status.state != request.action.asks_for() {
            return Ok(EffectState::NotDone { seen: status.revision });
        }
        Ok(EffectState::Done(encoded(&answer_of(status))?))
    }
}
