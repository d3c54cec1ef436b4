//! What stands on a CRL, for how long, and how it is written.

use std::collections::BTreeMap;

use cardflow::adapters::sqlite::SqliteLedger;
use cardflow::adapters::x509::{CompleteCrl, KeyAlgorithm, X509Authority, X509Error};
use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::{RevocationReason, Serial};
use cardflow::ports::CertificateAuthority;
use cardflow::values::Millis;
use der::asn1::OctetString;
use der::{Decode, Encode};
use x509_cert::Version;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlNumber, CrlReason};
use x509_cert::time::Time;

use crate::support::{KEYS, LEAF_DAYS, authority, change, day, hour, key, leaf, ledgers, memory, read, serials};

const REASON: &str = "2.5.29.21";

/// The codes of reason on a list; none where the reason is left out.
fn reasons(crl: &CompleteCrl) -> BTreeMap<Serial, Option<u32>> {
    let lines = read(crl).tbs_cert_list.revoked_certificates.unwrap_or_default();
    let code = |value: &OctetString| CrlReason::from_der(value.as_bytes()).unwrap() as u32;
    lines
        .iter()
        .map(|line| {
            let extensions = line.crl_entry_extensions.as_deref();
            let reason = extensions.unwrap_or_default().iter().find(|it| it.extn_id.to_string() == REASON);
            assert!(extensions.is_none_or(|it| !it.is_empty()), "an empty list of extensions is not DER of RFC 5280");
            let serial = Serial::from_bytes(line.serial_number.as_bytes()).unwrap();
            (serial, reason.map(|it| code(&it.extn_value)))
        })
        .collect()
}

#[tokio::test]
async fn every_reason_is_written_but_unspecified_and_never_remove_from_crl() {
    let authority = authority(KeyAlgorithm::EcP256, memory());
    let mut expected = BTreeMap::new();
    for reason in RevocationReason::ALL.iter().filter(|it| it.is_permanent()) {
        let serial = leaf(&authority).await.serial;
        change(&authority, &serial, Revoke(*reason), hour(1)).await.unwrap();
        let code = u32::from(reason.code());
        expected.insert(serial, (code != 0).then_some(code));
    }
    let (held, released) = (leaf(&authority).await.serial, leaf(&authority).await.serial);
    change(&authority, &held, Hold, hour(1)).await.unwrap();
    change(&authority, &released, Hold, hour(1)).await.unwrap();
    change(&authority, &released, Release, hour(2)).await.unwrap();
    expected.insert(held, Some(6));
    let crl = authority.crl(hour(3)).await.unwrap();
    assert_eq!(reasons(&crl), expected);
    assert!(!expected.values().any(|code| *code == Some(8)));
}

#[tokio::test]
async fn a_list_is_complete_signed_and_of_version_2() {
    for algorithm in KEYS {
        let authority = authority(algorithm, memory()).with_crl_period(Millis::hours(6)).unwrap();
        let empty = authority.crl(hour(1).plus(Millis::new(999))).await.unwrap();
        assert_eq!((empty.this_update, empty.next_update), (hour(1), hour(7)), "whole seconds");
        let list = read(&empty).tbs_cert_list;
        assert_eq!(list.version, Version::V2);
        assert!(list.revoked_certificates.is_none() && list.next_update.is_some());
        let extensions = list.crl_extensions.unwrap();
        assert!(extensions.iter().all(|it| !it.critical));
        let number = CrlNumber::from_der(extensions[1].extn_value.as_bytes()).unwrap();
        assert_eq!(number.0.as_bytes(), [1]);
        let issuer = AuthorityKeyIdentifier::from_der(extensions[0].extn_value.as_bytes()).unwrap();
        assert!(issuer.key_identifier.is_some());
        assert!(empty.pem().unwrap().starts_with("-----BEGIN X509 CRL-----\n"));
        assert_eq!(read(&empty).to_der().unwrap(), empty.der);
    }
    let refused = authority(KEYS[0], memory()).with_crl_period(Millis::new(999)).unwrap_err();
    assert!(matches!(refused, X509Error::Unacceptable { .. }));
}

#[tokio::test]
async fn times_change_their_form_in_2050() {
    let authority = authority(KeyAlgorithm::EcP256, memory());
    let crl = authority.crl("2049-12-31T12:00:00Z".parse().unwrap()).await.unwrap();
    let list = read(&crl).tbs_cert_list;
    assert!(matches!(list.this_update, Time::UtcTime(_)));
    assert!(matches!(list.next_update, Some(Time::GeneralTime(_))));
    let refused = authority.crl("1969-12-31T12:00:00Z".parse().unwrap()).await.unwrap_err();
    assert!(matches!(refused, X509Error::Time(_)), "{refused:?}");
}

#[tokio::test]
async fn entries_stand_in_the_order_of_their_numbers_and_keep_their_sign() {
    for ledger in ledgers() {
        let authority = authority(KeyAlgorithm::EcP256, ledger.ledger.clone());
        let numbers = ["0100", "80", "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "02", "FF00"];
        for number in numbers {
            change(&authority, &number.parse().unwrap(), Hold, hour(1)).await.unwrap();
        }
        let shown: Vec<String> =
            serials(&authority.crl(hour(2)).await.unwrap()).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["02", "80", "0100", "FF00", numbers[2]], "{}", ledger.name);
    }
}

#[tokio::test]
async fn an_entry_is_dropped_after_one_list_past_its_end() {
    for ledger in ledgers() {
        let authority = authority(KeyAlgorithm::EcP256, ledger.ledger.clone());
        let serial = leaf(&authority).await.serial;
        change(&authority, &serial, Hold, hour(1)).await.unwrap();
        let shown = async |at| {
            let crl = authority.crl(at).await.unwrap();
            authority.published(&crl).await.unwrap();
            serials(&crl) == [serial.clone()]
        };
        assert!(shown(day(1)).await, "{}", ledger.name);
        assert!(shown(day(LEAF_DAYS)).await, "{}: on its last day", ledger.name);
        assert!(shown(day(LEAF_DAYS + 1)).await, "{}: once after its end", ledger.name);
        assert!(!shown(day(LEAF_DAYS + 2)).await, "{}: and no more", ledger.name);
        assert!(authority.status(&serial).await.is_ok(), "{}: still known", ledger.name);
    }
}

#[tokio::test]
async fn numbers_grow_across_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let pem = authority(KeyAlgorithm::EcP256, memory()).certificate_pem().to_owned();
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let ledger = std::sync::Arc::new(SqliteLedger::open(&path).unwrap());
        let authority = X509Authority::open(&pem, key(KeyAlgorithm::EcP256), ledger, hour(1)).unwrap();
        numbers.push(authority.crl(hour(1)).await.unwrap().number);
        numbers.push(authority.crl(hour(1)).await.unwrap().number);
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}
