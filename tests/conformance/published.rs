//! Readers of what an authority of one's own publishes: lists in files and over HTTP, with delta CRLs and without, and answers.

use std::collections::BTreeMap;
use std::fs;
use std::future::Future;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use cardflow::adapters::memory::MemoryLedger;
use cardflow::adapters::x509::{
    CrlFolder, CrlPublisher, CrlReader, CrlSource, Distribution, KeyAlgorithm, NewAuthority, OcspReader, OcspResponder,
    SoftwareSigner, X509Authority,
};
use cardflow::domain::{AuthorityAction, KeyUse, Serial, Validity};
use cardflow::ports::{
    AuthorityLedger, AuthorityOrder, CertificateAuthority, IssueRequest, LedgerEntry, LedgerStatus, PublishedStatus,
    Signer,
};
use cardflow::testing::conformance::published::{PublishedCapabilities, PublishedFactory, Replaced};
use cardflow::values::{EffectId, Millis, Revision, Timestamp};
use tempfile::TempDir;
use uuid::Uuid;

use crate::site::{Liar, Site};

type Key = LazyLock<Arc<SoftwareSigner>>;

static KEY: Key = LazyLock::new(|| Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap()));
static OTHER: Key = LazyLock::new(|| Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap()));

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// An authority, and somebody who signs in its name without its key.
struct Authorities {
    authority: Arc<X509Authority>,
    liar: Arc<X509Authority>,
    lies: Arc<MemoryLedger>,
}

fn authorities(deltas: bool) -> Authorities {
    let validity = Validity::new(now().minus(Millis::days(1)), now().plus(Millis::days(3650))).unwrap();
    let new = NewAuthority { common_name: "Test Card CA".to_owned(), organisation: "Example".to_owned(), validity };
    let mut authority = X509Authority::create(&new, KEY.clone(), Arc::new(MemoryLedger::new())).unwrap();
    if deltas {
        let distribution = Distribution::at("http://crl.example/cards.crl").unwrap();
        let distribution = distribution.with_deltas_at("http://crl.example/cards-delta.crl").unwrap();
        authority = authority.with_distribution(distribution).with_delta_period(Millis::hours(6)).unwrap();
    }
    let lies = Arc::new(MemoryLedger::new());
    let signer = Arc::new(Liar { shows: KEY.clone(), signs: OTHER.clone() });
    let liar = X509Authority::open(authority.certificate_pem(), signer, lies.clone(), now()).unwrap();
    Authorities { authority: Arc::new(authority), liar: Arc::new(liar), lies }
}

impl Authorities {
    async fn certificate(&self) -> Serial {
        let validity = Validity::new(now(), now().plus(Millis::days(365))).unwrap();
        let (common_name, public_key) = ("Ada Example".to_owned(), OTHER.public_key());
        let request = IssueRequest { common_name, public_key, validity, uses: vec![KeyUse::Authentication] };
        let serial = self.authority.issue(&request).await.unwrap().serial;
        let (status, revision) = (LedgerStatus::Good, Revision::NONE);
        let (not_after, invalid_since) = (validity.until(), None);
        let entry = LedgerEntry { serial: serial.clone(), not_after, status, invalid_since, revision };
        self.lies.issued(&self.liar.issuer(), &entry).await.unwrap();
        serial
    }

    async fn change(&self, serial: &Serial, action: AuthorityAction, at: Timestamp) {
        let effect = EffectId::from_uuid(Uuid::from_u128(1));
        let not_after = now().plus(Millis::days(365));
        let order = AuthorityOrder {
            effect,
            serial: serial.clone(),
            not_after,
            action,
            at,
            since: None,
            invalid_since: None,
            expects: None,
        };
        self.authority.change(&order).await.unwrap();
    }
}

fn on_a_runtime(check: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(check);
}

/// Lists, with delta CRLs or without, in a folder or on a server.
#[derive(Clone, Copy)]
struct Lists {
    deltas: bool,
    over_http: bool,
}

/// Complete and delta CRL.
type Pair = (Vec<u8>, Option<Vec<u8>>);

struct Office {
    authorities: Authorities,
    publisher: CrlPublisher,
    made: TempDir,
    shown: TempDir,
    published: Mutex<Vec<Pair>>,
    _site: Option<Site>,
}

const COMPLETE: &str = "cards.crl";
const DELTA: &str = "cards-delta.crl";

fn show(folder: &Path, (complete, delta): &Pair) {
    fs::write(folder.join(COMPLETE), complete).unwrap();
    match delta {
        Some(delta) => fs::write(folder.join(DELTA), delta).unwrap(),
        None => fs::remove_file(folder.join(DELTA)).unwrap_or_default(),
    }
}

impl PublishedFactory for Lists {
    type Guard = Office;

    async fn source(&self) -> (Office, Arc<dyn PublishedStatus>) {
        let authorities = authorities(self.deltas);
        let (made, shown) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let publisher = CrlPublisher::new(authorities.authority.clone(), CrlFolder::at(made.path(), "cards").unwrap());
        let site = if self.over_http {
            let folder = shown.path().to_path_buf();
            let page = move |path: String, _| {
                let found = fs::read(folder.join(path.trim_start_matches('/')));
                async { found.map_or((404, Vec::new()), |it| (200, it)) }
            };
            Some(Site::giving(page).await)
        } else {
            None
        };
        let source = |name: &str| match &site {
            Some(site) => CrlSource::http(&format!("{}/{name}", site.address)).unwrap(),
            None => CrlSource::file(shown.path().join(name)),
        };
        let reading = CrlReader::reading(authorities.authority.certificate_pem(), source(COMPLETE)).unwrap();
        let reading = if self.deltas { reading.with_deltas(source(DELTA)) } else { reading };
        let reader = Arc::new(reading.open().unwrap());
        (Office { authorities, publisher, made, shown, published: Mutex::default(), _site: site }, reader)
    }

    async fn certificate(&self, office: &Office) -> Serial {
        office.authorities.certificate().await
    }

    async fn change(&self, office: &Office, serial: &Serial, action: AuthorityAction, at: Timestamp) {
        office.authorities.change(serial, action, at).await;
    }

    async fn publish(&self, office: &Office, at: Timestamp) {
        office.publisher.publish(at).await.unwrap();
        let pair =
            (fs::read(office.made.path().join(COMPLETE)).unwrap(), fs::read(office.made.path().join(DELTA)).ok());
        show(office.shown.path(), &pair);
        office.published.lock().unwrap().push(pair);
    }

    async fn replace(&self, office: &Office, by: Replaced) {
        let folder = office.shown.path();
        let published = office.published.lock().unwrap();
        match by {
            Replaced::Nothing => {
                fs::remove_file(folder.join(COMPLETE)).unwrap();
                fs::remove_file(folder.join(DELTA)).unwrap_or_default();
            }
            Replaced::Damaged => {
                let (complete, _) = published.last().unwrap();
                fs::write(folder.join(COMPLETE), &complete[..complete.len() / 2]).unwrap();
            }
            Replaced::Forged(at) => {
                drop(published);
                let forged = office.authorities.liar.crl(at).await.unwrap();
                fs::write(folder.join(COMPLETE), forged.der).unwrap();
            }
            Replaced::Previous => show(folder, &published[published.len() - 2]),
        }
    }

    fn now(&self) -> Timestamp {
        now()
    }

    fn capabilities(&self) -> PublishedCapabilities {
        PublishedCapabilities { knows_issued: false, ..PublishedCapabilities::ALL }
    }

    fn run(&self, check: impl Future<Output = ()>) {
        on_a_runtime(check);
    }
}

mod complete_lists_in_files {
    cardflow::published_conformance!(super::Lists { deltas: false, over_http: false });
}

mod delta_lists_in_files {
    cardflow::published_conformance!(super::Lists { deltas: true, over_http: false });
}

mod complete_lists_over_http {
    cardflow::published_conformance!(super::Lists { deltas: false, over_http: true });
}

mod delta_lists_over_http {
    cardflow::published_conformance!(super::Lists { deltas: true, over_http: true });
}

/// Answers that a responder has signed before anybody asked, by a key of its own or by that of the authority.
struct Answers {
    delegated: bool,
}

struct Responding {
    authorities: Authorities,
    responder: Arc<OcspResponder>,
    issued: Mutex<Vec<Serial>>,
    shown: Arc<Mutex<Shown>>,
    _site: Site,
}

#[derive(Default)]
struct Shown {
    published: Vec<(Timestamp, BTreeMap<Serial, Vec<u8>>)>,
    replaced: Option<Replaced>,
}

/// What is answered to a request.
async fn page(
    responder: Arc<OcspResponder>,
    forger: Arc<OcspResponder>,
    shown: Arc<Mutex<Shown>>,
    body: Vec<u8>,
) -> (u16, Vec<u8>) {
    let serial = responder.asked_for(&body).unwrap();
    let (at, prepared, replaced) = {
        let shown = shown.lock().unwrap();
        let back = if shown.replaced == Some(Replaced::Previous) { 2 } else { 1 };
        let (at, answers) = &shown.published[shown.published.len() - back];
        (*at, answers.get(&serial).cloned(), shown.replaced)
    };
    let answer = match prepared {
        Some(answer) => answer,
        None => responder.answer(&body, at).await.der,
    };
    match replaced {
        Some(Replaced::Nothing) => (503, Vec::new()),
        Some(Replaced::Damaged) => (200, answer[..answer.len() / 2].to_vec()),
        Some(Replaced::Forged(at)) => (200, forger.answer(&body, at).await.der),
        Some(Replaced::Previous) | None => (200, answer),
    }
}

impl PublishedFactory for Answers {
    type Guard = Responding;

    async fn source(&self) -> (Responding, Arc<dyn PublishedStatus>) {
        let authorities = authorities(false);
        let authority = authorities.authority.clone();
        let responder = if self.delegated {
            let validity = Validity::new(now().minus(Millis::hours(1)), now().plus(Millis::days(30))).unwrap();
            let issued = authority.issue_responder("Test OCSP", &OTHER.public_key(), validity).await.unwrap();
            OcspResponder::delegated(authority.clone(), &issued.der, OTHER.clone()).unwrap()
        } else {
            OcspResponder::of_the_authority(authority.clone()).unwrap()
        };
        let responder = Arc::new(responder.with_period(Millis::hours(24)).unwrap());
        let forger = Arc::new(OcspResponder::of_the_authority(authorities.liar.clone()).unwrap());
        let shown = Arc::new(Mutex::new(Shown::default()));
        let site = Site::giving({
            let (responder, forger, shown) = (responder.clone(), forger.clone(), shown.clone());
            move |_, body| page(responder.clone(), forger.clone(), shown.clone(), body)
        });
        let site = site.await;
        let reader = Arc::new(OcspReader::new(authority.certificate_pem(), &site.address).unwrap());
        (Responding { authorities, responder, issued: Mutex::default(), shown, _site: site }, reader)
    }

    async fn certificate(&self, it: &Responding) -> Serial {
        let serial = it.authorities.certificate().await;
        it.issued.lock().unwrap().push(serial.clone());
        serial
    }

    async fn change(&self, it: &Responding, serial: &Serial, action: AuthorityAction, at: Timestamp) {
        it.authorities.change(serial, action, at).await;
    }

    async fn publish(&self, it: &Responding, at: Timestamp) {
        let issued = it.issued.lock().unwrap().clone();
        let answers = it.responder.sign_for(&issued, at).await.unwrap();
        let mut shown = it.shown.lock().unwrap();
        shown.published.push((at, answers.into_iter().map(|it| (it.serial, it.der)).collect()));
        shown.replaced = None;
    }

    async fn replace(&self, it: &Responding, by: Replaced) {
        it.shown.lock().unwrap().replaced = Some(by);
    }

    fn now(&self) -> Timestamp {
        now()
    }

    fn run(&self, check: impl Future<Output = ()>) {
        on_a_runtime(check);
    }
}

mod answers_of_the_authority {
    cardflow::published_conformance!(super::Answers { delegated: false });
}

mod answers_of_a_responder {
    cardflow::published_conformance!(super::Answers { delegated: true });
}
