//! Policies of a host's own: by process, by kind, by reach, forbidden; and how they are asked.

use cardflow::adapters::cedar::{CedarAuthorizer, POLICIES};
use cardflow::domain::{CARD_KIND, CERTIFICATE_KIND, PERSON_KIND, RELATION_KIND};
use cardflow::engine::{Component, HeldRole, Scope};
use cardflow::ports::{Action, Authorizer};
use cardflow::values::Kind;

use super::{CEDAR, every_action, now, somebody};

fn scope(policies: &str, roles: &[HeldRole], component: Component, action: Action) -> Scope {
    let cedar = CedarAuthorizer::from_policies(policies).unwrap();
    now(cedar.permit(&somebody(roles.to_vec()), component, &action)).scope
}

fn berlin(role: &str) -> HeldRole {
    HeldRole::everywhere(role).in_unit("Berlin")
}

fn units(units: &[&str]) -> Scope {
    Scope::Units(units.iter().map(|it| (*it).to_owned()).collect())
}

#[test]
fn a_reach_is_what_a_policy_says_of_the_resource() {
    let own = Scope::Own(somebody(Vec::new()).person);
    let table = [
        ("resource", Scope::All, units(&["Berlin"])),
        ("resource == Reach::\"all\"", Scope::All, Scope::None),
        ("resource == Reach::\"units\"", Scope::None, units(&["Berlin"])),
        ("resource == Reach::\"own\"", own.clone(), own),
    ];
    for (resource, everywhere, limited) in table {
        let policy = format!("permit (principal == Role::\"Clerk\", action == Action::\"grant roles\", {resource});");
        let ask = |role| scope(&policy, &[role], Component::Operator, Action::Grant);
        assert_eq!(ask(HeldRole::everywhere("Clerk")), everywhere, "{resource}");
        assert_eq!(ask(berlin("Clerk")), limited, "{resource}");
    }
}

#[test]
fn a_policy_can_be_for_one_process_or_one_kind() {
    let policies = "
        permit (principal == Role::\"Clerk\", action == Action::\"start\", resource)
        when { context.process == \"CardsProcLock\" };
        permit (principal == Role::\"Clerk\", action == Action::\"read objects\", resource)
        when { context.kind == Kind::\"card\" };";
    let ask = |action| scope(policies, &[HeldRole::everywhere("Clerk")], Component::Operator, action);
    assert_eq!(ask(Action::Process("CardsProcLock".to_owned())), Scope::All);
    assert_eq!(ask(Action::Process("CardsProcDeactivate".to_owned())), Scope::None);
    assert_eq!(ask(Action::Judge("CardsProcLock".to_owned())), Scope::None);
    assert_eq!(ask(Action::Read(CARD_KIND)), Scope::All);
    for kind in [PERSON_KIND, CERTIFICATE_KIND, RELATION_KIND, Kind::new(200)] {
        assert_eq!(ask(Action::Read(kind)), Scope::None, "{}", kind.code());
    }
}

#[test]
fn each_kind_has_the_name_that_searches_call_it_by() {
    for it in cardflow::cards::SCHEMA.kinds.iter().filter(|it| it.searchable) {
        let policy = format!(
            "permit (principal, action == Action::\"read objects\", resource) when {{ context.kind == Kind::\"{}\" }};",
            it.name
        );
        let came = scope(&policy, &[HeldRole::everywhere("Clerk")], Component::Worker, Action::Read(it.kind));
        assert_eq!(came, Scope::All, "{}", it.name);
    }
}

#[test]
fn what_is_forbidden_to_a_role_takes_nothing_from_another() {
    let own = "forbid (principal == Role::\"Operator\", action == Action::\"start\", resource)
               when { context.process == \"CardsProcLock\" };";
    let policies =
        format!("{POLICIES}{own}\npermit (principal == Role::\"Guard\", action == Action::\"start\", resource);");
    let lock = || Action::Process("CardsProcLock".to_owned());
    let (operator, guard) = (HeldRole::everywhere("Operator"), berlin("Guard"));
    let ask = |roles: &[HeldRole], action| scope(&policies, roles, Component::Operator, action);
    assert_eq!(ask(std::slice::from_ref(&operator), lock()), Scope::None);
    assert_eq!(ask(std::slice::from_ref(&operator), Action::Process("CardsProcDeactivate".to_owned())), Scope::All);
    assert_eq!(ask(&[operator, guard], lock()), units(&["Berlin"]));
}

#[test]
fn a_forbidden_reach_leaves_the_narrower_one() {
    let policies = "permit (principal == Role::\"Clerk\", action, resource);
                    forbid (principal, action, resource == Reach::\"units\");
                    forbid (principal, action, resource == Reach::\"all\");";
    for role in [HeldRole::everywhere("Clerk"), berlin("Clerk")] {
        let own = Scope::Own(somebody(Vec::new()).person);
        assert_eq!(scope(policies, &[role], Component::Operator, Action::History), own);
    }
}

#[test]
fn a_policy_that_fails_refuses() {
    // The product does not fit into 64 bits, so the forbidding policy cannot be evaluated, and Cedar alone would say yes.
    let fails = "forbid (principal, action, resource) when { 9223372036854775807 + 9223372036854775807 == 1 };";
    let policies = format!("permit (principal, action, resource);\n{fails}");
    for action in every_action() {
        let came = scope(&policies, &[HeldRole::everywhere("Clerk")], Component::Operator, action.clone());
        assert_eq!(came, Scope::None, "{action}");
    }
}

#[test]
fn without_policies_nothing_may_be_done() {
    for text in ["", "// nothing yet\n"] {
        for action in every_action() {
            let came = scope(text, &[HeldRole::everywhere("Administrator")], Component::Administrator, action);
            assert_eq!(came, Scope::None);
        }
    }
}

#[test]
fn debug_output_shows_no_policy() {
    let shown = format!("{:?}", *CEDAR);
    assert_eq!(shown, "CedarAuthorizer { policies: 8, .. }");
}
