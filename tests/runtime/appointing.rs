//! Roles granted and withdrawn, deputies named and ended; what one does for oneself needs a second administrator.

use cardflow::cards::{ADMINISTRATOR, APPROVER, Cards, CardsOptions};
use cardflow::domain::{CardState, Object, Person, Refusal, RoleGrant};
use cardflow::engine::{Appointment, AuditOutcome, Component, Event, Judgement};
use cardflow::ports::{AuditQuery, Principal, Search};
use cardflow::runtime::{Appointed, Standing};
use cardflow::values::{Answers, CommandId, Millis, PersonId};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, now, person_at, principal, rejection};

every_store![
    a_role_counts_at_once_for_another_and_is_gone_when_withdrawn,
    what_one_grants_oneself_counts_once_another_has_granted_it,
    the_switch_lets_one_grant_oneself_and_it_approves_nothing,
    a_deputy_decides_once_two_have_named_them,
    only_an_administrator_appoints_and_of_everything_names_deputies,
    what_cannot_be_is_named,
    it_is_on_record_and_an_auditor_finds_it,
    the_same_command_again_has_the_same_answer,
    two_who_grant_at_once_both_count,
];

const DEACTIVATE: &str = "CardsProcDeactivate";

/// An office with two administrators, and approvals on.
struct House {
    office: Office,
    adam: Principal,
    nina: Principal,
}

async fn house(store: &Store, second_administrator: bool) -> House {
    let options = CardsOptions { deactivation_approval: true, second_administrator, ..CardsOptions::default() };
    let office = Office::over(store.builder().options(2, options)).await;
    hire(&office, "nina", RoleGrant::new(ADMINISTRATOR, None, now()).unwrap()).await;
    let (adam, nina) = (office.administrator.clone(), principal("nina", Component::Administrator));
    House { office, adam, nina }
}

async fn hire(office: &Office, account: &str, grant: RoleGrant) -> PersonId {
    let id = PersonId::from_uuid(office.fresh());
    let person = Person::new(TENANT, id, account).unwrap().with_account(account).unwrap().with_role(grant);
    office.register(&[Object::Person(person)]).await;
    id
}

fn in_force(standing: &Standing<Cards>) -> Judgement {
    Judgement::approve(standing.task().unwrap(), standing.approval.as_ref().unwrap().covers)
}

fn refused(rejection: Rejection) -> Refusal {
    match rejection {
        Rejection::Refused(it) => it,
        other => panic!("{other:?}"),
    }
}

impl House {
    async fn roles(&self, who: &Principal) -> Vec<String> {
        self.office.cards.sign_in(who).await.unwrap().roles.into_iter().map(|it| it.role).collect()
    }

    async fn asked(&self) -> Standing<Cards> {
        let office = &self.office;
        office.cards.run(&office.operator, DEACTIVATE, office.card, Answers::none()).await.unwrap()
    }
}

async fn a_role_counts_at_once_for_another_and_is_gone_when_withdrawn(store: Store) {
    let house = house(&store, true).await;
    let (cards, otto) = (&house.office.cards, person_at(house.office.person("otto").await));
    let done = cards.grant_role(&house.adam, otto, APPROVER, ["Berlin"]).await.unwrap();
    assert_eq!(done, Appointed::InForce);
    assert_eq!(house.roles(&house.office.colleague).await, ["Operator", APPROVER]);
    let again = refused(rejection(cards.grant_role(&house.nina, otto, APPROVER, ["Berlin"]).await));
    assert_eq!(again, Refusal::HasAlready("this role"));
    // In another unit it is another one.
    cards.grant_role(&house.nina, otto, APPROVER, ["Graz"]).await.unwrap();
    let asked = house.asked().await;
    cards.judge(&house.office.colleague, asked.id(), in_force(&asked)).await.unwrap();
    assert_eq!(house.office.card_state().await, CardState::Inactive);
    cards.withdraw_role(&house.adam, otto, APPROVER).await.unwrap();
    assert_eq!(house.roles(&house.office.colleague).await, ["Operator"], "wherever it was limited to");
    let gone = refused(rejection(cards.withdraw_role(&house.adam, otto, APPROVER).await));
    assert_eq!(gone, Refusal::HasNot("this role"));
}

async fn what_one_grants_oneself_counts_once_another_has_granted_it(store: Store) {
    let house = house(&store, true).await;
    let (cards, adam) = (&house.office.cards, person_at(house.office.person("adam").await));
    let asked = house.asked().await;
    let as_approver = principal("adam", Component::Operator);
    assert_eq!(cards.grant_role(&house.adam, adam, APPROVER, []).await.unwrap(), Appointed::Proposed);
    assert_eq!(house.roles(&house.adam).await, [ADMINISTRATOR]);
    let early = cards.judge(&as_approver, asked.id(), in_force(&asked)).await;
    assert!(matches!(rejection(early), Rejection::NotEligible { .. }));
    let alone = refused(rejection(cards.grant_role(&house.adam, adam, APPROVER, []).await));
    assert_eq!(alone, Refusal::AwaitsAnother);
    assert_eq!(cards.grant_role(&house.nina, adam, APPROVER, []).await.unwrap(), Appointed::InForce);
    assert_eq!(house.roles(&house.adam).await, [ADMINISTRATOR, APPROVER]);
    cards.judge(&as_approver, asked.id(), in_force(&asked)).await.unwrap();
    assert_eq!(house.office.card_state().await, CardState::Inactive, "two gave it, so it counts in approvals too");
    // What is proposed is taken back like what counts.
    assert_eq!(cards.grant_role(&house.adam, adam, "Auditor", []).await.unwrap(), Appointed::Proposed);
    cards.withdraw_role(&house.nina, adam, "Auditor").await.unwrap();
    assert_eq!(cards.grant_role(&house.adam, adam, "Auditor", []).await.unwrap(), Appointed::Proposed);
}

async fn the_switch_lets_one_grant_oneself_and_it_approves_nothing(store: Store) {
    let house = house(&store, false).await;
    let (cards, adam) = (&house.office.cards, person_at(house.office.person("adam").await));
    let asked = house.asked().await;
    assert_eq!(cards.grant_role(&house.adam, adam, APPROVER, []).await.unwrap(), Appointed::InForce);
    assert_eq!(house.roles(&house.adam).await, [ADMINISTRATOR, APPROVER]);
    let as_approver = principal("adam", Component::Operator);
    let alone = cards.judge(&as_approver, asked.id(), in_force(&asked)).await;
    assert!(matches!(rejection(alone), Rejection::NotEligible { .. }), "law 11 holds whatever the options say");
    assert_eq!(cards.grant_role(&house.nina, adam, APPROVER, []).await.unwrap(), Appointed::InForce);
    cards.judge(&as_approver, asked.id(), in_force(&asked)).await.unwrap();
}

async fn a_deputy_decides_once_two_have_named_them(store: Store) {
    let house = house(&store, true).await;
    let (cards, otto) = (&house.office.cards, person_at(house.office.person("otto").await));
    let (ann, adam) = (house.office.person("ann").await, house.office.person("adam").await);
    let later = now().plus(Millis::days(7));
    // For another by a third: at once.
    let named = cards.name_deputy(&house.adam, otto, ann, now(), later).await.unwrap();
    assert_eq!(named, Appointed::InForce);
    let asked = house.asked().await;
    let for_ann = in_force(&asked).on_behalf_of(ann);
    cards.end_deputy(&house.nina, otto, ann).await.unwrap();
    assert!(cards.judge(&house.office.colleague, asked.id(), for_ann.clone()).await.is_err(), "it has ended");
    cards.name_deputy(&house.adam, otto, ann, now(), later).await.unwrap();
    cards.judge(&house.office.colleague, asked.id(), for_ann).await.unwrap();
    assert_eq!(house.office.card_state().await, CardState::Inactive);
    let said = cards.request(&house.office.approver, asked.id()).await.unwrap().said;
    let by_whom: Vec<_> = said.iter().map(|it| (it.by, it.on_behalf)).collect();
    assert_eq!(by_whom, [(Some(house.office.person("otto").await), Some(ann))]);
    // One's own deputy, and oneself as somebody's: another one must do the same.
    for (deputy, of) in [(otto, adam), (person_at(adam), ann)] {
        let proposed = cards.name_deputy(&house.adam, deputy, of, now(), later).await.unwrap();
        assert_eq!(proposed, Appointed::Proposed);
        let alone = refused(rejection(cards.name_deputy(&house.adam, deputy, of, now(), later).await));
        assert_eq!(alone, Refusal::AwaitsAnother);
        let both = cards.name_deputy(&house.nina, deputy, of, now(), later).await.unwrap();
        assert_eq!(both, Appointed::InForce);
        let more = refused(rejection(cards.name_deputy(&house.nina, deputy, of, now(), later).await));
        assert_eq!(more, Refusal::HasAlready("this deputyship"));
    }
    let stands_in = cards.sign_in(&house.adam).await.unwrap().stands_in;
    assert_eq!(stands_in.iter().map(|it| it.of).collect::<Vec<_>>(), [ann]);
}

async fn only_an_administrator_appoints_and_of_everything_names_deputies(store: Store) {
    let house = house(&store, true).await;
    let Office { cards, operator, self_service, auditor, approver, .. } = &house.office;
    let bound = RoleGrant::new(ADMINISTRATOR, None, now()).unwrap().in_unit("Berlin").unwrap();
    hire(&house.office, "sam", bound).await;
    let (sam, otto) = (principal("sam", Component::Administrator), person_at(house.office.person("otto").await));
    let (of, later) = (house.office.holder, now().plus(Millis::days(1)));
    let from_elsewhere = principal("adam", Component::Operator);
    for who in [operator, self_service, auditor, approver, &sam, &from_elsewhere] {
        let missing = Rejection::NotEntitled { right: "grant roles".to_owned() };
        // What lies beyond the units of an administrator does not exist for them; `granting` has more of it.
        let unseen = Rejection::NotFound { what: "object" };
        let expected = if *who == sam { &unseen } else { &missing };
        assert_eq!(rejection(cards.grant_role(who, otto, APPROVER, []).await), *expected);
        assert_eq!(rejection(cards.withdraw_role(who, otto, "Operator").await), *expected);
        assert_eq!(rejection(cards.name_deputy(who, otto, of, now(), later).await), missing);
        assert_eq!(rejection(cards.end_deputy(who, otto, of).await), missing);
    }
    assert_eq!(house.roles(&house.office.colleague).await, ["Operator"]);
    let noted = cards.refusals(auditor, 1).await.unwrap();
    assert_eq!((noted[0].attempt.as_str(), noted[0].code.as_str()), ("grant roles", "NotEntitled"));
}

async fn what_cannot_be_is_named(store: Store) {
    let house = house(&store, true).await;
    let (cards, adam) = (&house.office.cards, &house.adam);
    let nobody = person_at(PersonId::from_uuid(house.office.fresh()));
    let otto = house.office.person("otto").await;
    let missing = rejection(cards.grant_role(adam, nobody, APPROVER, []).await);
    assert_eq!(missing, Rejection::NotFound { what: "object" });
    for (role, unit) in [(" ", "Berlin"), ("two\nlines", "Berlin"), (APPROVER, ""), (&"x".repeat(65), "Berlin")] {
        let no = refused(rejection(cards.grant_role(adam, person_at(otto), role, [unit]).await));
        assert!(matches!(no, Refusal::Invalid(_)), "{role}: {no:?}");
    }
    let card = refused(rejection(cards.grant_role(adam, house.office.card, APPROVER, []).await));
    assert!(matches!(card, Refusal::Change(_)), "a card has no roles: {card:?}");
    let (later, ann) = (now().plus(Millis::days(1)), house.office.person("ann").await);
    for (of, from, until) in [(otto, now(), later), (ann, later, now()), (ann, now(), now())] {
        let no = refused(rejection(cards.name_deputy(adam, person_at(otto), of, from, until).await));
        assert!(matches!(no, Refusal::Deputyship(_)), "{no:?}");
    }
    let none = refused(rejection(cards.end_deputy(adam, person_at(otto), ann).await));
    assert_eq!(none, Refusal::HasNot("this deputyship"));
    assert_eq!(house.roles(&house.office.colleague).await, ["Operator"]);
}

async fn it_is_on_record_and_an_auditor_finds_it(store: Store) {
    let house = house(&store, true).await;
    let (cards, otto) = (&house.office.cards, person_at(house.office.person("otto").await));
    cards.grant_role(&house.adam, otto, APPROVER, ["Berlin"]).await.unwrap();
    cards.withdraw_role(&house.nina, otto, APPROVER).await.unwrap();
    let history = cards.history(&house.office.auditor, otto).await.unwrap();
    history.verified.unwrap();
    let told: Vec<_> = history.records.iter().flat_map(|it| &it.entry.events).cloned().collect();
    let given = Appointment::Grant { role: APPROVER.to_owned(), units: ["Berlin".to_owned()].into() };
    let taken = Appointment::Withdraw { role: APPROVER.to_owned() };
    assert_eq!(told, [given, taken].map(|what| Event::Appointed { person: otto, what, in_force: true }));
    let by: Vec<_> = history.records.iter().rev().take(2).map(|it| it.entry.actor.person).collect();
    assert_eq!(by, [Some(house.office.person("nina").await), Some(house.office.person("adam").await)]);
    cards.project(TENANT, 1000).await.unwrap();
    let rows = cards.audit(&house.office.auditor, AuditQuery::all()).await.unwrap().rows;
    let ours: Vec<_> = rows.iter().filter(|it| it.outcome == AuditOutcome::Rights).collect();
    assert_eq!(ours.len(), 2);
    assert!(ours.iter().all(|it| it.objects.contains(&otto)));
    // The key that members are found by goes with it.
    let members = Search::persons();
    assert!(cards.search(&house.office.operator, members).await.is_ok());
}

async fn the_same_command_again_has_the_same_answer(store: Store) {
    let house = house(&store, true).await;
    let (cards, adam) = (&house.office.cards, person_at(house.office.person("adam").await));
    let id = CommandId::from_uuid(house.office.fresh());
    let call = || house.adam.command(id);
    for _ in 0..2 {
        assert_eq!(cards.grant_role(call(), adam, APPROVER, []).await.unwrap(), Appointed::Proposed);
    }
    cards.grant_role(&house.nina, adam, APPROVER, []).await.unwrap();
    assert_eq!(cards.grant_role(call(), adam, APPROVER, []).await.unwrap(), Appointed::Proposed, "as before");
    let other = rejection(cards.grant_role(call(), adam, "Auditor", []).await);
    assert_eq!(other, Rejection::CommandIdReused { id });
}

async fn two_who_grant_at_once_both_count(store: Store) {
    let house = house(&store, true).await;
    let (cards, otto) = (&house.office.cards, person_at(house.office.person("otto").await));
    let (one, other) = tokio::join!(
        cards.grant_role(&house.adam, otto, APPROVER, []),
        cards.grant_role(&house.nina, otto, "Auditor", []),
    );
    assert_eq!((one.unwrap(), other.unwrap()), (Appointed::InForce, Appointed::InForce));
    let mut roles = house.roles(&house.office.colleague).await;
    roles.sort();
    assert_eq!(roles, [APPROVER, "Auditor", "Operator"]);
    let (one, other) = tokio::join!(
        cards.grant_role(&house.adam, otto, "Helpdesk", []),
        cards.grant_role(&house.nina, otto, "Helpdesk", []),
    );
    let lost = [one, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert_eq!(lost.len(), 1, "one of them finds it done");
}
