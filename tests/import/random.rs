//! Random files: none makes a reader panic, and what is written is read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use cardflow::domain::{Breach, Card, CardState, Dossier, End, Object, PersonState, RelationKind};
use proptest::prelude::*;

use crate::common::now;
use crate::support::{HEADER, card, read_csv, read_pem};

const VALID: &str = "\
p1,\"Ada \"\"A\"\" E\",a@b.c,Berlin,ada,active,4711 0815,employee,2026-01-01,2031-12-31,active,Gate;Yard,ad:ada,VPN\r
,,,,,,1,visitor,2026-01-01,2031-12-31,issued,,,
";

static CARD: LazyLock<Card> = LazyLock::new(|| card("inactive"));

/// A certificate of another authority.
static PEM: LazyLock<String> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    crate::support::pem(&runtime.block_on(crate::support::leaf(&crate::support::CA)).der)
});

/// A file with some bytes changed, taken out or put in.
fn damaged(file: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let odd = prop_oneof![Just(b'"'), Just(b','), Just(b'\r'), Just(b'\n'), Just(b'-'), any::<u8>()];
    prop::collection::vec((any::<prop::sample::Index>(), 0..3_u8, odd), 1..8).prop_map(move |edits| {
        let mut file = file.clone();
        for (at, how, byte) in edits {
            let at = at.index(file.len());
            match how {
                0 => file[at] = byte,
                1 if file.len() > 1 => drop(file.remove(at)),
                _ => file.insert(at, byte),
            }
        }
        file
    })
}

/// A PEM file around DER with some bytes changed.
fn damaged_der() -> impl Strategy<Value = String> {
    let body: String = PEM.lines().filter(|it| !it.starts_with('-')).collect();
    let der = der::pem::Base64Decoder::new(body.as_bytes()).unwrap().decode_to_end(&mut Vec::new()).unwrap().to_vec();
    damaged(der).prop_map(|it| crate::support::pem(&it))
}

/// A row as it is written: its cells, and the key of its person.
#[derive(Clone, Debug)]
struct Written {
    person: Option<u8>,
    number: String,
    state: CardState,
    doors: Vec<String>,
}

/// One line that survives trimming, with everything in it that CSV finds special.
fn line() -> impl Strategy<Value = String> {
    "[a-zäß\u{4e2d}=\"',-]([ \"',=a-zé]{0,12}[a-z\"',])?"
}

fn written() -> impl Strategy<Value = Vec<Written>> {
    let state =
        prop::sample::select(vec![CardState::Active, CardState::Inactive, CardState::Issued, CardState::Locked]);
    let row =
        (prop::option::of(0..4_u8), "[A-Z0-9]{1,6}( [0-9-]{1,5}[0-9])?", state, prop::collection::vec(line(), 0..4));
    prop::collection::vec(row, 0..12).prop_map(|rows| {
        let rows = rows.into_iter().map(|(person, number, state, doors)| Written { person, number, state, doors });
        // Numbers are unique without their spaces.
        let unique: BTreeMap<_, _> = rows.map(|it| (it.number.replace(' ', ""), it)).collect();
        unique.into_values().collect()
    })
}

fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = (read_csv(&bytes), read_pem(&CARD, &bytes));
    }

    #[test]
    fn no_damaged_file_makes_a_reader_panic(
        csv in damaged(format!("{HEADER}\n{VALID}").into_bytes()),
        pem in damaged(PEM.clone().into_bytes()),
        der in damaged_der(),
    ) {
        let _ = (read_csv(csv), read_pem(&CARD, pem), read_pem(&CARD, der));
    }

    #[test]
    fn what_is_written_is_read(rows in written(), names in prop::collection::vec(line(), 4)) {
        let mut csv = format!("{HEADER}\n");
        for Written { person, number, state, doors } in &rows {
            let key = person.map(|it| format!("p{it}")).unwrap_or_default();
            let name = person.map_or("", |it| &names[usize::from(it)]);
            let (from, until, doors) = ("2026-01-01", "2031-12-31", doors.join(";"));
            let cells = [&key, name, "", "", "", "", number, "employee", from, until, state.name(), &doors];
            csv += &(cells.map(cell).join(",") + ",,\r\n");
        }
        let import = read_csv(&csv).unwrap();
        prop_assert_eq!(import.cards().count(), rows.len());
        for (card, row) in import.cards().zip(&rows) {
            let dossier = Dossier::new(card.at(), import.objects().iter().cloned());
            prop_assert_eq!((card.number().to_string(), card.state()), (row.number.clone(), row.state));
            let holder = dossier.holder_of(card.at());
            prop_assert_eq!(holder.map(|it| it.name()), row.person.map(|it| names[usize::from(it)].as_str()));
            prop_assert!(holder.is_none_or(|it| it.state() == PersonState::Active && it.home() == card.home()));
            let mut doors: Vec<_> = dossier
                .relations_of(card.at())
                .filter(|it| it.kind() == RelationKind::Door)
                .filter_map(|it| if let End::Outside(name) = it.to() { Some(name.clone()) } else { None })
                .collect();
            let mut wanted = row.doors.clone();
            wanted.sort();
            wanted.dedup();
            doors.sort();
            prop_assert_eq!(doors, wanted);
        }
        let persons = import.objects().iter().filter(|it| matches!(it, Object::Person(_))).count();
        let keys: std::collections::BTreeSet<_> = rows.iter().filter_map(|it| it.person).collect();
        prop_assert_eq!(persons, keys.len());
        if let Some(card) = import.cards().next() {
            prop_assert_eq!(Breach::all(&Dossier::new(card.at(), import.objects().iter().cloned()), now()), vec![]);
        }
    }
}
