//! Complete CRLs of many entries, beside `openssl ca -gencrl` on the same ones.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use cardflow::adapters::sqlite::SqliteLedger;
use cardflow::adapters::x509::{
    CrlFolder, CrlPublisher, Distribution, KeyAlgorithm, NewAuthority, SoftwareSigner, X509Authority,
};
use cardflow::domain::Validity;
use cardflow::ports::CertificateAuthority;
use cardflow::values::{Millis, Timestamp};
use rusqlite::params;
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use crate::number;
use crate::table::Table;

pub fn rows(runtime: &Runtime, table: &mut Table) {
    for entries in [100_000, number("CARDFLOW_BENCH_CRL", 1_000_000)] {
        compare(runtime, table, entries);
    }
}

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn hours(hours: i64) -> Timestamp {
    now().plus(Millis::hours(hours))
}

/// A number of sixteen octets, the same in every run.
fn serial(n: u64) -> [u8; 16] {
    let mut serial: [u8; 16] = Sha256::digest(n.to_be_bytes())[..16].try_into().unwrap();
    serial[0] = serial[0] & 0x7f | 0x40;
    serial
}

fn compare(runtime: &Runtime, table: &mut Table, entries: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let signer = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
    let key = signer.to_unencrypted_pem().unwrap();
    let new = NewAuthority {
        common_name: "Bench CA".to_owned(),
        organisation: "Example".to_owned(),
        validity: Validity::new(now(), now().plus(Millis::days(3650))).unwrap(),
    };
    let ledger = Arc::new(SqliteLedger::open(&path).unwrap());
    let authority = X509Authority::create(&new, signer, ledger).unwrap();
    let addresses = Distribution::at("http://crl.example/cards.crl").unwrap();
    let authority =
        Arc::new(authority.with_distribution(addresses.with_deltas_at("http://crl.example/d.crl").unwrap()));
    fill(&path, authority.issuer().as_str(), entries);

    let ours = measured(|| runtime.block_on(authority.crl(hours(1))).unwrap().der.len());
    let floor = openssl(folder.path(), authority.certificate_pem(), key.expose(), entries);
    let what = format!("complete CRL of {entries} entries");
    match floor {
        Some(floor) => {
            let (a, b) = (format!("{:.2} s", ours.seconds), format!("{:.2} s", floor.seconds));
            let ratio = |ours: f64, floor: f64| format!("{:.2} ×", ours / floor);
            table.row(format!("{what} (floor: openssl ca -gencrl)"), a, b, ratio(ours.seconds, floor.seconds), "≤ 1 ×");
            let (a, b) = (format!("{:.0} MiB", ours.mebibytes), format!("{:.0} MiB", floor.mebibytes));
            let memory = ratio(ours.mebibytes, floor.mebibytes);
            table.row(format!("peak memory of the same, and its {} MiB", ours.bytes >> 20), a, b, memory, "≤ 1 ×");
        }
        None => table.row(format!("{what}; openssl is not there"), format!("{:.2} s", ours.seconds), "", "", ""),
    }

    let lists = folder.path().join("lists");
    fs::create_dir(&lists).unwrap();
    let publisher = CrlPublisher::new(authority, CrlFolder::at(&lists, "cards").unwrap());
    runtime.block_on(publisher.tick(hours(2))).unwrap();
    for (what, at, wanted) in [("delta CRL of no change", hours(3), ""), ("the next complete CRL", hours(20), "")] {
        let taken = measured(|| runtime.block_on(publisher.tick(at)).unwrap().complete.unwrap_or_default() as usize);
        let (time, memory) = (format!("{:.2} s", taken.seconds), format!("{:.0} MiB", taken.mebibytes));
        let what = format!("{what} of {entries} entries, held against the last and published: time, memory");
        table.row(what, time, memory, "", wanted);
    }
}

/// Writes entries as the ledger would, without a flush for each: half are on hold, half revoked.
fn fill(path: &Path, issuer: &str, entries: u64) {
    let mut file = rusqlite::Connection::open(path).unwrap();
    let transaction = file.transaction().unwrap();
    let (end, since) = (hours(24 * 365).millis(), now().millis());
    {
        let insert =
            "insert into entry (issuer, serial, not_after, status, reason, since, listed, revision, written_after)
                      values (?1, ?2, ?3, ?4, ?5, ?6, 1, 1, 0)";
        let mut insert = transaction.prepare(insert).unwrap();
        let mut serials: Vec<[u8; 16]> = (0..entries).map(serial).collect();
        serials.sort_unstable();
        for serial in &serials {
            let (status, reason) = if serial[15].is_multiple_of(2) { ("on hold", None) } else { ("revoked", Some(1)) };
            insert.execute(params![issuer, serial.as_slice(), end, status, reason, since]).unwrap();
        }
    }
    transaction.commit().unwrap();
}

/// Of openssl the whole process counts, which begins with a few MiB.
struct Measured {
    seconds: f64,
    /// The most it held above what it held before.
    mebibytes: f64,
    bytes: usize,
}

fn measured(work: impl FnOnce() -> usize) -> Measured {
    // Linux: the highest mark falls back to what is held now.
    drop(fs::write("/proc/self/clear_refs", "5"));
    let before = status("self", "VmRSS:").unwrap_or_default();
    let begun = Instant::now();
    let bytes = work();
    let seconds = begun.elapsed().as_secs_f64();
    let mebibytes = (status("self", "VmHWM:").unwrap_or_default() - before).max(0.0) / 1024.0;
    Measured { seconds, mebibytes, bytes }
}

/// A line of `/proc/…/status`, in KiB.
fn status(process: &str, line: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    text.lines().find_map(|it| it.strip_prefix(line)?.trim().strip_suffix(" kB")?.parse().ok())
}

const CONFIG: &str = "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\ncrlnumber = number\ndefault_md = sha256\n\
                      default_crl_days = 1\ncrl_extensions = list\n[list]\nauthorityKeyIdentifier = keyid\n";

/// None where there is no openssl.
fn openssl(folder: &Path, certificate: &str, key: &str, entries: u64) -> Option<Measured> {
    let mut index = BufWriter::new(fs::File::create(folder.join("index.txt")).unwrap());
    for n in 0..entries {
        let serial = serial(n);
        let number = serial.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02X}").unwrap();
            text
        });
        let reason = if serial[15].is_multiple_of(2) { "certificateHold" } else { "keyCompromise" };
        writeln!(index, "R\t271124120000Z\t261124120000Z,{reason}\t{number}\tunknown\t/CN={n}").unwrap();
    }
    index.flush().unwrap();
    fs::write(folder.join("ca.cnf"), CONFIG).unwrap();
    fs::write(folder.join("number"), "01\n").unwrap();
    fs::write(folder.join("ca.pem"), certificate).unwrap();
    fs::write(folder.join("ca.key"), key).unwrap();
    let options = "ca -gencrl -config ca.cnf -cert ca.pem -keyfile ca.key -out openssl.crl";
    let begun = Instant::now();
    let mut command = Command::new("openssl");
    command.args(options.split(' ')).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let (process, mut most) = (child.id().to_string(), 0.0_f64);
    let done = loop {
        most = most.max(status(&process, "VmHWM:").unwrap_or_default());
        if let Some(done) = child.try_wait().unwrap() {
            break done;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    let seconds = begun.elapsed().as_secs_f64();
    let made = fs::metadata(folder.join("openssl.crl")).map_or(0, |it| it.len());
    assert!(done.success() && made > 0, "openssl makes no CRL");
    Some(Measured { seconds, mebibytes: most / 1024.0, bytes: made as usize })
}
