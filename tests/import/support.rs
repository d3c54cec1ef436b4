//! One reading of each kind, and an authority to certify with.

use std::sync::{Arc, LazyLock};

use cardflow::adapters::import::{CertificatePem, HolderCsv, Import, ImportError};
use cardflow::adapters::memory::MemoryLedger;
use cardflow::adapters::x509::{KeyAlgorithm, NewAuthority, SoftwareSigner, X509Authority, certificate_pem};
use cardflow::domain::{Card, Certificate, KeyUse, Object, Relation, Validity};
use cardflow::ports::{CertificateAuthority, IssueRequest, IssuedCertificate, Signer};
use cardflow::values::{Ids, Millis, Seed, Timestamp};

pub(crate) use crate::common::{TENANT, now};

pub(crate) const HEADER: &str = "person,name,mail,unit,account,person_state,\
                                 card_number,card_kind,valid_from,valid_until,state,doors,accounts,entitlements";

pub(crate) fn ids(seed: u64) -> Ids {
    Ids::new(now(), Seed::from_number(seed))
}

/// Reads rows under the usual header.
pub(crate) fn read_rows(rows: &str) -> Result<Import, ImportError> {
    read_csv(format!("{HEADER}\n{rows}"))
}

pub(crate) fn read_csv(csv: impl AsRef<[u8]>) -> Result<Import, ImportError> {
    HolderCsv::new(TENANT).read(csv, now(), &mut ids(1))
}

/// Reads certificates onto a card, of whatever issuers.
pub(crate) fn read_pem(card: &Card, pem: impl AsRef<[u8]>) -> Result<Import, ImportError> {
    CertificatePem::on(card, &[]).read(pem, now(), &mut ids(2))
}

/// A card of Ada's in this state.
pub(crate) fn card(state: &str) -> Card {
    import_of(&[("p1", state)]).cards().next().unwrap().clone()
}

/// Cards 1, 2, 3 … of these persons (of nobody, if the key is empty) in these states.
pub(crate) fn import_of(cards: &[(&str, &str)]) -> Import {
    let mut rows = String::new();
    for (n, (person, state)) in cards.iter().enumerate() {
        let name = if person.is_empty() { "" } else { "Ada Example" };
        rows += &format!("{person},{name},,,,,{},employee,2026-01-01,2031-12-31,{state},Gate,,\n", n + 1);
    }
    read_rows(&rows).unwrap()
}

pub(crate) fn certificates(import: &Import) -> Vec<&Certificate> {
    import.objects().iter().filter_map(|it| if let Object::Certificate(it) = it { Some(it) } else { None }).collect()
}

pub(crate) fn relations(import: &Import) -> Vec<&Relation> {
    import.objects().iter().filter_map(|it| if let Object::Relation(it) = it { Some(it) } else { None }).collect()
}

pub(crate) fn findings(import: &Import) -> Vec<String> {
    import.findings().iter().map(ToString::to_string).collect()
}

pub(crate) fn day(days: i64) -> Timestamp {
    now().plus(Millis::days(days))
}

/// An authority under the name that all of them have here, with a key of its own.
pub(crate) fn authority() -> Arc<X509Authority> {
    let new = NewAuthority {
        common_name: "Card CA, \"quoted\" + ä".to_owned(),
        organisation: "Example".to_owned(),
        validity: Validity::new(day(-3650), day(3650)).unwrap(),
    };
    let signer = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
    Arc::new(X509Authority::create(&new, signer, Arc::new(MemoryLedger::new())).unwrap())
}

/// One for all tests that only read.
pub(crate) static CA: LazyLock<Arc<X509Authority>> = LazyLock::new(authority);

pub(crate) fn ours(authority: &Arc<X509Authority>) -> [Arc<dyn CertificateAuthority>; 1] {
    [Arc::clone(authority) as Arc<dyn CertificateAuthority>]
}

pub(crate) async fn issue(authority: &X509Authority, uses: &[KeyUse], from: i64, until: i64) -> IssuedCertificate {
    issue_to(authority, KeyAlgorithm::EcP256, uses, from, until).await
}

pub(crate) async fn issue_to(
    authority: &X509Authority,
    key: KeyAlgorithm,
    uses: &[KeyUse],
    from: i64,
    until: i64,
) -> IssuedCertificate {
    let public_key = SoftwareSigner::generate(key).unwrap().public_key();
    let validity = Validity::new(day(from), day(until)).unwrap();
    let request = IssueRequest { common_name: "Ada Example".to_owned(), public_key, validity, uses: uses.to_vec() };
    authority.issue(&request).await.unwrap()
}

/// A certificate for signing in, good for a year.
pub(crate) async fn leaf(authority: &X509Authority) -> IssuedCertificate {
    issue(authority, &[KeyUse::Authentication], -1, 365).await
}

pub(crate) fn pem(der: &[u8]) -> String {
    certificate_pem(der).unwrap()
}

/// The bytes with the first occurrence of `from` replaced.
pub(crate) fn patched(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = der.windows(from.len()).position(|it| it == from).unwrap();
    let mut der = der.to_vec();
    der[at..at + to.len()].copy_from_slice(to);
    der
}
