use super::super::Clause;
use super::sample::*;
use super::trial::{Trial, numbers};
use crate::engine::{INSTANCE_KIND, KeyValue, OPEN_KEY, Record, Scope, SharedRecord};
use crate::ports::{Commit, Filter, Query, Search, StorageError};
use crate::values::{Kind, Timestamp};

pub(super) const CLAUSE: Clause = Clause {
    name: "Ordered",
    says: "A search finds every record of its kind that meets all its conditions, once, in the order of the key that leads \
           it, then of the ids",
};

fn items() -> Search {
    Search::of(ITEM)
}

fn is(key: &crate::engine::KeySpec, value: &str) -> Search {
    items().filter(Filter::Is(key.code, text(value)))
}

pub(super) async fn the_first_index_gives_the_order_and_ids_break_ties(it: Trial) {
    let labels = ["c", "a", "b", "a", "c", "a"];
    it.put((1..).zip(labels).map(|(n, label)| labelled(n, label))).await;
    assert_eq!(it.found(items()).await, [2, 4, 6, 3, 1, 5]);
}

pub(super) async fn texts_are_in_the_order_of_their_bytes(it: Trial) {
    let sorted = ["", " ", "10", "9", "B", "Z", "a", "aa", "b", "z", "ß", "ä", "中", "😀"];
    let records: Vec<_> = (1..).zip(sorted).map(|(n, label)| labelled(n, label)).collect();
    it.put(records.into_iter().rev()).await;
    assert_eq!(it.found(items()).await, (1..=14).collect::<Vec<_>>());
}

pub(super) async fn times_are_in_their_order_also_before_1970(it: Trial) {
    let times = [i64::MIN, -1_000_000, -1, 0, 1, 1_000_000_000_000, i64::MAX];
    let timed = |n, millis| item(n).with(&TIME, KeyValue::Time(Timestamp::from_millis(millis)));
    let records: Vec<_> = (1..).zip(times).map(|(n, millis)| timed(n, millis)).collect();
    it.put(records.into_iter().rev()).await;
    let between = |low, high| {
        let time = |it| KeyValue::Time(Timestamp::from_millis(it));
        items().filter(Filter::Between(TIME.code, time(low), time(high)))
    };
    assert_eq!(it.found(between(i64::MIN, i64::MAX)).await, (1..=7).collect::<Vec<_>>());
    assert_eq!(it.found(between(-1, 1)).await, [3, 4, 5], "both ends are included");
    assert_eq!(it.found(between(2, 3)).await, []);
    assert_eq!(it.found(between(1, -1)).await, []);
}

pub(super) async fn ids_and_bytes_are_found_too(it: Trial) {
    let record = |n: u128| {
        let bytes = KeyValue::Bytes(n.to_be_bytes()[15..].to_vec());
        item(n).with(&ID, KeyValue::Id(id(n % 2))).with(&BYTES, bytes)
    };
    it.put((1..=4).map(record)).await;
    assert_eq!(it.found(items().filter(Filter::Is(ID.code, KeyValue::Id(id(1))))).await, [1, 3]);
    let bytes = |it: u8| KeyValue::Bytes(vec![it]);
    assert_eq!(it.found(items().filter(Filter::Is(BYTES.code, bytes(2)))).await, [2]);
    assert_eq!(it.found(items().filter(Filter::Between(BYTES.code, bytes(2), bytes(3)))).await, [2, 3]);
}

pub(super) async fn a_record_with_several_values_is_found_once_at_its_lowest(it: Trial) {
    let worded = |n, words: &[&str]| words.iter().fold(item(n), |record, word| record.with(&WORD, text(*word)));
    it.put([worded(1, &["bz", "ba"]), worded(2, &["bb", "a", "z"]), worded(3, &["c"]), worded(4, &["bc", "bbb"])])
        .await;
    let begins = |with: &str| items().filter(Filter::Begins(WORD.code, with.to_owned())).counted();
    assert_eq!(it.found(begins("b")).await, [1, 2, 4]);
    assert_eq!(it.page(begins("b")).await.total, Some(3));
    assert_eq!(it.found(begins("")).await, [2, 1, 4, 3]);
    assert_eq!(it.found(begins("bz")).await, [1]);
}

pub(super) async fn conditions_are_met_all_of_them(it: Trial) {
    let record = |n, label, state, note| labelled(n, label).with(&STATE, text(state)).with(&NOTE, text(note));
    it.put([record(1, "aa", "rare", "x"), record(2, "ab", "rare", "y"), record(3, "ac", "usual", "x")]).await;
    let begins = |it: Search| it.filter(Filter::Begins(LABEL.code, "a".to_owned()));
    assert_eq!(it.found(begins(is(&STATE, "rare"))).await, [1, 2]);
    assert_eq!(it.found(begins(is(&NOTE, "x"))).await, [1, 3]);
    assert_eq!(it.found(begins(is(&NOTE, "x")).filter(Filter::Is(STATE.code, text("rare")))).await, [1]);
    assert_eq!(it.found(is(&NOTE, "x").filter(Filter::Is(NOTE.code, text("y")))).await, []);
    assert_eq!(it.found(is(&LABEL, "a")).await, [], "a beginning is not the whole");
}

pub(super) async fn the_common_value_of_a_key_is_found_although_it_is_not_indexed(it: Trial) {
    let record = |n, state| labelled(n, "a").with(&STATE, text(state));
    it.put([record(1, "usual"), record(2, "rare"), record(3, "usual")]).await;
    assert_eq!(it.found(is(&STATE, "usual")).await, [1, 3]);
    assert_eq!(it.found(is(&STATE, "rare")).await, [2]);
    it.put([record(1, "rare"), record(2, "usual")]).await;
    assert_eq!(it.found(is(&STATE, "usual")).await, [2, 3]);
    assert_eq!(it.found(is(&STATE, "rare")).await, [1]);
}

pub(super) async fn a_value_before_a_range_leads_and_gives_the_order(it: Trial) {
    let record = |n, label: &str, word: &str| labelled(n, label).with(&WORD, text(word));
    it.put([record(1, "z", "w"), record(2, "a", "w"), record(3, "m", "w"), record(4, "b", "v")]).await;
    let range = Filter::Begins(LABEL.code, String::new());
    let value = Filter::Is(WORD.code, text("w"));
    for search in [items().filter(range.clone()).filter(value.clone()), items().filter(value).filter(range)] {
        assert_eq!(it.found(search).await, [1, 2, 3], "the ids, since all have one value");
    }
}

pub(super) async fn what_changes_is_found_under_its_new_keys_only(it: Trial) {
    it.put([labelled(1, "old"), labelled(2, "old")]).await;
    it.put([labelled(1, "new")]).await;
    assert_eq!(it.found(is(&LABEL, "old")).await, [2]);
    assert_eq!(it.found(is(&LABEL, "new")).await, [1]);
    assert_eq!(it.found(items()).await, [1, 2]);
    it.put([item(2)]).await;
    assert_eq!(it.found(items()).await, [1], "what has no label cannot be listed by it");
    it.put([labelled(2, "old")]).await;
    assert_eq!(it.found(items()).await, [1, 2]);
}

pub(super) async fn what_is_found_is_whole(it: Trial) {
    let record = labelled(1, "a").with(&NOTE, text("n")).with(&CODE, text("c")).saying(b"\0body");
    it.put([labelled(1, "first")]).await;
    it.put([record.clone()]).await;
    assert_eq!(it.page(items()).await.records, [record.at_revision(2)]);
}

pub(super) async fn kinds_are_listed_apart(it: Trial) {
    it.put([labelled(1, "a"), labelled(1, "a").of_kind(OTHER), labelled(2, "b").of_kind(OTHER)]).await;
    assert_eq!(it.found(items()).await, [1]);
    assert_eq!(it.found(Search::of(OTHER)).await, [1, 2]);
    assert!(it.page(Search::of(OTHER)).await.records.iter().all(|it| it.at.kind() == OTHER));
}

pub(super) async fn an_empty_store_has_nothing_and_says_so(it: Trial) {
    let page = it.page(items().counted()).await;
    assert_eq!((page.records, page.next, page.total), (vec![], None, Some(0)));
}

pub(super) async fn a_kind_without_an_index_or_a_name_cannot_be_listed(it: Trial) {
    it.put([item(1).of_kind(BARE)]).await;
    for kind in [BARE, UNHEARD] {
        let answer = it.storage.find(&Query::of(TENANT, Scope::All, Search::of(kind))).await;
        assert!(matches!(answer, Err(StorageError::Unsupported { .. })), "{kind:?}: {answer:?}");
    }
}

pub(super) async fn instances_are_found_by_their_keys_while_they_have_them(it: Trial) {
    it.stored(puts([], [instance(1), instance(2), task(3, 1)])).await;
    let open = || Search::of(INSTANCE_KIND).filter(Filter::Is(OPEN_KEY.code, text("process@1")));
    assert_eq!(it.found(open()).await, [1, 2]);
    let ended = SharedRecord::from(Record { keys: Default::default(), ..instance(1).at_revision(2).into_record() });
    it.stored(Commit { tasks_done: vec![task_done(3, 1, 1)], ..puts([], [ended]) }).await;
    assert_eq!(it.found(open()).await, [2]);
}

pub(super) async fn a_search_that_leads_by_one_value_is_in_the_order_of_ids(it: Trial) {
    let scattered: [u128; 6] = [u128::MAX, 7, 1 << 100, 0, 1 << 64, 256];
    it.put(scattered.map(|n| labelled(n, "same"))).await;
    let mut sorted = scattered.to_vec();
    sorted.sort_unstable();
    assert_eq!(it.found(is(&LABEL, "same")).await, sorted);
    let page = it.page(Search::of(Kind::new(ITEM.code()))).await;
    assert_eq!(numbers(&page), sorted);
}
