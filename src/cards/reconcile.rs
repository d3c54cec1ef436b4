//! What was changed at an authority behind our back: found, put on record, and put right where it can be (law 9).

use super::authority::{HELD_THERE, held_there, revoked_there};
use super::{Cards, Request};
use crate::domain::{
    Answer, Authorities, AuthorityAction, AuthorityRequest, CERTIFICATE, CardState, CauseKind, Certificate,
    CertificateState, Change, Dossier, Drift, Hold, ObjectState, Refusal, RevocationReason, StatusRequest,
};
use crate::engine::{Answered, Arrived, Ground};
use crate::values::Timestamp;

/// The certificates of the card whose authorities can be asked, in order, each once.
fn asked_about<'a>(
    dossier: &'a Dossier,
    authorities: &'a Authorities,
    now: Timestamp,
) -> impl Iterator<Item = &'a Certificate> {
    let mut found: Vec<_> = dossier.certificates_of(dossier.subject()).collect();
    found.sort_by_key(|it| it.at());
    found.dedup_by_key(|it| it.at());
    let ended = move |it: &Certificate| it.wanted() == CertificateState::Expired || it.validity().is_over(now);
    found.into_iter().filter(move |it| !ended(it) && authorities.of(it.issuer()).is_some())
}

fn question(certificate: &Certificate, correct: bool) -> StatusRequest {
    StatusRequest {
        certificate: certificate.at(),
        issuer: certificate.issuer().clone(),
        serial: certificate.serial().clone(),
        correct,
    }
}

/// Whether it is confirmed as it is wanted. That tells nothing of orders that take each other back, of which the store knows.
/// What came in on hold from another system was never asked for here.
fn is_settled(certificate: &Certificate) -> bool {
    let imported = |it: &Hold| it.cause().kind == CauseKind::Imported;
    let as_it_came = (certificate.wanted(), certificate.confirmed()) == (CertificateState::OnHold, None);
    !certificate.is_unconfirmed() || as_it_came && certificate.holds().iter().all(imported)
}

/// Nothing that is on its way: what comes of it is told when it is answered.
pub(super) fn to_compare(dossier: &Dossier, authorities: &Authorities, now: Timestamp) -> Vec<Request> {
    asked_about(dossier, authorities, now)
        .filter(|it| is_settled(it))
        .map(|it| Request::Status(question(it, false)))
        .collect()
}

/// A question about each certificate of the card, none of which waits for another: an order that stands until a person deals
/// with it keeps back only what is asked of its own certificate.
pub(super) fn questions(ground: &mut Ground<'_, Cards>) -> Result<Vec<Request>, Refusal> {
    let correct = ground.options.drift == Drift::Correct;
    let all = asked_about(ground.dossier, &ground.world.authorities, ground.now);
    let all: Vec<_> = all.map(|it| Request::Status(question(it, correct))).collect();
    if all.is_empty() { Err(Refusal::NothingToAsk) } else { Ok(all) }
}

pub(super) fn has_drifted(dossier: &Dossier, request: &Request, answer: &Answer) -> bool {
    let Request::Status(asked) = request else { return false };
    let certificate = dossier.certificate(asked.certificate);
    certificate.is_some_and(|it| is_settled(it) && told(answer, it) != Told::AsWanted)
}

/// What an authority tells of a certificate, beside what is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Told {
    AsWanted,
    /// It is out of force there for good.
    Revoked(Option<RevocationReason>),
    /// It is on hold there, and not here.
    OnHold,
    /// It is in force there, or less out of force than it should be.
    Freer(CertificateState),
    /// It is not known there, and should be out of force.
    Unknown,
}

fn told(answer: &Answer, certificate: &Certificate) -> Told {
    use CertificateState::{Expired, Issued, OnHold, Revoked, Valid};
    let (state, reason) = match answer {
        Answer::Authority { state, reason, .. } => (*state, *reason),
        // One from before the authority kept books has not changed there.
        Answer::NotKnown if matches!(certificate.wanted(), OnHold | Revoked) => return Told::Unknown,
        Answer::NotKnown | Answer::Published { .. } | Answer::Told => return Told::AsWanted,
    };
    match (certificate.wanted(), state) {
        (Expired, _) | (_, Expired) => Told::AsWanted,
        (Issued | Valid, Issued | Valid) | (OnHold, OnHold) | (Revoked, Revoked) => Told::AsWanted,
        (Issued | Valid | OnHold, Revoked) => Told::Revoked(reason),
        (Issued | Valid, OnHold) => Told::OnHold,
        (OnHold, Issued | Valid) | (Revoked, Issued | Valid | OnHold) => Told::Freer(state),
    }
}

/// Stores what the authority tells, says what is not as it should be, and asks for it again if that is wanted.
pub(super) fn answered(arrived: Arrived<'_, Cards>, asked: &StatusRequest) -> Answered<Cards> {
    let certificate = arrived.dossier.certificate(asked.certificate);
    certificate.map(|it| compared(arrived, it, asked.correct)).unwrap_or_default()
}

fn compared(arrived: Arrived<'_, Cards>, certificate: &Certificate, correct: bool) -> Answered<Cards> {
    let object = certificate.at();
    let mut changes = Vec::new();
    if let Some(state) = arrived.answer.certificate_state()
        && certificate.confirmed() != Some(state)
    {
        changes.push(Change::Confirmed { certificate: object, state });
    }
    let told = told(arrived.answer, certificate);
    if !is_settled(certificate) && !matches!(told, Told::Revoked(_)) {
        // What is wanted has not come about yet: an incident of the run that asked for it stands, or it was given up.
        return Answered { changes, ..Answered::default() };
    }
    let (wanted, incident) = (certificate.wanted(), |what: String| Some((object, what)));
    match told {
        Told::AsWanted => Answered { changes, ..Answered::default() },
        Told::Revoked(reason) => {
            changes.extend(revoked_there(certificate, reason));
            let what = format!("the authority has revoked the certificate for good, which was `{wanted}` here");
            Answered { changes, incident: incident(what), ..Answered::default() }
        }
        Told::OnHold => {
            changes.extend(held_there(certificate, arrived.instance, arrived.now, arrived.ids));
            Answered { changes, incident: incident(HELD_THERE.to_owned()), ..Answered::default() }
        }
        Told::Freer(state) => {
            changes.extend(released_there(arrived.dossier, certificate));
            if is_given_back(arrived.dossier, certificate) {
                return Answered { changes, ..Answered::default() };
            }
            let what =
                format!("the certificate is `{wanted}` here and `{state}` at its authority, which we did not ask for");
            put_right(certificate, changes, what, correct)
        }
        Told::Unknown => {
            let what = format!("the certificate is `{wanted}` here, and its authority knows no such certificate");
            put_right(certificate, changes, what, false)
        }
    }
}

/// Whether the authority alone has held it, for a card that is in use.
fn is_given_back(dossier: &Dossier, certificate: &Certificate) -> bool {
    let ours = |it: &Hold| it.cause().kind != CauseKind::Authority;
    let in_use = dossier.subject_card().is_some_and(|it| it.state() == CardState::Active);
    certificate.wanted() == CertificateState::OnHold && in_use && !certificate.holds().iter().any(ours)
}

/// The authority has given back what it held: its hold closes.
fn released_there(dossier: &Dossier, certificate: &Certificate) -> Vec<Change> {
    let object = certificate.at();
    let last = is_given_back(dossier, certificate);
    let ours = certificate.holds().iter().any(|it| it.cause().kind != CauseKind::Authority);
    if CERTIFICATE.is_last(certificate.wanted()) || !last && !ours {
        return Vec::new();
    }
    let theirs = certificate.holds().iter().filter(|it| it.cause().kind == CauseKind::Authority);
    let closed = theirs.map(|it| Change::HoldClosed { object, hold: it.id(), cause: it.cause() });
    let moved = Change::Moved {
        object,
        from: ObjectState::Certificate(CertificateState::OnHold),
        to: ObjectState::Certificate(CertificateState::Valid),
        reason: None,
    };
    closed.chain(last.then_some(moved)).collect()
}

fn put_right(certificate: &Certificate, changes: Vec<Change>, what: String, correct: bool) -> Answered<Cards> {
    let action = match (certificate.wanted(), certificate.reason()) {
        (CertificateState::Revoked, reason) => AuthorityAction::Revoke(reason.unwrap_or(RevocationReason::Unspecified)),
        _ => AuthorityAction::Hold,
    };
    let request = AuthorityRequest {
        certificate: certificate.at(),
        issuer: certificate.issuer().clone(),
        serial: certificate.serial().clone(),
        not_after: certificate.validity().until(),
        action,
        invalid_since: None,
    };
    let what =
        if correct { format!("{what}; it is asked for again") } else { format!("{what}; ask the authority why") };
    let requests = if correct { vec![Request::Authority(request)] } else { Vec::new() };
    Answered { changes, incident: Some((certificate.at(), what)), requests, ..Answered::default() }
}
