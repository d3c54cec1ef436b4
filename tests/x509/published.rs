//! The next CRL against the one that relying parties have: no restored file makes a stopped certificate work again.

use std::{fs, sync::Arc};

use cardflow::adapters::memory::MemoryLedger;
use cardflow::adapters::sqlite::SqliteLedger;
use cardflow::adapters::x509::{
    CompleteCrl, KeyAlgorithm, NewAuthority, PublishedCrl, SoftwareSigner, X509Authority, X509Error,
};
use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::RevocationReason::KeyCompromise;
use cardflow::domain::Serial;
use cardflow::ports::{AuthorityLedger, LedgerEntry, LedgerStatus};
use der::pem::LineEnding;

use crate::openssl;
use crate::support::{
    KEYS, LEAF_DAYS, authority, change, day, hour, key, leaf, ledgers, memory, new_authority, serials,
};

fn published(crl: &CompleteCrl) -> PublishedCrl {
    PublishedCrl::from_der(&crl.der).unwrap()
}

/// Which certificates a list is refused for.
fn vanished(refused: X509Error) -> Vec<Serial> {
    match refused {
        X509Error::WouldVanish { serials } => serials,
        other => panic!("{other:?}"),
    }
}

fn sorted(serials: &[&Serial]) -> Vec<Serial> {
    let mut serials: Vec<_> = serials.iter().copied().cloned().collect();
    serials.sort();
    serials
}

#[tokio::test]
async fn a_restored_ledger_publishes_nothing_that_lets_through_what_is_stopped() {
    for algorithm in KEYS {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("ledger.db"), folder.path().join("backup.db"));
        let open = || Arc::new(SqliteLedger::open(&path).unwrap());
        let first = authority(algorithm, open());
        let pem = first.certificate_pem().to_owned();
        let (held, revoked) = (leaf(&first).await, leaf(&first).await);
        first.crl(hour(1)).await.unwrap();
        drop(first);
        fs::copy(&path, &backup).unwrap();

        let second = X509Authority::open(&pem, key(algorithm), open(), hour(2)).unwrap();
        let new = leaf(&second).await;
        change(&second, &held.serial, Hold, hour(2)).await.unwrap();
        change(&second, &revoked.serial, Revoke(KeyCompromise), hour(2)).await.unwrap();
        change(&second, &new.serial, Hold, hour(2)).await.unwrap();
        second.crl(hour(3)).await.unwrap();
        let last = second.crl(hour(4)).await.unwrap();
        drop(second);
        fs::copy(&backup, &path).unwrap();

        let restored = X509Authority::open(&pem, key(algorithm), open(), hour(5)).unwrap();
        let list = published(&last);
        assert_eq!((list.number(), list.serials().count()), (3, 3));
        let refused = restored.crl_after(&list, hour(5)).await.unwrap_err();
        assert!(refused.to_string().contains(&held.serial.to_string()), "{refused}");
        assert_eq!(vanished(refused), sorted(&[&held.serial, &revoked.serial, &new.serial]));

        // One is held again, one revoked again, one is let go by name.
        change(&restored, &held.serial, Hold, hour(5)).await.unwrap();
        let refused = restored.crl_after(&list, hour(5)).await.unwrap_err();
        assert_eq!(vanished(refused), sorted(&[&revoked.serial, &new.serial]));
        change(&restored, &revoked.serial, Revoke(KeyCompromise), hour(5)).await.unwrap();
        let refused = restored.crl_after(&list, hour(5)).await.unwrap_err();
        assert_eq!(vanished(refused), sorted(&[&new.serial]));
        let next = restored.crl_after(&list.confirm(&new.serial).unwrap(), hour(5)).await.unwrap();
        assert_eq!(serials(&next), sorted(&[&held.serial, &revoked.serial]));
        assert_eq!(next.number, 4, "above what relying parties have seen, with no number used up in between");
    }
}

/// What would have happened.
#[tokio::test]
async fn the_judge_would_take_what_the_restored_ledger_knows_nothing_of() {
    if !openssl::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("ledger.db"), folder.path().join("backup.db"));
    let open = || Arc::new(SqliteLedger::open(&path).unwrap());
    let first = authority(KeyAlgorithm::EcP256, open());
    let pem = first.certificate_pem().to_owned();
    let issued = leaf(&first).await;
    drop(first);
    fs::copy(&path, &backup).unwrap();
    let second = X509Authority::open(&pem, key(KeyAlgorithm::EcP256), open(), hour(1)).unwrap();
    change(&second, &issued.serial, Hold, hour(1)).await.unwrap();
    let last = second.crl(hour(2)).await.unwrap();
    drop(second);
    fs::copy(&backup, &path).unwrap();
    let restored = X509Authority::open(&pem, key(KeyAlgorithm::EcP256), open(), hour(3)).unwrap();

    let leaf = der::pem::encode_string("CERTIFICATE", LineEnding::LF, &issued.der).unwrap();
    fs::write(folder.path().join("ca.pem"), &pem).unwrap();
    fs::write(folder.path().join("leaf.pem"), leaf).unwrap();
    let judged = |crl: &CompleteCrl| {
        fs::write(folder.path().join("ca.crl"), crl.pem().unwrap()).unwrap();
        openssl::verify_leaf(folder.path(), hour(3))
    };
    assert!(judged(&last).contains("error 23"));
    assert!(restored.crl_after(&published(&last), hour(3)).await.is_err());
    let careless = restored.crl(hour(3)).await.unwrap();
    assert!(judged(&careless).contains("leaf.pem: OK"), "which is why it must be refused");
    change(&restored, &issued.serial, Hold, hour(3)).await.unwrap();
    let next = restored.crl_after(&published(&last), hour(3)).await.unwrap();
    assert!(judged(&next).contains("error 23"));
}

#[tokio::test]
async fn what_was_released_after_it_was_listed_or_had_ended_by_then_may_be_missing() {
    for ledger in ledgers() {
        let authority = authority(KeyAlgorithm::EcP256, ledger.ledger.clone());
        let (released, ended, held) = (leaf(&authority).await, leaf(&authority).await, leaf(&authority).await);
        for it in [&released, &ended, &held] {
            change(&authority, &it.serial, Hold, hour(1)).await.unwrap();
        }
        let mut last = authority.crl(hour(2)).await.unwrap();
        assert_eq!(serials(&last).len(), 3);
        change(&authority, &released.serial, Release, hour(3)).await.unwrap();
        last = authority.crl_after(&published(&last), hour(4)).await.unwrap();
        assert_eq!(serials(&last), sorted(&[&ended.serial, &held.serial]), "{}", ledger.name);
        // On the last day, once after the end, and no more.
        for (at, shown) in [(day(LEAF_DAYS), 2), (day(LEAF_DAYS + 1), 2), (day(LEAF_DAYS + 2), 0)] {
            last = authority.crl_after(&published(&last), at).await.unwrap();
            authority.published(&last).await.unwrap();
            assert_eq!(serials(&last).len(), shown, "{} at {at}", ledger.name);
        }
    }
}

#[tokio::test]
async fn an_older_release_and_a_weaker_entry_are_no_reason() {
    let ledger = Arc::new(MemoryLedger::new());
    let authority = authority(KeyAlgorithm::EcP256, ledger.clone());
    let issuer = cardflow::ports::CertificateAuthority::issuer(&authority);
    let (again, revoked) = (leaf(&authority).await.serial, leaf(&authority).await.serial);
    change(&authority, &again, Hold, hour(1)).await.unwrap();
    change(&authority, &again, Release, hour(2)).await.unwrap();
    let older = ledger.entry(&issuer, &again).await.unwrap().unwrap();
    change(&authority, &again, Hold, hour(3)).await.unwrap();
    change(&authority, &revoked, Revoke(KeyCompromise), hour(3)).await.unwrap();
    let last = authority.crl(hour(4)).await.unwrap();
    // As a backup from before the second hold has it; and as one that knows of a hold only.
    ledger.record(&issuer, &older).await.unwrap();
    let held = LedgerStatus::OnHold { since: hour(2) };
    let entry = LedgerEntry {
        serial: revoked.clone(),
        not_after: day(LEAF_DAYS),
        status: held,
        invalid_since: None,
        revision: cardflow::values::Revision::new(1),
    };
    ledger.record(&issuer, &entry).await.unwrap();
    let refused = authority.crl_after(&published(&last), hour(5)).await.unwrap_err();
    assert_eq!(vanished(refused), sorted(&[&again, &revoked]));
    let let_go = published(&last).confirm(&again).unwrap().confirm(&revoked).unwrap();
    assert_eq!(serials(&authority.crl_after(&let_go, hour(5)).await.unwrap()), [revoked]);
}

#[tokio::test]
async fn only_the_list_of_this_authority_is_gone_by() {
    let ours = authority(KeyAlgorithm::EcP256, memory());
    let serial = leaf(&ours).await.serial;
    let list = ours.crl(hour(1)).await.unwrap();
    let named = |refused: X509Error, part: &str| {
        assert!(matches!(refused, X509Error::PublishedCrl { .. }), "{refused:?}");
        assert!(refused.to_string().contains(part), "{refused}");
    };
    for der in [&[][..], &[0x30, 0x00], ours.certificate_der(), &list.der[..list.der.len() - 1]] {
        named(PublishedCrl::from_der(der).unwrap_err(), "it does not read");
    }
    let fresh = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
    let same_name = X509Authority::create(&new_authority(), fresh.clone(), memory()).unwrap();
    let forged = published(&same_name.crl(hour(1)).await.unwrap());
    named(ours.crl_after(&forged, hour(2)).await.unwrap_err(), "another key signed it");
    let other = NewAuthority { common_name: "Other CA".to_owned(), ..new_authority() };
    let other = X509Authority::create(&other, fresh, memory()).unwrap();
    let foreign = published(&other.crl(hour(1)).await.unwrap());
    named(ours.crl_after(&foreign, hour(2)).await.unwrap_err(), "another issuer");
    let not_there = published(&list).confirm(&serial).unwrap_err();
    assert!(not_there.to_string().contains("does not stand on the published list"), "{not_there}");
    assert_eq!(ours.crl(hour(2)).await.unwrap().number, 2, "a refusal uses no number up");
}
