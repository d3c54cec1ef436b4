//! Verifies an export of the history against checkpoints that were kept elsewhere: offline, without the store.
//!
//! `cargo run --release --example verify --features x509 -- export.jsonl [checkpoints.jsonl [key.der …]]`
//!
//! Each file of records or checkpoints has one JSON object a line, as `Runtime::export` and `Checkpoint::to_json` write it;
//! a key is the DER of a `SubjectPublicKeyInfo`. Prints the report; the exit code is 0 if the history is anchored, 1 if
//! something is wrong with it, 2 if it is consistent and not anchored, and 64 if it cannot be told.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::ExitCode;

use cardflow::adapters::x509::Signatures;
use cardflow::cards::Cards;
use cardflow::engine::evidence::{Checkpoint, ReadLine, Report, Seal, Trust, Verdict, Verifier};
use cardflow::ports::SignatureVerifier;

const USAGE: &str = "give an export, and if there are any the file of checkpoints and the public keys";

fn main() -> ExitCode {
    match report() {
        Ok(report) => {
            print!("{report}");
            ExitCode::from(match report.verdict() {
                Verdict::Anchored => 0,
                Verdict::Faulty => 1,
                Verdict::NotAnchored => 2,
            })
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(64)
        }
    }
}

fn report() -> Result<Report, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let export = arguments.next().ok_or(USAGE)?;
    let checkpoints = match arguments.next() {
        Some(file) => {
            lines(&file)?.map(|line| Ok(Checkpoint::from_json(&line?)?)).collect::<Result<Vec<_>, Box<dyn Error>>>()?
        }
        None => Vec::new(),
    };
    let keys = arguments.map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let judge =
        |seal: &Seal, message: &[u8]| Signatures.verifies(seal.algorithm, &seal.public_key, message, &seal.signature);
    let mut verifier = None;
    for (number, line) in (1..).zip(lines(&export)?) {
        let read = ReadLine::from_json(&line?).map_err(|error| format!("`{export}`, line {number}: {error}"))?;
        let trust = Trust { keys: &keys, judge: &judge };
        let verifier = verifier.get_or_insert_with(|| Verifier::<Cards>::new(read.record.tenant, &checkpoints, trust));
        verifier.take(read.position, &read.record);
    }
    Ok(verifier.ok_or("the export has no records")?.finish().0)
}

/// The lines of a file that are not empty.
fn lines(file: &str) -> Result<impl Iterator<Item = std::io::Result<String>>, Box<dyn Error>> {
    let opened = File::open(file).map_err(|error| format!("`{file}` does not open: {error}"))?;
    Ok(BufReader::new(opened).lines().filter(|line| line.as_ref().map_or(true, |it| !it.is_empty())))
}
