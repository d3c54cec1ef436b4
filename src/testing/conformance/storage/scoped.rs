use std::collections::BTreeSet;

use super::super::Clause;
use super::sample::*;
use super::trial::{Trial, numbers};
use crate::engine::{KeyValue, OWNER_KEY, Scope, SharedRecord, UNIT_KEY};
use crate::ports::{Filter, Found, Query, Search};

pub(super) const CLAUSE: Clause = Clause {
    name: "Scoped",
    says: "The scope of a query is applied before pages are cut and totals counted, so that neither shows what lies beyond \
           it",
};

fn units(names: &[&str]) -> Scope {
    Scope::Units(names.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>())
}

fn in_unit(n: u128, unit: &str) -> SharedRecord {
    labelled(n, &format!("{n:02}")).with(&UNIT_KEY, text(unit))
}

/// Items 1 to 12, in turn of Berlin, of Hamburg, of no unit; those of Berlin in turn of persons 1 and 2.
async fn twelve(it: &Trial) {
    it.put((1..=12).map(|n| match n % 3 {
        1 => in_unit(n, "Berlin").with(&OWNER_KEY, KeyValue::Id(id(n / 3 % 2 + 1))),
        2 => in_unit(n, "Hamburg"),
        _ => labelled(n, &format!("{n:02}")),
    }))
    .await;
}

async fn find(it: &Trial, scope: Scope, search: Search) -> Found {
    it.storage.find(&Query::of(TENANT, scope, search)).await.unwrap()
}

async fn seen(it: &Trial, scope: Scope) -> Vec<u128> {
    let found = find(it, scope, Search::of(ITEM).counted()).await;
    assert_eq!((found.total, &found.next), (Some(found.records.len() as u64), &None));
    numbers(&found)
}

pub(super) async fn a_search_shows_what_is_in_scope(it: Trial) {
    twelve(&it).await;
    assert_eq!(seen(&it, Scope::All).await.len(), 12);
    assert_eq!(seen(&it, units(&["Berlin"])).await, [1, 4, 7, 10]);
    assert_eq!(seen(&it, units(&["Hamburg"])).await, [2, 5, 8, 11]);
    assert_eq!(seen(&it, Scope::Own(person(1))).await, [1, 7]);
    assert_eq!(seen(&it, Scope::Own(person(2))).await, [4, 10]);
}

pub(super) async fn several_units_add_up(it: Trial) {
    twelve(&it).await;
    assert_eq!(seen(&it, units(&["Hamburg", "Berlin", "Atlantis"])).await, [1, 2, 4, 5, 7, 8, 10, 11]);
}

pub(super) async fn no_scope_shows_nothing_not_even_a_total(it: Trial) {
    twelve(&it).await;
    for scope in [Scope::None, units(&[]), units(&["Atlantis"]), units(&["berlin"]), Scope::Own(person(9))] {
        assert_eq!(seen(&it, scope.clone()).await, [0; 0], "{scope:?}");
    }
}

pub(super) async fn what_has_no_unit_or_owner_is_in_nobodys_scope(it: Trial) {
    it.put([labelled(1, "a"), labelled(2, "b").with(&UNIT_KEY, text("")).with(&LABEL, text("c"))]).await;
    assert_eq!(seen(&it, units(&["Berlin"])).await, []);
    assert_eq!(seen(&it, units(&[""])).await, [2], "an empty name is a name");
    assert_eq!(seen(&it, Scope::Own(person(0))).await, []);
}

pub(super) async fn pages_are_full_of_what_is_in_scope(it: Trial) {
    twelve(&it).await;
    let search = Search::of(ITEM).limit(2).counted();
    let first = find(&it, units(&["Hamburg"]), search.clone()).await;
    assert_eq!((numbers(&first), first.total), (vec![2, 5], Some(4)));
    let second = find(&it, units(&["Hamburg"]), search.after(first.next.unwrap())).await;
    assert_eq!((numbers(&second), second.next), (vec![8, 11], None), "what follows is not in scope");
}

pub(super) async fn a_place_is_that_of_a_record_in_scope(it: Trial) {
    twelve(&it).await;
    let first = find(&it, units(&["Hamburg"]), Search::of(ITEM).limit(1)).await;
    let place = first.next.unwrap();
    assert_eq!((place.id, place.value), (id(2), b"02".to_vec()), "it tells nothing of item 3");
}

pub(super) async fn conditions_reach_no_further_than_the_scope(it: Trial) {
    twelve(&it).await;
    let by_label = |label: &str| Search::of(ITEM).filter(Filter::Is(LABEL.code, text(label))).counted();
    for (scope, total) in [(units(&["Berlin"]), 0), (units(&["Hamburg"]), 1), (Scope::None, 0), (Scope::All, 1)] {
        let found = find(&it, scope.clone(), by_label("05")).await;
        assert_eq!((found.records.len() as u64, found.total), (total, Some(total)), "{scope:?}");
    }
}

pub(super) async fn scope_follows_the_record(it: Trial) {
    it.put([in_unit(1, "Berlin")]).await;
    it.put([in_unit(1, "Hamburg")]).await;
    assert_eq!((seen(&it, units(&["Berlin"])).await, seen(&it, units(&["Hamburg"])).await), (vec![], vec![1]));
}
