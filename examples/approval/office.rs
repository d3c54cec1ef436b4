//! The small office of the other story, with approvers and a second administrator.

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
use cardflow::ports::{CertificateAuthority, Clock, IdSource, Principal, Search};
use cardflow::values::{Ids, ObjectRef, PersonId, TenantId};

use crate::mail::Post;
use crate::setup;
use crate::story::line;

pub struct Office {
    pub cards: Cardflow,
    post: Post,
    pub olga: Principal,
    pub otto: Principal,
    pub ann: Principal,
    pub arno: Principal,
    pub adam: Principal,
    pub aida: Principal,
    /// The cards of Ada and of Ben.
    pub ada: ObjectRef,
    pub ben: ObjectRef,
}

impl Office {
    pub async fn open(folder: &Path) -> Result<Office, Box<dyn Error>> {
        let authority = Arc::new(setup::authority(folder, SystemClock.now())?);
        let post = Post::open()?;
        let file = folder.join("cards.db");
        line("store", file.display());
        let cards = Cardflow::builder(SqliteStorage::open(&file, &SCHEMA)?)
            .processes(package()?)
            .certificate_authority(Arc::clone(&authority) as Arc<dyn CertificateAuthority>)
            .option_language(Arc::new(RhaiOptions))
            .notifier(post.notifier())
            .build()?;
        setup::first_run(&cards, &authority, folder, SystemClock.now()).await?;
        let who = |account: &str, component| Principal::new(account, component, "smart card", SystemClock.now());
        let adam = who("adam", Component::Administrator);
        more_staff(&cards, &adam).await?;
        let olga = who("olga", Component::Operator);
        let ada = card(&cards, &olga, "4711 0815").await?;
        let ben = card(&cards, &olga, "4711 0816").await?;
        Ok(Office {
            cards,
            post,
            otto: who("otto", Component::Operator),
            ann: who("ann", Component::Operator),
            arno: who("arno", Component::Operator),
            aida: who("aida", Component::Administrator),
            adam,
            olga,
            ada,
            ben,
        })
    }

    /// Delivers what is to be delivered, and prints the mails among it.
    pub async fn mails(&self) -> Result<(), Box<dyn Error>> {
        self.cards.deliver(100).await?;
        self.post.print();
        Ok(())
    }
}

async fn more_staff(cards: &Cardflow, administrator: &Principal) -> Result<(), Box<dyn Error>> {
    let now = SystemClock.now();
    let mut ids = Ids::new(now, RandomIds.seed()?);
    let mut staff = Vec::new();
    for (name, account, role) in [
        ("Otto Operator", "otto", OPERATOR),
        ("Ann Approver", "ann", APPROVER),
        ("Arno Approver", "arno", APPROVER),
        ("Aida Administrator", "aida", ADMINISTRATOR),
    ] {
        let person = Person::new(TenantId::default(), PersonId::from_uuid(ids.fresh()), name)?;
        let person = person.with_account(account)?.with_mail(&format!("{account}@example.org"))?;
        staff.push(Object::Person(person.with_role(RoleGrant::new(role, None, now)?)));
    }
    let count = cards.register(administrator, &staff).await?;
    line("registered", format!("{count} persons: an operator, two approvers, a second administrator"));
    Ok(())
}

async fn card(cards: &Cardflow, who: &Principal, number: &str) -> Result<ObjectRef, Box<dyn Error>> {
    let found = cards.search(who, Search::cards().number(number)).await?;
    Ok(found.items.first().ok_or("a card of the story is missing; begin in a new folder")?.id)
}
