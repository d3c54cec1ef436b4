use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::domain::{Answer, Capabilities, Certificate, CertificateState, IssuerName, Serial};
use crate::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, EffectCall, EffectError, EffectHandler,
    EffectState, IssueRequest, IssuedCertificate, LedgerEntry, LedgerStatus, Setback,
};
use crate::testing::fakes::{Mood, ScriptedAuthority, ScriptedHandler};
use crate::values::{EffectId, Revision};

/// How a call to the outside goes wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ill {
    /// An authority is in this mood for one order; a system that is none loses its answer, or is not reached.
    In(Mood),
    /// It cannot be reached, from this call on until it is well again.
    Down,
    /// It fails for good, from this call on until somebody has mended it.
    Broken,
}

impl Ill {
    pub(super) const ALL: [Ill; 10] = [
        Ill::Down,
        Ill::Broken,
        Ill::In(Mood::Down),
        Ill::In(Mood::Mute),
        Ill::In(Mood::Deaf),
        Ill::In(Mood::Twice),
        Ill::In(Mood::Revokes),
        Ill::In(Mood::Refuses),
        Ill::In(Mood::Contradicts),
        Ill::In(Mood::Pending),
    ];

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Ill::Down => "the outside cannot be reached from now on",
            Ill::Broken => "the outside fails for good from now on",
            Ill::In(Mood::Well) => "nothing goes wrong",
            Ill::In(Mood::Down) => "the outside cannot be reached this time",
            Ill::In(Mood::Mute) => "the outside does it, and its answer is lost",
            Ill::In(Mood::Deaf) => "the request does not arrive, and nobody knows",
            Ill::In(Mood::Twice) => "the request arrives twice",
            Ill::In(Mood::Revokes) => "the authority has revoked the certificate, and says so",
            Ill::In(Mood::Refuses) => "the authority refuses for good, and does nothing",
            Ill::In(Mood::Contradicts) => "the authority does nothing, and answers what held before",
            Ill::In(Mood::Pending) => "somebody outside must agree first",
        }
    }

    /// Whether the authority ends in another state than was asked for, which a person must hear of.
    pub(super) fn contradicts(self) -> bool {
        matches!(self, Ill::In(Mood::Revokes | Mood::Refuses | Mood::Contradicts))
    }

    fn lasts(self) -> bool {
        matches!(self, Ill::Down | Ill::Broken)
    }
}

type Happening = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Everything outside that processes ask: two authorities, and systems of every other kind. It numbers the calls, and goes
/// wrong on demand.
pub(super) struct Outside {
    authorities: Vec<Arc<ScriptedAuthority>>,
    systems: Vec<Arc<ScriptedHandler>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: usize,
    ill: Option<(usize, Ill)>,
    during: Option<(usize, Happening)>,
    /// The requests that were begun and not asked about since.
    begun: BTreeMap<String, BTreeSet<EffectId>>,
    repeated_blindly: usize,
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("authorities", &self.authorities).finish_non_exhaustive()
    }
}

impl Outside {
    /// With authorities of these names, able to do this; and with systems of these kinds that give this answer.
    pub(super) fn of(
        authorities: impl IntoIterator<Item = (IssuerName, Capabilities)>,
        kinds: impl IntoIterator<Item = String>,
        answer: &Answer,
    ) -> Outside {
        let authority = |(issuer, able)| Arc::new(ScriptedAuthority::named(issuer).able_to(able));
        let system = |kind: String| {
            let answer = answer.clone();
            let encoded = move |_: &EffectCall| {
                answer.to_bytes().map_err(|_| failed("it has no words for it", Setback::Permanent))
            };
            Arc::new(ScriptedHandler::answering(&kind, encoded))
        };
        Outside {
            authorities: authorities.into_iter().map(authority).collect(),
            systems: kinds.into_iter().map(system).collect(),
            state: Mutex::default(),
        }
    }

    /// Another outside that knows the certificates as this one does, and answers this where it is no authority.
    pub(super) fn copy<'a>(&self, certificates: impl Iterator<Item = &'a Certificate>, answer: &Answer) -> Outside {
        let able = self.authorities.iter().map(|it| (it.issuer(), it.capabilities()));
        let copy = Outside::of(able, self.systems.iter().map(|it| it.kind()), answer);
        certificates.for_each(|it| copy.knows(it, self.truth(it)));
        copy
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The authorities, for a host.
    pub(super) fn authorities(self: &Arc<Self>) -> impl Iterator<Item = Arc<OutsideAuthority>> {
        let of = |it: &Arc<ScriptedAuthority>| OutsideAuthority { outside: Arc::clone(self), inner: Arc::clone(it) };
        self.authorities.iter().map(move |it| Arc::new(of(it)))
    }

    /// The systems that are no authority, for a host.
    pub(super) fn systems(self: &Arc<Self>) -> impl Iterator<Item = Arc<OutsideSystem>> {
        let of = |it: &Arc<ScriptedHandler>| OutsideSystem { outside: Arc::clone(self), inner: Arc::clone(it) };
        self.systems.iter().map(move |it| Arc::new(of(it)))
    }

    /// How often it was asked to do something.
    pub(super) fn calls(&self) -> usize {
        self.state().calls
    }

    /// It goes wrong at the call of this number, counted from now.
    pub(super) fn goes_wrong_at(&self, call: usize, ill: Ill) {
        let mut state = self.state();
        state.ill = Some((state.calls + call, ill));
    }

    /// This happens while the call of this number, counted from now, is on its way.
    pub(super) fn during(&self, call: usize, happening: impl Future<Output = ()> + Send + 'static) {
        let mut state = self.state();
        state.during = Some((state.calls + call, Box::pin(happening)));
    }

    /// It is well again.
    pub(super) fn heals(&self) {
        self.state().ill = None;
    }

    fn of_issuer(&self, issuer: &IssuerName) -> Option<&Arc<ScriptedAuthority>> {
        self.authorities.iter().find(|it| it.issuer() == *issuer)
    }

    /// Its authority knows a certificate in a state; without one, as it is wanted here.
    pub(super) fn knows(&self, certificate: &Certificate, state: Option<CertificateState>) {
        let Some(authority) = self.of_issuer(certificate.issuer()) else { return };
        let since = certificate.validity().from();
        let reason = certificate.reason().filter(|it| it.is_permanent());
        let status = match state.unwrap_or(certificate.wanted()) {
            CertificateState::Issued | CertificateState::Valid | CertificateState::Expired => LedgerStatus::Good,
            CertificateState::OnHold => LedgerStatus::OnHold { since },
            CertificateState::Revoked => {
                LedgerStatus::Revoked { reason: reason.unwrap_or(crate::domain::RevocationReason::Unspecified), since }
            }
        };
        let (serial, not_after) = (certificate.serial().clone(), certificate.validity().until());
        authority.set(LedgerEntry { serial, not_after, status, invalid_since: None, revision: Revision::NONE });
    }

    /// The state of a certificate at its authority.
    pub(super) fn truth(&self, certificate: &Certificate) -> Option<CertificateState> {
        let truth = self.of_issuer(certificate.issuer())?.truth();
        truth.get(certificate.serial()).map(|it| it.state)
    }

    /// How often a request came again that nobody had asked about since it was begun (law 5).
    pub(super) fn repeated_blindly(&self) -> usize {
        self.state().repeated_blindly
    }

    /// Somebody asks what has become of the requests about something.
    fn is_asked_about(&self, what: &str) {
        self.state().begun.remove(what);
    }

    /// Counts a call about something; says how it goes wrong, if it does.
    async fn call(&self, what: String, effect: EffectId) -> Option<Ill> {
        let (ill, during) = {
            let mut state = self.state();
            if !state.begun.entry(what).or_default().insert(effect) {
                state.repeated_blindly += 1;
            }
            state.calls += 1;
            let number = state.calls;
            let ill = state.ill.filter(|(at, ill)| number == *at || ill.lasts() && number > *at).map(|(_, ill)| ill);
            (ill, state.during.take_if(|(at, _)| *at == number))
        };
        if let Some((_, happening)) = during {
            happening.await;
        }
        ill
    }

    /// Whether it cannot be asked at all now.
    fn is_down(&self) -> bool {
        let state = self.state();
        state.ill.is_some_and(|(at, ill)| ill == Ill::Down && state.calls >= at)
    }
}

/// An authority of the outside.
#[derive(Debug)]
pub(super) struct OutsideAuthority {
    outside: Arc<Outside>,
    inner: Arc<ScriptedAuthority>,
}

#[async_trait]
impl CertificateAuthority for OutsideAuthority {
    fn issuer(&self) -> IssuerName {
        self.inner.issuer()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        self.inner.verify(der)
    }

    async fn issue(&self, request: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        self.inner.issue(request).await
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        match self.outside.call(order.serial.to_string(), order.effect).await {
            Some(Ill::Broken) => return Err(AuthorityError::Other("out of order".into())),
            Some(Ill::Down) => self.inner.next([Mood::Down]),
            Some(Ill::In(mood)) => self.inner.next([mood]),
            None => {}
        }
        self.inner.change(order).await
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        self.outside.is_asked_about(&serial.to_string());
        if self.outside.is_down() {
            return Err(AuthorityError::Unavailable("nobody answers".into()));
        }
        self.inner.status(serial).await
    }
}

/// A system of the outside that is no authority.
#[derive(Debug)]
pub(super) struct OutsideSystem {
    outside: Arc<Outside>,
    inner: Arc<ScriptedHandler>,
}

fn failed(what: &str, setback: Setback) -> EffectError {
    EffectError { what: what.to_owned(), setback, source: None }
}

#[async_trait]
impl EffectHandler for OutsideSystem {
    fn kind(&self) -> String {
        self.inner.kind()
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        match self.outside.call(call.id.to_string(), call.id).await {
            Some(Ill::Down | Ill::In(Mood::Down | Mood::Deaf)) => Err(failed("nobody answers", Setback::Unavailable)),
            Some(Ill::Broken) => Err(failed("out of order", Setback::Permanent)),
            Some(Ill::In(Mood::Pending)) => Err(failed("somebody must agree first", Setback::Pending)),
            Some(Ill::In(Mood::Mute)) => {
                self.inner.perform(call).await?;
                Err(failed("the line broke", Setback::Unknown))
            }
            Some(Ill::In(Mood::Twice)) => {
                self.inner.perform(call).await?;
                self.inner.perform(call).await
            }
            Some(Ill::In(Mood::Well | Mood::Revokes | Mood::Refuses | Mood::Contradicts)) | None => {
                self.inner.perform(call).await
            }
        }
    }

    async fn status(&self, call: &EffectCall) -> Result<EffectState, EffectError> {
        self.outside.is_asked_about(&call.id.to_string());
        if self.outside.is_down() {
            return Err(failed("nobody answers", Setback::Unavailable));
        }
        self.inner.status(call).await
    }
}
