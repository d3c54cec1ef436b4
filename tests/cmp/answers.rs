//! What every answer that is no "accepted" comes to.

use cardflow::adapters::cmp::CmpMistrust;
use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::RevocationReason::{CertificateHold, KeyCompromise, Superseded};
use cardflow::domain::{CertificateState, RevocationReason, RevocationRefused};
use cardflow::ports::{AuthorityError, AuthorityStatus, CertificateAuthority};
use cardflow::testing::fakes::Lying;
use cardflow::values::Millis;

use crate::server::{OFFICE, REFERENCE, SECRET, Server, adapter, ask, by_secret, is_there, now};

/// The names of RFC 9810, section 5.2.3, in the order of their numbers.
const FAILURES: &str = "badAlg badMessageCheck badRequest badTime badCertId badDataFormat wrongAuthority incorrectData \
    missingTimeStamp badPOP certRevoked certConfirmed wrongIntegrity badRecipientNonce timeNotAvailable unacceptedPolicy \
    unacceptedExtension addInfoNotAvailable badSenderNonce badCertTemplate signerNotTrusted transactionIdInUse \
    unsupportedVersion notAuthorized systemUnavail systemFailure duplicateCertReq";

#[tokio::test]
async fn each_failure_of_a_rejection_is_read_by_its_number() {
    if !is_there() {
        return;
    }
    for (number, name) in FAILURES.split_whitespace().enumerate() {
        let bit = number.to_string();
        let server = Server::with_secret(&["-pkistatus", "2", "-failure", &bit, "-statusstring", "ask the desk"]);
        let (authority, _) = adapter(server.port, by_secret(REFERENCE, SECRET));
        let refused = ask(&authority, Hold).await.unwrap_err();
        match (number, &refused) {
            (4, AuthorityError::NotFound(serial)) => assert_eq!(*serial, OFFICE.card.serial),
            (10, open) => assert!(is(open, &CmpMistrust::AlreadyRevoked), "{open:?}"),
            (24, AuthorityError::Unavailable(why)) => assert_eq!(why.to_string(), "systemUnavail, ask the desk"),
            (4 | 24, other) => panic!("{name}: {other:?}"),
            (_, AuthorityError::Invalid { why, .. }) => assert_eq!(*why, format!("{name}, ask the desk")),
            (_, other) => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_error_is_read_as_a_rejection() {
    if !is_there() {
        return;
    }
    let server = Server::with_secret(&["-send_error"]);
    let (authority, _) = adapter(server.port, by_secret(REFERENCE, SECRET));
    match ask(&authority, Hold).await {
        Err(AuthorityError::Invalid { why, .. }) => assert!(why.starts_with("badRequest, "), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_status_is_read_by_its_number() {
    if !is_there() {
        return;
    }
    let not_final = [
        ("1", "grantedWithMods"),
        ("4", "revocationWarning"),
        ("5", "revocationNotification"),
        ("6", "another status"),
    ];
    for (number, name) in not_final {
        let server = Server::with_secret(&["-pkistatus", number]);
        let (authority, _) = adapter(server.port, by_secret(REFERENCE, SECRET));
        let open = ask(&authority, Hold).await.unwrap_err();
        assert!(is(&open, &CmpMistrust::NotFinal(name)), "{name}: {open:?}");
    }
    let server = Server::with_secret(&["-pkistatus", "3"]);
    let (authority, _) = adapter(server.port, by_secret(REFERENCE, SECRET));
    for _ in 0..2 {
        let pending = ask(&authority, Hold).await.unwrap_err();
        assert!(matches!(&pending, AuthorityError::Pending(it) if *it == OFFICE.card.serial), "{pending:?}");
    }
}

#[tokio::test]
async fn what_is_revoked_already_is_answered_by_what_is_published() {
    if !is_there() {
        return;
    }
    let server = Server::with_secret(&["-pkistatus", "2", "-failure", "10"]);
    let (authority, published) = adapter(server.port, by_secret(REFERENCE, SECRET));
    let told = |state, reason| AuthorityStatus { state, reason, since: Some(now()), revision: None };
    let serial = &OFFICE.card.serial;
    let mut at = now().minus(Millis::seconds(600));
    let mut publish = |status: AuthorityStatus| {
        at = at.plus(Millis::seconds(1));
        published.publish([(serial.clone(), status)], at);
    };

    publish(told(CertificateState::OnHold, Some(CertificateHold)));
    assert_eq!(ask(&authority, Hold).await.unwrap().state, CertificateState::OnHold);
    assert_eq!(authority.status(serial).await.unwrap().state, CertificateState::OnHold);
    for action in [Release, Revoke(KeyCompromise)] {
        let open = ask(&authority, action).await.unwrap_err();
        assert!(is(&open, &CmpMistrust::AlreadyRevoked), "{open:?}");
    }

    publish(told(CertificateState::Revoked, Some(Superseded)));
    let done = ask(&authority, Revoke(KeyCompromise)).await.unwrap();
    assert_eq!((done.state, done.reason), (CertificateState::Revoked, Some(Superseded)), "its own reason");
    for action in [Hold, Release] {
        let refused = ask(&authority, action).await.unwrap_err();
        let permanent = RevocationRefused::Permanent(RevocationReason::Superseded);
        assert!(matches!(refused, AuthorityError::Refused(it) if it == permanent), "{action:?}");
    }

    published.lies(Lying::Nothing);
    assert!(matches!(ask(&authority, Hold).await, Err(AuthorityError::OutcomeUnknown(_))));
    assert!(matches!(authority.status(serial).await, Err(AuthorityError::Unavailable(_))));
    published.lies(Lying::Forged);
    assert!(matches!(authority.status(serial).await, Err(AuthorityError::Other(_))));
}

#[tokio::test]
async fn what_was_accepted_holds_until_a_newer_list_says_otherwise() {
    if !is_there() {
        return;
    }
    let server = Server::with_secret(&[]);
    let (authority, published) = adapter(server.port, by_secret(REFERENCE, SECRET));
    let serial = &OFFICE.card.serial;
    let held = AuthorityStatus {
        state: CertificateState::OnHold,
        reason: Some(CertificateHold),
        since: Some(now().minus(Millis::hours(1))),
        revision: None,
    };
    published.publish([(serial.clone(), held)], now().minus(Millis::seconds(600)));
    assert_eq!(authority.status(serial).await.unwrap(), held);
    let released = ask(&authority, Release).await.unwrap();
    assert_eq!(authority.status(serial).await.unwrap(), released, "the list is older");
    let another = authority.status(&"4711".parse().unwrap()).await.unwrap();
    assert_eq!(another.state, CertificateState::Valid, "of its own certificate alone");
    published.publish([(serial.clone(), held)], now());
    assert_eq!(authority.status(serial).await.unwrap(), held, "somebody else has held it since");
}

/// Whether an order is left open for this reason.
pub(crate) fn is(error: &AuthorityError, why: &CmpMistrust) -> bool {
    matches!(error, AuthorityError::OutcomeUnknown(source) if source.downcast_ref() == Some(why))
}
