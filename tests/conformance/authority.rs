//! The own authority, with all kinds of keys and over both ledgers.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use cardflow::adapters::memory::MemoryLedger;
use cardflow::adapters::sqlite::SqliteLedger;
use cardflow::adapters::x509::{KeyAlgorithm, NewAuthority, SoftwareSigner, X509Authority};
use cardflow::domain::{IssuerName, KeyUse, Serial, Validity};
use cardflow::ports::{
    AuthorityLedger, CertificateAuthority, Changes, IssueRequest, LedgerEntry, LedgerError, ListPage, Signer,
};
use cardflow::testing::conformance::authority::{AuthorityCapabilities, AuthorityFactory, Certified, Switches};
use cardflow::values::{Millis, Timestamp};
use tempfile::TempDir;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn days(days: i64) -> Validity {
    Validity::new(now(), now().plus(Millis::days(days))).unwrap()
}

type Key = LazyLock<Arc<SoftwareSigner>>;

/// One key of each kind for all checks: RSA keys take long to make.
static EC: Key = LazyLock::new(|| Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap()));
static P384: Key = LazyLock::new(|| Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP384).unwrap()));
static ED25519: Key = LazyLock::new(|| Arc::new(SoftwareSigner::generate(KeyAlgorithm::Ed25519).unwrap()));
static RSA: Key = LazyLock::new(|| Arc::new(SoftwareSigner::generate(KeyAlgorithm::Rsa2048).unwrap()));
/// The key of every holder.
static LEAF: Key = LazyLock::new(|| Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap()));

fn signer(key: &'static Key) -> Arc<dyn Signer> {
    let key: &Arc<SoftwareSigner> = key;
    key.clone()
}

fn create(key: &'static Key, ledger: Arc<dyn AuthorityLedger>, switches: Switches) -> X509Authority {
    let (common_name, organisation) = ("Test Card CA".to_owned(), "Example".to_owned());
    let new = NewAuthority { common_name, organisation, validity: days(3650) };
    let authority = X509Authority::create(&new, signer(key), ledger).unwrap();
    authority.with_reason_change(switches.reason_change).with_back_dating(switches.back_dating)
}

async fn issue(authority: &dyn CertificateAuthority) -> Certified {
    let uses = vec![KeyUse::Authentication];
    let validity = days(365);
    let request = IssueRequest { common_name: "Ada Example".to_owned(), public_key: LEAF.public_key(), validity, uses };
    let issued = authority.issue(&request).await.unwrap();
    Certified { serial: issued.serial, not_after: validity.until(), der: issued.der }
}

/// A ledger that lets others run while it reads, as one behind a network does.
#[derive(Debug)]
struct Slow(MemoryLedger);

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
    async fn listed(&self, issuer: &IssuerName, page: &ListPage) -> Result<Vec<LedgerEntry>, LedgerError> {
        self.0.listed(issuer, page).await
    }
    async fn changes(&self, issuer: &IssuerName) -> Result<Changes, LedgerError> {
        self.0.changes(issuer).await
    }
    async fn next_crl(&self, issuer: &IssuerName) -> Result<u64, LedgerError> {
        self.0.next_crl(issuer).await
    }
    async fn published(&self, issuer: &IssuerName, number: u64, this_update: Timestamp) -> Result<(), LedgerError> {
        self.0.published(issuer, number, this_update).await
    }
}

/// Over a slow ledger in memory.
struct OverMemory(&'static Key);

impl AuthorityFactory for OverMemory {
    type Guard = ();

    async fn authority(&self, switches: Switches) -> ((), Arc<dyn CertificateAuthority>) {
        ((), Arc::new(create(self.0, Arc::new(Slow(MemoryLedger::new())), switches)))
    }

    async fn certificate(&self, (): &(), authority: &dyn CertificateAuthority) -> Certified {
        issue(authority).await
    }

    fn now(&self) -> Timestamp {
        now()
    }

    fn capabilities(&self) -> AuthorityCapabilities {
        AuthorityCapabilities { durable: false, approves: false, ..AuthorityCapabilities::ALL }
    }
}

/// Over a file, opened again by its certificate.
struct OverFile(&'static Key);

impl AuthorityFactory for OverFile {
    type Guard = (TempDir, String);

    async fn authority(&self, switches: Switches) -> ((TempDir, String), Arc<dyn CertificateAuthority>) {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Arc::new(SqliteLedger::open(folder.path().join("ledger.db")).unwrap());
        let authority = create(self.0, ledger, switches);
        ((folder, authority.certificate_pem().to_owned()), Arc::new(authority))
    }

    async fn certificate(&self, _: &(TempDir, String), authority: &dyn CertificateAuthority) -> Certified {
        issue(authority).await
    }

    fn now(&self) -> Timestamp {
        now()
    }

    async fn reopen(&self, (folder, pem): &(TempDir, String)) -> Arc<dyn CertificateAuthority> {
        let ledger = Arc::new(SqliteLedger::open(folder.path().join("ledger.db")).unwrap());
        Arc::new(X509Authority::open(pem, signer(self.0), ledger, now()).unwrap())
    }

    fn capabilities(&self) -> AuthorityCapabilities {
        AuthorityCapabilities { approves: false, ..AuthorityCapabilities::ALL }
    }
}

mod ec_over_memory {
    cardflow::authority_conformance!(super::OverMemory(&super::EC));
}

mod ec_over_a_file {
    cardflow::authority_conformance!(super::OverFile(&super::EC));
}

mod ec_p384_over_memory {
    cardflow::authority_conformance!(super::OverMemory(&super::P384));
}

mod ed25519_over_memory {
    cardflow::authority_conformance!(super::OverMemory(&super::ED25519));
}

mod rsa_over_memory {
    cardflow::authority_conformance!(super::OverMemory(&super::RSA));
}

mod rsa_over_a_file {
    cardflow::authority_conformance!(super::OverFile(&super::RSA));
}
