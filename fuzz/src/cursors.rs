//! Places in lists, as a host gives them out and gets them back: whoever holds one may change it.
//!
//! They are not signed and show nothing, so a changed one is another place: what comes after it is a part of the same list,
//! within the same right, and nothing else.

use std::fmt::Debug;
use std::sync::LazyLock;

use cardflow::Cardflow;
use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::{Cards, SCHEMA};
use cardflow::domain::{CARD_KIND, PERSON_KIND};
use cardflow::engine::{Component, InboxOrder, InboxPlace};
use cardflow::ports::{AuditPlace, AuditQuery, Place, Search};
use cardflow::runtime::{Error, InboxQuery, OutstandingPage};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::law::{now, one_line};
use super::office::{Office, Store, principal};

/// The lists by their places in the corpus.
pub(crate) const LISTS: usize = 8;

/// Two stores that hold the same.
static OFFICES: LazyLock<[Office; 2]> =
    LazyLock::new(|| [Store::memory(MemoryStorage::new(&SCHEMA)), Store::sqlite()].map(|it| Office::open(&it)));

/// Every list as a whole, with the place of each thing in it but the last.
static WHOLE: LazyLock<[(Vec<String>, Vec<Cursor>); LISTS]> = LazyLock::new(|| {
    std::array::from_fn(|list| {
        let all = page(&OFFICES[0].cards, list, None, 1000).expect("the whole list");
        assert!(all.1.is_none() && all.0.len() > 1, "list {list} has {} and more: {:?}", all.0.len(), all.1);
        let (mut places, mut after) = (Vec::new(), None);
        for item in &all.0 {
            let (items, next) = page(&OFFICES[0].cards, list, after.take(), 1).expect("one");
            assert_eq!(items, std::slice::from_ref(item));
            places.extend(next.clone());
            after = next;
        }
        assert_eq!(places.len() + 1, all.0.len());
        (all.0, places)
    })
});

#[derive(Clone, Debug, PartialEq)]
enum Cursor {
    Place(Place),
    Inbox(InboxPlace),
    Audit(AuditPlace),
}

/// A list, how many a page, how the place is written, and the place.
pub fn cursors(data: &[u8]) {
    let [list, limit, form, bytes @ ..] = data else { return };
    let (list, limit) = (usize::from(*list) % LISTS, usize::from(*limit) % 12 + 1);
    let Some(cursor) = read(list, *form, bytes) else { return };
    let (all, places) = &WHOLE[list];
    let came = page(&OFFICES[0].cards, list, Some(cursor.clone()), limit);
    let other = page(&OFFICES[1].cards, list, Some(cursor.clone()), limit);
    let (items, next) = match (came, other) {
        (Ok(came), Ok(other)) => {
            assert_eq!(came, other, "two stores, two pages after {cursor:?}");
            came
        }
        (Err(came), Err(other)) => {
            assert!(matches!(came, Error::Rejected(_)), "{came:?}");
            one_line(&came.to_string());
            assert_eq!(came.to_string(), other.to_string());
            return;
        }
        (came, other) => panic!("two stores, two answers after {cursor:?}: {came:?} and {other:?}"),
    };
    assert!(items.len() <= limit);
    let begin = match items.first() {
        Some(first) => all.iter().position(|it| it == first).expect("a page has nothing that its list has not"),
        None => all.len(),
    };
    let end = begin + items.len();
    assert_eq!(all.get(begin..end), Some(items.as_slice()), "a page is a part of its list");
    assert_eq!(next.is_some(), end < all.len(), "a page says whether more comes");
    assert!(next.is_none() || items.len() == limit, "a page is full unless it is the last");
    if let Some(next) = &next {
        assert_eq!(Some(next), places.get(end - 1), "and where");
    }
    let skipped = |it: &Cursor| match (it, &cursor) {
        (Cursor::Place(it), Cursor::Place(cursor)) => Some(it <= cursor),
        (Cursor::Audit(it), Cursor::Audit(cursor)) => Some(it >= cursor),
        // An inbox is put together of several lists, and its places say more than where.
        _ => None,
    };
    if let Some(known) = places.iter().map(skipped).collect::<Option<Vec<_>>>() {
        let expected = known.iter().filter(|it| **it).count();
        assert!(
            begin == expected || (begin == all.len() && expected + 1 == all.len()),
            "begins at {begin}, not {expected}"
        );
    }
}

fn read(list: usize, form: u8, bytes: &[u8]) -> Option<Cursor> {
    match list {
        0..=2 => value(form, bytes).map(Cursor::Place),
        3..=6 => value(form, bytes).map(Cursor::Inbox),
        _ => value(form, bytes).map(Cursor::Audit),
    }
}

/// Of JSON, or by the form of postcard's wire format; written and read again it is the same.
fn value<T: Clone + Debug + DeserializeOwned + PartialEq + Serialize>(form: u8, bytes: &[u8]) -> Option<T> {
    let value: T = match form % 2 {
        0 => serde_json::from_slice(bytes).ok()?,
        _ => postcard::from_bytes(bytes).ok()?,
    };
    let json = serde_json::to_vec(&value).expect("a place has JSON");
    assert_eq!(serde_json::from_slice::<T>(&json).expect("what is written is read"), value);
    let short = postcard::to_stdvec(&value).expect("a place has bytes");
    assert_eq!(postcard::from_bytes::<T>(&short).expect("what is written is read"), value);
    Some(value)
}

fn page(
    cards: &Cardflow,
    list: usize,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<(Vec<String>, Option<Cursor>), Error<Cards>> {
    let operator = principal("olga", Component::Operator);
    let administrator = principal("adam", Component::Administrator);
    now(async {
        match list {
            0 | 1 => {
                let search = Search::of(if list == 0 { PERSON_KIND } else { CARD_KIND }).limit(limit);
                let search = match cursor {
                    Some(Cursor::Place(it)) => search.after(it),
                    _ => search,
                };
                let page = cards.search(&operator, search).await?;
                Ok((page.items.iter().map(|it| it.id.to_string()).collect(), page.next.map(Cursor::Place)))
            }
            2 => {
                let wanted = OutstandingPage::first().limit(limit);
                let wanted = match cursor {
                    Some(Cursor::Place(it)) => wanted.after(it),
                    _ => wanted,
                };
                let page = cards.unmet(&administrator, wanted).await?;
                let names = page.items.iter().map(|it| it.standing.id().to_string());
                Ok((names.collect(), page.next.map(Cursor::Place)))
            }
            3..=6 => {
                let query = match list {
                    3 => InboxQuery::mine(),
                    4 => InboxQuery::mine().order(InboxOrder::Priority),
                    5 => InboxQuery::mine().order(InboxOrder::Created),
                    _ => InboxQuery::all(),
                };
                let query = match cursor {
                    Some(Cursor::Inbox(it)) => query.after(it),
                    _ => query,
                };
                let page = cards.inbox(&operator, query.limit(limit)).await?;
                Ok((page.items.iter().map(|it| it.id.to_string()).collect(), page.next.map(Cursor::Inbox)))
            }
            _ => {
                let query = match cursor {
                    Some(Cursor::Audit(it)) => AuditQuery::all().after(it),
                    _ => AuditQuery::all(),
                };
                let auditor = principal("aude", Component::Administrator);
                let page = cards.audit(&auditor, query.limit(limit)).await?;
                let rows = page.rows.iter().map(|it| it.json_line());
                Ok((rows.collect(), page.next.map(Cursor::Audit)))
            }
        }
    })
}

/// Places that the library gave out, in both forms.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (list, (_, places)) in WHOLE.iter().enumerate() {
        for (number, place) in places.iter().enumerate().step_by(2) {
            for form in 0..2_u8 {
                let bytes = match place {
                    Cursor::Place(it) => written(form, it),
                    Cursor::Inbox(it) => written(form, it),
                    Cursor::Audit(it) => written(form, it),
                };
                seeds.push([&[list as u8, number as u8, form][..], &bytes].concat());
            }
        }
    }
    seeds
}

fn written<T: Serialize>(form: u8, value: &T) -> Vec<u8> {
    match form {
        0 => serde_json::to_vec(value).expect("a place has JSON"),
        _ => postcard::to_stdvec(value).expect("a place has bytes"),
    }
}
