//! What the own authority does where the contract is silent: about the end of a certificate, and about numbers it never
//! gave. That it keeps the contract is proven by the suite.

use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::RevocationReason::KeyCompromise;
use cardflow::domain::{CertificateState, RevocationRefused, Serial};
use cardflow::ports::{AuthorityError, AuthorityStatus, CertificateAuthority};
use cardflow::values::Revision;

use crate::support::{KEYS, authority, change, day, hour, leaf, ledgers, memory};

#[tokio::test]
async fn an_expired_certificate_is_not_changed_but_an_old_order_is_still_answered() {
    let authority = authority(KEYS[0], memory());
    let (held, good) = (leaf(&authority).await.serial, leaf(&authority).await.serial);
    let first = change(&authority, &held, Hold, hour(1)).await.unwrap();
    let late = day(400);
    assert_eq!(change(&authority, &held, Hold, late).await.unwrap(), first);
    for (serial, action) in [(&held, Release), (&held, Revoke(KeyCompromise)), (&good, Hold)] {
        let refused = change(&authority, serial, action, late).await.unwrap_err();
        assert!(matches!(refused, AuthorityError::Refused(RevocationRefused::Expired)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_certificate_from_before_the_ledger_is_accepted_and_recorded() {
    for ledger in ledgers() {
        let authority = authority(KEYS[0], ledger.ledger.clone());
        let serial: Serial = "80FF".parse().unwrap();
        let unknown = authority.status(&serial).await.unwrap_err();
        assert!(matches!(unknown, AuthorityError::NotFound(_)), "{unknown:?}");
        let refused = change(&authority, &serial, Release, hour(1)).await.unwrap_err();
        assert!(matches!(refused, AuthorityError::Refused(RevocationRefused::NotOnHold)), "{refused:?}");
        let held = change(&authority, &serial, Hold, hour(1)).await.unwrap();
        let revision = Some(Revision::new(2));
        let valid = AuthorityStatus { state: CertificateState::Valid, reason: None, since: None, revision };
        assert_eq!(authority.status(&serial).await.unwrap(), held);
        assert_eq!(change(&authority, &serial, Release, hour(2)).await.unwrap(), valid);
    }
}
