//! Whoever changes options past the library is found out, and what was set is kept for good.

use std::sync::Arc;

use cardflow::adapters::rhai::RhaiOptions;
use cardflow::cards::{ADMINISTRATOR, Cards, CardsOptions};
use cardflow::engine::evidence::Finding;
use cardflow::engine::options::{OPTIONS_HOME, OptionsMark, OptionsVersion};
use cardflow::engine::{Component, Instance, SharedRecord};
use cardflow::ports::{Commit, SignatureAlgorithm, SignatureVerifier};
use cardflow::values::{Ids, Revision, Seed, encode};

use crate::common::{Office, Store, TENANT, now, principal, staff};

#[derive(Debug)]
struct Any;

impl SignatureVerifier for Any {
    fn verifies(&self, _: SignatureAlgorithm, _: &[u8], _: &[u8], _: &[u8]) -> bool {
        true
    }
}

/// An office with one version in force and one proposed.
async fn office(store: &Store) -> Office {
    let office = Office::over(store.builder().option_language(Arc::new(RhaiOptions))).await;
    let mut ids = Ids::new(now(), Seed::from_number(5));
    office.register(&[staff(&mut ids, "Otto Operator", "otto-1", ADMINISTRATOR)]).await;
    let otto = principal("otto-1", Component::Administrator);
    office.cards.propose_options(&office.administrator, "let CardsDeactivationApproval = true;").await.unwrap();
    office.cards.activate_options(&otto, 1).await.unwrap();
    office.cards.propose_options(&office.administrator, "let CardsDeactivationApproval = false;").await.unwrap();
    office
}

async fn faults(office: &Office) -> Vec<String> {
    let report = office.cards.verify(&office.auditor, &[], &[], &Any).await.unwrap();
    report
        .faults()
        .map(|it| match it {
            Finding::Differs { what, .. } => what.clone(),
            other => format!("{other:?}"),
        })
        .collect()
}

async fn put(store: &Store, record: impl Into<SharedRecord>) {
    let record = record.into();
    let home = store.storage.homes(TENANT, &[record.home()]).await.unwrap().remove(0);
    let expects = vec![(home.id, home.revision)];
    store.storage.commit(Commit { expects, puts: vec![record], ..Commit::of(TENANT) }).await.unwrap();
}

async fn kept(store: &Store, number: u64) -> (OptionsVersion, Revision) {
    let home = store.storage.homes(TENANT, &[OPTIONS_HOME]).await.unwrap().remove(0);
    let record = home.records.iter().find(|it| it.at == OptionsVersion::at(number)).unwrap();
    (OptionsVersion::read(record).unwrap(), record.revision)
}

#[tokio::test]
async fn a_version_that_is_not_as_on_record_is_named() {
    let store = Store::memory();
    let untouched = office(&store).await;
    assert_eq!(faults(&untouched).await, Vec::<String>::new());
    type Edit = fn(&mut OptionsVersion);
    let edits: &[(u64, Edit)] = &[
        (1, |it| it.text = "let CardsDeactivationApproval = false;".to_owned()),
        (1, |it| it.language = "toml".to_owned()),
        (1, |it| it.of = Some(0)),
        (1, |it| it.activated = None),
        (1, |it| it.proposed.by = None),
        (1, |it| it.proposed.rule = "Operator of everything".to_owned()),
        (2, |it| it.activated = Some(it.proposed.clone())),
        (2, |it| it.proposed.at = it.proposed.at.plus(cardflow::values::Millis::seconds(1))),
    ];
    for (nth, (number, edit)) in edits.iter().enumerate() {
        let store = Store::memory();
        let office = office(&store).await;
        let (mut version, revision) = kept(&store, *number).await;
        edit(&mut version);
        put(&store, version.record(TENANT, revision.next()).unwrap()).await;
        assert_eq!(faults(&office).await, ["the version of the options is not as on record"], "edit {nth}");
    }
}

#[tokio::test]
async fn a_version_on_no_record_and_one_that_does_not_read_are_named() {
    let store = Store::memory();
    let office = office(&store).await;
    let mark = OptionsMark { by: None, at: now(), rule: String::new() };
    let (language, text) = ("rhai".to_owned(), "let CardsSecondAdministrator = false;".to_owned());
    let added = OptionsVersion { version: 3, language, text, of: None, proposed: mark.clone(), activated: Some(mark) };
    put(&store, added.record(TENANT, Revision::NONE.next()).unwrap()).await;
    assert_eq!(faults(&office).await, ["the version of the options is stored, and on no record"]);

    let (version, revision) = kept(&store, 2).await;
    let mut record = version.record(TENANT, revision.next()).unwrap();
    record.body.truncate(3);
    put(&store, record).await;
    let found = faults(&office).await;
    assert!(found.contains(&"the version of the options does not read".to_owned()), "{found:?}");
}

/// The history has a digest of the values that a run was given.
#[tokio::test]
async fn a_run_with_other_values_than_on_record_is_named() {
    let store = Store::memory();
    let office = office(&store).await;
    let task = office.start("CardsProcDeactivate").await;
    assert_eq!(faults(&office).await, Vec::<String>::new());
    let record = store.storage.instance(TENANT, task.id()).await.unwrap().unwrap().instance;
    let mut record = record.into_record();
    let stored = Instance::<Cards>::from_bytes(task.id(), record.revision, &record.body).unwrap();
    assert!(stored.bound().unwrap().options.deactivation_approval);
    // As somebody does who knows how options are stored.
    let bytes = |options: &CardsOptions| encode("options", 1, options).unwrap().split_off(1);
    let (on, off) = (bytes(&stored.bound().unwrap().options), bytes(&CardsOptions::default()));
    let place = record.body.windows(on.len()).position(|it| it == on).unwrap();
    record.body.splice(place..place + on.len(), off);
    let edited = Instance::<Cards>::from_bytes(task.id(), record.revision, &record.body).unwrap();
    assert!(!edited.bound().unwrap().options.deactivation_approval);
    record.revision = record.revision.next();
    put(&store, record).await;
    assert_eq!(faults(&office).await, ["the values of its options are not those on record"]);
}
