//! Every pair of states of every graph against section 2 of the field, written down by hand.

use std::fmt::{Debug, Display};

use cardflow::domain::{
    CARD, CARD_KIND, CERTIFICATE, CardKind, CardState, CauseKind, CertificateState, Change, ChangeRefused, Dossier,
    Graph, HOLD, HoldState, IllegalMove, Object, ObjectState, PERSON, PersonState, RELATION, RelationKind,
    RelationState, Source, TEMPORARY_CARD,
};
use cardflow::values::ObjectRef;

use crate::support::{Scene, hold};

// `+` an object may begin here, `‡` final, `*` ours where the field is silent.
const CARD_TABLE: &str = "
    + registered → requested, issued, active, failed
    + requested → approved, rejected, aborted
    approved → issued, active, failed, aborted*
    rejected ‡
    aborted ‡
    + issued → active, locked*, expired*
    failed → issued, active, aborted*
    + active → inactive, locked, expired
    + inactive → active, locked, expired
    locked ‡
    expired ‡
";

// A temporary card that could not be produced is produced again or given up, as any other card.
const TEMPORARY_CARD_TABLE: &str = "
    + requested → aborted, failed, unassigned
    aborted ‡
    failed → unassigned*, aborted*
    + unassigned → assigned, locked, expired
    + assigned → unassigned, locked, expired
    locked ‡
    expired → unassigned
";

// An issued certificate is good at its authority although the card operation failed: it can be held and cleaned up.
const CERTIFICATE_TABLE: &str = "
    + issued → valid, on hold*, revoked*, expired*
    + valid → on hold, revoked, expired
    + on hold → valid, revoked, expired
    revoked ‡
    expired ‡
";

// The field lists the first five states of a person without the ways between them.
const PERSON_TABLE: &str = "
    + registered → requested*, active*
    + requested → approved*, rejected*, aborted*
    approved → active*
    rejected ‡
    aborted ‡
    + active → inactive, locked
    + inactive → active, locked
    locked ‡
";

const RELATION_TABLE: &str = "
    + active → inactive, ended*
    + inactive → active, ended*
    ended ‡
";

const HOLD_TABLE: &str = "
    + open → closed*
    closed ‡
";

struct Row<'a> {
    state: &'a str,
    first: bool,
    last: bool,
    to: Vec<(&'a str, Source)>,
}

fn row(line: &str) -> Row<'_> {
    let (state, to) = line.split_once(" → ").unwrap_or((line, ""));
    let way = |it: &'_ str| it.strip_suffix('*').map_or(Source::Field, |_| Source::Ours);
    Row {
        state: state.trim_start_matches("+ ").trim_end_matches(" ‡"),
        first: state.starts_with('+'),
        last: state.ends_with('‡'),
        to: to.split(", ").filter(|it| !it.is_empty()).map(|it| (it.trim_end_matches('*'), way(it))).collect(),
    }
}

fn check<S: Copy + Debug + Display + Eq>(graph: &'static Graph<S>, all: &[S], table: &str) {
    let rows: Vec<_> = table.lines().map(str::trim).filter(|it| !it.is_empty()).map(row).collect();
    assert_eq!(graph.states.len(), rows.len(), "{}", graph.name);
    for from in all {
        let row = rows.iter().find(|it| it.state == from.to_string());
        assert_eq!(graph.has(*from), row.is_some(), "{} {from}", graph.name);
        assert_eq!(graph.is_first(*from), row.is_some_and(|it| it.first), "{} {from} is first", graph.name);
        assert_eq!(graph.is_last(*from), row.is_some_and(|it| it.last), "{} {from} is final", graph.name);
        for to in all {
            let expected = row.and_then(|it| it.to.iter().find(|(state, _)| *state == to.to_string()));
            let found = graph.moves.iter().find(|it| it.from == *from && it.to == *to);
            assert_eq!(found.map(|it| it.source), expected.map(|it| it.1), "{}: {from} → {to}", graph.name);
            let illegal = IllegalMove { from: *from, to: *to, graph: graph.name, last: graph.is_last(*from) };
            assert_eq!(graph.allow(*from, *to), found.map(|_| ()).ok_or(illegal), "{}: {from} → {to}", graph.name);
        }
    }
}

#[test]
fn every_pair_of_states_is_as_the_field_has_it() {
    check(&CARD, CardState::ALL, CARD_TABLE);
    check(&TEMPORARY_CARD, CardState::ALL, TEMPORARY_CARD_TABLE);
    check(&CERTIFICATE, CertificateState::ALL, CERTIFICATE_TABLE);
    check(&PERSON, PersonState::ALL, PERSON_TABLE);
    check(&RELATION, RelationState::ALL, RELATION_TABLE);
    check(&HOLD, HoldState::ALL, HOLD_TABLE);
}

#[test]
fn a_refused_move_names_both_states_and_whether_the_first_is_final() {
    let refused = CARD.allow(CardState::Locked, CardState::Active).unwrap_err();
    assert_eq!(refused.to_string(), "a card cannot become `active` from `locked`, which is final");
    let refused = CERTIFICATE.allow(CertificateState::Valid, CertificateState::Issued).unwrap_err();
    assert_eq!(refused.to_string(), "a certificate cannot become `issued` from `valid`");
}

/// A dossier with one object of each kind, the object about it in this state.
fn one_of_each(state: ObjectState, temporary: bool) -> (Dossier, ObjectRef) {
    let mut scene = Scene::default();
    let person = scene.person(if let ObjectState::Person(it) = state { it } else { PersonState::Active });
    let kind = if temporary { CardKind::Temporary } else { CardKind::Employee };
    let usual = if temporary { CardState::Unassigned } else { CardState::Active };
    let card_state = if let ObjectState::Card(it) = state { it } else { usual };
    let card = scene.card_of_kind(person, kind, card_state, |it| it);
    let certificate = scene.certificate(&[card], |it| match state {
        ObjectState::Certificate(state) => it.in_state(state, None),
        _ => it,
    });
    let relation = scene.relation(card, RelationKind::Door, None, |it| match state {
        ObjectState::Relation(state) => it.in_state(state).unwrap(),
        _ => it,
    });
    let at = match state {
        ObjectState::Person(_) => person,
        ObjectState::Card(_) => card,
        ObjectState::Certificate(_) => certificate,
        ObjectState::Relation(_) => relation,
    };
    (scene.dossier(card), at)
}

fn states() -> Vec<ObjectState> {
    let persons = PersonState::ALL.iter().map(|it| ObjectState::Person(*it));
    let cards = CardState::ALL.iter().map(|it| ObjectState::Card(*it));
    let certificates = CertificateState::ALL.iter().map(|it| ObjectState::Certificate(*it));
    let relations = RelationState::ALL.iter().map(|it| ObjectState::Relation(*it));
    persons.chain(cards).chain(certificates).chain(relations).collect()
}

/// Whether the graph of the object has this way.
fn allowed(from: ObjectState, to: ObjectState, card: &Graph<CardState>) -> bool {
    match (from, to) {
        (ObjectState::Person(from), ObjectState::Person(to)) => PERSON.allow(from, to).is_ok(),
        (ObjectState::Card(from), ObjectState::Card(to)) => card.allow(from, to).is_ok(),
        (ObjectState::Certificate(from), ObjectState::Certificate(to)) => CERTIFICATE.allow(from, to).is_ok(),
        (ObjectState::Relation(from), ObjectState::Relation(to)) => RELATION.allow(from, to).is_ok(),
        _ => false,
    }
}

#[test]
fn a_dossier_makes_exactly_the_moves_of_the_graph_and_leaves_all_else_as_it_was() {
    for (graph, from) in [&CARD, &TEMPORARY_CARD].into_iter().flat_map(|it| states().into_iter().map(move |s| (it, s)))
    {
        if matches!(from, ObjectState::Card(it) if !graph.has(it)) {
            continue;
        }
        let (before, object) = one_of_each(from, graph.name == TEMPORARY_CARD.name);
        for to in states() {
            let mut after = before.clone();
            let made = after.apply(&Change::Moved { object, from, to, reason: None });
            if allowed(from, to, graph) {
                assert_eq!((made, after.get(object).and_then(Object::state)), (Ok(()), Some(to)), "{from:?}");
            } else {
                assert!(made.is_err() && after == before, "{from:?} → {to:?}: {made:?}");
            }
        }
    }
}

#[test]
fn a_refused_change_says_what_is_wrong() {
    let mut scene = Scene::default();
    let person = scene.person(PersonState::Active);
    let card = scene.card(person, CardState::Active, |it| it);
    let dossier = scene.dossier(card);
    let absent = ObjectRef::new(card.home(), CARD_KIND, uuid::Uuid::from_u128(404));
    let hold = hold(1, CauseKind::Manual, card);
    let active = ObjectState::Card(CardState::Active);
    let inactive = ObjectState::Card(CardState::Inactive);
    let table = [
        (
            Change::Moved { object: card, from: inactive, to: active, reason: None },
            ChangeRefused::NotThere { object: card, expected: inactive },
            format!("object {card} is not `inactive`"),
        ),
        (
            Change::Moved { object: absent, from: active, to: inactive, reason: None },
            ChangeRefused::Missing(absent),
            format!("object {absent} is not in the dossier"),
        ),
        (
            Change::Moved { object: card, from: active, to: ObjectState::Person(PersonState::Locked), reason: None },
            ChangeRefused::WrongKind { state: ObjectState::Person(PersonState::Locked), kind: CARD_KIND },
            "`locked` is no state of objects of kind 17".to_owned(),
        ),
        (
            Change::HoldOpened { object: person, hold: hold.clone() },
            ChangeRefused::CannotBeHeld(person),
            format!("object {person} can have no holds"),
        ),
        (
            Change::HoldClosed { object: card, hold: hold.id(), cause: hold.cause() },
            ChangeRefused::NoSuchHold(hold.id()),
            format!("hold {} is not open, so it cannot be closed or limited", hold.id()),
        ),
    ];
    for (change, refused, words) in table {
        let mut after = dossier.clone();
        assert_eq!(after.apply(&change), Err(refused.clone()));
        assert_eq!((refused.to_string(), &after), (words, &dossier));
    }
}

#[test]
fn a_hold_closes_once() {
    let mut scene = Scene::default();
    let person = scene.person(PersonState::Active);
    let card = scene.card(person, CardState::Inactive, |it| it);
    let mut dossier = scene.dossier(card);
    let hold = hold(1, CauseKind::Manual, card);
    let close = Change::HoldClosed { object: card, hold: hold.id(), cause: hold.cause() };
    dossier.apply(&Change::HoldOpened { object: card, hold: hold.clone() }).unwrap();
    assert_eq!(dossier.apply(&close), Ok(()));
    assert_eq!(dossier.apply(&close), Err(ChangeRefused::NoSuchHold(hold.id())));
}

#[test]
fn an_object_begins_in_a_first_state_and_only_once() {
    for (graph, state) in
        [&CARD, &TEMPORARY_CARD].into_iter().flat_map(|it| it.states.iter().map(move |s| (it, s.state)))
    {
        let kind = if graph.name == CARD.name { CardKind::Employee } else { CardKind::Temporary };
        let mut scene = Scene::default();
        let person = scene.person(PersonState::Active);
        let before = scene.dossier(person);
        let card = scene.card_of_kind(person, kind, state, |it| it);
        let object = scene.dossier(card).get(card).unwrap().clone();
        let mut after = before.clone();
        let refused = ChangeRefused::NotFirst { object: card, state: ObjectState::Card(state) };
        assert_eq!(after.add(object.clone()), if graph.is_first(state) { Ok(()) } else { Err(refused) });
        if graph.is_first(state) {
            assert_eq!(after.add(object), Err(ChangeRefused::Exists(card)));
        }
    }
}
