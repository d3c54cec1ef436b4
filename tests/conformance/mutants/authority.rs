//! An authority that does one thing wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use cardflow::domain::{
    AuthorityAction, Capabilities, CertificateState, IssuerName, RevocationReason, RevocationRefused, Serial,
};
use cardflow::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate,
};
use cardflow::testing::conformance::authority::{AuthorityFactory, Certified, Switches};
use cardflow::values::{Digest, Millis, Revision, Timestamp};

use super::let_others_go_on;

faults! {
    /// nothing is wrong
    None,
    /// a hold is not known as a reason of revocation
    KnowsNoHoldAsReason,
    /// a release is answered, and nothing is released
    AnswersReleaseOnly,
    /// removal from the list is not known as a release
    KnowsNoRemoval,
    /// a certificate can be held once
    HoldsOnce,
    /// a released certificate cannot be revoked
    NeverRevokesReleased,
    /// a revocation is taken back
    ReleasesRevoked,
    /// what is good is released
    ReleasesGood,
    /// a hold cannot become a revocation
    NeverRevokesHeld,
    /// the reason of a revocation is dropped
    DropsReasons,
    /// a hold that becomes a revocation keeps its reason
    KeepsHoldReason,
    /// the reason of a revocation is changed
    ChangesReasons,
    /// what is revoked is put on hold
    HoldsRevoked,
    /// a reason is never changed, though it may be
    NeverRevises,
    /// the reason is changed where an authority was compromised
    RevisesCompromised,
    /// a revocation with a new reason has the date of its order
    DatesRevisedAnew,
    /// a revocation with a new reason is taken back
    ReleasesRevised,
    /// what is so already is refused
    RefusesRepetition,
    /// a hold asked for again moves its date
    MovesHolds,
    /// a revocation asked for again moves its date
    MovesRevocations,
    /// a release asked for again is refused
    RefusesSecondRelease,
    /// it counts changes and does not say how many
    TellsNoRevision,
    /// changes are not counted
    CountsNothing,
    /// what changes nothing is counted
    CountsRepetitions,
    /// an order that expects something is never done
    OvertakesAll,
    /// what an order expects is ignored
    IgnoresRevisions,
    /// what is so already is overtaken
    OvertakesRepetitions,
    /// a revocation for good is overtaken
    OvertakesRevocations,
    /// a revocation has the date of its order although there was a hold
    DatesRevocationAnew,
    /// a revocation after a release has the date of the old hold
    KeepsOldDates,
    /// a date is that of another hour
    ShiftsDates,
    /// a date in the future is taken
    TakesFutureDates,
    /// an earlier date is taken where back-dating is off
    DatesBackUnasked,
    /// an earlier date is ignored
    IgnoresEarlierDates,
    /// the date of a key compromise never moves back
    NeverMovesBack,
    /// a named date moves forward
    MovesForward,
    /// an order is done although somebody must agree first
    WaitsForNobody,
    /// an order that waits is done already
    ActsBeforeAgreed,
    /// an order that was agreed to is never done
    NeverAgrees,
    /// what is released shows its date
    DatesReleased,
    /// the state is read, and then written
    ChecksThenActs,
    /// a new certificate is on hold
    IssuesHeld,
    /// the status is that before the last change
    TellsBefore,
    /// a refusal is recorded as done
    RecordsRefused,
    /// an unknown number is good
    TakesUnknownForGood,
    /// an order is about every certificate
    ChangesAll,
    /// every certificate is its own
    AcceptsAll,
    /// none is its own
    AcceptsNone,
    /// a certificate is its own by its beginning
    AcceptsByBeginning,
    /// numbers are given twice
    RepeatsNumbers,
    /// its name changes with each certificate
    ChangesName,
    /// it can hold and says that it cannot
    DeniesHold,
    /// it cannot hold and says that it can
    ClaimsHold,
    /// it cannot release and says that it can
    ClaimsRelease,
    /// states are gone after reopening
    LosesStates,
}

const ISSUED: usize = 16;

#[derive(Clone, Copy, Debug, Default)]
struct State {
    reason: Option<RevocationReason>,
    since: Option<Timestamp>,
    revision: Revision,
    /// When it was held before.
    was: Option<Timestamp>,
    /// Whether it has a new reason.
    revised: bool,
}

#[derive(Debug)]
pub(crate) struct WrongAuthority {
    fault: Fault,
    switches: Switches,
    waiting: Mutex<Vec<AuthorityOrder>>,
    states: Mutex<BTreeMap<Serial, State>>,
    before: Mutex<BTreeMap<Serial, State>>,
    issued: Mutex<u8>,
}

fn signature(serial: &[u8]) -> [u8; 32] {
    *Digest::of_parts(&[b"a key", serial]).as_bytes()
}

impl WrongAuthority {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<Serial, State>> {
        self.states.lock().unwrap()
    }

    fn issue_one(&self) -> Certified {
        let mut issued = self.issued.lock().unwrap();
        *issued += 1;
        let n = if self.is(Fault::RepeatsNumbers) { *issued / 2 } else { *issued };
        let bytes = [n + 1; ISSUED];
        let serial = Serial::from_bytes(&bytes).unwrap();
        let reason = Some(RevocationReason::CertificateHold).filter(|_| self.is(Fault::IssuesHeld));
        self.states().insert(serial.clone(), State { reason, ..State::default() });
        Certified { serial, not_after: now().plus(Millis::days(30)), der: [&bytes[..], &signature(&bytes)].concat() }
    }

    fn shown(&self, state: State) -> AuthorityStatus {
        let (certificate, reason) = match state.reason {
            None => (CertificateState::Valid, None),
            Some(RevocationReason::CertificateHold) => (CertificateState::OnHold, state.reason),
            Some(_) => (CertificateState::Revoked, state.reason),
        };
        let since = state.since.filter(|_| reason.is_some() || self.is(Fault::DatesReleased));
        let revision = Some(state.revision).filter(|_| !self.is(Fault::TellsNoRevision));
        AuthorityStatus { state: certificate, reason, since, revision }
    }

    /// Whether an order comes too late for a state.
    fn is_overtaken(&self, state: State, order: &AuthorityOrder) -> bool {
        let asked = match order.action {
            AuthorityAction::Hold => RevocationReason::CertificateHold,
            AuthorityAction::Release => RevocationReason::RemoveFromCrl,
            AuthorityAction::Revoke(reason) => reason,
        };
        let so_already = match state.reason {
            None => asked == RevocationReason::RemoveFromCrl && state.was.is_some(),
            Some(reason) => reason == asked,
        };
        let spared = so_already && !self.is(Fault::OvertakesRepetitions)
            || asked.is_permanent() && !self.is(Fault::OvertakesRevocations);
        let late = order.expects.is_some_and(|it| it != state.revision || self.is(Fault::OvertakesAll));
        late && !spared && !self.is(Fault::IgnoresRevisions)
    }

    /// Somebody agrees to what waits.
    fn agree(&self) {
        for order in std::mem::take(&mut *self.waiting.lock().unwrap()) {
            let known = self.states().get(&order.serial).copied().unwrap_or_default();
            if let Ok(Some(state)) = self.decide(known, &order) {
                self.states().insert(order.serial, state);
            }
        }
    }

    /// What an order makes of a state; none for nothing.
    fn decide(&self, state: State, order: &AuthorityOrder) -> Result<Option<State>, AuthorityError> {
        use RevocationReason::{CertificateHold, RemoveFromCrl, Unspecified};
        let asked = match order.action {
            AuthorityAction::Hold => CertificateHold,
            AuthorityAction::Release => RemoveFromCrl,
            AuthorityAction::Revoke(CertificateHold) if self.is(Fault::KnowsNoHoldAsReason) => Unspecified,
            AuthorityAction::Revoke(RemoveFromCrl) if self.is(Fault::KnowsNoRemoval) => Unspecified,
            AuthorityAction::Revoke(reason) => reason,
        };
        let hour = Millis::hours(i64::from(self.is(Fault::ShiftsDates)));
        let named = order.since.filter(|_| !self.is(Fault::IgnoresEarlierDates));
        let at = Some(named.unwrap_or(order.at).plus(hour));
        let unsupported = |what| Err(AuthorityError::Unsupported { what });
        let held = state.reason == Some(CertificateHold);
        let too_late = order.since.is_some_and(|it| it > order.at) && !self.is(Fault::TakesFutureDates);
        let off = !self.switches.back_dating && !self.is(Fault::DatesBackUnasked);
        if too_late || off && order.since.is_some_and(|it| it < order.at) {
            return Err(AuthorityError::Invalid { what: "the revocation date", why: "not like this".to_owned() });
        }
        let moves = self.is(Fault::MovesForward) && named.is_some();
        let back = named.zip(state.since).is_some_and(|(named, since)| named < since || moves);
        match (asked, state.reason) {
            (CertificateHold, _) if self.is(Fault::ClaimsHold) => unsupported("hold"),
            (RemoveFromCrl, _) if self.is(Fault::ClaimsRelease) => unsupported("release"),
            (asked, Some(reason)) if asked == reason => match self.fault {
                Fault::RefusesRepetition => Err(RevocationRefused::Permanent(reason).into()),
                Fault::MovesHolds if held => Ok(Some(State { since: at, ..state })),
                Fault::NeverMovesBack => Ok(None),
                _ if back && self.switches.reason_change => Ok(Some(State { since: at, ..state })),
                Fault::MovesRevocations if !held => Ok(Some(State { since: at, ..state })),
                _ => Ok(None),
            },
            (RemoveFromCrl, None) if state.was.is_some() && !self.is(Fault::RefusesSecondRelease) => Ok(None),
            (RemoveFromCrl, None) if self.is(Fault::ReleasesGood) => Ok(None),
            (RemoveFromCrl, None) => Err(RevocationRefused::NotOnHold.into()),
            (RemoveFromCrl, Some(CertificateHold)) => {
                Ok((!self.is(Fault::AnswersReleaseOnly)).then_some(State { reason: None, was: state.since, ..state }))
            }
            (RemoveFromCrl, Some(_)) if self.is(Fault::ReleasesRevoked) => Ok(Some(State::default())),
            (RemoveFromCrl, Some(_)) if self.is(Fault::ReleasesRevised) && state.revised => Ok(Some(State::default())),
            (RevocationReason::KeyCompromise, Some(reason))
                if self.switches.reason_change
                    && !held
                    && !self.is(Fault::NeverRevises)
                    && (reason.may_become_key_compromise() || self.is(Fault::RevisesCompromised)) =>
            {
                let since = if back || self.is(Fault::DatesRevisedAnew) { at } else { state.since };
                Ok(Some(State { reason: Some(asked), since, revised: true, ..state }))
            }
            (CertificateHold, Some(_)) if self.is(Fault::HoldsRevoked) => {
                Ok(Some(State { reason: Some(asked), ..state }))
            }
            (_, Some(CertificateHold)) if self.is(Fault::NeverRevokesHeld) => Err(RevocationRefused::NotOnHold.into()),
            (_, Some(CertificateHold)) => {
                let since = if back || self.is(Fault::DatesRevocationAnew) { at } else { state.since };
                let reason = if self.is(Fault::KeepsHoldReason) { state.reason } else { Some(asked) };
                Ok(Some(State { reason, since, ..state }))
            }
            (asked, Some(_)) if self.is(Fault::ChangesReasons) && asked.is_permanent() => {
                Ok(Some(State { reason: Some(asked), ..state }))
            }
            (_, Some(reason)) => Err(RevocationRefused::Permanent(reason).into()),
            (CertificateHold, None) if self.is(Fault::HoldsOnce) && state.was.is_some() => {
                Err(RevocationRefused::NotOnHold.into())
            }
            (asked, None)
                if self.is(Fault::NeverRevokesReleased) && state.was.is_some() && asked != CertificateHold =>
            {
                Err(RevocationRefused::NotOnHold.into())
            }
            (asked, None) => {
                let since = if self.is(Fault::KeepsOldDates) { state.was.or(at) } else { at };
                let reason = if self.is(Fault::DropsReasons) && asked.is_permanent() { Unspecified } else { asked };
                Ok(Some(State { reason: Some(reason), since, ..state }))
            }
        }
    }
}

#[async_trait]
impl CertificateAuthority for WrongAuthority {
    fn issuer(&self) -> IssuerName {
        let n = if self.is(Fault::ChangesName) { *self.issued.lock().unwrap() } else { 0 };
        format!("CN=Wrong CA {n}").parse().unwrap()
    }

    fn capabilities(&self) -> Capabilities {
        let able = !self.is(Fault::DeniesHold);
        let Switches { reason_change, back_dating, .. } = self.switches;
        Capabilities { hold: able, release: able, reason_change, back_dating, ..Capabilities::ALL }
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        let ok = match (self.fault, der.split_at_checked(ISSUED)) {
            (Fault::AcceptsAll, _) => true,
            (Fault::AcceptsNone, _) | (_, None) => false,
            (Fault::AcceptsByBeginning, Some(_)) => der.len() < 100,
            (_, Some((serial, signed))) => signed == signature(serial),
        };
        let invalid = || AuthorityError::Invalid { what: "the certificate", why: "not ours".to_owned() };
        if ok { Ok(()) } else { Err(invalid()) }
    }

    async fn issue(&self, _: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        Err(AuthorityError::Unsupported { what: "issue" })
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        *self.before.lock().unwrap() = self.states().clone();
        let known = self.states().get(&order.serial).copied().unwrap_or_default();
        if self.is(Fault::ChecksThenActs) {
            let_others_go_on().await;
        }
        if self.is_overtaken(known, order) {
            return Err(AuthorityError::Overtaken { serial: order.serial.clone(), revision: known.revision });
        }
        let decided = self.decide(known, order);
        if decided.is_err() && self.is(Fault::RecordsRefused) {
            let reason = Some(RevocationReason::CertificateHold);
            self.states().insert(order.serial.clone(), State { reason, ..known });
        }
        let waits = self.switches.approval && decided.as_ref().is_ok_and(Option::is_some);
        if waits && !self.is(Fault::WaitsForNobody) {
            self.waiting.lock().unwrap().push(order.clone());
            if self.is(Fault::ActsBeforeAgreed) {
                self.agree();
            }
            return Err(AuthorityError::Pending(order.serial.clone()));
        }
        let counts = |it: State| State { revision: it.revision.next(), ..it };
        let again = Some(known).filter(|_| self.is(Fault::CountsRepetitions));
        let wanted = decided?.or(again).map(|it| if self.is(Fault::CountsNothing) { it } else { counts(it) });
        if let Some(state) = wanted {
            self.states().insert(order.serial.clone(), state);
            if self.is(Fault::ChangesAll) {
                self.states().values_mut().for_each(|it| *it = state);
            }
        }
        if self.is(Fault::AnswersReleaseOnly) && order.action.asks_for() == CertificateState::Valid {
            let valid = AuthorityStatus { state: CertificateState::Valid, reason: None, since: None, revision: None };
            return Ok(AuthorityStatus { revision: self.shown(known).revision, ..valid });
        }
        Ok(self.shown(wanted.unwrap_or(known)))
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        let states = if self.is(Fault::TellsBefore) { self.before.lock().unwrap() } else { self.states() };
        match states.get(serial) {
            Some(state) => Ok(self.shown(*state)),
            None if self.is(Fault::TakesUnknownForGood) => Ok(self.shown(State::default())),
            None => Err(AuthorityError::NotFound(serial.clone())),
        }
    }
}

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// Makes authorities with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl AuthorityFactory for Wrong {
    type Guard = Arc<WrongAuthority>;

    async fn authority(&self, switches: Switches) -> (Arc<WrongAuthority>, Arc<dyn CertificateAuthority>) {
        let (states, before, issued) = (Mutex::default(), Mutex::default(), Mutex::default());
        let waiting = Mutex::default();
        let authority = Arc::new(WrongAuthority { fault: self.0, switches, waiting, states, before, issued });
        (Arc::clone(&authority), authority)
    }

    async fn certificate(&self, authority: &Arc<WrongAuthority>, _: &dyn CertificateAuthority) -> Certified {
        authority.issue_one()
    }

    fn now(&self) -> Timestamp {
        now()
    }

    async fn agree(&self, authority: &Arc<WrongAuthority>) {
        if self.0 != Fault::NeverAgrees {
            authority.agree();
        }
    }

    async fn reopen(&self, authority: &Arc<WrongAuthority>) -> Arc<dyn CertificateAuthority> {
        if self.0 == Fault::LosesStates {
            authority.states().values_mut().for_each(|it| *it = State::default());
        }
        Arc::clone(authority) as Arc<dyn CertificateAuthority>
    }
}
