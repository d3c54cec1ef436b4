//! The small office of the story: an authority, a store, staff, and what is imported on the first run.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::adapters::memory::{RandomIds, SystemClock};
use cardflow::adapters::sqlite::{SqliteLedger, SqliteStorage};
use cardflow::adapters::x509::{
    HolderKey, KeyAlgorithm, KeyFile, NewAuthority, Passphrase, X509Authority, certificate_pem,
};
use cardflow::cards::{ADMINISTRATOR, OPERATOR, SCHEMA, package};
use cardflow::domain::{KeyUse, Object, Person, RoleGrant, Validity};
use cardflow::engine::Component;
use cardflow::ports::{CertificateAuthority, Clock, IdSource, IssueRequest, Principal, Search};
use cardflow::values::{Ids, Millis, PersonId, TenantId};

use crate::story::{line, more};

/// Holders and cards, as a personnel system exports them.
const HOLDERS: &str = include_str!("data/holders.csv");

/// Opens the certificate authority in the folder, or creates it.
pub fn authority(folder: &Path) -> Result<Arc<X509Authority>, Box<dyn Error>> {
    // A real host asks a person or a vault; a story has to run by itself.
    let passphrase = std::env::var("CARDFLOW_PASSPHRASE").unwrap_or_else(|_| "only for the story".to_owned());
    let key = KeyFile::encrypted(folder.join("ca.key"), Passphrase::new(passphrase)?);
    let ledger = Arc::new(SqliteLedger::open(folder.join("authority.db"))?);
    let now = SystemClock.now();
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
    Ok(Arc::new(authority))
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

/// On the first run: staff, holders and cards from CSV, certificates issued and imported from PEM.
pub async fn first_run(cards: &Cardflow, authority: &X509Authority, folder: &Path) -> Result<(), Box<dyn Error>> {
    let tenant = TenantId::default();
    let now = SystemClock.now();
    let mut ids = Ids::new(now, RandomIds.seed()?);
    let staff = [("Olga Operator", "olga", OPERATOR), ("Adam Administrator", "adam", ADMINISTRATOR)];
    let mut objects = Vec::new();
    for (name, account, role) in staff {
        let person = Person::new(tenant, PersonId::from_uuid(ids.fresh()), name)?.with_account(account)?;
        objects.push(Object::Person(person.with_role(RoleGrant::new(role, None, now)?)));
    }
    if cards.install(tenant, &objects).await.is_err() {
        more("has been used before: going on from what is there");
        return Ok(());
    }
    let _ = (authority, folder);
    Ok(())
}
