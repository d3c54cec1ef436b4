use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::{CLOCKS_DIFFER, Cards, Request, authority_target, read_back_target};
use crate::domain::{
    Answer, AuthorityAction, AuthorityRequest, CERTIFICATE, Cause, CauseKind, Certificate, CertificateState, Change,
    Dossier, Hold, HoldId, IssuerName, ObjectState, ReadBack, RevocationReason, StatusRequest,
};
use crate::engine::{Answered, Arrived};
use crate::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, EffectCall, EffectError, EffectHandler,
    EffectState, Seen, Setback,
};
use crate::values::{Ids, InstanceId, ObjectRef, Revision, Timestamp};

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

    fn find(&self, call: &EffectCall) -> Result<(Asked, &Arc<dyn CertificateAuthority>), EffectError> {
        let request = Request::from_bytes(&call.body).map_err(|source| EffectError {
            what: "the request to the authority does not read".to_owned(),
            setback: Setback::Permanent,
            source: Some(Box::new(source)),
        })?;
        let asked = match request {
            Request::Authority(it) => Asked::Change(it),
            Request::Status(it) => Asked::Status(it),
            _ => {
                return Err(EffectError {
                    what: "this is no request to an authority".to_owned(),
                    setback: Setback::Permanent,
                    source: None,
                });
            }
        };
        let issuer = match &asked {
            Asked::Change(it) => &it.issuer,
            Asked::Status(it) => &it.issuer,
        };
        let authority = self.of(issuer).ok_or_else(|| EffectError {
            what: format!("no authority is registered for `{issuer}`; register it and deliver again"),
            setback: Setback::Unavailable,
            source: None,
        })?;
        Ok((asked, authority))
    }
}

/// What an authority is asked.
enum Asked {
    Change(AuthorityRequest),
    Status(StatusRequest),
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

/// What an order makes pointless: for good, all that was ordered before; and to read back what held before, if that is done.
pub(super) fn overtakes(order: &AuthorityRequest, reads_back: bool) -> Vec<String> {
    let for_good = matches!(order.action, AuthorityAction::Revoke(_)).then(|| authority_target(order.certificate));
    let read_back = reads_back.then(|| read_back_target(order.certificate));
    for_good.into_iter().chain(read_back).collect()
}

/// Whether the authority itself holds a certificate: it was on hold there without our asking.
pub(super) fn holds(dossier: &Dossier, certificate: ObjectRef) -> bool {
    let certificate = dossier.certificate(certificate);
    certificate.is_some_and(|it| it.holds().iter().any(|hold| hold.cause().kind == CauseKind::Authority))
}

/// What the answer of an authority changes. One that says "revoked" unasked is believed: there is no way back from it,
/// so it becomes what is wanted here too (law 9). One that held the certificate before we asked gets a hold of its own.
pub(super) fn answered(
    arrived: Arrived<'_, Cards>,
    asked: &AuthorityRequest,
    state: CertificateState,
    reason: Option<RevocationReason>,
    held_before: bool,
) -> Answered<Cards> {
    let Arrived { dossier, world, .. } = arrived;
    let Some(certificate) = dossier.certificate(asked.certificate) else { return Answered::default() };
    let object = asked.certificate;
    // On its way when a revocation for good overtook it: what it says is from before that, and there is no way back.
    let revoked = (certificate.wanted(), certificate.confirmed());
    let overtaken = revoked == (CertificateState::Revoked, Some(CertificateState::Revoked));
    if overtaken && asked.action.asks_for() != CertificateState::Revoked && state != CertificateState::Revoked {
        return Answered::default();
    }
    let mut changes = vec![Change::Confirmed { certificate: object, state }];
    let wanted = certificate.wanted();
    if state == asked.action.asks_for() {
        let by_others = held_before && state == CertificateState::OnHold && certificate.confirmed() != Some(state);
        let (mut incident, mut overtakes) = (None, Vec::new());
        if by_others && !CERTIFICATE.is_last(wanted) && !holds(dossier, object) {
            changes.extend(held_there(certificate, arrived.instance, arrived.now, arrived.ids));
            // It was to be given back meanwhile, which is not for us to do.
            if wanted != state {
                incident = Some((object, HELD_THERE.to_owned()));
                overtakes.push(authority_target(object));
            }
        }
        let AuthorityRequest { certificate, issuer, serial, .. } = asked.clone();
        let read_back = world.read_back.contains(&issuer) && wanted == state;
        let read_back = read_back.then_some(Request::ReadBack(ReadBack { certificate, issuer, serial, state }));
        return Answered { changes, incident, requests: read_back.into_iter().collect(), overtakes };
    }
    if state == CertificateState::Revoked && !CERTIFICATE.is_last(wanted) {
        changes.extend(revoked_there(certificate, reason));
    }
    let what = format!("the authority was asked for `{}` and answers `{state}`", asked.action.asks_for());
    Answered { changes, incident: Some((object, what)), ..Answered::default() }
}

/// What a person is told of a certificate that is on hold at its authority without our asking.
pub(super) const HELD_THERE: &str = "the certificate is on hold at its authority, and not by us: it stays on hold until \
                                     somebody closes the authority's hold here, or it is released there";

/// The authority holds a certificate: so do we, on its account.
pub(super) fn held_there(
    certificate: &Certificate,
    instance: InstanceId,
    now: Timestamp,
    ids: &mut Ids,
) -> Vec<Change> {
    let object = certificate.at();
    let cause = Cause { kind: CauseKind::Authority, origin: object, instance: Some(instance) };
    let hold = Hold::open(HoldId::from_uuid(ids.fresh()), cause, None, now);
    let (from, to) = (certificate.wanted(), CertificateState::OnHold);
    let moved = Change::Moved {
        object,
        from: ObjectState::Certificate(from),
        to: ObjectState::Certificate(to),
        reason: Some(RevocationReason::CertificateHold),
    };
    let moved = (from != to).then_some(moved);
    moved.into_iter().chain([Change::HoldOpened { object, hold }]).collect()
}

/// The authority has revoked a certificate for good: it is revoked here too, and every hold on it closes.
pub(super) fn revoked_there(certificate: &Certificate, reason: Option<RevocationReason>) -> Vec<Change> {
    let object = certificate.at();
    let reason = reason.filter(|it| it.is_permanent()).unwrap_or(RevocationReason::Unspecified);
    let (from, to) =
        (ObjectState::Certificate(certificate.wanted()), ObjectState::Certificate(CertificateState::Revoked));
    let moved = Change::Moved { object, from, to, reason: Some(reason) };
    let closed = |it: &Hold| Change::HoldClosed { object, hold: it.id(), cause: it.cause() };
    std::iter::once(moved).chain(certificate.holds().iter().map(closed)).collect()
}

fn answer_of(status: AuthorityStatus, held_before: bool) -> Answer {
    let AuthorityStatus { state, reason, since, revision: _ } = status;
    Answer::Authority { state, reason, since, held_before }
}

/// Whether a certificate was on hold at its authority before a request of ours: it says since when, and its clock may be
/// behind ours.
fn held_before(status: &AuthorityStatus, asked: Timestamp) -> bool {
    let before = |since: Timestamp| since.plus(CLOCKS_DIFFER) < asked;
    status.state == CertificateState::OnHold && status.since.is_some_and(before)
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
        let (asked, authority) = self.find(call)?;
        let request = match asked {
            Asked::Change(it) => it,
            Asked::Status(it) => {
                return match authority.status(&it.serial).await {
                    Ok(status) => encoded(&answer_of(status, false)),
                    Err(AuthorityError::NotFound(_)) => encoded(&Answer::NotKnown),
                    Err(error) => Err(failed(error)),
                };
            }
        };
        let AuthorityRequest { serial, not_after, action, invalid_since, .. } = request;
        let (at, expects, since) = (call.at, call.seen.revision, None);
        let order = AuthorityOrder { effect: call.id, serial, not_after, action, at, since, invalid_since, expects };
        let status = match authority.change(&order).await {
            // It will refuse for ever, so what holds there instead is the answer (law 9).
            Err(AuthorityError::Refused(_)) => authority.status(&order.serial).await,
            answered => answered,
        };
        let status = status.map_err(failed)?;
        let found = call.seen.instead.as_deref().and_then(|it| Answer::from_bytes(it).ok());
        let on_hold = |it: Answer| it.certificate_state() == Some(CertificateState::OnHold);
        let before = action == AuthorityAction::Hold && found.is_some_and(on_hold);
        encoded(&answer_of(status, before))
    }

    async fn status(&self, call: &EffectCall) -> Result<EffectState, EffectError> {
        let (asked, authority) = self.find(call)?;
        // To ask once more does no harm.
        let Asked::Change(request) = asked else { return Ok(EffectState::NotDone(Seen::default())) };
        let counts = authority.capabilities().revisions;
        let holds = request.action == AuthorityAction::Hold;
        if call.attempts == 0 && !counts && !holds {
            return Ok(EffectState::NotDone(Seen::default()));
        }
        let status = match authority.status(&request.serial).await {
            Ok(status) => status,
            // From before it kept books: it has not changed there.
            Err(AuthorityError::NotFound(_)) => {
                let revision = counts.then_some(Revision::NONE);
                return Ok(EffectState::NotDone(Seen { revision, instead: None }));
            }
            Err(error) => return Err(failed(error)),
        };
        // At the first attempt nobody has asked yet: what is so already is none of this request's doing.
        if call.attempts == 0 || status.state != request.action.asks_for() {
            // Who holds it matters to a hold alone, and is told to nobody else.
            let by_others = holds && status.state == CertificateState::OnHold;
            let instead = by_others.then(|| encoded(&answer_of(status, false))).transpose()?;
            return Ok(EffectState::NotDone(Seen { revision: status.revision, instead }));
        }
        let before = holds && held_before(&status, call.at);
        Ok(EffectState::Done(encoded(&answer_of(status, before))?))
    }
}
