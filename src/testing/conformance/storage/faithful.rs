use super::super::Clause;
use super::sample::*;
use super::trial::{Trial, ids};
use crate::engine::KeyValue;
use crate::engine::chain::{Draft, Personal, verify};
use crate::ports::{Commit, Filter, Remembered, Search, Work, WorkDone};
use crate::values::{Digest, HomeId, Kind, ObjectRef, Timestamp};

pub(super) const CLAUSE: Clause = Clause {
    name: "Faithful",
    says: "What is stored is given back as it was, byte for byte, whatever stands in it, however large or empty it is",
};

/// Texts that have broken stores before.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{1}\u{7f}\r\n\t",
        "'; drop table object; --",
        "\" or 1=1 --",
        "`$(x)` ${y} %s %00 {}",
        "100%",
        "_",
        "\\",
        "\\0",
        "null",
        "NULL",
        "true",
        "0",
        "-0",
        "1e9",
        "\u{202e}txet",
        "\u{feff}mark",
        "\u{200b}",
        "e\u{301}",
        "é",
        "İıſK",
        "👩‍👩‍👧",
        "𐏿\u{10ffff}",
        "\u{d7ff}\u{e000}\u{fffd}",
        "<script>&amp;",
        "../../etc",
        "a,b;c|d",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("long ".repeat(20_000));
    texts
}

pub(super) async fn hostile_texts_are_kept_and_found_as_keys(it: Trial) {
    let texts = hostile();
    let record = |n: u128, value: &str| labelled(n, value).with(&WORD, text(value)).with(&NOTE, text(value));
    for (n, value) in (1..).zip(&texts) {
        it.put([record(n, value)]).await;
    }
    for (n, value) in (1..).zip(&texts) {
        assert_eq!(it.object(n).await, record(n, value));
        for key in [&LABEL, &WORD, &NOTE] {
            let search = Search::of(ITEM).filter(Filter::Is(key.code, text(value)));
            assert_eq!(it.found(search).await, [n], "{} {value:.40?}", key.name);
        }
    }
    let mut sorted: Vec<_> = texts.iter().zip(1..).collect();
    sorted.sort();
    let expected: Vec<u128> = sorted.into_iter().map(|(_, n)| n).collect();
    assert_eq!(it.found(Search::of(ITEM)).await, expected);
    assert_eq!(it.pages(Search::of(ITEM).limit(7)).await.concat(), expected, "a page begins after any of them");
}

pub(super) async fn a_beginning_is_text_and_no_pattern(it: Trial) {
    let labels = ["%", "%a", "_", "_a", "*", "[a]", "\\%", "a", "A", "ab", "é", "e\u{301}", "a\0b", "'a"];
    it.put((1..).zip(labels).map(|(n, label)| labelled(n, label))).await;
    for beginning in ["%", "_", "*", "[", "\\", "a", "A", "e", "é", "a\0", "'", "%a%", "ab%"] {
        let found = it.found(Search::of(ITEM).filter(Filter::Begins(LABEL.code, beginning.to_owned()))).await;
        let mut expected: Vec<(&str, u128)> =
            labels.iter().copied().zip(1..).filter(|(it, _)| it.starts_with(beginning)).collect();
        expected.sort_unstable();
        assert_eq!(found, expected.into_iter().map(|(_, n)| n).collect::<Vec<_>>(), "{beginning:?}");
    }
}

pub(super) async fn hostile_texts_are_kept_in_work_and_told_apart_as_targets(it: Trial) {
    it.stored(puts([], [instance(1)])).await;
    let texts = hostile();
    for (n, value) in (1..).zip(&texts) {
        let one = Work { trouble: Some(value.clone()), body: value.clone().into_bytes(), ..about(value, n) };
        it.stored(adds([one.clone()])).await;
        assert!(it.work().await.contains(&one), "{value:.40?}");
        let (_, behind) = it.stored(adds([held(1, 60, about(value, n + 1000))])).await;
        assert_eq!(behind.is_empty(), value.is_empty(), "only no target at all is none: {value:.40?}");
        let again = Some((at(0), Some(value.clone())));
        it.stored(finishes([WorkDone { again, ..done(n, None) }])).await;
    }
    let given = it.claim(1, 0).await;
    assert_eq!(
        given.iter().map(|it| it.id).collect::<Vec<_>>(),
        (1..=texts.len() as u128).map(effect).collect::<Vec<_>>()
    );
    assert!(given.iter().zip(&texts).all(|(it, value)| it.trouble.as_ref() == Some(value) && it.target == *value));
}

pub(super) async fn hostile_texts_are_kept_in_the_history_and_in_answers(it: Trial) {
    for (n, value) in (1..).zip(hostile()) {
        let bytes = value.into_bytes();
        let history = vec![Draft {
            open: bytes.clone(),
            personal: Some(Personal { salt: [n as u8; 16], bytes: bytes.clone() }),
            ..draft(1, "")
        }];
        let remember = Some(Remembered { answer: bytes.clone(), content: Digest::of(&bytes), ..remembered(n) });
        it.stored(Commit { history, remember: remember.clone(), ..nothing() }).await;
        let records = it.history(1).await;
        let last = records.last().unwrap();
        assert_eq!((&last.open, last.personal.as_ref().map(|it| &it.bytes)), (&bytes, Some(&bytes)));
        assert_eq!(it.remembered(n).await, remember);
        verify(&records).unwrap();
    }
}

pub(super) async fn bodies_of_any_bytes_are_kept(it: Trial) {
    let every_byte: Vec<u8> = (0..=255).collect();
    for (n, body) in (1..).zip([vec![], vec![0], vec![0; 100], vec![255, 254, 0, 1], every_byte]) {
        it.put([item(n).saying(&body)]).await;
        it.stored(puts([], [instance(n).saying(&body), task(n, n).saying(&body)])).await;
        assert_eq!(it.object(n).await.body, body);
        let found = it.instance(n).await.unwrap();
        assert_eq!((&found.instance.body, &found.tasks[0].body), (&body, &body));
    }
}

pub(super) async fn large_bodies_are_kept(it: Trial) {
    let large: Vec<u8> = (0..it.can.body.min(1 << 20)).map(|n| (n % 251) as u8).collect();
    it.put([labelled(1, "a").saying(&large)]).await;
    it.stored(Commit {
        puts: vec![instance(1).saying(&large)],
        history: vec![Draft { open: large.clone(), ..draft(1, "") }],
        ..adds([Work { body: large.clone(), ..work(1) }])
    })
    .await;
    assert_eq!(it.object(1).await.body, large);
    assert_eq!(it.page(Search::of(ITEM)).await.records[0].body, large);
    assert_eq!(it.instance(1).await.unwrap().instance.body, large);
    assert_eq!(it.history(1).await[0].open, large);
    assert_eq!(it.claim(1, 0).await[0].body, large);
    it.put([labelled(1, "a").saying(b"small")]).await;
    assert_eq!(it.object(1).await.body, b"small");
}

pub(super) async fn a_commit_of_many_records_is_stored(it: Trial) {
    const MANY: u128 = 2000;
    let history = (0..200).map(|n| draft(1, &n.to_string())).collect();
    let work = (1..=200).map(work).collect();
    let commit = Commit { history, work, ..puts([(1, 0)], (1..=MANY).map(|n| item_in(1, n).with(&LABEL, text("a")))) };
    it.stored(commit).await;
    let home = it.home(1).await;
    assert_eq!((home.revision.number(), home.head.length), (1, 200));
    assert_eq!(home.records.iter().map(|it| it.at.id()).collect::<Vec<_>>(), ids(1..=MANY));
    assert_eq!(it.page(Search::of(ITEM).counted()).await.total, Some(2000));
    assert_eq!(it.claimed(1, 0).await.len(), 200);
}

pub(super) async fn a_commit_over_many_homes_is_stored(it: Trial) {
    it.stored(puts((1..=500).map(|n| (n, 0)), (1..=500).map(item))).await;
    let asked: Vec<HomeId> = (1..=500).map(home).collect();
    let homes = it.storage.homes(TENANT, &asked).await.unwrap();
    assert!(homes.iter().all(|it| it.records.len() == 1 && it.revision.number() == 1));
    it.conflicts(puts((1..=500).map(|n| (n, u64::from(n != 377))), [item(1).at_revision(2)])).await;
}

pub(super) async fn a_record_of_many_keys_is_found_by_each(it: Trial) {
    let record = (0..300).fold(labelled(1, "a"), |it, n| it.with(&WORD, text(format!("word {n}"))));
    it.put([record.clone()]).await;
    assert_eq!(it.object(1).await, record);
    for n in [0, 1, 150, 299] {
        let search = Search::of(ITEM).filter(Filter::Is(WORD.code, text(format!("word {n}"))));
        assert_eq!(it.found(search).await, [1]);
    }
    it.put([labelled(1, "a").with(&WORD, text("word 7"))]).await;
    assert_eq!(it.found(Search::of(ITEM).filter(Filter::Begins(WORD.code, "word".to_owned()))).await, [1]);
    assert_eq!(it.found(Search::of(ITEM).filter(Filter::Is(WORD.code, text("word 8")))).await, []);
}

pub(super) async fn keys_of_every_type_are_kept(it: Trial) {
    let values = [
        (&LABEL, text("")),
        (&TIME, KeyValue::Time(Timestamp::from_millis(i64::MIN))),
        (&TIME, KeyValue::Time(Timestamp::from_millis(i64::MAX))),
        (&BYTES, KeyValue::Bytes(vec![])),
        (&BYTES, KeyValue::Bytes((0..=255).collect())),
        (&ID, KeyValue::Id(uuid::Uuid::nil())),
        (&ID, KeyValue::Id(uuid::Uuid::max())),
        (&STATE, text("usual")),
    ];
    let record = values.iter().fold(item(1), |it, (key, value)| it.with(key, value.clone()));
    it.put([record.clone()]).await;
    assert_eq!(it.object(1).await, record);
    for (key, value) in values.iter().filter(|(key, _)| key.code != STATE.code) {
        let search = Search::of(ITEM).filter(Filter::Is(key.code, value.clone()));
        assert_eq!(it.found(search).await, [1], "{} {value:?}", key.name);
    }
}

pub(super) async fn the_lowest_and_highest_ids_are_ids(it: Trial) {
    for n in [0, u128::MAX] {
        let n_home = home(n);
        it.stored(everything(n)).await;
        it.has_everything(n).await;
        assert_eq!(it.home(n).await.records[0].at, ObjectRef::new(n_home, ITEM, id(n)));
    }
    assert_eq!(it.found(Search::of(ITEM).filter(Filter::Begins(CODE.code, "code".to_owned()))).await, [0, u128::MAX]);
    assert_eq!(it.claimed(1, 0).await, [0, u128::MAX]);
}

pub(super) async fn objects_of_a_home_are_in_the_order_of_kind_and_id(it: Trial) {
    let of = |kind: Kind, n: u128| item_in(1, n).of_kind(kind);
    let numbers = [9, 1 << 120, 2, 1 << 64];
    let mut all: Vec<_> = [OTHER, ITEM, BARE].iter().flat_map(|kind| numbers.map(|n| of(*kind, n))).collect();
    it.stored(puts([(1, 0)], all.clone())).await;
    all.sort_by_key(|it| (it.at.kind(), it.at.id()));
    assert_eq!(it.home(1).await.records, all);
}
