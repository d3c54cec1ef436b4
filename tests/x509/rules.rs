//! The rules of revocation, from the table that is also tried on another authority.

use std::sync::Arc;

use async_trait::async_trait;
use cardflow::adapters::x509::X509Authority;
use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::RevocationReason::{
    self, CaCompromise, CertificateHold, KeyCompromise, RemoveFromCrl, Superseded,
};
use cardflow::domain::{AuthorityAction, CertificateState, IssuerName, RevocationRefused, Serial};
use cardflow::ports::{
    AuthorityError, AuthorityLedger, AuthorityStatus, CertificateAuthority, LedgerEntry, LedgerError,
};
use cardflow::values::Timestamp;

use crate::support::{KEYS, authority, change, day, hour, leaf, ledgers, memory};

const TABLE: &str = include_str!("../data/ejbca_revocation.tsv");
const VALID: AuthorityStatus = AuthorityStatus { state: CertificateState::Valid, reason: None, since: None };

/// What brings a fresh certificate into the state of a row.
fn preparation(state: &str) -> &'static [AuthorityAction] {
    match state {
        "valid" => &[],
        "hold" => &[Hold],
        "released, then" => &[Hold, Release],
        "CA_COMPROMISE" => &[Revoke(CaCompromise)],
        other => panic!("unknown state {other}"),
    }
}

/// Every form of the action of a row.
fn actions(action: &str) -> Vec<AuthorityAction> {
    match action.trim_start_matches("revoke ") {
        "CERTIFICATE_HOLD" | "CERTIFICATE_HOLD again" => vec![Hold, Revoke(CertificateHold)],
        "NOT_REVOKED" | "REMOVE_FROM_CRL" | "REMOVE_FROM_CRL or NOT_REVOKED" => vec![Release, Revoke(RemoveFromCrl)],
        "CA_COMPROMISE" => vec![Revoke(CaCompromise)],
        "any permanent reason" => {
            RevocationReason::ALL.iter().copied().filter(|it| it.is_permanent()).map(Revoke).collect()
        }
        other => panic!("unknown action {other}"),
    }
}

fn check(row: &str, action: AuthorityAction, expected: &str, answer: Result<AuthorityStatus, AuthorityError>) {
    let state = answer.as_ref().map(|it| (it.state, it.reason)).map_err(ToString::to_string);
    match (expected, action) {
        (it, _) if it.starts_with("reason=6") => {
            assert_eq!(state, Ok((CertificateState::OnHold, Some(CertificateHold))), "{row}");
        }
        (it, _) if it.starts_with("valid again") => assert_eq!(answer.unwrap(), VALID, "{row}"),
        (it, _) if it.starts_with("permanent, reason=2") => {
            assert_eq!(state, Ok((CertificateState::Revoked, Some(CaCompromise))), "{row}");
        }
        (it, Revoke(reason)) if it.starts_with("allowed") => {
            assert_eq!(state, Ok((CertificateState::Revoked, Some(reason))), "{row}");
        }
        (it, _) if it.starts_with("error AlreadyRevoked") => {
            assert!(matches!(answer, Err(AuthorityError::Refused(_))), "{row}: {answer:?}");
        }
        (other, _) => panic!("{row}: unknown expectation {other}"),
    }
}

async fn row(authority: &X509Authority, [id, state, action, expected]: [&str; 4]) {
    for action in actions(action) {
        let serial = leaf(authority).await.serial;
        for (step, prepared) in (1..).zip(preparation(state)) {
            change(authority, &serial, *prepared, hour(step)).await.unwrap();
        }
        let before = authority.status(&serial).await.unwrap();
        let answer = change(authority, &serial, action, hour(10)).await;
        let refused = answer.is_err();
        check(&format!("{id} {action:?}"), action, expected, answer);
        if refused {
            assert_eq!(authority.status(&serial).await.unwrap(), before, "{id}: a refusal changes nothing");
        }
    }
}

#[tokio::test]
async fn the_table_holds_for_both_keys_and_both_ledgers() {
    let wanted = ["E01", "E02", "E03", "E04", "E05", "E06", "E07", "E08"];
    let rows: Vec<[&str; 4]> = TABLE
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap())
        .filter(|row: &[&str; 4]| wanted.contains(&row[0]))
        .collect();
    assert_eq!(rows.len(), wanted.len());
    for algorithm in KEYS {
        for ledger in ledgers() {
            let authority = authority(algorithm, ledger.ledger.clone());
            for cells in &rows {
                row(&authority, *cells).await;
            }
        }
    }
}

#[tokio::test]
async fn the_same_order_again_gets_the_same_answer_and_moves_no_date() {
    for ledger in ledgers() {
        let authority = authority(KEYS[0], ledger.ledger.clone());
        let serial = leaf(&authority).await.serial;
        for (step, action) in (1..).zip([Hold, Release, Hold, Revoke(Superseded)]) {
            let first = change(&authority, &serial, action, hour(step * 10)).await.unwrap();
            let again = change(&authority, &serial, action, hour(step * 10 + 5)).await.unwrap();
            assert_eq!(again, first, "{}: {action:?}", ledger.name);
            assert_eq!(authority.status(&serial).await.unwrap(), first);
        }
    }
}

#[tokio::test]
async fn a_hold_that_becomes_a_revocation_keeps_its_date_and_a_released_one_does_not() {
    for ledger in ledgers() {
        let authority = authority(KEYS[0], ledger.ledger.clone());
        let since = async |serial: &Serial, actions: &[AuthorityAction]| {
            let mut last = VALID;
            for (step, action) in (1..).zip(actions) {
                last = change(&authority, serial, *action, hour(step)).await.unwrap();
            }
            last.since
        };
        let (kept, fresh) = (leaf(&authority).await.serial, leaf(&authority).await.serial);
        assert_eq!(since(&kept, &[Hold, Revoke(KeyCompromise)]).await, Some(hour(1)), "{}", ledger.name);
        assert_eq!(since(&fresh, &[Hold, Release, Revoke(KeyCompromise)]).await, Some(hour(3)), "{}", ledger.name);
    }
}

#[tokio::test]
async fn a_permanent_revocation_keeps_its_reason() {
    let authority = authority(KEYS[0], memory());
    let serial = leaf(&authority).await.serial;
    change(&authority, &serial, Revoke(Superseded), hour(1)).await.unwrap();
    for action in [Hold, Release, Revoke(KeyCompromise)] {
        let refused = change(&authority, &serial, action, hour(2)).await.unwrap_err();
        assert!(matches!(refused, AuthorityError::Refused(RevocationRefused::Permanent(Superseded))), "{refused:?}");
    }
}

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
        assert_eq!(authority.status(&serial).await.unwrap(), held);
        assert_eq!(change(&authority, &serial, Release, hour(2)).await.unwrap(), VALID);
    }
}

/// A ledger that lets others run while it reads, as one behind a network does.
#[derive(Debug)]
struct Slow(Arc<dyn AuthorityLedger>);

#[async_trait]
impl AuthorityLedger for Slow {
    async fn issued(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        self.0.issued(issuer, entry).await
    }
    async fn entry(&self, issuer: &IssuerName, serial: &Serial) -> Result<Option<LedgerEntry>, LedgerError> {
        let entry = self.0.entry(issuer, serial).await;
        tokio::task::yield_now().await;
        entry
    }
    async fn record(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        self.0.record(issuer, entry).await
    }
    async fn listed(&self, issuer: &IssuerName) -> Result<Vec<LedgerEntry>, LedgerError> {
        self.0.listed(issuer).await
    }
    async fn next_crl(&self, issuer: &IssuerName) -> Result<u64, LedgerError> {
        self.0.next_crl(issuer).await
    }
    async fn published(&self, issuer: &IssuerName, this_update: Timestamp) -> Result<(), LedgerError> {
        self.0.published(issuer, this_update).await
    }
}

#[tokio::test]
async fn orders_that_race_leave_one_date() {
    let authority = Arc::new(authority(KEYS[0], Arc::new(Slow(memory()))));
    let serial = leaf(&authority).await.serial;
    let racing: Vec<_> = (1..=16)
        .map(|step| {
            let (authority, serial) = (authority.clone(), serial.clone());
            tokio::spawn(async move { change(&authority, &serial, Hold, hour(step)).await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for one in racing {
        answers.push(one.await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers, [authority.status(&serial).await.unwrap()]);
}
