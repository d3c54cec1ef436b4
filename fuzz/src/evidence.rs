//! Exported lines of evidence, checkpoints, and what a verifier says of an export that somebody has changed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::{Cards, SCHEMA};
use cardflow::engine::Component;
use cardflow::engine::chain::Linked;
use cardflow::engine::evidence::{Checkpoint, ReadLine, RecordLine, Seal, Trust, Verdict, Verifier};
use cardflow::ports::{SignatureVerifier, Signer};
use cardflow::testing::fakes::{PaperSignatures, PaperSigner};

use super::law::{choice, error, now, one_line};
use super::office::{Office, Store, TENANT, principal};

/// A real history and the checkpoint over all of it.
static REAL: LazyLock<(Vec<String>, Checkpoint)> = LazyLock::new(|| {
    let store = Store::memory(MemoryStorage::new(&SCHEMA));
    let office = Office::open(&store);
    now(async {
        let mut lines = Vec::new();
        let auditor = principal("aude", Component::Administrator);
        let mut export = office.cards.export(&auditor).await.expect("an export");
        loop {
            let page = export.page().await.expect("a page");
            if page.is_empty() {
                break;
            }
            lines.extend(page);
        }
        let checkpoint = office.cards.checkpoint(TENANT, None, &signer()).await.expect("a checkpoint");
        (lines, checkpoint)
    })
});

fn signer() -> PaperSigner {
    PaperSigner::named("office")
}

/// By the first byte a line of a record, a line of a checkpoint, or a change of a real export: the lines that replace those of
/// the same number.
pub fn evidence(data: &[u8]) {
    let (which, rest) = choice(data);
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match which % 4 {
        0 => match ReadLine::from_json(text) {
            Err(why) => error(&why),
            Ok(line) => {
                let written = RecordLine::<Cards>::new(line.position, &line.record, None).to_json();
                assert!(!written.contains(['\n', '\r']), "a line of an export is one: {written:?}");
                assert_eq!(ReadLine::from_json(&written).expect("what is written is read"), line);
            }
        },
        1 => match Checkpoint::from_json(text) {
            Err(why) => error(&why),
            Ok(checkpoint) => {
                let written = checkpoint.to_json();
                assert_eq!(Checkpoint::from_json(&written).expect("what is written is read"), checkpoint);
                let stored = checkpoint.to_bytes().expect("a form");
                assert_eq!(Checkpoint::from_bytes(&stored).expect("what is written is read"), checkpoint);
                let _ = (checkpoint.continues(None), checkpoint.continues(Some(&REAL.1)), checkpoint.size());
                // Whoever has no key makes no checkpoint that is believed.
                if checkpoint != REAL.1 {
                    let report = verify(&REAL.0, std::slice::from_ref(&checkpoint));
                    let signed = checkpoint.message().is_ok_and(|it| judge(&checkpoint.seal, &it));
                    assert!(signed || report != Verdict::Anchored, "a forged checkpoint is believed");
                }
            }
        },
        // The lines of the text stand where its first line says, or at the beginning.
        _ => {
            let (at, lines) = text.split_once('\n').unwrap_or(("0", text));
            let at = at.parse::<usize>().unwrap_or(0) % REAL.0.len();
            let mut export = REAL.0.clone();
            for (place, line) in lines.lines().enumerate() {
                match export.get_mut(at + place).filter(|_| which % 4 == 2) {
                    Some(there) => line.clone_into(there),
                    None => export.insert((at + place).min(export.len()), line.to_owned()),
                }
            }
            changed(&export);
        }
    }
}

/// An export that is said to be anchored has every record that the checkpoint knows, as it was written.
fn changed(export: &[String]) {
    if verify(export, std::slice::from_ref(&REAL.1)) != Verdict::Anchored {
        return;
    }
    let records = |lines: &[String]| -> BTreeMap<_, Linked> {
        let read = lines.iter().filter_map(|it| ReadLine::from_json(it).ok());
        read.map(|it| ((it.record.chain, it.record.sequence), it.record)).collect()
    };
    let (real, told) = (records(&REAL.0), records(export));
    for (place, record) in real {
        let told = told.get(&place).unwrap_or_else(|| panic!("record {place:?} is not there"));
        // A personal part may have been erased, by a record that says so.
        let personal = if told.personal.is_none() { None } else { record.personal.clone() };
        assert_eq!(*told, Linked { personal, ..record });
    }
}

fn judge(seal: &Seal, message: &[u8]) -> bool {
    PaperSignatures.verifies(seal.algorithm, &seal.public_key, message, &seal.signature)
}

fn verify(export: &[String], checkpoints: &[Checkpoint]) -> Verdict {
    let keys = [signer().public_key()];
    let mut verifier = Verifier::<Cards>::new(TENANT, checkpoints, Trust { keys: &keys, judge: &judge });
    for line in export.iter().filter(|it| !it.is_empty()) {
        match ReadLine::from_json(line) {
            Ok(it) => drop(verifier.take(it.position, &it.record)),
            // Whoever verifies stops at a line that does not read.
            Err(why) => {
                error(&why);
                return Verdict::Faulty;
            }
        }
    }
    let (report, _) = verifier.finish();
    report.findings.iter().for_each(|it| one_line(&it.to_string()));
    report.verdict()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let (lines, checkpoint) = &*REAL;
    let mut seeds: Vec<_> = lines.iter().take(12).map(|it| [b"\0", it.as_bytes()].concat()).collect();
    seeds.push([b"\x01", checkpoint.to_json().as_bytes()].concat());
    for (place, line) in lines.iter().enumerate().step_by(5) {
        seeds.push(format!("\x02{place}\n{line}").into_bytes());
        seeds.push(format!("\x03{place}\n{line}").into_bytes());
    }
    seeds
}
