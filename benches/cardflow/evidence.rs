//! Verifying a whole store, and making checkpoints of it.

use std::time::{Duration, Instant};

use cardflow::adapters::x509::{KeyAlgorithm, Signatures, SoftwareSigner};
use cardflow::engine::evidence::Checkpoint;
use cardflow::ports::{HistoryLog, Signer};
use tokio::runtime::Runtime;

use crate::growth::Site;
use crate::table::{Table, median};
use crate::world::{self, TENANT};

/// How many records are read at once, as by the library.
const PAGE: usize = 1000;
/// How many checkpoints are made, each after one more deactivation.
const CHECKPOINTS: usize = 20;

/// Rows for a store that has grown, beside a small one.
pub fn rows(runtime: &Runtime, small: &mut Site, grown: &mut Site, table: &mut Table) {
    let signer = SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap();
    let floor = Made::on(runtime, small, &signer);
    let made = Made::on(runtime, grown, &signer);
    let what = |it: &str| format!("checkpoint {it}, {} chains", made.chains);
    let ms = |it: Duration| format!("{:.2} ms", it.as_secs_f64() * 1e3);
    let ratio = |a: Duration, b: Duration| format!("{:.4} ×", a.as_secs_f64() / b.as_secs_f64());
    for (name, took) in [("after one more change", made.second), ("after each further change, median", made.further)] {
        table.row(what(name) + " (floor: the first)", ms(took), ms(made.first), ratio(took, made.first), "");
    }
    let beside = format!(" (floor: {} chains)", floor.chains);
    let (a, b) = (made.further, floor.further);
    table.row(what("after each further change") + beside.as_str(), ms(a), ms(b), ratio(a, b), "≤ 1.3 ×");
    verification(runtime, grown, &made.all, &signer, table);
}

/// Checkpoints of a store: the first, whole one, the one after it, and the median of those that follow.
struct Made {
    all: Vec<Checkpoint>,
    chains: usize,
    first: Duration,
    second: Duration,
    further: Duration,
}

impl Made {
    fn on(runtime: &Runtime, site: &mut Site, signer: &dyn Signer) -> Made {
        let mut all: Vec<Checkpoint> = Vec::new();
        let mut took = Vec::new();
        for _ in 0..CHECKPOINTS {
            let begin = Instant::now();
            let checkpoint = runtime.block_on(site.cards.checkpoint(TENANT, all.last(), signer)).unwrap();
            took.push(begin.elapsed());
            all.push(checkpoint);
            site.deactivate_one(runtime);
        }
        let further = median(took[2..].iter().map(Duration::as_secs_f64));
        let chains = all[0].leaves.len();
        Made { all, chains, first: took[0], second: took[1], further: Duration::from_secs_f64(further) }
    }
}

/// Every record, every home, every instance; beside reading the records and hashing each of them, and nothing else.
fn verification(runtime: &Runtime, site: &Site, checkpoints: &[Checkpoint], signer: &dyn Signer, table: &mut Table) {
    let begin = Instant::now();
    let (auditor, keys) = (world::auditor(), [signer.public_key()]);
    let report = runtime.block_on(site.cards.verify(&auditor, checkpoints, &keys, &Signatures)).unwrap();
    assert_eq!(report.faults().count(), 0, "{report}");
    let ours = report.records as f64 / begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let (mut position, mut hashed) = (0, 0_u64);
    runtime.block_on(async {
        loop {
            let page = site.storage.records_after(TENANT, position, PAGE).await.unwrap();
            let Some(last) = page.last() else { break };
            position = last.position;
            hashed += page.iter().filter(|it| it.record.hash == it.record.expected_hash()).count() as u64;
        }
    });
    assert_eq!(hashed, report.records);
    let floor = hashed as f64 / begin.elapsed().as_secs_f64();
    let what = format!("verifying {hashed} records, records (floor: read and hash)");
    table.rates(what, &[(ours, floor)], "");
}
