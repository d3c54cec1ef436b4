//! The small office of the story: an authority, a store, staff, and what is imported on the first run.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::adapters::import::{CertificatePem, HolderCsv};
use cardflow::adapters::memory::RandomIds;
use cardflow::adapters::sqlite::{SqliteLedger, SqliteStorage};
use cardflow::adapters::x509::{
    KeyAlgorithm, KeyFile, NewAuthority, Passphrase, SoftwareSigner, X509Authority, certificate_pem,
};
use cardflow::cards::{ADMINISTRATOR, OPERATOR, SCHEMA, package};
use cardflow::domain::{Card, CardState, KeyUse, Object, Person, RoleGrant, Validity};
use cardflow::engine::Component;
use cardflow::ports::{CertificateAuthority, IdSource, IssueRequest, Principal, Signer};
use cardflow::values::{Ids, Millis, PersonId, TenantId, Timestamp};

use crate::story::{line, more};

/// Holders and cards, as a personnel system exports them.
const HOLDERS: &str = include_str!("data/holders.csv");

/// Opens the certificate authority in the folder, or creates it.
pub fn authority(folder: &Path, now: Timestamp) -> Result<X509Authority, Box<dyn Error>> {
    // A real host asks a person or a vault; a story has to run by itself.
    let passphrase = std::env::var("CARDFLOW_PASSPHRASE").unwrap_or_else(|_| "only for the story".to_owned());
    let key = KeyFile::encrypted(folder.join("ca.key"), Passphrase::new(passphrase)?);
    let ledger = Arc::new(SqliteLedger::open(folder.join("authority.db"))?);
    let certificate = folder.join("ca.pem");
    let (authority, how) = if certificate.exists() {
        let pem = std::fs::read_to_string(&certificate)?;
        (X509Authority::open(&pem, Arc::new(key.open()?), ledger, now)?, "opened")
    } else {
        let new = NewAuthority {
            common_name: "Example Card CA".to_owned(),
            organisation: "Example".to_owned(),
            validity: Validity::new(now, now.plus(Millis::days(3650)))?,
        };
        let authority = X509Authority::create(&new, Arc::new(key.create(KeyAlgorithm::EcP256)?), ledger)?;
        std::fs::write(&certificate, authority.certificate_pem())?;
        (authority, "created")
    };
    line("authority", format!("{} {how}; its key is encrypted", authority.issuer()));
    Ok(authority)
}

/// Opens the store in the folder, or creates it.
pub fn cards(folder: &Path, authority: &Arc<X509Authority>) -> Result<Cardflow, Box<dyn Error>> {
    let file = folder.join("cards.db");
    line("store", file.display());
    let cards = Cardflow::builder(SqliteStorage::open(&file, &SCHEMA)?)
        .processes(package()?)
        .certificate_authority(Arc::clone(authority) as Arc<dyn CertificateAuthority>)
        .build()?;
    Ok(cards)
}

/// On the first run: staff by hand, holders and cards from CSV, certificates from PEM.
pub async fn first_run(
    cards: &Cardflow,
    authority: &Arc<X509Authority>,
    folder: &Path,
    now: Timestamp,
) -> Result<(), Box<dyn Error>> {
    let tenant = TenantId::default();
    let mut ids = Ids::new(now, RandomIds.seed()?);
    let mut staff = Vec::new();
    for (name, account, role) in [("Olga Operator", "olga", OPERATOR), ("Adam Administrator", "adam", ADMINISTRATOR)] {
        let person = Person::new(tenant, PersonId::from_uuid(ids.fresh()), name)?.with_account(account)?;
        let person = person.with_mail(&format!("{account}@example.org"))?;
        staff.push(Object::Person(person.with_role(RoleGrant::new(role, None, now)?)));
    }
    match cards.install(tenant, &staff).await {
        Ok(count) => line("installed", format!("{count} persons: an operator, an administrator")),
        Err(error) if error.rejection().is_some() => {
            line("found", "what an earlier run has left; going on from there");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }

    // Reading a file is a dry run: nothing is stored before the objects are registered.
    let mut import = HolderCsv::new(tenant).read(HOLDERS, now, &mut ids)?;
    let all: Vec<Card> = import.cards().cloned().collect();
    for card in all.iter().filter(|it| it.state() == CardState::Active) {
        let pem = issue(authority, card, folder, now).await?;
        let authorities = [Arc::clone(authority) as Arc<dyn CertificateAuthority>];
        let certificates = CertificatePem::on(card, &authorities).among(import.objects()).read(pem, now, &mut ids)?;
        import.add(certificates);
    }
    line(
        "dry run",
        format!("{} cards, {} objects, {} findings", all.len(), import.objects().len(), import.findings().len()),
    );
    for finding in import.findings() {
        more(finding);
    }
    let administrator = Principal::new("adam", Component::Administrator, "smart card", now);
    let count = cards.register(&administrator, import.objects()).await?;
    line("imported", format!("{count} objects in one commit"));
    Ok(())
}

/// Issues two certificates for a card, and writes what a card production would hand over: a PEM file for each card.
async fn issue(
    authority: &X509Authority,
    card: &Card,
    folder: &Path,
    now: Timestamp,
) -> Result<String, Box<dyn Error>> {
    let mut pem = String::new();
    for uses in [vec![KeyUse::Authentication], vec![KeyUse::Signature]] {
        // The key belongs on the card; this story has no card, so it is made and forgotten.
        let key = SoftwareSigner::generate(KeyAlgorithm::EcP256)?;
        let request = IssueRequest {
            common_name: format!("Card {}", card.number()),
            public_key: key.public_key(),
            validity: Validity::new(now, now.plus(Millis::days(730)))?,
            uses,
        };
        pem.push_str(&certificate_pem(&authority.issue(&request).await?.der)?);
    }
    std::fs::write(folder.join(format!("{}.pem", card.number().plain())), &pem)?;
    Ok(pem)
}
