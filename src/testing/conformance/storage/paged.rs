use super::super::Clause;
use super::sample::*;
use super::trial::Trial;
use crate::engine::SharedRecord;
use crate::ports::{Filter, Place, Search};

pub(super) const CLAUSE: Clause = Clause {
    name: "Paged",
    says: "A page begins after its place, whatever has come, gone or moved meanwhile, is full unless it is the last, and \
           says where the next begins. A total is of all pages",
};

fn items() -> Search {
    Search::of(ITEM)
}

/// Ten items, every second label twice.
async fn ten(it: &Trial) {
    it.put((1..=10).map(|n| labelled(n, &format!("{:02}", n / 2 * 2)))).await;
}

pub(super) async fn pages_together_are_the_whole(it: Trial) {
    ten(&it).await;
    let all = it.found(items()).await;
    assert_eq!(all, (1..=10).collect::<Vec<_>>());
    for limit in [1, 2, 3, 4, 7, 9] {
        let pages = it.pages(items().limit(limit)).await;
        assert!(pages.iter().rev().skip(1).all(|it| it.len() == limit), "{pages:?}");
        assert_eq!(pages.concat(), all, "{limit} a page");
    }
}

pub(super) async fn the_last_page_says_so_also_when_it_is_full(it: Trial) {
    ten(&it).await;
    for (limit, count) in [(5, 2), (10, 1), (11, 1), (2, 5)] {
        assert_eq!(it.pages(items().limit(limit)).await.len(), count, "{limit} a page");
    }
    assert_eq!(it.page(items().limit(10)).await.next, None);
    assert!(it.page(items().limit(9)).await.next.is_some());
}

pub(super) async fn a_page_has_one_record_at_least_and_a_thousand_at_most(it: Trial) {
    it.put((1..=1001).map(|n| item_in(1, n).with(&LABEL, text("a")))).await;
    assert_eq!(it.page(items().limit(0)).await.records.len(), 1);
    for limit in [1000, 1001, usize::MAX] {
        let page = it.page(items().limit(limit)).await;
        assert_eq!((page.records.len(), page.next.is_some()), (1000, true));
    }
}

pub(super) async fn ties_are_split_between_pages(it: Trial) {
    it.put((1..=7).map(|n| labelled(n, "same"))).await;
    assert_eq!(it.pages(items().limit(3)).await, [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
}

pub(super) async fn what_comes_before_a_place_is_not_seen_and_what_comes_after_it_is(it: Trial) {
    it.put([10, 20, 30, 40].map(|n| labelled(n, &format!("{n:02}")))).await;
    let first = it.page(items().limit(2)).await;
    it.put([5, 15, 25, 45].map(|n| labelled(n, &format!("{n:02}")))).await;
    let rest = items().after(first.next.unwrap());
    assert_eq!(it.found(rest).await, [25, 30, 40, 45]);
}

pub(super) async fn a_page_goes_on_although_the_record_at_its_place_is_gone(it: Trial) {
    it.put((1..=5).map(|n| labelled(n, &n.to_string()))).await;
    let first = it.page(items().limit(2)).await;
    it.put([labelled(2, "0"), labelled(3, "9")]).await;
    let rest = items().after(first.next.unwrap());
    assert_eq!(it.found(rest).await, [4, 5, 3]);
}

pub(super) async fn pages_neither_skip_nor_repeat_what_stays(it: Trial) {
    it.put((1..=20).map(|n| labelled(n * 10, &format!("{:03}", n * 10)))).await;
    let (mut seen, mut next) = (Vec::new(), Some(items().limit(3)));
    while let Some(search) = next {
        let page = it.page(search).await;
        seen.extend(super::trial::numbers(&page));
        let last = seen[seen.len() - 1];
        if last < 200 {
            // One comes in behind the place, one before it.
            it.put([last - 1, last + 5].map(|n| labelled(n, &format!("{n:03}")))).await;
        }
        assert!(seen.len() < 100, "{seen:?}");
        next = page.next.map(|place| items().limit(3).after(place));
    }
    assert!(seen.is_sorted(), "{seen:?}");
    let mut once = seen.clone();
    once.dedup();
    assert_eq!(seen, once);
    assert!((1..=20).all(|n| seen.contains(&(n * 10))), "{seen:?}");
}

pub(super) async fn records_with_several_values_stand_on_one_page(it: Trial) {
    let worded = |n: u128| {
        (0..4).fold(item(n), |record: SharedRecord, k| {
            record.with(&WORD, text(format!("w{}", (u128::from(k as u8) * 7 + n) % 10)))
        })
    };
    it.put((1..=9).map(worded)).await;
    let search = || items().filter(Filter::Begins(WORD.code, "w".to_owned()));
    let mut seen = it.pages(search().limit(2)).await.concat();
    assert_eq!(seen, it.found(search()).await);
    seen.sort_unstable();
    assert_eq!(seen, (1..=9).collect::<Vec<_>>());
}

pub(super) async fn a_total_is_of_all_pages_and_comes_only_when_asked(it: Trial) {
    ten(&it).await;
    let first = it.page(items().limit(3).counted()).await;
    assert_eq!((first.records.len(), first.total), (3, Some(10)));
    let second = it.page(items().limit(3).counted().after(first.next.unwrap())).await;
    assert_eq!((super::trial::numbers(&second), second.total), (vec![4, 5, 6], Some(10)));
    assert_eq!(it.page(items().limit(3)).await.total, None);
    let filtered = items().filter(Filter::Is(LABEL.code, text("04"))).limit(1).counted();
    assert_eq!(it.page(filtered).await.total, Some(2));
}

pub(super) async fn a_counted_search_has_the_same_pages(it: Trial) {
    ten(&it).await;
    for limit in [1, 4, 5, 10] {
        assert_eq!(it.pages(items().limit(limit).counted()).await, it.pages(items().limit(limit)).await);
    }
}

pub(super) async fn after_the_last_place_there_is_nothing(it: Trial) {
    ten(&it).await;
    let far = Place { value: vec![0xff; 40], id: uuid::Uuid::max() };
    for search in [items(), items().counted()] {
        let page = it.page(search.after(far.clone())).await;
        assert_eq!((page.records, page.next), (vec![], None));
    }
}

pub(super) async fn pages_of_a_range_stay_in_it(it: Trial) {
    it.put((1..=9).map(|n| labelled(n, &n.to_string()))).await;
    let range = || items().filter(Filter::Between(LABEL.code, text("3"), text("7")));
    assert_eq!(it.pages(range().limit(2)).await, [vec![3, 4], vec![5, 6], vec![7]]);
    let begins = || items().filter(Filter::Begins(LABEL.code, "4".to_owned()));
    assert_eq!(it.pages(begins().limit(1)).await, [[4]]);
}

pub(super) async fn a_place_before_a_range_is_its_beginning(it: Trial) {
    it.put((1..=9).map(|n| labelled(n, &n.to_string()))).await;
    let before = it.page(items().limit(1)).await.next.unwrap();
    let range = items().filter(Filter::Between(LABEL.code, text("3"), text("5")));
    assert_eq!(it.found(range.after(before.clone())).await, [3, 4, 5]);
    let value = items().filter(Filter::Is(LABEL.code, text("7"))).counted();
    assert_eq!(it.found(value.after(before)).await, [7]);
}

pub(super) async fn conditions_are_applied_before_pages_are_cut(it: Trial) {
    it.put((1..=12).map(|n| labelled(n, &format!("{n:02}")).with(&NOTE, text(if n % 3 == 0 { "x" } else { "y" }))))
        .await;
    let noted = items().filter(Filter::Is(NOTE.code, text("x"))).limit(2);
    assert_eq!(it.pages(noted).await, [vec![3, 6], vec![9, 12]]);
}
