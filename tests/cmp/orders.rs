//! What is done, by both kinds of protection.

use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::RevocationReason::{CertificateHold, KeyCompromise, RemoveFromCrl};
use cardflow::domain::{CertificateState, RevocationReason};
use cardflow::ports::{AuthorityError, AuthorityStatus, CertificateAuthority};

use crate::server::{OFFICE, REFERENCE, SECRET, Server, adapter, ask, by_secret, by_signature, is_there, now};

fn all_orders() -> Vec<(cardflow::domain::AuthorityAction, CertificateState, Option<RevocationReason>)> {
    let mut all = vec![
        (Hold, CertificateState::OnHold, Some(CertificateHold)),
        (Release, CertificateState::Valid, None),
        (Revoke(CertificateHold), CertificateState::OnHold, Some(CertificateHold)),
        (Revoke(RemoveFromCrl), CertificateState::Valid, None),
    ];
    let permanent = RevocationReason::ALL.iter().copied().filter(|it| it.is_permanent());
    all.extend(permanent.map(|it| (Revoke(it), CertificateState::Revoked, Some(it))));
    all
}

#[tokio::test]
async fn openssl_takes_every_order_under_a_secret_and_under_a_signature() {
    if !is_there() {
        return;
    }
    let (secret, signature) = (Server::with_secret(&[]), Server::with_signature(&[]));
    let peer = &OFFICE.server.1.der;
    for (server, protection) in [(&secret, by_secret(REFERENCE, SECRET)), (&signature, by_signature(peer))] {
        let shown = format!("{protection:?}");
        let (authority, _) = adapter(server.port, protection);
        for (action, state, reason) in all_orders() {
            let done = ask(&authority, action).await.unwrap_or_else(|it| panic!("{shown}, {action:?}: {it:?}"));
            assert_eq!(done, AuthorityStatus { state, reason, since: None, revision: None }, "{shown}, {action:?}");
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_the_servers_is_not_known() {
    if !is_there() {
        return;
    }
    let server = Server::with_secret(&[]);
    let (authority, _) = adapter(server.port, by_secret(REFERENCE, SECRET));
    let refused = authority.change(&crate::server::order(&"4711".parse().unwrap(), Hold)).await.unwrap_err();
    assert!(matches!(refused, AuthorityError::NotFound(_) | AuthorityError::Invalid { .. }), "{refused:?}");
    assert!(ask(&authority, Hold).await.is_ok(), "it knows that one");
}

#[tokio::test]
async fn what_it_cannot_do_is_not_asked_for() {
    // Nobody listens there.
    let nowhere = || adapter(1, by_secret(REFERENCE, SECRET)).0;
    let table = [
        (nowhere().without_hold(), Hold, false),
        (nowhere().without_hold(), Revoke(CertificateHold), false),
        (nowhere().without_hold(), Release, false),
        (nowhere().without_hold(), Revoke(KeyCompromise), true),
        (nowhere().without_release(), Hold, true),
        (nowhere().without_release(), Release, false),
        (nowhere().without_release(), Revoke(RemoveFromCrl), false),
    ];
    for (authority, action, is_asked) in table {
        match ask(&authority, action).await.unwrap_err() {
            AuthorityError::Unsupported { .. } => assert!(!is_asked, "{action:?}"),
            AuthorityError::Unavailable(_) => assert!(is_asked, "{action:?}"),
            other => panic!("{action:?}: {other:?}"),
        }
    }
    let since = Some(now().minus(cardflow::values::Millis::days(1)));
    let earlier = cardflow::ports::AuthorityOrder { since, ..crate::server::order(&OFFICE.card.serial, Hold) };
    assert!(matches!(nowhere().change(&earlier).await, Err(AuthorityError::Invalid { .. })));
    let request = cardflow::ports::IssueRequest {
        common_name: "Anybody".to_owned(),
        public_key: Vec::new(),
        validity: cardflow::domain::Validity::new(now(), now().plus(cardflow::values::Millis::days(1))).unwrap(),
        uses: Vec::new(),
    };
    assert!(matches!(nowhere().issue(&request).await, Err(AuthorityError::Unsupported { .. })));
}

#[tokio::test]
async fn it_knows_its_certificates() {
    let (authority, _) = adapter(1, by_secret(REFERENCE, SECRET));
    assert_eq!(authority.issuer(), OFFICE.authority.issuer());
    authority.verify(&OFFICE.card.der).unwrap();
    authority.verify(OFFICE.authority.certificate_der()).unwrap();
    for at in 0..OFFICE.card.der.len() {
        let mut changed = OFFICE.card.der.clone();
        changed[at] ^= 1;
        assert!(matches!(authority.verify(&changed), Err(AuthorityError::Invalid { .. })), "byte {at}");
    }
}
