//! What stands on a delta CRL, and what lists say of where they are.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use cardflow::adapters::memory::MemoryLedger;
use cardflow::adapters::x509::{DeltaCrl, Distribution, PublishedCrl, X509Authority, X509Error};
use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::RevocationReason::{KeyCompromise, Superseded};
use cardflow::domain::{KeyUse, Serial};
use cardflow::ports::{AuthorityLedger, CertificateAuthority, IssuedCertificate};
use cardflow::values::Millis;
use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::crl::CertificateList;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BaseCrlNumber, CrlDistributionPoints, CrlNumber, CrlReason, FreshestCrl,
};

use crate::openssl;
use crate::support::{
    KEYS, LEAF_DAYS, authority, change, day, days, distribution, hour, key, leaf, ledgers, memory, new_authority, pem,
    request,
};

const AKI: &str = "2.5.29.35";
const NUMBER: &str = "2.5.29.20";
const INDICATOR: &str = "2.5.29.27";
const POINT: &str = "2.5.29.28";
const FRESHEST: &str = "2.5.29.46";

/// The codes of reason on a delta CRL.
fn lines(crl: &DeltaCrl) -> BTreeMap<Serial, Option<u32>> {
    let list: CertificateList = CertificateList::from_der(&crl.der).unwrap();
    assert_eq!(list.to_der().unwrap(), crl.der);
    let lines = list.tbs_cert_list.revoked_certificates.unwrap_or_default();
    let reason = |line: &x509_cert::crl::RevokedCert| {
        let extensions = line.crl_entry_extensions.as_deref()?;
        Some(CrlReason::from_der(extensions[0].extn_value.as_bytes()).unwrap() as u32)
    };
    lines.iter().map(|it| (Serial::from_bytes(it.serial_number.as_bytes()).unwrap(), reason(it))).collect()
}

async fn publish(authority: &X509Authority, hours: i64) -> u64 {
    let crl = authority.crl(hour(hours)).await.unwrap();
    authority.published(&crl).await.unwrap();
    crl.number
}

#[tokio::test]
async fn every_way_of_a_certificate_since_the_base_has_its_line() {
    for ledger in ledgers() {
        let authority = authority(KEYS[0], ledger.ledger.clone()).with_distribution(distribution());
        // What was done before the base, what after it, and the code on the delta CRL: none where there is no line.
        let ways: [(&[_], &[_], Option<Option<u32>>); 12] = [
            (&[], &[], None),
            (&[Hold], &[], None),
            (&[Hold, Release], &[], None),
            (&[Revoke(KeyCompromise)], &[], None),
            (&[], &[Hold], Some(Some(6))),
            (&[], &[Hold, Release], Some(Some(8))),
            (&[Hold], &[Release], Some(Some(8))),
            (&[Hold, Release], &[Hold, Release], Some(Some(8))),
            (&[Hold], &[Release, Hold], Some(Some(6))),
            (&[Hold], &[Revoke(KeyCompromise)], Some(Some(1))),
            (&[], &[Hold, Release, Revoke(Superseded)], Some(Some(4))),
            (&[], &[Revoke(cardflow::domain::RevocationReason::Unspecified)], Some(None)),
        ];
        let mut expected = BTreeMap::new();
        let mut certificates = Vec::new();
        for (before, after, line) in ways {
            let serial = leaf(&authority).await.serial;
            for (n, action) in (1..).zip(before) {
                change(&authority, &serial, *action, hour(n)).await.unwrap();
            }
            expected.extend(line.map(|code| (serial.clone(), code)));
            certificates.push((serial, after));
        }
        let base = publish(&authority, 5).await;
        // Orders that were given before the base and arrive after it are changes all the same.
        for (serial, after) in certificates {
            for (n, action) in (2..).zip(after) {
                change(&authority, &serial, *action, hour(n)).await.unwrap();
            }
        }
        let delta = authority.delta_crl(hour(20)).await.unwrap();
        assert_eq!((delta.base, delta.number), (base, base + 1), "{}: one sequence of numbers", ledger.name);
        assert_eq!(lines(&delta), expected, "{}", ledger.name);
        assert_eq!(lines(&authority.delta_crl(hour(21)).await.unwrap()), expected, "until the next complete CRL");
        assert_eq!(publish(&authority, 22).await, base + 3);
        let next = authority.delta_crl(hour(23)).await.unwrap();
        assert_eq!((next.base, next.number, lines(&next).len()), (base + 3, base + 4, 0));
    }
}

#[tokio::test]
async fn what_ends_before_the_next_complete_list_stays_on_deltas_and_is_shown_there_once() {
    for ledger in ledgers() {
        let authority = authority(KEYS[0], ledger.ledger.clone());
        let serial = leaf(&authority).await.serial;
        publish(&authority, 1).await;
        change(&authority, &serial, Revoke(KeyCompromise), day(LEAF_DAYS - 1)).await.unwrap();
        for after in [0, 1, 2, 3] {
            let delta = authority.delta_crl(day(LEAF_DAYS + after)).await.unwrap();
            assert_eq!(lines(&delta).len(), 1, "{}", ledger.name);
        }
        let complete = authority.crl(day(LEAF_DAYS + 4)).await.unwrap();
        assert_eq!(crate::support::serials(&complete), [serial]);
        authority.published(&complete).await.unwrap();
        assert!(lines(&authority.delta_crl(day(LEAF_DAYS + 5)).await.unwrap()).is_empty());
        assert!(crate::support::serials(&authority.crl(day(LEAF_DAYS + 5)).await.unwrap()).is_empty());
    }
}

#[tokio::test]
async fn without_a_published_complete_list_there_is_no_delta_and_no_number_is_used_up() {
    let authority = authority(KEYS[0], memory());
    assert!(matches!(authority.delta_crl(hour(1)).await, Err(X509Error::NoBase)));
    let made = authority.crl(hour(1)).await.unwrap();
    assert_eq!(made.number, 1);
    let refused = authority.delta_crl(hour(1)).await.unwrap_err();
    assert!(refused.to_string().contains("say that it is published"), "{refused}");
    authority.published(&made).await.unwrap();
    assert_eq!(authority.delta_crl(hour(2)).await.unwrap().number, 2);
}

#[tokio::test]
async fn lists_carry_the_extensions_of_rfc_5280() {
    for algorithm in KEYS {
        for bound in [false, true] {
            let addresses = if bound { distribution().with_lists_bound_to_it() } else { distribution() };
            let authority = authority(algorithm, memory()).with_distribution(addresses);
            let authority = authority.with_delta_period(Millis::seconds(1800)).unwrap();
            let complete = authority.crl(hour(1)).await.unwrap();
            authority.published(&complete).await.unwrap();
            let delta = authority.delta_crl(hour(2)).await.unwrap();
            assert_eq!(delta.next_update, hour(2).plus(Millis::seconds(1800)));
            let extensions = |der: &[u8]| {
                let list: CertificateList = CertificateList::from_der(der).unwrap();
                let extensions = list.tbs_cert_list.crl_extensions.unwrap();
                extensions.into_iter().map(|it| (it.extn_id.to_string(), (it.critical, it.extn_value))).collect()
            };
            let on_complete: BTreeMap<String, _> = extensions(&complete.der);
            let on_delta: BTreeMap<String, _> = extensions(&delta.der);
            let critical = |of: &BTreeMap<String, (bool, _)>| {
                of.iter().map(|(oid, (critical, _))| (oid.clone(), *critical)).collect::<BTreeMap<String, bool>>()
            };
            let expected = |all: &[(&str, bool)]| {
                let with_point = all.iter().copied().filter(|(oid, _)| bound || *oid != POINT);
                with_point.map(|(oid, critical)| (oid.to_owned(), critical)).collect::<BTreeMap<_, _>>()
            };
            let complete_has = [(AKI, false), (NUMBER, false), (POINT, true), (FRESHEST, false)];
            assert_eq!(critical(&on_complete), expected(&complete_has), "{algorithm}");
            let delta_has = [(AKI, false), (NUMBER, false), (POINT, true), (INDICATOR, true)];
            assert_eq!(critical(&on_delta), expected(&delta_has), "{algorithm}");
            assert_eq!(on_complete.get(POINT), on_delta.get(POINT), "the same scope");
            assert_eq!(on_complete[AKI], on_delta[AKI]);
            AuthorityKeyIdentifier::from_der(on_delta[AKI].1.as_bytes()).unwrap().key_identifier.unwrap();
            let number = CrlNumber::from_der(on_delta[NUMBER].1.as_bytes()).unwrap();
            let base = BaseCrlNumber::from_der(on_delta[INDICATOR].1.as_bytes()).unwrap();
            assert_eq!((number.0.as_bytes(), base.0.as_bytes()), (&[2][..], &[1][..]));
            FreshestCrl::from_der(on_complete[FRESHEST].1.as_bytes()).unwrap();
        }
    }
}

#[tokio::test]
async fn certificates_name_the_addresses() {
    let plain = authority(KEYS[0], memory());
    let named = X509Authority::create(&new_authority(), key(KEYS[0]), memory()).unwrap();
    let named = named.with_distribution(distribution());
    let points = |issued: &IssuedCertificate| {
        let certificate = Certificate::from_der(&issued.der).unwrap();
        let points = certificate.tbs_certificate().get_extension::<CrlDistributionPoints>().unwrap();
        let freshest = certificate.tbs_certificate().get_extension::<FreshestCrl>().unwrap();
        let address = |it: &Vec<x509_cert::ext::pkix::crl::dp::DistributionPoint>| format!("{it:?}");
        (
            points.map(|(critical, it)| (critical, address(&it.0))),
            freshest.map(|(critical, it)| (critical, address(&it.0))),
        )
    };
    assert_eq!(points(&leaf(&plain).await), (None, None));
    let (complete, freshest) = points(&named.issue(&request(&[KeyUse::Signature], days(0, 1))).await.unwrap());
    for (found, address) in
        [(complete, "http://crl.example/cards.crl"), (freshest, "http://crl.example/cards-delta.crl")]
    {
        let (critical, shown) = found.unwrap();
        assert!(!critical && shown.contains(address), "{shown}");
    }
}

#[test]
fn addresses_that_nobody_could_fetch_are_refused() {
    for text in [
        "",
        "crl.example",
        "https://crl.example/a.crl",
        "http://",
        "http://a b",
        "http://ä",
        "file:///a",
        &"x".repeat(9),
    ] {
        let refused = Distribution::at(text).unwrap_err();
        assert!(matches!(refused, X509Error::Unacceptable { what: "the address", .. }), "{refused:?}");
    }
    let long = |octets: usize| Distribution::at(&format!("http://{}", "x".repeat(octets - 7)));
    assert!(long(1025).is_err() && long(1024).is_ok());
    assert!(distribution().with_deltas_at("https://crl.example").is_err());
    Distribution::at("ldap://dir.example/cn=CA?certificateRevocationList").unwrap();
}

/// A list that is bound to an address does not judge certificates that name another: OpenSSL says so.
#[tokio::test]
async fn a_list_of_another_address_is_not_taken_for_ours() {
    if !openssl::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let with = |distribution: Distribution| {
        X509Authority::create(&new_authority(), key(KEYS[0]), memory()).unwrap().with_distribution(distribution)
    };
    let ours = with(distribution().with_lists_bound_to_it());
    let other = with(Distribution::at("http://crl.example/others.crl").unwrap().with_lists_bound_to_it());
    fs::write(folder.path().join("ca.pem"), ours.certificate_pem()).unwrap();
    fs::write(folder.path().join("leaf.pem"), pem("CERTIFICATE", &leaf(&ours).await.der)).unwrap();
    for (authority, verdict) in [(&ours, "leaf.pem: OK"), (&other, "error")] {
        fs::write(folder.path().join("ca.crl"), authority.crl(hour(1)).await.unwrap().pem().unwrap()).unwrap();
        let options = ["-CRLfile", "ca.crl", "-crl_check", "-extended_crl"];
        let said = openssl::verify_with(folder.path(), hour(1), &options);
        assert!(said.contains(verdict), "{said}");
    }
}

#[tokio::test]
async fn a_restored_ledger_lets_nothing_through_on_a_delta() {
    let issuer = authority(KEYS[0], memory()).issuer();
    let ledger = Arc::new(MemoryLedger::new());
    let authority = authority(KEYS[0], ledger.clone());
    let (held, again) = (leaf(&authority).await.serial, leaf(&authority).await.serial);
    let complete = authority.crl(hour(1)).await.unwrap();
    authority.published(&complete).await.unwrap();
    change(&authority, &again, Hold, hour(2)).await.unwrap();
    change(&authority, &again, Release, hour(3)).await.unwrap();
    let released = ledger.entry(&issuer, &again).await.unwrap().unwrap();
    let good = ledger.entry(&issuer, &held).await.unwrap().unwrap();
    change(&authority, &again, Hold, hour(4)).await.unwrap();
    change(&authority, &held, Hold, hour(4)).await.unwrap();
    let last = authority.delta_crl(hour(5)).await.unwrap();
    // As a backup from before hour 4 has them.
    ledger.record(&issuer, &released).await.unwrap();
    ledger.record(&issuer, &good).await.unwrap();
    let published = PublishedCrl::from_der(&complete.der).unwrap().with_delta(&last.der).unwrap();
    assert_eq!((published.number(), published.serials().count()), (2, 2));
    let mut both = [held.clone(), again.clone()];
    both.sort();
    for refused in [
        authority.delta_crl_after(&published, hour(6)).await.unwrap_err(),
        authority.crl_after(&published, hour(6)).await.unwrap_err(),
    ] {
        assert!(matches!(&refused, X509Error::WouldVanish { serials } if *serials == both), "{refused:?}");
    }
    change(&authority, &held, Hold, hour(6)).await.unwrap();
    let refused = authority.delta_crl_after(&published, hour(6)).await.unwrap_err();
    assert!(matches!(&refused, X509Error::WouldVanish { serials } if *serials == [again.clone()]), "{refused:?}");
    let let_go = published.confirm(&again).unwrap();
    let next = authority.delta_crl_after(&let_go, hour(6)).await.unwrap();
    assert_eq!((next.number, lines(&next)), (3, BTreeMap::from([(held, Some(6)), (again, Some(8))])));
}

/// A complete CRL is made, then a delta CRL from the one before; then the complete one is published, and a delta CRL follows.
async fn authority_of_two_bases() -> BTreeMap<Serial, Option<u32>> {
    let authority = authority(KEYS[0], memory());
    let first = authority.crl(hour(1)).await.unwrap();
    authority.published(&first).await.unwrap();
    change(&authority, &leaf(&authority).await.serial, Hold, hour(2)).await.unwrap();
    change(&authority, &leaf(&authority).await.serial, Revoke(Superseded), hour(2)).await.unwrap();
    let second = authority.crl(hour(3)).await.unwrap();
    let between = authority.delta_crl(hour(4)).await.unwrap();
    assert_eq!((between.base, lines(&between).len()), (1, 2));
    authority.published(&second).await.unwrap();
    let published = PublishedCrl::from_der(&second.der).unwrap().with_delta(&between.der).unwrap();
    lines(&authority.delta_crl_after(&published, hour(5)).await.unwrap())
}

#[tokio::test]
async fn a_delta_is_made_from_the_published_complete_list_only() {
    let authority = authority(KEYS[0], memory());
    let first = authority.crl(hour(1)).await.unwrap();
    authority.published(&first).await.unwrap();
    let second = authority.crl(hour(2)).await.unwrap();
    let read = |der: &[u8]| PublishedCrl::from_der(der).unwrap();
    let refused = authority.delta_crl_after(&read(&second.der), hour(3)).await.unwrap_err();
    assert!(matches!(refused, X509Error::OtherBase { known: 1, published: 2 }), "{refused:?}");
    let delta = authority.delta_crl_after(&read(&first.der), hour(3)).await.unwrap();
    assert_eq!((delta.base, delta.number), (1, 3));
    authority.published(&second).await.unwrap();
    let later = authority.delta_crl(hour(4)).await.unwrap();
    // A delta CRL that repeats what the complete one has by now need not be repeated.
    let mixed = authority_of_two_bases().await;
    assert!(mixed.is_empty(), "{mixed:?}");
    for (refused, part) in [
        (PublishedCrl::from_der(&delta.der).unwrap_err(), "it is a delta CRL"),
        (read(&first.der).with_delta(&second.der).unwrap_err(), "it is a complete CRL"),
        (read(&first.der).with_delta(&later.der).unwrap_err(), "later complete CRL"),
        (read(&first.der).with_delta(&later.der[..9]).unwrap_err(), "does not read"),
    ] {
        assert!(matches!(refused, X509Error::PublishedCrl { .. }) && refused.to_string().contains(part), "{refused}");
    }
    let stranger = X509Authority::create(&new_authority(), key(KEYS[1]), memory()).unwrap();
    let theirs = stranger.crl(hour(1)).await.unwrap();
    stranger.published(&theirs).await.unwrap();
    let theirs = stranger.delta_crl(hour(2)).await.unwrap();
    let mixed = read(&second.der).with_delta(&theirs.der).unwrap();
    let refused = authority.delta_crl_after(&mixed, hour(5)).await.unwrap_err();
    assert!(refused.to_string().contains("another key signed it"), "{refused}");
}
