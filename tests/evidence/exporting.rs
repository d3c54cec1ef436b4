//! The history as lines of JSON, and the small command that verifies them without the store.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use cardflow::engine::evidence::{Checkpoint, ReadLine};
use cardflow::ports::Signer;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, rejection};
use crate::support::{busy, checkpoint, signer, work};

every_store![
    every_record_is_a_line_and_reads_as_it_was,
    a_line_says_for_people_what_its_bytes_say,
    only_auditors_export,
    the_command_says_what_it_found_and_so_does_its_exit_code,
];

async fn lines(office: &Office) -> Vec<String> {
    let mut export = office.cards.export(&office.auditor).await.unwrap();
    let mut lines = Vec::new();
    loop {
        let page = export.page().await.unwrap();
        if page.is_empty() {
            return lines;
        }
        lines.extend(page);
    }
}

async fn every_record_is_a_line_and_reads_as_it_was(store: Store) {
    let office = busy(&store).await;
    let lines = lines(&office).await;
    let log = store.log.records_after(TENANT, 0, 10_000).await.unwrap();
    assert_eq!(lines.len(), log.len());
    for (line, logged) in lines.iter().zip(log) {
        let ReadLine { position, record } = ReadLine::from_json(line).unwrap();
        assert_eq!((position, &record), (logged.position, &logged.record));
        assert!(!line.contains('\n'));
    }
}

async fn a_line_says_for_people_what_its_bytes_say(store: Store) {
    let office = busy(&store).await;
    let lines: Vec<Value> = lines(&office).await.iter().map(|it| serde_json::from_str(it).unwrap()).collect();
    let note = |it: &&Value| it["personal"]["notes"][0][1] == "left on a train";
    let line = lines.iter().find(note).unwrap();
    assert_eq!(line["at"], "2026-11-23T10:00:01Z");
    assert_eq!(line["chain"], office.card.home().to_string());
    assert_eq!((&line["sequence"], &line["tenant"]), (&Value::from(4), &Value::from(7)));
    assert_eq!(line["hash"].as_str().unwrap().len(), 64);
    let entry = &line["entry"];
    assert_eq!(entry["run"]["process"], "CardsProcDeactivate");
    assert_eq!(entry["actor"]["role"], "Operator");
    assert_eq!(line["personal"]["account"], "olga");
    let text = entry.to_string();
    assert!(text.contains(&office.card.to_string()), "objects stand as text: {text}");
    assert!(text.contains("\"serial\":\"0a01\""), "{text}");
}

async fn only_auditors_export(store: Store) {
    let office = busy(&store).await;
    for who in [&office.operator, &office.administrator, &office.self_service] {
        let right = "verify and export the history".to_owned();
        let refused = office.cards.export(who).await.map(drop);
        assert_eq!(rejection(refused), Rejection::NotEntitled { right: right.clone() });
        let refused = office.cards.verify(who, &[], &[], &cardflow::adapters::x509::Signatures).await;
        assert_eq!(rejection(refused), Rejection::NotEntitled { right });
    }
}

/// The files that an auditor has.
struct Files {
    folder: TempDir,
}

impl Files {
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// The example, built as this test was.
fn example() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--example", "verify", "--all-features"]);
        build.args((!cfg!(debug_assertions)).then_some("--release"));
        assert!(build.status().unwrap().success());
        let examples = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples");
        examples.join("verify").with_extension(std::env::consts::EXE_EXTENSION)
    })
}

fn verify(arguments: &[&Path]) -> Output {
    Command::new(example()).args(arguments).output().unwrap()
}

fn said(output: &Output) -> (i32, String) {
    let text = [&output.stdout[..], &output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

async fn the_command_says_what_it_found_and_so_does_its_exit_code(store: Store) {
    let office = busy(&store).await;
    let first = checkpoint(&office, None).await;
    let old = lines(&office).await;
    work(&office, 40).await;
    let second = checkpoint(&office, Some(&first)).await;
    let whole = lines(&office).await;

    let files = Files { folder: tempfile::tempdir().unwrap() };
    let join = |lines: &[String]| lines.iter().map(|it| format!("{it}\n")).collect::<String>();
    let export = files.write("export.jsonl", join(&whole));
    let checkpoints = files.write("checkpoints.jsonl", join(&[first.to_json(), second.to_json()]));
    let key = files.write("key.der", signer().public_key());

    let (code, text) = said(&verify(&[&export, &checkpoints, &key]));
    assert_eq!((code, text.starts_with("anchored: ")), (0, true), "{text}");
    let (code, text) = said(&verify(&[&export, &checkpoints]));
    assert_eq!((code, text.contains("compare it with yours")), (0, true), "{text}");
    let (code, text) = said(&verify(&[&export]));
    assert_eq!((code, text.starts_with("consistent, not anchored: ")), (2, true), "{text}");

    let edited = join(&whole).replacen("\"sequence\":2,", "\"sequence\":3,", 1);
    let (code, text) = said(&verify(&[&files.write("edited.jsonl", edited), &checkpoints, &key]));
    assert_eq!((code, text.contains("record 3 has been edited")), (1, true), "{text}");
    let (code, text) = said(&verify(&[&files.write("old.jsonl", join(&old)), &checkpoints, &key]));
    assert_eq!((code, text.contains("so it is an old copy")), (1, true), "{text}");
    let stranger = files.write("stranger.der", [1, 2, 3]);
    let (code, text) = said(&verify(&[&export, &checkpoints, &stranger]));
    assert_eq!((code, text.contains("checkpoint 1: it is signed by another key")), (1, true), "{text}");

    let (code, text) = said(&verify(&[&files.write("torn.jsonl", &join(&whole)[..99]), &checkpoints]));
    assert_eq!((code, text.contains("line 1: the line is not a record of the history")), (64, true), "{text}");
    assert_eq!(said(&verify(&[Path::new("no/such/file")])).0, 64);
    assert_eq!(said(&verify(&[])).0, 64);
}

#[tokio::test]
async fn checkpoints_keep_their_form() {
    let store = Store::memory();
    let office = busy(&store).await;
    let first = checkpoint(&office, None).await;
    let second = checkpoint(&office, Some(&first)).await;
    assert!(second.leaves.is_empty() && second.root == first.root, "nothing happened, and that is signed too");
    for it in [first, second] {
        assert_eq!(Checkpoint::from_bytes(&it.to_bytes().unwrap()).unwrap(), it);
        assert_eq!(Checkpoint::from_json(&it.to_json()).unwrap(), it);
        assert!(it.to_bytes().unwrap().len() * 3 < it.to_json().len() * 2, "one is compact, one is for people");
    }
    let line = checkpoint(&office, None).await.to_json();
    let not = |line: &str| Checkpoint::from_json(line).unwrap_err().to_string();
    assert!(not("{}").starts_with("the line is not a checkpoint: "));
    assert!(not(&line.replace("\"format\":1", "\"format\":2")).contains("it has format 2"));
    assert!(not(&line.replace("\"number\":1", "\"number\":1,\"extra\":1")).contains("extra"));
    assert!(Checkpoint::from_bytes(&[2, 0]).unwrap_err().to_string().contains("format version 2"));
}
