//! What the outside says.

use super::state::Pending;
use super::{How, State, World};
use crate::cards::{Cards, Request};
use crate::domain::{Answer, AuthorityAction, CertificateState, Dossier, RevocationReason};
use crate::engine::{Came, Domain, Due, Report};
use crate::values::{Answers, ObjectRef};

impl World {
    pub(super) fn report(&self, state: &State, pending: &Pending, how: How) -> Report<Cards> {
        let came = match how {
            How::Done | How::Sent => {
                let becomes = state.would_become(&pending.request).map(|(_, it)| it);
                Came::Answer(answer(&pending.request, becomes, state))
            }
            How::Arrives(then) => Came::Answer(match answer(&pending.request, Some(then), state) {
                // It is on hold by now because of this very request.
                Answer::Authority { state, reason, since, .. } => {
                    Answer::Authority { state, reason, since, held_before: false }
                }
                other => other,
            }),
            How::Contradicts => {
                let now = Cards::about(&pending.request).and_then(|it| state.at_authority(it));
                Came::Answer(answer(&pending.request, now, state))
            }
            How::Fails => Came::Stuck("it fails for good".to_owned()),
            How::Overtaken => Came::Overtaken,
        };
        Report { effect: pending.effect, request: pending.request.as_ref().clone(), came }
    }

    /// The process that deals with what was changed at an authority behind our back.
    pub(super) fn drifted(&self, state: &State, dossier: &Dossier) -> Option<Due> {
        if state.astray.is_empty() {
            return None;
        }
        let drifted = |it: &Request| {
            let there = Cards::about(it).and_then(|at| state.at_authority(at));
            Cards::has_drifted(dossier, it, &answer(it, there, state))
        };
        let questions = Cards::to_compare(dossier, &self.plugged, state.now);
        let due = Due { process: Cards::reconciled_by(), otherwise: None, answers: Answers::none() };
        questions.iter().any(drifted).then_some(due)
    }
}

impl State {
    /// The certificate that a request is about, and what it is at its authority once that has done it.
    pub(super) fn would_become(&self, request: &Request) -> Option<(ObjectRef, CertificateState)> {
        let certificate = Cards::about(request)?;
        let now = self.at_authority(certificate)?;
        match request {
            // There is no way back from a revocation.
            Request::Authority(it) if now != CertificateState::Revoked => Some((certificate, it.action.asks_for())),
            _ => Some((certificate, now)),
        }
    }
}

/// What the outside answers, if a certificate is in this state there.
fn answer(request: &Request, there: Option<CertificateState>, state: &State) -> Answer {
    match (request, there) {
        (Request::Authority(it), Some(there)) => {
            let was = state.at_authority(it.certificate);
            let held_before = it.action == AuthorityAction::Hold && was == Some(there);
            Answer::Authority { state: there, reason: reason(there, Some(it.action)), since: None, held_before }
        }
        (Request::Status(_), Some(there)) => {
            Answer::Authority { state: there, reason: reason(there, None), since: None, held_before: false }
        }
        (Request::ReadBack(_), Some(there)) => Answer::Published { state: there, since: state.now, as_of: state.now },
        _ => Answer::Told,
    }
}

/// The reason that an authority names for a state, after it was asked for this.
fn reason(there: CertificateState, asked: Option<AuthorityAction>) -> Option<RevocationReason> {
    match (there, asked) {
        (CertificateState::Revoked, Some(AuthorityAction::Revoke(reason))) => Some(reason),
        (CertificateState::Revoked, _) => Some(RevocationReason::KeyCompromise),
        (CertificateState::OnHold, _) => Some(RevocationReason::CertificateHold),
        _ => None,
    }
}
