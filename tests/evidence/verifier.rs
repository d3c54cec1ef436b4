//! The verifier alone: records as they were written, and as somebody has changed them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cardflow::adapters::x509::{KeyAlgorithm, Signatures, SoftwareSigner};
use cardflow::cards::Cards;
use cardflow::engine::chain::{ChainHead, Draft, Linked, Personal, link};
use cardflow::engine::evidence::{
    Checkpoint, CheckpointFault, Finding, Leaf, Report, Seal, Trust, Verdict, Verifier, prove_consistency,
    prove_inclusion,
};
use cardflow::ports::{Logged, SignatureVerifier, Signer};
use cardflow::values::{Digest, HomeId, TenantId, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use crate::common::{Store, TENANT};
use crate::support::{busy, checkpoint, keys, signer, work};

/// Records in the order of commits, and three checkpoints on the way.
struct Written {
    records: Vec<Logged>,
    checkpoints: Vec<Checkpoint>,
}

static WRITTEN: LazyLock<Written> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        let store = Store::memory();
        let office = busy(&store).await;
        let first = checkpoint(&office, None).await;
        work(&office, 40).await;
        let second = checkpoint(&office, Some(&first)).await;
        work(&office, 60).await;
        let third = checkpoint(&office, Some(&second)).await;
        let records = store.log.records_after(TENANT, 0, 10_000).await.unwrap();
        Written { records, checkpoints: vec![first, second, third] }
    })
});

fn judge(seal: &Seal, message: &[u8]) -> bool {
    Signatures.verifies(seal.algorithm, &seal.public_key, message, &seal.signature)
}

fn verified(records: &[Logged], checkpoints: &[Checkpoint], keys: &[Vec<u8>]) -> Report {
    let mut verifier = Verifier::<Cards>::new(TENANT, checkpoints, Trust { keys, judge: &judge });
    for it in records {
        verifier.take(it.position, &it.record);
    }
    verifier.finish().0
}

fn anchored(records: &[Logged]) -> Report {
    verified(records, &WRITTEN.checkpoints, &keys())
}

/// The places in the log of the longest chain, which has more than ten records.
fn longest() -> Vec<usize> {
    let of = |chain: HomeId| (0..WRITTEN.records.len()).filter(move |it| WRITTEN.records[*it].record.chain == chain);
    let longest = WRITTEN.records.iter().map(|it| it.record.chain).max_by_key(|it| of(*it).count()).unwrap();
    let places: Vec<_> = of(longest).collect();
    assert!(places.len() > 10);
    places
}

/// Makes the hashes of a chain right again from a place in the log on, as somebody would who can.
fn made_anew(mut records: Vec<Logged>, from: usize) -> Vec<Logged> {
    let chain = records[from].record.chain;
    let before = records[..from].iter().rev().find(|it| it.record.chain == chain).map(|it| &it.record);
    let mut head = before.map_or(ChainHead::EMPTY, |it| ChainHead { length: it.sequence, hash: it.hash });
    for it in records[from..].iter_mut().filter(|it| it.record.chain == chain) {
        let Linked { at, open, personal, .. } = it.record.clone();
        it.record = link(TENANT, head, Draft { chain, at, open, personal });
        head = ChainHead { length: it.record.sequence, hash: it.record.hash };
    }
    records
}

fn kinds(report: &Report) -> Vec<&'static str> {
    let mut kinds: Vec<_> = report.faults().map(Finding::kind).collect();
    kinds.dedup();
    kinds
}

#[test]
fn each_change_is_named_for_what_it_is() {
    let Written { records: whole, checkpoints } = &*WRITTEN;
    let places = longest();
    let chain = whole[places[0]].record.chain;
    let (third, fourth, last) = (places[2], places[3], *places.last().unwrap());
    let with = |change: &dyn Fn(&mut Vec<Logged>)| {
        let mut records = whole.clone();
        change(&mut records);
        records
    };
    let length = u64::try_from(places.len()).unwrap();
    let known = checkpoints[2].number;
    let leaf = |it: &Checkpoint| it.leaves.iter().find(|it| it.chain == chain).unwrap().length;
    let lengths: Vec<u64> = checkpoints.iter().map(leaf).collect();
    let table: Vec<(&str, Vec<Logged>, Vec<Finding>)> = vec![
        ("nothing", whole.clone(), vec![]),
        ("another text", with(&|it| it[third].record.open.push(1)), vec![Finding::Edited { chain, sequence: 3 }]),
        (
            "another time, and the hash with it",
            with(&|it| {
                it[third].record.at = Timestamp::from_millis(1);
                it[third].record.hash = it[third].record.expected_hash();
            }),
            vec![Finding::Replaced { chain, sequence: 4 }],
        ),
        (
            "another hash",
            with(&|it| it[third].record.hash = Digest::ZERO),
            vec![Finding::Edited { chain, sequence: 3 }],
        ),
        (
            "another name",
            with(&|it| it[third].record.personal.as_mut().unwrap().bytes.push(1)),
            vec![Finding::PersonalEdited { chain, sequence: 3 }],
        ),
        (
            "no name",
            with(&|it| it[third].record.personal = None),
            vec![Finding::PersonalMissing { chain, sequence: 3 }],
        ),
        ("one is gone", with(&|it| drop(it.remove(third))), vec![Finding::Gap { chain, from: 3, to: 3 }]),
        (
            "the first two are gone",
            with(&|it| {
                it.remove(places[1]);
                it.remove(places[0]);
            }),
            vec![Finding::Gap { chain, from: 1, to: 2 }],
        ),
        (
            "the last two are gone",
            with(&|it| {
                it.remove(last);
                it.remove(places[places.len() - 2]);
            }),
            vec![Finding::CutTail { chain, has: length - 2, had: length, checkpoint: known }],
        ),
        (
            "all are gone",
            with(&|it| it.retain(|it| it.record.chain != chain)),
            vec![Finding::MissingChain { chain, had: length, checkpoint: known }],
        ),
        (
            "two are swapped",
            with(&|it| {
                let other = it[third].record.clone();
                it[third].record = std::mem::replace(&mut it[fourth].record, other);
            }),
            vec![Finding::Reordered { chain, sequence: 3 }],
        ),
        (
            "one stands twice",
            with(&|it| {
                let again = it[third].clone();
                it.insert(fourth, again);
            }),
            vec![Finding::Inserted { chain, sequence: 3 }],
        ),
        (
            "one is put between, and the rest made anew",
            made_anew(
                with(&|it| {
                    let again = it[third].clone();
                    it.insert(third, again);
                }),
                third,
            ),
            vec![
                Finding::Rewritten { chain, good: 0, sequence: lengths[0], checkpoint: 1 },
                Finding::Inserted { chain, sequence: length + 1 },
            ],
        ),
        (
            "the whole chain is made anew with another text",
            made_anew(with(&|it| it[third].record.open.push(1)), third),
            vec![
                Finding::Unreadable { chain, sequence: 3 },
                Finding::Rewritten { chain, good: 0, sequence: lengths[0], checkpoint: 1 },
            ],
        ),
        (
            "the end is made anew",
            made_anew(with(&|it| it[last].record.at = Timestamp::from_millis(1)), last),
            vec![Finding::Rewritten { chain, good: lengths[1], sequence: length, checkpoint: known }],
        ),
    ];
    for (what, records, expected) in table {
        let mut report = anchored(&records);
        // Where the log ends before the last checkpoint, that is said too: another test is about it.
        report.findings.retain(|it| !matches!(it, Finding::OldCopy { .. }));
        assert_eq!(report.findings, expected, "{what}");
    }
}

#[test]
fn an_old_copy_is_named_with_what_it_lacks() {
    let Written { records, checkpoints } = &*WRITTEN;
    for (older, newest) in [(0, 1), (0, 2), (1, 2)] {
        let old: Vec<_> = records.iter().filter(|it| it.position <= checkpoints[older].position).cloned().collect();
        let report = verified(&old, &checkpoints[..=newest], &keys());
        let Some(Finding::OldCopy { checkpoint, records: lost, chains, .. }) = report.findings.first() else {
            panic!("{report}")
        };
        let position = checkpoints[newest].position;
        let lacks = records.iter().filter(|it| it.position <= position).count() - old.len();
        assert_eq!((*checkpoint, usize::try_from(*lost).unwrap()), (checkpoints[newest].number, lacks));
        let named =
            report.findings.iter().filter(|it| matches!(it, Finding::CutTail { .. } | Finding::MissingChain { .. }));
        assert_eq!(u64::try_from(named.count()).unwrap(), *chains);
        // It is whole for the time at which it was made.
        assert_eq!(verified(&old, &checkpoints[..=older], &keys()).verdict(), Verdict::Anchored);
    }
}

#[test]
fn checkpoints_that_do_not_follow_each_other_are_named() {
    let Written { records, checkpoints } = &*WRITTEN;
    let [first, second, third] = checkpoints.as_slice() else { panic!() };
    let stranger = SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap();
    let signed = |mut it: Checkpoint, by: &SoftwareSigner| {
        it.seal.public_key = by.public_key();
        it.seal.signature = by.sign(&it.message().unwrap()).unwrap();
        it
    };
    let ours = |it: Checkpoint| signed(it, signer());
    let with = |it: &Checkpoint, change: &dyn Fn(&mut Checkpoint)| {
        let mut it = it.clone();
        change(&mut it);
        it
    };
    let at = |number, fault| Finding::Checkpoint { number, fault };
    use CheckpointFault::{Back, Key, Number, Previous, Signature, Tenant, Tree};
    let table: Vec<(&str, Vec<Checkpoint>, Vec<Finding>)> = vec![
        ("as they are", checkpoints.clone(), vec![]),
        ("a time edited", vec![with(first, &|it| it.at = Timestamp::from_millis(1))], vec![at(1, Signature)]),
        ("no signature", vec![with(first, &|it| it.seal.signature.clear())], vec![at(1, Signature)]),
        ("signed by a stranger", vec![signed(first.clone(), &stranger)], vec![at(1, Key)]),
        ("one is missing", vec![first.clone(), third.clone()], vec![at(3, Number { expected: 2 })]),
        ("turned round", vec![second.clone(), first.clone()], vec![at(1, Number { expected: 3 })]),
        (
            "another file",
            vec![first.clone(), ours(with(second, &|it| it.previous = Digest::ZERO)), third.clone()],
            vec![at(2, Previous), at(3, Previous)],
        ),
        ("another tree", vec![first.clone(), ours(with(second, &|it| it.leaves[0].length += 1))], vec![at(2, Tree)]),
        ("another root", vec![ours(with(first, &|it| it.root = Digest::ZERO))], vec![at(1, Tree)]),
        (
            "back in time",
            vec![first.clone(), ours(with(second, &|it| it.at = Timestamp::from_millis(1)))],
            vec![at(2, Back)],
        ),
        ("back in the log", vec![first.clone(), ours(with(second, &|it| it.position = 0))], vec![at(2, Back)]),
        ("of another tenant", vec![ours(with(first, &|it| it.tenant = TenantId::new(9)))], vec![at(1, Tenant)]),
    ];
    for (what, checkpoints, expected) in table {
        let report = verified(records, &checkpoints, &keys());
        let found: Vec<_> =
            report.findings.iter().filter(|it| matches!(it, Finding::Checkpoint { .. })).cloned().collect();
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn proofs_from_the_file_convince_who_has_one_checkpoint_or_two() {
    let checkpoints = &WRITTEN.checkpoints;
    let last = checkpoints.last().unwrap();
    let chains: BTreeSet<HomeId> = WRITTEN.records.iter().map(|it| it.record.chain).collect();
    assert!(chains.len() > 3);
    for chain in chains {
        let mut records = WRITTEN.records.iter().filter(|it| it.record.chain == chain);
        let end = records.next_back().unwrap().record.hash;
        let (leaf, proof) = prove_inclusion(checkpoints, chain).unwrap();
        assert_eq!((leaf.chain, leaf.head), (chain, end));
        assert!(proof.verifies(leaf.hash(), last.root));
        let longer = Leaf { length: leaf.length + 1, ..leaf };
        assert!(!proof.verifies(longer.hash(), last.root));
    }
    for it in checkpoints {
        let proof = prove_consistency(checkpoints, it.number).unwrap();
        assert!(proof.verifies(it.root, last.root));
        assert!(!proof.verifies(Digest::ZERO, last.root));
    }
    let nowhere = HomeId::from_uuid(Uuid::from_u128(5));
    assert!(prove_inclusion(checkpoints, nowhere).is_none());
    assert!(prove_inclusion(&checkpoints[1..], WRITTEN.records[0].record.chain).is_none(), "the first is missing");
    assert!(prove_consistency(checkpoints, 9).is_none());
}

#[test]
fn without_a_key_the_one_that_signed_is_shown_and_another_one_is_named() {
    let Written { records, checkpoints } = &*WRITTEN;
    let report = verified(records, checkpoints, &[]);
    assert_eq!((report.verdict(), report.compare), (Verdict::Anchored, Some(Digest::of(&signer().public_key()))));
    let stranger = SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap();
    let mut forged = checkpoints.clone();
    forged[1].seal.public_key = stranger.public_key();
    forged[1].seal.signature = stranger.sign(&forged[1].message().unwrap()).unwrap();
    let report = verified(records, &forged, &[]);
    let by_another = Finding::Checkpoint { number: 2, fault: CheckpointFault::Key };
    assert!(report.findings.contains(&by_another), "{report}");
}

#[test]
fn records_that_came_after_the_last_checkpoint_are_counted_and_checked() {
    let Written { records, checkpoints } = &*WRITTEN;
    let report = verified(records, &checkpoints[..1], &keys());
    let later = records.iter().filter(|it| it.position > checkpoints[0].position).count();
    assert_eq!(report.anchored.unwrap().later, u64::try_from(later).unwrap());
    assert_eq!(report.verdict(), Verdict::Anchored);
    let mut edited = records.clone();
    edited.last_mut().unwrap().record.open.push(1);
    assert_eq!(kinds(&verified(&edited, &checkpoints[..1], &keys())), ["edited record"]);
    // Somebody slips a whole chain in below the checkpoint.
    let chain = HomeId::from_uuid(Uuid::from_u128(5));
    let new = link(TENANT, ChainHead::EMPTY, Draft { chain, ..draft_of(&records[0].record) });
    let mut more = records.clone();
    more.insert(1, Logged { position: records[0].position, record: new });
    assert_eq!(kinds(&anchored(&more)), ["inserted record"]);
}

fn draft_of(record: &Linked) -> Draft {
    Draft { chain: record.chain, at: record.at, open: record.open.clone(), personal: record.personal.clone() }
}

fn flip(bytes: &mut [u8], at: prop::sample::Index) {
    let bit = at.index(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}

fn flipped(digest: Digest, at: prop::sample::Index) -> Digest {
    let mut bytes = *digest.as_bytes();
    flip(&mut bytes, at);
    Digest::from_bytes(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Of one record one bit of one field; with or without a checkpoint.
    #[test]
    fn any_single_change_of_any_record_is_named(
        which in any::<prop::sample::Index>(),
        field in 0..10_u8,
        at in any::<prop::sample::Index>(),
    ) {
        let mut records = WRITTEN.records.clone();
        let record = &mut records[which.index(WRITTEN.records.len())].record;
        let before = record.clone();
        let (chain, sequence) = (record.chain, record.sequence);
        match field {
            0 => record.tenant = TenantId::new(record.tenant.number() ^ (1 << at.index(32))),
            1 => {
                let mut id = *record.chain.uuid().as_bytes();
                flip(&mut id, at);
                record.chain = HomeId::from_uuid(Uuid::from_bytes(id));
            }
            2 => record.sequence ^= 1 << at.index(64),
            3 => record.previous = flipped(record.previous, at),
            4 => record.at = Timestamp::from_millis(record.at.millis() ^ (1 << at.index(64))),
            5 => flip(&mut record.open, at),
            6 => record.commitment = record.commitment.map(|it| flipped(it, at)),
            7 => record.hash = flipped(record.hash, at),
            8 => if let Some(Personal { salt, .. }) = &mut record.personal { flip(salt, at) },
            _ => if let Some(Personal { bytes, .. }) = &mut record.personal { flip(bytes, at) },
        }
        let (changed, after) = (*record != before, record.clone());
        for report in [anchored(&records), verified(&records, &[], &[])] {
            let edited = Finding::Edited { chain: after.chain, sequence: after.sequence };
            let personal = Finding::PersonalEdited { chain, sequence };
            let named = report.findings.contains(&edited) || report.findings.contains(&personal);
            prop_assert_eq!(named, changed, "{}", report);
        }
    }

    /// Whatever is done to which records are there: with a checkpoint it does not pass.
    #[test]
    fn any_other_list_of_records_is_named(
        one in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        what in 0..5_u8,
    ) {
        let whole = &WRITTEN.records;
        let mut records = whole.clone();
        let (one, other) = (one.index(whole.len()), other.index(whole.len()));
        match what {
            0 => drop(records.remove(one)),
            1 => records.truncate(one),
            2 => {
                let again = Logged { position: whole[other].position, ..whole[one].clone() };
                records.insert(other, again);
            }
            3 => {
                records[one].record.open.push(0);
                records = made_anew(records, one);
            }
            _ => {
                let taken = records[one].record.clone();
                records[one].record = std::mem::replace(&mut records[other].record, taken);
            }
        }
        // Of different chains, the order alone is no matter: each chain is as it was.
        let order = |records: &[Logged]| {
            let mut chains: Vec<_> = records.iter().map(|it| it.record.clone()).collect();
            chains.sort_by_key(|it| it.chain);
            chains
        };
        let same = order(&records) == order(whole);
        prop_assert_eq!(anchored(&records).verdict() == Verdict::Anchored, same);
    }
}
