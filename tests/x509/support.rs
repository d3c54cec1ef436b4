//! Authorities over both ledgers and all kinds of keys, at a time that stands still.

use std::sync::{Arc, LazyLock};

use cardflow::adapters::memory::MemoryLedger;
use cardflow::adapters::sqlite::SqliteLedger;
use cardflow::adapters::x509::{CompleteCrl, Distribution, KeyAlgorithm, NewAuthority, SoftwareSigner, X509Authority};
use cardflow::domain::{AuthorityAction, KeyUse, Serial, Validity};
use cardflow::ports::{
    AuthorityError, AuthorityLedger, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest,
    IssuedCertificate, Signer,
};
use cardflow::values::{EffectId, Millis, Timestamp};
use der::Decode;
use tempfile::TempDir;
use x509_cert::crl::CertificateList;

pub(crate) const CA_DAYS: i64 = 3650;
pub(crate) const LEAF_DAYS: i64 = 365;
pub(crate) const KEYS: [KeyAlgorithm; 4] =
    [KeyAlgorithm::EcP256, KeyAlgorithm::EcP384, KeyAlgorithm::Ed25519, KeyAlgorithm::Rsa2048];

/// The time of every test, so many hours on.
pub(crate) fn hour(hours: i64) -> Timestamp {
    "2026-11-24T12:00:00Z".parse::<Timestamp>().unwrap().plus(Millis::hours(hours))
}

pub(crate) fn day(days: i64) -> Timestamp {
    hour(days * 24)
}

pub(crate) fn days(from: i64, until: i64) -> Validity {
    Validity::new(day(from), day(until)).unwrap()
}

/// A ledger, and the folder it needs.
pub(crate) struct Ledger {
    pub(crate) name: &'static str,
    pub(crate) ledger: Arc<dyn AuthorityLedger>,
    _folder: Option<TempDir>,
}

pub(crate) fn memory() -> Arc<dyn AuthorityLedger> {
    Arc::new(MemoryLedger::new())
}

pub(crate) fn ledgers() -> [Ledger; 2] {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Arc::new(SqliteLedger::open(folder.path().join("ledger.db")).unwrap());
    [
        Ledger { name: "memory", ledger: memory(), _folder: None },
        Ledger { name: "sqlite", ledger: sqlite, _folder: Some(folder) },
    ]
}

/// One key of each kind for all tests: RSA keys take long to make.
pub(crate) fn key(algorithm: KeyAlgorithm) -> Arc<dyn Signer> {
    static MADE: LazyLock<[Arc<SoftwareSigner>; 4]> =
        LazyLock::new(|| KEYS.map(|it| Arc::new(SoftwareSigner::generate(it).unwrap())));
    let at = KEYS.iter().position(|it| *it == algorithm).unwrap();
    MADE[at].clone()
}

pub(crate) fn new_authority() -> NewAuthority {
    NewAuthority {
        common_name: "Test Card CA".to_owned(),
        organisation: "Example".to_owned(),
        validity: days(0, CA_DAYS),
    }
}

pub(crate) fn authority(algorithm: KeyAlgorithm, ledger: Arc<dyn AuthorityLedger>) -> X509Authority {
    X509Authority::create(&new_authority(), key(algorithm), ledger).unwrap()
}

pub(crate) fn request(uses: &[KeyUse], validity: Validity) -> IssueRequest {
    let public_key = SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap().public_key();
    IssueRequest { common_name: "Ada Lovelace".to_owned(), public_key, validity, uses: uses.to_vec() }
}

/// A certificate for signing in.
pub(crate) async fn leaf(authority: &X509Authority) -> IssuedCertificate {
    authority.issue(&request(&[KeyUse::Authentication], days(0, LEAF_DAYS))).await.unwrap()
}

pub(crate) fn order(serial: &Serial, action: AuthorityAction, at: Timestamp) -> AuthorityOrder {
    let effect = EffectId::from_uuid(uuid(u64::try_from(at.millis()).unwrap()));
    let (serial, not_after) = (serial.clone(), day(LEAF_DAYS));
    AuthorityOrder { effect, serial, not_after, action, at, since: None, invalid_since: None, expects: None }
}

fn uuid(number: u64) -> uuid::Uuid {
    uuid::Uuid::from_u64_pair(0, number)
}

pub(crate) async fn change(
    authority: &X509Authority,
    serial: &Serial,
    action: AuthorityAction,
    at: Timestamp,
) -> Result<AuthorityStatus, AuthorityError> {
    authority.change(&order(serial, action, at)).await
}

/// Where the lists of the tests are said to be.
pub(crate) fn distribution() -> Distribution {
    let deltas = "http://crl.example/cards-delta.crl";
    Distribution::at("http://crl.example/cards.crl").unwrap().with_deltas_at(deltas).unwrap()
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    der::pem::encode_string(label, der::pem::LineEnding::LF, der).unwrap()
}

pub(crate) fn read(crl: &CompleteCrl) -> CertificateList {
    CertificateList::from_der(&crl.der).unwrap()
}

/// The numbers on a list, in its order.
pub(crate) fn serials(crl: &CompleteCrl) -> Vec<Serial> {
    let lines = read(crl).tbs_cert_list.revoked_certificates.unwrap_or_default();
    lines.iter().map(|line| Serial::from_bytes(line.serial_number.as_bytes()).unwrap()).collect()
}
