//! What becomes of every answer of EJBCA, and of none.

use std::time::Duration;

use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::RevocationReason::{KeyCompromise, Superseded};
use cardflow::domain::{CertificateState, RevocationReason, RevocationRefused};
use cardflow::ports::{AuthorityError, AuthorityOrder, CertificateAuthority, IssueRequest};
use cardflow::values::Millis;

use crate::authority::{
    ISSUER_DN, able, certificate, change, encrypted, hour, now, open, order, plain, settings, status,
};
use crate::rules::REASONS;
use crate::server::{Mood, Server};

fn whole(error: &AuthorityError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(it) = source {
        text.push_str(&format!(": {it}"));
        source = it.source();
    }
    text
}

#[test]
fn every_status_of_a_change_has_its_error() {
    use AuthorityError::{Invalid, NotFound, Other, OutcomeUnknown, Pending, Unavailable};
    let server = plain();
    let authority = open(settings(&server));
    let certificate = certificate(&server);
    type Is = fn(&AuthorityError) -> bool;
    let said = r#"{"error_code": 0, "error_message": "as said"}"#;
    let waits = r#"{"error_code": 400, "error_message": "Approval request with id 17 already exists."}"#;
    let no_ca = r#"{"error_code": 404, "error_message": "CA with id 17 does not exist."}"#;
    let cases: [(u16, &str, Is, bool, &str); 16] = [
        (202, "{}", |it| matches!(it, Pending(_)), true, "must agree"),
        (302, "", |it| matches!(it, Other(_)), false, "correct the address"),
        (400, said, |it| matches!(it, Invalid { .. }), false, "as said"),
        (400, waits, |it| matches!(it, Pending(_)), true, "must agree"),
        (401, "", |it| matches!(it, Other(_)), false, "give the role"),
        (403, said, |it| matches!(it, Other(_)), false, "as said"),
        (404, said, |it| matches!(it, NotFound(_)), false, "knows no certificate"),
        (404, no_ca, |it| matches!(it, Other(_)), false, "knows no authority"),
        (404, "<html>", |it| matches!(it, Other(_)), false, "no REST API"),
        (418, said, |it| matches!(it, Other(_)), false, "418"),
        (422, said, |it| matches!(it, Invalid { .. }), false, "back-dated"),
        (429, "", |it| matches!(it, Unavailable(_)), true, "429"),
        (500, said, |it| matches!(it, OutcomeUnknown(_)), true, "as said"),
        (502, "", |it| matches!(it, OutcomeUnknown(_)), true, "502"),
        (503, said, |it| matches!(it, Unavailable(_)), true, "as said"),
        (504, "", |it| matches!(it, OutcomeUnknown(_)), true, "504"),
    ];
    for (code, body, is, retryable, says) in cases {
        server.is(Mood::Says(code, body));
        let error = change(&authority, &order(&certificate, Hold)).unwrap_err();
        assert!(is(&error) && whole(&error).contains(says), "{code}: {}", whole(&error));
        assert_eq!(error.is_retryable(), retryable, "{code}");
        let error = status(&authority, &certificate).unwrap_err();
        assert!(!matches!(error, OutcomeUnknown(_)), "{code}: reading changes nothing, {error:?}");
    }
    server.is(Mood::Well);
    assert_eq!(status(&authority, &certificate).unwrap().state, CertificateState::Valid, "nothing was done");
}

#[test]
fn what_was_sent_and_not_answered_may_be_done() {
    for server in [plain(), encrypted()] {
        let (patient, hasty) = (open(settings(&server)), open(settings(&server).timeout(Duration::from_millis(300))));
        for (mood, done) in
            [(Mood::Mute, true), (Mood::MuteOnStatus, true), (Mood::Silent, false), (Mood::Endless, false)]
        {
            let certificate = certificate(&server);
            server.is(mood.clone());
            let authority = if mood == Mood::Silent { &hasty } else { &patient };
            let error = change(authority, &order(&certificate, Hold)).unwrap_err();
            // An endless answer is none to a question either; a change it belongs to is done, as far as anybody knows.
            assert!(matches!(error, AuthorityError::OutcomeUnknown(_)), "{mood:?}: {error:?}");
            let error = status(authority, &certificate).unwrap_err();
            assert!(matches!(error, AuthorityError::Unavailable(_)), "{mood:?}: {error:?}");
            server.is(Mood::Well);
            let is = if done { CertificateState::OnHold } else { CertificateState::Valid };
            assert_eq!(status(&patient, &certificate).unwrap().state, is, "{mood:?}");
            assert_eq!(change(&patient, &order(&certificate, Hold)).unwrap().state, CertificateState::OnHold);
        }
    }
}

#[test]
fn nobody_there_is_unavailable_and_no_http_is_unknown() {
    let server = plain();
    let authority = open(settings(&server));
    let certificate = certificate(&server);
    server.is(Mood::Nonsense);
    let error = change(&authority, &order(&certificate, Hold)).unwrap_err();
    assert!(matches!(error, AuthorityError::OutcomeUnknown(_)), "{error:?}");
    drop(server);
    let error = change(&authority, &order(&certificate, Hold)).unwrap_err();
    assert!(matches!(error, AuthorityError::Unavailable(_)) && error.is_retryable(), "{error:?}");
}

fn puts(server: &Server) -> Vec<String> {
    let state = server.state();
    state.came.iter().filter(|it| it.method == hyper::Method::PUT).map(|it| it.uri.clone()).collect()
}

#[test]
fn names_and_dates_are_written_as_a_path_and_a_query_need_them() {
    let server = plain();
    server.state().rules.back_dating = true;
    let authority = open(settings(&server).able_to(able(false, true)).invalidity_dates(true));
    let certificate = certificate(&server);
    let since = Some(hour(-24).plus(Millis::new(789)));
    let invalid_since = Some(hour(-48));
    let order = AuthorityOrder { since, invalid_since, ..order(&certificate, Revoke(KeyCompromise)) };
    let answer = change(&authority, &order).unwrap();
    assert_eq!(answer.since, Some(hour(-24)), "whole seconds");
    let name = "CN%3DCard%20CA%2C%20%C3%A4%C3%B6%C3%BC%2F1%2CO%3DExample";
    let path = format!("/ejbca/ejbca-rest-api/v1/certificate/{name}/{}/revoke", certificate.serial);
    let query = "reason=KEY_COMPROMISE&date=2026-11-23T12%3A00%3A00Z&invalidity_date=2026-11-22T12%3A00%3A00Z";
    assert_eq!(puts(&server), [format!("{path}?{query}")]);
    let said = server.state().rules.certificates[&certificate.serial.to_string()].clone();
    assert_eq!(said, Some(("KEY_COMPROMISE".to_owned(), hour(-24), invalid_since)));
}

#[test]
fn an_invalidity_date_is_left_out_unless_it_is_switched_on() {
    let server = plain();
    let authority = open(settings(&server));
    let certificate = certificate(&server);
    let order = AuthorityOrder { invalid_since: Some(hour(-48)), ..order(&certificate, Revoke(KeyCompromise)) };
    change(&authority, &order).unwrap();
    assert!(puts(&server).iter().all(|it| !it.contains("date")), "{:?}", puts(&server));
}

/// Rows E17, E18 and E19, at EJBCA itself: the adapter lets none of them through where its settings are true.
#[test]
fn what_ejbca_refuses_that_is_believed_to_be_allowed_is_invalid() {
    let server = plain();
    let authority = open(settings(&server).able_to(able(false, true)));
    let certificate = certificate(&server);
    let early = AuthorityOrder { since: Some(hour(-24)), ..order(&certificate, Hold) };
    let error = change(&authority, &early).unwrap_err();
    let off = |it: &AuthorityError| matches!(it, AuthorityError::Invalid { what: "the revocation date", .. });
    assert!(off(&error) && error.to_string().contains("certificate profile"), "{error}");
    // The clock of EJBCA is behind.
    let late = AuthorityOrder { at: hour(500), since: Some(hour(400)), ..order(&certificate, Hold) };
    let error = change(&authority, &late).unwrap_err();
    assert!(matches!(error, AuthorityError::Invalid { .. }) && error.to_string().contains("future"), "{error}");
    let none = [("reason".to_owned(), "sticky note got lost".to_owned())].into();
    let serial = certificate.serial.to_string();
    let (code, said) = server.state().rules.revoke(ISSUER_DN, &serial, &none);
    assert_eq!((code, said["error_message"].as_str()), (400, Some("Invalid revocation reason.")));
    assert_eq!(status(&authority, &certificate).unwrap().state, CertificateState::Valid);
}

#[test]
fn every_reason_goes_there_and_comes_back() {
    let server = plain();
    let authority = open(settings(&server));
    for reason in RevocationReason::ALL.iter().filter(|it| it.is_permanent()) {
        let certificate = certificate(&server);
        let answer = change(&authority, &order(&certificate, Revoke(*reason))).unwrap();
        assert_eq!((answer.state, answer.reason), (CertificateState::Revoked, Some(*reason)));
    }
    assert_eq!(puts(&server).len(), REASONS.len() - 3, "without not revoked, hold and removal");
}

#[test]
fn a_reason_of_a_later_release_is_a_revocation_all_the_same() {
    let server = plain();
    let authority = open(settings(&server));
    let certificate = certificate(&server);
    let serial = certificate.serial.to_string();
    server.state().rules.certificates.insert(serial, Some(("WEAK_KEY".to_owned(), now(), None)));
    let told = status(&authority, &certificate).unwrap();
    assert_eq!((told.state, told.reason), (CertificateState::Revoked, Some(RevocationReason::Unspecified)));
    assert_eq!((told.since, told.revision), (Some(now()), None));
}

#[test]
fn an_answer_about_another_certificate_is_no_answer() {
    let server = plain();
    let authority = open(settings(&server));
    let certificate = certificate(&server);
    for body in [r#"{"serial_number": "17", "revoked": false}"#, "{}", "", "<html>", "[1]"] {
        server.is(Mood::Says(200, body));
        let error = status(&authority, &certificate).unwrap_err();
        assert!(matches!(error, AuthorityError::Other(_)), "{body}: {error:?}");
    }
}

#[test]
fn the_date_of_a_hold_does_not_move_and_that_is_said() {
    let server = plain();
    server.state().rules.back_dating = true;
    let authority = open(settings(&server).able_to(able(false, true)));
    let certificate = certificate(&server);
    change(&authority, &order(&certificate, Hold)).unwrap();
    let early = AuthorityOrder { since: Some(hour(-24)), ..order(&certificate, Hold) };
    let error = change(&authority, &early).unwrap_err();
    assert!(error.to_string().contains("keeps the date of a hold"), "{error}");
    // But the revocation it becomes may have an earlier one.
    let early = AuthorityOrder { since: Some(hour(-24)), ..order(&certificate, Revoke(Superseded)) };
    assert_eq!(change(&authority, &early).unwrap().since, Some(hour(-24)));
    let refused = change(&authority, &order(&certificate, Release)).unwrap_err();
    assert!(matches!(refused, AuthorityError::Refused(RevocationRefused::Permanent(Superseded))), "{refused:?}");
}

#[test]
fn an_approval_that_is_turned_down_may_be_asked_for_anew() {
    let server = plain();
    server.state().rules.approval = true;
    let authority = open(settings(&server));
    let certificate = certificate(&server);
    let order = order(&certificate, Hold);
    for _ in 0..3 {
        let error = change(&authority, &order).unwrap_err();
        assert!(matches!(error, AuthorityError::Pending(_)), "{error:?}");
        assert_eq!(server.state().rules.waiting.len(), 1, "one request, however often it is asked for");
    }
    server.state().rules.waiting.clear();
    assert!(matches!(change(&authority, &order), Err(AuthorityError::Pending(_))));
    assert_eq!(server.state().rules.waiting.len(), 1);
}

#[test]
fn it_issues_nothing_and_says_so() {
    let server = plain();
    let authority = open(settings(&server));
    let validity = cardflow::domain::Validity::new(now(), hour(1)).unwrap();
    let request = IssueRequest { common_name: "Ada".to_owned(), public_key: vec![1], validity, uses: Vec::new() };
    let error = futures_executor::block_on(authority.issue(&request)).unwrap_err();
    assert!(matches!(error, AuthorityError::Unsupported { what: "issue" }), "{error:?}");
    assert!(server.state().came.is_empty());
}

/// What is switched off at EJBCA and believed to be on: a date that did not move is not told as one that did.
#[test]
fn a_revocation_whose_date_does_not_move_is_refused() {
    let server = plain();
    server.state().rules.back_dating = true;
    let authority = open(settings(&server).able_to(able(true, true)));
    let certificate = certificate(&server);
    let first = change(&authority, &order(&certificate, Revoke(KeyCompromise))).unwrap();
    let early = AuthorityOrder { since: Some(hour(-24)), ..order(&certificate, Revoke(KeyCompromise)) };
    let refused = change(&authority, &early).unwrap_err();
    assert!(matches!(refused, AuthorityError::Refused(RevocationRefused::Permanent(KeyCompromise))), "{refused:?}");
    assert_eq!(status(&authority, &certificate).unwrap(), first);
}
