//! Holders and cards from CSV.

use cardflow::adapters::import::{HolderCsv, Limits};
use cardflow::domain::{CardKind, CardState, CauseKind, End, Object, Person, PersonState, RelationKind, RelationState};
use cardflow::values::{ObjectRef, PersonId, TenantId};

use crate::common::{TENANT, now};
use crate::support::{HEADER, findings, ids, read_csv, read_rows, relations};

const ADA: &str = "p1,Ada Example,ada@example.org,Berlin,ada,,4711 0815,employee,2026-01-01,2031-12-31,,,,";

/// Rows under the usual header, the first of them in line 2.
#[test]
fn every_fault_of_a_row_says_where_it_is_and_what_was_expected() {
    let known_columns = format!("columns are separated by `,` and known are: {}, locale", HEADER.replace(',', ", "));
    let faults = [
        // The format.
        ("p1,\"Ada", "line 2, field 2 (name): expected a `\"` that closes this field before the end of the file"),
        (
            "p1,Ada \"Countess\" Example",
            "line 2, field 2 (name): expected no `\"` inside a field that does not begin with one; put the whole field \
             in quotes, and double those inside",
        ),
        ("p1,\"Ada\" Example", "line 2, field 2 (name): expected `,` or the end of the line after this field"),
        ("p1,Ada\rp2,Ben", "line 2, field 2 (name): expected `,` or the end of the line after this field"),
        ("p1,Ada", "line 2, field 2 (name): expected 14 fields, as the header has; found 2"),
        (
            ",,,,,,1,employee,2026-01-01,2026-01-01,,,,,x",
            "line 2, field 15: expected 14 fields, as the header has; found 15",
        ),
        // What every row needs.
        (
            ",,,,,,,employee,2026-01-01,2026-01-01,,,,",
            "line 2, field 7 (card_number): expected a value, which every row needs here",
        ),
        (
            ",,,,,,1,,2026-01-01,2026-01-01,,,,",
            "line 2, field 8 (card_kind): expected a value, which every row needs here",
        ),
        (
            ",,,,,,1,employee, ,2026-01-01,,,,",
            "line 2, field 9 (valid_from): expected a value, which every row needs here",
        ),
        (
            ",,,,,,1,employee,2026-01-01,,,,,",
            "line 2, field 10 (valid_until): expected a value, which every row needs here",
        ),
        // Values.
        (
            ",,,,,,47#11,employee,2026-01-01,2026-01-01,,,,",
            "line 2, field 7 (card_number): card number: `47#11` is not accepted; expected letters and digits, with \
             spaces, `-`, `.` or `/` between",
        ),
        (
            ",,,,,,1,\"a\nb\",2026-01-01,2026-01-01,,,,",
            "line 2, field 8 (card_kind): card kind: `a\u{fffd}b` is not accepted; expected one line \
             of 1 to 64 characters",
        ),
        (
            ",,,,,,1,employee,01.01.2026,2026-01-01,,,,",
            "line 2, field 9 (valid_from): `01.01.2026` is not a time; write 2026-11-23T10:00:00Z, or a date such as \
             2026-11-23",
        ),
        (
            ",,,,,,1,employee,2026-01-01,2026-02-30,,,,",
            "line 2, field 10 (valid_until): `2026-02-30` is not a time; write 2026-11-23T10:00:00Z, or a date such as \
             2026-11-23",
        ),
        (
            ",,,,,,1,employee,2026-01-02,2026-01-01,,,,",
            "line 2, field 10 (valid_until): validity: `2026-01-01T23:59:59.999Z` is not accepted; expected an end not \
             before its beginning, 2026-01-02T00:00:00Z",
        ),
        (
            ",,,,,,1,employee,2026-01-01,2026-01-01,lost,,,",
            "line 2, field 11 (state): unknown card state `lost`; known: registered, requested, approved, rejected, \
             aborted, issued, failed, active, inactive, locked, expired, unassigned, assigned",
        ),
        (
            ",,,,,,1,temporary,2026-01-01,2026-01-01,inactive,,,",
            "line 2, field 11 (state): card state: `inactive` is not accepted; expected requested, aborted, failed, \
             unassigned, assigned, locked, expired",
        ),
        (
            "p1,A,ada at example,,,,1,employee,2026-01-01,2026-01-01,,,,",
            "line 2, field 3 (mail): mail address: `ada at example` is not accepted; expected an address of the form \
             name@example.org",
        ),
        (
            "p1,A,,,,away,1,employee,2026-01-01,2026-01-01,,,,",
            "line 2, field 6 (person_state): unknown person state `away`; known: registered, requested, approved, \
             rejected, aborted, active, inactive, locked",
        ),
        (
            ",,,,,,1,employee,2026-01-01,2026-01-01,,Gate;a\tb,,",
            "line 2, field 12 (doors): name at the far end of a relation: `a\u{fffd}b` is not accepted; expected one \
             line of 1 to 200 characters",
        ),
        // Persons.
        (
            "p1,,,,ada,,1,employee,2026-01-01,2026-01-01,,,,",
            "line 2, field 1 (person): expected a `name` for person `p1`, in this row or another",
        ),
        (
            ",Ada,,,,,1,employee,2026-01-01,2026-01-01,,,,",
            "line 2, field 2 (name): expected nothing here, as the row names no person",
        ),
        (
            "p1,Ada,,,,,1,employee,2026-01-01,2026-01-01,,,,\np1,Eda,,,,,2,employee,2026-01-01,2026-01-01,,,,",
            "line 3, field 2 (name): person `p1` has `Eda` here and `Ada` in line 2; make them the same",
        ),
        (
            "p1,Ada,,,a,,1,employee,2026-01-01,2026-01-01,,,,\np2,Ben,,,a,,2,employee,2026-01-01,2026-01-01,,,,",
            "line 3, field 5 (account): `a` stands in line 2 already; give it once",
        ),
        // The line is that on which the field begins, also below fields of several lines, blank ones and CR LF.
        (
            ",,,,,,47 11,employee,2026-01-01,2026-01-01,,\"Gate;\nYard\",,\r\n\r\n\
             ,,,,,,4711,employee,2026-01-01,2026-01-01,,,,",
            "line 5, field 7 (card_number): `4711` stands in line 2 already; give it once",
        ),
    ];
    for (rows, expected) in faults {
        assert_eq!(read_rows(rows).unwrap_err().to_string(), expected, "{rows}");
    }
    let headers = [
        ("", "line 1, field 1: expected a header with the names of the columns; the file is empty".to_owned()),
        (
            "\u{feff}\r\n \r\n",
            "line 3, field 1: expected a header with the names of the columns; the file is empty".to_owned(),
        ),
        ("person,vorname", format!("line 1, field 2: unknown column `vorname`; {known_columns}")),
        ("person;name", format!("line 1, field 1: unknown column `person;name`; {known_columns}")),
        ("person,name,person", "line 1, field 3: the column is field 1 already; keep one of the two".to_owned()),
        (
            "card_number,card_kind,valid_from",
            "line 1: the column `valid_until` is missing; every file needs: card_number, card_kind, valid_from, \
             valid_until"
                .to_owned(),
        ),
    ];
    for (header, expected) in headers {
        assert_eq!(read_csv(header).unwrap_err().to_string(), expected, "{header}");
    }
    let mut latin = format!("{HEADER}\nä").into_bytes();
    latin.push(0xe4);
    assert_eq!(
        read_csv(&latin).unwrap_err().to_string(),
        "line 2, character 2: expected text in UTF-8; save the file as UTF-8, a certificate as PEM"
    );
}

#[test]
fn every_limit_has_an_error_of_its_own() {
    let two =
        format!("{HEADER}\n,,,,,,1,employee,2026-01-01,2026-01-01,,,,\n,,,,,,2,employee,2026-01-01,2026-01-01,,,,\n");
    let limits = [
        (
            Limits { bytes: 100, ..Limits::default() },
            format!("the file has {} bytes and the limit is 100; split it, or raise the limit", two.len()),
        ),
        (
            Limits { rows: 1, ..Limits::default() },
            "line 3, field 1 (person): the file has more than 1 rows; split it, or raise the limit".to_owned(),
        ),
        (
            Limits { field: 9, ..Limits::default() },
            "line 1, field 6: the field has 12 bytes and the limit is 9; check that every quote is closed".to_owned(),
        ),
    ];
    for (limits, expected) in limits {
        let read = HolderCsv::new(TENANT).limits(limits).read(&two, now(), &mut ids(1));
        assert_eq!(read.unwrap_err().to_string(), expected);
    }
    let enough = Limits { bytes: two.len(), rows: 2, field: 12, ..Limits::default() };
    assert_eq!(HolderCsv::new(TENANT).limits(enough).read(&two, now(), &mut ids(1)).unwrap().cards().count(), 2);
}

#[test]
fn a_file_without_rows_brings_nothing_in() {
    let import = read_csv(HEADER).unwrap();
    assert!(import.objects().is_empty() && import.findings().is_empty());
}

#[test]
fn the_way_a_file_is_written_makes_no_difference() {
    let plain = read_rows(ADA).unwrap();
    let quoted =
        format!("\u{feff}\r\n{HEADER}\r\n{}\r\n,,,,,,,,,,,,,\r\n", ADA.replace("Ada Example", "\" Ada Example \""));
    assert_eq!(read_csv(quoted).unwrap(), plain);

    let header: Vec<_> = HEADER.split(',').rev().collect();
    let cells: Vec<_> = ADA.split(',').rev().collect();
    assert_eq!(read_csv(format!("{}\n{}", header.join(","), cells.join(","))).unwrap(), plain);
}

#[test]
fn a_language_is_that_of_the_holder() {
    let header = "person,name,locale,card_number,card_kind,valid_from,valid_until";
    let read = |locale: &str| {
        let row = format!("p1,Ada Example,{locale},4711,employee,2026-01-01,2031-12-31");
        read_csv(format!("{header}\n{row}\n"))
    };
    for (given, locale) in [("de-AT", Some("de-AT")), ("", None)] {
        let import = read(given).unwrap();
        let [Object::Person(person), ..] = import.objects() else { panic!("{import:?}") };
        assert_eq!(person.locale(), locale);
    }
    let said = read("Deutsch (Austria)").unwrap_err().to_string();
    assert!(said.contains("locale: `Deutsch (Austria)` is not accepted; expected a language tag"), "{said}");
}

#[test]
fn a_row_is_a_card_with_its_holder_and_relations() {
    let import = read_rows(
        "p1,\"Example, \"\"Ada\"\"\",ada@example.org,Berlin,ada,,4711 0815,employee,2026-01-01,2031-12-31,active,\
         Laboratory; Gate ;;Gate,ad:ada,VPN\n",
    )
    .unwrap();
    let [Object::Person(person), Object::Card(card), relations @ ..] = import.objects() else { panic!("{import:?}") };
    assert_eq!(
        (person.name(), person.mail(), person.unit()),
        ("Example, \"Ada\"", Some("ada@example.org"), Some("Berlin"))
    );
    assert_eq!((person.accounts().collect::<Vec<_>>(), person.state()), (vec!["ada"], PersonState::Active));
    assert_eq!((card.kind(), card.state()), (&CardKind::Employee, CardState::Active));
    assert_eq!((card.number().to_string(), card.home()), ("4711 0815".to_owned(), person.home()));
    assert_eq!(card.validity().from(), "2026-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(card.validity().until(), "2031-12-31T23:59:59.999Z".parse().unwrap());
    let ends: Vec<_> = relations.iter().map(|it| relation(it, card.at())).collect();
    let outside = |name: &str| End::Outside(name.to_owned());
    assert_eq!(
        ends,
        [
            (RelationKind::Holder, End::Object(person.at())),
            (RelationKind::Door, outside("Gate")),
            (RelationKind::Door, outside("Laboratory")),
            (RelationKind::Account, outside("ad:ada")),
            (RelationKind::Entitles, outside("VPN")),
        ]
    );
    assert!(import.findings().is_empty());
}

/// Kind and far end of an active relation of `card`.
fn relation(object: &Object, card: ObjectRef) -> (RelationKind, End) {
    let Object::Relation(it) = object else { panic!("{object:?}") };
    assert_eq!((it.from(), it.home(), it.state()), (card, card.home(), Some(RelationState::Active)));
    (it.kind(), it.to().clone())
}

#[test]
fn rows_of_one_person_complete_each_other() {
    let import = read_rows(
        "p1,,,,ada,,1,employee,2026-01-01,2031-12-31,,,,\n\
         p1,Ada,,Berlin,,inactive,2,mobile,2026-01-01,2031-12-31T12:00:00Z,issued,,,\n",
    )
    .unwrap();
    let persons: Vec<_> = import.objects().iter().filter(|it| matches!(it, Object::Person(_))).collect();
    let [Object::Person(person)] = persons[..] else { panic!("{import:?}") };
    assert_eq!((person.name(), person.unit(), person.state()), ("Ada", Some("Berlin"), PersonState::Inactive));
    assert_eq!(person.accounts().collect::<Vec<_>>(), ["ada"]);
    assert!(import.cards().all(|it| it.home() == person.home() && it.unit().is_none()));
    assert_eq!(import.cards().last().unwrap().validity().until(), "2031-12-31T12:00:00Z".parse().unwrap());
}

#[test]
fn a_card_in_stock_has_a_home_and_a_unit_of_its_own() {
    let import = read_rows(",,,Bonn,,,1,temporary,2026-01-01,2031-12-31,,,,\n").unwrap();
    let [Object::Card(card)] = import.objects() else { panic!("{import:?}") };
    assert_eq!((card.unit(), card.state()), (Some("Bonn"), CardState::Unassigned));
    assert_eq!(card.home().uuid(), card.id().uuid());
}

#[test]
fn what_hangs_on_a_card_out_of_use_is_held_with_it() {
    for (state, card_holds) in [("inactive", 1), ("locked", 0)] {
        let rows = format!("p1,Ada,,,,,1,employee,2026-01-01,2031-12-31,{state},Gate,ad:ada,VPN\n");
        let import = read_rows(&rows).unwrap();
        let card = import.cards().next().unwrap();
        assert_eq!(card.holds().len(), card_holds, "{state}");
        let relations = relations(&import);
        assert_eq!(relations.len(), 4);
        for holds in relations.iter().map(|it| it.holds()).chain((card_holds > 0).then_some(card.holds())) {
            let [hold] = holds else { panic!("{holds:?}") };
            let cause = hold.cause();
            assert_eq!((cause.kind, cause.origin, cause.instance), (CauseKind::Imported, card.at(), None));
            assert_eq!((hold.by(), hold.at()), (None, now()));
        }
        assert!(relations.iter().all(|it| it.state() == Some(RelationState::Inactive)));
        assert!(import.findings().is_empty());
    }
}

#[test]
fn facts_that_look_wrong_come_in_and_are_listed() {
    let import = read_rows(
        "p1,=1+2,,,@ada,inactive,1,employee,2026-01-01,2031-12-31,active,Gate;-2,,\n\
         ,,,,,,2,employee,2025-01-01,2025-12-31,,,,\n\
         ,,,,,,3,employee,2027-01-01,2027-12-31,active,,,\n\
         ,,,,,,4,employee,2025-01-01,2025-12-31,expired,,,\n",
    )
    .unwrap();
    let formula = "this begins like a formula of a spreadsheet; it is kept as text";
    let unusable = "the card is in use though it should not be";
    assert_eq!(
        findings(&import),
        [
            format!("line 2, field 2 (name): {formula}"),
            format!("line 2, field 5 (account): {formula}"),
            format!("line 2, field 12 (doors): {formula}"),
            format!("line 2, field 11 (state): {unusable}: its holder is inactive"),
            format!("line 3, field 7 (card_number): {unusable}: the card was valid until 2025-12-31T23:59:59.999Z"),
            format!("line 4, field 11 (state): {unusable}: the card is valid only from 2027-01-01T00:00:00Z"),
        ]
    );
    assert!(matches!(import.objects(), [Object::Person(it), ..] if it.name() == "=1+2"));
    let cards: Vec<_> = import.cards().map(|it| (it.at(), it.state())).collect();
    assert!(import.findings().iter().all(|it| cards.iter().any(|(at, _)| *at == it.object)));
    assert_eq!(cards[1].1, CardState::Active);
}

#[test]
fn a_known_person_gets_cards_and_stays_as_it_is() {
    let person = |tenant, id, account| {
        let id = PersonId::from_uuid(uuid::Uuid::from_u128(id));
        let person = Person::new(tenant, id, "Ada Example").unwrap().with_mail("ada@example.org").unwrap();
        person.with_account("other").unwrap().with_account(account).unwrap()
    };
    let (ada, stranger) = (person(TENANT, 1, "ada"), person(TenantId::new(8), 2, "ben"));
    let reader = HolderCsv::new(TENANT).known([ada.clone(), stranger]);
    let rows = "p1,Ada Sample,ada@example.org,Bonn,ada,active,1,employee,2026-01-01,2031-12-31,,,,\n\
                p2,Ben,,,ben,,2,employee,2026-01-01,2031-12-31,,,,\n\
                p3,,,,other,,3,mobile,2026-01-01,2031-12-31,,,,\n";
    let import = reader.read(format!("{HEADER}\n{rows}"), now(), &mut ids(1)).unwrap();

    let kept = "the store has it otherwise, and keeps what it has";
    assert_eq!(
        findings(&import),
        [format!("line 2, field 2 (name): {kept}"), format!("line 2, field 4 (unit): {kept}")]
    );
    let persons: Vec<_> = import.objects().iter().filter(|it| matches!(it, Object::Person(_))).collect();
    assert!(matches!(persons[..], [Object::Person(it)] if it.name() == "Ben" && it.tenant() == TENANT));
    let homes: Vec<_> = import.cards().map(|it| it.home() == ada.home()).collect();
    assert_eq!(homes, [true, false, true]);
}
