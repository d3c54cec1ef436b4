//! The small office of the other stories, with what relying parties see of it: a folder of lists, and a responder.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::adapters::memory::ManualClock;
use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::adapters::x509::{
    CrlFolder, CrlPublisher, Distribution, KeyAlgorithm, OcspResponder, Renewal, SoftwareSigner, X509Authority,
    certificate_pem,
};
use cardflow::cards::{SCHEMA, package};
use cardflow::domain::{CertificateContent, CertificateState, Serial, Validity};
use cardflow::engine::Component;
use cardflow::ports::{CertificateAuthority, Clock, Principal, Search, Signer};
use cardflow::values::{Answers, Millis, ObjectRef, Timestamp};

use crate::setup;
use crate::story::{self, line};

/// The card that is lost in this story.
const NUMBER: &str = "4711 0815";

/// A certificate of the card, and the file that it is in.
pub struct Leaf {
    pub serial: Serial,
    pub file: String,
}

pub struct Office {
    pub folder: PathBuf,
    /// The certificates of the card.
    pub leaves: Vec<Leaf>,
    pub lists: CrlFolder,
    pub responder: OcspResponder,
    clock: Arc<ManualClock>,
    cards: Cardflow,
    card: ObjectRef,
    authority: Arc<X509Authority>,
    publisher: CrlPublisher,
}

impl Office {
    /// Creates it in a new folder; its time begins here.
    pub async fn create(folder: PathBuf, start: Timestamp) -> Result<Office, Box<dyn Error>> {
        let clock = Arc::new(ManualClock::at(start));
        let addresses = Distribution::at("http://crl.example/cards.crl")?
            .with_deltas_at("http://crl.example/cards-delta.crl")?
            .with_ocsp_at("http://ocsp.example/")?;
        let authority = Arc::new(setup::authority(&folder, start)?.with_distribution(addresses));
        let public = folder.join("public");
        std::fs::create_dir_all(&public)?;
        let lists = CrlFolder::at(&public, "cards")?;
        line("lists", format!("{}, a complete one a day, a delta CRL when something changes", public.display()));

        let cards = Cardflow::builder(SqliteStorage::open(folder.join("cards.db"), &SCHEMA)?)
            .processes(package()?)
            .certificate_authority(Arc::clone(&authority) as Arc<dyn CertificateAuthority>)
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .build()?;
        setup::first_run(&cards, &authority, &folder, start).await?;
        let found = cards.search(&olga(start), Search::cards().number(NUMBER)).await?;
        let card = found.items.first().ok_or("the card of the story is missing")?.id;

        let mut office = Office {
            leaves: Vec::new(),
            responder: responder(&authority, start).await?,
            publisher: CrlPublisher::new(Arc::clone(&authority), lists.clone()),
            folder,
            lists,
            clock,
            cards,
            card,
            authority,
        };
        office.leaves = office.leaves().await?;
        Ok(office)
    }

    /// Writes each certificate of the card to a file of its own.
    async fn leaves(&self) -> Result<Vec<Leaf>, Box<dyn Error>> {
        let open = self.cards.open(&olga(self.now()), self.card).await?;
        story::page(&open);
        let mut leaves = Vec::new();
        for certificate in open.dossier.certificates_of(self.card) {
            let CertificateContent::Der(der) = certificate.content() else { continue };
            let uses: Vec<_> = certificate.uses().iter().map(|it| it.name()).collect();
            let file = format!("{}.pem", uses.join("-"));
            std::fs::write(self.folder.join(&file), certificate_pem(der)?)?;
            leaves.push(Leaf { serial: certificate.serial().clone(), file });
        }
        Ok(leaves)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn wait(&self, length: Millis) {
        self.clock.advance(length);
    }

    /// Runs a process on the card, and tells the authority.
    pub async fn run(&self, process: &str, answers: Answers) -> Result<(), Box<dyn Error>> {
        let done = self.cards.run(&olga(self.now()), process, self.card, answers).await?;
        line("done", story::summary(&done.items));
        let delivered = self.cards.deliver(100).await?;
        line("deliver", format!("{} confirmed, {} failed", delivered.confirmed, delivered.failed));
        Ok(())
    }

    /// Publishes at once what cannot wait.
    pub async fn publish(&self) -> Result<Renewal, Box<dyn Error>> {
        Ok(self.publisher.publish(self.now()).await?)
    }

    /// Publishes what is due.
    pub async fn tick(&self) -> Result<Renewal, Box<dyn Error>> {
        Ok(self.publisher.tick(self.now()).await?)
    }

    /// The state of the certificates, in which the store, the ledger of the authority and the lists must agree.
    pub async fn state(&self) -> Result<CertificateState, Box<dyn Error>> {
        let open = self.cards.open(&olga(self.now()), self.card).await?;
        let listed = self.lists.read()?.ok_or("no list is published")?;
        let mut states = Vec::new();
        for certificate in open.dossier.certificates_of(self.card) {
            let at_the_authority = self.authority.status(certificate.serial()).await?.state;
            states.extend([certificate.wanted(), at_the_authority]);
            states.extend(certificate.confirmed());
            let stopped = at_the_authority != CertificateState::Valid;
            if listed.serials().any(|it| it == certificate.serial()) != stopped {
                let serial = certificate.serial();
                return Err(format!("{serial} is {at_the_authority} at the authority, and the lists differ").into());
            }
        }
        let first = *states.first().ok_or("the card has no certificates")?;
        match states.iter().find(|it| **it != first) {
            Some(other) => Err(format!("the store and the authority differ: {first} and {other}").into()),
            None => Ok(first),
        }
    }

    pub async fn close(self) -> Result<(), Box<dyn Error>> {
        let left = self.cards.close().await?;
        line("closed", format!("{} requests left", left.undelivered));
        Ok(())
    }
}

fn olga(now: Timestamp) -> Principal {
    Principal::new("olga", Component::Operator, "smart card", now)
}

/// Answers with a key of its own. They are good for two days, since OpenSSL holds them against the clock of the machine.
async fn responder(authority: &Arc<X509Authority>, now: Timestamp) -> Result<OcspResponder, Box<dyn Error>> {
    let key = SoftwareSigner::generate(KeyAlgorithm::EcP256)?;
    let validity = Validity::new(now, now.plus(Millis::days(30)))?;
    let issued = authority.issue_responder("Example OCSP", &key.public_key(), validity).await?;
    let responder = OcspResponder::delegated(Arc::clone(authority), &issued.der, Arc::new(key))?;
    Ok(responder.with_period(Millis::days(2))?)
}

/// A folder in this one for one telling of the story: `1`, then `2`.
pub fn next_folder(parent: &Path) -> Result<PathBuf, Box<dyn Error>> {
    std::fs::create_dir_all(parent)?;
    let free = (1..).map(|n: u32| parent.join(n.to_string())).find(|it| !it.exists());
    let folder = free.ok_or("no folder is free")?;
    std::fs::create_dir(&folder)?;
    Ok(folder)
}
