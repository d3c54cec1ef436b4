//! Stored formats, byte by byte: what each release has written is read for ever.
//!
//! `tests/golden/` has a file for each release, with every kind of stored bytes that a fixed story writes. The file of the
//! release under way is written anew with `CARDFLOW_BLESS=1 cargo test --test golden`; one of a release that is out is never
//! touched again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    missing_docs
)]

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cardflow::adapters::toml::TomlOptions;
use cardflow::cards::{ADMINISTRATOR, APPROVER, Cards, CardsOptions, Request, SCHEMA, object_of};
use cardflow::domain::{Change, Object, Person, RoleGrant};
use cardflow::engine::chain::{Draft, Linked, verify};
use cardflow::engine::options::OptionsVersion;
use cardflow::engine::{Alarm, Component, Entry, Event, Instance, Keys, PersonalEntry, Record, Task};
use cardflow::ports::{Commit, WorkSort};
use cardflow::values::{
    Answers, CodecError, EffectId, HomeId, InstanceId, Kind, Millis, ObjectRef, PersonId, Revision, decode, encode,
};
use common::{Office, Store, TENANT, WatchedStorage, now, person_at, principal};
use uuid::Uuid;

const FORMAT: u8 = 1;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Everything that happens to a card: deactivated, cancelled, brought back, locked; with notes, refusals of the authority,
/// a form that expires.
async fn story() -> String {
    let store = Store::memory();
    let spy = Arc::new(WatchedStorage::over(store.storage.clone()));
    let office = Office::on(&store.through(spy.clone())).await;
    let answers = Answers::none().with("reason", "lost").with("note", "left on a train").with("notified-at", now());
    let task = office.start("CardsProcDeactivate").await;
    office.cards.cancel(&office.operator, task.id()).await.unwrap();
    office.start("CardsProcDeactivate").await;
    office.clock.advance(Millis::hours(8));
    office.cards.tick().await.unwrap();
    let task = office.start("CardsProcDeactivate").await;
    let seen = task.preview.as_ref().unwrap().digest;
    office.cards.next(&office.operator, task.id(), answers.seen(seen)).await.unwrap();
    office.settle().await;
    office.run("CardsProcReactivate").await;
    office.settle().await;
    // Everything that is off unless somebody switches it on.
    let strict = CardsOptions { deactivation_approval: true, record_reading: true, ..CardsOptions::default() };
    let host = office.equip(store.through(spy.clone()).builder()).options(2, strict).build().unwrap();
    host.run(&office.operator, "CardsProcDeactivate", office.card, Answers::none()).await.unwrap();
    host.open(&office.operator, office.card).await.unwrap();
    office.run("CardsProcLock").await;
    office.settle().await;
    // Options: what one proposes, another puts in force; and back to what is shipped.
    let language = Arc::new(TomlOptions);
    let host = office.equip(store.through(spy.clone()).builder()).option_language(language).build().unwrap();
    let grant = RoleGrant::new(ADMINISTRATOR, None, now()).unwrap();
    let second = Person::new(TENANT, PersonId::from_uuid(office.fresh()), "Ben Beispiel").unwrap();
    office.register(&[Object::Person(second.with_account("ben").unwrap().with_role(grant))]).await;
    let text = "CardsDeactivationApproval = true\n";
    let proposed = host.propose_options(&office.administrator, text).await.unwrap();
    let ben = principal("ben", Component::Administrator);
    host.activate_options(&ben, proposed.version).await.unwrap();
    host.roll_back_options(&ben, proposed.version).await.unwrap();
    // Roles and deputies: proposed for oneself, agreed to by another, taken.
    let (of, later) = (office.holder, now().plus(Millis::days(1)));
    let person = person_at(office.person("adam").await);
    for who in [&office.administrator, &ben] {
        host.grant_role(who, person, APPROVER, ["Berlin"]).await.unwrap();
        host.name_deputy(who, person, of, now(), later).await.unwrap();
    }
    host.withdraw_role(&ben, person, APPROVER).await.unwrap();
    host.end_deputy(&ben, person, of).await.unwrap();

    let mut lines = String::new();
    for commit in spy.take_commits() {
        write_commit(&mut lines, &commit);
    }
    let chain = store.storage.history(TENANT, office.card.home(), None, 100).await.unwrap();
    let chain: Vec<Linked> = chain.into_iter().rev().collect();
    assert!(verify(&chain).is_ok());
    for record in chain {
        writeln!(lines, "hash {} {}", record.sequence, record.hash).unwrap();
    }
    lines
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn write_commit(lines: &mut String, commit: &Commit) {
    let mut line = |what: &str, bytes: &[u8]| writeln!(lines, "{what} {}", hex(bytes)).unwrap();
    for record in &commit.puts {
        let kind = SCHEMA.kind(record.at.kind()).unwrap().name;
        line(kind, &record.body);
        line("keys", record.keys.as_bytes());
    }
    for work in commit.work.iter().filter(|it| !it.body.is_empty()) {
        line(if work.sort == WorkSort::Timer { "alarm" } else { "request" }, &work.body);
    }
    for Draft { open, personal, .. } in &commit.history {
        line("entry", open);
        if let Some(personal) = personal {
            line("personal", &personal.bytes);
            line("commitment", personal.commitment().as_bytes());
        }
    }
    if let Some(remembered) = &commit.remember {
        line("content", remembered.content.as_bytes());
        line("receipt", &remembered.answer);
    }
}

/// Reads stored bytes and writes them again.
fn again(what: &str, stored: &[u8]) -> Result<Vec<u8>, CodecError> {
    let home = HomeId::from_uuid(Uuid::nil());
    let object = |kind: u8| {
        let at = ObjectRef::new(home, Kind::new(kind), Uuid::nil());
        let (revision, body) = (Revision::new(1), stored.to_vec());
        object_of(&Record { tenant: TENANT, at, revision, keys: Keys::default(), body })
    };
    let linked = |open: &[u8], personal: Option<&[u8]>| {
        use cardflow::engine::chain::{ChainHead, Personal, link};
        let personal = personal.map(|it| Personal { salt: [0; 16], bytes: it.to_vec() });
        link(TENANT, ChainHead::EMPTY, Draft { chain: home, at: now(), open: open.to_vec(), personal })
    };
    match what {
        "person" | "card" | "certificate" | "relation" => {
            let kind = SCHEMA.kinds.iter().find(|it| it.name == what).unwrap().kind.code();
            match object(kind)? {
                Object::Person(it) => encode("a person", FORMAT, &it),
                Object::Card(it) => encode("a card", FORMAT, &it),
                Object::Certificate(it) => encode("a certificate", FORMAT, &it),
                Object::Relation(it) => encode("a relation", FORMAT, &it),
            }
        }
        "options" => {
            let at = OptionsVersion::at(0);
            let (revision, keys, body) = (Revision::new(1), Keys::default(), stored.to_vec());
            let record = Record { tenant: TENANT, at, revision, keys, body };
            Ok(OptionsVersion::read(&record)?.record(TENANT, revision)?.body)
        }
        "keys" => Ok(Keys::from_bytes(stored)?.as_bytes().to_vec()),
        "instance" => {
            let id = InstanceId::from_uuid(Uuid::nil());
            Instance::<Cards>::from_bytes(id, Revision::new(1), stored)?.to_bytes()
        }
        "task" => Task::from_bytes(stored)?.to_bytes(),
        "request" => Request::from_bytes(stored)?.to_bytes(),
        "alarm" => Alarm::from_bytes(EffectId::from_uuid(Uuid::nil()), now(), stored)?.unwrap().to_bytes(),
        "entry" => encode("a history record", FORMAT, &Entry::<Cards>::read(&linked(stored, None))?),
        "personal" => encode("a personal part", FORMAT, &PersonalEntry::read(&linked(&[], Some(stored)))?.unwrap()),
        // Digests, and what only the runtime reads: held by the comparison with what is written today.
        "commitment" | "content" | "receipt" | "hash" => Ok(stored.to_vec()),
        other => panic!("{other} is not known here"),
    }
}

#[tokio::test]
async fn this_release_writes_what_its_file_says() {
    let file = folder().join(concat!(env!("CARGO_PKG_VERSION"), ".txt"));
    let written = story().await;
    if std::env::var_os("CARDFLOW_BLESS").is_some() {
        fs::write(&file, &written).unwrap();
    }
    let golden = fs::read_to_string(&file).unwrap_or_default();
    for (number, (is, was)) in (1..).zip(written.lines().zip(golden.lines())) {
        assert_eq!(is, was, "line {number} of {}", file.display());
    }
    assert_eq!(written.lines().count(), golden.lines().count());
}

#[test]
fn what_any_release_has_written_is_read() {
    let mut lines = 0;
    for file in fs::read_dir(folder()).unwrap() {
        let file = file.unwrap().path();
        for line in fs::read_to_string(&file).unwrap().lines() {
            let (what, stored) = line.rsplit_once(' ').unwrap();
            let what = what.split(' ').next().unwrap();
            let stored = bytes(stored);
            assert_eq!(again(what, &stored).unwrap(), stored, "{}: {line}", file.display());
            lines += 1;
        }
    }
    assert!(lines > 100, "{lines} lines");
}

#[tokio::test]
async fn the_story_writes_every_kind_of_stored_bytes() {
    let story = story().await;
    let kinds = [
        "person",
        "card",
        "certificate",
        "relation",
        "instance",
        "task",
        "keys",
        "request",
        "alarm",
        "entry",
        "personal",
        "receipt",
        "options",
    ];
    for kind in kinds {
        assert!(story.lines().any(|it| it.starts_with(&format!("{kind} "))), "{kind}");
    }
    let entries = story.lines().filter_map(|it| it.strip_prefix("entry "));
    let events: Vec<Event<Cards>> =
        entries.flat_map(|it| decode::<Entry<Cards>>("a history record", FORMAT, &bytes(it)).unwrap().events).collect();
    let has = |which: fn(&Event<Cards>) -> bool| assert!(events.iter().any(which));
    has(|it| matches!(it, Event::Started { .. }));
    has(|it| matches!(it, Event::Waits { .. }));
    has(|it| matches!(it, Event::Bound { .. }));
    has(|it| matches!(it, Event::Answered { .. }));
    has(
        |it| matches!(it, Event::Changed { changes, .. } if changes.iter().any(|it| matches!(it, Change::HoldOpened { .. }))),
    );
    has(
        |it| matches!(it, Event::Changed { changes, .. } if changes.iter().any(|it| matches!(it, Change::HoldClosed { .. }))),
    );
    has(|it| matches!(it, Event::Requested { .. }));
    has(|it| matches!(it, Event::Confirmed { .. }));
    has(|it| matches!(it, Event::NoMail));
    has(|it| matches!(it, Event::Confirming { .. }));
    has(|it| matches!(it, Event::Ended(_)));
    has(|it| matches!(it, Event::ApprovalAsked { .. }));
    has(|it| matches!(it, Event::Read { .. }));
    has(|it| matches!(it, Event::OptionsProposed { of: None, .. }));
    has(|it| matches!(it, Event::OptionsProposed { of: Some(1), .. }));
    has(|it| matches!(it, Event::OptionsActivated { .. }));
    has(|it| matches!(it, Event::Appointed { in_force: false, .. }));
    has(|it| matches!(it, Event::Appointed { in_force: true, .. }));
}
