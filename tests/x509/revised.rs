//! What lists and answers say of a revocation that was given another reason, an earlier date, or an invalidity date. E27 and E28
//! are rows of a well-known authority.

use std::sync::Arc;

use cardflow::adapters::sqlite::SqliteLedger;
use cardflow::adapters::x509::{PublishedCrl, X509Authority};
use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::RevocationReason::{KeyCompromise, Superseded, Unspecified};
use cardflow::domain::{Capabilities, RevocationRefused, Serial};
use cardflow::ports::{AuthorityError, AuthorityOrder, CertificateAuthority};
use cardflow::values::Timestamp;
use der::asn1::GeneralizedTime;
use der::{Decode, Encode};
use x509_cert::crl::CertificateList;
use x509_cert::ext::pkix::CrlReason;

use crate::support::{KEYS, Ledger, authority, change, day, distribution, hour, leaf, ledgers, memory, order};

/// What a list says of one certificate: the code of its reason, since when, and since when its key is in other hands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Line {
    code: Option<u32>,
    since: Timestamp,
    invalid_since: Option<Timestamp>,
}

fn seconds(seconds: std::time::Duration) -> Timestamp {
    Timestamp::from_millis(i64::try_from(seconds.as_millis()).unwrap())
}

fn line(der: &[u8], serial: &Serial) -> Option<Line> {
    let list: CertificateList = CertificateList::from_der(der).unwrap();
    assert_eq!(list.to_der().unwrap(), der);
    let lines = list.tbs_cert_list.revoked_certificates.unwrap_or_default();
    let line = lines.into_iter().find(|it| it.serial_number.as_bytes() == serial.as_bytes())?;
    let extensions = line.crl_entry_extensions.unwrap_or_default();
    assert!(extensions.iter().all(|it| !it.critical), "whoever knows none of them must still heed the line");
    let find =
        |oid: &str| extensions.iter().find(|it| it.extn_id.to_string() == oid).map(|it| it.extn_value.as_bytes());
    Some(Line {
        code: find("2.5.29.21").map(|it| CrlReason::from_der(it).unwrap() as u32),
        since: seconds(line.revocation_date.to_unix_duration()),
        invalid_since: find("2.5.29.24").map(|it| seconds(GeneralizedTime::from_der(it).unwrap().to_unix_duration())),
    })
}

/// An authority over each ledger, which lives as long as its folder.
fn revising() -> Vec<(X509Authority, Ledger)> {
    let open = |it: Ledger| {
        let authority = authority(KEYS[0], it.ledger.clone()).with_distribution(distribution());
        (authority.with_reason_change(true).with_back_dating(true), it)
    };
    ledgers().into_iter().map(open).collect()
}

#[tokio::test]
async fn e27_complete_lists_before_and_after_a_change_of_reason() {
    for (authority, _ledger) in revising() {
        let serial = leaf(&authority).await.serial;
        change(&authority, &serial, Revoke(Superseded), hour(1)).await.unwrap();
        let before = authority.crl(hour(2)).await.unwrap();
        authority.published(&before).await.unwrap();
        change(&authority, &serial, Revoke(KeyCompromise), hour(3)).await.unwrap();
        let published = PublishedCrl::from_der(&before.der).unwrap();
        let after = authority.crl_after(&published, hour(4)).await.unwrap();
        let of = |code| Some(Line { code: Some(code), since: hour(1), invalid_since: None });
        assert_eq!((line(&before.der, &serial), line(&after.der, &serial)), (of(4), of(1)), "and the date stays");
    }
}

#[tokio::test]
async fn e28_a_delta_list_has_the_new_reason() {
    for (authority, _ledger) in revising() {
        let (serial, other) = (leaf(&authority).await.serial, leaf(&authority).await.serial);
        for it in [&serial, &other] {
            change(&authority, it, Revoke(Superseded), hour(1)).await.unwrap();
        }
        let base = authority.crl(hour(2)).await.unwrap();
        authority.published(&base).await.unwrap();
        assert_eq!(line(&authority.delta_crl(hour(3)).await.unwrap().der, &serial), None);
        change(&authority, &serial, Revoke(KeyCompromise), hour(4)).await.unwrap();
        let delta = authority.delta_crl(hour(5)).await.unwrap();
        assert_eq!(line(&delta.der, &serial), Some(Line { code: Some(1), since: hour(1), invalid_since: None }));
        assert_eq!(line(&delta.der, &other), None, "nothing has changed there");
    }
}

#[tokio::test]
async fn lists_have_the_earlier_date_and_the_invalidity_date() {
    for (authority, _ledger) in revising() {
        let (hacked, lost) = (leaf(&authority).await.serial, leaf(&authority).await.serial);
        let (since, invalid_since) = (Some(day(-2)), Some(day(-3)));
        let named = |serial, action, at| AuthorityOrder { since, invalid_since, ..order(serial, action, at) };
        authority.change(&named(&hacked, Revoke(KeyCompromise), hour(1))).await.unwrap();
        // What was said of a hold holds of the revocation it becomes; a reason that is left out leaves the date where it is.
        authority.change(&named(&lost, Hold, hour(1))).await.unwrap();
        let held = authority.crl(hour(2)).await.unwrap();
        authority.published(&held).await.unwrap();
        change(&authority, &lost, Revoke(Unspecified), hour(2)).await.unwrap();
        let of = |code| Some(Line { code, since: day(-2), invalid_since });
        let delta = authority.delta_crl(hour(3)).await.unwrap();
        let after = authority.crl(hour(3)).await.unwrap();
        assert_eq!((line(&held.der, &hacked), line(&held.der, &lost)), (of(Some(1)), of(Some(6))));
        assert_eq!(line(&delta.der, &lost), of(None));
        assert_eq!((line(&after.der, &hacked), line(&after.der, &lost)), (of(Some(1)), of(None)));
    }
}

#[tokio::test]
async fn what_is_released_has_no_invalidity_date_any_more() {
    for (authority, _ledger) in revising() {
        let serial = leaf(&authority).await.serial;
        let invalid_since = Some(day(-3));
        authority.change(&AuthorityOrder { invalid_since, ..order(&serial, Hold, hour(1)) }).await.unwrap();
        change(&authority, &serial, Release, hour(2)).await.unwrap();
        change(&authority, &serial, Hold, hour(3)).await.unwrap();
        let crl = authority.crl(hour(4)).await.unwrap();
        assert_eq!(line(&crl.der, &serial), Some(Line { code: Some(6), since: hour(3), invalid_since: None }));
    }
}

/// A list that cannot be made stops every other revocation with it.
#[tokio::test]
async fn a_date_that_no_list_can_have_is_refused_at_once() {
    for (authority, _ledger) in revising() {
        let serial = leaf(&authority).await.serial;
        let before_1970 = Some("1960-01-01T00:00:00Z".parse().unwrap());
        let (since, invalid_since) = (before_1970, before_1970);
        let order = order(&serial, Revoke(KeyCompromise), hour(1));
        for order in [AuthorityOrder { since, ..order.clone() }, AuthorityOrder { invalid_since, ..order }] {
            let refused = authority.change(&order).await.unwrap_err();
            assert!(matches!(&refused, AuthorityError::Invalid { why, .. } if why.contains("1970")), "{refused:?}");
        }
        assert_eq!(line(&authority.crl(hour(2)).await.unwrap().der, &serial), None);
    }
}

#[tokio::test]
async fn a_release_and_an_invalidity_date_in_the_future_are_refused_dates() {
    for (authority, _ledger) in revising() {
        let serial = leaf(&authority).await.serial;
        change(&authority, &serial, Hold, hour(1)).await.unwrap();
        let early = AuthorityOrder { since: Some(hour(1)), ..order(&serial, Release, hour(2)) };
        let late = AuthorityOrder { invalid_since: Some(hour(3)), ..order(&serial, Revoke(KeyCompromise), hour(2)) };
        for order in [early, late] {
            let refused = authority.change(&order).await.unwrap_err();
            assert!(matches!(refused, AuthorityError::Invalid { .. }), "{refused:?}");
        }
    }
}

/// Nobody asks any more, and no list has it.
#[tokio::test]
async fn the_reason_of_an_ended_certificate_stays() {
    for (authority, _ledger) in revising() {
        let serial = leaf(&authority).await.serial;
        let revoked = change(&authority, &serial, Revoke(Superseded), hour(1)).await.unwrap();
        let refused = change(&authority, &serial, Revoke(KeyCompromise), day(400)).await.unwrap_err();
        assert!(matches!(refused, AuthorityError::Refused(RevocationRefused::Expired)), "{refused:?}");
        assert_eq!(authority.status(&serial).await.unwrap(), revoked);
    }
}

#[test]
fn what_it_can_do_is_what_it_was_told() {
    let plain = authority(KEYS[0], memory());
    let nothing = Capabilities { delta: false, ocsp: false, ..Capabilities::RFC_5280 };
    assert_eq!(plain.capabilities(), nothing, "nothing is switched on by itself");
    let all = distribution().with_ocsp_at("http://ocsp.example/").unwrap();
    let able = plain.with_distribution(all).with_reason_change(true).with_back_dating(true);
    assert_eq!(able.capabilities(), Capabilities::ALL);
}

#[tokio::test]
async fn a_file_keeps_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Arc::new(SqliteLedger::open(folder.path().join("ledger.db")).unwrap());
    let made = authority(KEYS[0], open());
    let serial = leaf(&made).await.serial;
    let invalid_since = Some(day(-3));
    made.change(&AuthorityOrder { invalid_since, ..order(&serial, Revoke(KeyCompromise), hour(1)) }).await.unwrap();
    let pem = made.certificate_pem().to_owned();
    drop(made);
    let again = X509Authority::open(&pem, crate::support::key(KEYS[0]), open(), hour(2)).unwrap();
    let crl = again.crl(hour(3)).await.unwrap();
    assert_eq!(line(&crl.der, &serial), Some(Line { code: Some(1), since: hour(1), invalid_since }));
}

#[cfg(feature = "ocsp")]
#[tokio::test]
async fn an_answer_by_ocsp_has_the_invalidity_date_too() {
    let made = Arc::new(authority(KEYS[0], memory()));
    let (named, plain) = (leaf(&made).await.serial, leaf(&made).await.serial);
    let invalid_since = Some(day(-3));
    made.change(&AuthorityOrder { invalid_since, ..order(&named, Revoke(KeyCompromise), hour(1)) }).await.unwrap();
    change(&made, &plain, Revoke(KeyCompromise), hour(1)).await.unwrap();
    let responder = cardflow::adapters::x509::OcspResponder::of_the_authority(made).unwrap();
    // The object identifier 2.5.29.24, and the value as the octets of a GeneralizedTime.
    let extension = [&[6, 3, 0x55, 0x1d, 0x18, 4, 17, 24, 15][..], b"20261121120000Z"].concat();
    let answers = responder.sign_for(&[named, plain], hour(2)).await.unwrap();
    let has = answers.iter().map(|it| it.der.windows(extension.len()).any(|it| it == extension));
    assert_eq!(has.collect::<Vec<_>>(), [true, false]);
}

#[tokio::test]
async fn openssl_reads_the_invalidity_date() {
    if !crate::openssl::is_there() {
        return;
    }
    let authority = authority(KEYS[0], memory());
    let serial = leaf(&authority).await.serial;
    let invalid_since = Some(day(-3));
    authority
        .change(&AuthorityOrder { invalid_since, ..order(&serial, Revoke(KeyCompromise), hour(1)) })
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.crl"), authority.crl(hour(2)).await.unwrap().pem().unwrap()).unwrap();
    let shown = crate::openssl::openssl(folder.path(), &["crl", "-in", "ca.crl", "-noout", "-text"]);
    let shown = crate::openssl::text(&shown);
    let (_, after) = shown.split_once("Invalidity Date:").unwrap_or_else(|| panic!("{shown}"));
    assert!(after.trim_start().starts_with("Nov 21 12:00:00 2026 GMT"), "{shown}");
}
