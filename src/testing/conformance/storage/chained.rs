use super::super::Clause;
use super::sample::*;
use super::trial::{Trial, winners};
use crate::engine::chain::{ChainHead, Draft, link, verify, verify_to};
use crate::ports::Commit;

pub(super) const CLAUSE: Clause = Clause {
    name: "Chained",
    says: "Each draft is put at the end of its chain by `chain::link` in the same transaction; a chain has no gap and no fork",
};

pub(super) async fn records_are_linked_as_the_rule_says(it: Trial) {
    let drafts = [
        Draft { personal: personal("a name"), ..draft(1, "first") },
        Draft { at: at(60), ..draft(1, "") },
        Draft { personal: personal(""), ..draft(1, "third") },
    ];
    let mut expected = Vec::new();
    let mut head = ChainHead::EMPTY;
    for draft in drafts {
        let linked = link(TENANT, head, draft.clone());
        head = ChainHead { length: linked.sequence, hash: linked.hash };
        expected.push(linked);
        let (heads, _) = it.stored(writes([draft])).await;
        assert_eq!(heads, [(home(1), head)]);
        assert_eq!(it.home(1).await.head, head);
    }
    assert_eq!(it.history(1).await, expected, "every field, the personal parts too");
}

pub(super) async fn drafts_of_one_commit_stand_in_their_order(it: Trial) {
    let drafts = [draft(1, "a"), draft(2, "x"), draft(1, "b"), draft(1, "c")];
    let (heads, _) = it.stored(writes(drafts)).await;
    assert_eq!(it.told(1).await, ["a", "b", "c"]);
    assert_eq!(it.told(2).await, ["x"]);
    for n in [1, 2] {
        let last = heads.iter().rev().find(|(chain, _)| *chain == home(n)).map(|(_, head)| *head);
        assert_eq!(last, Some(it.home(n).await.head), "the last head of a chain is where it ends");
        assert_eq!(last, verify(&it.history(n).await).ok());
    }
}

pub(super) async fn chains_of_homes_are_apart(it: Trial) {
    for n in [1, 2, 1, 3, 1, 2] {
        it.stored(writes([draft(n, &format!("of {n}"))])).await;
    }
    for (n, length) in [(1, 3), (2, 2), (3, 1), (4, 0)] {
        let records = it.history(n).await;
        assert!(records.iter().all(|it| it.chain == home(n) && it.open == format!("of {n}").into_bytes()));
        assert_eq!(verify_to(home(n), it.home(n).await.head, &records).unwrap().length, length);
    }
}

pub(super) async fn a_chain_needs_no_object_and_no_revision(it: Trial) {
    it.stored(writes([draft(1, "alone")])).await;
    assert_eq!((it.told(1).await, it.home(1).await.records), (vec!["alone".to_owned()], vec![]));
    it.stored(puts([(1, 0)], [item(1)])).await;
    it.stored(writes([draft(1, "and on")])).await;
    assert_eq!(verify_to(home(1), it.home(1).await.head, &it.history(1).await).unwrap().length, 2);
}

pub(super) async fn a_refused_commit_leaves_no_gap(it: Trial) {
    it.stored(Commit { history: vec![draft(1, "a")], ..puts([(1, 0)], [item(1)]) }).await;
    it.conflicts(Commit { history: vec![draft(1, "never"), draft(1, "was")], ..puts([(1, 0)], []) }).await;
    it.stored(writes([draft(1, "b")])).await;
    assert_eq!(it.told(1).await, ["a", "b"]);
    assert_eq!(verify(&it.history(1).await).unwrap(), it.home(1).await.head);
}

pub(super) async fn commits_that_race_make_no_fork(it: Trial) {
    let racing = (0..30).map(|n| writes([draft(1, &format!("{n}")), draft(n % 3 + 2, "else")]));
    assert_eq!(winners(&it.race(racing).await), 30, "a chain's head is never expected");
    let records = it.history(1).await;
    let head = verify(&records).unwrap();
    assert_eq!((head.length, it.home(1).await.head), (30, head));
    let mut told = it.told(1).await;
    told.sort_by_key(|it| it.parse::<u128>().unwrap());
    assert_eq!(told, (0..30).map(|n| n.to_string()).collect::<Vec<_>>());
}

pub(super) async fn history_is_read_newest_first_and_piece_by_piece(it: Trial) {
    for n in 1..=5 {
        it.stored(writes([draft(1, &n.to_string()), draft(2, "else")])).await;
    }
    let read = async |before, limit| -> Vec<u64> {
        let records = it.storage.history(TENANT, home(1), before, limit).await.unwrap();
        records.iter().map(|it| it.sequence).collect()
    };
    assert_eq!(read(None, 10).await, [5, 4, 3, 2, 1]);
    assert_eq!(read(None, 2).await, [5, 4]);
    assert_eq!(read(Some(4), 2).await, [3, 2]);
    assert_eq!(read(Some(2), 2).await, [1]);
    assert_eq!(read(Some(99), 1).await, [5]);
    for (before, limit) in [(Some(1), 5), (Some(0), 5), (None, 0), (Some(3), 0)] {
        assert_eq!(read(before, limit).await, [0; 0], "{before:?}, {limit}");
    }
}

pub(super) async fn a_chain_stands_in_the_order_of_commits_not_of_times(it: Trial) {
    for (seconds, says) in [(100, "a"), (50, "b"), (-7, "c"), (50, "d")] {
        it.stored(writes([Draft { at: at(seconds), ..draft(1, says) }])).await;
    }
    assert_eq!(it.told(1).await, ["a", "b", "c", "d"]);
    assert_eq!(verify(&it.history(1).await).unwrap().length, 4);
}

pub(super) async fn a_long_chain_is_whole(it: Trial) {
    for n in 0..20 {
        it.stored(writes((0..20).map(|k| draft(1, &(n * 20 + k).to_string())))).await;
    }
    let head = it.home(1).await.head;
    assert_eq!(head.length, 400);
    assert_eq!(verify_to(home(1), head, &it.history(1).await).unwrap(), head);
}
