//! For each invariant: dossiers that keep it, and some that break it and nothing else.

use cardflow::domain::{
    Breach, Card, CardKind, CardState, Cause, CauseKind, CertificateState, Change, Check, Dossier, Exemption,
    ExemptionPolicy, Head, Hold, HoldId, INVARIANTS, KeyUse, Object, PersonState, Relation, RelationKind,
    RelationState, RevocationReason,
};
use cardflow::values::{HomeId, InstanceId, ObjectRef, Revision, TenantId, decode, encode};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::support::{Scene, TENANT, day, days, held_for, hold, on_hold, ours};

/// A card in use with a door and a certificate; one that is inactive with both; and one that is locked.
struct Office {
    person: ObjectRef,
    card: ObjectRef,
    door: ObjectRef,
    certificate: ObjectRef,
    inactive: ObjectRef,
    inactive_door: ObjectRef,
    held: ObjectRef,
    locked: ObjectRef,
    revoked: ObjectRef,
    dossier: Dossier,
}

fn office() -> Office {
    let mut scene = Scene::default();
    let person = scene.person(PersonState::Active);
    let card = scene.card(person, CardState::Active, |it| it);
    let door = scene.relation(card, RelationKind::Door, None, |it| it);
    let certificate = scene.certificate(&[card], |it| it);
    let inactive = scene.card(person, CardState::Inactive, |it| held_for(it, CauseKind::CardDeactivation));
    let inactive_door = scene.relation(inactive, RelationKind::Door, None, |it| it);
    let held = scene.certificate(&[inactive], |it| on_hold(it, hold(2, CauseKind::CardDeactivation, inactive)));
    let locked = scene.card(person, CardState::Locked, |it| it);
    let revoked =
        scene.certificate(&[locked], |it| it.in_state(CertificateState::Revoked, Some(RevocationReason::Unspecified)));
    scene.relation(card, RelationKind::Replaces, Some(locked), |it| it);
    // The relations of the cards out of use are inactive with them.
    for object in &mut scene.objects {
        if let Object::Relation(it) = object
            && it.state().is_some()
            && it.from() != card
        {
            let own = hold(3, CauseKind::CardDeactivation, it.from());
            *it = it.clone().in_state(RelationState::Inactive).unwrap().with_hold(own);
        }
    }
    let dossier = scene.dossier(card);
    Office { person, card, door, certificate, inactive, inactive_door, held, locked, revoked, dossier }
}

/// The dossier with one object changed; none takes it away.
fn with(dossier: &Dossier, at: ObjectRef, change: impl Fn(Object) -> Option<Object>) -> Dossier {
    let changed = |it: &Object| if it.at() == at { change(it.clone()) } else { Some(it.clone()) };
    Dossier::new(dossier.subject(), dossier.objects().filter_map(changed))
}

/// A value with the one field that tells `one` from `other` as `one` has it: what no constructor makes.
fn forged<T: Serialize + DeserializeOwned>(value: &T, one: &T, other: &T) -> T {
    let [mut forged, one, other] = [value, one, other].map(|it| encode("a value", 1, it).unwrap());
    let place = (0..one.len()).find(|at| one[*at] != other[*at]).unwrap();
    forged[place] = one[place];
    decode("a value", 1, &forged).unwrap()
}

/// The card and the door of the office as they would be with this kind and state.
fn card_as(kind: CardKind, state: CardState) -> Card {
    let mut scene = Scene::default();
    let person = scene.person(PersonState::Active);
    let at = scene.card_of_kind(person, kind, state, |it| it);
    scene.dossier(at).card(at).unwrap().clone()
}

fn door_as(kind: RelationKind) -> Relation {
    let mut scene = Scene::default();
    let person = scene.person(PersonState::Active);
    let card = scene.card(person, CardState::Active, |it| it);
    let at = scene.relation(card, kind, None, |it| it);
    scene.dossier(card).relations().find(|it| it.at() == at).unwrap().clone()
}

fn in_state(object: Object, state: CertificateState, reason: Option<RevocationReason>) -> Option<Object> {
    let Object::Certificate(it) = object else { panic!("no certificate") };
    Some(Object::Certificate(it.in_state(state, reason)))
}

fn with_hold(object: Object, hold: Hold) -> Option<Object> {
    Some(match object {
        Object::Card(it) => Object::Card(it.with_hold(hold)),
        Object::Certificate(it) => Object::Certificate(it.with_hold(hold)),
        Object::Relation(it) => Object::Relation(it.with_hold(hold)),
        Object::Person(_) => panic!("persons have no holds"),
    })
}

fn breaches(before: &Dossier, after: &Dossier) -> Vec<Breach> {
    Breach::all(after, day(0)).into_iter().chain(Breach::between(before, after)).collect()
}

/// The name of a rule, a dossier that breaks it, and the object that does.
type Row = (&'static str, Dossier, ObjectRef);

fn broken_states(office: &Office) -> Vec<Row> {
    let Office { person, card, door, certificate, inactive_door, held, revoked, dossier, .. } = office;
    let manual = |n| hold(n, CauseKind::Manual, *card);
    let inactive = |it| {
        let Object::Relation(it) = it else { panic!("no relation") };
        Some(Object::Relation(it.in_state(RelationState::Inactive).unwrap()))
    };

    let name = "held exactly while a hold is open";
    let mut rows = vec![
        (name, with(dossier, *card, |it| with_hold(it, manual(9))), *card),
        (name, with(dossier, *door, |it| with_hold(it, manual(9))), *door),
        (name, with(dossier, *door, inactive), *door),
        (name, with(dossier, *certificate, |it| with_hold(it, manual(9))), *certificate),
        (
            name,
            with(dossier, *certificate, |it| {
                in_state(it, CertificateState::OnHold, Some(RevocationReason::CertificateHold))
            }),
            *certificate,
        ),
    ];

    let name = "every state is in its graph";
    let head = Head::new(TENANT, card.home(), Revision::NONE);
    let [employee, visitor] = [CardKind::Employee, CardKind::Visitor].map(|it| card_as(it, CardState::Active));
    let assigned = forged(&card_as(CardKind::Temporary, CardState::Assigned), &employee, &visitor);
    rows.push((name, with(dossier, *card, |_| Some(Object::Card(assigned.clone()).with_head(head))), *card));
    let (opens, replaces) = (door_as(RelationKind::Door), door_as(RelationKind::Replaces));
    for odd in [forged(&opens, &replaces, &opens), forged(&replaces, &opens, &replaces)] {
        rows.push((name, with(dossier, *door, |_| Some(Object::Relation(odd.clone()).with_head(head))), *door));
    }

    let name = "no usable certificate on a card out of use";
    for state in [CertificateState::Issued, CertificateState::Valid] {
        rows.push((name, with(dossier, *revoked, |it| in_state(it, state, None)), *revoked));
    }

    let name = "no active relation of a card out of use";
    let freed = |it: Object| {
        let Object::Relation(it) = it else { panic!("no relation") };
        let free = Relation::to_outside(it.id(), it.kind(), dossier.card(it.from()).unwrap(), "Door");
        Some(Object::Relation(free.unwrap()))
    };
    rows.push((name, with(dossier, *inactive_door, freed), *inactive_door));

    let name = "revoked with a reason";
    for (at, state, reason) in [
        (held, CertificateState::OnHold, None),
        (held, CertificateState::OnHold, Some(RevocationReason::KeyCompromise)),
        (revoked, CertificateState::Revoked, None),
        (revoked, CertificateState::Revoked, Some(RevocationReason::CertificateHold)),
        (revoked, CertificateState::Revoked, Some(RevocationReason::RemoveFromCrl)),
        (certificate, CertificateState::Valid, Some(RevocationReason::CertificateHold)),
        (certificate, CertificateState::Issued, Some(RevocationReason::Unspecified)),
    ] {
        rows.push((name, with(dossier, *at, |it| in_state(it, state, reason)), *at));
    }

    let name = "every hold has a cause";
    rows.push((name, with(dossier, *held, |it| with_hold(it, hold(2, CauseKind::Manual, *card))), *held));
    for (kind, origin, run) in [
        (CauseKind::CardDeactivation, *person, true),
        (CauseKind::CardDeactivation, *card, false),
        (CauseKind::TemporaryReplacement, *person, true),
        (CauseKind::NotYetActivated, *certificate, true),
        (CauseKind::CardLock, *door, true),
        (CauseKind::UserDeactivation, *card, true),
        (CauseKind::UserDeactivation, *person, false),
    ] {
        let instance = run.then(|| InstanceId::from_uuid(Uuid::from_u128(1)));
        let id = HoldId::from_uuid(Uuid::from_u128(77));
        let odd = Hold::open(id, Cause { kind, origin, instance }, None, day(0));
        rows.push((name, with(dossier, *held, |it| with_hold(it, odd.clone())), *held));
    }
    rows
}

#[test]
fn an_office_in_order_breaks_nothing() {
    let Office { person, certificate, held, inactive, dossier, .. } = office();
    assert_eq!(breaches(&dossier, &dossier), []);
    // A hold for the holder's sake, and one that came from elsewhere without an instance.
    let of = |kind, origin| Cause { kind, origin, instance: None };
    let imported = Hold::open(HoldId::from_uuid(Uuid::from_u128(78)), of(CauseKind::Imported, inactive), None, day(0));
    let more = with(&dossier, held, |it| with_hold(it, imported.clone()));
    let more = with(&more, held, |it| with_hold(it, hold(79, CauseKind::UserDeactivation, person)));
    assert_eq!(breaches(&dossier, &more), []);
    // An expired certificate has whatever reason it had.
    let expired = with(&dossier, certificate, |it| in_state(it, CertificateState::Expired, None));
    assert_eq!(breaches(&dossier, &expired), []);
}

#[test]
fn every_breach_of_a_state_is_found_with_the_object_and_no_other() {
    let office = office();
    for (n, (invariant, after, object)) in broken_states(&office).into_iter().enumerate() {
        assert_eq!(breaches(&after, &after), [Breach { invariant, object }], "row {n}");
    }
}

#[test]
fn every_breach_of_a_step_is_found_with_the_object_and_no_other() {
    let Office { card, inactive, locked, revoked, dossier, .. } = office();
    let at_revision = |tenant, home: HomeId, number| {
        move |it: Object| Some(it.with_head(Head::new(tenant, home, Revision::new(number))))
    };
    let later = with(&dossier, inactive, at_revision(TENANT, inactive.home(), 7));
    let freed = |it: Object| {
        let Object::Card(it) = it else { panic!("no card") };
        Some(Object::Card(it.in_state(CardState::Registered).unwrap()))
    };
    let elsewhere = HomeId::from_uuid(Uuid::from_u128(4242));
    let (last, moves) = ("no way out of a final state", "nothing vanishes or moves");
    let rows = [
        (last, dossier.clone(), with(&dossier, locked, freed), locked),
        (last, dossier.clone(), with(&dossier, revoked, |it| in_state(it, CertificateState::Expired, None)), revoked),
        (moves, later.clone(), with(&later, inactive, at_revision(TENANT, inactive.home(), 6)), inactive),
        (moves, dossier.clone(), with(&dossier, card, at_revision(TenantId::new(8), card.home(), 0)), card),
        (moves, dossier.clone(), with(&dossier, inactive, |_| None), inactive),
        (moves, dossier.clone(), with(&dossier, inactive, at_revision(TENANT, elsewhere, 0)), inactive),
    ];
    for (n, (invariant, before, after, object)) in rows.into_iter().enumerate() {
        assert_eq!(Breach::between(&before, &after), [Breach { invariant, object }], "row {n}");
    }
    let higher = with(&later, inactive, at_revision(TENANT, inactive.home(), 8));
    assert_eq!(Breach::between(&later, &later), []);
    assert_eq!(Breach::between(&later, &higher), []);
}

/// What makes a valid certificate of a card out of use allowed, and what does not.
#[test]
fn a_certificate_of_a_card_out_of_use_may_be_exempt_expired_or_cut_off() {
    for (until, exempt_for, ended, breaks) in [
        (365, None, false, true),
        (0, None, false, true),
        (-1, None, false, false),
        (365, Some(0), false, false),
        (365, Some(1), false, true),
        (365, None, true, false),
    ] {
        for card_state in [CardState::Inactive, CardState::Locked, CardState::Active] {
            let mut scene = Scene::default();
            let person = scene.person(PersonState::Active);
            let cards = [card_state, CardState::Active].map(|state| scene.card(person, state, |it| it));
            let at = scene.certificate_from(ours(), KeyUse::Signature, days(-365, until), &cards[..1], |it| it);
            for object in &mut scene.objects {
                if let (Object::Relation(it), true) = (&mut *object, ended) {
                    *it = it.clone().in_state(RelationState::Ended).unwrap();
                }
            }
            let mut dossier = scene.dossier(cards[0]);
            if let Some(card) = exempt_for {
                let policy = ExemptionPolicy::ForeignIssuer;
                let exemption = Exemption { card: cards[card], policy, at: day(0) };
                dossier.apply(&Change::Exempted { certificate: at, exemption }).unwrap();
            }
            let rule = "no usable certificate on a card out of use";
            let found = Breach::all(&dossier, day(0)).iter().any(|it| it.invariant == rule);
            let row = format!("{card_state}, until {until}, exempt {exempt_for:?}, ended {ended}");
            assert_eq!(found, breaks && card_state != CardState::Active, "{row}");
        }
    }
}

#[test]
fn every_invariant_is_broken_somewhere_above_and_has_its_rule_in_words() {
    let office = office();
    let broken: Vec<_> = broken_states(&office).into_iter().map(|(name, ..)| name).collect();
    for it in INVARIANTS {
        let step = matches!(it.check, Check::Step(_));
        assert!(step || broken.contains(&it.name), "{}", it.name);
        assert!(it.rule.ends_with('.') && it.rule.len() > 30, "{}: {}", it.name, it.rule);
    }
    let steps = INVARIANTS.iter().filter(|it| matches!(it.check, Check::Step(_))).count();
    assert_eq!(steps, 2);
}
