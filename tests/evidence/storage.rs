//! What storage promises of erasing and trimming.

use std::sync::Arc;

use cardflow::engine::chain::{ChainHead, Draft, Linked, Personal, verify};
use cardflow::ports::{Commit, Committed, HistoryLog, StorageError, TrimTo};
use cardflow::values::{Digest, HomeId, TenantId};
use uuid::Uuid;

use crate::common::store::every_store;
use crate::common::{Store, TENANT, now};

every_store![
    what_is_erased_is_gone_and_all_else_stays,
    a_record_that_is_not_there_is_a_conflict_and_nothing_is_erased,
    a_beginning_that_goes_leaves_places_and_links,
    a_trim_that_is_not_of_what_is_there_is_refused_whole,
    both_happen_with_the_rest_of_the_commit_or_not_at_all,
    what_has_a_row_is_named,
];

fn chain(n: u128) -> HomeId {
    HomeId::from_uuid(Uuid::from_u128(n))
}

fn draft(n: u128, text: &str) -> Draft {
    let personal = Personal { salt: [7; 16], bytes: format!("of {text}").into_bytes() };
    Draft { chain: chain(n), at: now(), open: text.as_bytes().to_vec(), personal: Some(personal) }
}

async fn told(store: &Store, drafts: Vec<Draft>) {
    store.storage.commit(Commit { history: drafts, ..Commit::of(TENANT) }).await.unwrap();
}

/// Oldest first.
async fn records(store: &Store, n: u128) -> Vec<Linked> {
    let mut records = store.storage.history(TENANT, chain(n), None, 100).await.unwrap();
    records.reverse();
    records
}

async fn log(store: &Store) -> Vec<(u64, HomeId, u64)> {
    let log = store.log.records_after(TENANT, 0, 100).await.unwrap();
    log.into_iter().map(|it| (it.position, it.record.chain, it.record.sequence)).collect()
}

fn trim(n: u128, record: &Linked) -> TrimTo {
    TrimTo { chain: chain(n), upto: record.sequence, head: record.hash }
}

async fn what_is_erased_is_gone_and_all_else_stays(store: Store) {
    for text in ["a", "b", "c"] {
        told(&store, vec![draft(1, text), draft(2, text)]).await;
    }
    let before = records(&store, 1).await;
    let erases = vec![(chain(1), 1), (chain(1), 3), (chain(2), 2)];
    store.storage.commit(Commit { erases: erases.clone(), ..Commit::of(TENANT) }).await.unwrap();
    let after = records(&store, 1).await;
    let kept: Vec<_> = after.iter().map(|it| it.personal.is_some()).collect();
    assert_eq!(kept, [false, true, false]);
    let bare =
        |records: &[Linked]| -> Vec<_> { records.iter().map(|it| Linked { personal: None, ..it.clone() }).collect() };
    assert_eq!(bare(&before), bare(&after));
    assert!(verify(&after).is_ok());
    let log = store.log.records_after(TENANT, 0, 100).await.unwrap();
    assert_eq!(log.iter().filter(|it| it.record.personal.is_some()).count(), 3);
    // Once more is no fault; a part that is gone stays gone.
    store.storage.commit(Commit { erases, ..Commit::of(TENANT) }).await.unwrap();
    assert_eq!(records(&store, 1).await, after);
}

async fn a_record_that_is_not_there_is_a_conflict_and_nothing_is_erased(store: Store) {
    told(&store, vec![draft(1, "a")]).await;
    for missing in [(chain(1), 2), (chain(1), 0), (chain(9), 1)] {
        let erases = vec![(chain(1), 1), missing];
        let refused = store.storage.commit(Commit { erases, ..Commit::of(TENANT) }).await.unwrap_err();
        assert!(matches!(refused, StorageError::Conflict { .. }), "{missing:?}: {refused:?}");
    }
    let other = Commit { erases: vec![(chain(1), 1)], ..Commit::of(TenantId::new(8)) };
    assert!(matches!(store.storage.commit(other).await, Err(StorageError::Conflict { .. })));
    assert!(records(&store, 1).await[0].personal.is_some());
}

async fn a_beginning_that_goes_leaves_places_and_links(store: Store) {
    for text in ["a", "b", "c", "d"] {
        told(&store, vec![draft(1, text), draft(2, text)]).await;
    }
    let (before, log_before) = (records(&store, 1).await, log(&store).await);
    let commit = Commit { trims: vec![trim(1, &before[1])], history: vec![draft(1, "trimmed")], ..Commit::of(TENANT) };
    let Ok(Committed::Stored { heads, .. }) = store.storage.commit(commit).await else { panic!() };
    let after = records(&store, 1).await;
    assert_eq!(after.iter().map(|it| it.sequence).collect::<Vec<_>>(), [3, 4, 5]);
    assert_eq!(after[..2], before[2..]);
    assert_eq!(after[2].previous, before[3].hash);
    assert_eq!(heads, [(chain(1), ChainHead { length: 5, hash: after[2].hash })]);
    // Positions stay, with gaps.
    let gone = |(_, of, sequence): &(u64, HomeId, u64)| *of == chain(1) && *sequence <= 2;
    let mut log_after = log(&store).await;
    assert!(log_after.pop().is_some_and(|(.., sequence)| sequence == 5));
    assert_eq!(log_after, log_before.into_iter().filter(|it| !gone(it)).collect::<Vec<_>>());
    // A page ends before a place, as ever; what follows is linked as ever.
    assert_eq!(store.storage.history(TENANT, chain(1), Some(4), 5).await.unwrap()[..], after[..1]);
    told(&store, vec![draft(1, "e")]).await;
    assert_eq!(records(&store, 1).await.last().unwrap().sequence, 6);
    // And what is left may be erased.
    store.storage.commit(Commit { erases: vec![(chain(1), 3)], ..Commit::of(TENANT) }).await.unwrap();
    let gone = Commit { erases: vec![(chain(1), 2)], ..Commit::of(TENANT) };
    assert!(matches!(store.storage.commit(gone).await, Err(StorageError::Conflict { .. })));
}

async fn a_trim_that_is_not_of_what_is_there_is_refused_whole(store: Store) {
    for text in ["a", "b"] {
        told(&store, vec![draft(1, text)]).await;
    }
    let before = records(&store, 1).await;
    let other_head = TrimTo { head: Digest::ZERO, ..trim(1, &before[0]) };
    let no_such = TrimTo { upto: 7, ..trim(1, &before[0]) };
    let no_chain = TrimTo { chain: chain(9), ..trim(1, &before[0]) };
    for refused in [other_head, no_such, no_chain] {
        let commit = Commit { trims: vec![refused], history: vec![draft(1, "trimmed")], ..Commit::of(TENANT) };
        let error = store.storage.commit(commit).await.unwrap_err();
        assert!(matches!(error, StorageError::Conflict { .. }), "{refused:?}: {error:?}");
    }
    let last = Commit { trims: vec![trim(1, &before[1])], history: vec![draft(1, "all")], ..Commit::of(TENANT) };
    assert!(matches!(store.storage.commit(last).await, Err(StorageError::Unsupported { .. })));
    assert_eq!(records(&store, 1).await, before);
}

async fn both_happen_with_the_rest_of_the_commit_or_not_at_all(store: Store) {
    for text in ["a", "b"] {
        told(&store, vec![draft(1, text)]).await;
    }
    let before = records(&store, 1).await;
    let commit = Commit {
        erases: vec![(chain(1), 2)],
        trims: vec![trim(1, &before[0]), TrimTo { chain: chain(9), upto: 1, head: Digest::ZERO }],
        history: vec![draft(1, "c")],
        ..Commit::of(TENANT)
    };
    assert!(store.storage.commit(commit).await.is_err());
    assert_eq!(records(&store, 1).await, before);
}

async fn what_has_a_row_is_named(store: Store) {
    let log: Arc<dyn HistoryLog> = store.log.clone();
    assert_eq!(log.homes_after(TENANT, None, 10).await.unwrap(), []);
    told(&store, (1..=5).rev().map(|n| draft(n, "a")).collect()).await;
    assert_eq!(log.homes_after(TENANT, None, 3).await.unwrap(), [chain(1), chain(2), chain(3)]);
    assert_eq!(log.homes_after(TENANT, Some(chain(3)), 3).await.unwrap(), [chain(4), chain(5)]);
    assert_eq!(log.homes_after(TENANT, Some(chain(5)), 3).await.unwrap(), []);
    assert_eq!(log.homes_after(TenantId::new(8), None, 3).await.unwrap(), []);
    assert_eq!(log.instances_after(TENANT, None, 3).await.unwrap(), []);
}
