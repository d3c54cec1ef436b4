//! A folder with everything a host needs, and a host over it.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use cardflow::adapters::memory::{ManualClock, RandomIds};
use cardflow::adapters::sqlite::{SqliteLedger, SqliteStorage};
use cardflow::adapters::x509::{KeyAlgorithm, KeyFile, NewAuthority, SoftwareSigner, X509Authority};
use cardflow::cards::{AUDITOR, CardsOptions, OPERATOR, SCHEMA, SELF_SERVICE};
use cardflow::domain::{
    Card, CardId, CardKind, Certificate, CertificateContent, CertificateId, KeyUse, Object, Person, Relation,
    RelationId, RelationKind, RoleGrant,
};
use cardflow::engine::Component;
use cardflow::ports::{CertificateAuthority, Clock, IdSource, IssueRequest, Principal, Signer};
use cardflow::values::{HomeId, Ids, ObjectRef, PersonId, Timestamp};
use cardflow::{Cardflow, CardflowBuilder};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use crate::audit::Books;
use crate::common::{TENANT, now, principal, staff, validity};
use crate::told::Told;

pub const PROCESSES: [&str; 3] = ["CardsProcDeactivate", "CardsProcReactivate", "CardsProcLock"];
pub const STORE: &str = "cards.db";
pub const LEDGER: &str = "ledger.db";

pub type Failure = Box<dyn Error + Send + Sync>;

/// An error with all that is behind it.
pub fn in_full(error: &dyn Error) -> String {
    let behind = error.source().map(|it| format!(": {}", in_full(it))).unwrap_or_default();
    format!("{error}{behind}")
}

/// One test at a time: a process that is just being started holds the files of all others open, and with them their locks.
pub async fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

/// One process of a host, with what it has opened.
pub struct Host {
    pub cards: Cardflow,
    pub storage: Arc<SqliteStorage>,
    pub authority: Arc<X509Authority>,
    pub clock: Arc<ManualClock>,
}

impl Host {
    /// Opens what is in the folder.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Host, Failure> {
        let clock = Arc::new(ManualClock::at(now));
        let ledger = Arc::new(SqliteLedger::open(folder.join(LEDGER))?);
        let signer = Arc::new(key_in(folder).open()?);
        let certificate = fs::read_to_string(folder.join("ca.pem"))?;
        let authority = Arc::new(X509Authority::open(&certificate, signer, ledger, crate::common::now())?);
        let storage = Arc::new(SqliteStorage::open(folder.join(STORE), &SCHEMA)?);
        let cards = over(&storage, clock.clone(), authority.clone());
        Ok(Host { cards, storage, authority, clock })
    }

    /// Another host over the same store.
    pub fn beside(&self, clock: Arc<dyn Clock>, authority: Arc<dyn CertificateAuthority>) -> Cardflow {
        over(&self.storage, clock, authority)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn over(storage: &Arc<SqliteStorage>, clock: Arc<dyn Clock>, authority: Arc<dyn CertificateAuthority>) -> Cardflow {
    let builder = CardflowBuilder::over(storage.clone(), storage.clone(), storage.clone());
    let builder = builder.processes(cardflow::cards::package().unwrap()).certificate_authority(authority);
    // The hosts that are killed do in a minute what a person does in a year.
    let no_limit = CardsOptions { deactivation_limit: 0, ..CardsOptions::default() };
    builder.options(1, no_limit).clock(clock).build().unwrap()
}

fn key_in(folder: &Path) -> KeyFile {
    KeyFile::without_any_encryption(folder.join("ca.key"))
}

/// Who calls, by account.
pub fn caller(account: &str) -> Principal {
    let component = match account {
        "aude" => Component::Administrator,
        "ada" => Component::SelfService,
        _ => Component::Operator,
    };
    principal(account, component)
}

/// A store with some holders, cards and certificates, and what stands in it at the beginning.
pub struct Site {
    pub folder: TempDir,
    pub cards: Vec<ObjectRef>,
    pub books: Books,
}

impl Site {
    pub async fn found() -> Site {
        Site::found_in(tempfile::tempdir().unwrap()).await
    }

    pub async fn found_in(folder: TempDir) -> Site {
        // One key for all: what is killed here is not the making of keys.
        static KEY: LazyLock<SoftwareSigner> =
            LazyLock::new(|| SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
        let path = folder.path();
        fs::write(path.join("ca.key"), KEY.to_unencrypted_pem().unwrap().expose()).unwrap();
        let name = NewAuthority {
            common_name: "Test Card CA".to_owned(),
            organisation: "Example".to_owned(),
            validity: validity(),
        };
        let ledger = Arc::new(SqliteLedger::open(path.join(LEDGER)).unwrap());
        let signer = Arc::new(key_in(path).open().unwrap());
        let authority = X509Authority::create(&name, signer, ledger).unwrap();
        fs::write(path.join("ca.pem"), authority.certificate_pem()).unwrap();
        let (objects, cards) = people(&authority, &KEY.public_key()).await;
        drop(authority);
        let host = Host::open(path, now()).unwrap();
        host.cards.install(TENANT, &objects).await.unwrap();
        let homes: Vec<HomeId> = objects.iter().map(Object::home).collect();
        let books = Books::open(&host, homes).await;
        Site { folder, cards, books }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Everything that was ever acknowledged is there and is answered again, nothing is there by half, and all of it comes to
    /// its end.
    pub async fn is_whole(&self, mut told: Told) {
        let host = Host::open(self.path(), told.now.unwrap_or(now())).unwrap();
        self.books.audit(&host, &told).await;
        self.books.ask_again(&host, &mut told, 0).await;
        self.books.finish(&host, &told).await;
        self.books.audit(&host, &told).await;
    }

    /// The files as a crash leaves them, for a closer look while the crash goes on in the folder itself.
    pub fn copied(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        copy_all(self.path(), copy.path());
        copy
    }
}

pub fn copy_all(from: &Path, to: &Path) {
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap().path();
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

/// Six holders with eight cards, each card with two certificates, a door and its holder; one certificate is carried by
/// cards of two homes. And some staff.
async fn people(authority: &X509Authority, public_key: &[u8]) -> (Vec<Object>, Vec<ObjectRef>) {
    let mut ids = Ids::new(now(), RandomIds.seed().unwrap());
    let (mut objects, mut cards) = (Vec::new(), Vec::new());
    let mut shared = None;
    for (account, role) in [("olga", OPERATOR), ("otto", OPERATOR), ("aude", AUDITOR)] {
        objects.push(staff(&mut ids, "Olga Operator", account, role));
    }
    for (n, count) in [2, 2, 1, 1, 1, 1].into_iter().enumerate() {
        let mut holder = Person::new(TENANT, PersonId::from_uuid(ids.fresh()), "Ada Example").unwrap();
        if n == 0 {
            let grant = RoleGrant::new(SELF_SERVICE, None, now()).unwrap();
            holder = holder.with_account("ada").unwrap().with_role(grant);
        }
        for _ in 0..count {
            let number = format!("4711 {:04}", cards.len());
            let id = CardId::from_uuid(ids.fresh());
            let card = Card::new(TENANT, id, CardKind::Employee, number.parse().unwrap(), validity());
            let card = card.registered_for(holder.id());
            let mut relate = |kind, to| Relation::to_object(RelationId::from_uuid(ids.fresh()), kind, &card, to);
            objects.push(relate(RelationKind::Holder, holder.at()).into());
            if let Some(shared) = shared.filter(|_| n == 1) {
                objects.push(relate(RelationKind::Carries, shared).into());
            }
            let uses = [KeyUse::Authentication, KeyUse::Signature, KeyUse::Encryption];
            for key_use in uses.into_iter().take(if cards.is_empty() { 3 } else { 2 }) {
                let certificate = certificate(authority, public_key, key_use, &card, &mut ids).await;
                let id = RelationId::from_uuid(ids.fresh());
                objects.push(Relation::to_object(id, RelationKind::Carries, &card, certificate.at()).into());
                shared = shared.or_else(|| (key_use == KeyUse::Encryption).then_some(certificate.at()));
                objects.push(certificate.into());
            }
            let id = RelationId::from_uuid(ids.fresh());
            objects.push(Relation::to_outside(id, RelationKind::Door, &card, "Main entrance").unwrap().into());
            cards.push(card.at());
            objects.push(card.into());
        }
        objects.push(holder.into());
    }
    (objects, cards)
}

async fn certificate(
    authority: &X509Authority,
    public_key: &[u8],
    key_use: KeyUse,
    card: &Card,
    ids: &mut Ids,
) -> Certificate {
    let (common_name, public_key) = ("Ada Example".to_owned(), public_key.to_vec());
    let request = IssueRequest { common_name, public_key, validity: validity(), uses: vec![key_use] };
    let issued = authority.issue(&request).await.unwrap();
    let (id, number) = (CertificateId::from_uuid(ids.fresh()), (authority.issuer(), issued.serial));
    let content = CertificateContent::Der(issued.der);
    Certificate::new(TENANT, id, number, validity(), [key_use], content).unwrap().first_issued_to(card)
}
