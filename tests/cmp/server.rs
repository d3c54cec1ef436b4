//! A certificate authority, its certificates, and OpenSSL's server that answers for it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use cardflow::adapters::cmp::{CmpAuthority, CmpProtection, CmpSettings};
use cardflow::adapters::memory::{MemoryLedger, SystemClock};
use cardflow::adapters::x509::{
    KeyAlgorithm, NewAuthority, Signatures, SoftwareSigner, X509Authority, certificate_pem,
};
use cardflow::domain::{AuthorityAction, KeyUse, Serial, Validity};
use cardflow::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, Clock, IssueRequest, IssuedCertificate,
    Signer,
};
use cardflow::testing::fakes::ScriptedStatus;
use cardflow::values::{EffectId, Millis, Timestamp};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const REFERENCE: &str = "ra-7";
pub(crate) const SECRET: &str = "0123456789abcdef-secret";

/// Whether OpenSSL is there; a host that wants all judges gets a failure instead of a line.
pub(crate) fn is_there() -> bool {
    let there = Command::new("openssl").args(["cmp", "-help"]).output().is_ok_and(|it| it.status.success());
    let required = std::env::var("CARDFLOW_REQUIRE").is_ok_and(|it| it == "all");
    assert!(there || !required, "openssl with cmp is required and not there");
    if !there {
        eprintln!("skipped: openssl with cmp is not there");
    }
    there
}

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// An authority with a key for its registration office, one for its server, and the certificate of a card.
pub(crate) struct Office {
    pub(crate) authority: X509Authority,
    pub(crate) client: (Arc<SoftwareSigner>, IssuedCertificate),
    pub(crate) server: (Arc<SoftwareSigner>, IssuedCertificate),
    pub(crate) card: IssuedCertificate,
    pub(crate) folder: TempDir,
}

/// One for all tests.
pub(crate) static OFFICE: LazyLock<Office> = LazyLock::new(|| block_on(office()));

fn block_on<T>(future: impl Future<Output = T> + Send) -> T
where
    T: Send,
{
    // A runtime within that of the test would not do.
    std::thread::scope(|it| {
        let run = || tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future);
        it.spawn(run).join().unwrap()
    })
}

async fn office() -> Office {
    let validity = Validity::new(now().minus(Millis::hours(1)), now().plus(Millis::days(300))).unwrap();
    let signer = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
    let new = NewAuthority { common_name: "Example Card CA".into(), organisation: "Example".into(), validity };
    let authority = X509Authority::create(&new, signer, Arc::new(MemoryLedger::new())).unwrap();
    let validity = Validity::new(now().minus(Millis::hours(1)), now().plus(Millis::days(200))).unwrap();
    let issue = async |name: &str| {
        let key = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
        let uses = vec![KeyUse::Authentication];
        let request = IssueRequest { common_name: name.into(), public_key: key.public_key(), validity, uses };
        let issued = authority.issue(&request).await.unwrap();
        (key, issued)
    };
    let (client, server, card) = (issue("Registration").await, issue("CMP server").await, issue("Card").await.1);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
    write("ca.pem", authority.certificate_pem());
    write("server.pem", &certificate_pem(&server.1.der).unwrap());
    write("card.pem", &certificate_pem(&card.der).unwrap());
    write("server.key", server.0.to_unencrypted_pem().unwrap().expose());
    Office { authority, client, server, card, folder }
}

/// OpenSSL's server, ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Server {
    /// With the secret of the tests.
    pub(crate) fn with_secret(more: &[&str]) -> Self {
        let secret = format!("pass:{SECRET}");
        Self::new(&[&["-srv_ref", REFERENCE, "-srv_secret", &secret], more].concat())
    }

    /// With its certificate, and for requests of certificates of the authority.
    pub(crate) fn with_signature(more: &[&str]) -> Self {
        let own = ["-srv_cert", "server.pem", "-srv_key", "server.key", "-srv_trusted", "ca.pem"];
        Self::new(&[&own, more].concat())
    }

    fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new("openssl");
        command.args(["cmp", "-port", "0", "-rsp_cert", "card.pem"]).args(arguments);
        command.current_dir(OFFICE.folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // What it says later is read as long as it runs, so that it never waits for that.
        let (say, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let port =
                    line.strip_prefix("ACCEPT ").and_then(|it| it.split(' ').next()?.rsplit(':').next()?.parse().ok());
                if let Some(port) = port {
                    let _ = say.send(port);
                }
            }
        });
        let port = heard.recv_timeout(Duration::from_secs(30)).expect("openssl says where it listens");
        Server { child, port }
    }
}

pub(crate) fn by_secret(reference: &str, secret: &str) -> CmpProtection {
    CmpProtection::secret(reference, secret.as_bytes().to_vec()).unwrap()
}

pub(crate) fn by_signature(peer: &[u8]) -> CmpProtection {
    let (signer, certificate) = &OFFICE.client;
    CmpProtection::signed(signer.clone(), &certificate.der, peer, Arc::new(Signatures)).unwrap()
}

/// The adapter, and what is published.
pub(crate) fn adapter(port: u16, protection: CmpProtection) -> (CmpAuthority, Arc<ScriptedStatus>) {
    let settings = CmpSettings::new(&format!("http://127.0.0.1:{port}/pkix/")).unwrap();
    adapter_at(&settings.timeout(Duration::from_secs(20)), protection)
}

pub(crate) fn adapter_at(settings: &CmpSettings, protection: CmpProtection) -> (CmpAuthority, Arc<ScriptedStatus>) {
    let published = Arc::new(ScriptedStatus::named(OFFICE.authority.issuer()));
    published.publish([], now().minus(Millis::hours(1)));
    let ca = OFFICE.authority.certificate_der();
    let (verifier, clock) = (Arc::new(Signatures), Arc::new(SystemClock));
    (CmpAuthority::new(ca, settings, protection, published.clone(), verifier, clock).unwrap(), published)
}

pub(crate) fn order(serial: &Serial, action: AuthorityAction) -> AuthorityOrder {
    let effect = EffectId::from_uuid(Uuid::from_u128(1));
    AuthorityOrder {
        effect,
        serial: serial.clone(),
        not_after: now().plus(Millis::days(1)),
        action,
        at: now(),
        expects: None,
    }
}

/// What comes of an order for the certificate of the card.
pub(crate) async fn ask(authority: &CmpAuthority, action: AuthorityAction) -> Result<AuthorityStatus, AuthorityError> {
    authority.change(&order(&OFFICE.card.serial, action)).await
}
