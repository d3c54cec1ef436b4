//! What goes on record, and what a chain of records proves.

use cardflow::engine::chain::{ChainFault, ChainHead, Draft, Linked, Personal, link, verify, verify_to};
use cardflow::engine::{Actor, Component, Entry, Event, Keys, PersonalEntry, RunMark, Version};
use cardflow::values::{Answers, CodecError, CommandId, Digest, HomeId, Ids, InstanceId, Seed, TenantId};
use uuid::Uuid;

use crate::bench::{Bench, actor, hour, person, reader};
use crate::library::Library;

fn chain() -> HomeId {
    HomeId::from_uuid(Uuid::from_u128(1))
}

fn ids() -> Ids {
    Ids::new(hour(0), Seed::from_number(1))
}

/// The record of the first form of a loan, answered with a name, a reason and a time.
fn entry(events: Vec<Event<Library>>) -> Entry<Library> {
    let run = RunMark {
        instance: InstanceId::from_uuid(Uuid::from_u128(3)),
        process: "Lend".to_owned(),
        version: Version(1),
    };
    Entry {
        at: hour(0),
        command: CommandId::from_uuid(Uuid::from_u128(2)),
        actor: actor(1).mark(),
        run: Some(run),
        rule: "Librarian of everything".to_owned(),
        events,
        changes: Vec::new(),
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|it| it == text.as_bytes())
}

#[test]
fn what_is_personal_stands_behind_the_commitment_and_all_else_in_the_open() {
    let answers = reader().with("reason", "study").with("since", hour(-1));
    let decision = Bench::lend().begin(Some(answers)).unwrap();
    let entry = entry(decision.events.clone());
    let acting = Actor { on_behalf: Some(person(5)), ..actor(1) };
    let draft = Entry { actor: acting.mark(), ..entry }.draft(chain(), &acting, &ids()).unwrap();
    let linked = link(TenantId::new(7), ChainHead::EMPTY, draft);

    for personal in ["Ada", "libby", "192.0.2.7"] {
        assert!(!contains(&linked.open, personal), "{personal} stands in the open");
        assert!(contains(&linked.personal.as_ref().unwrap().bytes, personal));
    }
    let read = PersonalEntry::read(&linked).unwrap().unwrap();
    let notes = vec![("reader".to_owned(), "Ada".to_owned())];
    let expected = PersonalEntry {
        account: "libby".to_owned(),
        origin: "192.0.2.7".to_owned(),
        notes,
        ..PersonalEntry::default()
    };
    assert_eq!(read, expected);

    let open = Entry::<Library>::read(&linked).unwrap();
    assert_eq!((open.at, open.command.uuid().as_u128(), &*open.rule), (hour(0), 2, "Librarian of everything"));
    let mark = &open.actor;
    assert_eq!((mark.person, mark.on_behalf, &*mark.role), (Some(person(1)), Some(person(5)), "Librarian"));
    assert_eq!((mark.component, &*mark.method, mark.authenticated), (Component::Operator, "password", hour(0)));
    // The events as they were, the reason among them; but for the name, and for the options, of which the version stands.
    assert_eq!(open.events.len(), decision.events.len());
    let given =
        |it: &Event<Library>| if let Event::Answered { answers, .. } = it { Some(answers.clone()) } else { None };
    let found = open.events.iter().find_map(given).unwrap();
    assert_eq!((found.text("reason"), found.get("reader")), (Some("study"), None));
    assert_eq!(found.get("since"), Some(&hour(-1).into()));
    assert!(open.events.iter().any(|it| matches!(it, Event::Bound { version: 1, .. })));
    assert_eq!(open.events.last(), decision.events.last());
}

#[test]
fn a_record_without_anything_personal_has_no_commitment() {
    let nobody = Actor::worker(hour(0));
    let draft = Entry { actor: nobody.mark(), ..entry(vec![Event::NoMail]) }.draft(chain(), &nobody, &ids()).unwrap();
    assert_eq!(draft.personal, None);
    let linked = link(TenantId::new(7), ChainHead::EMPTY, draft);
    assert_eq!((linked.commitment, PersonalEntry::read(&linked).unwrap()), (None, None));
}

#[test]
fn a_commitment_hides_a_guess_and_the_chain_verifies_without_the_personal_part() {
    let draft = |seed| {
        let ids = Ids::new(hour(0), Seed::from_number(seed));
        entry(vec![Event::Answered { step: "ask".to_owned(), answers: reader() }])
            .draft(chain(), &actor(1), &ids)
            .unwrap()
    };
    let (one, other) = (draft(1).personal.unwrap(), draft(2).personal.unwrap());
    assert_eq!(one.bytes, other.bytes);
    assert_ne!(one.commitment(), other.commitment(), "the same words have another commitment under another salt");
    assert_ne!(one.commitment(), Digest::of(&one.bytes));
    assert_eq!(format!("{one:?}"), "Personal(..)");

    let mut linked = link(TenantId::new(7), ChainHead::EMPTY, draft(1));
    let head = verify([&linked]).unwrap();
    linked.personal = None;
    assert_eq!(verify([&linked]), Ok(head), "an erased part leaves the chain whole");
    assert_eq!(PersonalEntry::read(&linked).unwrap(), None);
}

#[test]
fn bytes_that_are_no_record_say_so() {
    let good = entry(vec![Event::NoMail]).draft(chain(), &actor(1), &ids()).unwrap();
    let read = |open: Vec<u8>| {
        let linked = link(TenantId::new(7), ChainHead::EMPTY, Draft { open, ..good.clone() });
        Entry::<Library>::read(&linked).unwrap_err().to_string()
    };
    let damaged = "a history record is damaged: its stored form does not decode";
    assert_eq!(read(Vec::new()), damaged);
    assert_eq!(read(good.open[..good.open.len() - 1].to_vec()), damaged);
    assert_eq!(read([good.open.clone(), vec![0]].concat()), damaged);
    let newer = read([vec![2], good.open[1..].to_vec()].concat());
    assert!(newer.starts_with("a history record has format version 2, this release reads up to 1"));
}

/// Four records, each with a personal part.
fn four() -> Vec<Linked> {
    let mut head = ChainHead::EMPTY;
    let mut records = Vec::new();
    for n in 0..4_u8 {
        let personal = Personal { salt: [n; 16], bytes: vec![n, 1] };
        let draft = Draft { chain: chain(), at: hour(n.into()), open: vec![n], personal: Some(personal) };
        let linked = link(TenantId::new(7), head, draft);
        head = ChainHead { length: linked.sequence, hash: linked.hash };
        records.push(linked);
    }
    records
}

#[test]
fn links_follow_each_other_from_one() {
    let records = four();
    let places: Vec<_> = records.iter().map(|it| it.sequence).collect();
    assert_eq!((places, records[0].previous), (vec![1, 2, 3, 4], Digest::ZERO));
    assert!(records.windows(2).all(|it| it[1].previous == it[0].hash));
    assert_eq!(verify(&records), Ok(ChainHead { length: 4, hash: records[3].hash }));
    assert_eq!(verify([]), Ok(ChainHead::EMPTY));
}

#[test]
fn every_fault_of_a_chain_is_found_where_it_is() {
    let (chain, whole) = (chain(), four());
    let head = verify(&whole).unwrap();
    let without = |n: usize| {
        let mut records = whole.clone();
        records.remove(n);
        records
    };
    let with = |n: usize, change: fn(&mut Linked)| {
        let mut records = whole.clone();
        change(&mut records[n]);
        records
    };
    let forged = |n: usize, change: fn(&mut Linked)| {
        let mut records = with(n, change);
        records[n].hash = records[n].expected_hash();
        records
    };
    let swapped = {
        let mut records = whole.clone();
        records.swap(1, 2);
        records
    };
    let order = |expected, found| Err(ChainFault::Order { chain, expected, found });
    let edited = |sequence| Err(ChainFault::Edited { chain, sequence });
    let broken = |sequence| Err(ChainFault::Broken { chain, sequence });
    let tail = |found| Err(ChainFault::Tail { chain, expected: 4, found });
    let table = [
        ("whole", whole.clone(), Ok(head)),
        ("the first is missing", without(0), order(1, 2)),
        ("one is missing", without(1), order(2, 3)),
        ("the last is missing", without(3), tail(3)),
        ("all are missing", Vec::new(), tail(0)),
        ("one stands twice", [whole.clone(), whole[3..].to_vec()].concat(), order(5, 4)),
        ("two are swapped", swapped, order(2, 3)),
        ("another text", with(1, |it| it.open.push(9)), edited(2)),
        ("another time", with(1, |it| it.at = hour(99)), edited(2)),
        ("another tenant", with(1, |it| it.tenant = TenantId::new(8)), edited(2)),
        ("another commitment", with(1, |it| it.commitment = Some(Digest::ZERO)), edited(2)),
        ("no commitment", with(1, |it| it.commitment = None), edited(2)),
        ("another hash", with(3, |it| it.hash = Digest::ZERO), edited(4)),
        ("another past", with(2, |it| it.previous = Digest::ZERO), broken(3)),
        ("another text with its own hash", forged(1, |it| it.open.push(9)), broken(3)),
        ("the last one with its own hash", forged(3, |it| it.open.push(9)), tail(4)),
        (
            "another name",
            with(2, |it| it.personal.as_mut().unwrap().bytes.push(9)),
            Err(ChainFault::PersonalEdited { chain, sequence: 3 }),
        ),
        (
            "another salt",
            with(2, |it| it.personal.as_mut().unwrap().salt = [9; 16]),
            Err(ChainFault::PersonalEdited { chain, sequence: 3 }),
        ),
        ("erased", with(2, |it| it.personal = None), Ok(head)),
    ];
    for (what, records, expected) in table {
        assert_eq!(verify_to(chain, head, &records), expected, "{what}");
    }
    let renamed = with(1, |it| it.chain = HomeId::from_uuid(Uuid::from_u128(9)));
    assert!(matches!(verify(&renamed), Err(ChainFault::Edited { sequence: 2, .. })));
    // What came in after the head was read is no fault.
    let before = verify(&whole[..3]).unwrap();
    assert_eq!(verify_to(chain, before, &whole), Ok(head));
    let words = ChainFault::Tail { chain, expected: 4, found: 3 }.to_string();
    assert_eq!(words, format!("chain {chain}: the records end at 3, its head says 4"));
}

#[test]
fn answers_part_into_open_and_personal() {
    let (open, personal) = Answers::none().with("note", "left on a train").with("lost", true).part();
    assert_eq!(open, Answers::none().with("lost", true));
    assert_eq!(personal, [("note".to_owned(), "left on a train".to_owned())]);
}

#[test]
fn keys_of_a_later_release_are_told_apart_from_damaged_ones() {
    let later = Keys::from_bytes(&[2]).unwrap_err();
    assert!(matches!(later, CodecError::Newer { found: 2, known: 1, .. }), "{later}");
    for bytes in [&[0][..], &[1, 7]] {
        let damaged = Keys::from_bytes(bytes).unwrap_err();
        assert!(matches!(damaged, CodecError::Damaged { .. }), "{damaged}");
    }
}
