//! What a dossier must see before anything is decided, and whether a card may be used.

use cardflow::domain::{
    Card, CardId, CardKind, CardState, CauseKind, CertificateState, Change, Dossier, Neighbours, Object, ObjectState,
    Person, PersonPlan, PersonState, Refusal, Relation, RelationId, RelationKind, RelationState, Unusable, usable,
};
use cardflow::values::{HomeId, ObjectRef, PersonId};
use uuid::Uuid;

use crate::support::{DEACTIVATE, Scene, Setup, TENANT, causes, day, days, state};

#[test]
fn a_card_is_usable_in_its_state_within_its_validity_and_with_an_active_holder() {
    use CardState::*;
    for (card_state, holder, at, expected) in [
        (Active, PersonState::Active, 0, Ok(())),
        (Assigned, PersonState::Active, 0, Ok(())),
        (Active, PersonState::Active, -365, Ok(())),
        (Active, PersonState::Active, 365, Ok(())),
        (Active, PersonState::Active, -366, Err(Unusable::NotYetValid(day(-365)))),
        (Active, PersonState::Active, 366, Err(Unusable::ValidityOver(day(365)))),
        (Active, PersonState::Inactive, 0, Err(Unusable::Holder(PersonState::Inactive))),
        (Inactive, PersonState::Inactive, 366, Err(Unusable::State(Inactive))),
        (Unassigned, PersonState::Active, 0, Err(Unusable::State(Unassigned))),
        (Locked, PersonState::Active, 0, Err(Unusable::State(Locked))),
    ] {
        let mut scene = Scene::default();
        let person = scene.person(holder);
        let card = scene.card(person, card_state, |it| it);
        assert_eq!(usable(&scene.dossier(card), card, day(at)), expected, "{card_state} {holder} {at}");
    }
    let mut scene = Scene::default();
    let person = scene.person(PersonState::Active);
    let unknown = usable(&scene.dossier(person), person, day(0)).unwrap_err();
    assert_eq!((unknown, unknown.to_string()), (Unusable::Unknown, "there is no such card".to_owned()));
}

/// Stock cards are at home in themselves: each home leads to the next until all that matters is there.
#[test]
fn the_neighbourhood_is_complete_with_holder_certificates_other_cards_and_their_holders() {
    let person = |n| Person::new(TENANT, PersonId::from_uuid(Uuid::from_u128(n)), "Ada Example").unwrap();
    let stock = |n, number: &str| {
        let kind = CardKind::Employee;
        Card::new(TENANT, CardId::from_uuid(Uuid::from_u128(n)), kind, number.parse().unwrap(), days(-1, 1))
    };
    let relation = |n, kind, card: &Card, to| {
        Object::Relation(Relation::to_object(RelationId::from_uuid(Uuid::from_u128(n)), kind, card, to))
    };
    let (ada, ben) = (person(1), person(2));
    let (first, second, shared) = (stock(11, "11"), stock(12, "12"), stock(13, "13"));
    let mut scene = Scene::default();
    let owner = scene.person(PersonState::Active);
    let issued_to = scene.card(owner, CardState::Active, |it| it);
    let certificate = scene.certificate(&[issued_to], |it| it);
    let certificate = scene.objects.iter().find(|it| it.at() == certificate).unwrap().clone();
    let home = certificate.home();

    let objects = vec![
        Object::Person(ada.clone()).known_to(first.at()).known_to(second.at()),
        Object::Person(ben.clone()).known_to(shared.at()),
        relation(21, RelationKind::Holder, &first, ada.at()),
        relation(22, RelationKind::Holder, &second, ada.at()),
        relation(23, RelationKind::Holder, &shared, ben.at()),
        relation(24, RelationKind::Carries, &first, certificate.at()),
        relation(25, RelationKind::Carries, &shared, certificate.at()),
        certificate.known_to(first.at()).known_to(shared.at()),
        Object::Card(first.clone()),
        Object::Card(second.clone()),
        Object::Card(shared.clone()),
    ];
    let load = |subject: ObjectRef| {
        let mut homes: Vec<HomeId> = vec![subject.home()];
        loop {
            let there = objects.iter().filter(|it| homes.contains(&it.home())).cloned();
            match Dossier::new(subject, there).neighbours(&homes) {
                Neighbours::Complete => break,
                Neighbours::Missing(more) => homes.extend(more),
            }
        }
        homes.sort();
        homes
    };
    let mut all = vec![ada.home(), ben.home(), home, first.home(), second.home(), shared.home()];
    all.sort();
    // Ada's home is also the first one of the scene, where the certificate was issued.
    all.dedup();
    assert_eq!(load(first.at()), all);
    // Ben's other side: Ada holds a card that carries the same certificate; her second card is nothing to him.
    let mut near = all.clone();
    near.retain(|it| *it != second.home());
    assert_eq!(load(shared.at()), near);
    assert_eq!(load(ada.at()), all);
}

#[test]
fn a_process_on_a_person_does_to_each_card_what_one_on_a_card_does() {
    fn deactivate_user(plan: &mut PersonPlan<'_, '_>) -> Result<(), Refusal> {
        plan.becomes(PersonState::Inactive)?;
        plan.cards().into_iter().try_for_each(|card| plan.card(card).card().hold())
    }
    let mut scene = Scene::default();
    let person = scene.person(PersonState::Active);
    let [one, two, handed_back] = [(); 3].map(|()| scene.card(person, CardState::Active, |it| it));
    let stranger = scene.person(PersonState::Active);
    let other = scene.card(stranger, CardState::Active, |it| it);
    for object in &mut scene.objects {
        if let Object::Relation(it) = object
            && it.from() == handed_back
        {
            *it = it.clone().in_state(RelationState::Ended).unwrap();
        }
    }
    let setup = Setup::because(CauseKind::UserDeactivation);
    let (_, after) = setup.plan(&scene.dossier(person), |plan| deactivate_user(&mut plan.person(person))).unwrap();
    let found = [person, one, two, handed_back, other].map(|at| state(&after, at));
    assert_eq!(found, ["inactive", "inactive", "inactive", "active", "active"]);
    assert_eq!(causes(&after, one), [CauseKind::UserDeactivation]);
    assert_eq!(after.get(one).unwrap().holds()[0].cause().origin, person);
}

#[test]
fn a_plan_registers_new_objects_and_says_so() {
    let mut scene = Scene::default();
    let person = scene.person(PersonState::Active);
    let before = scene.dossier(person);
    let new = |plan: &mut cardflow::domain::Plan<'_>, state| {
        let id = CardId::from_uuid(plan.fresh_id());
        let card = Card::new(TENANT, id, CardKind::Employee, "4712".parse().unwrap(), days(0, 1));
        plan.register(Object::Card(card.registered_for(PersonId::from_uuid(person.id())).in_state(state).unwrap()))
    };
    let (outcome, after) = Setup::default().plan(&before, |plan| new(plan, CardState::Requested)).unwrap();
    let card = after.cards().next().unwrap().at();
    let requested = Some(ObjectState::Card(CardState::Requested));
    let [Change::Registered { object, state, reason: None, .. }] = outcome.changes.as_slice() else {
        panic!("{:#?}", outcome.changes)
    };
    assert_eq!((*object, *state), (card, requested));
    assert_eq!(outcome.items[0].what.to_string(), "is registered, requested");
    let refused = Setup::default().plan(&before, |plan| new(plan, CardState::Locked)).unwrap_err();
    assert_eq!(refused.to_string(), "a new object cannot begin as `locked`");
}

#[test]
fn certificates_wait_for_confirmation_only_where_something_was_asked() {
    use CertificateState::*;
    for (wanted, confirmed, waits) in [
        (Issued, None, false),
        (Issued, Some(Valid), false),
        (Valid, None, false),
        (Valid, Some(Valid), false),
        (Valid, Some(OnHold), true),
        (OnHold, None, true),
        (OnHold, Some(Valid), true),
        (OnHold, Some(OnHold), false),
        (Revoked, Some(OnHold), true),
        (Revoked, Some(Revoked), false),
        (Expired, Some(Valid), false),
        (Expired, None, false),
    ] {
        let mut scene = Scene::default();
        let person = scene.person(PersonState::Active);
        let card = scene.card(person, CardState::Active, |it| it);
        let at = scene.certificate(&[card], |it| {
            let it = it.in_state(wanted, None);
            if let Some(state) = confirmed { it.confirmed_as(state) } else { it }
        });
        let dossier = scene.dossier(card);
        assert_eq!(dossier.certificate(at).unwrap().is_unconfirmed(), waits, "{wanted} {confirmed:?}");
        // A plan asks and leaves what is confirmed to the authority's answer (law 6).
        if let Ok((_, after)) = Setup::default().run(DEACTIVATE, &dossier) {
            assert_eq!(after.certificate(at).unwrap().confirmed(), confirmed);
        }
    }
}
