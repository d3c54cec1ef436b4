//! The store, the authority and the options; on the first start, the small office of the other stories.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::adapters::memory::{RandomIds, SystemClock};
use cardflow::adapters::rhai::RhaiOptions;
use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::cards::{ADMINISTRATOR, APPROVER, OPERATOR, SCHEMA, package};
use cardflow::domain::{Object, Person, RoleGrant};
use cardflow::engine::Component;
use cardflow::ports::{CertificateAuthority, Clock, IdSource, Principal};
use cardflow::values::{Ids, PersonId, TenantId};
use cardflow::worker::Nudge;

use crate::setup;

/// Opens what is in the folder, or creates it.
pub async fn open(folder: &Path, bell: &Arc<Nudge>) -> Result<Cardflow, Box<dyn Error>> {
    let authority = Arc::new(setup::authority(folder, SystemClock.now())?);
    let file = folder.join("cards.db");
    let is_new = !file.exists();
    let cards = Cardflow::builder(SqliteStorage::open(&file, &SCHEMA)?)
        .processes(package()?)
        .certificate_authority(Arc::clone(&authority) as Arc<dyn CertificateAuthority>)
        .option_language(Arc::new(RhaiOptions))
        .wake(Arc::clone(bell) as _)
        .build()?;
    if is_new {
        setup::first_run(&cards, &authority, folder, SystemClock.now()).await?;
        more_staff(&cards).await?;
    }
    for (instance, mismatch) in cards.mismatches(TenantId::default()).await? {
        eprintln!("instance {instance} cannot go on here: {mismatch}");
    }
    Ok(cards)
}

/// An operator of one site, an approver, a second administrator.
async fn more_staff(cards: &Cardflow) -> Result<(), Box<dyn Error>> {
    let now = SystemClock.now();
    let mut ids = Ids::new(now, RandomIds.seed()?);
    let mut staff = Vec::new();
    for (name, account, grant) in [
        ("Otto Operator", "otto", RoleGrant::new(OPERATOR, None, now)?.in_unit("Bonn")?),
        ("Ann Approver", "ann", RoleGrant::new(APPROVER, None, now)?),
        ("Aida Administrator", "aida", RoleGrant::new(ADMINISTRATOR, None, now)?),
    ] {
        let person = Person::new(TenantId::default(), PersonId::from_uuid(ids.fresh()), name)?;
        staff.push(Object::Person(person.with_account(account)?.with_role(grant)));
    }
    let administrator = Principal::new("adam", Component::Administrator, "set-up", now);
    cards.register(&administrator, &staff).await?;
    Ok(())
}
