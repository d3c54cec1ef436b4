//! The tree of RFC 9162: published vectors, and a library of others as second judge.
//!
//! Leaves, roots and proofs are those of the Certificate Transparency reference, as `transparency-dev/merkle` publishes them
//! (`proof/verify_test.go` at 02194e9, Apache-2.0). Its proofs count leaves from 1, ours from 0.

use cardflow::engine::evidence::{ConsistencyProof, Frontier, InclusionProof, leaf_hash};
use cardflow::values::Digest;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof as TheirConsistency, InclusionProof as TheirInclusion, RootHash};
use proptest::prelude::*;
use sha2::Sha256;

const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// Of the trees with no leaf to all eight.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const A: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const B: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const C: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const D: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const E: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const F: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const G: &str = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f";

/// Place, size, path.
const INCLUDED: [(u64, u64, &[&str]); 5] =
    [(0, 1, &[]), (0, 8, &[A, B, C]), (5, 8, &[D, E, ROOTS[4]]), (2, 3, &[ROOTS[2]]), (1, 5, &[ROOTS[1], B, D])];

/// Size before, size after, path.
const CONSISTENT: [(u64, u64, &[&str]); 5] =
    [(1, 1, &[]), (1, 8, &[A, B, C]), (6, 8, &[F, E, ROOTS[4]]), (2, 5, &[B, D]), (6, 7, &[F, G, ROOTS[4]])];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn digest(hex: &str) -> Digest {
    Digest::from_bytes(bytes(hex).try_into().unwrap())
}

fn path(hex: &[&str]) -> Vec<Digest> {
    hex.iter().map(|it| digest(it)).collect()
}

fn leaves(count: u64) -> Vec<Digest> {
    LEAVES.iter().take(usize::try_from(count).unwrap()).map(|it| leaf_hash(&bytes(it))).collect()
}

fn root(count: u64) -> Digest {
    digest(ROOTS[usize::try_from(count).unwrap()])
}

#[test]
fn the_published_roots_are_ours() {
    let mut tree = Frontier::default();
    assert_eq!(tree.root(), root(0));
    for (size, leaf) in (1..).zip(leaves(8)) {
        tree.push(leaf);
        assert_eq!((tree.size(), tree.root(), tree.is_whole()), (size, root(size), true));
    }
}

#[test]
fn the_published_proofs_are_ours_and_verify() {
    for (index, size, nodes) in INCLUDED {
        let proof = InclusionProof { index, size, path: path(nodes) };
        assert_eq!(InclusionProof::of(&leaves(size), index), Some(proof.clone()));
        assert!(proof.verifies(leaves(8)[usize::try_from(index).unwrap()], root(size)), "{index} in {size}");
    }
    for (first, second, nodes) in CONSISTENT {
        let proof = ConsistencyProof { first, second, path: path(nodes) };
        assert_eq!(ConsistencyProof::of(&leaves(second), first), Some(proof.clone()));
        assert!(proof.verifies(root(first), root(second)), "{first} in {second}");
    }
}

/// The ways in which the reference spoils its proofs.
#[test]
fn a_spoilt_proof_does_not_verify() {
    let some = digest("abacaba000000000000000000000000000000000000000000060061e00123456");
    for (index, size, nodes) in INCLUDED {
        let good = InclusionProof { index, size, path: path(nodes) };
        let (leaf, top) = (leaves(8)[usize::try_from(index).unwrap()], root(size));
        let with = |change: &dyn Fn(&mut InclusionProof)| {
            let mut proof = good.clone();
            change(&mut proof);
            proof
        };
        let mut spoilt = vec![
            with(&|it| it.index = it.index.wrapping_sub(1)),
            with(&|it| it.index += 1),
            with(&|it| it.index ^= 2),
            with(&|it| it.size *= 2),
            with(&|it| it.size /= 2),
            with(&|it| it.path.push(some)),
            with(&|it| it.path.push(top)),
            with(&|it| it.path.insert(0, top)),
        ];
        for n in 0..nodes.len() {
            spoilt.push(with(&|it| it.path[n] = Digest::of(it.path[n].as_bytes())));
            spoilt.push(with(&|it| {
                it.path.remove(n);
            }));
        }
        for proof in spoilt {
            assert!(!proof.verifies(leaf, top), "{proof:?}");
        }
        assert!(!good.verifies(some, top) && !good.verifies(leaf, some) && !good.verifies(leaf, root(0)));
    }
    for (first, second, nodes) in CONSISTENT.into_iter().skip(1) {
        let good = ConsistencyProof { first, second, path: path(nodes) };
        let with = |change: &dyn Fn(&mut ConsistencyProof)| {
            let mut proof = good.clone();
            change(&mut proof);
            proof
        };
        let mut spoilt = vec![
            with(&|it| it.first -= 1),
            with(&|it| it.first += 1),
            with(&|it| it.first ^= 2),
            with(&|it| it.second *= 2),
            with(&|it| it.second /= 2),
            with(&|it| it.path.clear()),
            with(&|it| it.path.push(root(first))),
            with(&|it| it.path.push(root(second))),
            with(&|it| it.path.insert(0, root(first))),
            with(&|it| it.path.insert(0, it.path[0])),
        ];
        for n in 0..nodes.len() {
            spoilt.push(with(&|it| it.path[n] = Digest::of(it.path[n].as_bytes())));
            spoilt.push(with(&|it| {
                it.path.remove(n);
            }));
        }
        for proof in spoilt {
            assert!(!proof.verifies(root(first), root(second)), "{first} in {second}: {proof:?}");
        }
        assert!(!good.verifies(root(second), root(first)) && !good.verifies(some, root(second)));
        assert!(!good.verifies(root(first), some));
    }
}

#[test]
fn trees_without_leaves_are_the_beginning_of_all() {
    let proof = |first, second, path: &[Digest]| ConsistencyProof { first, second, path: path.to_vec() };
    let (one, other) = (root(1), root(2));
    assert!(proof(0, 0, &[]).verifies(one, one) && proof(0, 1, &[]).verifies(one, other));
    assert!(!proof(0, 0, &[]).verifies(one, other) && !proof(0, 1, &[one]).verifies(one, other));
    assert!(!proof(2, 1, &[]).verifies(one, other) && !proof(1, 2, &[]).verifies(one, other));
    assert!(!InclusionProof { index: 0, size: 0, path: Vec::new() }.verifies(one, one));
    assert_eq!(InclusionProof::of(&[], 0), None);
    assert_eq!(ConsistencyProof::of(&leaves(2), 3), None);
}

/// A node as the other library takes it.
fn theirs(nodes: &[Digest]) -> Vec<u8> {
    nodes.iter().flat_map(|it| *it.as_bytes()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_proof_is_what_another_library_makes_and_each_verifies_the_others(
        leaves in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..8), 1..70),
        some in any::<prop::sample::Index>(),
        before in any::<prop::sample::Index>(),
    ) {
        let hashes: Vec<Digest> = leaves.iter().map(|it| leaf_hash(it)).collect();
        let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        leaves.iter().for_each(|it| tree.push(it.clone()));
        let root = hashes.iter().copied().collect::<Frontier>().root();
        let their_root = tree.root();
        prop_assert_eq!(theirs(&[root]), their_root.as_bytes().to_vec());

        let index = some.index(leaves.len());
        let place = u64::try_from(index).unwrap();
        let proof = InclusionProof::of(&hashes, place).unwrap();
        prop_assert!(proof.verifies(hashes[index], root));
        let their_proof = tree.prove_inclusion(index);
        prop_assert_eq!(&theirs(&proof.path)[..], their_proof.as_bytes());
        let ours = TheirInclusion::<Sha256>::try_from_bytes(theirs(&proof.path)).unwrap();
        prop_assert!(their_root.verify_inclusion(&leaves[index], place, &ours).is_ok());

        let first = before.index(leaves.len()) + 1;
        let older = hashes[..first].iter().copied().collect::<Frontier>();
        let proof = ConsistencyProof::of(&hashes, u64::try_from(first).unwrap()).unwrap();
        prop_assert!(proof.verifies(older.root(), root));
        let their_proof = tree.prove_consistency(leaves.len() - first);
        prop_assert_eq!(&theirs(&proof.path)[..], their_proof.as_bytes());
        let ours = TheirConsistency::<Sha256>::try_from_bytes(theirs(&proof.path)).unwrap();
        let their_older = RootHash::<Sha256>::new((*older.root().as_bytes()).into(), older.size());
        prop_assert!(their_root.verify_consistency(&their_older, &ours).is_ok());
    }

    #[test]
    fn no_proof_verifies_for_another_leaf_or_tree(
        count in 2_usize..40,
        some in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        bit in any::<prop::sample::Index>(),
    ) {
        let hashes: Vec<Digest> = (0..count).map(|it| leaf_hash(&it.to_be_bytes())).collect();
        let root = hashes.iter().copied().collect::<Frontier>().root();
        let (index, other) = (some.index(count), other.index(count));
        let mut proof = InclusionProof::of(&hashes, u64::try_from(index).unwrap()).unwrap();
        prop_assert_eq!(proof.verifies(hashes[other], root), index == other);
        proof.index = u64::try_from(other).unwrap();
        prop_assert_eq!(proof.verifies(hashes[index], root), index == other);
        proof.index = u64::try_from(index).unwrap();
        let node = bit.index(proof.path.len());
        let mut bytes = *proof.path[node].as_bytes();
        bytes[bit.index(32)] ^= 1;
        proof.path[node] = Digest::from_bytes(bytes);
        prop_assert!(!proof.verifies(hashes[index], root));
    }
}
