//! A file with something of everything in it, the checkpoints of it that were kept elsewhere, and a copy from before.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::adapters::x509::{KeyAlgorithm, Signatures, SoftwareSigner};
use cardflow::cards::{CardsOptions, SCHEMA};
use cardflow::domain::{Object, Person, PersonState};
use cardflow::engine::evidence::{Checkpoint, Verdict as Said};
use cardflow::engine::{Component, Scope};
use cardflow::ports::{
    HistoryLog, Identity, MockAuthorizer, MockDirectory, Permit, Principal, Signer, Storage, StorageError,
};
use cardflow::runtime::{Error, Sealing};
use cardflow::values::{Answers as Given, Millis, ObjectRef, PersonId, TenantId};
use tempfile::TempDir;

use crate::common::{Mood, Office, TENANT, now, person_at};

pub(crate) struct Scene {
    folder: TempDir,
    checkpoints: Vec<Checkpoint>,
    key: Vec<u8>,
    /// A card that is locked for good, with requests that its revocations have overtaken.
    pub(crate) locked: ObjectRef,
}

/// What a verification came to.
pub(crate) enum Verdict {
    /// By what it was named.
    Named(String),
    /// Nothing was found. What the library tells of the store.
    Nothing(Answers),
}

/// What the library tells of a store: bodies of objects, instances, tasks, requests, and the history.
pub(crate) type Answers = Vec<(String, Vec<u8>)>;

fn open(path: &Path) -> SqliteStorage {
    SqliteStorage::open(path, &SCHEMA).unwrap()
}

impl Scene {
    pub(crate) fn new() -> Scene {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(Scene::story())
    }

    async fn story() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("cards.db"), folder.path().join("old.db"));
        let signer = SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap();
        let office = Office::over(Cardflow::builder(open(&path))).await;
        let with_note = Given::none().with("reason", "lost").with("note", "left on a train");
        office.cards.run(&office.operator, "CardsProcDeactivate", office.card, with_note.clone()).await.unwrap();
        office.settle().await;
        office.run("CardsProcReactivate").await;
        office.settle().await;
        office.wait(Millis::days(365));
        let sealing = Sealing { signer: &signer, keys: &[], signatures: &Signatures };
        let trimmed =
            office.cards.trim(&office.administrator, now().plus(Millis::days(300)), &sealing, 2).await.unwrap();
        assert!(trimmed.records > 0);
        let first = office.cards.checkpoint(TENANT, None, &signer).await.unwrap();
        let office = office.again(|| {
            std::fs::copy(&path, &old).unwrap();
            Cardflow::builder(open(&path))
        });

        let (_, other) = office.employ("Ben Beispiel", "Berlin", "4800", 20).await;
        office.cards.run(&office.operator, "CardsProcDeactivate", other, with_note.clone()).await.unwrap();
        office.settle().await;
        let gone = PersonId::from_uuid(office.fresh());
        let person = Person::new(TENANT, gone, "Gone Example").unwrap().in_state(PersonState::Locked);
        office.register(&[Object::Person(person)]).await;
        office.cards.erase(&office.administrator, person_at(gone)).await.unwrap();
        // A form that waits, one that was cancelled, requests that the authority has not answered, a refusal.
        let task = office.start("CardsProcDeactivate").await;
        office.cards.cancel(&office.operator, task.id()).await.unwrap();
        office.authority.is(Mood::Down);
        office.cards.run(&office.operator, "CardsProcDeactivate", office.card, with_note).await.unwrap();
        office.cards.deliver(10).await.unwrap();
        // Requests that a revocation has overtaken, and nobody has closed yet.
        let (_, locked) = office.employ("Carla Beispiel", "Berlin", "4801", 30).await;
        for process in ["CardsProcDeactivate", "CardsProcLock"] {
            office.cards.run(&office.operator, process, locked, Given::none()).await.unwrap();
        }
        let form = office.start("CardsProcReactivate").await;
        let (form, waits, otto) = (form.id(), form.task().unwrap(), office.person("otto").await);
        office.cards.claim(&office.operator, form, waits).await.unwrap();
        office.cards.delegate(&office.operator, form, waits, otto).await.unwrap();
        office.cards.comment(&office.colleague, form, waits, "The holder has it again").await.unwrap();
        office.cards.start(&office.administrator, "CardsProcLock", office.card).await.unwrap_err();
        assert_eq!(office.cards.refusals(&office.auditor, 5).await.unwrap().len(), 1);
        let second = office.cards.checkpoint(TENANT, Some(&first), &signer).await.unwrap();
        drop(office);
        Scene { folder, checkpoints: vec![first, second], key: signer.public_key(), locked }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("cards.db")
    }

    pub(crate) fn old(&self) -> PathBuf {
        self.folder.path().join("old.db")
    }

    /// Replaces the file at `path` by the whole one.
    pub(crate) fn copy(&self, path: &Path) {
        for ending in ["-wal", "-shm"] {
            let mut beside = path.as_os_str().to_owned();
            beside.push(ending);
            drop(std::fs::remove_file(beside));
        }
        std::fs::copy(self.path(), path).unwrap();
    }

    /// What the library tells of the file as it was left.
    pub(crate) fn whole(&self) -> Answers {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cards.db");
        self.copy(&path);
        match runtime.block_on(self.verify(&path)) {
            Verdict::Nothing(answers) => answers,
            Verdict::Named(by) => panic!("nobody has touched it: {by}"),
        }
    }

    pub(crate) async fn verify(&self, path: impl AsRef<Path>) -> Verdict {
        let storage = match SqliteStorage::open(path, &SCHEMA) {
            Ok(storage) => Arc::new(storage),
            Err(error) => return Verdict::Named(format!("opening: {}", first_words(&error.to_string()))),
        };
        // Who verifies does not ask the store who may.
        let mut directory = MockDirectory::new();
        directory.expect_resolve().returning(|_| {
            let person = PersonId::from_uuid(uuid::Uuid::from_u128(1));
            Ok(Identity { person, state: "active".to_owned(), active: true, roles: Vec::new(), stands_in: Vec::new() })
        });
        let mut authorizer = MockAuthorizer::new();
        authorizer.expect_permit().returning(|_, _, _| Permit { role: "Auditor".to_owned(), scope: Scope::All });
        let cards = cardflow::CardflowBuilder::over(storage.clone(), storage.clone(), storage.clone())
            .processes(cardflow::cards::package().unwrap())
            .options(1, CardsOptions::default())
            .directory(Arc::new(directory))
            .authorizer(Arc::new(authorizer))
            .build()
            .unwrap();
        let auditor = Principal::new("aude", Component::Administrator, "password", now()).of_tenant(TENANT);
        let keys = [self.key.clone()];
        // Who slips something in under another tenant is found there.
        for tenant in tenants(storage.path()).into_iter().filter(|it| *it != TENANT) {
            let auditor = auditor.clone().of_tenant(tenant);
            match cards.verify(&auditor, &[], &keys, &Signatures).await {
                Ok(report) if report.faults().next().is_none() => {}
                Ok(_) => return Verdict::Named("in another tenant".to_owned()),
                Err(Error::Storage(StorageError::Corrupt { .. })) => {
                    return Verdict::Named("reading: corrupt".to_owned());
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        match cards.verify(&auditor, &self.checkpoints, &keys, &Signatures).await {
            Err(Error::Storage(StorageError::Corrupt { .. })) => Verdict::Named("reading: corrupt".to_owned()),
            Err(error) => panic!("{error:?}"),
            Ok(report) if report.verdict() == Said::Anchored => match answers(&storage).await {
                Ok(answers) => Verdict::Nothing(answers),
                Err(StorageError::Corrupt { .. }) => Verdict::Named("reading: corrupt".to_owned()),
                Err(error) => panic!("{error:?}"),
            },
            Ok(report) => {
                let kinds: BTreeSet<_> = report.faults().map(|it| it.kind()).collect();
                assert!(!kinds.is_empty(), "{report}");
                Verdict::Named(kinds.into_iter().collect::<Vec<_>>().join(" + "))
            }
        }
    }
}

/// Every tenant that a row is of.
fn tenants(path: PathBuf) -> BTreeSet<TenantId> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let select = "select tenant from object union select tenant from run union select tenant from work
        union select tenant from history";
    let mut select = connection.prepare(select).unwrap();
    let tenants = select.query_map([], |row| row.get::<_, i64>(0)).unwrap().map(Result::unwrap);
    tenants.filter_map(|it| u32::try_from(it).ok()).map(TenantId::new).collect()
}

fn first_words(text: &str) -> String {
    text.split('`').next().unwrap_or_default().trim().to_owned()
}

async fn answers(storage: &SqliteStorage) -> Result<Answers, StorageError> {
    let mut answers = Vec::new();
    let homes = storage.homes_after(TENANT, None, 10_000).await?;
    for home in storage.homes(TENANT, &homes).await? {
        answers.extend(home.records.iter().map(|it| (it.at.to_string(), it.body.clone())));
        for record in storage.history(TENANT, home.id, None, 10_000).await? {
            answers.push((format!("{} {}", record.chain, record.sequence), record.open));
        }
    }
    for id in storage.instances_after(TENANT, None, 10_000).await? {
        let Some(records) = storage.instance(TENANT, id).await? else { continue };
        answers.push((records.instance.at.to_string(), records.instance.body.clone()));
        answers.extend(records.tasks.iter().map(|it| (it.at.to_string(), it.body.clone())));
        answers.extend(records.work.into_iter().map(|it| (format!("{} {}", it.id, it.target), it.body)));
    }
    Ok(answers)
}
